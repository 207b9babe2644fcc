//! Back to the version before.

use super::build::{Lossy, build, find};
use super::file::remove;
use super::lock::{Lock, Work};
use super::maintain::Maintainer;
use super::registry::{self, FileName, Role};
use super::sidecars::{Filled, Sidecars};
use crate::Error;
use retold_core::OnProgress;

impl Sidecars {
    /// Goes back to the version before, and returns its number; the one that was read becomes the one before. `None` where
    /// `progress` said to stop: then nothing has changed.
    ///
    /// It is brought to the end of the log first, so that its rows are as new as those that were read. One whose file is
    /// gone or cannot be used is filled again.
    ///
    /// # Errors
    /// [`Error::KeptInline`] for the read models; [`Error::NoPrevious`]; [`Error::CannotRollBack`] where it cannot take in an event that came since, and the version
    /// that was read is read on; otherwise those of [`catch_up`](Self::catch_up).
    pub fn rollback(&self, name: &str, progress: &dyn OnProgress) -> Result<Option<u32>, Error> {
        super::inline::refuse(name, "roll back")?;
        let previous = find(&self.log, name)?.previous;
        let previous = previous.ok_or_else(|| Error::NoPrevious { name: name.to_owned() })?;
        let version = previous.version;
        let outcome = match self.bring_back(name, &previous, progress) {
            // Full, it is put in place.
            Ok(None) | Err(Error::Unusable { .. }) => {
                match build(&self.log, name, version, Lossy::Refused, progress) {
                    done @ Ok(Filled::UpTo(_)) => done,
                    undone => self.give_up(name, version).and(undone),
                }
            }
            Ok(Some(outcome)) => Ok(outcome),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(Filled::UpTo(_)) => Ok(Some(version)),
            Ok(Filled::Interrupted) => Ok(None),
            Err(Error::Stopped { name, version, position, reason }) => {
                Err(Error::CannotRollBack { name, version, position, reason })
            }
            Err(error) => Err(error),
        }
    }

    /// Takes back the wish for a file of the version before: otherwise whoever fills projections next would go on with it.
    fn give_up(&self, name: &str, version: u32) -> Result<(), Error> {
        let begun = registry::change(&self.log, |change| {
            let begun = change.find(name)?.and_then(|entry| entry.building);
            let begun = begun.filter(|begun| begun.version == version);
            begun.as_ref().map_or(Ok(()), |_| change.set_file(name, Role::Building, None))?;
            Ok(begun)
        })?;
        begun.map_or(Ok(()), |begun| remove(&begun.path(self.log.path())))
    }

    /// Brings the file of the version before up to date, and has it read; `None` where there is none to bring back.
    fn bring_back(
        &self,
        name: &str,
        previous: &FileName,
        progress: &dyn OnProgress,
    ) -> Result<Option<Filled>, Error> {
        let _nobody_else = Lock::take(self.log.path(), Work::Build(name))?;
        let Some(mut maintainer) = Maintainer::open_as(&self.log, name, previous)? else { return Ok(None) };
        match maintainer.catch_up(progress) {
            Ok(Filled::UpTo(_)) => {}
            Ok(Filled::Interrupted) => return Ok(Some(Filled::Interrupted)),
            Err(error) => return Err(error),
        }
        // The folder may be deleted at any time.
        if !maintainer.is_there() {
            return Ok(None);
        }
        registry::change(&self.log, |change| {
            let entry = change.find(name)?.ok_or_else(|| Error::NoProjection { name: name.to_owned() })?;
            if entry.previous.as_ref() != Some(previous) {
                return Err(Error::NoPrevious { name: name.to_owned() });
            }
            change.set_file(name, Role::Current, Some(previous))?;
            change.set_file(name, Role::Previous, entry.current.as_ref())
        })?;
        Ok(Some(Filled::UpTo(maintainer.at().position)))
    }
}
