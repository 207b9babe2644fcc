//! Tokens of Copilot CLI: a session's totals by model, told when it is left, and after it was resumed once more, either from where
//! they were, or from nothing. Until they are told, only what each response generated is known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Tokens;

/// A total of a model: input, cache read, cache written, output, reasoning; as the tool counts them.
pub(super) type Total = [u64; 5];

const OUTPUT: usize = 3;

/// What is known of a session's usage. A **stretch** is what lies between two tellings or resumptions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Usage {
    stretch: u32,
    /// What the responses of this stretch generated, by model.
    generated: BTreeMap<String, u64>,
    /// Earlier stretches that ended without a telling.
    untold: Vec<(u32, BTreeMap<String, u64>)>,
    /// What they generated, together.
    untold_sum: u64,
    /// What was told last.
    told: BTreeMap<String, Total>,
}

/// What a model used in a stretch: it takes the place of what was said of the same before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) stretch: u32,
    pub(super) model: String,
    pub(super) tokens: Tokens,
}

impl Usage {
    /// Whether of some of it only the output is known.
    pub(super) fn is_partial(&self) -> bool {
        !self.generated.is_empty() || !self.untold.is_empty()
    }

    /// Takes what a response generated.
    pub(super) fn generated(&mut self, model: &str, output: u64) -> Option<Used> {
        if output == 0 {
            return None;
        }
        let sum = self.generated.entry(model.to_owned()).or_default();
        *sum = sum.saturating_add(output);
        let tokens = Tokens { output: *sum, ..Tokens::default() };
        Some(Used { stretch: self.stretch, model: model.to_owned(), tokens })
    }

    /// Takes it that the session was resumed.
    pub(super) fn resumed(&mut self) {
        if !self.generated.is_empty() {
            self.untold_sum = self.untold_sum.saturating_add(sum(&self.generated));
            self.untold.push((self.stretch, std::mem::take(&mut self.generated)));
            self.stretch += 1;
        }
    }

    /// Takes the totals that the session tells when it is left. They go on from the last ones where none fell and their growth is
    /// nearer to what the responses since then generated than they are themselves.
    pub(super) fn told(&mut self, totals: BTreeMap<String, Total>) -> Vec<Used> {
        if totals.is_empty() {
            return Vec::new();
        }
        let output = |totals: &BTreeMap<String, Total>| {
            totals.values().fold(0_u64, |sum, total| sum.saturating_add(total[OUTPUT]))
        };
        let (new, old, now) = (output(&totals), output(&self.told), sum(&self.generated));
        let untold = self.untold_sum;
        let none_fell = self.told.iter().all(|(model, old)| {
            totals.get(model).is_some_and(|new| new.iter().zip(old).all(|(new, old)| new >= old))
        });
        // How far what responses generated is from what each reading of the totals makes of it.
        let from_nothing = new.abs_diff(now);
        let from_told = if none_fell { (new - old).abs_diff(now) } else { u64::MAX };
        let with_untold =
            if none_fell && untold > 0 { (new - old).abs_diff(now.saturating_add(untold)) } else { u64::MAX };

        let mut used = Vec::new();
        let goes_on = from_told.min(with_untold) < from_nothing;
        if goes_on && with_untold < from_told {
            // This telling has what the earlier stretches used too.
            self.untold_sum = 0;
            for (stretch, generated) in std::mem::take(&mut self.untold) {
                let none = |model| Used { stretch, model, tokens: Tokens::default() };
                used.extend(generated.into_keys().map(none));
            }
        }
        let mut generated = std::mem::take(&mut self.generated);
        for (model, total) in &totals {
            let before = self.told.get(model).filter(|_| goes_on).copied().unwrap_or_default();
            let mut growth = *total;
            growth.iter_mut().zip(before).for_each(|(new, old)| *new = new.saturating_sub(old));
            if generated.remove(model).is_some() || growth != Total::default() {
                used.push(Used { stretch: self.stretch, model: model.clone(), tokens: normalised(growth) });
            }
        }
        let none = |model| Used { stretch: self.stretch, model, tokens: Tokens::default() };
        used.extend(generated.into_keys().map(none));
        self.told = totals;
        self.stretch += 1;
        used
    }
}

fn sum(generated: &BTreeMap<String, u64>) -> u64 {
    generated.values().fold(0, |sum, output| sum.saturating_add(*output))
}

/// What is read from a cache and written to it is among the input, reasoning among the output.
fn normalised([input, cache_read, cache_write, output, reasoning]: Total) -> Tokens {
    Tokens {
        input: input.saturating_sub(cache_read).saturating_sub(cache_write),
        cache_read,
        cache_write,
        cache_write_1h: None,
        output,
        reasoning: reasoning.min(output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(outputs: &[(&str, u64)]) -> BTreeMap<String, Total> {
        outputs.iter().map(|(model, output)| ((*model).to_owned(), [output * 10, 0, 0, *output, 0])).collect()
    }

    /// Returns the output of all stretches together.
    fn sum(all: &mut BTreeMap<(u32, String), u64>, used: impl IntoIterator<Item = Used>) -> u64 {
        all.extend(used.into_iter().map(|used| ((used.stretch, used.model), used.tokens.output)));
        all.values().sum()
    }

    #[test]
    fn totals_go_on_after_a_resumption_or_begin_again() {
        for (second, expected) in [(87, 87), (52, 87), (53, 88), (20, 55)] {
            let (mut usage, mut all) = (Usage::default(), BTreeMap::new());
            sum(&mut all, usage.generated("m", 35));
            assert_eq!(sum(&mut all, usage.told(totals(&[("m", 35)]))), 35);
            usage.resumed();
            assert_eq!(sum(&mut all, usage.generated("m", 52)), 87);
            assert!(usage.is_partial());
            assert_eq!(sum(&mut all, usage.told(totals(&[("m", second)]))), expected, "{second}");
            assert!(!usage.is_partial());
        }
    }

    #[test]
    fn a_model_that_is_gone_from_the_totals_says_that_they_began_again() {
        let (mut usage, mut all) = (Usage::default(), BTreeMap::new());
        sum(&mut all, usage.told(totals(&[("a", 30)])));
        sum(&mut all, usage.generated("b", 70));
        assert_eq!(sum(&mut all, usage.told(totals(&[("b", 100)]))), 130);
    }

    #[test]
    fn a_stretch_without_a_telling_counts_once() {
        // The last telling has both stretches, or only its own.
        for (told, expected, is_partial) in [(100, 100, false), (60, 100, true)] {
            let (mut usage, mut all) = (Usage::default(), BTreeMap::new());
            sum(&mut all, usage.generated("m", 40));
            usage.resumed();
            sum(&mut all, usage.generated("m", 60));
            assert_eq!(sum(&mut all, usage.told(totals(&[("m", told)]))), expected, "{told}");
            assert_eq!(usage.is_partial(), is_partial);
        }
    }
}
