//! The seven commands over one file per workspace.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Instance, Message, Session};

/// A folder laid out as `~/.ait42`, with the old backend's seven commands on it.
///
/// Every command reads the workspace's whole file and every change writes it whole: O(file), not
/// atomic, not locked, not synced. A command that fails changes nothing.
#[derive(Clone, Debug)]
pub struct LegacyStore {
    /// Stands for `~/.ait42`; the files lie in its folder `sessions`.
    pub dir: PathBuf,
    clock: fn() -> Timestamp,
}

/// Why a command was refused, in the old backend's words where it had its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The workspace path is empty or only white space.
    #[error("Cannot {act}: workspace path is empty.{advice}")]
    BlankPath {
        /// The command, in words.
        act: &'static str,
        /// What the old backend told people to do, after a space; empty for most commands.
        advice: &'static str,
    },
    /// The file holds no session with the id.
    #[error("Session {session_id} not found")]
    SessionNotFound {
        /// The id, as asked for.
        session_id: String,
    },
    /// The session's first record has no instance with the number.
    #[error("Instance {instance_id} not found in session {session_id}")]
    InstanceNotFound {
        /// The number, as asked for.
        instance_id: u32,
        /// The session that was found.
        session_id: String,
    },
    /// The file could not be read or written.
    #[error("access session file {}", path.display())]
    Io {
        /// The workspace's file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is not an array of sessions; one bad value is enough.
    #[error("parse session file {}", path.display())]
    Json {
        /// The workspace's file.
        path: PathBuf,
        /// Where and what was wrong.
        source: serde_json::Error,
    },
}

type Result<T> = std::result::Result<T, Error>;

/// Returns the name, less `.json`, of the file that holds the workspace at `path`: the first 16
/// hex digits of the path's SHA-256.
///
/// Takes the path as it is; [`LegacyStore::file`] resolves it first.
#[must_use]
pub fn workspace_hash(path: &str) -> String {
    Sha256::digest(path.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl LegacyStore {
    /// Uses `dir` as `~/.ait42`; nothing is created before the first write.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), clock: Timestamp::now }
    }

    /// Takes the present from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: fn() -> Timestamp) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the file of `workspace`: by its canonical path where that exists, else by the path
    /// as given less trailing slashes.
    #[must_use]
    pub fn file(&self, workspace: &str) -> PathBuf {
        let resolved = fs::canonicalize(workspace).map_or_else(
            |_| workspace.trim_end_matches('/').to_owned(),
            |path| path.to_string_lossy().into_owned(),
        );
        self.dir.join("sessions").join(format!("{}.json", workspace_hash(&resolved)))
    }

    /// Appends `session` at the end of the file, also where its id exists, and returns it.
    ///
    /// # Errors
    /// [`Error::BlankPath`]; [`Error::Io`] and [`Error::Json`] for the file.
    pub fn create_session(&self, workspace: &str, session: Session) -> Result<Session> {
        refuse_blank(workspace, "create session", " Please open a valid Git repository.")?;
        let file = self.file(workspace);
        let mut sessions = load(&file)?;
        sessions.push(session.clone());
        save(&file, &sessions)?;
        Ok(session)
    }

    /// Replaces the first session with `session`'s id whole, in its place, and returns it.
    ///
    /// # Errors
    /// [`Error::BlankPath`], [`Error::SessionNotFound`]; [`Error::Io`] and [`Error::Json`] for the
    /// file.
    pub fn update_session(&self, workspace: &str, session: Session) -> Result<Session> {
        refuse_blank(workspace, "update session", "")?;
        self.change(workspace, &session.id.clone(), |found| {
            *found = session;
            Ok(())
        })
    }

    /// Returns the first session with `session_id`.
    ///
    /// # Errors
    /// [`Error::BlankPath`], [`Error::SessionNotFound`]; [`Error::Io`] and [`Error::Json`] for the
    /// file.
    pub fn get_session(&self, workspace: &str, session_id: &str) -> Result<Session> {
        refuse_blank(workspace, "get session", "")?;
        let mut sessions = load(&self.file(workspace))?.into_iter();
        sessions
            .find(|session| session.id == session_id)
            .ok_or_else(|| Error::SessionNotFound { session_id: session_id.to_owned() })
    }

    /// Returns all sessions in file order, duplicates too; none for a blank path.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Json`] for the file.
    pub fn get_all_sessions(&self, workspace: &str) -> Result<Vec<Session>> {
        if workspace.trim().is_empty() {
            return Ok(Vec::new());
        }
        load(&self.file(workspace))
    }

    /// Removes every session with `session_id`; that there is none is no error.
    ///
    /// # Errors
    /// [`Error::BlankPath`]; [`Error::Io`] and [`Error::Json`] for the file.
    pub fn delete_session(&self, workspace: &str, session_id: &str) -> Result<()> {
        refuse_blank(workspace, "delete session", "")?;
        let file = self.file(workspace);
        let mut sessions = load(&file)?;
        sessions.retain(|session| session.id != session_id);
        save(&file, &sessions)
    }

    /// Appends `message` to the first session with `session_id`, sets its `updatedAt` to now, and
    /// returns it.
    ///
    /// # Errors
    /// [`Error::BlankPath`], [`Error::SessionNotFound`]; [`Error::Io`] and [`Error::Json`] for the
    /// file.
    pub fn add_chat_message(&self, workspace: &str, session_id: &str, message: Message) -> Result<Session> {
        refuse_blank(workspace, "add chat message", "")?;
        self.change(workspace, session_id, |session| {
            session.chat_history.push(message);
            session.updated_at = rfc3339((self.clock)());
            Ok(())
        })
    }

    /// Sets the status of the first instance numbered `instance_id`, and `updatedAt` to now also
    /// where the status stays, and returns the session.
    ///
    /// # Errors
    /// [`Error::BlankPath`], [`Error::SessionNotFound`], [`Error::InstanceNotFound`];
    /// [`Error::Io`] and [`Error::Json`] for the file.
    pub fn update_instance_status(
        &self,
        workspace: &str,
        session_id: &str,
        instance_id: u32,
        new_status: &str,
    ) -> Result<Session> {
        refuse_blank(workspace, "update instance status", "")?;
        self.change(workspace, session_id, |session| {
            let named = |instance: &&mut Instance| instance.instance_id == instance_id;
            let Some(instance) = session.instances.iter_mut().find(named) else {
                return Err(Error::InstanceNotFound { instance_id, session_id: session_id.to_owned() });
            };
            new_status.clone_into(&mut instance.status);
            session.updated_at = rfc3339((self.clock)());
            Ok(())
        })
    }

    fn change(
        &self,
        workspace: &str,
        session_id: &str,
        change: impl FnOnce(&mut Session) -> Result<()>,
    ) -> Result<Session> {
        let file = self.file(workspace);
        let mut sessions = load(&file)?;
        let Some(session) = sessions.iter_mut().find(|session| session.id == session_id) else {
            return Err(Error::SessionNotFound { session_id: session_id.to_owned() });
        };
        change(session)?;
        let changed = session.clone();
        save(&file, &sessions)?;
        Ok(changed)
    }
}

fn refuse_blank(workspace: &str, act: &'static str, advice: &'static str) -> Result<()> {
    if workspace.trim().is_empty() { Err(Error::BlankPath { act, advice }) } else { Ok(()) }
}

/// Reads the whole file; one that is missing or blank holds no sessions.
fn load(file: &Path) -> Result<Vec<Session>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Io { path: file.to_owned(), source }),
    };
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(&text).map_err(|source| Error::Json { path: file.to_owned(), source })
}

fn save(file: &Path, sessions: &[Session]) -> Result<()> {
    let io = |source| Error::Io { path: file.to_owned(), source };
    let text = serde_json::to_string_pretty(sessions)
        .map_err(|source| Error::Json { path: file.to_owned(), source })?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(io)?;
    }
    fs::write(file, text).map_err(io)
}

/// Spells `time` as the old backend's clock did: as many fraction digits as needed, in threes.
fn rfc3339(time: Timestamp) -> String {
    let format = match time.subsec_nanosecond() {
        0 => "%Y-%m-%dT%H:%M:%S+00:00",
        nanos if nanos % 1_000_000 == 0 => "%Y-%m-%dT%H:%M:%S%.3f+00:00",
        nanos if nanos % 1_000 == 0 => "%Y-%m-%dT%H:%M:%S%.6f+00:00",
        _ => "%Y-%m-%dT%H:%M:%S%.9f+00:00",
    };
    time.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Shape, sessions};

    fn given(ids: &[&str]) -> (tempfile::TempDir, LegacyStore, Vec<Session>) {
        let folder = tempfile::tempdir().unwrap();
        let store = LegacyStore::new(folder.path());
        let shape = Shape { sessions: ids.len(), ..Shape::KIB_16 };
        let mut made: Vec<Session> = sessions(&shape, 3).collect();
        for (session, id) in made.iter_mut().zip(ids) {
            (*id).clone_into(&mut session.id);
            store.create_session("/w", session.clone()).unwrap();
        }
        (folder, store, made)
    }

    #[test]
    fn creating_an_id_twice_keeps_both_and_deleting_removes_both() {
        let (_folder, store, made) = given(&["a", "b", "a"]);
        assert_eq!(store.get_all_sessions("/w/").unwrap(), made);
        assert_eq!(store.get_session("/w", "a").unwrap(), made[0]);
        store.delete_session("/w", "a").unwrap();
        store.delete_session("/w", "no such id").unwrap();
        assert_eq!(store.get_all_sessions("/w").unwrap(), made[1..2]);
    }

    #[test]
    fn an_update_replaces_the_first_match_in_its_place() {
        let (_folder, store, mut made) = given(&["a", "b", "a"]);
        made[0].task = "another".to_owned();
        store.update_session("/w", made[0].clone()).unwrap();
        assert_eq!(store.get_all_sessions("/w").unwrap(), made);
    }

    #[test]
    fn a_message_and_a_status_touch_the_first_match_and_its_clock() {
        let (_folder, store, made) = given(&["a", "a"]);
        let message = made[1].chat_history[0].clone();
        let after = store.add_chat_message("/w", "a", message.clone()).unwrap();
        assert_eq!(after.chat_history.last(), Some(&message));
        assert_ne!(after.updated_at, made[0].updated_at);
        let number = made[0].instances[1].instance_id;
        let after = store.update_instance_status("/w", "a", number, "archived").unwrap();
        assert_eq!(after.instances[1].status, "archived");
        assert_eq!(store.get_all_sessions("/w").unwrap(), [after, made[1].clone()]);
    }

    #[test]
    fn refusals_have_the_old_words_and_change_nothing() {
        let (_folder, store, made) = given(&["a"]);
        let before = fs::read(store.file("/w")).unwrap();
        let (session, message) = (made[0].clone(), made[0].chat_history[0].clone());
        let other = Session { id: "b".to_owned(), ..session.clone() };
        let words = [
            store.create_session(" ", session.clone()).unwrap_err().to_string(),
            store.update_session("", session).unwrap_err().to_string(),
            store.get_session("\t", "a").unwrap_err().to_string(),
            store.delete_session("", "a").unwrap_err().to_string(),
            store.add_chat_message("", "a", message.clone()).unwrap_err().to_string(),
            store.update_instance_status("", "a", 1, "idle").unwrap_err().to_string(),
            store.update_session("/w", other).unwrap_err().to_string(),
            store.get_session("/w", "b").unwrap_err().to_string(),
            store.add_chat_message("/w", "b", message).unwrap_err().to_string(),
            store.update_instance_status("/w", "b", 1, "idle").unwrap_err().to_string(),
            store.update_instance_status("/w", "a", 99, "idle").unwrap_err().to_string(),
        ];
        assert_eq!(
            words,
            [
                "Cannot create session: workspace path is empty. Please open a valid Git repository.",
                "Cannot update session: workspace path is empty.",
                "Cannot get session: workspace path is empty.",
                "Cannot delete session: workspace path is empty.",
                "Cannot add chat message: workspace path is empty.",
                "Cannot update instance status: workspace path is empty.",
                "Session b not found",
                "Session b not found",
                "Session b not found",
                "Session b not found",
                "Instance 99 not found in session a",
            ]
        );
        assert_eq!(store.get_all_sessions("  ").unwrap(), []);
        assert_eq!(fs::read(store.file("/w")).unwrap(), before);
    }

    #[test]
    fn a_blank_file_holds_no_sessions_and_a_bad_value_spoils_all() {
        let (_folder, store, _) = given(&["a"]);
        fs::write(store.file("/w"), " \n\t").unwrap();
        assert_eq!(store.get_all_sessions("/w").unwrap(), []);
        fs::write(store.file("/w"), "[{}]").unwrap();
        assert!(matches!(store.get_all_sessions("/w"), Err(Error::Json { .. })));
        fs::write(store.file("/w"), b"[\xff]").unwrap();
        assert!(matches!(store.get_all_sessions("/w"), Err(Error::Io { .. })));
    }

    #[test]
    fn hashes_and_clock_are_the_old_backends() {
        assert_eq!(workspace_hash(""), "e3b0c44298fc1c14");
        let at = |nanosecond| rfc3339(Timestamp::new(1_763_082_123, nanosecond).unwrap());
        assert_eq!(at(0), "2025-11-14T01:02:03+00:00");
        assert_eq!(at(120_000_000), "2025-11-14T01:02:03.120+00:00");
        assert_eq!(at(120_400_000), "2025-11-14T01:02:03.120400+00:00");
        assert_eq!(at(123_456_789), "2025-11-14T01:02:03.123456789+00:00");
    }
}
