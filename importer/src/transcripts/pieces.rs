//! The bytes of a file on their way into the log.

use blake3::Hasher;
use retold_core::event::{RecordsKept, SourceRead};
use retold_core::{Digest, Event, KeptBuilder, SpanKind};

use super::holes::Hole;
use super::secrets::{Counts, Masked};

/// A piece ends when it has this many bytes of its own. It is erased as a whole: where several sessions are side by side, it is short.
pub(super) const PIECE_BYTES: usize = 256 * 1024;
/// In a file of one session, records repeat each other from so far back that they take a fifth less in long pieces.
const PIECE_BYTES_OF_ONE: usize = 1024 * 1024;
/// A record that is longer goes on in the next piece.
pub(super) const PIECE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Where an event is that says a text: the number of its session among those of the commit, and its own there.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventAt {
    pub(super) session: usize,
    pub(super) event: usize,
}

#[derive(Debug)]
enum Part {
    Literal(Vec<u8>),
    Text { of: EventAt, hole: Hole },
}

/// A piece that is being put together.
#[derive(Debug)]
pub(super) struct Piece {
    offset: u64,
    length: u64,
    spans: Vec<(u64, u8)>,
    parts: Vec<Part>,
    literal: usize,
    /// Whether its bytes are only counted.
    is_out: bool,
    masks: Vec<(u64, u64, u64, String)>,
    secrets: Counts,
    through: Option<Digest>,
}

/// The pieces of one source since the last commit.
#[derive(Debug)]
pub(super) struct Pieces {
    source: u64,
    hasher: Hasher,
    /// Where the next byte is.
    end: u64,
    pieces: Vec<Piece>,
    /// Bytes of their own, of all pieces together.
    literal: usize,
    /// They are enough then.
    full: usize,
}

impl Pieces {
    /// For a source of which all before `offset` is kept and hashed, and which is of one session or not.
    pub(super) fn at(source: u64, offset: u64, hasher: Hasher, is_of_one: bool) -> Self {
        let full = if is_of_one { PIECE_BYTES_OF_ONE } else { PIECE_BYTES };
        Self { source, hasher, end: offset, pieces: Vec::new(), literal: 0, full }
    }

    /// Whether there is as much as one commit is to keep.
    pub(super) fn is_full(&self) -> bool {
        self.literal >= self.full
    }

    /// Adds a span, without the texts that events say.
    pub(super) fn add(&mut self, bytes: &[u8], spans: &[(u64, u8)], holes: Vec<(EventAt, Hole)>) {
        if self.pieces.last().is_some_and(|piece| piece.is_out) {
            self.cut();
        }
        self.piece().spans.extend_from_slice(spans);
        let mut at = 0;
        for (of, hole) in holes {
            self.literal(&bytes[at..hole.range.start]);
            at = hole.range.end;
            let text = &bytes[hole.range.clone()];
            self.count(text);
            let piece = self.piece();
            piece.length += text.len() as u64;
            piece.parts.push(Part::Text { of, hole });
        }
        self.literal(&bytes[at..]);
    }

    /// Says how many secrets there are in the piece that goes on.
    pub(super) fn has_secrets(&mut self, counts: &Counts) {
        let piece = self.piece();
        for (rule, count) in counts {
            *piece.secrets.entry(rule).or_default() += count;
        }
    }

    /// Adds a span without its secrets, and without the texts that events say of what is left. It is not parted.
    pub(super) fn add_masked(
        &mut self,
        bytes: &[u8],
        masked: &Masked,
        spans: &[(u64, u8)],
        holes: Vec<(EventAt, Hole)>,
    ) {
        if self.pieces.last().is_some_and(|piece| piece.is_out || piece.literal >= PIECE_BYTES) {
            self.cut();
        }
        self.count(bytes);
        self.masked(bytes.len() as u64, masked, spans, holes);
    }

    /// Adds all of a source, of which there is nothing yet, with its hash.
    pub(super) fn add_hashed(&mut self, length: u64, hasher: Hasher, masked: &Masked, spans: &[(u64, u8)]) {
        let _ = self.piece();
        self.hasher = hasher;
        self.end += length;
        self.masked(length, masked, spans, Vec::new());
    }

    /// Returns the hash of all before `end`, where that is as far as it is hashed.
    pub(super) fn through(&self, end: u64) -> Option<[u8; 32]> {
        (self.end == end).then(|| *self.hasher.finalize().as_bytes())
    }

    /// Returns the source's number.
    pub(super) fn source(&self) -> u64 {
        self.source
    }

    fn masked(&mut self, length: u64, masked: &Masked, spans: &[(u64, u8)], holes: Vec<(EventAt, Hole)>) {
        let before = self.piece().length;
        self.literal += masked.bytes.len();
        let piece = self.piece();
        piece.spans.extend_from_slice(spans);
        piece.length += length;
        piece.literal += masked.bytes.len();
        piece.masks.extend(masked.masks.iter().map(|(at, length, shown, rule)| {
            (before + *at as u64, *length as u64, *shown as u64, (*rule).to_owned())
        }));
        let mut at = 0;
        for (of, hole) in holes {
            piece.parts.push(Part::Literal(masked.bytes[at..hole.range.start].to_vec()));
            at = hole.range.end;
            piece.parts.push(Part::Text { of, hole });
        }
        piece.parts.push(Part::Literal(masked.bytes[at..].to_vec()));
    }

    /// Counts bytes that are excluded, and does not keep them: what says that they were read has a piece of its own.
    pub(super) fn exclude(&mut self, bytes: &[u8]) {
        if self.pieces.last().is_some_and(|piece| !piece.is_out) {
            self.cut();
        }
        self.count(bytes);
        let piece = self.piece();
        piece.is_out = true;
        piece.length += bytes.len() as u64;
        piece.spans.push((bytes.len() as u64, SpanKind::Excluded.number()));
    }

    /// Has a piece, though it may hold nothing: it says where the file ends.
    pub(super) fn touch(&mut self) {
        let _ = self.piece();
    }

    /// Ends the piece, so that the next span begins another one.
    pub(super) fn cut(&mut self) {
        let through = Digest(*self.hasher.finalize().as_bytes());
        if let Some(piece) = self.pieces.last_mut()
            && piece.through.is_none()
        {
            piece.through = Some(through);
        }
    }

    fn literal(&mut self, bytes: &[u8]) {
        for bytes in bytes.chunks(PIECE_BYTES_MAX) {
            if self.piece().literal + bytes.len() > PIECE_BYTES_MAX {
                self.cut();
            }
            self.count(bytes);
            self.literal += bytes.len();
            let piece = self.piece();
            piece.literal += bytes.len();
            piece.length += bytes.len() as u64;
            match piece.parts.last_mut() {
                Some(Part::Literal(literal)) => literal.extend_from_slice(bytes),
                _ => piece.parts.push(Part::Literal(bytes.to_vec())),
            }
        }
    }

    fn count(&mut self, bytes: &[u8]) {
        // The piece that they go to begins before them.
        let _ = self.piece();
        self.hasher.update(bytes);
        self.end += bytes.len() as u64;
    }

    fn piece(&mut self) -> &mut Piece {
        if self.pieces.last().is_none_or(|piece| piece.through.is_some()) {
            self.pieces.push(Piece {
                offset: self.end,
                length: 0,
                spans: Vec::new(),
                parts: Vec::new(),
                literal: 0,
                is_out: false,
                masks: Vec::new(),
                secrets: Counts::new(),
                through: None,
            });
        }
        let last = self.pieces.len() - 1;
        &mut self.pieces[last]
    }

    /// Returns the events that keep the pieces, to be appended after `before` events of the same commit, where the first event of each of
    /// its sessions has the number that `firsts` says.
    pub(super) fn take(
        &mut self,
        before: u64,
        firsts: &[u64],
        file_bytes: u64,
        stamp: Option<&str>,
    ) -> Vec<Event> {
        self.cut();
        self.literal = 0;
        let pieces = std::mem::take(&mut self.pieces);
        let last = pieces.len().saturating_sub(1);
        let mut events = Vec::with_capacity(2 * pieces.len());
        for (number, piece) in pieces.into_iter().enumerate() {
            let here = before + events.len() as u64;
            let mut bytes = KeptBuilder::default();
            for part in piece.parts {
                match part {
                    Part::Literal(literal) => bytes.literal_owned(literal),
                    Part::Text { of, hole } => {
                        let back = here - (firsts[of.session] + of.event as u64);
                        bytes.text(back, hole.spelling, hole.from as u64, hole.length as u64);
                    }
                }
            }
            if piece.length > 0 {
                let (source, bytes) = (self.source, bytes.finish());
                events.push(RecordsKept { source, bytes, masks: piece.masks.clone() }.into());
            }
            let read = SourceRead {
                source: self.source,
                offset: piece.offset,
                length: piece.length,
                spans: piece.spans,
                through: piece.through.unwrap_or(Digest([0; 32])),
                file_bytes,
                stamp: stamp.filter(|_| number == last).map(str::to_owned),
                masked: !piece.masks.is_empty(),
                secrets: piece.secrets.into_iter().map(|(rule, count)| (rule.to_owned(), count)).collect(),
            };
            events.push(read.into());
        }
        events
    }

    /// Returns whether there is anything to keep.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}
