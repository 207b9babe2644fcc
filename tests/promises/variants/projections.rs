use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use retold_core::happening::Moment;
use retold_core::{Commit, Expected, Options, Position};
use retold_projections::{Declaration, SearchQuery, SessionFilter, Store, find};
use retold_tests::{created, name, seen, task};
use retold_upkeep::Archive;

use super::{Cause, cause, table};

fn store(folder: &std::path::Path) -> Store {
    let store = Store::open(folder.join("sessions.db"), Options::new().create(true)).unwrap();
    for (id, event) in [("a1", created("a1")), ("a2", created("a2")), ("a1", task("one"))] {
        store.log().append(Commit::to(name(id), Expected::Any, [event])).unwrap();
    }
    store
}

/// A projection that stops at the first change of a task.
fn stopping(version: u32) -> Declaration {
    let text = format!(
        "-- projection: stops\n-- version: {version}\n\
         create table stops (position integer primary key check (position < 3)) strict;\n\
         -- on: *\ninsert into stops values (:position);"
    );
    Declaration::read(&text).unwrap()
}

fn other_table(version: u32) -> Declaration {
    let text = format!(
        "-- projection: other\n-- version: {version}\n\
         create table other{version} (position integer primary key, by integer) strict;\n\
         -- on: *\ninsert into other{version} values (:position, 1);"
    );
    Declaration::read(&text).unwrap()
}

/// A row whose body is pruned after it was made.
fn pruned(folder: &std::path::Path) -> Cause {
    let store = store(folder);
    let (log, sidecars) = (store.log(), store.sidecars());
    log.append(Commit::to(name("a1"), Expected::Any, [retold_tests::message("x")])).unwrap();
    let text = "-- projection: said\n-- version: 1\n\
                create table said (position integer primary key, role text) strict;\n\
                -- on: MessageAdded\ninsert into said values (:position, :role);";
    sidecars.add(&Declaration::read(text).unwrap()).unwrap();
    sidecars.catch_up("said", &|_| true).unwrap();
    let file = folder.join("archive.db");
    retold_upkeep::back_up(log, &file, |_| true).unwrap();
    let archive = Archive::open(log, &file, |_| true).unwrap();
    let sessions = retold_upkeep::prunable(log, log.reader().unwrap().head().unwrap().position).unwrap();
    retold_upkeep::prune(log, &archive, &sessions, None, |_| true).unwrap();
    cause("LosesRows", sidecars.rebuild("said", &|_| true).map(drop).unwrap_err())
}

fn lists(store: &Store) -> Vec<Cause> {
    let reader = store.log().reader().unwrap();
    let page = store.sessions(&SessionFilter::new().with_limit(1)).unwrap();
    let updated = retold_projections::Order::Updated;
    let after = SessionFilter::new().with_after(page[0].cursor.clone()).with_order(updated);
    vec![
        cause("NoSession", find(&reader, "nosuch").unwrap_err()),
        cause("Ambiguous", find(&reader, "a").unwrap_err()),
        cause("OtherOrder", store.sessions(&after).unwrap_err()),
        cause("Search", SearchQuery::read("\"unclosed").map(drop).unwrap_err()),
    ]
}

fn declared(store: &Store) -> Vec<Cause> {
    let sidecars = store.sidecars();
    let wrong = Declaration::read("create table x (a)").unwrap_err();
    let none = sidecars.pause("nosuch").unwrap_err();
    let inline = sidecars.pause("builtin").unwrap_err();
    sidecars.add(&seen(2)).unwrap();
    let not_filled = sidecars.check("seen", &|_| true).map(drop).unwrap_err();
    let behind = sidecars.add(&seen(1)).map(drop).unwrap_err();
    let text = "-- projection: seen\n-- version: 2\ncreate table seen (position integer primary key, by text) strict;\n\
                -- on: *\ninsert into seen values (:position, 'x');";
    let taken = sidecars.add(&Declaration::read(text).unwrap()).map(drop).unwrap_err();
    let no_version = sidecars.diff(("seen", 2), ("seen", 7), 9, &|_| true).map(drop).unwrap_err();
    let no_event = sidecars.skip("seen", Position::new(99).unwrap(), "x").unwrap_err();
    let no_previous = sidecars.rollback("seen", &|_| true).map(drop).unwrap_err();
    sidecars.add(&stopping(1)).unwrap();
    let stopped = sidecars.catch_up("stops", &|_| true).map(drop).unwrap_err();
    for version in [1, 2] {
        sidecars.add(&other_table(version)).unwrap();
        sidecars.catch_up("other", &|_| true).unwrap();
    }
    let nothing = sidecars.diff(("other", 1), ("other", 2), 9, &|_| true).map(drop).unwrap_err();
    vec![
        cause("Declaration", wrong),
        cause("NoProjection", none),
        cause("KeptInline", inline),
        cause("NotFilled", not_filled),
        cause("VersionBehind", behind),
        cause("VersionTaken", taken),
        cause("NoVersion", no_version),
        cause("NoEvent", no_event),
        cause("NoPrevious", no_previous),
        cause("Stopped", stopped),
        cause("NothingInCommon", nothing),
    ]
}

/// Moments by when things happened, where only positions are known.
fn by_time(folder: &std::path::Path) -> Vec<Cause> {
    let store = store(folder);
    let text = "-- projection: said\n-- version: 1\n\
                create table said (position integer primary key, role text) strict;\n\
                -- on: MessageAdded\ninsert into said values (:position, :role);";
    store.sidecars().add(&Declaration::read(text).unwrap()).unwrap();
    store.sidecars().catch_up("said", &|_| true).unwrap();
    let (time, position) = (Moment::Occurred(i64::MAX), Moment::from(Position::ZERO));
    let declared = store.sql_at(time, "select * from said", &|_| true).map(drop).unwrap_err();
    let two = store.changes(position, time, None, 1, &|_| true).map(drop).unwrap_err();
    vec![cause("NotByHappening", declared), cause("TwoClocks", two)]
}

/// Read models of another history.
fn diverged() -> Cause {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.log().open_writer().unwrap().execute("update projection set hash = zeroblob(32)", []).unwrap();
    drop(store);
    cause("Diverged", Store::open(folder.path().join("sessions.db"), Options::new()).map(drop).unwrap_err())
}

/// A version before that does not take in what came since.
fn cannot_roll_back() -> Cause {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let sidecars = store.sidecars();
    let version = |number: u32, bound: u32| {
        let text = format!(
            "-- projection: narrow\n-- version: {number}\n\
             create table narrow (position integer primary key check (position < {bound})) strict;\n\
             -- on: *\ninsert into narrow values (:position);"
        );
        sidecars.add(&Declaration::read(&text).unwrap()).unwrap();
        sidecars.catch_up("narrow", &|_| true).unwrap();
    };
    version(1, 4);
    version(2, 99);
    store.log().append(Commit::to(name("a1"), Expected::Any, [task("two")])).unwrap();
    cause("CannotRollBack", sidecars.rollback("narrow", &|_| true).map(drop).unwrap_err())
}

/// What happens to the files of projections while they are filled, and afterwards.
fn files_of_projections() -> Vec<Cause> {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let sidecars = store.sidecars();
    sidecars.add(&seen(1)).unwrap();
    sidecars.catch_up("seen", &|_| true).unwrap();
    let at_work = Mutex::new(None);
    sidecars
        .rebuild("seen", &|_| {
            *at_work.lock().unwrap() = Some(sidecars.rebuild("seen", &|_| true).map(drop).unwrap_err());
            true
        })
        .unwrap();
    let path = || sidecars.status_of("seen", 0).unwrap().path.unwrap();
    let gone = AtomicBool::new(false);
    let deleted = sidecars.rebuild("seen", &|_| {
        if !gone.swap(true, Ordering::Relaxed) {
            std::fs::remove_dir_all(path().parent().unwrap()).unwrap();
        }
        true
    });
    sidecars.catch_up("seen", &|_| true).unwrap();
    let edited = rusqlite::Connection::open(path()).unwrap();
    edited.execute_batch("alter table seen add column more integer").unwrap();
    drop(edited);
    let unusable = sidecars.catch_up("seen", &|_| true).map(drop).unwrap_err();
    vec![
        cause("AtWork", at_work.into_inner().unwrap().unwrap()),
        cause("FolderGone", deleted.map(drop).unwrap_err()),
        cause("Unusable", unusable),
    ]
}

#[test]
fn every_error_of_a_projection_is_caused() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let mut causes = lists(&store);
    causes.extend(declared(&store));
    let other = Store::open(store.log().path(), Options::new()).unwrap();
    let overtaken = AtomicBool::new(false);
    let rebuild = store.rebuild(|_| {
        if !overtaken.swap(true, Ordering::Relaxed) {
            other.rebuild(|_| true).unwrap();
        }
        true
    });
    causes.push(cause("RebuildUnderWay", rebuild.map(drop).unwrap_err()));
    causes.extend([
        cause("Log", Store::open(folder.path().join("nosuch.db"), Options::new()).map(drop).unwrap_err()),
        diverged(),
        cannot_roll_back(),
        pruned(tempfile::tempdir().unwrap().path()),
    ]);
    causes.extend(files_of_projections());
    causes.extend(by_time(tempfile::tempdir().unwrap().path()));
    let source = include_str!("../../../projections/src/error.rs");
    let process = format!("number {}", std::process::id());
    insta::assert_snapshot!(table(source, &causes, &[folder.path().to_str().unwrap(), &process]));
}
