//! What the index says of a text beside its words: whoever looks among few of very many texts reads theirs alone.
//!
//! A mark is a word of a column of its own. What changes with the session (its type and status) has none: it is looked up
//! with each find.

use retold_core::StreamId;

use super::find::SearchFilter;

/// Returns the marks of a text.
pub(super) fn of_text(
    stream: StreamId,
    workspace: &str,
    what: &str,
    role: Option<&str>,
    agent: Option<&str>,
) -> String {
    let mut marks = [session(stream), named('w', workspace), named('k', what)].join(" ");
    for mark in
        [role.map(|role| named('r', role)), agent.map(|agent| named('a', agent))].into_iter().flatten()
    {
        marks.push(' ');
        marks.push_str(&mark);
    }
    marks
}

/// Returns the marks that a filter asks for.
pub(super) fn of_filter(filter: &SearchFilter) -> Vec<String> {
    let SearchFilter {
        workspace,
        session: stream,
        what,
        role,
        agent,
        kind: _,
        status: _,
        having: _,
        events: _,
    } = filter;
    let named = |letter, name: &Option<String>| name.as_deref().map(|name| named(letter, name));
    let named = [named('w', workspace), named('k', what), named('r', role), named('a', agent)];
    stream.map(session).into_iter().chain(named.into_iter().flatten()).collect()
}

fn session(stream: StreamId) -> String {
    format!("s{}", stream.get())
}

/// Two names that give the same mark are told apart by what is looked up.
fn named(letter: char, name: &str) -> String {
    let digest = blake3::hash(name.as_bytes());
    format!("{letter}{}", &digest.to_hex()[..12])
}
