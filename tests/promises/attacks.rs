//! The attack suite: what somebody who can write the file may do, and what finds it. Ours and the second verifier say the
//! same each time. Two attacks leave no trace in the file: a tail that is hashed anew, and one that is cut off. A head that
//! was kept elsewhere finds both.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use rand::RngExt as _;
use retold_core::event::{BodyRedacted, EventType};
use retold_core::{Commit, Expected, Fault, Log};
use retold_tests::forge::Forger;
use retold_tests::{Store, created, message, name, task};

use crate::second_verifier::{agreed, first};
use crate::{held, nightly};

/// A log of two sessions, 12 events, with two long texts: positions 1 to 6 are of `a1`, 7 to 9 of `b1`, 10 to 12 of `a1`.
fn given() -> Store {
    let store = Store::new();
    let log = store.open();
    fill(&log, "");
    drop(log);
    assert!(agreed(&store.path()).sound);
    store
}

fn fill(log: &Log, mark: &str) {
    let append = |id: &str, events: Vec<retold_core::Event>| {
        for event in events {
            log.append(Commit::to(name(id), Expected::Any, [event])).unwrap();
        }
    };
    let long = |text: &str| message(format!("{text}{mark} ").repeat(900));
    append(
        "a1",
        vec![created("a1"), task("2"), task("3"), long("first"), task(format!("5{mark}")), task("6")],
    );
    append("b1", vec![created("b1"), task("8"), task("9")]);
    append("a1", vec![long("second"), task("11"), task("12")]);
}

/// The head at a position, as somebody kept it.
fn kept(store: &Store, position: u64) -> String {
    let log = store.open_read_only();
    let reader = log.reader().unwrap();
    let hash: retold_core::EventHash = reader
        .connection()
        .query_row("select hash from event where position = ?1", [position.cast_signed()], |row| row.get(0))
        .unwrap();
    format!("{position}:{hash}")
}

/// What `retold verify` exits with.
fn verify(store: &Path, arguments: &[&str]) -> ExitCode {
    let mut io = retold_cli::Io::of_process(Default::default());
    (io.out, io.err) = (Box::new(std::io::sink()), Box::new(std::io::sink()));
    let store = store.as_os_str().to_owned();
    let arguments = ["verify", "-q"].iter().chain(arguments).map(OsString::from);
    let all = [OsString::from("retold"), "--store".into(), store].into_iter().chain(arguments);
    retold_cli::run(all, &mut io)
}

/// The position of the first fault of a kind, where it was found by both verifiers.
fn found(store: &Store, fault: Fault) -> Option<u64> {
    assert!(!agreed(&store.path()).sound);
    let (_, verified) = first(&store.path());
    verified.faults.get(&fault).map(|(position, _)| position.get())
}

/// The body of a task.
fn body(text: &str) -> Vec<u8> {
    let mut body = b"\x81\xa4task".to_vec();
    body.push(0xa0 | u8::try_from(text.len()).unwrap());
    body.extend(text.as_bytes());
    body
}

#[test]
fn an_edited_body_is_found() {
    let store = given();
    Forger::new(store.attacker()).edit(5, &body("forged"));
    assert_eq!(found(&store, Fault::Hash), Some(5));
    assert_eq!(verify(&store.path(), &[]), 10.into());
}

#[test]
fn an_event_edited_and_hashed_anew_is_found_by_the_next() {
    let store = given();
    let forger = Forger::new(store.attacker());
    forger.edit(5, &body("forged"));
    forger.rehash(5, 5);
    assert_eq!(found(&store, Fault::Hash), Some(6));
}

/// This is the limit: whoever writes the file writes all of it.
#[test]
fn a_tail_hashed_anew_passes_and_a_kept_head_finds_it() {
    let store = given();
    let (before, after) = (kept(&store, 4), kept(&store, 12));
    let forger = Forger::new(store.attacker());
    forger.edit(5, &body("forged"));
    forger.rehash(5, 12);
    drop(forger);
    assert!(agreed(&store.path()).sound, "nothing in the file tells");
    assert_eq!(verify(&store.path(), &["--quick", "--expect", &after]), 11.into());
    assert_eq!(
        verify(&store.path(), &["--quick", "--expect", &before]),
        0.into(),
        "what was before is as it was"
    );
}

#[test]
fn a_log_cut_short_passes_and_a_kept_head_finds_it() {
    let store = given();
    let head = kept(&store, 12);
    Forger::new(store.attacker()).run("delete from event where position > 9");
    assert!(agreed(&store.path()).sound, "nothing in the file tells");
    assert_eq!(verify(&store.path(), &["--quick", "--expect", &head]), 12.into());
}

#[test]
fn a_log_cut_short_and_grown_again_passes_and_a_kept_head_finds_it() {
    let store = given();
    let head = kept(&store, 12);
    Forger::new(store.attacker()).run("delete from event where position > 9");
    let log = store.open();
    for text in ["other 10", "other 11", "other 12"] {
        log.append(Commit::to(name("a1"), Expected::Any, [task(text)])).unwrap();
    }
    drop(log);
    assert!(agreed(&store.path()).sound, "nothing in the file tells");
    assert_eq!(verify(&store.path(), &["--quick", "--expect", &head]), 11.into());
}

#[test]
fn events_exchanged_are_found() {
    let exchange = |one: i64, other: i64| {
        let store = given();
        let forger = Forger::new(store.attacker());
        forger.run(&format!(
            "update event set position = -1 where position = {one};
             update event set position = {one}, commit_first = {one} where position = {other};
             update event set position = {other}, commit_first = {other} where position = -1"
        ));
        assert_eq!(found(&store, Fault::Hash), Some(one.unsigned_abs()));
    };
    exchange(5, 6);
    // Of two sessions.
    exchange(6, 8);
}

#[test]
fn events_of_another_log_are_found() {
    let (store, other) = (given(), Store::new());
    fill(&other.open(), " of another log");
    let forger = Forger::new(store.attacker());
    let path = other.path();
    forger.run(&format!("attach '{}' as other", path.display()));
    forger.run(
        "update event set (salt, body, hash, codec, recorded_at, occurred_at) =
            (select salt, body, hash, codec, recorded_at, occurred_at from other.event o where o.position = event.position)
         where position >= 5",
    );
    drop(forger);
    assert_eq!(found(&store, Fault::Hash), Some(5));
}

#[test]
fn an_older_copy_is_found_by_a_kept_head() {
    let store = given();
    let old = std::fs::read(store.path()).unwrap();
    store.open().append(Commit::to(name("a1"), Expected::Any, [task("13")])).unwrap();
    let head = kept(&store, 13);
    for ending in ["-wal", "-shm"] {
        let _absent = std::fs::remove_file(format!("{}{ending}", store.path().display()));
    }
    std::fs::write(store.path(), old).unwrap();
    assert!(agreed(&store.path()).sound, "it is a sound log, of yesterday");
    assert_eq!(verify(&store.path(), &["--quick", "--expect", &head]), 12.into());
}

#[test]
fn a_session_that_was_removed_is_found() {
    let store = given();
    Forger::new(store.attacker()).run("delete from event where stream = 2; delete from stream where id = 2");
    assert_eq!(found(&store, Fault::PositionGap), Some(10));
    // With its gap closed.
    let store = given();
    let forger = Forger::new(store.attacker());
    forger.run(
        "delete from event where stream = 2; delete from stream where id = 2;
         update event set position = position - 3, commit_first = commit_first - 3 where position > 9",
    );
    assert_eq!(found(&store, Fault::Hash), Some(7));
    // And hashed anew, as a whole new history: only who kept a head knows.
    forger.rehash(7, 9);
    drop(forger);
    assert!(agreed(&store.path()).sound);
    assert_eq!(verify(&store.path(), &["--quick", "--expect", &kept(&given(), 9)]), 11.into());
}

#[test]
fn a_forged_redaction_is_found() {
    // Without the event that says so.
    let store = given();
    let forger = Forger::new(store.attacker());
    forger.run("insert into redaction values (5, zeroblob(32), 12)");
    forger.run("update event set body = null, salt = null where position = 5");
    assert_eq!(found(&store, Fault::Redaction), Some(5));
    // With an event of another kind made to say so, and everything hashed anew but the commitment, which nobody has who
    // does not have the body: here the attacker took it down first.
    let store = given();
    let forger = Forger::new(store.attacker());
    let (salt, packed, codec): ([u8; 16], Vec<u8>, u32) = forger
        .connection
        .query_row("select salt, body, codec from event where position = 5", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    let commit = retold_core::hash::body_commit(&salt, &forger.unpack(codec, packed));
    forger.connection.execute("insert into redaction values (5, ?1, 12)", [commit]).unwrap();
    forger.run("update event set body = null, salt = null where position = 5");
    assert_eq!(found(&store, Fault::Redaction), Some(5));
    let kind = EventType::BodyRedacted.number();
    let said = b"\x82\xa8position\x05\xa6reason\xa1x";
    forger
        .connection
        .execute(
            "update event set type = ?1, body = ?2, codec = 0 where position = 12",
            (kind, said.as_slice()),
        )
        .unwrap();
    assert_eq!(found(&store, Fault::Hash), Some(12));
    // A true one that is taken back: the body is there again, or another.
    let store = given();
    let log = store.open();
    let before: (Vec<u8>, Vec<u8>) = store
        .attacker()
        .query_row("select salt, body from event where position = 5", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let redacted = BodyRedacted { position: 5, reason: "a secret".to_owned() };
    log.append(Commit::to(name("a1"), Expected::Any, [redacted])).unwrap();
    drop(log);
    assert!(agreed(&store.path()).sound);
    let forger = Forger::new(store.attacker());
    forger.connection.execute("update event set salt = ?1, body = ?2 where position = 5", before).unwrap();
    assert_eq!(found(&store, Fault::Redaction), Some(5));
}

#[test]
fn a_text_that_was_exchanged_is_found() {
    let store = given();
    let forger = Forger::new(store.attacker());
    forger.run("update blob set (codec, size, bytes) = (select codec, size, bytes from blob where id = 2) where id = 1");
    assert_eq!(found(&store, Fault::Blob), Some(1));
    // The event made to refer to the other.
    let store = given();
    let forger = Forger::new(store.attacker());
    forger.run(
        "update event set (salt, body, codec) = (select salt, body, codec from event where position = 10)
         where position = 4",
    );
    assert_eq!(found(&store, Fault::Hash), Some(4));
}

#[test]
fn another_logs_history_is_not_taken_for_ones_own() {
    let store = given();
    let forger = Forger::new(store.attacker());
    forger.run(
        "insert into lineage values (12, randomblob(16), (select hash from event where position = 12), 0)",
    );
    assert_eq!(found(&store, Fault::Hash), Some(1));
    forger.run("delete from lineage; insert into lineage values (12, randomblob(16), zeroblob(32), 0)");
    assert_eq!(found(&store, Fault::Lineage), Some(12));
}

/// A head that is not the log's is never taken for it.
#[test]
fn a_wrong_head_never_passes() {
    let store = given();
    let right: Vec<String> = (1..=12).map(|position| kept(&store, position)).collect();
    let runs = nightly(400);
    for run in 0..runs {
        let (position, hash) = right[retold_trial::chance::range(0..right.len())].split_once(':').unwrap();
        let wrong = match run % 3 {
            // One bit of the hash, cut or whole.
            0 => {
                let length = retold_trial::chance::range(16..=64);
                let mut digits: Vec<u8> = hash.as_bytes()[..length].to_vec();
                let at = retold_trial::chance::range(0..length);
                let digit =
                    (digits[at] as char).to_digit(16).unwrap() ^ (1 << retold_trial::chance::range(0..4));
                digits[at] = char::from_digit(digit, 16).unwrap() as u8;
                format!("{position}:{}", String::from_utf8(digits).unwrap())
            }
            // Another position.
            1 => {
                let other =
                    (position.parse::<u64>().unwrap() + retold_trial::chance::range(1..12) - 1) % 12 + 1;
                format!("{other}:{hash}")
            }
            _ => {
                let mut hash = [0_u8; 32];
                retold_trial::chance::rng().fill(&mut hash);
                format!("{position}:{}", blake3::Hash::from_bytes(hash).to_hex())
            }
        };
        if right.contains(&wrong) {
            continue;
        }
        assert_eq!(verify(&store.path(), &["--quick", "--expect", &wrong]), 11.into(), "{wrong}");
    }
    held("a wrong head is refused", runs);
}
