//! `--with-transcripts`: whose event it is, of a session and of what its agents' own tools kept.

use std::collections::HashMap;

use retold_core::{Clock, Position, Reader, Revision, StreamId, time};
use retold_projections::Found;
use retold_travel::{JoinedEvent, JoinedUntil, Moment, joined_events};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::AsOf;

/// A session's events, and those of the transcripts of its instances, in the order in which they happened.
pub(crate) struct Joined {
    /// What a transcript is called: its instance, and the tool.
    names: HashMap<StreamId, String>,
    pub(crate) events: Vec<JoinedEvent>,
    /// Which events are where they correct another, and its revision.
    pub(crate) corrections: HashMap<Position, Revision>,
}

impl Joined {
    /// Reads them. `is_open` says that nothing ends the range but the log.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) fn read(
        context: &Context<'_>,
        reader: &mut Reader<'_>,
        found: &Found,
        (after, to): (Moment, AsOf),
        is_open: bool,
    ) -> Result<Self, Failure> {
        let is_open = is_open && context.global.at.is_none();
        let until = match to.time {
            _ if is_open => JoinedUntil::Open,
            Some((Clock::Occurred, instant)) => JoinedUntil::Instant(time::to_micros(instant)),
            _ => JoinedUntil::Last,
        };
        let joined = joined_events(reader, found.stream, (after, to.happening()), until)?;
        let mut names = HashMap::new();
        for one in &joined.transcripts {
            let tool = reader.name(one.transcript)?.workspace;
            let run = if one.run > 1 { format!(" ({})", one.run) } else { String::new() };
            names.insert(one.transcript, format!("#{} {tool}{run}", one.instance));
        }
        Ok(Self { names, events: joined.events, corrections: joined.corrections })
    }

    /// Returns whose an event is; `None` for the session's own.
    pub(crate) fn by(&self, stream: StreamId) -> Option<&str> {
        self.names.get(&stream).map(String::as_str)
    }
}
