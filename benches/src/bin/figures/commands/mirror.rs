//! What it costs to keep the legacy files current.

use std::time::{Duration, Instant};

use retold::{Options, SessionHistory};

use super::{Full, message, ours};
use crate::Outcome;
use crate::bench::{Bench, Scale};
use crate::figure::{Figure, Target};
use crate::timing::{in_turn, per_second};

const ROUNDS: usize = 3;
/// Long enough for several rewrites of the file.
const TIME: Duration = Duration::from_secs(8);

pub(super) fn measure(bench: &Bench) -> Outcome<Figure> {
    let (with, without) = (Full::copy(bench)?, Full::copy(bench)?);
    let mirrored = Options::new().mirror(&with.json.dir).open(&with.store)?;
    let alone = without.open()?;
    let time = if bench.scale == Scale::FULL { TIME } else { TIME / 40 };
    let (mut nth_with, mut nth_without) = (0, 0);
    let pairs = in_turn(
        bench.scale.rounds(ROUNDS),
        || writes(&mirrored, &with, time, &mut nth_with),
        || writes(&alone, &without, time, &mut nth_without),
    )?;
    mirrored.flush_mirror()?;
    let file = with.json.get_all_sessions(&with.workspace)?;
    let said: usize = file.iter().map(|session| session.chat_history.len()).sum();
    let log = mirrored.get_all_sessions(&with.workspace)?;
    if said != log.iter().map(|session| session.chat_history.len()).sum::<usize>() {
        return Err("mirror: the file is not what the log is".into());
    }
    let name = format!("messages a second onto {}, mirror on, one caller", with.ids.len());
    Ok(Figure::of_pairs(name, "/s", "mirror off", &pairs).target(Target::RatioAtLeast(0.9)))
}

fn writes(history: &SessionHistory, full: &Full, time: Duration, nth: &mut usize) -> Outcome<f64> {
    let (begun, first) = (Instant::now(), *nth);
    while begun.elapsed() < time {
        history.add_chat_message(&full.workspace, full.id(*nth), ours(&message(*nth))?)?;
        *nth += 1;
    }
    Ok(per_second(*nth - first, begun.elapsed()))
}
