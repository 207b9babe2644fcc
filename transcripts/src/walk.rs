//! Looks into folders, each once: links out of a tree are followed, and links back into it are not.

use std::collections::HashSet;
use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Form, Record, Span, spans};

/// How deep folders are looked into.
const DEPTH_MAX: usize = 16;
/// How many links to folders are followed.
const LINKS_MAX: usize = 4096;
/// How many records of a file are looked at to see whose it is.
const PEEK_RECORDS: usize = 16;
/// How many bytes of a file of lines are read for that.
const PEEK_BYTES: u64 = 1 << 20;
/// How many bytes of a document are.
const PEEK_DOCUMENT: u64 = 1 << 26;
/// How many entries of a folder, and of those below it, are looked at for that.
const PEEK_ENTRIES: usize = 512;

/// What is done with what cannot be looked at.
pub(crate) type Failed<'f> = dyn FnMut(PathBuf, io::Error) + 'f;

/// A file or a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) is_folder: bool,
}

/// A walk through a tree.
pub(crate) struct Walk<'f> {
    root: PathBuf,
    seen: HashSet<PathBuf>,
    failed: &'f mut Failed<'f>,
}

impl<'f> Walk<'f> {
    /// Begins at a folder, which may be a link and may be missing.
    pub(crate) fn new(root: &Path, failed: &'f mut Failed<'f>) -> Self {
        let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        Self { root, seen: HashSet::new(), failed }
    }

    /// Returns what is in a folder, by name: files that can be read as files, and folders. What is missing holds nothing.
    pub(crate) fn entries(&mut self, folder: &Path) -> Vec<Entry> {
        let listed = match std::fs::read_dir(folder) {
            Ok(listed) => listed,
            Err(error) => {
                self.report(folder, error);
                return Vec::new();
            }
        };
        let mut paths = Vec::new();
        for entry in listed {
            match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok(entry) => paths.push(entry),
                Err(error) => {
                    self.report(folder, error);
                    break;
                }
            }
        }
        // Of two links to one folder, the first by name is followed.
        paths.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        paths.into_iter().filter_map(|(path, file_type)| self.entry(path, file_type)).collect()
    }

    /// Returns all files below a folder, and those in it.
    pub(crate) fn files(&mut self, folder: &Path) -> Vec<Entry> {
        let (mut found, mut folders) = (Vec::new(), vec![(folder.to_owned(), 0)]);
        while let Some((folder, depth)) = folders.pop() {
            for entry in self.entries(&folder) {
                match entry.is_folder {
                    false => found.push(entry),
                    true if depth < DEPTH_MAX => folders.push((entry.path, depth + 1)),
                    true => {}
                }
            }
        }
        found
    }

    fn entry(&mut self, path: PathBuf, file_type: FileType) -> Option<Entry> {
        let is_folder = match file_type.is_symlink() {
            false if file_type.is_dir() => true,
            // Neither a pipe nor a device: reading those would not end.
            false if file_type.is_file() => false,
            false => return None,
            true => self.behind_link(&path)?,
        };
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some(Entry { path, name, is_folder })
    }

    /// Returns whether a link leads to a folder, where it leads out of the tree, to what no other link led to.
    fn behind_link(&mut self, link: &Path) -> Option<bool> {
        let target = std::fs::canonicalize(link).ok()?;
        if target.starts_with(&self.root) || self.root.starts_with(&target) {
            return None;
        }
        if self.seen.len() >= LINKS_MAX
            || self.seen.iter().any(|seen| target.starts_with(seen) || seen.starts_with(&target))
        {
            return None;
        }
        let file_type = std::fs::metadata(&target).ok()?.file_type();
        if file_type.is_dir() {
            self.seen.insert(target);
        }
        (file_type.is_dir() || file_type.is_file()).then_some(file_type.is_dir())
    }

    fn report(&mut self, path: &Path, error: io::Error) {
        if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
            (self.failed)(path.to_owned(), error);
        }
    }
}

/// Returns all files below a folder.
pub(crate) fn files(folder: &Path, failed: &mut Failed<'_>) -> Vec<PathBuf> {
    let mut failed = |path, error| failed(path, error);
    Walk::new(folder, &mut failed).files(folder).into_iter().map(|entry| entry.path).collect()
}

/// Returns whether there is such a file: no folder, no pipe.
pub(crate) fn is_file(path: &Path, failed: &mut Failed<'_>) -> bool {
    match std::fs::metadata(path) {
        Ok(metadata) => metadata.is_file(),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                failed(path.to_owned(), error);
            }
            false
        }
    }
}

/// Whether a path is a file of which some of the first records are known, or a folder in which there is such a file.
pub(crate) fn holds(path: &Path, is_known: &dyn Fn(&Path, &Record<'_>) -> bool) -> bool {
    let Ok(metadata) = std::fs::metadata(path) else { return false };
    if metadata.is_file() {
        return peek(path, is_known);
    }
    let mut ignore = |_, _| {};
    let mut walk = Walk::new(path, &mut ignore);
    let (mut folders, mut left) = (std::collections::VecDeque::from([path.to_owned()]), PEEK_ENTRIES);
    while let Some(folder) = folders.pop_front() {
        for entry in walk.entries(&folder) {
            if left == 0 {
                return false;
            }
            left -= 1;
            match entry.is_folder {
                true => folders.push_back(entry.path),
                false if peek(&entry.path, is_known) => return true,
                false => {}
            }
        }
    }
    false
}

/// Whether some of the first records of a file are known.
fn peek(path: &Path, is_known: &dyn Fn(&Path, &Record<'_>) -> bool) -> bool {
    use io::Read as _;

    let form = match path.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl") => Form::Lines,
        Some("json") => Form::Document,
        _ => return false,
    };
    let Ok(file) = std::fs::File::open(path) else { return false };
    let (mut found, mut left) = (false, PEEK_RECORDS);
    let mut each = |span: Span<'_>| {
        if let Span::Record(record) = span {
            found |= is_known(path, &record);
            left -= 1;
        }
        if found || left == 0 { Err(io::Error::other("enough")) } else { Ok(()) }
    };
    // A long first line is read as far as the limit, and no further: it is no record then.
    let _ = match form {
        Form::Document => spans::document(file.take(PEEK_DOCUMENT), &mut each),
        _ => spans::lines(file.take(PEEK_BYTES), 0, &mut each),
    };
    found
}
