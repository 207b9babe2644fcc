//! The files of other programs, written again byte for byte.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use blake3::Hasher;
use retold_core::{Error as LogError, Event, Kept, KeptPart, Position, Reader};

use super::known::KnownPiece;
use crate::Error;

/// What came of writing a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes that were written.
    pub bytes: u64,
    /// The events whose bodies are erased, so that their bytes are missing; each is named in the file where they were.
    pub gaps: Vec<u64>,
    /// How many secrets were masked when it was read; each is named in the file where it was.
    pub masked: u64,
    /// Whether the bytes are those that were read: no gap, and the same hash.
    pub is_whole: bool,
}

/// Writes a source from its pieces, in order, one at a time. Where a body is erased, a line says so in its place. `place` is what an
/// error names.
///
/// # Errors
/// What the log says, or what `out` gives.
pub fn write_native(
    reader: &mut Reader<'_>,
    pieces: &[KnownPiece],
    out: &mut dyn Write,
    place: &Path,
) -> Result<Written, Error> {
    let (mut written, mut hasher) = (Written::default(), Hasher::new());
    let (mut bytes, mut masks) = (Vec::new(), Vec::new());
    for number in 0..pieces.len() {
        let (length, gap) = own_bytes(reader, pieces, number, &mut bytes, &mut masks)?;
        written.masked += masks.len() as u64;
        if let Some(position) = gap {
            written.gaps.push(position);
            bytes.extend_from_slice(
                format!("{{\"retold\":\"gap\",\"bytes\":{length},\"erased\":{position}}}\n").as_bytes(),
            );
        }
        hasher.update(&bytes);
        out.write_all(&bytes).map_err(|source| Error::Io { act: "write", path: place.to_owned(), source })?;
        written.bytes += bytes.len() as u64;
    }
    let through = pieces.last().map(|last| last.through);
    written.is_whole = written.gaps.is_empty()
        && written.masked == 0
        && through.is_none_or(|through| through == *hasher.finalize().as_bytes());
    Ok(written)
}

/// Puts what a piece holds of its file into `bytes`: a later piece takes the place of what an earlier one has from there on. Returns
/// how many bytes of the file it stands for and, where its body is erased and `bytes` is empty, which event's. `masks` gets what was
/// masked in it.
pub(super) fn own_bytes(
    reader: &mut Reader<'_>,
    pieces: &[KnownPiece],
    number: usize,
    bytes: &mut Vec<u8>,
    masks: &mut Vec<Mask>,
) -> Result<(u64, Option<u64>), Error> {
    masks.clear();
    let at = &pieces[number];
    let end = pieces.get(number + 1).map_or(u64::MAX, |next| next.offset);
    let length = at.length.min(end.saturating_sub(at.offset));
    bytes.clear();
    if length == 0 {
        return Ok((0, None));
    }
    let gap = piece(reader, Position::new(at.position).unwrap_or(Position::ZERO), bytes, masks)?;
    match gap {
        Some(_) => {
            bytes.clear();
            masks.clear();
        }
        None => truncate(bytes, masks, length),
    }
    Ok((length, gap))
}

/// Keeps what stands for the first `length` bytes of the piece: a mask of something that goes on after them goes with the rest.
fn truncate(bytes: &mut Vec<u8>, masks: &mut Vec<Mask>, length: u64) {
    masks.retain(|mask| mask.at.saturating_add(mask.length) <= length);
    let (masked, shown) =
        masks.iter().fold((0_u64, 0_u64), |(masked, shown), mask| (masked + mask.length, shown + mask.shown));
    let kept = length.saturating_sub(masked).saturating_add(shown);
    bytes.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
}

/// Something that was masked when a piece was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mask {
    /// Where it was in the piece.
    pub(super) at: u64,
    /// How long it was.
    pub(super) length: u64,
    /// How long the mask is.
    pub(super) shown: u64,
}

/// Writes the bytes of a piece; returns the event whose body is erased, where one is.
fn piece(
    reader: &mut Reader<'_>,
    position: Position,
    into: &mut Vec<u8>,
    masks: &mut Vec<Mask>,
) -> Result<Option<u64>, Error> {
    let Some(recorded) = reader.event_at(position)? else {
        return Err(damaged(position).into());
    };
    let Some(Event::RecordsKept(body)) = recorded.event else { return Ok(Some(position.get())) };
    // A piece of something that is excluded keeps nothing.
    if body.bytes.parts().next().is_none() {
        return Ok(Some(position.get()));
    }
    let mask =
        |(at, length, shown, _): &(u64, u64, u64, String)| Mask { at: *at, length: *length, shown: *shown };
    masks.extend(body.masks.iter().map(mask));
    let mut texts: HashMap<u64, String> = HashMap::new();
    for back in backs(&body.bytes) {
        let Some(said) = position.get().checked_sub(back).filter(|said| *said > 0).and_then(Position::new)
        else {
            return Err(damaged(position).into());
        };
        if texts.contains_key(&back) {
            continue;
        }
        match reader.text_at(said)? {
            Some(text) => drop(texts.insert(back, text)),
            None => return Ok(Some(said.get())),
        }
    }
    let text_of = |back: u64| texts.get(&back).map(String::as_str).ok_or_else(|| damaged(position));
    body.bytes.write(text_of, into, || damaged(position))?;
    Ok(None)
}

fn backs(kept: &Kept) -> Vec<u64> {
    let back = |part: KeptPart<'_>| match part {
        KeptPart::Text { back, .. } => Some(back),
        KeptPart::Literal(_) => None,
    };
    kept.parts().filter_map(back).collect()
}

fn damaged(position: Position) -> LogError {
    LogError::Damaged {
        act: "write a file again",
        found: format!("the piece at position {position} refers to no text"),
    }
}
