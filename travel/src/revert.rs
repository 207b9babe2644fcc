//! Going back, by going on: compensating events, never a rewrite.

use retold_core::event::{SessionDeleted, SessionRestored};
use retold_core::{
    Appended, Commit, Decided, Decision, Digest, Event, Expected, IdempotencyKey, KeyUse, Log, Meta,
    NewEvent, Origin, Position, Records, Revision, StateRef, StreamId, StreamName, difference,
};

use crate::{Error, Frame, Moment, State, Timeline};

/// What was appended to bring a session back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverted {
    /// The session.
    pub stream: StreamName,
    /// The position of its last event before; reverting to it takes all back.
    pub before: Position,
    /// What was appended; `None` where it is so already.
    pub appended: Option<Appended>,
    /// Of a time by when things happened: later events that correct what had happened by then, and count in what it was brought back
    /// to.
    pub corrections: u64,
}

/// Brings a session back to what it was at `to`, by appending the events that lead there, in one commit.
///
/// A session that was deleted then is deleted, one that is deleted now restored. By when things happened it is brought back to what is
/// known of that now, with what was corrected since: what [`Timeline::at_moment`] gives. The meta of the commit names the last event
/// of the moment.
///
/// # Errors
/// [`Error::NotThere`] where it was not created yet at `to`; a conflict ([`retold_core::Error::Conflict`]) where somebody
/// else wrote to it meanwhile: nothing was appended; otherwise where the store cannot be read or written.
pub fn revert(log: &Log, stream: StreamId, to: impl Into<Moment>) -> Result<Reverted, Error> {
    let mut timeline = Timeline::of(log, stream)?;
    let Plan { now, events, meta, corrections } = plan(&mut timeline, to.into())?;
    Ok(Reverted { corrections, ..append(log, &timeline, &now, events, meta)? })
}

/// Does what [`revert`] does, if the session is at the revision that the caller has seen, and once for each key.
///
/// # Errors
/// A conflict ([`retold_core::Error::Conflict`]) where others have written to it since: nothing was appended; otherwise those of
/// [`revert`].
pub fn revert_seen(
    log: &Log,
    stream: StreamId,
    to: impl Into<Moment>,
    seen: Revision,
    key: &str,
) -> Result<Reverted, Error> {
    let to = to.into();
    let mut timeline = Timeline::of(log, stream)?;
    let Plan { now, events, meta, corrections } = plan(&mut timeline, to)?;
    let name = timeline.name().clone();
    drop(timeline);
    let key =
        IdempotencyKey::of(key, "revert", &(&name.workspace, name.to_string(), Bound::of(to), seen.get()))?;
    let is_nothing = events.is_empty();
    let events: Vec<NewEvent> = events.into_iter().map(NewEvent::from).collect();
    let commit = Commit::to(name.clone(), Expected::At(seen), events).meta(meta);
    let decided = log.append_decided(None, Some(key), true, move |reader| {
        Ok(match reader.revision(stream)? == seen && seen == now.revision {
            false => Decision::Refuse,
            true if is_nothing => Decision::Nothing { of: Some(stream) },
            true => Decision::Append(commit.clone()),
        })
    })?;
    let before = now.position;
    let appended = match decided.wait()? {
        Decided::Appended { appended, .. } => Some(appended),
        Decided::Nothing { .. } => None,
        Decided::Repeated(used) => appended_before(&used),
        Decided::Refused => {
            let (expected, found) = (Expected::At(seen).to_string(), log.reader()?.revision(stream)?);
            return Err(retold_core::Error::Conflict { stream: name, expected, found }.into());
        }
    };
    Ok(Reverted { stream: name, before, appended, corrections })
}

/// A moment as a key is bound to it: a position is its number.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub(crate) enum Bound {
    Recorded(u64),
    Occurred { happened_by: i64 },
}

impl Bound {
    pub(crate) fn of(moment: Moment) -> Self {
        match moment {
            Moment::Recorded(position) => Self::Recorded(position.get()),
            Moment::Occurred(happened_by) => Self::Occurred { happened_by },
        }
    }
}

/// What was appended when a key was used first; `None` where that changed nothing.
pub(crate) fn appended_before(used: &KeyUse) -> Option<Appended> {
    let KeyUse { first, last, .. } = *used;
    (first > Position::ZERO).then(|| Appended { first, last, streams: Vec::new(), repeated: true })
}

/// What brings a session back.
struct Plan {
    /// The session as it is now.
    now: Frame,
    events: Vec<Event>,
    meta: Meta,
    corrections: u64,
}

/// Plans what makes of a session what it was at `to`.
fn plan(timeline: &mut Timeline<'_>, to: Moment) -> Result<Plan, Error> {
    timeline.reader().begin()?;
    let now = timeline.at(timeline.reader_head()?)?;
    let target = timeline.at_moment(to)?;
    let (Some(is), Some(was)) = (&now.state, &target.state) else {
        let stream = timeline.name().clone();
        return Err(Error::NotThere { stream, reason: "not created yet", position: target.position_of(to) });
    };
    let events = way_back(timeline, is, was)?;
    let meta = Meta { from: Some(Box::new(moment(timeline.name(), &target))), ..Meta::of(Origin::Revert) };
    let corrections = timeline.corrected_later(target.revision, to)?.len() as u64;
    Ok(Plan { now, events, meta, corrections })
}

/// Restores a deleted session, as it was when it was deleted.
///
/// # Errors
/// [`Error::NotThere`] where it is not deleted; otherwise those of [`revert`].
pub fn restore(log: &Log, stream: StreamId) -> Result<Reverted, Error> {
    switch(log, stream, true, SessionRestored {}.into())
}

/// Deletes a session: it leaves the lists, its events stay.
///
/// # Errors
/// [`Error::NotThere`] where it is deleted already; otherwise those of [`revert`].
pub fn delete(log: &Log, stream: StreamId) -> Result<Reverted, Error> {
    switch(log, stream, false, SessionDeleted {}.into())
}

fn switch(log: &Log, stream: StreamId, deleted: bool, event: Event) -> Result<Reverted, Error> {
    let mut timeline = Timeline::of(log, stream)?;
    timeline.reader().begin()?;
    let head = timeline.reader_head()?;
    let now = timeline.at(head)?;
    let reason = match &now.state {
        Some(state) if state.records.deleted == deleted => {
            return append(log, &timeline, &now, vec![event], Meta::of(Origin::Application));
        }
        Some(_) if deleted => "it is not deleted",
        Some(_) => "it is deleted already",
        None => "it was never created, and is not there",
    };
    Err(Error::NotThere { stream: timeline.name().clone(), reason, position: head })
}

/// Returns the events that make `was` of `is`.
fn way_back(timeline: &mut Timeline<'_>, is: &State, was: &State) -> Result<Vec<Event>, Error> {
    let (mut from, mut to) = (is.to_session(), was.to_session());
    timeline.reader().resolve(&mut from)?;
    timeline.reader().resolve(&mut to)?;
    // Where no event said so, its place is its first position.
    let placed = |state: &State| Records { place: Some(state.standing()), ..state.records.clone() };
    Ok(way(difference(&from, &to), &placed(is), &placed(was)))
}

/// Returns the events that make changes to a session's document, and `was` of what is known beside it.
pub(crate) fn way(mut changes: Vec<Event>, is: &Records, was: &Records) -> Vec<Event> {
    changes.extend(is.difference(was));
    let mut events = Vec::with_capacity(changes.len() + 2);
    // A deleted session takes nothing but its restoration.
    if is.deleted && !(changes.is_empty() && was.deleted) {
        events.push(SessionRestored {}.into());
    }
    let is_deleted = is.deleted && events.is_empty();
    events.append(&mut changes);
    if was.deleted && !is_deleted {
        events.push(SessionDeleted {}.into());
    }
    events
}

fn append(
    log: &Log,
    timeline: &Timeline<'_>,
    now: &Frame,
    events: Vec<Event>,
    meta: Meta,
) -> Result<Reverted, Error> {
    let stream = timeline.name().clone();
    let appended = match events.is_empty() {
        true => None,
        false => {
            let events: Vec<NewEvent> = events.into_iter().map(NewEvent::from).collect();
            let commit = Commit::to(stream.clone(), Expected::At(now.revision), events).meta(meta);
            Some(log.append(commit)?)
        }
    };
    Ok(Reverted { stream, before: now.position, appended, corrections: 0 })
}

/// Returns a session's moment, as a meta names it.
pub(crate) fn moment(name: &StreamName, frame: &Frame) -> StateRef {
    let StreamName { workspace, session_id, ordinal } = name.clone();
    let hash = Digest(*frame.hash.as_bytes());
    StateRef { workspace, session_id, ordinal, position: frame.position.get(), hash }
}
