use std::time::Duration;

use retold_core::{
    BODY_BYTES_MAX, Commit, Error, Expected, Head, Inline, Limit, Log, Options, Position, Refused, Revision,
    StagedPart,
};
use retold_tests::{Store, created, name, task};
use retold_upkeep::{Archive, restore};
use rusqlite::{Connection, TransactionBehavior};

use super::{Cause, cause, table};

fn append(log: &Log, events: impl IntoIterator<Item = retold_core::Event>) -> Result<(), Error> {
    log.append(Commit::to(name("a1"), Expected::Any, events)).map(drop)
}

/// A read model that refuses everything.
struct Refusing;

impl Inline for Refusing {
    fn begin(&mut self, _: &Connection, _: Head) -> Result<(), Error> {
        Err(Error::Inline { reason: "it is diverged".to_owned() })
    }
    fn stage(&mut self, _: &Connection, _: &[StagedPart<'_>]) -> Result<(), Refused> {
        Ok(())
    }
    fn flush(&mut self, _: &Connection, _: Head) -> Result<(), Error> {
        Ok(())
    }
    fn abandon(&mut self) {}
}

fn opening(store: &Store) -> Vec<Cause> {
    let read = || Options::new().read_only(true).open(store.path()).unwrap_err();
    let no_store = cause("NoStore", Options::new().open(store.path()).unwrap_err());
    std::fs::write(store.path(), "hello, this is no database").unwrap();
    let not_a_store = cause("NotAStore", read());
    std::fs::remove_file(store.path()).unwrap();
    drop(store.open());
    let version = |number: u32| {
        Connection::open(store.path()).unwrap().pragma_update(None, "user_version", number).unwrap();
    };
    version(99);
    let newer = cause("Newer", read());
    version(1);
    let older = cause("Older", read());
    version(retold_migrations::latest());
    let io = cause("Io", Log::open(store.folder().join("no/sessions.db")).unwrap_err());
    vec![no_store, not_a_store, newer, older, io]
}

fn appending(store: &Store) -> Vec<Cause> {
    let log = store.open();
    append(&log, [created("a1"), task("one")]).unwrap();
    let expected = Expected::At(Revision::new(4).unwrap());
    let conflict = log.append(Commit::to(name("a1"), expected, [task("two")])).unwrap_err();
    let large = append(&log, [task("x".repeat(BODY_BYTES_MAX))]).unwrap_err();
    let malformed = append(&log, []).unwrap_err();
    let blank = log.append(Commit::to(name("a1"), Expected::Any, [task("x")]).key(" ")).unwrap_err();
    let read_only = append(&store.open_read_only(), [task("x")]).unwrap_err();
    let stopped = log.verify(|_| false).unwrap_err();
    drop(log);
    let path = store.folder().join("part.db");
    drop(Log::open(&path).unwrap());
    let row = "insert into part values (1, null, 0, 0, zeroblob(32))";
    Connection::open(&path).unwrap().execute_batch(row).unwrap();
    let part = append(&Log::open(&path).unwrap(), [created("a1")]).unwrap_err();
    let busy = {
        let log = Options::new().busy_timeout(Duration::ZERO).open(store.path()).unwrap();
        let mut other = Connection::open(store.path()).unwrap();
        let _held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        append(&log, [task("x")]).unwrap_err()
    };
    let models = Store::new();
    let refusing = Options::new().create(true).inline(Refusing).open(models.path()).unwrap();
    let inline = append(&refusing, [created("a1")]).unwrap_err();
    let misfit =
        retold_projections::Store::open(models.folder().join("m.db"), Options::new().create(true)).unwrap();
    let misfit = append(misfit.log(), [task("too early")]).unwrap_err();
    vec![
        cause("Conflict", conflict),
        cause("InvalidEvent", misfit),
        cause("Malformed", malformed),
        cause("TooLarge", large),
        cause("BlankKey", blank),
        cause("Busy", busy),
        cause("ReadOnly", read_only),
        cause("PartOfLog", part),
        cause("Inline", inline),
        cause("Stopped", stopped),
    ]
}

/// What a disk without room does, as a file that may not grow shows it.
fn full() -> Vec<Cause> {
    struct Limited;
    impl Inline for Limited {
        fn begin(&mut self, transaction: &Connection, _: Head) -> Result<(), Error> {
            let act = Error::sqlite("limit the store");
            let pages: i64 =
                transaction.pragma_query_value(None, "page_count", |row| row.get(0)).map_err(&act)?;
            transaction.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(&act)
        }
        fn stage(&mut self, _: &Connection, _: &[StagedPart<'_>]) -> Result<(), Refused> {
            Ok(())
        }
        fn flush(&mut self, _: &Connection, _: Head) -> Result<(), Error> {
            Ok(())
        }
        fn abandon(&mut self) {}
    }
    let store = Store::new();
    let log = Options::new().create(true).inline(Limited).open(store.path()).unwrap();
    let text = (0..200_000).map(|_| char::from(retold_trial::chance::range(b'!'..=b'~'))).collect::<String>();
    let full = append(&log, [created("a1"), retold_tests::message(text)]).unwrap_err();
    let latched = append(&log, [created("b1")]).unwrap_err();
    vec![cause("Full", full), cause("Latched", latched)]
}

fn restoring(store: &Store) -> Vec<Cause> {
    let log = store.open();
    let backup = store.folder().join("backup.db");
    retold_upkeep::back_up(&log, &backup, |_| true).unwrap();
    append(&log, [task("later")]).unwrap();
    let aside = store.folder().join("aside.db");
    let loses = restore(&backup, &store.path(), &aside, false, |_| true).unwrap_err();
    restore(&backup, &store.path(), &aside, true, |_| true).unwrap();
    let replaced = append(&log, [task("x")]).unwrap_err();
    let other = Store::new();
    append(&other.open(), [created("z1")]).unwrap();
    let foreign = Archive::open(&store.open(), other.path(), |_| true).unwrap_err();
    vec![cause("WouldLose", loses), cause("Replaced", replaced), cause("Archive", foreign)]
}

fn damage() -> Vec<Cause> {
    let damaged = |sql: &str| {
        let store = Store::new();
        append(&store.open(), [created("a1"), task("one")]).unwrap();
        store.attacker().execute_batch(sql).unwrap();
        store
    };
    let event = damaged("update event set occurred_at = 0 where position = 2").try_open().unwrap_err();
    let bad = damaged("update event set codec = 0, body = x'c0'");
    let body =
        bad.open_read_only().reader().unwrap().events_after(Position::ZERO, Limit::default()).unwrap_err();
    let table = damaged("drop table commit_key");
    let sqlite =
        table.open().append(Commit::to(name("b1"), Expected::Any, [created("b1")]).key("k")).unwrap_err();
    vec![cause("Damaged", event), cause("Body", body), cause("Sqlite", sqlite)]
}

/// What is wrong with one write: its key, and what decides it.
fn one_write() -> Vec<Cause> {
    let store = Store::new();
    let log = store.open();
    let write = |id: &str| log.append(Commit::to(name(id), Expected::Any, [created(id)]).key("k"));
    write("a1").unwrap();
    let reused = write("b1").unwrap_err();
    let panicked = log.append_decided(None, None, false, |_| panic!("out of paint")).unwrap();
    vec![cause("KeyReused", reused), cause("Panicked", panicked.wait().unwrap_err())]
}

/// Names that are not the store's own.
#[cfg(unix)]
fn names() -> Vec<Cause> {
    let store = Store::new();
    let log = store.open();
    append(&log, [created("a1")]).unwrap();
    std::fs::rename(store.path(), store.folder().join("away.db")).unwrap();
    let moved = append(&log, [task("x")]).unwrap_err();
    drop(log);
    let store = Store::new();
    drop(store.open());
    std::fs::hard_link(store.path(), store.folder().join("second.db")).unwrap();
    let many = store.try_open().unwrap_err();
    std::fs::remove_file(store.folder().join("second.db")).unwrap();
    let mounted = mounted(&store);
    vec![cause("Moved", moved), cause("ManyNames", many), mounted]
}

/// A file that is mounted without its folder. Mounts need a namespace: where the kernel gives none, the words alone are kept.
#[cfg(unix)]
fn mounted(store: &Store) -> Cause {
    use super::told;
    use std::process::Command;
    let spaces: &[&str] = match retold_trial::needs::is_root() {
        true => &["--mount"],
        false => &["--user", "--map-root-user", "--mount"],
    };
    if !retold_trial::needs::has(retold_trial::needs::Need::Mount) {
        return cause("MountedAlone", Error::MountedAlone { path: store.path() });
    }
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(spaces);
        command
    };
    let here = store.folder().join("elsewhere");
    std::fs::create_dir(&here).unwrap();
    std::fs::write(here.join("sessions.db"), "").unwrap();
    let script = "mount --bind \"$1\" \"$2\" && exec \"$3\" --store \"$2\" mark it head";
    let mut command = unshare();
    command.args(["sh", "-c", script, "sh"]).args([store.path(), here.join("sessions.db")]);
    let output = command.arg(env!("CARGO_BIN_EXE_program")).output().unwrap();
    told("MountedAlone", &output, "mounted without its folder")
}

/// A store in a folder that an ordinary user cannot write to, and that another user writes to meanwhile.
#[cfg(unix)]
fn unlocked() -> Cause {
    use super::told;
    use retold_tests::ordinary::as_ordinary_user;
    use std::io::BufRead;
    use std::os::unix::fs::PermissionsExt;
    let store = Store::new();
    append(&store.open(), [created("a1"), task("one")]).unwrap();
    for ending in ["-wal", "-shm"] {
        let _none = std::fs::remove_file(store.folder().join(format!("sessions.db{ending}")));
    }
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&store.path(), 0o444);
    mode(store.folder(), 0o555);
    let mut reading = as_ordinary_user(std::path::Path::new(env!("CARGO_BIN_EXE_program")))
        .current_dir("/")
        .arg("--store")
        .arg(store.path())
        .args(["bisect", "run", "r1..head", "a1", "--", "sh", "-c", "echo begun >&2; read line"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(reading.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut said = String::new();
    while !said.contains("begun") {
        said.push_str(&lines.next().expect("a command that is run"));
    }
    mode(store.folder(), 0o755);
    mode(&store.path(), 0o644);
    let log = store.open();
    append(&log, [task("two")]).unwrap();
    drop(reading.stdin.take());
    let stderr = lines.collect::<Vec<_>>().join("\n").into_bytes();
    let status = reading.wait().unwrap();
    let output = std::process::Output { status, stdout: vec![], stderr };
    told("ReadUnlocked", &output, "it was written to meanwhile")
}

#[cfg(unix)]
#[test]
fn every_error_of_a_log_is_caused() {
    let store = Store::new();
    let mut causes = opening(&store);
    causes.extend(appending(&store));
    causes.extend(full());
    causes.extend(restoring(&store));
    causes.extend(damage());
    causes.extend(one_write());
    causes.extend(names());
    causes.push(unlocked());
    let source = include_str!("../../../core/src/error.rs");
    let hide = [store.folder().to_str().unwrap()];
    insta::with_settings!({ filters => [
        (r"/[^ ]*/sessions\.db", "…/sessions.db"),
        (r"[0-9a-f]{32}", "[log id]"),
        (r"schema \d+ is older than \d+", "schema [n] is older than [n]"),
        (r"this one knows up to \d+", "this one knows up to [n]"),
    ] }, { insta::assert_snapshot!(table(source, &causes, &hide)) });
}
