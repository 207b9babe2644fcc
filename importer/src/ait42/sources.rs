//! Which files to read, and which workspace each belongs to.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::encoding::Foreign;
use super::place::{Mapping, root_by_hash, workspace_hash, workspace_hash_of_text};
use super::read;
use super::report::Skipped;
use super::session_file::{At, Listed, MAPPING, Name, OLDER, is_of_project, list, named, what_is_at};
use super::split::{Piece, Splitter};
use crate::Error;
use crate::error::IMPORT;

/// The files of an import, in the order in which they are read: of one workspace, older copies first.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The files.
    pub files: Vec<Source>,
    /// What was not read of what was found, where a user would miss it.
    pub skipped: Vec<Skipped>,
    /// What was odd about what was found, in words.
    pub warnings: Vec<String>,
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// The key of its workspace.
    pub workspace: String,
    /// The name of the live file without its ending: what an export names it again.
    pub home: String,
    /// The workspace's folder, where it is known.
    pub folder: Option<String>,
    /// Whether it is a copy that was set aside: `.json.archive` or `.json.migrated`.
    pub set_aside: bool,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether another program may be writing it: what has no end yet is left for when the file is whole, unless the file
    /// has not changed for 10 seconds.
    pub is_followed: bool,
}

/// Sessions that are looked into for a workspace's folder.
const LOOKED_INTO_MAX: usize = 64;

impl Source {
    /// In which order the files of one name are read: what was set aside, a project's older file, the live one.
    fn age(&self) -> u8 {
        match (self.set_aside, project_of(&self.path)) {
            (true, _) => 0,
            (false, Some(_)) => 1,
            (false, None) => 2,
        }
    }
}

impl Sources {
    /// Finds the files at `paths`: a `~/.ait42`, its `sessions/`, a project or its `.ait42/`, or single files.
    ///
    /// What is a session file in a folder says the rule in `help import`; a file that is named is taken whatever its name,
    /// and one that looks like a copy as an older copy. What cannot be read is [`skipped`](Self::skipped), unless there is
    /// nothing else. `folders` says which folder a file's name stands for, before any other source of it.
    ///
    /// # Errors
    /// [`Error::Io`] for a path that does not exist, or where no path can be read; [`Error::NoSessions`] for a folder
    /// without session files; [`Error::NotAHistory`] for a single file that is none.
    pub fn find(paths: &[PathBuf], folders: &BTreeMap<String, String>) -> Result<Self, Error> {
        let mut sources = Self::default();
        let mut failed = None;
        for path in paths {
            match sources.path(path, folders) {
                Err(Error::Io { act, path, source }) if source.kind() != ErrorKind::NotFound => {
                    sources.skipped.push(Skipped::failed(&path, &source));
                    failed.get_or_insert(Error::Io { act, path, source });
                }
                found => found?,
            }
        }
        if let Some(error) = failed.filter(|_| sources.files.is_empty()) {
            return Err(error);
        }
        sources.sort();
        Ok(sources)
    }

    /// Describes the file `home` of a workspace, whatever it is called.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::NotAHistory`] where it is none.
    pub fn of_file(path: &Path, workspace: &str, home: &str) -> Result<Self, Error> {
        refuse_foreign(path)?;
        let source = Source {
            path: path.to_owned(),
            workspace: workspace.to_owned(),
            home: home.to_owned(),
            folder: None,
            set_aside: false,
            bytes: fs::metadata(path).map_err(Error::io(IMPORT, path))?.len(),
            is_followed: false,
        };
        Ok(Self { files: vec![source], ..Self::default() })
    }

    /// Has what is being written at this moment left for later: another program writes these files.
    #[must_use]
    pub fn followed(mut self) -> Self {
        self.files.iter_mut().for_each(|source| source.is_followed = true);
        self
    }

    fn sort(&mut self) {
        self.files.sort_by_cached_key(|source| (source.home.clone(), source.age(), source.path.clone()));
        self.files.dedup_by(|a, b| a.path == b.path);
    }

    fn path(&mut self, path: &Path, folders: &BTreeMap<String, String>) -> Result<(), Error> {
        let about = fs::metadata(path).map_err(Error::io(IMPORT, path))?;
        if about.is_dir() {
            let before = self.files.len() + self.skipped.len();
            self.folder(path, folders)?;
            if self.files.len() + self.skipped.len() == before {
                return Err(Error::NoSessions { act: IMPORT, path: path.to_owned() });
            }
            return Ok(());
        }
        self.single(path, named(path), folders)
    }

    /// Takes a single file, which must begin like a history.
    pub(super) fn single(
        &mut self,
        path: &Path,
        name: Name,
        folders: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        if let At::Other(reason) = what_is_at(path) {
            return Err(Error::io(IMPORT, path)(std::io::Error::new(ErrorKind::InvalidInput, reason)));
        }
        refuse_foreign(path)?;
        let beside = path.parent().and_then(Path::parent).map(|above| above.join(MAPPING));
        let mapping = self.mapping(beside.as_deref());
        self.file(path, name, &mapping, folders)
    }

    /// Returns the bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|source| source.bytes).sum()
    }

    fn folder(&mut self, folder: &Path, folders: &BTreeMap<String, String>) -> Result<(), Error> {
        let mapping = self.mapping(mapping_of(&home_of(folder)).as_deref());
        let Listed { files, skipped } = files_of(folder)?;
        self.skipped.extend(skipped);
        for (path, name) in files {
            let opened = fs::File::open(&path).map_err(Error::io(IMPORT, &path));
            match opened.and_then(|_| self.file(&path, name, &mapping, folders)) {
                Err(Error::Io { path, source, .. }) => {
                    self.skipped.push(Skipped::failed(&path, &source));
                }
                done => done?,
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        path: &Path,
        name: Name,
        mapping: &Mapping,
        folders: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let io = Error::io(IMPORT, path);
        let bytes = fs::metadata(path).map_err(&io)?.len();
        let path = real_folder(path).map_err(&io)?;
        let Name { stem, set_aside } = name;
        let mut source = Source {
            workspace: stem.clone(),
            home: stem.clone(),
            folder: None,
            set_aside,
            bytes,
            path,
            is_followed: false,
        };
        if let Some(project) = project_of(&source.path) {
            source.workspace = workspace_hash(&project);
            source.home.clone_from(&source.workspace);
            source.folder = Some(project);
        } else if let Some(folder) = folders.get(&stem).map(String::as_str).or(mapping.path_of(&stem)) {
            source.folder = Some(folder.to_owned());
        } else {
            source.folder = folder_in_sessions(&source.path, &stem);
        }
        if let Some(folder) = &source.folder {
            // A file named by the path as it was typed belongs with the one named by the real path.
            let real = workspace_hash(folder);
            if real != stem && workspace_hash_of_text(folder) == stem {
                source.workspace = real;
            }
        }
        self.files.push(source);
        Ok(())
    }

    fn mapping(&mut self, path: Option<&Path>) -> Mapping {
        let Some(path) = path else { return Mapping::default() };
        Mapping::read(path).unwrap_or_else(|error| {
            self.warnings.push(match std::error::Error::source(&error) {
                Some(cause) => format!("{error}: {cause}"),
                None => error.to_string(),
            });
            Mapping::default()
        })
    }
}

/// Returns the folder with the history: a project's `.ait42`, or `folder` itself.
fn home_of(folder: &Path) -> PathBuf {
    let project = folder.join(".ait42");
    if project.is_dir() { home_of(&project) } else { folder.to_owned() }
}

/// Lists the session files at a path: those of a folder, or the file itself.
pub(super) fn files_of(path: &Path) -> Result<Listed, Error> {
    if !path.is_dir() {
        return Ok(match what_is_at(path) {
            At::Other(reason) => Listed { files: Vec::new(), skipped: vec![Skipped::new(path, reason)] },
            At::File | At::Nothing => {
                Listed { files: vec![(path.to_owned(), named(path))], skipped: Vec::new() }
            }
        });
    }
    let folder = home_of(path);
    let inner = folder.join("sessions");
    // Beside the sessions lie settings and the like, which are JSON too.
    let is_shared = inner.is_dir() || folder.file_name().is_some_and(|name| name == ".ait42");
    let mut listed = list(&folder, |stem| !is_shared || stem == OLDER)?;
    if inner.is_dir() {
        let Listed { files, skipped } = list(&inner, |_| true)?;
        listed.files.extend(files);
        listed.skipped.extend(skipped);
    }
    Ok(listed)
}

/// Returns the folder that says which folders the names of the files in `folder` stand for, if any does.
fn mapping_of(folder: &Path) -> Option<PathBuf> {
    let here = folder.join(MAPPING);
    if here.exists() { Some(here) } else { folder.parent().map(|above| above.join(MAPPING)) }
}

/// Returns a file's path with its folder's links resolved, and its own name: a link is called what it is called.
fn real_folder(path: &Path) -> std::io::Result<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            Ok(folder.canonicalize()?.join(name))
        }
        _ => path.canonicalize(),
    }
}

/// Returns the project of `<project>/.ait42/sessions.json`.
fn project_of(path: &Path) -> Option<String> {
    let project = path.parent().filter(|_| is_of_project(path))?.parent()?;
    Some(project.to_string_lossy().into_owned())
}

/// Looks for the workspace's folder in the paths of the first instances: it must hash to the file's name.
fn folder_in_sessions(path: &Path, stem: &str) -> Option<String> {
    let mut pieces = Splitter::new(fs::File::open(path).ok()?);
    for _ in 0..LOOKED_INTO_MAX {
        let Some(piece) = pieces.next_piece().ok()? else { break };
        let Piece::Record(record) = piece else { continue };
        let session = read::parse(record.bytes).ok();
        let instances = session.into_iter().flat_map(|session| session.instances);
        let found = instances
            .into_iter()
            .find_map(|instance| root_by_hash(stem, &instance.worktree_path).map(str::to_owned));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Refuses a file that begins like no JSON at all, before anything is written for it.
fn refuse_foreign(path: &Path) -> Result<(), Error> {
    let io = Error::io(IMPORT, path);
    let mut begin = Vec::new();
    fs::File::open(path).map_err(&io)?.take(4096).read_to_end(&mut begin).map_err(&io)?;
    let text = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&begin);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    let found = match first {
        None | Some(b'[' | b'{' | b'\0' | b']' | b',') => return Ok(()),
        _ if begin.starts_with(b"SQLite format 3\0") => "a SQLite database".to_owned(),
        _ if Foreign::of(&begin).is_some() => return Ok(()),
        Some(byte) if byte.is_ascii_graphic() => format!("text that begins with `{}`", char::from(*byte)),
        Some(byte) => format!("a byte 0x{byte:02x}"),
    };
    Err(Error::NotAHistory { act: IMPORT, path: path.to_owned(), found })
}
