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
        let (mut bytes, mut block) = (Bytes(bytes), Self::default());
        let mut kinds = Vec::with_capacity(TEXTS);
        bytes.unpack(TEXTS, &mut kinds)?;
        let known = kinds.iter().filter(|kind| **kind != 0).count();
        let mut columns = Vec::with_capacity(known * 3);
        for _ in 0..3 {
            bytes.unpack(known, &mut columns)?;
        }
        let (mut at, mut stream) = (0, 0_u32);
        for (text, kind) in block.texts.iter_mut().zip(kinds).filter(|(_, kind)| *kind != 0) {
            stream = stream.wrapping_add(unzigzag(columns[at]));
            *text = Known { stream, kind, length: columns[known + at], back: columns[2 * known + at] };
            at += 1;
        }
        Some(block)
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
        let bytes = block.pack();
        assert_eq!(Block::unpack(&bytes).unwrap().texts, block.texts);
        for end in 0..bytes.len() {
            assert!(Block::unpack(&bytes[..end]).is_none());
        }
    }
}
