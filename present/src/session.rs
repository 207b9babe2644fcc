//! A session's name, as a person reads and writes it.

use jiff::{SignedDuration, Timestamp};
use retold_core::{Reader, StreamName};
use retold_projections::{distinct_prefix, find};

use crate::Failure;

/// Candidates that are listed before "and more".
const CANDIDATES_MAX: usize = 5;
/// An open session that nothing was written to for longer is not running.
const RUNNING_MAX: SignedDuration = SignedDuration::from_mins(10);
/// A UUID's length; its first part tells sessions apart well enough for a person.
const UUID_LENGTH: usize = 36;
const UUID_FIRST: usize = 8;

/// Returns a session's name, short enough for a table.
pub fn short(name: &StreamName) -> String {
    let id = match name.session_id.get(..UUID_FIRST) {
        _ if name.is_workspace() => return format!("({})", name.workspace),
        Some(first) if name.session_id.len() == UUID_LENGTH => first,
        _ => &name.session_id,
    };
    if name.ordinal == 1 { id.to_owned() } else { format!("{id}~{}", name.ordinal) }
}

/// Returns the beginning of a session's id that names it in this store, at least as long as [`short`] has it, and no other session's id
/// has, not even one that was deleted; its name in full where no beginning does. Some steps of an index, however many ids begin alike.
pub fn brief(reader: &Reader<'_>, name: &StreamName) -> String {
    // Nothing is told apart where that cannot be read: it is called in full.
    brief_of(reader, name, distinct_prefix(reader, &name.session_id).unwrap_or(usize::MAX))
}

/// [`brief`], where so many bytes of the id tell it apart.
fn brief_of(reader: &Reader<'_>, name: &StreamName, apart: usize) -> String {
    let names_it = |text: &String| find(reader, text).is_ok_and(|found| found.name == *name);
    let id = &name.session_id;
    let lengths: &[usize] = if id.len() == UUID_LENGTH { &[UUID_FIRST, 13, 18, 23] } else { &[12, 20] };
    // A shorter beginning may be that of very many, each of which would be looked at.
    let lengths = lengths.iter().filter(|length| **length >= apart);
    let beginnings = lengths.filter_map(|length| id.get(..*length)).map(|beginning| match name.ordinal {
        1 => beginning.to_owned(),
        ordinal => format!("{beginning}~{ordinal}"),
    });
    let whole = (apart <= id.len()).then(|| id.clone()).into_iter().map(|id| match name.ordinal {
        1 => id,
        ordinal => format!("{id}~{ordinal}"),
    });
    beginnings.chain(whole).find(names_it).unwrap_or_else(|| full(name))
}

/// What a session is called in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// What it is called: see [`brief`].
    pub text: String,
    /// How many bytes of it, from the beginning, tell its id from every other id of the store: all where it is not called by the
    /// beginning of its id alone.
    pub apart: usize,
}

/// A longer name takes too much of a table.
const NAME_MAX: usize = 24;

impl Called {
    /// Calls it by a text, none of which is known to be enough.
    pub fn whole(text: String) -> Self {
        Self { apart: text.len(), text }
    }

    /// Returns the part that tells it apart, and the rest.
    pub fn parts(&self) -> (&str, &str) {
        apart(&self.text, self.apart)
    }

    /// Returns it as it is shown, such as made harmless by `show`: what tells it apart is that of the shown text.
    pub fn shown(&self, show: impl Fn(&str) -> String) -> Self {
        let (text, apart) = (show(&self.text), show(self.parts().0));
        // What was made harmless may have another beginning.
        let apart = if text.starts_with(&apart) { apart.len() } else { 0 };
        Self { text, apart }
    }
}

/// Returns the first `bytes` of what a session is called, which tell it apart, and the rest; all of it where it was cut before them.
pub fn apart(called: &str, bytes: usize) -> (&str, &str) {
    called.split_at_checked(bytes).unwrap_or((called, ""))
}

/// Returns what a session is called in a list: its [`brief`] name, or [`short`] where a table has no room for that; one that fits
/// several lists them.
pub fn called(reader: &Reader<'_>, name: &StreamName) -> Called {
    let id = &name.session_id;
    let apart = distinct_prefix(reader, id);
    let text = brief_of(reader, name, *apart.as_ref().unwrap_or(&usize::MAX));
    if text.chars().count() > NAME_MAX {
        return Called::whole(short(name));
    }
    match apart {
        Ok(apart) if id.get(..apart).is_some_and(|apart| text.starts_with(apart)) => Called { text, apart },
        _ => Called::whole(text),
    }
}

/// Whether a session is at work now: it says so itself or is open, and it moved a short time ago.
pub fn is_at_work(status: &str, moved_at: Option<Timestamp>, now: Timestamp) -> bool {
    let is_recent = moved_at.is_some_and(|at| now.duration_since(at) <= RUNNING_MAX);
    is_recent && standing(status, moved_at, now) == RUNNING
}

/// How a session stands that something is being written to.
const RUNNING: &str = "running";

/// How a session stands, for a person: one that is open is running where it moved a short time ago, and paused otherwise.
pub fn standing(status: &str, moved_at: Option<Timestamp>, now: Timestamp) -> &str {
    match (status, moved_at) {
        ("open", Some(at)) if now.duration_since(at) <= RUNNING_MAX => RUNNING,
        ("open", _) => "paused",
        (status, _) => status,
    }
}

/// Returns a session's name in full, as [`retold_projections::find`] takes it.
pub fn full(name: &StreamName) -> String {
    let StreamName { workspace, session_id, ordinal } = name;
    match ordinal {
        0 => format!("({workspace})"),
        1 => format!("{workspace}/{session_id}"),
        ordinal => format!("{workspace}/{session_id}~{ordinal}"),
    }
}

/// Says that a name fits several sessions, and how to name each of them.
pub fn ambiguity(text: &str, candidates: impl ExactSizeIterator<Item = String>) -> Failure {
    let more = (candidates.len() > CANDIDATES_MAX).then(|| "and more".to_owned());
    let listed = candidates.take(CANDIDATES_MAX);
    Failure::usage(format!("find session {text}: more than one is meant"))
        .detail(listed.chain(more))
        .hint("name one of them as listed, or more of its id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_a_session_apart_is_that_of_what_is_shown() {
        let called = |text: &str, apart| Called { text: text.to_owned(), apart };
        let harmless = called("a\u{1b}b-rest", 3).shown(|text| text.replace('\u{1b}', "␛"));
        assert_eq!(harmless.parts(), ("a␛b", "-rest"));
        // Where it was made harmless across the end of that part, none of it is told apart.
        assert_eq!(called("abc", 1).shown(|text| text.replace("ab", "X")).parts(), ("", "Xc"));
        assert_eq!(apart("7c2", 5), ("7c2", ""));
        assert_eq!(apart("é", 1), ("é", ""));
    }

    #[test]
    fn an_open_session_runs_for_ten_minutes_after_it_moved() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let at = |seconds| Some(now - SignedDuration::from_secs(seconds));
        for (status, moved_at, stands) in [
            ("open", at(0), "running"),
            ("open", at(600), "running"),
            ("open", at(601), "paused"),
            ("open", None, "paused"),
            ("interrupted", at(0), "interrupted"),
            ("running", at(99_999), "running"),
        ] {
            assert_eq!(standing(status, moved_at, now), stands);
            let is_recent = moved_at.is_some_and(|at| now.duration_since(at).as_secs() <= 600);
            assert_eq!(is_at_work(status, moved_at, now), stands == "running" && is_recent);
        }
    }

    #[test]
    fn a_uuid_is_shortened_and_nothing_else() {
        let uuid = "5f0c2a1e-0000-4000-8000-000000000001";
        assert_eq!(short(&StreamName::session("w", uuid, 1)), "5f0c2a1e");
        assert_eq!(short(&StreamName::session("w", uuid, 2)), "5f0c2a1e~2");
        assert_eq!(short(&StreamName::session("w", "comp-123", 1)), "comp-123");
        assert_eq!(short(&StreamName::workspace("atlas")), "(atlas)");
    }
}
