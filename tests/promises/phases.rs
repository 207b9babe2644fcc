//! Moving over from the old history, phase by phase, and back: nothing is lost on the way.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use retold::{Options, Session, SessionHistory};
use retold_benches::legacy::{self, LegacyStore};
use serde::Serialize;

const WORKSPACES: [&str; 2] = ["/src/atlas", "/src/borealis"];

/// The old history's folder, the store, and beside them the old history as it would be had nobody moved.
struct Move {
    folder: tempfile::TempDir,
}

impl Move {
    fn home(&self) -> PathBuf {
        self.folder.path().join(".ait42")
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("sessions.db")
    }

    fn unmoved(&self) -> LegacyStore {
        LegacyStore::new(self.folder.path().join("unmoved")).clock(now)
    }

    fn retold(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
        command.arg("--store").arg(self.store()).args(args).arg(self.home());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn status(&self, args: &[&str]) -> ExitStatus {
        self.retold(args).status().unwrap()
    }

    fn files(&self, home: &Path) -> Vec<(String, String)> {
        let entries = std::fs::read_dir(home.join("sessions")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<(String, String)> = paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .map(|path| {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect();
        files.sort();
        files
    }
}

/// A day of work, done to each of `histories` alike.
fn work(day: u32, histories: &[&dyn History]) {
    for (number, workspace) in (1..).zip(WORKSPACES) {
        for history in histories {
            // Created twice, as the page does.
            history.create(workspace, &session(&format!("s{day}"), 0));
            history.create(workspace, &session(&format!("s{day}"), number));
            history.say(workspace, &format!("s{day}"), &format!("m{day}"));
            history.finish(workspace, &format!("s{day}"), number);
            if day > 1 {
                history.say(workspace, &format!("s{}", day - 1), "late");
            }
        }
    }
}

fn now() -> jiff::Timestamp {
    "2026-11-23T10:00:00.123456789Z".parse().unwrap()
}

fn session(id: &str, instances: u32) -> legacy::Session {
    let instance = |number: u32| {
        serde_json::json!({
            "instanceId": number, "worktreePath": "", "branch": "", "agentName": "🦊 Fox", "status": "running",
            "tmuxSessionId": "", "output": "\u{1b}[31mred\u{1b}[0m",
        })
    };
    serde_json::from_value(serde_json::json!({
        "id": id, "type": "competition", "task": "扉を直す", "status": "running",
        "createdAt": "2026-11-23T09:00:00Z", "updatedAt": "2026-11-23T09:00:00Z",
        "instances": (1..=instances).map(instance).collect::<Vec<_>>(), "chatHistory": [],
    }))
    .unwrap()
}

fn message(id: &str) -> legacy::Message {
    serde_json::from_value(serde_json::json!({"id": id, "role": "user", "content": id, "timestamp": ""}))
        .unwrap()
}

fn to_new<T: Serialize, U: serde::de::DeserializeOwned>(document: &T) -> U {
    serde_json::from_str(&serde_json::to_string(document).unwrap()).unwrap()
}

trait History {
    fn create(&self, workspace: &str, session: &legacy::Session);
    fn say(&self, workspace: &str, id: &str, message: &str);
    fn finish(&self, workspace: &str, id: &str, instance: u32);
}

impl History for LegacyStore {
    fn create(&self, workspace: &str, session: &legacy::Session) {
        self.create_session(workspace, session.clone()).unwrap();
    }

    fn say(&self, workspace: &str, id: &str, text: &str) {
        self.add_chat_message(workspace, id, message(text)).unwrap();
    }

    fn finish(&self, workspace: &str, id: &str, instance: u32) {
        // The first of the two has no instances: the page is told so.
        self.update_instance_status(workspace, id, instance, "completed").unwrap_err();
        let mut session = self.get_session(workspace, id).unwrap();
        session.status = "completed".to_owned();
        self.update_session(workspace, session).unwrap();
    }
}

impl History for SessionHistory {
    fn create(&self, workspace: &str, session: &legacy::Session) {
        self.create_session(workspace, to_new(session)).unwrap();
    }

    fn say(&self, workspace: &str, id: &str, text: &str) {
        self.add_chat_message(workspace, id, to_new(&message(text))).unwrap();
    }

    fn finish(&self, workspace: &str, id: &str, instance: u32) {
        self.update_instance_status(workspace, id, instance, "completed").unwrap_err();
        let mut session: Session = self.get_session(workspace, id).unwrap();
        session.status = "completed".to_owned();
        self.update_session(workspace, session).unwrap();
    }
}

/// A follower that ends with the test.
struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn phase_by_phase_and_back_again_nothing_is_lost() {
    let moving = Move { folder: tempfile::tempdir().unwrap() };
    let unmoved = moving.unmoved();
    let old = LegacyStore::new(moving.home()).clock(now);

    // Follow: the old history writes, the log goes after it.
    work(1, &[&unmoved, &old]);
    let follower = Follower(moving.retold(&["import", "--follow"]).spawn().unwrap());
    let wait_for_the_log = || {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !moving.status(&["check", "--against"]).success() {
            assert!(Instant::now() < deadline, "the log never had what the files have");
        }
    };
    wait_for_the_log();
    work(2, &[&unmoved, &old]);
    wait_for_the_log();
    drop(follower);

    // Dual write: the log is written to, the files follow it.
    let open = |mirror: Option<PathBuf>| {
        let options = Options::new().clock(now);
        let options = mirror.into_iter().fold(options, Options::mirror);
        options.open(moving.store()).unwrap()
    };
    let history = open(Some(moving.home()));
    work(3, &[&unmoved, &history]);
    drop(history);
    assert_eq!(moving.files(&unmoved.dir), moving.files(&moving.home()));

    // Log first: the files are held against the log.
    assert!(moving.status(&["check", "--against"]).success());

    // Log only: the files leave.
    assert!(moving.status(&["ait42", "archive"]).success());
    assert_eq!(moving.files(&moving.home()), []);
    let history = open(None);
    work(4, &[&unmoved, &history]);
    drop(history);

    // Back: the files return as they were, and the mirror brings them to where the log is.
    assert!(moving.status(&["ait42", "unarchive"]).success());
    assert_eq!(moving.status(&["check", "--against"]).code(), Some(1));
    let history = open(Some(moving.home()));
    let head = history.store().log().reader().unwrap().head().unwrap();
    assert_eq!(history.mirror_status().unwrap().unwrap().position, head.position);
    drop(history);
    assert!(moving.status(&["check", "--against"]).success());
    assert_eq!(moving.files(&unmoved.dir), moving.files(&moving.home()));

    // And the old history goes on where it would be.
    work(5, &[&unmoved, &old]);
    assert_eq!(moving.files(&unmoved.dir), moving.files(&moving.home()));
    for workspace in WORKSPACES {
        assert_eq!(old.get_all_sessions(workspace).unwrap().len(), 10);
    }
    let log = retold_core::Log::open(moving.store()).unwrap();
    retold_tests::assert_sound(&log);
}
