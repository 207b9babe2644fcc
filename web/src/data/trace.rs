//! The values that an expression had over a session: where it changes, and with that where a predicate flips.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use retold_core::Revision;
use retold_present::of_expression;
use retold_travel::{Error, SessionQuery, trace as visit};
use rusqlite::types;
use serde_json::{Value, json};

use super::session::begin;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Events that are gone through before the time is looked at.
const WINDOW: u64 = 4_096;
/// A request goes through windows for so long, and is then asked for the next ones.
const SLICE: Duration = Duration::from_millis(400);
/// What takes longer than this for one window ends.
const LIMIT: Duration = Duration::from_secs(10);
/// Changes of an answer, where nothing else is asked for.
const ROWS: u64 = 1_000;
/// Bytes of a value that are shown.
const VALUE_BYTES: usize = 256;

pub(crate) fn trace(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let Some(expression) = asked.query.text("of") else {
        return Err(Problem::bad("trace: there is no expression").hint("give one with ?of=, such as status"));
    };
    let mut opened = site.open(asked)?;
    let answer = begin(&mut opened)?;
    let to = opened.revision.get();
    let from = asked.query.number("from").unwrap_or(0).min(to);
    let most = usize::try_from(asked.query.number("n").unwrap_or(ROWS).max(1)).unwrap_or(usize::MAX);
    let deadline = Deadline::after(LIMIT);
    let told = |error: Error| match error {
        Error::Stopped => Problem::bad("trace: the expression takes too long")
            .hint("ask for less: the session's own columns are the fastest"),
        error => of_expression(error, expression).into(),
    };
    let mut probe =
        SessionQuery::new(site.store.log(), expression, Arc::clone(&deadline.is_over)).map_err(told)?;
    let (mut rows, mut before, mut after, began) = (Vec::new(), None, from, Instant::now());
    while after < to && rows.len() < most && (after == from || began.elapsed() < SLICE) {
        let end = to.min(after + WINDOW);
        let begins = opened.position_of(Revision::ZERO.plus(after))?;
        let ends = opened.position_of(Revision::ZERO.plus(end))?;
        after = end;
        visit::<Error>(&mut opened.timeline, &mut probe, begins, ends, |traced| {
            let value = shown(traced.value);
            let Some(event) = traced.event else {
                // What it is at the beginning of a window, the one before has said.
                before.get_or_insert(value);
                return Ok(ControlFlow::Continue(()));
            };
            rows.push(json!({
                "revision": event.revision.get(),
                "position": event.position.get(),
                "occurred_at": event.occurred_at,
                "value": value,
            }));
            if rows.len() < most {
                return Ok(ControlFlow::Continue(()));
            }
            after = event.revision.get();
            Ok(ControlFlow::Break(()))
        })
        .map_err(told)?;
    }
    Ok(answer
        .with("from", from)
        .with("before", before.unwrap_or(Value::Null))
        .with("next", (after < to).then_some(after))
        .with_rows(rows))
}

/// A value as a person reads it: long texts are cut.
fn shown(value: &types::Value) -> Value {
    match value {
        types::Value::Null => Value::Null,
        types::Value::Integer(number) => (*number).into(),
        types::Value::Real(number) => (*number).into(),
        types::Value::Text(text) if text.len() > VALUE_BYTES => {
            let end = text.floor_char_boundary(VALUE_BYTES);
            format!("{}…", &text[..end]).into()
        }
        types::Value::Text(text) => text.as_str().into(),
        types::Value::Blob(bytes) => format!("{} bytes", bytes.len()).into(),
    }
}

/// Says that it is over after a time, unless it is dropped before.
struct Deadline {
    is_over: Arc<AtomicBool>,
    _until: Sender<()>,
}

impl Deadline {
    fn after(time: Duration) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (until, dropped) = channel::<()>();
        let over = Arc::clone(&is_over);
        std::thread::spawn(move || {
            if dropped.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                over.store(true, Ordering::Relaxed);
            }
        });
        Self { is_over, _until: until }
    }
}
