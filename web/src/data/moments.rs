//! Moments of the whole log.

use retold_core::{Position, time};
use retold_projections::find;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Moments of an answer, where nothing else is asked for.
const MOMENTS: u64 = 600;

/// Events of the log at equal distances, each with its times: enough to draw them and to point between them. Each costs a search in
/// an index.
pub(crate) fn moments(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let reader = site.reader()?;
    let head = reader.head()?;
    let last = head.position.get();
    let number = asked.query.number("n").unwrap_or(MOMENTS).clamp(1, last.max(1));
    let act = retold_core::Error::sqlite("read the log");
    let mut rows = Vec::new();
    let connection = reader.connection();
    let mut statement = connection.prepare_cached(include_str!("../../sql/moment.sql")).map_err(&act)?;
    for nth in 1..=number.min(last) {
        let position = Position::ZERO
            .plus(u64::try_from(u128::from(last) * u128::from(nth) / u128::from(number)).unwrap_or(last));
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let (recorded, occurred) = statement.query_row([position], read).map_err(&act)?;
        rows.push(json!([position.get(), recorded, occurred]));
    }
    Ok(Answer::of(&head.into(), &reader)?.with_rows(rows))
}

pub(crate) fn resolve(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let reader = site.reader()?;
    let Some(point) = asked.query.point("point")? else {
        return Err(Problem::bad("resolve: there is no point").hint("give one with ?point="));
    };
    let named = match &point.anchor {
        retold_travel::Anchor::Of(session, _) => Some(session.clone()),
        _ => asked.query.text("session").map(str::to_owned),
    };
    let found = named.map(|name| find(&reader, &name)).transpose()?;
    let resolved = site.resolver(&reader, found.as_ref()).resolve_moment(&point)?;
    let as_of = retold_present::AsOf::from(&resolved);
    let revision = match &found {
        Some(found) => {
            let position = as_of.of(&reader, found.stream)?;
            Value::from(
                retold_travel::Timeline::of(site.store.log(), found.stream)?.revision_at(position)?.get(),
            )
        }
        None => Value::Null,
    };
    let instant = resolved.time.and_then(|(_, at)| time::from_micros(time::to_micros(at)));
    Ok(Answer::of(&as_of, &reader)?
        .with("said", resolved.said)
        .with("session", found.map(|found| super::name_of(&found.name)))
        .with("revision", revision)
        .with("instant", instant.map(|at| at.to_string())))
}
