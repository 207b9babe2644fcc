//! A commit on its way, and what it would make of a session.

use super::key::IdempotencyKey;
use super::prepare::Prepared;
use crate::pack::{RAW, Unpacker};
use crate::{BlobRef, Error, Event, Log, LogId, SessionState, Text};

use super::prepare::{BODY_BYTES_MAX, TEXT_BYTES_MAX};

/// A commit, encoded and packed, not yet written. It fits the log that prepared it: another may lack the dictionary.
#[derive(Debug)]
pub struct PreparedCommit {
    pub(super) prepared: Prepared,
    pub(super) key: Option<IdempotencyKey>,
    pub(super) log: LogId,
}

impl PreparedCommit {
    /// Returns how many events it holds.
    pub fn events(&self) -> usize {
        self.prepared.events()
    }

    /// Returns how many bytes it takes in memory, about.
    pub fn bytes(&self) -> usize {
        self.prepared.bytes() + self.prepared.events() * 512
    }

    /// Reads the first stream's events back from their packed bytes, exactly as they will be stored, and lets them
    /// happen to `state`, with all texts loaded.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the bytes do not give back what went in.
    pub fn replay(&self, log: &Log, state: &mut Option<SessionState>) -> Result<(), Error> {
        log.inner.with_unpacker(|unpacker| self.replay_with(unpacker, state))
    }

    fn replay_with(&self, unpacker: &mut Unpacker, state: &mut Option<SessionState>) -> Result<(), Error> {
        let damaged = |found: String| Error::Damaged { act: "read back a prepared commit", found };
        let mut buffer = Vec::new();
        for prepared in self.prepared.parts.first().into_iter().flat_map(|part| &part.events) {
            let body = unpacker
                .unpack(prepared.body.codec, &prepared.body.bytes, BODY_BYTES_MAX, &mut buffer)
                .map_err(|error| damaged(error.to_string()))?;
            let mut event = Event::read_body(prepared.event.event_type(), body)
                .map_err(|error| damaged(error.to_string()))?;
            match (event.long_text_mut(), prepared.event.long_text()) {
                (Some(text @ &mut Text::Blob(blob)), _) => {
                    *text = self.text(unpacker, blob).map_err(damaged)?
                }
                // The same bytes again: one copy of them will do.
                (Some(read), Some(written)) if read == written => read.clone_from(written),
                _ => {}
            }
            SessionState::apply_owned(state, event).map_err(|misfit| damaged(misfit.to_string()))?;
        }
        Ok(())
    }

    fn text(&self, unpacker: &mut Unpacker, blob: BlobRef) -> Result<Text, String> {
        let packed =
            self.prepared.blobs.iter().find(|stored| stored.hash == blob.hash).ok_or("a blob is missing")?;
        let mut buffer = Vec::new();
        let bytes = unpacker
            .unpack(packed.packed.codec, &packed.packed.bytes, TEXT_BYTES_MAX, &mut buffer)
            .map_err(|error| error.to_string())?;
        let text = simdutf8::basic::from_utf8(bytes).map_err(|error| error.to_string())?;
        debug_assert!(
            packed.packed.codec == RAW || text.len() as u64 == blob.bytes,
            "a blob has the size it was given"
        );
        Ok(Text::from(text))
    }
}
