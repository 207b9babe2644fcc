//! A session by what a person calls it.

use retold_core::{Reader, StreamId, StreamName};
use rusqlite::{Row, named_params};

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
            for (sql, behind) in [
                (include_str!("../../sql/find_live.sql"), None),
                (include_str!("../../sql/find_by_prefix.sql"), behind(id)),
                (include_str!("../../sql/find_any.sql"), behind(id)),
            ] {
                let candidates = rows(&reader, sql, workspace, id, behind.as_deref(), ordinal)?;
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

/// Returns the first text behind all that begin with `prefix`; `None` where there is no end to them.
fn behind(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

fn rows(
    reader: &Reader<'_>,
    sql: &str,
    workspace: Option<&str>,
    id: &str,
    behind: Option<&str>,
    ordinal: Option<u32>,
) -> Result<Vec<Found>, Error> {
    let act = sqlite("find a session");
    let mut statement = reader.connection().prepare_cached(sql).map_err(&act)?;
    let params = named_params! {
        ":id": id,
        ":behind": behind,
        ":workspace": workspace,
        ":ordinal": ordinal,
    };
    statement.query_map(params, found).and_then(Iterator::collect).map_err(&act)
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
    Ok(Found { stream: row.get(0)?, name })
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn behind_a_prefix_begins_what_does_not_begin_with_it() {
        assert_eq!(behind("a1").as_deref(), Some("a2"));
        assert_eq!(behind("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(behind("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(behind("\u{10ffff}"), None);
        assert_eq!(behind(""), None);
    }
}
