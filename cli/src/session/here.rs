//! The project that a person stands in, and its sessions.

use std::fmt;
use std::path::{Path, PathBuf};

use retold_projections::SessionRow;

use crate::printable::printable;

/// How far up a repository is looked for.
const DEPTH_MAX: usize = 64;
/// Worktrees of a repository that are looked at.
const WORKTREES_MAX: usize = 1_000;

/// The folders of a project: a repository with its worktrees, or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Here {
    root: PathBuf,
    folders: Vec<PathBuf>,
}

impl Here {
    /// Returns the project of a folder: the repository that it is in, whichever of its worktrees, else the folder itself.
    pub(crate) fn of(folder: &Path) -> Self {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let repository = folder.ancestors().take(DEPTH_MAX).find(|parent| parent.join(".git").exists());
        let Some(root) = repository else { return Self { folders: vec![folder.clone()], root: folder } };
        let (mut folders, mut main) = (vec![root.to_owned()], root.to_owned());
        if let Some(common) = common_folder(root) {
            // The main worktree, and all others.
            main = common.parent().map_or(main, Path::to_owned);
            folders.push(main.clone());
            let others = std::fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten();
            folders.extend(others.take(WORKTREES_MAX).filter_map(|entry| {
                let text = std::fs::read_to_string(entry.path().join("gitdir")).ok()?;
                Path::new(text.trim()).parent().map(Path::to_owned)
            }));
        }
        folders.sort();
        folders.dedup();
        Self { root: main, folders }
    }

    /// Whether a session belongs to it: it worked in one of the folders, or its workspace is one.
    pub(crate) fn has(&self, row: &SessionRow) -> bool {
        let of_session = row.path.iter().chain(&row.records.cwds).chain(&row.records.worktree);
        let mut of_session = of_session.map(Path::new);
        of_session.any(|path| self.folders.iter().any(|folder| path.starts_with(folder)))
    }
}

impl fmt::Display for Here {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.root.display().to_string()))
    }
}

/// Returns the folder that all worktrees of a repository share.
fn common_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return git.canonicalize().ok();
    }
    let text = std::fs::read_to_string(&git).ok()?;
    let own = root.join(text.strip_prefix("gitdir:")?.trim());
    let common = std::fs::read_to_string(own.join("commondir")).ok()?;
    own.join(common.trim()).canonicalize().ok()
}
