//! Patches, written for a person.

use std::fmt::Write;

use retold_core::{Decoder, Instance, Text};
use retold_travel::{Change, Patch, Value};
use rusqlite::Connection;
use similar::{ChangeTag, TextDiff};

use crate::Failure;
use crate::measure::{counted, cut, size};
use crate::printable;

/// More of a value than any line shows.
const VALUE_MAX: usize = 200;
/// Lines that stay around a difference in a text.
const CONTEXT: usize = 2;
/// A text is compared line by line up to this length; a longer one is told by its size.
const COMPARED_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// The indent of a patch's texts.
const INDENT: &str = "    ";

/// How patches are written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// What is in front of every line.
    pub indent: &'static str,
    /// The terminal's width; `None`: nothing is cut.
    pub columns: Option<usize>,
    /// Whether signs are coloured, for a terminal.
    pub colour: bool,
}

/// Writes a patch: a line, and below it what changed in a text, line by line. `path` is its place as people read it.
///
/// # Errors
/// Where a text cannot be loaded.
pub fn write(
    out: &mut String,
    patch: &Patch,
    path: &str,
    connection: &Connection,
    style: Style,
) -> Result<(), Failure> {
    match &patch.change {
        Change::Set { old, new } => match (text_of(old, connection)?, text_of(new, connection)?) {
            (Some(old), Some(new)) if is_long(&old) || is_long(&new) => {
                line(out, '~', path, style);
                differing(out, &old, &new, style);
            }
            _ => line(out, '~', &format!("{path}: {} -> {}", short(old), short(new)), style),
        },
        Change::Extend { old_bytes, text } => {
            let grown = match old_bytes {
                Some(bytes) => format!("{path}: {} more, behind {}", size(text.len()), size(*bytes)),
                None => format!("{path}: {}", size(text.len())),
            };
            line(out, '+', &grown, style);
            let loaded = load(text, connection)?;
            for added in loaded.lines() {
                coloured(out, '+', &format!("{INDENT}+ {added}"), style);
            }
        }
        Change::Insert(value) => inserted(out, '+', path, value, connection, style)?,
        Change::Remove(value) => inserted(out, '-', path, value, connection, style)?,
    }
    Ok(())
}

/// Returns what a patch writes, in one line, without its place.
pub fn written(patch: &Patch) -> String {
    match &patch.change {
        Change::Set { new, .. } => short(new),
        Change::Extend { text, .. } => format!("+{}", size(text.len())),
        Change::Insert(value) => format!("added {}", short(value)),
        Change::Remove(value) => format!("removed {}", short(value)),
    }
}

/// Returns a value in one line.
pub fn short(value: &Value) -> String {
    match value {
        Value::Absent => "nothing".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => match text.as_str() {
            Some("") => "\"\"".to_owned(),
            Some(text) => head(text).to_owned(),
            None => size(text.len()),
        },
        Value::Texts(texts) => texts.join(", "),
        Value::Json(json) => head(json.as_str()).to_owned(),
        Value::Unknowns(extra) => head(&extra.to_json()).to_owned(),
        Value::Output(rope) => size(rope.len()),
        Value::Instance(instance) => format!("#{}, {}", instance.instance_id, doing(instance)),
        Value::Message(message) => match message.content.as_str() {
            Some(text) => format!("{}: {}", message.role, head(text)),
            None => format!("{}: {}", message.role, size(message.content.len())),
        },
        Value::Session(session) => format!("{}, {}: {}", session.kind, session.status, head(&session.task)),
    }
}

/// Returns what an instance is doing, and who.
pub fn doing(instance: &Instance) -> String {
    format!("{}: {}", instance.status, head(&instance.agent_name))
}

/// Returns a value with its texts, as the document has it.
///
/// # Errors
/// Where a text cannot be loaded.
pub fn loaded(value: &Value, connection: &Connection) -> Result<Value, Failure> {
    Ok(match value {
        Value::Text(text) => Value::Text(Text::from(load(text, connection)?)),
        Value::Output(rope) => Value::Text(Text::from(rope.load(connection)?)),
        Value::Message(message) => {
            let mut message = message.clone();
            Decoder::default().resolve(connection, &mut message.content)?;
            Value::Message(message)
        }
        Value::Instance(instance) => {
            let mut instance = instance.clone();
            if let Some(output) = &mut instance.output {
                Decoder::default().resolve(connection, output)?;
            }
            Value::Instance(instance)
        }
        value => value.clone(),
    })
}

/// Returns a patch with its texts.
///
/// # Errors
/// Where a text cannot be loaded.
pub fn loaded_patch(patch: &Patch, connection: &Connection) -> Result<Patch, Failure> {
    let change = match &patch.change {
        Change::Set { old, new } => {
            Change::Set { old: loaded(old, connection)?, new: loaded(new, connection)? }
        }
        Change::Extend { old_bytes, text } => {
            Change::Extend { old_bytes: *old_bytes, text: Text::from(load(text, connection)?) }
        }
        Change::Insert(value) => Change::Insert(loaded(value, connection)?),
        Change::Remove(value) => Change::Remove(loaded(value, connection)?),
    };
    Ok(Patch { path: patch.path.clone(), change })
}

fn inserted(
    out: &mut String,
    sign: char,
    path: &str,
    value: &Value,
    connection: &Connection,
    style: Style,
) -> Result<(), Failure> {
    if let Value::Instance(instance) = value {
        // Its number is in its name.
        let what = format!("{path}: {}: {}", instance.status, head(&instance.agent_name));
        line(out, sign, &what, style);
        return Ok(());
    }
    let Value::Message(message) = value else {
        line(out, sign, &format!("{path}: {}", short(value)), style);
        return Ok(());
    };
    line(out, sign, &format!("{path}: {}", message.role), style);
    for text in load(&message.content, connection)?.lines() {
        coloured(out, sign, &format!("{INDENT}{sign} {text}"), style);
    }
    Ok(())
}

fn text_of(value: &Value, connection: &Connection) -> Result<Option<String>, Failure> {
    Ok(match value {
        Value::Text(text) if text.len() <= COMPARED_BYTES_MAX => Some(load(text, connection)?),
        Value::Output(rope) if rope.len() <= COMPARED_BYTES_MAX => Some(rope.load(connection)?),
        _ => None,
    })
}

fn load(text: &Text, connection: &Connection) -> Result<String, Failure> {
    let mut text = text.clone();
    Decoder::default().resolve(connection, &mut text)?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

/// What is read better line by line.
fn is_long(text: &str) -> bool {
    text.contains('\n') || text.len() > 60
}

fn differing(out: &mut String, old: &str, new: &str, style: Style) {
    let diff = TextDiff::from_lines(old, new);
    for (nth, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if nth > 0 {
            coloured(out, ' ', &format!("{INDENT}  …"), style);
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let text = change.value().trim_end_matches('\n');
            coloured(out, sign, &format!("{INDENT}{sign} {text}"), style);
        }
    }
}

/// Writes a line that says what came, changed or went.
pub fn line(out: &mut String, sign: char, text: &str, style: Style) {
    coloured(out, sign, &format!("{sign} {text}"), style);
}

fn coloured(out: &mut String, sign: char, text: &str, style: Style) {
    let text = format!("{}{}", style.indent, printable(text));
    let text = match style.columns {
        Some(columns) => cut(&text, columns),
        None => text,
    };
    let colour = match sign {
        '+' => "\x1b[32m",
        '-' => "\x1b[31m",
        '~' => "\x1b[33m",
        _ => "",
    };
    let _infallible = match style.colour && !colour.is_empty() {
        true => writeln!(out, "{colour}{text}\x1b[0m"),
        false => writeln!(out, "{text}"),
    };
}

fn head(text: &str) -> &str {
    text.char_indices().nth(VALUE_MAX).map_or(text, |(end, _)| &text[..end])
}

/// How many places were added, changed and removed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stat {
    /// Places that came.
    pub added: u64,
    /// Places that hold something else.
    pub changed: u64,
    /// Places that went.
    pub removed: u64,
}

impl Stat {
    /// Counts.
    pub fn of<'a>(patches: impl IntoIterator<Item = &'a Patch>) -> Self {
        let mut stat = Self::default();
        for patch in patches {
            match &patch.change {
                Change::Insert(_) => stat.added += 1,
                Change::Remove(_) => stat.removed += 1,
                Change::Set { old: Value::Absent, .. } => stat.added += 1,
                Change::Set { new: Value::Absent, .. } => stat.removed += 1,
                Change::Set { .. } | Change::Extend { .. } => stat.changed += 1,
            }
        }
        stat
    }

    /// Counts a place that came, changed or went.
    pub fn count(&mut self, is_there: bool, was_there: bool) {
        match (was_there, is_there) {
            (false, _) => self.added += 1,
            (true, true) => self.changed += 1,
            (true, false) => self.removed += 1,
        }
    }

    /// Says it in a line: `2 added, 3 changed`.
    pub fn said(self) -> String {
        let parts = [(self.added, "added"), (self.changed, "changed"), (self.removed, "removed")];
        let parts: Vec<String> =
            parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        if parts.is_empty() { counted(0, "place") } else { parts.join(", ") }
    }
}
