//! Session starts: the places where the splitter finds its feet again.
//!
//! A session start is `{ "id" : STRING , "type" :` with any white space. A message opens with `id` and `role` and an
//! instance with `instanceId`, so neither matches; inside a well-formed string every quote is after a backslash,
//! so text cannot match either. `{ "id" :` alone is a start too where it is as the legacy writer indents a session.

use memchr::memmem;

/// How far behind its brace a start is looked at: an id that is longer, or as much white space, hides the start.
pub(super) const HEADER_BYTES_MAX: usize = 4 << 10;

/// The outcome of a search.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// The first start is here.
    Found(usize),
    /// No start lies before this place; from here on it takes more text to know.
    NoneBefore(usize),
}

/// How many keys of a session must be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keys {
    /// `id`.
    Id,
    /// `id` and `type`: a session start.
    Type,
    /// `id`, `type` and `task`: a sure session start, which no object that only resembles a session has.
    Task,
}

/// How a comparison with text failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// The text says otherwise.
    Other,
    /// The text ends before it can be told.
    Short,
}

/// Searches `text` for the first start at or after `from`.
///
/// `whole` says that no text follows. To search on in longer text, begin at what [`Search::NoneBefore`] said: at most
/// [`HEADER_BYTES_MAX`] are looked at twice.
pub(super) fn find(text: &[u8], from: usize, keys: Keys, whole: bool) -> Search {
    let Some(unsearched) = text.get(from..) else { return Search::NoneBefore(from) };
    for found in memmem::find_iter(unsearched, b"\"id\"") {
        let id = from + found;
        let before = trim_white_end(&text[from..id]).len();
        if before == 0 || text[from + before - 1] != b'{' {
            continue;
        }
        let brace = from + before - 1;
        let header = &text[brace..text.len().min(brace + HEADER_BYTES_MAX)];
        let keys = if is_legacy_indented(&text[..brace], &text[brace..id]) { Keys::Id } else { keys };
        match opens_with(header, keys) {
            Ok(()) => return Search::Found(brace),
            Err(Miss::Short) if !whole && header.len() < HEADER_BYTES_MAX => {
                return Search::NoneBefore(brace);
            }
            Err(Miss::Short | Miss::Other) => {}
        }
    }
    Search::NoneBefore(match whole {
        true => text.len(),
        false => from.max(text.len().saturating_sub(HEADER_BYTES_MAX)),
    })
}

/// Compares the head of `text` with the head of a session: `Ok` where all of `keys` are there in their order.
pub(super) fn opens_with(text: &[u8], keys: Keys) -> Result<(), Miss> {
    let text = skip(text, b"{")?;
    let mut text = skip_key(text, b"\"id\"")?;
    for (reached, key) in [(Keys::Type, &b"\"type\""[..]), (Keys::Task, b"\"task\"")] {
        if keys < reached {
            break;
        }
        text = skip_string(trim_white(text))?;
        text = skip(trim_white(text), b",")?;
        text = skip_key(text, key)?;
    }
    Ok(())
}

/// Whether a byte is white space to JSON.
pub(super) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The text after leading white space.
pub(super) fn trim_white(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_white(byte)).unwrap_or(text.len());
    &text[start..]
}

/// The text before trailing white space.
fn trim_white_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| !is_white(byte)).map_or(0, |last| last + 1);
    &text[..end]
}

/// The text after a JSON string that is at its head. A line break or NUL is not part of a string.
pub(super) fn skip_string(text: &[u8]) -> Result<&[u8], Miss> {
    let mut rest = skip(text, b"\"")?;
    loop {
        match rest {
            [] | [b'\\'] => return Err(Miss::Short),
            [b'"', behind @ ..] => return Ok(behind),
            [b'\\', _, behind @ ..] => rest = behind,
            [0..0x20, ..] => return Err(Miss::Other),
            [_, behind @ ..] => rest = behind,
        }
    }
}

/// The text after white space, `key`, white space and a colon.
fn skip_key<'a>(text: &'a [u8], key: &[u8]) -> Result<&'a [u8], Miss> {
    let text = skip(trim_white(text), key)?;
    skip(trim_white(text), b":")
}

fn skip<'a>(text: &'a [u8], expected: &[u8]) -> Result<&'a [u8], Miss> {
    match text.strip_prefix(expected) {
        Some(behind) => Ok(behind),
        None if expected.starts_with(text) => Err(Miss::Short),
        None => Err(Miss::Other),
    }
}

/// Whether a brace is after a line break and two spaces, and its first key on the next line after four.
fn is_legacy_indented(before: &[u8], brace_to_key: &[u8]) -> bool {
    before.ends_with(b"\n  ") && matches!(brace_to_key, b"{\n    " | b"{\r\n    ")
}
