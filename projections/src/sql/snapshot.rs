//! Read models as they were at a position: filled from the log up to there, into a file that is kept for the next
//! question. All of it may be deleted at any time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use retold_core::files::{self, Partial, Privacy};
use retold_core::{Head, Log, OnProgress, sidecar_folder};

use crate::engine::is_of;
use crate::private::is_about_place;
use crate::sidecar::{SidecarFile, Subject, moved_bodies, remove};
use crate::{Error, Store};

/// Snapshots that are kept, and their bytes together; those that were asked for longest ago go first.
const KEPT_MAX: usize = 24;
const BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Returns the file that holds the subject as of `at`; `None` where `progress` said to stop. It is kept beside the store, or,
/// where nothing can be written there, for this process alone.
pub(super) fn file(
    store: &Store,
    at: Head,
    subject: &dyn Fn() -> Result<Subject, Error>,
    progress: &dyn OnProgress,
) -> Result<Option<PathBuf>, Error> {
    let log = &store.log;
    let beside = sidecar_folder(log.path()).join("at");
    match file_in(&beside, log, at, subject()?, progress) {
        Err(error) if is_about_place(&error) => {
            file_in(&store.private.folder()?.join("at"), log, at, subject()?, progress)
        }
        found => found,
    }
}

fn file_in(
    folder: &Path,
    log: &Log,
    at: Head,
    subject: Subject,
    progress: &dyn OnProgress,
) -> Result<Option<PathBuf>, Error> {
    // What cannot be removed now goes the next time.
    let _left = files::sweep(folder);
    let gone = moved_bodies(log)?;
    let wanted = folder.join(file_name(&subject, at));
    let kept = kept(folder);
    if let Some(found) = kept.iter().find(|kept| kept.path == wanted)
        && is_usable(&found.path, log, &subject, gone)?.is_some()
    {
        touch(&found.path);
        return Ok(Some(wanted));
    }
    make_private(folder)?;
    let mut nearest: Vec<&CachedSnapshot> = kept
        .iter()
        .filter(|kept| kept.subject == subject.name && kept.position < at.position.get())
        .collect();
    nearest.sort_by_key(|kept| std::cmp::Reverse(kept.position));
    let making =
        Partial::file_for(&wanted, Privacy::Owner).map_err(|source| io("create", &wanted, source))?;
    if !make(log, at, subject, &nearest, making.path(), gone, progress)? {
        return Ok(None);
    }
    making.replace().map_err(|source| io("write", &wanted, source))?;
    sweep(folder, &wanted);
    Ok(Some(wanted))
}

fn make(
    log: &Log,
    at: Head,
    mut subject: Subject,
    nearest: &[&CachedSnapshot],
    making: &Path,
    gone: u64,
    progress: &dyn OnProgress,
) -> Result<bool, Error> {
    let mut begun = None;
    for kept in nearest {
        if is_usable(&kept.path, log, &subject, gone)?.is_some() && fs::copy(&kept.path, making).is_ok() {
            begun = SidecarFile::open(making, &mut subject)?;
            break;
        }
    }
    let file = match begun {
        Some(file) => {
            file.set_up_building()?;
            file
        }
        None => {
            // A copy that failed may have left something.
            fs::File::create(making).map_err(|source| io("write", making, source))?;
            SidecarFile::begin(making, &mut subject, gone)?
        }
    };
    let from = file.checkpoint()?.head;
    if !subject.fill_up_to(log, &file, from, at.position, progress)? {
        return Ok(false);
    }
    file.finish()?;
    Ok(true)
}

/// Returns how far a file is, where it is of this log and of this code and nothing it holds had to leave since.
fn is_usable(path: &Path, log: &Log, subject: &Subject, gone: u64) -> Result<Option<Head>, Error> {
    let Ok(Some(file)) = SidecarFile::look(path) else { return Ok(None) };
    let Ok(checkpoint) = file.checkpoint() else { return Ok(None) };
    let fits = checkpoint.origin == subject.origin
        && checkpoint.redactions == gone
        && checkpoint.is_sealed()
        && is_of(log.reader()?.connection(), checkpoint.head)?;
    Ok(fits.then_some(checkpoint.head))
}

fn file_name(subject: &Subject, at: Head) -> String {
    let hash: String = at.hash.to_string().chars().take(8).collect();
    format!("{}-{hash}.{}@{}.db", at.position, subject.name, subject.origin.version)
}

/// A snapshot in the folder.
struct CachedSnapshot {
    path: PathBuf,
    position: u64,
    subject: String,
    bytes: u64,
    used: SystemTime,
}

fn kept(folder: &Path) -> Vec<CachedSnapshot> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let (position, rest) = name.split_once('-')?;
            let (_, rest) = rest.split_once('.')?;
            let (subject, _) = rest.split_once('@')?;
            let metadata = entry.metadata().ok()?;
            Some(CachedSnapshot {
                path: entry.path(),
                position: position.parse().ok()?,
                subject: subject.to_owned(),
                bytes: metadata.len(),
                used: metadata.modified().ok()?,
            })
        })
        .collect()
}

/// Deletes what is beyond the bounds, but not what was just made.
fn sweep(folder: &Path, made: &Path) {
    let mut kept = kept(folder);
    kept.sort_by_key(|kept| std::cmp::Reverse(kept.used));
    let (mut count, mut bytes) = (0, 0);
    for CachedSnapshot { path, bytes: own, .. } in &kept {
        count += 1;
        bytes += own;
        if (count > KEPT_MAX || bytes > BYTES_MAX) && path != made {
            // What cannot be deleted now goes the next time.
            let _kept = remove(path);
        }
    }
}

/// Its time of change says when it was asked for last.
fn touch(path: &Path) {
    let touched =
        fs::File::options().write(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
    let _stays_old = touched;
}

fn make_private(folder: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| io("create the folder", folder, source))
}

fn io(act: &'static str, path: &Path, source: std::io::Error) -> Error {
    retold_core::Error::Io { act, path: path.to_owned(), source }.into()
}
