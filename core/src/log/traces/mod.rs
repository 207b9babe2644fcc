//! Proof that what was removed is gone: its bytes, looked for in all that belongs to a store.

mod contents;
mod needles;
mod searched;
mod values;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension;

use super::read::{PooledReader, Reader};
use super::redact::text_of_event;
use crate::{Error, Log, Position};
pub use needles::Traces;
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

impl Log {
    /// Takes note of what the bodies at these positions look like in the file, for [`traces`](Self::traces) once they are
    /// gone: their salts, which stand nowhere else, and parts of their packed bytes.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn trace(&self, positions: &BTreeSet<Position>) -> Result<Traces, Error> {
        let mut reader = self.reader()?;
        let PooledReader { connection, decoder } = reader.pooled_mut();
        let act = Error::sqlite(TRACE);
        let mut traces = Traces::default();
        for position in positions {
            let mut statement =
                connection.prepare_cached(include_str!("../../../sql/redactable.sql")).map_err(&act)?;
            let mut rows = statement.query([position]).map_err(&act)?;
            let Some(row) = rows.next().map_err(&act)? else { continue };
            // One that is gone already has no body either.
            let Some(salt) = row.get::<_, Option<Vec<u8>>>(3).map_err(&act)? else { continue };
            traces.raw.insert(salt);
            traces.raw.extend(windows(&row.get::<_, Vec<u8>>(4).map_err(&act)?));
            let Some(hash) = text_of_event(connection, &mut decoder.unpacker, row)? else { continue };
            let blob: Option<Vec<u8>> = connection
                .prepare_cached(include_str!("../../../sql/blob.sql"))
                .and_then(|mut statement| statement.query_row([hash], |row| row.get(2)).optional())
                .map_err(&act)?;
            traces.blobs.extend(blob.map(|blob| (hash, blob)));
        }
        Ok(traces)
    }

    /// Looks for traces in every value of every table, unpacked, and in the bytes of all files that belong to the store, and
    /// says what it looked at. `progress` gets the bytes read so far, and says whether to go on.
    ///
    /// What a value of the store says is no remains of what was removed, and its bytes are not looked for in the files: a
    /// text that another event says too, the packed bytes of its twin. O(store); some 600 bytes of memory for each text.
    ///
    /// # Errors
    /// [`Error::Stopped`] where `progress` said so; otherwise where a file or the store cannot be read.
    pub fn traces(&self, traces: &Traces, mut progress: impl FnMut(u64) -> bool) -> Result<Evidence, Error> {
        let mut reader = self.reader()?;
        reader.begin()?;
        let mut parts = traces.parts();
        for (hash, packed) in &traces.blobs {
            if !reader.has_text(hash)? {
                parts.extend(windows(packed).map(Part::raw));
            }
        }
        let mut needles = Needles::new(parts);
        let mut evidence = Evidence::of(traces);
        let mut read = 0;
        let PooledReader { connection, decoder } = reader.pooled_mut();
        values::search(connection, &mut decoder.unpacker, &mut needles, &mut evidence, &mut |bytes| {
            read += bytes;
            if progress(read) { Ok(()) } else { Err(Error::Stopped { act: TRACE }) }
        })?;
        drop(reader);
        for path in files(self.path()) {
            searched::file(&path, &needles, &mut evidence, &mut |bytes| {
                read += bytes;
                if progress(read) { Ok(()) } else { Err(Error::Stopped { act: TRACE }) }
            })?;
        }
        Ok(evidence)
    }

    /// Returns the dictionaries of the store's own that have learned from what was removed.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn dictionaries_with(&self, traces: &Traces) -> Result<Vec<u32>, Error> {
        const LEARNED: usize = 8;
        let reader = self.reader()?;
        let act = Error::sqlite(TRACE);
        let mut statement =
            reader.connection().prepare(include_str!("../../../sql/own_dictionaries.sql")).map_err(&act)?;
        let rows = statement
            .query_map([crate::pack::FIRST_DICTIONARY], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
            .map_err(&act)?;
        let mut found = Vec::new();
        for row in rows {
            let (number, bytes) = row.map_err(&act)?;
            if traces.left_in(&bytes, LEARNED) {
                found.push(number);
            }
        }
        Ok(found)
    }
}

impl Reader<'_> {
    fn has_text(&self, hash: &[u8; 32]) -> Result<bool, Error> {
        Ok(self.one(include_str!("../../../sql/has_blob.sql"), [hash], |_| Ok(()))?.is_some())
    }
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
    let mut folders = vec![crate::sidecar_folder(store)];
    let beside = store.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for left in crate::files::left_over(beside).into_iter().flatten() {
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
