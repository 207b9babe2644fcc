//! An archive, written whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use retold_core::files::{Partial, Privacy};
use retold_core::{OnProgress, Progress};

use super::Summed;
use super::manifest::{self, Entry, Manifest};
use super::restore::{Reading, not_an_archive};
use crate::Error;

/// Levels above take far longer for a few hundredths.
const LEVEL: i32 = 9;

/// Writes the files of `manifest` from `root` into an archive at `to`, reads it back, syncs it, and returns its size.
pub(super) fn write(
    root: &Path,
    to: &Path,
    manifest: &Manifest,
    progress: (&dyn OnProgress, Progress),
) -> Result<u64, Error> {
    let advance = |bytes| {
        let (progress, before) = progress;
        progress.advance("archive", Progress::new(before.unit, before.done + bytes, before.total))
    };
    let io = Error::io("write the archive", to);
    if to.symlink_metadata().is_ok() {
        return Err(Error::InTheWay { path: to.to_owned() });
    }
    let mut partial = Partial::file_for(to, Privacy::Owner).map_err(&io)?;
    let mut done = 0;
    {
        let packed = zstd::Encoder::new(BufWriter::new(partial.file()), LEVEL).map_err(&io)?;
        let mut tar = tar::Builder::new(packed);
        let text = serde_json::to_vec_pretty(manifest).map_err(|error| io(error.into()))?;
        let modified = manifest.created_at.as_second().max(0).unsigned_abs();
        append(&mut tar, manifest::NAME, text.len() as u64, modified, &mut text.as_slice()).map_err(&io)?;
        for entry in &manifest.files {
            file(&mut tar, root, entry)?;
            done += entry.bytes;
            advance(done)?;
        }
        tar.into_inner().and_then(zstd::Encoder::finish).and_then(|mut out| out.flush()).map_err(&io)?;
    }
    read_back(partial.path(), manifest, to, &|bytes| advance(done + bytes))?;
    partial.settle().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::InTheWay { path: to.to_owned() },
        _ => io(error),
    })
}

fn file<W: Write>(tar: &mut tar::Builder<W>, root: &Path, entry: &Entry) -> Result<(), Error> {
    let path = root.join(&entry.name);
    let io = Error::io("archive", &path);
    let file = File::open(&path).map_err(&io)?;
    let about = file.metadata().map_err(&io)?;
    let modified = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |since| since.as_secs());
    let mut summed = Summed::new(file.take(entry.bytes));
    append(tar, &entry.name, entry.bytes, modified, &mut summed).map_err(&io)?;
    if about.len() != entry.bytes || summed.digest() != entry.blake3 {
        return Err(Error::Changed { path });
    }
    Ok(())
}

fn append<W: Write>(
    tar: &mut tar::Builder<W>,
    name: &str,
    bytes: u64,
    modified: u64,
    content: &mut dyn Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(modified);
    tar.append_data(&mut header, name, content)
}

/// Reads the archive as a restoration would: only what comes out again may leave the folder.
fn read_back(
    path: &Path,
    manifest: &Manifest,
    named: &Path,
    advance: &dyn Fn(u64) -> Result<(), retold_core::Error>,
) -> Result<(), Error> {
    let mut reading = Reading::open(path, named)?;
    let mut done = 0;
    if reading.manifest.files != manifest.files {
        return Err(not_an_archive(named, "another manifest than was written"));
    }
    reading.each(|entry, content| {
        io::copy(content, &mut io::sink()).map_err(Error::io("read back", named))?;
        done += entry.bytes;
        Ok(advance(done)?)
    })
}
