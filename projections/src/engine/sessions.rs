//! What projections are told of sessions, kept in memory from one event to the next.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use retold_core::{Decoder, Limit, Log, Patch, Recorded, Revision, StreamId};
use rusqlite::Connection;

use super::context::Texts;
use super::prior::{PriorState, Words};
use super::projection::Refusal;
use crate::Error;

/// Sessions are kept up to this weight, some 200 MB; above, all are let go.
const WEIGHT_MAX: usize = 4_000_000;

pub(super) struct Sessions {
    reader: Connection,
    decoder: Decoder,
    texts: Texts,
    known: HashMap<StreamId, PriorState>,
    weight: usize,
    words: Words,
}

impl Sessions {
    pub(super) fn of(log: &Log) -> Result<Self, Error> {
        Ok(Self {
            reader: log.open_reader()?,
            decoder: Decoder::default(),
            texts: Texts::of(log)?,
            known: HashMap::new(),
            weight: 0,
            words: Words::default(),
        })
    }

    /// A connection that reads the log.
    pub(super) fn reader(&self) -> &Connection {
        &self.reader
    }

    /// Has `apply` see an event with what its session was before it and what the event does to that, then applies the event to
    /// what is kept. Nobody sees one that is not valid.
    pub(super) fn apply(
        &mut self,
        recorded: &Recorded,
        is_workspace: bool,
        apply: impl FnOnce(&PriorState, &[Patch<'_>], &Texts) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if is_workspace {
            return apply(&PriorState::default(), &[], &self.texts);
        }
        let session = match self.known.entry(recorded.stream) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let session = fold(&self.reader, &mut self.decoder, recorded, &mut self.words)?;
                self.weight += session.weight();
                unknown.insert(session)
            }
        };
        let Some(patches) = session.patches(recorded) else { return Ok(()) };
        apply(session, &patches, &self.texts)?;
        session.apply(recorded, &patches, &mut self.words);
        self.weight += 1;
        Ok(())
    }

    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.weight = 0;
    }

    /// Keeps the memory bounded.
    pub(super) fn trim(&mut self) {
        if self.weight > WEIGHT_MAX {
            self.forget();
        }
    }
}

/// Returns what a session was before an event of it: the fold of what came before.
fn fold(
    reader: &Connection,
    decoder: &mut Decoder,
    recorded: &Recorded,
    words: &mut Words,
) -> Result<PriorState, retold_core::Error> {
    let (mut session, mut after) = (PriorState::default(), Revision::ZERO);
    while recorded.revision > after.plus(1) {
        let page = decoder.stream_events_after(
            reader,
            recorded.stream,
            after,
            recorded.position,
            Limit::default(),
        )?;
        for event in page.events.iter().filter(|event| event.position < recorded.position) {
            if let Some(patches) = session.patches(event) {
                session.apply(event, &patches, words);
            }
            after = event.revision;
        }
        if !page.more {
            break;
        }
    }
    Ok(session)
}
