//! The events of a session together with those of what its agents' own tools kept, in the order in which they happened.

use std::collections::HashMap;

use retold_core::happening::Moment;
use retold_core::{Happened, Position, Reader, Revision, StreamId, TimesRead};
use retold_projections::{JoinedTranscript, joined_transcripts};

use crate::Error;
use crate::by_happening::times;

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
    /// All events, in the order in which they happened; those of one time and session are in the order of its revisions.
    pub events: Vec<JoinedEvent>,
    /// Those that count earlier than their place in the log says, with the revision that they correct.
    pub corrections: HashMap<Position, Revision>,
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

/// Returns the session's events that count at `to` and did not at `after`, and those of the transcripts of its instances that happened
/// in that time: after the last event of the session that counts at `after`, and up to `until`. Between two positions events are in
/// the order in which the log says that they happened, else each correction is where it counts. O(events of all of them), of which
/// bodies are read where something is corrected.
///
/// # Errors
/// Where the store cannot be read.
pub fn joined_events(
    reader: &mut Reader<'_>,
    session: StreamId,
    (after, to): (Moment, Moment),
    until: JoinedUntil,
) -> Result<JoinedEvents, Error> {
    let transcripts = joined_transcripts(reader, Some(session))?;
    let is_by_log = matches!((after, to), (Moment::Recorded(_), Moment::Recorded(_)));
    let mut corrections = HashMap::new();
    let mut read = |stream: StreamId| -> Result<Vec<JoinedEvent>, Error> {
        let times = match is_by_log {
            true => reader.happened_of(stream, TimesRead::default())?,
            false => times(reader, stream, &mut corrections)?,
        };
        let joined = |Happened { at, position, stream }| JoinedEvent { at, position, stream };
        Ok(times.into_iter().map(joined).collect())
    };
    let own = read(session)?;
    let counts = |moment: Moment, event: &JoinedEvent| moment.includes(event.position, event.at);
    let from = own.iter().filter(|event| counts(after, event)).map(|event| event.at).max();
    let mut events: Vec<JoinedEvent> =
        own.into_iter().filter(|event| counts(to, event) && !counts(after, event)).collect();
    let until = match until {
        JoinedUntil::Open => i64::MAX,
        JoinedUntil::Instant(instant) => instant,
        JoinedUntil::Last => events.iter().map(|event| event.at).max().unwrap_or(i64::MIN),
    };
    let is_within = |event: &JoinedEvent| from.is_none_or(|from| event.at > from) && event.at <= until;
    for transcript in &transcripts {
        events.extend(read(transcript.transcript)?.into_iter().filter(is_within));
    }
    // Of two at one time the session's own is first: it says what the other begins with.
    events.sort_by_key(|event| (event.at, event.stream != session, event.stream, event.position));
    Ok(JoinedEvents { transcripts, events, corrections })
}
