//! Private keys: from their first line to their last one.

use std::ops::Range;

use memchr::{memchr, memmem};

use crate::windows::{IS_PART, RUN_MIN};

/// What begins and ends a private key. Its end may have been cut off.
const BEGINS: &str = "-----BEGIN ";
const ENDS: &str = "-----END ";
const DASHES: &str = "-----";
const KEY: &str = "PRIVATE KEY";
/// So far before its keyword a first line begins at most, in bytes.
const BEFORE: usize = 96;
/// What is between a first line and the label of the last one at least, in bytes.
const LEAST: usize = 40;

/// The private keys of a text. However many first lines there are, each byte is looked at a few times at most: what was
/// looked for after one of them is remembered for those that follow.
pub(crate) struct Keys<'t> {
    bytes: &'t [u8],
    /// Where the last key ends that was found.
    end: usize,
    string: Option<Part>,
    last_line: Option<Part>,
    /// How many bytes were looked at for the end of a string or a key.
    #[cfg(test)]
    looked_at: usize,
}

/// What is after a place of a text.
#[derive(Clone, Copy)]
struct Part {
    /// It is the same for all places from here to where it begins.
    from: usize,
    /// Where it begins; the end of what was looked at where there is none.
    begin: usize,
    /// Of a string, where it ends without the backslashes of its closing quote; of a last line, where that ends.
    end: usize,
    is_there: bool,
}

impl Part {
    const fn is_of(&self, place: usize) -> bool {
        self.from <= place && place <= self.begin
    }
}

impl<'t> Keys<'t> {
    pub(crate) const fn of(bytes: &'t [u8]) -> Self {
        Self {
            bytes,
            end: 0,
            string: None,
            last_line: None,
            #[cfg(test)]
            looked_at: 0,
        }
    }

    /// Returns the private key whose first line has a keyword at a place: to its last line, or where that was cut off to the
    /// end of the string. Places are given in order; one inside of a key that was found before begins none.
    pub(crate) fn at(&mut self, place: usize) -> Option<Range<usize>> {
        let before = &self.bytes[place.saturating_sub(BEFORE)..place];
        let begin = place - before.len() + memmem::rfind(before, BEGINS.as_bytes())?;
        let is_label = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ';
        let label = begin + BEGINS.len();
        if !self.bytes.get(label..place)?.iter().all(is_label) {
            return None;
        }
        let first = place + KEY.len();
        let inside = first + memmem::find(self.bytes.get(first..)?, DASHES.as_bytes())? + DASHES.len();
        if inside <= self.end {
            return None;
        }
        let string = self.string(inside);
        let last = self.last_line(inside, string.begin);
        let end = if last.is_there {
            (last.begin + ENDS.len() - inside >= LEAST).then_some(last.end)?
        } else {
            // A text about keys is none.
            let parts = self.bytes[inside..string.end].iter();
            let parts = parts.filter(|byte| !byte.is_ascii_whitespace() && **byte != b'\\');
            let key_letters = parts.take(RUN_MIN).filter(|byte| IS_PART[usize::from(**byte)]).count();
            (key_letters == RUN_MIN).then_some(string.end)?
        };
        self.end = end;
        Some(begin..end)
    }

    /// Returns the end of the string that a place is in.
    fn string(&mut self, inside: usize) -> Part {
        if let Some(known) = self.string.filter(|known| known.is_of(inside)) {
            return known;
        }
        let quote = memchr(b'"', &self.bytes[inside..]).map(|quote| inside + quote);
        let begin = quote.unwrap_or(self.bytes.len());
        #[cfg(test)]
        {
            self.looked_at += begin - inside;
        }
        let backslashes = self.bytes[inside..begin].iter().rev().take_while(|byte| **byte == b'\\').count();
        let part = Part { from: inside, begin, end: begin - backslashes, is_there: quote.is_some() };
        self.string = Some(part);
        part
    }

    /// Returns the last line of a key that is after a place, in the same string.
    fn last_line(&mut self, inside: usize, quote: usize) -> Part {
        if let Some(known) = self.last_line.filter(|known| known.is_of(inside)) {
            return known;
        }
        let found = memmem::find(&self.bytes[inside..quote], ENDS.as_bytes()).map(|end| inside + end);
        let end = found.map_or(quote, |found| {
            let label = found + ENDS.len();
            memmem::find(&self.bytes[label..quote], DASHES.as_bytes())
                .map_or(quote, |dashes| label + dashes + DASHES.len())
        });
        #[cfg(test)]
        {
            self.looked_at += end - inside;
        }
        let begin = found.unwrap_or(quote);
        let part = Part { from: inside, begin, end, is_there: found.is_some() };
        self.last_line = Some(part);
        part
    }
}

/// Returns where the last private key of a text begins.
pub(crate) fn open(text: &str) -> Option<usize> {
    let begin = text.rfind(BEGINS)?;
    text[begin..].lines().next().is_some_and(|line| line.contains(KEY)).then_some(begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> (Vec<Range<usize>>, usize) {
        let mut keys = Keys::of(text.as_bytes());
        let places = memmem::find_iter(text.as_bytes(), "PRIVATE KEY-----");
        let found = places.filter_map(|place| keys.at(place)).collect();
        (found, keys.looked_at)
    }

    #[test]
    fn of_many_first_lines_no_byte_is_looked_at_again_and_again() {
        let first = |end: &str| format!("-----BEGIN {}-----{end}", "PRIVATE KEY");
        let last = format!("-----END {}-----", "PRIVATE KEY");
        for unit in [
            first(""),
            first("\n"),
            first("\""),
            first("\n\\n"),
            first(&"\\".repeat(9)),
            first(&last),
            first("-----END "),
            first(&format!("{}{last}", "aB3dE5gH7".repeat(9))),
            first(&format!("{}{last}\"", "aB3dE5gH7".repeat(9))),
            first(&"aB3dE5gH7".repeat(9)),
        ] {
            let text = unit.repeat(500);
            for text in [format!("{text}{last}"), format!("{text}\""), text] {
                let (_, looked_at) = keys(&text);
                assert!(looked_at <= 4 * text.len(), "{unit}: {looked_at} of {}", text.len());
            }
        }
    }

    #[test]
    fn a_key_is_found_behind_another_one_and_none_inside_of_one() {
        let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
        let key = format!("{begin}{}{end}", "aB3dE5gH7".repeat(9));
        assert_eq!(keys(&format!("{key}\n{key}")).0, [0..key.len(), key.len() + 1..2 * key.len() + 1]);
        assert_eq!(keys(&format!("{begin}{key}")).0, vec![0..begin.len() + key.len(); 1]);
    }
}
