//! What must go is gone: from every value, packed or not, and from the bytes of every file.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use retold_core::event::{InstanceAdded, OutputAppended, OutputReplaced};
use retold_core::{Commit, Error, Event, Expected, Instance, Log, Options, Position, StreamName};
use retold_projections::Store;
use retold_upkeep::{Redaction, Residue, compact, find_residue, search};
use rusqlite::types::ValueRef;

use crate::nightly;

const SECRET: &str = "hunter2-correct-horse-battery-staple";

/// A store with its read models.
fn open(folder: &Path) -> Store {
    Store::open(folder.join("sessions.db"), Options::new().create(true)).unwrap()
}

fn name(id: &str) -> StreamName {
    retold_tests::name(id)
}

fn append(log: &Log, id: &str, events: impl IntoIterator<Item = Event>) -> u64 {
    log.append(Commit::to(name(id), Expected::Any, events)).unwrap().last.get()
}

fn redact(log: &Log, positions: &[u64], reason: &str) -> Redaction {
    let positions: BTreeSet<_> = positions.iter().map(|position| Position::new(*position).unwrap()).collect();
    retold_upkeep::redact(log, &positions, reason).unwrap()
}

/// Searches the bytes of every file of the folder, and every value of every table, unpacked, without the program's own
/// search.
fn found(folder: &Path, secret: &str) -> Vec<String> {
    let mut places = Vec::new();
    let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && holds(&std::fs::read(&path).unwrap()) {
            places.push(path.display().to_string());
        }
    }
    let connection = rusqlite::Connection::open(folder.join("sessions.db")).unwrap();
    let list = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut dictionaries: Vec<Vec<u8>> = vec![Vec::new()];
    let mut statement = connection.prepare("select bytes from dictionary").unwrap();
    dictionaries.extend(statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap().map(Result::unwrap));
    for table in list("select name from sqlite_schema where type = 'table' and name not like 'sqlite%'") {
        let mut statement = connection.prepare(&format!("select * from {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let (ValueRef::Text(bytes) | ValueRef::Blob(bytes)) = row.get_ref(column).unwrap() else {
                    continue;
                };
                let unpacked = dictionaries.iter().filter_map(|dictionary| {
                    let mut unpacker = zstd::bulk::Decompressor::with_dictionary(dictionary).unwrap();
                    unpacker.decompress(bytes, 1 << 22).ok()
                });
                if std::iter::once(bytes.to_vec()).chain(unpacked).any(|plain| holds(&plain)) {
                    places.push(format!("{table}.{column}"));
                }
            }
        }
    }
    places
}

fn instance() -> Event {
    let document = serde_json::json!({
        "instanceId": 1, "worktreePath": "/tmp/w", "branch": "b", "agentName": SECRET, "status": "running",
        "tmuxSessionId": "t", "output": null,
    });
    let instance: Instance = serde_json::from_value(document).unwrap();
    InstanceAdded { instance, index: None, updated_at: None }.into()
}

fn output(text: impl Into<String>) -> Event {
    OutputAppended { index: 0, text: text.into().into(), updated_at: None }.into()
}

/// One secret in every kind of place, at the positions that are returned.
fn given(log: &Log) -> Vec<u64> {
    append(log, "a1", [retold_tests::created("a1"), retold_tests::task("mend the door")]);
    let long = format!("{} {SECRET} {}", "before ".repeat(900), "behind ".repeat(900));
    let mut positions = Vec::new();
    let mut keep = |position| positions.push(position);
    keep(append(log, "a1", [retold_tests::task(format!("use {SECRET}"))]));
    keep(append(log, "a1", [instance()]));
    keep(append(log, "a1", [retold_tests::message(format!("short {SECRET}"))]));
    keep(append(log, "a1", [retold_tests::message(long.clone())]));
    keep(append(log, "a1", [output(long.clone())]));
    keep(append(log, "b1", [retold_tests::created(SECRET)]));
    keep(append(log, "b1", [retold_tests::message(long)]));
    append(log, "b1", [retold_tests::task("something else")]);
    positions
}

fn scrub(store: &Store) {
    compact(store.log(), |_| true).unwrap();
}

#[test]
fn a_redacted_content_is_in_no_value_and_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let positions = given(store.log());
    assert!(found(folder.path(), SECRET).len() > 5);
    let head = store.log().reader().unwrap().head().unwrap();
    let redaction = redact(store.log(), &positions, "a password");
    assert_eq!((redaction.bodies, redaction.blobs), (7, 1));
    scrub(&store);
    assert_eq!(found(folder.path(), SECRET), Vec::<String>::new());
    retold_tests::assert_sound(store.log());
    assert_eq!(store.check(None, |_| true).unwrap().unwrap().different, 0);
    // The past is what it was: the head that was kept before still stands.
    let events = retold_tests::all_events(store.log());
    let before = &events[usize::try_from(head.position.get()).unwrap() - 1];
    assert_eq!((before.position, before.hash), (head.position, head.hash));

    store.rebuild(|_| true).unwrap();
    scrub(&store);
    assert_eq!(found(folder.path(), SECRET), Vec::<String>::new(), "a rebuild does not bring it back");
    assert_eq!(
        redact(store.log(), &positions, "again"),
        Redaction { bodies: 0, pruned: 0, blobs: 0, appended: None }
    );
    drop(store);
    assert!(crate::second_verifier::agreed(&folder.path().join("sessions.db")).sound);
}

#[test]
fn a_text_that_another_event_refers_to_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let long = "the same long text ".repeat(400);
    append(store.log(), "a1", [retold_tests::created("a1")]);
    let first = append(store.log(), "a1", [retold_tests::message(long.clone())]);
    let second = append(store.log(), "a1", [retold_tests::message(long.clone())]);
    assert_eq!(redact(store.log(), &[first], "one of two").blobs, 0);
    retold_tests::assert_sound(store.log());
    assert_eq!(redact(store.log(), &[second], "the other").blobs, 1);
    retold_tests::assert_sound(store.log());
    // And it can come again.
    append(store.log(), "a1", [retold_tests::message(long)]);
    retold_tests::assert_sound(store.log());
}

#[test]
fn a_redaction_that_cannot_be_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    append(store.log(), "a1", [retold_tests::created("a1"), retold_tests::task("one")]);
    append(store.log(), "b1", [retold_tests::created("b1")]);
    redact(store.log(), &[2], "a secret");
    let redacted = |position| retold_core::event::BodyRedacted { position, reason: String::new() }.into();
    let before = retold_tests::all_events(store.log());
    for (id, position) in [("a1", 99), ("a1", 0), ("a1", 4), ("a1", 5), ("a1", 3), ("a1", u64::MAX)] {
        let event: Event = redacted(position);
        let refused = store.log().append(Commit::to(name(id), Expected::Any, [event])).unwrap_err();
        assert!(matches!(refused, Error::Malformed { .. }), "{position}: {refused}");
    }
    // One that is refused for another reason leaves the body where it was.
    let misfit = retold_core::event::MessageRemoved { index: 7, updated_at: None }.into();
    let refused =
        store.log().append(Commit::to(name("a1"), Expected::Any, [redacted(1), misfit])).unwrap_err();
    assert!(matches!(refused, Error::InvalidEvent { .. }), "{refused}");
    assert_eq!(retold_tests::all_events(store.log()), before);
    retold_tests::assert_sound(store.log());
}

#[test]
fn what_was_written_in_pieces_is_found_in_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (log, half) = (store.log(), SECRET.len() / 2);
    append(log, "a1", [retold_tests::created("a1"), instance(), output("no secret here")]);
    append(log, "a1", [output(format!("begins {}", &SECRET[..5])), output(&SECRET[5..half])]);
    append(log, "b1", [retold_tests::created("b1")]);
    append(log, "a1", [output(format!("{} ends", &SECRET[half..])), output("nor here")]);
    let replaced = OutputReplaced { index: 0, text: Some(SECRET[..9].into()), updated_at: None };
    append(log, "a1", [replaced.into(), output(&SECRET[9..])]);
    let find = |text: &str| {
        text.match_indices(SECRET).map(|(at, _)| ("it".to_owned(), at..at + SECRET.len())).collect()
    };
    let mut positions = BTreeSet::new();
    search(log, &find, |hit| assert!(positions.insert(hit.position.get())), |_| true).unwrap();
    // In the name of the agent, in three pieces, in two.
    assert_eq!(positions.into_iter().collect::<Vec<_>>(), [2, 4, 5, 7, 9, 10]);
}

#[test]
fn a_dictionary_that_learned_from_it_goes_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let log = store.log();
    let samples: Vec<Event> = (0..400)
        .map(|number| {
            retold_tests::message(format!(
                "{number} the door of {} is {SECRET} and green {number}",
                number * 7
            ))
        })
        .collect();
    log.train(&samples).unwrap();
    append(log, "a1", [retold_tests::created("a1")]);
    for sample in &samples[..50] {
        append(log, "a1", [sample.clone()]);
    }
    assert!(found(folder.path(), SECRET).iter().any(|place| place.starts_with("dictionary")));
    let positions: Vec<u64> = (2..=51).collect();
    let mut residue = Residue::default();
    residue.add(SECRET);
    redact(log, &positions, "a password");
    let dictionaries = retold_upkeep::dictionaries_with(log, &residue).unwrap();
    assert_eq!(dictionaries, [3]);
    // What another event says stays readable, under the dictionary that every store begins with.
    let kept =
        "a message of some length that is packed with the dictionary, as it is longer than that: the door ";
    append(log, "a1", [retold_tests::message(kept.repeat(3))]);
    let other = open(folder.path());
    append(other.log(), "a1", [retold_tests::message(kept.repeat(4))]);
    // A text outside of its event is packed with it too; a long one needs none.
    append(log, "a1", [100, 1_000].map(|times| retold_tests::message(kept.repeat(times))));
    assert_eq!(codecs_of_texts(log), [3, 1]);
    retold_upkeep::forget_dictionary(log, 3, |_| true).unwrap();
    assert_eq!(codecs_of_texts(log), [2, 1]);
    scrub(&store);
    assert_eq!(found(folder.path(), SECRET), Vec::<String>::new());
    retold_tests::assert_sound(log);
    append(log, "a1", [retold_tests::message(kept.repeat(5))]);
    // Another process that still packs with it is refused, and loses nothing.
    let refused =
        other.log().append(Commit::to(name("a1"), Expected::Any, [retold_tests::message(kept.repeat(6))]));
    assert!(refused.is_err());
    append(other.log(), "a1", [retold_tests::message(kept.repeat(7))]);
    // Its number is never given again.
    log.train(&samples[..200]).unwrap();
    let numbers: Vec<i64> = {
        let reader = log.reader().unwrap();
        let mut statement = reader.connection().prepare("select id from dictionary order by id").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(numbers, [2, 4]);
    retold_tests::assert_sound(log);
}

fn codecs_of_texts(log: &Log) -> Vec<u32> {
    let reader = log.reader().unwrap();
    let mut statement = reader.connection().prepare("select codec from blob order by id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_dictionary_never_learns_what_looks_like_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let key = format!("ghp_{}", "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fXrLuA");
    let samples: Vec<Event> = (0..800)
        .map(|number| {
            let key = if number % 2 == 0 { key.as_str() } else { "no key" };
            let said = format!("{number} the door of {} is {key} and green {number}", number * 7);
            // Of a long text the beginning is learned from: it may end within a key.
            let cut =
                |key: &str| format!("{} {key} and more", &said.replace(key, "no key").repeat(120)[..4_080]);
            retold_tests::message(match number % 5 {
                0 => said.repeat(90),
                2 => cut(key),
                _ => said,
            })
        })
        .collect();
    store.log().train(&samples).unwrap();
    scrub(&store);
    assert_eq!(found(folder.path(), &key[..12]), Vec::<String>::new());
}

#[test]
fn other_processes_see_a_redaction_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(folder.path()), open(folder.path()));
    append(one.log(), "a1", [retold_tests::created("a1"), retold_tests::task(SECRET)]);
    append(other.log(), "a1", [retold_tests::message("hello")]);
    redact(one.log(), &[2], "a password");
    append(other.log(), "a1", [retold_tests::message("again")]);
    assert_eq!(other.check(None, |_| true).unwrap().unwrap().different, 0);
    let sql = other.sql().unwrap();
    let task: String = sql.query_row("select task from sessions", [], |row| row.get(0)).unwrap();
    assert_eq!(task, "mend the door");
    retold_tests::assert_sound(other.log());
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 64, ..retold_trial::chance::properties(nightly(24)) })]

    /// Whatever else the store holds and however full its pages are.
    #[test]
    fn nothing_is_left_whatever_else_the_store_holds(
        texts in prop::collection::vec((0_usize..6000, any::<bool>(), 0..4_u8), 1..60),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let log = store.log();
        for id in ["s0", "s1", "s2", "s3"] {
            append(log, id, [retold_tests::created(id)]);
        }
        let mut positions = BTreeSet::new();
        for (number, (length, is_secret, session)) in texts.iter().enumerate() {
            let filler = format!("{number} word ").repeat(length / 8);
            let text = if *is_secret { format!("{filler}{SECRET}") } else { filler };
            let event = if length % 2 == 0 { retold_tests::message(text) } else { retold_tests::task(text) };
            let position = append(log, &format!("s{session}"), [event]);
            if *is_secret {
                positions.insert(Position::new(position).unwrap());
            }
        }
        let mut residue = Residue::of(log, &positions).unwrap();
        residue.add(SECRET);
        retold_upkeep::redact(log, &positions, "a password").unwrap();
        compact(log, |_| true).unwrap();
        if !find_residue(log, &residue, |_| true).unwrap().is_clean() {
            retold_upkeep::vacuum(log).unwrap();
        }
        prop_assert_eq!(find_residue(log, &residue, |_| true).unwrap().places, []);
        prop_assert_eq!(found(folder.path(), SECRET), Vec::<String>::new());
        prop_assert_eq!(store.check(None, |_| true).unwrap().unwrap().different, 0);
        prop_assert!(log.verify(|_| true).unwrap().is_sound());
    }
}

#[test]
fn the_mirrored_files_are_written_again_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, files) = (folder.path().join("sessions.db"), folder.path().join("files"));
    let history = retold::Options::new().mirror(&files).open(&store).unwrap();
    let workspace = folder.path().to_str().unwrap();
    history.create_session(workspace, retold_tests::session("a1")).unwrap();
    let message = serde_json::json!({
        "id": "m1", "role": "user", "content": format!("use {SECRET}"), "timestamp": "2026-11-23T09:00:00Z",
    });
    history.add_chat_message(workspace, "a1", serde_json::from_value(message).unwrap()).unwrap();
    history.flush_mirror().unwrap();
    let text = || {
        let entries = std::fs::read_dir(&files).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| std::fs::read_to_string(path).unwrap()).collect::<String>()
    };
    assert!(text().contains(SECRET));
    let other = open(folder.path());
    let mut positions = BTreeSet::new();
    let find = |text: &str| text.match_indices(SECRET).map(|(at, _)| (String::new(), at..at + 1)).collect();
    search(other.log(), &find, |hit| positions.extend([hit.position]), |_| true).unwrap();
    retold_upkeep::redact(other.log(), &positions, "a password").unwrap();
    history.flush_mirror().unwrap();
    assert!(!text().contains(SECRET) && text().contains("mend the door"), "{}", text());
    // Nor does what the application has in memory, or reads anew, hold it.
    let session = serde_json::to_string(&history.get_session(workspace, "a1").unwrap()).unwrap();
    assert!(!session.contains(SECRET), "{session}");
}
