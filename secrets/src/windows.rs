//! Where keywords are looked for: not where no secret can be.

use std::ops::Range;

/// No secret but that in a URL is a shorter run of what secrets consist of.
pub(crate) const RUN_MIN: usize = 16;
/// So far before it its keyword begins at most, in bytes.
const KEYWORD_BEFORE: usize = 64;

/// Where keywords are looked for: what is before and in each long run of what secrets consist of.
pub(crate) struct Windows<'t> {
    bytes: &'t [u8],
    at: usize,
    next: Option<Range<usize>>,
}

/// Letters, digits, and what else secrets consist of.
pub(crate) const IS_PART: [bool; 256] = {
    let (mut table, mut at) = ([false; 256], 0_usize);
    while at < 128 {
        let byte = at.to_le_bytes()[0];
        table[at] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'/' | b'=' | b'.' | b'~' | b'-');
        at += 1;
    }
    table
};

impl<'t> Windows<'t> {
    pub(crate) fn of(bytes: &'t [u8]) -> Self {
        Self { bytes, at: 0, next: None }
    }

    /// Returns the next run. One that is long enough covers a place that is looked at.
    fn run(&mut self) -> Option<Range<usize>> {
        let is_part = |at: usize| IS_PART[usize::from(self.bytes[at])];
        let mut done = self.at;
        loop {
            let look = done + RUN_MIN - 1;
            if look >= self.bytes.len() {
                self.at = self.bytes.len();
                return None;
            }
            if !is_part(look) {
                done = look + 1;
                continue;
            }
            let begin = (done..look).rev().find(|at| !is_part(*at)).map_or(done, |before| before + 1);
            let end = (look + 1..self.bytes.len()).find(|at| !is_part(*at)).unwrap_or(self.bytes.len());
            done = end;
            if end - begin >= RUN_MIN {
                self.at = end;
                return Some(begin..end);
            }
        }
    }
}

impl Iterator for Windows<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let Some(run) = self.run() else { return self.next.take() };
            let window = run.start.saturating_sub(KEYWORD_BEFORE)..run.end;
            match &mut self.next {
                Some(next) if window.start <= next.end => next.end = window.end,
                next => {
                    if let Some(ready) = next.replace(window) {
                        return Some(ready);
                    }
                }
            }
        }
    }
}
