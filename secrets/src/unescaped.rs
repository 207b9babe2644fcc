//! Strings of JSON without their escapes.

use std::ops::Range;

use memchr::memchr;

/// The text of a string, and where its bytes are in it.
pub(crate) struct Unescaped {
    pub(crate) text: String,
    /// Of each escape, where it is in the text, and in the string from where to where.
    pub(crate) escapes: Vec<(Range<usize>, Range<usize>)>,
}

impl Unescaped {
    /// What is no escape of JSON stays as it is.
    pub(crate) fn of(inside: &str) -> Self {
        let (mut text, mut escapes) = (String::with_capacity(inside.len()), Vec::new());
        let (bytes, mut at) = (inside.as_bytes(), 0);
        while let Some(escape) = memchr(b'\\', &bytes[at..]).map(|found| at + found) {
            text.push_str(&inside[at..escape]);
            let before = text.len();
            let end = match bytes.get(escape + 1) {
                Some(b'u') => {
                    let (letter, end) = by_number(inside, escape);
                    text.push(letter);
                    end
                }
                Some(other) => {
                    let letter = match other {
                        b'n' => Some('\n'),
                        b't' => Some('\t'),
                        b'r' => Some('\r'),
                        b'b' => Some('\u{8}'),
                        b'f' => Some('\u{c}'),
                        b'"' | b'\\' | b'/' => Some(char::from(*other)),
                        _ => None,
                    };
                    text.push(letter.unwrap_or('\\'));
                    escape + if letter.is_some() { 2 } else { 1 }
                }
                None => {
                    text.push('\\');
                    escape + 1
                }
            };
            escapes.push((before..text.len(), escape..end));
            at = end;
        }
        text.push_str(&inside[at..]);
        Self { text, escapes }
    }

    /// Returns where in the string a place of the text is: before the escape that it is in, or after it.
    pub(crate) fn raw(&self, place: usize, is_begin: bool) -> usize {
        let after = self.escapes.partition_point(|(text, _)| match is_begin {
            true => text.end <= place,
            false => text.start < place,
        });
        match after.checked_sub(1).map(|last| &self.escapes[last]) {
            Some((text, raw)) if place >= text.end => raw.end + (place - text.end),
            Some((_, raw)) if is_begin => raw.start,
            Some((_, raw)) => raw.end,
            None => place,
        }
    }
}

/// Reads `\uXXXX`, or two of them that are one letter; returns it and where it ends.
fn by_number(inside: &str, at: usize) -> (char, usize) {
    let unit = |at: usize| {
        let digits = inside.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(at) else { return ('\\', at + 1) };
    let pair = [first, unit(at + 6).unwrap_or_default()];
    match char::decode_utf16(pair).next() {
        Some(Ok(letter)) if letter.len_utf16() == 2 => (letter, at + 12),
        Some(Ok(letter)) => (letter, at + 6),
        _ => (char::REPLACEMENT_CHARACTER, at + 6),
    }
}
