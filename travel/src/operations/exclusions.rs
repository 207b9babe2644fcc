//! What takes back that something was excluded from imports, or let in again.

use std::collections::BTreeMap;

use retold_core::event::{ImportExcluded, ImportIncluded};
use retold_core::{Event, EventType, Limit, Position, Reader, Revision, StreamId, StreamName};

use super::{Gathered, Touched};
use crate::Error;

/// What is excluded, by the hash that it is known by.
type Excluded = BTreeMap<[u8; 32], ImportExcluded>;

/// Whether an operation wrote nothing else to a stream.
pub(super) fn are_all(touched: &Touched) -> bool {
    let is_one = |kind| matches!(kind, Some(EventType::ImportExcluded | EventType::ImportIncluded));
    touched.types().all(is_one)
}

/// Returns the events that take it back. What it excluded or let in must still be so.
pub(super) fn take_back(
    reader: &mut Reader<'_>,
    of: &Gathered,
    stream: StreamId,
    name: &StreamName,
    touched: &Touched,
) -> Result<Vec<Event>, Error> {
    let now = reader.revision(stream)?;
    if touched.is_shared() {
        return Err(of.changed_since(reader, stream, name, now)?);
    }
    let before = Revision::ZERO.plus(touched.first.get() - 1);
    let [was, then, is] = states(reader, stream, [before, touched.last, now])?;
    let mut events = Vec::new();
    for digest in was.keys().chain(then.keys()).chain(is.keys()).collect::<std::collections::BTreeSet<_>>() {
        let [was, then, is] = [&was, &then, &is].map(|all| all.get(digest));
        if was == then {
            continue;
        }
        if then != is {
            return Err(of.changed_since(reader, stream, name, now)?);
        }
        events.push(match was {
            Some(was) => was.clone().into(),
            None => ImportIncluded { digest: retold_core::Digest(*digest) }.into(),
        });
    }
    Ok(events)
}

/// Returns what was excluded at revisions, which rise.
fn states(
    reader: &mut Reader<'_>,
    stream: StreamId,
    revisions: [Revision; 3],
) -> Result<[Excluded; 3], Error> {
    let (mut at, mut excluded) = (Revision::ZERO, Excluded::new());
    let mut states = Vec::new();
    let end = Position::ZERO.plus(u64::MAX);
    for revision in revisions {
        while at < revision {
            let rows = u32::try_from(revision.get() - at.get()).unwrap_or(u32::MAX).min(1000);
            let page = reader.stream_events_after(stream, at, end, Limit { rows, ..Limit::default() })?;
            let Some(last) = page.events.last() else { break };
            at = last.revision;
            for event in page.events {
                match event.event {
                    Some(Event::ImportExcluded(body)) => {
                        excluded.insert(body.digest.0, *body);
                    }
                    Some(Event::ImportIncluded(body)) => {
                        excluded.remove(&body.digest.0);
                    }
                    _ => {}
                }
            }
        }
        states.push(excluded.clone());
    }
    let mut states = states.into_iter();
    Ok([(); 3].map(|()| states.next().unwrap_or_default()))
}
