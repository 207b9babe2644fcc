//! Elements that are no objects.

use super::start::{Miss, skip_string, trim_white};

/// How far a run of scalars is followed; a longer one comes in several pieces.
pub(super) const RUN_BYTES_MAX: usize = 64 << 10;

/// What is at the head of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// How long the run of scalars is: commas and white space between them included, after the last one not. 0 where
    /// the text opens with something else: garbage.
    pub(super) len: usize,
    /// Whether more text could make it longer.
    pub(super) is_short: bool,
}

/// Measures the run of numbers, strings, booleans and nulls at the head of `text`, each of which is followed by a comma,
/// a bracket or the end of the file. `whole` says that no text follows.
pub(super) fn run(text: &[u8], whole: bool) -> Run {
    let mut len = 0;
    let mut rest = text;
    loop {
        match scalar(rest, whole) {
            Ok(behind) => {
                len = text.len() - behind.len();
                rest = trim_white(behind);
            }
            Err(miss) => return Run { len, is_short: miss == Miss::Short && !whole },
        }
        match rest {
            [b',', behind @ ..] => rest = trim_white(behind),
            _ => return Run { len, is_short: false },
        }
    }
}

/// The text after the scalar at the head of `text`.
fn scalar(text: &[u8], whole: bool) -> Result<&[u8], Miss> {
    let behind = if text.first() == Some(&b'"') { skip_string(text)? } else { skip_token(text, whole)? };
    match trim_white(behind) {
        [b',' | b']' | b'[', ..] => Ok(behind),
        [] if whole => Ok(behind),
        [] => Err(Miss::Short),
        _ => Err(Miss::Other),
    }
}

fn skip_token(text: &[u8], whole: bool) -> Result<&[u8], Miss> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let end = text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len());
    if end == text.len() && !whole {
        return Err(Miss::Short);
    }
    let (token, behind) = text.split_at(end);
    if is_scalar_token(token) { Ok(behind) } else { Err(Miss::Other) }
}

fn is_scalar_token(token: &[u8]) -> bool {
    match token {
        b"true" | b"false" | b"null" => true,
        [b'-' | b'0'..=b'9', ..] => {
            token.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        }
        _ => false,
    }
}
