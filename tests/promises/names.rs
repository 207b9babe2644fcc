//! One store is one file, whatever name it is opened by.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

fn retold(folder: &Path, store: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command.arg("--store").arg(store).args(args).current_dir(folder).stdin(Stdio::null());
    command.output().unwrap()
}

fn done(folder: &Path, store: &str, args: &[&str]) -> String {
    let output = retold(folder, store, args);
    assert!(output.status.success(), "{store} {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with a store `s.db` of one session, which says `brass hinge`.
fn one_session() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path(), "s.db");
    let session = json!({
        "id": "paint", "type": "competition", "task": "mend the door", "status": "running", "createdAt": "",
        "updatedAt": "", "instances": [], "chatHistory": [],
    });
    client.call("create_session", &json!(["/src/shed", session])).unwrap();
    drop(client);
    let mut client = Client::start(folder.path(), "s.db");
    client.say("brass hinge").unwrap();
    drop(client);
    folder
}

/// A program that writes through `retold rpc`.
struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Client {
    fn start(folder: &Path, store: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
        command.args(["--store", store, "rpc"]).current_dir(folder);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn call(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        let line = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["result"].take()),
        }
    }

    /// Adds a message to the one session of the store.
    fn say(&mut self, text: &str) -> Result<Value, Value> {
        let message =
            json!({"id": text, "role": "user", "content": text, "timestamp": "2026-11-23T09:00:00Z"});
        self.call("add_chat_message", &json!(["/src/shed", "paint", message]))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.wait().unwrap();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(unix)]
fn link(target: impl AsRef<Path>, at: PathBuf) {
    std::os::unix::fs::symlink(target, at).unwrap();
}

#[cfg(unix)]
#[test]
fn through_a_link_everything_of_a_store_is_that_of_the_file() {
    let folder = one_session();
    let elsewhere = tempfile::tempdir().unwrap();
    link(folder.path().join("s.db"), elsewhere.path().join("first.db"));
    link("first.db", elsewhere.path().join("link.db"));
    done(folder.path(), "s.db", &["search", "brass"]);
    done(elsewhere.path(), "link.db", &["metrics"]);
    done(elsewhere.path(), "link.db", &["sql", "--at", "1", "select count(*) from sessions"]);
    done(elsewhere.path(), "link.db", &["mark", "here", "1"]);
    done(elsewhere.path(), "link.db", &["backup"]);
    assert_eq!(names(elsewhere.path()), ["first.db", "link.db"]);
    assert!(names(folder.path()).contains(&"s.db-sidecars".to_owned()), "{:?}", names(folder.path()));
    // What is redacted by one name is gone by the other.
    let position = done(folder.path(), "s.db", &["store", "head", "-o", "jsonl"]);
    let position: Value = serde_json::from_str(position.lines().last().unwrap()).unwrap();
    let position = position["position"].to_string();
    let redacted = retold(elsewhere.path(), "link.db", &["redact", &position, "--reason", "leaked"]);
    assert!(matches!(redacted.status.code(), Some(0 | 7)), "{redacted:?}");
    let found = retold(folder.path(), "s.db", &["search", "brass"]);
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    for file in files(&folder.path().join("s.db-sidecars")).into_iter().chain([folder.path().join("s.db")]) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(5).any(|window| window == b"brass"), "{}", file.display());
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[cfg(unix)]
#[test]
fn a_store_that_is_made_through_a_link_to_nothing_is_made_where_it_leads() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("far")).unwrap();
    link("far/s.db", folder.path().join("link.db"));
    std::fs::write(folder.path().join("e.json"), "[]").unwrap();
    done(folder.path(), "link.db", &["import", "e.json"]);
    done(folder.path(), "link.db", &["verify"]);
    assert!(names(&folder.path().join("far")).contains(&"s.db".to_owned()));
    assert_eq!(names(folder.path()), ["e.json", "far", "link.db"]);
    // A name is a name, also where it could be read as a URI.
    done(folder.path(), "file:t.db?mode=memory", &["import", "e.json"]);
    assert!(names(folder.path()).contains(&"file:t.db?mode=memory".to_owned()), "{:?}", names(folder.path()));
}

#[cfg(unix)]
#[test]
fn a_second_name_is_refused_for_writing_and_nothing_acknowledged_is_lost() {
    let folder = one_session();
    let place = folder.path();
    let mut first = Client::start(place, "s.db");
    first.say("one").unwrap();
    std::fs::hard_link(place.join("s.db"), place.join("other.db")).unwrap();
    for args in [
        &["rpc"][..],
        &["mark", "here", "1"],
        &["projections", "rebuild"],
        &["store", "compact"],
        &["store", "migrate", "up"],
        &["projections", "catch-up"],
        &["projections", "pause", "search"],
        &["redact", "1", "--reason", "x"],
        &["store", "prune", "--before", "head"],
    ] {
        let refused = retold(place, "other.db", args);
        let text = said(&refused);
        assert_eq!(refused.status.code(), Some(5), "{args:?}: {text}");
        assert!(text.contains("other.db for writing: the file has 2 names"), "{args:?}: {text}");
        assert!(text.contains("-samefile"), "{args:?}: {text}");
    }
    first.say("two").unwrap();
    drop(first);
    // Reading works by both names, and says what there is to say.
    for store in ["s.db", "other.db"] {
        let shown = retold(place, store, &["sql", "select count(*) from chat_messages"]);
        assert!(String::from_utf8_lossy(&shown.stdout).contains('3'), "{store}: {shown:?}");
        assert!(said(&shown).contains("warning: ") && said(&shown).contains("2 names"), "{store}: {shown:?}");
        let verified = retold(place, store, &["verify"]);
        assert!(said(&verified).contains("2 names"), "{store}: {verified:?}");
        let doctor = retold(place, store, &["doctor", "-o", "csv"]);
        assert_eq!(doctor.status.code(), Some(1), "{doctor:?}");
        assert!(String::from_utf8_lossy(&doctor.stdout).contains("2 names"), "{doctor:?}");
    }
    std::fs::remove_file(place.join("s.db")).unwrap();
    let mut client = Client::start(place, "other.db");
    client.say("three").unwrap();
    drop(client);
    let count = done(place, "other.db", &["sql", "-o", "csv", "select count(*) from chat_messages"]);
    assert!(count.contains('4'), "{count}");
    done(place, "other.db", &["verify"]);
}

#[cfg(unix)]
#[test]
fn nothing_is_acknowledged_once_the_file_is_not_at_its_path_any_more() {
    type Act = fn(&Path);
    let acts: [(&str, Act); 3] = [
        ("moved", |place| std::fs::rename(place.join("s.db"), place.join("away.db")).unwrap()),
        ("removed", |place| std::fs::remove_file(place.join("s.db")).unwrap()),
        ("replaced", |place| {
            std::fs::copy(place.join("s.db"), place.join("copy.db")).unwrap();
            std::fs::rename(place.join("copy.db"), place.join("s.db")).unwrap();
        }),
    ];
    for (what, act) in acts {
        let folder = one_session();
        let mut client = Client::start(folder.path(), "s.db");
        client.say("before").unwrap();
        act(folder.path());
        let refused = client.say("after").expect_err(what);
        assert!(refused["message"].as_str().unwrap().contains("not the file any more"), "{what}: {refused}");
        let refused = client.say("later").expect_err(what);
        assert!(refused["message"].as_str().unwrap().contains("not the file any more"), "{what}: {refused}");
    }
}

#[test]
fn a_log_knows_its_own_path() {
    let folder = tempfile::tempdir().unwrap();
    let log = retold_core::Log::open(folder.path().join("a/../s.db")).unwrap_err();
    assert!(matches!(log, retold_core::Error::Io { .. }), "{log:?}");
    std::fs::create_dir(folder.path().join("a")).unwrap();
    let log = retold_core::Log::open(folder.path().join("a/../s.db")).unwrap();
    assert_eq!(log.path(), folder.path().canonicalize().unwrap().join("s.db"));
}
