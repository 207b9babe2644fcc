//! Support for the promises: stores in folders of their own, events to put into them, hands to damage them with.

pub mod forge;
pub mod import;
#[cfg(unix)]
pub mod ordinary;
pub mod pages;
pub mod place;

use std::path::{Path, PathBuf};

use retold_core::event::{MessageAdded, SessionCreated, TaskChanged};
use retold_core::{Error, Event, Limit, Log, Message, Options, Position, Recorded, Session, StreamName};
use rusqlite::Connection;
use tempfile::TempDir;

/// A store in a folder that goes with it.
#[derive(Debug)]
pub struct Store {
    folder: TempDir,
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

impl Store {
    /// A place for a store. There is none yet.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for a test") }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the store's path.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("sessions.db")
    }

    /// Opens the store, which is created where there is none.
    pub fn open(&self) -> Log {
        self.try_open().expect("a sound store opens")
    }

    /// Opens the store as it may be.
    ///
    /// # Errors
    /// Those of [`Log::open`].
    pub fn try_open(&self) -> Result<Log, Error> {
        Log::open(self.path())
    }

    /// Opens the store for reading, whatever state it is in.
    pub fn open_read_only(&self) -> Log {
        Options::new().read_only(true).open(self.path()).expect("a damaged store can be read")
    }

    /// Returns a connection that nothing stands in the way of: the triggers are gone.
    pub fn attacker(&self) -> Connection {
        let connection = Connection::open(self.path()).expect("a store is an SQLite file");
        let triggers = "drop trigger if exists event_update; drop trigger if exists event_delete;
            drop trigger if exists dictionary_update; drop trigger if exists dictionary_delete";
        connection.execute_batch(triggers).expect("a store has its triggers");
        connection
    }
}

/// The stream of the first session of this id.
pub fn name(id: &str) -> StreamName {
    StreamName::session("atlas", id, 1)
}

/// A session begins.
pub fn created(id: &str) -> Event {
    SessionCreated { session: session(id), place: None, home: None }.into()
}

/// A session without instances and messages.
pub fn session(id: &str) -> Session {
    let document = serde_json::json!({
        "id": id, "type": "competition", "task": "mend the door", "status": "running",
        "createdAt": "2026-11-23T09:00:00Z", "updatedAt": "2026-11-23T09:00:00Z",
        "instances": [], "chatHistory": [],
    });
    serde_json::from_value(document).expect("a document that has every required key")
}

/// The task becomes `task`.
pub fn task(task: impl Into<String>) -> Event {
    TaskChanged { task: task.into(), updated_at: None }.into()
}

/// A message is added.
pub fn message(content: impl Into<String>) -> Event {
    let document = serde_json::json!({
        "id": "msg-1", "role": "user", "content": content.into(), "timestamp": "2026-11-23T09:00:00Z",
    });
    let message: Message = serde_json::from_value(document).expect("a message that has every required key");
    MessageAdded { message, index: None, updated_at: None }.into()
}

/// A projection that has a row with its own version for every event.
pub fn seen(version: u32) -> retold_projections::Declaration {
    let text = format!(
        "-- projection: seen\n-- version: {version}\n\
         create table seen (position integer primary key, by integer not null) strict;\n\
         -- on: *\ninsert into seen values (:position, {version});"
    );
    retold_projections::Declaration::read(&text).expect("a declaration of one table")
}

/// Returns every event of a log.
pub fn all_events(log: &Log) -> Vec<Recorded> {
    let mut reader = log.reader().expect("a reader");
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let after = events.last().map_or(Position::ZERO, |last| last.position);
        let page = reader.events_after(after, Limit::default()).expect("a page of a sound log");
        events.extend(page.events);
        if !page.more {
            return events;
        }
    }
}

/// Checks that a log is sound, and that its positions and the revisions of its streams have no gap.
///
/// # Panics
/// Where that is not so.
pub fn assert_sound(log: &Log) {
    let verified = log.verify(|_| true).expect("the store can be read");
    assert!(verified.is_sound(), "{:?}", verified.faults);
    let mut revisions = std::collections::HashMap::new();
    let events = all_events(log);
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position.get(), position);
        let revision: &mut u64 = revisions.entry(event.stream).or_default();
        *revision += 1;
        assert_eq!(event.revision.get(), *revision, "stream {}", event.stream.get());
    }
    assert_eq!(verified.events, events.len() as u64);
}

/// Returns an error's words with those of its causes.
pub fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// The README's program, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The programs of the page on the crate, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/CRATE.md")]
pub struct UsingTheCrate;
