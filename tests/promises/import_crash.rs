//! An import that dies or is stopped leaves whole sessions, and the next one goes on.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use retold_benches::generate::{Shape, write_directory};
use retold_core::{EventType, Log, Position, Progress, Session};
use retold_importer::ait42::{self, Options};
use retold_tests::import::{exported, files, import, sessions, sources};
use retold_tests::{Store, assert_sound};

const SESSIONS: usize = 150;

fn given() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shape = Shape { sessions: SESSIONS, output_bytes: 6_000, workspaces: 2, ..Shape::KIB_16 };
    write_directory(folder.path(), &shape, 11).unwrap();
    folder
}

fn importer(store: &Store, folder: &std::path::Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_child"))
        .arg("import")
        .args([&store.path(), folder])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until the log has `count` sessions, or the child has ended.
fn wait_for(log: &Log, child: &mut Child, count: usize) {
    let mut subscription = log.subscribe(Position::ZERO);
    let mut seen = 0;
    while seen < count && child.try_wait().unwrap().is_none() {
        let events = subscription.next(Duration::from_millis(50)).unwrap();
        seen += events.iter().filter(|event| event.kind == EventType::SessionCreated).count();
    }
}

fn assert_whole(log: &Log, source: &std::path::Path) -> usize {
    let texts = files(&source.join("sessions"));
    let all: Vec<Session> = texts.values().flat_map(|text| retold_tests::import::parse(text)).collect();
    let held = sessions(log);
    assert!(held.iter().all(|held| all.contains(&held.state.session)));
    assert_sound(log);
    held.len()
}

fn assert_finished(log: &Log, source: &std::path::Path) {
    let report = import(log, source);
    assert_eq!((report.sessions.read, report.reproduced), (SESSIONS as u64, SESSIONS as u64));
    assert_eq!(sessions(log).len(), SESSIONS);
    let out = exported(log);
    let texts = files(&source.join("sessions"));
    assert!(texts.iter().all(|(name, text)| out[name.to_str().unwrap()] == *text));
    assert_eq!(import(log, source).events_appended, 0);
}

#[test]
fn a_killed_import_leaves_whole_sessions_and_the_next_goes_on() {
    let source = given();
    let mut partial = 0;
    for _ in 0..3 {
        let store = Store::new();
        let log = store.open();
        // Again and again on one store: each run begins where the one before died.
        let mut at = 0;
        for _ in 0..3 {
            at += retold_trial::chance::range(0..SESSIONS / 3);
            let mut child = importer(&store, source.path());
            wait_for(&log, &mut child, at);
            child.kill().unwrap();
            child.wait().unwrap();
            let held = assert_whole(&log, source.path());
            partial += usize::from(held > 0 && held < SESSIONS);
        }
        assert_finished(&log, source.path());
    }
    assert!(partial > 0, "no run died in the midst of it");
}

#[test]
fn whoever_is_told_the_progress_stops_between_two_sessions() {
    let source = given();
    let store = Store::new();
    let log = store.open();
    let options = Options { progress: Some(&|_| false), ..Options::default() };
    let report = ait42::import(Some(&log), &sources(source.path()), options).unwrap();
    assert!(report.interrupted);
    assert_eq!((report.sessions.read, report.files), (1, 1));
    assert_eq!(assert_whole(&log, source.path()), 1);

    // Later on: it is asked after every session.
    let asked = AtomicU64::new(0);
    let third = |_: Progress| asked.fetch_add(1, Ordering::Relaxed) < 2;
    let options = Options { progress: Some(&third), ..Options::default() };
    let report = ait42::import(Some(&log), &sources(source.path()), options).unwrap();
    assert!(report.interrupted);
    assert_eq!(report.sessions.read, 3);
    assert_eq!(assert_whole(&log, source.path()) as u64, report.sessions.read);
    assert_eq!(report.sessions.absent, 0);
    assert_finished(&log, source.path());
}
