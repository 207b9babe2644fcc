//! The whole log against its hashes.

use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::import::MANY;
use crate::timing::{median_ms, per_ms};

const ROUNDS: usize = 5;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let legacy = bench.legacy("many", &bench.scale.shape(MANY))?;
    let store = legacy.open()?;
    let expected = legacy.events as u64;
    let ms = median_ms(bench.scale.rounds(ROUNDS), |_| {
        let verified = store.log().verify(|_| true)?;
        if verified.is_sound() && verified.events == expected {
            return Ok(());
        }
        Err(format!("verify: expected {expected} sound events, found {verified:?}").into())
    })?;
    let name = format!("verify {expected} events, all cores");
    Ok(vec![Figure::new(name, "events/s", per_ms(legacy.events, ms)).target(Target::AtLeast(800_000.0))])
}
