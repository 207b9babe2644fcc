//! What grows with the store: the same work in stores of ten thousand events, ten times as many, and so on.
//!
//! A row is the time in the largest store. Its note has those in all of them, and the exponent: the power of the number of
//! events that the time rises with, 0 where it does not and 1 where it is linear.

mod ask;
pub(crate) mod store;

use crate::Outcome;
use crate::bench::{Bench, Scale};
use crate::figure::{Figure, Target};

/// Events of the stores.
const SIZES: [usize; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// Of a run of a tenth.
const QUICK: usize = 2;
const SMOKE: [usize; 2] = [300, 1_200];

/// What a person waits for may take so many times longer in the largest store.
const WAIT_MAX: f64 = 3.0;
/// Below, a time is of no interest.
const SHORT: f64 = 0.05;

/// How something may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    /// A person waits for it.
    Waits,
    /// It reads everything, and says so.
    Linear,
    /// It is what it is.
    Told,
}

/// One piece of work, in one store.
struct Measured {
    name: &'static str,
    unit: &'static str,
    value: f64,
    growth: Growth,
}

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let sizes: &[usize] = match bench.scale {
        Scale::FULL => &SIZES,
        Scale::QUICK => &SIZES[..QUICK],
        _ => &SMOKE,
    };
    let mut columns = Vec::new();
    for events in sizes {
        let folder = bench.scratch()?;
        let path = folder.path().join("sessions.db");
        let stored = store::write(&path, *events)?;
        columns.push((stored.events, ask::everything(bench, &path, &stored)?));
    }
    let (_, first) = columns.first().ok_or("growth: no size")?;
    let rows = first.iter().enumerate().map(|(at, row)| {
        let values: Vec<(f64, f64)> =
            columns.iter().filter_map(|(events, all)| Some((*events as f64, all.get(at)?.value))).collect();
        figure(row, &values)
    });
    Ok(rows.collect())
}

fn figure(row: &Measured, values: &[(f64, f64)]) -> Figure {
    let (events, largest) = values.last().copied().unwrap_or_default();
    let smallest = values.first().map_or(largest, |(_, value)| *value);
    let all: Vec<String> = values.iter().map(|(_, value)| format!("{value:.3}")).collect();
    let exponent = exponent(values);
    let what = match row.growth {
        Growth::Linear => "; reads everything",
        Growth::Waits | Growth::Told => "",
    };
    let figure = Figure::new(format!("{}, {events} events", row.name), row.unit, largest).note(&format!(
        "{}: exponent {exponent:.2}: {}{what}",
        row.name,
        all.join(" ")
    ));
    match row.growth {
        Growth::Waits => figure.target(Target::AtMost(smallest.max(SHORT) * WAIT_MAX)),
        Growth::Linear | Growth::Told => figure,
    }
}

/// Returns the slope of the straight line through the logarithms, by least squares.
fn exponent(values: &[(f64, f64)]) -> f64 {
    let points: Vec<(f64, f64)> =
        values.iter().map(|(size, value)| (size.ln(), value.max(f64::MIN_POSITIVE).ln())).collect();
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let (mut both, mut square) = (0.0, 0.0);
    for point in &points {
        both += (point.0 - x) * (point.1 - y);
        square += (point.0 - x).powi(2);
    }
    if square == 0.0 { 0.0 } else { both / square }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_is_the_power_that_a_time_rises_with() {
        let sizes = [1e4, 1e5, 1e6, 1e7];
        for power in [0.0, 0.5, 1.0, 2.0] {
            let values: Vec<(f64, f64)> =
                sizes.iter().map(|size: &f64| (*size, 3.0 * size.powf(power))).collect();
            assert!((exponent(&values) - power).abs() < 1e-9, "{power}");
        }
        assert!(exponent(&[(1e4, 7.0)]).abs() < 1e-9);
    }
}
