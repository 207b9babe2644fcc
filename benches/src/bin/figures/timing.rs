//! Medians and rates.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::machine::Clocks;

/// Returns the median; of an even number, the upper one of the two in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn per_second(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

/// Returns what `count` in `ms` milliseconds are in a second.
pub(crate) fn per_ms(count: usize, ms: f64) -> f64 {
    count as f64 / ms * 1e3
}

pub(crate) fn millis(elapsed: Duration) -> f64 {
    elapsed.as_secs_f64() * 1e3
}

/// Returns the median time of `repeats` calls, in milliseconds; each gets its number.
pub(crate) fn median_ms(repeats: usize, act: impl FnMut(usize) -> Outcome<()>) -> Outcome<f64> {
    times_ms(repeats, act).map(median)
}

/// Returns the times of `repeats` calls, in milliseconds; each gets its number.
pub(crate) fn times_ms(repeats: usize, mut act: impl FnMut(usize) -> Outcome<()>) -> Outcome<Vec<f64>> {
    let times = (0..repeats).map(|nth| {
        let start = Instant::now();
        act(nth)?;
        Ok(millis(start.elapsed()))
    });
    times.collect()
}

/// Returns the value that so many hundredths of all are not above.
pub(crate) fn percentile(values: &[f64], hundredths: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1) - 1;
    sorted.get(rank).copied().unwrap_or(f64::NAN)
}

/// Both sides of a comparison, measured in turn.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    /// Ours with theirs, as they were measured one after the other.
    pairs: Vec<(f64, f64)>,
    /// What else is known, where they were measured by [`in_turn`].
    pub(crate) conditions: Option<Conditions>,
}

/// Under which conditions both sides were measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditions {
    /// The CPU that other processes took meanwhile, in cores.
    pub(crate) others_cores: f64,
    /// The CPU time of one round on each side, on average, in milliseconds. Others change it less than the time that passes.
    pub(crate) cpu_ms: (f64, f64),
}

impl Pairs {
    /// Puts values that were measured in turn beside each other.
    pub(crate) fn new(ours: impl IntoIterator<Item = f64>, theirs: impl IntoIterator<Item = f64>) -> Self {
        Self { pairs: ours.into_iter().zip(theirs).collect(), conditions: None }
    }

    pub(crate) fn count(&self) -> usize {
        self.pairs.len()
    }

    /// Returns our median.
    pub(crate) fn ours(&self) -> f64 {
        median(self.pairs.iter().map(|(ours, _)| *ours).collect())
    }

    /// Returns their median.
    pub(crate) fn theirs(&self) -> f64 {
        median(self.pairs.iter().map(|(_, theirs)| *theirs).collect())
    }

    /// Returns ours of theirs, of each pair, smallest first.
    pub(crate) fn ratios(&self) -> Vec<f64> {
        let mut ratios: Vec<f64> = self.pairs.iter().map(|(ours, theirs)| ours / theirs).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }
}

/// Measures both sides in turn, and begins with the other one every second time: a busy minute meets both, and neither
/// always finds what the other has left in the caches.
pub(crate) fn in_turn(
    rounds: usize,
    mut ours: impl FnMut() -> Outcome<f64>,
    mut theirs: impl FnMut() -> Outcome<f64>,
) -> Outcome<Pairs> {
    let clocks = Clocks::now();
    let (mut pairs, mut our_cpu, mut their_cpu) = (Vec::new(), 0.0, 0.0);
    let mut ours = || with_cpu(&mut ours, &mut our_cpu);
    let mut theirs = || with_cpu(&mut theirs, &mut their_cpu);
    for round in 0..rounds {
        let pair = if round.is_multiple_of(2) {
            let ours = ours()?;
            (ours, theirs()?)
        } else {
            let theirs = theirs()?;
            (ours()?, theirs)
        };
        pairs.push(pair);
    }
    let each = |cpu_ms: f64| cpu_ms / rounds as f64;
    let cpu_ms = (each(our_cpu), each(their_cpu));
    Ok(Pairs { pairs, conditions: Some(Conditions { others_cores: clocks.others_since(), cpu_ms }) })
}

fn with_cpu(act: &mut impl FnMut() -> Outcome<f64>, cpu_ms: &mut f64) -> Outcome<f64> {
    let clocks = Clocks::now();
    let measured = act()?;
    *cpu_ms += clocks.own_cpu_ms_since();
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp, reason = "the median is one of the values")]
    fn one_slow_round_does_not_move_the_median() {
        assert_eq!(median(vec![2.0, 900.0, 1.0]), 2.0);
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "a ratio is one of the pairs'")]
    fn the_ratio_is_that_of_pairs_and_a_slow_round_of_one_side_does_not_move_it() {
        let pairs = Pairs::new([10.0, 20.0, 900.0], [20.0, 40.0, 80.0]);
        assert_eq!(median(pairs.ratios()), 0.5);
        assert_eq!((pairs.ours(), pairs.theirs()), (20.0, 40.0));
    }

    #[test]
    fn each_side_begins_every_second_round() {
        let order = std::cell::RefCell::new(String::new());
        let put = |letter| {
            order.borrow_mut().push(letter);
            Ok(1.0)
        };
        assert_eq!(in_turn(4, || put('o'), || put('t')).unwrap().count(), 4);
        assert_eq!(order.into_inner(), "ottootto");
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "a percentile is one of the values")]
    fn a_percentile_is_the_value_at_its_rank() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!([50, 95, 99, 100].map(|p| percentile(&values, p)), [100.0, 190.0, 198.0, 200.0]);
        assert_eq!(percentile(&[7.0], 99), 7.0);
    }
}
