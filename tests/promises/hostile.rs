//! Hostile content is shown harmlessly, costs no memory that it has not got, and no name of a file is too odd.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;
use std::sync::{Arc, Mutex};

use retold_core::event::{InstanceAdded, MessageAdded, OutputAppended, SessionCreated, WorkspaceRegistered};
use retold_core::{Commit, Event, Expected, Log, Options, Position, StreamName};
use retold_projections::Store as Models;
use retold_tests::{Store, assert_sound, created, message, name, task};
use retold_upkeep::restore;

/// Escapes that rename a window or clear it, marks that turn text around or hide it, and a NUL.
const EVIL: &str =
    "a\u{1b}]0;owned\u{7}b\u{1b}[2Jc\u{9b}31md\u{202e}e\u{2066}f\u{200b}g\u{0}h\ri\u{8}j\u{feff}k";

fn evil() -> serde_json::Value {
    serde_json::json!({
        "id": EVIL, "type": EVIL, "task": EVIL, "status": EVIL, "createdAt": EVIL, "updatedAt": EVIL,
        "instances": [], "chatHistory": [], "model": EVIL, "runtimeMix": [EVIL], "extra\u{1b}[1m": EVIL,
    })
}

fn given() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Models::open(folder.path().join("sessions.db"), Options::new().create(true)).unwrap();
    let workspace = format!("w{EVIL}");
    let instance = serde_json::json!({
        "instanceId": 1, "worktreePath": EVIL, "branch": EVIL, "agentName": EVIL, "status": EVIL, "tmuxSessionId": EVIL,
        "output": null, "model": EVIL, "runtimeLabel": EVIL,
    });
    let said = serde_json::json!({"id": EVIL, "role": EVIL, "content": EVIL, "timestamp": EVIL});
    let events: [Event; 4] = [
        SessionCreated {
            session: serde_json::from_value(evil()).unwrap(),
            place: None,
            home: Some(EVIL.to_owned()),
        }
        .into(),
        InstanceAdded { instance: serde_json::from_value(instance).unwrap(), index: None, updated_at: None }
            .into(),
        MessageAdded { message: serde_json::from_value(said).unwrap(), index: None, updated_at: None }.into(),
        OutputAppended { index: 0, text: EVIL.into(), updated_at: None }.into(),
    ];
    let registered = WorkspaceRegistered { path: Some(EVIL.to_owned()), hashes: vec![EVIL.to_owned()] };
    let log = store.log();
    log.append(Commit::to(StreamName::workspace(&workspace), Expected::Any, [registered])).unwrap();
    log.append(Commit::to(StreamName::session(&workspace, EVIL, 1), Expected::Any, events)).unwrap();
    retold_upkeep::redact(log, &[Position::new(4).unwrap()].into(), EVIL).unwrap();
    // A difference between the read models and the log names the session.
    log.open_writer().unwrap().execute_batch("update sessions set status = status || 'x'").unwrap();
    folder
}

/// What the program says at a terminal, on both streams.
fn said(store: &std::path::Path, arguments: &[&str]) -> String {
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let kept = Kept::default();
    let mut io = retold_cli::Io::of_process(Arc::default());
    (io.out, io.err) = (Box::new(kept.clone()), Box::new(kept.clone()));
    (io.out_is_terminal, io.err_is_terminal, io.columns) = (true, false, 80);
    io.environment = Box::new(|name| (name == "NO_COLOR").then(|| "1".into()));
    let all = ["retold".into(), "--no-pager".into(), "--store".into(), store.as_os_str().to_owned()];
    let _exit = retold_cli::run(all.into_iter().chain(arguments.iter().map(OsString::from)), &mut io);
    drop(io);
    String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn no_command_shows_what_steers_a_terminal() {
    let folder = given();
    let store = folder.path().join("sessions.db");
    let commands: [&[&str]; 18] = [
        &["sessions"],
        &["sessions", "-o", "json"],
        &["show", EVIL],
        &["show", EVIL, "-o", "json"],
        &["log"],
        &["log", EVIL],
        &["log", "-o", "csv"],
        &["log", "-o", "jsonl"],
        &["sql", "select * from sessions"],
        &["sql", "select * from instances"],
        &["sql", "select * from chat_messages"],
        &["sql", "select * from workspaces", "-o", "csv"],
        &["store", "stats"],
        &["verify", "--full"],
        &["verify", "--expect", EVIL],
        &["redact", "--dry-run", "--match", "owned"],
        &["redact", "--dry-run", "--where", EVIL],
        &["undelete", EVIL],
    ];
    for command in commands {
        let said = said(&store, command);
        assert!(!said.is_empty(), "{command:?} says nothing");
        let steers = said.chars().find(|character| {
            (character.is_control() && !"\n\r".contains(*character))
                || "\u{202e}\u{2066}\u{200b}\u{feff}".contains(*character)
        });
        assert_eq!(steers, None, "{command:?}: {said:?}");
        // CSV ends its lines so; nowhere else does a line go back to its beginning.
        assert!(!said.replace("\r\n", "\n").contains('\r'), "{command:?}: {said:?}");
    }
}

/// What a process may take: SQLite's caches and a little more.
const MEMORY_MAX: u64 = 200 * 1024 * 1024;

#[test]
fn declared_sizes_take_no_memory() {
    let bomb = zstd::bulk::compress(&vec![0; 1 << 30], 3).unwrap();
    let nested = [b"\x81\xa1x".as_slice(), &b"\x91".repeat(10_000)].concat();
    let deep_map = [b"\x81\xa7session".as_slice(), &b"\x81\xa1x".repeat(10_000)].concat();
    let bodies: [(&str, u32, &[u8]); 7] = [
        ("a gigabyte of text", 0, b"\x81\xa4task\xdb\x40\x00\x00\x00"),
        ("a gigabyte of bytes", 0, b"\x81\xa4task\xc6\x40\x00\x00\x00"),
        ("a billion elements", 0, b"\x81\xa6hashes\xdd\x40\x00\x00\x00"),
        ("a billion keys", 0, b"\xdf\x40\x00\x00\x00"),
        ("nested lists", 0, &nested),
        ("nested maps", 0, &deep_map),
        ("a bomb", 1, &bomb),
    ];
    for (what, codec, body) in bodies {
        let store = Store::new();
        let events = [created("a1"), task("one"), message("long ".repeat(3000))];
        store.open().append(Commit::to(name("a1"), Expected::Any, events)).unwrap();
        let attacker = store.attacker();
        attacker.execute("update event set codec = ?1, body = ?2 where position = 2", (codec, body)).unwrap();
        attacker.execute("update blob set codec = 1, bytes = ?1, size = 1 << 30", [&bomb]).unwrap();
        drop(attacker);
        let output =
            Command::new(env!("CARGO_BIN_EXE_child")).arg("hostile").arg(store.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let (sound, memory) = said.trim().split_once(' ').unwrap_or_else(|| panic!("{what}: {output:?}"));
        assert_eq!(sound, "false", "{what}");
        assert!(memory.parse::<u64>().unwrap() < MEMORY_MAX, "{what}: {memory} bytes");
    }
}

#[test]
fn no_name_of_a_file_is_too_odd() {
    let folder = tempfile::tempdir().unwrap();
    let odd: [&[u8]; 6] = [
        b"with space.db",
        b"sessions.db?mode=memory&cache=shared",
        b"file:sessions%20.db#x",
        b"it's \"quoted\"; drop table event.db",
        b"\xff\xfe no utf-8 \x80.db",
        "修理\u{202e}.db".as_bytes(),
    ];
    for bytes in odd {
        let path = folder.path().join(OsString::from_vec(bytes.to_vec()));
        let with = |ending: &str| {
            let mut name = path.clone().into_os_string();
            name.push(ending);
            std::path::PathBuf::from(name)
        };
        let log = Log::open(&path).unwrap();
        log.append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("one")])).unwrap();
        retold_upkeep::back_up(&log, with(".backup"), |_| true).unwrap();
        log.append(Commit::to(name("a1"), Expected::Any, [task("two")])).unwrap();
        retold_upkeep::compact(&log, |_| true).unwrap();
        assert_sound(&log);
        drop(log);
        assert!(path.exists() && with(".backup").exists());
        restore(&with(".backup"), &path, &with(".aside"), true, |_| true).unwrap();
        assert_eq!(retold_tests::all_events(&Log::open(&path).unwrap()).len(), 2);
        let recovered = retold_upkeep::recover(&path, &with(".new"), &[], |_| (), |_| true).unwrap();
        assert!(recovered.is_same_log, "{}", path.display());
        assert!(!said(&path, &["doctor"]).contains('\u{202e}'));
    }
    // Nothing beside them: no path was taken for anything but a path.
    let stray = std::fs::read_dir(folder.path()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().into_vec();
        !odd.iter().any(|odd| name.starts_with(odd))
    });
    assert_eq!(stray.count(), 0);
}
