//! Texts, differences and bodies as lines of a pane's width.

use retold_travel::{State, Value, diff};

use super::Data;
use super::rows::{Rows, remark};
use crate::changes::{self, Style};
use crate::command::tui::model::{Ask, Line, Sign};
use crate::failure::Failure;
use crate::printable::printable;
use retold_present::long_text::{ends, is_short, lines_of};

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
        let mut rows = Rows::of_document(ask.columns);
        let fact = |name: &str, value: &str| format!("{name:<13}{value}");
        for line in [
            fact("position", &event.position.to_string()),
            fact("type", event.kind.name()),
            fact("recorded_at", &crate::travel_args::instant(event.recorded_at, &self.env.zone)),
            fact("occurred_at", &crate::travel_args::instant(event.occurred_at, &self.env.zone)),
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
        let mut rows = Rows::of_document(ask.columns);
        let mut roll = crate::roster::Roll::of(old);
        for patch in &patches {
            if rows.is_full() {
                break;
            }
            let path = roll.follow(patch);
            let mut text = String::new();
            if is_short(patch) {
                let style = Style { indent: "", columns: None, colour: false };
                changes::write(&mut text, patch, &path, connection, style)?;
            } else {
                text = format!(
                    "~ {}: {}, too long to be shown here: Enter opens it",
                    printable(&path),
                    changes::written(patch)
                );
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

    /// What is at one place: a text line by line, or a value.
    pub(super) fn value(&mut self, ask: &Ask, state: &State) -> Result<Lines, Failure> {
        let mut rows = Rows::of_text(ask.columns);
        let text = match state.value(&ask.place) {
            None => return Ok(Lines::remark(ask, "there is no such place at this event")),
            Some(Value::Text(text)) => ends(&text, self.reader.connection())?,
            Some(Value::Output(rope)) => ends(&rope.to_text(), self.reader.connection())?,
            Some(value) => [pretty(&value), String::new()],
        };
        let [head, tail] = lines_of(&text);
        head.iter().for_each(|line| rows.push(line, Sign::Plain, None));
        if !tail.is_empty() {
            rows.push("… c copies the command that shows what lies between", Sign::Remark, None);
        }
        tail.iter().for_each(|line| rows.push(line, Sign::Plain, None));
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

/// What a line of a difference says, by the sign that it begins with; those of a text are indented.
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
