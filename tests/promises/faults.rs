//! The disk fails, or the process ends, at every single call that changes a file: all of them, not some.
//!
//! A small library (`faults.c`) stands between the process and the system for that; it is compiled here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use retold_core::{Erasure, Event, Log, Options, StreamId};
use retold_projections::{ProjectionState, Store as Models};
use retold_tests::all_events;
use retold_trial::chance;
use retold_upkeep::Archive;

use crate::held;

/// Returns the library.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([library.as_os_str(), source.as_os_str(), "-ldl".as_ref()])
            .status();
        assert!(compiled.unwrap().success(), "{} compiles", source.display());
        library
    })
}

/// Runs a child on a disk that behaves so.
fn run(arguments: &[&str], faults: &[(&str, String)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_child"));
    command.args(arguments).env("LD_PRELOAD", library());
    command.envs(faults.iter().map(|(name, value)| (name, value)));
    command.output().unwrap()
}

/// Returns how many calls of a kind a child makes.
fn count(arguments: &[&str], op: &str) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("count");
    let faults = [("FAULT_OP", op.to_owned()), ("FAULT_COUNT", file.to_str().unwrap().to_owned())];
    let output = run(arguments, &faults);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read_to_string(file).unwrap().trim().parse().unwrap()
}

/// A folder in memory where there is one: what ends with a process does not need a disk.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Does something for every number up to `last`, on as many threads as there are cores.
fn for_all(last: u64, step: u64, work: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(1);
    std::thread::scope(|scope| {
        for _ in 0..retold_core::cores() {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(step, Ordering::SeqCst);
                    if at > last {
                        return;
                    }
                    work(at);
                }
            });
        }
    });
}

/// Makes a store of the first schema, which the script brings up to date, and a folder beside it to import.
fn old_store(path: &Path) {
    let folder = path.with_file_name("import");
    std::fs::create_dir(&folder).unwrap();
    for name in ["twins.json", "damaged-middle.json", "repeated-ids.json"] {
        std::fs::copy(Path::new("../examples/ait42/dirty").join(name), folder.join(name)).unwrap();
    }
    Options::new().create(true).open(path).unwrap();
    let mut connection = rusqlite::Connection::open(path).unwrap();
    retold_migrations::down(&mut connection, 1).unwrap();
}

/// What the script leaves behind when it ends at some call: everything that it told is there.
fn check_script(folder: &Path, at: u64, printed: &str) {
    let path = folder.join("sessions.db");
    let store =
        Models::open(&path, Options::new().create(true)).unwrap_or_else(|error| panic!("call {at}: {error}"));
    let told: BTreeSet<&str> = printed.lines().collect();
    let events = all_events(store.log());
    let least = match () {
        () if told.contains("done") => events.len(),
        () if told.contains("appended 6") => 6,
        () if told.contains("appended 2") => 2,
        () => 0,
    };
    assert!(events.len() >= least, "call {at}: {} events, told {told:?}", events.len());
    // All of a commit or nothing of it.
    assert!(!matches!(events.len(), 1 | 3 | 4 | 5), "call {at}: {} events", events.len());
    let redacted: Vec<bool> = events.iter().map(|event| event.event.is_none()).collect();
    if redacted.len() >= 6 {
        assert_eq!(redacted[2], redacted[5], "call {at}: half a redaction");
        assert!(redacted[2] || !told.contains("redacted"), "call {at}");
    }
    let verified = store.log().verify(|_| true).unwrap();
    assert!(verified.is_sound(), "call {at}: {:?} {:?}", verified.faults, verified.file);
    assert_eq!(store.status().unwrap().state, ProjectionState::CaughtUp, "call {at}");
    assert_eq!(store.check(None, |_| true).unwrap().unwrap().different, 0, "call {at}");
    let backup = folder.join("backup.db");
    if backup.exists() {
        let log = Options::new().read_only(true).open(&backup).unwrap();
        assert!(log.verify(|_| true).unwrap().is_sound(), "call {at}: a backup that has its name is whole");
    } else {
        assert!(!told.contains("backed up"), "call {at}");
    }
    check_pruned(store.log(), &backup, at, &told);
    // An import that was cut off finishes, and then has nothing more to say.
    let import = || retold_tests::import::import(store.log(), &folder.join("import"));
    import();
    assert_eq!(import().events_appended, 0, "call {at}");
    // And it goes on from there.
    store.rebuild(|_| true).unwrap();
    assert_eq!(store.check(None, |_| true).unwrap().unwrap().different, 0, "call {at}");
}

/// Each session is pruned whole or not at all, and all of it comes back.
fn check_pruned(log: &Log, archive: &Path, at: u64, told: &BTreeSet<&str>) {
    let mut said: BTreeMap<StreamId, BTreeSet<bool>> = BTreeMap::new();
    for event in all_events(log) {
        if event.kind.is_content() && event.erasure != Some(Erasure::Redacted) {
            said.entry(event.stream).or_default().insert(event.erasure.is_some());
        }
    }
    assert!(said.values().all(|gone| gone.len() == 1), "call {at}: half a pruning");
    let pruned = retold_upkeep::pruned(log).unwrap();
    let is_pruned = |gone: &BTreeSet<bool>| gone.contains(&true);
    assert_eq!(said.values().filter(|gone| is_pruned(gone)).count(), pruned.len(), "call {at}");
    if told.contains("put back") {
        assert_eq!(pruned.len(), 1, "call {at}");
    } else if told.contains("pruned") {
        assert!(!pruned.is_empty(), "call {at}");
    }
    if !pruned.is_empty() {
        let back =
            retold_upkeep::unprune(log, &Archive::open(log, archive, |_| true).unwrap(), &pruned, |_| true)
                .unwrap();
        assert_eq!(back.sessions, pruned.len() as u64, "call {at}");
        assert!(all_events(log).iter().all(|event| event.erasure != Some(Erasure::Pruned)), "call {at}");
        let verified = log.verify(|_| true).unwrap();
        assert!(verified.is_sound(), "call {at}: {:?} {:?}", verified.faults, verified.file);
    }
}

fn script(folder: &Path) -> [String; 3] {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    ["script".to_owned(), path("sessions.db"), path("backup.db")]
}

/// At how many changes of a file a process is killed, where nobody asked for a long run.
const CHANGES: u64 = 60;

#[test]
fn a_process_that_ends_at_any_change_of_a_file_leaves_a_whole_store() {
    retold_trial::needs!(Compiler);
    let place = folder();
    old_store(&place.path().join("sessions.db"));
    let arguments = script(place.path());
    let calls = count(&arguments.each_ref().map(String::as_str), "change");
    // Every change in a long run; otherwise one of so many that lie together, another each time.
    let step = if crate::is_nightly() { 1 } else { (calls / CHANGES).max(1) };
    let runs = calls.div_ceil(step);
    for_all(runs, 1, |number| {
        let at = chance::range(1..=step) + (number - 1) * step;
        let place = folder();
        old_store(&place.path().join("sessions.db"));
        let arguments = script(place.path());
        let faults = [("FAULT_OP", "change"), ("FAULT_AT", &at.to_string()), ("FAULT_DO", "kill")];
        let faults = faults.map(|(name, value)| (name, value.to_owned()));
        let output = run(&arguments.each_ref().map(String::as_str), &faults);
        check_script(place.path(), at, &String::from_utf8_lossy(&output.stdout));
    });
    held("killed at a change of a file", u32::try_from(runs).unwrap());
}

/// `EIO` and `ENOSPC` of Linux.
const EIO: u32 = 5;
const ENOSPC: u32 = 28;

#[test]
fn a_disk_that_fails_is_told_and_costs_nothing_that_was_acknowledged() {
    retold_trial::needs!(Compiler);
    let mut runs = 0;
    for (op, error) in [("read", EIO), ("write", EIO), ("sync", EIO), ("write", ENOSPC)] {
        let place = folder();
        let path = place.path().join("sessions.db");
        Log::open(&path).unwrap();
        let calls = count(&["faulty", path.to_str().unwrap()], op);
        // Every call of the beginning, and some of the rest.
        let step = if crate::is_nightly() { 1 } else { (calls / 16).max(1) };
        for sticky in [false, true] {
            for_all(calls, step, |at| faulty(op, error, at, sticky));
            runs += calls.div_ceil(step);
        }
    }
    held("a disk that fails", u32::try_from(runs).unwrap());
}

fn faulty(op: &str, error: u32, at: u64, sticky: bool) {
    let place = folder();
    let path = place.path().join("sessions.db");
    Log::open(&path)
        .unwrap()
        .append(retold_core::Commit::to(
            retold_tests::name("a1"),
            retold_core::Expected::Any,
            [retold_tests::created("a1")],
        ))
        .unwrap();
    let faults = [
        ("FAULT_OP", op.to_owned()),
        ("FAULT_AT", at.to_string()),
        ("FAULT_DO", error.to_string()),
        ("FAULT_STICKY", u32::from(sticky).to_string()),
    ];
    let output = run(&["faulty", path.to_str().unwrap()], &faults);
    let printed = String::from_utf8(output.stdout).unwrap();
    let context = || {
        format!(
            "{op} {at} error {error} sticky {sticky}:\n{printed}{}",
            String::from_utf8_lossy(&output.stderr)
        )
    };
    assert!(output.status.success(), "{}", context());
    let lines: Vec<&str> = printed.lines().collect();
    if let Some(refused) = lines.iter().find_map(|line| line.strip_prefix("refused: ")) {
        // A variant that a caller can act on, not a word of the disk's.
        let typed = if error == ENOSPC {
            ["full", "disk", "cannot open", "read-only", "io"]
        } else {
            ["disk", "damaged", "cannot open", "read-only", "io"]
        };
        assert!(typed.contains(&refused), "{}", context());
        // Where the transaction had begun, nothing more is acknowledged until the store is opened anew.
        let then = lines.iter().find_map(|line| line.strip_prefix("then: ")).unwrap();
        assert!(then == "latched" || op == "read" || refused == "cannot open", "{}", context());
        let read = lines.iter().find_map(|line| line.strip_prefix("read: ")).unwrap();
        assert!(read.parse::<usize>().is_ok() || sticky || op == "read", "reads go on: {}", context());
    }
    // The disk is well again.
    let log = Log::open(&path).unwrap();
    let events = all_events(&log);
    for line in lines.iter().filter_map(|line| line.strip_prefix("acknowledged ")) {
        let (position, text) = line.split_once(' ').unwrap();
        match &events[position.parse::<usize>().unwrap() - 1].event {
            Some(Event::TaskChanged(body)) => assert_eq!(body.task, text, "{}", context()),
            other => panic!("{other:?}: {}", context()),
        }
    }
    if !sticky
        && !lines.iter().any(|line| line.starts_with("not opened") || line.starts_with("still refused"))
    {
        assert!(
            lines.last().unwrap().starts_with("acknowledged"),
            "it goes on once it is opened anew: {}",
            context()
        );
    }
    assert!(log.verify(|_| true).unwrap().is_sound(), "{}", context());
    log.append(retold_core::Commit::to(
        retold_tests::name("a1"),
        retold_core::Expected::Any,
        [retold_tests::task("after")],
    ))
    .unwrap();
}
