//! Files whose bytes were cut, mixed up or overwritten: legacy writes are neither atomic nor
//! locked.

use super::orchard::{edit, indented, place, pretty, session, sessions, text};
use super::{Hazard, OldReader};

/// Returns the damaged files. Every session that the table counts as whole is there to the byte.
pub(super) fn hazards() -> Vec<Hazard> {
    let damaged = |file, bytes: Vec<u8>, hazard, whole, quarantined, note| Hazard {
        file,
        bytes,
        hazard,
        old_reader: OldReader::Refuses,
        whole,
        quarantined,
        note,
    };
    vec![
        damaged(
            "truncated.json",
            truncated(),
            "cut in the middle of the third session's output",
            2,
            1,
            "the two before the cut; the rest of the third as bytes",
        ),
        damaged(
            "cut-between-sessions.json",
            cut_between_sessions(),
            "cut right after a session, the comma and `]` lost",
            2,
            0,
            "both; that the array is not closed is worth a word",
        ),
        damaged(
            "two-arrays.json",
            [text(&[1, 2]), text(&[3, 4])].concat().into_bytes(),
            "two writers, one array after the other: `][`",
            4,
            0,
            "all four, those of the first array first",
        ),
        damaged(
            "byte-order-mark.json",
            [b"\xef\xbb\xbf", text(&[1, 2]).as_bytes()].concat(),
            "a UTF-8 byte order mark in front",
            2,
            0,
            "both",
        ),
        damaged(
            "nul-run.json",
            [text(&[1, 2]).as_bytes(), &[0; 1_024]].concat(),
            "1,024 NUL bytes behind the array (file grown, data never written)",
            2,
            0,
            "both; the NULs carry nothing",
        ),
        damaged(
            "nul-run-middle.json",
            nul_run_middle(),
            "400 bytes of the second session became NUL",
            2,
            1,
            "the first and the third; the second as bytes",
        ),
        damaged(
            "invalid-utf8.json",
            invalid_utf8(),
            "the second session's task is Shift_JIS",
            3,
            0,
            "all three; what is no text shows as U+FFFD and comes out again as it was",
        ),
        damaged(
            "damaged-middle.json",
            damaged_middle(),
            "bytes missing from inside the third session's output to between two keys: from there on, strings and structure are swapped",
            4,
            1,
            "two before, two after; the third as bytes",
        ),
        damaged(
            "damaged-across.json",
            damaged_across(),
            "bytes missing from inside a string of the second session to inside a string of the third: the two look like one object with keys twice",
            2,
            1,
            "the first and the fourth; never one session made of two",
        ),
        damaged(
            "old-tail.json",
            old_tail(&old_with_long_chat(&[])),
            "a shorter file written over a longer one: after `]`, the tail of the last session as it was",
            2,
            1,
            "the two of the array; the tail as bytes",
        ),
        damaged(
            "old-tail-with-session.json",
            old_tail(&old_with_long_chat(&[3])),
            "the same, and the tail holds a whole older session",
            3,
            1,
            "the two of the array, and the whole one of the tail marked as from there (it may have been deleted on purpose); the torn one as bytes",
        ),
        damaged(
            "trailing-comma.json",
            edit(&text(&[1, 2]), "\n  }\n]", "\n  },\n]").into_bytes(),
            "a comma before `]`, from an edit by hand",
            2,
            0,
            "both",
        ),
        damaged(
            "object.json",
            indented(1).into_bytes(),
            "one session without the array around it",
            1,
            0,
            "the session",
        ),
        damaged(
            "not-json.json",
            b"<!DOCTYPE html>\n<title>Sign in to the network</title>\n<p>\"id\": not a session [1]</p>\n"
                .to_vec(),
            "not JSON at all",
            0,
            1,
            "nothing; the file as bytes",
        ),
    ]
}

fn truncated() -> Vec<u8> {
    let whole = text(&[1, 2, 3]);
    let cut = place(&whole, "rows::by_3") + 4;
    whole.as_bytes()[..cut].to_vec()
}

fn cut_between_sessions() -> Vec<u8> {
    let whole = text(&[1, 2]);
    whole.strip_suffix("\n]").expect("an array ends so").as_bytes().to_vec()
}

fn nul_run_middle() -> Vec<u8> {
    let whole = text(&[1, 2, 3]);
    let from = place(&whole, "rows::by_2");
    let mut bytes = whole.into_bytes();
    bytes[from..from + 400].fill(0);
    bytes
}

fn invalid_utf8() -> Vec<u8> {
    let whole = text(&[1, 2, 3]);
    let task = session(2).task;
    let from = place(&whole, &task);
    let shift_jis = b"\x8e\xfb\x8an\x93\xfa\x82\xcc\x95\xc0\x82\xd1\x8f\x87";
    [&whole.as_bytes()[..from], shift_jis, &whole.as_bytes()[from + task.len()..]].concat()
}

fn damaged_middle() -> Vec<u8> {
    let mut whole = text(&[1, 2, 3, 4, 5]);
    let from = place(&whole, "rows::by_3") + 6;
    let to = from + place(&whole[from..], "\"endTime\"");
    whole.replace_range(from..to, "");
    whole.into_bytes()
}

fn damaged_across() -> Vec<u8> {
    let mut whole = text(&[1, 2, 3, 4]);
    let from = place(&whole, &session(2).chat_history[0].content) + "新し".len();
    let to = place(&whole, "Ripeness") + 4;
    whole.replace_range(from..to, "");
    whole.into_bytes()
}

/// Returns the longer file: sessions 1 and 2, the second with a longer chat, and those in `more`.
fn old_with_long_chat(more: &[usize]) -> String {
    let mut old = sessions(&[1, 2]);
    let again = session(4).chat_history;
    old[1].chat_history.extend(again);
    old.extend(sessions(more));
    pretty(&old)
}

fn old_tail(old: &str) -> Vec<u8> {
    let new = text(&[1, 2]);
    [new.as_bytes(), &old.as_bytes()[new.len()..]].concat()
}
