//! Rebuilds: stopped, crashed, watched, doubled.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use retold_core::Position;
use retold_projections::{Error, Store};

use crate::given;
use crate::rows::{Rows, query};

/// More than one page of events.
const EVENTS: usize = 20_000;

fn filled(folder: &tempfile::TempDir) -> Store {
    let store = given::store(folder);
    for number in 0..20 {
        let name = given::record("w1", &format!("s{number}"));
        let said = (0..EVENTS / 20).map(|place| given::said(&format!("m{place}"), "hello"));
        given::append(store.log(), &name, std::iter::once(given::created("s")).chain(said));
    }
    store
}

fn leftovers(store: &Store) -> usize {
    let reader = store.log().reader().unwrap();
    query(
        reader.connection(),
        "select name from sqlite_schema where name like '%\\_old' escape '\\' or name like '%\\_next' escape '\\'",
    )
    .len()
}

#[test]
fn a_rebuild_that_was_stopped_goes_on_where_it_was() {
    let folder = given::folder();
    let store = filled(&folder);
    let rows = Rows::of(&store);
    let seen = Mutex::new(Vec::new());
    let mut stopped = 0;
    loop {
        let again = given::store(&folder);
        let done = again.rebuild(|progress| {
            seen.lock().unwrap().push(progress.done);
            false
        });
        match done.unwrap() {
            Some(_) => break,
            None => stopped += 1,
        }
        assert!(leftovers(&again) > 0);
        assert_eq!(Rows::of(&again), rows, "the old rows are read until the flip");
    }
    assert!(stopped > 1, "there is more than one page");
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted_by(|one, next| one < next), "nothing is taken in twice: {seen:?}");
    assert_eq!((Rows::of(&store), leftovers(&store)), (rows, 0));
}

#[test]
fn a_rebuild_that_an_older_release_began_is_gone_on_with() {
    let folder = given::folder();
    let store = filled(&folder);
    let rows = Rows::of(&store);
    assert_eq!(store.rebuild(|_| false).unwrap(), None);
    store
        .log()
        .open_writer()
        .unwrap()
        .execute_batch("alter table sessions_next drop column details")
        .unwrap();
    assert!(store.rebuild(|_| true).unwrap().is_some());
    assert_eq!((Rows::of(&store), leftovers(&store)), (rows, 0));
}

#[test]
fn readers_see_old_rows_or_new_ones_and_appends_go_on() {
    let folder = given::folder();
    let store = filled(&folder);
    let (done, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
    let name = given::record("w1", "s0");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let reader = store.log().reader().unwrap();
            let mut before = 0;
            while !done.load(Ordering::Relaxed) {
                let count: i64 = reader
                    .connection()
                    .query_row("select count(*) from chat_messages", [], |row| row.get(0))
                    .unwrap();
                assert!(count >= 20_000 && count >= before, "{count} after {before}");
                before = count;
                looks.fetch_add(1, Ordering::Relaxed);
            }
        });
        let added = AtomicUsize::new(0);
        store
            .rebuild(|_| {
                given::append(store.log(), &name, [given::said("meanwhile", "hello")]);
                added.fetch_add(1, Ordering::Relaxed);
                true
            })
            .unwrap();
        let added = added.into_inner();
        assert!(added > 1);
        done.store(true, Ordering::Relaxed);
        let rows = Rows::of(&store);
        assert_eq!(rows.table("chat_messages").len(), EVENTS + added);
    });
    assert!(looks.load(Ordering::Relaxed) > 0);
    let rows = Rows::of(&store);
    store.rebuild(|_| true).unwrap();
    assert_eq!(Rows::of(&store), rows);
}

#[test]
fn of_two_rebuilds_at_once_one_goes_on() {
    let folder = given::folder();
    let (one, other) = (filled(&folder), given::store(&folder));
    let rows = Rows::of(&one);
    let overtaken = OnceLock::new();
    let refused = one.rebuild(|_| {
        overtaken.get_or_init(|| other.rebuild(|_| true).unwrap());
        true
    });
    assert!(matches!(refused, Err(Error::RebuildUnderWay)), "{refused:?}");
    assert!(overtaken.into_inner().unwrap() > Some(Position::ZERO));
    assert_eq!((Rows::of(&one), leftovers(&one)), (rows, 0));
}

/// What a crash behind the flip leaves, and one in the middle of the next rebuild.
#[test]
fn leftovers_of_crashes_are_cleaned_up() {
    let folder = given::folder();
    let store = filled(&folder);
    let rows = Rows::of(&store);
    let stopped = store.rebuild(|_| false).unwrap();
    assert_eq!(stopped, None);
    let connection = store.log().open_writer().unwrap();
    for table in ["sessions", "chat_messages"] {
        connection
            .execute_batch(&format!(
                "create table {table}_old as select * from {table}; create index {table}_left on {table}_old (stream)"
            ))
            .unwrap();
    }
    drop(connection);
    store.rebuild(|_| true).unwrap();
    assert_eq!((Rows::of(&store), leftovers(&store)), (rows, 0));
}

#[test]
fn the_new_rows_are_read_before_the_old_ones_are_gone_and_openings_remove_what_a_crash_left() {
    let folder = given::folder();
    let store = filled(&folder);
    let rows = Rows::of(&store);
    let connection = store.log().open_writer().unwrap();
    connection.execute_batch("update sessions set task = 'spoiled'").unwrap();
    drop(connection);
    let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.rebuild_and(
            |_| true,
            |position| {
                assert_eq!(Rows::of(&store), rows, "readers see them");
                assert_eq!(store.status().unwrap().position, position);
                // As a crash would end it.
                panic!("after the flip");
            },
        )
    }));
    assert!(crashed.is_err());
    assert!(leftovers(&store) > 0);
    let mut openings = 0;
    while leftovers(&store) > 0 {
        openings += 1;
        assert!(openings < 40, "each removes some");
        assert_eq!(Rows::of(&given::store(&folder)), rows);
    }
    assert!(openings > 5, "none does all at once");
}

/// The child of [`a_rebuild_that_is_killed_harms_nothing`].
#[test]
#[ignore = "a process for another test to kill"]
fn child() {
    let path = std::env::var_os("RETOLD_TEST_STORE").unwrap();
    let store = Store::open(path, given::options()).unwrap();
    loop {
        store.rebuild(|_| true).unwrap();
    }
}

#[test]
fn a_rebuild_that_is_killed_harms_nothing() {
    let folder = given::folder();
    let store = filled(&folder);
    let rows = Rows::of(&store);
    for steps in 1..6 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "rebuild::child", "--ignored"])
            .env("RETOLD_TEST_STORE", folder.path().join("sessions.db"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Wherever it is after so many writes.
        let reader = store.log().reader().unwrap();
        let version =
            || -> i64 { reader.connection().query_row("pragma data_version", [], |row| row.get(0)).unwrap() };
        let mut writes = 0;
        let mut before = version();
        while writes < steps * 3 {
            assert!(child.try_wait().unwrap().is_none(), "the child goes on until it is killed");
            if version() != before {
                before = version();
                writes += 1;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(Rows::of(&store), rows);
    }
    store.rebuild(|_| true).unwrap();
    assert_eq!((Rows::of(&store), leftovers(&store)), (rows, 0));
}
