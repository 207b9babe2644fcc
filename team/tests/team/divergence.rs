//! Two histories under one id, and one history under two.

use retold_core::{Log, Options};
use retold_team::receiver::Contents as _;
use retold_team::receiver::Level;
use retold_team::ship::ShipError;
use retold_trial::chance;

use crate::given::{Store, message, task};
use crate::targets::Target;

/// A copy of a store's file, as `cp` makes it.
fn copy(store: &Store) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("sessions.db");
    let connection = rusqlite::Connection::open(store.log.path()).unwrap();
    connection.execute("vacuum into ?1", [place.to_str().unwrap()]).unwrap();
    let log = Options::new().open(&place).unwrap();
    Store { folder, log }
}

fn diverges_after(target: &Target, log: &Log, position: u64) {
    match target.ship(log, Level::All) {
        Err(ShipError::Diverged(found)) => assert_eq!(found.common.position.get(), position),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn copies(target: &Target) {
    let store = Store::new();
    for _ in 0..chance::range(5..20) {
        store.append_something();
    }
    let other = copy(&store);
    let common = store.head();
    // One a commit, so that a shipment does not end where the other's does.
    for number in 0..chance::range(1..20) {
        store.append("atlas", "s1", [message(&format!("mine {number}"))]);
    }
    for number in 0..chance::range(1..20) {
        other.append("atlas", "s1", [task(&format!("theirs {number}"))]);
    }
    target.ship(&store.log, Level::All).unwrap();
    let before = target.assert_sound();
    diverges_after(target, &other.log, common);
    // Again, and after more was written: the same; and of the first nothing has changed.
    other.append("atlas", "s1", [task("more")]);
    diverges_after(target, &other.log, common);
    assert_eq!(target.assert_sound(), before);
    target.assert_has(&store.log);
    target.ship(&store.log, Level::All).unwrap();
}

pub(crate) fn copies_from_the_beginning(target: &Target) {
    let store = Store::new();
    let other = copy(&store);
    store.append("atlas", "s1", [task("mine")]);
    other.append("atlas", "s1", [task("theirs"), task("and more")]);
    target.ship(&store.log, Level::All).unwrap();
    diverges_after(target, &other.log, 0);
}

pub(crate) fn an_older_copy(target: &Target) {
    let store = Store::new();
    store.append_something();
    let older = copy(&store);
    let had = store.head();
    store.append_something();
    target.ship(&store.log, Level::All).unwrap();
    let shipped = target.ship(&older.log, Level::All).unwrap();
    assert_eq!((shipped.events, shipped.ahead), (0, store.head() - had));
    target.assert_has(&store.log);
}

pub(crate) fn restored(target: &Target) {
    let store = Store::new();
    for _ in 0..6 {
        store.append_something();
    }
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.db");
    retold_upkeep::back_up(&store.log, &backup, |_| true).unwrap();
    let until = store.head();
    let place = folder.path().join("sessions.db");
    retold_upkeep::restore(&backup, &place, &folder.path().join("aside.db"), false, |_| true).unwrap();
    let child = Store { log: Options::new().open(&place).unwrap(), folder };
    assert_ne!(child.log.id(), store.log.id());
    // Whether the parent was shipped, in part, or goes on by itself.
    match chance::range(0..3) {
        0 => {}
        1 => drop(target.ship(&store.log, Level::All).unwrap()),
        _ => {
            store.append_something();
            target.ship(&store.log, Level::All).unwrap();
        }
    }
    child.append("atlas", "s1", [task("in the restored one"), message("more")]);
    child.redact(&[until]);
    target.ship(&child.log, Level::All).unwrap();
    let verified = target.assert_sound();
    assert_eq!(verified.len(), 2);
    let of_child = verified.iter().find(|log| log.log == child.log.id().to_string()).unwrap();
    assert_eq!(of_child.head, child.head());
    assert_eq!(of_child.events, child.head() - until);
    // The redaction in the child reached what its parent had shipped.
    let parent = verified.iter().find(|log| log.log == store.log.id().to_string()).unwrap().number.unwrap();
    let range = target.keeper().range(parent, until, until).unwrap();
    assert!(range.events[0].0.body.is_none());
    assert_eq!(target.ship(&child.log, Level::All).unwrap().events, 0);
}
