//! A store with a fixed clock, and the program run on it.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{Timestamp, ToSpan};
use retold_cli::Io;
use retold_core::event::{
    InstanceAdded, MessageAdded, OutputAppended, SessionCreated, SessionStatusChanged, WorkspaceRegistered,
};
use retold_core::{Commit, Event, Expected, Instance, Log, Message, NewEvent, Options, Session, StreamName};
use retold_projections::Store;

pub(crate) const FIRST: &str = "5f0c2a1e-0000-4000-8000-000000000001";
pub(crate) const SECOND: &str = "5f0c2a1e-0000-4000-8000-000000000002";

/// A folder with a store in it, or with room for one.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A folder without a store.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A store without an event.
    pub(crate) fn with_empty_store() -> Self {
        let place = Self::empty();
        place.log();
        place
    }

    /// A store with two sessions of seven events, recorded a minute apart from 09:00 on.
    pub(crate) fn with_sessions() -> Self {
        let place = Self::empty();
        let log = place.log();
        let append = |name: &StreamName, event: NewEvent| {
            log.append(Commit::to(name.clone(), Expected::Any, [event])).unwrap();
        };
        let (first, second) =
            (StreamName::session("atlas", FIRST, 1), StreamName::session("atlas", SECOND, 1));
        let registered = WorkspaceRegistered {
            path: Some("/home/ada/atlas".to_owned()),
            hashes: vec!["0123456789abcdef".to_owned()],
        };
        append(&StreamName::workspace("atlas"), registered.into());
        append(&first, created(FIRST, "Mend the door"));
        append(&first, joined());
        append(&first, said("user", "Which hinge?\nThe upper one \u{1b}[31mhurts\u{1b}[0m."));
        append(&second, created(SECOND, "扉を直す"));
        append(&first, OutputAppended { index: 0, text: "x".repeat(5000).into(), updated_at: None }.into());
        let status = SessionStatusChanged {
            status: "completed".to_owned(),
            completed_at: None,
            updated_at: Some("2026-11-23T08:30:00Z".to_owned()),
        };
        let occurred_at = Some("2026-11-23T08:30:00Z".parse().unwrap());
        append(&first, NewEvent { event: status.into(), occurred_at });
        place
    }

    /// A store with the sample history, imported by the program.
    pub(crate) fn with_sample() -> Self {
        let place = Self::empty();
        place.piped(&["import", &sample(""), "-o", "json"]).done();
        place
    }

    /// A store with the transcripts of every tool, imported at the fixed time.
    pub(crate) fn with_transcripts() -> Self {
        let place = Self::empty();
        for tool in ["claude", "codex", "gemini", "copilot", "opencode", "vibe-kanban", "join"] {
            let home = format!("{}/../tests/transcripts/{tool}/home", env!("CARGO_MANIFEST_DIR"));
            // Some of them hold what is skipped.
            place.run(&["import", "-q"], |io| io.environment = environment(&[("HOME", &home)]));
        }
        place
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("sessions.db")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the store, with a clock that goes on by a minute with each look.
    pub(crate) fn log(&self) -> Log {
        let minutes = AtomicU64::new(0);
        let begin: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let clock = move || begin + i64::try_from(minutes.fetch_add(1, Ordering::SeqCst)).unwrap().minutes();
        let options = Options::new().create(true).clock(clock);
        Store::open(self.path(), options).unwrap().log().clone()
    }

    /// Changes the store behind its back.
    pub(crate) fn tamper(&self, sql: &str) {
        rusqlite::Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }

    /// Returns the names of what is in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Writes a file into the folder, and returns its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs the program on the store, its answer piped.
    pub(crate) fn piped(&self, args: &[&str]) -> Answer {
        self.run(args, |_| {})
    }

    /// Runs the program on the store, at a terminal of 80 columns without colour.
    pub(crate) fn terminal(&self, args: &[&str]) -> Answer {
        self.run(args, |io| {
            io.out_is_terminal = true;
            io.environment = environment(&[("NO_COLOR", "1"), ("PAGER", "cat")]);
        })
    }

    /// Runs the program on the store, with a process made to order.
    pub(crate) fn run(&self, args: &[&str], order: impl FnOnce(&mut Io)) -> Answer {
        self.run_on(&self.path(), args, order)
    }

    /// Runs the program on another store in the folder, its answer piped.
    pub(crate) fn piped_on(&self, store: impl AsRef<Path>, args: &[&str]) -> Answer {
        self.run_on(store.as_ref(), args, |_| {})
    }

    fn run_on(&self, store: &Path, args: &[&str], order: impl FnOnce(&mut Io)) -> Answer {
        let store = store.as_os_str().to_owned();
        let args = ["retold".into(), "--store".into(), store].into_iter().chain(args.iter().map(Into::into));
        let mut answer = run(args, order);
        let folder = self.folder.path().to_str().unwrap().to_owned();
        let sample = std::fs::canonicalize(sample("")).unwrap().to_str().unwrap().to_owned();
        for text in [&mut answer.out, &mut answer.err] {
            *text = text.replace(&folder, "[folder]").replace(&sample, "[sample]");
        }
        answer
    }
}

/// The path of a part of the sample history.
pub(crate) fn sample(part: &str) -> String {
    format!("{}/../examples/ait42/{part}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program with exactly these arguments.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>, order: impl FnOnce(&mut Io)) -> Answer {
    let (out, err) = (Kept::default(), Kept::default());
    let mut io = Io {
        input: Box::new(std::io::empty()),
        out: Box::new(out.clone()),
        err: Box::new(err.clone()),
        input_is_terminal: false,
        out_is_terminal: false,
        err_is_terminal: false,
        columns: 80,
        lines: 24,
        environment: environment(&[]),
        data_folder: None,
        config_folder: None,
        clock: Arc::new(|| "2026-11-23T10:00:00Z".parse().unwrap()),
        time_zone: jiff::tz::TimeZone::UTC,
        interrupt: Arc::new(AtomicBool::new(false)),
    };
    order(&mut io);
    let exit = retold_cli::run(args, &mut io);
    drop(io);
    Answer { exit, out: out.text(), err: err.text() }
}

/// An environment that holds these variables.
pub(crate) fn environment(variables: &[(&str, &str)]) -> retold_cli::Environment {
    let variables: Vec<(String, OsString)> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
    Box::new(move |name| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
}

/// What the program wrote, and what it exited with.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) exit: ExitCode,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    /// Returns the answer of a command that did what it was asked.
    pub(crate) fn done(self) -> String {
        assert_eq!((self.exit, self.err.as_str()), (ExitCode::SUCCESS, ""), "{}", self.out);
        self.out
    }

    /// Returns the answer of a command that did what it was asked, whatever it said beside it.
    pub(crate) fn done_with_notes(self) -> String {
        self.exited_with(0).out
    }

    /// Returns the complaint of a command that answered nothing and exited with `code`.
    pub(crate) fn refused(self, code: u8) -> String {
        assert_eq!((self.exit, self.out.as_str()), (ExitCode::from(code), ""), "{}", self.err);
        self.err
    }

    /// Returns the answer of a command that exited with `code`.
    pub(crate) fn exited(self, code: u8) -> String {
        assert_eq!((self.exit, self.err.as_str()), (ExitCode::from(code), ""), "{}", self.out);
        self.out
    }

    /// Returns what a command said that exited with `code`, whatever it said beside its answer.
    pub(crate) fn exited_with(self, code: u8) -> Self {
        assert_eq!(self.exit, ExitCode::from(code), "{}{}", self.out, self.err);
        self
    }

    /// Returns the answer as JSON; what a point came to may be said beside it.
    pub(crate) fn json(self) -> serde_json::Value {
        assert_eq!(self.exit, ExitCode::SUCCESS, "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Compares with an inline snapshot; hashes and log ids, which are random, are filtered.
macro_rules! snapshot {
    ($text:expr, @$expected:literal) => {
        insta::with_settings!({ filters => [
            (r"[0-9a-f]{64}", "[hash]"),
            (r"\b[0-9a-f]{32}\b", "[log id]"),
            (r"(@\d+)-[0-9a-f]{8}\.db", "$1-[n].db"),
            (r"\b[0-9a-f]{16,}…", "[cut hash]…"),
            (r#"(""?id""?: ?""?)[0-9a-f]{16}""#, "$1[operation]\""),
            (r"(in|time) +\d+ ms", "$1 [n] ms"),
            (r#""duration_ms": ?\d+"#, "\"duration_ms\":[n]"),
        ] }, { insta::assert_snapshot!($text, @$expected) })
    };
}
pub(crate) use snapshot;

/// Keeps what is written.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Refuses to be written to, in a way of its own.
pub(crate) struct Closed(pub(crate) std::io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn created(id: &str, task: &str) -> NewEvent {
    let session = serde_json::json!({
        "id": id, "type": "competition", "task": task, "status": "running",
        "createdAt": "2026-11-23T08:00:00Z", "updatedAt": "2026-11-23T08:00:00Z",
        "instances": [], "chatHistory": [],
    });
    let session: Session = serde_json::from_value(session).unwrap();
    Event::from(SessionCreated { session, place: None, home: None }).into()
}

fn joined() -> NewEvent {
    let instance = serde_json::json!({
        "instanceId": 1, "worktreePath": "/tmp/w", "branch": "b", "agentName": "🤖 Ada",
        "status": "running", "tmuxSessionId": "t", "output": null,
    });
    let instance: Instance = serde_json::from_value(instance).unwrap();
    Event::from(InstanceAdded { instance, index: None, updated_at: None }).into()
}

fn said(role: &str, content: &str) -> NewEvent {
    let mut message = Message::new("msg-1", role, content);
    message.timestamp = "2026-11-23T08:10:00Z".to_owned();
    Event::from(MessageAdded { message, index: None, updated_at: None }).into()
}
