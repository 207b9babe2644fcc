//! A session, as a person names it.

use retold_core::{EventType, Reader, StreamName};
use retold_projections::Found;
use rusqlite::params;

use crate::exit::Exit;
use crate::failure::Failure;

/// Candidates that are listed before "and more".
const CANDIDATES_MAX: usize = 5;
/// A UUID's length; its first part tells sessions apart well enough for a person.
const UUID_LENGTH: usize = 36;
const UUID_FIRST: usize = 8;

/// Finds a session by `[WORKSPACE/]ID[#ORDINAL]`, where the id may be the beginning of one.
///
/// Without an ordinal the first record that is not deleted is meant. It reads the log alone, so that a store finds
/// its sessions whatever its read models hold.
///
/// # Errors
/// Nothing of this name, or more than one.
pub(crate) fn find(reader: &Reader<'_>, text: &str) -> Result<Found, Failure> {
    // An id may hold any character: first it is taken as it stands.
    let readings = [Some((None, text, None)), split(text)];
    for (workspace, id, ordinal) in readings.into_iter().flatten() {
        let mut found = named(reader, id, workspace, ordinal)?;
        let first = found.first().map(|session| session.name.clone());
        if let Some(first) = first {
            let one_id = found.iter().all(|session| {
                session.name.workspace == first.workspace && session.name.session_id == first.session_id
            });
            return if one_id { Ok(found.swap_remove(0)) } else { Err(ambiguous(text, &found)) };
        }
    }
    Err(Failure::new(Exit::Nothing, format!("find session {text}: there is none")))
}

/// Returns a session's name, short enough for a table.
pub(crate) fn short(name: &StreamName) -> String {
    let id = match name.session_id.get(..UUID_FIRST) {
        _ if name.is_workspace() => return format!("({})", name.workspace),
        Some(first) if name.session_id.len() == UUID_LENGTH => first,
        _ => &name.session_id,
    };
    if name.ordinal == 1 { id.to_owned() } else { format!("{id}#{}", name.ordinal) }
}

/// Returns a session's name in full, as [`find`] takes it.
pub(crate) fn full(name: &StreamName) -> String {
    let StreamName { workspace, session_id, ordinal } = name;
    match ordinal {
        0 => format!("({workspace})"),
        1 => format!("{workspace}/{session_id}"),
        ordinal => format!("{workspace}/{session_id}#{ordinal}"),
    }
}

fn split(text: &str) -> Option<(Option<&str>, &str, Option<u32>)> {
    let (workspace, rest) = match text.split_once('/') {
        Some((workspace, rest)) => (Some(workspace), rest),
        None => (None, text),
    };
    let (id, ordinal) = match rest.rsplit_once('#') {
        Some((id, digits)) => (id, Some(digits.parse().ok()?)),
        None => (rest, None),
    };
    (workspace.is_some() || ordinal.is_some()).then_some((workspace, id, ordinal))
}

fn named(
    reader: &Reader<'_>,
    id: &str,
    workspace: Option<&str>,
    ordinal: Option<u32>,
) -> Result<Vec<Found>, Failure> {
    let read = || -> rusqlite::Result<Vec<Found>> {
        let mut statement = reader.connection().prepare_cached(include_str!("../sql/sessions_named.sql"))?;
        let (deleted, restored) = (EventType::SessionDeleted.number(), EventType::SessionRestored.number());
        let rows = statement.query_map(params![id, workspace, ordinal, deleted, restored], |row| {
            let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
            Ok(Found { stream: row.get(0)?, name })
        })?;
        rows.collect()
    };
    Ok(read().map_err(retold_core::Error::sqlite("find a session"))?)
}

fn ambiguous(text: &str, found: &[Found]) -> Failure {
    ambiguity(text, found.iter().map(|session| full(&session.name)).collect())
}

/// Says that a name fits several sessions, and how to name each of them.
pub(crate) fn ambiguity(text: &str, mut candidates: Vec<String>) -> Failure {
    let count = candidates.len();
    candidates.truncate(CANDIDATES_MAX);
    if count > CANDIDATES_MAX {
        candidates.push(format!("and {} more", count - CANDIDATES_MAX));
    }
    Failure::usage(format!("find session {text}: more than one is meant"))
        .detail(candidates)
        .hint("name one of them, as WORKSPACE/ID#ORDINAL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_only_where_it_has_parts() {
        assert_eq!(split("a1"), None);
        assert_eq!(split("atlas/a1"), Some((Some("atlas"), "a1", None)));
        assert_eq!(split("a1#2"), Some((None, "a1", Some(2))));
        assert_eq!(split("atlas/a1#2"), Some((Some("atlas"), "a1", Some(2))));
        assert_eq!(split("a1#x"), None);
    }

    #[test]
    fn a_uuid_is_shortened_and_nothing_else() {
        let uuid = "5f0c2a1e-0000-4000-8000-000000000001";
        assert_eq!(short(&StreamName::session("w", uuid, 1)), "5f0c2a1e");
        assert_eq!(short(&StreamName::session("w", uuid, 2)), "5f0c2a1e#2");
        assert_eq!(short(&StreamName::session("w", "comp-123", 1)), "comp-123");
        assert_eq!(short(&StreamName::workspace("atlas")), "(atlas)");
    }
}
