//! Long texts: how much of them is loaded for a screen.

use retold_core::{Decoder, Text};
use retold_travel::{Change, Patch, Value};
use rusqlite::Connection;

use crate::Failure;

/// Texts are shown up to this length at either end.
const END_BYTES: usize = 64 * 1024;
/// And by this many lines at either end.
const END_LINES: usize = 10_000;
/// Texts that differ are compared line by line up to this length, together: what that takes grows with its square.
const COMPARED_BYTES_MAX: u64 = 64 * 1024;
/// A text that came or went is told up to this length.
const TOLD_BYTES_MAX: u64 = 256 * 1024;

/// Whether the texts of a patch are short enough to be told between two frames.
pub fn is_short(patch: &Patch) -> bool {
    let bytes = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Output(rope) => rope.len(),
        Value::Message(message) => message.content.len(),
        _ => 0,
    };
    match &patch.change {
        Change::Set { old, new } => bytes(old) + bytes(new) <= COMPARED_BYTES_MAX,
        Change::Extend { text, .. } => text.len() <= TOLD_BYTES_MAX,
        Change::Insert(value) | Change::Remove(value) => bytes(value) <= TOLD_BYTES_MAX,
    }
}

/// Loads a text, or its two ends where it is long: only the pieces that they are in.
///
/// # Errors
/// Where a text cannot be loaded.
pub fn ends(text: &Text, connection: &Connection) -> Result<[String; 2], Failure> {
    let pieces: &[Text] = match text {
        Text::Joined(pieces) => pieces,
        whole => std::slice::from_ref(whole),
    };
    let load = |piece: &Text| -> Result<String, Failure> {
        let mut piece = piece.clone();
        Decoder::default().resolve(connection, &mut piece)?;
        Ok(piece.as_str().unwrap_or_default().to_owned())
    };
    let is_whole = text.len() <= 2 * END_BYTES as u64;
    let (mut head, mut tail, mut next) = (String::new(), String::new(), 0);
    while next < pieces.len() && (is_whole || head.len() < END_BYTES) {
        head.push_str(&load(&pieces[next])?);
        next += 1;
    }
    if is_whole {
        return Ok([head, tail]);
    }
    let rest = pieces[next..].iter().rev();
    for piece in rest {
        if tail.len() >= END_BYTES {
            break;
        }
        tail.insert_str(0, &load(piece)?);
    }
    // One piece may be both.
    if next == pieces.len() && tail.is_empty() {
        tail = head.clone();
    }
    head.truncate(head.floor_char_boundary(END_BYTES));
    let cut = tail.floor_char_boundary(tail.len().saturating_sub(END_BYTES));
    Ok([head, tail.split_off(cut)])
}

/// Returns the lines of a text's two ends, as many as are shown of either; the second are none where all are shown.
pub fn lines_of([head, tail]: &[String; 2]) -> [Vec<&str>; 2] {
    let (mut head, mut tail): (Vec<&str>, Vec<&str>) = (head.lines().collect(), tail.lines().collect());
    if tail.is_empty() && head.len() > 2 * END_LINES {
        tail = head.split_off(head.len() / 2);
    }
    head.truncate(if tail.is_empty() { head.len() } else { END_LINES });
    [head, tail.split_off(tail.len().saturating_sub(END_LINES))]
}
