//! `retold blame`: who last wrote what.

use retold_travel::{Authors, Blamed, CallPath, Path};

use super::Run;
use crate::changes;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::roster::{Place, Roll};
use crate::travel_args;

/// Show who last wrote each field of a session
///
/// Instances, messages and calls of tools are a line each, with the event that they came with; name one of them for its fields.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold blame 5f0c2a1e                the session's fields, its agents, its messages
  retold blame 5f0c2a1e status         one field
  retold blame 5f0c2a1e '#1'           the fields of an agent
  retold blame 5f0c2a1e calls/3        which event called a tool, and which returned
  retold blame 5f0c2a1e --at r7        as it was after its seventh event")]
pub(crate) struct Blame {
    /// The session
    session: String,
    /// A place in it, such as status, #3~2/status, instances/2, chatHistory/17/content or calls/3
    #[arg(default_value = "/", hide_default_value = true)]
    path: String,
    /// Also what was never anything but null
    #[arg(long)]
    all: bool,
}

impl Run for Blame {
    const TRAVELS: bool = true;

    fn session(&self) -> Option<String> {
        Some(self.session.clone())
    }

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let calls = crate::calls::place(&self.path)?;
        let place = if calls.is_some() { Place::Path(Path::Whole) } else { Place::parse(&self.path)? };
        let (found, mut timeline) = travel_args::begin(context, &log, &self.session)?;
        let as_of = context.as_of(timeline.reader(), Some(&found))?;
        let frame = timeline.at_resolved(&as_of.resolved())?;
        let position = as_of.position;
        let Some(state) = frame.state else {
            return Err(retold_travel::Error::NotThere {
                stream: found.name,
                reason: "not created yet",
                position,
            }
            .into());
        };
        let Some(path) = place.path(Some(&state)) else {
            let path = self.path;
            return Err(retold_travel::Error::NoSuchPlace { stream: found.name, path, position }.into());
        };
        let roll = Roll::of(Some(&state));
        let blamed: Vec<Blamed> = if calls.is_some() { Vec::new() } else { state.blame(&path).collect() };
        if blamed.is_empty() && calls.is_none() && !matches!(path, Path::Rows(_) | Path::Each(..)) {
            let path = self.path;
            return Err(retold_travel::Error::NoSuchPlace { stream: found.name, path, position }.into());
        }
        let is_table = context.is_table();
        let columns: &[&str] = match is_table {
            true => &["path", "value", "position", "occurred_at", "origin"],
            false => &[
                "path",
                "value",
                "position",
                "revision",
                "last_position",
                "recorded_at",
                "occurred_at",
                "type",
                "origin",
            ],
        };
        let mut authors = Authors::default();
        let mut rows = context.rows(as_of, columns.iter().copied())?;
        let names_one = matches!(path, Path::Own(_) | Path::Field(..));
        for blamed in blamed {
            if !self.all && !names_one && state.was_never_set(&blamed.path) {
                continue;
            }
            let Some(value) = state.value(&blamed.path) else { continue };
            let author = authors.get(timeline.reader(), blamed.position)?;
            let shown = if is_table { roll.path(&blamed.path) } else { blamed.path.to_string() };
            match is_table {
                true => rows.push([
                    shown.into(),
                    changes::short(&value).into(),
                    author.position.into(),
                    Value::Instant(author.occurred_at),
                    travel_args::origin(author).into(),
                ])?,
                false => rows.push([
                    shown.into(),
                    Value::json(&value_of(&value)),
                    author.position.into(),
                    author.revision.into(),
                    blamed.last.into(),
                    Value::Instant(author.recorded_at),
                    Value::Instant(author.occurred_at),
                    author.kind.name().into(),
                    author.origin().map(retold_core::Origin::name).into(),
                ])?,
            }
        }
        // A whole session has its calls too.
        let calls_of = calls.as_ref().or((path == Path::Whole).then_some(&CallPath::ALL));
        if let Some(path) = calls_of {
            crate::calls::blame(&mut rows, timeline.reader(), &found, position, path, is_table)?;
        }
        let none = rows.count() == 0;
        rows.finish()?;
        if let Some(path) = calls.filter(|path| none && path.call.is_some()) {
            return Err(crate::calls::no_such(&found, &path, position));
        }
        Ok(if none { travel_args::nothing(context, "nobody wrote anything there") } else { Exit::Done })
    }
}

/// Blame tells who; a long text is told by its size, and an element by a line.
fn value_of(value: &retold_travel::Value) -> serde_json::Value {
    use retold_travel::Value;
    match value {
        Value::Instance(_) | Value::Message(_) | Value::Session(_) => changes::short(value).into(),
        value => serde_json::to_value(value).unwrap_or_default(),
    }
}
