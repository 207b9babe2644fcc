//! Proof that what was removed is gone: its bytes, looked for in all that belongs to a store.

mod contents;
mod needles;
mod searched;
mod values;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use retold_core::files::left_over;
use retold_core::raw::{FIRST_DICTIONARY, StoredBody};
use retold_core::{Error, Log, OnProgress, Position, Progress, Unit, sidecar_folder};

pub use contents::add_contents;
pub use needles::Residue;
use needles::{Needles, Part};
pub use searched::{Evidence, Place};

/// How much of packed bytes is one thing to look for, and how far apart such parts are: a page of the file holds several.
const WINDOW: usize = 24;
const STRIDE: usize = 512;
/// Places that are told one by one.
const PLACES_MAX: usize = 100;

const TRACE: &str = "look for what was removed";

/// Parts of packed bytes. The frame's header is the same for many.
fn windows(packed: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (8..packed.len()).step_by(STRIDE).filter_map(|at| packed.get(at..at + WINDOW).map(<[u8]>::to_owned))
}

impl Residue {
    /// Takes note of what the bodies at these positions look like in the file, for [`find_residue`] once they are gone: their
    /// salts, of which there is no copy, and parts of their packed bytes.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of(log: &Log, positions: &BTreeSet<Position>) -> Result<Self, Error> {
        let mut reader = log.reader()?;
        let mut residue = Self::default();
        for position in positions {
            let (connection, decoder) = reader.raw();
            let Some(found) = StoredBody::read(connection, decoder.unpacker(), *position)? else { continue };
            let text = found.text();
            // One that is gone already has no body either.
            let Some(bytes) = found.bytes else { continue };
            residue.raw.insert(bytes.salt.to_vec());
            residue.raw.extend(windows(&bytes.packed));
            let Some(hash) = text else { continue };
            residue.blobs.extend(reader.packed_text(&hash)?.map(|packed| (hash, packed)));
        }
        Ok(residue)
    }
}

/// Looks for what is left of what was removed in every value of every table, unpacked, and in the bytes of all files that belong to the store, and
/// says what it looked at. `progress` gets the bytes read so far, of about twice those of the file: its values are read, and then its bytes.
///
/// What a value of the store says is no remains of what was removed, and its bytes are not looked for in the files: a
/// text that another event says too, the packed bytes of its twin. O(store); some 600 bytes of memory for each text.
///
/// # Errors
/// [`Error::Stopped`] where `progress` said so; otherwise where a file or the store cannot be read.
pub fn find_residue(log: &Log, residue: &Residue, progress: impl OnProgress) -> Result<Evidence, Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let mut parts = residue.parts();
    for (hash, packed) in &residue.blobs {
        if !reader.has_text(hash)? {
            parts.extend(windows(packed).map(Part::raw));
        }
    }
    let mut needles = Needles::new(parts);
    let mut evidence = Evidence::of(residue);
    // Its values, and then its bytes.
    let total = 2 * std::fs::metadata(log.path()).map_or(0, |metadata| metadata.len());
    let mut read = 0;
    let mut advance = |bytes| {
        read += bytes;
        progress.advance(TRACE, Progress::new(Unit::Bytes, read, total))
    };
    let (connection, decoder) = reader.raw();
    values::search(connection, decoder.unpacker(), &mut needles, &mut evidence, &mut advance)?;
    drop(reader);
    for path in files(log.path()) {
        searched::file(&path, &needles, &mut evidence, &mut advance)?;
    }
    Ok(evidence)
}

/// Returns the dictionaries of the store's own that have learned from what was removed.
///
/// # Errors
/// Where the store cannot be read.
pub fn dictionaries_with(log: &Log, residue: &Residue) -> Result<Vec<u32>, Error> {
    const LEARNED: usize = 8;
    let reader = log.reader()?;
    let act = Error::sqlite(TRACE);
    let mut statement =
        reader.connection().prepare(include_str!("../../sql/own_dictionaries.sql")).map_err(&act)?;
    let rows = statement
        .query_map([FIRST_DICTIONARY], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
        .map_err(&act)?;
    let mut found = Vec::new();
    for row in rows {
        let (number, bytes) = row.map_err(&act)?;
        if residue.left_in(&bytes, LEARNED) {
            found.push(number);
        }
    }
    Ok(found)
}

/// The store's own files, all in its folder of sidecars, and what killed processes left beside it. The shared memory of the
/// WAL is left aside: it holds numbers of pages and no content.
fn files(store: &Path) -> Vec<PathBuf> {
    let beside = |ending: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let mut files = vec![store.to_owned(), beside("-wal"), beside("-journal")];
    let mut folders = vec![sidecar_folder(store)];
    let beside = store.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for left in left_over(beside).into_iter().flatten() {
        if left.path.is_dir() { folders.push(left.path) } else { files.push(left.path) }
    }
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries.flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_shared_memory = entry.file_name().to_string_lossy().ends_with("-shm");
            match is_folder {
                true => folders.push(entry.path()),
                false if is_shared_memory => {}
                false => files.push(entry.path()),
            }
        }
    }
    files
}
