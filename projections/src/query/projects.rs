//! What a project is: the one definition that every list, filter and sum follows.
//!
//! Folders are of one project where they are in worktrees of one repository, or in repositories that were cloned from one place; a
//! folder that is in no repository is a project of its own. What an import found out when it first saw a folder is in the log
//! ([`FolderSeen`](retold_core::event::FolderSeen)), since worktrees vanish; what the log does not say is looked up on this machine. A
//! session belongs to the project of its workspace's folder, else of the first folder that it worked in.

use std::collections::HashMap;
use std::path::Path;

use retold_core::{Event, Limit, Position, Reader};
use retold_repositories::Repository;

use crate::{Error, SessionRow};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Project {
    /// What tells it from others: where it was cloned from, else its folder.
    pub key: String,
    /// What people call it: the last part of that.
    pub name: String,
    /// The folder of its main worktree, the first of them that was seen.
    pub folder: String,
}

/// A project that somebody names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedProject {
    /// The project of a folder; sessions that worked below the folder are of it too.
    Folder(String, Project),
    /// All projects of a name, whatever the case of its letters.
    Name(String),
}

#[derive(Clone, Debug)]
struct Seen {
    root: String,
    remote: Option<String>,
}

/// Which folder is of which project.
#[derive(Debug, Default)]
pub struct Projects {
    seen: HashMap<String, Seen>,
    /// Where the repository of a main worktree was cloned from.
    remotes: HashMap<String, String>,
    /// The first main worktree of what was cloned from a place.
    roots: HashMap<String, String>,
    found: HashMap<String, Project>,
    /// How far the log was read.
    read: Position,
}

impl Projects {
    /// Reads what the log says of folders. O(folders that were seen).
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut projects = Self::default();
        projects.refresh(reader)?;
        Ok(projects)
    }

    /// Reads what the log says of folders since it was read last; returns whether that is anything. O(folders that were seen since).
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub fn refresh(&mut self, reader: &mut Reader<'_>) -> Result<bool, Error> {
        let mut is_news = false;
        loop {
            let page = reader.folders_seen_after(self.read, Limit::default())?;
            for recorded in page.events {
                self.read = recorded.position;
                if let Some(Event::FolderSeen(body)) = recorded.event {
                    let body = *body;
                    is_news = true;
                    self.note(&body.folder, Seen { root: body.root, remote: body.remote });
                }
            }
            if !page.more {
                break;
            }
        }
        if is_news {
            self.found.clear();
        }
        Ok(is_news)
    }

    fn note(&mut self, folder: &str, seen: Seen) {
        if let Some(remote) = &seen.remote {
            self.remotes.entry(seen.root.clone()).or_insert_with(|| remote.clone());
            self.roots.entry(remote.clone()).or_insert_with(|| seen.root.clone());
        }
        self.seen.entry(trimmed(folder).to_owned()).or_insert(seen);
    }

    /// Returns the project of a folder. The disk is asked once for each folder that the log does not know.
    pub fn of(&mut self, folder: &str) -> Project {
        let folder = trimmed(folder);
        if let Some(known) = self.found.get(folder) {
            return known.clone();
        }
        if !self.seen.contains_key(folder)
            && let Some(seen) = looked_up(folder)
        {
            self.note(folder, seen);
        }
        let root = match self.seen.get(folder) {
            Some(seen) => seen.root.clone(),
            // Links to a folder are the folder.
            None => match Path::new(folder).canonicalize() {
                Ok(path) => path.to_string_lossy().into_owned(),
                Err(_) => folder.to_owned(),
            },
        };
        let remote = self.remotes.get(&root);
        let key = remote.unwrap_or(&root).clone();
        let name = last_part(&key).to_owned();
        let folder_of = remote.and_then(|remote| self.roots.get(remote)).cloned().unwrap_or(root);
        let project = Project { key, name, folder: folder_of };
        self.found.insert(folder.to_owned(), project.clone());
        project
    }

    /// Returns the project of a session: of its workspace's folder, else of the first folder that it worked in; `None` where neither is
    /// known.
    pub fn of_session(&mut self, row: &SessionRow) -> Option<Project> {
        let folder = row.path.as_ref().or(row.records.cwds.first())?;
        Some(self.of(folder))
    }

    /// Returns what somebody names: a path, or a name.
    pub fn named(&mut self, word: &str) -> NamedProject {
        let is_path = word.contains(['/', '\\']) || word == ".";
        if !is_path {
            return NamedProject::Name(word.to_lowercase());
        }
        let path = Path::new(word);
        let path =
            path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
        let folder = trimmed(&path.to_string_lossy()).to_owned();
        let project = self.of(&folder);
        NamedProject::Folder(folder, project)
    }

    /// Whether something that worked in these folders is of a project.
    pub fn is_of<'f>(&mut self, named: &NamedProject, folders: impl IntoIterator<Item = &'f str>) -> bool {
        folders.into_iter().any(|folder| {
            let project = self.of(folder);
            match named {
                NamedProject::Folder(path, of) => {
                    project.key == of.key || Path::new(folder).starts_with(path)
                }
                NamedProject::Name(name) => {
                    project.name.to_lowercase() == *name || last_part(&project.folder).to_lowercase() == *name
                }
            }
        })
    }

    /// Whether a session is of a project: by its workspace's folder, or by any folder that it worked in.
    pub fn has(&mut self, named: &NamedProject, row: &SessionRow) -> bool {
        let folders = row.path.iter().chain(&row.records.cwds).chain(&row.records.worktree);
        let is_workspace = matches!(named, NamedProject::Name(name) if row.workspace.to_lowercase() == *name);
        (is_workspace && row.kind != "transcript") || self.is_of(named, folders.map(String::as_str))
    }
}

fn looked_up(folder: &str) -> Option<Seen> {
    let repository = Repository::of(Path::new(folder))?;
    Some(Seen { root: repository.root.to_string_lossy().into_owned(), remote: repository.remote() })
}

fn trimmed(folder: &str) -> &str {
    let trimmed = folder.trim_end_matches(['/', '\\']);
    if trimmed.is_empty() { folder } else { trimmed }
}

fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(path)
}
