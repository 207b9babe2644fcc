//! A session by what a person calls it.

use retold_core::{Reader, StreamId, StreamName};
use rusqlite::Row;

use crate::error::sqlite;
use crate::{Error, Store};

/// A session that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The number of its stream.
    pub stream: StreamId,
    /// Its name.
    pub name: StreamName,
}

impl Store {
    /// Finds a session by its id, by a beginning of its id that no other has, or as `id#ordinal`; each may be
    /// preceded by the workspace's key and a slash.
    ///
    /// Of several records of one id, the id alone means the first that is not deleted. A deleted session is found
    /// where no other has the name.
    ///
    /// # Errors
    /// [`Error::NoSession`]; [`Error::Ambiguous`] with the names that would do.
    pub fn find(&self, name: &str) -> Result<Found, Error> {
        let reader = self.log.reader()?;
        for (workspace, id, ordinal) in readings(name) {
            let fits = |found: &Found| {
                workspace.is_none_or(|key| found.name.workspace == key)
                    && ordinal.is_none_or(|ordinal| found.name.ordinal == ordinal)
            };
            for candidates in [
                rows(&reader, include_str!("../../sql/find_live.sql"), [id])?,
                rows(&reader, include_str!("../../sql/find_by_prefix.sql"), (id, after_prefix(id)))?,
                rows(&reader, include_str!("../../sql/find_any.sql"), [id])?,
            ] {
                let candidates: Vec<Found> = candidates.into_iter().filter(fits).collect();
                if let Some(found) = choose(name, candidates)? {
                    return Ok(found);
                }
            }
        }
        Err(Error::NoSession { name: name.to_owned() })
    }
}

/// The ways to read a name; ids may hold `#` and `/` themselves, so the whole comes first.
fn readings(name: &str) -> Vec<(Option<&str>, &str, Option<u32>)> {
    let with_ordinal = |text| {
        let (id, ordinal) = str::rsplit_once(text, '#')?;
        Some((id, ordinal.parse().ok()?))
    };
    let mut readings = vec![(None, name, None)];
    readings.extend(with_ordinal(name).map(|(id, ordinal)| (None, id, Some(ordinal))));
    if let Some((workspace, rest)) = name.split_once('/') {
        readings.push((Some(workspace), rest, None));
        readings.extend(with_ordinal(rest).map(|(id, ordinal)| (Some(workspace), id, Some(ordinal))));
    }
    readings
}

/// Twins are one candidate, the first of them; anything else must be alone.
fn choose(name: &str, candidates: Vec<Found>) -> Result<Option<Found>, Error> {
    let Some(first) = candidates.first() else { return Ok(None) };
    let same = |found: &Found| {
        found.name.workspace == first.name.workspace && found.name.session_id == first.name.session_id
    };
    if candidates.iter().all(same) {
        return Ok(Some(first.clone()));
    }
    let mut names: Vec<String> = candidates
        .iter()
        .map(|found| format!("{}/{}", found.name.workspace, found.name.session_id))
        .collect();
    names.dedup();
    Err(Error::Ambiguous { name: name.to_owned(), candidates: names })
}

/// The first text behind all that begin with `prefix`.
fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

fn rows(reader: &Reader<'_>, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Found>, Error> {
    let act = sqlite("find a session");
    let read = |row: &Row<'_>| {
        let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
        Ok(Found { stream: row.get(0)?, name })
    };
    let mut statement = reader.connection().prepare_cached(sql).map_err(&act)?;
    statement.query_map(params, read).and_then(Iterator::collect).map_err(&act)
}
