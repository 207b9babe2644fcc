//! Saved events, appended to a new log.

use retold_core::event::SessionDetailsChanged;
use retold_core::{
    Commit, Error, Event, Expected, Log, Meta, NewEvent, Operation, Position, SessionPatch, StreamName,
    Ticket, time,
};

use super::moves::Moves;
use super::salvage::Saved;

/// The writing of what was saved, as commits like those that it came in.
pub(super) struct Writing<'a> {
    log: &'a Log,
    /// Of the commits that belong to none.
    operation: Operation,
    /// The first position of the commit that it came in, and its parts.
    commit: Option<(Position, Open)>,
    tickets: Vec<(Ticket, Vec<u64>)>,
    moves: Moves,
}

/// A commit that is being gathered.
#[derive(Default)]
struct Open {
    parts: Vec<(StreamName, Vec<(u64, NewEvent)>)>,
    meta: Option<Meta>,
}

/// Commits that are under way at a time.
const TICKETS_MAX: usize = 256;

impl<'a> Writing<'a> {
    pub(super) fn to(log: &'a Log) -> Self {
        Self {
            log,
            operation: Operation::new("recover"),
            commit: None,
            tickets: Vec::new(),
            moves: Moves::default(),
        }
    }

    /// Takes in an event; after the last of its commit, it is on its way.
    pub(super) fn add(&mut self, saved: Saved) -> Result<(), Error> {
        let Saved { position, commit_first, name, occurred_at, kind, meta, event } = saved;
        let Some(event) = event.map_or_else(|gone| Event::of_erased(kind, gone), Some) else { return Ok(()) };
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
        let (_, open) = self.commit.get_or_insert_with(|| (commit_first, Open::default()));
        open.meta = open.meta.take().or(meta);
        let event = (position.get(), NewEvent { event, occurred_at: time::from_micros(occurred_at) });
        match open.parts.iter_mut().find(|(other, _)| *other == name) {
            Some((_, events)) => events.push(event),
            None => open.parts.push((name, vec![event])),
        }
        Ok(())
    }

    fn append(&mut self) -> Result<(), Error> {
        let Some((_, Open { parts, meta })) = self.commit.take() else { return Ok(()) };
        let (mut commit, mut positions) = (Commit::default(), Vec::new());
        for (name, events) in parts {
            let (old, events): (Vec<u64>, Vec<NewEvent>) = events.into_iter().unzip();
            positions.extend(old);
            commit = commit.and(name, Expected::Any, events);
        }
        // A commit keeps the operation that it belonged to.
        let kept = meta.as_ref().and_then(|meta| meta.operation.as_deref().cloned());
        commit = commit.operation(kept.unwrap_or_else(|| self.operation.clone()));
        if let Some(meta) = meta {
            commit = commit.meta(meta);
        }
        self.tickets.push((self.log.append_later(commit)?, positions));
        if self.tickets.len() >= TICKETS_MAX {
            self.wait()?;
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<(), Error> {
        for (ticket, positions) in self.tickets.drain(..) {
            let first = ticket.wait()?.first.get();
            for (old, new) in positions.into_iter().zip(first..) {
                self.moves.add(old, new);
            }
        }
        Ok(())
    }

    /// Waits until all of it is durable, and returns where each event went.
    pub(super) fn finish(mut self) -> Result<Moves, Error> {
        self.append()?;
        self.wait()?;
        self.moves.sort();
        Ok(self.moves)
    }
}
