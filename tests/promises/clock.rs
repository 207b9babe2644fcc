//! The clock may be wrong: what it said is kept, and no wrong moment spoils the moments after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use proptest::prelude::*;
use retold::{Options, SessionHistory};
use retold_core::{Commit, Expected, Position, time};
use retold_projections::find;
use retold_tests::{Store, all_events, assert_sound, created, name, session, task};
use retold_travel::{Clock, Point, Resolver};

const WORKSPACE: &str = "/src/atlas";

/// A clock that says what it is told to.
#[derive(Clone, Default)]
struct Told(Arc<AtomicI64>);

impl Told {
    fn say(&self, text: &str) {
        self.0.store(time::to_micros(text.parse().unwrap()), Ordering::SeqCst);
    }

    fn now(&self) -> Timestamp {
        time::from_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Days of which one was wrong.
const DAYS: [&str; 4] =
    ["2026-11-20T09:00:00Z", "2026-11-20T09:05:00Z", "2031-01-01T00:00:00Z", "2026-11-25T09:00:00Z"];

fn history(store: &Store) -> (SessionHistory, Told) {
    let clock = Told::default();
    let own = clock.clone();
    (Options::new().clock(move || own.now()).open(store.path()).unwrap(), clock)
}

fn lived(store: &Store) -> (SessionHistory, Told) {
    let (history, clock) = history(store);
    clock.say(DAYS[0]);
    history.create_session(WORKSPACE, session("a1")).unwrap();
    for (day, number) in DAYS[1..].iter().zip(1..) {
        clock.say(day);
        let said =
            serde_json::json!({"id": number.to_string(), "role": "user", "content": day, "timestamp": ""});
        history.add_chat_message(WORKSPACE, "a1", serde_json::from_value(said).unwrap()).unwrap();
    }
    clock.say("2026-11-27T12:00:00Z");
    (history, clock)
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(24))]

    #[test]
    fn what_the_clock_said_is_when_it_occurred(clock in prop::collection::vec(0_i64..1_000_000_000_000_000, 1..20)) {
        let store = Store::new();
        let told = Told::default();
        let own = told.clone();
        let options = retold_core::Options::new().create(true).clock(move || own.now());
        let log = options.durability(retold_core::Durability::Normal).open(store.path()).unwrap();
        log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
        for now in &clock {
            told.0.store(*now, Ordering::SeqCst);
            log.append(Commit::to(name("a1"), Expected::Any, [task("x")])).unwrap();
        }
        let events = all_events(&log);
        let occurred: Vec<i64> = events[1..].iter().map(|event| event.occurred_at).collect();
        prop_assert_eq!(&occurred, &clock);
        let mut latest = events[0].recorded_at;
        for event in &events[1..] {
            latest = latest.max(event.occurred_at);
            prop_assert_eq!(event.recorded_at, latest);
        }
        assert_sound(&log);
    }
}

#[test]
fn a_wrong_moment_is_that_of_its_own_event_alone() {
    let store = Store::new();
    let (history, _) = lived(&store);
    let occurred: Vec<Timestamp> = all_events(history.store().log())
        .iter()
        .filter(|event| history.store().log().reader().unwrap().name(event.stream).unwrap().ordinal > 0)
        .map(|event| time::from_micros(event.occurred_at).unwrap())
        .collect();
    assert_eq!(occurred, DAYS.map(|day| day.parse().unwrap()));
    let updated_at = history.get_session(WORKSPACE, "a1").unwrap().updated_at;
    assert_eq!(updated_at, "2026-11-25T09:00:00+00:00");
}

#[test]
fn a_point_by_when_things_occurred_is_not_shadowed_by_a_wrong_moment() {
    let store = Store::new();
    let (history, clock) = lived(&store);
    let reader = history.store().log().reader().unwrap();
    let found = find(&reader, "a1").unwrap();
    let resolve = |text: &str| {
        let point: Point = text.parse().unwrap();
        let (now, zone) = (clock.now(), jiff::tz::TimeZone::UTC);
        let resolver = Resolver { reader: &reader, session: Some(&found), clock: Clock::Occurred, now, zone };
        resolver.resolve(&point).unwrap().head.position
    };
    let end = reader.head().unwrap().position;
    assert_eq!((resolve("yesterday"), resolve("2d-ago")), (end, end));
    let before: u64 = end.get() - 2;
    assert_eq!(resolve("2026-11-21"), Position::new(before).unwrap());
}
