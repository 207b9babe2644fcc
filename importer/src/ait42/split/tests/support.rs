//! Splits a whole text and keeps what came, as the importer would: records that do not parse are rejected.

use std::io::{self, Read};
use std::ops::Range;

use serde_json::Value;

use super::super::{Limits, Piece, Reason, Splitter};

/// A piece that outlives the splitter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    /// The array of a record, or why it is none.
    pub(super) what: Result<u32, Reason>,
}

impl Kept {
    pub(super) fn range(&self) -> Range<usize> {
        let start = usize::try_from(self.offset).unwrap();
        start..start + self.bytes.len()
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }
}

/// A reader that gives so many bytes at a time.
pub(super) struct Trickle<'a> {
    pub(super) text: &'a [u8],
    pub(super) at_once: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let len = self.at_once.min(room.len());
        self.text.read(&mut room[..len])
    }
}

pub(super) const LIMITS: Limits = Limits {
    piece_bytes_max: super::super::PIECE_BYTES_MAX,
    element_bytes_max: super::super::ELEMENT_BYTES_MAX,
    scan_budget_bytes_max: super::super::PATIENCE_BYTES_MAX,
};

pub(super) fn split(text: &[u8]) -> Vec<Kept> {
    split_within(text, usize::MAX, LIMITS).0
}

/// The pieces, and whether the text was unclosed. Checks what holds for any text.
pub(super) fn split_within(text: &[u8], at_once: usize, limits: Limits) -> (Vec<Kept>, bool) {
    let mut splitter = Splitter::within(Trickle { text, at_once }, limits);
    let mut pieces = Vec::new();
    while let Some(piece) = splitter.next_piece().unwrap() {
        let kept = match piece {
            Piece::Record(record) if is_session(record.bytes) => {
                Kept { offset: record.offset, bytes: record.bytes.to_vec(), what: Ok(record.array) }
            }
            Piece::Record(_) => {
                let damage = splitter.reject().unwrap().expect("a record was given");
                Kept { offset: damage.offset, bytes: damage.bytes.to_vec(), what: Err(damage.reason) }
            }
            Piece::Damage(damage) => {
                assert!(damage.bytes.len() <= limits.piece_bytes_max);
                Kept { offset: damage.offset, bytes: damage.bytes.to_vec(), what: Err(damage.reason) }
            }
        };
        pieces.push(kept);
    }
    assert!(splitter.next_piece().unwrap().is_none(), "the end stays the end");
    assert_covered(text, &pieces);
    (pieces, splitter.unclosed())
}

/// Pieces are disjoint and in order, hold what is in the text, and leave out nothing but structure.
fn assert_covered(text: &[u8], pieces: &[Kept]) {
    let mut at = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    for piece in pieces {
        let range = piece.range();
        assert!(!range.is_empty(), "an empty piece at {at}");
        assert_structure(text, at..range.start);
        assert_eq!(text[range.clone()], piece.bytes);
        at = range.end;
    }
    assert_structure(text, at..text.len());
}

fn assert_structure(text: &[u8], range: Range<usize>) {
    let between = &text[range.clone()];
    assert!(between.iter().all(|byte| b" \n\r\t,[]".contains(byte)), "lost {range:?}: {between:?}");
}

pub(super) fn is_session(bytes: &[u8]) -> bool {
    let strings = ["id", "type", "task", "status", "createdAt", "updatedAt"];
    serde_json::from_slice::<Value>(bytes).is_ok_and(|value| {
        strings.iter().all(|key| value[key].is_string())
            && value["instances"].is_array()
            && value["chatHistory"].is_array()
    })
}

/// A session as the legacy writer has it, less its optional keys.
pub(super) fn session(id: &str) -> String {
    session_saying(id, "hello")
}

/// A session with one message.
pub(super) fn session_saying(id: &str, content: &str) -> String {
    let content = Value::from(content);
    format!(
        "{{\n    \"id\": \"{id}\",\n    \"type\": \"debate\",\n    \"task\": \"t\",\n    \"status\": \"running\",\
         \n    \"createdAt\": \"c\",\n    \"updatedAt\": \"u\",\n    \"instances\": [],\n    \"chatHistory\": [\
         \n      {{\n        \"id\": \"m\",\n        \"role\": \"user\",\n        \"content\": {content}\n      }}\
         \n    ],\n    \"model\": null\n  }}"
    )
}

/// An array as the legacy writer has it.
pub(super) fn array(sessions: &[String]) -> String {
    format!("[\n  {}\n]", sessions.join(",\n  "))
}

/// The ids of the sessions that came, with their arrays.
pub(super) fn sessions(pieces: &[Kept]) -> Vec<(String, u32)> {
    let id = |kept: &Kept| {
        let value: Value = serde_json::from_slice(&kept.bytes).unwrap();
        value["id"].as_str().unwrap().to_owned()
    };
    pieces.iter().filter_map(|kept| kept.what.ok().map(|array| (id(kept), array))).collect()
}

/// The ids alone, in one string.
pub(super) fn ids(pieces: &[Kept]) -> String {
    sessions(pieces).into_iter().map(|(id, _)| id).collect()
}

/// What was lost, and why.
pub(super) fn losses(pieces: &[Kept]) -> Vec<(Reason, &str)> {
    pieces.iter().filter_map(|kept| Some((kept.what.err()?, kept.text()))).collect()
}
