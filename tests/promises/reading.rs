//! Reading needs no writable place: every command that only reads answers in a folder where nothing can be written what it
//! answers where everything can.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use retold_cli::{StoreUse, commands};
use retold_core::{Expected, Options};
use retold_tests::ordinary::{as_ordinary_user, give_to_ordinary_user};
use retold_tests::{created, message, name};
use tempfile::TempDir;

/// What a command is given, where it needs something: words, with `{store}`, `{sample}` and `{out}` for paths. Every command
/// that only reads is here.
fn arguments(command: &str) -> Option<Vec<&'static str>> {
    Some(match command {
        "sessions"
        | "doctor"
        | "metrics"
        | "sources"
        | "operations"
        | "projections"
        | "projections list"
        | "store doctor"
        | "store stats"
        | "stats"
        | "store head"
        | "store quarantine list"
        | "store migrate status"
        | "mcp"
        | "tui" => vec![""],
        // As far as it comes without serving: the store is open by then.
        "ui" => vec!["--no-open --bind 192.0.2.1"],
        "usage" => vec!["", "--blocks", "--statusline"],
        "show" | "blame" => vec!["7c2f4b1e", "7c2f4b1e --at r3"],
        "log" => vec!["7c2f4b1e", "-o json"],
        "diff" => vec!["7c2f4b1e head-1", "--all 10 head"],
        "history" => vec!["7c2f4b1e status"],
        "trace" => vec!["7c2f4b1e message_count"],
        "bisect" => {
            vec!["--where message_count>0 7c2f4b1e", "--where (select~count(*)~from~sessions)>9 1..head"]
        }
        "bisect run" => vec!["r1..head 7c2f4b1e -- true"],
        "what-if" => vec!["7c2f4b1e --skip 540"],
        "compare" => vec!["7c2f4b1e 7c2f4b1e"],
        "replay" => vec!["7c2f4b1e --speed 100000 --idle-limit 0.001"],
        "changes" => vec!["1..head"],
        "resolve" => vec!["head-3", "mark:here"],
        "search" => vec!["login", "login -o json"],
        "sql" => vec![
            "select~count(*),~max(length(content))~from~chat_messages",
            "select~*~from~seen~order~by~position~limit~3",
            "select~count(*)~from~sessions --at head-3",
            "select~count(*)~from~seen --at 40",
        ],
        "export" => vec![
            "--format ait42 {out}/export",
            "--format csv --table sessions",
            "--format jsonl --events --at 30",
            "--format cloudevents",
            "--format html 7c2f4b1e",
            "--format html 7c2f4b1e {out}/s.html",
            "--format parquet --events {out}/events.parquet",
        ],
        "check" => vec!["--against {sample}"],
        "ait42 archive" => vec!["{sample} --to {out}/old.tar.zst"],
        "verify" | "store verify" => vec!["", "--full"],
        "projections show" => vec!["seen"],
        "projections diff" => vec!["seen@1 seen@2"],
        "projections check" => vec!["", "seen"],
        "backup" => vec!["{out}/backup.db"],
        "store backup" => vec!["{out}/another.db"],
        "backup list" | "store backup list" => vec!["{out}"],
        "store recover" => vec!["{store} {out}/saved.db"],
        "store quarantine show" => vec!["1"],
        "ship" => vec!["-n {out}/team", "--level all {out}/team"],
        // What is remembered of a shipment is beside the store: a target to which nothing was shipped.
        "ship status" => vec!["{out}/none"],
        _ => return None,
    })
}

/// Commands that write as a rule, and do not here.
const DRY: [&str; 4] = [
    "import --dry-run {sample}",
    "store prune -n --before head",
    "redact -n --match login --reason x",
    "store restore {store}",
];

/// What says sizes and modes, which differ by what was done before.
const ABOUT_FILES: [&str; 4] = ["store stats", "stats", "doctor", "store doctor"];

/// A store in a folder of its own, with all that belongs to it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn copy_of(from: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(from, &folder.path().join("store"));
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ait42");
        copy(&sample, &folder.path().join("sample"));
        std::fs::create_dir(folder.path().join("out")).unwrap();
        give_to_ordinary_user(folder.path());
        Self { folder }
    }

    /// Nothing can be written beside the store from here on.
    fn seal(&self) {
        seal(&self.folder.path().join("store"), 0o555, 0o444);
    }

    fn run(&self, words: &str) -> Output {
        let mut output = self.command(words).output().unwrap();
        let folder = self.folder.path().to_str().unwrap().to_owned();
        for bytes in [&mut output.stdout, &mut output.stderr] {
            let text = String::from_utf8_lossy(bytes).replace(&folder, "[folder]");
            *bytes = without_speed(&text).into_bytes();
        }
        output
    }

    /// Returns the program, to be run as an ordinary user.
    fn command(&self, words: &str) -> Command {
        let text = |part: &str| self.folder.path().join(part).to_str().unwrap().to_owned();
        let mut command = as_ordinary_user(Path::new(env!("CARGO_BIN_EXE_program")));
        // A restoration makes another store.
        let store = if words.starts_with("store restore") { "{out}/new.db" } else { "{store}" };
        let words = format!("--store {store} {words}");
        command.stdin(Stdio::null()).current_dir("/").env("TZ", "UTC");
        for word in words.split_whitespace() {
            let word = word.replace('~', " ").replace("{out}", &text("out"));
            command.arg(word.replace("{sample}", &text("sample")).replace("{store}", &text("store/s.db")));
        }
        command
    }

    fn names(&self) -> Vec<PathBuf> {
        let mut names: Vec<PathBuf> = files(&self.folder.path().join("store"));
        names.sort();
        names
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        seal(&self.folder.path().join("store"), 0o755, 0o644);
    }
}

/// How fast it went is no part of the answer.
fn without_speed(text: &str) -> String {
    match text.split_once(" events/s") {
        Some((before, after)) => {
            format!("{} events/s{after}", before.trim_end_matches(|digit: char| digit.is_ascii_digit()))
        }
        None => text.to_owned(),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn seal(path: &Path, folders: u32, files: u32) {
    let is_folder = path.is_dir();
    if is_folder {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::read_dir(path).unwrap().for_each(|entry| seal(&entry.unwrap().path(), folders, files));
    }
    let mode = if is_folder { folders } else { files };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

fn retold(store: &Path, args: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_program"));
    Command::new(program).arg("--store").arg(store).args(args).stdin(Stdio::null()).output().unwrap()
}

/// A folder with a store that has something of everything: sessions, a mark, two versions of a declared projection, those
/// that come along, a record in the quarantine.
fn full() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db");
    let sources = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ait42");
    let bad = sources.path().join("0a0a0a0a0a0a0a99.json");
    std::fs::write(&bad, r#"[{"id": "cut", "task": "half a ses"#).unwrap();
    let mut runs = vec![
        vec!["import".to_owned(), sample.to_str().unwrap().to_owned()],
        vec!["import".to_owned(), bad.to_str().unwrap().to_owned()],
        vec!["mark".to_owned(), "here".to_owned(), "30".to_owned()],
        vec!["search".to_owned(), "login".to_owned()],
        vec!["metrics".to_owned()],
        vec!["sources".to_owned()],
    ];
    for version in [1, 2] {
        let text = retold_tests::seen(version).text().to_owned();
        let file = sources.path().join(format!("seen{version}.sql"));
        std::fs::write(&file, text).unwrap();
        runs.push(vec!["projections".to_owned(), "add".to_owned(), file.to_str().unwrap().to_owned()]);
    }
    for run in runs {
        let done = retold(&store, &run.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(matches!(done.status.code(), Some(0 | 1 | 6)), "{run:?}: {done:?}");
    }
    folder
}

/// An answer, without what `verify` says of files that only the place that can be written keeps: the snapshots of earlier commands.
fn answer(out: &[u8]) -> String {
    let text = String::from_utf8_lossy(out);
    text.lines().filter(|line| !(line.starts_with("not read: ") && line.contains("snapshot"))).collect()
}

/// Runs every command that reads in both places, and compares.
fn compare(writable: &Place, sealed: &Place, state: &str) {
    let before = sealed.names();
    let mut failed = Vec::new();
    let mut compare = |command: &str, words: &str| {
        let words = words.trim();
        let (there, here) = (writable.run(words), sealed.run(words));
        // A restored log has an id of its own.
        let may_differ = ABOUT_FILES.contains(&command) || words.starts_with("store restore");
        let is_same = answer(&there.stdout) == answer(&here.stdout) || may_differ;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(2000).collect::<String>();
        if !is_same || there.status.code() != here.status.code() {
            failed.push(format!(
                "retold {words} ({state})\n  writable: {:?} {} {}\n  sealed:   {:?} {} {}",
                there.status.code(),
                text(&there.stdout),
                text(&there.stderr),
                here.status.code(),
                text(&here.stdout),
                text(&here.stderr)
            ));
        }
        let is_answered = matches!(there.status.code(), Some(0 | 1 | 6)) || ["tui", "ui"].contains(&command);
        if !is_answered {
            failed.push(format!("retold {words} is not answered anywhere: {there:?}"));
        }
    };
    let unknown: Vec<_> = commands().into_iter().filter(|(_, uses)| uses.is_none()).collect();
    assert!(unknown.is_empty(), "say in `uses.rs` what they do to the store: {unknown:?}");
    for (command, uses) in commands() {
        if uses == Some(StoreUse::Reads) {
            let given = arguments(&command);
            let given = given.unwrap_or_else(|| panic!("{command} reads: say here what it is given"));
            for words in given {
                compare(&command, &format!("{command} {words}"));
            }
        }
    }
    DRY.iter().for_each(|words| compare("", words));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(sealed.names(), before, "nothing was written");
}

#[test]
fn a_reader_answers_alike_where_nothing_can_be_written() {
    retold_trial::needs!(OrdinaryUser);
    let full = full();
    let (writable, sealed) = (Place::copy_of(full.path()), Place::copy_of(full.path()));
    sealed.seal();
    compare(&writable, &sealed, "closed");
}

/// A copy of a store that was in use: its newest events are in the WAL alone, and the WAL has no index.
#[test]
fn what_is_in_the_wal_alone_is_read_where_nothing_can_be_written() {
    retold_trial::needs!(OrdinaryUser);
    let full = full();
    let log = Options::new().open(full.path().join("s.db")).unwrap();
    let stream = name("walled");
    let events = [created("walled"), message("in the WAL alone")];
    log.append(retold_core::Commit::to(stream, Expected::Any, events)).unwrap();
    let copied = tempfile::tempdir().unwrap();
    copy(full.path(), copied.path());
    drop(log);
    std::fs::remove_file(copied.path().join("s.db-shm")).unwrap();
    assert!(std::fs::metadata(copied.path().join("s.db-wal")).unwrap().len() > 0);
    let (writable, sealed) = (Place::copy_of(copied.path()), Place::copy_of(copied.path()));
    sealed.seal();
    let shown = sealed.run("show walled");
    assert!(String::from_utf8_lossy(&shown.stdout).contains("in the WAL alone"), "{shown:?}");
    let searched = sealed.run("search WAL");
    let said = String::from_utf8_lossy(&searched.stderr);
    assert!(said.contains("warning: search holds events up to position"), "{searched:?}");
    for words in
        ["log walled", "verify", "sql select~count(*)~from~events", "store head", "show walled --at r2"]
    {
        let (there, here) = (writable.run(words), sealed.run(words));
        let is_same = (there.status.code(), &there.stdout) == (here.status.code(), &here.stdout);
        assert!(is_same, "retold {words}: {there:?} {here:?}");
    }
}

#[test]
fn a_backup_is_read_where_nothing_can_be_written() {
    retold_trial::needs!(OrdinaryUser);
    let full = full();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("s.db");
    let made = retold(&full.path().join("s.db"), &["backup", copy.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    let (writable, sealed) = (Place::copy_of(folder.path()), Place::copy_of(folder.path()));
    sealed.seal();
    for words in [
        "verify --full",
        "show 7c2f4b1e",
        "search login",
        "metrics -o csv",
        "sql select~count(*)~from~sessions",
        "sql select~count(*)~from~sessions --at 40",
        "sessions --at 40",
        "export --format jsonl --events",
        "store restore {store}",
        "store recover {store} {out}/saved.db",
    ] {
        let (there, here) = (writable.run(words), sealed.run(words));
        let is_new_log = words.contains("restore");
        assert_eq!(there.status.code(), here.status.code(), "retold {words}: {here:?}");
        assert!(is_new_log || there.stdout == here.stdout, "retold {words}: {there:?} {here:?}");
    }
}

#[test]
fn what_has_to_write_says_why_it_cannot() {
    retold_trial::needs!(OrdinaryUser);
    let full = full();
    let sealed = Place::copy_of(full.path());
    sealed.seal();
    for words in [
        "mark there 3",
        "delete 7c2f4b1e",
        "projections pause seen",
        "import {sample}",
        "projections rebuild",
    ] {
        let refused = sealed.run(words);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(5), "retold {words}: {said}");
        assert!(said.contains("read-only") && said.contains("hint:"), "retold {words}: {said}");
        assert!(!said.contains("schema"), "retold {words}: {said}");
    }
}

/// Whoever may write to the folder does so beside one who may not, and whom nothing lets lock the store.
#[test]
fn a_reader_that_cannot_lock_the_store_notices_who_writes() {
    retold_trial::needs!(SecondUser);
    let full = full();
    let sealed = Place::copy_of(full.path());
    for ending in ["-wal", "-shm"] {
        let _none = std::fs::remove_file(sealed.folder.path().join(format!("store/s.db{ending}")));
    }
    sealed.seal();
    let store = sealed.folder.path().join("store/s.db");
    let write = |number: u32| {
        let log = Options::new().open(&store).unwrap();
        log.append(retold_core::Commit::to(name(&format!("new{number}")), Expected::Any, [created("new")]))
            .unwrap();
        // The other user could not read what is beside the store otherwise.
        log
    };
    // One that goes on sees what is written.
    let mut follower = sealed.command("log --follow -o jsonl -n 1").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    let first = write(1);
    let told = lines.next().unwrap().unwrap();
    assert!(told.contains("new1"), "{told}");
    follower.kill().unwrap();
    follower.wait().unwrap();
    drop(first);
    for ending in ["-wal", "-shm"] {
        let _none = std::fs::remove_file(sealed.folder.path().join(format!("store/s.db{ending}")));
    }
    // One that ends says that its answer may be of two moments.
    let out = sealed.folder.path().join("out");
    let script = format!("touch {0}/begun; while [ ! -e {0}/written ]; do :; done", out.display());
    let mut bisecting = sealed.command("bisect run r1..head 7c2f4b1e -- sh -c");
    let mut bisecting = bisecting.arg(script).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !out.join("begun").exists() {
        assert!(bisecting.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    let _writing = write(2);
    std::fs::write(out.join("written"), "").unwrap();
    let ended = bisecting.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(4), "{said}");
    assert!(said.contains("it was written to meanwhile"), "{said}");
}
