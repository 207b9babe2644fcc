//! One JSON string, made readable.

use super::{Original, REPLACEMENT};

/// A string as it can be read, and what was written in the places of its replacements.
pub(super) struct Mended {
    /// What is between its quotes, with U+FFFD where something else was written.
    pub(super) written: Vec<u8>,
    /// The text that it says.
    pub(super) text: Vec<u8>,
    pub(super) originals: Vec<Original>,
}

/// Mends what is between the quotes of a JSON string; `None` where nothing is wrong with it, or something else is, or more than
/// a quarter of a million times.
pub(super) fn mend(raw: &[u8]) -> Option<Mended> {
    let may_be_half = memchr::memmem::find(raw, b"\\u").is_some();
    if !may_be_half && std::str::from_utf8(raw).is_ok() {
        return None;
    }
    let mut mended = Mended {
        written: Vec::with_capacity(raw.len()),
        text: Vec::with_capacity(raw.len()),
        originals: vec![],
    };
    let mut rest = raw;
    while !rest.is_empty() {
        if mended.originals.len() > super::read::ELEMENTS_MAX / 4 {
            return None;
        }
        rest = match memchr::memchr(b'\\', rest) {
            Some(0) => mended.escape(rest)?,
            Some(next) => mended.plain(&rest[..next], &rest[next..]),
            None => mended.plain(rest, &[]),
        };
    }
    (!mended.originals.is_empty()).then_some(mended)
}

impl Mended {
    /// Text without an escape; returns what is after it.
    fn plain<'r>(&mut self, text: &[u8], behind: &'r [u8]) -> &'r [u8] {
        for chunk in text.utf8_chunks() {
            self.same(chunk.valid().as_bytes(), chunk.valid().as_bytes());
            if !chunk.invalid().is_empty() {
                self.replace(chunk.invalid());
            }
        }
        behind
    }

    /// An escape at the head of `rest`; returns what is after it.
    fn escape<'r>(&mut self, rest: &'r [u8]) -> Option<&'r [u8]> {
        let (length, text) = match rest.get(1)? {
            b'u' => {
                let unit = unit(rest)?;
                let low = unit_of_pair(unit, rest.get(6..).unwrap_or_default());
                match (char::from_u32(unit.into()), low) {
                    (Some(text), _) => (6, text),
                    (None, Some(text)) => (12, text),
                    (None, None) => {
                        self.replace(&rest[..6]);
                        return Some(&rest[6..]);
                    }
                }
            }
            b'n' => (2, '\n'),
            b't' => (2, '\t'),
            b'r' => (2, '\r'),
            b'b' => (2, '\u{8}'),
            b'f' => (2, '\u{c}'),
            same @ (b'"' | b'\\' | b'/') => (2, char::from(*same)),
            _ => return None,
        };
        self.same(&rest[..length], text.encode_utf8(&mut [0; 4]).as_bytes());
        Some(&rest[length..])
    }

    fn same(&mut self, written: &[u8], text: &[u8]) {
        self.written.extend_from_slice(written);
        self.text.extend_from_slice(text);
    }

    fn replace(&mut self, bytes: &[u8]) {
        self.originals.push(Original { at: self.text.len(), bytes: bytes.to_vec() });
        self.same(REPLACEMENT.as_bytes(), REPLACEMENT.as_bytes());
    }
}

/// The code unit of `\uXXXX`.
fn unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The character of a pair whose first half is `high`.
fn unit_of_pair(high: u16, behind: &[u8]) -> Option<char> {
    let low = unit(behind).filter(|low| (0xdc00..0xe000).contains(low))?;
    char::decode_utf16([high, low]).next()?.ok()
}

/// The character whose halves two escapes are.
pub(super) fn joined(high: &[u8], low: &[u8]) -> Option<char> {
    unit_of_pair(unit(high)?, low)
}
