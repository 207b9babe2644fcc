//! A session's events.

use retold_core::{Limit, Position, Revision};
use retold_present::roster::Rosters;
use retold_present::{EventRow, instance_index};
use serde_json::{Value, json};

use super::session::begin;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Rows of a page, where nothing else is asked for.
const PAGE: u64 = 200;
/// Bodies' bytes of a page.
const PAGE_BYTES: usize = 1024 * 1024;
/// A body up to this many bytes is given with its texts.
const BODY_BYTES_MAX: u64 = 256 * 1024;

pub(super) const END: u64 = u64::MAX;

pub(crate) fn events(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let answer = begin(&mut opened)?;
    let from = asked.query.number("from").unwrap_or(1).max(1);
    let to = from - 1 + asked.query.number("n").unwrap_or(PAGE);
    let (stream, mut after, mut rows, mut rosters) =
        (opened.found.stream, from - 1, Vec::new(), Rosters::default());
    let reader = opened.timeline.reader();
    while after < to {
        let limit = Limit { rows: u32::try_from(to - after).unwrap_or(u32::MAX), bytes: PAGE_BYTES };
        let end = Position::ZERO.plus(END);
        let page = reader.stream_events_after(stream, Revision::ZERO.plus(after), end, limit)?;
        let Some(last) = page.events.last() else { break };
        after = last.revision.get();
        for event in &page.events {
            let row = EventRow::of(event, reader, &mut rosters)?;
            rows.push(json!({
                "revision": row.revision,
                "position": row.position,
                "occurred_at": row.occurred_at,
                "kind": row.kind,
                "said": row.said,
                "is_error": row.is_error,
                "instance": event.event.as_ref().and_then(instance_index),
            }));
        }
        if !page.more {
            break;
        }
    }
    Ok(answer.with_rows(rows))
}

pub(crate) fn event(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let missing = || {
        let message = format!("{}: it has no event r{}", opened.found.name, asked.number);
        Problem::new(hyper::StatusCode::NOT_FOUND, message).hint(format!("its last is r{}", opened.last))
    };
    let before = asked.number.checked_sub(1).ok_or_else(missing)?;
    let limit = Limit { rows: 1, ..Limit::default() };
    let (stream, end) = (opened.found.stream, Position::ZERO.plus(END));
    let page =
        opened.timeline.reader().stream_events_after(stream, Revision::ZERO.plus(before), end, limit)?;
    let missing =
        || Problem::new(hyper::StatusCode::NOT_FOUND, format!("there is no event r{}", asked.number));
    let mut event = page.events.into_iter().next().ok_or_else(missing)?;
    let answer = begin(&mut opened)?;
    let reader = opened.timeline.reader();
    let bytes = event.event.as_ref().and_then(|event| event.long_text()).map_or(0, retold_core::Text::len);
    if let Some(event) = event.event.as_mut().filter(|_| bytes <= BODY_BYTES_MAX) {
        reader.resolve_event(event)?;
    }
    let body = event.event.as_ref().map(|event| serde_json::to_value(event).unwrap_or_default());
    let erased = body.is_none().then(|| event.erasure.map(|erasure| erasure.to_string())).flatten();
    Ok(answer.with(
        "event",
        json!({
            "revision": event.revision.get(),
            "position": event.position.get(),
            "kind": event.kind.name(),
            "occurred_at": event.occurred_at,
            "recorded_at": event.recorded_at,
            "commit_first": event.commit_first.get(),
            "hash": event.hash.to_string(),
            "meta": event.meta.as_ref().map(|meta| serde_json::to_value(meta).unwrap_or_default()),
            "body": body.unwrap_or(Value::Null),
            "erased": erased,
        }),
    ))
}
