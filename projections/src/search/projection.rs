//! What each event does to the index.

use std::collections::HashMap;

use retold_core::{Event, Position, Text};
use rusqlite::{Connection, params};

use super::cut::cut;
use super::marks;
use super::plain::plain;
use super::seam::Tail;
use crate::sidecar::{Agent, BuiltIn, Moment, Projection, Refusal};

pub(crate) const SEARCH: BuiltIn = BuiltIn {
    name: "search",
    version: 2,
    about: "full text over tasks, messages, outputs and agents' names",
    make: || Box::new(Search::default()),
};

#[derive(Default)]
struct Search {
    tails: Tails,
}

/// What the outputs of instances end with. Whatever is not in memory is read from the log again.
#[derive(Default)]
struct Tails(HashMap<Position, (Option<Position>, Tail)>);

const TAILS_MAX: usize = 20_000;

impl Tails {
    /// Returns what the output of an instance ends with before the event.
    fn of(&mut self, agent: &Agent, moment: &Moment<'_>) -> Result<&mut Tail, Refusal> {
        if self.0.len() > TAILS_MAX {
            self.0.clear();
        }
        let last = agent.outputs.last().copied();
        let (known, tail) = self.0.entry(agent.added).or_insert((None, Tail::default()));
        if *known != last {
            *tail = Tail::default();
            for piece in agent.outputs.iter().rev() {
                if !tail.push_before(&moment.texts.at(*piece)?) {
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
        self.tails = Tails::default();
    }

    fn apply(&mut self, connection: &Connection, moment: &Moment<'_>) -> Result<(), Refusal> {
        let Some(event) = moment.event() else { return Ok(()) };
        let (rows, scene, here) = (Rows { connection, moment }, moment.scene, moment.recorded.position);
        let of = |what| Document { position: here, what, role: None, agent: None };
        match event {
            Event::SessionCreated(body) => {
                let name = moment.name;
                let session = &body.session;
                run(
                    connection,
                    include_str!("../../sql/search/add_session.sql"),
                    params![
                        moment.recorded.stream,
                        name.workspace,
                        name.session_id,
                        name.ordinal,
                        session.kind,
                        session.status
                    ],
                )?;
                rows.add(&of("task"), &session.task)?;
            }
            Event::TaskChanged(body) => {
                rows.remove(scene.task)?;
                rows.add(&of("task"), &body.task)?;
            }
            Event::SessionDetailsChanged(body) => {
                rows.session(body.set.kind.as_deref(), body.set.status.as_deref(), None)?;
                if let Some(task) = &body.set.task {
                    rows.remove(scene.task)?;
                    rows.add(&of("task"), task)?;
                }
            }
            Event::SessionStatusChanged(body) => rows.session(None, Some(&body.status), None)?,
            Event::SessionDeleted(_) => rows.session(None, None, Some(true))?,
            Event::SessionRestored(_) => rows.session(None, None, Some(false))?,
            Event::InstanceAdded(body) => {
                let name = &*body.instance.agent_name;
                rows.add(&Document { agent: Some(name), ..of("agent") }, name)?;
            }
            Event::InstanceDetailsChanged(body) => {
                if let (Some(name), Some(agent)) = (&body.set.agent_name, scene.agent(body.index)) {
                    rows.remove([agent.added])?;
                    rows.add(&Document { position: agent.added, agent: Some(name), ..of("agent") }, name)?;
                }
            }
            Event::InstanceRemoved(body) => {
                if let Some(agent) = scene.agent(body.index) {
                    rows.remove(agent.outputs.iter().copied().chain([agent.added]))?;
                }
            }
            Event::OutputAppended(body) => {
                let agent = scene.agent(body.index);
                let document = Document { agent: agent.map(|agent| &*agent.name), ..of("output") };
                let text = moment.texts.get(&body.text)?;
                match agent {
                    Some(agent) => rows.add_piece(&document, &text, agent, &mut self.tails)?,
                    None => rows.add(&document, &text)?,
                }
            }
            Event::OutputReplaced(body) => {
                let agent = scene.agent(body.index);
                rows.remove(agent.iter().flat_map(|agent| agent.outputs.iter().copied()))?;
                if let Some(text) = &body.text {
                    rows.add_text(
                        &Document { agent: agent.map(|agent| &*agent.name), ..of("output") },
                        text,
                    )?;
                }
            }
            Event::MessageAdded(body) => {
                let agent = body.message.instance_id.and_then(|number| scene.agent_of_number(number));
                let document = Document {
                    role: Some(&body.message.role),
                    agent: agent.map(|agent| &*agent.name),
                    ..of("message")
                };
                rows.add_text(&document, &body.message.content)?;
            }
            Event::MessageChanged(body) => {
                let Some(said) = scene.message(body.index) else { return Ok(()) };
                let role = body.set.role.as_deref().unwrap_or(&said.role);
                let agent = body.set.instance_id.unwrap_or(said.instance);
                let agent = agent.and_then(|number| scene.agent_of_number(number)).map(|agent| &*agent.name);
                let document = Document { role: Some(role), agent, ..of("message") };
                if let Some(content) = &body.content {
                    rows.remove([said.content])?;
                    rows.add_text(&document, content)?;
                } else if body.set.role.is_some() || body.set.instance_id.is_some() {
                    // Its words are what they were, its marks are not.
                    rows.remove([said.content])?;
                    let content = moment.texts.at(said.content)?;
                    rows.add(&Document { position: said.content, ..document }, &content)?;
                }
            }
            Event::MessageRemoved(body) => rows.remove(scene.message(body.index).map(|said| said.content))?,
            Event::WinnerSelected(_)
            | Event::InstanceStatusChanged(_)
            | Event::SessionMoved(_)
            | Event::WorkspaceRegistered(_)
            | Event::BodyRedacted(_)
            // What was said is found still: its archive has it.
            | Event::BodiesPruned(_)
            | Event::BodiesRestored(_) => {}
        }
        Ok(())
    }
}

/// The rows of the event's session.
struct Rows<'a> {
    connection: &'a Connection,
    moment: &'a Moment<'a>,
}

impl Rows<'_> {
    fn add_text(&self, document: &Document<'_>, text: &Text) -> Result<(), Refusal> {
        self.add(document, &self.moment.texts.get(text)?)
    }

    /// Adds a piece of an output, with the word that may go on from the piece before.
    fn add_piece(
        &self,
        document: &Document<'_>,
        text: &str,
        agent: &Agent,
        tails: &mut Tails,
    ) -> Result<(), Refusal> {
        let tail = tails.of(agent, self.moment)?;
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
        let Moment { recorded, name, .. } = self.moment;
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
        run(self.connection, sql, params![self.moment.recorded.stream, kind, status, deleted])
    }
}

fn run(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<(), Refusal> {
    connection.prepare_cached(sql)?.execute(params)?;
    Ok(())
}
