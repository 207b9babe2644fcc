//! A projection's file, compared with what the log makes of it.

use std::path::PathBuf;

use retold_core::{Log, OnProgress, Position, Progress, Unit, attach_read_only, sidecar_folder};
use rusqlite::Connection;

use super::build::{fail, find, now};
use super::erased::Erased;
use super::file::{Checkpoint, Origin, SidecarFile, read_checkpoint, reason, redactions, remove};
use super::inline;
use super::lock::is_anyone_at;
use super::registry::{self, Entry, FileName, Trouble};
use super::sidecars::Sidecars;
use super::subject::Subject;
use crate::Error;
use crate::engine::{Difference, Host as _, START, Scratch, Sides, compare};
use crate::error::sqlite;
use crate::temporal;

const ACT: &str = "check a projection";
/// Differences that are told.
pub(super) const DIFFERENCES_MAX: u32 = 100;
/// What began the names of files that were made to compare with. No projection has a `-` in its name.
const CHECKING: &str = "checking-";

/// What a check of a projection found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckedProjection {
    /// The projection.
    pub name: String,
    /// The version that is read.
    pub version: u32,
    /// The last event that both hold.
    pub position: Position,
    /// What is wrong with the file as such; then its rows were not compared.
    pub fault: Option<String>,
    /// What the file (left) and the log (right) do not share: at most a hundred rows.
    pub differences: Vec<Difference>,
    /// Rows that differ and may: they are of sessions of which bodies were erased, before or after the rows were made, or
    /// nothing in them says of which.
    pub uncompared: u64,
    /// `None` where its host is the store.
    file: Option<FileName>,
}

impl CheckedProjection {
    pub(super) fn of(name: &str, version: u32, position: Position, file: Option<FileName>) -> Self {
        let (name, differences) = (name.to_owned(), Vec::new());
        Self { name, version, position, fault: None, differences, uncompared: 0, file }
    }

    /// Whether the file holds what the log makes of it, and nothing else.
    pub fn is_sound(&self) -> bool {
        self.fault.is_none() && self.differences.is_empty()
    }

    /// Says in a line what could not be compared, and why; `None` where all could.
    pub fn caveat(&self) -> Option<String> {
        let rows = match self.uncompared {
            0 => return None,
            1 => "1 row was".to_owned(),
            count => format!("{count} rows were"),
        };
        Some(format!(
            "{rows} not compared: bodies that they may have come from are erased, or came back since"
        ))
    }

    /// Whether there may be more differences than are told.
    pub fn is_cut(&self) -> bool {
        u32::try_from(self.differences.len()).is_ok_and(|count| count >= DIFFERENCES_MAX)
    }

    /// Says in a line what is wrong; `None` where nothing is.
    pub fn verdict(&self) -> Option<String> {
        if let Some(fault) = &self.fault {
            return Some(fault.clone());
        }
        let first = self.differences.first()?;
        let (count, more) = (self.differences.len(), if self.is_cut() { " or more" } else { "" });
        let rows = match count {
            1 => "1 row is not as the log has it".to_owned(),
            count => format!("{count}{more} rows are not as the log has them"),
        };
        Some(format!("{rows}, the first in {} at {}", first.table, first.key))
    }
}

impl Sidecars {
    /// Fills a projection a second time, in another file, up to the event that its rows hold now, and compares the two
    /// row by row; its own are only read, and may be kept up to date meanwhile. `None` where `progress` said to stop.
    ///
    /// It takes the time of a rebuild and, among the system's temporary files, the room of the rows once more; nothing is left
    /// of that.
    ///
    /// # Errors
    /// [`Error::NotFilled`] where there is no file to check; otherwise where the log cannot be read, or there is no room. What is wrong with the file is no error.
    pub fn check(&self, name: &str, progress: &dyn OnProgress) -> Result<Option<CheckedProjection>, Error> {
        if inline::is_inline(name) {
            return inline::check(&self.log, progress);
        }
        let entry = find(&self.log, name)?;
        let not_filled = || Error::NotFilled { name: name.to_owned() };
        let file = entry.current.clone().ok_or_else(not_filled)?;
        let path = file.path(self.log.path());
        if !path.exists() {
            return Err(not_filled());
        }
        sweep(&self.log);
        let mut checked = CheckedProjection::of(name, file.version, Position::ZERO, Some(file.clone()));
        let compared = self.compare_with_log(&entry, &file, &mut checked, progress);
        // Another release's code is not in this one: the next filling has this one's.
        let is_none = matches!(&compared, Err(Error::NotFilled { .. } | Error::NoVersion { .. }));
        if is_none || !path.exists() {
            return Err(not_filled());
        }
        match compared {
            Ok(went) => Ok(went.then_some(checked)),
            Err(
                error @ (Error::Unusable { .. }
                | Error::Stopped { .. }
                | Error::Log(retold_core::Error::Damaged { .. })),
            ) => {
                checked.fault = Some(reason(&error));
                Ok(Some(checked))
            }
            Err(error) => Err(error),
        }
    }

    /// Records what a check found: the status says so, and nobody adds to the rows until a rebuild has made them again. Where
    /// nothing is wrong, what an earlier check found is no longer so.
    ///
    /// # Errors
    /// [`Error::NoProjection`]; otherwise where the store cannot be written.
    pub fn mark_damaged(&self, checked: &CheckedProjection) -> Result<(), Error> {
        // Of the read models nothing is recorded: every append goes on with them.
        let Some(file) = &checked.file else { return Ok(()) };
        let entry = find(&self.log, &checked.name)?;
        // What was rebuilt meanwhile is another file.
        if entry.current.as_ref() != Some(file) {
            return Ok(());
        }
        let Some(reason) = checked.verdict() else {
            let row = entry.version(checked.version);
            let was_damaged =
                row.and_then(|row| row.failure.as_ref()).is_some_and(|failure| failure.position.is_none());
            return match was_damaged {
                true => {
                    registry::change(&self.log, |change| change.fail(&checked.name, checked.version, None))
                }
                false => Ok(()),
            };
        };
        let version = checked.version;
        fail(&self.log, &checked.name, Trouble { version, position: None, at: now(), reason })
    }

    /// Returns whether it went to the end.
    fn compare_with_log(
        &self,
        entry: &Entry,
        file: &FileName,
        checked: &mut CheckedProjection,
        progress: &dyn OnProgress,
    ) -> Result<bool, Error> {
        let mut subject = Subject::of(&self.log, entry, file.version)?;
        let path = file.path(self.log.path());
        let Some(kept) = SidecarFile::open_beside(&path)? else {
            return Err(Error::NotFilled { name: entry.name.clone() });
        };
        look_over(&self.log, &kept, &kept.checkpoint()?, subject.origin)?;
        let act = sqlite(ACT);
        let scratch = Scratch::open(false, subject.projection.as_mut()).map_err(&act)?;
        attach_read_only(&scratch.connection, &path, "kept").map_err(&act)?;
        // From here on the file is as it is now, whoever goes on writing to it.
        let _moment = scratch.connection.unchecked_transaction().map_err(&act)?;
        let checkpoint = read_checkpoint(&scratch.connection, "kept.").map_err(&act)?;
        checked.position = checkpoint.head.position;
        if !subject.fill_up_to(&self.log, &scratch, START, checkpoint.head.position, progress)? {
            return Ok(false);
        }
        let end = checkpoint.head.position.get();
        let end = Progress::new(Unit::Events, end, end);
        // Looked up when both are full: whatever went or came back meanwhile is among it.
        let is_redacted = redactions(&self.log)? != checkpoint.redactions;
        let erased = Erased::ever(&self.log, &entry.name, is_redacted)?;
        let reader = self.log.reader()?;
        let mut explain = |difference: &Difference| erased.explains(reader.connection(), difference);
        let sides = Sides { left: "kept", right: "main", ..Sides::FILES };
        let mut go_on = || progress(end);
        let compared = compare(&scratch.connection, sides, DIFFERENCES_MAX, &mut explain, &mut go_on);
        let compared = compared.map_err(&act)?;
        (checked.differences, checked.uncompared) = (compared.differences, compared.explained);
        if entry.name == temporal::NAME && checked.is_sound() && !is_redacted && !compared.is_interrupted {
            let is_looked_at = |stream| !erased.has(stream);
            let is_damage = |stream| {
                let is_redacted = redactions(&self.log)? != checkpoint.redactions;
                Ok(!is_redacted && !Erased::ever(&self.log, &entry.name, false)?.has(stream))
            };
            let sessions = temporal::Sampled { is_looked_at: &is_looked_at, is_damage: &is_damage };
            checked.fault = temporal::disagreement(&self.log, &path, sessions, &mut || progress(end))?;
        }
        Ok(!compared.is_interrupted)
    }
}

/// Looks at what can be seen without the log.
fn look_over(log: &Log, kept: &SidecarFile, checkpoint: &Checkpoint, origin: Origin) -> Result<(), Error> {
    kept.check(log, checkpoint, origin)?;
    match integrity(&kept.connection).map_err(sqlite(ACT))?.as_deref() {
        None => Ok(()),
        Some(found) => Err(kept.unusable(found.to_owned())),
    }
}

/// Returns the first thing that SQLite finds wrong with a file, its full-text index among it:
/// <https://sqlite.org/pragma.html#pragma_integrity_check>.
fn integrity(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let found: String = connection.query_row("pragma main.integrity_check(1)", [], |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}

/// Deletes what checks of older releases left behind that were killed.
fn sweep(log: &Log) {
    let Ok(entries) = std::fs::read_dir(sidecar_folder(log.path())) else { return };
    let is_left = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(CHECKING) && name.ends_with(".db") && !is_anyone_at(path)
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_left) {
        let _next_time = remove(&path);
    }
}
