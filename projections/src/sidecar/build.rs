//! A file filled from the beginning beside the one that is read, and put in its place.

use std::path::{Path, PathBuf};

use retold_core::{Log, OnProgress, Position, Progress, make_sidecar_folder, sidecar_folder};

use super::erased::Erased;
use super::file::{SidecarFile, reason, redactions, remove};
use super::lock::{Lock, Work};
use super::registry::{self, Entry, FileName, Role, Trouble};
use super::sidecars::Filled;
use super::subject::Subject;
use crate::Error;
use crate::engine::{Applied, Difference, Side, Sides, compare, is_of};
use retold_core::attach_read_only;

/// What becomes of rows that the log cannot make again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lossy {
    /// They go with the file that had them.
    Allowed,
    /// The file that has them stays.
    Refused,
}

/// Builds a version and flips to it. Interrupted, the next call goes on where this one was.
pub(crate) fn build(
    log: &Log,
    name: &str,
    version: u32,
    lossy: Lossy,
    progress: &dyn OnProgress,
) -> Result<Filled, Error> {
    let lock = Lock::take(log.path(), Work::Build(name))?;
    sweep(log, name)?;
    // A body that leaves the log meanwhile must not stay in the new file: then all is done again.
    loop {
        let gone = redactions(log)?;
        let filled = fill(log, name, version, gone, &lock, progress);
        if filled.is_err() && !lock.is_held() {
            // Whatever the system says about a file that was deleted.
            return Err(Error::FolderGone { name: name.to_owned() });
        }
        match filled? {
            (Filled::Interrupted, _) => return Ok(Filled::Interrupted),
            (outcome, file) if redactions(log)? == gone => {
                if lossy == Lossy::Refused
                    && let Some(rows) = lost_rows(log, name, &file)?
                {
                    drop_begun(log, name, &file)?;
                    return Err(Error::LosesRows { name: name.to_owned(), rows });
                }
                flip(log, name, &file)?;
                return Ok(outcome);
            }
            _ => {}
        }
    }
}

fn fill(
    log: &Log,
    name: &str,
    version: u32,
    gone: u64,
    lock: &Lock,
    progress: &dyn OnProgress,
) -> Result<(Filled, FileName), Error> {
    make_sidecar_folder(log.path())?;
    let entry = find(log, name)?;
    let mut subject = Subject::of(log, &entry, version)?;
    let begun = match entry.building.as_ref().filter(|begun| begun.version == version) {
        Some(begun) => reopen(log, begun, &mut subject, gone)?.map(|file| (begun.clone(), file)),
        None => None,
    };
    let (file_name, file) = match begun {
        Some(begun) => begun,
        None => {
            let file_name = begin(log, name, version)?;
            let path = file_name.path(log.path());
            (file_name, SidecarFile::create(&path, &mut subject, gone)?)
        }
    };
    let mut applier = subject.applier(log)?;
    let look = |at: Progress| lock.is_held() && progress(at);
    let (applied, head) = applier.fill(log, &file, file.checkpoint()?.head, &look)?;
    match applied {
        Applied::All => {}
        Applied::Interrupted if !lock.is_held() => return Err(Error::FolderGone { name: name.to_owned() }),
        Applied::Interrupted => return Ok((Filled::Interrupted, file_name)),
        Applied::Stopped { position, reason } => return Err(stop(log, name, version, position, reason)?),
    }
    drop(applier);
    file.seal()?;
    Ok((Filled::UpTo(head.position), file_name))
}

/// Opens a file that was begun, where it can be gone on with; whatever is wrong with it, another one is begun.
fn reopen(
    log: &Log,
    begun: &FileName,
    subject: &mut Subject,
    gone: u64,
) -> Result<Option<SidecarFile>, Error> {
    let Ok(Some(file)) = SidecarFile::reopen(&begun.path(log.path()), subject, gone) else {
        return Ok(None);
    };
    let Ok(checkpoint) = file.checkpoint() else { return Ok(None) };
    Ok(is_of(log.reader()?.connection(), checkpoint.head)?.then_some(file))
}

/// Says in the registry that another file is being filled, and deletes what there was of the one before.
fn begin(log: &Log, name: &str, version: u32) -> Result<FileName, Error> {
    let (file, before) = registry::change(log, |change| {
        let before = change.find(name)?.and_then(|entry| entry.building);
        let file = FileName::new(name, version, change.connection())?;
        change.set_file(name, Role::Building, Some(&file))?;
        Ok((file, before))
    })?;
    before.iter().try_for_each(|before| remove(&before.path(log.path())))?;
    Ok(file)
}

/// Counts the rows of the file that is read which came from bodies that are pruned, and which the new one of the same
/// version lacks; `None` where there are none, or none that can be read.
fn lost_rows(log: &Log, name: &str, new: &FileName) -> Result<Option<u64>, Error> {
    let erased = Erased::pruned_now(log, name)?;
    let Some(old) = find(log, name)?.current.filter(|old| old.version == new.version) else {
        return Ok(None);
    };
    if erased.is_empty() {
        return Ok(None);
    }
    let Ok(Some(old)) = SidecarFile::open_beside(&old.path(log.path())) else { return Ok(None) };
    // What stands for another history, or what SQLite cannot read, is nothing to keep.
    if !old.checkpoint().is_ok_and(|checkpoint| checkpoint.origin.log == log.id()) {
        return Ok(None);
    }
    let reader = log.reader()?;
    let mut rows = 0;
    let mut count = |difference: &Difference| {
        rows +=
            u64::from(difference.side != Side::Right && erased.explains(reader.connection(), difference)?);
        Ok(true)
    };
    let compared = attach_read_only(&old.connection, &new.path(log.path()), "other")
        .and_then(|()| compare(&old.connection, Sides::FILES, u32::MAX, &mut count, &mut || true));
    Ok(compared.ok().filter(|_| rows > 0).map(|_| rows))
}

/// Forgets a file that was being filled.
fn drop_begun(log: &Log, name: &str, file: &FileName) -> Result<(), Error> {
    registry::change(log, |change| change.set_file(name, Role::Building, None))?;
    remove(&file.path(log.path()))
}

/// Deletes the files of a projection that the registry does not name: a process that was killed had no time to. Only who builds
/// it makes new ones, and has the lock.
pub(crate) fn sweep(log: &Log, name: &str) -> Result<(), Error> {
    let Ok(entries) = std::fs::read_dir(sidecar_folder(log.path())) else { return Ok(()) };
    let reader = log.reader()?;
    let named: Vec<PathBuf> = registry::find(reader.connection(), name)?
        .into_iter()
        .flat_map(|entry| [entry.current, entry.previous, entry.building])
        .flatten()
        .map(|file| file.path(log.path()))
        .collect();
    let is_left = |path: &PathBuf| is_file_of(path, name) && !named.contains(path);
    // What cannot be deleted now, the next one deletes.
    entries.flatten().map(|entry| entry.path()).filter(is_left).for_each(|path| drop(remove(&path)));
    Ok(())
}

/// Whether a path has the form of [`FileName::path`].
fn is_file_of(path: &Path, name: &str) -> bool {
    let of_name = path
        .file_name()
        .and_then(|file| file.to_str()?.strip_prefix(name)?.strip_prefix('@')?.strip_suffix(".db"));
    of_name.and_then(|rest| rest.split_once('-')).is_some_and(|(version, suffix)| {
        let digits = |text: &str, is_digit: fn(char) -> bool| !text.is_empty() && text.chars().all(is_digit);
        digits(version, |letter| letter.is_ascii_digit())
            && suffix.len() == 8
            && digits(suffix, |letter| letter.is_ascii_hexdigit())
    })
}

/// Puts a full file in the place of the one that is read: one small transaction of the store.
fn flip(log: &Log, name: &str, file: &FileName) -> Result<(), Error> {
    let unneeded = registry::change(log, |change| {
        let entry = change.find(name)?.ok_or_else(|| Error::NoProjection { name: name.to_owned() })?;
        if entry.building.as_ref() != Some(file) {
            return Err(Error::FolderGone { name: name.to_owned() });
        }
        change.set_file(name, Role::Building, None)?;
        change.set_file(name, Role::Current, Some(file))?;
        change.fail(name, file.version, None)?;
        let mut unneeded = Vec::new();
        match entry.current {
            // A version that is filled again is no way back.
            Some(old) if old.version == file.version => unneeded.push(old),
            Some(old) => {
                change.set_file(name, Role::Previous, Some(&old))?;
                unneeded.extend(entry.previous);
            }
            None => {}
        }
        Ok(unneeded)
    })?;
    // Whoever reads one of them keeps it open; its name is never given again.
    unneeded.iter().try_for_each(|file| remove(&file.path(log.path())))
}

/// Records where a version stopped, and returns the error that says so.
pub(crate) fn stop(
    log: &Log,
    name: &str,
    version: u32,
    position: Position,
    reason: String,
) -> Result<Error, Error> {
    let failure = Trouble { version, position: Some(position), at: now(), reason: reason.clone() };
    fail(log, name, failure)?;
    Ok(Error::Stopped { name: name.to_owned(), version, position, reason })
}

/// Records why a version stopped, where that is news.
pub(crate) fn fail(log: &Log, name: &str, trouble: Trouble) -> Result<(), Error> {
    let version = trouble.version;
    let known = find(log, name)?.version(version).and_then(|row| row.failure.clone());
    let is_known =
        known.is_some_and(|known| known.position == trouble.position && known.reason == trouble.reason);
    if is_known { Ok(()) } else { registry::change(log, |change| change.fail(name, version, Some(&trouble))) }
}

/// Records that the file of a version cannot be used, where that is what an error says, and returns an error with its name.
pub(crate) fn unusable(log: &Log, name: &str, version: u32, error: Error) -> Error {
    if !matches!(error, Error::Unusable { .. } | Error::Log(retold_core::Error::Damaged { .. })) {
        return error;
    }
    let reason = reason(&error);
    let trouble = Trouble { version, position: None, at: now(), reason: reason.clone() };
    match fail(log, name, trouble) {
        Ok(()) => Error::Unusable { name: name.to_owned(), reason },
        Err(error) => error,
    }
}

/// Returns a projection's entry.
pub(crate) fn find(log: &Log, name: &str) -> Result<Entry, Error> {
    let reader = log.reader()?;
    registry::find(reader.connection(), name)?.ok_or_else(|| Error::NoProjection { name: name.to_owned() })
}

pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or(0)
}
