//! Legacy files that another program goes on writing, followed.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::sources::{Sources, files_of};
use super::split::{Damage, Piece, Reason, Splitter};
use crate::Error;

/// How long a file has to stay as it is before it is read: its writer may not be done.
const QUIET: Duration = Duration::from_millis(200);
/// How long a file that is not whole may be on its way. After that it is taken for torn.
const UNFINISHED_MAX: Duration = Duration::from_secs(10);
/// How often the folders are looked through where nothing was heard of them: not every file system tells.
const LOOK: Duration = Duration::from_secs(2);

/// Files that are followed: each is given when it has changed and is whole again.
///
/// The old history writes a file in place, by emptying it and writing it anew. What stands there in between is not
/// given: a file is waited for until it has an end, for 10 seconds after it was last written at the most.
pub struct Follow {
    paths: Vec<PathBuf>,
    folders: BTreeMap<String, String>,
    known: HashMap<PathBuf, Known>,
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
}

impl Follow {
    /// Begins to follow the files behind `paths`, which are those of [`Sources::find`]. The first call of
    /// [`next`](Self::next) gives all that are there.
    ///
    /// # Errors
    /// Those of [`Sources::find`].
    pub fn begin(paths: &[PathBuf], folders: &BTreeMap<String, String>) -> Result<Self, Error> {
        // What cannot be imported at all is said at once.
        Sources::find(paths, folders)?;
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
        let (paths, folders) = (paths.to_vec(), folders.clone());
        Ok(Self { paths, folders, known: HashMap::new(), _watcher: watcher, heard, looked: None })
    }

    /// Returns how many files there are.
    pub fn files(&self) -> usize {
        self.known.len()
    }

    /// Waits for `timeout` at the most, and returns the files that have changed since they were given last and are
    /// whole; `None` where there are none yet. Of one that has become no history there is a warning alone.
    ///
    /// # Errors
    /// [`Error::Io`] where a folder cannot be read any more.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Sources>, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            let now = Instant::now();
            let is_settling = self.known.values().any(|known| known.given != Some(known.seen));
            let has_heard = self.heard.try_iter().count() > 0;
            if has_heard || is_settling || self.looked.is_none_or(|at| now.duration_since(at) >= LOOK) {
                self.looked = Some(now);
                let due = self.look(now)?;
                let sources = self.sources(&due)?;
                if !sources.files.is_empty() || !sources.warnings.is_empty() {
                    return Ok(Some(sources));
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let is_settling = self.known.values().any(|known| known.given != Some(known.seen));
            let pause = if is_settling { QUIET / 4 } else { LOOK };
            if self.heard.recv_timeout(left.min(pause)).is_ok() {
                // The next turn looks whatever it was, and once for all that was heard.
                self.looked = None;
            }
        }
    }

    /// Looks at every file; returns those that are to be given.
    fn look(&mut self, now: Instant) -> Result<Vec<PathBuf>, Error> {
        let is_first = self.known.is_empty();
        let mut files = Vec::new();
        for path in &self.paths {
            match files_of(path) {
                Ok(found) => files.extend(found),
                // It may be written anew just now.
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let mut due = Vec::new();
        let mut known = HashMap::with_capacity(files.len());
        for path in files {
            let Some(stamp) = stamp(&path).map_err(Error::io("follow", &path))? else { continue };
            let before = self.known.get(&path).copied();
            let mut file = match before {
                Some(file) if file.seen == stamp => file,
                Some(file) => Known { seen: stamp, since: now, ..file },
                None => Known { given: None, seen: stamp, since: now, unfinished: None },
            };
            let is_quiet = is_first || now.duration_since(file.since) >= QUIET;
            if file.given != Some(stamp) && is_quiet {
                let is_old = age(stamp) >= UNFINISHED_MAX;
                let is_looked_at = file.unfinished == Some(stamp);
                if is_old || (!is_looked_at && is_whole(&path).map_err(Error::io("follow", &path))?) {
                    file.given = Some(stamp);
                    due.push(path.clone());
                } else {
                    file.unfinished = Some(stamp);
                }
            }
            known.insert(path, file);
        }
        self.known = known;
        Ok(due)
    }

    /// Describes files for an import. One that is gone by now, or is no history, is not one to read.
    fn sources(&self, paths: &[PathBuf]) -> Result<Sources, Error> {
        let mut sources = Sources::default();
        for path in paths {
            match Sources::find(std::slice::from_ref(path), &self.folders) {
                Ok(found) => {
                    sources.files.extend(found.files);
                    sources.warnings.extend(found.warnings);
                }
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Err(error @ Error::NotAHistory { .. }) => sources.warnings.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(sources)
    }
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
