//! How far the log was read against its hashes, and reading it on, a step a request: a page asks for the next step for as long as
//! it wants to know, and one that goes asks no more.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use retold_core::{EventHash, Fault, Head, Position, Reader, Revision, StreamId, time};
use rusqlite::OptionalExtension;
use serde_json::json;

use super::session::begin;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Events that are read between two looks at the clock.
const PIECE: u64 = 512;
/// How long a step goes on: the readers that others wait for are held no longer.
const STEP: Duration = Duration::from_millis(100);

/// How far the log was verified since the server began, from its first event on without a gap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    /// The last event that was read; none where nothing was.
    last: Option<Head>,
    /// When it was, in microseconds since 1970.
    at: Option<i64>,
    /// What is wrong up to there: by kind, the first place and how many there are.
    faults: BTreeMap<Fault, (Position, u64)>,
}

impl Trust {
    fn through(&self) -> Position {
        self.last.map_or(Position::ZERO, |last| last.position)
    }
}

/// Answers how far the log is verified; where it is asked for, reads on from there, or again from the beginning.
pub(crate) fn verify(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let answer = begin(&mut opened)?;
    let end = opened.position_of(opened.last)?;
    let reader = opened.timeline.reader();
    let mut trust = site.trust.lock().clone();
    // Another log may be in its place by now: what was verified is none of it.
    if let Some(last) = trust.last
        // One that is missing, or is not a hash, is zero, as a verification has it.
        && reader.hash_at(last.position).ok().flatten().unwrap_or(EventHash::ZERO) != last.hash
    {
        trust = Trust::default();
    }
    let read = asked.query.text("read");
    // One step at a time, whoever asks: nobody waits for a turn, for others have questions too.
    let turn = read.and_then(|_| site.verifying.try_lock());
    if turn.is_some() {
        if read == Some("again") {
            trust = Trust::default();
        }
        let began = Instant::now();
        step(reader, &mut trust, end, || began.elapsed() >= STEP)?;
        trust.at = Some(time::to_micros((site.now)()));
        site.trust.lock().clone_from(&trust);
    }
    let is_busy = read.is_some() && turn.is_none();
    drop(turn);
    let through = trust.through();
    let Trust { last, at, mut faults } = trust;
    // What is wrong after the session's end is not a fault of it.
    faults.retain(|_, (first, _)| *first <= end);
    let hash = last.map(|last| last.hash.to_string());
    let mut rows = Vec::new();
    for (fault, (position, count)) in &faults {
        let before = Position::ZERO.plus(position.get().saturating_sub(1));
        let revision = revision_of(opened.timeline.reader(), opened.found.stream, *position)?;
        rows.push(json!({
            "fault": fault.to_string(),
            "position": position.get(),
            "revision": revision,
            "sound": opened.timeline.revision_at(before)?.get(),
            "count_in_log": count,
        }));
    }
    let verified = opened.timeline.revision_at(through)?;
    let mut answer = answer
        .with("through", through.get())
        .with("hash", hash)
        .with("verified_at", at)
        .with("verified", verified.get())
        .with("end", end.get())
        .with("busy", is_busy)
        .with_rows(rows);
    let first = faults.values().map(|(first, _)| first.get()).min().unwrap_or_default();
    let (kinds, at) = (faults.len(), at.unwrap_or_default());
    answer.basis = format!("{}-{through}-{first}-{kinds}-{at}-{is_busy}", answer.basis);
    Ok(answer)
}

/// Reads on, a piece at a time, until the end, or until a step was long enough.
fn step(
    reader: &mut Reader<'_>,
    trust: &mut Trust,
    end: Position,
    is_enough: impl Fn() -> bool,
) -> Result<(), Problem> {
    while trust.through() < end {
        let through = trust.through();
        let read = reader.verify_after(through, PIECE.min(end.get() - through.get()))?;
        for (fault, (position, count)) in read.faults {
            let (first, sum) = trust.faults.entry(fault).or_insert((position, 0));
            (*first, *sum) = ((*first).min(position), *sum + count);
        }
        trust.last = Some(read.head);
        if is_enough() {
            break;
        }
    }
    Ok(())
}

/// Returns which of a session's events is at a position, where one of its is.
fn revision_of(reader: &Reader<'_>, stream: StreamId, position: Position) -> Result<Option<u64>, Problem> {
    let read = reader.connection().prepare_cached(include_str!("../../sql/revision.sql")).and_then(
        |mut statement| statement.query_row((position, stream), |row| row.get::<_, Revision>(0)).optional(),
    );
    Ok(read.map_err(retold_core::Error::sqlite("read the log"))?.map(Revision::get))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_reads_a_bounded_part_and_steps_come_to_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let history = retold::Options::new().open(folder.path().join("sessions.db")).unwrap();
        history.create("/src/atlas", retold::Session::new("a1", "debate", "One of many")).unwrap();
        for nth in 0..2 * PIECE {
            let message = retold::Message::new(format!("n{nth}"), "user", "one of many");
            history.add_message("/src/atlas", "a1", message).unwrap();
        }
        let mut reader = history.store().log().reader().unwrap();
        let end = reader.head().unwrap().position;
        let steps = |is_enough: &dyn Fn() -> bool, reader: &mut Reader<'_>| {
            let (mut trust, mut through) = (Trust::default(), Vec::new());
            while trust.through() < end {
                step(reader, &mut trust, end, is_enough).unwrap();
                through.push(trust.through().get());
            }
            assert!(trust.faults.is_empty());
            assert_eq!(trust.last, Some(reader.head().unwrap()));
            through
        };
        assert_eq!(steps(&|| true, &mut reader), [PIECE, 2 * PIECE, end.get()]);
        assert_eq!(steps(&|| false, &mut reader), [end.get()]);
    }
}
