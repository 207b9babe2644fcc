//! A file, cut and parsed on a thread of its own.

use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parking_lot::{Condvar, Mutex};
use retold_core::Session;

use super::encoding::{BEGIN_BYTES, Foreign};
use super::split::{Damage, PIECE_BYTES_MAX, Piece, Reason, Record, Splitter};

/// What the thread may be ahead of the import.
const BYTES_AHEAD_MAX: u64 = 2 * 1024 * 1024;
const PIECES_AHEAD_MAX: usize = 64;

/// What a file holds.
#[derive(Debug)]
pub(super) enum Found {
    /// A whole session.
    Session(Box<Whole>),
    /// Bytes that cannot be read as one; `is_unended` where the file ends before they do.
    Unreadable { offset: u64, raw: Vec<u8>, reason: String, is_unended: bool },
    /// A run of NUL bytes: a file that grew and was not written. Nothing is lost with them that is here.
    Nul { offset: u64, length: u64 },
    /// The file ends inside its list: the sessions after that are gone from it.
    Unclosed,
    /// The file cannot be read any further.
    Failed(std::io::Error),
}

/// A session as it is in its file.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) session: Session,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) array: u32,
    pub(super) digest: [u8; 32],
}

/// Reads `source` on a thread of `scope`. Dropping the receiver ends it.
pub(super) fn read<'scope, R: Read + Send + 'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    source: R,
    budget: &'scope Budget,
) -> Receiver<Found> {
    let (sender, receiver) = sync_channel(PIECES_AHEAD_MAX);
    scope.spawn(move || {
        if let Err(error) = give(source, &sender, budget) {
            // A receiver that is gone does not want to know.
            let _gone = sender.send(Found::Failed(error));
        }
    });
    receiver
}

fn give(mut source: impl Read, to: &SyncSender<Found>, budget: &Budget) -> std::io::Result<()> {
    let mut begin = Vec::with_capacity(BEGIN_BYTES);
    source.by_ref().take(BEGIN_BYTES as u64).read_to_end(&mut begin)?;
    let foreign = Foreign::of(&begin);
    let mut source = begin.as_slice().chain(source);
    let Some(foreign) = foreign else { return cut(&mut Splitter::new(source), to, budget) };
    let mut offset = 0;
    loop {
        let mut raw = Vec::new();
        source.by_ref().take(PIECE_BYTES_MAX as u64).read_to_end(&mut raw)?;
        let length = raw.len() as u64;
        if raw.is_empty()
            || to
                .send(Found::Unreadable { offset, raw, reason: foreign.advice(), is_unended: false })
                .is_err()
        {
            return Ok(());
        }
        offset += length;
    }
}

fn cut<R: Read>(pieces: &mut Splitter<R>, to: &SyncSender<Found>, budget: &Budget) -> std::io::Result<()> {
    while let Some(piece) = pieces.next_piece()? {
        let found = match piece {
            Piece::Damage(Damage { offset, bytes, reason: Reason::Nul }) => {
                Ok(Found::Nul { offset, length: bytes.len() as u64 })
            }
            Piece::Damage(damage) => Ok(unreadable(&damage, describe(damage.reason))),
            Piece::Record(record) => {
                // Room first: parsed, a session takes as much again.
                let length = record.bytes.len() as u64;
                budget.take(length);
                whole(&record).inspect_err(|_| budget.give_back(length)).map_err(|error| error.to_string())
            }
        };
        let found = match found {
            Ok(found) => found,
            Err(reason) => match pieces.reject()? {
                Some(damage) => unreadable(&damage, &reason),
                None => continue,
            },
        };
        if to.send(found).is_err() {
            break;
        }
    }
    if pieces.unclosed() {
        let _gone = to.send(Found::Unclosed);
    }
    Ok(())
}

fn whole(record: &Record<'_>) -> serde_json::Result<Found> {
    Ok(Found::Session(Box::new(Whole {
        session: parse(record.bytes)?,
        offset: record.offset,
        length: record.bytes.len() as u64,
        array: record.array,
        digest: *blake3::hash(record.bytes).as_bytes(),
    })))
}

/// Reads a session from its bytes in a file.
pub(super) fn parse(bytes: &[u8]) -> serde_json::Result<Session> {
    retold_core::read_session(bytes)
}

fn unreadable(damage: &Damage<'_>, reason: &str) -> Found {
    Found::Unreadable {
        offset: damage.offset,
        raw: damage.bytes.to_vec(),
        reason: reason.to_owned(),
        is_unended: matches!(damage.reason, Reason::Truncated | Reason::Unfinished),
    }
}

/// The bytes of sessions that were parsed and not yet imported.
#[derive(Debug, Default)]
pub(super) struct Budget {
    taken: Mutex<u64>,
    given_back: Condvar,
}

impl Budget {
    /// Waits until there is room for `bytes`; a session that is larger than all room waits to be alone.
    fn take(&self, bytes: u64) {
        let mut taken = self.taken.lock();
        while *taken > 0 && *taken + bytes > BYTES_AHEAD_MAX {
            self.given_back.wait(&mut taken);
        }
        *taken += bytes;
    }

    /// Gives room back.
    pub(super) fn give_back(&self, bytes: u64) {
        let mut taken = self.taken.lock();
        *taken = taken.saturating_sub(bytes);
        self.given_back.notify_one();
    }

    /// Gives all room back, for a reader whose sessions nobody wants any more.
    pub(super) fn release(&self) {
        *self.taken.lock() = 0;
        self.given_back.notify_one();
    }
}

fn describe(reason: Reason) -> &'static str {
    match reason {
        Reason::Garbage => "no JSON where a session should stand",
        Reason::NotAnObject => "not an object",
        Reason::Nul => "a run of NUL bytes",
        Reason::Truncated => "the file ends inside the session",
        Reason::Unfinished => "the session has no end",
        Reason::TooLong => "the session is longer than 256 MiB",
        Reason::Rejected => "not readable as a session",
    }
}
