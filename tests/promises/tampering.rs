//! Whatever is done to a store behind the log's back, verifying it says so.

use std::collections::BTreeMap;

use retold_core::event::{BodyRedacted, EventType};
use retold_core::{Commit, Expected, Fault, Meta, Origin, Position, Scope, Verified, hash};
use retold_tests::{Store, all_events, assert_sound, created, message, name, task};
use rusqlite::{Connection, params};

/// A log of 20 events: positions 1 to 10 in `a1`, 11 to 15 in `b1`, 16 to 20 in `a1` again, two long texts.
fn given() -> Store {
    let store = Store::new();
    let log = store.open();
    let tasks = |range: std::ops::Range<u32>| range.map(|number| task(format!("task {number}")));
    let meta = Meta::of(Origin::Application);
    let begin = std::iter::once(created("a1"))
        .chain(tasks(2..9))
        .chain([message("first long text ".repeat(1_000)), message("second long text ".repeat(1_000))]);
    log.append(Commit::to(name("a1"), Expected::Any, begin).meta(meta)).unwrap();
    let other = std::iter::once(created("b1")).chain(tasks(12..16));
    log.append(Commit::to(name("b1"), Expected::Any, other)).unwrap();
    log.append(Commit::to(name("a1"), Expected::Any, tasks(16..21))).unwrap();
    assert_sound(&log);
    assert_eq!(log.reader().unwrap().head().unwrap().position.get(), 20);
    store
}

fn verified(store: &Store) -> Verified {
    store.open_read_only().verify(|_| true).unwrap()
}

/// Damages a log by one statement, and checks that the fault is found at this position.
fn reported(statement: &str, fault: Fault, position: u64) {
    let store = given();
    store.attacker().execute_batch(statement).unwrap();
    let verified = verified(&store);
    let first = verified.faults.get(&fault).map(|(first, _)| first.get());
    assert_eq!(first, Some(position), "{statement}: {:?}", verified.faults);
    // What is wrong with an event, or with its text, is found step by step too, no later: kinds and counts may be others, for a step
    // takes what is before it as it is.
    let quick = Scope { quick: true, ..Scope::default() };
    let quick = store.open_read_only().verify_in(quick, |_| true).unwrap().faults;
    let of_events =
        quick.values().map(|(first, _)| first.get()).filter(|first| (1..=20).contains(first)).min();
    for events in [1, 3, 20] {
        let first = stepped(&store, events).values().map(|(first, _)| first.get()).min();
        let is_found = of_events.is_none_or(|by_all| first.is_some_and(|first| first <= by_all));
        assert!(is_found, "{statement}, by {events}: {first:?}, {of_events:?}");
        assert!(fault != Fault::Blob || first.is_some(), "{statement}, by {events}");
    }
}

/// Verifies a log a few events at a time, and returns what all steps found.
fn stepped(store: &Store, events: u64) -> BTreeMap<Fault, (Position, u64)> {
    let log = store.open_read_only();
    let mut reader = log.reader().unwrap();
    let end = reader.head().unwrap().position;
    let (mut after, mut faults) = (Position::ZERO, BTreeMap::new());
    while after < end {
        let read = reader.verify_after(after, events).unwrap();
        assert!(read.events > 0 && read.events <= events && read.head.position > after);
        after = read.head.position;
        for (fault, (first, count)) in read.faults {
            let (at, sum) = faults.entry(fault).or_insert((first, 0));
            (*at, *sum) = (first.min(*at), *sum + count);
        }
    }
    let nothing = reader.verify_after(end, events).unwrap();
    assert_eq!((nothing.events, nothing.faults.len(), nothing.head.position), (0, 0, end));
    faults
}

#[test]
fn a_sound_log_is_sound_by_any_steps() {
    let store = given();
    for events in [1, 2, 7, 100] {
        assert!(stepped(&store, events).is_empty(), "by {events}");
    }
}

#[test]
fn an_edited_body_is_reported() {
    reported("update event set body = x'81a47461736ba178', codec = 0 where position = 5", Fault::Hash, 5);
    reported("update event set body = x'00', codec = 2 where position = 5", Fault::Body, 5);
    reported("update event set salt = zeroblob(16) where position = 5", Fault::Hash, 5);
    reported("update event set codec = 77 where position = 5", Fault::Body, 5);
}

#[test]
fn an_edited_header_field_is_reported() {
    for (field, value) in [
        ("type", "3"),
        ("schema_version", "2"),
        ("commit_first", "4"),
        ("recorded_at", "recorded_at + 1"),
        ("occurred_at", "occurred_at - 1"),
        ("hash", "zeroblob(32)"),
    ] {
        reported(&format!("update event set {field} = {value} where position = 5"), Fault::Hash, 5);
    }
    reported("update event set meta = x'81a66f726967696ea6696d706f7274' where position = 1", Fault::Hash, 1);
    reported("update event set meta = null where position = 1", Fault::Hash, 1);
    reported("update event set meta = x'80' where position = 5", Fault::Commit, 5);
    reported("update event set commit_first = 6 where position = 5", Fault::Commit, 5);
    reported("update event set recorded_at = 0 where position = 15", Fault::Commit, 15);
    reported("update event set type = 999 where position = 5", Fault::Unknown, 5);
    reported("update event set revision = 99 where position = 5", Fault::RevisionGap, 5);
}

#[test]
fn a_value_that_no_release_writes_is_reported_and_read_past() {
    for (field, value) in [
        ("type", "-1"),
        ("type", "70000"),
        ("schema_version", "-1"),
        ("revision", "-3"),
        ("commit_first", "-1"),
        ("hash", "x'00'"),
        ("salt", "x'00'"),
        ("codec", "-1"),
    ] {
        reported(&format!("update event set {field} = {value} where position = 5"), Fault::Hash, 5);
    }
    reported("update event set salt = null where position = 5", Fault::Redaction, 5);
    reported("update blob set codec = -1 where id = 2", Fault::Blob, 2);
    reported("update blob set hash = x'00' where id = 2", Fault::Blob, 2);
    reported("update stream set ordinal = -1 where id = 2", Fault::Unknown, 11);
}

/// Events are hashed many at once, those of as many blocks side by side: the one that is wrong is told all the same, and no other.
#[test]
fn an_edited_event_is_reported_by_its_position_among_many_of_all_lengths() {
    const EVENTS: u32 = 1_600;
    let store = Store::new();
    let log = store.open();
    let text = |nth: u32| "abcdefghijk".chars().cycle().take(nth as usize * 7 % 1_300).collect::<String>();
    let events = std::iter::once(created("a1")).chain((1..EVENTS).map(|nth| task(text(nth))));
    log.append(Commit::to(name("a1"), Expected::Any, events)).unwrap();
    assert_sound(&log);
    drop(log);
    let connection = store.attacker();
    let mut edited = 0;
    let positions =
        (1..=8).chain((9..EVENTS).step_by(97)).chain(511..=514).chain(1_023..=1_026).chain([EVENTS]);
    for position in positions {
        for column in ["salt", "hash"] {
            let sql = format!("select {column} from event where position = ?1");
            let was: Vec<u8> = connection.query_row(&sql, [position], |row| row.get(0)).unwrap();
            let sql = format!("update event set {column} = ?2 where position = ?1");
            connection.execute(&sql, params![position, vec![7_u8; was.len()]]).unwrap();
            for quick in [false, true] {
                let scope = Scope { quick, ..Scope::default() };
                let verified = store.open_read_only().verify_in(scope, |_| true).unwrap();
                // The hash of an event is in the next one's.
                let wrong = if column == "hash" && position < EVENTS { 2 } else { 1 };
                let expected =
                    BTreeMap::from([(Fault::Hash, (Position::new(position.into()).unwrap(), wrong))]);
                assert_eq!(verified.faults, expected, "{column} of {position}");
            }
            connection.execute(&sql, params![position, was]).unwrap();
            edited += 1;
        }
    }
    assert!(edited > 60);
    drop(connection);
    assert_sound(&store.open());
}

#[test]
fn the_new_hash_of_an_edited_event_is_no_way_out() {
    // Whoever edits an event can hash it anew, but the next event still holds the old hash.
    let store = given();
    let connection = store.attacker();
    let (hash, salt): ([u8; 32], [u8; 16]) = connection
        .query_row("select hash, salt from event where position = 5", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let other_hash = blake3::hash(&[hash.as_slice(), &salt].concat());
    connection.execute("update event set hash = ?1 where position = 5", [other_hash.as_bytes()]).unwrap();
    drop(connection);
    let (first, count) = verified(&store).faults[&Fault::Hash];
    assert_eq!((first.get(), count), (5, 2));
}

#[test]
fn a_missing_event_is_reported() {
    reported("delete from event where position = 5", Fault::PositionGap, 6);
    reported("delete from event where position = 5", Fault::RevisionGap, 6);
    reported("delete from event where position = 1", Fault::PositionGap, 2);
    // Where the ranges of two threads meet.
    reported("delete from event where position = 10", Fault::PositionGap, 11);
    reported("delete from event where position = 11", Fault::PositionGap, 12);
}

#[test]
fn an_event_put_in_before_the_beginning_is_reported() {
    for position in [0, -7] {
        let copy = format!(
            "insert into event select {position}, stream, 99, type, schema_version, commit_first, recorded_at,
             occurred_at, hash, meta, codec, salt, body from event where position = 5"
        );
        reported(&copy, Fault::Hash, 0);
    }
}

#[test]
fn two_events_exchanged_are_reported() {
    let exchange = "update event set position = -1 where position = 5;
        update event set position = 5 where position = 6;
        update event set position = 6 where position = -1";
    reported(exchange, Fault::Hash, 5);
    reported(exchange, Fault::RevisionGap, 5);
    let and_their_revisions = "update event set revision = -1 where position = 5;
        update event set revision = 5 where position = 6;
        update event set revision = 6 where position = 5";
    reported(&format!("{exchange}; {and_their_revisions}"), Fault::Hash, 5);
}

#[test]
fn the_missing_tail_of_a_stream_is_reported() {
    reported("delete from event where stream = 2 and revision > 2", Fault::PositionGap, 16);
    // Closing the gap moves every later event to a place that its hash does not know.
    let closed = "delete from event where stream = 2 and revision > 2;
        update event set position = position - 3 where position > 13";
    reported(closed, Fault::Hash, 13);
}

#[test]
fn the_missing_tail_of_the_log_shows_against_a_head_kept_elsewhere() {
    let store = given();
    let kept = verified(&store).head;
    store.attacker().execute_batch("delete from event where position > 17").unwrap();
    let verified = verified(&store);
    assert!(verified.is_sound());
    assert!(verified.head.position < kept.position);
}

#[test]
fn an_event_in_another_stream_is_reported() {
    reported("update event set stream = 2, revision = 6 where position = 20", Fault::Hash, 20);
    reported("update stream set session_id = 'z9' where id = 2", Fault::Hash, 11);
    reported("update workspace set key = 'z9' where id = 1", Fault::Hash, 1);
    reported("pragma foreign_keys = off; delete from stream where id = 2", Fault::Unknown, 11);
}

#[test]
fn another_logs_id_makes_every_event_wrong() {
    let store = given();
    store.attacker().execute_batch("update log set id = zeroblob(16)").unwrap();
    assert_eq!(verified(&store).faults[&Fault::Hash].1, 20);
}

#[test]
fn an_exchanged_or_missing_blob_is_reported() {
    reported("delete from blob where id = 1", Fault::MissingBlob, 9);
    for (scope, position) in [
        (Scope { quick: true, ..Scope::default() }, 10),
        (Scope { after: Position::new(9).unwrap(), quick: false }, 10),
        (Scope { after: Position::new(9).unwrap(), quick: true }, 10),
    ] {
        let store = given();
        store.attacker().execute_batch("delete from blob where id = 2").unwrap();
        let verified = store.open_read_only().verify_in(scope, |_| true).unwrap();
        assert_eq!(verified.faults[&Fault::MissingBlob].0.get(), position, "{scope:?}");
    }
    reported("update blob set bytes = (select bytes from blob where id = 1) where id = 2", Fault::Blob, 2);
    reported("update blob set codec = 0 where id = 2", Fault::Blob, 2);
    reported("update blob set size = 1 where id = 2", Fault::Blob, 2);
    let exchanged = "create temp table both as select * from blob;
        update blob set hash = x'00' where id = 1;
        update blob set hash = (select hash from both where id = 1) where id = 2;
        update blob set hash = (select hash from both where id = 2) where id = 1";
    reported(exchanged, Fault::Blob, 1);
}

#[test]
fn a_body_gone_without_a_redaction_is_reported() {
    reported("update event set body = null, salt = null where position = 5", Fault::MissingBody, 5);
    reported("update event set body = null where position = 5", Fault::Redaction, 5);
}

/// What the body at `position` commits to.
fn commitment(connection: &Connection, position: u64) -> [u8; 32] {
    let (codec, salt, body): (u32, [u8; 16], Vec<u8>) = connection
        .query_row(
            "select codec, salt, body from event where position = ?1",
            [position.cast_signed()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!(codec, 0, "short bodies are kept as they are");
    hash::body_commit(&salt, &body)
}

/// Redacts as the log does, but for the event that says so.
fn forge(connection: &Connection, position: u64, by: u64) {
    let commit = commitment(connection, position);
    let (position, by) = (position.cast_signed(), by.cast_signed());
    connection.execute("insert into redaction values (?1, ?2, ?3)", params![position, commit, by]).unwrap();
    connection.execute("update event set body = null, salt = null where position = ?1", [position]).unwrap();
}

fn given_a_redaction_of_5() -> Store {
    let store = given();
    let redacted = BodyRedacted { position: 5, reason: "a password".to_owned() };
    store.open().append(Commit::to(name("a1"), Expected::Any, [redacted])).unwrap();
    store
}

#[test]
fn a_redaction_verifies_as_sound() {
    let store = given_a_redaction_of_5();
    let log = store.open();
    assert_sound(&log);
    let events = all_events(&log);
    assert_eq!((events[4].kind, &events[4].event), (EventType::TaskChanged, &None));
    let mut reader = log.reader().unwrap();
    let stream = reader.stream(&name("a1")).unwrap().unwrap();
    let head = reader.head().unwrap().position;
    assert_eq!(reader.state(stream, head).unwrap().unwrap().session.task, "task 20");
}

#[test]
fn a_forged_redaction_is_reported() {
    // It names no event, an event of another type, and a true redaction of another position.
    for by in [99, 6, 21] {
        let store = given_a_redaction_of_5();
        forge(&store.attacker(), 7, by);
        let verified = verified(&store);
        assert_eq!(verified.faults[&Fault::Redaction].0.get(), 7, "{verified:?}");
    }

    let store = given_a_redaction_of_5();
    store.attacker().execute_batch("update redaction set body_commit = zeroblob(32)").unwrap();
    assert_eq!(verified(&store).faults[&Fault::Hash].0.get(), 5);
    reported("insert into redaction values (5, zeroblob(32), 6)", Fault::Redaction, 5);
    reported("insert into redaction values (99, zeroblob(32), 6)", Fault::Redaction, 99);
}

#[test]
fn a_redaction_row_taken_away_is_reported() {
    let store = given_a_redaction_of_5();
    store.attacker().execute_batch("delete from redaction").unwrap();
    assert_eq!(verified(&store).faults[&Fault::MissingBody].0.get(), 5);
}

#[test]
fn a_redaction_that_was_not_carried_out_is_reported() {
    let store = given();
    let redacted = BodyRedacted { position: 5, reason: "a password".to_owned() };
    let attacker = store.attacker();
    let before: (Vec<u8>, Vec<u8>) = attacker
        .query_row("select salt, body from event where position = 5", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    store.open().append(Commit::to(name("a1"), Expected::Any, [redacted])).unwrap();
    attacker.execute("update event set salt = ?1, body = ?2 where position = 5", before).unwrap();
    attacker.execute_batch("delete from redaction").unwrap();
    assert_eq!(verified(&store).faults[&Fault::Redaction].0.get(), 21);
}

#[test]
fn a_page_that_cannot_be_read_is_read_past() {
    let store = Store::new();
    let tasks = (2..=300).map(|number| task(format!("task number {number:03}")));
    let events = std::iter::once(created("a1")).chain(tasks);
    store.open().append(Commit::to(name("a1"), Expected::Any, events)).unwrap();
    let mut bytes = std::fs::read(store.path()).unwrap();
    let at = bytes.windows(15).position(|window| window == b"task number 150").unwrap() / 4096 * 4096;
    bytes[at..at + 4096].fill(0xff);
    std::fs::write(store.path(), bytes).unwrap();
    let verified = verified(&store);
    let (first, count) = verified.faults[&Fault::Unreadable];
    assert!(first.get() > 100 && first.get() <= 150 && count == 1, "{verified:?}");
    // Behind it only the first event lacks what its hash is held against.
    assert_eq!(verified.faults[&Fault::Hash].1, 1, "{verified:?}");
    assert!(!verified.file.is_empty() && verified.events > 200, "{verified:?}");
}
