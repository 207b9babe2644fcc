//! What was used: tokens and cost, summed up.

mod blocks;
mod cost;
mod group;
mod price_table;
mod prices;
mod query;
mod record;
mod sessions;

pub use blocks::{Burn, UsageBlock};
pub use cost::Cost;
pub use price_table::PricesError;
pub use prices::Prices;
pub use query::{Usage, UsageBy, UsageQuery, UsageRow};
pub(super) use record::{Use, withdraw as withdraw_usage};

/// A quarter of an hour, in microseconds: every time zone's days begin with one.
const QUARTER: i64 = 15 * 60 * 1_000_000;
/// The lengths of prompts, in tokens, that providers' prices step at.
const PROMPT_STEPS: [u64; 5] = [100_000, 128_000, 200_000, 256_000, 272_000];

/// What was used, summed up: tokens as [`UsageRecorded`](retold_core::event::UsageRecorded) counts them, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsageSum {
    /// How many records say so: of most tools one a response, of Copilot CLI one a model and run.
    pub records: u64,
    /// Tokens read, and not from a cache.
    pub input: u64,
    /// Tokens read from a cache.
    pub cache_read: u64,
    /// Tokens written to a cache.
    pub cache_write: u64,
    /// The part of them that is kept for an hour, where the tool tells it.
    pub cache_write_1h: u64,
    /// Tokens generated, reasoning among them.
    pub output: u64,
    /// The part of them that was reasoning.
    pub reasoning: u64,
    /// What that costs.
    pub cost: Cost,
}

impl UsageSum {
    /// Returns all tokens.
    pub fn tokens(&self) -> u64 {
        [self.input, self.cache_read, self.cache_write, self.output]
            .into_iter()
            .fold(0, |sum, tokens| sum.saturating_add(tokens))
    }

    /// Adds another sum; what no number holds stays the largest one.
    pub fn add(&mut self, other: &Self) {
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        add(&mut self.records, other.records);
        add(&mut self.input, other.input);
        add(&mut self.cache_read, other.cache_read);
        add(&mut self.cache_write, other.cache_write);
        add(&mut self.cache_write_1h, other.cache_write_1h);
        add(&mut self.output, other.output);
        add(&mut self.reasoning, other.reasoning);
        self.cost.add(&other.cost);
    }
}
