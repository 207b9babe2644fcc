//! The read models among the projections. Their host is the store, which keeps them in the transaction of every append.

use retold_core::{Head, Log, OnProgress, Position, Progress, Unit};
use rusqlite::Connection;

use super::check::{CheckedProjection, DIFFERENCES_MAX};
use super::sidecars::Filled;
use super::status::{Kind, ProjectionState, ProjectionStatus, age};
use crate::Error;
use crate::builtin::{Generation, NAME, VERSION};
use crate::declared::Policy;
use crate::engine::{Checkpoint, SecondBuild, catch_up_log, head, rebuild};
use crate::error::sqlite;

const ABOUT: &str = "sessions, instances, messages, workspaces: in the transaction of every append";

/// Whether the name is that of the read models.
pub(super) fn is_inline(name: &str) -> bool {
    name == NAME
}

/// Refuses what cannot be done to the read models: every append needs all of them.
pub(super) fn refuse(name: &str, act: &'static str) -> Result<(), Error> {
    if is_inline(name) { Err(Error::KeptInline { act }) } else { Ok(()) }
}

/// Returns their status.
pub(super) fn status(log: &Log, now: i64) -> Result<ProjectionStatus, Error> {
    let (live, state, end) = state(log)?;
    let position = live.map_or(Position::ZERO, |live| live.head.position);
    let lag_events = end.position.get().saturating_sub(position.get());
    let reader = log.reader()?;
    let next = Checkpoint::read(reader.connection(), Generation::Next)?;
    let skipped = match live {
        Some(_) => skipped(reader.connection()).map_err(sqlite("read what the read models left out"))?,
        None => Vec::new(),
    };
    Ok(ProjectionStatus {
        name: NAME.to_owned(),
        about: Some(ABOUT.to_owned()),
        kind: Kind::Inline,
        version: live.map_or(VERSION, |live| live.version),
        state,
        position,
        lag_events,
        lag_micros: if lag_events == 0 { 0 } else { age(log, position, now)? },
        bytes: 0,
        policy: Policy::Skip,
        trouble: None,
        previous: None,
        building: next.map(|next| (next.version, Some(next.head.position))),
        process: None,
        path: None,
        skipped,
        declaration: None,
    })
}

/// Returns how far they are, their state, and the log's end. O(1).
pub(crate) fn state(log: &Log) -> Result<(Option<Checkpoint>, ProjectionState, Head), Error> {
    let reader = log.reader()?;
    let (end, connection) = (reader.head()?, reader.connection());
    let Some(live) = Checkpoint::read(connection, Generation::Live)? else {
        return Ok((None, ProjectionState::Absent, end));
    };
    let state = if live.version != VERSION {
        ProjectionState::Outdated
    } else if !live.is_of(connection)? {
        ProjectionState::Diverged
    } else if live.head == end {
        ProjectionState::CaughtUp
    } else {
        ProjectionState::Behind
    };
    Ok((Some(live), state, end))
}

fn skipped(connection: &Connection) -> rusqlite::Result<Vec<(Position, String)>> {
    let mut statement = connection.prepare(include_str!("../../sql/skipped.sql"))?;
    statement.query_map([NAME], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

pub(super) fn catch_up(log: &Log) -> Result<Filled, Error> {
    catch_up_log(log)?;
    Ok(Filled::UpTo(head(log)?.position))
}

pub(super) fn fill_again(log: &Log, progress: &dyn OnProgress) -> Result<Filled, Error> {
    Ok(rebuild(log, progress, |_| {})?.map_or(Filled::Interrupted, |head| Filled::UpTo(head.position)))
}

/// Compares them with a second build.
pub(super) fn check(log: &Log, progress: &dyn OnProgress) -> Result<Option<CheckedProjection>, Error> {
    let not_filled = || Error::NotFilled { name: NAME.to_owned() };
    let mut build = SecondBuild::begin(log, None)?.ok_or_else(not_filled)?;
    let kept = build.kept();
    if kept.version != VERSION {
        return Err(not_filled());
    }
    let end = kept.head.position;
    let mut checked = CheckedProjection::of(NAME, kept.version, end, None);
    if !kept.is_of(log.reader()?.connection())? {
        checked.fault = Some(format!("it stands for position {end} of another history"));
        return Ok(Some(checked));
    }
    if !build.fill(progress)? {
        return Ok(None);
    }
    let mut go_on = || progress(Progress::new(Unit::Events, end.get(), end.get()));
    let compared = build.compare(DIFFERENCES_MAX, &mut |_| Ok(false), &mut go_on)?;
    checked.differences = compared.differences;
    Ok((!compared.is_interrupted).then_some(checked))
}
