//! Usage by blocks of five hours, as the limits of Claude Code's users count it.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};

use super::group::Part;
use super::query::{Parts, connection};
use super::{Prices, QUARTER, UsageQuery, UsageSum};
use crate::error::sqlite;
use crate::{Error, Store};

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;
/// How long a block lasts.
const BLOCK: i64 = 5 * HOUR;

/// A block of five hours, which begins with the hour (in UTC) of the first use after the block before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsageBlock {
    /// When it began, in microseconds since 1970.
    pub start: i64,
    /// When it ends: five hours later.
    pub end: i64,
    /// The first use in it.
    pub first_used: i64,
    /// The last use in it so far.
    pub last_used: i64,
    /// What was used.
    pub sum: UsageSum,
    /// The models that used it.
    pub models: Vec<String>,
}

/// How fast a block is used up, and what it comes to if that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Burn {
    /// Tokens a minute, from the first use to the last.
    pub tokens_per_minute: u64,
    /// Millionths of a dollar an hour, where the cost is known.
    pub cost_per_hour: Option<i64>,
    /// All tokens at the end of the block.
    pub tokens_at_end: u64,
    /// The cost at the end of the block, in millionths of a dollar.
    pub cost_at_end: Option<i64>,
}

impl UsageBlock {
    /// Whether it has begun at `now` and not ended.
    pub fn is_active(&self, now: i64) -> bool {
        self.start <= now && now < self.end
    }

    /// Returns how much time is left of it at `now`, in microseconds.
    pub fn remaining(&self, now: i64) -> i64 {
        self.end.saturating_sub(now).clamp(0, BLOCK)
    }

    /// Returns how fast it is used up at `now`; `None` where it is not active, or its use began less than a minute before its
    /// last one.
    pub fn burn(&self, now: i64) -> Option<Burn> {
        let used_for = self.last_used.saturating_sub(self.first_used);
        if !self.is_active(now) || used_for < MINUTE {
            return None;
        }
        let during = |amount: i128, time: i64| amount.saturating_mul(time.into()) / i128::from(used_for);
        let remaining = self.remaining(now);
        let tokens = i128::from(self.sum.tokens());
        let cost = self.sum.cost.micros().map(i128::from);
        let tokens_of = |amount: i128| u64::try_from(amount).unwrap_or(u64::MAX);
        let micros_of = |amount: i128| i64::try_from(amount).unwrap_or(i64::MAX);
        Some(Burn {
            tokens_per_minute: tokens_of(during(tokens, MINUTE)),
            cost_per_hour: cost.map(|cost| micros_of(during(cost, HOUR))),
            tokens_at_end: tokens_of(tokens.saturating_add(during(tokens, remaining))),
            cost_at_end: cost.map(|cost| micros_of(cost.saturating_add(during(cost, remaining)))),
        })
    }
}

impl Store {
    /// Returns usage by blocks of five hours, the newest first. What `query` groups by is left aside; blocks that touch its time
    /// are whole. O(quarters of hours in which sessions used models).
    ///
    /// # Errors
    /// Those of [`usage`](Self::usage).
    pub fn usage_blocks(&self, query: &UsageQuery, prices: &Prices) -> Result<Vec<UsageBlock>, Error> {
        let connection = connection(self)?;
        let read = || -> rusqlite::Result<Vec<UsageBlock>> {
            let mut blocks = blocks(&connection, prices, query.tool.as_deref(), None)?;
            blocks.retain(|block| {
                query.from.is_none_or(|from| block.end > from)
                    && query.before.is_none_or(|before| block.start < before)
            });
            blocks.reverse();
            Ok(blocks)
        };
        read().map_err(sqlite("sum up usage by blocks"))
    }

    /// Returns the block that is active at `now`. O(what was used since nothing was used for five hours).
    ///
    /// # Errors
    /// Those of [`usage`](Self::usage).
    pub fn active_usage_block(
        &self,
        tool: Option<&str>,
        now: i64,
        prices: &Prices,
    ) -> Result<Option<UsageBlock>, Error> {
        let connection = connection(self)?;
        let read = || -> rusqlite::Result<Option<UsageBlock>> {
            let Some(from) = chain_start(&connection, tool, now)? else { return Ok(None) };
            let blocks = blocks(&connection, prices, tool, Some(from))?;
            Ok(blocks.into_iter().find(|block| block.is_active(now)))
        };
        read().map_err(sqlite("sum up usage by blocks"))
    }
}

/// Returns the number of a tool's workspace; `None` where the log has none.
fn workspace(connection: &Connection, tool: &str) -> rusqlite::Result<Option<i64>> {
    let sql = include_str!("../../../sql/transcripts/usage/workspace.sql");
    connection.prepare_cached(sql)?.query_row([tool], |row| row.get(0)).optional()
}

/// Returns the first use after the last time that nothing was used for five hours: a block begins with it, whatever was before.
fn chain_start(connection: &Connection, tool: Option<&str>, now: i64) -> rusqlite::Result<Option<i64>> {
    let workspace = match tool {
        Some(tool) => match workspace(connection, tool)? {
            None => return Ok(None),
            number => number,
        },
        None => None,
    };
    let mut statement =
        connection.prepare_cached(include_str!("../../../sql/transcripts/usage/quarters.sql"))?;
    let mut rows = statement.query((now.div_euclid(QUARTER), workspace))?;
    let mut start: Option<i64> = None;
    while let Some(row) = rows.next()? {
        let quarter: i64 = row.get(0)?;
        // Somewhere in both quarters something was used: between is at least what lies between the quarters.
        let gap =
            start.map_or(now, |start| start * QUARTER).saturating_sub((quarter + 1).saturating_mul(QUARTER));
        if gap >= BLOCK {
            break;
        }
        start = Some(quarter);
    }
    Ok(start.map(|start| start * QUARTER))
}

/// Returns the blocks, the oldest first.
fn blocks(
    connection: &Connection,
    prices: &Prices,
    tool: Option<&str>,
    from: Option<i64>,
) -> rusqlite::Result<Vec<UsageBlock>> {
    let mut parts = Parts::new(connection, prices, tool)?;
    let mut blocks: Vec<(UsageBlock, BTreeSet<String>)> = Vec::new();
    parts.read(from, None, &mut |_, part: &Part<'_>| {
        let at = part.quarter.saturating_mul(QUARTER);
        if blocks.last().is_none_or(|(block, _)| at >= block.end) {
            let start = at.div_euclid(HOUR) * HOUR;
            let block = UsageBlock { start, end: start.saturating_add(BLOCK), ..UsageBlock::default() };
            blocks.push((block, BTreeSet::new()));
        }
        if let Some((block, models)) = blocks.last_mut() {
            block.sum.add(&part.sum);
            if !models.contains(part.model) {
                models.insert(part.model.to_owned());
            }
        }
        Ok(())
    })?;
    let workspace = tool.map(|tool| workspace(connection, tool)).transpose()?.flatten();
    let mut uses = connection.prepare_cached(include_str!("../../../sql/transcripts/usage/uses.sql"))?;
    let complete = |(mut block, models): (UsageBlock, BTreeSet<String>)| {
        let found = uses.query_row((block.start, block.end, workspace), |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
        })?;
        block.first_used = found.0.unwrap_or(block.start);
        block.last_used = found.1.unwrap_or(block.start);
        block.models = models.into_iter().collect();
        Ok(block)
    };
    blocks.into_iter().map(complete).collect()
}
