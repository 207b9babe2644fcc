use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::tz::TimeZone;
use retold_core::event::ContextCompacted;
use retold_core::{Commit, Expected, Log, Operation, Position};
use retold_tests::{Store, created, name, task};
use retold_travel::{
    Clock, Error, Range, Resolver, SessionQuery, Timeline, Wanted, bisect_models, delete, fork, history,
    mark, operation, revert, undo, unmark, what_if,
};

use super::{cause, table};

fn at(position: u64) -> Position {
    Position::new(position).unwrap()
}

fn resolver_error(log: &Log, text: &str) -> Error {
    let reader = log.reader().unwrap();
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    let resolver =
        Resolver { reader: &reader, session: None, clock: Clock::Recorded, now, zone: TimeZone::UTC };
    if text.contains("..") {
        let end = resolver.resolve(&"head".parse().unwrap()).unwrap();
        return resolver.span(&text.parse::<Range>().unwrap(), end).unwrap_err();
    }
    resolver.resolve(&text.parse().unwrap()).unwrap_err()
}

fn by_occurrence(log: &Log, session: Option<&str>, text: &str) -> Error {
    let reader = log.reader().unwrap();
    let session = session.map(|name| retold_projections::find(&reader, name).unwrap());
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    let clock = Clock::Occurred;
    let resolver = Resolver { reader: &reader, session: session.as_ref(), clock, now, zone: TimeZone::UTC };
    resolver.resolve(&text.parse().unwrap()).unwrap_err()
}

/// What is wrong with taking an operation back.
fn of_undoing() -> Vec<super::Cause> {
    let store = Store::new();
    let options = retold_core::Options::new().create(true).clock(|| "2026-11-23T09:00:00Z".parse().unwrap());
    let log = retold_projections::Store::open(store.path(), options).unwrap().log().clone();
    // Two whose names begin alike.
    let mut begun = std::collections::HashMap::new();
    let (beginning, alike) = loop {
        let operation = Operation::new("append");
        let beginning = operation.id.to_string()[..4].to_owned();
        if let Some(earlier) = begun.insert(beginning.clone(), operation.clone()) {
            break (beginning, [earlier, operation]);
        }
    };
    let [first, second] = alike;
    for (event, operation) in [
        (created("a1"), first),
        (task("one"), second),
        (task("two"), Operation::new("append")),
        (
            ContextCompacted { messages: vec!["m1".to_owned()], updated_at: None }.into(),
            Operation::new("append"),
        ),
    ] {
        log.append(Commit::to(name("a1"), Expected::Any, [event]).operation(operation)).unwrap();
    }
    let named = |name: &str| operation(&log.reader().unwrap(), name).map(drop).unwrap_err();
    let undone = |name: &str| undo(&log, &Wanted::Named(name.to_owned())).map(drop);
    let mut causes = vec![
        cause("NoSuchOperation", named("p99")),
        cause("AmbiguousOperation", named(&beginning)),
        cause("NothingToUndo", undo(&log, &Wanted::Last(|_| false)).map(drop).unwrap_err()),
        cause("NotUndoable", undone("p4").unwrap_err()),
        cause("ChangedSince", undone("p2").unwrap_err()),
    ];
    undone("p3").unwrap();
    causes.push(cause("UndoneAlready", undone("p3").unwrap_err()));
    causes
}

#[test]
fn every_error_of_a_journey_is_caused() {
    let store = Store::new();
    let options = retold_core::Options::new().create(true).clock(|| "2026-11-23T09:00:00Z".parse().unwrap());
    let log = retold_projections::Store::open(store.path(), options).unwrap().log().clone();
    for (id, event) in
        [("a1", created("a1")), ("b2", created("b2")), ("a1", task("one")), ("a1", task("two"))]
    {
        log.append(Commit::to(name(id), Expected::Any, [event])).unwrap();
    }
    let other = retold_core::StreamName::session("beacon", "a1", 1);
    log.append(Commit::to(other, Expected::Any, [created("a1")])).unwrap();
    let stream = |name: &str| retold_projections::find(&log.reader().unwrap(), name).unwrap().stream;
    let (first, second) = (stream("atlas/a1"), stream("b2"));
    let head = log.reader().unwrap().head().unwrap();
    let release = "release".parse().unwrap();
    mark(&log, &release, head, 0, false).unwrap();
    let mut timeline = Timeline::of(&log, first).unwrap();
    let path = "instances/2/status".parse().unwrap();
    let nowhere =
        history::<Error>(&mut timeline, &path, Position::ZERO, at(3), |_| unreachable!()).unwrap_err();
    let endless = "(with recursive n(i) as (values (1) union all select i + 1 from n) select max(i) from n)";
    let models = |stop| {
        bisect_models(&log, endless, Position::ZERO, at(3), Arc::new(AtomicBool::new(stop)), |_| !stop)
    };
    let mut causes = vec![
        cause("NoSuchPoint", resolver_error(&log, "9")),
        cause("NothingYet", resolver_error(&log, "2020-01-01")),
        cause("NothingYet", by_occurrence(&log, Some("b2"), "2020-01-01")),
        cause("NothingYet", by_occurrence(&log, None, "2020-01-01")),
        cause("NoPosition", by_occurrence(&log, None, "2099-01-01")),
        cause("Ambiguous", resolver_error(&log, "a1:end")),
        cause("Backwards", resolver_error(&log, "3..1")),
        cause("MarkExists", mark(&log, &release, head, 0, false).unwrap_err()),
        cause("NoMark", unmark(&log, "other").unwrap_err()),
        cause("NotThere", revert(&log, second, at(1)).map(drop).unwrap_err()),
        cause("NoSuchPlace", nowhere),
        cause("NoSuchEvent", what_if(&mut timeline, &BTreeSet::from([at(2)]), at(3)).map(drop).unwrap_err()),
        cause("IdTaken", fork(&log, first, at(3), Some("b2")).map(drop).unwrap_err()),
        cause("Sql", SessionQuery::new(&log, "stat", Arc::default()).map(drop).unwrap_err()),
        cause("Sql", SessionQuery::new(&log, "  ", Arc::default()).map(drop).unwrap_err()),
        cause("Sql", SessionQuery::new(&log, "1 +", Arc::default()).map(drop).unwrap_err()),
        cause("Sql", SessionQuery::new(&log, "status status status", Arc::default()).map(drop).unwrap_err()),
        cause("TooLong", models(false).map(drop).unwrap_err()),
        cause("Stopped", models(true).map(drop).unwrap_err()),
    ];
    delete(&log, second).unwrap();
    causes.push(cause("NotThere", fork(&log, second, at(6), None).map(drop).unwrap_err()));
    store
        .attacker()
        .execute("update event set type = 14, codec = 0, body = x'81a5696e64657807' where position = 4", [])
        .unwrap();
    causes.push(cause("InvalidEvent", Timeline::of(&log, first).unwrap().at(at(4)).map(drop).unwrap_err()));
    store.attacker().execute_batch("update event set codec = 0, body = x'c0' where position = 4").unwrap();
    causes.push(cause("Log", Timeline::of(&log, first).unwrap().at(at(4)).map(drop).unwrap_err()));
    // Whose sessions those are nobody can say any more.
    store.attacker().execute_batch("drop table stream").unwrap();
    causes.push(cause("Projections", resolver_error(&log, "a1:end")));
    let source = include_str!("../../../travel/src/error.rs");
    causes.extend(of_undoing());
    let filters = [
        (r"begins at .*Z", "begins at [time]"),
        (r"\b[0-9a-f]{16}\b", "[id]"),
        (r"operation [0-9a-f]{4}\b", "operation [id]"),
    ];
    insta::with_settings!({ filters => filters }, {
        insta::assert_snapshot!(table(source, &causes, &[]))
    });
}
