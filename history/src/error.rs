//! What a command can answer instead.

#[cfg(feature = "mirror")]
use std::path::PathBuf;

use retold_core::Error as StoreError;

/// Why a command was refused. It changed nothing, unless the writer has stopped: see
/// [`StoreError::Latched`](crate::StoreError::Latched).
///
/// The first three speak to the user of the application, in the words that the old history had for them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The workspace's path is empty or only white space.
    #[error("Cannot {act}: workspace path is empty.{advice}")]
    BlankWorkspace {
        /// The command, in words.
        act: &'static str,
        /// What the user may do, after a space; empty for most commands.
        advice: &'static str,
    },
    /// The workspace has no session of this id.
    #[error("Session {session_id} not found")]
    SessionNotFound {
        /// The id.
        session_id: String,
    },
    /// The session has no instance of this number.
    #[error("Instance {instance_id} not found in session {session_id}")]
    InstanceNotFound {
        /// The number.
        instance_id: u32,
        /// The session.
        session_id: String,
    },
    /// The idempotency key was used for another write before.
    #[error("{}", used(key, command, session_id.as_deref(), workspace.as_deref()))]
    KeyReused {
        /// The key.
        key: String,
        /// What that write was called, in words.
        command: String,
        /// The session that it was about, where there was one.
        session_id: Option<String>,
        /// That session's workspace: its folder, or its key where the folder is not known.
        workspace: Option<String>,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] retold_core::Error),
    /// The read models refused.
    #[error(transparent)]
    ReadModels(retold_projections::Error),
    /// The past cannot be asked so.
    #[error(transparent)]
    Travel(retold_travel::Error),
    /// A text is not a point.
    #[error(transparent)]
    NotAPoint(#[from] retold_travel::NotAPoint),
    /// A text is not a path of a session.
    #[error(transparent)]
    NotAPath(#[from] retold_core::NotAPath),
    /// A text is not a cursor of a list.
    #[error(transparent)]
    NotACursor(#[from] retold_projections::NotACursor),
    /// A mirrored file cannot be read or written. The log has everything.
    #[cfg(feature = "mirror")]
    #[error("{act} {}", path.display())]
    Mirror {
        /// What was being done.
        act: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder mirrors another log already.
    #[cfg(feature = "mirror")]
    #[error("mirror to {}: it mirrors the log {log}", folder.display())]
    MirrorOfAnother {
        /// The folder.
        folder: PathBuf,
        /// The other log's id.
        log: String,
        /// Whether the store's log was restored from a backup of it: the files hold what came after that.
        is_parent: bool,
    },
    /// What somebody else wrote to a mirrored file cannot be taken in.
    #[cfg(feature = "import")]
    #[error(transparent)]
    Import(#[from] retold_importer::Error),
}

fn used(key: &str, command: &str, session_id: Option<&str>, workspace: Option<&str>) -> String {
    let mut text = format!("The idempotency key {key:?} was used for another write: {command}");
    if let Some(session_id) = session_id {
        text.push_str(&format!(", session {session_id}"));
    }
    if let Some(workspace) = workspace {
        text.push_str(&format!(" of {workspace}"));
    }
    text
}

impl From<retold_projections::Error> for Error {
    fn from(error: retold_projections::Error) -> Self {
        match error {
            retold_projections::Error::Log(error) => Self::Store(error),
            error => Self::ReadModels(error),
        }
    }
}

impl From<retold_travel::Error> for Error {
    fn from(error: retold_travel::Error) -> Self {
        match error {
            retold_travel::Error::Log(error) => Self::Store(error),
            retold_travel::Error::Projections(error) => error.into(),
            error => Self::Travel(error),
        }
    }
}

impl Error {
    /// Returns whether somebody else wrote first. A call that is made again decides again on what is there now.
    pub fn is_conflict(&self) -> bool {
        self.of_store().is_some_and(StoreError::is_conflict)
    }

    /// Returns whether another process held the store, or an index that has to be filled, for too long.
    pub fn is_busy(&self) -> bool {
        use retold_projections::Error as Models;
        match self {
            Self::ReadModels(models) => {
                matches!(models, Models::AtWork { .. } | Models::RebuildUnderWay)
            }
            _ => self.of_store().is_some_and(StoreError::is_busy),
        }
    }

    /// Returns whether the same call, made again as it is, may succeed without anybody mending anything: after a conflict,
    /// where something was busy, and where somebody wrote while the store was read without locks. A write without an
    /// idempotency key may be repeated too: an error says that nothing of it was written.
    pub fn is_retryable(&self) -> bool {
        self.is_conflict() || self.is_busy() || self.of_store().is_some_and(StoreError::is_retryable)
    }

    /// Returns what the store said, where that is the reason. Every variant has its place here.
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            #[cfg(feature = "import")]
            Self::Import(retold_importer::Error::Log(error)) => Some(error),
            #[cfg(feature = "import")]
            Self::Import(_) => None,
            #[cfg(feature = "mirror")]
            Self::Mirror { .. } | Self::MirrorOfAnother { .. } => None,
            Self::BlankWorkspace { .. }
            | Self::SessionNotFound { .. }
            | Self::InstanceNotFound { .. }
            | Self::KeyReused { .. }
            | Self::ReadModels(_)
            | Self::Travel(_)
            | Self::NotAPoint(_)
            | Self::NotAPath(_)
            | Self::NotACursor(_) => None,
        }
    }
}
