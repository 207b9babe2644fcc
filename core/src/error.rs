//! What can go wrong with a log.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::event::BodyError;
use crate::{InvalidEvent, Position, Revision, StreamName};

/// What is wrong with a commit whose dictionary was taken out of the store after it was packed.
pub(crate) const DICTIONARY_IS_GONE: &str =
    "the dictionary that it was packed with is gone; prepare it again";

/// Why a log could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no file at the path, and it was not to be created.
    #[error("open {}: there is no store", path.display())]
    NoStore {
        /// The path.
        path: PathBuf,
    },
    /// The file is not a retold store: another program's database, or no database at all.
    #[error("open {}: not a retold store, but {found}", path.display())]
    NotAStore {
        /// The path.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// A newer release wrote the store. It was not touched.
    #[error("open {}: made by a newer release, schema {found}, this one knows up to {known}", path.display())]
    Newer {
        /// The path.
        path: PathBuf,
        /// The store's schema number.
        found: u32,
        /// The newest known here.
        known: u32,
    },
    /// The store holds a part of a log that is written elsewhere: nothing is appended to it, and it does not replace a whole one.
    #[error("{act} {}: it holds a part of a log that is written elsewhere", path.display())]
    PartOfLog {
        /// What was being done.
        act: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// An older release wrote the store, and it was opened for reading only.
    #[error("open {}: schema {found} is older than {known}, and the store is open for reading only", path.display())]
    Older {
        /// The path.
        path: PathBuf,
        /// The store's schema number.
        found: u32,
        /// The number that this release works with.
        known: u32,
    },
    /// A file or folder could not be used.
    #[error("{act} {}", path.display())]
    Io {
        /// What was being done.
        act: &'static str,
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The stream is not where the caller thought.
    #[error("append to {stream}: expected {expected}, found revision {found}")]
    Conflict {
        /// The stream.
        stream: StreamName,
        /// What the caller expected.
        expected: String,
        /// Its revision.
        found: Revision,
    },
    /// An event does not fit the session it was to happen to.
    #[error("append to {stream}")]
    InvalidEvent {
        /// The stream.
        stream: StreamName,
        /// What does not fit.
        source: InvalidEvent,
    },
    /// A commit without an event, or one that names a stream twice.
    #[error("append: {reason}")]
    Malformed {
        /// What is wrong with the commit.
        reason: &'static str,
    },
    /// A body or a text is over the limit.
    #[error("append: {what} of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// Which part.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// An idempotency key of nothing, or of white space: it would stand for every write that has none.
    #[error("append: the idempotency key is blank")]
    BlankKey,
    /// An idempotency key was used for another write before.
    #[error("append: the idempotency key {key:?} was used for another write: {}", use_of_key(command, stream.as_ref()))]
    KeyReused {
        /// The key.
        key: String,
        /// What that write was called, in words.
        command: String,
        /// The session that it was about, where there was one.
        stream: Option<StreamName>,
    },
    /// The code that decides a write panicked. Nothing was appended for it, and the writer goes on.
    #[error("{act}: {said}")]
    Panicked {
        /// What was being done.
        act: &'static str,
        /// What the panic said.
        said: String,
    },
    /// Another process held the store for longer than the timeout.
    #[error("{act}: the store is busy")]
    Busy {
        /// What was being done.
        act: &'static str,
    },
    /// The disk is full. What was acknowledged before is there.
    #[error("{act}: the disk is full")]
    Full {
        /// What was being done.
        act: &'static str,
    },
    /// The store or its folder cannot be written to.
    #[error("{act}: the store is read-only")]
    ReadOnly {
        /// What was being done.
        act: &'static str,
    },
    /// An earlier write failed: nothing is acknowledged until the log is opened again.
    #[error("append: the writer stopped after an error: {cause}")]
    Latched {
        /// That error.
        cause: String,
    },
    /// Another log was restored in the place of this one while it was open.
    #[error("append: another log stands in the store now, it was restored")]
    Replaced,
    /// The store's file was moved, removed or replaced while it was open. What was written since is in the file that is gone.
    #[error("append: {} is not the file any more that was opened", path.display())]
    Moved {
        /// The path that it was opened at.
        path: PathBuf,
    },
    /// The store's file has more than one name, and was to be written.
    #[error("open {} for writing: the file has {names} names, and what is written under one is lost under another", path.display())]
    ManyNames {
        /// The name that it was to be opened by.
        path: PathBuf,
        /// How many there are.
        names: u64,
    },
    /// The store's file was mounted without its folder, and was to be written.
    #[error("open {} for writing: the file is mounted without its folder, and would have a second WAL here", path.display())]
    MountedAlone {
        /// The file.
        path: PathBuf,
    },
    /// Somebody wrote to a store that could be read without locks only.
    #[error("read {}: it was written to meanwhile, and nothing can lock it where it is", path.display())]
    ReadUnlocked {
        /// The store.
        path: PathBuf,
    },
    /// The store has events that the backup lacks.
    #[error("restore {}: the backup lacks {events} of its events", path.display())]
    WouldLose {
        /// The store.
        path: PathBuf,
        /// How many.
        events: u64,
    },
    /// The file cannot be the archive of what is to be pruned or put back.
    #[error("use the archive {}: {found}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why it cannot be.
        found: String,
    },
    /// A read model refused to keep up: nothing of the commit was kept.
    #[error("keep the read models: {reason}")]
    Inline {
        /// What it said.
        reason: String,
    },
    /// The store holds something that this release never wrote.
    #[error("{act}: the store is damaged: {found}")]
    Damaged {
        /// What was being done.
        act: &'static str,
        /// What was found.
        found: String,
    },
    /// Whoever asked said to stop before the end.
    #[error("{act}: stopped before the end")]
    Stopped {
        /// What was being done.
        act: &'static str,
    },
    /// An event's body could not be read.
    #[error("read the event at position {position}")]
    Body {
        /// Where.
        position: Position,
        /// Why.
        source: BodyError,
    },
    /// SQLite refused for a reason that has no variant of its own.
    #[error("{act}")]
    Sqlite {
        /// What was being done.
        act: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

fn use_of_key(command: &str, stream: Option<&StreamName>) -> String {
    stream.map_or_else(|| command.to_owned(), |stream| format!("{command}, {stream}"))
}

/// What may help.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prospect {
    /// The same call again.
    Retry,
    /// The same decision, taken again on what is there now.
    DecideAgain,
    /// Somebody has to mend what is wrong.
    Mend,
}

impl Error {
    /// Whether it says that something cannot be written where it is, or not now. Reading may well be possible.
    pub fn is_about_writing(&self) -> bool {
        match self {
            Self::Io { .. }
            | Self::ReadOnly { .. }
            | Self::Full { .. }
            | Self::Busy { .. }
            | Self::ManyNames { .. }
            | Self::MountedAlone { .. }
            | Self::PartOfLog { .. } => true,
            Self::Sqlite { source, .. } => {
                matches!(source.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure))
            }
            _ => false,
        }
    }

    /// Returns whether the commit was sound when it was decided on and prepared, and what it was decided on has changed
    /// since: the same decision, taken again, may hold.
    pub fn is_superseded(&self) -> bool {
        match self {
            Self::Conflict { .. } => true,
            Self::Malformed { reason } => *reason == DICTIONARY_IS_GONE,
            _ => false,
        }
    }

    /// Returns whether somebody else wrote to the stream first. The write, decided again on what is there now, may hold.
    pub fn is_conflict(&self) -> bool {
        self.prospect() == Prospect::DecideAgain
    }

    /// Returns whether another process held the store for too long.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    /// Returns whether the same call, made again as it is, may succeed without anybody mending anything: where the store
    /// was busy, and where somebody wrote while it was read without locks.
    ///
    /// A conflict is not among these: the same commit conflicts again. Nor is a full disk, or a writer that has stopped.
    pub fn is_retryable(&self) -> bool {
        self.prospect() == Prospect::Retry
    }

    /// Every variant has its place here.
    fn prospect(&self) -> Prospect {
        match self {
            Self::Busy { .. } | Self::ReadUnlocked { .. } => Prospect::Retry,
            Self::Conflict { .. } => Prospect::DecideAgain,
            Self::NoStore { .. }
            | Self::NotAStore { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::PartOfLog { .. }
            | Self::Io { .. }
            | Self::InvalidEvent { .. }
            | Self::Malformed { .. }
            | Self::TooLarge { .. }
            | Self::BlankKey
            | Self::KeyReused { .. }
            | Self::Panicked { .. }
            | Self::Full { .. }
            | Self::ReadOnly { .. }
            | Self::Latched { .. }
            | Self::Replaced
            | Self::Moved { .. }
            | Self::ManyNames { .. }
            | Self::MountedAlone { .. }
            | Self::WouldLose { .. }
            | Self::Archive { .. }
            | Self::Inline { .. }
            | Self::Damaged { .. }
            | Self::Stopped { .. }
            | Self::Body { .. }
            | Self::Sqlite { .. } => Prospect::Mend,
        }
    }

    /// Returns the variant for what SQLite answered while `act` was being done.
    pub fn sqlite(act: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |source| match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { act },
            _ if crate::reading::lacks_room(&source) => Self::Full { act },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { act },
            // No release writes a row that is longer than SQLite reads: one says that it is.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TooBig) => {
                Self::Damaged { act, found: source.to_string() }
            }
            _ => match source {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..) => Self::Damaged { act, found: source.to_string() },
                source => Self::Sqlite { act, source },
            },
        }
    }
}
