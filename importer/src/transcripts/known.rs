//! What the log has of a file.

/// A file that was taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownSource {
    /// Its number among those of its tool.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// What told, when it was read last, whether it has changed since.
    pub stamp: Option<String>,
    /// The pieces that its bytes consist of, in order.
    pub pieces: Vec<KnownPiece>,
}

/// A piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPiece {
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// The position of the event that keeps it.
    pub position: u64,
    /// BLAKE3 of all up to its end.
    pub through: [u8; 32],
    /// How many records begin in it.
    pub records: u64,
    /// Whether all of it is the end of a file that was being written.
    pub is_tail: bool,
}

impl KnownSource {
    /// Returns where a span begins and all before is kept: the ends of pieces, but of those that are a tail, the last first, each with
    /// the hash of what is before it.
    pub(super) fn boundaries(&self) -> impl Iterator<Item = (u64, [u8; 32])> {
        let end = |at: usize| self.pieces[at].offset + self.pieces[at].length;
        // A piece in which no record begins goes on with one that began before it.
        let begins = |at: usize| self.pieces.get(at).is_none_or(|piece| piece.records > 0 || piece.is_tail);
        (0..self.pieces.len())
            .rev()
            .filter(move |at| !self.pieces[*at].is_tail && begins(at + 1))
            .map(move |at| (end(at), self.pieces[at].through))
    }

    /// Returns the hash of all before `end`, where a piece ends there.
    pub(super) fn through(&self, end: u64) -> Option<[u8; 32]> {
        self.boundaries().chain(self.end()).find(|(at, _)| *at == end).map(|(_, through)| through)
    }

    /// Returns how many bytes are kept, and their hash.
    pub(super) fn end(&self) -> Option<(u64, [u8; 32])> {
        self.pieces.last().map(|last| (last.offset + last.length, last.through))
    }
}
