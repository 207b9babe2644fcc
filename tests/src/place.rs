//! A store beside a folder of session files, and the program on both.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use retold_core::Log;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A store `s.db`, and a folder `d` of session files.
#[derive(Debug)]
pub struct Place {
    /// Where both are, and where the program runs.
    pub folder: TempDir,
    program: &'static str,
}

impl Place {
    /// An empty folder, and no store; `program` is the program's path.
    pub fn new(program: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for a test");
        std::fs::create_dir(folder.path().join("d")).expect("a folder in it");
        Self { folder, program }
    }

    /// Returns the folder of session files.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("d")
    }

    /// Writes a session file.
    pub fn put(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.dir().join(name), bytes).expect("a file that can be written");
    }

    /// Returns what a session file holds.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dir().join(name)).expect("a file that is there")
    }

    /// Opens the store.
    pub fn log(&self) -> Log {
        Log::open(self.folder.path().join("s.db")).expect("a sound store opens")
    }

    /// Runs the program on a store in the folder.
    pub fn run_on(&self, store: &str, args: &[&str]) -> Output {
        let mut command = Command::new(self.program);
        command.arg("--store").arg(self.folder.path().join(store)).args(args).current_dir(&self.folder);
        command.output().expect("the program starts")
    }

    /// Runs the program on the store.
    pub fn run(&self, args: &[&str]) -> Output {
        self.run_on("s.db", args)
    }

    /// Runs the program on the store; returns all that it wrote.
    ///
    /// # Panics
    /// Where it exits with another code.
    pub fn exits(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
        text
    }
}

/// Returns the path of a case's file or folder.
pub fn case(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(path)
}

/// Returns what a case's file holds.
pub fn case_file(path: &str) -> Vec<u8> {
    std::fs::read(case(path)).expect("a case that is there")
}

/// Returns a session with messages that say their ids, last changed in a minute of an hour.
pub fn session(id: &str, updated: u32, messages: &[&str]) -> Value {
    let messages: Vec<Value> = messages
        .iter()
        .map(|text| json!({"id": text, "role": "user", "content": text, "timestamp": ""}))
        .collect();
    json!({
        "id": id, "type": "debate", "task": "t", "status": "running", "createdAt": "",
        "updatedAt": format!("2026-11-23T09:{updated:02}:00Z"), "instances": [], "chatHistory": messages,
    })
}

/// Returns a session file of these.
pub fn list(sessions: &[Value]) -> Vec<u8> {
    serde_json::to_vec_pretty(sessions).expect("plain data")
}

/// Returns an instance of a number, running.
pub fn instance(number: u32) -> Value {
    json!({
        "instanceId": number, "worktreePath": "", "branch": "", "agentName": "Ada", "status": "running",
        "tmuxSessionId": "",
    })
}

/// Returns a session with instances of these numbers, as an application has it.
pub fn document(id: &str, task: &str, numbers: &[u32]) -> retold::Session {
    let instances: Vec<Value> = numbers.iter().copied().map(instance).collect();
    let document = json!({
        "id": id, "type": "ensemble", "task": task, "status": "running", "createdAt": "", "updatedAt": "",
        "instances": instances, "chatHistory": [],
    });
    serde_json::from_value(document).expect("a document")
}

/// Returns a message that says something.
pub fn said(id: &str, content: &str) -> retold::Message {
    let message = json!({"id": id, "role": "user", "content": content, "timestamp": ""});
    serde_json::from_value(message).expect("a message")
}
