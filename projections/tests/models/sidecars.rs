//! Projections with files of their own: however their rows came about, they are the same.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use proptest::prelude::*;
use retold_core::happening::Moment;
use retold_core::{Position, Progress};
use retold_projections::{Added, Declaration, Filled, ProjectionState, Store};
use rusqlite::Connection;

use crate::given;
use crate::history::{History, histories};
use crate::rows::{Row, TABLES, query};

const EXAMPLES: [&str; 5] = [
    include_str!("../../../examples/projections/agent_win_rate.sql"),
    include_str!("../../../examples/projections/longest_sessions.sql"),
    include_str!("../../../examples/projections/messages_per_day.sql"),
    include_str!("../../../examples/projections/output_per_runtime.sql"),
    include_str!("../../../examples/projections/time_in_status.sql"),
];

/// Adds the built-in projections and the shipped examples; returns their names.
fn add_all(store: &Store) -> Vec<String> {
    let sidecars = store.sidecars();
    for name in ["search", "metrics"] {
        assert_eq!(sidecars.add_built_in(name).unwrap(), Added::New);
    }
    for text in EXAMPLES {
        assert_eq!(sidecars.add(&Declaration::read(text).unwrap()).unwrap(), Added::New);
    }
    sidecars.names().unwrap()
}

pub(crate) fn catch_up(store: &Store, name: &str) {
    let head = store.log().reader().unwrap().head().unwrap().position;
    assert_eq!(store.sidecars().catch_up(name, &|_| true).unwrap(), Filled::UpTo(head));
}

/// Every row of a projection's file. What a search index holds is compared by a check: which rows have it is its own business.
fn dump(path: &Path) -> Vec<(String, Vec<Row>)> {
    let connection = Connection::open(path).unwrap();
    let tables = query(
        &connection,
        "select name from sqlite_schema where type = 'table' and name not like 'retold%'
         and (name not like 'search%' or name = 'search_session') and name not like 'sqlite%' order by name",
    );
    let mut dump = Vec::new();
    for table in &tables {
        let rusqlite::types::Value::Text(table) = &table[0] else { panic!("a name is a text") };
        dump.push((table.clone(), query(&connection, &format!("select * from \"{table}\" order by 1, 2"))));
    }
    assert!(!dump.is_empty());
    dump
}

fn dump_of(store: &Store, name: &str) -> Vec<(String, Vec<Row>)> {
    if name == "search" {
        let checked = store.sidecars().check(name, &|_| true).unwrap().unwrap();
        assert!(checked.is_sound() && checked.uncompared == 0, "{checked:?}");
    }
    dump(&store.sidecars().status_of(name, 0).unwrap().path.unwrap())
}

fn fixed(folder: &tempfile::TempDir) -> Store {
    let options = given::options().clock(|| "2026-11-23T09:00:00Z".parse().unwrap());
    Store::open(folder.path().join("sessions.db"), options).unwrap()
}

fn at(position: u64) -> Moment {
    Moment::Recorded(Position::new(position).unwrap())
}

/// Everything that SQL tells of the inline read models, the events and a declared projection.
fn told(connection: &Connection) -> Vec<Vec<Row>> {
    let tables = TABLES.iter().map(|(table, key)| format!("select * from {table} order by {key}"));
    let more = [
        "select position, type, workspace, session_id, body, body is null from events order by position"
            .to_owned(),
        "select count(*) from event".to_owned(),
        "select * from messages_per_day order by 1, 2".to_owned(),
        "select * from metrics.metrics_session order by 1".to_owned(),
    ];
    tables.chain(more).map(|sql| query(connection, &sql)).collect()
}

/// What `told` asks for.
const ASKED: &str = "messages_per_day metrics";

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 256, ..retold_trial::chance::properties(24) })]

    #[test]
    fn rows_taken_in_bit_by_bit_are_those_of_a_rebuild(history in histories(), parts in prop::collection::vec(1_usize..9, 1..6)) {
        let folder = given::folder();
        let mut store = given::store(&folder);
        let names = add_all(&store);
        let mut commits = history.in_commits().into_iter();
        for (round, part) in parts.iter().cycle().enumerate() {
            let taken: Vec<_> = commits.by_ref().take(*part).collect();
            if taken.is_empty() {
                break;
            }
            taken.iter().for_each(|commit| history.append(store.log(), commit));
            // Some of them in every round, each from where it was; now and then with nothing left in memory, or stopped in
            // the midst of it.
            if round % 3 == 1 {
                let name = &names[round % names.len()];
                store.sidecars().catch_up(name, &|_| false).unwrap();
            }
            names.iter().skip(round % 2).step_by(2).for_each(|name| catch_up(&store, name));
            if round % 3 == 2 {
                drop(store);
                store = given::store(&folder);
            }
        }
        for name in &names {
            catch_up(&store, name);
            let incremental = dump_of(&store, name);
            store.sidecars().rebuild(name, &|_| true).unwrap();
            prop_assert_eq!(&dump_of(&store, name), &incremental, "{}", name);
        }
    }

    #[test]
    fn the_past_is_what_a_store_of_the_first_events_holds(history in histories(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 3)) {
        // What was redacted later is gone from the past too: up to the first redaction, then.
        let history = History { redacted: Default::default(), steps: history.steps.into_iter()
            .take_while(|step| !matches!(step.event, retold_core::Event::BodyRedacted(_))).collect() };
        if history.steps.is_empty() {
            return Ok(());
        }
        let folder = given::folder();
        let whole = fixed(&folder);
        add_all(&whole).iter().for_each(|name| catch_up(&whole, name));
        history.one_by_one().iter().for_each(|step| history.append(whole.log(), step));
        for cut in cuts {
            let length = cut.index(history.steps.len()) + 1;
            let part_folder = given::folder();
            let part = fixed(&part_folder);
            let names = add_all(&part);
            history.one_by_one().iter().take(length).for_each(|step| history.append(part.log(), step));
            names.iter().for_each(|name| catch_up(&part, name));
            let at = at(length as u64);
            for _ in ["made", "kept"] {
                let past = whole.sql_at(at, ASKED, &|_| true).unwrap().unwrap();
                prop_assert_eq!(told(&past), told(&part.sql().unwrap()), "at {}", length);
                let filter = retold_projections::SessionFilter::default();
                let listed = whole.sessions_at(at, &filter, &|_| true).unwrap().unwrap();
                prop_assert_eq!(listed, part.sessions(&filter).unwrap(), "at {}", length);
            }
        }
    }
}

pub(crate) fn declared(name: &str, version: u32, schema: &str, on: &str) -> Declaration {
    Declaration::read(&format!("-- projection: {name}\n-- version: {version}\n{schema};\n-- on: *\n{on};"))
        .unwrap()
}

#[test]
fn the_folder_may_be_deleted_at_any_time() {
    let folder = given::folder();
    let store = given::store(&folder);
    given::append(
        store.log(),
        &given::record("w1", "a1"),
        [given::created("a1"), given::said("m1", "hello")],
    );
    let names = add_all(&store);
    names.iter().for_each(|name| catch_up(&store, name));
    let before: Vec<_> = names.iter().map(|name| dump_of(&store, name)).collect();
    std::fs::remove_dir_all(retold_core::sidecar_folder(store.log().path())).unwrap();
    names.iter().for_each(|name| catch_up(&store, name));
    assert_eq!(names.iter().map(|name| dump_of(&store, name)).collect::<Vec<_>>(), before);
}

#[test]
fn a_newer_version_is_read_once_it_is_full_and_a_rollback_brings_the_old_one_back() {
    let folder = given::folder();
    let store = given::store(&folder);
    given::append(store.log(), &given::record("w1", "a1"), [given::created("a1")]);
    let sidecars = store.sidecars();
    let schema = "create table seen (position integer primary key, by integer not null)";
    sidecars.add(&declared("seen", 1, schema, "insert into seen values (:position, 1)")).unwrap();
    catch_up(&store, "seen");
    let newer = declared("seen", 2, schema, "insert into seen values (:position, 2)");
    assert_eq!(sidecars.add(&newer).unwrap(), Added::Newer);
    let by = || query(&store.sql().unwrap(), "select distinct by from seen");
    assert_eq!(by(), [[1.into()]]);
    catch_up(&store, "seen");
    assert_eq!(by(), [[2.into()]]);
    given::append(store.log(), &given::record("w1", "a1"), [given::said("m1", "more")]);
    assert_eq!(sidecars.rollback("seen", &|_| true).unwrap(), Some(1));
    assert_eq!(
        query(&store.sql().unwrap(), "select count(*), min(by), max(by) from seen"),
        [[2.into(), 1.into(), 1.into()]]
    );
    let differences = sidecars.diff(("seen", 1), ("seen", 2), 10, &|_| true).unwrap();
    assert_eq!(differences.len(), 2);
    assert_eq!(differences[0].left.as_deref(), Some("{\"by\":1}"));
    assert_eq!(sidecars.rollback("seen", &|_| true).unwrap(), Some(2));
    assert_eq!(by(), [[2.into()]]);
}

#[cfg(unix)]
#[test]
fn a_store_may_stand_in_a_folder_whose_name_is_no_text() {
    let folder = given::folder();
    let odd = folder
        .path()
        .join(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(b"odd \xff?#%41".to_vec()));
    std::fs::create_dir(&odd).unwrap();
    let store = Store::open(odd.join("sessions.db"), given::options()).unwrap();
    let names = add_all(&store);
    let schema = "create table seen (position integer primary key)";
    for version in [1, 2] {
        let on = format!("insert into seen values (:position + {version})");
        store.sidecars().add(&declared("seen", version, schema, &on)).unwrap();
        catch_up(&store, "seen");
    }
    given::append(
        store.log(),
        &given::record("w1", "a1"),
        [given::created("a1"), given::said("m1", "hello")],
    );
    names.iter().for_each(|name| catch_up(&store, name));
    let count = |sql: &Connection| {
        query(sql, "select (select count(*) from messages_per_day), count(*) from sessions")
    };
    assert_eq!(count(&store.sql().unwrap()), [[1.into(), 1.into()]]);
    let past = store.sql_at(at(1), ASKED, &|_| true).unwrap().unwrap();
    assert_eq!(count(&past), [[0.into(), 1.into()]]);
    assert_eq!(store.sidecars().diff(("seen", 1), ("seen", 2), 10, &|_| true).unwrap().len(), 2);
    let mut memory = retold_projections::MemoryHost::of(store.log()).unwrap();
    assert_eq!(query(memory.connection(), "select count(*) from sessions"), [[0.into()]]);
    let filter = retold_projections::SessionFilter::default();
    let found = store.sessions_at(at(1), &filter, &|_| true).unwrap().unwrap();
    assert_eq!(found.iter().map(|row| row.message_count).collect::<Vec<_>>(), [0]);
}

/// Events of more than one page: what is written in one transaction.
fn long(store: &Store, events: usize) {
    let tasks = (0..events).map(|number| given::task(&number.to_string()));
    given::append(store.log(), &given::record("w1", "a1"), tasks);
}

#[test]
fn a_filling_that_was_interrupted_goes_on_where_it_was() {
    let folder = given::folder();
    let store = given::store(&folder);
    given::append(store.log(), &given::record("w1", "a1"), [given::created("a1")]);
    long(&store, 9_000);
    let schema = "create table seen (position integer primary key)";
    store.sidecars().add(&declared("seen", 1, schema, "insert into seen values (:position)")).unwrap();
    for of in ["catch_up", "rebuild"] {
        let reached = AtomicU64::new(0);
        let stop = |progress: Progress| {
            reached.store(progress.done, Ordering::Relaxed);
            false
        };
        let filled = match of {
            "catch_up" => store.sidecars().catch_up("seen", &stop),
            _ => store.sidecars().rebuild("seen", &stop),
        };
        assert_eq!(filled.unwrap(), Filled::Interrupted);
        let reached = reached.into_inner();
        assert!(reached > 0 && reached < 9_001, "{reached}");
        let status = store.sidecars().status_of("seen", 0).unwrap();
        assert_eq!(status.building, Some((1, Position::new(reached))), "{of}");
        let other = given::store(&folder);
        let first = OnceLock::new();
        let go_on = |progress: Progress| {
            first.get_or_init(|| progress.done);
            true
        };
        other.sidecars().catch_up("seen", &go_on).unwrap();
        assert!(first.into_inner().unwrap() > reached, "{of}");
        assert_eq!(query(&other.sql().unwrap(), "select count(*) from seen"), [[9_001.into()]]);
    }
}

#[test]
fn the_status_says_what_is_so_at_this_moment() {
    let folder = given::folder();
    let store = given::store(&folder);
    let state = || store.sidecars().status_of("seen", 0).unwrap().state;
    given::append(store.log(), &given::record("w1", "a1"), [given::created("a1")]);
    let schema = "create table seen (position integer primary key)";
    store.sidecars().add(&declared("seen", 1, schema, "insert into seen values (:position)")).unwrap();
    assert_eq!(state(), ProjectionState::Absent);
    let while_filled = Mutex::new(Vec::new());
    let look = |_| {
        while_filled.lock().unwrap().push(state());
        true
    };
    store.sidecars().catch_up("seen", &look).unwrap();
    let while_filled = while_filled.into_inner().unwrap();
    assert!(while_filled.iter().all(|state| *state == ProjectionState::Rebuilding), "{while_filled:?}");
    assert_eq!(state(), ProjectionState::CaughtUp);
    long(&store, 9_000);
    assert_eq!(state(), ProjectionState::Behind);
    let now = retold_core::time::to_micros(jiff::Timestamp::now()) + 3_000_000;
    let status = store.sidecars().status_of("seen", now).unwrap();
    assert_eq!(status.lag_events, 9_000);
    assert!(status.lag_micros >= 3_000_000, "{status:?}");
    let while_kept = Mutex::new(Vec::new());
    let look = |_| {
        while_kept.lock().unwrap().push((state(), store.sidecars().status_of("seen", 0).unwrap().process));
        true
    };
    store.sidecars().catch_up("seen", &look).unwrap();
    assert_eq!(while_kept.into_inner().unwrap()[0], (ProjectionState::Running, Some(std::process::id())));
    assert_eq!(state(), ProjectionState::CaughtUp);
}

#[test]
fn snapshots_of_the_past_are_bounded_and_may_go_at_any_moment() {
    let folder = given::folder();
    let store = given::store(&folder);
    given::append(store.log(), &given::record("w1", "a1"), [given::created("a1")]);
    long(&store, 40);
    let seen = declared(
        "seen",
        1,
        "create table seen (position integer primary key)",
        "insert into seen values (:position)",
    );
    store.sidecars().add(&seen).unwrap();
    catch_up(&store, "seen");
    let folder = retold_core::sidecar_folder(store.log().path()).join("at");
    let names = || {
        let files = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        files.collect::<Vec<_>>()
    };
    let asked = |position: u64| store.sql_at(at(position), "seen", &|_| true).unwrap().unwrap();
    let last = |position: u64| query(&asked(position), "select max(position) from seen");
    for position in 2..=40_u64 {
        assert_eq!(last(position), [[position.cast_signed().into()]]);
    }
    assert_eq!(names().len(), 24, "{:?}", names());
    assert!(names().iter().all(|name| name.ends_with(".db")), "nothing temporary is left: {:?}", names());
    // The one that was asked for last is kept.
    assert!(names().iter().any(|name| name.starts_with("40-")));
    let opened = asked(30);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(query(&opened, "select max(position) from seen"), [[30.into()]]);
    assert_eq!(last(30), [[30.into()]]);
}
