//! Legacy files that another program goes on writing, followed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::report::Skipped;
use super::session_file::{Listed, Name};
use super::sources::{Sources, files_of};
use super::split::{Damage, Piece, Reason, Splitter};
use crate::Error;

/// How long a file has to stay as it is before it is read: its writer may not be done.
const QUIET: Duration = Duration::from_millis(200);
/// How long a file that is not whole may be on its way. After that it is taken for torn.
pub(super) const UNFINISHED_MAX: Duration = Duration::from_secs(10);
/// How often the folders are looked through where nothing was heard of them: not every file system tells.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Files that are followed: each is given when it has changed and is whole again.
///
/// The old history writes a file in place, by emptying it and writing it again. What it holds in between is not
/// given: a file is waited for until it has an end, for at most 10 seconds after it was last written. One that is emptied
/// once more between being given and being imported is no matter either: the import leaves what has no end, and the file is
/// given again when it is whole.
pub struct Follow {
    paths: Vec<PathBuf>,
    folders: BTreeMap<String, String>,
    /// Those of the paths that were folders when it began.
    roots: Vec<bool>,
    known: HashMap<PathBuf, Known>,
    /// What cannot be read just now.
    skipped: BTreeSet<Skipped>,
    /// Ends with the value; `None` where the system cannot tell of changes.
    _watcher: Option<RecommendedWatcher>,
    heard: Receiver<()>,
    looked: Option<Instant>,
}

/// By what a change of a file is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

/// What is known of a file.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// As it was when it was given.
    given: Option<Stamp>,
    /// As it was last seen, and since when it has been so.
    seen: Stamp,
    since: Instant,
    /// As it was when it was found to lack its end.
    unfinished: Option<Stamp>,
    /// Whether it could not be read when it was last looked at.
    is_unreadable: bool,
}

impl Follow {
    /// Begins to follow the files at `paths`, which are those of [`Sources::find`]; a folder may have none yet. The
    /// first call of [`next`](Self::next) gives all that are there.
    ///
    /// # Errors
    /// Those of [`Sources::find`], but for [`Error::NoSessions`].
    pub fn begin(paths: &[PathBuf], folders: &BTreeMap<String, String>) -> Result<Self, Error> {
        // What cannot be imported at all is said at once.
        for path in paths {
            match Sources::find(std::slice::from_ref(path), folders) {
                Err(Error::NoSessions { .. }) => {}
                found => drop(found?),
            }
        }
        let (sender, heard) = channel();
        // The folders tell that something happened; what it was is looked up. A listener that is gone is no error.
        let tell = move |_event: notify::Result<notify::Event>| {
            let _gone = sender.send(());
        };
        let watcher = notify::recommended_watcher(tell).ok().and_then(|mut watcher| {
            let folders =
                paths.iter().map(|path| if path.is_dir() { Some(path.as_path()) } else { path.parent() });
            let folders = folders.map(|folder| folder.filter(|folder| !folder.as_os_str().is_empty()));
            folders
                .map(|folder| watcher.watch(folder.unwrap_or(Path::new(".")), RecursiveMode::Recursive))
                .collect::<notify::Result<Vec<()>>>()
                .ok()
                .map(|_| watcher)
        });
        let roots = paths.iter().map(|path| path.is_dir()).collect();
        let (paths, folders) = (paths.to_vec(), folders.clone());
        let (known, skipped) = (HashMap::new(), BTreeSet::new());
        Ok(Self { paths, roots, folders, known, skipped, _watcher: watcher, heard, looked: None })
    }

    /// Returns whether there is nothing to give at the moment. It lists the folders.
    pub fn is_empty(&self) -> bool {
        self.paths.iter().all(|path| files_of(path).is_ok_and(|listed| listed.files.is_empty()))
    }

    /// Returns how many files there are.
    pub fn files(&self) -> usize {
        self.known.len()
    }

    /// Returns what could not be read when it was last looked at: files, and folders that are gone. Each is looked at again.
    pub fn skipped(&self) -> impl Iterator<Item = &Skipped> {
        self.skipped.iter()
    }

    /// Gives files once more: an import could not read them.
    pub fn give_again(&mut self, skipped: &[Skipped]) {
        for (path, known) in &mut self.known {
            if skipped.iter().any(|skipped| skipped.is_of(path)) {
                known.given = None;
            }
        }
    }

    /// Waits for at most `timeout`, and returns the files that have changed since they were given last and are
    /// whole; `None` where there are none yet. Of one that has become no history there is a warning alone. What cannot be
    /// read any more is told once, and given when it can be read again.
    ///
    /// # Errors
    /// None at present: what is wrong with one file or folder is no matter of the others.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Sources>, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            let now = Instant::now();
            let is_settling = self.known.values().any(|known| known.given != Some(known.seen));
            let has_heard = self.heard.try_iter().count() > 0;
            if has_heard
                || is_settling
                || self.looked.is_none_or(|at| now.duration_since(at) >= POLL_INTERVAL)
            {
                self.looked = Some(now);
                let before = std::mem::take(&mut self.skipped);
                let due = self.look(now);
                let mut sources = self.sources(due);
                sources.skipped.extend(self.skipped.difference(&before).cloned());
                if !(sources.files.is_empty() && sources.warnings.is_empty() && sources.skipped.is_empty()) {
                    return Ok(Some(sources));
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let is_settling = self.known.values().any(|known| known.given != Some(known.seen));
            let pause = if is_settling { QUIET / 4 } else { POLL_INTERVAL };
            if self.heard.recv_timeout(left.min(pause)).is_ok() {
                // The next turn looks whatever it was, and once for all that was heard.
                self.looked = None;
            }
        }
    }

    /// Looks at every file; returns those that are to be given, and notes what cannot be read.
    fn look(&mut self, now: Instant) -> Vec<(PathBuf, Name)> {
        let is_first = self.known.is_empty();
        let mut files = Vec::new();
        for (path, was_folder) in self.paths.iter().zip(&self.roots) {
            if *was_folder && !path.is_dir() {
                self.skipped.insert(Skipped::new(path, "the folder is gone; it is followed once it is back"));
                continue;
            }
            match files_of(path) {
                Ok(Listed { files: found, skipped }) => {
                    files.extend(found);
                    self.skipped.extend(skipped);
                }
                Err(error) => drop(self.skipped.insert(Skipped::new(path, cause_of(&error)))),
            }
        }
        let mut due = Vec::new();
        let mut known = HashMap::with_capacity(files.len());
        for (path, name) in files {
            let stamp = match stamp(&path) {
                Ok(Some(stamp)) => stamp,
                // It may be being written just now.
                Ok(None) => continue,
                Err(error) => {
                    self.skipped.insert(Skipped::failed(&path, &error));
                    continue;
                }
            };
            let before = self.known.get(&path).copied();
            let mut file = match before {
                Some(file) if file.seen == stamp => file,
                Some(file) => Known { seen: stamp, since: now, ..file },
                None => {
                    Known { given: None, seen: stamp, since: now, unfinished: None, is_unreadable: false }
                }
            };
            let is_quiet = is_first || now.duration_since(file.since) >= QUIET;
            if file.is_unreadable || (file.given != Some(stamp) && is_quiet) {
                let is_old = age(stamp) >= UNFINISHED_MAX;
                let is_looked_at = file.unfinished == Some(stamp) && !file.is_unreadable;
                let is_due = match File::open(&path) {
                    Ok(_) if is_old => Ok(true),
                    Ok(_) if is_looked_at => Ok(false),
                    Ok(_) => is_whole(&path),
                    Err(error) => Err(error),
                };
                file.is_unreadable = is_due.is_err();
                match is_due {
                    Ok(true) => {
                        file.given = Some(stamp);
                        due.push((path.clone(), name));
                    }
                    Ok(false) => file.unfinished = Some(stamp),
                    // It settles, and is looked at again with every look.
                    Err(error) => {
                        file.given = Some(stamp);
                        self.skipped.insert(Skipped::failed(&path, &error));
                    }
                }
            }
            known.insert(path, file);
        }
        self.known = known;
        due
    }

    /// Describes files for an import. One that is gone by now, or is no history, is not one to read.
    fn sources(&mut self, files: Vec<(PathBuf, Name)>) -> Sources {
        let mut sources = Sources::default();
        for (path, name) in files {
            match sources.single(&path, name, &self.folders) {
                Ok(()) => {}
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Err(error @ Error::NotAHistory { .. }) => sources.warnings.push(error.to_string()),
                Err(error) => {
                    if let Some(file) = self.known.get_mut(&path) {
                        file.is_unreadable = true;
                    }
                    self.skipped.insert(Skipped::new(&path, cause_of(&error)));
                }
            }
        }
        sources.followed()
    }
}

fn cause_of(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow").field("paths", &self.paths).finish_non_exhaustive()
    }
}

fn stamp(path: &Path) -> io::Result<Option<Stamp>> {
    match fs::metadata(path) {
        Ok(about) => Ok(Some(Stamp { bytes: about.len(), modified: about.modified().ok() })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn age(stamp: Stamp) -> Duration {
    stamp.modified.and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
}

/// Returns whether a file ends where its list does, whatever its sessions hold: one that is being written does not. A
/// blank file is whole. O(file), at the speed of memory.
///
/// # Errors
/// Where the file cannot be read.
pub fn is_whole(path: &Path) -> io::Result<bool> {
    let mut pieces = Splitter::new(File::open(path)?);
    while let Some(piece) = pieces.next_piece()? {
        if let Piece::Damage(Damage { reason: Reason::Truncated | Reason::Unfinished, .. }) = piece {
            return Ok(false);
        }
    }
    Ok(!pieces.unclosed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_list_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        let text = "[\n  {\n    \"id\": \"a1\",\n    \"chatHistory\": [],\n    \"task\": \"] }\"\n  }\n]";
        for length in 0..=text.len() {
            fs::write(&path, &text[..length]).expect("a file");
            assert_eq!(is_whole(&path).expect("a file"), length == 0 || length == text.len(), "{length}");
        }
    }
}
