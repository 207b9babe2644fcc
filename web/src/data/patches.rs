//! What events did, so that a page goes from state to state by itself, in both directions.

use std::ops::ControlFlow;

use retold_core::Revision;
use retold_travel::{Change, Key, Patch, Path, Value};
use serde_json::{Map, Value as Json, json};

use super::session::begin;
use super::shape::{begun, shape};
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Events of a window.
const EVENTS_MAX: u64 = 1000;
/// What a window may take, in bytes, before it ends.
const BYTES_MAX: usize = 2 * 1024 * 1024;

pub(crate) fn patches(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let from = asked.query.number("from").unwrap_or(0).min(opened.last.get());
    let to =
        asked.query.number("to").unwrap_or(u64::MAX).min(opened.last.get()).min(from + EVENTS_MAX).max(from);
    let after = opened.position_of(Revision::ZERO.plus(from))?;
    let end = opened.position_of(Revision::ZERO.plus(to))?;
    let answer = begin(&mut opened)?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    opened.timeline.walk(after, end, |step| {
        let patches: Vec<Json> = step.patches.iter().filter_map(patch).collect();
        let row = json!({ "revision": step.event.revision.get(), "position": step.event.position.get(), "patches": patches });
        bytes += row.to_string().len();
        rows.push(row);
        Ok::<_, Problem>(if bytes > BYTES_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    let through = from + rows.len() as u64;
    Ok(answer.with("from", from).with("through", through).with_rows(rows))
}

/// Returns a patch as `ui/fold.ts` applies and undoes it; `None` for one that changes nothing that the page holds.
fn patch(patch: &Patch) -> Option<Json> {
    let mut told = Map::new();
    let (list, at, key) = match &patch.path {
        Path::Whole => ("own", None, None),
        Path::Own(key) => ("own", None, Some(key)),
        Path::Row(list, at) => (list.name(), Some(*at), None),
        Path::Field(list, at, key) => (list.name(), Some(*at), Some(key)),
        Path::Rows(_) | Path::Each(..) => return None,
    };
    told.insert("in".to_owned(), list.into());
    if let Some(at) = at {
        told.insert("at".to_owned(), at.into());
    }
    if let Some(key) = key {
        told.insert("key".to_owned(), Key::to_string(key).into());
    }
    told.insert("op".to_owned(), patch.change.name().into());
    let mut put = |name: &str, value: &Value| {
        // A key that is not there is not null.
        if *value != Value::Absent {
            told.insert(name.to_owned(), shape(value));
        }
    };
    match &patch.change {
        Change::Set { old, new } => {
            put("old", old);
            put("new", new);
        }
        Change::Extend { old_bytes, text } => {
            told.insert("old_bytes".to_owned(), json!(old_bytes));
            told.insert("bytes".to_owned(), text.len().into());
        }
        Change::Insert(Value::Session(session)) => {
            told.insert("new".to_owned(), begun(session));
        }
        Change::Insert(new) => put("new", new),
        Change::Remove(old) => put("old", old),
    }
    Some(told.into())
}
