//! opencode.
//!
//! Sessions, messages and parts are rows of a database; older releases wrote each into a file of its own, often left where it was.

mod reading;
mod response;
mod row;
mod survey;
mod tools;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::saved;
use super::tool::{Format, Interpreter, Tool};
use crate::database::Listing;
use crate::json::Object;
use crate::spans::Each;
use crate::walk;
use crate::{Form, Places, Record, Rows, Source, SourceRole};

/// How many files of a folder are looked at to see what it is.
const FILES_LOOKED_AT: usize = 64;
/// How large a file may be that is looked at to see what it is.
const LOOK_MAX: u64 = 1 << 24;

#[derive(Debug)]
pub(super) struct Opencode;

impl Format for Opencode {
    fn tool(&self) -> Tool {
        Tool::Opencode
    }

    fn discover(&self, places: &Places, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<Source> {
        let share = places.variable("XDG_DATA_HOME").unwrap_or_else(|| places.home().join(".local/share"));
        let root = share.join("opencode");
        let mut found = Found { places, sources: Vec::new() };
        match places.variable("OPENCODE_DB") {
            // A path without a root is one below opencode's own folder.
            Some(path) => {
                let path = root.join(path);
                if walk::is_file(&path, failed) {
                    found.add(path, Form::Database, SourceRole::Transcript);
                }
            }
            None => {
                for path in databases(&root, failed) {
                    found.add(path, Form::Database, SourceRole::Transcript);
                }
            }
        }
        found.storage(&root.join("storage"), failed);
        for path in walk::files(&root.join("project"), failed) {
            found.add_file(path);
        }
        for path in walk::files(&root.join("tool-output"), failed) {
            found.add(path, Form::Opaque, SourceRole::Companion);
        }
        found.sources
    }

    fn recognise(&self, path: &Path) -> bool {
        if !path.is_dir() {
            return is_database(path) || is_document(path);
        }
        let files = walk::files(path, &mut |_, _| {});
        files.iter().take(FILES_LOOKED_AT).any(|path| is_database(path) || is_document(path))
    }

    fn rows(&self, source: &Source, each: &mut Each<'_>) -> io::Result<()> {
        rows(&Rows::open(&source.path)?, each)
    }

    /// Rows beside sessions, messages and parts are kept, and not counted.
    fn counted(&self, source: &Source, record: &Record<'_>) -> u64 {
        const BESIDE: &[&str] = &["project", "workspace", "todo", "permission", "session_share"];
        let is_beside = || {
            let record = Object::read(record.json())?;
            Some(BESIDE.contains(&&*record.text("table")?))
        };
        u64::from(source.form != Form::Database || !is_beside().unwrap_or(false))
    }

    fn interpreter(&self, _places: &Places) -> Box<dyn Interpreter> {
        Box::<reading::Reading>::default()
    }

    fn restored(&self, saved: &[u8]) -> Option<Box<dyn Interpreter>> {
        saved::read::<reading::Reading>(saved)
    }
}

/// Hands over a database as a conversation is read: a session, then each of its messages with its parts. What belongs to nothing
/// comes last.
fn rows(rows: &Rows, each: &mut Each<'_>) -> io::Result<()> {
    for (table, column) in [
        ("message", "session_id"),
        ("part", "message_id"),
        ("session_message", "session_id"),
        ("todo", "session_id"),
    ] {
        rows.make_findable(table, column)?;
    }
    let mut listing = Listing::new(rows, each);
    let sessions = rows.order("session", &["time_created", "id"])?;
    let messages = rows.order("message", &["time_created", "id"])?;
    let parts = rows.order("part", &["id"])?;
    listing.all_then("session", &sessions, "id", &mut |listing, session| {
        let order = ["time_created", "id"];
        listing.having_then("message", ("session_id", session), &order, "id", &mut |listing, message| {
            listing.having("part", "message_id", message, &["id"])
        })?;
        listing.having("session_message", "session_id", session, &["seq", "time_created", "id"])?;
        listing.having("todo", "session_id", session, &["position"])
    })?;
    let lost = listing.without("message", "session_id", "session")?;
    listing.all_then("message", &format!("{lost} {messages}"), "id", &mut |listing, message| {
        listing.having("part", "message_id", message, &["id"])
    })?;
    let lost = listing.without("part", "message_id", "message")?;
    listing.all("part", &format!("{lost} {parts}"))?;
    let lost = listing.without("session_message", "session_id", "session")?;
    if !lost.is_empty() {
        listing.all("session_message", &lost)?;
    }
    for table in ["project", "workspace", "session_share"] {
        let order = rows.order(table, &["id", "session_id"])?;
        listing.all(table, &order)?;
    }
    let order = rows.order("permission", &["project_id"])?;
    listing.all("permission", &order)
}

fn databases(root: &Path, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) => {
            if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
                failed(root.to_owned(), error);
            }
            return Vec::new();
        }
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name == "opencode.db" || name.starts_with("opencode-") && name.ends_with(".db")
        })
        .filter(|path| path.is_file())
        .collect();
    // The one without a channel first.
    found.sort_by_key(|path| (path.file_name().is_some_and(|name| name != "opencode.db"), path.clone()));
    found
}

/// What is found, in the order in which it is to be read.
struct Found<'p> {
    places: &'p Places,
    sources: Vec<Source>,
}

impl Found<'_> {
    fn add(&mut self, path: PathBuf, form: Form, role: SourceRole) {
        let name = self.places.name(&path);
        self.sources.push(Source { path, name, form, role });
    }

    /// Adds a file of the oldest layout.
    fn add_file(&mut self, path: PathBuf) {
        let is_transcript = path.extension().is_some_and(|end| end == "json")
            && ["info", "message", "part"].into_iter().any(|part| path.iter().any(|name| name == part));
        match is_transcript {
            true => self.add(path, Form::Document, SourceRole::Transcript),
            false => self.add(path, Form::Opaque, SourceRole::Companion),
        }
    }

    /// Adds the files of `storage`: each session, then its messages, each with its parts, then what belongs to nothing.
    fn storage(&mut self, storage: &Path, failed: &mut dyn FnMut(PathBuf, io::Error)) {
        let is_json = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
        let mut known = HashSet::new();
        let mut sessions = walk::files(&storage.join("session"), failed);
        sessions.retain(is_json);
        sessions.sort_by(|one, other| (one.file_name(), one).cmp(&(other.file_name(), other)));
        for session in sessions {
            let messages = session.file_stem().map(|id| storage.join("message").join(id));
            if known.insert(session.clone()) {
                self.add(session, Form::Document, SourceRole::Transcript);
            }
            for message in messages.map(|folder| walk::files(&folder, failed)).unwrap_or_default() {
                let parts = message.file_stem().map(|id| storage.join("part").join(id));
                if is_json(&message) && known.insert(message.clone()) {
                    self.add(message, Form::Document, SourceRole::Transcript);
                }
                for part in parts.map(|folder| walk::files(&folder, failed)).unwrap_or_default() {
                    if is_json(&part) && known.insert(part.clone()) {
                        self.add(part, Form::Document, SourceRole::Transcript);
                    }
                }
            }
        }
        for path in walk::files(storage, failed) {
            if !known.contains(&path) {
                let folder =
                    path.strip_prefix(storage).ok().and_then(|path| path.iter().next()).unwrap_or_default();
                let is_transcript = is_json(&path) && (folder == "message" || folder == "part");
                match is_transcript {
                    true => self.add(path, Form::Document, SourceRole::Transcript),
                    false => self.add(path, Form::Opaque, SourceRole::Companion),
                }
            }
        }
    }
}

fn is_database(path: &Path) -> bool {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let mut start = [0; MAGIC.len()];
    let read = std::fs::metadata(path)
        .and_then(|metadata| {
            if metadata.is_file() { std::fs::File::open(path) } else { Err(io::Error::other("no file")) }
        })
        .and_then(|mut file| io::Read::read_exact(&mut file, &mut start));
    if read.is_err() || start != MAGIC {
        return false;
    }
    Rows::open(path).is_ok_and(|rows| {
        let has = |table, column| rows.has_column(table, column).unwrap_or(false);
        has("session", "directory") && (has("message", "data") || has("session_message", "data"))
    })
}

fn is_document(path: &Path) -> bool {
    let is_small =
        std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() < LOOK_MAX);
    if !is_small || path.extension().is_none_or(|end| end != "json") {
        return false;
    }
    let Ok(bytes) = std::fs::read(path) else { return false };
    Object::read(&bytes).is_some_and(|object| {
        let begins = |key, start: &str| object.text(key).is_some_and(|id| id.starts_with(start));
        begins("sessionID", "ses_") && begins("id", "msg_")
            || begins("sessionID", "ses_") && begins("id", "prt_")
            || begins("id", "ses_") && object.raw("directory").is_some()
    })
}
