//! What is pulled is what the log says, and proves itself.

use retold_team::receiver::Contents as _;
use std::collections::BTreeSet;
use std::path::Path;

use retold_core::{Log, Options, Position, StreamName};
use retold_team::pull::{Place, PullError, Pulled, pull};
use retold_team::receiver::{KeptSession, Level, LogNumber};
use retold_team::ship::ShipError;
use retold_upkeep::restore;

use crate::given::{Store, created, message, task};
use crate::targets::Target;

/// Pulls the session whose id this is, in the log that has most of it.
fn pulled(target: &Target, id: &str, folder: &Path) -> Result<Pulled, PullError> {
    let mut reader = target.reader();
    let found = reader.sessions(id).unwrap();
    let session = found.into_iter().max_by_key(|session| session.revision).unwrap();
    let place = Place { folder, source: "a test", read_models: |_: &Path| Ok(()), progress: |_| true };
    pull::<PullError>(&mut reader, session.log, &[session], place)
}

/// Checks that a part says of its sessions what the log says.
fn assert_is_of(part: &Path, log: &Log) {
    let own = Options::new().read_only(true).open(part).unwrap();
    let verified = own.verify(|_| true).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.faults);
    let (mut whole, mut part) = (log.reader().unwrap(), own.reader().unwrap());
    let streams = retold_upkeep::streams_of(&own).unwrap();
    assert!(!streams.is_empty());
    let mut events = 0;
    for name in streams {
        let (there, here) = (whole.stream(&name).unwrap().unwrap(), part.stream(&name).unwrap().unwrap());
        let end = whole.head().unwrap().position;
        assert_eq!(whole.revision(there).unwrap(), part.revision(here).unwrap());
        let states = [whole.state(there, end).unwrap(), part.state(here, end).unwrap()];
        assert_eq!(states[0], states[1]);
        events += part.revision(here).unwrap().get();
    }
    assert_eq!(verified.events, events);
    for number in 1..=whole.head().unwrap().position.get() {
        let position = Position::new(number).unwrap();
        let (Some(event), Some(own)) = (whole.event_at(position).unwrap(), part.event_at(position).unwrap())
        else {
            continue;
        };
        assert_eq!((own.hash, own.event, own.erasure), (event.hash, event.event, event.erasure));
        assert_eq!(part.text_at(position).unwrap(), whole.text_at(position).unwrap());
    }
}

pub(crate) fn again_and_again(target: &Target) {
    let (store, folder) = (Store::new(), tempfile::tempdir().unwrap());
    let long = "a long text. ".repeat(1000);
    store.append("atlas", "a1", [created("a1"), message("one"), message(&long)]);
    store.append("borealis", "b1", [created("b1"), message("other"), message(&long)]);
    store.append("atlas", "a1", [message("two")]);
    target.ship(&store.log, Level::All).unwrap();
    let first = pulled(target, "a", folder.path()).unwrap();
    assert_eq!((first.new_events(), first.events.len()), (4, 1));
    assert_is_of(&first.path, &store.log);
    // Nothing of the other session is there.
    let own = Options::new().read_only(true).open(&first.path).unwrap();
    assert!(own.reader().unwrap().stream(&StreamName::session("borealis", "b1", 1)).unwrap().is_none());
    drop(own);
    // The other one comes into the same file; then what is new of both, and what was erased since goes.
    let second = pulled(target, "b", folder.path()).unwrap();
    assert_eq!((&second.path, second.new_events(), second.events.len()), (&first.path, 3, 2));
    assert_is_of(&second.path, &store.log);
    let mut had = second.taken.verified.events;
    for round in 0..4 {
        for _ in 0..3 {
            store.append_something();
            store.append("atlas", "a1", [task(&format!("task {round}")), message(&long)]);
        }
        store.redact_something();
        target.ship(&store.log, Level::All).unwrap();
        let again = pulled(target, ["a1", "b1"][round % 2], folder.path()).unwrap();
        let has = again.taken.verified.events;
        assert_eq!((again.new_events(), again.events.len()), (has - had, 2));
        assert!(again.new_events() >= 6);
        had = has;
        assert_is_of(&again.path, &store.log);
    }
    // A part is not shipped as if it were its log.
    let part = Options::new().read_only(true).open(&first.path).unwrap();
    let refused = target.ship(&part, Level::All);
    assert!(
        matches!(&refused, Err(ShipError::Core(retold_core::Error::PartOfLog { .. }))),
        "{:?}",
        refused.map(|shipped| shipped.events)
    );
    drop(part);
    // What nobody wrote since is not sent again.
    assert_eq!(pulled(target, "a1", folder.path()).unwrap().new_events(), 0);
}

/// What several pulls bring, one does.
pub(crate) fn many_at_once(target: &Target) {
    let (store, folders) = (Store::new(), [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()]);
    for (workspace, id) in [("atlas", "a1"), ("atlas", "a2"), ("borealis", "b1"), ("borealis", "c1")] {
        store.append(workspace, id, [created(id), message("one")]);
        store.append_something();
    }
    target.ship(&store.log, Level::All).unwrap();
    let mut reader = target.reader();
    let wanted: Vec<KeptSession> = reader.sessions("").unwrap();
    let log = wanted[0].log;
    let mut take = |folder: &Path, sessions: &[KeptSession]| {
        let place = Place { folder, source: "a test", read_models: |_: &Path| Ok(()), progress: |_| true };
        pull::<PullError>(&mut reader, log, sessions, place).unwrap()
    };
    // One of them was there already.
    let before = take(folders[0].path(), &wanted[..1]);
    let at_once = take(folders[0].path(), &wanted);
    assert_is_of(&at_once.path, &store.log);
    let streams = wanted.iter().map(KeptSession::stream);
    assert_eq!(at_once.events.keys().cloned().collect::<BTreeSet<_>>(), streams.collect());
    for (name, new) in &at_once.events {
        let was = before.events.get(name).copied().unwrap_or_default();
        let kept = wanted.iter().find(|one| one.stream() == *name).unwrap();
        assert_eq!(was + new, kept.revision, "{name}");
    }
    for one in &wanted {
        take(folders[1].path(), std::slice::from_ref(one));
    }
    let parts = folders.iter().map(|folder| {
        let part = folder.path().join(at_once.path.file_name().unwrap());
        let own = Options::new().read_only(true).open(&part).unwrap();
        let verified = own.verify(|_| true).unwrap();
        (verified.events, verified.head, retold_upkeep::streams_of(&own).unwrap().len())
    });
    let parts: Vec<_> = parts.collect();
    assert_eq!(parts[0], parts[1]);
    // A session of another log is not looked for in this one.
    let elsewhere = KeptSession { log: LogNumber { log: -1, ..log }, ..wanted[0].clone() };
    let folder = tempfile::tempdir().unwrap();
    assert!(take(folder.path(), &[elsewhere]).events.is_empty());
}

pub(crate) fn raised(target: &Target) {
    let (store, folder) = (Store::new(), tempfile::tempdir().unwrap());
    store.append("atlas", "a1", [created("a1"), message("one"), task("x")]);
    store.append("borealis", "b1", [created("b1"), message("other")]);
    target.ship_but(&store.log, Level::Facts, &["borealis"]).unwrap();
    let facts = pulled(target, "a1", folder.path()).unwrap();
    let part = facts.taken.verified.part.as_ref().unwrap();
    assert_eq!((facts.new_events(), part.absent, part.withheld), (3, 2, 1));
    target.ship_but(&store.log, Level::All, &["borealis"]).unwrap();
    let all = pulled(target, "a1", folder.path()).unwrap();
    assert_eq!(all.taken.verified.part.unwrap().withheld, 0);
    assert_is_of(&all.path, &store.log);
}

pub(crate) fn of_a_restored_log(target: &Target) {
    let (store, folder) = (Store::new(), tempfile::tempdir().unwrap());
    store.append("borealis", "b1", [created("b1")]);
    store.append("atlas", "a1", [created("a1"), message("one")]);
    store.append("borealis", "b1", [message("other")]);
    target.ship(&store.log, Level::All).unwrap();
    let backup = store.folder.path().join("backup.db");
    retold_upkeep::back_up(&store.log, &backup, |_| true).unwrap();
    let place = store.folder.path().join("restored.db");
    restore(&backup, &place, &store.folder.path().join("aside.db"), false, |_| true).unwrap();
    let log = Options::new().open(&place).unwrap();
    let store = Store { log, ..store };
    store.append("atlas", "a1", [message("two")]);
    store.append("borealis", "b1", [message("more")]);
    target.ship(&store.log, Level::All).unwrap();
    let whole = pulled(target, "a1", folder.path()).unwrap();
    assert_eq!(whole.new_events(), 3);
    assert_is_of(&whole.path, &store.log);
}
