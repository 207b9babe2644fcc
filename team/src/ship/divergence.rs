//! Where two logs of one id part.

use retold_core::{Head, Log, LogId};

use super::segment::head_at;
use super::{ShipError, batch};
use crate::receiver::{Attachment, LogNumber, Receiver};

/// The receiver has other events under a log's id: both were written after a file was copied.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the receiver has other events of log {log} after position {}", .common.position)]
pub struct Divergence {
    /// The log.
    pub log: LogId,
    /// The last position that both have, as far as the receiver knows hashes: what was held back has none.
    pub common: Head,
    /// How far the receiver has it.
    pub theirs: Head,
}

/// Compares the receiver's head with the log; returns how many events the receiver has after `end`.
pub(super) fn check(
    log: &Log,
    receiver: &mut impl Receiver,
    attached: &Attachment,
    begin: Head,
    end: u64,
) -> Result<u64, ShipError> {
    let head = attached.head;
    if head.position < begin.position {
        return Err(ShipError::Refused("it has less of this log than the log it goes on from".to_owned()));
    }
    if head.position.get() <= end {
        check_head(log, receiver, attached.log, head)?;
        return Ok(0);
    }
    let known = receiver.hash_at(attached.log, batch::position(end))?;
    if head_at(log, known.position.get())? != known {
        return Err(find(log, receiver, attached.log, head, known.position.get())?.into());
    }
    Ok(head.position.get() - end)
}

/// Compares a head of the receiver, which the log may not have yet, with the log.
pub(super) fn check_head(
    log: &Log,
    receiver: &mut impl Receiver,
    number: LogNumber,
    head: Head,
) -> Result<(), ShipError> {
    let end = log.reader()?.head()?.position;
    let known = if head.position <= end { head } else { receiver.hash_at(number, end)? };
    if head_at(log, known.position.get())? == known {
        return Ok(());
    }
    Err(find(log, receiver, number, head, known.position.get())?.into())
}

/// Finds the last position that both have, below `differs`. O(log n) questions.
fn find(
    log: &Log,
    receiver: &mut impl Receiver,
    number: LogNumber,
    theirs: Head,
    differs: u64,
) -> Result<Divergence, ShipError> {
    // Equal at `same` and before, different at `differs` and after; nothing is known after `same` up to `low`.
    let (mut same, mut low, mut differs) = (crate::receiver::NOTHING, 0, differs);
    while differs - low > 1 {
        let middle = low + (differs - low) / 2;
        let known = receiver.hash_at(number, batch::position(middle))?;
        let at = known.position.get();
        if at <= same.position.get() {
            low = middle;
        } else if head_at(log, at)? == known {
            (same, low) = (known, middle);
        } else {
            differs = at;
        }
    }
    Ok(Divergence { log: log.id(), common: same, theirs })
}
