//! A compression dictionary from the first sessions of what is to be imported.

use std::fs::File;

use retold_core::{INLINE_TEXT_BYTES_MAX, Log};

use super::super::history::history;
use super::super::read;
use super::super::sources::Sources;
use super::super::split::{Piece, Splitter};
use crate::Error;

/// A smaller import teaches too little to keep a dictionary for.
const BYTES_MIN: u64 = 1024 * 1024;
/// Sessions that are learned from, and events of them.
const SESSIONS_MAX: usize = 120;
const EVENTS_MAX: usize = 3000;

/// Trains the log's first own dictionary. Samples that teach nothing leave it with the one it has.
pub(super) fn train(log: &Log, sources: &Sources) -> Result<(), Error> {
    if log.is_trained() || sources.bytes() < BYTES_MIN {
        return Ok(());
    }
    let each = (SESSIONS_MAX / sources.files.len().max(1)).max(8);
    let mut events = Vec::new();
    for source in &sources.files {
        // What cannot be read is named when it is to be imported.
        let Ok(file) = File::open(&source.path) else { continue };
        let mut pieces = Splitter::new(file);
        let mut sessions = 0;
        while sessions < each && events.len() < EVENTS_MAX {
            let Ok(Some(piece)) = pieces.next_piece() else { break };
            let Piece::Record(record) = piece else { continue };
            let Ok(mut session) = read::parse(record.bytes) else { continue };
            session.chat_history.truncate(EVENTS_MAX);
            let learned = history(&session, None).into_iter().map(|new| new.event);
            // Of long texts, which are stored apart, there are few and each would take the room of many.
            let learned = learned.filter(|event| {
                event.long_text().is_none_or(|text| text.len() <= INLINE_TEXT_BYTES_MAX as u64)
            });
            events.extend(learned.take(EVENTS_MAX - events.len()));
            sessions += 1;
        }
    }
    match log.train(&events) {
        Ok(()) | Err(retold_core::Error::Malformed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
