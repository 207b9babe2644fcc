//! The first Ctrl-C ends a command that works: with 130, and nothing that is half written has its name.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use retold_benches::generate::{Shape, sessions, write_sessions};
use retold_tests::Store;
use retold_tests::import::Home;

use crate::{held, nightly};

fn program(store: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command.arg("--store").arg(store).args(args).stdin(Stdio::null());
    command
}

fn done(store: &Path, args: &[&str]) -> Output {
    let output = program(store, args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    output
}

/// A history of some MiB, and a store that has it.
fn given() -> (Store, Home) {
    let (store, home) = (Store::new(), Home::new());
    for number in 0..3_u64 {
        let shape = Shape { sessions: 60, output_bytes: 20_000, ..Shape::KIB_16 };
        let mut file = std::fs::File::create(home.file(&format!("0a0a0a0a0a0a0a0{number}.json"))).unwrap();
        write_sessions(&mut file, sessions(&shape, number)).unwrap();
    }
    done(&store.path(), &["import", home.path().to_str().unwrap()]);
    (store, home)
}

/// Sends SIGINT at a random moment of a run that takes `whole`, and returns how it ended.
fn interrupt(mut command: Command, whole: Duration) -> Option<i32> {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let wait = whole.mul_f64(retold_trial::chance::range(0.05..1.0));
    while begun.elapsed() < wait {
        std::thread::yield_now();
    }
    let signal = ["INT", "TERM"][retold_trial::chance::range(0..2)];
    let _ended_before = Command::new("kill").args(["-s", signal, &child.id().to_string()]).output().unwrap();
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if begun.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::yield_now();
    }
}

/// What has a name that no part of a file that is under way has.
fn named(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.')).collect()
}

/// Interrupts a command many times, each time from the beginning; `check` looks at what is there afterwards.
fn each_time(what: &str, mut command: impl FnMut() -> Command, mut check: impl FnMut()) {
    let begun = Instant::now();
    let first = command().output().unwrap();
    assert!(first.status.success(), "{what}: {first:?}");
    let whole = begun.elapsed();
    let (runs, mut interrupted) = (nightly(4), 0);
    for _ in 0..runs {
        let code = interrupt(command(), whole);
        // A signal that comes before the handler is there, or after the end.
        assert!(matches!(code, Some(0 | 130) | None), "{what}: {code:?}");
        interrupted += u32::from(code == Some(130));
        check();
    }
    assert!(interrupted > 0, "{what}: it was never interrupted in {whole:?}");
    held(what, runs);
}

#[test]
fn an_interrupted_import_has_whole_sessions_and_goes_on() {
    let (_, home) = given();
    let folder = home.path();
    let store = std::cell::RefCell::new(Store::new());
    each_time(
        "import",
        || {
            *store.borrow_mut() = Store::new();
            program(&store.borrow().path(), &["import", folder.to_str().unwrap()])
        },
        || {
            let store = store.borrow();
            done(&store.path(), &["import", folder.to_str().unwrap()]);
            let against = done(&store.path(), &["check", "--against", folder.to_str().unwrap()]);
            assert!(String::from_utf8_lossy(&against.stdout).contains("180 consistent"), "{against:?}");
            done(&store.path(), &["verify"]);
        },
    );
}

#[test]
fn an_interrupted_verification_has_changed_nothing() {
    let (store, _) = given();
    let before = std::fs::read(store.path()).unwrap();
    each_time(
        "verify",
        || program(&store.path(), &["verify", "--full"]),
        || assert!(std::fs::read(store.path()).unwrap() == before),
    );
    done(&store.path(), &["verify", "--full"]);
}

#[test]
fn an_interrupted_backup_has_no_name_or_is_whole() {
    let (store, _) = given();
    let folder = store.folder().join("backups");
    std::fs::create_dir(&folder).unwrap();
    let mut number = 0;
    each_time(
        "backup",
        || {
            number += 1;
            program(&store.path(), &["backup", folder.join(format!("b{number}.db")).to_str().unwrap()])
        },
        || {
            for path in named(&folder) {
                done(&path, &["verify"]);
                std::fs::remove_file(path).unwrap();
            }
        },
    );
    done(&store.path(), &["verify"]);
}

#[test]
fn an_interrupted_export_has_whole_files_alone() {
    let (store, _) = given();
    let whole = store.folder().join("whole");
    done(&store.path(), &["export", "--format", "ait42", whole.to_str().unwrap()]);
    let folder = store.folder().join("out");
    each_time(
        "export",
        || {
            let _none = std::fs::remove_dir_all(&folder);
            program(&store.path(), &["export", "--format", "ait42", folder.to_str().unwrap()])
        },
        || {
            for path in named(&folder) {
                let expected = std::fs::read(whole.join(path.file_name().unwrap())).unwrap();
                assert!(std::fs::read(&path).unwrap() == expected, "{}", path.display());
            }
        },
    );
    for format in ["csv", "jsonl", "parquet"] {
        let folder = store.folder().join(format);
        let file = folder.join(format!("events.{format}"));
        std::fs::create_dir(&folder).unwrap();
        let args = ["export", "--format", format, "--table", "events", file.to_str().unwrap()];
        done(&store.path(), &args);
        let expected = std::fs::read(&file).unwrap();
        each_time(
            format,
            || {
                let _none = std::fs::remove_file(&file);
                program(&store.path(), &args)
            },
            || assert!(!file.exists() || std::fs::read(&file).unwrap() == expected, "{format}"),
        );
    }
}

#[test]
fn an_interrupted_pruning_has_its_archive_and_loses_nothing() {
    let (full, home) = given();
    let store = std::cell::RefCell::new(Store::new());
    each_time(
        "prune",
        || {
            *store.borrow_mut() = Store::new();
            let store = store.borrow();
            std::fs::copy(full.path(), store.path()).unwrap();
            let archive = store.folder().join("archive.db");
            program(
                &store.path(),
                &["store", "prune", "--before", "head", "--archive", archive.to_str().unwrap()],
            )
        },
        || {
            let store = store.borrow();
            let archive = store.folder().join("archive.db");
            done(&store.path(), &["verify"]);
            if archive.exists() {
                done(&archive, &["verify"]);
                let back = program(&store.path(), &["store", "unprune", archive.to_str().unwrap()]);
                let code = { back }.output().unwrap().status.code();
                assert!(matches!(code, Some(0 | 1)), "{code:?}");
            }
            let against = done(&store.path(), &["check", "--against", home.path().to_str().unwrap()]);
            assert!(String::from_utf8_lossy(&against.stdout).contains("180 consistent"), "{against:?}");
        },
    );
}
