//! The commands answer what the old history answered, and the mirrored files are what it wrote.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use retold::{Durability, Options, SessionHistory, StaleUpdate};
use retold_benches::legacy::{self, LegacyStore};
use serde::Serialize;

/// How many commands a run is of.
const COMMANDS: u32 = 2500;

/// Both sides read the same clock, which the test sets before every command.
static NOW: AtomicI64 = AtomicI64::new(0);

fn now() -> Timestamp {
    Timestamp::from_nanosecond(NOW.load(Ordering::SeqCst).into()).unwrap()
}

struct Both {
    folder: tempfile::TempDir,
    old: LegacyStore,
    new: SessionHistory,
}

impl Both {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let new = Options::new()
            .stale_update(StaleUpdate::Literal)
            .durability(Durability::Normal)
            .cache_bytes(256 * 1024)
            .clock(now)
            .mirror(folder.path().join("new"))
            .open(folder.path().join("sessions.db"))
            .unwrap();
        let old = LegacyStore::new(folder.path().join("old")).clock(now);
        Self { folder, old, new }
    }

    /// A folder that is there, by two names; one that is not; one with an odd name.
    fn workspaces(&self) -> Vec<String> {
        let real = self.folder.path().join("work space");
        std::fs::create_dir_all(&real).unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        vec![
            text(real.clone()),
            format!("{}/../work space/", text(real)),
            "/no/such/folder".to_owned(),
            "/no/such/folder//".to_owned(),
            "相対/パス".to_owned(),
        ]
    }

    fn files(&self, workspace: &str) -> [String; 2] {
        let old = self.old.file(workspace);
        let new = self.folder.path().join("new").join(old.file_name().unwrap());
        // The old history writes an empty list where it had nothing to delete.
        [old, new].map(|file| read(&file))
    }
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|_| "[]".to_owned())
}

/// An answer as the front end gets it.
fn json<T: Serialize, E: std::fmt::Display>(answer: Result<T, E>) -> Result<String, String> {
    answer.map(|answer| serde_json::to_string(&answer).unwrap()).map_err(|error| error.to_string())
}

fn to_new<T: Serialize, U: serde::de::DeserializeOwned>(document: &T) -> U {
    serde_json::from_str(&serde_json::to_string(document).unwrap()).unwrap()
}

struct Dice {
    rng: StdRng,
    count: u32,
}

impl Dice {
    fn chance(&mut self, of: u32) -> bool {
        self.rng.random_range(0..of) == 0
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.rng).copied().unwrap()
    }

    fn id(&mut self) -> String {
        self.pick(&["a1", "a1", "b2", "c3", "", "💡 a\0b", "comp-123", "nobody"]).to_owned()
    }

    fn text(&mut self) -> String {
        self.count += 1;
        match self.rng.random_range(0..8) {
            0 => String::new(),
            1 => "👩‍👩‍👧‍👦 修理する \"quoted\" \\ \u{2028}".to_owned(),
            2 => format!("\u{1b}[31mred\u{1b}[0m\r\n\t\u{7f}\u{0}{}", self.count),
            3 => format!("{} ", self.count).repeat(1500),
            _ => format!("text {}", self.count),
        }
    }

    fn time(&mut self) -> String {
        self.count += 1;
        match self.rng.random_range(0..5) {
            0 => format!("2025-11-14T01:02:03.{:09}+00:00", self.count),
            1 => format!("2025-11-14T01:02:03.{:03}Z", self.count % 1000),
            2 => "2026-11-23 00:35:31".to_owned(),
            3 => "soon".to_owned(),
            _ => String::new(),
        }
    }

    fn option<T>(&mut self, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.chance(2) { Some(some(self)) } else { None }
    }

    fn number(&mut self) -> u32 {
        *[0, 1, 2, 3, u32::MAX].choose(&mut self.rng).unwrap()
    }

    fn status(&mut self) -> String {
        self.pick(&["running", "completed", "failed", "paused", "round_2", "archived", "", "何か"]).to_owned()
    }

    fn message(&mut self) -> legacy::Message {
        legacy::Message {
            id: self.pick(&["msg-1", "msg-2", "msg-2-response", "history-0-1"]).to_owned(),
            role: self.pick(&["user", "assistant", "system"]).to_owned(),
            content: self.text(),
            timestamp: self.time(),
            instance_id: self.option(Self::number),
        }
    }

    fn instance(&mut self) -> legacy::Instance {
        legacy::Instance {
            instance_id: self.number(),
            worktree_path: "/tmp/worktree-comp-1".to_owned(),
            branch: self.text(),
            agent_name: self.pick(&["🦊 Fox", "狐", "Claude"]).to_owned(),
            status: self.status(),
            tmux_session_id: "t".to_owned(),
            output: self.option(Self::text),
            start_time: self.option(Self::time),
            end_time: self.option(Self::time),
            files_changed: self.option(Self::number),
            lines_added: self.option(Self::number),
            lines_deleted: self.option(Self::number),
            runtime: self.option(Self::text),
            model: self.option(Self::text),
            runtime_label: None,
        }
    }

    fn session(&mut self) -> legacy::Session {
        legacy::Session {
            id: self.id(),
            session_type: self.pick(&["competition", "ensemble", "debate", "else"]).to_owned(),
            task: self.text(),
            status: self.status(),
            created_at: self.time(),
            updated_at: self.time(),
            completed_at: self.option(Self::time),
            instances: (0..self.rng.random_range(0..4)).map(|_| self.instance()).collect(),
            chat_history: (0..self.rng.random_range(0..5)).map(|_| self.message()).collect(),
            model: self.option(Self::text),
            timeout_seconds: self.option(Self::number),
            preserve_worktrees: self.option(|dice| dice.chance(2)),
            winner_id: self.option(Self::number),
            runtime_mix: self.option(|dice| vec![dice.text(), "claude".to_owned(), "claude".to_owned()]),
            total_duration: self.option(|dice| if dice.chance(2) { u64::MAX } else { 7 }),
            total_files_changed: self.option(Self::number),
            total_lines_added: self.option(Self::number),
            total_lines_deleted: self.option(Self::number),
        }
    }

    /// A document to send back: the session as it was read, changed in some places, or any other document.
    fn update(&mut self, read: Option<legacy::Session>) -> legacy::Session {
        let Some(mut session) = read.filter(|_| !self.chance(8)) else { return self.session() };
        for _ in 0..self.rng.random_range(0..3) {
            self.edit(&mut session);
        }
        session
    }

    fn edit(&mut self, session: &mut legacy::Session) {
        match self.rng.random_range(0..12) {
            0 => session.status = self.status(),
            1 => session.completed_at = self.option(Self::time),
            2 => session.winner_id = self.option(Self::number),
            3 => session.task = self.text(),
            4 => session.chat_history.push(self.message()),
            5 => session.chat_history.reverse(),
            6 => drop(session.chat_history.pop()),
            7 => session.instances.insert(0, self.instance()),
            8 => session.instances.reverse(),
            9 => {
                for instance in &mut session.instances {
                    let more = self.text();
                    instance.output.get_or_insert_default().push_str(&more);
                }
            }
            10 => {
                let at = self.rng.random_range(0..=session.chat_history.len());
                session.chat_history.insert(at, self.message());
            }
            _ => session.updated_at = self.time(),
        }
    }
}

/// Gives one command to both; returns their answers.
fn command(both: &Both, dice: &mut Dice, workspace: &str) -> [Result<String, String>; 2] {
    let (old, new) = (&both.old, &both.new);
    let id = dice.id();
    match dice.rng.random_range(0..100) {
        0..14 => {
            let session = dice.session();
            let answer = json(new.create_session(workspace, to_new(&session)));
            [json(old.create_session(workspace, session)), answer]
        }
        14..40 => {
            let session = dice.update(old.get_session(workspace, &id).ok());
            let answer = json(new.update_session(workspace, to_new(&session)));
            [json(old.update_session(workspace, session)), answer]
        }
        40..48 => [json(old.get_session(workspace, &id)), json(new.get_session(workspace, &id))],
        48..54 => [json(old.get_all_sessions(workspace)), json(new.get_all_sessions(workspace))],
        54..62 => [json(old.delete_session(workspace, &id)), json(new.delete_session(workspace, &id))],
        62..84 => {
            let message = dice.message();
            let answer = json(new.add_chat_message(workspace, &id, to_new(&message)));
            [json(old.add_chat_message(workspace, &id, message)), answer]
        }
        _ => {
            let (number, status) = (dice.number(), dice.status());
            let answer = json(new.update_instance_status(workspace, &id, number, &status));
            [json(old.update_instance_status(workspace, &id, number, &status)), answer]
        }
    }
}

#[test]
fn thousands_of_commands_are_answered_as_the_old_history_did() {
    let seed = retold_trial::chance::seed();
    let mut dice = Dice { rng: StdRng::seed_from_u64(seed), count: 0 };
    let both = Both::new();
    let workspaces = both.workspaces();
    for number in 0..crate::nightly(COMMANDS) {
        NOW.store(1_763_082_123_000_000_000 + dice.rng.random_range(0..4_000) * 250_000, Ordering::SeqCst);
        let workspace = match dice.rng.random_range(0..30) {
            0 => " \t".to_owned(),
            _ => workspaces.choose(&mut dice.rng).cloned().unwrap(),
        };
        let [old, new] = command(&both, &mut dice, &workspace);
        assert_eq!(old, new, "command {number} of seed {seed}");
        both.new.flush_mirror().unwrap();
        if !workspace.trim().is_empty() {
            let [old, new] = both.files(&workspace);
            assert!(old == new, "file after command {number} of seed {seed}\n{old}\n{new}");
        }
    }
    for workspace in &workspaces {
        assert_eq!(json(both.old.get_all_sessions(workspace)), json(both.new.get_all_sessions(workspace)));
    }
    assert!(both.new.store().log().verify(|_| true).unwrap().is_sound());
}
