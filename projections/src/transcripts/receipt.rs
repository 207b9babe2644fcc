//! What an import of a tool's files came to, in figures: for scripts, and to be compared with what a right importer finds.

use std::collections::{BTreeMap, HashMap};

use retold_core::SpanKind;
use serde_json::{Map, Value, json};

use super::NAME;
use super::read::TranscriptSource;
use crate::error::sqlite;
use crate::{Error, Store};

type Usage = BTreeMap<String, [i64; 5]>;

/// The names of the figures of usage, in the order of their columns.
const TOKENS: [&str; 5] = ["input", "cache_read", "cache_write", "output", "reasoning"];
/// The figures of a session that are counts.
const COUNTS: [&str; 5] = ["tool_calls", "tool_results", "tool_errors", "compactions", "rewinds"];

impl Store {
    /// Returns what came of a tool's files: `tool`, `totals`, `sessions` by id and `sources` by path, as the projection `transcripts`
    /// and the read models have them. Usage is counted once over all sessions. Reads all of the tool's sessions.
    ///
    /// # Errors
    /// [`Error::NoProjection`] where the projection was not filled yet.
    pub fn transcript_receipt(&self, tool: &str) -> Result<Value, Error> {
        let sources = self.transcript_sources(Some(tool))?;
        let sources: Vec<Value> = sources
            .iter()
            .filter(|source| source.role == "transcript" && !source.is_excluded())
            .map(listed_source)
            .collect();
        let connection = self.sql_for(NAME)?;
        let read = || -> rusqlite::Result<Vec<Value>> {
            let mut counts: HashMap<(i64, String), i64> = HashMap::new();
            let mut statement =
                connection.prepare(include_str!("../../sql/transcripts/receipt_counts.sql"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                counts.insert((row.get(0)?, row.get(1)?), row.get(2)?);
            }
            let mut usage: HashMap<i64, (Usage, Option<i64>)> = HashMap::new();
            let mut statement =
                connection.prepare(include_str!("../../sql/transcripts/receipt_usage.sql"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (tokens, cost) = usage.entry(row.get(0)?).or_default();
                let mut sums = [0; 5];
                for (at, sum) in sums.iter_mut().enumerate() {
                    *sum = row.get(2 + at)?;
                }
                if sums != [0; 5] {
                    tokens.insert(row.get(1)?, sums);
                }
                *cost = match (*cost, row.get::<_, Option<i64>>(7)?) {
                    (None, cost) | (cost, None) => cost,
                    (Some(one), Some(other)) => Some(one + other),
                };
            }
            let mut statement =
                connection.prepare(include_str!("../../sql/transcripts/receipt_sessions.sql"))?;
            let mut rows = statement.query([tool])?;
            let mut sessions = Vec::new();
            while let Some(row) = rows.next()? {
                let stream: i64 = row.get(0)?;
                let usage = usage.remove(&stream).unwrap_or_default();
                let count = |what: &str| counts.get(&(stream, what.to_owned())).copied().unwrap_or(0);
                sessions.push(listed_session(row, &count, &usage)?);
            }
            Ok(sessions)
        };
        let sessions = read().map_err(sqlite("sum up what transcripts said"))?;
        let totals = totals(&sessions, &sources);
        Ok(json!({"tool": tool, "totals": totals, "sessions": sessions, "sources": sources}))
    }
}

fn listed_source(source: &TranscriptSource) -> Value {
    let skipped: Vec<Value> = source
        .skipped
        .iter()
        .map(|(offset, length, number)| json!({"offset": offset, "length": length, "why": why(*number)}))
        .collect();
    let secrets: Map<String, Value> =
        source.secrets.iter().map(|(kind, count, _)| (kind.clone(), json!(count))).collect();
    json!({
        "path": source.name,
        "bytes": source.file_bytes,
        "records": source.records,
        "skipped": skipped,
        "kept_bytes": source.bytes,
        "form": source.form,
        "secrets": secrets,
        "masked": source.secrets.iter().map(|(_, _, masked)| masked).sum::<u64>(),
    })
}

fn why(number: u8) -> &'static str {
    SpanKind::of_number(number).map_or("unknown", SpanKind::word)
}

fn listed_session(
    row: &rusqlite::Row<'_>,
    count: &dyn Fn(&str) -> i64,
    (usage, cost): &(Usage, Option<i64>),
) -> rusqlite::Result<Value> {
    let text = |at: usize| row.get::<_, Option<String>>(at);
    let list = |at: usize| -> rusqlite::Result<Value> {
        Ok(serde_json::from_str(&row.get::<_, String>(at)?).unwrap_or_else(|_| json!([])))
    };
    let (cwds, branches) = (list(6)?, list(7)?);
    let mut details: Map<String, Value> =
        text(17)?.and_then(|details| serde_json::from_str(&details).ok()).unwrap_or_default();
    let unknown = details.remove("unknown").unwrap_or_else(|| json!({}));
    let mut session = json!({
        "id": text(1)?,
        "relation": text(2)?,
        "parent": text(3)?,
        "spawned_by": text(4)?,
        "title": text(5)?,
        "cwd": cwds.get(0),
        "cwds": cwds,
        "branch": branches.get(0),
        "branches": branches,
        "worktree": text(8)?,
        "started_at": row.get::<_, Option<i64>>(9)?.and_then(instant),
        "ended_at": row.get::<_, Option<i64>>(10)?.and_then(instant),
        "status": text(11)?,
        "status_inferred": row.get::<_, bool>(12)?,
        "messages": {"user": count("user"), "assistant": count("assistant")},
        "usage": tokens(usage),
        "usage_partial": row.get::<_, bool>(13)?,
        "inline_sidechains": row.get::<_, i64>(18)?,
        "models": list(14)?,
        "versions": list(15)?,
        "unknown": unknown,
        "files": list(16)?,
    });
    if let Some(session) = session.as_object_mut() {
        session.extend(COUNTS.map(|what| (what.to_owned(), json!(count(what)))));
        session.extend(details);
        if let Some(cost) = cost {
            #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 millionths")]
            session.insert("cost".to_owned(), json!(*cost as f64 / 1e6));
        }
    }
    Ok(session)
}

fn instant(micros: i64) -> Option<String> {
    let at = retold_core::time::from_micros(micros)?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

fn tokens(usage: &Usage) -> Value {
    let named = |sums: &[i64; 5]| -> Value {
        TOKENS
            .iter()
            .zip(sums)
            .map(|(name, sum)| ((*name).to_owned(), json!(sum)))
            .collect::<Map<_, _>>()
            .into()
    };
    usage.iter().map(|(model, sums)| (model.clone(), named(sums))).collect::<Map<_, _>>().into()
}

fn totals(sessions: &[Value], sources: &[Value]) -> Value {
    let sum = |of: &[Value], pointer: &str| -> i64 {
        of.iter().filter_map(|one| one.pointer(pointer)?.as_i64()).sum()
    };
    let (mut by_relation, mut unknown) = (BTreeMap::<&str, i64>::new(), BTreeMap::<&str, i64>::new());
    let mut usage = Usage::new();
    for session in sessions {
        *by_relation.entry(session["relation"].as_str().unwrap_or("None")).or_default() += 1;
        for (kind, count) in session["unknown"].as_object().into_iter().flatten() {
            *unknown.entry(kind).or_default() += count.as_i64().unwrap_or(0);
        }
        for (model, used) in session["usage"].as_object().into_iter().flatten() {
            let sums = usage.entry(model.clone()).or_default();
            for (sum, name) in sums.iter_mut().zip(TOKENS) {
                *sum += used[name].as_i64().unwrap_or(0);
            }
        }
    }
    let skipped: Vec<Value> =
        sources.iter().filter_map(|source| source["skipped"].as_array()).flatten().cloned().collect();
    let mut secrets = BTreeMap::<&str, i64>::new();
    for (kind, count) in sources.iter().filter_map(|source| source["secrets"].as_object()).flatten() {
        *secrets.entry(kind).or_default() += count.as_i64().unwrap_or(0);
    }
    let mut totals = json!({
        "sessions": sessions.len(),
        "by_relation": by_relation,
        "user": sum(sessions, "/messages/user"),
        "assistant": sum(sessions, "/messages/assistant"),
        "usage": tokens(&usage),
        "sources": sources.len(),
        "bytes": sum(sources, "/bytes"),
        "records": sum(sources, "/records"),
        "skipped_spans": skipped.len(),
        "skipped_bytes": sum(&skipped, "/length"),
        "unknown": unknown,
        "secrets": secrets,
        "masked": sum(sources, "/masked"),
    });
    if let Some(totals) = totals.as_object_mut() {
        totals.extend(COUNTS.map(|what| (what.to_owned(), json!(sum(sessions, &format!("/{what}"))))));
    }
    totals
}
