//! What a record of usage does to the rows: it replaces the one of its key, and the sums follow.

use retold_core::event::UsageRecorded;
use retold_core::{Recorded, StreamId};
use rusqlite::{Connection, Params, params};

use super::{PROMPT_STEPS, QUARTER};
use crate::engine::Refusal;

/// No record tells more, of tokens nor of millionths: what claims to is cut, so that sums of what files claim stay numbers.
const MOST: i64 = 1 << 36;
/// The tool whose records are sums of many requests, so that no length of a prompt follows from them.
const SUMS_REQUESTS: &str = "copilot";

/// A record of usage.
pub(in crate::transcripts) struct Use<'a> {
    pub(in crate::transcripts) recorded: &'a Recorded,
    pub(in crate::transcripts) workspace: i64,
    pub(in crate::transcripts) body: &'a UsageRecorded,
}

impl Use<'_> {
    /// Records it. O(log n), and O(sessions) that know of the same key.
    pub(in crate::transcripts) fn record(&self, connection: &Connection, tool: &str) -> Result<(), Refusal> {
        let key = params![self.workspace, self.body.key];
        let is_known: bool = connection
            .prepare_cached(include_str!("../../../sql/transcripts/usage/is_known.sql"))?
            .query_row(key, |row| row.get(0))?;
        if is_known {
            run(connection, include_str!("../../../sql/transcripts/usage/take_from_sums.sql"), key)?;
            run(connection, include_str!("../../../sql/transcripts/usage/drop_empty_sum.sql"), key)?;
        }
        self.add(connection, tool)?;
        run(connection, include_str!("../../../sql/transcripts/count_usage.sql"), key)?;
        run(connection, include_str!("../../../sql/transcripts/usage/add_to_sums.sql"), key)
    }

    fn add(&self, connection: &Connection, tool: &str) -> Result<(), Refusal> {
        let Self { recorded, body, .. } = self;
        let number = |number: u64| i64::try_from(number).map_or(MOST, |number| number.min(MOST));
        let prompt = if tool == SUMS_REQUESTS { 0 } else { steps(body) };
        run(
            connection,
            include_str!("../../../sql/transcripts/add_usage.sql"),
            params![
                self.workspace,
                body.key,
                recorded.stream,
                recorded.position,
                recorded.occurred_at,
                recorded.occurred_at.div_euclid(QUARTER),
                body.model,
                prompt,
                number(body.input),
                number(body.cache_read),
                number(body.cache_write),
                number(body.cache_write_1h.unwrap_or_default().min(body.cache_write)),
                number(body.output),
                number(body.reasoning),
                body.cost.map(|cost| cost.clamp(-MOST, MOST)),
                body.hearsay
            ],
        )
    }
}

/// Takes back what a session said of a key. O(sessions) that know of it.
pub(in crate::transcripts) fn withdraw(
    connection: &Connection,
    workspace: i64,
    key: &str,
    stream: StreamId,
) -> Result<(), Refusal> {
    let of_key = params![workspace, key];
    run(connection, include_str!("../../../sql/transcripts/usage/take_from_sums.sql"), of_key)?;
    run(connection, include_str!("../../../sql/transcripts/usage/drop_empty_sum.sql"), of_key)?;
    let own = params![workspace, key, stream];
    run(connection, include_str!("../../../sql/transcripts/usage/withdraw.sql"), own)?;
    run(connection, include_str!("../../../sql/transcripts/count_usage.sql"), of_key)?;
    run(connection, include_str!("../../../sql/transcripts/usage/add_to_sums.sql"), of_key)
}

/// Returns how many of the lengths that prices step at a prompt exceeds.
fn steps(body: &UsageRecorded) -> i64 {
    let prompt = body.input.saturating_add(body.cache_read).saturating_add(body.cache_write);
    PROMPT_STEPS.iter().map(|step| i64::from(prompt > *step)).sum()
}

fn run(connection: &Connection, sql: &str, params: impl Params) -> Result<(), Refusal> {
    connection.prepare_cached(sql)?.execute(params)?;
    Ok(())
}
