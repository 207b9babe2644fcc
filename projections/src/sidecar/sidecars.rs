//! What one can do with projections that have files of their own.

use retold_core::{Log, OnProgress, Position};

use super::build::{Lossy, build, find, now, sweep};
use super::file::remove;
use super::inline;
use super::lock::{Lock, Work};
use super::maintain::{Maintainer, catch_up};
use super::registry::{self, Entry, FileName, Role, SkipRow, VersionRow};
use super::status::{self, ProjectionStatus};
use super::subject::{BUILT_IN, built_in};
use crate::declared::{Declaration, Policy};
use crate::engine::head;
use crate::{Error, Store};

/// The projections of a store: the read models, called `builtin`, whose rows are in the store; and those with files of their
/// own, declared in SQL, or built in and asked for.
///
/// ```
/// use retold_core::Options;
/// use retold_projections::{Added, Declaration, Filled, Store};
///
/// let folder = tempfile::tempdir()?;
/// let store = Store::open(folder.path().join("sessions.db"), Options::new().create(true))?;
/// let sidecars = store.sidecars();
/// let declaration = Declaration::read(
///     "-- projection: messages_per_role
///      -- version: 1
///      create table messages_per_role (role text primary key, n integer not null) strict;
///      -- on: MessageAdded
///      insert into messages_per_role values (:role, 1) on conflict do update set n = n + 1;",
/// )?;
/// assert_eq!(sidecars.add(&declaration)?, Added::New);
/// assert!(matches!(sidecars.catch_up("messages_per_role", &|_| true)?, Filled::UpTo(_)));
/// let rows: i64 = store.sql()?.query_row("select count(*) from messages_per_role", [], |row| row.get(0))?;
/// assert_eq!(rows, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sidecars {
    pub(super) log: Log,
}

/// What adding a projection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was not known. Nothing is filled yet.
    New,
    /// An older version is read until the new one is full.
    Newer,
    /// It was added before, word for word.
    Known,
}

/// What filling a projection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// It holds every event up to here, which was the end of the log.
    UpTo(Position),
    /// Somebody stopped it; the next call goes on from there.
    Interrupted,
}

impl Store {
    /// Returns the projections.
    pub fn sidecars(&self) -> Sidecars {
        Sidecars { log: self.log.clone() }
    }
}

impl Sidecars {
    /// Returns the state of every projection at `now` in microseconds since 1970, the read models first, then those with files
    /// of their own by name: looked up in their checkpoints and in the locks that living processes hold.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn status(&self, now: i64) -> Result<Vec<ProjectionStatus>, Error> {
        status::of_all(&self.log, now)
    }

    /// Returns the status of one projection.
    ///
    /// # Errors
    /// [`Error::NoProjection`]; otherwise where the store cannot be read.
    pub fn status_of(&self, name: &str, now: i64) -> Result<ProjectionStatus, Error> {
        match inline::is_inline(name) {
            true => inline::status(&self.log, now),
            false => status::of(&self.log, &find(&self.log, name)?, head(&self.log)?, now),
        }
    }

    /// Returns the names of those that have files of their own.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let entries = registry::list(self.log.reader()?.connection())?;
        Ok(entries.into_iter().map(|entry| entry.name).collect())
    }

    /// Returns the names of those that come with retold, asked for or not, with what they are.
    pub fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
        BUILT_IN.iter().map(|known| (known.name, known.about))
    }

    /// Checks a declaration and takes it up. It is filled by [`catch_up`](Self::catch_up); until a newer version is
    /// full, the one before is read.
    ///
    /// # Errors
    /// [`Error::Declaration`] with every fault; [`Error::VersionTaken`] and [`Error::VersionBehind`] where its version
    /// is not a new one: nothing was changed.
    pub fn add(&self, declaration: &Declaration) -> Result<Added, Error> {
        declaration.check()?;
        let row = VersionRow::of(declaration, now());
        self.add_version(declaration.name(), &row, declaration.policy())
    }

    /// Takes up a projection that comes with retold.
    ///
    /// # Errors
    /// [`Error::NoProjection`] where none is called so.
    pub fn add_built_in(&self, name: &str) -> Result<Added, Error> {
        let known = built_in(name).ok_or_else(|| Error::NoProjection { name: name.to_owned() })?;
        if registry::find(self.log.reader()?.connection(), name)?.is_some() {
            return Ok(Added::Known);
        }
        self.add_version(name, &known.row(now()), Policy::Stop)
    }

    fn add_version(&self, name: &str, row: &VersionRow, policy: Policy) -> Result<Added, Error> {
        let version = row.version;
        let (added, unneeded) = registry::change(&self.log, |change| {
            let entry = change.find(name)?;
            let newest = entry.as_ref().and_then(Entry::newest);
            match newest {
                Some(newest) if newest.version > version => {
                    let known = newest.version;
                    return Err(Error::VersionBehind { name: name.to_owned(), found: version, known });
                }
                Some(newest) if newest.version == version && newest.digest == row.digest => {
                    return Ok((Added::Known, None));
                }
                Some(newest) if newest.version == version => {
                    return Err(Error::VersionTaken { name: name.to_owned(), version });
                }
                _ => {}
            }
            change.add(name, policy)?;
            change.add_version(name, row)?;
            let file = FileName::new(name, version, change.connection())?;
            change.set_file(name, Role::Building, Some(&file))?;
            let added = if newest.is_some() { Added::Newer } else { Added::New };
            Ok((added, entry.and_then(|entry| entry.building)))
        })?;
        unneeded.iter().try_for_each(|file| remove(&file.path(self.log.path())))?;
        Ok(added)
    }

    /// Brings a projection to the end of the log: fills a version that was added, fills a file again that was deleted,
    /// takes in what came since. Readers see the file before until a new one is full. The log's write lock is taken for
    /// the flip alone.
    ///
    /// # Errors
    /// [`Error::Stopped`] where an event cannot be taken in and the policy is to stop; [`Error::Unusable`] where the
    /// file is not as it was left, or stands for another history: [`rebuild`](Self::rebuild) makes it again.
    /// [`Error::AtWork`] where another process does the same.
    pub fn catch_up(&self, name: &str, progress: &dyn OnProgress) -> Result<Filled, Error> {
        match inline::is_inline(name) {
            true => inline::catch_up(&self.log),
            false => catch_up(&self.log, name, progress),
        }
    }

    /// Fills the version that is read again, beside the file that is read meanwhile. Interrupted, the next call or
    /// [`catch_up`](Self::catch_up) goes on.
    ///
    /// # Errors
    /// [`Error::LosesRows`] where rows came from bodies that are pruned by now, so that the log cannot make them again: the
    /// file that has them is read on. Otherwise those of [`catch_up`](Self::catch_up).
    pub fn rebuild(&self, name: &str, progress: &dyn OnProgress) -> Result<Filled, Error> {
        self.fill_again(name, Lossy::Refused, progress)
    }

    /// Fills it again as [`rebuild`](Self::rebuild) does, and gives up the rows that the log cannot make again.
    ///
    /// # Errors
    /// Those of [`catch_up`](Self::catch_up).
    pub fn rebuild_without_pruned(&self, name: &str, progress: &dyn OnProgress) -> Result<Filled, Error> {
        self.fill_again(name, Lossy::Allowed, progress)
    }

    fn fill_again(&self, name: &str, lossy: Lossy, progress: &dyn OnProgress) -> Result<Filled, Error> {
        if inline::is_inline(name) {
            return inline::fill_again(&self.log, progress);
        }
        super::maintain::renew(&self.log, name)?;
        let entry = find(&self.log, name)?;
        let version = entry.building.as_ref().or(entry.current.as_ref()).map(|file| file.version);
        let version = version.or(entry.newest().map(|row| row.version)).unwrap_or(0);
        build(&self.log, name, version, lossy, progress)
    }

    /// Pauses a projection until [`resume`](Self::resume); returns whether it did not yet.
    ///
    /// # Errors
    /// [`Error::NoProjection`]; [`Error::KeptInline`] for the read models; otherwise where the store cannot be written.
    pub fn pause(&self, name: &str) -> Result<bool, Error> {
        self.set_paused(name, true)
    }

    /// Resumes a projection that was paused or had stopped at an event; returns whether it was paused.
    ///
    /// # Errors
    /// Those of [`pause`](Self::pause).
    pub fn resume(&self, name: &str) -> Result<bool, Error> {
        self.set_paused(name, false)
    }

    fn set_paused(&self, name: &str, paused: bool) -> Result<bool, Error> {
        inline::refuse(name, if paused { "pause" } else { "resume" })?;
        registry::change(&self.log, |change| {
            let entry = change.find(name)?.ok_or_else(|| Error::NoProjection { name: name.to_owned() })?;
            if !paused {
                // An event may be tried again; a file that is damaged is no better for a rest.
                let at_event = |row: &&VersionRow| {
                    row.failure.as_ref().is_some_and(|failure| failure.position.is_some())
                };
                let stopped = entry.versions.iter().filter(at_event);
                stopped.into_iter().try_for_each(|row| change.fail(name, row.version, None))?;
            }
            change.pause(name, paused)?;
            Ok(entry.is_paused != paused)
        })
    }

    /// Has a projection leave an event out from its next filling on, and lets it go on where it had stopped there. Where its
    /// rows hold the event already, [`rebuild`](Self::rebuild) takes it out of them.
    ///
    /// # Errors
    /// [`Error::NoProjection`]; [`Error::NoEvent`]; [`Error::KeptInline`] for the read models.
    pub fn skip(&self, name: &str, position: Position, reason: &str) -> Result<(), Error> {
        inline::refuse(name, "leave an event out of")?;
        let head = head(&self.log)?;
        if position == Position::ZERO || position > head.position {
            find(&self.log, name)?;
            return Err(Error::NoEvent { name: name.to_owned(), position, head: head.position });
        }
        registry::change(&self.log, |change| {
            let entry = change.find(name)?.ok_or_else(|| Error::NoProjection { name: name.to_owned() })?;
            change.skip(name, &SkipRow { position, reason: reason.to_owned(), at: now() })?;
            let stopped_here = |row: &&VersionRow| {
                row.failure.as_ref().is_some_and(|failure| failure.position == Some(position))
            };
            let stopped = entry.versions.iter().filter(stopped_here);
            stopped.into_iter().try_for_each(|row| change.fail(name, row.version, None))
        })
    }

    /// Takes a [`skip`](Self::skip) back.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn unskip(&self, name: &str, position: Position) -> Result<(), Error> {
        registry::change(&self.log, |change| change.unskip(name, position))
    }

    /// Forgets a projection with its declaration and deletes its files. Whoever reads one of them now keeps it open.
    ///
    /// # Errors
    /// [`Error::NoProjection`]; [`Error::KeptInline`] for the read models; [`Error::AtWork`] where a process fills it; otherwise
    /// where a file cannot be deleted.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        inline::refuse(name, "drop")?;
        find(&self.log, name)?;
        let _lock = Lock::take(self.log.path(), Work::Build(name))?;
        let entry = registry::change(&self.log, |change| {
            let entry = change.find(name)?.ok_or_else(|| Error::NoProjection { name: name.to_owned() })?;
            change.forget(name)?;
            Ok(entry)
        })?;
        let files = [entry.current, entry.previous, entry.building];
        files.iter().flatten().try_for_each(|file| remove(&file.path(self.log.path())))?;
        sweep(&self.log, name)
    }

    /// Returns a maintainer of the file that is read; `None` where it is to be filled first.
    pub(super) fn maintainer(&self, name: &str) -> Result<Option<Maintainer>, Error> {
        Maintainer::open(&self.log, name)
    }
}
