//! Any layout of JSON, and structure that is missing or doubled.

use super::super::Reason;
use super::support::{LIMITS, array, ids, losses, session, sessions, split, split_within};

fn unclosed(text: &str) -> bool {
    split_within(text.as_bytes(), usize::MAX, LIMITS).1
}

fn pairs(expected: &[(&str, u32)]) -> Vec<(String, u32)> {
    expected.iter().map(|&(id, array)| (id.to_owned(), array)).collect()
}

#[test]
fn a_blank_file_has_no_pieces() {
    for text in ["", " \r\n\t", "[]", "[\n]\n", "\u{feff}", "\u{feff}[]"] {
        assert_eq!(split(text.as_bytes()), [], "{text:?}");
    }
}

#[test]
fn records_carry_their_place_in_the_file() {
    let text = array(&[session("a"), session("b")]);
    let pieces = split(text.as_bytes());
    assert_eq!(pieces.len(), 2);
    assert_eq!(pieces[0].range().start, 4);
    assert_eq!(&text[pieces[1].range()], session("b"));
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let text = format!("\u{feff}{}", array(&[session("a")]));
    let pieces = split(text.as_bytes());
    assert_eq!((pieces[0].offset, pieces.len()), (7, 1));
}

#[test]
fn any_layout_and_any_order_of_keys_is_read() {
    let compact = r#"[{"id":"a"},{"type":"debate","id":"b","x":{"y":["}"]}},{},{"z":"\\"},{"q":"\"}"}]"#;
    let pieces = split(compact.as_bytes());
    let texts: Vec<_> = pieces.iter().map(|piece| piece.text()).collect();
    let expected = [
        r#"{"id":"a"}"#,
        r#"{"type":"debate","id":"b","x":{"y":["}"]}}"#,
        "{}",
        r#"{"z":"\\"}"#,
        r#"{"q":"\"}"}"#,
    ];
    assert_eq!(texts, expected);
}

#[test]
fn concatenated_arrays_are_counted() {
    let (a, b, c) = (session("a"), session("b"), session("c"));
    let each = format!("[{a}][{b}]\n[{c}]");
    assert_eq!(sessions(&split(each.as_bytes())), pairs(&[("a", 0), ("b", 1), ("c", 2)]));
    let empty_first = format!("[]\n[{b}]");
    assert_eq!(sessions(&split(empty_first.as_bytes())), pairs(&[("b", 1)]));
    let first_unclosed = format!("[{a},\n[{b}]");
    assert_eq!(sessions(&split(first_unclosed.as_bytes())), pairs(&[("a", 0), ("b", 1)]));
    let doubled = format!("[[{a},{b}]]");
    assert_eq!(sessions(&split(doubled.as_bytes())), pairs(&[("a", 0), ("b", 0)]));
}

#[test]
fn what_is_left_behind_the_closing_bracket_is_the_next_array() {
    let text = format!("[{}]\n{}\n,{}\n]", session("a"), session("b"), session("c"));
    assert_eq!(sessions(&split(text.as_bytes())), pairs(&[("a", 0), ("b", 1), ("c", 1)]));
}

#[test]
fn missing_commas_and_brackets_lose_nothing() {
    let (a, b) = (session("a"), session("b"));
    for text in [
        format!("[{a}{b}]"),
        format!("[{a}\n{b}]"),
        format!("[,{a},,{b},]"),
        format!("{a},{b}]"),
        format!("{a}\n{b}"),
        format!("[{a},{b}"),
    ] {
        let pieces = split(text.as_bytes());
        assert_eq!(sessions(&pieces), pairs(&[("a", 0), ("b", 0)]), "{text}");
        assert_eq!(losses(&pieces), [], "{text}");
    }
}

#[test]
fn a_missing_closing_bracket_is_told() {
    let a = session("a");
    assert!(unclosed(&format!("[{a}")));
    assert!(unclosed(&format!("[{a}]\n[{a},")));
    assert!(unclosed("["));
    assert!(!unclosed(&format!("[{a}]")));
    assert!(!unclosed(&a));
    assert!(!unclosed(&format!("[{a}, garbage]")));
    assert!(!unclosed(""));
}

#[test]
fn a_session_without_an_array_is_a_record() {
    let a = session("a");
    assert_eq!(sessions(&split(a.as_bytes())), pairs(&[("a", 0)]));
    assert_eq!(split(br#"{ "id" :1}"#)[0].text(), r#"{ "id" :1}"#);
}

#[test]
fn an_object_of_another_kind_is_damage() {
    let text = r#"{"name": "x", "list": [1, {"id": "y"}]}"#;
    assert_eq!(losses(&split(text.as_bytes())), [(Reason::Garbage, text)]);
}

#[test]
fn sessions_inside_an_object_of_another_kind_are_found() {
    let text = format!(r#"{{"sessions": {}}}"#, array(&[session("a"), session("b")]));
    assert_eq!(ids(&split(text.as_bytes())), "ab");
}
