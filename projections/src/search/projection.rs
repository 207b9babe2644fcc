//! What each event does to the index.

mod calls;

use std::collections::HashMap;

use retold_core::field::{instance, message, session};
use retold_core::{
    Document as _, Event, Key, Level, List, Op, Patch, Path, Position, Record, Session, Text, Value,
};
use rusqlite::{Connection, params};

use super::carry::ChunkCarry;
use super::index::{OF_PATHS, Tables, TextOf, Writer, merge_all};
use super::marks::{Mark, Marks};
use super::plain::plain;
use crate::engine::{Agent, EventContext, Projection, Refusal, Step, StepKind};
use crate::sidecar::BuiltIn;

pub(crate) const SEARCH: BuiltIn = BuiltIn {
    name: "search",
    version: 5,
    about: "full text over tasks, messages, outputs, agents' names, and calls of tools with their results",
    make: |_| Box::new(Search::default()),
};

#[derive(Default)]
pub(super) struct Search {
    tails: Carries,
    pub(super) writer: Writer,
    kinds: Kinds,
}

impl Search {
    /// For an index elsewhere.
    pub(super) fn elsewhere() -> Self {
        Self { writer: Writer::elsewhere(), ..Self::default() }
    }
}

/// The numbers of the kinds of texts, by their marks.
#[derive(Default)]
struct Kinds(HashMap<String, u32>);

impl Kinds {
    fn of(&mut self, connection: &Connection, document: &Document<'_>) -> rusqlite::Result<u32> {
        let marks = Marks::json(|mark| {
            match mark {
                Mark::What => Some(document.what),
                Mark::Role => document.role,
                Mark::Agent => document.agent,
                Mark::ToolName => document.tool.map(|(tool, _)| tool),
                Mark::ToolKind => document.tool.map(|(_, kind)| kind),
            }
            .map(str::to_owned)
        });
        if let Some(kind) = self.0.get(&marks) {
            return Ok(*kind);
        }
        let mut statement = connection.prepare_cached(include_str!("../../sql/search/add_kind.sql"))?;
        let kind = statement.query_row([&marks], |row| row.get(0))?;
        self.0.insert(marks, kind);
        Ok(kind)
    }
}

/// What the outputs of instances end with. Whatever is not in memory is read from the log again.
#[derive(Default)]
struct Carries(HashMap<Position, (Option<Position>, ChunkCarry)>);

const TAILS_MAX: usize = 20_000;

impl Carries {
    /// Returns what the output of an instance ends with before the event.
    fn of(&mut self, agent: &Agent, context: &EventContext<'_>) -> Result<&mut ChunkCarry, Refusal> {
        if self.0.len() > TAILS_MAX {
            self.0.clear();
        }
        let last = agent.outputs.last().copied();
        let (known, tail) = self.0.entry(agent.added).or_insert((None, ChunkCarry::default()));
        if *known != last {
            *tail = ChunkCarry::default();
            for piece in agent.outputs.iter().rev() {
                if !tail.push_before(&context.texts.at(*piece)?) {
                    break;
                }
            }
            *known = last;
        }
        Ok(tail)
    }

    /// Says which piece was the last.
    fn is_up_to(&mut self, agent: &Agent, position: Position) {
        if let Some((known, _)) = self.0.get_mut(&agent.added) {
            *known = Some(position);
        }
    }
}

/// A text of the index.
struct Document<'d> {
    position: Position,
    what: &'static str,
    role: Option<&'d str>,
    agent: Option<&'d str>,
    /// The name of the tool that was called, and its kind.
    tool: Option<(&'d str, &'d str)>,
}

impl Projection for Search {
    fn configure(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        // Of an empty file alone: what a merge frees goes back to the system.
        connection.pragma_update(None, "auto_vacuum", "incremental")
    }

    fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(include_str!("../../sql/search/tables.sql"))
    }

    /// Merges all segments: a full index has one.
    fn index(&self, connection: &Connection) -> rusqlite::Result<()> {
        let step = Step::begin(connection, StepKind::Part)?;
        merge_all(Tables::main(connection))?;
        step.commit()?;
        shrink(connection)
    }

    fn flush(&mut self, connection: &Connection) -> Result<(), Refusal> {
        Ok(self.writer.flush(connection)?)
    }

    fn forget(&mut self) {
        self.tails = Carries::default();
        self.kinds = Kinds::default();
        self.writer.forget();
    }

    fn apply(&mut self, connection: &Connection, context: &EventContext<'_>) -> Result<(), Refusal> {
        // What a body said that is erased by pruning is found still: its archive has it.
        if context.event().is_none() {
            return Ok(());
        }
        let Self { tails, writer, kinds } = self;
        let stream = match writer.has_streams() {
            true => number(context.recorded.stream.get())?,
            false => 0,
        };
        let mut rows = Rows { connection, context, stream, tails, writer, kinds };
        match context.event() {
            Some(Event::ToolCalled(body)) => return rows.add_call(body),
            Some(Event::ToolReturned(body)) => return rows.add_result(body),
            Some(Event::MappingCorrected(body)) => rows.withdraw(body)?,
            _ => {}
        }
        let mut changed = None;
        for patch in context.patches {
            match (&patch.path, &patch.op) {
                // What changes of a message goes together.
                (Path::Field(List::Messages, at, _), _) => changed = Some(*at),
                _ => apply_patch(&mut rows, patch)?,
            }
        }
        changed.map_or(Ok(()), |at| rows.change_message(at))
    }
}

fn apply_patch(rows: &mut Rows<'_>, patch: &Patch<'_>) -> Result<(), Refusal> {
    let (before, here) = (rows.context.before, rows.context.recorded.position);
    let of = |what| Document { position: here, what, role: None, agent: None, tool: None };
    match (&patch.path, &patch.op) {
        (Path::Whole, Op::Insert(Value::Session(session))) => {
            rows.add_session(session)?;
            for field in Level::Session.values().filter(|field| field.is_content()) {
                rows.add(
                    &of(field.column()),
                    session.value(field).as_ref().and_then(Value::as_text).unwrap_or(""),
                )?;
            }
        }
        (Path::Own(Key::Known(field)), Op::Set(value)) if field.is_content() => {
            rows.remove(before.content(*field))?;
            rows.add(&of(field.column()), value.as_text().unwrap_or_default())?;
        }
        (Path::Own(Key::Known(session::kind)), Op::Set(value)) => {
            rows.session(value.as_text(), None, None, None)?
        }
        (Path::Own(Key::Known(session::status)), Op::Set(value)) => {
            rows.session(None, value.as_text(), None, None)?;
        }
        (Path::Own(Key::Record(record)), Op::Set(Value::Texts(list))) => {
            let list = serde_json::Value::from(list.as_ref()).to_string();
            let sql = include_str!("../../sql/search/change_list.sql");
            run(rows.connection, sql, params![rows.context.recorded.stream, record.name(), list])?;
            rows.writer.changed(rows.stream);
        }
        (Path::Own(Key::Record(Record::Deleted)), Op::Set(Value::Flag(deleted))) => {
            rows.session(None, None, Some(*deleted), None)?;
        }
        (Path::Own(Key::Record(Record::Worktree)), Op::Set(value)) => {
            rows.session(None, None, None, Some(value.as_text().unwrap_or_default()))?;
        }
        (Path::Row(List::Instances, _), Op::Insert(Value::Instance(instance))) => {
            let name = &*instance.agent_name;
            rows.add(&Document { agent: Some(name), ..of("agent") }, name)?;
        }
        (Path::Row(List::Instances, at), Op::Remove) => {
            if let Some(agent) = before.agent(*at) {
                rows.remove(agent.outputs.iter().copied().chain([agent.added]))?;
            }
        }
        (Path::Field(List::Instances, at, Key::Known(instance::agent_name)), Op::Set(Value::Text(name))) => {
            if let Some(agent) = before.agent(*at) {
                rows.remove([agent.added])?;
                rows.add(&Document { position: agent.added, agent: Some(name), ..of("agent") }, name)?;
            }
        }
        (Path::Field(List::Instances, at, Key::Known(instance::output)), op) => {
            let agent = before.agent(*at);
            let document = Document { agent: agent.map(|agent| &*agent.name), ..of("output") };
            match (op, agent) {
                (Op::Extend(text), Some(agent)) => {
                    let text = rows.context.texts.get(text)?;
                    rows.add_piece(&document, &text, agent)?;
                }
                (Op::Extend(text), None) => rows.add_text(&document, text)?,
                (op, agent) => {
                    rows.remove(agent.iter().flat_map(|agent| agent.outputs.iter().copied()))?;
                    if let Op::Set(Value::LongText(text)) = op {
                        rows.add_text(&document, text)?;
                    }
                }
            }
        }
        (Path::Row(List::Messages, _), Op::Insert(Value::Message(message))) => {
            let agent = message.instance_id.and_then(|number| before.agent_of_number(number));
            let (role, agent) = (Some(&*message.role), agent.map(|agent| &*agent.name));
            rows.add_text(&Document { role, agent, ..of("message") }, &message.content)?;
        }
        (Path::Row(List::Messages, at), Op::Remove) => {
            rows.remove(before.message(*at).map(|said| said.content))?;
        }
        _ => {}
    }
    Ok(())
}

/// The rows of the event's session.
struct Rows<'a> {
    connection: &'a Connection,
    context: &'a EventContext<'a>,
    stream: u32,
    tails: &'a mut Carries,
    writer: &'a mut Writer,
    kinds: &'a mut Kinds,
}

impl Rows<'_> {
    fn add_session(&mut self, session: &Session) -> Result<(), Refusal> {
        let EventContext { recorded, name, .. } = self.context;
        let sql = include_str!("../../sql/search/add_session.sql");
        self.writer.changed(self.stream);
        run(
            self.connection,
            sql,
            params![
                recorded.stream,
                name.workspace,
                name.session_id,
                name.ordinal,
                session.kind,
                session.status
            ],
        )
    }

    /// Changes the text of a message, or what is known of it.
    fn change_message(&mut self, at: u32) -> Result<(), Refusal> {
        let EventContext { before, recorded, texts, .. } = self.context;
        let Some(said) = before.message(at) else { return Ok(()) };
        let (role, number) =
            (self.context.becomes(message::role), self.context.becomes(message::instance_id));
        let is_told_otherwise = role.is_some() || number.is_some();
        let number = match number {
            Some(number) => number.as_number().and_then(|number| u32::try_from(number).ok()),
            None => said.instance,
        };
        let role = role.as_ref().and_then(Value::as_text).unwrap_or(&said.role);
        let agent = number.and_then(|number| before.agent_of_number(number)).map(|agent| &*agent.name);
        let document =
            Document { position: recorded.position, what: "message", role: Some(role), agent, tool: None };
        if let Some(Value::LongText(content)) = self.context.becomes(message::content) {
            self.remove([said.content])?;
            self.add_text(&document, &content)?;
        } else if is_told_otherwise {
            // Its words are what they were, its marks are not.
            self.remove([said.content])?;
            self.add(&Document { position: said.content, ..document }, &texts.at(said.content)?)?;
        }
        Ok(())
    }

    fn add_text(&mut self, document: &Document<'_>, text: &Text) -> Result<(), Refusal> {
        self.add(document, &self.context.texts.get(text)?)
    }

    /// Adds a piece of an output, with the word that may go on from the piece before, and the words before it.
    fn add_piece(&mut self, document: &Document<'_>, text: &str, agent: &Agent) -> Result<(), Refusal> {
        let tail = self.tails.of(agent, self.context)?;
        let (after, before) = (tail.after_words(text), agent.outputs.last());
        tail.push(text);
        self.tails.is_up_to(agent, document.position);
        match (after, before) {
            (Some((whole, length)), Some(before)) => {
                let back = number(i64::try_from(document.position.get() - before.get()).unwrap_or(i64::MAX))?;
                // The way back leads over pieces without a word too.
                self.put(document, Some((&whole[..length], back)), &whole)
            }
            _ => self.add(document, text),
        }
    }

    fn add(&mut self, document: &Document<'_>, text: &str) -> Result<(), Refusal> {
        match &*plain(text) {
            "" => Ok(()),
            text => self.put(document, None, text),
        }
    }

    fn put(
        &mut self,
        document: &Document<'_>,
        before: Option<(&str, u32)>,
        whole: &str,
    ) -> Result<(), Refusal> {
        let kind = self.kinds.of(self.connection, document)?;
        let text = text_number(document.position)?;
        self.writer.add(&TextOf { text, stream: self.stream, kind, before, whole, is_bag: false });
        Ok(())
    }

    fn remove(&mut self, positions: impl IntoIterator<Item = Position>) -> Result<(), Refusal> {
        for position in positions {
            self.writer.remove(text_number(position)?);
        }
        Ok(())
    }

    fn session(
        &mut self,
        kind: Option<&str>,
        status: Option<&str>,
        deleted: Option<bool>,
        worktree: Option<&str>,
    ) -> Result<(), Refusal> {
        let sql = include_str!("../../sql/search/change_session.sql");
        self.writer.changed(self.stream);
        run(self.connection, sql, params![self.context.recorded.stream, kind, status, deleted, worktree])
    }
}

/// Gives back to the system what is free in the file.
fn shrink(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("pragma incremental_vacuum")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// The index counts to a billion events: other numbers are for the paths that they name.
fn text_number(position: Position) -> Result<u32, Refusal> {
    let text = number(i64::try_from(position.get()).unwrap_or(i64::MAX))?;
    if text >= OF_PATHS { Err(no_room()) } else { Ok(text) }
}

fn no_room() -> Refusal {
    Refusal::Event("there is no room in the search index".to_owned())
}

/// The index counts to four billion.
fn number(number: i64) -> Result<u32, Refusal> {
    u32::try_from(number).map_err(|_| no_room())
}

fn run(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<(), Refusal> {
    connection.prepare_cached(sql)?.execute(params)?;
    Ok(())
}
