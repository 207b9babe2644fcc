//! The whole log against its hashes.

use retold_projections::Store;

use crate::Outcome;
use crate::bare::read_unpack_hash;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::import::MANY;
use crate::timing::{in_turn, median_ms, per_ms};

const ROUNDS: usize = 9;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let legacy = bench.legacy("many", &bench.scale.shape(MANY))?;
    let store = legacy.open()?;
    let pairs = in_turn(
        bench.scale.rounds(ROUNDS),
        || verify(&store, legacy.events),
        || read_unpack_hash(&store, legacy.events),
    )?;
    let name = format!("verify {} events, all cores", legacy.events);
    let rate = Figure::new(name.as_str(), "events/s", pairs.ours()).target(Target::AtLeast(850_000.0));
    let rival = "reading, unpacking, hashing";
    Ok(vec![rate, Figure::of_pairs(name, "events/s", rival, &pairs).target(Target::RatioAtLeast(0.85))])
}

/// Returns the events a second.
fn verify(store: &Store, events: usize) -> Outcome<f64> {
    let ms = median_ms(1, |_| {
        let verified = store.log().verify(|_| true)?;
        if verified.is_sound() && verified.events == events as u64 {
            return Ok(());
        }
        Err(format!("verify: expected {events} sound events, found {verified:?}").into())
    })?;
    Ok(per_ms(events, ms))
}
