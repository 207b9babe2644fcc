//! What was looked at, and what was found.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use retold_core::{Error, Position};

use super::needles::{Needles, Residue};
use super::{PLACES_MAX, TRACE};

const READ_BYTES: usize = 1024 * 1024;

/// Where residue was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The body of another event says it, or a text that it refers to: it can be redacted too.
    Event {
        /// The event.
        position: Position,
    },
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

/// What a search for what was removed looked at, and what it found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// Where it was found: the events, and of the others at most a hundred.
    pub places: Vec<Place>,
    /// How many places there are.
    pub found: u64,
    /// The texts that were looked for.
    pub texts: u64,
    /// Texts that were not: too short to say anything, or beyond a hundred thousand.
    pub texts_not_sought: u64,
    /// The tables whose every value was read.
    pub tables: Vec<String>,
    /// Their rows.
    pub rows: u64,
    /// Values that were packed, and were unpacked for it.
    pub unpacked: u64,
    /// Values that are packed and could not be unpacked: what they say is not known.
    pub not_unpacked: u64,
    /// The files whose every byte was read, with their sizes.
    pub files: Vec<(PathBuf, u64)>,
}

impl Evidence {
    pub(super) fn of(residue: &Residue) -> Self {
        Self {
            texts: residue.count,
            texts_not_sought: residue.too_short + residue.too_many,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, place: Place) {
        self.found += 1;
        let is_event = matches!(place, Place::Event { .. });
        if is_event || self.places.len() < PLACES_MAX {
            self.places.push(place);
        }
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }

    /// Whether bytes of a file hold what no value does.
    pub fn is_in_files(&self) -> bool {
        self.places.iter().any(|place| matches!(place, Place::File { .. }))
    }

    /// Returns the events that say it too.
    pub fn events(&self) -> impl Iterator<Item = Position> {
        self.places.iter().filter_map(|place| match place {
            Place::Event { position } => Some(*position),
            _ => None,
        })
    }
}

/// Reads a file for parts that no value of the store has.
pub(super) fn file(
    path: &Path,
    needles: &Needles,
    evidence: &mut Evidence,
    advance: &mut dyn FnMut(u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let io = |source| Error::Io { act: TRACE, path: path.to_owned(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
    };
    let overlap = needles.longest().saturating_sub(1);
    let mut buffer = Vec::with_capacity(READ_BYTES + overlap);
    let (mut begins, mut bytes) = (0_u64, 0_u64);
    loop {
        let kept = buffer.len();
        let got = Read::by_ref(&mut file).take(READ_BYTES as u64).read_to_end(&mut buffer).map_err(io)?;
        if got == 0 {
            evidence.files.push((path.to_owned(), bytes));
            return Ok(());
        }
        needles.find_dead(&buffer, &mut |from, to| {
            // What ends in what was kept was found before.
            if to > kept {
                evidence.add(Place::File { path: path.to_owned(), offset: begins + from as u64 });
            }
        });
        bytes += got as u64;
        advance(got as u64)?;
        let drop = buffer.len().saturating_sub(overlap);
        buffer.drain(..drop);
        begins += drop as u64;
    }
}
