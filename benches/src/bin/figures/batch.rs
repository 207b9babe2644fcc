//! A hundred events in one commit, and a stream of as many read back.

use std::path::Path;
use std::time::Instant;

use retold_core::{Commit, Event, Expected, Log, Options, Revision, StreamName};

use crate::Outcome;
use crate::append::{open, work};
use crate::bare::Kept;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{median, median_ms, per_second};

const ROUNDS: usize = 5;
const BATCHES: usize = 200;
const LOADS: usize = 500;
/// Events of a commit, and so of a stream.
pub(crate) const EVENTS: usize = 100;
const CONTENT_BYTES: usize = 300;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let batches = batches(bench.scale.of(BATCHES), CONTENT_BYTES)?;
    let (mut alone, mut inline, mut loads) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds(ROUNDS) {
        for (kept, rates) in [(Kept::Events, &mut alone), (Kept::Models, &mut inline)] {
            let folder = bench.scratch()?;
            on_a_new_store(folder.path(), kept, |log| {
                rates.push(append(log, &batches)?);
                loads.push(load(log, &batches, bench.scale.of(LOADS))?);
                Ok(())
            })?;
        }
    }
    let target = Target::AtLeast(80_000.0);
    Ok(vec![
        Figure::new("commits of 100 events, log alone", "events/s", median(alone)).target(target),
        Figure::new("commits of 100 events, with read models", "events/s", median(inline)).target(target),
        Figure::new("load a stream of 100 events, p50", "ms", median(loads)).target(Target::AtMost(0.4)),
    ])
}

pub(crate) fn on_a_new_store<T>(
    folder: &Path,
    kept: Kept,
    act: impl FnOnce(&Log) -> Outcome<T>,
) -> Outcome<T> {
    open(&folder.join("sessions.db"), kept, Options::new().create(true), act)
}

/// Makes streams of a hundred events: a session that begins, and its messages.
pub(crate) fn batches(count: usize, content_bytes: usize) -> Outcome<Vec<(StreamName, Vec<Event>)>> {
    let batch = |nth: usize| {
        let name = StreamName::session("atlas", format!("batch-{nth}"), 1);
        let mut events = work::beginning(&name)?;
        let room = EVENTS - events.len();
        events.extend((0..room).map(|of| work::message(nth * EVENTS + of, content_bytes).into()));
        Ok((name, events))
    };
    (0..count).map(batch).collect()
}

/// Appends each batch in a commit of its own, one after the other, and returns the events a second.
pub(crate) fn append(log: &Log, batches: &[(StreamName, Vec<Event>)]) -> Outcome<f64> {
    let before = log.reader()?.head()?.position.get();
    let batches = batches.to_vec();
    let count = batches.len() * EVENTS;
    let start = Instant::now();
    for (name, events) in batches {
        log.append(Commit::to(name, Expected::At(Revision::ZERO), events))?;
    }
    let rate = per_second(count, start.elapsed());
    let found = log.reader()?.head()?.position.get() - before;
    if found == count as u64 {
        Ok(rate)
    } else {
        Err(format!("batch: expected {count}, found {found}").into())
    }
}

/// Returns the median time in which a batch's session is read back, in milliseconds.
pub(crate) fn load(log: &Log, batches: &[(StreamName, Vec<Event>)], repeats: usize) -> Outcome<f64> {
    median_ms(repeats, |nth| {
        let (name, events) = &batches[nth % batches.len()];
        let mut reader = log.reader()?;
        let head = reader.head()?;
        let stream = reader.stream(name)?.ok_or("load: the stream is not there")?;
        let state = reader.state(stream, head.position)?.ok_or("load: it was never created")?;
        let parts = 1 + state.session.instances.len() + state.session.chat_history.len();
        if parts == events.len() { Ok(()) } else { Err(format!("load: found {parts} parts").into()) }
    })
}
