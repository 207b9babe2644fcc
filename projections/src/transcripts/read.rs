//! What is asked of the projection `transcripts`.

use rusqlite::named_params;

use super::NAME;
use crate::error::sqlite;
use crate::{Error, Store};

/// A file that history came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TranscriptSource {
    /// The tool that wrote it.
    pub tool: String,
    /// Its number among those of its tool.
    pub number: u64,
    /// Its path below the home folder, or whole.
    pub name: String,
    /// How it is cut into records.
    pub form: String,
    /// `transcript`, or `beside` one.
    pub role: String,
    /// When the log got the first of it, in microseconds since 1970.
    pub found_at: i64,
    /// When the log got the last of it.
    pub kept_at: i64,
    /// How many bytes the log keeps of it.
    pub bytes: u64,
    /// How large the file was, in bytes.
    pub file_bytes: u64,
    /// How many records it holds.
    pub records: u64,
    /// What tells whether the file has changed since.
    pub stamp: Option<String>,
    /// The pieces that it is kept in, in order.
    pub pieces: Vec<SourcePiece>,
    /// What of it should be a record and is not: where it begins, how long it is, and the number of its kind
    /// ([`SpanKind`](retold_core::SpanKind)).
    pub skipped: Vec<(u64, u64, u8)>,
    /// What looked like a secret in it: by the rule that found it, how often, and how often of that it was masked.
    pub secrets: Vec<(String, u64, u64)>,
}

/// A piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourcePiece {
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// The event that keeps it.
    pub position: u64,
    /// How many records begin in it.
    pub records: u64,
    /// BLAKE3 of the file up to its end.
    pub through: [u8; 32],
}

impl TranscriptSource {
    /// Whether all of it is excluded: then it has no name of its own, and nothing of it is kept.
    pub fn is_excluded(&self) -> bool {
        let hash = self.name.strip_prefix("excluded/").filter(|hash| hash.len() == 64);
        hash.is_some_and(|hash| hash.bytes().all(|digit| digit.is_ascii_hexdigit()))
    }
}

fn number(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(i64::unsigned_abs)
}

impl Store {
    /// Returns the files that history came from, of one tool or of all, by tool and name, as the projection `transcripts` has them.
    /// Reads all of their pieces.
    ///
    /// # Errors
    /// [`Error::NoProjection`] where it was not filled yet.
    pub fn transcript_sources(&self, tool: Option<&str>) -> Result<Vec<TranscriptSource>, Error> {
        let connection = self.sql_for(NAME)?;
        if !connection.attached().iter().any(|name| name == NAME) {
            return Err(Error::NoProjection { name: NAME.to_owned() });
        }
        let read = || -> rusqlite::Result<Vec<TranscriptSource>> {
            let mut statement = connection.prepare(include_str!("../../sql/transcripts/sources.sql"))?;
            let mut pieces = connection.prepare(include_str!("../../sql/transcripts/pieces.sql"))?;
            let mut skipped = connection.prepare(include_str!("../../sql/transcripts/skipped.sql"))?;
            let mut secrets = connection.prepare(include_str!("../../sql/transcripts/secrets.sql"))?;
            let mut rows = statement.query(named_params! { ":tool": tool })?;
            let mut sources = Vec::new();
            while let Some(row) = rows.next()? {
                let key: (i64, i64) = (row.get(0)?, row.get(1)?);
                let piece = |row: &rusqlite::Row<'_>| {
                    Ok(SourcePiece {
                        offset: number(row, 0)?,
                        length: number(row, 1)?,
                        position: number(row, 2)?,
                        records: number(row, 3)?,
                        through: row.get(4)?,
                    })
                };
                sources.push(TranscriptSource {
                    number: number(row, 1)?,
                    tool: row.get(2)?,
                    name: row.get(3)?,
                    form: row.get(4)?,
                    role: row.get(5)?,
                    found_at: row.get(6)?,
                    kept_at: row.get(7)?,
                    bytes: number(row, 8)?,
                    file_bytes: number(row, 9)?,
                    stamp: row.get(10)?,
                    records: number(row, 11)?,
                    pieces: pieces.query_map(key, piece)?.collect::<Result<_, _>>()?,
                    skipped: skipped
                        .query_map(key, |row| Ok((number(row, 0)?, number(row, 1)?, row.get(2)?)))?
                        .collect::<Result<_, _>>()?,
                    secrets: secrets
                        .query_map(key, |row| Ok((row.get(0)?, number(row, 1)?, number(row, 2)?)))?
                        .collect::<Result<_, _>>()?,
                });
            }
            Ok(sources)
        };
        read().map_err(sqlite("read the files that history came from"))
    }
}
