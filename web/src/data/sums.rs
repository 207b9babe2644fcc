//! Figures summed up, tokens and what they cost, and the files that history came from.

use retold_present::AsOf;
use retold_projections::{MetricsBy, Prices, UsageBy, UsageQuery, UsageRow};
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use super::search::with_projection;
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
    let (metrics, head) = with_projection(site, "metrics", |store| store.metrics(by))?;
    let reader = site.reader()?;
    let rows = metrics.rows.iter().map(|row| row.iter().map(cell).collect::<Value>()).collect();
    Ok(Answer::of(&AsOf::from(head), &reader)?.with("columns", json!(metrics.columns)).with_rows(rows))
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
        ..UsageQuery::default()
    };
    let prices = Prices::built_in();
    let (usage, head) = with_projection(site, TRANSCRIPTS, |store| store.usage(&query, &prices))?;
    let reader = site.reader()?;
    Ok(Answer::of(&AsOf::from(head), &reader)?
        .with("total", sum(&usage.total))
        .with("without_cost", json!(usage.without_cost))
        .with_rows(usage.rows.iter().map(sum).collect()))
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
