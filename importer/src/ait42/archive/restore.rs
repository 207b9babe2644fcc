//! The files of an archive, brought back.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy, sweep};
use retold_core::{OnProgress, Progress, Unit};
use serde::Serialize;

use super::manifest::{self, Entry, Manifest};
use super::{Summed, digest};
use crate::Error;

/// Files that were brought back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Restored {
    /// Those that were written.
    pub files: Vec<PathBuf>,
    /// How many were there already as they are in the archive.
    pub unchanged: u64,
    /// The bytes that were written.
    pub bytes: u64,
}

/// Brings the files of `archive` back into `folder`. All of them are unpacked beside their places and compared with their
/// sums before the first one takes its place. The archive stays. `progress` gets the bytes done.
/// whether to go on.
///
/// # Errors
/// [`Error::NotAnArchive`] for another file or a damaged one; [`Error::InTheWay`] where another file is in the place
/// of one; [`Error::Io`]; [`Error::Log`] where `progress` said to stop. Nothing was written then, but for a disk that fails
/// between two files.
pub fn restore(archive: &Path, folder: &Path, progress: &dyn OnProgress) -> Result<Restored, Error> {
    let mut reading = Reading::open(archive, archive)?;
    let total: u64 = reading.manifest.files.iter().map(|entry| entry.bytes).sum();
    let mut restored = Restored::default();
    let mut unpacked: Vec<(Partial, PathBuf)> = Vec::new();
    let mut swept = BTreeSet::new();
    let mut done = 0;
    reading.each(|entry, content| {
        let place = folder.join(&entry.name);
        let io = Error::io("restore", &place);
        if place.symlink_metadata().is_ok() {
            if !place.is_file() || digest(&place)? != entry.blake3 {
                return Err(Error::InTheWay { path: place });
            }
            restored.unchanged += 1;
            return io::copy(content, &mut io::sink()).map(drop).map_err(io);
        }
        let beside = place.parent().unwrap_or(folder);
        fs::create_dir_all(beside).map_err(&io)?;
        if swept.insert(beside.to_owned()) {
            // What cannot be swept is in nobody's way.
            let _left = sweep(beside);
        }
        let mut partial = Partial::file_for(&place, Privacy::Owner).map_err(&io)?;
        io::copy(content, partial.file()).map_err(&io)?;
        partial.make_ready().map_err(&io)?;
        unpacked.push((partial, place));
        done += entry.bytes;
        restored.bytes += entry.bytes;
        Ok(progress.advance("restore", Progress::new(Unit::Bytes, done, total))?)
    })?;
    for (partial, place) in unpacked {
        partial.settle().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::InTheWay { path: place.clone() },
            _ => Error::io("restore", &place)(error),
        })?;
        restored.files.push(place);
    }
    Ok(restored)
}

/// Bytes of a name of a file in an archive. Longer than any path that a system takes.
const NAME_BYTES_MAX: u64 = 64 * 1024;

type Unpacked = zstd::Decoder<'static, BufReader<File>>;

/// Returns the next file with its path in the archive; `None` at the end.
///
/// A path over 100 bytes comes in an entry of its own. The tar reader would take such an entry into memory whatever its length, and
/// what else it knows: here only what an archive of ours has is read.
fn next_file<'t>(
    entries: &mut tar::Entries<'t, Unpacked>,
) -> io::Result<Option<(PathBuf, tar::Entry<'t, Unpacked>)>> {
    let mut long: Option<PathBuf> = None;
    loop {
        let Some(entry) = entries.next().transpose()? else { return Ok(None) };
        let kind = entry.header().entry_type();
        if kind.is_file() {
            let path = match long.take() {
                Some(path) => path,
                None => entry.path()?.into_owned(),
            };
            return Ok(Some((path, entry)));
        }
        if !kind.is_gnu_longname() || entry.size() > NAME_BYTES_MAX {
            return Err(io::Error::other("an entry that no archive has"));
        }
        let mut name = String::new();
        entry.take(NAME_BYTES_MAX).read_to_string(&mut name)?;
        long = Some(PathBuf::from(name.trim_end_matches('\0')));
    }
}

/// An archive that is being read, its manifest first.
pub(super) struct Reading {
    pub(super) manifest: Manifest,
    tar: tar::Archive<Unpacked>,
    named: PathBuf,
}

pub(super) fn not_an_archive(path: &Path, found: impl Into<String>) -> Error {
    Error::NotAnArchive { path: path.to_owned(), found: found.into() }
}

/// What was found where an archive's bytes cannot be unpacked.
fn unreadable(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "a file that ends too early",
        _ => "bytes that no archive has, or damaged ones",
    }
}

impl Reading {
    /// Opens the archive at `path`, which errors call `named`.
    pub(super) fn open(path: &Path, named: &Path) -> Result<Self, Error> {
        let open = || -> Result<_, Error> {
            let file = File::open(path).map_err(Error::io("open the archive", named))?;
            Ok(tar::Archive::new(zstd::Decoder::new(file).map_err(Error::io("open the archive", named))?))
        };
        let foreign = |error: io::Error| not_an_archive(named, unreadable(&error));
        let mut text = Vec::new();
        {
            let mut tar = open()?;
            let mut entries = tar.entries().map_err(foreign)?.raw(true);
            let (path, first) = next_file(&mut entries)
                .map_err(foreign)?
                .ok_or_else(|| not_an_archive(named, "nothing in it"))?;
            if path != Path::new(manifest::NAME) || first.size() > manifest::BYTES_MAX {
                return Err(not_an_archive(named, "no manifest in its beginning"));
            }
            first.take(manifest::BYTES_MAX).read_to_end(&mut text).map_err(foreign)?;
        }
        let manifest = Manifest::read(&text).map_err(|found| not_an_archive(named, found))?;
        Ok(Self { manifest, tar: open()?, named: named.to_owned() })
    }

    /// Lends each file, in the order of the manifest, and compares it with its sum once it was read.
    pub(super) fn each(
        &mut self,
        mut take: impl FnMut(&Entry, &mut dyn Read) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let named = &self.named;
        let foreign = |error: io::Error| not_an_archive(named, unreadable(&error));
        let mut entries = self.tar.entries().map_err(foreign)?.raw(true);
        next_file(&mut entries).map_err(foreign)?;
        for wanted in &self.manifest.files {
            let missing = || not_an_archive(named, format!("no {} where it should be", wanted.name));
            let (path, entry) = next_file(&mut entries).map_err(foreign)?.ok_or_else(missing)?;
            if path != Path::new(&wanted.name) || entry.size() != wanted.bytes {
                return Err(missing());
            }
            let mut summed = Summed::new(entry);
            take(wanted, &mut summed)?;
            if summed.digest() != wanted.blake3 {
                return Err(not_an_archive(named, format!("{} with another sum than it had", wanted.name)));
            }
        }
        Ok(())
    }
}
