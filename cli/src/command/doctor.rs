//! `retold doctor`: how a store is, and what mends it.

mod bounded;
mod damage_of;
mod look;
mod mounts;
mod retention;

use super::Run;
use super::help::wrap;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::printable::printable;

/// Check the store and suggest fixes
///
/// Exits with 1 where there is something to do, with 10 where the store is damaged. It reads the last events and has SQLite
/// check the file; in a large store that check ends after a second, and the answer says how far it came.
/// `retold verify` reads everything.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold doctor
  retold doctor --full        the whole file, however long that takes
  retold doctor -o json | jq '.rows[] | select(.state != \"ok\")'")]
pub(crate) struct Doctor {
    /// Check the whole file, however long that takes
    #[arg(long)]
    full: bool,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ok,
    /// There is something to do.
    Warn,
    /// The store is damaged, or cannot be used.
    Bad,
}

/// Something that was looked at.
#[derive(Debug)]
struct Finding {
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
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::Ok, found: found.into(), mend: None }
    }

    fn warn(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, state: State::Warn, found: found.into(), mend: Some(mend.into()) }
    }

    fn bad(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
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

impl Run for Doctor {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        // What is beside the store is beside its file, whatever link leads there.
        let path = retold_core::real_store_path(&context.store_path()?);
        let bar = context.watch("look over").ticking(super::stats::TICK);
        let (head, findings) = look::look(context, &path, self.full, &bar.follow())?;
        bar.end();
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
}
