//! An append is all or nothing, lands where it was meant to, and is nobody else's trouble.

use std::sync::Barrier;

use retold_core::event::OutputAppended;
use retold_core::{
    BODY_BYTES_MAX, Commit, Error, Event, Expected, Revision, StreamName, TEXT_BYTES_MAX, Target, Text,
};
use retold_tests::{Store, all_events, assert_sound, created, message, name, task};

fn at(revision: u64) -> Expected {
    Expected::At(Revision::new(revision).unwrap())
}

#[test]
fn a_stale_append_changes_nothing() {
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("a1"), at(0), [created("a1"), task("one")])).unwrap();
    let before = all_events(&log);
    for stale in [0, 1, 3] {
        let refused = log.append(Commit::to(name("a1"), at(stale), [task("two")])).unwrap_err();
        assert!(matches!(refused, Error::Conflict { found, .. } if found.get() == 2), "{refused}");
    }
    assert_eq!(all_events(&log), before);
    log.append(Commit::to(name("a1"), at(2), [task("two")])).unwrap();
    assert_sound(&log);
}

#[test]
fn a_conflict_harms_no_other_caller() {
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("shared"), at(0), [created("shared")])).unwrap();
    let barrier = Barrier::new(64);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..64)
            .map(|caller| {
                let (log, barrier) = (&log, &barrier);
                scope.spawn(move || {
                    let id = format!("own-{caller}");
                    barrier.wait();
                    // All are queued before any is waited for, so that they share transactions.
                    let contested = log.append_later(Commit::to(name("shared"), at(1), [task(&id)])).unwrap();
                    let own = log.append_later(Commit::to(name(&id), at(0), [created(&id)])).unwrap();
                    (contested.wait(), own.wait())
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert!(outcomes.iter().all(|(_, own)| own.is_ok()));
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.iter().partition(|(contested, _)| contested.is_ok());
    assert_eq!((won.len(), lost.len()), (1, 63));
    assert!(
        lost.iter()
            .all(|(refused, _)| matches!(refused, Err(Error::Conflict { found, .. }) if found.get() == 2))
    );
    assert_eq!(all_events(&log).len(), 1 + 1 + 64);
    assert_sound(&log);
}

#[test]
fn a_repeated_key_appends_nothing_and_gets_the_first_answer() {
    let store = Store::new();
    let log = store.open();
    let commit = || Commit::to(name("a1"), at(0), [created("a1"), task("one")]).key("k");
    let first = log.append(commit()).unwrap();
    assert!(!first.repeated);
    let again = log.append(commit()).unwrap();
    assert_eq!((again.first, again.last, again.repeated), (first.first, first.last, true));

    drop(log);
    let log = store.open();
    let again = log.append(commit()).unwrap();
    assert_eq!((again.first, again.last, again.repeated), (first.first, first.last, true));
    assert_eq!(all_events(&log).len(), 2);
}

#[test]
fn a_refused_commit_does_not_use_up_its_key() {
    let store = Store::new();
    let log = store.open();
    let refused = log.append(Commit::to(name("a1"), at(9), [created("a1")]).key("k"));
    assert!(matches!(refused, Err(Error::Conflict { .. })));
    assert!(!log.append(Commit::to(name("a1"), at(0), [created("a1")]).key("k")).unwrap().repeated);
}

#[test]
fn a_key_raced_for_is_won_once() {
    let store = Store::new();
    let log = store.open();
    let tickets: Vec<_> = (0..32)
        .map(|_| log.append_later(Commit::to(name("a1"), Expected::Any, [task("x")]).key("k")).unwrap())
        .collect();
    let answers: Vec<_> = tickets.into_iter().map(|ticket| ticket.wait().unwrap()).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
    assert_eq!(all_events(&log).len(), 1);
}

#[test]
fn a_commit_over_several_streams_is_all_or_none() {
    let store = Store::new();
    let log = store.open();
    let both = |expected| {
        Commit::to(name("a1"), at(0), [created("a1"), task("one")]).and(name("b1"), expected, [created("b1")])
    };
    assert!(matches!(log.append(both(at(5))), Err(Error::Conflict { .. })));
    assert_eq!(all_events(&log), Vec::new());
    assert_eq!(log.reader().unwrap().stream(&name("a1")).unwrap(), None);

    let appended = log.append(both(at(0))).unwrap();
    let revisions: Vec<_> = appended.streams.iter().map(|(_, revision)| revision.get()).collect();
    assert_eq!(revisions, [2, 1]);
    let events = all_events(&log);
    assert!(events.iter().all(|event| event.commit_first == appended.first));
    assert_sound(&log);
}

#[test]
fn a_stream_named_twice_in_a_commit_is_refused() {
    let store = Store::new();
    let log = store.open();
    let twice = Commit::to(name("a1"), at(0), [created("a1")]).and(name("a1"), at(1), [task("one")]);
    assert!(matches!(log.append(twice), Err(Error::Malformed { .. })));
    assert_eq!(all_events(&log), Vec::new());
}

#[test]
fn twins_get_their_ordinals_in_order() {
    let store = Store::new();
    let log = store.open();
    let new_record = |workspace: &str| {
        let target = Target::NewSession { workspace: workspace.to_owned(), session_id: "a1".to_owned() };
        let appended = log.append(Commit::to(target, at(0), [created("a1")])).unwrap();
        appended.streams[0].0.clone()
    };
    assert_eq!(new_record("atlas"), StreamName::session("atlas", "a1", 1));
    assert_eq!(new_record("atlas"), StreamName::session("atlas", "a1", 2));
    assert_eq!(new_record("borea"), StreamName::session("borea", "a1", 1));
    drop(log);
    let log = store.open();
    let target = Target::NewSession { workspace: "atlas".to_owned(), session_id: "a1".to_owned() };
    let appended = log.append(Commit::to(target, at(0), [created("a1")])).unwrap();
    assert_eq!(appended.streams[0].0.ordinal, 3);
    assert_sound(&log);
}

#[test]
fn the_last_ordinal_has_no_successor() {
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(StreamName::session("atlas", "a1", u32::MAX), at(0), [created("a1")])).unwrap();
    let target = Target::NewSession { workspace: "atlas".to_owned(), session_id: "a1".to_owned() };
    let refused = log.append(Commit::to(target, at(0), [created("a1")]));
    assert!(matches!(refused, Err(Error::Malformed { .. })), "{refused:?}");
    log.append(Commit::to(name("b1"), at(0), [created("b1")])).unwrap();
}

#[test]
fn positions_and_revisions_have_no_gap_under_many_writers() {
    let store = Store::new();
    let log = store.open();
    let positions = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let log = &log;
                scope.spawn(move || {
                    let id = format!("s{}", writer % 3);
                    let append = |number| {
                        let text = task(format!("{writer} {number}"));
                        log.append(Commit::to(name(&id), Expected::Any, [text])).unwrap().last
                    };
                    (0..100).map(append).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(positions.iter().all(|own| own.is_sorted()), "each writer's appends are in its order");
    let mut all: Vec<u64> = positions.into_iter().flatten().map(|position| position.get()).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=800).collect::<Vec<u64>>());
    assert_sound(&log);
}

#[test]
fn recorded_at_never_falls_though_the_clock_does() {
    use std::sync::atomic::{AtomicI64, Ordering};
    let store = Store::new();
    let second = std::sync::Arc::new(AtomicI64::new(1_000));
    let clock = {
        let second = std::sync::Arc::clone(&second);
        move || jiff::Timestamp::from_second(second.load(Ordering::SeqCst)).unwrap()
    };
    let log = retold_core::Options::new().create(true).clock(clock).open(store.path()).unwrap();
    for now in [1_000, 500, 2_000] {
        second.store(now, Ordering::SeqCst);
        log.append(Commit::to(name("a1"), Expected::Any, [task("x")])).unwrap();
    }
    let recorded: Vec<i64> = all_events(&log).iter().map(|event| event.recorded_at).collect();
    assert_eq!(recorded, [1_000_000_000, 1_000_000_000, 2_000_000_000]);
}

#[test]
fn a_long_text_is_stored_once() {
    let store = Store::new();
    let log = store.open();
    // Random letters, which nothing can compress away.
    let output: String = (0..100_000).map(|_| char::from(retold_trial::chance::range(b'a'..=b'z'))).collect();
    let append = |id: &str| {
        let replaced = retold_core::event::OutputReplaced {
            index: 0,
            text: Some(Text::from(output.clone())),
            updated_at: None,
        };
        log.append(Commit::to(name(id), Expected::Any, [replaced])).unwrap();
    };
    append("a1");
    append("a1");
    append("b1");
    let reader = log.reader().unwrap();
    let (blobs, bytes): (u32, u32) = reader
        .connection()
        .query_row("select count(*), sum(length(bytes)) from blob", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(blobs, 1);
    assert!(bytes <= 100_000);
    let events = all_events(&log);
    assert!(events.iter().all(|event| event.stored_bytes < 200), "bodies hold a reference");
    for event in events {
        let mut event = event.event.unwrap();
        log.reader().unwrap().resolve_event(&mut event).unwrap();
        assert_eq!(event.long_text_mut(), Some(&mut Text::from(output.clone())));
    }
    assert_sound(&log);
}

#[test]
fn a_refused_append_leaves_no_text_behind() {
    let store = Store::new();
    let log = store.open();
    let refused = log.append(Commit::to(name("a1"), at(9), [message("x".repeat(100_000))]));
    assert!(matches!(refused, Err(Error::Conflict { .. })));
    assert_eq!(log.verify(|_| true).unwrap().blobs, 0);
}

#[test]
fn what_is_over_the_limit_is_refused_whole() {
    let store = Store::new();
    let log = store.open();
    let refused =
        log.append(Commit::to(name("a1"), at(0), [created("a1"), task("x".repeat(BODY_BYTES_MAX))]));
    assert!(matches!(refused, Err(Error::TooLarge { what: "a body", .. })), "{refused:?}");
    let text = String::from_utf8(vec![0; TEXT_BYTES_MAX + 1]).unwrap();
    let output = OutputAppended { index: 0, text: Text::from(text), updated_at: None };
    let refused = log.append(Commit::to(name("a1"), at(0), [Event::from(output)]));
    assert!(matches!(refused, Err(Error::TooLarge { what: "a text", .. })), "{refused:?}");
    assert_eq!(all_events(&log), Vec::new());
    log.append(Commit::to(name("a1"), at(0), [created("a1")])).unwrap();
}

#[test]
fn a_text_that_the_store_does_not_have_is_refused() {
    let (store, other) = (Store::new(), Store::new());
    let (log, elsewhere) = (store.open(), other.open());
    let appended = elsewhere.append(Commit::to(name("a1"), at(0), [message("x".repeat(10_000))])).unwrap();
    let event = all_events(&elsewhere)[0].event.clone().unwrap();
    let refused = log.append(Commit::to(name("a1"), at(0), [event.clone()]));
    assert!(matches!(refused, Err(Error::Malformed { .. })), "{refused:?}");
    assert_eq!(all_events(&log), Vec::new());
    // Where it is at home it may be said again, by its reference.
    elsewhere.append(Commit::to(name("b1"), at(0), [event])).unwrap();
    assert_eq!(appended.last.get(), 1);
    assert_sound(&elsewhere);
}

#[test]
fn a_commit_prepared_for_another_log_is_refused() {
    let (store, other) = (Store::new(), Store::new());
    let (log, elsewhere) = (store.open(), other.open());
    let prepared = elsewhere.prepare(Commit::to(name("a1"), at(0), [created("a1")])).unwrap();
    assert!(matches!(log.append_prepared(prepared), Err(Error::Malformed { .. })));
    let prepared = log.prepare(Commit::to(name("a1"), at(0), [created("a1")])).unwrap();
    log.append_prepared(prepared).unwrap().wait().unwrap();
}

#[test]
fn bodies_packed_with_every_dictionary_are_read() {
    let store = Store::new();
    let log = store.open();
    let other = store.open();
    let samples: Vec<Event> = (0..2_000).map(|number| created(&format!("comp-{number}"))).collect();
    log.append(Commit::to(name("a1"), at(0), [created("a1")])).unwrap();
    log.train(&samples).unwrap();
    log.append(Commit::to(name("b1"), at(0), [created("b1")])).unwrap();
    other.append(Commit::to(name("c1"), at(0), [created("c1")])).unwrap();
    let codecs: Vec<u32> = {
        let reader = log.reader().unwrap();
        let mut statement = reader.connection().prepare("select codec from event order by position").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(codecs, [2, 3, 2]);
    for log in [log, other] {
        let ids: Vec<String> = all_events(&log)
            .into_iter()
            .map(|event| match event.event.unwrap() {
                Event::SessionCreated(body) => body.session.id,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ids, ["a1", "b1", "c1"]);
        assert_sound(&log);
    }
}
