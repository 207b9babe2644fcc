//! A verification's parts, done by as many threads as there are cores.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use parking_lot::Mutex;
use rusqlite::{Connection, InterruptHandle};

use super::context::Context;
use super::found::{Advance, Faults, Scope, VERIFY, merge};
use super::range::Range;
use super::{blobs, file};
use crate::log::read::Reader;
use crate::shares::cores;
use crate::{Error, OnProgress, Position, Progress, Unit};

/// A part has this many events at the least: its beginning costs some look-ups.
const EVENTS_MIN: u64 = 16 * 1024;
const BLOBS_MIN: i64 = 256;
/// Parts for each thread, so that none waits long for the last.
const PARTS_A_THREAD: u64 = 8;
/// How often somebody may say to stop while SQLite checks the file.
const LOOK_UP: Duration = Duration::from_millis(100);

enum Part {
    Events(RangeInclusive<u64>),
    Blobs(RangeInclusive<i64>),
    File,
}

/// What there is to do.
pub(super) struct Work {
    parts: Vec<Part>,
    /// How many events there are to read.
    events: u64,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Done {
    pub(super) faults: Faults,
    pub(super) events: u64,
    pub(super) blobs: u64,
    pub(super) file: Vec<String>,
}

impl Work {
    pub(super) fn of(connection: &Connection, scope: Scope, end: Position) -> Result<Self, Error> {
        let threads = cores() as u64;
        let mut parts = Vec::new();
        let all = !scope.quick && scope.after == Position::ZERO;
        if all {
            // The longest one first: it cannot be cut.
            parts.push(Part::File);
        }
        let (first, last) = (scope.after.get() + 1, end.get());
        let step = last.saturating_sub(scope.after.get()).div_ceil(threads * PARTS_A_THREAD).max(EVENTS_MIN);
        let mut from = first;
        while from <= last {
            let to = from.saturating_add(step - 1).min(last);
            parts.push(Part::Events(from..=to));
            from = to + 1;
        }
        if all {
            let last: i64 = connection
                .query_row(include_str!("../../../sql/last_blob.sql"), [], |row| row.get(0))
                .map_err(Error::sqlite(VERIFY))?;
            let step = (last / (threads * PARTS_A_THREAD).cast_signed()).max(BLOBS_MIN);
            // The first part takes in what somebody may have put before the beginning.
            let mut from = i64::MIN;
            while from <= last {
                let to = from.max(0).saturating_add(step).min(last);
                parts.push(Part::Blobs(from..=to));
                let Some(next) = to.checked_add(1) else { break };
                from = next;
            }
        }
        Ok(Self { parts, events: last.saturating_sub(scope.after.get()) })
    }

    /// Does all of it, a thread with each of the readers, which see one moment. The caller's thread only asks whether to go
    /// on.
    pub(super) fn run(
        self,
        readers: Vec<Reader<'_>>,
        context: &Context,
        progress: &dyn OnProgress,
    ) -> Result<Done, Error> {
        let Self { parts, events: events_total } = self;
        let (queue, to_do) = crossbeam_channel::unbounded();
        parts.into_iter().for_each(|part| queue.send(part).expect("its other end is held here"));
        drop(queue);
        let read = AtomicU64::new(0);
        let advance = |events: u64| {
            let read = read.fetch_add(events, Ordering::Relaxed) + events;
            progress.advance(VERIFY, Progress::new(Unit::Events, read, events_total))
        };
        let checking = Mutex::new(None);
        let mut done = std::thread::scope(|scope| {
            let (sender, results) = crossbeam_channel::unbounded();
            for reader in readers {
                let (to_do, sender) = (to_do.clone(), sender.clone());
                let (advance, checking) = (&advance, &checking);
                scope.spawn(move || {
                    let outcome = work(reader, context, &to_do, advance, checking);
                    // Whoever waits for it gets every one.
                    let _waited_for = sender.send(outcome);
                });
            }
            drop(sender);
            gather(&results, &to_do, &advance, &checking)
        })?;
        done.events = read.into_inner();
        Ok(done)
    }
}

type Checking = Mutex<Option<InterruptHandle>>;

/// What one thread does.
fn work(
    mut reader: Reader<'_>,
    context: &Context,
    to_do: &Receiver<Part>,
    advance: &Advance<'_>,
    checking: &Checking,
) -> Result<Done, Error> {
    let mut done = Done::default();
    for part in to_do {
        match part {
            Part::Events(range) => {
                merge(&mut done.faults, Range::new(context, reader.pooled_mut(), range)?.check(advance)?);
            }
            Part::Blobs(range) => {
                let (count, faults) = blobs::check(reader.pooled_mut(), &range, advance)?;
                done.blobs += count;
                merge(&mut done.faults, faults);
            }
            Part::File => {
                *checking.lock() = Some(reader.connection().get_interrupt_handle());
                let checked = file::check(reader.connection());
                *checking.lock() = None;
                // Where it was interrupted, somebody said to stop, and that is the error to tell.
                done.file = checked.or_else(|error| advance(0).and(Err(error)))?;
            }
        }
    }
    Ok(done)
}

/// Puts the threads' answers together; where one fails, the rest is left undone.
fn gather(
    results: &Receiver<Result<Done, Error>>,
    to_do: &Receiver<Part>,
    advance: &Advance<'_>,
    checking: &Checking,
) -> Result<Done, Error> {
    let mut all = Done::default();
    let mut failed = None;
    loop {
        let outcome = match results.recv_timeout(LOOK_UP) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => advance(0).map(|()| Done::default()),
            Err(RecvTimeoutError::Disconnected) => break,
        };
        match outcome {
            Ok(done) => {
                merge(&mut all.faults, done.faults);
                all.blobs += done.blobs;
                all.file.extend(done.file);
            }
            Err(error) => {
                to_do.try_iter().for_each(drop);
                if let Some(check) = checking.lock().as_ref() {
                    check.interrupt();
                }
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(all), Err)
}
