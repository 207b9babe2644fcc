//! `retold metrics`: figures of sessions, summed up.

mod prometheus;

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use retold_projections::{MetricsBy, Store};
use retold_travel::Range;
use rusqlite::types::Value as Sql;
use unicode_width::UnicodeWidthStr;

use super::Run;
use super::projections::ready;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::since::{Since, times};

/// Print figures by day, week, month, type, runtime or agent
///
/// per_hour is the throughput: messages per hour of active time, that is of the time that sessions were running or in a
/// debate's round; by agent and runtime, that instances were running. On a terminal a bar shows the messages, and some
/// columns are left to the other formats, and of days, weeks and months the newest 30 are shown where nobody says how many. The projection `metrics` holds the figures, also by session, for
/// `retold sql`: metrics_session, metrics_day, metrics_day_recorded, metrics_agent, metrics_status,
/// metrics_session_status, metrics_day_status. Days are those of UTC on which things happened; with `--clock recorded` those on
/// which the log got them, which after an import are others.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold metrics                     what happened on each day, the newest first
  retold metrics --by week -n 0      week by week, all of them
  retold metrics --clock recorded    by the days on which the log got it
  retold metrics --since 2025-11-01 --until 2025-12-01
  retold metrics --by agent          who took part, who won
  retold metrics --by runtime -o csv for a spreadsheet
  retold metrics --prometheus /var/lib/node_exporter/retold.prom
  retold sql 'select session_id, messages, active_seconds from metrics_session'")]
pub(crate) struct Metrics {
    /// By day, week, month, type, runtime or agent
    #[arg(long, value_enum, default_value_t, value_name = "BY", hide_possible_values = true)]
    by: By,
    #[command(flatten)]
    since: Since,
    /// At most this many rows, 0 for all; on a terminal, 30 days, weeks or months where nobody says
    #[arg(short, long, visible_alias = "limit", value_name = "N")]
    number: Option<usize>,
    /// Wait at most this long for the figures
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    wait: u64,
    /// Write instead what a monitoring asks of a store, as Prometheus reads it; `-` is standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["by", "since", "until", "number", "wait"])]
    prometheus: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum By {
    #[default]
    Day,
    Week,
    Month,
    Type,
    Runtime,
    Agent,
}

impl By {
    fn is_of_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month)
    }
}

impl From<By> for MetricsBy {
    fn from(by: By) -> Self {
        match by {
            By::Day => Self::Day,
            By::Week => Self::Week,
            By::Month => Self::Month,
            By::Type => Self::Type,
            By::Runtime => Self::Runtime,
            By::Agent => Self::Agent,
        }
    }
}

/// Cells of the longest bar: what is left of the terminal, within these.
const BAR: std::ops::RangeInclusive<usize> = 6..=16;
/// Cells that names may take before the bar gets its share.
const NAME_MAX: usize = 16;
/// What the bar shows.
const SHOWN: &str = "messages";
/// What a table for people leaves to the other formats, so that it fits 80 columns.
const TOO_WIDE: [&str; 8] = [
    "output_bytes",
    "bytes_per_hour",
    "lines_added",
    "lines_deleted",
    "seconds",
    "seconds_avg",
    "active_seconds",
    "events",
];

impl Run for Metrics {
    const READS_POINTS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        if let Some(file) = &self.prometheus {
            return prometheus::write(context, file);
        }
        let range = self.since.range(context, None)?;
        let (store, head) = ready(context, "metrics", Duration::from_secs(self.wait))?;
        let mut metrics = store.metrics(self.by.into(), context.clock())?;
        if let Some(range) = &range {
            let days = days(context, &store, self.by, range)?;
            metrics.rows.retain(|row| matches!(&row[0], Sql::Text(day) if days.0 <= *day && *day < days.1));
        }
        let on_terminal = context.is_table() && context.io.out_is_terminal;
        let bound = bound(context, self.number, range.is_some() || !self.by.is_of_time());
        let left = metrics.rows.len().saturating_sub(bound);
        metrics.rows.truncate(bound);
        let kept: Vec<usize> = (0..metrics.columns.len())
            .filter(|at| !on_terminal || !TOO_WIDE.contains(&metrics.columns[*at].as_str()))
            .collect();
        let bars = if on_terminal { bars(&metrics, &kept, context.io.columns) } else { Vec::new() };
        let columns = kept.iter().map(|at| metrics.columns[*at].as_str());
        let mut rows = context.rows(head, columns.chain(on_terminal.then_some("")))?;
        let mut bars = bars.into_iter();
        for row in &metrics.rows {
            rows.push(kept.iter().map(|at| value(&row[*at])).chain(bars.next().map(Value::from)))?;
        }
        rows.finish()?;
        note_left(context, left);
        if metrics.rows.is_empty() {
            context.note("there is nothing to sum up yet");
        }
        Ok(if metrics.rows.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}

/// Rows of a terminal, where nobody says how many, nor since when.
const ON_TERMINAL: usize = 30;

/// Returns how many rows are shown; all where a range is given, or where they are not of a time.
pub(super) fn bound(context: &Context<'_>, asked: Option<usize>, is_bounded: bool) -> usize {
    let on_terminal = context.is_table() && context.io.out_is_terminal;
    match asked {
        Some(0) => usize::MAX,
        Some(number) => number,
        None if on_terminal && !is_bounded => ON_TERMINAL,
        None => usize::MAX,
    }
}

/// Says how many older rows there are, and how to see them.
pub(super) fn note_left(context: &mut Context<'_>, left: usize) {
    if left > 0 && context.is_table() {
        let rows = crate::output::counted(left as u64, "older row");
        context.note(&format!("{rows} not shown; -n 0 shows all, --since the newest of them"));
    }
}

/// Returns the first day of a range, and the first day after it, in UTC: every day that the range touches.
fn days(
    context: &mut Context<'_>,
    store: &Store,
    by: By,
    range: &Range,
) -> Result<(String, String), Failure> {
    if !by.is_of_time() {
        return Err(Failure::usage("metrics: only figures by day, week or month have a range")
            .hint("leave --by away"));
    }
    let [after, to] = times(context, &store.log().reader()?, range, "metrics")?;
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    // What ends as a day begins does not touch it.
    let last = to.map(|to| day(to.saturating_sub(jiff::SignedDuration::from_micros(1)).unwrap_or(to)));
    // The week or the month that a range begins in counts whole.
    let begin = |date: Date| match by {
        By::Week => date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).to_string(),
        By::Month => date.strftime("%Y-%m").to_string(),
        _ => date.to_string(),
    };
    let days = (
        after.map_or_else(String::new, |after| begin(day(after))),
        last.map_or_else(|| "~".to_owned(), |day| day.tomorrow().unwrap_or(day).to_string()),
    );
    Ok(days)
}

/// Returns a bar for each row, in what the other columns leave of a terminal.
fn bars(metrics: &retold_projections::Metrics, kept: &[usize], columns: usize) -> Vec<String> {
    let width = |at: &usize| {
        let cells = metrics.rows.iter().map(|row| width(&row[*at]));
        let widest = cells.chain([metrics.columns[*at].len()]).max().unwrap_or(0);
        2 + if *at == 0 { widest.min(NAME_MAX) } else { widest }
    };
    let cells = columns.saturating_sub(kept.iter().map(width).sum()).clamp(*BAR.start(), *BAR.end());
    let shown = metrics.columns.iter().position(|column| column == SHOWN);
    let counts: Vec<u64> = metrics.rows.iter().map(|row| shown.map_or(0, |at| count(&row[at]))).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    counts.into_iter().map(|count| bar(count, most, cells)).collect()
}

fn width(value: &Sql) -> usize {
    match value {
        Sql::Text(text) => text.width(),
        Sql::Integer(number) => number.to_string().len(),
        Sql::Real(number) => format!("{number:?}").len(),
        Sql::Null | Sql::Blob(_) => 0,
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

/// Returns a bar of at most `cells`, in eighths of a cell.
pub(super) fn bar(count: u64, most: u64, cells: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(count) * cells as u128 * 8 / u128::from(most.max(1));
    let eighths = usize::try_from(eighths).unwrap_or(cells * 8);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(0, 10, 16), "");
        assert_eq!(bar(10, 10, 16), "█".repeat(16));
        assert_eq!(bar(1, 128, 16), "▏");
        assert_eq!(bar(0, 0, 8), "");
    }
}
