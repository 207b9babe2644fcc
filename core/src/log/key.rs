//! Idempotency keys: a write that comes again with the same key is made once.

use rand::RngExt;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use crate::{Error, Position, StreamId, StreamName};

/// The key that a write was made for, with what the write is. A key stands for one write: used for another it is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    pub(super) text: String,
    /// What the write is called, in words: `add chat message`.
    pub(super) command: String,
    /// BLAKE3 of what makes the write this one.
    pub(super) digest: [u8; 32],
}

impl IdempotencyKey {
    /// Binds a key to a write: to its command, in words, and to all that makes it the write it is.
    ///
    /// # Errors
    /// [`Error::BlankKey`] for a key of nothing or of white space; [`Error::Malformed`] for a text that is not all there.
    pub fn of(
        text: impl Into<String>,
        command: impl Into<String>,
        write: &impl Serialize,
    ) -> Result<Self, Error> {
        let (text, command) = (not_blank(text.into())?, command.into());
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(command.as_bytes());
        hasher.update(&[0]);
        serde_json::to_writer(&mut hasher, write)
            .map_err(|_| Error::Malformed { reason: "a text of the write was not loaded" })?;
        Ok(Self { text, command, digest: *hasher.finalize().as_bytes() })
    }
}

/// What the digests of keys are derived with: no other hash of the store is one of them.
const CONTEXT: &str = "retold 2026-11 the write of an idempotency key";

/// What a commit without a command of its own is called.
const APPEND: &str = "append";

/// Refuses a key of nothing.
fn not_blank(text: String) -> Result<String, Error> {
    if text.trim().is_empty() { Err(Error::BlankKey) } else { Ok(text) }
}

/// The digest of a plain commit, taken as its events are encoded: its streams, and what happened in them.
pub(super) struct CommitDigest(blake3::Hasher);

impl CommitDigest {
    pub(super) fn new() -> Self {
        Self(blake3::Hasher::new_derive_key(CONTEXT))
    }

    /// Takes in a field, with its length, so that no two sequences of fields are the same bytes.
    pub(super) fn add(&mut self, field: &[u8]) {
        self.0.update(&(field.len() as u64).to_le_bytes());
        self.0.update(field);
    }

    pub(super) fn key(self, text: String) -> Result<IdempotencyKey, Error> {
        let text = not_blank(text)?;
        Ok(IdempotencyKey { text, command: APPEND.to_owned(), digest: *self.0.finalize().as_bytes() })
    }
}

/// What a key was used for before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The position of the commit's first event; zero for a write that changed nothing.
    pub first: Position,
    /// The position of its last event; the end of the log at the time for a write that changed nothing.
    pub last: Position,
    /// The session that it was about, where there was one.
    pub stream: Option<StreamId>,
    /// What the write was called, in words; none where an older release made it.
    command: Option<String>,
    /// Salt and hash; none where an older release made it, or where what it was a digest of was redacted.
    digest: Option<[u8; SALT + 32]>,
}

const SALT: usize = 16;
const READ: &str = APPEND;

/// The digest as it is kept: salted, so that two keys do not say that their writes were the same.
fn salted(salt: [u8; SALT], digest: &[u8; 32]) -> [u8; SALT + 32] {
    let mut kept = [0; SALT + 32];
    kept[..SALT].copy_from_slice(&salt);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&salt).update(digest);
    kept[SALT..].copy_from_slice(hasher.finalize().as_bytes());
    kept
}

impl KeyUse {
    /// Returns what a key was used for; `None` where it was not.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the key's row names no commit of the log.
    pub(super) fn find(connection: &Connection, key: &str) -> Result<Option<Self>, Error> {
        let act = Error::sqlite(READ);
        let mut statement =
            connection.prepare_cached(include_str!("../../sql/commit_by_key.sql")).map_err(&act)?;
        let found = statement
            .query_row([key], |row| {
                let found = Self {
                    first: row.get(0)?,
                    last: row.get(1)?,
                    stream: row.get(2)?,
                    command: row.get(3)?,
                    digest: row.get(4)?,
                };
                Ok((found, row.get::<_, bool>(5)?))
            })
            .optional()
            .map_err(&act)?;
        match found {
            Some((found, true)) => Ok(Some(found)),
            Some((Self { first, last, .. }, false)) => Err(Error::Damaged {
                act: READ,
                found: format!("the key {key:?} names a commit at {first} to {last}, which is not there"),
            }),
            None => Ok(None),
        }
    }

    /// Returns whether the key was used for this very write, as far as that is known.
    pub(super) fn is_for(&self, key: &IdempotencyKey) -> bool {
        let Some(digest) = self.digest else { return true };
        let mut salt = [0; SALT];
        salt.copy_from_slice(&digest[..SALT]);
        salted(salt, &key.digest) == digest
    }

    /// The error of whoever uses the key for another write.
    pub(super) fn reused(self, connection: &Connection, key: &str) -> Result<Error, Error> {
        let name = |stream: StreamId| {
            connection
                .prepare_cached(include_str!("../../sql/stream_name.sql"))
                .and_then(|mut statement| {
                    statement
                        .query_row([stream], |row| {
                            Ok(StreamName {
                                workspace: row.get(0)?,
                                session_id: row.get(1)?,
                                ordinal: row.get(2)?,
                            })
                        })
                        .optional()
                })
                .map_err(Error::sqlite(READ))
        };
        let stream = self.stream.map(name).transpose()?.flatten();
        let command = self.command.unwrap_or_else(|| APPEND.to_owned());
        Ok(Error::KeyReused { key: key.to_owned(), command, stream })
    }
}

/// Keeps a key with what it was used for.
pub(super) fn keep(
    connection: &Connection,
    key: &IdempotencyKey,
    (first, last): (Position, Position),
    stream: Option<StreamId>,
) -> rusqlite::Result<()> {
    let digest = salted(rand::rng().random(), &key.digest);
    connection
        .prepare_cached(include_str!("../../sql/insert_commit_key.sql"))?
        .execute(params![key.text, first, last, stream, key.command, digest])
        .map(drop)
}
