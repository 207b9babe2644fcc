//! A session by what a person calls it.

use retold_core::{EventType, Reader, StreamId, StreamName};
use rusqlite::types::Value;
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
    /// Finds a session by what a person calls it: see [`find`].
    ///
    /// # Errors
    /// Those of [`find`].
    pub fn find(&self, name: &str) -> Result<Found, Error> {
        find(&self.log.reader()?, name)
    }
}

/// Finds a session by its id or by a beginning of its id that no other has, as `[WORKSPACE/]ID[~ORDINAL]`.
///
/// It reads the log alone, so that sessions are found whatever the read models hold. Of several records of one id, the
/// id alone means the first that is not deleted. A deleted session is found where no other has the name. Where the id of one is
/// the beginning of all others, up to a `/`, it is meant: the others are its agents.
///
/// # Errors
/// [`Error::NoSession`]; [`Error::Ambiguous`] with the sessions that may be meant, at most a hundred; otherwise
/// where the store cannot be read.
pub fn find(reader: &Reader<'_>, name: &str) -> Result<Found, Error> {
    let readings = readings(name);
    // A name in full is never taken for the beginning of another.
    let whole = readings.iter().map(|reading| (reading, Some(format!("{}\0", reading.id))));
    let begun = readings.iter().filter(|reading| !reading.id.is_empty());
    let begun = begun.map(|reading| (reading, behind(reading.id)));
    for (reading, behind) in whole.chain(begun) {
        if let Some(found) = choose(name, candidates(reader, reading, behind)?)? {
            return Ok(found);
        }
    }
    Err(Error::NoSession { name: name.to_owned() })
}

/// Returns how many bytes of a session's id, from its beginning, tell it from every other id of the store, those of deleted sessions
/// too. Its agents' ids, which begin with its own and a `/`, do not count. As [`find`] it reads the log alone.
///
/// Two steps of an index for each workspace.
///
/// # Errors
/// Where the store cannot be read.
pub fn distinct_prefix(reader: &Reader<'_>, id: &str) -> Result<usize, Error> {
    let act = sqlite("tell a session's id from others");
    let sql = include_str!("../../sql/neighbours.sql");
    let mut statement = reader.connection().prepare_cached(sql).map_err(&act)?;
    let agents = format!("{id}/");
    let after = behind(&agents);
    let mut rows =
        statement.query(named_params! { ":id": id, ":agents": agents, ":after": after }).map_err(&act)?;
    let mut shared = 0;
    while let Some(row) = rows.next().map_err(&act)? {
        for column in 0..2 {
            let other = row.get_ref(column).map_err(&act)?.as_str_or_null().unwrap_or_default();
            shared = shared.max(other.map_or(0, |other| shared_prefix(id, other)));
        }
    }
    // One letter more than what it shares.
    Ok(id[shared..].chars().next().map_or(id.len(), |letter| shared + letter.len_utf8()))
}

/// Returns how many bytes two texts begin with that are the same letters.
fn shared_prefix(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(letter, _)| letter.len_utf8()).sum()
}

/// One way to read a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading<'n> {
    workspace: Option<&'n str>,
    id: &'n str,
    ordinal: Option<u32>,
}

/// The ways to read a name; ids and workspaces may hold `~` and `/` themselves, so the whole comes first.
fn readings(name: &str) -> Vec<Reading<'_>> {
    let slashes = name.match_indices('/').map(|(slash, _)| (Some(&name[..slash]), &name[slash + 1..]));
    let mut readings = Vec::new();
    for (workspace, id) in std::iter::once((None, name)).chain(slashes) {
        readings.push(Reading { workspace, id, ordinal: None });
        if let Some((id, ordinal)) = id.rsplit_once('~')
            && let Ok(ordinal) = ordinal.parse()
        {
            readings.push(Reading { workspace, id, ordinal: Some(ordinal) });
        }
    }
    readings
}

/// Whether a name may be that of a session, where nobody can be asked what else there is: by its id or the beginning of it, after its workspace
/// or not, with its ordinal or not.
pub fn may_name(name: &str, session: &StreamName) -> bool {
    let is_of = |Reading { workspace, id, ordinal }: &Reading<'_>| {
        workspace.is_none_or(|workspace| workspace == session.workspace)
            && session.session_id.starts_with(id)
            && ordinal.is_none_or(|ordinal| ordinal == session.ordinal)
    };
    !session.is_workspace() && readings(name).iter().any(is_of)
}

/// A session that may be meant.
struct Candidate {
    found: Found,
    is_deleted: bool,
}

/// Twins are one candidate, the first of them; anything else must be alone.
fn choose(name: &str, mut candidates: Vec<Candidate>) -> Result<Option<Found>, Error> {
    let Some(first) = candidates.first() else { return Ok(None) };
    let is_deleted = first.is_deleted;
    candidates.retain(|candidate| candidate.is_deleted == is_deleted);
    let mut found: Vec<Found> = candidates.into_iter().map(|candidate| candidate.found).collect();
    found.dedup_by(|a, b| a.name.workspace == b.name.workspace && a.name.session_id == b.name.session_id);
    // A beginning of a session's id is one of its agents' ids, too: the session is meant.
    if let Some(first) = found.first().map(|found| found.name.clone()) {
        let is_agent = |name: &StreamName| {
            let rest = name.session_id.strip_prefix(&first.session_id);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        found.retain(|found| !is_agent(&found.name));
    }
    if found.len() > 1 {
        let candidates = found.into_iter().map(|found| found.name).collect();
        return Err(Error::Ambiguous { name: name.to_owned(), candidates });
    }
    Ok(found.pop())
}

/// Returns the first text after all that begin with `prefix`; `None` where there is no end to them.
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

fn candidates(
    reader: &Reader<'_>,
    reading: &Reading<'_>,
    behind: Option<String>,
) -> Result<Vec<Candidate>, Error> {
    let act = sqlite("find a session");
    let sql = include_str!("../../sql/find.sql");
    let mut statement = reader.connection().prepare_cached(sql).map_err(&act)?;
    let params = named_params! {
        ":id": reading.id,
        // Every text is less than any blob: https://sqlite.org/datatype3.html#comparison_expressions
        ":behind": behind.map_or(Value::Blob(Vec::new()), Value::Text),
        ":workspace": reading.workspace,
        ":ordinal": reading.ordinal,
        ":deleted": EventType::SessionDeleted.number(),
        ":redacted": EventType::BodyRedacted.number(),
    };
    statement.query_map(params, candidate).and_then(Iterator::collect).map_err(&act)
}

fn candidate(row: &Row<'_>) -> rusqlite::Result<Candidate> {
    let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
    Ok(Candidate { found: Found { stream: row.get(0)?, name }, is_deleted: row.get(4)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_a_prefix_begins_what_does_not_begin_with_it() {
        assert_eq!(behind("a1").as_deref(), Some("a2"));
        assert_eq!(behind("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(behind("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(behind("\u{10ffff}"), None);
        assert_eq!(behind(""), None);
    }

    #[test]
    fn a_name_is_read_in_every_way_it_can_be() {
        let read = |name| -> Vec<(Option<&str>, &str, Option<u32>)> {
            readings(name)
                .into_iter()
                .map(|reading| (reading.workspace, reading.id, reading.ordinal))
                .collect()
        };
        assert_eq!(read("a1"), [(None, "a1", None)]);
        assert_eq!(read("a1~2"), [(None, "a1~2", None), (None, "a1", Some(2))]);
        assert_eq!(read("a1~x"), [(None, "a1~x", None)]);
        assert_eq!(
            read("/w/a1~2"),
            [
                (None, "/w/a1~2", None),
                (None, "/w/a1", Some(2)),
                (Some(""), "w/a1~2", None),
                (Some(""), "w/a1", Some(2)),
                (Some("/w"), "a1~2", None),
                (Some("/w"), "a1", Some(2)),
            ]
        );
    }
}
