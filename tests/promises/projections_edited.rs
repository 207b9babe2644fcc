//! Rows that somebody changed by hand are named, harm nothing else, and are mended by a rebuild.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use retold_core::event::{InstanceAdded, MessageAdded, OutputAppended};
use retold_core::{Commit, Durability, Event, Expected, Options};
use retold_projections::{
    CheckedProjection, Error, Filled, ProjectionState, SearchFilter, SearchQuery, Side, Store,
};
use retold_tests::{created, name, seen, task};
use rusqlite::Connection;

struct Scene {
    place: retold_tests::Store,
    store: Store,
}

const NAMES: [&str; 3] = ["metrics", "search", "seen"];

/// A store with some words in it, and three projections that hold them.
fn scene() -> Scene {
    let place = retold_tests::Store::new();
    let options = Options::new().create(true).durability(Durability::Normal);
    let store = Store::open(place.path(), options).unwrap();
    let instance = serde_json::from_str(
        r#"{"instanceId": 1, "worktreePath": "/w", "branch": "b", "agentName": "Ada", "status": "running",
            "tmuxSessionId": "t"}"#,
    );
    let message =
        serde_json::from_str(r#"{"id": "m1", "role": "user", "content": "mend the door", "timestamp": ""}"#);
    let events: [Event; 4] = [
        created("a1"),
        InstanceAdded { instance: instance.unwrap(), index: None, updated_at: None }.into(),
        MessageAdded { message: message.unwrap(), index: None, updated_at: None }.into(),
        OutputAppended { index: 0, text: "the hinge is mended".into(), updated_at: None }.into(),
    ];
    store.log().append(Commit::to(name("a1"), Expected::Any, events)).unwrap();
    store.sidecars().add_built_in("search").unwrap();
    store.sidecars().add_built_in("metrics").unwrap();
    store.sidecars().add(&seen(1)).unwrap();
    let scene = Scene { place, store };
    NAMES.iter().for_each(|name| scene.catch_up(name).unwrap());
    scene
}

impl Scene {
    fn catch_up(&self, name: &str) -> Result<(), Error> {
        let head = self.store.log().reader()?.head()?.position;
        let filled = self.store.sidecars().catch_up(name, &|_| true)?;
        assert_eq!(filled, Filled::UpTo(head), "{name}");
        Ok(())
    }

    fn append(&self, text: &str) {
        self.store.log().append(Commit::to(name("a1"), Expected::Any, [task(text)])).unwrap();
    }

    fn check(&self, name: &str) -> CheckedProjection {
        self.store.sidecars().check(name, &|_| true).unwrap().unwrap()
    }

    fn state(&self, name: &str) -> ProjectionState {
        self.store.sidecars().status_of(name, 0).unwrap().state
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.store.sidecars().status_of(name, 0).unwrap().path.unwrap()
    }

    fn folder(&self) -> std::path::PathBuf {
        retold_core::sidecar_folder(&self.place.path())
    }
}

fn edit(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// What is left of checks in a folder.
fn left_behind(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("checking-")).collect()
}

#[test]
fn rows_that_were_changed_by_hand_are_named_contained_and_mended_by_a_rebuild() {
    for (which, table, side, sql) in [
        ("seen", "seen", Side::Both, "update seen set by = 7 where position = 2"),
        ("seen", "seen", Side::Left, "insert into seen values (99, 1)"),
        ("seen", "seen", Side::Right, "delete from seen where position = 3"),
        ("metrics", "metrics_session", Side::Both, "update metrics_session set messages = 2"),
        ("metrics", "metrics_day", Side::Left, "insert into metrics_day (day) values ('2026-01-01')"),
        ("metrics", "metrics_agent", Side::Right, "delete from metrics_agent"),
        ("search", "search_session", Side::Right, "delete from search_session"),
        // The marks of a text, and whether there is one.
        (
            "search",
            "search_block",
            Side::Both,
            "update search_kind set marks = '[\"message\",\"system\",null]' where marks like '%user%'",
        ),
        ("search", "search_block", Side::Right, "update search_block set data = zeroblob(length(data))"),
        ("search", "search_block", Side::Right, "delete from search_block"),
        ("search", "search_scope_block", Side::Both, "update search_scope set status = 'failed'"),
        ("search", "search_scope_block", Side::Right, "delete from search_scope_block"),
        ("search", "search_size", Side::Both, "update search_size set words = words + 1"),
        // A word that no text has, instead of one that a text has.
        (
            "search",
            "search_page",
            Side::Left,
            "update search_page set data = unhex(replace(hex(data), hex('hinge'), hex('hingf')))",
        ),
        (
            "search",
            "search_page",
            Side::Right,
            "update search_page set data = unhex(replace(hex(data), hex('hinge'), hex('hingf')))",
        ),
        ("search", "search_page", Side::Right, "delete from search_segment"),
        ("search", "search_page", Side::Right, "insert into search_gone values (3, 1)"),
    ] {
        let scene = scene();
        edit(&scene.path(which), sql);
        let checked = scene.check(which);
        let first = checked
            .differences
            .iter()
            .find(|difference| difference.table == table && difference.side == side);
        assert!(first.is_some() && checked.fault.is_none(), "{sql}: {checked:?}");
        scene.store.sidecars().mark_damaged(&checked).unwrap();
        assert_eq!(scene.state(which), ProjectionState::Failed, "{sql}");
        let trouble = scene.store.sidecars().status_of(which, 0).unwrap().trouble.unwrap();
        assert!(
            trouble.reason.contains("as the log has") && trouble.position.is_none(),
            "{}",
            trouble.reason
        );
        // Appends go on, and so do the others.
        scene.append("meanwhile");
        for other in NAMES.into_iter().filter(|name| *name != which) {
            scene.catch_up(other).unwrap();
            assert!(scene.check(other).is_sound(), "{other}: {sql}");
        }
        // Nothing is added to rows that are wrong, and no rest makes them right.
        let error = scene.catch_up(which).unwrap_err();
        assert!(matches!(error, Error::Unusable { .. }), "{error:?}");
        scene.store.sidecars().resume(which).unwrap();
        assert_eq!(scene.state(which), ProjectionState::Failed, "{sql}");
        scene.store.sidecars().rebuild(which, &|_| true).unwrap();
        assert_eq!(scene.state(which), ProjectionState::CaughtUp, "{sql}");
        assert!(scene.check(which).is_sound(), "{sql}");
        assert_eq!(left_behind(&scene.folder()), [""; 0]);
    }
}

#[test]
fn a_file_that_is_no_more_what_it_was_is_told_before_its_rows() {
    for (sql, fault) in [
        ("create table other (a)", "its tables are not the ones that were declared"),
        ("update retold_checkpoint set hash = zeroblob(32)", "it stands for position 4 of another history"),
        ("update retold_checkpoint set digest = zeroblob(32)", "other code has filled it"),
    ] {
        let scene = scene();
        edit(&scene.path("seen"), sql);
        assert_eq!(scene.check("seen").fault.as_deref(), Some(fault), "{sql}");
        assert!(!scene.check("seen").is_sound());
    }
    // Words that the index has lost in its own tables, and bytes that nobody has written.
    for sql in [
        "update search_page set data = zeroblob(length(data))",
        "update search_page set data = x'ff'",
        "update search_page set first = x'ff', data = x'000161ffffffffffff'",
        "update search_segment set last_page = 1 << 40",
        "update search_segment set first_page = -9223372036854775808",
        "delete from search_page",
        "insert into search_segment select segment + 1, texts, first_page, last_page, first_list, last_list
         from search_segment",
        "update search_block set data = x'20'",
        "update search_scope_block set data = x''",
        "update search_kind set marks = 'no JSON' where kind = 1",
    ] {
        let scene = self::scene();
        edit(&scene.path("search"), sql);
        let checked = scene.check("search");
        assert!(!checked.is_sound(), "{sql}: {checked:?}");
        // Whoever searches is told, or finds less; nothing worse.
        let query = SearchQuery::read("mend* -hinge").unwrap();
        let _less = scene.store.search(&query, &SearchFilter::new(), 10);
    }
}

#[test]
fn a_projection_is_checked_while_it_is_kept_up_to_date() {
    let scene = scene();
    let rounds = AtomicU64::new(0);
    let meanwhile = |_| {
        rounds.fetch_add(1, Ordering::Relaxed);
        scene.append("meanwhile");
        scene.catch_up("search").unwrap();
        true
    };
    let checked = scene.store.sidecars().check("search", &meanwhile).unwrap().unwrap();
    assert!(checked.is_sound() && rounds.into_inner() > 1, "{checked:?}");
    assert_eq!(checked.position.get(), 4);
    assert_eq!(scene.state("search"), ProjectionState::CaughtUp);
}

#[test]
fn a_check_that_was_stopped_or_killed_leaves_nothing() {
    let scene = scene();
    assert!(scene.store.sidecars().check("seen", &|_| false).unwrap().is_none());
    assert_eq!(left_behind(&scene.folder()), [""; 0]);
    for name in [
        "checking-seen@1-0a0a0a0a.db",
        "checking-seen@1-0a0a0a0a.db-journal",
        "checking-seen@1-0a0a0a0a.db.lock",
    ] {
        std::fs::write(scene.folder().join(name), "12345").unwrap();
    }
    assert!(scene.check("seen").is_sound());
    assert_eq!(left_behind(&scene.folder()), [""; 0]);
}

#[test]
fn what_has_no_rows_is_not_checked() {
    let scene = scene();
    std::fs::remove_dir_all(scene.folder()).unwrap();
    let error = scene.store.sidecars().check("seen", &|_| true).unwrap_err();
    assert_eq!(error.to_string(), "check projection seen: it has no rows to check yet");
    let error = scene.store.sidecars().check("nope", &|_| true).unwrap_err();
    assert!(matches!(error, Error::NoProjection { .. }));
}

#[test]
fn rows_that_nothing_tells_apart_are_counted() {
    let scene = scene();
    let declaration = "-- projection: plain\n-- version: 1\ncreate table plain (a text, b blob);\n-- on: *\n\
                       insert into plain values ('same', null), ('same', null);";
    let sidecars = scene.store.sidecars();
    sidecars.add(&retold_projections::Declaration::read(declaration).unwrap()).unwrap();
    scene.catch_up("plain").unwrap();
    assert!(scene.check("plain").is_sound());
    edit(&scene.path("plain"), "delete from plain where rowid = 3; insert into plain values (null, x'00')");
    let differences = scene.check("plain").differences;
    let told: Vec<_> = differences
        .iter()
        .map(|one| (one.side, one.key.as_str(), one.left.as_deref(), one.right.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (Side::Left, r#"{"a":null,"b":"00"}"#, Some(r#"{"rows":1}"#), None),
            (Side::Left, r#"{"a":"same","b":null}"#, Some(r#"{"rows":7}"#), None),
            (Side::Right, r#"{"a":"same","b":null}"#, None, Some(r#"{"rows":8}"#)),
        ]
    );
}
