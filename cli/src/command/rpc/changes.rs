//! What changed in lists between two moments, for programs.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retold::Position;
use retold_core::{Clock, time};
use retold_projections::{ChangeCursor, SessionChange};
use retold_travel::{Point, Resolver};
use rusqlite::types::Value as Sql;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Served;
use super::faults::STORE;
use super::message::{Fault, INVALID_PARAMS};
use super::parameter::Parameter;
use crate::command::changes::of_one_clock;
use crate::output::AsOf;

/// Events whose changes are listed, where nobody says of how many.
const EVENTS: u32 = 1_000;
/// Events of which the changes are listed at most, each of which changes a few keys.
const EVENTS_MAX: u32 = 10_000;

/// Which of an event's two times dates mean.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum By {
    #[default]
    Occurred,
    Recorded,
}

impl Parameter for By {
    const FORM: &'static str =
        "`occurred` (when things happened, the default) or `recorded` (when the log got them)";
}

/// A window of changes, with where the next one begins; null after the last.
#[derive(Serialize)]
pub(super) struct Window {
    as_of: Option<AsOf>,
    changes: Vec<Change>,
    next: Option<String>,
}

/// A change, with the field names of `retold changes -o json`.
#[derive(Serialize)]
struct Change {
    position: Position,
    happened_at: Option<Timestamp>,
    workspace: String,
    id: String,
    ordinal: u32,
    field: &'static str,
    was: Value,
    is: Value,
}

impl From<SessionChange> for Change {
    fn from(change: SessionChange) -> Self {
        Self {
            position: change.position,
            happened_at: time::from_micros(change.happened),
            workspace: change.session.workspace,
            id: change.session.session_id,
            ordinal: change.session.ordinal,
            field: change.field,
            was: json(&change.was),
            is: json(&change.is),
        }
    }
}

fn json(value: &Sql) -> Value {
    match value {
        Sql::Integer(number) => (*number).into(),
        Sql::Real(number) => (*number).into(),
        Sql::Text(text) => text.as_str().into(),
        // No key of a list is of bytes.
        Sql::Null | Sql::Blob(_) => Value::Null,
    }
}

pub(super) fn changes(
    history: &Served<'_>,
    [from, to]: [Option<String>; 2],
    by: By,
    limit: Option<u32>,
    after: Option<String>,
) -> Result<Window, Fault> {
    let of_log = |error: retold_core::Error| Fault::from(retold::Error::from(error));
    let store = history.store();
    let reader = store.log().reader().map_err(of_log)?;
    let clock = match by {
        By::Occurred => Clock::Occurred,
        By::Recorded => Clock::Recorded,
    };
    let resolver =
        Resolver { reader: &reader, session: None, clock, now: history.now(), zone: TimeZone::system() };
    let resolve = |point: Option<String>| {
        let Some(text) = point else { return Ok::<_, Fault>(None) };
        let refused = |why: String| Fault::new(INVALID_PARAMS, format!("invalid params: {text}: {why}"));
        let point: Point =
            text.parse().map_err(|error: retold_travel::NotAPoint| refused(error.to_string()))?;
        let found = resolver.resolve_moment_or_before(&point).map_err(|error| refused(error.to_string()))?;
        Ok(Some(found.moment))
    };
    let head = reader.head().map_err(of_log)?;
    let (from, to) = (resolve(from)?, resolve(to)?);
    let moment = |position| retold_core::happening::Moment::Recorded(position);
    let from = from.unwrap_or(moment(Position::ZERO));
    let (from, to) = of_one_clock(from, to.unwrap_or(moment(head.position)), head);
    let after: Option<ChangeCursor> = after
        .map(|text| text.parse())
        .transpose()
        .map_err(|error| Fault::new(INVALID_PARAMS, format!("invalid params: after: {error}")))?;
    let events = limit.unwrap_or(EVENTS).min(EVENTS_MAX);
    let found = store
        .changes(from, to, after, events, &|_| true)
        .map_err(|error| Fault::of_kind(STORE.code, STORE.kind, error.to_string()))?
        .unwrap_or_default();
    Ok(Window {
        as_of: found.as_of.map(AsOf::from),
        changes: found.rows.into_iter().map(Change::from).collect(),
        next: found.next.map(|next| next.to_string()),
    })
}
