//! `retold operations`: what was done to the log, command by command.

use retold_core::StreamName;
use retold_travel::{Gathered, Performed, operation, operations};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::session;

/// List what was done to the log, command by command
///
/// Every command that appends is one operation, however many commits it makes. The one that wrote last is first. No content is shown:
/// arguments that may hold some are told by their name alone.
///
/// An operation that others wrote beside, such as `import --follow`, is counted as far as the list reaches; by its name all of it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold operations              the last ones
  retold operations -n 5
  retold operations 3f9a         what one of them wrote to
  retold operations p1234        the one that wrote position 1234
  retold undo 3f9a               take it back")]
pub(crate) struct Operations {
    /// One operation: its id, the beginning of one, or p and a position that it wrote
    operation: Option<String>,
    /// At most this many; on a terminal, 50 where nobody says
    #[arg(short, long, visible_alias = "limit", value_name = "N", conflicts_with = "operation")]
    number: Option<u32>,
}

/// Operations of a list on a terminal, where nobody says how many.
const ON_TERMINAL: u32 = 50;

impl Run for Operations {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let reader = log.reader()?;
        reader.begin()?;
        if let Some(named) = &self.operation {
            if context.global.at.is_some() {
                return Err(Failure::usage("operations: --at is for the list, and one operation is named")
                    .hint("leave one of the two away"));
            }
            let found = operation(&reader, named)?;
            return one(context, &reader, &found);
        }
        let as_of = context.as_of(&reader, None)?;
        let number = self.number.or(context.io.out_is_terminal.then_some(ON_TERMINAL));
        let limit = number.map_or(usize::MAX, |number| number as usize);
        let found = operations(&reader, as_of.position, limit)?;
        let is_table = context.is_table();
        let columns: &[&str] = match is_table {
            true => &["time", "operation", "command", "events", "positions", "undo"],
            false => &[
                "operation",
                "command",
                "arguments",
                "origin",
                "began",
                "ended",
                "first",
                "last",
                "commits",
                "events",
                "undoable",
            ],
        };
        let mut rows = context.rows(as_of, columns.iter().copied())?;
        for performed in &found.all {
            match is_table {
                true => rows.push(short(performed))?,
                false => rows.push(whole(performed))?,
            }
        }
        rows.finish()?;
        if found.all.is_empty() {
            return Ok(Exit::Nothing);
        }
        if found.more && is_table {
            context.note(&format!("older ones: retold operations -n {}", limit.saturating_mul(2)));
        }
        Ok(Exit::Done)
    }
}

fn short(performed: &Performed) -> [Value; 6] {
    let positions = match performed.first == performed.last {
        true => performed.first.to_string(),
        false => format!("{}..{}", performed.first, performed.last),
    };
    [
        Value::Instant(performed.ended),
        performed.name.to_string().into(),
        command(performed).into(),
        performed.events.into(),
        positions.into(),
        if performed.of_bodies.is_some() { "cannot be undone".into() } else { Value::Null },
    ]
}

fn whole(performed: &Performed) -> [Value; 11] {
    let argument = |(name, value): &(String, Option<String>)| (name.clone(), value.clone().into());
    let arguments: serde_json::Map<_, _> = performed.arguments.iter().map(argument).collect();
    [
        performed.name.to_string().into(),
        performed.kind.clone().into(),
        Value::json(&arguments),
        performed.origin.name().into(),
        Value::Instant(performed.began),
        Value::Instant(performed.ended),
        performed.first.into(),
        performed.last.into(),
        performed.commits.into(),
        performed.events.into(),
        performed.of_bodies.is_none().into(),
    ]
}

/// Tells what one operation wrote to.
fn one(
    context: &mut Context<'_>,
    reader: &retold_core::Reader<'_>,
    found: &Gathered,
) -> Result<Exit, Failure> {
    context.note(&full(&found.performed));
    let head = reader.head()?;
    let is_table = context.is_table();
    let columns: &[&str] = match is_table {
        true => &["stream", "events", "revisions"],
        false => &["workspace", "session_id", "ordinal", "events", "first_revision", "last_revision"],
    };
    let mut rows = context.rows(head, columns.iter().copied())?;
    for (id, touched) in &found.streams {
        let name = reader.name(*id)?;
        match is_table {
            true => rows.push([
                stream(&name).into(),
                touched.events.into(),
                match touched.first == touched.last {
                    true => format!("r{}", touched.first).into(),
                    false => format!("r{}..r{}", touched.first, touched.last).into(),
                },
            ])?,
            false => rows.push([
                name.workspace.into(),
                name.session_id.into(),
                u64::from(name.ordinal).into(),
                touched.events.into(),
                touched.first.get().into(),
                touched.last.get().into(),
            ])?,
        }
    }
    rows.finish()?;
    Ok(Exit::Done)
}

/// What a stream is called: a session, or a workspace by itself.
pub(super) fn stream(name: &StreamName) -> String {
    match name.is_workspace() {
        true => format!("workspace {}", name.workspace),
        false => session::full(name),
    }
}

/// The command with its arguments; of one that may hold content, that it was given.
fn command(performed: &Performed) -> String {
    let mut words = performed.kind.clone();
    for (name, value) in &performed.arguments {
        words.push_str(&format!(" {name}={}", value.as_deref().unwrap_or("…")));
    }
    words
}

/// The command with what the operation is called.
pub(super) fn full(performed: &Performed) -> String {
    format!("{} (operation {})", command(performed), performed.name)
}
