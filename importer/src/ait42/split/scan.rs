//! Finds the end of an element by depth and string state.

use memchr::memchr2;

/// How much of a string is looked at byte by byte: most keys and many values are shorter, and the vectorised search
/// pays for its call from there on.
const SHORT_STRING_BYTES: usize = 16;

/// How far an element has been scanned. It resumes where it stopped, so that every byte is looked at once.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The next byte to look at; one past what was there, if that ended in a backslash.
    at: usize,
    depth: usize,
    in_string: bool,
}

impl Scan {
    /// Looks at the rest of `element`, which begins with its brace and holds at least what it held before, and answers
    /// its length once the last open bracket is closed. Brackets of either kind close each other: what is mixed up is
    /// for the reader to find.
    pub(super) fn end(&mut self, element: &[u8]) -> Option<usize> {
        let mut at = self.at;
        let mut depth = self.depth;
        while at < element.len() {
            if self.in_string {
                at = self.leave_string(element, at);
                continue;
            }
            match element[at] {
                b'"' => self.in_string = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.at = at;
        self.depth = depth;
        None
    }

    /// Goes on inside a string to the byte after its closing quote, or as far as there is text.
    fn leave_string(&mut self, element: &[u8], mut at: usize) -> usize {
        let short_end = element.len().min(at + SHORT_STRING_BYTES);
        while at < short_end {
            match element[at] {
                b'"' => {
                    self.in_string = false;
                    return at + 1;
                }
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        while let Some(found) = element.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            at += found;
            if element[at] == b'"' {
                self.in_string = false;
                return at + 1;
            }
            at += 2;
        }
        at.max(element.len())
    }
}
