//! `retold usage --statusline`: a line for the status line of Claude Code.

use std::io::Read;

use jiff::Timestamp;
use retold_core::time;
use retold_projections::{Cost, Prices, Store, Usable, UsageBlock, UsageBy, UsageQuery};
use retold_transcripts::Tool;
use serde_json::{Value, json};

use super::blocks::lasting;
use super::is_json;
use crate::command::import::transcripts::TRANSCRIPTS;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{cut, dollars};
use crate::printable::printable;

/// No input is longer, in bytes: Claude Code's has some hundreds.
const INPUT_MAX: u64 = 1024 * 1024;
/// Columns of a model's name.
const NAME_MAX: usize = 40;

/// What Claude Code gives its status line, as far as it is used. What is of another type than it should be is not there.
#[derive(Debug, Default)]
struct Given {
    session: Option<String>,
    model: Option<String>,
    /// What the session costs so far, in millionths of a dollar.
    cost: Option<i64>,
}

/// What the line says.
#[derive(Debug, Default)]
struct Line {
    model: Option<String>,
    session: Option<i64>,
    today: Option<Cost>,
    block: Option<UsageBlock>,
}

/// Prints the line, as of what the projection holds: it is not brought up to date for it, and nothing is written.
pub(super) fn run(context: &mut Context<'_>, tool: Tool, prices: &Prices) -> Result<Exit, Failure> {
    let given = given(context)?;
    let store = context.open_store_as_it_is()?;
    let now = (context.io.clock)();
    let is_usable = !matches!(store.sidecars().usable(TRANSCRIPTS)?, Usable::Not);
    let mut line = Line { model: given.model.clone(), session: given.cost, ..Line::default() };
    if is_usable {
        let mut query =
            UsageQuery { tool: Some(tool.word().to_owned()), zone: context.zone(), ..UsageQuery::default() };
        line.block = store.active_usage_block(query.tool.as_deref(), time::to_micros(now), prices)?;
        query.from = Some(time::to_micros(today(context, now)));
        line.today = Some(store.usage(&query, prices)?.total.sum.cost);
        line.session = match (line.session, &given.session) {
            (None, Some(session)) => cost_of(&store, session, query, prices)?,
            (cost, _) => cost,
        };
    }
    match is_json(context) {
        true => context.document(&line.json(time::to_micros(now)), false)?,
        false => context.say(&line.text(time::to_micros(now)))?,
    }
    Ok(Exit::Done)
}

/// Returns when the day began.
fn today(context: &Context<'_>, now: Timestamp) -> Timestamp {
    now.to_zoned(context.zone()).start_of_day().map_or(now, |day| day.timestamp())
}

/// Returns what a session cost with its sub-agents. Asked only where the input does not say it.
fn cost_of(store: &Store, session: &str, query: UsageQuery, prices: &Prices) -> Result<Option<i64>, Failure> {
    let usage = store.usage(&UsageQuery { by: UsageBy::Session, from: None, ..query }, prices)?;
    let row = usage.rows.iter().find(|row| row.key.as_deref() == Some(session));
    Ok(row.and_then(|row| row.sum.cost.micros()))
}

/// Reads what Claude Code gives; nothing from a terminal, or where there is nothing.
fn given(context: &mut Context<'_>) -> Result<Given, Failure> {
    if context.io.input_is_terminal {
        return Ok(Given::default());
    }
    let act = "read what the status line is given";
    let mut bytes = Vec::new();
    let read = (&mut context.io.input).take(INPUT_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(Exit::Io, format!("{act}: {error}")))?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Given::default());
    }
    let refused = |reason: &str| {
        Failure::usage(format!("{act}: {reason}"))
            .hint("it is a JSON object, or nothing: `retold usage --statusline </dev/null`")
    };
    if bytes.len() as u64 > INPUT_MAX {
        return Err(refused("it is longer than 1 MiB"));
    }
    let document: Value =
        serde_json::from_slice(&bytes).map_err(|error| refused(&format!("it is not JSON: {error}")))?;
    if !document.is_object() {
        return Err(refused("it is not a JSON object"));
    }
    let text = |pointer: &str| document.pointer(pointer)?.as_str().map(str::to_owned);
    #[expect(clippy::cast_possible_truncation, reason = "it was held to its bounds")]
    let micros = |dollars: f64| (0.0..1e12).contains(&dollars).then(|| (dollars * 1e6).round() as i64);
    Ok(Given {
        session: text("/session_id"),
        model: text("/model/display_name").or_else(|| text("/model/id")),
        cost: document.pointer("/cost/total_cost_usd").and_then(Value::as_f64).and_then(micros),
    })
}

impl Line {
    fn text(&self, now: i64) -> String {
        let mut parts = Vec::new();
        if let Some(model) = &self.model {
            parts.push(cut(&printable(model), NAME_MAX));
        }
        if let Some(cost) = self.session {
            parts.push(format!("{} session", dollars(cost)));
        }
        if let Some(cost) = &self.today {
            parts.push(format!("{} today", shown(cost)));
        }
        if let Some(block) = &self.block {
            let pace = block.burn(now).and_then(|burn| burn.cost_per_hour);
            let pace = pace.map_or_else(String::new, |cost| format!(", {}/h", dollars(cost)));
            parts.push(format!(
                "{} block, {} left{pace}",
                shown(&block.sum.cost),
                lasting(block.remaining(now))
            ));
        }
        if parts.is_empty() {
            parts.push("no usage is known".to_owned());
        }
        parts.join(" | ")
    }

    fn json(&self, now: i64) -> Value {
        let block = self.block.as_ref().map(|block| {
            json!({
                "start": time::from_micros(block.start).map(|at| at.to_string()),
                "end": time::from_micros(block.end).map(|at| at.to_string()),
                "remaining_seconds": block.remaining(now) / 1_000_000,
                "cost": block.sum.cost.micros(),
                "cost_per_hour": block.burn(now).and_then(|burn| burn.cost_per_hour),
            })
        });
        json!({
            "model": self.model,
            "session_cost": self.session,
            "today_cost": self.today.and_then(|cost| cost.micros()),
            "block": block,
        })
    }
}

/// Returns a cost; `+` where it leaves something out.
fn shown(cost: &Cost) -> String {
    let is_all = cost.unknown() == 0;
    match cost.micros() {
        None if is_all => dollars(0),
        None => "unknown".to_owned(),
        Some(micros) => format!("{}{}", dollars(micros), if is_all { "" } else { "+" }),
    }
}
