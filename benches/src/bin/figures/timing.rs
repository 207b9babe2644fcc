//! Medians and rates.

use std::time::{Duration, Instant};

use crate::Outcome;

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

/// Measures both sides in turn, so that a busy minute meets both, and returns the median of each.
pub(crate) fn in_turn(
    rounds: usize,
    mut one: impl FnMut() -> Outcome<f64>,
    mut other: impl FnMut() -> Outcome<f64>,
) -> Outcome<(f64, f64)> {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ones.push(one()?);
        others.push(other()?);
    }
    Ok((median(ones), median(others)))
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
    #[allow(clippy::float_cmp, reason = "a percentile is one of the values")]
    fn a_percentile_is_the_value_at_its_rank() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!([50, 95, 99, 100].map(|p| percentile(&values, p)), [100.0, 190.0, 198.0, 200.0]);
        assert_eq!(percentile(&[7.0], 99), 7.0);
    }
}
