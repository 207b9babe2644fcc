//! One kind of damage each, and what is saved from it.

use super::super::{Reason, Splitter};
use super::support::{LIMITS, array, ids, losses, session, session_saying, split, split_within};

/// Three sessions, where `from` in the second one is replaced once.
fn damaged(from: &str, to: &str) -> String {
    let second = session_saying("b", "say \"{[\" twice: }]");
    assert!(second.contains(from));
    array(&[session("a"), second.replacen(from, to, 1), session("c")])
}

#[test]
fn a_lost_quote_or_bracket_costs_one_session() {
    for (from, to) in [
        ("\"id\"", "\"id"),
        ("\"id\"", "id\""),
        ("\"debate\"", "\"debate"),
        ("\"debate\"", "debate\""),
        ("\"model\"", "\"model"),
        ("\"content\": \"", "\"content\": "),
        ("\\\"", "\""),
        ("[]", "["),
        ("[]", "]"),
        ("null\n  }", "null\n"),
        ("      {", "      "),
        ("      }", "      "),
        ("{\n    \"id\"", "\"id\""),
        ("}\n    ]", "}}\n    ]"),
        ("]", ""),
    ] {
        let text = damaged(from, to);
        assert_eq!(ids(&split(text.as_bytes())), "ac", "{from} -> {to}");
    }
}

#[test]
fn a_doubled_brace_costs_itself() {
    let text = damaged("{", "{{");
    let pieces = split(text.as_bytes());
    assert_eq!((ids(&pieces), losses(&pieces)), ("abc".to_owned(), vec![(Reason::Unfinished, "{")]));
}

#[test]
fn a_last_session_without_its_brace_leaves_the_array_closed() {
    let text = array(&[session("a"), session("b").replace("null\n  }", "null\n")]);
    let (pieces, unclosed) = split_within(text.as_bytes(), usize::MAX, LIMITS);
    assert_eq!(ids(&pieces), "a");
    assert!(losses(&pieces)[0].1.ends_with("\"model\": null"));
    assert!(!unclosed);
}

#[test]
fn a_truncated_last_session_is_given_as_it_is() {
    let text = array(&[session("a"), session("b")]);
    let cut = &text[..text.len() - 40];
    let pieces = split(cut.as_bytes());
    assert_eq!(ids(&pieces), "a");
    assert_eq!(losses(&pieces).len(), 1);
    assert_eq!(losses(&pieces)[0].0, Reason::Truncated);
    assert!(cut.trim_end().ends_with(losses(&pieces)[0].1));
}

#[test]
fn a_session_without_an_end_is_cut_before_the_next_one() {
    let text = damaged("null\n  }", "null\n");
    let pieces = split(text.as_bytes());
    assert_eq!(losses(&pieces).len(), 1);
    let (reason, bytes) = losses(&pieces)[0];
    assert_eq!(reason, Reason::Unfinished);
    assert!(bytes.starts_with("{\n    \"id\": \"b\"") && bytes.ends_with("\"model\": null"), "{bytes}");
}

#[test]
fn a_legacy_session_is_a_start_by_its_indentation_alone() {
    let odd = session("c").replace("\"type\": \"debate\"", "\"type_\": \"debate\", \"type\": \"debate\"");
    let text = array(&[session("a"), session("b").replace("\"debate\"", "debate\""), odd]);
    assert_eq!(ids(&split(text.as_bytes())), "ac");
}

#[test]
fn text_that_looks_like_a_session_start_is_none() {
    let lure = "\n  {\n    \"id\": \"x\", \"type\": \"y\", \"task\": \"z\"";
    let text = array(&[session("a"), session_saying("b", lure).replace("\"u\"", "\"u"), session("c")]);
    let pieces = split(text.as_bytes());
    assert_eq!(ids(&pieces), "ac");
    assert!(losses(&pieces)[0].1.contains("\"updatedAt\": \"u,"));
}

#[test]
fn garbage_between_sessions_is_one_piece() {
    let text = format!("[{}, garbage, [1] {{\"x\": 2}} ,\n{}]", session("a"), session("b"));
    let pieces = split(text.as_bytes());
    assert_eq!(losses(&pieces), [(Reason::Garbage, "garbage, [1] {\"x\": 2}")]);
    assert_eq!(ids(&pieces), "ab");
}

#[test]
fn text_behind_the_array_is_damage() {
    let text = format!("[{}]\nhello {{ world ]", session("a"));
    let pieces = split(text.as_bytes());
    assert_eq!(losses(&pieces), [(Reason::Garbage, "hello { world ]")]);
}

#[test]
fn a_file_of_another_kind_is_one_piece() {
    for text in ["hello, world", "<html>[{]}</html>", "}{\"a\": [}", "nul", "7"] {
        assert_eq!(losses(&split(text.as_bytes())), [(Reason::Garbage, text)]);
    }
    assert_eq!(split(b"\xFF\xFE[\0{\0").len(), 1);
}

#[test]
fn elements_that_are_no_objects_are_told_apart_from_garbage() {
    let text = format!("[1, \"x, ]\", null, {}, -2.5e3, true ]", "{\"type\": 0, \"id\": 1}");
    let losses_expected = [
        (Reason::NotAnObject, "1, \"x, ]\", null"),
        (Reason::Rejected, "{\"type\": 0, \"id\": 1}"),
        (Reason::NotAnObject, "-2.5e3, true"),
    ];
    assert_eq!(losses(&split(text.as_bytes())), losses_expected);
    assert_eq!(losses(&split(b"[1")), [(Reason::NotAnObject, "1")]);
    assert_eq!(losses(&split(b"[1, tru, 2]")), [(Reason::NotAnObject, "1"), (Reason::Garbage, "tru, 2")]);
}

#[test]
fn a_run_of_nul_bytes_is_one_piece() {
    let text = format!("[{},\0\0\0\n\0{}]\0\0", session("a"), session("b"));
    let pieces = split(text.as_bytes());
    let nul = Reason::Nul;
    assert_eq!(losses(&pieces), [(nul, "\0\0\0"), (nul, "\0"), (nul, "\0\0")]);
    assert_eq!(ids(&pieces), "ab");
}

#[test]
fn only_the_record_given_last_can_be_rejected() {
    let text = array(&[session("a"), session("b")]);
    let mut splitter = Splitter::new(text.as_bytes());
    assert!(splitter.reject().unwrap().is_none());
    splitter.next_piece().unwrap();
    let rejected = splitter.reject().unwrap().unwrap();
    assert_eq!((rejected.offset, rejected.bytes), (4, session("a").as_bytes()));
    assert!(splitter.reject().unwrap().is_none());
    splitter.next_piece().unwrap();
    assert!(splitter.next_piece().unwrap().is_none());
    assert!(splitter.reject().unwrap().is_none());
}

#[test]
fn a_rejected_record_that_ends_inside_the_next_start_is_cut_before_it() {
    let next = session("}c");
    let text = format!("[{{\"x\": \"{next}]");
    assert_eq!(ids(&split(text.as_bytes())), "}c");
}
