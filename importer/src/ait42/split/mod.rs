//! Cuts a legacy file into its elements, whatever has happened to the file.
//!
//! The splitter parses nothing. It finds where each element ends by depth and string state and leaves the reading to
//! its caller, who answers with [`Splitter::reject`] where an element is no session. After damage it finds its feet at
//! the next *session start*: see [`start`].
//!
//! Three things hold for any input. Pieces are disjoint and in file order. What lies outside every piece is white
//! space, a comma, a square bracket or the byte order mark at the file's start. And memory stays within the element at
//! hand and one chunk of reading.
//!
//! # The trade for bounded memory
//! A lost quote or brace makes an element run on to the end of the file. Rather than hold all of that, an element that
//! is unfinished after [`PATIENCE_BYTES_MAX`] is cut at the first [sure](start::Keys::Task) session start inside it. So
//! a whole session over that size is torn where one of its unknown keys holds an object that opens with `id`, `type`
//! and `task`; its bytes are then given as damage, not lost. Each cut halves the scan budget and each record that the
//! caller keeps gives some back, so that a file with damage everywhere is not scanned over and over; after three cuts on
//! end `id` and `type` are enough.

mod arrays;
mod element;
mod resync;
mod scalars;
mod scan;
mod start;
mod step;
#[cfg(test)]
mod tests;
mod window;

use std::io::{self, Read};

use arrays::Arrays;
use resync::Resync;
use step::Step;
use window::Window;

/// The longest piece of damage that [`Splitter::next_piece`] gives.
pub(crate) const PIECE_BYTES_MAX: usize = 16 << 20;

/// The longest element that is buffered; a longer one is damage.
pub(crate) const ELEMENT_BYTES_MAX: usize = 256 << 20;
// The same, for who reads one from elsewhere.
const _: () = assert!(ELEMENT_BYTES_MAX as u64 == super::SESSION_BYTES_MAX);

/// How far an unfinished element may run before a sure session start inside it counts for more than its depth.
pub(crate) const PATIENCE_BYTES_MAX: usize = 8 << 20;

/// Returns the id of the session whose first key is at the head of `text`.
pub(crate) fn begun_by(text: &[u8]) -> Option<String> {
    let text = start::trim_white(start::trim_white(text).strip_prefix(b"{")?).strip_prefix(b"\"id\"")?;
    let text = start::trim_white(start::trim_white(text).strip_prefix(b":")?);
    let behind = start::skip_string(text).ok()?;
    let quoted = &text[..text.len() - behind.len()];
    // Read as a session's id is, whatever it holds.
    let document = [b"{\"id\":", quoted, b"}"].concat();
    serde_json::from_slice::<Begun>(&document).ok().map(|begun| begun.id)
}

#[derive(serde::Deserialize)]
struct Begun {
    id: String,
}

/// A stretch of a legacy file, lent until the next call.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// A whole element: an object with its braces. It need not be valid JSON.
    Record(Record<'a>),
    /// Bytes that are no element.
    Damage(Damage<'a>),
}

/// An object of the file, from its first brace to its last.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Which of the file's top-level arrays holds it, from 0. Objects after a closing bracket count as the next one.
    pub(crate) array: u32,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
}

/// Bytes that cannot be read as a session.
#[derive(Debug)]
pub(crate) struct Damage<'a> {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// The bytes as they are there.
    pub(crate) bytes: &'a [u8],
    /// What is wrong with them.
    pub(crate) reason: Reason,
}

/// Why a stretch of the file is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Text where an element, a comma or a bracket should be.
    Garbage,
    /// One or more elements that are numbers, strings, booleans or null.
    NotAnObject,
    /// A run of NUL bytes.
    Nul,
    /// The file ends inside the element.
    Truncated,
    /// The element has no end before the next session starts or its array ends.
    Unfinished,
    /// The element is longer than [`ELEMENT_BYTES_MAX`].
    TooLong,
    /// The caller could not read the record as a session.
    Rejected,
}

/// Reads a legacy file once, front to back, and lends its pieces one by one.
#[derive(Debug)]
pub(crate) struct Splitter<R> {
    window: Window<R>,
    arrays: Arrays,
    limits: Limits,
    /// How long an element may grow before it is searched for session starts.
    scan_budget: usize,
    /// Damage that has begun and is not given whole yet.
    resync: Option<Resync>,
    /// What the caller holds: it is consumed by the next call.
    given: Given,
}

/// The sizes at which the splitter gives up; smaller ones only in tests.
#[derive(Debug, Clone, Copy)]
struct Limits {
    piece_bytes_max: usize,
    element_bytes_max: usize,
    scan_budget_bytes_max: usize,
}

#[derive(Debug, Clone, Copy)]
enum Given {
    Nothing,
    Record(usize),
    Damage(usize),
}

impl<R: Read> Splitter<R> {
    /// Starts at the beginning of `source`, which needs no buffering of its own.
    pub(crate) fn new(source: R) -> Self {
        let limits = Limits {
            piece_bytes_max: PIECE_BYTES_MAX,
            element_bytes_max: ELEMENT_BYTES_MAX,
            scan_budget_bytes_max: PATIENCE_BYTES_MAX,
        };
        Self::within(source, limits)
    }

    fn within(source: R, limits: Limits) -> Self {
        Self {
            window: Window::new(source),
            arrays: Arrays::default(),
            limits,
            scan_budget: limits.scan_budget_bytes_max,
            resync: None,
            given: Given::Nothing,
        }
    }

    /// Gives the next piece, or `None` at the end of the file and ever after.
    ///
    /// Damage comes in pieces of at most [`PIECE_BYTES_MAX`]. A blank file has no pieces. A record that was given
    /// before and not rejected counts as read.
    ///
    /// # Errors
    /// Whatever `source` answers, except that an interrupted read is tried again. The next call goes on where this one
    /// stopped; nothing is skipped.
    pub(crate) fn next_piece(&mut self) -> io::Result<Option<Piece<'_>>> {
        self.settle();
        let step = self.step()?;
        let offset = self.window.offset();
        Ok(match step {
            Step::End => None,
            Step::Record(len) => {
                self.given = Given::Record(len);
                let array = self.arrays.give();
                Some(Piece::Record(Record { offset, array, bytes: &self.window.bytes()[..len] }))
            }
            Step::Damage(len, reason) => {
                self.given = Given::Damage(len);
                Some(Piece::Damage(Damage { offset, bytes: &self.window.bytes()[..len], reason }))
            }
        })
    }

    /// Takes back the record given last, because it could not be read as a session, and answers what is damaged.
    ///
    /// If a session starts inside it after its first byte, a lost quote or brace has swallowed that one: the record is
    /// cut there, only the part before is damaged, and the next piece begins at that start. `None` where the last call
    /// gave no record. The answer is as long as the record, up to [`ELEMENT_BYTES_MAX`].
    ///
    /// # Errors
    /// Whatever `source` answers: up to 4 KiB after the record may have to be read to know a start at its end. The
    /// call can be made again.
    pub(crate) fn reject(&mut self) -> io::Result<Option<Damage<'_>>> {
        let Given::Record(len) = self.given else { return Ok(None) };
        let damaged_len = self.damaged_part(len)?;
        self.given = Given::Damage(damaged_len);
        let bytes = &self.window.bytes()[..damaged_len];
        Ok(Some(Damage { offset: self.window.offset(), bytes, reason: Reason::Rejected }))
    }

    /// Whether an array has been opened and not closed: at the end of the file, that the file was cut off between two
    /// sessions, or inside one that was given as [`Reason::Truncated`].
    pub(crate) fn unclosed(&self) -> bool {
        self.arrays.unclosed()
    }

    /// Leaves behind what the caller held.
    fn settle(&mut self) {
        match std::mem::replace(&mut self.given, Given::Nothing) {
            Given::Nothing => {}
            Given::Damage(len) => self.window.consume(len),
            Given::Record(len) => {
                self.gain_scan_budget(len);
                self.window.consume(len);
            }
        }
    }
}
