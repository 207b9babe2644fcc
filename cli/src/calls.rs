//! Calls of tools for the commands that go through time: what `diff`, `blame`, `history` and `show --path` say of `calls/N`.

use retold_core::{Event, Log, Position, Reader};
use retold_projections::Found;
use retold_travel::{
    Authors, CallChange, CallEvent, CallKey, CallPath, CallState, Error, SessionCall, SessionCalls,
};
use serde::Serialize;

use crate::changes;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Format, Rows, Value};
use crate::travel_args;

/// The columns of what changed at a path, one change a row, for programs.
pub(crate) const CHANGES: [&str; 10] =
    ["position", "revision", "recorded_at", "occurred_at", "type", "origin", "path", "op", "old", "new"];

/// Reads a place among the calls; `None` where the text names no such place.
///
/// # Errors
/// Where it names one that cannot be.
pub(crate) fn place(text: &str) -> Result<Option<CallPath>, Failure> {
    if !CallPath::is_one(text) {
        return Ok(None);
    }
    let hint = "a call is calls/3, as `retold show SESSION -o json` lists them, or calls/ID; within it calls/3/outcome";
    text.parse().map(Some).map_err(|error: String| Failure::usage(error).hint(hint))
}

fn state(state: &CallState<'_>) -> String {
    let about = state.subject.map_or("", |subject| subject.text());
    let ended = state.outcome.unwrap_or("has not returned");
    let line = format!("{} {about}", state.name);
    format!("{} ({ended})", line.trim_end().lines().next().unwrap_or_default())
}

/// What a change of a call is, in the words of patches: its place, what it does there, what was and what is.
pub(crate) fn change(change: &CallChange<'_>) -> (String, &'static str, Value, Value) {
    let path = format!("{}/{}", CallPath::ROOT, change.index);
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => {
            let outcome = |state: &CallState<'_>| Value::json(&state.outcome);
            (format!("{path}/{}", CallKey::Outcome.name()), "set", outcome(old), outcome(new))
        }
        (None, new) => (path, "insert", Value::Null, Value::json(new)),
        (old, None) => (path, "remove", Value::json(old), Value::Null),
    }
}

/// Writes what changed of a call in a line; without its values where only how much is asked for.
pub(crate) fn write(out: &mut String, change: &CallChange<'_>, stat: bool, style: changes::Style) {
    let path = format!("{}/{}", CallPath::ROOT, change.index);
    let key = format!("{path}/{}", CallKey::Outcome.name());
    let (sign, line) = match (&change.old, &change.new) {
        (Some(_), Some(_)) if stat => ('~', key),
        (Some(old), Some(new)) => {
            let word = |state: &CallState<'_>| state.outcome.unwrap_or("null").to_owned();
            ('~', format!("{key}: {} -> {}", word(old), word(new)))
        }
        (None, Some(new)) => ('+', if stat { path } else { format!("{path}: {}", state(new)) }),
        (Some(old), None) => ('-', if stat { path } else { format!("{path}: {}", state(old)) }),
        (None, None) => return,
    };
    changes::line(out, sign, &line, style);
}

/// The columns of `blame`, for a table and for a program.
pub(crate) fn blame(
    rows: &mut Rows<'_>,
    reader: &mut Reader<'_>,
    found: &Found,
    at: Position,
    path: &CallPath,
    is_table: bool,
) -> Result<(), Failure> {
    let calls = SessionCalls::read(reader, found.stream, at)?;
    let mut authors = Authors::default();
    for (index, call) in calls.at(at).filter(|(index, call)| path.has(*index, call)) {
        let Some(now) = call.state(at) else { continue };
        let name = format!("{}/{index}", CallPath::ROOT);
        if path.call.is_none() && path.key.is_none() {
            let value = state(&now).into();
            blamed(rows, reader, &mut authors, is_table, (name, value, call.called, call.last(at)))?;
            continue;
        }
        for key in CallKey::ALL.into_iter().filter(|key| path.key.is_none_or(|wanted| wanted == *key)) {
            let Some(event) = call.writer(key, at) else { continue };
            let value = blamed_value(call, &now, key, at);
            let name = format!("{name}/{}", key.name());
            blamed(rows, reader, &mut authors, is_table, (name, value, event, event))?;
        }
    }
    Ok(())
}

/// A long text is told by its size.
fn blamed_value(call: &SessionCall, now: &CallState<'_>, key: CallKey, at: Position) -> Value {
    let bytes = |bytes: u64| crate::output::size(bytes).into();
    match key {
        CallKey::Name => now.name.into(),
        CallKey::Kind => now.kind.into(),
        CallKey::Input => bytes(call.input_bytes),
        CallKey::Outcome => now.outcome.into(),
        CallKey::Output => bytes(call.returned_by(at).map_or(0, |returned| returned.output_bytes)),
    }
}

fn blamed(
    rows: &mut Rows<'_>,
    reader: &Reader<'_>,
    authors: &mut Authors,
    is_table: bool,
    (path, value, event, last): (String, Value, CallEvent, CallEvent),
) -> Result<(), Failure> {
    let author = authors.get(reader, event.position)?;
    match is_table {
        true => rows.push([
            path.into(),
            value,
            author.position.into(),
            Value::Instant(author.occurred_at),
            travel_args::origin(author).into(),
        ])?,
        false => rows.push([
            path.into(),
            value,
            author.position.into(),
            author.revision.into(),
            last.position.into(),
            Value::Instant(author.recorded_at),
            Value::Instant(author.occurred_at),
            author.kind.name().into(),
            author.origin().map(retold_core::Origin::name).into(),
        ])?,
    }
    Ok(())
}

/// Answers `history` of a place among the calls.
///
/// # Errors
/// Where the store cannot be read, or has no such call.
pub(crate) fn history(
    context: &mut Context<'_>,
    reader: &mut Reader<'_>,
    found: &Found,
    path: &CallPath,
    after: Position,
    to: AsOf,
) -> Result<Exit, Failure> {
    let calls = SessionCalls::read(reader, found.stream, to.position)?;
    let is_table = context.is_table();
    let columns: &[&str] = match is_table {
        true => &["position", "occurred_at", "revision", "path", "value"],
        false => &CHANGES,
    };
    let mut authors = Authors::default();
    let mut rows = context.rows(to, columns.iter().copied())?;
    for write in calls.writes(path, after, to.position) {
        let event = write.event;
        let told = CallChange { index: write.index, call: write.call, old: write.old, new: write.new };
        let value = match (&told.old, &told.new) {
            (Some(_), Some(new)) => new.outcome.unwrap_or("null").to_owned(),
            (_, Some(new)) => format!("added {}", state(new)),
            (Some(old), None) => format!("removed {}", state(old)),
            (None, None) => continue,
        };
        let (place, op, old, new) = change(&told);
        match is_table {
            true => rows.push([
                event.position.into(),
                Value::Instant(event.occurred_at),
                format!("r{}", event.revision).into(),
                place.into(),
                value.into(),
            ])?,
            false => rows.push([
                event.position.into(),
                event.revision.into(),
                Value::Instant(event.recorded_at),
                Value::Instant(event.occurred_at),
                event.kind.name().into(),
                authors.get(reader, event.position)?.origin().map(retold_core::Origin::name).into(),
                place.into(),
                op.into(),
                old,
                new,
            ])?,
        }
    }
    let none = rows.count() == 0;
    rows.finish()?;
    if none && path.call.is_some() && !calls.at(to.position).any(|(index, call)| path.has(index, call)) {
        return Err(no_such(found, path, to.position));
    }
    Ok(if none { travel_args::nothing(context, "nothing was written there") } else { Exit::Done })
}

/// The error for a call that is not there.
pub(crate) fn no_such(found: &Found, path: &CallPath, position: Position) -> Failure {
    Error::NoSuchPlace { stream: found.name.clone(), path: path.to_string(), position }.into()
}

/// Answers `show --path` of a place among the calls: each call with its texts, or a text as it is.
///
/// # Errors
/// Where the store cannot be read, or has no such call.
pub(crate) fn show(
    context: &mut Context<'_>,
    log: &Log,
    found: &Found,
    as_of: AsOf,
    path: &CallPath,
) -> Result<Exit, Failure> {
    let mut reader = log.reader()?;
    let (at, mut shown) = (as_of.position, Vec::new());
    let calls = SessionCalls::read(&mut reader, found.stream, at)?;
    for (_, call) in calls.at(at).filter(|(index, call)| path.has(*index, call)) {
        let Some(now) = call.state(at) else { continue };
        let mut value = serde_json::to_value(&now).unwrap_or_default();
        let returned = call.returned_by(at).map(|returned| returned.event.position);
        for (key, event) in [(CallKey::Input, Some(call.called.position)), (CallKey::Output, returned)] {
            value[key.name()] = event.map(|event| long_text(&mut reader, event)).transpose()?.into();
        }
        shown.push(match path.key {
            Some(key) => value[key.name()].take(),
            None => value,
        });
    }
    if shown.is_empty() && path.call.is_some() {
        return Err(no_such(found, path, at));
    }
    let value = match (&path.call, &mut shown[..]) {
        (Some(_), [one]) => one.take(),
        _ => shown.into(),
    };
    match (context.global.output, value) {
        (Format::Csv, _) => {
            Err(Failure::usage("show: a document is not a table").hint("-o json gives it whole"))
        }
        (Format::Table, serde_json::Value::String(text)) => {
            let is_terminal = context.io.out_is_terminal;
            context.text(&match is_terminal {
                false => format!("{text}\n"),
                true => text.lines().map(|line| format!("{}\n", crate::printable::printable(line))).collect(),
            })?;
            Ok(Exit::Done)
        }
        (Format::Table, value) => {
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            context.text(&format!("{}\n", crate::output::harmless(text)))?;
            Ok(Exit::Done)
        }
        (format, value) => {
            let answer = Answer { as_of, path: path.to_string(), value };
            context.document(&answer, format == Format::Json)?;
            Ok(Exit::Done)
        }
    }
}

#[derive(Serialize)]
struct Answer {
    as_of: AsOf,
    path: String,
    value: serde_json::Value,
}

fn long_text(reader: &mut Reader<'_>, position: Position) -> Result<String, Failure> {
    let Some(mut event) = reader.event_at(position)?.and_then(|recorded| recorded.event) else {
        return Ok(String::new());
    };
    reader.resolve_event(&mut event)?;
    let text = match &event {
        Event::ToolCalled(_) | Event::ToolReturned(_) => {
            event.long_text().and_then(retold_core::Text::as_str)
        }
        _ => None,
    };
    Ok(text.unwrap_or_default().to_owned())
}
