//! `retold bisect`: the event that made the difference.

mod run;

use std::sync::Arc;

use retold_core::{Position, Reader};
use retold_present::of_expression;
use retold_travel::{Authors, Bisected, bisect_models, bisect_session};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value};
use crate::session;
use crate::since::Since;
use crate::travel_args;

/// Find the event after which a predicate holds or a test fails
///
/// The predicate is SQL: over the state of a session (its columns, and the tables instances and messages), or, without a
/// SESSION, over all read models (sessions, instances, chat_messages, workspaces). Where it flips more than once, all flips
/// are listed. Over all read models events are in the order of the log, also between dates.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  retold bisect --where \"status = 'failed'\" 5f0c2a1e
  retold bisect --where \"exists (select 1 from messages where content like '%panic%')\" 5f0c2a1e
  retold bisect --where \"(select count(*) from sessions) > 9\" yesterday..today
  retold bisect run r1..head 5f0c2a1e -- sh -c 'jq -e .winnerId'"
)]
pub(crate) struct Bisect {
    #[command(subcommand)]
    run: Option<Nested>,
    /// An SQL expression
    #[arg(long = "where", value_name = "SQL", allow_hyphen_values = true, required = true)]
    predicate: Option<String>,
    /// A range, A..B, and a session, in either order
    #[arg(value_name = "RANGE|SESSION", num_args = 0..=2)]
    words: Vec<String>,
    #[command(flatten)]
    since: Since,
}

#[derive(Debug, clap::Subcommand)]
enum Nested {
    Run(run::Run),
}

impl Run for Bisect {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let Some(predicate) = self.predicate else {
            return match self.run {
                Some(Nested::Run(run)) => run.run(context, &log),
                None => Err(Failure::usage("bisect: there is no predicate").hint("give one with --where")),
            };
        };
        let (session, range) = travel_args::session_and_range("bisect", &self.words)?;
        let range = self.since.range(context, range)?;
        let Some(session) = session else {
            let reader = log.reader()?;
            reader.begin()?;
            let (after, to) = context.span(&reader, None, range.as_ref())?;
            let bar = context.watch("bisect");
            let stop = Arc::clone(&context.io.interrupt);
            let found = bisect_models(&log, &predicate, after, to.position, stop, bar.follow());
            bar.end();
            let found = found.map_err(|error| of_expression(error, &predicate))?;
            return answer(context, &reader, &found, to);
        };
        let (found, mut timeline) = travel_args::begin(context, &log, &session)?;
        let (after, _, to) = context.moments(timeline.reader(), &found, range.as_ref())?;
        let stop = Arc::clone(&context.io.interrupt);
        let bar = context.watch("bisect");
        let range = (after, to.happening());
        let found = bisect_session(&log, found.stream, &predicate, range, stop, bar.follow());
        bar.end();
        let found = found.map_err(|error| of_expression(error, &predicate))?;
        answer(context, timeline.reader(), &found, to)
    }
}

/// Tells the flips; the first that makes the predicate true is what was asked for.
fn answer(
    context: &mut Context<'_>,
    reader: &Reader<'_>,
    found: &Bisected,
    to: AsOf,
) -> Result<Exit, Failure> {
    if found.at_start {
        context.note("it holds before the range begins");
    }
    if found.count > 1 {
        context.note(&format!("it flips {} times, so that the first is one of several", found.count));
    }
    let listed = found.flips.len() as u64;
    if found.count > listed {
        context.note(&format!("the first {listed} of them are listed"));
    }
    let is_table = context.is_table();
    let columns: &[&str] = match is_table {
        true => &["position", "occurred_at", "session", "revision", "event", "holds"],
        false => &[
            "position",
            "workspace",
            "session_id",
            "ordinal",
            "revision",
            "recorded_at",
            "occurred_at",
            "type",
            "holds",
        ],
    };
    let mut authors = Authors::default();
    let mut rows = context.rows(to, columns.iter().copied())?;
    for flip in &found.flips {
        let author = authors.get(reader, flip.position)?;
        let name = name_of(reader, flip.position)?;
        match is_table {
            true => rows.push([
                flip.position.into(),
                Value::Instant(author.occurred_at),
                session::short(&name).into(),
                format!("r{}", author.revision).into(),
                author.kind.name().into(),
                if flip.holds { "from here" } else { "no more" }.into(),
            ])?,
            false => rows.push([
                flip.position.into(),
                name.workspace.into(),
                name.session_id.into(),
                name.ordinal.into(),
                author.revision.into(),
                Value::Instant(author.recorded_at),
                Value::Instant(author.occurred_at),
                author.kind.name().into(),
                flip.holds.into(),
            ])?,
        }
    }
    rows.finish_with(&[("at_start", found.at_start.into()), ("flips", found.count.into())])?;
    if found.first().is_none() && !found.at_start {
        return Ok(travel_args::nothing(
            context,
            &format!("it holds after none of the events up to position {}", to.position),
        ));
    }
    if found.flips.is_empty() {
        context.note("it holds throughout");
    }
    Ok(Exit::Done)
}

fn name_of(reader: &Reader<'_>, position: Position) -> Result<retold_core::StreamName, Failure> {
    let stream = reader
        .connection()
        .prepare_cached(include_str!("../../sql/stream_of_position.sql"))
        .and_then(|mut statement| statement.query_row([position], |row| row.get(0)))
        .map_err(retold_core::Error::sqlite("read the log"))?;
    Ok(reader.name(stream)?)
}
