//! The events of a session together with those of what its agents' own tools kept, in the order in which they happened.

use retold_core::{Position, Reader, StreamId, happening};
use retold_projections::{JoinedTranscript, joined_transcripts};

use crate::Error;
use crate::error::sqlite;

/// An event of a session, or of a transcript that belongs to one of its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinedEvent {
    /// When it counts as having happened, in microseconds since 1970.
    pub at: i64,
    /// The event.
    pub position: Position,
    /// Whose it is: the session's, or the transcript's.
    pub stream: StreamId,
}

/// What belongs together, with its events.
#[derive(Clone, Debug)]
pub struct JoinedEvents {
    /// The transcripts of the session's instances.
    pub transcripts: Vec<JoinedTranscript>,
    /// All events, in the order in which they happened; those of one session are in the order of its revisions.
    pub events: Vec<JoinedEvent>,
}

/// Which events of transcripts count, beside those of the session in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinedUntil {
    /// Whenever they happened.
    Open,
    /// Those that had happened by an instant, in microseconds since 1970.
    Instant(i64),
    /// Those that had happened when the last of the session's events in the range did.
    Last,
}

/// Returns the session's events after one position up to another, and those of the transcripts of its instances that happened in
/// that time: after the event at the first of these positions, and up to `until`. O(events of all of them), of which no body is read.
///
/// # Errors
/// Where the store cannot be read.
pub fn joined_events(
    reader: &Reader<'_>,
    session: StreamId,
    (after, to): (Position, Position),
    until: JoinedUntil,
) -> Result<JoinedEvents, Error> {
    let transcripts = joined_transcripts(reader, Some(session))?;
    let own = times(reader, session)?;
    let from = own.iter().take_while(|event| event.position <= after).last().map(|event| event.at);
    let mut events: Vec<JoinedEvent> =
        own.into_iter().filter(|event| after < event.position && event.position <= to).collect();
    let until = match until {
        JoinedUntil::Open => i64::MAX,
        JoinedUntil::Instant(instant) => instant,
        JoinedUntil::Last => events.last().map_or(i64::MIN, |event| event.at),
    };
    let is_within = |event: &JoinedEvent| from.is_none_or(|from| event.at > from) && event.at <= until;
    for transcript in &transcripts {
        events.extend(times(reader, transcript.transcript)?.into_iter().filter(is_within));
    }
    // Of two at one time the session's own is first: it says what the other begins with.
    events.sort_by_key(|event| (event.at, event.stream != session, event.stream, event.position));
    Ok(JoinedEvents { transcripts, events })
}

fn times(reader: &Reader<'_>, stream: StreamId) -> Result<Vec<JoinedEvent>, Error> {
    let read = || -> rusqlite::Result<(Vec<Position>, Vec<i64>)> {
        let mut statement = reader.connection().prepare_cached(include_str!("../sql/times.sql"))?;
        let rows = statement.query_map([stream], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(Position, i64)> = rows.collect::<rusqlite::Result<_>>()?;
        Ok(rows.into_iter().unzip())
    };
    let (positions, occurred_at) = read().map_err(sqlite("read when things happened"))?;
    let at = happening::effective(&occurred_at);
    Ok(at.into_iter().zip(positions).map(|(at, position)| JoinedEvent { at, position, stream }).collect())
}
