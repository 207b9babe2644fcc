//! The folders that sessions work in, and the repositories that they are in: said in the log when they are first seen.

use std::collections::HashSet;
use std::path::Path;

use retold_core::event::FolderSeen;
use retold_core::{Event, Limit, Log, NewEvent, Position, StreamName};
use retold_repositories::Repository;
use retold_transcripts::What;

use crate::Error;

/// The folders that were looked at.
#[derive(Default)]
pub(super) struct Folders {
    /// Those that the log knows, and those that were looked at since; nothing before the first is asked for.
    looked_at: Option<HashSet<String>>,
    /// What is to be said.
    pub(super) seen: Vec<NewEvent>,
}

impl Folders {
    /// Looks at the folder that a new record says, where that was not done before. Reads a few small files of git's, where it is in a
    /// repository.
    pub(super) fn look(
        &mut self,
        log: &Log,
        workspace: &StreamName,
        what: &What,
        is_new: bool,
    ) -> Result<(), Error> {
        let What::Moved { cwd: Some(folder), .. } = what else { return Ok(()) };
        if !is_new {
            return Ok(());
        }
        let looked_at = match &mut self.looked_at {
            Some(looked_at) => looked_at,
            none => none.insert(known(log, workspace)?),
        };
        if !looked_at.insert(folder.clone()) {
            return Ok(());
        }
        if let Some(repository) = Repository::of(Path::new(folder)) {
            let event = FolderSeen {
                folder: folder.clone(),
                root: repository.root.to_string_lossy().into_owned(),
                remote: repository.remote(),
                commit: repository.commit(),
            };
            self.seen.push(Event::from(event).into());
        }
        Ok(())
    }
}

/// Returns the folders that the workspace knows. O(folders that the log knows).
fn known(log: &Log, workspace: &StreamName) -> Result<HashSet<String>, Error> {
    let (mut found, mut reader) = (HashSet::new(), log.reader()?);
    let Some(stream) = reader.stream(workspace)? else { return Ok(found) };
    let mut after = Position::ZERO;
    loop {
        let page = reader.folders_seen_after(after, Limit::default())?;
        for recorded in page.events {
            after = recorded.position;
            if recorded.stream == stream
                && let Some(Event::FolderSeen(body)) = recorded.event
            {
                found.insert(body.folder);
            }
        }
        if !page.more {
            return Ok(found);
        }
    }
}
