//! The stretches of a log, each written under an id of its own.

use retold_core::raw::ancestors;
use retold_core::{EventHash, Head, Log, LogId};

use super::batch::{hash_at, position};
use super::{Options, ShipError};
use crate::receiver::{Attach, Attached, Attachment, NOTHING, PROTOCOL, Receiver};

/// A stretch of the log that was written under one id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) id: LogId,
    /// The end of the stretch before it, under another id.
    pub(super) begin: Head,
    /// Its last position.
    pub(super) end: u64,
}

/// Returns the stretches of a log, oldest first.
pub(super) fn segments_of(log: &Log, until: Option<u64>) -> Result<Vec<Segment>, ShipError> {
    let mut reader = log.reader()?;
    let head = reader.head()?.position.get();
    let (connection, _) = reader.raw();
    let mut begin = NOTHING;
    let mut segments = Vec::new();
    for ancestor in ancestors(connection)? {
        // A log that was restored before anything was written under its id has an ancestor of no length.
        if ancestor.until > begin.position {
            segments.push(Segment { id: ancestor.log, begin, end: ancestor.until.get() });
        }
        begin = Head { position: ancestor.until, hash: ancestor.hash };
    }
    let end = until.map_or(head, |until| until.min(head)).max(begin.position.get());
    segments.push(Segment { id: log.id(), begin, end });
    Ok(segments)
}

/// Attaches a segment; `None` where the one before it has to be shipped first.
pub(super) fn attach(
    receiver: &mut impl Receiver,
    segments: &[Segment],
    at: usize,
    options: &Options<'_>,
) -> Result<Option<Attachment>, ShipError> {
    let segment = segments[at];
    let parent = at.checked_sub(1).map(|before| (segments[before].id, segment.begin));
    let attach = Attach {
        log: segment.id,
        format: retold_core::hash::FORMAT,
        parent,
        device: options.device.clone(),
        level: options.scope.level,
        whole: options.scope.private.is_empty(),
        now: retold_core::time::to_micros((options.clock)()),
        protocol: PROTOCOL,
    };
    match receiver.attach(&attach)? {
        Attached::To(attached) => Ok(Some(attached)),
        Attached::ParentFirst if parent.is_some() => Ok(None),
        Attached::ParentFirst => Err(ShipError::Refused("it asks for a log that there is not".to_owned())),
        Attached::Upgrade(from) => Err(ShipError::Upgrade(from)),
        Attached::Refused(why) => Err(ShipError::Refused(why)),
    }
}

/// Returns the hash at a position, as a head.
pub(super) fn head_at(log: &Log, at: u64) -> Result<Head, ShipError> {
    let reader = log.reader()?;
    let hash = EventHash::from_bytes(hash_at(&reader, position(at))?);
    Ok(Head { position: position(at), hash })
}
