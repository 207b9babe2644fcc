//! Reads and writes from many threads at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::{Full, message, ours};
use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{median, per_second};

const COMMANDS: usize = 1_000;
const THREADS: usize = 8;
const ROUNDS: usize = 5;
/// One in so many is a write.
const WRITES_ONE_IN: usize = 5;

pub(super) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let full = Full::copy(bench)?;
    let history = full.open()?;
    let commands = bench.scale.of(COMMANDS).max(WRITES_ONE_IN);
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for round in 0..bench.scale.rounds(ROUNDS) {
        let messages: Vec<retold::Message> =
            (0..commands).map(|nth| ours(&message(round * commands + nth))).collect::<Outcome<_>>()?;
        let next = AtomicUsize::new(0);
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let run = || -> Outcome<()> {
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    let Some(message) = messages.get(nth) else { return Ok(()) };
                    let id = full.id(round * commands + nth);
                    if nth.is_multiple_of(WRITES_ONE_IN) {
                        history.add_chat_message(&full.workspace, id, message.clone())?;
                    } else {
                        history.get_session(&full.workspace, id)?;
                    }
                }
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
        })?;
        let elapsed = begun.elapsed();
        let written = commands.div_ceil(WRITES_ONE_IN);
        writes.push(per_second(written, elapsed));
        reads.push(per_second(commands - written, elapsed));
    }
    let name = |what| format!("{commands} commands, 80/20, {THREADS} threads: {what}");
    Ok(vec![
        Figure::new(name("reads"), "/s", median(reads)).target(Target::AtLeast(1_000.0)),
        Figure::new(name("durable writes"), "/s", median(writes)).target(Target::AtLeast(500.0)),
    ])
}
