//! A copy of a database as it was at one moment.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How much of the beginning of each file is compared before and after copying: SQLite's headers, which change with each checkpoint
/// and each transaction.
const HEADER: usize = 100;

/// Copies a database and what belongs to it. Returns whether it stayed the same meanwhile. Frames that are appended to a
/// write-ahead log do not count: a copy that lacks them is the database of a moment ago.
pub(super) fn copy_unchanged(path: &Path, copy: &Path) -> io::Result<bool> {
    let mut before = Vec::new();
    for end in ["", "-wal", "-journal"] {
        before.push(state(&beside(path, end))?);
        if end.is_empty() && before[0].is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
    }
    for (end, state) in ["", "-wal", "-journal"].into_iter().zip(&before) {
        if state.is_none() {
            continue;
        }
        match File::open(beside(path, end)) {
            // Not by name: the copy is to be written to, whatever the tool's file allows.
            Ok(mut file) => io::copy(&mut file, &mut File::create(beside(copy, end))?)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
    }
    for (end, before) in ["", "-wal", "-journal"].into_iter().zip(before) {
        let now = state(&beside(path, end))?;
        let is_same = match (before, now) {
            (Some(before), Some(now)) if end == "-wal" => {
                before.header.get(..32) == now.header.get(..32) && before.length <= now.length
            }
            (before, now) => before == now,
        };
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What shows that a file changed.
#[derive(PartialEq, Eq)]
struct FileState {
    length: u64,
    changed: Option<SystemTime>,
    header: Vec<u8>,
}

fn state(path: &Path) -> io::Result<Option<FileState>> {
    // Looked at before it is opened: opening a pipe waits for a writer.
    let file = match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Err(io::Error::other("it is no file")),
        Ok(_) => File::open(path),
        Err(error) => Err(error),
    };
    let mut file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata: Metadata = file.metadata()?;
    let mut header = Vec::new();
    Read::by_ref(&mut file).take(HEADER as u64).read_to_end(&mut header)?;
    Ok(Some(FileState { length: metadata.len(), changed: metadata.modified().ok(), header }))
}

pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
