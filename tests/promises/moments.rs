//! A moment by either clock is exactly the events that count by then, whatever the clocks said: `retold_core::happening`
//! defines which, and everything here is compared with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use proptest::prelude::*;
use retold::{Clock, Error, Options, SessionHistory, TravelError};
use retold_core::happening::{Moment, effective};
use retold_core::{Log, Position, Recorded, Revision, SessionState, StreamId, time};
use retold_tests::{Store, all_events, session};

const WORKSPACE: &str = "/src/atlas";
const IDS: [&str; 2] = ["a1", "b2"];
const HOUR: i64 = 60 * 60 * 1_000_000;
const BEGIN: i64 = 1_763_000_000_000_000;

/// Times that repeat, run backwards, and lie days and years away.
fn times() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => 0..6_i64,
        3 => (-30..30_i64).prop_map(|hours| hours * 2),
        1 => prop::sample::select(vec![24 * 365 * 5, -24 * 365, 24, 25, 48]),
    ]
    .prop_map(|hours| BEGIN + hours * HOUR)
}

/// What was done, to which session, and what the clock said.
fn writes() -> impl Strategy<Value = Vec<(bool, u8, i64)>> {
    prop::collection::vec((any::<bool>(), 0..2_u8, times()), 0..14)
}

/// A history that was written while a clock said those times.
fn lived(store: &Store, begin: [i64; 2], writes: &[(bool, u8, i64)]) -> SessionHistory {
    let said = Arc::new(AtomicI64::new(begin[0]));
    let clock = Arc::clone(&said);
    let now = move || time::from_micros(clock.load(Ordering::SeqCst)).unwrap();
    let history = Options::new().clock(now).open(store.path()).unwrap();
    for (id, at) in IDS.into_iter().zip(begin) {
        said.store(at, Ordering::SeqCst);
        history.create_session(WORKSPACE, session(id)).unwrap();
    }
    for (number, (second, kind, at)) in writes.iter().enumerate() {
        said.store(*at, Ordering::SeqCst);
        let id = IDS[usize::from(*second)];
        let _position = match kind {
            0 => history.set_status(WORKSPACE, id, &format!("status {number}"), None).unwrap(),
            _ => {
                let message = retold::Message::new(format!("m{number}"), "user", format!("{number}"));
                history.add_message(WORKSPACE, id, message).unwrap()
            }
        };
    }
    history
}

/// The events of each stream, with their effective times.
fn streams(log: &Log) -> BTreeMap<StreamId, Vec<(Recorded, i64)>> {
    let mut streams: BTreeMap<StreamId, Vec<Recorded>> = BTreeMap::new();
    for event in all_events(log) {
        streams.entry(event.stream).or_default().push(event);
    }
    let timed = |events: Vec<Recorded>| {
        let said: Vec<i64> = events.iter().map(|event| event.occurred_at).collect();
        events.into_iter().zip(effective(&said)).collect()
    };
    streams.into_iter().map(|(stream, events)| (stream, timed(events))).collect()
}

/// Whether an event counts, by the definition.
fn counts(clock: Clock, (event, effective): &(Recorded, i64), at: i64) -> bool {
    match clock {
        Clock::Occurred => *effective <= at,
        Clock::Recorded => event.recorded_at <= at,
    }
}

/// Every moment that could make a difference, and some beyond.
fn moments(streams: &BTreeMap<StreamId, Vec<(Recorded, i64)>>) -> Vec<i64> {
    let times =
        streams.values().flatten().flat_map(|(event, at)| [event.recorded_at, event.occurred_at, *at]);
    let mut moments: Vec<i64> = times.flat_map(|at| [at - 1, at, at + 1]).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

fn instant(micros: i64) -> Timestamp {
    time::from_micros(micros).unwrap()
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(24))]

    #[test]
    fn a_session_at_a_moment_is_the_fold_of_the_events_that_count(
        begin in (times(), times()),
        writes in writes(),
    ) {
        let store = Store::new();
        let history = lived(&store, begin.into(), &writes);
        let log = history.store().log();
        let streams = streams(log);
        for clock in [Clock::Occurred, Clock::Recorded] {
            let asked = history.moments_by(clock);
            for at in moments(&streams) {
                for id in IDS {
                    let reader = log.reader().unwrap();
                    let (_, events) = streams
                        .iter()
                        .find(|(stream, _)| reader.name(**stream).unwrap().session_id == id)
                        .unwrap();
                    let mut folded: Option<SessionState> = None;
                    let mut last = Position::ZERO;
                    for event in events.iter().filter(|event| counts(clock, event, at)) {
                        let what = event.0.event.clone().unwrap();
                        SessionState::apply(&mut folded, &what).unwrap();
                        last = event.0.position;
                    }
                    match (asked.session_at(WORKSPACE, id, instant(at)), folded) {
                        (Ok(session), Some(folded)) => prop_assert_eq!(session, folded.session),
                        (Err(Error::Travel(error)), None) => {
                            let named = matches!(
                                error,
                                TravelError::NothingYet { .. } | TravelError::NotThere { .. }
                            );
                            prop_assert!(named, "{error}");
                            prop_assert_eq!(last, Position::ZERO);
                        }
                        (answer, folded) => prop_assert!(false, "{clock:?} {at}: {answer:?}, {folded:?}"),
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_read_of_a_log_is_what_is_defined(begin in (times(), times()), writes in writes()) {
        let store = Store::new();
        let history = lived(&store, begin.into(), &writes);
        let log = history.store().log();
        let reader = log.reader().unwrap();
        let streams = streams(log);
        let first = streams.iter().map(|(stream, events)| (events[0].1, *stream)).min();
        prop_assert_eq!(reader.first_happened().unwrap(), first);
        let moments = moments(&streams);
        for (stream, events) in &streams {
            for (event, at) in events {
                prop_assert_eq!(reader.happened_at(*stream, event.revision).unwrap(), Some(*at));
            }
            let beyond = Revision::ZERO.plus(events.len() as u64 + 1);
            prop_assert_eq!(reader.happened_at(*stream, beyond).unwrap(), None);
            for moment in &moments {
                let last = events.iter().rfind(|(_, at)| at <= moment);
                let last = last.map(|(event, _)| (event.revision, event.position));
                prop_assert_eq!(reader.happened_by(*stream, *moment).unwrap(), last);
            }
        }
        let end = reader.head().unwrap().position;
        let bounds: Vec<Moment> = moments
            .iter()
            .step_by(3)
            .map(|at| Moment::Occurred(*at))
            .chain([Position::ZERO, Position::ZERO.plus(end.get() / 2), end].map(Moment::Recorded))
            .collect();
        for after in &bounds {
            for to in &bounds {
                let mut expected: Vec<(i64, Position)> = streams
                    .values()
                    .flatten()
                    .map(|(event, at)| (*at, event.position))
                    .filter(|(at, position)| to.includes(*position, *at) && !after.includes(*position, *at))
                    .collect();
                expected.sort_unstable();
                let found = reader.happened_between(*after, *to).unwrap();
                let found: Vec<_> = found.iter().map(|happened| (happened.at, happened.position)).collect();
                prop_assert_eq!(&found, &expected);
            }
        }
    }
}
