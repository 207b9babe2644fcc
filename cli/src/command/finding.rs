//! What a doctor finds, and how it is told: the one shape of a check.

use super::help::wrap;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value};
use crate::printable::printable;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum State {
    Ok,
    /// There is something to do.
    Warn,
    /// It is damaged, or cannot be used.
    Bad,
}

/// Something that was looked at.
#[derive(Debug)]
pub(in crate::command) struct Finding {
    what: &'static str,
    state: State,
    found: String,
    mend: Option<String>,
}

/// Where the texts of findings begin.
const INDENT: usize = 20;
/// On a terminal with fewer columns they begin below.
const NARROW: usize = 60;

impl Finding {
    /// Says of what is well how to make it better.
    pub(in crate::command) fn and(self, mend: impl Into<String>) -> Self {
        Self { mend: Some(mend.into()), ..self }
    }

    pub(in crate::command) fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::Ok, found: found.into(), mend: None }
    }

    pub(in crate::command) fn warn(
        what: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { what, state: State::Warn, found: found.into(), mend: Some(mend.into()) }
    }

    pub(in crate::command) fn bad(
        what: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { what, state: State::Bad, found: found.into(), mend: Some(mend.into()) }
    }
}

/// Returns the lines of a finding: below its head on a narrow terminal, else beside it; in a pipe each text is one line.
fn lines(head: &str, found: &str, mend: Option<&str>, columns: Option<usize>) -> Vec<String> {
    let is_narrow = columns.is_some_and(|columns| columns < NARROW);
    let indent = if is_narrow { "  ".to_owned() } else { " ".repeat(INDENT) };
    let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(indent.len()).max(1));
    let mut text = String::new();
    for part in [Some(found), mend].into_iter().flatten() {
        wrap(&mut text, &printable(part), &indent, room);
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match (is_narrow, lines.first_mut()) {
        (false, Some(first)) => first.replace_range(..INDENT, &format!("{head:<INDENT$}")),
        _ => lines.insert(0, head.trim_end().to_owned()),
    }
    lines
}

/// Tells what was found; returns 1 where there is something to do, 10 where something is bad.
pub(in crate::command) fn answer(
    context: &mut Context<'_>,
    head: impl Into<AsOf>,
    findings: Vec<Finding>,
) -> Result<Exit, Failure> {
    let worst = |state| findings.iter().any(|finding| finding.state == state);
    let exit = match (worst(State::Bad), worst(State::Warn)) {
        (true, _) => Exit::Damaged,
        (_, true) => Exit::Nothing,
        _ => Exit::Done,
    };
    if context.is_table() {
        // What is found is prose, and never cut.
        for Finding { what, state, found, mend } in &findings {
            let mark = match state {
                State::Ok => "ok  ",
                State::Warn => "todo",
                State::Bad => "bad ",
            };
            let columns = context.io.out_is_terminal.then_some(context.io.columns);
            let lines = lines(&format!("{mark}  {what:<12}"), found, mend.as_deref(), columns);
            lines.iter().try_for_each(|line| context.say(line))?;
        }
        return Ok(exit);
    }
    let mut rows = context.rows(head, ["check", "state", "found", "mend"])?;
    for Finding { what, state, found, mend } in findings {
        let state = match state {
            State::Ok => "ok",
            State::Warn => "todo",
            State::Bad => "bad",
        };
        rows.push([what.into(), state.into(), found.into(), mend.map_or(Value::Null, Into::into)])?;
    }
    rows.finish()?;
    Ok(exit)
}
