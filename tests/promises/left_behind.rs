//! What processes leave that are killed is removed by the next one, or named.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rand::RngExt as _;
use retold_core::{Commit, Expected, Log, Options};
use retold_tests::{Store, created, message, name};

use crate::{held, nightly};

fn program(store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command.arg("--store").arg(store).args(arguments).stdin(Stdio::null());
    command
}

fn run(store: &Path, arguments: &[&str]) -> Output {
    program(store, arguments).output().unwrap()
}

/// A store of some MB, so that there is something to interrupt.
fn given() -> Store {
    let store = Store::new();
    let models = retold_projections::Store::open(store.path(), Options::new().create(true)).unwrap();
    let log = models.log();
    let mut rng = retold_trial::chance::rng();
    for session in 0..40 {
        let id = format!("s{session}");
        let mut noise =
            || message((0..3000).map(|_| char::from(rng.random_range(b' '..b'~'))).collect::<String>());
        let events = std::iter::once(created(&id)).chain((0..20).map(|_| noise()));
        log.append(Commit::to(name(&id), Expected::Any, events)).unwrap();
    }
    drop(models);
    store
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let is_left = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        [".partial", "making-", "-journal"].iter().any(|part| name.contains(part))
    };
    files(folder).into_iter().filter(is_left).collect()
}

/// Kills a command at a random moment: some time after it began, up to what a whole run takes.
fn kill(mut command: Command, whole: Duration) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (begun, moment) = (Instant::now(), whole.mul_f64(retold_trial::chance::rng().random_range(0.0..1.2)));
    while begun.elapsed() < moment && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let _ended_before = child.kill();
    child.wait().unwrap();
}

/// Runs a command whole once, kills it many times, and runs it whole again: nothing is left that has no name.
fn leaves_nothing(what: &str, store: &Store, mut command: impl FnMut() -> Command) {
    let begun = Instant::now();
    let first = command().output().unwrap();
    assert!(first.status.success(), "{what}: {first:?}");
    let whole = begun.elapsed();
    let kills = nightly(12);
    for _ in 0..kills {
        kill(command(), whole);
    }
    let last = command().output().unwrap();
    assert!(matches!(last.status.code(), Some(0 | 1)), "{what}: {last:?}");
    assert_eq!(unfinished(store.folder()), [] as [PathBuf; 0], "{what}");
    assert!(run(&store.path(), &["verify"]).status.success(), "{what}");
    held(what, kills);
}

#[test]
fn a_backup_that_is_killed_leaves_nothing_behind_the_next() {
    let store = given();
    let mut number = 0;
    leaves_nothing("backup", &store, || {
        number += 1;
        program(&store.path(), &["backup", &format!("{}/b{number}.db", store.folder().display())])
    });
}

#[test]
fn a_restoration_that_is_killed_leaves_nothing_behind_the_next() {
    let store = given();
    let backup = store.folder().join("b.db").display().to_string();
    assert!(run(&store.path(), &["backup", &backup]).status.success());
    leaves_nothing("restore", &store, || {
        program(&store.path(), &["store", "restore", &backup, "--overwrite"])
    });
}

#[test]
fn a_recovery_that_is_killed_leaves_nothing_that_looks_like_a_store() {
    let store = given();
    let bad = store.folder().join("bad.db");
    std::fs::copy(store.path(), &bad).unwrap();
    let connection = rusqlite::Connection::open(&bad).unwrap();
    connection
        .execute_batch("drop trigger event_update; update event set hash = zeroblob(32) where position = 700")
        .unwrap();
    drop(connection);
    let new = store.folder().join("new.db");
    let [from, to] = [&bad, &new].map(|path| path.display().to_string());
    let list = PathBuf::from(format!("{to}.lost.jsonl"));
    let command = || {
        if new.exists() {
            // What has its name is whole, and what it lacks has been told.
            assert!(run(&new, &["verify"]).status.success());
            assert!(std::fs::read_to_string(&list).unwrap().contains("\"position\":700"));
        }
        for path in ["", "-wal", "-shm", "-journal", ".lost.jsonl"].map(|ending| format!("{to}{ending}")) {
            let _none = std::fs::remove_file(path);
        }
        program(&bad, &["store", "recover", &from, &to])
    };
    let begun = Instant::now();
    let first = command().output().unwrap();
    assert_eq!(first.status.code(), Some(6), "{first:?}");
    let whole = begun.elapsed();
    for _ in 0..nightly(12) {
        kill(command(), whole);
    }
    assert_eq!(command().output().unwrap().status.code(), Some(6));
    assert_eq!(unfinished(store.folder()), [] as [PathBuf; 0]);
}

#[test]
fn a_compacting_that_is_killed_leaves_nothing_behind_the_next() {
    let store = given();
    leaves_nothing("compact", &store, || program(&store.path(), &["store", "compact", "--rewrite"]));
}

#[test]
fn a_question_about_the_past_that_is_killed_leaves_nothing_behind_the_next() {
    let store = given();
    let mut at = 800;
    leaves_nothing("sql --at", &store, || {
        at -= 7;
        program(&store.path(), &["sql", "--at", &at.to_string(), "select count(*) from sessions"])
    });
}

#[test]
fn a_pruning_that_is_killed_leaves_nothing_behind_the_next() {
    let store = given();
    let archives = store.folder().join("archives");
    std::fs::create_dir(&archives).unwrap();
    let archives = archives.display().to_string();
    leaves_nothing("prune", &store, || {
        // So that there is something to prune each time.
        let log = Log::open(store.path()).unwrap();
        log.append(Commit::to(name("s1"), Expected::Any, [message("more")])).unwrap();
        drop(log);
        program(&store.path(), &["store", "prune", "--before", "head", "--archive", &archives])
    });
}

/// Releases before this one had no way to tell what was theirs: it is named, and left to its owner.
#[test]
fn what_an_older_release_left_is_named_with_the_command_that_removes_it() {
    let store = given();
    let path = |name: &str| store.folder().join(name);
    std::fs::create_dir_all(path("sessions.db-sidecars/at")).unwrap();
    let left = [path("sessions.db.4711.partial"), path("sessions.db-sidecars/at/making-4711-0.db")];
    for (file, bytes) in left.iter().zip([1_000_000, 2]) {
        std::fs::write(file, vec![b'x'; bytes]).unwrap();
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(3 * 24 * 3600);
        std::fs::File::options().write(true).open(file).unwrap().set_modified(long_ago).unwrap();
    }
    let said = run(&store.path(), &["doctor"]);
    let text = String::from_utf8(said.stdout).unwrap();
    for file in &left {
        assert!(text.contains(&format!("rm {}", file.display())), "{text}");
    }
    assert_eq!(said.status.code(), Some(1), "{text}");
    let counted = String::from_utf8(run(&store.path(), &["store", "stats", "-o", "csv"]).stdout).unwrap();
    assert!(counted.contains("left over,2,1000002"), "{counted}");
    assert!(run(&store.path(), &["store", "compact"]).status.success());
    assert!(left.iter().all(|file| file.exists()));
    left.iter().for_each(|file| std::fs::remove_file(file).unwrap());
    assert!(!String::from_utf8(run(&store.path(), &["doctor"]).stdout).unwrap().contains("left over"));
}
