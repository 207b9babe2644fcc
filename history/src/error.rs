//! What a command can answer instead.

use std::path::PathBuf;

/// Why a command was refused. It changed nothing.
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
    /// A mirrored file cannot be read or written. The log has everything.
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
