//! Which files to read, and which workspace each belongs to.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::encoding::Foreign;
use super::place::{Mapping, root_by_hash, workspace_hash, workspace_hash_of_text};
use super::read;
use super::split::{Piece, Splitter};
use crate::Error;
use crate::error::IMPORT;

/// The files of an import, in the order in which they are read: of one workspace, older copies first.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The files.
    pub files: Vec<Source>,
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
}

/// Sessions that are looked into for a workspace's folder.
const LOOKED_INTO_MAX: usize = 64;
const MAPPING: &str = "workspace_mapping.json";
/// The older file of a project, less its ending.
const OLDER: &str = "sessions";

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
    /// Finds the files behind `paths`: a `~/.ait42`, its `sessions/`, a project or its `.ait42/`, or single files.
    ///
    /// `folders` says which folder a file's name stands for, before any other source of it.
    ///
    /// # Errors
    /// [`Error::Io`] for a path that cannot be read, [`Error::NoSessions`] for a folder without session files,
    /// [`Error::NotAHistory`] for a single file that is none.
    pub fn find(paths: &[PathBuf], folders: &BTreeMap<String, String>) -> Result<Self, Error> {
        let mut sources = Self::default();
        for path in paths {
            let about = fs::metadata(path).map_err(Error::io(IMPORT, path))?;
            if about.is_dir() {
                let before = sources.files.len();
                sources.folder(path, folders)?;
                if sources.files.len() == before {
                    return Err(Error::NoSessions { act: IMPORT, path: path.clone() });
                }
            } else {
                refuse_foreign(path)?;
                let beside = path.parent().and_then(Path::parent).map(|above| above.join(MAPPING));
                let mapping = sources.mapping(beside.as_deref());
                sources.file(path, &mapping, folders)?;
            }
        }
        sources.files.sort_by_cached_key(|source| (source.home.clone(), source.age(), source.path.clone()));
        sources.files.dedup_by(|a, b| a.path == b.path);
        Ok(sources)
    }

    /// Returns the bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|source| source.bytes).sum()
    }

    fn folder(&mut self, folder: &Path, folders: &BTreeMap<String, String>) -> Result<(), Error> {
        let folder = home_of(folder);
        let mapping = match folder.join(MAPPING) {
            here if here.exists() => self.mapping(Some(&here)),
            _ => self.mapping(folder.parent().map(|above| above.join(MAPPING)).as_deref()),
        };
        session_files(&folder)?.iter().try_for_each(|path| self.file(path, &mapping, folders))
    }

    fn file(
        &mut self,
        path: &Path,
        mapping: &Mapping,
        folders: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let io = Error::io(IMPORT, path);
        let path = path.canonicalize().map_err(&io)?;
        let bytes = fs::metadata(&path).map_err(&io)?.len();
        let (stem, set_aside) = stem(&path).unwrap_or_else(|| (lossy(path.file_name()), false));
        let mut source =
            Source { workspace: stem.clone(), home: stem.clone(), folder: None, set_aside, bytes, path };
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

/// Lists the session files behind a path: those of a folder, or the file itself.
pub(super) fn files_of(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if path.is_dir() { session_files(&home_of(path)) } else { Ok(vec![path.to_owned()]) }
}

fn session_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let inner = folder.join("sessions");
    // Beside the sessions lie settings and the like, which are JSON too.
    let is_shared = inner.is_dir() || folder.file_name().is_some_and(|name| name == ".ait42");
    let mut files = files_in(folder, |stem| !is_shared || stem == OLDER)?;
    if inner.is_dir() {
        files.extend(files_in(&inner, |_| true)?);
    }
    Ok(files)
}

fn files_in(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, Error> {
    let io = Error::io("read the folder", folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(&io)? {
        let path = entry.map_err(&io)?.path();
        let is_mapping = path.file_name().is_some_and(|name| name == MAPPING);
        let is_wanted = stem(&path).is_some_and(|(stem, _)| wanted(&stem));
        if is_wanted && !is_mapping && path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

/// Returns a session file's name without its endings, and whether it is a copy that was set aside.
fn stem(path: &Path) -> Option<(String, bool)> {
    let name = path.file_name()?.to_str()?;
    let (name, set_aside) = match name.strip_suffix(".archive").or_else(|| name.strip_suffix(".migrated")) {
        Some(name) => (name, true),
        None => (name, false),
    };
    Some((name.strip_suffix(".json")?.to_owned(), set_aside)).filter(|(stem, _)| !stem.is_empty())
}

/// Returns the project of `<project>/.ait42/sessions.json`.
fn project_of(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| folder.file_name().is_some_and(|name| name == ".ait42"))?;
    let (stem, _) = stem(path)?;
    (stem == OLDER).then(|| folder.parent().map(|project| project.to_string_lossy().into_owned()))?
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

fn lossy(name: Option<&std::ffi::OsStr>) -> String {
    name.map_or_else(|| "unknown".to_owned(), |name| name.to_string_lossy().into_owned())
}
