//! The files of other programs, compared with what the log has of them.

use std::io;

use retold_core::Reader;
use retold_transcripts::{Format, Source};

use super::export::{Mask, own_bytes};
use super::file::contents;
use super::known::KnownPiece;
use crate::Error;

/// How a file compares with what the log has of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Bytes of the file that were compared and are the same.
    pub same: u64,
    /// Bytes that cannot be compared, for the log's are erased.
    pub erased: u64,
    /// Bytes that cannot be compared, for they were masked when they were read.
    pub masked: u64,
    /// Bytes after what the log has: `retold import` takes them in.
    pub more: u64,
    /// Bytes that the log has after the end of the file.
    pub fewer: u64,
    /// Where the first other byte is.
    pub differs_at: Option<u64>,
}

impl Comparison {
    /// Whether the file holds what the log has, no more and no less, as far as that can be compared.
    pub fn is_same(&self) -> bool {
        self.differs_at.is_none() && self.more == 0 && self.fewer == 0
    }
}

/// Compares a file, or of a database its rows, with the pieces that the log has of it. One piece is in memory at a time; nothing is
/// written.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read; what the log says.
pub fn compare(
    reader: &mut Reader<'_>,
    pieces: &[KnownPiece],
    format: &dyn Format,
    source: &Source,
) -> Result<Comparison, Error> {
    let mut kept = Pieces::of(reader, pieces);
    let (mut found, mut failed) = (Comparison::default(), None);
    let mut at = 0_u64;
    let compared = contents(format, source, &mut |chunk| {
        let mut chunk = chunk;
        while !chunk.is_empty() {
            let taken = match kept.next(chunk.len()) {
                Ok(Part::End) => {
                    found.more += chunk.len() as u64;
                    chunk.len()
                }
                Ok(Part::Erased(length)) => {
                    found.erased += length as u64;
                    length
                }
                Ok(Part::Masked(length)) => {
                    found.masked += length as u64;
                    length
                }
                Ok(Part::Bytes(bytes)) => {
                    let other = bytes.iter().zip(chunk).position(|(kept, there)| kept != there);
                    found.same += other.unwrap_or(bytes.len()) as u64;
                    if let Some(other) = other {
                        found.differs_at.get_or_insert(at + other as u64);
                        return Err(stop());
                    }
                    bytes.len()
                }
                Err(error) => {
                    failed = Some(error);
                    return Err(stop());
                }
            };
            at += taken as u64;
            chunk = &chunk[taken..];
        }
        Ok(())
    });
    if let Some(error) = failed {
        return Err(error);
    }
    match compared {
        Err(_) if found.differs_at.is_some() => return Ok(found),
        Err(error) => return Err(Error::Io { act: "read", path: source.path.clone(), source: error }),
        Ok(()) => {}
    }
    loop {
        match kept.next(usize::MAX)? {
            Part::End => return Ok(found),
            Part::Bytes(bytes) => found.fewer += bytes.len() as u64,
            Part::Erased(length) | Part::Masked(length) => found.fewer += length as u64,
        }
    }
}

fn stop() -> io::Error {
    io::Error::other("what was looked for is found")
}

/// What the log has of a file, a part at a time.
struct Pieces<'a, 'r> {
    reader: &'a mut Reader<'r>,
    pieces: &'a [KnownPiece],
    next: usize,
    bytes: Vec<u8>,
    /// How many of `bytes` were handed over.
    read: usize,
    /// How many bytes are erased, from here on.
    erased: u64,
    /// What is masked in the rest of the piece, of the last the first.
    masks: Vec<Mask>,
    /// How many bytes of the piece were handed over.
    at: u64,
    /// How many bytes are masked, from here on.
    masked: u64,
}

enum Part<'a> {
    Bytes(&'a [u8]),
    Erased(usize),
    Masked(usize),
    End,
}

impl<'a, 'r> Pieces<'a, 'r> {
    fn of(reader: &'a mut Reader<'r>, pieces: &'a [KnownPiece]) -> Self {
        let (bytes, masks) = (Vec::new(), Vec::new());
        Self { reader, pieces, next: 0, bytes, read: 0, erased: 0, masks, at: 0, masked: 0 }
    }

    /// Goes past the mask that is kept here.
    fn unmask(&mut self) {
        while self.masked == 0
            && let Some(mask) = self.masks.last().copied().filter(|mask| mask.at == self.at)
        {
            self.masks.pop();
            self.masked = mask.length;
            self.at += mask.length;
            let shown = usize::try_from(mask.shown).unwrap_or(usize::MAX);
            self.read = self.read.saturating_add(shown).min(self.bytes.len());
        }
    }

    /// Returns what comes next, at most `max` bytes of it.
    fn next(&mut self, max: usize) -> Result<Part<'_>, Error> {
        self.unmask();
        while self.read == self.bytes.len() && self.erased == 0 && self.masked == 0 {
            if self.next == self.pieces.len() {
                return Ok(Part::End);
            }
            let (length, gap) =
                own_bytes(self.reader, self.pieces, self.next, &mut self.bytes, &mut self.masks)?;
            self.next += 1;
            self.read = 0;
            self.erased = gap.map_or(0, |_| length);
            self.at = 0;
            self.masks.reverse();
            self.unmask();
        }
        if self.masked > 0 {
            let length = usize::try_from(self.masked).unwrap_or(usize::MAX).min(max);
            self.masked -= length as u64;
            return Ok(Part::Masked(length));
        }
        if self.erased > 0 {
            let length = usize::try_from(self.erased).unwrap_or(usize::MAX).min(max);
            self.erased -= length as u64;
            return Ok(Part::Erased(length));
        }
        let from = self.read;
        let to_mask = self.masks.last().map_or(u64::MAX, |mask| mask.at.saturating_sub(self.at));
        let max = max.min(usize::try_from(to_mask).unwrap_or(usize::MAX));
        self.read = self.bytes.len().min(from.saturating_add(max));
        self.at += (self.read - from) as u64;
        Ok(Part::Bytes(&self.bytes[from..self.read]))
    }
}
