//! Events as rows.

use std::collections::HashMap;

use retold_core::{Erasure, Reader, Recorded, StreamId, StreamName};

use crate::failure::Failure;
use crate::output::Value;
use crate::roster::Rosters;
use crate::session;
use crate::summary::{instance_index, summary};

/// Names of streams, each read once.
#[derive(Default)]
pub(super) struct Names(HashMap<StreamId, StreamName>);

impl Names {
    pub(super) fn of(&mut self, reader: &Reader<'_>, stream: StreamId) -> Result<&StreamName, Failure> {
        use std::collections::hash_map::Entry;
        Ok(match self.0.entry(stream) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(reader.name(stream)?),
        })
    }
}

const SHORT: [&str; 5] = ["position", "occurred_at", "session", "event", "summary"];
/// Of one session the revision tells more than its name, in the form that `--at` takes.
const SHORT_OF_ONE: [&str; 5] = ["position", "occurred_at", "revision", "event", "summary"];

const FULL: [&str; 10] = [
    "position",
    "stream",
    "revision",
    "type",
    "recorded_at",
    "occurred_at",
    "commit_first",
    "hash",
    "meta",
    "body",
];

/// The column of `--verbose`, after when the event happened.
const RECORDED: (usize, &str) = (2, "recorded_at");

pub(super) fn columns(is_table: bool, of_one: bool, verbose: bool) -> Vec<&'static str> {
    let mut columns = match (is_table, of_one) {
        (true, false) => SHORT.to_vec(),
        (true, true) => SHORT_OF_ONE.to_vec(),
        (false, _) => FULL.to_vec(),
    };
    if is_table && verbose {
        columns.insert(RECORDED.0, RECORDED.1);
    }
    columns
}

pub(super) fn short(
    event: &Recorded,
    said: String,
    name: &StreamName,
    of_one: bool,
    verbose: bool,
) -> Vec<Value> {
    let mut row = vec![
        event.position.into(),
        Value::Instant(event.occurred_at),
        if of_one { format!("r{}", event.revision) } else { session::short(name) }.into(),
        event.kind.name().into(),
        said.into(),
    ];
    if verbose {
        row.insert(RECORDED.0, Value::Instant(event.recorded_at));
    }
    row
}

/// Returns what an event says, in one line.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn said(
    rosters: &mut Rosters,
    reader: &mut Reader<'_>,
    event: &Recorded,
) -> Result<String, Failure> {
    let Some(said) = &event.event else {
        return Ok(format!("({})", event.erasure.unwrap_or(Erasure::Redacted)));
    };
    let instance = match instance_index(said) {
        Some(index) => rosters.name(reader, event, index)?,
        None => String::new(),
    };
    Ok(summary(said, &instance))
}

pub(super) fn full(event: Recorded, name: &StreamName) -> Vec<Value> {
    let StreamName { workspace, session_id, ordinal } = name;
    vec![
        event.position.into(),
        Value::json(&Stream { workspace, session_id, ordinal: *ordinal }),
        event.revision.into(),
        event.kind.name().into(),
        Value::Instant(event.recorded_at),
        Value::Instant(event.occurred_at),
        event.commit_first.into(),
        event.hash.into(),
        event.meta.as_ref().map_or(Value::Null, Value::json),
        event.event.as_ref().map_or(Value::Null, Value::json),
    ]
}

#[derive(serde::Serialize)]
struct Stream<'a> {
    workspace: &'a str,
    session_id: &'a str,
    ordinal: u32,
}
