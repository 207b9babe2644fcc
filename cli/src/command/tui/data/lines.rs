//! Texts, differences and bodies as lines of a pane's width.

use retold_core::{Decoder, Text};
use retold_travel::{Change, Patch, State, Value, diff};
use rusqlite::Connection;

use super::Data;
use crate::changes::{self, Style};
use crate::command::tui::model::{Ask, Line, Sign};
use crate::failure::Failure;
use crate::output::size;
use crate::printable::printable;
use unicode_width::UnicodeWidthChar;

/// Lines that are laid out; behind them the command that gives all is named.
const LINES_MAX: usize = 20_000;
/// Texts are shown up to this length at either end.
const END_BYTES: usize = 128 * 1024;
/// Texts that differ are compared line by line up to this length, together.
const COMPARED_BYTES_MAX: u64 = 256 * 1024;

/// What a view that is no list of places shows, laid out once.
pub(super) struct Lines {
    ask: Ask,
    pub(super) rows: Vec<Line>,
}

impl Lines {
    fn of(ask: &Ask, rows: Vec<Line>) -> Self {
        Self { ask: Ask { first: 0, rows: 0, seek: None, ..ask.clone() }, rows }
    }

    pub(super) fn remark(ask: &Ask, text: &str) -> Self {
        Self::of(ask, vec![remark(text)])
    }

    /// Whether they are what is asked for.
    pub(super) fn are_of(&self, ask: &Ask) -> bool {
        self.ask == Ask { first: 0, rows: 0, seek: None, ..ask.clone() }
    }
}

impl Data<'_> {
    /// The event as it was recorded.
    pub(super) fn body(&mut self, ask: &Ask) -> Result<Lines, Failure> {
        let Some(event) = self.event(ask)? else { return Ok(Lines::remark(ask, "there is no such event")) };
        let mut rows = Rows::new(ask.columns);
        let fact = |name: &str, value: &str| format!("{name:<13}{value}");
        for line in [
            fact("position", &event.position.to_string()),
            fact("type", event.kind.name()),
            fact("recorded_at", &crate::journey::instant(event.recorded_at)),
            fact("occurred_at", &crate::journey::instant(event.occurred_at)),
            fact("commit_first", &event.commit_first.to_string()),
            fact("hash", &event.hash.to_string()),
        ] {
            rows.push(&line, Sign::Remark, None);
        }
        for line in event.meta.as_ref().map(pretty).unwrap_or_default().lines() {
            rows.push(line, Sign::Remark, None);
        }
        match &event.event {
            Some(event) => pretty(event).lines().for_each(|line| rows.push(line, Sign::Plain, None)),
            None => rows.push("the body was redacted", Sign::Remark, None),
        }
        Ok(Lines::of(ask, rows.done()))
    }

    /// What is different, place by place.
    pub(super) fn difference(
        &mut self,
        ask: &Ask,
        old: Option<&State>,
        new: Option<&State>,
    ) -> Result<Lines, Failure> {
        let connection = self.reader.connection();
        let patches = diff(old, new, connection)?;
        let mut rows = Rows::new(ask.columns);
        for patch in &patches {
            if rows.is_full() {
                break;
            }
            let mut text = String::new();
            if is_short(patch) {
                let style = Style { indent: "", columns: None, colour: false };
                changes::write(&mut text, patch, connection, style)?;
            } else {
                text = format!("~ {}: {}, too long to compare here", patch.path, changes::written(patch));
            }
            for line in text.lines() {
                rows.push(line, sign(line), Some(patch));
            }
        }
        if patches.is_empty() {
            rows.push("nothing differs", Sign::Remark, None);
        }
        Ok(Lines::of(ask, rows.done()))
    }

    /// What stands at one place: a text line by line, or a value.
    pub(super) fn value(&mut self, ask: &Ask, state: &State) -> Result<Lines, Failure> {
        let mut rows = Rows::new(ask.columns);
        let text = match state.value(&ask.place) {
            None => return Ok(Lines::remark(ask, "there is no such place at this event")),
            Some(Value::Text(text)) => ends(&text, self.reader.connection())?,
            Some(Value::Output(rope)) => ends(&rope.to_text(), self.reader.connection())?,
            Some(value) => [changes::short(&value), String::new()],
        };
        text[0].lines().for_each(|line| rows.push(line, Sign::Plain, None));
        if !text[1].is_empty() {
            rows.push(
                "… what lies between is left out here: c copies the command that shows all",
                Sign::Remark,
                None,
            );
            text[1].lines().for_each(|line| rows.push(line, Sign::Plain, None));
        }
        if rows.is_empty() {
            rows.push("empty", Sign::Remark, None);
        }
        Ok(Lines::of(ask, rows.done()))
    }
}

/// A document as people read it.
fn pretty(document: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default()
}

/// Lines on their way to a width. Each is made harmless, then cut into rows.
struct Rows {
    columns: usize,
    rows: Vec<Line>,
}

impl Rows {
    fn new(columns: u16) -> Self {
        Self { columns: usize::from(columns).max(8), rows: Vec::new() }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= LINES_MAX
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn push(&mut self, line: &str, sign: Sign, patch: Option<&Patch>) {
        let text = printable(line);
        let (mut row, mut width) = (String::new(), 0);
        let line = |text| Line { text, sign, path: patch.map(|patch| patch.path.clone()), to: None };
        for letter in text.chars() {
            let wide = letter.width().unwrap_or(0);
            if width + wide > self.columns {
                if self.is_full() {
                    return;
                }
                self.rows.push(line(std::mem::take(&mut row)));
                width = 0;
            }
            row.push(letter);
            width += wide;
        }
        if !self.is_full() {
            self.rows.push(line(row));
        }
    }

    fn done(mut self) -> Vec<Line> {
        if self.is_full() {
            self.rows.push(remark("… c copies the command that shows all"));
        }
        self.rows
    }
}

fn remark(text: &str) -> Line {
    Line { text: text.to_owned(), sign: Sign::Remark, ..Line::default() }
}

/// What a line of a difference says, by the sign that it begins with; those of a text stand to the right.
fn sign(line: &str) -> Sign {
    let sign = match line.strip_prefix("    ") {
        Some(inner) => inner.chars().next(),
        None => line.chars().next(),
    };
    match sign {
        Some('+') => Sign::Added,
        Some('-') => Sign::Removed,
        Some('~') => Sign::Changed,
        _ => Sign::Plain,
    }
}

/// Whether the texts of a patch are short enough to be loaded and compared between two frames.
fn is_short(patch: &Patch) -> bool {
    let bytes = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Output(rope) => rope.len(),
        Value::Message(message) => message.content.len(),
        _ => 0,
    };
    COMPARED_BYTES_MAX
        >= match &patch.change {
            Change::Set { old, new } => bytes(old) + bytes(new),
            Change::Extend { text, .. } => text.len(),
            Change::Insert(value) | Change::Remove(value) => bytes(value),
        }
}

/// Loads a text, or its two ends where it is long: only the pieces that they stand in.
fn ends(text: &Text, connection: &Connection) -> Result<[String; 2], Failure> {
    let pieces: &[Text] = match text {
        Text::Joined(pieces) => pieces,
        whole => std::slice::from_ref(whole),
    };
    let load = |piece: &Text| -> Result<String, Failure> {
        let mut piece = piece.clone();
        Decoder::default().resolve(connection, &mut piece)?;
        Ok(piece.as_str().unwrap_or_default().to_owned())
    };
    let is_whole = text.len() <= 2 * END_BYTES as u64;
    let (mut head, mut tail, mut next) = (String::new(), String::new(), 0);
    while next < pieces.len() && (is_whole || head.len() < END_BYTES) {
        head.push_str(&load(&pieces[next])?);
        next += 1;
    }
    if is_whole {
        return Ok([head, tail]);
    }
    let rest = pieces[next..].iter().rev();
    for piece in rest {
        if tail.len() >= END_BYTES {
            break;
        }
        tail.insert_str(0, &load(piece)?);
    }
    // One piece may be both.
    if next == pieces.len() && tail.is_empty() {
        tail = head.clone();
    }
    head.truncate(head.floor_char_boundary(END_BYTES));
    let cut = tail.floor_char_boundary(tail.len().saturating_sub(END_BYTES));
    let left = text.len().saturating_sub(head.len() as u64 + (tail.len() - cut) as u64);
    head.push_str(&format!("\n… {} lie between", size(left)));
    Ok([head, tail.split_off(cut)])
}
