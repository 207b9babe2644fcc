//! Lists of sessions, now and as they were.

use retold_core::StreamName;
use retold_core::happening::Moment;
use retold_present::{AsOf, alarm, ask_past};
use retold_projections::{ChangeCursor, Cursor, Order, SessionFilter, SessionRow, Store};
use serde_json::{Value, json};

use super::name_of;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// The orders of a list, as an address names them.
pub(crate) const SORTS: &[&str] = &["updated", "created", "duration", "files", "file"];
/// Rows of a page, where nothing else is asked for.
const PAGE: u32 = 200;
/// Events of a window of changes, where nothing else is asked for.
const WINDOW: u32 = 1000;
/// More of a task than any card shows.
const TASK_MAX: usize = 400;

pub(crate) fn filter(asked: &Asked) -> Result<SessionFilter, Problem> {
    let query = &asked.query;
    let mut filter = SessionFilter::new().with_order(match query.text("sort") {
        Some("created") => Order::Created,
        Some("duration") => Order::Duration,
        Some("files") => Order::FilesChanged,
        Some("file") => Order::File,
        _ => Order::Updated,
    });
    let text = |name: &str| query.text(name).map(str::to_owned);
    (filter.status, filter.kind) = (text("status"), text("type"));
    (filter.workspace, filter.text) = (text("workspace"), text("q"));
    if let Some(tag) = text("tag") {
        filter = filter.with_tag(tag);
    }
    if let Some(after) = query.text("after") {
        let cursor: Result<Cursor, _> = after.parse();
        filter.after =
            Some(cursor.map_err(|_| Problem::bad("parameter after: it is not a `next` of a list"))?);
    }
    Ok(filter)
}

/// Returns how many rows a page has.
pub(crate) fn number(asked: &Asked) -> u32 {
    asked.query.number("n").and_then(|number| u32::try_from(number).ok()).unwrap_or(PAGE)
}

pub(crate) fn list(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let reader = site.reader()?;
    let filter = filter(asked)?;
    let number = number(asked);
    // One more tells whether there are more.
    let page = filter.clone().with_limit(number.saturating_add(1));
    let mut as_of = site.moment(&reader, asked)?;
    let (mut rows, counts) = match asked.query.text("at") {
        None => (Store::sessions_seen_by(&reader, &page)?, site.store.count_sessions(&filter)?),
        Some(_) => {
            let moment = as_of.moment;
            let past = past(site, moment, |store, progress| store.temporal(moment, progress))?;
            as_of = as_of.limited_to(past.as_of());
            (past.sessions(&page)?, past.count_sessions(&filter)?)
        }
    };
    let more = rows.len() > number as usize;
    rows.truncate(number as usize);
    let next = rows.last().filter(|_| more).map(|row| row.cursor.to_string());
    Ok(Answer::of(&as_of, &reader)?
        .with("total", counts.total)
        .with("counts", json!(counts.by_status_and_type))
        .with_rows(rows.iter().map(row).collect())
        .with("next", next))
}

pub(crate) fn row(row: &SessionRow) -> Value {
    let name = StreamName::session(&row.workspace, &row.id, row.ordinal);
    let mut told = serde_json::to_value(row).unwrap_or_default();
    if let Some(told) = told.as_object_mut() {
        told.insert("name".to_owned(), name_of(&name));
        told.insert("stream".to_owned(), row.stream.into());
        told.insert("is_error".to_owned(), alarm::is_error_status(&row.status).into());
        if row.task.len() > TASK_MAX {
            told.insert("task".to_owned(), row.task.chars().take(TASK_MAX).collect::<String>().into());
        }
    }
    told
}

/// Returns every session that there was at a moment.
pub(super) fn all_at(site: &Site, moment: Moment) -> Result<Vec<SessionRow>, Problem> {
    let past = past(site, moment, |store, progress| store.temporal(moment, progress))?;
    Ok(past.sessions(&SessionFilter::new())?)
}

/// Asks the projection that has the past.
pub(super) fn past<T>(
    site: &Site,
    moment: Moment,
    ask: impl Fn(&Store, &dyn retold_core::OnProgress) -> Result<Option<T>, retold_projections::Error>,
) -> Result<T, Problem> {
    let writable = || {
        let now = std::sync::Arc::clone(&site.now);
        Store::open(site.store.log().path(), retold_core::Options::new().clock(move || now()))
    };
    let answer = ask_past(&site.store, writable, moment, &|_| true, ask)?;
    answer.ok_or_else(|| Problem::from(retold_present::Failure::interrupted()))
}

pub(crate) fn changes(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let reader = site.reader()?;
    let moment = |name: &str| match asked.query.point(name)? {
        None => Ok(AsOf::from(reader.head()?)),
        Some(point) => {
            Ok::<AsOf, Problem>((&site.resolver_of(&reader, asked).resolve_moment_or_before(&point)?).into())
        }
    };
    let (from, to) = (moment("from")?, moment("to")?);
    let after = asked.query.text("after").map(|after| {
        after
            .parse::<ChangeCursor>()
            .map_err(|_| Problem::bad("parameter after: it is not a `next` of a window"))
    });
    let after = after.transpose()?;
    let number = asked.query.number("n").and_then(|number| u32::try_from(number).ok()).unwrap_or(WINDOW);
    let changes =
        past(site, if from.position > to.position { from.moment } else { to.moment }, |store, progress| {
            store.changes(from.moment, to.moment, after, number, progress)
        })?;
    let rows = changes.rows.iter().map(|change| {
        json!({
            "stream": change.stream,
            "name": name_of(&change.session),
            "field": change.field,
            "was": sql(&change.was),
            "is": sql(&change.is),
            "position": change.position.get(),
            "happened": change.happened,
        })
    });
    Ok(Answer::of(&to, &reader)?
        .with_rows(rows.collect())
        .with("next", changes.next.map(|next| next.to_string())))
}

fn sql(value: &rusqlite::types::Value) -> Value {
    use rusqlite::types::Value as Sql;
    match value {
        Sql::Null | Sql::Blob(_) => Value::Null,
        Sql::Integer(number) => (*number).into(),
        Sql::Real(number) => (*number).into(),
        Sql::Text(text) => text.as_str().into(),
    }
}
