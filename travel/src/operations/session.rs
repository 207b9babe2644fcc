//! What takes an operation back from one session.

use retold_core::event::SessionDeleted;
use retold_core::{
    Event, EventType, Limit, Reader, Records, Revision, SessionState, StreamId, StreamName, difference,
};

use super::{Gathered, Touched};
use crate::Error;
use crate::revert::way;

/// Returns the events that take an operation back from a session; none where it is so already.
///
/// A session that began with the operation is deleted. Of another one, what the operation changed becomes what it was: the document,
/// the tags, the place, whether it is deleted. What it changed must still be what it made of it.
pub(super) fn take_back(
    reader: &mut Reader<'_>,
    of: &Gathered,
    stream: StreamId,
    name: &StreamName,
    touched: &Touched,
) -> Result<Vec<Event>, Error> {
    let now = reader.revision(stream)?;
    let since = |reader: &Reader<'_>| of.changed_since(reader, stream, name, now);
    if touched.is_shared() {
        return Err(since(reader)?);
    }
    let is_last = now == touched.last;
    if touched.is_new() {
        let is_ever_deleted = touched.types().any(|kind| kind == Some(EventType::SessionDeleted));
        let deletes = || Ok(vec![SessionDeleted {}.into()]);
        // Without its events: an import has many sessions.
        if is_last && !is_ever_deleted {
            return deletes();
        }
        if is_added_to(reader, stream, touched.last)? {
            return Err(since(reader)?);
        }
        let (then, is) = (At(touched.last).state(reader, stream)?, At(now).state(reader, stream)?);
        return match (then, is) {
            (then, is) if then != is => Err(since(reader)?),
            (_, Some(is)) if !is.records.deleted => deletes(),
            _ => Ok(Vec::new()),
        };
    }
    if let Some(kind) = touched.types().find(|kind| !kind.is_some_and(is_taken_back)) {
        return Err(of.refused(
            format!(
                "it added {} to {name}, which was there before",
                kind.map_or("what a newer release knows", added)
            ),
            Some("`retold delete SESSION` takes a whole session out of the lists".to_owned()),
        ));
    }
    let before = Revision::ZERO.plus(touched.first.get() - 1);
    let was = At(before).state(reader, stream)?;
    let then = At(touched.last).state(reader, stream)?;
    let is = if is_last { then.clone() } else { At(now).state(reader, stream)? };
    let (Some(was), Some(then), Some(is)) = (was, then, is) else { return Err(since(reader)?) };
    let changed = difference(&then.session, &was.session);
    if !changed.is_empty() {
        if then.session != is.session {
            return Err(since(reader)?);
        }
        if reader.is_pruned(stream)? {
            let hint = "`retold store unprune ARCHIVE` puts them back".to_owned();
            return Err(of.refused(format!("bodies of {name} are pruned"), Some(hint)));
        }
    }
    // What the operation did not change is as others have it by now.
    // Where no event said so, its place is its first position.
    let place = reader.position_of(stream, Revision::ZERO.plus(1))?.map(|first| first.get() as f64);
    let [was, then, is] =
        [was, then, is].map(|state| Records { place: state.records.place.or(place), ..state.records });
    let is_kept = (was.tags == then.tags || then.tags == is.tags)
        && (was.place == then.place || then.place == is.place)
        && then.deleted == is.deleted;
    if !is_kept {
        return Err(since(reader)?);
    }
    let mut target = is.clone();
    target.deleted = was.deleted;
    if was.tags != then.tags {
        target.tags = was.tags;
    }
    if was.place != then.place {
        target.place = was.place;
    }
    Ok(way(changed, &is, &target))
}

/// Whether something came after a revision that no later event can have taken back.
fn is_added_to(reader: &mut Reader<'_>, stream: StreamId, after: Revision) -> Result<bool, Error> {
    let is_added = |kind: &EventType| !is_taken_back(*kind) && !kind.is_of_bodies();
    let kinds: Vec<EventType> = EventType::ALL.iter().copied().filter(is_added).collect();
    let (end, limit) = (reader.head()?.position, Limit { rows: 1, bytes: 0 });
    Ok(!reader.stream_events_of_types(&kinds, stream, after, end, limit)?.events.is_empty())
}

/// A revision of a session.
struct At(Revision);

impl At {
    /// Returns the session as it was there, its texts loaded.
    fn state(&self, reader: &mut Reader<'_>, stream: StreamId) -> Result<Option<SessionState>, Error> {
        let Some(position) = reader.position_of(stream, self.0)? else { return Ok(None) };
        let mut state = reader.state(stream, position)?;
        if let Some(state) = &mut state {
            reader.resolve(&mut state.session)?;
        }
        Ok(state)
    }
}

/// Whether all that events of a type change is part of the document, or the tags, the place, or whether the session is deleted.
fn is_taken_back(kind: EventType) -> bool {
    match kind {
        EventType::TaskChanged
        | EventType::SessionStatusChanged
        | EventType::WinnerSelected
        | EventType::SessionDetailsChanged
        | EventType::SessionMoved
        | EventType::SessionDeleted
        | EventType::SessionRestored
        | EventType::InstanceAdded
        | EventType::InstanceStatusChanged
        | EventType::OutputAppended
        | EventType::OutputReplaced
        | EventType::InstanceDetailsChanged
        | EventType::InstanceRemoved
        | EventType::MessageAdded
        | EventType::MessageChanged
        | EventType::MessageRemoved
        | EventType::TagsChanged
        | EventType::TitleChanged => true,
        EventType::SessionCreated
        | EventType::WorkspaceRegistered
        | EventType::BodyRedacted
        | EventType::BodiesPruned
        | EventType::BodiesRestored
        | EventType::SessionContextChanged
        | EventType::SessionLinked
        | EventType::StatusObserved
        | EventType::ToolCalled
        | EventType::ToolReturned
        | EventType::UsageRecorded
        | EventType::ContextCompacted
        | EventType::HistoryRewound
        | EventType::SourceFound
        | EventType::RecordsKept
        | EventType::SourceRead
        | EventType::ImportExcluded
        | EventType::ImportIncluded
        | EventType::MappingCorrected
        | EventType::FolderSeen => false,
    }
}

/// What an event adds that is not taken back.
fn added(kind: EventType) -> &'static str {
    match kind {
        EventType::ToolCalled | EventType::ToolReturned => "calls of tools",
        EventType::UsageRecorded => "what was used",
        EventType::SessionContextChanged | EventType::SessionLinked => "where and by what it is worked on",
        EventType::StatusObserved => "a status that was found out",
        EventType::ContextCompacted | EventType::HistoryRewound => "what the model no longer sees",
        EventType::MappingCorrected => "corrections of what an import made of its records",
        _ => "events",
    }
}
