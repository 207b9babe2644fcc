//! A projection that fails, loops, reaches out, or whose file is tampered with is named, contained and mended by a
//! rebuild; appends go on all the while.

use retold_core::{Commit, Durability, Expected, Options, Position};
use retold_projections::{Declaration, Error, Filled, ProjectionState, ProjectionStatus, Store};
use retold_tests::{created, name, task, words};
use rusqlite::Connection;

struct Scene {
    place: retold_tests::Store,
    store: Store,
}

impl Scene {
    /// A store of three events with a projection of these statements.
    fn with(statements: &str) -> (Self, Result<Filled, Error>) {
        let place = retold_tests::Store::new();
        let options = Options::new().create(true).durability(Durability::Normal);
        let store = Store::open(place.path(), options).unwrap();
        let scene = Self { place, store };
        scene.append(created("a1"));
        scene.append(task("one"));
        scene.append(task("two"));
        let filled = scene.add(1, "stop", statements);
        (scene, filled)
    }

    fn add(&self, version: u32, policy: &str, statements: &str) -> Result<Filled, Error> {
        let text = format!(
            "-- projection: p\n-- version: {version}\n-- policy: {policy}\n\
             create table p (position integer primary key, a text) strict;\n-- on: *\n{statements}"
        );
        self.store.sidecars().add(&Declaration::read(&text)?)?;
        self.catch_up()
    }

    fn catch_up(&self) -> Result<Filled, Error> {
        self.store.sidecars().catch_up("p", &|_| true)
    }

    fn append(&self, event: retold_core::Event) {
        self.store.log().append(Commit::to(name("a1"), Expected::Any, [event])).unwrap();
    }

    fn status(&self) -> ProjectionStatus {
        self.store.sidecars().status_of("p", 0).unwrap()
    }

    fn rows(&self) -> i64 {
        self.store.sql().unwrap().query_row("select count(*) from p", [], |row| row.get(0)).unwrap()
    }

    /// Checks that it is named and appends go on, and that a rebuild mends it.
    fn assert_mended_by_rebuild(&self) {
        self.append(task("meanwhile"));
        let filled = self.store.sidecars().rebuild("p", &|_| true).unwrap();
        let head = self.store.log().reader().unwrap().head().unwrap().position;
        assert_eq!((filled, self.status().state), (Filled::UpTo(head), ProjectionState::CaughtUp));
        assert_eq!(self.status().trouble, None);
        assert_eq!(self.rows().unsigned_abs(), head.get());
    }
}

const INSERT: &str = "insert into p values (:position, :type);";
const FAILS_AT_3: &str = "insert into p values (:position, iif(:position = 3, json('{'), ''));";

#[test]
fn an_event_that_cannot_be_taken_in_is_named_and_can_be_left_out() {
    let (scene, filled) = Scene::with(FAILS_AT_3);
    let error = filled.unwrap_err();
    assert_eq!(error.to_string(), "fill projection p@1: it stopped at event 3: malformed JSON");
    let status = scene.status();
    assert_eq!(status.state, ProjectionState::Failed);
    assert_eq!(status.trouble.unwrap().position, Position::new(3));
    scene.append(task("three"));
    scene.store.sidecars().skip("p", Position::new(3).unwrap(), "a slip").unwrap();
    assert_eq!(scene.catch_up().unwrap(), Filled::UpTo(Position::new(4).unwrap()));
    assert_eq!((scene.rows(), scene.status().state), (3, ProjectionState::CaughtUp));
    assert_eq!(scene.status().skipped, [(Position::new(3).unwrap(), "a slip".to_owned())]);
    // At a rebuild too.
    scene.store.sidecars().rebuild("p", &|_| true).unwrap();
    assert_eq!(scene.rows(), 3);
}

#[test]
fn by_policy_such_an_event_is_left_behind_with_a_record() {
    let (scene, filled) = Scene::with(INSERT);
    filled.unwrap();
    scene.add(2, "skip", FAILS_AT_3).unwrap();
    assert_eq!((scene.rows(), scene.status().state), (2, ProjectionState::CaughtUp));
    assert_eq!(scene.status().skipped, [(Position::new(3).unwrap(), "malformed JSON".to_owned())]);
    scene.append(task("three"));
    scene.catch_up().unwrap();
    assert_eq!(scene.rows(), 3);
}

#[test]
fn a_newer_version_that_fails_leaves_the_old_one_read_and_current() {
    let (scene, filled) = Scene::with(INSERT);
    filled.unwrap();
    scene.append(task("three"));
    let error = scene.add(2, "stop", FAILS_AT_3).unwrap_err();
    assert!(matches!(error, Error::Stopped { version: 2, position, .. } if position.get() == 3), "{error}");
    assert_eq!((scene.rows(), scene.status().version, scene.status().state), (4, 1, ProjectionState::Failed));
}

#[test]
fn a_statement_that_never_ends_is_stopped() {
    let endless = "insert into p select :position, count(*) from \
                   (with recursive n(i) as (values (1) union all select i + 1 from n) select i from n);";
    let (scene, filled) = Scene::with(endless);
    let error = words(&filled.unwrap_err());
    assert!(error.contains("steps: do they ever end?"), "{error}");
    scene.append(task("meanwhile"));
    assert_eq!(scene.status().trouble.unwrap().position, Position::new(1));
}

#[test]
fn no_statement_reaches_beyond_its_own_tables() {
    for statement in [
        "delete from event;",
        "insert into sqlite_schema values (1, 2, 3, 4, 5);",
        "update retold_checkpoint set position = 9;",
        "delete from retold_skipped;",
        "attach ':memory:' as other;",
        "pragma journal_mode = off;",
        "pragma writable_schema = on;",
        "insert into p select 1, load_extension('x');",
        "insert into p select 1, writefile('x', 'y');",
        "insert into p select 1, name from pragma_database_list;",
        "insert into p select 1, sql from sqlite_schema;",
        "drop table p;",
        "alter table p add column b;",
        "create table q (a);",
        "vacuum;",
        "begin;",
        "commit;",
        "savepoint s;",
        "reindex;",
        "insert into p select random(), 'x';",
    ] {
        let (scene, filled) = Scene::with(statement);
        assert!(matches!(filled, Err(Error::Declaration { .. })), "{statement}: {filled:?}");
        assert_eq!(scene.store.sidecars().names().unwrap(), Vec::<String>::new(), "{statement}");
    }
}

#[test]
fn tables_that_were_changed_by_hand_are_named_and_mended() {
    for change in [
        "drop table p",
        "alter table p add column b text",
        "create index i on p (a)",
        "delete from retold_checkpoint",
    ] {
        let (scene, filled) = Scene::with(INSERT);
        filled.unwrap();
        Connection::open(scene.status().path.unwrap()).unwrap().execute_batch(change).unwrap();
        assert_eq!(scene.status().state, ProjectionState::Failed, "{change}");
        scene.append(task("three"));
        let error = scene.catch_up().unwrap_err();
        assert!(matches!(error, Error::Unusable { .. } | Error::Log(_)), "{change}: {error:?}");
        scene.assert_mended_by_rebuild();
    }
}

#[test]
fn a_file_that_was_cut_or_overwritten_is_named_and_mended() {
    for bytes in [&b""[..], b"SQLite format 3\0", &[7; 9000]] {
        let (scene, filled) = Scene::with(INSERT);
        filled.unwrap();
        std::fs::write(scene.status().path.unwrap(), bytes).unwrap();
        assert!(matches!(scene.status().state, ProjectionState::Failed), "{:?}", scene.status());
        scene.append(task("three"));
        assert!(scene.catch_up().is_err());
        scene.assert_mended_by_rebuild();
    }
}

#[test]
fn a_file_that_is_gone_is_filled_again() {
    let (scene, filled) = Scene::with(INSERT);
    filled.unwrap();
    std::fs::remove_file(scene.status().path.unwrap()).unwrap();
    assert_eq!(scene.status().state, ProjectionState::Absent);
    scene.append(task("three"));
    scene.catch_up().unwrap();
    assert_eq!((scene.rows(), scene.status().state), (4, ProjectionState::CaughtUp));
}

#[test]
fn a_file_of_another_history_is_diverged_and_mended() {
    let (scene, filled) = Scene::with(INSERT);
    filled.unwrap();
    let path = scene.status().path.unwrap();
    Connection::open(path)
        .unwrap()
        .execute_batch("update retold_checkpoint set hash = zeroblob(32)")
        .unwrap();
    assert_eq!(scene.status().state, ProjectionState::Diverged);
    scene.append(task("three"));
    let error = scene.catch_up().unwrap_err();
    assert_eq!(error.to_string(), "keep projection p: it stands for position 3 of another history");
    assert!(scene.place.path().exists());
    scene.assert_mended_by_rebuild();
}

#[test]
fn a_paused_projection_stands_still_and_goes_on() {
    let (scene, filled) = Scene::with(INSERT);
    filled.unwrap();
    scene.store.sidecars().pause("p").unwrap();
    scene.append(task("three"));
    assert_eq!((scene.status().state, scene.status().lag_events), (ProjectionState::Paused, 1));
    scene.store.sidecars().resume("p").unwrap();
    scene.catch_up().unwrap();
    assert_eq!(scene.rows(), 4);
}
