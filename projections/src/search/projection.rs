//! What each event does to the index.

use std::collections::HashMap;

use retold_core::field::{instance, message, session};
use retold_core::{Document as _, Key, Level, List, Op, Patch, Path, Position, Record, Session, Text, Value};
use rusqlite::{Connection, params};

use super::carry::ChunkCarry;
use super::cut::cut;
use super::marks;
use super::plain::plain;
use crate::engine::{Agent, EventContext, Projection, Refusal};
use crate::sidecar::BuiltIn;

pub(crate) const SEARCH: BuiltIn = BuiltIn {
    name: "search",
    version: 3,
    about: "full text over tasks, messages, outputs and agents' names",
    make: |_| Box::new(Search::default()),
};

#[derive(Default)]
struct Search {
    tails: Carries,
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
}

impl Projection for Search {
    fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        [
            include_str!("../../sql/search/text_table.sql"),
            include_str!("../../sql/search/document_table.sql"),
            include_str!("../../sql/search/session_table.sql"),
            include_str!("../../sql/search/seam_table.sql"),
        ]
        .iter()
        .try_for_each(|sql| connection.execute_batch(sql))
    }

    fn index(&self, _: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    fn forget(&mut self) {
        self.tails = Carries::default();
    }

    fn apply(&mut self, connection: &Connection, context: &EventContext<'_>) -> Result<(), Refusal> {
        // What a body said that is erased by pruning is found still: its archive has it.
        if context.event().is_none() {
            return Ok(());
        }
        let rows = Rows { connection, context };
        let mut changed = None;
        for patch in context.patches {
            match (&patch.path, &patch.op) {
                // What changes of a message goes together.
                (Path::Field(List::Messages, at, _), _) => changed = Some(*at),
                _ => self.apply_patch(&rows, patch)?,
            }
        }
        changed.map_or(Ok(()), |at| rows.change_message(at))
    }
}

impl Search {
    fn apply_patch(&mut self, rows: &Rows<'_>, patch: &Patch<'_>) -> Result<(), Refusal> {
        let (before, here) = (rows.context.before, rows.context.recorded.position);
        let of = |what| Document { position: here, what, role: None, agent: None };
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
                rows.session(value.as_text(), None, None)?
            }
            (Path::Own(Key::Known(session::status)), Op::Set(value)) => {
                rows.session(None, value.as_text(), None)?;
            }
            (Path::Own(Key::Record(record)), Op::Set(Value::Texts(list))) => {
                let list = serde_json::Value::from(list.as_ref()).to_string();
                let sql = include_str!("../../sql/search/change_list.sql");
                run(rows.connection, sql, params![rows.context.recorded.stream, record.name(), list])?;
            }
            (Path::Own(Key::Record(Record::Deleted)), Op::Set(Value::Flag(deleted))) => {
                rows.session(None, None, Some(*deleted))?;
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
            (
                Path::Field(List::Instances, at, Key::Known(instance::agent_name)),
                Op::Set(Value::Text(name)),
            ) => {
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
                        rows.add_piece(&document, &text, agent, &mut self.tails)?;
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
}

/// The rows of the event's session.
struct Rows<'a> {
    connection: &'a Connection,
    context: &'a EventContext<'a>,
}

impl Rows<'_> {
    fn add_session(&self, session: &Session) -> Result<(), Refusal> {
        let EventContext { recorded, name, .. } = self.context;
        run(
            self.connection,
            include_str!("../../sql/search/add_session.sql"),
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
    fn change_message(&self, at: u32) -> Result<(), Refusal> {
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
        let document = Document { position: recorded.position, what: "message", role: Some(role), agent };
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

    fn add_text(&self, document: &Document<'_>, text: &Text) -> Result<(), Refusal> {
        self.add(document, &self.context.texts.get(text)?)
    }

    /// Adds a piece of an output, with the word that may go on from the piece before.
    fn add_piece(
        &self,
        document: &Document<'_>,
        text: &str,
        agent: &Agent,
        tails: &mut Carries,
    ) -> Result<(), Refusal> {
        let tail = tails.of(agent, self.context)?;
        // The way back to where a word began leads over pieces without a character too.
        let both = if text.is_empty() { Some(String::new()) } else { tail.joined(text) };
        match (both, agent.outputs.last()) {
            (Some(both), Some(before)) => {
                self.add(document, &both)?;
                let sql = include_str!("../../sql/search/add_seam.sql");
                run(self.connection, sql, params![document.position, before])?;
            }
            _ => self.add(document, text)?,
        }
        tail.push(text);
        tails.is_up_to(agent, document.position);
        Ok(())
    }

    fn add(&self, document: &Document<'_>, text: &str) -> Result<(), Refusal> {
        let Document { position, what, role, agent } = document;
        let text = &*plain(text);
        if text.is_empty() {
            return Ok(());
        }
        let EventContext { recorded, name, .. } = self.context;
        let marks = marks::of_text(recorded.stream, &name.workspace, what, *role, *agent);
        let sql = include_str!("../../sql/search/add_text.sql");
        run(self.connection, sql, params![position, &*cut(text), marks])?;
        let sql = include_str!("../../sql/search/add_document.sql");
        run(self.connection, sql, params![position, recorded.stream, what, role, agent])
    }

    fn remove(&self, positions: impl IntoIterator<Item = Position>) -> Result<(), Refusal> {
        positions.into_iter().try_for_each(|position| {
            run(self.connection, include_str!("../../sql/search/drop_text.sql"), [position])?;
            run(self.connection, include_str!("../../sql/search/drop_seam.sql"), [position])?;
            run(self.connection, include_str!("../../sql/search/drop_document.sql"), [position])
        })
    }

    fn session(
        &self,
        kind: Option<&str>,
        status: Option<&str>,
        deleted: Option<bool>,
    ) -> Result<(), Refusal> {
        let sql = include_str!("../../sql/search/change_session.sql");
        run(self.connection, sql, params![self.context.recorded.stream, kind, status, deleted])
    }
}

fn run(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<(), Refusal> {
    connection.prepare_cached(sql)?.execute(params)?;
    Ok(())
}
