//! What a dry run would have left in the log by now: where two files have one session, the second meets the first.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use retold_core::event::WorkspaceRegistered;
use retold_core::{Records, SessionState};

use super::super::read;
use crate::Error;

/// Places in files, and no sessions: memory stays within names and numbers. Empty where it is no dry run.
#[derive(Debug, Default)]
pub(in crate::ait42) struct DryRun {
    sessions: HashMap<String, HashMap<String, BTreeMap<u32, DryRunStream>>>,
    registered: HashMap<String, WorkspaceRegistered>,
}

/// A session that would have been written: as it is in its file.
#[derive(Clone, Debug)]
pub(in crate::ait42) struct DryRunStream {
    pub(super) path: PathBuf,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) home: String,
    pub(super) place: f64,
}

impl DryRun {
    pub(super) fn write(&mut self, workspace: &str, session_id: &str, ordinal: u32, session: DryRunStream) {
        let sessions = self.sessions.entry(workspace.to_owned()).or_default();
        sessions.entry(session_id.to_owned()).or_default().insert(ordinal, session);
    }

    pub(super) fn move_to(&mut self, workspace: &str, session_id: &str, ordinal: u32, place: f64) {
        let sessions = self.sessions.get_mut(workspace).and_then(|sessions| sessions.get_mut(session_id));
        if let Some(session) = sessions.and_then(|ordinals| ordinals.get_mut(&ordinal)) {
            session.place = place;
        }
    }

    pub(super) fn register(&mut self, workspace: &str, body: WorkspaceRegistered) {
        self.registered.insert(workspace.to_owned(), body);
    }

    pub(super) fn registered(&self, workspace: &str) -> Option<&WorkspaceRegistered> {
        self.registered.get(workspace)
    }

    /// Returns the records of one id, by their ordinals.
    pub(in crate::ait42) fn records(&self, workspace: &str, session_id: &str) -> BTreeMap<u32, DryRunStream> {
        let sessions = self.sessions.get(workspace).and_then(|sessions| sessions.get(session_id));
        sessions.cloned().unwrap_or_default()
    }
}

impl DryRunStream {
    /// Reads the session once more.
    pub(in crate::ait42) fn state(&self) -> Result<SessionState, Error> {
        let io = Error::io("read again", &self.path);
        let mut file = File::open(&self.path).map_err(&io)?;
        file.seek(SeekFrom::Start(self.offset)).map_err(&io)?;
        let mut raw = Vec::new();
        file.take(self.length).read_to_end(&mut raw).map_err(&io)?;
        let session = read::parse(&raw).map_err(|error| io(error.into()))?;
        Ok(SessionState {
            session,
            records: Records { place: Some(self.place), home: Some(self.home.clone()), ..Records::default() },
        })
    }
}
