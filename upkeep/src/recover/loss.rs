//! What a recovery could not save.

use retold_core::{Event, Position, Revision, StreamName};

pub(super) const RECOVER: &str = "recover the store";

/// What was not saved.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Loss {
    /// A position of the log.
    Event(Box<Lost>),
    /// A row of a table beside it.
    Row(LostRow),
}

/// A position that was not saved.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Lost {
    /// The position, or the first of several that no row tells anything of.
    pub position: Position,
    /// The last of them.
    pub last: Position,
    /// Why.
    pub why: &'static str,
    /// Its stream, where that is known.
    pub stream: Option<StreamName>,
    /// Its revision, where that is known.
    pub revision: Option<Revision>,
    /// What happened, as far as it can be read; nothing vouches for it.
    pub event: Option<Event>,
}

/// A row beside the log that was not saved.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LostRow {
    /// Its table.
    pub table: String,
    /// Its columns by name, as the store had them; `None` where it is only known that some may be missing.
    pub row: Option<serde_json::Value>,
    /// Why.
    pub why: &'static str,
}

impl LostRow {
    pub(super) fn new(table: &str, row: serde_json::Value, why: &'static str) -> Self {
        Self { table: table.to_owned(), row: Some(row), why }
    }

    pub(super) fn some_of(table: &str, why: &'static str) -> Self {
        Self { table: table.to_owned(), row: None, why }
    }
}

impl Lost {
    /// How many positions it stands for.
    pub(super) fn count(&self) -> u64 {
        self.last.get() - self.position.get() + 1
    }
}
