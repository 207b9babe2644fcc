//! Two verifiers that know nothing of each other say the same of every log: ours, and `verifier.py`, which was written
//! from docs/FORMAT.md alone.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use retold_core::{Commit, Expected, Fault, Meta, Options, Origin, Verified};
use retold_tests::forge::Forger;
use retold_tests::{Store, created, message, name, task};
use retold_trial::{Need, needs};
use retold_upkeep::{Archive, back_up};

/// Random logs and random attacks on them; a nightly run has more.
const CASES: u32 = 40;

/// What a verifier says.
#[derive(Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) sound: bool,
    head: String,
}

/// Returns what our verifier says of a log, SQLite's own check left aside: the document does not ask for it.
pub(crate) fn first(store: &Path) -> (Verdict, Verified) {
    let log = Options::new().read_only(true).open(store).unwrap();
    let mut verified = log.verify(|_| true).unwrap();
    verified.faults.remove(&Fault::File);
    let head = format!("{}:{}", verified.head.position, verified.head.hash);
    (Verdict { sound: verified.is_sound(), head }, verified)
}

/// Returns what the second one says; `None` where it cannot run here.
pub(crate) fn second(store: &Path) -> Option<Verdict> {
    let python = retold_trial::has(Need::Python).then(needs::python)??;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("verifier.py");
    let output = Command::new(python).arg(script).arg(store).output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let sound = said["sound"].as_bool().unwrap();
    assert_eq!(output.status.code(), Some(if sound { 0 } else { 10 }), "{said}");
    Some(Verdict { sound, head: said["head"].as_str().unwrap_or_default().to_owned() })
}

/// Checks that both say the same of a store, and returns it.
pub(crate) fn agreed(store: &Path) -> Verdict {
    let (first, verified) = first(store);
    if let Some(second) = second(store) {
        assert_eq!(first, second, "{:?}", verified.faults);
    }
    first
}

/// An event, in short.
#[derive(Clone, Debug)]
enum Step {
    Task(String),
    Message(usize),
    /// The event at this place, counted round and round.
    Redact(u64),
    /// What was said up to here goes into an archive.
    Prune,
    /// It comes back, as far as the last archive has it.
    Unprune,
    Commit(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => ".{0,40}".prop_map(Step::Task),
        2 => (0_usize..9000).prop_map(Step::Message),
        1 => (0_u64..64).prop_map(Step::Redact),
        1 => Just(Step::Prune),
        1 => Just(Step::Unprune),
        2 => (0_u8..3).prop_map(Step::Commit),
    ];
    prop::collection::vec(step, 1..24)
}

/// Writes a log: every step is an event of the session that the last `Commit` named.
fn write(store: &Store, steps: &[Step]) {
    let log = store.open();
    let is_empty = log.reader().unwrap().head().unwrap().position == retold_core::Position::ZERO;
    for session in ["s0", "s1", "s2"].into_iter().filter(|_| is_empty) {
        let meta = Meta::of(Origin::Application);
        log.append(Commit::to(name(session), Expected::Any, [created(session)]).meta(meta)).unwrap();
    }
    let mut session = "s0".to_owned();
    let (mut archives, mut archive) = (0, None);
    for step in steps {
        let event = match step {
            Step::Commit(number) => {
                session = format!("s{number}");
                continue;
            }
            Step::Task(text) => task(text.clone()),
            Step::Message(length) => message("long text ".repeat(length / 10)),
            Step::Redact(place) => {
                let end = log.reader().unwrap().head().unwrap().position.get();
                let position = retold_core::Position::new(place % end + 1).unwrap();
                // What says that a body is gone is not redacted itself.
                let _refused = retold_upkeep::redact(&log, &[position].into(), "a secret");
                continue;
            }
            Step::Prune => {
                let sessions =
                    retold_upkeep::prunable(&log, log.reader().unwrap().head().unwrap().position).unwrap();
                let path = store.folder().join(format!("archive-{archives}.db"));
                archives += 1;
                back_up(&log, &path, |_| true).unwrap();
                let pruned = retold_upkeep::prune(
                    &log,
                    &Archive::open(&log, &path, |_| true).unwrap(),
                    &sessions,
                    None,
                    |_| true,
                );
                assert_eq!(pruned.unwrap().sessions, sessions.len() as u64);
                archive = Some(path);
                continue;
            }
            Step::Unprune => {
                let Some(path) = &archive else { continue };
                let archive = Archive::open(&log, path, |_| true).unwrap();
                retold_upkeep::unprune(&log, &archive, &retold_upkeep::pruned(&log).unwrap(), |_| true)
                    .unwrap();
                continue;
            }
        };
        log.append(Commit::to(name(&session), Expected::Any, [event])).unwrap();
    }
}

/// What is done to a log. `?` stands for a position.
const ATTACKS: &[&str] = &[
    "",
    "update event set body = x'81a47461736ba178', codec = 0 where position = ?",
    "update event set salt = zeroblob(16) where position = ?",
    "update event set salt = x'00' where position = ?",
    "update event set body = null where position = ?",
    "update event set body = null, salt = null where position = ?",
    "update event set codec = codec + 1 where position = ?",
    "update event set occurred_at = occurred_at + 1 where position = ?",
    "update event set recorded_at = recorded_at - 1 where position = ?",
    "update event set commit_first = commit_first - 1 where position = ?",
    "update event set commit_first = 0 where position = ?",
    "update event set meta = x'80' where position = ?",
    "update event set meta = null where position = 1 + ? % 3",
    "update event set type = type % 21 + 1 where position = ?",
    "update event set type = 70000 where position = ?",
    "update event set schema_version = -1 where position = ?",
    "update event set hash = zeroblob(32) where position = ?",
    "update event set hash = x'00' where position = ?",
    "update event set revision = revision + 100 where position = ?",
    "update event set stream = 99 where position = ?",
    "update event set position = position + 1000 where position = ?",
    "update event set position = -position where position = ?",
    "delete from event where position = ?",
    "delete from event where position > ?",
    "delete from event where position <= ?",
    "delete from event where stream = (select stream from event where position = ?)",
    "delete from stream where id = (select stream from event where position = ?)",
    "update stream set ordinal = ordinal + 1 where id = (select stream from event where position = ?)",
    "update stream set session_id = session_id || 'x' where id = (select stream from event where position = ?)",
    "update workspace set key = key || 'x'",
    "update log set id = randomblob(16)",
    "delete from log",
    "delete from redaction",
    "update redaction set by_position = ?",
    "update redaction set body_commit = zeroblob(32)",
    "insert or ignore into redaction values (?, zeroblob(32), 1)",
    "insert or ignore into redaction select ?, zeroblob(32), max(position) from event",
    "insert or ignore into redaction values (12345, zeroblob(32), ?)",
    "delete from pruned",
    "update pruned set by_position = ?",
    "update pruned set body_commit = zeroblob(32)",
    "update or replace pruned set position = ?",
    "insert or ignore into pruned values (?, zeroblob(32), 1)",
    "insert or ignore into pruned select ?, zeroblob(32), max(position) from event",
    "insert or ignore into pruned values (12345, zeroblob(32), ?)",
    "insert into redaction select position, body_commit, by_position from pruned",
    "insert into redaction select position, body_commit, by_position from pruned; delete from pruned",
    "delete from blob",
    "update blob set bytes = x'00'",
    "update blob set size = size + ?",
    "update blob set codec = 0",
    "update blob set hash = randomblob(32)",
    "insert into blob (hash, codec, size, bytes) values (zeroblob(32), 0, 0, x'')",
    "delete from dictionary",
    "update dictionary set bytes = x'00'",
    "insert into lineage values (?, randomblob(16), zeroblob(32), 0)",
    "insert into lineage select position, randomblob(16), hash, 0 from event where position = ?",
    "insert into lineage values (0, randomblob(16), zeroblob(32), 0)",
    "insert or ignore into absent values (?, ?, zeroblob(32))",
    "insert or ignore into absent values (1000 + ?, 1000 + ?, zeroblob(32))",
    "insert or ignore into withheld values (?, zeroblob(32))",
    "insert or ignore into withheld values (12345, zeroblob(32))",
    "insert or ignore into part values (1, null, 0, 1, zeroblob(32)); insert into withheld values (?, zeroblob(32));
        update event set body = null, salt = null where position = ?",
    "insert or ignore into part values (1, null, 0, 1, zeroblob(32)); delete from event where position = ?;
        insert into absent values (?, ?, zeroblob(32))",
];

/// What is done to a part of a log. Each tells.
const ATTACKS_ON_PARTS: &[&str] = &[
    "delete from part",
    "delete from absent where last = (select max(last) from absent where last < (select max(position) from event))",
    "update absent set hash = randomblob(32)",
    "update absent set last = last + 1",
    "update absent set first = first + 1",
    "insert into absent select position, position, hash from event where position = (select max(position) from event)",
    "insert into withheld select position, zeroblob(32) from event where body is not null limit 1",
    "update withheld set body_commit = randomblob(32)",
    "delete from withheld",
    "delete from event where position = (select max(position) from event)",
    "delete from event where position = (select min(position) from event)",
];

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 64, ..retold_trial::chance::properties(crate::nightly(CASES)) })]

    #[test]
    fn both_say_the_same_of_random_logs_and_of_attacked_ones(
        steps in steps(),
        attacks in prop::collection::vec((0..ATTACKS.len(), 0_i64..64), 0..3),
    ) {
        let store = Store::new();
        write(&store, &steps);
        prop_assert!(agreed(&store.path()).sound);
        let forger = Forger::new(store.attacker());
        let end: i64 = forger.connection.query_row("select max(position) from event", [], |row| row.get(0)).unwrap();
        for (attack, at) in &attacks {
            let at = at % end + 1;
            // Where an attack finds no row that it could be, it is none.
            let _refused = forger.connection.execute_batch(&ATTACKS[*attack].replace('?', &at.to_string()));
        }
        drop(forger);
        agreed(&store.path());
    }
}

#[test]
fn both_say_the_same_of_every_attack() {
    for attack in
        ATTACKS.iter().filter(|attack| !attack.contains("from pruned") && !attack.contains("e pruned"))
    {
        let store = Store::new();
        let steps = [
            Step::Task("one".to_owned()),
            Step::Message(8000),
            Step::Redact(3),
            Step::Commit(1),
            Step::Message(7000),
            Step::Task("two".to_owned()),
        ];
        write(&store, &steps);
        store.attacker().execute_batch(&attack.replace('?', "5")).unwrap();
        let verdict = agreed(&store.path());
        // Where a log began under another id, no event says so. An end that is cut off takes the event with it that
        // accounts for a missing body.
        let tells = !attack.is_empty() && !attack.starts_with("insert into lineage values (0,");
        assert_eq!(verdict.sound, !tells, "{attack}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 64, ..retold_trial::chance::properties(crate::nightly(CASES)) })]

    #[test]
    fn both_say_the_same_of_parts_of_random_logs_and_of_attacked_ones(
        steps in steps(),
        sessions in 1_u8..8,
        attack in 0..ATTACKS_ON_PARTS.len(),
    ) {
        let store = Store::new();
        write(&store, &steps);
        let path = store.folder().join("part.db");
        let sessions = (0..3).filter(|session| sessions & 1 << session != 0).map(|session| format!("s{session}"));
        crate::parts::part(&store.open(), &sessions.collect::<Vec<_>>(), &path);
        prop_assert!(agreed(&path).sound);
        let connection = rusqlite::Connection::open(&path).unwrap();
        for trigger in ["event_update", "event_delete"] {
            connection.execute_batch(&format!("drop trigger {trigger}")).unwrap();
        }
        let is_changed = connection.execute_batch(ATTACKS_ON_PARTS[attack]).is_ok() && connection.total_changes() > 0;
        drop(connection);
        let verdict = agreed(&path);
        // A part that is the whole log lacks nothing.
        prop_assert!(verdict.sound != is_changed || attack == 0, "{}", ATTACKS_ON_PARTS[attack]);
    }
}

/// The end of the log is read first, and is not the end of the reading.
#[test]
fn both_say_the_same_of_a_last_event_without_a_hash() {
    for value in ["x'00'", "x''", "zeroblob(32)", "zeroblob(33)"] {
        let store = Store::new();
        write(&store, &[Step::Task("one".to_owned()), Step::Message(50)]);
        let attack =
            format!("update event set hash = {value} where position = (select max(position) from event)");
        store.attacker().execute_batch(&attack).unwrap();
        assert!(!agreed(&store.path()).sound, "{value}");
        let (_, verified) = first(&store.path());
        assert_eq!((verified.events, verified.faults[&Fault::Hash].0.get()), (5, 5), "{value}");
    }
}

#[test]
fn both_say_the_same_of_a_pruned_log_and_of_every_attack_on_it() {
    let given = |steps: &[Step]| {
        let store = Store::new();
        write(&store, &[Step::Task("one".to_owned()), Step::Message(8000), Step::Message(40), Step::Prune]);
        write(&store, steps);
        assert!(agreed(&store.path()).sound);
        store
    };
    for attack in ATTACKS.iter().filter(|attack| attack.contains("pruned")) {
        let store = given(&[]);
        // What is pruned already is an attack of no row.
        let at = if attack.contains("insert or ignore") { "4" } else { "2" };
        store.attacker().execute_batch(&attack.replace('?', at)).unwrap();
        assert!(!agreed(&store.path()).sound, "{attack}");
    }
    // Something that was said before it is there again, and nothing says that it is back.
    let store = given(&[Step::Message(50), Step::Commit(1), Step::Message(60)]);
    let attacker = store.attacker();
    let back =
        "update event set (salt, body, codec) = (select salt, body, codec from event where position = 8)
        where position = 5; delete from pruned where position = 5";
    attacker.execute_batch(back).unwrap();
    assert!(!agreed(&store.path()).sound);
}

#[test]
fn both_say_the_same_of_a_restored_log() {
    let store = Store::new();
    write(&store, &[Step::Task("one".to_owned()), Step::Message(7000), Step::Redact(3)]);
    let backup = store.folder().join("backup.db");
    let restore = |aside: &str| {
        retold_upkeep::restore(&backup, &store.path(), &store.folder().join(aside), true, |_| true).unwrap()
    };
    back_up(&store.open(), &backup, |_| true).unwrap();
    let first = restore("aside1.db");
    assert!(agreed(&store.path()).sound);
    write(&store, &[Step::Task("two".to_owned()), Step::Commit(2), Step::Redact(6)]);
    assert!(agreed(&store.path()).sound);
    // Restored again from a backup of what had been restored: two ancestors.
    std::fs::remove_file(&backup).unwrap();
    back_up(&store.open(), &backup, |_| true).unwrap();
    let second = restore("aside2.db");
    write(&store, &[Step::Task("three".to_owned())]);
    assert!(agreed(&store.path()).sound);
    let ancestors = store.open().ancestors().unwrap();
    assert_eq!(ancestors, [first.parent, second.parent]);
    for attack in [
        "delete from lineage",
        "delete from lineage where until = (select min(until) from lineage)",
        "update lineage set until = until + 1 where until = (select max(until) from lineage)",
        "update lineage set log_id = randomblob(16)",
        "update lineage set hash = zeroblob(32)",
        "update log set id = (select log_id from lineage limit 1)",
    ] {
        let attacked = store.folder().join("attacked.db");
        back_up(&store.open(), &attacked, |_| true).unwrap();
        rusqlite::Connection::open(&attacked).unwrap().execute_batch(attack).unwrap();
        assert!(!agreed(&attacked).sound, "{attack}");
        std::fs::remove_file(&attacked).unwrap();
    }
}
