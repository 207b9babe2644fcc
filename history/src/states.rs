//! Sessions as they are now, the recently used ones in memory.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use retold_core::{Limit, LogId, Position, Reader, Revision, Session, SessionState, StreamId};

use crate::Error;
use crate::records::Record;

/// A session at a revision of a log.
#[derive(Clone, Debug)]
pub(crate) struct Cached {
    /// A backup that was restored meanwhile is another log, with other sessions under the same numbers.
    pub(crate) log: LogId,
    pub(crate) revision: Revision,
    pub(crate) state: Arc<SessionState>,
}

/// The recently used sessions, by stream. A state is used for its own log and revision only, so that none is ever stale.
pub(crate) struct States {
    cache: Cache<StreamId, Cached, Bytes>,
}

#[derive(Clone)]
struct Bytes;

/// What a list's element takes beside its texts.
const ELEMENT_BYTES: u64 = 512;

impl Weighter<StreamId, Cached> for Bytes {
    fn weight(&self, _: &StreamId, cached: &Cached) -> u64 {
        let Session { instances, chat_history, .. } = &cached.state.session;
        let outputs = instances.iter().filter_map(|instance| instance.output.as_ref());
        let texts = outputs.chain(chat_history.iter().map(|message| &message.content));
        let elements = (instances.len() + chat_history.len() + 2) as u64;
        elements * ELEMENT_BYTES + texts.map(retold_core::Text::len).sum::<u64>()
    }
}

impl States {
    pub(crate) fn new(bytes: u64) -> Self {
        let sessions = usize::try_from(bytes / (16 * 1024)).unwrap_or(usize::MAX);
        Self { cache: Cache::with_weighter(sessions.max(16), bytes, Bytes) }
    }

    /// Returns what all of them weigh.
    pub(crate) fn bytes(&self) -> u64 {
        self.cache.weight()
    }

    /// Returns a record's session as it is at the record's revision. The reader holds on to the moment at which the
    /// record was found, and `head` is its end. The state is kept.
    pub(crate) fn get(
        &self,
        reader: &mut Reader<'_>,
        record: &Record,
        head: Position,
    ) -> Result<Arc<SessionState>, Error> {
        let log = reader.log_id()?;
        let state = self.look(reader, record.stream, record.revision, head)?;
        self.keep(log, record.stream, record.revision, Arc::clone(&state));
        Ok(state)
    }

    /// Returns a session as it is at `revision`, the last one up to `at`, and keeps nothing: what is read may not be committed.
    pub(crate) fn look(
        &self,
        reader: &mut Reader<'_>,
        stream: StreamId,
        revision: Revision,
        at: Position,
    ) -> Result<Arc<SessionState>, Error> {
        let log = reader.log_id()?;
        let cached = self.cache.get(&stream).filter(|cached| cached.log == log);
        if let Some(cached) = cached {
            if cached.revision == revision {
                return Ok(cached.state);
            }
            if cached.revision < revision
                && let Some(state) = advance(reader, stream, cached, revision, at)?
            {
                return Ok(Arc::new(state));
            }
        }
        load(reader, stream, at)
    }

    /// Returns many records' sessions, those that are not in memory read on all cores. `reader` found the records.
    #[cfg(feature = "legacy")]
    pub(crate) fn get_all(
        &self,
        log: &retold_core::Log,
        reader: &Reader<'_>,
        records: &[Record],
        head: Position,
    ) -> Result<Vec<Arc<SessionState>>, Error> {
        let id = reader.log_id()?;
        let mut found: Vec<_> = records.iter().map(|record| self.cached(id, record)).collect();
        let missing: Vec<StreamId> = records
            .iter()
            .zip(&found)
            .filter_map(|(record, found)| found.is_none().then_some(record.stream))
            .collect();
        let mut read = log.states(&missing, head)?.into_iter();
        // Other connections read them: what they saw may be another log already.
        let is_still = missing.is_empty() || log.reader()?.log_id()? == id;
        for (found, record) in found.iter_mut().zip(records).filter(|(found, _)| found.is_none()) {
            let state = Arc::new(read.next().flatten().ok_or_else(|| vanished(record.stream))?);
            if is_still {
                self.keep(id, record.stream, record.revision, Arc::clone(&state));
            }
            *found = Some(state);
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Keeps a session's state, unless a newer one is kept.
    pub(crate) fn keep(&self, log: LogId, stream: StreamId, revision: Revision, state: Arc<SessionState>) {
        let is_newer = |kept: Cached| kept.log == log && kept.revision >= revision;
        if !self.cache.peek(&stream).is_some_and(is_newer) {
            self.cache.insert(stream, Cached { log, revision, state });
        }
    }

    #[cfg(feature = "legacy")]
    fn cached(&self, log: LogId, record: &Record) -> Option<Arc<SessionState>> {
        let cached = self.cache.get(&record.stream)?;
        ((cached.log, cached.revision) == (log, record.revision)).then_some(cached.state)
    }
}

/// Lets happen to a session what came after it was kept; `None` where bodies went or came back meanwhile, so that what was kept
/// says too much or too little.
fn advance(
    reader: &mut Reader<'_>,
    stream: StreamId,
    cached: Cached,
    revision: Revision,
    at: Position,
) -> Result<Option<SessionState>, Error> {
    let Cached { revision: mut after, state, .. } = cached;
    let mut state = Some(Arc::unwrap_or_clone(state));
    while after < revision {
        let page = reader.stream_events_after(stream, after, at, Limit::default())?;
        let Some(last) = page.events.last() else { return Ok(None) };
        after = last.revision;
        for recorded in page.events {
            let Some(mut event) = recorded.event.filter(|_| !recorded.kind.is_of_bodies()) else {
                return Ok(None);
            };
            reader.resolve_event(&mut event)?;
            if SessionState::apply_owned(&mut state, event).is_err() {
                return Ok(None);
            }
        }
    }
    if after != revision {
        return Ok(None);
    }
    if let Some(state) = &mut state {
        reader.resolve(&mut state.session)?;
    }
    Ok(state)
}

/// Reads a session as it was at `at`.
pub(crate) fn load(
    reader: &mut Reader<'_>,
    stream: StreamId,
    at: Position,
) -> Result<Arc<SessionState>, Error> {
    let mut state = reader.state(stream, at)?.ok_or_else(|| vanished(stream))?;
    reader.resolve(&mut state.session)?;
    Ok(Arc::new(state))
}

fn vanished(stream: StreamId) -> retold_core::Error {
    retold_core::Error::Damaged {
        act: "read a session",
        found: format!("a row of stream {} without its events", stream.get()),
    }
}
