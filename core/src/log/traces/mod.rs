//! Proof that what was removed is gone: its bytes, looked for in all that belongs to a store.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use super::prepare::TEXT_BYTES_MAX;
use super::read::{PooledReader, Reader};
use super::redact::text_of_event;
use crate::pack::{Unpacker, ZSTD};
use crate::{Error, Log, Position};

/// A shorter string stands anywhere, and says nothing.
const BYTES_MIN: usize = 6;
/// How much of packed bytes is one thing to look for, and how far apart such parts are: a page of the file holds several.
const WINDOW: usize = 24;
const STRIDE: usize = 512;
const READ_BYTES: usize = 1024 * 1024;
/// Places that are told.
const PLACES_MAX: usize = 100;

const TRACE: &str = "look for what was removed";

/// Bytes by which a removed content would be known again.
#[derive(Debug, Default)]
pub struct Traces {
    /// Strings, looked for in the files and in every value of every table, unpacked.
    texts: BTreeSet<Vec<u8>>,
    /// Bytes as they stood in the file.
    raw: BTreeSet<Vec<u8>>,
    /// The same of texts outside of events, by their hash: they stay where another event refers to them.
    blobs: BTreeMap<[u8; 32], Vec<u8>>,
}

/// Where a trace was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A value that the store still holds, by table and row.
    Value {
        /// The table.
        table: String,
        /// The number of the row, where it has one.
        row: Option<i64>,
    },
    /// Bytes of a file that belong to no value: what a row left behind.
    File {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        offset: u64,
    },
}

impl Traces {
    /// Adds a string that was removed. One of less than six bytes is not looked for.
    pub fn add(&mut self, text: &str) {
        if text.len() >= BYTES_MIN {
            self.texts.insert(text.as_bytes().to_owned());
            // In JSON, and in what keeps JSON, it may stand with escapes.
            let escaped = serde_json::Value::from(text).to_string();
            self.texts.insert(escaped.as_bytes()[1..escaped.len() - 1].to_owned());
        }
    }

    /// Returns whether some string of at least `window` bytes of what was removed stands in `bytes`.
    fn left_in(&self, bytes: &[u8], window: usize) -> bool {
        self.texts.iter().any(|text| {
            let window = window.min(text.len());
            text.windows(window).any(|part| memchr::memmem::find(bytes, part).is_some())
        })
    }

    fn searcher(needles: &BTreeSet<Vec<u8>>) -> Option<AhoCorasick> {
        if needles.is_empty() {
            return None;
        }
        AhoCorasick::builder().kind(Some(aho_corasick::AhoCorasickKind::ContiguousNFA)).build(needles).ok()
    }
}

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
                connection.prepare_cached(include_str!("../../sql/redactable.sql")).map_err(&act)?;
            let mut rows = statement.query([position]).map_err(&act)?;
            let Some(row) = rows.next().map_err(&act)? else { continue };
            // One that is gone already has no body either.
            let Some(salt) = row.get::<_, Option<Vec<u8>>>(3).map_err(&act)? else { continue };
            traces.raw.insert(salt);
            traces.raw.extend(windows(&row.get::<_, Vec<u8>>(4).map_err(&act)?));
            let Some(hash) = text_of_event(connection, &mut decoder.unpacker, row)? else { continue };
            let blob: Option<Vec<u8>> = connection
                .prepare_cached(include_str!("../../sql/blob.sql"))
                .and_then(|mut statement| statement.query_row([hash], |row| row.get(2)).optional())
                .map_err(&act)?;
            traces.blobs.extend(blob.map(|blob| (hash, blob)));
        }
        Ok(traces)
    }

    /// Looks for traces in the bytes of all files that belong to the store, and in every value of every table, unpacked.
    /// Returns the places, a hundred at the most. `progress` gets the bytes read so far of the files, and says whether to
    /// go on.
    ///
    /// A text outside of events that another event refers to is still a value of the store, and its packed bytes are
    /// none of its traces any more.
    ///
    /// # Errors
    /// [`Error::Stopped`] where `progress` said so; otherwise where a file or the store cannot be read.
    pub fn traces(
        &self,
        traces: &Traces,
        mut progress: impl FnMut(u64) -> bool,
    ) -> Result<Vec<Place>, Error> {
        let mut places = Vec::new();
        let mut reader = self.reader()?;
        reader.begin()?;
        let PooledReader { connection, decoder } = reader.pooled_mut();
        if let Some(searcher) = Traces::searcher(&traces.texts) {
            values(connection, &mut decoder.unpacker, &searcher, &mut places, &mut progress)?;
        }
        let mut sought = traces.raw.clone();
        for (hash, packed) in &traces.blobs {
            if !reader.has_text(hash)? {
                sought.extend(windows(packed));
            }
        }
        if places.is_empty() {
            // Otherwise the file holds them, where their values are.
            sought.extend(traces.texts.iter().cloned());
        }
        drop(reader);
        if let Some(searcher) = Traces::searcher(&sought) {
            let mut read = 0;
            for path in files(self.path()) {
                file(&path, &searcher, &mut places, &mut read, &mut progress)?;
            }
        }
        Ok(places)
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
            reader.connection().prepare(include_str!("../../sql/own_dictionaries.sql")).map_err(&act)?;
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
        Ok(self.one(include_str!("../../sql/has_blob.sql"), [hash], |_| Ok(()))?.is_some())
    }
}

/// The store's own files, and all in its folder of sidecars.
fn files(store: &Path) -> Vec<PathBuf> {
    let beside = |ending: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let mut files = vec![store.to_owned(), beside("-wal"), beside("-journal"), beside("-shm")];
    let mut folders = vec![crate::sidecar_folder(store)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries.flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files
}

fn file(
    path: &Path,
    searcher: &AhoCorasick,
    places: &mut Vec<Place>,
    read: &mut u64,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<(), Error> {
    let io = |source| Error::Io { act: "read", path: path.to_owned(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
    };
    let overlap = searcher.max_pattern_len().saturating_sub(1);
    let mut buffer = Vec::with_capacity(READ_BYTES + overlap);
    let mut begins = 0_u64;
    loop {
        let kept = buffer.len();
        let got = Read::by_ref(&mut file).take(READ_BYTES as u64).read_to_end(&mut buffer).map_err(io)?;
        if got == 0 {
            return Ok(());
        }
        for found in searcher.find_iter(&buffer) {
            // What ends in what was kept was found before.
            if found.end() > kept && places.len() < PLACES_MAX {
                places.push(Place::File { path: path.to_owned(), offset: begins + found.start() as u64 });
            }
        }
        *read += got as u64;
        if !progress(*read) {
            return Err(Error::Stopped { act: TRACE });
        }
        let drop = buffer.len().saturating_sub(overlap);
        buffer.drain(..drop);
        begins += drop as u64;
    }
}

/// Looks at every value of every table, packed ones unpacked, whatever the tables are.
fn values(
    connection: &Connection,
    unpacker: &mut Unpacker,
    searcher: &AhoCorasick,
    places: &mut Vec<Place>,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<(), Error> {
    let act = Error::sqlite(TRACE);
    let mut statement = connection.prepare(include_str!("../../sql/tables.sql")).map_err(&act)?;
    let tables: Vec<(String, bool)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .map_err(&act)?;
    let codecs = codecs(connection, unpacker).map_err(&act)?;
    let mut buffer = Vec::new();
    for (table, has_rowid) in tables {
        // The name is one of the schema's own, quoted as SQL has it.
        let quoted = format!("\"{}\"", table.replace('"', "\"\""));
        let columns = if has_rowid { "rowid, *" } else { "null, *" };
        let mut statement = connection.prepare(&format!("select {columns} from {quoted}")).map_err(&act)?;
        let count = statement.column_count();
        let mut rows = statement.query([]).map_err(&act)?;
        let mut seen = 0_u64;
        while let Some(row) = rows.next().map_err(&act)? {
            seen += 1;
            if seen.is_multiple_of(4096) && !progress(0) {
                return Err(Error::Stopped { act: TRACE });
            }
            for column in 1..count {
                let holds = match row.get_ref(column).map_err(&act)? {
                    ValueRef::Text(text) => searcher.is_match(text),
                    ValueRef::Blob(bytes) => {
                        searcher.is_match(bytes) || holds(unpacker, &codecs, searcher, bytes, &mut buffer)
                    }
                    _ => false,
                };
                if holds && places.len() < PLACES_MAX {
                    let row = row.get(0).map_err(&act)?;
                    places.push(Place::Value { table: table.clone(), row });
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Every codec that something may be packed with.
fn codecs(connection: &Connection, unpacker: &mut Unpacker) -> rusqlite::Result<Vec<u32>> {
    let mut statement = connection.prepare(include_str!("../../sql/own_dictionaries.sql"))?;
    let rows = statement.query_map([0], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let mut codecs = vec![ZSTD];
    // One that cannot be used unpacks nothing.
    let _unused = unpacker.learn(ZSTD, &[]);
    for row in rows {
        let (number, bytes) = row?;
        if unpacker.learn(number, &bytes).is_ok() {
            codecs.push(number);
        }
    }
    Ok(codecs)
}

fn holds(
    unpacker: &mut Unpacker,
    codecs: &[u32],
    searcher: &AhoCorasick,
    bytes: &[u8],
    buffer: &mut Vec<u8>,
) -> bool {
    const FRAME: &[u8] = b"\x28\xb5\x2f\xfd";
    bytes.starts_with(FRAME)
        && codecs.iter().any(|codec| {
            unpacker.unpack(*codec, bytes, TEXT_BYTES_MAX, buffer).is_ok_and(|plain| searcher.is_match(plain))
        })
}
