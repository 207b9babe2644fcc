//! A store that does not say any more whose log it holds.

use retold_core::{Commit, Expected, Fault, Log, LogId, Options};
use retold_tests::{Store, all_events, created, message, name, task};
use retold_upkeep::{Recovered, back_up};

fn recover(store: &Store, to: &str, known: &[LogId]) -> (Recovered, Log) {
    let to = store.folder().join(to);
    let recovered = retold_upkeep::recover(&store.path(), &to, known, |_| {}, |_| true).unwrap();
    (recovered, Log::open(to).unwrap())
}

fn append(log: &Log, text: &str) {
    log.append(Commit::to(name("a1"), Expected::Any, [task(text), message(text)])).unwrap();
}

/// A log that was restored once, and went on; its backup is gone.
fn given() -> (Store, Log) {
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    append(&log, "under the first id");
    let backup = store.folder().join("backup.db");
    back_up(&log, &backup, |_| true).unwrap();
    drop(log);
    retold_upkeep::restore(&backup, &store.path(), &store.folder().join("aside.db"), true, |_| true).unwrap();
    std::fs::remove_file(backup).unwrap();
    std::fs::remove_file(store.folder().join("aside.db")).unwrap();
    let log = store.open();
    append(&log, "under the second");
    (store, log)
}

#[test]
fn what_is_lost_of_the_logs_name_is_found_in_a_backup() {
    for attack in ["delete from log", "delete from log; delete from lineage", "delete from lineage"] {
        let (store, log) = given();
        let (id, ancestors, events) = (log.id(), log.ancestors().unwrap(), all_events(&log));
        back_up(&log, store.folder().join("newer.db"), |_| true).unwrap();
        drop(log);
        store.attacker().execute_batch(attack).unwrap();
        let (recovered, log) = recover(&store, "new.db", &[]);
        assert!(recovered.is_same_log, "{attack}: {recovered:?}");
        assert_eq!((log.id(), log.ancestors().unwrap()), (id, ancestors), "{attack}");
        assert_eq!(all_events(&log), events, "{attack}");
        assert!(log.verify(|_| true).unwrap().is_sound(), "{attack}");
    }
}

#[test]
fn what_is_lost_of_the_logs_name_is_told_by_whoever_kept_it() {
    let (store, log) = given();
    let known = [log.ancestors().unwrap()[0].log, log.id()];
    drop(log);
    store.attacker().execute_batch("delete from log; delete from lineage; delete from backup").unwrap();
    assert!(store.try_open().is_err());
    let verified = Options::new().read_only(true).open(store.path()).unwrap().verify(|_| true).unwrap();
    assert!(verified.faults.contains_key(&Fault::Lineage) && verified.faults.contains_key(&Fault::Hash));
    // Without it nothing can be vouched for; with half of it, half.
    let (nothing, _) = recover(&store, "nothing.db", &[]);
    assert_eq!((nothing.saved, nothing.lost), (0, 5));
    let (half, log) = recover(&store, "half.db", &known[..1]);
    assert_eq!((half.saved, half.lost, half.is_same_log), (3, 2, false));
    assert!(log.verify(|_| true).unwrap().is_sound());
    let read: [LogId; 2] = known.map(|id| id.to_string().parse().unwrap());
    let (all, log) = recover(&store, "all.db", &read);
    assert!(all.is_same_log && log.verify(|_| true).unwrap().is_sound());
    assert_eq!(log.id(), known[1]);
    assert!("5b".parse::<LogId>().is_err() && "é".repeat(16).parse::<LogId>().is_err());
}
