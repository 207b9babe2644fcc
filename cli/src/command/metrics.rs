//! `retold metrics`: figures of sessions, summed up.

use std::time::Duration;

use retold_projections::{MetricsBy, Store};
use rusqlite::types::Value as Sql;

use super::Verb;
use super::search::catch_up;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;

/// Sum up sessions, instances, messages, outcomes and durations
///
/// On a terminal a bar shows the last count of each row. The projection `metrics` holds the figures, also by session,
/// for `retold sql`: metrics_session, metrics_day, metrics_agent, metrics_status.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold metrics                     what happened on each day
  retold metrics --by agent          who took part, who won
  retold metrics --by runtime -o csv for a spreadsheet
  retold sql 'select * from metrics_status'")]
pub(crate) struct Metrics {
    /// By day, type, runtime or agent
    #[arg(long, value_enum, default_value_t, value_name = "BY", hide_possible_values = true)]
    by: By,
    /// Wait so long for the figures at the most
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    wait: u64,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum By {
    #[default]
    Day,
    Type,
    Runtime,
    Agent,
}

impl From<By> for MetricsBy {
    fn from(by: By) -> Self {
        match by {
            By::Day => Self::Day,
            By::Type => Self::Type,
            By::Runtime => Self::Runtime,
            By::Agent => Self::Agent,
        }
    }
}

/// Cells of the longest bar.
const BAR: usize = 16;
/// What the bar shows, the first of these that there is.
const SHOWN: [&str; 2] = ["messages", "instances"];
/// What a table for people leaves to the other formats, so that it fits 80 columns.
const TOO_WIDE: [&str; 3] = ["lines_added", "lines_deleted", "output_bytes"];

impl Verb for Metrics {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = Store::open(context.store_path()?, context.options())?;
        catch_up(context, &store, "metrics", Duration::from_secs(self.wait))?;
        let head = store.log().reader()?.head()?;
        let metrics = store.metrics(self.by.into())?;
        let on_terminal = context.is_table() && context.io.out_is_terminal;
        let kept: Vec<usize> = (0..metrics.columns.len())
            .filter(|at| !on_terminal || !TOO_WIDE.contains(&metrics.columns[*at].as_str()))
            .collect();
        let columns = kept.iter().map(|at| metrics.columns[*at].as_str());
        let shown = SHOWN.iter().find_map(|name| metrics.columns.iter().position(|column| column == name));
        let shown = shown.filter(|_| on_terminal);
        let most = shown.map_or(0, |at| metrics.rows.iter().map(|row| count(&row[at])).max().unwrap_or(0));
        let mut rows = context.rows(head, columns.chain(shown.map(|_| "bar")))?;
        for row in &metrics.rows {
            let bar = shown.map(|at| Value::from(bar(count(&row[at]), most)));
            rows.push(kept.iter().map(|at| value(&row[*at])).chain(bar))?;
        }
        rows.finish()?;
        Ok(if metrics.rows.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}

fn count(value: &Sql) -> u64 {
    match value {
        Sql::Integer(number) => u64::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

fn value(value: &Sql) -> Value {
    match value {
        Sql::Null => Value::Null,
        Sql::Integer(number) => Value::Integer(*number),
        Sql::Real(number) => Value::Real(*number),
        Sql::Text(text) => text.as_str().into(),
        Sql::Blob(bytes) => Value::Hex(bytes.clone()),
    }
}

/// Returns a bar in eighths of a cell.
fn bar(count: u64, most: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let cells = BAR as u128 * 8;
    let eighths = u128::from(count) * cells / u128::from(most.max(1));
    let eighths = usize::try_from(eighths).unwrap_or(BAR * 8);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(0, 10), "");
        assert_eq!(bar(10, 10), "█".repeat(BAR));
        assert_eq!(bar(1, 128), "▏");
    }
}
