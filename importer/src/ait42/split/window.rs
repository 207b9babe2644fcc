//! The stretch of the file that is in memory.

use std::io::{self, ErrorKind, Read};

/// How much is read at once.
pub(super) const CHUNK_BYTES: usize = 256 << 10;

/// A buffer that is kept although little of it is in use.
const IDLE_BYTES_MAX: usize = 4 << 20;

/// What has been read and not consumed, and where it is in the file.
#[derive(Debug)]
pub(super) struct Window<R> {
    source: R,
    /// Initialised throughout, so that a read needs no clearing; only `head..end` has meaning.
    buffer: Vec<u8>,
    head: usize,
    end: usize,
    offset: u64,
    at_end: bool,
}

impl<R: Read> Window<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), head: 0, end: 0, offset: 0, at_end: false }
    }

    /// Reads once, at most [`CHUNK_BYTES`], after what is there; false at the end of the file.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        if self.at_end {
            return Ok(false);
        }
        self.make_room();
        let room = &mut self.buffer[self.end..][..CHUNK_BYTES];
        let read = loop {
            match self.source.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                answer => break answer?,
            }
        };
        self.end += read;
        self.at_end = read == 0;
        Ok(read > 0)
    }

    /// Reads until `len` bytes are there or the file ends.
    pub(super) fn fill_to(&mut self, len: usize) -> io::Result<()> {
        while self.bytes().len() < len && self.fill()? {}
        Ok(())
    }

    /// Moves what is in use to the front once a chunk lies dead before it, and gives back what a long element took.
    fn make_room(&mut self) {
        let used = self.end - self.head;
        if self.head >= CHUNK_BYTES || self.head >= used {
            self.buffer.copy_within(self.head..self.end, 0);
            self.head = 0;
            self.end = used;
            if self.buffer.len() > IDLE_BYTES_MAX && used < self.buffer.len() / 4 {
                self.buffer.truncate(used + CHUNK_BYTES);
                self.buffer.shrink_to_fit();
            }
        }
        if self.buffer.len() < self.end + CHUNK_BYTES {
            self.buffer.resize(self.end + CHUNK_BYTES, 0);
        }
    }
}

impl<R> Window<R> {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.head..self.end]
    }

    /// Where the first of [`Self::bytes`] is in the file.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether a read has met the end of the file: nothing follows [`Self::bytes`].
    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    pub(super) fn consume(&mut self, len: usize) {
        debug_assert!(len <= self.bytes().len(), "only what was read can be consumed");
        self.head += len;
        self.offset += len as u64;
    }
}
