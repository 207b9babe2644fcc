//! Figures summed up, tokens and what they cost, and the files that history came from.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use retold_core::happening::Moment;
use retold_core::{Clock, Reader, time};
use retold_present::AsOf;
use retold_projections::{MetricsBy, SessionRow, UsageBy, UsageQuery, UsageRow};
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use super::search::with_projection;
use super::sessions;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// By what figures are summed up, as an address names it.
pub(crate) const METRICS_BY: &[&str] = &["day", "type", "runtime", "agent"];
/// By what usage is summed up.
pub(crate) const USAGE_BY: &[&str] =
    &["day", "week", "month", "project", "session", "model", "tool", "agent"];
/// The projection of what coding agents left on disk.
const TRANSCRIPTS: &str = "transcripts";

pub(crate) fn metrics(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let by = match asked.query.text("by") {
        Some("type") => MetricsBy::Type,
        Some("runtime") => MetricsBy::Runtime,
        Some("agent") => MetricsBy::Agent,
        _ => MetricsBy::Day,
    };
    if asked.query.text("at").is_some() {
        return metrics_then(site, asked, by);
    }
    let clock = site.clock_of(asked);
    let (metrics, head) = with_projection(site, "metrics", |store| store.metrics(by, clock))?;
    let reader = site.reader()?;
    let rows = metrics.rows.iter().map(|row| row.iter().map(cell).collect::<Value>()).collect();
    Ok(Answer::of(&AsOf::from(head), &reader)?.with("columns", json!(metrics.columns)).with_rows(rows))
}

/// Sessions summed up as they were at a moment. What agents did by then is not kept.
fn metrics_then(site: &Site, asked: &Asked, by: MetricsBy) -> Result<Answer, Problem> {
    let is_by_day = match by {
        MetricsBy::Day => true,
        MetricsBy::Type => false,
        _ => {
            return Err(Problem::bad("figures by agent and by runtime are known as of now alone")
                .hint("`by` is day or type, as of a moment"));
        }
    };
    let reader = site.reader()?;
    let as_of = site.moment(&reader, asked)?;
    let rows = sessions::all_at(site, as_of.moment)?;
    let began = match (is_by_day, site.clock_of(asked)) {
        (true, Clock::Recorded) => recorded(&reader, &rows)?,
        _ => HashMap::new(),
    };
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    for row in &rows {
        let key = match (is_by_day, site.clock_of(asked)) {
            (false, _) => row.kind.clone(),
            (true, Clock::Occurred) => day(time::parse(&row.created_at)),
            (true, Clock::Recorded) => day(began.get(&row.stream).copied().and_then(time::from_micros)),
        };
        sums.entry(key).or_default().add(row);
    }
    let columns = ["sessions", "completed", "failed", "instances", "messages", "files", "seconds_avg"];
    let columns = std::iter::once(if is_by_day { "day" } else { "type" }).chain(columns);
    let rows = sums.iter().map(|(key, sum)| sum.told(key)).collect();
    Ok(Answer::of(&as_of, &reader)?.with("columns", columns.collect::<Vec<_>>()).with_rows(rows))
}

/// Returns the day of a time; nothing where that is not known.
fn day(at: Option<Timestamp>) -> String {
    at.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// Returns when the log got the first event of each session, in microseconds since 1970, by its stream.
fn recorded(reader: &Reader<'_>, rows: &[SessionRow]) -> Result<HashMap<i64, i64>, Problem> {
    let streams: Value = rows.iter().map(|row| row.stream).collect();
    let read = || -> rusqlite::Result<_> {
        let mut statement = reader.connection().prepare_cached(include_str!("../../sql/began.sql"))?;
        statement.query_map([streams.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    Ok(read().map_err(retold_core::Error::sqlite("read the log"))?)
}

/// What some sessions come to.
#[derive(Default)]
struct Sums {
    sessions: u64,
    completed: u64,
    failed: u64,
    instances: u64,
    messages: u64,
    files: u64,
    seconds: u64,
    timed: u64,
}

impl Sums {
    fn add(&mut self, row: &SessionRow) {
        self.sessions += 1;
        self.completed += u64::from(row.status == "completed");
        self.failed += u64::from(row.status == "failed");
        self.instances += u64::from(row.instance_count);
        self.messages += u64::from(row.message_count);
        self.files += u64::from(row.total_files_changed.unwrap_or_default());
        self.seconds += row.total_duration.unwrap_or_default();
        self.timed += u64::from(row.total_duration.is_some());
    }

    fn told(&self, key: &str) -> Value {
        let average = self.seconds.checked_div(self.timed);
        json!([
            key,
            self.sessions,
            self.completed,
            self.failed,
            self.instances,
            self.messages,
            self.files,
            average
        ])
    }
}

fn cell(value: &Sql) -> Value {
    match value {
        Sql::Null | Sql::Blob(_) => Value::Null,
        Sql::Integer(number) => (*number).into(),
        Sql::Real(number) => (*number).into(),
        Sql::Text(text) => text.as_str().into(),
    }
}

pub(crate) fn usage(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let by = asked.query.text("by").and_then(UsageBy::of_word).unwrap_or(UsageBy::Day);
    let query = UsageQuery {
        by,
        zone: site.zone.clone(),
        tool: asked.query.text("tool").map(str::to_owned),
        before: used_before(site, asked)?,
        ..UsageQuery::default()
    };
    let prices = site.prices()?;
    let (usage, head) = with_projection(site, TRANSCRIPTS, |store| store.usage(&query, &prices))?;
    let reader = site.reader()?;
    Ok(Answer::of(&AsOf::from(head), &reader)?
        .with("total", sum(&usage.total))
        .with("without_cost", json!(usage.without_cost))
        .with_rows(usage.rows.iter().map(sum).collect()))
}

/// Returns the time up to which usage counts, where a moment is asked for: it is known by when it was used.
fn used_before(site: &Site, asked: &Asked) -> Result<Option<i64>, Problem> {
    if asked.query.text("at").is_none() {
        return Ok(None);
    }
    match site.moment(&site.reader()?, asked)?.moment {
        Moment::Occurred(micros) => Ok(Some(micros.saturating_add(1))),
        Moment::Recorded(_) => Err(Problem::bad("usage is known by when it was used, and not by position")
            .hint("`at` is a time, with clock=occurred")),
    }
}

fn sum(row: &UsageRow) -> Value {
    let UsageRow { key, tool, title, sum, models, sessions, partial, .. } = row;
    json!({
        "key": key,
        "tool": tool,
        "title": title,
        "records": sum.records,
        "input": sum.input,
        "cache_read": sum.cache_read,
        "cache_write": sum.cache_write,
        "output": sum.output,
        "reasoning": sum.reasoning,
        "micros": sum.cost.micros(),
        "micros_said_by_tools": sum.cost.said_by_tools(),
        "records_without_cost": sum.cost.unknown(),
        "models": models,
        "sessions": sessions,
        "partial": partial,
    })
}

pub(crate) fn sources(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let tool = asked.query.text("tool");
    let (sources, head) = with_projection(site, TRANSCRIPTS, |store| store.transcript_sources(tool))?;
    let reader = site.reader()?;
    let excluded = sources.iter().filter(|source| source.is_excluded()).count();
    let rows = sources.iter().filter(|source| !source.is_excluded()).map(|source| {
        json!({
            "tool": source.tool,
            "name": source.name,
            "role": source.role,
            "bytes": source.file_bytes,
            "records": source.records,
            "skipped": source.skipped.len(),
            "kept_at": source.kept_at,
        })
    });
    Ok(Answer::of(&AsOf::from(head), &reader)?.with("excluded", excluded).with_rows(rows.collect()))
}
