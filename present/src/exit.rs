//! What the program exits with.

use std::process::ExitCode;

/// The exit codes, which scripts rely on: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Nothing was found, or the predicate is false.
    Nothing,
    /// The arguments are wrong, or a point names nothing.
    Usage,
    /// There is no store, it is not one, or another release made it.
    NotAStore,
    /// Another process held the store for too long.
    Busy,
    /// A file or the disk is in the way.
    Io,
    /// Done, but something was skipped or quarantined.
    Quarantined,
    /// Erased, but what was erased is said elsewhere too.
    Elsewhere,
    /// Refused: something would be lost.
    Refused,
    /// The store is damaged.
    Damaged,
    /// The log does not hold the expected head.
    OtherHead,
    /// The log ends before the expected head.
    ShorterHead,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Nothing => 1,
            Exit::Usage => 2,
            Exit::NotAStore => 3,
            Exit::Busy => 4,
            Exit::Io => 5,
            Exit::Quarantined => 6,
            Exit::Elsewhere => 7,
            Exit::Refused => 9,
            Exit::Damaged => 10,
            Exit::OtherHead => 11,
            Exit::ShorterHead => 12,
            Exit::Interrupted => 130,
        })
    }
}
