//! The legacy files, moved into one archive once the log has all of them; and the way back.

mod manifest;
mod restore;
mod write;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use retold_core::{Digest, Head, Log, OnProgress, Progress, Unit};
use serde::Serialize;

use self::manifest::{Entry, Manifest};
use super::check::{Check, check, live};
use super::report::{Quarantined, Skipped};
use super::seen::Seen;
use super::sources::Sources;
use crate::Error;

pub use restore::{Restored, restore};

/// The mirror's own file, which tells it its files again when they are back.
const CHECKPOINT: &str = ".retold-mirror";

/// What became of the wish to archive.
#[derive(Debug)]
pub enum Archive {
    /// The files are in the archive, and gone from the folder; the log, or its quarantine, has all of them at this head.
    Done(Archived, Head),
    /// The log does not have all that the files have at this head: nothing was touched.
    Refused(Box<Check>, Head),
}

/// Files that were moved into an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Archived {
    /// The archive.
    pub archive: PathBuf,
    /// The files in it.
    pub files: Vec<PathBuf>,
    /// Their bytes.
    pub bytes: u64,
    /// The archive's.
    pub archive_bytes: u64,
    /// Pieces of the files that the store has in its quarantine and nowhere else. The archive has them too.
    pub quarantined: Vec<Quarantined>,
    /// What was not read, and stays where it is.
    pub skipped: Vec<Skipped>,
}

/// Moves the live session files of `folder` into an archive `to`, or into one named after `now` beside them.
///
/// The log must have every session of theirs as they have it ([`Check::is_kept`]). The archive is a tar, compressed with
/// zstd, whose first entry is a manifest with the BLAKE3 sum of every file. It is written, synced and read back, and each
/// file is looked at once more, before the first one is removed: a crash leaves every file in the folder, in the archive,
/// or in both. Copies that were set aside (`.json.archive`, `.json.migrated`) and what cannot be read stay where they are.
/// What killed processes left unfinished in the folder is removed.
///
/// # Errors
/// [`Error::InTheWay`] where `to` exists, [`Error::Changed`] where somebody writes a file meanwhile, [`Error::Io`] and
/// [`Error::Log`] for what is in the way or where `progress` said to stop. Every file is where it was then, unless it was
/// one of several that were being removed, which are in the archive.
pub fn archive(
    log: &Log,
    folder: &Path,
    to: Option<&Path>,
    now: Timestamp,
    progress: &dyn OnProgress,
) -> Result<Archive, Error> {
    let root = folder.canonicalize().map_err(Error::io("archive", folder))?;
    let sources = Sources::find(std::slice::from_ref(&root), &std::collections::BTreeMap::new())
        .map_err(|error| error.during("archive"))?;
    let total = sources.bytes() * 3;
    // What is compared with the log is what is archived: one that cannot be read is skipped by the check.
    let compared: HashMap<PathBuf, Digest> = live(&sources)
        .into_values()
        .filter_map(|source| Some((source.path.clone(), digest(&source.path).ok()?)))
        .collect();
    let of_all = |part: Progress| progress(Progress::new(Unit::Bytes, part.done, total));
    let (checked, head) = check(log, &sources, of_all)?;
    if !checked.is_kept() {
        return Ok(Archive::Refused(Box::new(checked), head));
    }
    let to = match to {
        Some(to) => to.to_owned(),
        None => root.join(format!("sessions-{}.tar.zst", now.strftime("%Y%m%dT%H%M%SZ"))),
    };
    // What cannot be swept is in nobody's way.
    let _left = [root.clone(), root.join("sessions")].map(|folder| retold_core::files::sweep(&folder));
    let entries = entries(&root, &sources, &checked.skipped)?;
    let has_changed = |entry: &&Entry| {
        let path = root.join(&entry.name);
        !is_checkpoint(&path) && compared.get(&path) != Some(&entry.blake3)
    };
    if let Some(entry) = entries.iter().find(has_changed) {
        return Err(Error::Changed { path: root.join(&entry.name) });
    }
    let manifest = Manifest::new(now, log, head.position.get(), entries);
    let checked_bytes = Progress::new(Unit::Bytes, sources.bytes(), total);
    let archive_bytes = write::write(&root, &to, &manifest, (progress, checked_bytes))?;
    let mut files = Vec::new();
    for entry in &manifest.files {
        let path = root.join(&entry.name);
        let seen = Seen::at(&path).map_err(Error::io("read", &path))?;
        if seen.is_none_or(|seen| seen.hash() != entry.blake3) {
            fs::remove_file(&to).map_err(Error::io("take back", &to))?;
            return Err(Error::Changed { path });
        }
        files.push((path, seen));
    }
    for (file, seen) in &files {
        // The last look: one that was written meanwhile stays, and those before it are in the archive.
        if !Seen::is_still(*seen, file).map_err(Error::io("read", file))? {
            return Err(Error::Changed { path: file.clone() });
        }
        fs::remove_file(file).map_err(Error::io("remove the archived file", file))?;
    }
    let files = files.into_iter().map(|(file, _)| file).collect();
    let bytes = manifest.files.iter().map(|entry| entry.bytes).sum();
    let Check { quarantined, skipped, .. } = checked;
    Ok(Archive::Done(Archived { archive: to, files, bytes, archive_bytes, quarantined, skipped }, head))
}

/// Lists what goes into the archive, by its path below `root`.
fn entries(root: &Path, sources: &Sources, skipped: &[Skipped]) -> Result<Vec<Entry>, Error> {
    let is_read = |path: &Path| !skipped.iter().any(|skipped| skipped.is_of(path));
    let sessions =
        live(sources).into_values().filter(|source| is_read(&source.path)).map(|source| source.path.clone());
    let checkpoints = [root.join(CHECKPOINT), root.join("sessions").join(CHECKPOINT)];
    let checkpoints = checkpoints.into_iter().filter(|path| path.is_file());
    let entry = |path: PathBuf| -> Result<Entry, Error> {
        let io = Error::io("archive", &path);
        let inside = path.strip_prefix(root).ok().and_then(Path::to_str);
        let name = inside
            .map(|name| name.replace(std::path::MAIN_SEPARATOR, "/"))
            .ok_or_else(|| io(std::io::Error::other("its path is no Unicode, or leads out of the folder")))?;
        let bytes = fs::metadata(&path).map_err(&io)?.len();
        Ok(Entry { name, bytes, blake3: digest(&path)? })
    };
    sessions.chain(checkpoints).map(entry).collect()
}

fn is_checkpoint(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == CHECKPOINT)
}

fn digest(path: &Path) -> Result<Digest, Error> {
    let io = Error::io("read", path);
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(&io)?).map_err(&io)?;
    Ok(Digest(*hasher.finalize().as_bytes()))
}

/// Passes bytes on, and keeps their sum.
struct Summed<R> {
    inner: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Summed<R> {
    fn new(inner: R) -> Self {
        Self { inner, hasher: blake3::Hasher::new() }
    }

    fn digest(&self) -> Digest {
        Digest(*self.hasher.finalize().as_bytes())
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}
