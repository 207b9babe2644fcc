//! Events as rows.

use std::collections::HashMap;

use retold_core::{EventType, Reader, Recorded, Revision, StreamId, StreamName};

use crate::failure::Failure;
use crate::output::Value;
use crate::session;
use crate::styled::Tone;
use crate::words::Teller;

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

const SHORT: [&str; 4] = ["position", "occurred_at", "session", "what"];
/// Of one session the revision tells more than its name, in the form that `--at` takes.
const SHORT_OF_ONE: [&str; 4] = ["position", "occurred_at", "revision", "what"];

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

/// The first column of `--verbose`, after when the event happened; its event and the fields of it come last.
const RECORDED: (usize, &str) = (2, "recorded_at");

/// On a terminal the words have the room of the position, which the revision stands for.
const ON_TERMINAL_OF_ONE: [&str; 3] = ["occurred_at", "revision", "what"];

/// How events are listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) of_one: bool,
    pub(super) verbose: bool,
    pub(super) on_terminal: bool,
    /// Whether the events are of several sessions that belong together.
    pub(super) is_joined: bool,
}

impl Form {
    fn has_position(self) -> bool {
        self.verbose || !self.of_one || !self.on_terminal
    }
}

/// Returns the columns for programs.
pub(super) fn full_columns() -> Vec<&'static str> {
    FULL.to_vec()
}

/// Which revision an event corrects, between dates: it is listed where that happened.
pub(super) const CORRECTS: &str = "corrects";

/// Whose event it is: the instance and the tool that kept it; nothing for the session's own.
pub(super) const BY: &str = "by";

pub(super) fn columns(form: Form) -> Vec<&'static str> {
    let Form { of_one, verbose, .. } = form;
    let mut columns = match of_one {
        false => SHORT.to_vec(),
        true if !form.has_position() => ON_TERMINAL_OF_ONE.to_vec(),
        true => SHORT_OF_ONE.to_vec(),
    };
    if form.is_joined {
        columns.insert(columns.len() - 1, BY);
    }
    if verbose {
        columns.insert(RECORDED.0, RECORDED.1);
        columns.pop();
        columns.extend(["event", "summary"]);
    }
    columns
}

pub(super) fn short(
    event: &Recorded,
    (said, tone): (String, Tone),
    (name, by): (&StreamName, Option<Option<String>>),
    form: Form,
) -> Vec<Value> {
    let Form { of_one, verbose, .. } = form;
    let mut row = vec![
        event.position.into(),
        Value::Instant(event.occurred_at),
        if of_one { format!("r{}", event.revision) } else { session::short(name) }.into(),
    ];
    row.extend(by.map(|by| Value::from(by.unwrap_or_default())));
    if verbose {
        row.insert(RECORDED.0, Value::Instant(event.recorded_at));
        row.push(event.kind.name().into());
    }
    row.push(Value::Toned(said, tone));
    if !form.has_position() {
        row.remove(0);
    }
    row
}

/// Returns what happened, in one line: in words, or with `--verbose` as the event has it; and which revision that corrects, where
/// the list says so.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn said(
    teller: &mut Teller,
    reader: &mut Reader<'_>,
    event: &Recorded,
    (verbose, corrects): (bool, Option<Revision>),
) -> Result<(String, Tone), Failure> {
    let (said, tone) = match verbose {
        true => (teller.summary(reader, event)?, Tone::Plain),
        false => teller.tell(reader, event)?,
    };
    // It stands where it happened, before events that the log got earlier.
    Ok((
        corrects
            .filter(|_| event.kind != EventType::MappingCorrected)
            .map_or_else(String::new, |of| format!("corrects r{of}: "))
            + &said,
        tone,
    ))
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
