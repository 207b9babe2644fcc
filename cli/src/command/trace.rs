//! `retold trace`: the values that an expression had.

use std::ops::ControlFlow;
use std::sync::Arc;

use retold_present::of_expression;
use retold_travel::{SessionQuery, trace};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::since::Since;
use crate::travel_args;

/// Show the values of an SQL expression over a session's life
///
/// A log line, put in after the fact: the value is shown whenever it changes. The columns are those of the session; the tables are instances (with the output) and
/// messages (with the content), as `retold sql` has them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold trace 5f0c2a1e status
  retold trace 5f0c2a1e 'message_count > 10'
  retold trace 5f0c2a1e \"(select group_concat(status) from instances)\"
  retold trace 5f0c2a1e \"(select sum(output_bytes) from instances)\" r10..")]
pub(crate) struct Trace {
    /// The session
    session: String,
    /// An SQL expression
    #[arg(allow_hyphen_values = true)]
    expression: String,
    /// Only in this range: A..B
    range: Option<String>,
    #[command(flatten)]
    since: Since,
}

impl Run for Trace {
    const TRAVELS: bool = true;

    fn session(&self) -> Option<String> {
        Some(self.session.clone())
    }

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let range = self.range.as_deref().map(travel_args::parse_range).transpose()?;
        let range = self.since.range(context, range)?;
        let (found, mut timeline) = travel_args::begin(context, &log, &self.session)?;
        let (from, after, to) = context.moments(timeline.reader(), &found, range.as_ref())?;
        let stop = Arc::clone(&context.io.interrupt);
        let mut probe = SessionQuery::new(&log, &self.expression, stop)
            .map_err(|error| of_expression(error, &self.expression))?;
        let is_table = context.is_table();
        let columns: &[&str] = match is_table {
            true => &["position", "occurred_at", "revision", "event", "value"],
            false => &["position", "revision", "recorded_at", "occurred_at", "type", "value"],
        };
        let mut rows = context.rows(to, columns.iter().copied())?;
        trace::<Failure>(&mut timeline, &mut probe, from, to.happening(), |traced| {
            let value = Value::from(traced.value);
            let Some(event) = traced.event else {
                // Before the session began there is nothing to tell.
                if !matches!(traced.value, rusqlite::types::Value::Null) {
                    let mut row = vec![Value::Null; columns.len() - 1];
                    row[0] = after.into();
                    row.push(value);
                    rows.push(row)?;
                }
                return Ok(ControlFlow::Continue(()));
            };
            match is_table {
                true => rows.push([
                    event.position.into(),
                    Value::Instant(event.occurred_at),
                    format!("r{}", event.revision).into(),
                    event.kind.name().into(),
                    value,
                ])?,
                false => rows.push([
                    event.position.into(),
                    event.revision.into(),
                    Value::Instant(event.recorded_at),
                    Value::Instant(event.occurred_at),
                    event.kind.name().into(),
                    value,
                ])?,
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let none = rows.count() == 0;
        rows.finish()?;
        Ok(if none { travel_args::nothing(context, "it was null all the time") } else { Exit::Done })
    }
}
