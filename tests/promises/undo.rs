//! Every command that appends can be undone and redone, or says why it cannot, and nobody else's work is lost by that.

mod ways;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use retold_cli::{StoreUse, commands};
use retold_core::{Commit, Expected, Operation, Options};
use retold_tests::{assert_sound, task};
use serde_json::{Value, json};

use crate::transcripts::{copy, fixture, text};
use ways::{OTHERS, WAYS, nothing, of};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ait42");

/// A store with the sample history, a home folder, and the program.
struct Place {
    folder: tempfile::TempDir,
    id: String,
    /// The folder of that session's workspace.
    workspace: String,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        let mut place = Self { folder, id: String::new(), workspace: String::new() };
        place.run(&["import", SAMPLE], 0);
        let sql =
            "select id from sessions where message_count > 3 and instance_count > 1 order by id limit 1";
        let answer: Value = serde_json::from_str(&place.run(&["sql", "-o", "json", sql], 0)).unwrap();
        place.id = answer["rows"][0]["id"].as_str().unwrap().to_owned();
        let sql = format!(
            "select path from workspaces join sessions using (workspace) where sessions.id = '{}'",
            place.id
        );
        let answer = place.json(&["sql", "-o", "json", &sql]);
        place.workspace = answer["rows"][0]["path"].as_str().unwrap().to_owned();
        place
    }

    fn output(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_program"))
            .env_clear()
            .env("HOME", self.folder.path().join("home"))
            .arg("--store")
            .arg(self.folder.path().join("sessions.db"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn run(&self, arguments: &[&str], code: i32) -> String {
        let output = self.output(arguments, "");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says that is refused.
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let before = self.head();
        let output = self.output(arguments, "");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
        assert_eq!(self.head(), before, "{arguments:?} appended something");
        String::from_utf8(output.stderr).unwrap()
    }

    fn rpc(&self, method: &str, params: &Value) {
        let line = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let output = self.output(&["rpc"], &format!("{line}\n"));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(answer.get("error").is_none(), "{method}: {answer}");
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments, 0)).unwrap()
    }

    fn head(&self) -> String {
        self.run(&["store", "head"], 0)
    }

    fn operations(&self) -> Vec<Value> {
        self.json(&["operations", "-o", "json"])["rows"].as_array().unwrap().clone()
    }

    /// The name of the last operation.
    fn last(&self) -> String {
        self.operations()[0]["operation"].as_str().unwrap().to_owned()
    }

    /// All that people see: each session that is not deleted, whole, with its tags and its place; and what is excluded.
    fn state(&self) -> BTreeMap<String, String> {
        let options = Options::new().read_only(true);
        let log = options.open(self.folder.path().join("sessions.db")).unwrap();
        assert_sound(&log);
        let mut reader = log.reader().unwrap();
        let head = reader.head().unwrap().position;
        let mut firsts = BTreeMap::new();
        for event in retold_tests::all_events(&log) {
            firsts.entry(event.stream).or_insert(event.position);
        }
        let mut found = BTreeMap::new();
        for (stream, first) in firsts {
            let name = reader.name(stream).unwrap();
            if name.is_workspace() {
                continue;
            }
            let mut state = reader.state(stream, head).unwrap().unwrap();
            if state.records.deleted {
                continue;
            }
            reader.resolve(&mut state.session).unwrap();
            state.records.place.get_or_insert(first.get() as f64);
            found.insert(
                format!("{name:?}"),
                format!("{:?} {}", state.records, serde_json::to_string(&state.session).unwrap()),
            );
        }
        // Lists agree.
        let sql = "select count(*) as n from sessions";
        assert_eq!(self.json(&["sql", "-o", "json", sql])["rows"][0]["n"], json!(found.len()));
        let excluded = self.output(&["import", "--exclude", "-o", "json"], "");
        found.insert("excluded".to_owned(), without_times(&String::from_utf8(excluded.stdout).unwrap()));
        found
    }
}

/// What is excluded is known by its name; since when is another time after a redo.
fn without_times(list: &str) -> String {
    let mut rows = serde_json::from_str::<Value>(list).map_or(Value::Null, |mut list| list["rows"].take());
    for row in rows.as_array_mut().into_iter().flatten() {
        row.as_object_mut().unwrap().remove("since");
    }
    rows.to_string()
}

#[test]
fn every_command_that_writes_has_a_row_here() {
    for (name, uses) in commands() {
        let is_known = uses != Some(StoreUse::Writes)
            || name.starts_with("projections ")
            || WAYS.iter().any(|way| way.name.split(' ').next() == Some(&name))
            || OTHERS.iter().any(|(other, _)| *other == name);
        assert!(is_known, "{name}: say here how it is undone");
    }
}

#[test]
fn every_command_is_undone_and_redone() {
    for way in WAYS {
        let place = Place::new();
        (way.before)(&place);
        let before = place.state();
        (way.act)(&place);
        let after = place.state();
        assert_ne!(before, after, "{}: does nothing", way.name);
        let operation = place.last();
        let planned = place.run(&["undo", &operation, "-n"], 0);
        assert_eq!(place.state(), after, "{}: a dry run: {planned}", way.name);
        place.run(&["undo", &operation], 0);
        assert_eq!(place.state(), before, "{}: undone", way.name);
        let again = place.refused(&["undo", &operation], 9);
        assert!(again.contains("undone already"), "{}: {again}", way.name);
        // The undo is the last command by now.
        place.run(&["undo"], 0);
        assert_eq!(place.state(), after, "{}: redone", way.name);
        place.run(&["undo"], 0);
        assert_eq!(place.state(), before, "{}: undone again", way.name);
        let kinds: Vec<Value> = place.operations().iter().map(|row| row["command"].clone()).collect();
        assert_eq!(kinds[..3], [json!("undo"), json!("undo"), json!("undo")], "{}", way.name);
    }
}

#[test]
fn an_import_that_was_undone_is_not_brought_back_by_the_next_one() {
    let place = Place::new();
    copy(&fixture("codex").join("home"), &place.folder.path().join("home"));
    let before = place.state();
    place.run(&["import", "codex"], 0);
    place.run(&["undo"], 0);
    place.run(&["import", "codex"], 0);
    assert_eq!(place.state(), before);
}

#[test]
fn what_cannot_be_undone_is_listed_and_says_why() {
    let place = Place::new();
    copy(&fixture("claude").join("home"), &place.folder.path().join("home"));
    place.run(&["import", "claude"], 0);
    let archive = place.folder.path().join("archive.db");
    let archive = archive.to_str().unwrap();
    place.run(&["backup", archive], 0);
    let sql = "select id from sessions where workspace_key = 'claude' and relation is null order by message_count desc limit 1";
    let transcript = place.json(&["sql", "-o", "json", sql])["rows"][0]["id"].as_str().unwrap().to_owned();
    let acts: [(&[&str], i32, &str); 4] = [
        (&["redact", "5", "--reason", "secret reason"], 0, "gone for good"),
        (&["forget", &transcript], 0, "gone for good"),
        (&["store", "prune", "--before", "head", "--archive", archive], 0, "unprune"),
        (&["store", "unprune", archive], 0, "prune"),
    ];
    for (act, code, reason) in acts {
        let output = place.output(act, "");
        let code_is = output.status.code().unwrap();
        assert!(code_is == code || code_is == 7, "{act:?}: {}", text(&output));
        for undo in [vec!["undo"], vec!["undo", &place.last()]] {
            let said = place.refused(&undo, 9);
            assert!(said.contains(reason) && said.contains("cannot undo"), "{act:?}: {said}");
        }
        let command = place.operations()[0]["command"].as_str().unwrap().to_owned();
        assert!(act.join(" ").starts_with(&command), "{act:?}: {command}");
        assert_eq!(place.operations()[0]["undoable"], json!(false), "{act:?}");
    }
    assert!(!place.run(&["operations"], 0).contains("secret"));
}

/// Somebody else's work on the session after the operation, and whether the operation can be undone beside it.
#[test]
fn what_others_changed_since_is_never_lost() {
    type Act = fn(&Place);
    let tag: Act = |place| drop(place.run(&["tag", &place.id, "+mine"], 0));
    let revert: Act = |place| drop(place.run(&["revert", &place.id, "--to", "r6"], 0));
    let fork: Act = |place| drop(place.run(&["fork", &place.id, "--as", "other"], 0));
    let output: Act =
        |place| place.rpc("append_output", &of(place, json!({"instanceId": 1, "chunk": "theirs"})));
    let tag_theirs: Act =
        |place| place.rpc("tag_session", &of(place, json!({"add": ["theirs"], "remove": []})));
    let delete: Act = |place| place.rpc("delete_session", &of(place, json!({})));
    let call: Act = |place| {
        let call = json!({"workspacePath": place.workspace, "sessionId": "other", "call": "c", "name": "n", "kind": "read", "input": "{}"});
        place.rpc("call_tool", &call);
    };
    let cases: [(&str, Act, Act, Option<&str>); 8] = [
        ("a tag, beside output", tag, output, None),
        ("a tag, beside another tag", tag, tag_theirs, Some("tag_session")),
        ("a tag, of what is deleted", tag, delete, Some("delete_session")),
        ("a revert, and output", revert, output, Some("append_output")),
        ("a revert, beside a tag", revert, tag_theirs, None),
        ("a fork, whose parent goes on", fork, output, None),
        ("a fork that goes on", fork, call, Some("record")),
        ("a fork, beside nothing", fork, nothing, None),
    ];
    for (name, act, theirs, refused) in cases {
        let place = Place::new();
        act(&place);
        let operation = place.last();
        theirs(&place);
        match refused {
            Some(by) => {
                let said = place.refused(&["undo", &operation], 9);
                assert!(said.contains(by) && said.contains("since"), "{name}: {said}");
            }
            None => {
                place.run(&["undo", &operation], 0);
                let state = format!("{:?}", place.state());
                assert!(!state.contains("mine"), "{name}");
                let is_theirs =
                    std::ptr::fn_addr_eq(theirs, output) || std::ptr::fn_addr_eq(theirs, tag_theirs);
                assert_eq!(state.contains("theirs"), is_theirs, "{name}");
            }
        }
    }
}

#[test]
fn an_import_that_added_to_a_session_is_refused_and_says_which() {
    let place = Place::new();
    let home = place.folder.path().join("home");
    copy(&fixture("claude").join("home"), &home);
    // One file grows: half of it comes first.
    let files = crate::transcripts::files(&home);
    let is_long = |(name, bytes): &(&String, &Vec<u8>)| name.ends_with(".jsonl") && bytes.len() > 4000;
    let (name, bytes) = files.iter().filter(is_long).max_by_key(|(_, bytes)| bytes.len()).unwrap();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    crate::transcripts::write(&home.join(name), &lines[..lines.len() / 2].concat());
    place.run(&["import", "claude"], 0);
    crate::transcripts::write(&home.join(name), bytes);
    place.run(&["import", "claude"], 0);
    let said = place.refused(&["undo"], 9);
    assert!(said.contains("which was there before"), "{said}");
}

#[test]
fn programs_that_go_on_writing_are_passed_over_and_operations_are_named_in_every_way() {
    let place = Place::new();
    place.run(&["tag", &place.id, "+mine"], 0);
    let tagged = place.operations()[0].clone();
    place.rpc("append_output", &of(&place, json!({"instanceId": 1, "chunk": "theirs"})));
    let log = Options::new().open(place.folder.path().join("sessions.db")).unwrap();
    let other = retold_core::StreamName::session("elsewhere", "x", 1);
    log.append(Commit::to(other, Expected::Any, [retold_tests::created("x"), task("t")])).unwrap();
    let follow = log.during(Operation::new("import").content("follow"));
    let third = retold_core::StreamName::session("elsewhere", "y", 1);
    follow.append(Commit::to(third, Expected::Any, [retold_tests::created("y")])).unwrap();
    drop((log, follow));
    let undone = place.json(&["undo", "-o", "json"]);
    assert_eq!(undone["undone"], json!({"operation": tagged["operation"], "command": "tag"}));
    place.run(&["undo"], 0);
    let id = tagged["operation"].as_str().unwrap();
    let position = format!("p{}", tagged["first"]);
    for name in [id, &id[..8], &id.to_uppercase(), &position] {
        assert_eq!(
            place.json(&["undo", name, "-n", "-o", "json"])["undone"]["operation"],
            json!(id),
            "{name}"
        );
    }
    for name in ["", "abc", "zzzz", "p0", "p999999", "p", "0000000000000000"] {
        let said = place.refused(&["undo", name], 2);
        assert!(said.contains("retold operations"), "{name}: {said}");
    }
}

#[test]
fn an_undo_that_races_with_writers_is_refused_or_whole() {
    let place = std::sync::Arc::new(Place::new());
    place.run(&["revert", &place.id, "--to", "r6"], 0);
    let operation = place.last();
    let writer = {
        let place = std::sync::Arc::clone(&place);
        std::thread::spawn(move || {
            for number in 0..20 {
                let chunk = format!("chunk {number};");
                place.rpc("append_output", &of(&place, json!({"instanceId": 1, "chunk": chunk})));
            }
        })
    };
    let undone = place.output(&["undo", &operation], "");
    writer.join().unwrap();
    assert!([Some(0), Some(9)].contains(&undone.status.code()), "{}", text(&undone));
    let state = format!("{:?}", place.state());
    for number in 0..20 {
        assert!(state.contains(&format!("chunk {number};")), "chunk {number} is lost");
    }
    let has_undone = place.operations().iter().any(|row| row["command"] == "undo");
    assert_eq!(has_undone, undone.status.code() == Some(0), "{}", text(&undone));
}

#[test]
fn operations_are_told_newest_first_whole_and_bounded() {
    let place = Place::new();
    place.run(&["tag", &place.id, "+a"], 0);
    place.run(&["fork", &place.id, "--as", "other"], 0);
    let rows = place.operations();
    let kinds: Vec<&str> = rows.iter().map(|row| row["command"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["fork", "tag", "import"]);
    let events: u64 = rows.iter().map(|row| row["events"].as_u64().unwrap()).sum();
    assert_eq!(events, place.json(&["store", "head", "-o", "json"])["rows"][0]["position"].as_u64().unwrap());
    assert!(rows[2]["commits"].as_u64().unwrap() > 3);
    let two = place.json(&["operations", "-n", "2", "-o", "json"]);
    assert_eq!(two["rows"].as_array().unwrap()[..], rows[..2]);
    let at = rows[1]["last"].to_string();
    let past = place.json(&["operations", "--at", &at, "-o", "json"]);
    assert_eq!(past["rows"].as_array().unwrap()[..], rows[1..]);
    let one = place.json(&["operations", rows[0]["operation"].as_str().unwrap(), "-o", "json"]);
    assert_eq!(one["rows"][0]["session_id"], "other");
}
