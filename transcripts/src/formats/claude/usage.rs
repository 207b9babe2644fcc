//! Tokens of Claude Code: one count a response, over all files.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::{Deserialize, Serialize};

use crate::id::{Id, id};
use crate::raw::Raw;
use crate::{Tokens, What};

/// What was counted, by the id of the response.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Usage {
    counted: HashMap<Id, Counted>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Counted {
    output: u64,
    cost: Option<i64>,
    is_hearsay: bool,
}

/// A response whose tokens are told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) key: &'a str,
    pub(super) model: &'a str,
    pub(super) usage: Raw<'a>,
    /// In the tool's unit, which older releases wrote.
    pub(super) cost: Option<i64>,
    pub(super) is_hearsay: bool,
}

impl Usage {
    /// Takes what a line tells; returns the fact, where it is news. A response grows while it is written, so the line with the
    /// most output is right; what another session's file says counts for as long as no file says it of its own.
    pub(super) fn told(&mut self, told: Told<'_>) -> Option<What> {
        if !told.usage.is_object() {
            return None;
        }
        let names = [
            "input_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "output_tokens",
            "cache_creation",
        ];
        let [input, cache_read, cache_write, output, cache_creation] = told.usage.fields(&names);
        let numbers = [input, cache_read, cache_write, output];
        let [input, cache_read, cache_write, mut output] =
            numbers.map(|field| field.and_then(Raw::count).unwrap_or_default());
        let for_an_hour = cache_creation.and_then(|parts| parts.field("ephemeral_1h_input_tokens"));
        let cache_write_1h = for_an_hour.and_then(Raw::count).map(|part| part.min(cache_write));
        let mut cost = told.cost;
        match self.counted.entry(id(told.key)) {
            Entry::Vacant(entry) => {
                entry.insert(Counted { output, cost, is_hearsay: told.is_hearsay });
            }
            Entry::Occupied(mut entry) => {
                let counted = entry.get_mut();
                let becomes_own = counted.is_hearsay && !told.is_hearsay;
                let is_less_sure = told.is_hearsay && !counted.is_hearsay;
                if is_less_sure || (output <= counted.output && !becomes_own) {
                    return None;
                }
                output = output.max(counted.output);
                cost = cost.or(counted.cost);
                *counted = Counted { output, cost, is_hearsay: told.is_hearsay };
            }
        }
        let tokens = Tokens { input, cache_read, cache_write, cache_write_1h, output, reasoning: 0 };
        let (key, model) = (told.key.to_owned(), told.model.to_owned());
        Some(What::Used { key, is_hearsay: told.is_hearsay, model, tokens, cost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_with_the_most_output_counts_and_the_own_file_owns_it() {
        let mut usage = Usage::default();
        let mut told = |output: u64, is_hearsay| {
            let json = format!(r#"{{"input_tokens":3,"output_tokens":{output}}}"#);
            let usage_of = Raw::of(json.as_bytes()).unwrap();
            let told = Told { key: "m", model: "o", usage: usage_of, cost: None, is_hearsay };
            match usage.told(told) {
                Some(What::Used { tokens, is_hearsay, .. }) => Some((tokens.output, is_hearsay)),
                _ => None,
            }
        };
        assert_eq!(told(5, true), Some((5, true)));
        assert_eq!(told(5, true), None);
        assert_eq!(told(9, true), Some((9, true)));
        assert_eq!(told(2, false), Some((9, false)));
        assert_eq!(told(20, true), None);
        assert_eq!(told(12, false), Some((12, false)));
        assert_eq!(told(11, false), None);
    }
}
