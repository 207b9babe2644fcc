//! The status of projections: what is so now, not what somebody once wrote down.

use std::path::PathBuf;

use retold_core::{Head, Log, Position};
use rusqlite::OptionalExtension;

use super::file::{SidecarFile, reason};
use super::inline;
use super::lock::{Work, holder};
use super::registry::{self, Entry, FileName, SkipRow, Trouble};
use super::subject::BUILT_IN;
use crate::Error;
use crate::declared::{Declaration, Policy};
use crate::engine::{head, is_of};
use crate::error::sqlite;

/// Where a projection's code comes from, and where its rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Built in, in the store's file and the append's transaction.
    Inline,
    /// Built in, in a file of its own.
    BuiltIn,
    /// Declared in SQL, in a file of its own.
    Declared,
}

impl Kind {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::BuiltIn => "built-in",
            Self::Declared => "declared",
        }
    }
}

/// How a projection relates to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProjectionState {
    /// It holds every event.
    CaughtUp,
    /// It lacks events, and a living process is taking them in.
    Running,
    /// It lacks events, and nobody is at it.
    Behind,
    /// A living process fills a new file.
    Rebuilding,
    /// It is not to go on.
    Paused,
    /// It stopped, and says where and why.
    Failed,
    /// It stands for another history.
    Diverged,
    /// It has no file: it was never filled, or the file was deleted.
    Absent,
    /// An older release made it.
    Outdated,
}

impl ProjectionState {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::CaughtUp,
        Self::Running,
        Self::Behind,
        Self::Rebuilding,
        Self::Paused,
        Self::Failed,
        Self::Diverged,
        Self::Absent,
        Self::Outdated,
    ];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CaughtUp => "caught_up",
            Self::Running => "running",
            Self::Behind => "behind",
            Self::Rebuilding => "rebuilding",
            Self::Paused => "paused",
            Self::Failed => "failed",
            Self::Diverged => "diverged",
            Self::Absent => "absent",
            Self::Outdated => "outdated",
        }
    }
}

/// The status of a projection: all that is known of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProjectionStatus {
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub about: Option<String>,
    /// Where its code and its rows are.
    pub kind: Kind,
    /// The version that is read; the one being filled where none is yet.
    pub version: u32,
    /// Its status.
    pub state: ProjectionState,
    /// The last position it holds.
    pub position: Position,
    /// Events that it lacks.
    pub lag_events: u64,
    /// How long the log has had the first of them, in microseconds; 0 where it lacks none.
    pub lag_micros: i64,
    /// Bytes of its files; 0 where it has none of its own.
    pub bytes: u64,
    /// What happens at an event that it cannot take in.
    pub policy: Policy,
    /// What it stopped at.
    pub trouble: Option<Trouble>,
    /// The version that a rollback goes back to.
    pub previous: Option<u32>,
    /// The version that is being filled, and how far it is where that can be seen.
    pub building: Option<(u32, Option<Position>)>,
    /// The process that keeps it up to date, or fills it.
    pub process: Option<u32>,
    /// The file that is read.
    pub path: Option<PathBuf>,
    /// Events that somebody had it leave out, and those that its policy did, with the reasons.
    pub skipped: Vec<(Position, String)>,
    /// The text of the version that is read, where it is declared.
    pub declaration: Option<String>,
}

/// Returns the status of every projection, the read models first.
pub(super) fn of_all(log: &Log, now: i64) -> Result<Vec<ProjectionStatus>, Error> {
    let entries = registry::list(log.reader()?.connection())?;
    let head = head(log)?;
    let of_files = entries.iter().map(|entry| of(log, entry, head, now));
    std::iter::once(inline::status(log, now)).chain(of_files).collect()
}

pub(super) fn of(log: &Log, entry: &Entry, head: Head, now: i64) -> Result<ProjectionStatus, Error> {
    let store = log.path();
    let shown = entry.current.as_ref().or(entry.building.as_ref());
    let version = shown.map(|file| file.version).or(entry.newest().map(|row| row.version)).unwrap_or(0);
    let builder = entry.building.as_ref().and_then(|_| holder(store, Work::Build(&entry.name)));
    let maintainer = entry.current.as_ref().and_then(|file| holder(store, Work::Keep(file)));
    let seen = match &entry.current {
        Some(file) => see(log, file)?,
        None => Seen::Nothing,
    };
    // What stopped a version that is neither read nor wanted any more is nobody's trouble.
    let mut wanted: Vec<u32> =
        [&entry.building, &entry.current].into_iter().flatten().map(|file| file.version).collect();
    if wanted.is_empty() {
        wanted.extend(entry.newest().map(|row| row.version));
    }
    let of_wanted = entry.versions.iter().rev().filter(|row| wanted.contains(&row.version));
    let mut trouble = of_wanted.into_iter().find_map(|row| row.failure.clone());
    let position = match &seen {
        Seen::At(at, _) | Seen::Diverged(at) => at.position,
        _ => Position::ZERO,
    };
    if let Seen::Unreadable(reason) = &seen {
        trouble.get_or_insert(Trouble { version, position: None, at: now, reason: reason.clone() });
    }
    let lag_events = head.position.get().saturating_sub(position.get());
    let state = match &seen {
        _ if builder.is_some() => ProjectionState::Rebuilding,
        Seen::Diverged(_) => ProjectionState::Diverged,
        _ if entry.is_paused => ProjectionState::Paused,
        _ if trouble.is_some() => ProjectionState::Failed,
        Seen::Nothing | Seen::Unreadable(_) => ProjectionState::Absent,
        Seen::At(at, _) if *at == head => ProjectionState::CaughtUp,
        Seen::At(..) if maintainer.is_some() => ProjectionState::Running,
        Seen::At(..) => ProjectionState::Behind,
    };
    let declaration = entry.version(version).and_then(|row| row.declaration.clone());
    let built_in = BUILT_IN.iter().find(|known| known.name == entry.name).map(|known| known.about.to_owned());
    let read = declaration.as_deref().and_then(|text| Declaration::read(text).ok());
    let mut skipped: Vec<(Position, String)> =
        entry.skips.iter().map(|SkipRow { position, reason, .. }| (*position, reason.clone())).collect();
    if let Seen::At(_, left_behind) = seen {
        skipped.extend(left_behind);
    }
    skipped.sort();
    Ok(ProjectionStatus {
        name: entry.name.clone(),
        about: read.and_then(|declaration| declaration.about().map(str::to_owned)).or(built_in),
        kind: if declaration.is_some() { Kind::Declared } else { Kind::BuiltIn },
        version,
        state,
        position,
        lag_events,
        lag_micros: if lag_events == 0 { 0 } else { age(log, position, now)? },
        bytes: [&entry.current, &entry.previous, &entry.building]
            .into_iter()
            .flatten()
            .map(|file| bytes(&file.path(store)))
            .sum(),
        policy: entry.policy,
        trouble,
        previous: entry.previous.as_ref().map(|file| file.version),
        building: entry.building.as_ref().map(|file| (file.version, building(log, file))),
        process: builder.or(maintainer),
        path: entry.current.as_ref().map(|file| file.path(store)).filter(|path| path.exists()),
        skipped,
        declaration,
    })
}

/// What there is to be seen of a file.
enum Seen {
    Nothing,
    Unreadable(String),
    Diverged(Head),
    At(Head, Vec<(Position, String)>),
}

fn see(log: &Log, file: &FileName) -> Result<Seen, Error> {
    let looked = || -> Result<Seen, Error> {
        // Who keeps it holds it for moments only, and what cannot be read for a moment is not damaged.
        let Some(found) = SidecarFile::open_beside(&file.path(log.path()))? else { return Ok(Seen::Nothing) };
        let checkpoint = found.checkpoint()?;
        if checkpoint.origin.log != log.id() || !is_of(log.reader()?.connection(), checkpoint.head)? {
            return Ok(Seen::Diverged(checkpoint.head));
        }
        found.check_schema(&checkpoint)?;
        Ok(Seen::At(checkpoint.head, found.skipped()?))
    };
    match looked() {
        // Somebody removed it in this moment.
        Err(_) if !file.path(log.path()).exists() => Ok(Seen::Nothing),
        Err(error @ Error::Log(retold_core::Error::Io { .. })) => Err(error),
        Err(error) => Ok(Seen::Unreadable(reason(&error))),
        seen => seen,
    }
}

fn building(log: &Log, file: &FileName) -> Option<Position> {
    let found = SidecarFile::look(&file.path(log.path())).ok()??;
    found.checkpoint().ok().map(|checkpoint| checkpoint.head.position)
}

/// How long the log has had the first event after a position.
pub(super) fn age(log: &Log, position: Position, now: i64) -> Result<i64, Error> {
    let recorded_at: Option<i64> = log
        .reader()?
        .connection()
        .prepare_cached(include_str!("../../sql/event_after.sql"))
        .and_then(|mut statement| statement.query_row([position], |row| row.get(0)).optional())
        .map_err(sqlite("read the log"))?;
    Ok(recorded_at.map_or(0, |recorded_at| now.saturating_sub(recorded_at).max(0)))
}

fn bytes(path: &std::path::Path) -> u64 {
    ["", "-wal", "-shm", "-journal"]
        .iter()
        .filter_map(|ending| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            std::fs::metadata(name).ok().map(|metadata| metadata.len())
        })
        .sum()
}
