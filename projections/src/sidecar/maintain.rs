//! The file that is read, kept up to date.

use retold_core::{Head, Log, OnProgress, Page};

use super::build::{Lossy, build, find, now, stop, unusable};
use super::file::{SidecarFile, redactions, remove};
use super::lock::{Lock, Work};
use super::registry::{self, Entry, FileName, Role, Trouble};
use super::sidecars::Filled;
use super::subject::{Subject, built_in};
use crate::Error;
use crate::engine::{Applied, Applier, Host as _};

/// The right and the means to keep one projection's file up to date.
pub(crate) struct Maintainer {
    log: Log,
    name: String,
    file_name: FileName,
    file: SidecarFile,
    applier: Applier,
    at: Head,
    redactions: u64,
    /// What the registry says, until it has caught up.
    had_failed: bool,
    lock: Lock,
}

/// Brings a projection to the end of the log: goes on with a version that was begun, fills a file again that is gone,
/// takes in what came.
pub(crate) fn catch_up(log: &Log, name: &str, progress: &dyn OnProgress) -> Result<Filled, Error> {
    renew(log, name)?;
    let entry = find(log, name)?;
    let begun = entry.building.as_ref().map(|file| file.version);
    let never = entry.current.is_none().then(|| entry.newest().map(|row| row.version)).flatten();
    let mut stopped = None;
    if let Some(version) = begun.or(never) {
        match build(log, name, version, Lossy::Refused, progress) {
            // A new version that cannot be filled, or that another process fills, is no reason to let the old one lie.
            Err(error @ (Error::AtWork { .. } | Error::Stopped { .. } | Error::LosesRows { .. }))
                if entry.current.is_some() =>
            {
                stopped = Some(error);
            }
            built => return built,
        }
    }
    let caught_up = match Maintainer::open(log, name)? {
        Some(mut maintainer) => maintainer.catch_up(progress)?,
        None => {
            let version = find(log, name)?.current.map(|file| file.version);
            {
                let version = version.ok_or_else(|| Error::NoProjection { name: name.to_owned() })?;
                build(log, name, version, Lossy::Refused, progress)?
            }
        }
    };
    stopped.map_or(Ok(caught_up), Err)
}

/// Has a built-in projection's newest version built where this release has a newer one.
pub(crate) fn renew(log: &Log, name: &str) -> Result<(), Error> {
    let Some(known) = built_in(name) else { return Ok(()) };
    let entry = find(log, name)?;
    if entry.version(known.version).is_some() {
        return Ok(());
    }
    registry::change(log, |change| {
        change.add_version(name, &known.row(now()))?;
        let file = FileName::new(name, known.version, change.connection())?;
        change.set_file(name, Role::Building, Some(&file))
    })
}

impl Maintainer {
    /// Opens the file that is read; `None` where there is none, or where it may not stay as it is.
    pub(crate) fn open(log: &Log, name: &str) -> Result<Option<Self>, Error> {
        match find(log, name)?.current {
            Some(file_name) => Self::open_as(log, name, &file_name),
            None => Ok(None),
        }
    }

    /// Opens a file of the projection, whatever it is for.
    pub(crate) fn open_as(log: &Log, name: &str, file_name: &FileName) -> Result<Option<Self>, Error> {
        let lock = Lock::take(log.path(), Work::Keep(file_name))?;
        let entry = find(log, name)?;
        let opened = Self::open_file(log, &entry, file_name, lock);
        opened.map_err(|error| unusable(log, name, file_name.version, error))
    }

    fn open_file(log: &Log, entry: &Entry, file_name: &FileName, lock: Lock) -> Result<Option<Self>, Error> {
        let mut subject = Subject::of(log, entry, file_name.version)?;
        let failure = entry.version(file_name.version).and_then(|row| row.failure.clone());
        let Some(file) = SidecarFile::open(&file_name.path(log.path()), &mut subject)? else {
            return Ok(None);
        };
        let checkpoint = file.checkpoint()?;
        file.check(log, &checkpoint, subject.origin)?;
        if let Some(Trouble { position: None, reason, .. }) = failure {
            // What a check has found stays so, whatever the file looks like.
            return Err(file.unusable(reason));
        }
        if checkpoint.redactions != redactions(log)? {
            // What it took from a body that is gone now must not stay, in the version before neither.
            drop(file);
            for file in [Some(file_name), entry.previous.as_ref()].into_iter().flatten() {
                remove(&file.path(log.path()))?;
            }
            return Ok(None);
        }
        Ok(Some(Self {
            log: log.clone(),
            name: entry.name.clone(),
            file_name: file_name.clone(),
            file,
            applier: subject.applier(log)?,
            at: checkpoint.head,
            redactions: checkpoint.redactions,
            had_failed: failure.is_some(),
            lock,
        }))
    }

    /// Applies what the log holds after its checkpoint.
    pub(crate) fn catch_up(&mut self, progress: &dyn OnProgress) -> Result<Filled, Error> {
        let ran = self.applier.run(&self.log, &self.file, self.at, progress);
        let (applied, at) = ran.map_err(|error| self.named(error))?;
        self.arrive(applied, at)
    }

    /// Applies a page that begins right after its checkpoint, and says whether it does.
    pub(crate) fn apply(&mut self, page: &Page) -> Result<bool, Error> {
        let follows = page.events.first().is_some_and(|first| first.position == self.at.position.plus(1));
        if follows {
            let applied = self.applier.apply_page(&self.file, page, self.at);
            let (applied, at) = applied.map_err(|error| self.named(error))?;
            self.arrive(applied, at)?;
        }
        Ok(follows)
    }

    /// Whether this is still the file to keep: it is read, it is there, and nothing it holds had to leave.
    pub(crate) fn is_valid(&self, entry: &Entry, redactions: u64) -> bool {
        entry.current.as_ref() == Some(&self.file_name) && self.redactions == redactions && self.is_there()
    }

    /// Whether the log holds events after its checkpoint.
    pub(crate) fn is_behind(&self) -> Result<bool, Error> {
        Ok(self.log.reader()?.head()?.position > self.at.position)
    }

    /// Whether its path still leads to the file, and nobody else may write to it.
    pub(crate) fn is_there(&self) -> bool {
        self.lock.is_held() && self.file.is_there()
    }

    pub(crate) fn at(&self) -> Head {
        self.at
    }

    fn arrive(&mut self, applied: Applied, at: Head) -> Result<Filled, Error> {
        self.at = at;
        match applied {
            Applied::Stopped { position, reason } => {
                Err(stop(&self.log, &self.name, self.file_name.version, position, reason)?)
            }
            Applied::Interrupted => Ok(Filled::Interrupted),
            Applied::All => {
                if std::mem::take(&mut self.had_failed) {
                    let version = self.file_name.version;
                    registry::change(&self.log, |change| change.fail(&self.name, version, None))?;
                }
                Ok(Filled::UpTo(at.position))
            }
        }
    }

    /// What is wrong with the file is recorded: the status says so.
    fn named(&self, error: Error) -> Error {
        unusable(&self.log, &self.name, self.file_name.version, error)
    }
}
