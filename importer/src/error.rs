//! What can go wrong with an import or an export.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::ait42::Lack;

/// Why a history could not be imported or exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log refused.
    #[error(transparent)]
    Log(#[from] retold_core::Error),
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
    /// The folder holds no session history.
    #[error("{act} {}: no session files in this folder", path.display())]
    NoSessions {
        /// What was being done.
        act: &'static str,
        /// The folder.
        path: PathBuf,
    },
    /// The file is no session history.
    #[error("{act} {}: not a session history, expected a JSON array of sessions, found {found}", path.display())]
    NotAHistory {
        /// What was being done.
        act: &'static str,
        /// The file.
        path: PathBuf,
        /// What it begins with.
        found: String,
    },
    /// A workspace is named by what is no plain file name: its sessions could land outside the folder.
    #[error("export to {}: expected a plain file name for a workspace, found {name:?}", folder.display())]
    NotAFileName {
        /// The folder that was to be written to.
        folder: PathBuf,
        /// The workspace's key, or the name of its legacy file.
        name: String,
    },
    /// Somebody wrote to a file while it was being archived.
    #[error("archive {}: somebody wrote to it meanwhile", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Another file is where one was to be written.
    #[error("write {}: another file is in its place", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// Files that were to be written over hold what the store lacks.
    #[error("cannot export to {}: {}", folder.display(), files_that_lack(lacks))]
    WouldLose {
        /// The folder that was to be written to.
        folder: PathBuf,
        /// What would be gone.
        lacks: Vec<Lack>,
        /// How many files were written before one of the others changed.
        written: usize,
    },
    /// The file is no archive of session files, or a damaged one.
    #[error("open {}: not an archive of session files, found {found}", path.display())]
    NotAnArchive {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// The quarantine has no record of this number.
    #[error("find quarantined record {id}: there is none")]
    NoQuarantined {
        /// The number asked for.
        id: i64,
    },
}

fn files_that_lack(lacks: &[Lack]) -> String {
    let files = lacks.iter().map(|lack| &lack.file).collect::<BTreeSet<_>>().len();
    match files {
        1 => "1 file holds what the store lacks".to_owned(),
        files => format!("{files} files hold what the store lacks"),
    }
}

/// What is being done where files are looked for, until somebody says [`Error::during`].
pub(crate) const IMPORT: &str = "import";

impl Error {
    /// Says what was being done when files were looked for, where that was not an import.
    #[must_use]
    pub fn during(mut self, doing: &'static str) -> Self {
        if let Self::Io { act, .. } | Self::NoSessions { act, .. } | Self::NotAHistory { act, .. } = &mut self
            && *act == IMPORT
        {
            *act = doing;
        }
        self
    }

    pub(crate) fn io(act: &'static str, path: &std::path::Path) -> impl Fn(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { act, path: path.clone(), source }
    }
}

pub(crate) fn sqlite(act: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |source| Error::Log(retold_core::Error::sqlite(act)(source))
}
