//! What cannot be read is named, and what else there is goes on.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use retold_tests::ordinary::{as_ordinary_user, give_to_ordinary_user};
use serde_json::{Value, json};

const LONG: Duration = Duration::from_secs(60);
const FILES: [&str; 3] = ["0a0a0a0a0a0a04aa.json", "0a0a0a0a0a0a04bb.json", "0a0a0a0a0a0a04cc.json"];

/// A folder with three session files that is an ordinary user's, the second of which nobody may read.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(folder.path().join("d")).unwrap();
        let place = Self { folder };
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/04-one-file-unreadable");
        for name in FILES {
            std::fs::copy(case.join(name), place.file(name)).unwrap();
        }
        place.allow(FILES[1], 0o000);
        give_to_ordinary_user(place.folder.path());
        place
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("d").join(name)
    }

    fn allow(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.file(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = as_ordinary_user(Path::new(env!("CARGO_BIN_EXE_program")));
        command.arg("--store").arg(self.folder.path().join("s.db")).args(args).current_dir(&self.folder);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn exits(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
        text
    }

    fn sessions(&self) -> Vec<String> {
        let answer: Value = serde_json::from_slice(&self.run(&["sessions", "-o", "json"]).stdout).unwrap();
        let rows = answer["rows"].as_array().unwrap();
        let mut ids: Vec<String> = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}

fn is_named(text: &str) -> bool {
    text.contains(FILES[1])
        && text.to_lowercase().contains("permission denied")
        && !text.contains(FILES[0])
        && !text.contains(FILES[2])
}

#[test]
fn one_unreadable_file_keeps_no_other_from_being_imported() {
    retold_trial::needs!(OrdinaryUser);
    let place = Place::new();
    for args in [["import", "d", "-q"].as_slice(), &["import", "d"], &["import", "d", "--dry-run"]] {
        let told = place.exits(args, 6);
        assert!(args.contains(&"-q") || is_named(&told), "{told}");
        assert_eq!(place.sessions(), ["room-a", "room-c"]);
    }
    // By name beside another; alone there is nothing else to do.
    let [first, second, _] = FILES.map(|name| format!("d/{name}"));
    assert!(is_named(
        &place
            .exits(&["import", &second, "-o", "json", &first.replace("04aa", "04cc")], 6)
            .replace(FILES[2], "")
    ));
    place.exits(&["import", &second], 5);
    place.allow(FILES[1], 0o600);
    place.exits(&["import", "d"], 0);
    assert_eq!(place.sessions(), ["room-a", "room-b", "room-c"]);
}

#[test]
fn one_unreadable_file_is_named_by_a_check_and_left_by_an_archive() {
    retold_trial::needs!(OrdinaryUser);
    let place = Place::new();
    place.exits(&["import", "d"], 6);
    assert!(is_named(&place.exits(&["check", "--against", "d"], 6)));
    let told = place.exits(&["ait42", "archive", "d", "--to", "a.tar.zst"], 6);
    assert!(is_named(&told), "{told}");
    assert_eq!(FILES.map(|name| place.file(name).exists()), [false, true, false]);
    place.exits(&["ait42", "unarchive", "a.tar.zst", "--into", "d"], 0);
    assert_eq!(FILES.map(|name| place.file(name).exists()), [true; 3]);
}

#[test]
fn what_cannot_be_compared_is_not_written_over() {
    retold_trial::needs!(OrdinaryUser);
    let place = Place::new();
    place.allow(FILES[1], 0o600);
    place.exits(&["import", "d"], 0);
    place.allow(FILES[1], 0o000);
    let told = place.exits(&["export", "--format", "ait42", "d"], 5);
    assert!(is_named(&told), "{told}");
    place.exits(&["export", "--format", "ait42", "d", "--force"], 0);
}

/// A command that runs on, with what it says line by line.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let pipes: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for pipe in pipes {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    let _gone = sender.send(line);
                }
            });
        }
        Self { child, lines }
    }

    /// Waits for a line that holds all of these.
    fn says(&self, words: &[&str]) {
        let mut heard = Vec::new();
        loop {
            let line = self
                .lines
                .recv_timeout(LONG)
                .unwrap_or_else(|_| panic!("{words:?} was never said: {heard:?}"));
            if words.iter().all(|word| line.contains(word)) {
                return;
            }
            heard.push(line);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn list(id: &str) -> Vec<u8> {
    serde_json::to_vec_pretty(&json!([{
        "id": id, "type": "debate", "task": "t", "status": "running", "createdAt": "",
        "updatedAt": "2026-11-23T09:00:00Z", "instances": [], "chatHistory": [],
    }]))
    .unwrap()
}

#[test]
fn a_follower_names_what_it_cannot_read_and_reads_it_once_it_can() {
    retold_trial::needs!(OrdinaryUser);
    let place = Place::new();
    let running = Running::start(place.command(&["import", "d", "--follow"]));
    running.says(&["skipped", FILES[1], "Permission denied"]);
    running.says(&["following"]);
    assert_eq!(place.sessions(), ["room-a", "room-c"]);
    place.allow(FILES[1], 0o600);
    running.says(&[FILES[1], "1 imported"]);
    place.allow(FILES[1], 0o000);
    std::fs::write(place.file("0a0a0a0a0a0a04dd.json"), list("room-d")).unwrap();
    running.says(&["0a0a0a0a0a0a04dd.json", "1 imported"]);
    assert_eq!(place.sessions(), ["room-a", "room-b", "room-c", "room-d"]);
}

#[test]
fn an_empty_folder_is_followed_and_so_is_one_that_comes_back() {
    retold_trial::needs!(OrdinaryUser);
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("d");
    std::fs::create_dir(&dir).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command
        .arg("--store")
        .arg(folder.path().join("s.db"))
        .args(["import", "d", "--follow"])
        .current_dir(&folder);
    let running = Running::start(command);
    running.says(&["no session files yet"]);
    std::fs::write(dir.join("w1.json"), list("a")).unwrap();
    running.says(&["w1.json", "1 imported"]);
    std::fs::remove_dir_all(&dir).unwrap();
    running.says(&["skipped d", "the folder is gone"]);
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("w2.json"), list("b")).unwrap();
    running.says(&["w2.json", "1 imported"]);
}

#[test]
fn a_folder_that_goes_keeps_no_other_from_being_followed() {
    retold_trial::needs!(OrdinaryUser);
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    for dir in [&one, &two] {
        std::fs::create_dir(dir).unwrap();
        std::fs::write(dir.join("w1.json"), list("a")).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command.arg("--store").arg(folder.path().join("s.db")).args(["import", "one", "two", "--follow"]);
    command.current_dir(&folder);
    let running = Running::start(command);
    running.says(&["following 2 files"]);
    std::fs::remove_dir_all(&one).unwrap();
    running.says(&["skipped one", "the folder is gone"]);
    std::fs::write(two.join("w2.json"), list("b")).unwrap();
    running.says(&["w2.json", "1 imported"]);
}

/// A mirror that answers calls, a line each.
struct Rpc(Running);

impl Rpc {
    fn start(place: &Place) -> Self {
        Self(Running::start(place.command(&["rpc", "--mirror", "d"])))
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        let line = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        writeln!(self.0.child.stdin.as_mut().unwrap(), "{line}").unwrap();
        loop {
            let line = self.0.lines.recv_timeout(LONG).unwrap();
            if let Ok(answer) = serde_json::from_str::<Value>(&line) {
                return answer;
            }
        }
    }
}

#[test]
fn a_mirror_names_a_file_that_it_cannot_read_and_mirrors_the_others() {
    retold_trial::needs!(OrdinaryUser);
    let place = Place::new();
    let mut rpc = Rpc::start(&place);
    rpc.0.says(&["skipped", FILES[1], "Permission denied"]);
    let hash = |path: &str| retold_importer::ait42::workspace_hash_of_text(path);
    // A workspace whose file nobody may read, and another.
    let hidden = place.file(&format!("{}.json", hash("/src/hidden")));
    std::fs::write(&hidden, list("theirs")).unwrap();
    std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o000)).unwrap();
    give_to_ordinary_user(&hidden);
    for workspace in ["/src/hidden", "/src/open"] {
        let mut session: Value = serde_json::from_slice::<Value>(&list("ours")).unwrap()[0].take();
        session["updatedAt"] = "2026-11-23T09:00:00Z".into();
        let answer = rpc.call("create_session", &json!({"workspacePath": workspace, "session": session}));
        assert!(answer.get("error").is_none(), "{answer}");
    }
    let flushed = rpc.call("flush_mirror", &json!({}));
    assert!(flushed["error"]["message"].to_string().contains(&hash("/src/hidden")), "{flushed}");
    assert!(place.file(&format!("{}.json", hash("/src/open"))).exists());
    let status = rpc.call("mirror_status", &json!({}));
    assert!(status["result"]["error"].to_string().contains("Permission denied"), "{status}");
    assert!(status["result"]["skipped"][0].to_string().contains(FILES[1]), "{status}");
    drop(rpc.0.child.stdin.take());
    assert_eq!(rpc.0.child.wait().unwrap().code(), Some(5));
    // Nothing of theirs is gone, and once it can be read both are there.
    std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut rpc = Rpc::start(&place);
    assert!(rpc.call("flush_mirror", &json!({})).get("error").is_none());
    let text = std::fs::read_to_string(&hidden).unwrap();
    assert!(text.contains("theirs") && text.contains("ours"), "{text}");
}

#[test]
fn a_mirror_whose_folder_is_gone_says_so_and_goes_on_answering() {
    retold_trial::needs!(OrdinaryUser);
    let place = Place::new();
    let mut rpc = Rpc::start(&place);
    let session = serde_json::from_slice::<Value>(&list("ours")).unwrap()[0].take();
    rpc.call("flush_mirror", &json!({}));
    std::fs::remove_dir_all(place.folder.path().join("d")).unwrap();
    let answer = rpc.call("create_session", &json!({"workspacePath": "/src/x", "session": session}));
    assert!(answer.get("error").is_none(), "{answer}");
    let flushed = rpc.call("flush_mirror", &json!({}));
    assert!(flushed["error"]["message"].to_string().contains("No such file"), "{flushed}");
    drop(rpc.0.child.stdin.take());
    assert_eq!(rpc.0.child.wait().unwrap().code(), Some(5));
    assert!(place.sessions().contains(&"ours".to_owned()));
}
