//! An event in a list.

use retold_core::{Erasure, Reader, Recorded};

use crate::roster::Rosters;
use crate::{Failure, alarm, instance_index, summary};

/// An event, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its number in its stream.
    pub revision: u64,
    /// Its number in the log.
    pub position: u64,
    /// When it happened, in microseconds since 1970.
    pub occurred_at: i64,
    /// When the log got it, in microseconds since 1970.
    pub recorded_at: i64,
    /// What kind of event it is.
    pub kind: &'static str,
    /// What it says, in one line.
    pub said: String,
    /// Whether it tells of an error.
    pub is_error: bool,
}

impl EventRow {
    /// Returns the row of an event.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of(event: &Recorded, reader: &mut Reader<'_>, rosters: &mut Rosters) -> Result<Self, Failure> {
        let instance = match event.event.as_ref().and_then(instance_index) {
            Some(index) => rosters.name(reader, event, index)?,
            None => String::new(),
        };
        let said = event.event.as_ref().map(|event| summary(event, &instance));
        Ok(Self {
            revision: event.revision.get(),
            position: event.position.get(),
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            kind: event.kind.name(),
            said: said.unwrap_or_else(|| format!("({})", event.erasure.unwrap_or(Erasure::Redacted))),
            is_error: event.event.as_ref().is_some_and(alarm::is_error),
        })
    }
}
