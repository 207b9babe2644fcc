//! What is not to come in: said in the log, and asked before anything of a file is kept.
//!
//! Exclusions are events of the workspace [`WORKSPACE`]'s own stream, so that they are in every backup and survive whatever the store
//! survives. An import reads them when it begins, and each of its commits is refused where there are others by then
//! ([`Exclusions::hook`]): then it begins again.
//!
//! Paths, and the marks of a session ([`Mark`]), are known by salted hashes: an exclusion need not name what it keeps out. Whoever can
//! guess a path or a text can confirm the guess.

mod known;
mod scout;
mod secrets;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use blake3::Hasher;
use rand::RngExt as _;
use retold_core::event::{ImportExcluded, ImportIncluded};
use retold_core::{
    Commit, CommitHook, Digest, Error as LogError, Event, Expected, Limit, Log, Meta, Origin, Revision,
    StreamName,
};
use rusqlite::Connection;

use crate::Error;
pub(super) use scout::Scouted;
pub use secrets::mask_secrets;

/// The workspace whose own stream says what is excluded.
pub const WORKSPACE: &str = "import";

/// What the hashes are derived for.
const CONTEXT: &str = "retold v1 exclusion";
/// So many marks of a session are remembered.
const MARKS_MAX: usize = 1 << 20;
/// How often somebody else may have been first.
const TRIES: usize = 100;

/// What kind of thing is excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExclusionKind {
    /// A folder or file: transcripts in it, and sessions that work in it.
    Path,
    /// Sessions that work in a folder of a name, wherever it is, or below one.
    Name,
    /// A session, with its sub-agents.
    Session,
    /// What looks like a secret, wherever it is: it is masked.
    Secrets,
}

impl ExclusionKind {
    /// Returns the word for it, as the log has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Name => "name",
            Self::Session => "session",
            Self::Secrets => "secrets",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        [Self::Path, Self::Name, Self::Session, Self::Secrets].into_iter().find(|kind| kind.word() == word)
    }
}

/// What a session is known by where it is not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// The name of a file that holds nothing else.
    File,
    /// The id of a message or a call.
    Id,
    /// What a person said.
    Text,
}

impl Mark {
    const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Id => "id",
            Self::Text => "text",
        }
    }

    /// What is shorter is in many sessions.
    const fn least(self) -> usize {
        match self {
            Self::File => 1,
            Self::Id => 16,
            Self::Text => 8,
        }
    }
}

/// Something that is to be excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExclusion {
    /// What kind of thing it is.
    pub kind: ExclusionKind,
    /// Its name: a path, a folder's name, or a session as its tool, `/` and its id.
    pub name: String,
    /// Whether the log is to say the name. A session's name it has anyhow.
    pub is_named: bool,
    /// Of a session, what it is known by where it is not named.
    pub marks: Vec<(Mark, String)>,
    /// Why.
    pub reason: Option<String>,
}

/// Something that is excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// What kind of thing it is.
    pub kind: ExclusionKind,
    /// Its name, where the log says it.
    pub name: Option<String>,
    /// What it is known by.
    pub digest: Digest,
    /// Since when, in microseconds since 1970.
    pub since: i64,
    /// Why.
    pub reason: Option<String>,
}

/// All that is excluded.
#[derive(Clone, Debug, Default)]
pub struct Exclusions {
    revision: Revision,
    /// Where something was included last: what was decided before then may not hold any more.
    included: Revision,
    salt: Option<Digest>,
    all: Vec<Exclusion>,
    /// That secrets are masked.
    secrets: Option<Exclusion>,
    marks: HashSet<u64>,
}

impl Exclusions {
    /// Reads what is excluded. O(exclusions that ever were).
    ///
    /// # Errors
    /// Where the log cannot be read, or a newer release excluded what this one does not understand.
    pub fn read(log: &Log) -> Result<Self, Error> {
        let (mut found, mut reader) = (Self::default(), log.reader()?);
        let Some(stream) = reader.stream(&StreamName::workspace(WORKSPACE))? else { return Ok(found) };
        let end = reader.head()?.position;
        loop {
            let page = reader.stream_events_after(stream, found.revision, end, Limit::default())?;
            if page.events.is_empty() {
                return Ok(found);
            }
            for recorded in page.events {
                found.revision = recorded.revision;
                match recorded.event {
                    Some(Event::ImportExcluded(body)) => found.learn(*body, recorded.recorded_at)?,
                    Some(Event::ImportIncluded(body)) => {
                        found.included = recorded.revision;
                        found.all.retain(|one| one.digest != body.digest);
                        found.secrets.take_if(|one| one.digest == body.digest);
                    }
                    _ => {}
                }
            }
        }
    }

    fn learn(&mut self, body: ImportExcluded, since: i64) -> Result<(), Error> {
        let ImportExcluded { what, name, salt, digest, marks, reason } = body;
        let Some(kind) = ExclusionKind::of_word(&what) else {
            let found = format!("an exclusion of the kind {what}, which a newer release wrote");
            return Err(LogError::Damaged { act: "read what is excluded", found }.into());
        };
        self.salt.get_or_insert(salt);
        self.marks.extend(marks);
        let one = Exclusion { kind, name, digest, since, reason };
        if kind == ExclusionKind::Secrets {
            self.secrets = Some(one);
            return Ok(());
        }
        self.all.retain(|one| one.digest != digest);
        self.all.push(one);
        Ok(())
    }

    /// Reads what is excluded again, if that is something else by now. One row is read where it is not.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn renew(&mut self, log: &Log) -> Result<(), Error> {
        let reader = log.reader()?;
        let revision = match reader.stream(&StreamName::workspace(WORKSPACE))? {
            Some(stream) => reader.revision(stream)?,
            None => Revision::ZERO,
        };
        drop(reader);
        if revision != self.revision {
            *self = Self::read(log)?;
        }
        Ok(())
    }

    /// Returns all, the oldest first.
    pub fn all(&self) -> &[Exclusion] {
        &self.all
    }

    /// Returns whether nothing is excluded, but for secrets.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Returns what refuses a commit, as a conflict, where something else is excluded when its turn comes.
    pub fn hook(&self) -> Arc<dyn CommitHook> {
        Arc::new(AsOf(self.revision))
    }

    /// Returns the exclusion of this name; of a path, without `/` at its end.
    pub fn find(&self, kind: ExclusionKind, name: &str) -> Option<&Exclusion> {
        let digest = Digest(*self.hash(kind.word(), name)?.as_bytes());
        self.all.iter().chain(&self.secrets).find(|one| one.kind == kind && one.digest == digest)
    }

    /// Returns whether a file is excluded, or a folder that it is in.
    pub fn has_path(&self, path: &Path) -> bool {
        self.is_any(ExclusionKind::Path)
            && is_folder_of(path, &mut |kind, name| {
                kind == ExclusionKind::Path && self.find(kind, name).is_some()
            })
    }

    /// Returns whether a session that works in a folder is excluded.
    pub fn has_folder(&self, folder: &str) -> bool {
        (self.is_any(ExclusionKind::Path) || self.is_any(ExclusionKind::Name))
            && is_folder_of(Path::new(folder), &mut |kind, name| self.find(kind, name).is_some())
    }

    /// Returns whether a session is excluded by its name, or by that of the session that it works for.
    pub fn has_session(&self, workspace: &str, id: &str) -> bool {
        self.is_any(ExclusionKind::Session) && {
            let name = format!("{workspace}/{id}");
            self.all.iter().any(|one| {
                one.kind == ExclusionKind::Session
                    && one.name.as_ref().is_some_and(|one| {
                        name.strip_prefix(one.as_str())
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    })
            })
        }
    }

    /// Returns whether this is of a session that is excluded.
    pub(super) fn has_mark(&self, mark: Mark, text: &str) -> bool {
        let text = text.trim();
        !self.marks.is_empty()
            && text.len() >= mark.least()
            && self.hash(mark.word(), text).is_some_and(|hash| self.marks.contains(&short(&hash)))
    }

    fn is_any(&self, kind: ExclusionKind) -> bool {
        self.all.iter().any(|one| one.kind == kind)
    }

    /// Returns the name under which the log knows a file that is excluded as a whole.
    pub fn name_of(&self, source: &str) -> String {
        let what = format!("source {}", self.included);
        self.hash(&what, source).map_or_else(String::new, |hash| format!("excluded/{}", hash.to_hex()))
    }

    fn hash(&self, what: &str, name: &str) -> Option<blake3::Hash> {
        self.salt.map(|salt| hash(&salt, what, name))
    }
}

/// Returns whether `is_it` knows a folder by any of the names that an exclusion may have for it: its path and those of the folders that
/// it is in, and each of their names.
pub fn is_folder_of(folder: &Path, is_it: &mut dyn FnMut(ExclusionKind, &str) -> bool) -> bool {
    let path = spelled(folder);
    let ends = path.char_indices().filter(|(at, letter)| *letter == '/' && *at > 0).map(|(at, _)| at);
    ends.chain([path.len()]).any(|end| is_it(ExclusionKind::Path, &path[..end]))
        || path.split('/').any(|part| is_it(ExclusionKind::Name, part))
}

fn hash(salt: &Digest, what: &str, name: &str) -> blake3::Hash {
    let mut hasher = Hasher::new_derive_key(CONTEXT);
    hasher.update(&salt.0).update(&(what.len() as u64).to_le_bytes());
    hasher.update(what.as_bytes()).update(name.as_bytes()).finalize()
}

fn short(hash: &blake3::Hash) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// Returns an id as a string of JSON, as one of JSON inside a string, and as a database has it that keeps its sixteen bytes.
pub(super) fn quoted(id: &str) -> Vec<String> {
    let mut spelled = vec![format!("\"{id}\""), format!("\\\"{id}\\\"")];
    if id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()) {
        spelled.push(format!("\"{}\"", id.replace('-', "").to_ascii_lowercase()));
    }
    spelled
}

/// Returns a path as exclusions spell it: `/` between its parts, and none at its end.
fn spelled(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let root = if text.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// Excludes things from every later import, those among them that are not excluded yet; returns how many that were.
///
/// # Errors
/// Those of [`Log::append`].
pub fn exclude(log: &Log, wanted: &[NewExclusion]) -> Result<usize, Error> {
    decide(log, |exclusions| {
        let salt = exclusions.salt.unwrap_or_else(|| Digest(rand::rng().random()));
        let event = |new: &NewExclusion| -> Option<Event> {
            let name = match new.kind {
                ExclusionKind::Path => spelled(Path::new(&new.name)),
                _ => new.name.clone(),
            };
            if exclusions.find(new.kind, &name).is_some() {
                return None;
            }
            let digest = Digest(*hash(&salt, new.kind.word(), &name).as_bytes());
            let marks = new.marks.iter().map(|(mark, text)| (mark, text.trim()));
            let marks = marks.filter(|(mark, text)| text.len() >= mark.least());
            let marks = marks.map(|(mark, text)| short(&hash(&salt, mark.word(), text)));
            let marks: BTreeSet<u64> = marks.take(MARKS_MAX).collect();
            let marks = marks.into_iter().collect();
            let name = (new.is_named || new.kind == ExclusionKind::Session).then_some(name);
            let what = new.kind.word().to_owned();
            Some(ImportExcluded { what, name, salt, digest, marks, reason: new.reason.clone() }.into())
        };
        wanted.iter().filter_map(event).collect()
    })
}

/// Lets something in again that was excluded; returns whether it was. What was forgotten does not come back by that.
///
/// # Errors
/// Those of [`Log::append`].
pub fn include(log: &Log, digest: Digest) -> Result<bool, Error> {
    let included = decide(log, |exclusions| {
        let is_there = exclusions.all.iter().chain(&exclusions.secrets).any(|one| one.digest == digest);
        is_there.then(|| ImportIncluded { digest }.into()).into_iter().collect()
    })?;
    Ok(included > 0)
}

/// Appends events that depend on what is excluded.
fn decide(log: &Log, events: impl Fn(&Exclusions) -> Vec<Event>) -> Result<usize, Error> {
    for _ in 0..TRIES {
        let exclusions = Exclusions::read(log)?;
        let events = events(&exclusions);
        let count = events.len();
        if count == 0 {
            return Ok(0);
        }
        let expected = Expected::At(exclusions.revision);
        let commit = Commit::to(StreamName::workspace(WORKSPACE), expected, events);
        match log.append(commit.meta(Meta::of(Origin::Application))) {
            Ok(_) => return Ok(count),
            Err(LogError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(LogError::Busy { act: "say what is excluded" }.into())
}

/// Refuses a commit that was decided on other exclusions.
#[derive(Debug)]
struct AsOf(Revision);

impl CommitHook for AsOf {
    fn check(&self, transaction: &Connection) -> rusqlite::Result<bool> {
        let mut statement =
            transaction.prepare_cached(include_str!("../../../sql/exclusions_revision.sql"))?;
        let revision: Option<i64> = statement.query_row([WORKSPACE], |row| row.get(0))?;
        Ok(revision.unwrap_or(0).unsigned_abs() == self.0.get())
    }

    fn apply(&self, _: &Connection, _: &retold_core::Appended) -> rusqlite::Result<()> {
        Ok(())
    }
}
