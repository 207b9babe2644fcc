//! What coding agents left on disk comes in whole, once, and goes out again byte for byte.

mod ask;
mod check;
mod growing;
mod joined;
mod long;
mod marks;
mod narrow;
mod projects;
mod remap;
mod rewritten;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) const TOOLS: [&str; 6] = ["claude", "codex", "gemini", "copilot", "opencode", "vibe-kanban"];

pub(crate) fn fixture(tool: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts").join(tool)
}

/// A home folder and a store, and the program as its owner runs it.
pub(crate) struct Owner {
    pub(crate) folder: tempfile::TempDir,
}

impl Owner {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        Self { folder }
    }

    /// One whose home is a copy of a fixture's.
    pub(crate) fn of(tool: &str) -> Self {
        let owner = Self::new();
        copy(&fixture(tool).join("home"), &owner.home());
        owner
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
        command.env_clear().env("HOME", self.home()).arg("--store").arg(self.folder.path().join("log.db"));
        command.args(arguments).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str], code: i32) -> String {
        let output = self.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn receipt(&self, tool: &str) -> Value {
        serde_json::from_str(&self.run(&["sources", "--tool", tool, "-o", "json"], 0)).unwrap()
    }

    /// Imports; returns how many of a tool's files were read for it.
    fn read(&self, tool: &str) -> u64 {
        let told = self.run(&["import", tool, "-o", "jsonl"], 0);
        serde_json::from_str::<Value>(&told).unwrap()["read"].as_u64().unwrap()
    }

    pub(crate) fn head(&self) -> String {
        self.run(&["store", "head"], 0)
    }

    /// Exports every file, and returns what was written.
    pub(crate) fn exported(&self) -> BTreeMap<String, Vec<u8>> {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        self.run(&["export", "--format", "native", folder.path().to_str().unwrap()], 0);
        files(folder.path())
    }
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        write(&to.join(name), &bytes);
    }
}

pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Returns every file below a folder, by its path there.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

/// Says where a receipt is another one than it should be. Further fields are allowed; data are not.
fn differences(at: &str, expected: &Value, found: &Value, all: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let are_data = ["usage", "unknown", "by_relation"].iter().any(|name| at.ends_with(name));
            for key in expected.keys().chain(found.keys().filter(|_| are_data)) {
                let [one, other] = [expected, found].map(|object| object.get(key).unwrap_or(&Value::Null));
                differences(&format!("{at}/{key}"), one, other, all);
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (number, (one, other)) in expected.iter().zip(found).enumerate() {
                differences(&format!("{at}/{number}"), one, other, all);
            }
        }
        (expected, found) if expected == found => {}
        (expected, found) => all.push(format!("{at}: {found} instead of {expected}")),
    }
}

fn means_what_is_expected(owner: &Owner, tool: &str) {
    let expected: Value =
        serde_json::from_slice(&std::fs::read(fixture(tool).join("expected.json")).unwrap()).unwrap();
    let mut all = Vec::new();
    differences("", &expected, &owner.receipt(tool), &mut all);
    assert!(all.is_empty(), "{tool}: {}", all.join("\n"));
}

/// The same, but for which of a session's files was the first.
fn means_what_is_expected_in_any_order(owner: &Owner, tool: &str) {
    let expected = std::fs::read(fixture(tool).join("expected.json")).unwrap();
    let mut receipts = [serde_json::from_slice(&expected).unwrap(), owner.receipt(tool)];
    for session in
        receipts.iter_mut().flat_map(|receipt: &mut Value| receipt["sessions"].as_array_mut().unwrap())
    {
        let mut files: Vec<String> = serde_json::from_value(session["files"].take()).unwrap();
        files.sort();
        session["files"] = files.into();
    }
    let mut all = Vec::new();
    differences("", &receipts[0], &receipts[1], &mut all);
    assert!(all.is_empty(), "{tool}: {}", all.join("\n"));
}

#[test]
fn every_home_comes_to_what_a_right_importer_finds_and_again_is_no_news() {
    for tool in TOOLS {
        let owner = Owner::of(tool);
        let planned = owner.run(&["import", "--dry-run", "-o", "csv"], 0);
        assert_eq!(std::fs::read_dir(owner.folder.path()).unwrap().count(), 1, "a dry run makes nothing");
        assert_eq!(owner.run(&["import", "-o", "csv"], 0), planned, "it says what an import does");
        assert!(owner.run(&["import", "-n"], 0).contains("nothing new"));
        means_what_is_expected(&owner, tool);
        let head = owner.head();
        assert!(owner.run(&["import"], 0).contains("nothing new"));
        assert_eq!(owner.read(tool), 0, "{tool}: no file is opened again");
        // A file that was touched is read again, once, and nothing is new but what tells that it was read.
        let events =
            owner.run(&["sql", "select count(*) from events where type not like 'Source%'", "-o", "csv"], 0);
        for name in files(&owner.home()).keys() {
            let file = std::fs::File::options().append(true).open(owner.home().join(name)).unwrap();
            file.set_modified(std::time::SystemTime::now()).unwrap();
        }
        assert!(owner.read(tool) > 0);
        let touched = owner.head();
        assert_ne!(touched, head, "{tool}");
        assert_eq!(owner.read(tool), 0, "{tool}: it is known by its new stamp");
        assert_eq!(owner.head(), touched, "{tool}");
        let now =
            owner.run(&["sql", "select count(*) from events where type not like 'Source%'", "-o", "csv"], 0);
        assert_eq!(now, events, "{tool}");
        owner.run(&["verify", "--full"], 0);
        means_what_is_expected(&owner, tool);
    }
}

#[test]
fn every_byte_comes_out_again() {
    for tool in TOOLS {
        let owner = Owner::of(tool);
        owner.run(&["import"], 0);
        let (kept, exported) = (files(&owner.home()), owner.exported());
        assert!(!exported.is_empty());
        for (name, bytes) in &exported {
            // The rows of a database are lines.
            match kept.get(name) {
                Some(original) => assert!(bytes == original, "{tool}: {name}"),
                None => {
                    let database = name.strip_suffix(".jsonl").unwrap();
                    assert!(kept.contains_key(database), "{tool}: {name}");
                    let lines = String::from_utf8(bytes.clone()).unwrap();
                    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
                }
            }
        }
        // Where one file is there, nothing is written.
        let folder = tempfile::tempdir_in(owner.folder.path()).unwrap();
        let last = exported.keys().next_back().unwrap();
        write(&folder.path().join(last), b"mine");
        owner.run(&["export", "--format", "native", folder.path().to_str().unwrap()], 9);
        assert_eq!(files(folder.path()), BTreeMap::from([(last.clone(), b"mine".to_vec())]));
        for source in owner.receipt(tool)["sources"].as_array().unwrap() {
            let name = source["path"].as_str().unwrap();
            assert!(exported.contains_key(name) || exported.contains_key(&format!("{name}.jsonl")), "{name}");
        }
    }
}

/// Files grow byte by byte: wherever one was cut when it was first read, all of it is there in the end, once.
#[test]
fn a_file_that_was_read_while_it_was_written_is_whole_in_the_end() {
    for tool in ["claude", "codex", "copilot"] {
        let whole = files(&fixture(tool).join("home"));
        let growing: Vec<&String> = whole.keys().filter(|name| name.ends_with(".jsonl")).collect();
        for share in [1, 2, 3, 5, 7] {
            let owner = Owner::of(tool);
            for name in &growing {
                let bytes = &whole[*name];
                write(&owner.home().join(name), &bytes[..bytes.len() * share / 8]);
            }
            owner.run(&["import"], 0);
            for name in &growing {
                write(&owner.home().join(name), &whole[*name]);
            }
            owner.run(&["import"], 0);
            means_what_is_expected_in_any_order(&owner, tool);
            for (name, bytes) in owner.exported() {
                assert!(whole.get(&name) == Some(&bytes), "{tool}, {share}/8: {name}");
            }
        }
    }
}

/// A file that was written again, cut short or replaced is kept as it is now, and no message leaves the log.
#[test]
fn a_file_that_was_rewritten_is_kept_as_it_is_and_loses_nothing_that_was_said() {
    let owner = Owner::of("claude");
    owner.run(&["import"], 0);
    let name = ".claude/projects/-home-dev-atlas/ca7e40ea-7a08-57bb-98b7-2d2979d65e82.jsonl";
    let before = std::fs::read(owner.home().join(name)).unwrap();
    let messages = "select count(*) from chat_messages";
    let said = owner.run(&["sql", messages, "-o", "csv"], 0);
    for bytes in [&before[..before.len() / 2], b"", b"{\"type\":\"mode\"}\n", &before[..]] {
        write(&owner.home().join(name), bytes);
        owner.run(&["import"], 0);
        assert!(owner.exported()[name] == bytes);
        assert_eq!(owner.run(&["sql", messages, "-o", "csv"], 0), said);
    }
    means_what_is_expected(&owner, "claude");
}

#[test]
fn importers_side_by_side_make_nothing_twice() {
    let owner = Owner::of("claude");
    let children: Vec<_> = (0..4)
        .map(|_| {
            owner.command(&["import", "-q"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    means_what_is_expected(&owner, "claude");
    let alone = Owner::of("claude");
    alone.run(&["import"], 0);
    let events = "select type, count(*) from events group by type order by type";
    let [both, one] = [&owner, &alone].map(|owner| owner.run(&["sql", events, "-o", "csv"], 0));
    assert_eq!(both, one);
}

#[test]
fn a_session_is_found_as_it_is_listed_whatever_its_agents_are_called() {
    let owner = Owner::of("claude");
    let told = owner.run(&["import"], 0);
    assert!(told.contains("6 sessions new") && !told.contains("changed"), "{told}");
    let id = "301c46a4-edc8-5c9f-a737-35d0d013c528";
    for name in ["301c46a4", "301c", id, &format!("claude/{id}")] {
        assert!(owner.run(&["show", name, "-q"], 0).contains("Retries, with a test"), "{name}");
    }
    let agent = format!("{id}/agent-a1f00d");
    for name in ["301c46a4-edc8-5c9f-a737-35d0d013c528/agent-a", &agent] {
        assert!(owner.run(&["show", name, "-q"], 0).contains("Find the tests"), "{name}");
    }
}

/// What was redacted is in no export, and no later import brings it back.
#[test]
fn what_was_redacted_stays_out() {
    let owner = Owner::of("claude");
    owner.run(&["import"], 0);
    let words = "Make the uploader retry three times";
    let said = "select count(*) from chat_messages where content like '%uploader retry three%'";
    assert_eq!(owner.run(&["sql", said, "-o", "csv"], 0), "count(*)\r\n1\r\n");
    owner.run(&["redact", "--match", words, "--reason", "private"], 0);
    let folder = tempfile::tempdir_in(owner.folder.path()).unwrap();
    owner.run(&["export", "--format", "native", folder.path().to_str().unwrap()], 6);
    let exported = files(folder.path());
    let name = ".claude/projects/-home-dev-atlas/301c46a4-edc8-5c9f-a737-35d0d013c528.jsonl";
    let holds = |bytes: &[u8], words: &str| String::from_utf8_lossy(bytes).contains(words);
    assert!(holds(&exported[name], "{\"retold\":\"gap\""));
    assert!(exported.values().all(|bytes| !holds(bytes, words)));
    // Untouched, touched, and grown.
    let path = owner.home().join(name);
    for more in [None, Some(""), Some("{\"type\":\"mode\"}\n")] {
        if let Some(more) = more {
            let whole = std::fs::read(&path).unwrap();
            let end = whole.iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
            write(
                &path,
                &[if more.is_empty() { &whole[..] } else { &whole[..end] }, more.as_bytes()].concat(),
            );
        }
        owner.run(&["import"], 0);
        assert_eq!(owner.run(&["sql", said, "-o", "csv"], 0), "count(*)\r\n0\r\n", "{more:?}");
        let store = std::fs::read(owner.folder.path().join("log.db")).unwrap();
        assert!(!holds(&store, words));
    }
}

#[test]
fn what_is_gone_from_the_disk_is_named_and_still_there() {
    let owner = Owner::of("copilot");
    assert_eq!(owner.run(&["import", "copilot", "/nowhere/at/all"], 2), "");
    owner.run(&["import"], 0);
    assert_eq!(owner.run(&["sources", "--gone", "-o", "jsonl"], 1).trim(), "");
    let before = owner.exported();
    let name = ".copilot/session-state/dccd5027-fb20-5aa8-92e4-e39ad1bb2949.jsonl";
    std::fs::remove_file(owner.home().join(name)).unwrap();
    owner.run(&["import"], 0);
    let gone = owner.run(&["sources", "--gone", "-o", "csv"], 0);
    assert!(gone.lines().count() == 2 && gone.contains(name), "{gone}");
    assert_eq!(owner.exported(), before);
    means_what_is_expected(&owner, "copilot");
}

/// A crash leaves whole commits, and the next import goes on.
#[test]
fn an_import_that_was_killed_goes_on_where_it_was() {
    let owner = Owner::of("codex");
    for wait in [5, 20, 40, 80, 160] {
        let mut child =
            owner.command(&["import", "-q"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().unwrap();
    }
    owner.run(&["import"], 0);
    means_what_is_expected(&owner, "codex");
    owner.run(&["verify"], 0);
}

#[test]
fn one_file_that_cannot_be_read_is_named_and_the_others_come_in() {
    let owner = Owner::of("opencode");
    copy(&fixture("codex").join("home"), &owner.home());
    write(&owner.home().join(".local/share/opencode/opencode.db"), b"not a database, not at all, in any way");
    let output = owner.command(&["import"]).output().unwrap();
    let told = text(&output);
    assert!(output.status.code() == Some(6) && told.contains("opencode.db: "), "{told}");
    // What is beside it, and what other tools have.
    assert!(!owner.receipt("opencode")["sessions"].as_array().unwrap().is_empty());
    means_what_is_expected(&owner, "codex");
}

#[test]
fn a_path_is_recognised_by_what_it_holds_and_a_tool_may_be_named() {
    for (tool, folder) in [("claude", ".claude"), ("codex", ".codex"), ("copilot", ".copilot")] {
        let elsewhere = Owner::of(tool);
        let path = elsewhere.home().join(folder);
        for arguments in
            [vec!["import", path.to_str().unwrap()], vec!["import", tool, path.to_str().unwrap()]]
        {
            let owner = Owner::new();
            owner.run(&arguments, 0);
            let receipt = owner.receipt(tool);
            let expected: Value =
                serde_json::from_slice(&std::fs::read(fixture(tool).join("expected.json")).unwrap()).unwrap();
            assert_eq!(receipt["totals"]["records"], expected["totals"]["records"], "{arguments:?}");
        }
    }
}
