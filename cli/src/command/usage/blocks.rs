//! `retold usage --blocks`: blocks of five hours.

use retold_core::{Head, time};
use retold_projections::{Prices, Store, UsageBlock, UsageQuery, UsageRow};

use super::{FIGURES, NARROW, figures, mark, nothing, say_what_is_left_out};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, dollars};

/// What is told of a block beside its figures.
const TIMES: [&str; 5] = ["start", "end", "first_used", "last_used", "active"];
/// What is told of the pace of the active one.
const PACE: [&str; 6] =
    ["models", "remaining_seconds", "tokens_per_minute", "cost_per_hour", "tokens_at_end", "cost_at_end"];
/// Microseconds of a minute, and of a second.
const MINUTE: i64 = 60 * SECOND;
const SECOND: i64 = 1_000_000;

pub(super) fn run(
    context: &mut Context<'_>,
    store: &Store,
    head: Head,
    query: &UsageQuery,
    prices: &Prices,
) -> Result<Exit, Failure> {
    let blocks = store.usage_blocks(query, prices)?;
    let now = time::to_micros((context.io.clock)());
    match context.is_table() {
        true => table(context, head, &blocks, now)?,
        false => rows(context, head, &blocks, now)?,
    }
    let mut total = UsageRow::default();
    for block in &blocks {
        total.sum.add(&block.sum);
    }
    say_what_is_left_out(context, &total, &[]);
    if blocks.is_empty() {
        context.note(nothing(store, query)?);
        return Ok(Exit::Nothing);
    }
    Ok(Exit::Done)
}

fn rows(context: &mut Context<'_>, head: Head, blocks: &[UsageBlock], now: i64) -> Result<(), Failure> {
    let mut rows = context.rows(head, TIMES.into_iter().chain(FIGURES).chain(PACE))?;
    for block in blocks {
        let is_active = block.is_active(now);
        let times = [block.start, block.end, block.first_used, block.last_used].map(Value::Instant);
        let burn = block.burn(now);
        let pace = [
            Value::json(&block.models),
            is_active.then(|| block.remaining(now).unsigned_abs() / SECOND.unsigned_abs()).into(),
            burn.map(|burn| burn.tokens_per_minute).into(),
            burn.and_then(|burn| burn.cost_per_hour).map_or(Value::Null, Value::Dollars),
            burn.map(|burn| burn.tokens_at_end).into(),
            burn.and_then(|burn| burn.cost_at_end).map_or(Value::Null, Value::Dollars),
        ];
        rows.push(times.into_iter().chain([is_active.into()]).chain(figures(&block.sum)).chain(pace))?;
    }
    rows.finish()
}

fn table(context: &mut Context<'_>, head: Head, blocks: &[UsageBlock], now: i64) -> Result<(), Failure> {
    let is_narrow = context.io.out_is_terminal && context.io.columns < NARROW;
    let marks = blocks.iter().any(|block| !mark(&block.sum).is_empty());
    let names = ["start", ""].into_iter().chain((!is_narrow).then_some("output")).chain(["tokens", "cost"]);
    let mut rows = context.rows(head, names.chain(marks.then_some("")))?;
    let mut later: Option<&UsageBlock> = None;
    for block in blocks {
        // What lies between a block and the one after it, where that is time.
        let idle = later.map_or(0, |later| later.start.saturating_sub(block.end));
        if idle >= MINUTE {
            let cells = [Value::Instant(block.end), format!("idle {}", lasting(idle)).into()];
            let empty = std::iter::repeat_with(|| Value::Null);
            rows.push(cells.into_iter().chain(empty.take(2 + usize::from(!is_narrow) + usize::from(marks))))?;
        }
        let state = match block.is_active(now) {
            true => format!("{} left", lasting(block.remaining(now))),
            false => String::new(),
        };
        let cost = block.sum.cost.micros().map_or_else(|| "unknown".into(), Value::Dollars);
        let cells = [Value::Instant(block.start), state.into()].into_iter();
        let cells = cells.chain((!is_narrow).then(|| block.sum.output.into()));
        let cells = cells.chain([block.sum.tokens().into(), cost]);
        rows.push(cells.chain(marks.then(|| mark(&block.sum).into())))?;
        later = Some(block);
    }
    rows.finish()?;
    if let Some(burn) = blocks.iter().find_map(|block| block.burn(now)) {
        let cost = |cost: Option<i64>| cost.map_or_else(String::new, |cost| format!(", {}", dollars(cost)));
        context.note(&format!(
            "at this pace: {} tokens a minute{} an hour; at the end of the block {} tokens{}",
            burn.tokens_per_minute,
            cost(burn.cost_per_hour),
            burn.tokens_at_end,
            cost(burn.cost_at_end)
        ));
    }
    Ok(())
}

/// Returns how long something lasts, in hours and minutes: `2h 14m`.
pub(super) fn lasting(micros: i64) -> String {
    let minutes = micros / MINUTE;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, minutes) => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_hours_and_minutes() {
        let told = [0, 59 * SECOND, 14 * MINUTE, 134 * MINUTE, 3_000 * MINUTE].map(lasting);
        assert_eq!(told, ["0m", "0m", "14m", "2h 14m", "50h 00m"]);
    }
}
