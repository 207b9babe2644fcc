//! A step of the schema, and why one could not be taken.

use sha2::{Digest, Sha256};

/// One step of the schema.
#[derive(Debug)]
#[non_exhaustive]
pub struct Migration {
    /// Its number, from 1.
    pub number: i32,
    /// What it brings, in a word.
    pub name: &'static str,
    /// How many of its statements run as whoever calls, and not as the owner of the schema: those that make roles and schemas.
    pub(super) as_caller: usize,
    /// Its statements, in order.
    pub up: &'static [&'static str],
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL refused.
    #[error("PostgreSQL refused")]
    Postgres(#[from] postgres::Error),
    /// A newer release has been here.
    #[error("the database has schema {found}; this release knows {known}")]
    Newer {
        /// The newest there.
        found: i32,
        /// The newest here.
        known: i32,
    },
    /// A step that is there is not the one that this release has.
    #[error("step {0} of the schema is not the one of this release")]
    Other(i32),
}

impl Migration {
    /// Returns the hash of all that it does.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for statement in self.up {
            hasher.update(statement.as_bytes());
            hasher.update([0]);
        }
        hasher.finalize().into()
    }

    pub(super) fn statements(&self) -> (&[&'static str], &[&'static str]) {
        self.up.split_at(self.as_caller)
    }
}
