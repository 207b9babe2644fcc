//! What was used, as Codex counts it: cached tokens are part of the input, reasoning is part of the output, and a count goes on from
//! the beginning of the thread.

use serde::{Deserialize, Serialize};

use crate::Tokens;
use crate::json::Object;

/// A count, as Codex writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Total {
    input: u64,
    cached: u64,
    cache_write: u64,
    output: u64,
    reasoning: u64,
}

impl Total {
    pub(super) fn read(usage: &Object<'_>) -> Self {
        let count = |key| usage.count(key).unwrap_or(0);
        Self {
            input: count("input_tokens"),
            cached: count("cached_input_tokens"),
            cache_write: count("cache_write_input_tokens"),
            output: count("output_tokens"),
            reasoning: count("reasoning_output_tokens"),
        }
    }

    /// Returns it counted as for all tools.
    pub(super) fn tokens(self) -> Tokens {
        Tokens {
            input: self.input.saturating_sub(self.cached).saturating_sub(self.cache_write),
            cache_read: self.cached,
            cache_write: self.cache_write,
            cache_write_1h: None,
            output: self.output,
            reasoning: self.reasoning,
        }
    }

    pub(super) fn without(self, part: Self) -> Self {
        Self {
            input: self.input.saturating_sub(part.input),
            cached: self.cached.saturating_sub(part.cached),
            cache_write: self.cache_write.saturating_sub(part.cache_write),
            output: self.output.saturating_sub(part.output),
            reasoning: self.reasoning.saturating_sub(part.reasoning),
        }
    }

    fn all(self) -> u128 {
        u128::from(self.input) + u128::from(self.output)
    }
}

/// A count that goes on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Count {
    last: Option<Total>,
    /// How often it began again.
    times: u32,
    /// What was added last, until something else is said of it.
    added: Option<Total>,
}

impl Count {
    /// Takes a total that was counted elsewhere.
    pub(super) fn base(&mut self, total: Total) {
        self.last = Some(total);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.last.is_some()
    }

    /// Takes a total. Returns what was added, and a name for it, where something was: an equal total is a repeat, a smaller one
    /// begins a new count.
    pub(super) fn go_on(&mut self, total: Total) -> Option<(Total, String)> {
        let last = self.last.unwrap_or_default();
        if self.last.replace(total) == Some(total) {
            return None;
        }
        let mut added = total.without(last);
        if total.all() < last.all() {
            self.times += 1;
            added = total;
        }
        if added == Total::default() {
            return None;
        }
        self.added = Some(added);
        Some((added, format!("{}/{}+{}", self.times, total.input, total.output)))
    }

    /// Returns whether a response with this usage is what the count said last, so that it is not counted again.
    pub(super) fn has_said(&mut self, usage: Total) -> bool {
        self.added.take() == Some(usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(input: u64, output: u64) -> Total {
        Total { input, output, ..Total::default() }
    }

    #[test]
    fn a_repeat_adds_nothing_and_a_fall_begins_again() {
        let mut count = Count::default();
        let mut added = Vec::new();
        for (input, output) in
            [(10, 1), (10, 1), (30, 4), (5, 1), (5, 1), (10, 1), (0, 0), (u64::MAX, u64::MAX)]
        {
            added.push(count.go_on(total(input, output)).map(|(added, _)| (added.input, added.output)));
        }
        assert_eq!(
            added,
            [
                Some((10, 1)),
                None,
                Some((20, 3)),
                Some((5, 1)),
                None,
                Some((5, 0)),
                None,
                Some((u64::MAX, u64::MAX))
            ]
        );
    }

    #[test]
    fn what_is_cached_is_no_input_and_never_less_than_nothing() {
        let total = Total { input: 10, cached: 7, cache_write: 5, output: 3, reasoning: 2 };
        let tokens = Tokens { cache_read: 7, cache_write: 5, output: 3, reasoning: 2, ..Tokens::default() };
        assert_eq!(total.tokens(), tokens);
    }
}
