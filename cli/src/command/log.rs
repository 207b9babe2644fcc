//! `retold log`: what happened, event by event.

mod pages;

use std::collections::HashMap;

use retold_core::{Reader, Recorded, StreamId, StreamName};
use retold_projections::find;

use super::Verb;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::session;
use crate::summary::summary;
use pages::Pages;

/// Show what happened, event by event
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold log -n 20               the last twenty events
  retold log 5f0c2a1e --at r7    a session's events up to its seventh
  retold log --reverse           the newest first
  retold log -o jsonl | jq .     every event with its body, one a line")]
pub(crate) struct Log {
    /// A session: [WORKSPACE/]ID[#ORDINAL], or the beginning of an id
    session: Option<String>,
    /// Only the last N events
    #[arg(short, value_name = "N")]
    number: Option<u64>,
    /// The newest first
    #[arg(long)]
    reverse: bool,
}

impl Verb for Log {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let mut reader = log.reader()?;
        reader.begin()?;
        let session = self.session.map(|text| find(&reader, &text)).transpose()?;
        let as_of = context.as_of(&reader, session.as_ref())?;
        let mut pages = Pages::new(&reader, session.as_ref(), as_of.position, self.number, self.reverse)?;
        let is_table = context.is_table();
        let of_one = session.is_some();
        let columns: &[&str] = match (is_table, of_one) {
            (true, false) => &SHORT,
            (true, true) => &SHORT_OF_ONE,
            (false, _) => &FULL,
        };
        let mut rows = context.rows(as_of, columns.iter().copied())?;
        let mut names = Names::default();
        while let Some(events) = pages.next(&mut reader)? {
            for event in events {
                let name = names.of(&reader, event.stream)?;
                rows.push(if is_table { short(event, name, of_one) } else { full(event, name) })?;
            }
        }
        let exit = if rows.count() > 0 { Exit::Done } else { Exit::Nothing };
        rows.finish()?;
        Ok(exit)
    }
}

/// Names of streams, each read once.
#[derive(Default)]
struct Names(HashMap<StreamId, StreamName>);

impl Names {
    fn of(&mut self, reader: &Reader<'_>, stream: StreamId) -> Result<&StreamName, Failure> {
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

fn short(event: Recorded, name: &StreamName, of_one: bool) -> Vec<Value> {
    vec![
        event.position.into(),
        Value::Instant(event.occurred_at),
        if of_one { format!("r{}", event.revision) } else { session::short(name) }.into(),
        event.kind.name().into(),
        event.event.as_ref().map_or_else(|| "(redacted)".to_owned(), summary).into(),
    ]
}

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

fn full(event: Recorded, name: &StreamName) -> Vec<Value> {
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
