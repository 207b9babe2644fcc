//! Saved events, appended to a new log.

use super::Saved;
use crate::event::{
    InstanceAdded, MessageAdded, SessionCreated, SessionDeleted, SessionDetailsChanged, SessionRestored,
};
use crate::log::Ticket;
use crate::log::commit::{Commit, Expected, NewEvent};
use crate::{
    Error, Event, EventType, Gone, Instance, Log, Message, Position, Session, SessionPatch, StreamName, time,
};

/// The writing of what was saved, as commits like those that it came in.
pub(super) struct Writing<'a> {
    log: &'a Log,
    /// The first position of the commit that it came in, and its parts.
    commit: Option<(Position, Vec<Part>)>,
    tickets: Vec<Ticket>,
}

type Part = (StreamName, Vec<NewEvent>);

/// Commits that are under way at a time.
const TICKETS_MAX: usize = 256;

impl<'a> Writing<'a> {
    pub(super) fn to(log: &'a Log) -> Self {
        Self { log, commit: None, tickets: Vec::new() }
    }

    /// Takes in an event; behind the last of its commit, it is on its way.
    pub(super) fn add(&mut self, saved: Saved) -> Result<(), Error> {
        let Saved { commit_first, name, occurred_at, kind, event } = saved;
        let Some(event) = event.map_or_else(|gone| stand_in(kind, gone), Some) else { return Ok(()) };
        let event = match event {
            // They name positions of the log that was.
            Event::BodyRedacted(_) | Event::BodiesRestored(_) => return Ok(()),
            Event::BodiesPruned(body) => {
                let Some(updated_at) = body.updated_at else { return Ok(()) };
                let set = SessionPatch { updated_at: Some(updated_at), ..SessionPatch::default() };
                SessionDetailsChanged { set }.into()
            }
            event => event,
        };
        if self.commit.as_ref().is_some_and(|(first, _)| *first != commit_first) {
            self.append()?;
        }
        let (_, parts) = self.commit.get_or_insert_with(|| (commit_first, Vec::new()));
        let event = NewEvent { event, occurred_at: time::from_micros(occurred_at) };
        match parts.iter_mut().find(|(other, _)| *other == name) {
            Some((_, events)) => events.push(event),
            None => parts.push((name, vec![event])),
        }
        Ok(())
    }

    fn append(&mut self) -> Result<(), Error> {
        let Some((_, parts)) = self.commit.take() else { return Ok(()) };
        let mut commit = Commit::default();
        for (name, events) in parts {
            commit = commit.and(name, Expected::Any, events);
        }
        self.tickets.push(self.log.append_later(commit)?);
        if self.tickets.len() >= TICKETS_MAX {
            self.wait()?;
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<(), Error> {
        self.tickets.drain(..).try_for_each(|ticket| ticket.wait().map(drop))
    }

    /// Waits until all of it is durable.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.append()?;
        self.wait()
    }
}

/// What an event without a body does to its session, as an event; `None` where it does nothing.
fn stand_in(kind: EventType, gone: Gone) -> Option<Event> {
    Some(match kind {
        EventType::SessionCreated => {
            SessionCreated { session: Session::redacted(), place: None, home: None }.into()
        }
        EventType::InstanceAdded => {
            InstanceAdded { instance: Instance::redacted(), index: None, updated_at: None }.into()
        }
        EventType::MessageAdded => {
            MessageAdded { message: Message::gone(gone), index: None, updated_at: None }.into()
        }
        EventType::SessionDeleted => SessionDeleted {}.into(),
        EventType::SessionRestored => SessionRestored {}.into(),
        _ => return None,
    })
}
