//! Follows an element to its end, and gives it up where there is none to be expected.

use std::io::{self, Read};

use super::resync::{Resync, trim_structure};
use super::scan::Scan;
use super::start::{self, HEADER_BYTES_MAX, Keys, Search};
use super::step::Step;
use super::window::CHUNK_BYTES;
use super::{Reason, Splitter};

/// The least scan budget: below, looking for a start costs more than scanning on.
const SCAN_BUDGET_BYTES_MIN: usize = 4 << 10;

/// By how many times a kept record's length the scan budget grows.
const PATIENCE_GAIN: usize = 16;

impl<R: Read> Splitter<R> {
    /// Follows the object at the head to its end. Where it cuts an element depends on the bytes alone, not on how they
    /// arrive.
    pub(super) fn element(&mut self) -> io::Result<Option<Step>> {
        let mut scan = Scan::default();
        let mut searched = 1;
        let mut checkpoint = self.scan_budget.min(self.limits.element_bytes_max);
        loop {
            let bytes = self.window.bytes();
            let reached = &bytes[..bytes.len().min(checkpoint)];
            if let Some(len) = scan.end(reached) {
                return match reached[len - 1] {
                    b'}' => Ok(Some(Step::Record(len))),
                    _ => self.cut_before_bracket(len),
                };
            }
            if reached.len() < checkpoint {
                if !self.window.fill()? {
                    return Ok(self.cut_at_end());
                }
                continue;
            }
            let is_too_long = checkpoint == self.limits.element_bytes_max;
            let (from, keys) = if is_too_long { (1, Keys::Type) } else { (searched, self.sureness()) };
            match start::find(reached, from, keys, false) {
                Search::Found(at) => return Ok(self.cut(at)),
                Search::NoneBefore(at) => searched = at,
            }
            if is_too_long {
                return Ok(self.lose(Resync::ToStart { searched, reason: Reason::TooLong }));
            }
            checkpoint = (checkpoint + checkpoint.min(CHUNK_BYTES)).min(self.limits.element_bytes_max);
        }
    }

    /// A square bracket has closed the brace at the head: it belongs to the array, and a brace is missing before it.
    fn cut_before_bracket(&mut self, len: usize) -> io::Result<Option<Step>> {
        let damaged_len = self.damaged_part(len)?.min(len - 1);
        Ok(self.lose(Resync::Bytes(damaged_len, Reason::Unfinished)))
    }

    /// The file has ended inside the element at the head.
    fn cut_at_end(&mut self) -> Option<Step> {
        let bytes = self.window.bytes();
        match start::find(bytes, 1, Keys::Type, true) {
            Search::Found(at) => self.cut(at),
            Search::NoneBefore(_) => self.lose(Resync::Bytes(bytes.len(), Reason::Truncated)),
        }
    }

    fn cut(&mut self, at: usize) -> Option<Step> {
        self.lose_scan_budget();
        self.lose(Resync::Bytes(at, Reason::Unfinished))
    }

    /// How much of a broken element of `len` bytes is damaged: all of it, or what is before the start inside it.
    pub(super) fn damaged_part(&mut self, len: usize) -> io::Result<usize> {
        self.window.fill_to(len + HEADER_BYTES_MAX)?;
        let bytes = self.window.bytes();
        let known = &bytes[..bytes.len().min(len + HEADER_BYTES_MAX)];
        Ok(match start::find(known, 1, Keys::Type, true) {
            Search::Found(at) if at < len => {
                let damaged = trim_structure(&bytes[..at]);
                self.lose_scan_budget();
                damaged
            }
            _ => len,
        })
    }

    /// In the thick of damage, that is after three cuts on end, a session start need not be sure.
    fn sureness(&self) -> Keys {
        if self.scan_budget < self.limits.scan_budget_bytes_max / 4 { Keys::Type } else { Keys::Task }
    }

    /// Patience grows with what is read well, so that all scanning for nothing together stays within a fixed multiple
    /// of the file's length.
    pub(super) fn gain_scan_budget(&mut self, kept_len: usize) {
        let gain = kept_len.saturating_mul(PATIENCE_GAIN);
        self.scan_budget = self.scan_budget.saturating_add(gain).min(self.limits.scan_budget_bytes_max);
    }

    fn lose_scan_budget(&mut self) {
        self.scan_budget =
            (self.scan_budget / 2).max(SCAN_BUDGET_BYTES_MIN.min(self.limits.scan_budget_bytes_max));
    }
}
