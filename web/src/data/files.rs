//! The files that calls of a session changed, change by change.

use std::time::{Duration, Instant};

use retold_core::{Event, EventType, Limit, Revision};
use serde_json::Value;

use super::conversation::{INPUT_MAX, change, edits_in};
use super::session::begin;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Calls of an answer, where nothing else is asked for.
const CALLS: u64 = 500;
/// Calls are looked through for so long, and the rest is asked for next.
const SLICE: Duration = Duration::from_millis(400);
/// Calls that are read at once.
const PAGE: Limit = Limit { rows: 100, bytes: 8 * 1024 * 1024 };

pub(crate) fn files(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let answer = begin(&mut opened)?;
    let (stream, end) = (opened.found.stream, opened.as_of.position);
    let mut after = Revision::ZERO.plus(asked.query.number("from").unwrap_or(0));
    let most = asked.query.number("n").unwrap_or(CALLS).max(1);
    let (began, reader) = (Instant::now(), opened.timeline.reader());
    let (mut rows, mut next, mut looked) = (Vec::new(), None, 0);
    'pages: loop {
        let page = reader.stream_events_of_types(&[EventType::ToolCalled], stream, after, end, PAGE)?;
        for recorded in page.events {
            if looked > 0 && (looked == most || began.elapsed() > SLICE) {
                next = Some(after.get());
                break 'pages;
            }
            (looked, after) = (looked + 1, recorded.revision);
            let Some(Event::ToolCalled(call)) = &recorded.event else { continue };
            if call.kind != "edit" {
                continue;
            }
            let input = reader.beginning(&call.input, INPUT_MAX)?;
            for edit in edits_in(input, call.input.len()) {
                let mut told = change(&edit, &str::to_owned);
                if let Some(told) = told.as_object_mut() {
                    told.remove("lines");
                    told.remove("is_cut");
                    told.insert("revision".to_owned(), recorded.revision.get().into());
                    told.insert("occurred_at".to_owned(), recorded.occurred_at.into());
                }
                rows.push(told);
            }
        }
        if !page.more {
            break;
        }
    }
    Ok(answer.with("next", next.map_or(Value::Null, Value::from)).with_rows(rows))
}
