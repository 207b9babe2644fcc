//! Gives damage piece by piece, up to where the splitter finds its feet again.

use std::io::{self, Read};

use super::start::{self, Keys, Search, is_white};
use super::step::Step;
use super::{Reason, Splitter};

/// As many bytes before a brace can make it a start: a search that they are kept for finds the same in any chunking.
const INDENT_BYTES: usize = 3;

/// Damage at the head of the window that is given piece by piece.
#[derive(Debug, Clone, Copy)]
pub(super) enum Resync {
    /// So many bytes, all of them in the window.
    Bytes(usize, Reason),
    /// All that is before the next session start.
    ToStart { searched: usize, reason: Reason },
}

impl<R: Read> Splitter<R> {
    /// Begins to lose: there is no step yet.
    pub(super) fn lose(&mut self, resync: Resync) -> Option<Step> {
        self.resync = Some(resync);
        None
    }

    /// The next piece of this many lost bytes; `None` where only structure is left of them.
    pub(super) fn lose_bytes(&mut self, left: usize, reason: Reason) -> Option<Step> {
        let piece_bytes_max = self.limits.piece_bytes_max;
        if left > piece_bytes_max {
            self.resync = Some(Resync::Bytes(left - piece_bytes_max, reason));
            return Some(Step::Damage(piece_bytes_max, reason));
        }
        self.resync = None;
        let bytes = self.window.bytes();
        let mut len = trim_structure(&bytes[..left]);
        let ends_file = self.window.at_end() && left == bytes.len();
        if reason == Reason::Garbage && ends_file && self.arrays.unclosed() && bytes[..len].ends_with(b"]") {
            len = trim_structure(&bytes[..len - 1]);
        }
        (len > 0).then_some(Step::Damage(len, reason))
    }

    /// Searches on for a session start; a piece once one is full.
    pub(super) fn lose_to_start(&mut self, searched: usize, reason: Reason) -> io::Result<Option<Step>> {
        let piece_bytes_max = self.limits.piece_bytes_max;
        let bytes = self.window.bytes();
        Ok(match start::find(bytes, searched, Keys::Type, self.window.at_end()) {
            Search::Found(at) => self.lose(Resync::Bytes(at, reason)),
            Search::NoneBefore(searched) if searched > piece_bytes_max + INDENT_BYTES => {
                self.resync = Some(Resync::ToStart { searched: searched - piece_bytes_max, reason });
                Some(Step::Damage(piece_bytes_max, reason))
            }
            Search::NoneBefore(_) if self.window.at_end() => self.lose(Resync::Bytes(bytes.len(), reason)),
            Search::NoneBefore(searched) => {
                self.resync = Some(Resync::ToStart { searched, reason });
                self.window.fill()?;
                None
            }
        })
    }
}

/// The length of `damage` without the structure after it: white space, commas, and brackets on lines of their own,
/// which belong to the file and not to an element.
pub(super) fn trim_structure(damage: &[u8]) -> usize {
    let mut len = damage.len();
    while let Some(&last) = damage[..len].last() {
        let is_on_line_start = || len == 1 || damage[len - 2] == b'\n';
        match last {
            b',' => {}
            b'[' | b']' if is_on_line_start() => {}
            _ if is_white(last) => {}
            _ => break,
        }
        len -= 1;
    }
    len
}
