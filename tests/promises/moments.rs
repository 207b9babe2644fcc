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
use retold_projections::Happenings;
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

/// A history that is written while a clock says what it is told to.
struct Lived {
    history: SessionHistory,
    said: Arc<AtomicI64>,
}

impl Lived {
    fn begin(store: &Store, begin: [i64; 2]) -> Self {
        let said = Arc::new(AtomicI64::new(begin[0]));
        let clock = Arc::clone(&said);
        let now = move || time::from_micros(clock.load(Ordering::SeqCst)).unwrap();
        let history = Options::new().clock(now).open(store.path()).unwrap();
        for (id, at) in IDS.into_iter().zip(begin) {
            said.store(at, Ordering::SeqCst);
            history.create_session(WORKSPACE, session(id)).unwrap();
        }
        Self { history, said }
    }

    fn go_on(&self, writes: &[(bool, u8, i64)]) {
        let Self { history, said } = self;
        for (second, kind, at) in writes {
            said.store(*at, Ordering::SeqCst);
            let id = IDS[usize::from(*second)];
            let end = history.store().log().reader().unwrap().head().unwrap().position;
            let _position = match kind {
                0 => history.set_status(WORKSPACE, id, &format!("status {end}"), None).unwrap(),
                _ => {
                    let message = retold::Message::new(format!("m{end}"), "user", format!("{end}"));
                    history.add_message(WORKSPACE, id, message).unwrap()
                }
            };
        }
    }

    fn catch_up(&self) {
        let sidecars = self.history.store().sidecars();
        sidecars.add_built_in("temporal").unwrap();
        sidecars.catch_up("temporal", &|_| true).unwrap();
    }
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
        let lived = Lived::begin(&store, begin.into());
        lived.go_on(&writes);
        let history = &lived.history;
        let log = history.store().log();
        let streams = streams(log);
        for clock in [Clock::Occurred, Clock::Recorded] {
            let asked = history.moments_by(clock);
            for (number, at) in moments(&streams).into_iter().enumerate() {
                let mut there = Vec::new();
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
                        (Ok(session), Some(folded)) => {
                            prop_assert_eq!(&session, &folded.session);
                            there.push((session.id, session.status, u32::try_from(session.chat_history.len()).unwrap()));
                        }
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
                // Lists and SQL are of the same moment; before everything there is none to ask of.
                if number % 4 == 0 && !there.is_empty() {
                    let listed = asked.list_at(Some(WORKSPACE), &retold::SessionFilter::new(), instant(at)).unwrap();
                    let mut listed: Vec<_> =
                        listed.into_iter().map(|row| (row.id, row.status, row.message_count)).collect();
                    listed.sort();
                    prop_assert_eq!(&listed, &there);
                    let query = "select count(*) from chat_messages";
                    let said: u32 = asked
                        .sql_at(query, instant(at))
                        .unwrap()
                        .query_row(query, [], |row| row.get(0))
                        .unwrap();
                    prop_assert_eq!(said, there.iter().map(|(.., messages)| messages).sum::<u32>());
                }
            }
        }
    }

    #[test]
    fn what_is_read_of_a_log_or_looked_up_is_what_is_defined(
        begin in (times(), times()),
        writes in writes(),
        known in any::<prop::sample::Index>(),
    ) {
        let store = Store::new();
        let lived = Lived::begin(&store, begin.into());
        // The read models hold nothing, a part of the log, or all of it.
        let known = known.index(writes.len() + 1);
        lived.go_on(&writes[..known]);
        compare(&lived)?;
        lived.catch_up();
        lived.go_on(&writes[known..]);
        compare(&lived)?;
        lived.catch_up();
        compare(&lived)?;
    }
}

/// Compares what is read of a log, and what is looked up in the read models, with the definition.
fn compare(lived: &Lived) -> Result<(), TestCaseError> {
    let log = lived.history.store().log();
    let reader = log.reader().unwrap();
    let happenings = Happenings::of(&reader);
    let streams = streams(log);
    let first = streams.iter().map(|(stream, events)| (events[0].1, *stream)).min();
    prop_assert_eq!(reader.first_happened().unwrap(), first);
    let moments = moments(&streams);
    for moment in &moments {
        let has = first.is_some_and(|(first, _)| first <= *moment);
        prop_assert_eq!(happenings.has_happened_by(*moment).unwrap(), has);
        let all = streams.values().flatten().map(|(event, at)| (*at, event.position));
        let last = happenings.last_happened_by(*moment).unwrap().map(|last| (last.at, last.position));
        prop_assert_eq!(last, all.filter(|(at, _)| at <= moment).max());
    }
    for (stream, events) in &streams {
        for (event, at) in events {
            prop_assert_eq!(reader.happened_at(*stream, event.revision).unwrap(), Some(*at));
            prop_assert_eq!(happenings.happened_at(*stream, event.revision).unwrap(), Some(*at));
        }
        for beyond in [Revision::ZERO, Revision::ZERO.plus(events.len() as u64 + 1)] {
            prop_assert_eq!(reader.happened_at(*stream, beyond).unwrap(), None);
            prop_assert_eq!(happenings.happened_at(*stream, beyond).unwrap(), None);
        }
        for moment in &moments {
            let last = events.iter().rfind(|(_, at)| at <= moment);
            let last = last.map(|(event, _)| (event.revision, event.position));
            prop_assert_eq!(reader.happened_by(*stream, *moment).unwrap(), last);
            prop_assert_eq!(happenings.happened_by(*stream, *moment).unwrap(), last);
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
            for found in [
                reader.happened_between(*after, *to).unwrap(),
                happenings.happened_between(*after, *to).unwrap(),
            ] {
                let found: Vec<_> = found.iter().map(|happened| (happened.at, happened.position)).collect();
                prop_assert_eq!(&found, &expected);
            }
        }
    }
    Ok(())
}
