//! What is known of each text beside its words: columns, in blocks of positions.

use rusqlite::OptionalExtension as _;
use rusqlite::params;

use super::pack::{Bytes, count, pack};
use super::{Tables, damaged};

/// Texts of a block.
pub(crate) const TEXTS: usize = 1_024;

/// What is set in the number of a text that says which files a call touched: an event brings the call's arguments too, which have
/// its position as their number.
pub(crate) const OF_PATHS: u32 = 1 << 30;

/// Returns the position of the event that brought a text.
#[inline]
pub(crate) fn position_of(text: u32) -> u32 {
    text & !OF_PATHS
}

/// What is known of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its session's stream.
    pub(crate) stream: u32,
    /// Its marks, by their number; 0 for no text at all.
    pub(crate) kind: u32,
    /// How many words it has.
    pub(crate) length: u32,
    /// How many positions before it the piece of output is that it goes on from; 0 for none.
    pub(crate) back: u32,
}

/// What is known of the texts at some positions that follow each other.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) texts: Vec<Known>,
}

impl Default for Block {
    fn default() -> Self {
        Self { texts: vec![Known::default(); TEXTS] }
    }
}

/// Returns the number of a text's block, and its place in it.
#[inline]
pub(crate) fn place(text: u32) -> (u32, usize) {
    (text / count(TEXTS), text as usize % TEXTS)
}

impl Block {
    /// Reads a block; one without a text where there is none.
    pub(crate) fn read(tables: Tables<'_>, number: u32) -> rusqlite::Result<Self> {
        let mut statement = tables.prepare(include_str!("../../../sql/search/block.sql"))?;
        let read = statement.query_row([number], |row| Ok(Self::unpack(row.get_ref(0)?.as_blob()?)));
        match read.optional()? {
            None => Ok(Self::default()),
            Some(block) => block.ok_or_else(damaged),
        }
    }

    pub(super) fn write(&self, tables: Tables<'_>, number: u32, stamp: i64) -> rusqlite::Result<()> {
        let mut statement = tables.prepare(include_str!("../../../sql/search/set_block.sql"))?;
        statement.execute(params![number, stamp, self.pack()])?;
        Ok(())
    }

    fn pack(&self) -> Vec<u8> {
        let mut out: Vec<u8> = Vec::new();
        let kinds: Vec<u32> = self.texts.iter().map(|text| text.kind).collect();
        pack(&mut out, &kinds);
        let there = || self.texts.iter().filter(|text| text.kind != 0);
        let mut before = 0_u32;
        // Most texts are of the session of the text before.
        let steps: Vec<u32> = there()
            .map(|text| zigzag(text.stream.wrapping_sub(std::mem::replace(&mut before, text.stream))))
            .collect();
        pack(&mut out, &steps);
        pack(&mut out, &there().map(|text| text.length).collect::<Vec<_>>());
        pack(&mut out, &there().map(|text| text.back).collect::<Vec<_>>());
        out
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut texts = Vec::with_capacity(TEXTS);
        each(bytes, &mut Columns::default(), |known| texts.push(known))?;
        Some(Self { texts })
    }
}

/// Room for the columns of a block, for one after the other.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    kinds: Vec<u32>,
    others: Vec<u32>,
}

/// Reads what is known of each text of a packed block, in order; `None` where it is damaged: some were read then.
fn each(bytes: &[u8], columns: &mut Columns, mut take: impl FnMut(Known)) -> Option<()> {
    let mut bytes = Bytes(bytes);
    let Columns { kinds, others } = columns;
    kinds.clear();
    others.clear();
    bytes.unpack(TEXTS, kinds)?;
    let known = kinds.iter().filter(|kind| **kind != 0).count();
    for _ in 0..3 {
        bytes.unpack(known, others)?;
    }
    let (steps, rest) = others.split_at_checked(known)?;
    let (lengths, backs) = rest.split_at_checked(known)?;
    let mut of_known = steps.iter().zip(lengths).zip(backs);
    let mut stream = 0_u32;
    for kind in kinds.iter().copied() {
        if kind == 0 {
            take(Known::default());
            continue;
        }
        let ((step, length), back) = of_known.next()?;
        stream = stream.wrapping_add(unzigzag(*step));
        take(Known { stream, kind, length: *length, back: *back });
    }
    Some(())
}

/// A block as it is kept in memory: half as large.
#[derive(Debug)]
pub(crate) struct Kept {
    texts: Vec<Narrow>,
    /// Of those whose numbers are not narrow, by their places.
    wide: Vec<(u16, Known)>,
    /// What each goes on from; empty where none does.
    backs: Vec<u32>,
}

/// What is known of most texts.
#[derive(Clone, Copy, Debug)]
struct Narrow {
    stream: u32,
    /// [`WIDE`] where it is not narrow.
    kind: u16,
    length: u16,
}

const WIDE: u16 = u16::MAX;

impl Kept {
    /// Reads a block; one without a text where there is none.
    pub(crate) fn read(tables: Tables<'_>, number: u32, columns: &mut Columns) -> rusqlite::Result<Self> {
        let mut statement = tables.prepare(include_str!("../../../sql/search/block.sql"))?;
        let read = statement.query_row([number], |row| Ok(Self::unpack(row.get_ref(0)?.as_blob()?, columns)));
        match read.optional()? {
            None => Ok(Self::of(&Block::default())),
            Some(block) => block.ok_or_else(damaged),
        }
    }

    fn of(block: &Block) -> Self {
        let mut kept = Self::empty();
        block.texts.iter().for_each(|known| kept.push(*known));
        kept
    }

    fn empty() -> Self {
        Self { texts: Vec::with_capacity(TEXTS), wide: Vec::new(), backs: Vec::new() }
    }

    fn unpack(bytes: &[u8], columns: &mut Columns) -> Option<Self> {
        let mut kept = Self::empty();
        each(bytes, columns, |known| kept.push(known))?;
        Some(kept)
    }

    /// How many bytes it has.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.capacity() * size_of::<Narrow>()
            + self.wide.capacity() * size_of::<(u16, Known)>()
            + self.backs.capacity() * size_of::<u32>()
    }

    #[inline]
    fn push(&mut self, known: Known) {
        let Known { stream, kind, length, back } = known;
        let narrow = match (u16::try_from(kind), u16::try_from(length)) {
            (Ok(kind), Ok(length)) if kind != WIDE => Narrow { stream, kind, length },
            _ => {
                self.wide.push((u16::try_from(self.texts.len()).unwrap_or(u16::MAX), known));
                Narrow { stream, kind: WIDE, length: 0 }
            }
        };
        if back != 0 {
            self.backs.resize(TEXTS, 0);
            self.backs[self.texts.len()] = back;
        }
        self.texts.push(narrow);
    }

    /// Returns what is known of a text by its place.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Known {
        let Narrow { stream, kind, length } = self.texts[at];
        match kind {
            WIDE => self.wide_at(at),
            _ => {
                let back = self.backs.get(at).copied().unwrap_or(0);
                Known { stream, kind: kind.into(), length: length.into(), back }
            }
        }
    }

    #[cold]
    fn wide_at(&self, at: usize) -> Known {
        let found = self.wide.binary_search_by_key(&at, |(place, _)| usize::from(*place));
        found.ok().and_then(|found| self.wide.get(found)).map_or_else(Known::default, |(_, known)| *known)
    }
}

/// Puts small differences, up or down, among the small numbers.
fn zigzag(difference: u32) -> u32 {
    let signed = difference.cast_signed();
    (signed.wrapping_shl(1) ^ (signed >> 31)).cast_unsigned()
}

fn unzigzag(number: u32) -> u32 {
    (number >> 1) ^ (number & 1).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read_as_it_was_written() {
        let mut block = Block::default();
        for at in (0..TEXTS).filter(|at| at % 7 != 3) {
            let number = count(at);
            block.texts[at] = Known {
                stream: number.wrapping_mul(0x9E37_79B9) % 900,
                kind: 1 + number % 5,
                length: number,
                back: number % 3,
            };
        }
        block.texts[12].stream = u32::MAX;
        block.texts[100].kind = u32::from(WIDE);
        block.texts[101].kind = u32::MAX;
        block.texts[102].length = 1 << 20;
        let bytes = block.pack();
        assert_eq!(Block::unpack(&bytes).unwrap().texts, block.texts);
        let mut columns = Columns::default();
        for _ in 0..2 {
            let kept = Kept::unpack(&bytes, &mut columns).unwrap();
            let known: Vec<Known> = (0..TEXTS).map(|at| kept.get(at)).collect();
            assert_eq!(known, block.texts);
        }
        for end in 0..bytes.len() {
            assert!(Block::unpack(&bytes[..end]).is_none());
            assert!(Kept::unpack(&bytes[..end], &mut columns).is_none());
        }
        assert_eq!(Kept::of(&Block::default()).get(TEXTS - 1), Known::default());
    }
}
