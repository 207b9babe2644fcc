//! Every way in which a journey can fail has words that say what was done, to what, and why not.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::tz::TimeZone;
use retold_core::{Commit, Expected, Position};
use retold_tests::{created, name, task, words};
use retold_travel::{
    Clock, Error, Resolver, SessionQuery, Timeline, bisect_models, delete, fork, history, mark, restore,
    revert, unmark, what_if,
};

use super::histories::Given;

/// Two sessions: a1 of two events, b2 of one.
fn given() -> Given {
    let given = Given::history(&[]);
    for (id, event) in [("a1", created("a1")), ("b2", created("b2")), ("a1", task("one"))] {
        given.log.append(Commit::to(name(id), Expected::Any, [event])).unwrap();
    }
    given
}

fn at(position: u64) -> Position {
    Position::new(position).unwrap()
}

fn resolve(given: &Given, text: &str) -> Error {
    let reader = given.log.reader().unwrap();
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    let resolver =
        Resolver { reader: &reader, session: None, clock: Clock::Recorded, now, zone: TimeZone::UTC };
    resolver.resolve(&text.parse().unwrap()).unwrap_err()
}

macro_rules! assert_error {
    ($error:expr, $variant:pat, $words:expr) => {
        let error: Error = $error;
        assert!(matches!(error, $variant), "{error:?}");
        assert_eq!(words(&error), $words);
    };
}

#[test]
fn points() {
    let given = given();
    assert_error!(
        resolve(&given, "9"),
        Error::NoSuchPoint { .. },
        "point 9: it lies outside the log, which has positions 1 to 3"
    );
    assert_error!(resolve(&given, "0"), Error::NoSuchPoint { .. }, "point 0: nothing was recorded by then");
    let other = retold_core::StreamName::session("beacon", "a1", 1);
    given.log.append(Commit::to(other, Expected::Any, [created("a1")])).unwrap();
    assert_error!(resolve(&given, "a1:end"), Error::Ambiguous { .. }, "point a1:end: more than one is meant");
}

#[test]
fn marks() {
    let given = given();
    let head = given.log.reader().unwrap().head().unwrap();
    let mark_name = "release".parse().unwrap();
    mark(&given.log, &mark_name, head, 0, false).unwrap();
    let again = mark(&given.log, &mark_name, head, 0, false).unwrap_err();
    assert_error!(again, Error::MarkExists { .. }, "mark release: it stands at position 3");
    assert_error!(
        unmark(&given.log, "other").unwrap_err(),
        Error::NoMark { .. },
        "mark other: there is none"
    );
}

#[test]
fn sessions() {
    let given = given();
    let [first, second] = given.streams()[..] else { panic!("two sessions") };
    let early = revert(&given.log, second, at(1)).unwrap_err();
    assert_error!(early, Error::NotThere { .. }, "session b2: not created yet at position 1");
    let there = restore(&given.log, second).unwrap_err();
    assert_error!(there, Error::NotThere { .. }, "session b2: it is not deleted at position 3");
    delete(&given.log, second).unwrap();
    let gone = fork(&given.log, second, at(4), None).unwrap_err();
    assert_error!(gone, Error::NotThere { .. }, "session b2: deleted at position 4");
    let taken = fork(&given.log, first, at(3), Some("b2")).unwrap_err();
    assert_error!(taken, Error::IdTaken { .. }, "fork as b2: a session of this workspace has that id");
    let mut timeline = Timeline::of(&given.log, first).unwrap();
    let path = "instances/2/status".parse().unwrap();
    let nowhere =
        history::<Error>(&mut timeline, &path, Position::ZERO, at(3), |_| panic!("nothing is there"));
    let said = "session a1: there is no instances/2/status at position 3";
    assert_error!(nowhere.unwrap_err(), Error::NoSuchPlace { .. }, said);
    let other = what_if(&mut timeline, &BTreeSet::from([at(2)]), at(3)).unwrap_err();
    let said = "leave out position 2: it is no event of session a1 up to position 3";
    assert_error!(other, Error::NoSuchEvent { .. }, said);
}

#[test]
fn questions() {
    let given = given();
    let ask = |sql: &str| SessionQuery::new(&given.log, sql, Arc::default());
    assert_error!(ask("stat").unwrap_err(), Error::Sql { .. }, "query: there is no column stat");
    assert_error!(
        ask("random()").unwrap_err(),
        Error::Sql { .. },
        "query: the function random is not allowed here"
    );
    let state = Timeline::of(&given.log, given.streams()[0]).unwrap().at(at(3)).unwrap().state;
    let endless = "(with recursive n(i) as (values (1) union all select i + 1 from n) select max(i) from n)";
    let mut probe = ask(endless).unwrap();
    probe.load(state.as_ref()).unwrap();
    let long = "query: it takes more than 100000000 steps";
    assert_error!(probe.answer().unwrap_err(), Error::TooLong { .. }, long);
    let over_all = bisect_models(&given.log, endless, Position::ZERO, at(3), Arc::default(), |_| true);
    assert_error!(over_all.unwrap_err(), Error::TooLong { .. }, long);
    let stopped =
        bisect_models(&given.log, "1", Position::ZERO, at(3), Arc::new(AtomicBool::new(true)), |_| false);
    assert_error!(stopped.unwrap_err(), Error::Stopped, "stopped before the end");
}

#[test]
fn damage() {
    let given = given();
    let stream = given.streams()[0];
    // An event that speaks of an agent which never was, past every check.
    let connection = given.store.attacker();
    connection
        .execute("update event set type = 14, codec = 0, body = x'81a5696e64657807' where position = 3", [])
        .unwrap();
    let error = Timeline::of(&given.log, stream).unwrap().at(at(3)).unwrap_err();
    let said = "read the log: position 3: InstanceRemoved at index 7 of 0 instances";
    assert_error!(error, Error::InvalidEvent { .. }, said);
}
