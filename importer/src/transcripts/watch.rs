//! When files of a tool may have changed: the system tells, or it is looked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use retold_transcripts::{Format, Places};

use super::file;

/// The files are scanned so often where the system reports changes: not every file system does, and the first folder of a tool is in
/// none that is watched.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// The files are scanned so often where the system does not report changes, and no more often where it reports many.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// After a change, more of them are waited for.
const PAUSE: Duration = Duration::from_millis(40);
/// How often the caller is asked whether to stop.
const ASK_INTERVAL: Duration = Duration::from_millis(100);

/// A look at a tool's files. No file is read for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Differs once any of them has changed, come or gone.
    pub fingerprint: [u8; 32],
    /// The folders that they are in, and those above, within the person's home.
    folders: BTreeSet<PathBuf>,
}

impl Look {
    /// Looks at a tool's files.
    pub fn at(format: &dyn Format, places: &Places) -> Self {
        let mut hasher = blake3::Hasher::new();
        let mut folders = BTreeSet::new();
        for source in format.discover(places, &mut |_, _| {}) {
            let stamp = file::stamp(&source).unwrap_or_default();
            for text in [source.name.as_str(), &stamp] {
                hasher.update(&(text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
            let mut above = source.path.parent();
            while let Some(folder) = above.filter(|folder| is_watched(folder, places.home())) {
                if !folders.insert(folder.to_owned()) {
                    break;
                }
                above = folder.parent().filter(|_| folder.starts_with(places.home()));
            }
        }
        Self { fingerprint: *hasher.finalize().as_bytes(), folders }
    }
}

/// A home folder itself is not watched: everything happens in it.
fn is_watched(folder: &Path, home: &Path) -> bool {
    folder != home && folder.parent().is_some()
}

/// Waits for changes of the files that were looked at.
pub struct Watch {
    /// `None` where the system does not report changes, or not of all folders.
    watcher: Option<RecommendedWatcher>,
    /// What was removed or renamed with each change, if anything.
    heard: Receiver<Vec<PathBuf>>,
    folders: BTreeSet<PathBuf>,
    /// When the last wait ended.
    ended: Option<Instant>,
    /// Why the system does not report changes; said once.
    trouble: Option<String>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("folders", &self.folders.len()).finish_non_exhaustive()
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::begin()
    }
}

impl Watch {
    /// Begins without a folder.
    pub fn begin() -> Self {
        let (sender, heard) = channel();
        // Any change will do: the next look finds out what it was. Reading is not a change.
        let tell = move |event: notify::Result<notify::Event>| {
            let gone = match event {
                Ok(event) => match event.kind {
                    EventKind::Access(AccessKind::Close(AccessMode::Write)) => Vec::new(),
                    EventKind::Access(_) => return,
                    EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => event.paths,
                    _ => Vec::new(),
                },
                Err(_) => Vec::new(),
            };
            let _unheard = sender.send(gone);
        };
        let (watcher, trouble) = match notify::recommended_watcher(tell) {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { watcher, heard, folders: BTreeSet::new(), ended: None, trouble }
    }

    /// Watches the folders of looks, and those alone; returns whether there are new ones, in which something may have changed since
    /// the look. Where the system's watches run out, none is left to it.
    pub fn watch<'l>(&mut self, looks: impl IntoIterator<Item = &'l Look>) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        let wanted: BTreeSet<PathBuf> =
            looks.into_iter().flat_map(|look| look.folders.iter().cloned()).collect();
        for gone in self.folders.difference(&wanted) {
            // As a rule it is not there any more.
            let _gone = watcher.unwatch(gone);
        }
        let new: Vec<PathBuf> = wanted.difference(&self.folders).cloned().collect();
        self.folders = wanted;
        let has_new = !new.is_empty();
        for folder in new {
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {}
                // It went meanwhile, and the next look does not have it.
                Err(_) if !folder.exists() => drop(self.folders.remove(&folder)),
                Err(error) => {
                    self.trouble = Some(error.to_string());
                    self.watcher = None;
                    return has_new;
                }
            }
        }
        has_new
    }

    /// Returns why the system does not report changes, so that the files are scanned four times a second; once.
    pub fn take_trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }

    /// Waits until something may have changed, or somebody wants to stop.
    pub fn wait(&mut self, is_to_stop: &dyn Fn() -> bool) {
        let end = Instant::now() + if self.watcher.is_some() { LOOK_INTERVAL } else { POLL_INTERVAL };
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || is_to_stop() {
                self.ended = Some(Instant::now());
                return;
            }
            match self.heard.recv_timeout(left.min(ASK_INTERVAL)) {
                Ok(gone) => {
                    let rest = self.ended.map(|ended| POLL_INTERVAL.saturating_sub(ended.elapsed()));
                    std::thread::sleep(rest.unwrap_or_default().max(PAUSE));
                    // A folder that is there again is a new one.
                    for path in gone.into_iter().chain(self.heard.try_iter().flatten()) {
                        self.folders.remove(&path);
                    }
                    self.ended = Some(Instant::now());
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {}
                // Nothing reports any more.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(left.min(ASK_INTERVAL)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use retold_transcripts::{Tool, format};

    use super::*;

    #[test]
    fn what_is_written_is_heard_of_wherever_it_is_and_reading_is_not() {
        let home = tempfile::tempdir().unwrap();
        let (format, places) = (format(Tool::Claude), Places::of(home.path()));
        let folder = home.path().join(".claude/projects/-p");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.jsonl"), "{}\n").unwrap();
        let mut watch = Watch::begin();
        let look = Look::at(format, &places);
        assert_eq!(look.folders.len(), 3, "up to the home folder: {look:?}");
        assert!(watch.watch([&look]));
        assert!(!watch.watch([&look]), "none is new");
        let heard = |watch: &mut Watch| {
            let begun = Instant::now();
            watch.wait(&|| begun.elapsed() > Duration::from_secs(1));
            begun.elapsed() < Duration::from_millis(900)
        };
        if watch.take_trouble().is_some() {
            // Where the system does not tell, each look is soon after the one before.
            return assert!(heard(&mut watch));
        }
        std::fs::write(folder.join("a.jsonl"), "{}\n{}\n").unwrap();
        assert!(heard(&mut watch), "a file that grew");
        std::fs::read(folder.join("a.jsonl")).unwrap();
        assert!(!heard(&mut watch), "a file that was read");
        let other = home.path().join(".claude/projects/-q");
        std::fs::create_dir(&other).unwrap();
        assert!(heard(&mut watch), "a folder that came");
        std::fs::write(other.join("b.jsonl"), "{}\n").unwrap();
        let next = Look::at(format, &places);
        assert_ne!(next.fingerprint, look.fingerprint);
        watch.watch([&next]);
        std::fs::remove_file(other.join("b.jsonl")).unwrap();
        assert!(heard(&mut watch), "a file in it that went");
        std::fs::remove_dir(&other).unwrap();
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("c.jsonl"), "{}\n").unwrap();
        assert!(heard(&mut watch), "a folder that was replaced");
        assert!(watch.watch([&Look::at(format, &places)]), "is watched as a new one");
        while heard(&mut watch) {}
        std::fs::write(other.join("c.jsonl"), "{}\n{}\n").unwrap();
        assert!(heard(&mut watch), "a file in it that grew");
    }

    #[test]
    fn without_the_systems_watches_it_is_looked_often() {
        let mut watch = Watch { watcher: None, trouble: Some("no more".to_owned()), ..Watch::begin() };
        assert_eq!(watch.take_trouble().as_deref(), Some("no more"));
        assert_eq!(watch.take_trouble(), None, "it is said once");
        let begun = Instant::now();
        watch.wait(&|| false);
        assert!(begun.elapsed() < LOOK_INTERVAL / 2);
    }
}
