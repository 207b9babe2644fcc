//! Pruning: nothing goes that an archive has not, and what two sessions share goes with the last of them.

use retold_core::event::{BodiesPruned, BodiesRestored};
use retold_core::{Commit, Digest, Erasure, Error, Event, Expected, Log, Position, SessionPatch, StreamName};
use retold_tests::{Store, all_events, created, message, name, task};
use retold_upkeep::{Archive, back_up, prunable, prune, unprune};

fn append(log: &Log, id: &str, events: impl IntoIterator<Item = Event>) {
    log.append(Commit::to(name(id), Expected::Any, events)).unwrap();
}

fn archive(store: &Store, log: &Log, name: &str) -> Archive {
    let path = store.folder().join(name);
    back_up(log, &path, |_| true).unwrap();
    Archive::open(log, &path, |_| true).unwrap()
}

fn head(log: &Log) -> Position {
    log.reader().unwrap().head().unwrap().position
}

fn texts(log: &Log) -> Vec<u64> {
    let reader = log.reader().unwrap();
    let mut statement = reader.connection().prepare("select size from blob order by id").unwrap();
    statement
        .query_map([], |row| row.get::<_, i64>(0))
        .unwrap()
        .map(|size| size.unwrap().unsigned_abs())
        .collect()
}

fn sound(log: &Log) {
    let verified = log.verify(|_| true).unwrap();
    assert!(verified.is_sound(), "{:?} {:?}", verified.faults, verified.file);
}

#[test]
fn a_text_that_sessions_share_goes_with_the_last_of_them() {
    let store = Store::new();
    let log = store.open();
    let shared = "a long text ".repeat(1000);
    for id in ["a1", "b1", "c1"] {
        append(&log, id, [created(id), message(shared.clone())]);
        // Each is a transaction of its own.
        append(&log, id, (0..2000).map(|number| message(format!("{number}"))));
    }
    let archive = archive(&store, &log, "archive.db");
    // Interrupted behind the first: the others refer to the text still.
    let sessions = prunable(&log, head(&log)).unwrap();
    let stopped = prune(&log, &archive, &sessions, None, |_| false);
    assert!(matches!(stopped, Err(Error::Stopped { .. })), "{stopped:?}");
    assert_eq!((retold_upkeep::pruned(&log).unwrap().len(), texts(&log)), (1, vec![12_000]));
    sound(&log);
    // One of them is written to between the look and the act, and stays as it is, with its text.
    let sessions = prunable(&log, head(&log)).unwrap();
    assert_eq!(sessions.len(), 2);
    append(&log, "c1", [task("not quiet")]);
    let pruned = prune(&log, &archive, &sessions, None, |_| true).unwrap();
    assert_eq!((pruned.sessions, pruned.skipped), (1, vec![name("c1")]));
    assert_eq!(texts(&log), [12_000]);
    sound(&log);
    // Now it goes too, and its text with it.
    let archive = self::archive(&store, &log, "second.db");
    prune(&log, &archive, &prunable(&log, head(&log)).unwrap(), None, |_| true).unwrap();
    assert_eq!(texts(&log), [0; 0]);
    sound(&log);
    // Each archive gives back what it has.
    let first = Archive::open(&log, store.folder().join("archive.db"), |_| true).unwrap();
    let back = unprune(&log, &first, &retold_upkeep::pruned(&log).unwrap(), |_| true).unwrap();
    assert_eq!((back.sessions, back.lacking.len()), (3, 0));
    assert_eq!(texts(&log), [12_000]);
    assert!(all_events(&log).iter().all(|event| event.erasure.is_none()));
    sound(&log);
}

#[test]
fn a_text_that_another_event_refers_to_stays() {
    let store = Store::new();
    let log = store.open();
    let shared = "a long text ".repeat(1000);
    append(&log, "a1", [created("a1"), message(shared.clone())]);
    let before = head(&log);
    append(&log, "b1", [created("b1"), message(shared)]);
    let archive = archive(&store, &log, "archive.db");
    let pruned = prune(&log, &archive, &prunable(&log, before).unwrap(), None, |_| true).unwrap();
    assert_eq!((pruned.sessions, texts(&log)), (1, vec![12_000]));
    sound(&log);
}

#[test]
fn a_text_that_comes_while_it_goes_stays() {
    let store = Store::new();
    let log = store.open();
    let shared = "a long text ".repeat(1000);
    append(&log, "a1", [created("a1"), message(shared.clone())]);
    let archive = archive(&store, &log, "archive.db");
    let sessions = prunable(&log, head(&log)).unwrap();
    append(&log, "b1", [created("b1"), message(shared)]);
    prune(&log, &archive, &sessions, None, |_| true).unwrap();
    assert_eq!(texts(&log), [12_000]);
    sound(&log);
}

/// Nobody says that an archive has what it may not have.
#[test]
fn only_pruning_prunes() {
    let store = Store::new();
    let log = store.open();
    append(&log, "a1", [created("a1"), message("hello")]);
    let pruned = BodiesPruned {
        archive: "nowhere".to_owned(),
        archive_position: 2,
        archive_hash: Digest([0; 32]),
        reason: None,
        updated_at: None,
    };
    let restored = BodiesRestored { position: 1, archive: "nowhere".to_owned() };
    for event in [Event::from(pruned), restored.into()] {
        let refused = log.append(Commit::to(name("a1"), Expected::Any, [event]));
        assert!(matches!(refused, Err(Error::Malformed { .. })), "{refused:?}");
    }
    assert!(all_events(&log).iter().all(|event| event.erasure.is_none()));
}

/// The writer holds what comes back against what was committed to, whatever the archive says.
#[test]
fn a_body_that_is_another_does_not_come_back() {
    let store = Store::new();
    let log = store.open();
    append(&log, "a1", [created("a1"), message("hello"), message("there")]);
    let archive = archive(&store, &log, "archive.db");
    prune(&log, &archive, &prunable(&log, head(&log)).unwrap(), None, |_| true).unwrap();
    // Behind its verification somebody exchanges a body of it.
    let attacker = rusqlite::Connection::open(archive.path()).unwrap();
    let attack = "drop trigger event_update; update event set (salt, body, codec) =
        (select salt, body, codec from event where position = 3) where position = 2";
    attacker.execute_batch(attack).unwrap();
    let back = unprune(&log, &archive, &retold_upkeep::pruned(&log).unwrap(), |_| true).unwrap();
    assert_eq!((back.sessions, back.lacking), (0, vec![name("a1")]));
    assert!(matches!(Archive::open(&log, archive.path(), |_| true), Err(Error::Damaged { .. })));
    assert_eq!(all_events(&log)[1].erasure, Some(Erasure::Pruned));
    sound(&log);
}

/// What a damaged store still holds includes what is known of the pruned.
#[test]
fn a_pruned_store_is_recovered() {
    let store = Store::new();
    let log = store.open();
    let set = SessionPatch { updated_at: Some("2026-11-24T09:00:00Z".to_owned()), ..SessionPatch::default() };
    append(
        &log,
        "a1",
        [
            created("a1"),
            message("hello"),
            retold_core::event::SessionDetailsChanged { set: set.clone() }.into(),
        ],
    );
    append(&log, "b1", [created("b1"), message("lost")]);
    let archive = archive(&store, &log, "archive.db");
    prune(&log, &archive, &prunable(&log, head(&log)).unwrap(), None, |_| true).unwrap();
    let pruned = retold_upkeep::pruned(&log).unwrap();
    drop(log);
    let recovered = |to: &str| {
        let to = store.folder().join(to);
        (retold_upkeep::recover(&store.path(), &to, &[], |_| {}, |_| true).unwrap(), Log::open(to).unwrap())
    };
    let (same, log) = recovered("same.db");
    assert!(same.is_same_log);
    assert_eq!(retold_upkeep::pruned(&log).unwrap(), pruned);
    sound(&log);
    // Into the same log the archive gives back what it has.
    assert_eq!(unprune(&log, &archive_of(&log, &archive), &pruned, |_| true).unwrap().sessions, 2);
    sound(&log);
    // Where something is lost it is another log: the lists are as long as they were.
    store.attacker().execute_batch("update event set occurred_at = 5 where position = 5").unwrap();
    let (other, log) = recovered("other.db");
    assert!(!other.is_same_log && other.lost > 0);
    let mut reader = log.reader().unwrap();
    let stream = reader.stream(&StreamName::session("atlas", "a1", 1)).unwrap().unwrap();
    let state = reader.state(stream, head(&log)).unwrap().unwrap();
    assert_eq!(state.session.chat_history.len(), 1);
    assert_eq!(state.session.chat_history[0].role, "pruned");
    assert_eq!(Some(state.session.updated_at), set.updated_at);
    sound(&log);
}

fn archive_of(log: &Log, archive: &Archive) -> Archive {
    Archive::open(log, archive.path(), |_| true).unwrap()
}

/// A backup of a pruned store is one too, and what is restored from it is.
#[test]
fn a_pruned_store_is_backed_up_and_restored() {
    let store = Store::new();
    let log = store.open();
    append(&log, "a1", [created("a1"), message("hello")]);
    let archive = archive(&store, &log, "archive.db");
    prune(&log, &archive, &prunable(&log, head(&log)).unwrap(), None, |_| true).unwrap();
    let backup = store.folder().join("backup.db");
    back_up(&log, &backup, |_| true).unwrap();
    append(&log, "a1", [task("later")]);
    drop(log);
    retold_upkeep::restore(&backup, &store.path(), &store.folder().join("aside.db"), true, |_| true).unwrap();
    let log = store.open();
    sound(&log);
    // The archive is of the log that this one goes on from.
    let back =
        unprune(&log, &archive_of(&log, &archive), &retold_upkeep::pruned(&log).unwrap(), |_| true).unwrap();
    assert_eq!(back.sessions, 1);
    sound(&log);
    // And the store is one that an older release would not understand: it says so.
    let mut connection = log.open_writer().unwrap();
    assert!(matches!(
        retold_migrations::down(&mut connection, 5),
        Err(retold_migrations::Error::Loses { .. })
    ));
}
