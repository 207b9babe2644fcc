//! Whether a projection can be read as it is, by one who can write nothing.

use retold_core::Head;

use super::build::find;
use super::file::{SidecarFile, redactions};
use super::sidecars::Sidecars;
use super::subject::{Subject, built_in};
use crate::Error;
use crate::engine::head;

/// What the file of a projection is good for as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usable {
    /// It holds every event: nothing has to be written before it is read.
    Whole(Head),
    /// It is as it was left, and holds the events up to here.
    UpTo(Head),
    /// There is none, it is damaged or of another history, or it holds what has left the log since.
    Not,
}

impl Sidecars {
    /// Says what the file of a projection is good for as it is. Only reads.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn usable(&self, name: &str) -> Result<Usable, Error> {
        let entry = match find(&self.log, name) {
            Err(Error::NoProjection { .. }) => return Ok(Usable::Not),
            found => found?,
        };
        let Some(file_name) = &entry.current else { return Ok(Usable::Not) };
        let Ok(subject) = Subject::of(&self.log, &entry, file_name.version) else { return Ok(Usable::Not) };
        let failure = entry.version(file_name.version).and_then(|row| row.failure.as_ref());
        let is_damaged = failure.is_some_and(|failure| failure.position.is_none());
        let opened = SidecarFile::open_beside(&file_name.path(self.log.path()));
        let (false, Ok(Some(file))) = (is_damaged, opened) else { return Ok(Usable::Not) };
        let Ok(checkpoint) = file.checkpoint() else { return Ok(Usable::Not) };
        if file.check(&self.log, &checkpoint, subject.origin).is_err()
            || checkpoint.redactions != redactions(&self.log)?
        {
            return Ok(Usable::Not);
        }
        let is_newest = entry.building.is_none()
            && failure.is_none()
            && built_in(name).is_none_or(|known| known.version == file_name.version);
        match checkpoint.head == head(&self.log)? && is_newest {
            true => Ok(Usable::Whole(checkpoint.head)),
            false => Ok(Usable::UpTo(checkpoint.head)),
        }
    }
}
