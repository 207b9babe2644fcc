//! Records are hostile: whatever stands in any place of any of them, the rest is read, and in any pieces to the same effect.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use proptest::prelude::*;
use retold_transcripts::{Fact, Interpreter, Tool, format};
use serde_json::{Value, json};
use support::receipt::receipt;
use support::{Home, Kept};

const TOOLS: &[Tool] = &[Tool::Claude, Tool::Gemini, Tool::Copilot];

/// What is done to one place of a record.
#[derive(Clone, Debug)]
enum Change {
    Delete,
    Put(Value),
    /// Nested more deeply than any parser that calls itself can read.
    Nest,
    /// The same field again, with another value.
    Twice(Value),
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!(u64::MAX)),
        Just(json!(1e300)),
        Just(json!(0.5)),
        Just(json!("")),
        Just(json!("x")),
        Just(json!("2026-13-45T99:99:99Z")),
        Just(json!("9999999999-01-01T00:00:00Z")),
        Just(json!("user")),
        Just(json!("assistant")),
        Just(json!("text")),
        Just(json!("tool_use")),
        Just(json!("toolu_s01")),
        Just(json!("301c46a4-edc8-5c9f-a737-35d0d013c528")),
        Just(json!("../../etc/passwd")),
        Just(json!("long ".repeat(5_000))),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[], {}, null, "x", 1, {"type": "text", "text": 1}])),
        Just(json!({"type": {"type": []}, "id": 1, "sessionId": [], "message": {"content": {"text": []}}})),
    ]
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => Just(Change::Delete),
        6 => values().prop_map(Change::Put),
        1 => Just(Change::Nest),
        1 => values().prop_map(Change::Twice),
    ]
}

/// Returns a record with a change at one of its places.
fn changed(record: &[u8], place: usize, change: &Change) -> Vec<u8> {
    const MARK: &str = "\u{1}mark\u{1}";
    let Ok(mut value) = serde_json::from_slice::<Value>(record) else { return record.to_vec() };
    let mut places = Vec::new();
    pointers(&value, String::new(), &mut places);
    let pointer = places[place % places.len()].clone();
    let Some((parent, key)) = pointer.rsplit_once('/') else { return record.to_vec() };
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = value.pointer_mut(parent).unwrap();
    match (change, parent) {
        (Change::Delete, Value::Object(fields)) => drop(fields.remove(&key)),
        (Change::Delete, Value::Array(items)) => drop(items.remove(key.parse().unwrap())),
        (Change::Put(new), parent) => {
            *parent.pointer_mut(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))).unwrap() =
                new.clone()
        }
        (Change::Nest, parent) => {
            *parent.pointer_mut(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))).unwrap() =
                json!(MARK);
        }
        (Change::Twice(new), Value::Object(fields)) => {
            fields.insert(format!("{MARK}{key}"), new.clone());
        }
        _ => {}
    }
    let mark = serde_json::to_string(MARK).unwrap();
    let mark = mark.trim_matches('"');
    let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    let text = value.to_string().replace(&format!("\"{mark}\""), &deep).replace(mark, "");
    text.into_bytes()
}

fn pointers(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                pointers(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        Value::Array(items) => {
            for (number, value) in items.iter().enumerate() {
                pointers(value, format!("{at}/{number}"), places);
            }
        }
        _ => {}
    }
    places.push(at);
}

fn told(home: &Home, pieces: &[&[Kept]]) -> (Box<dyn Interpreter>, Vec<(usize, Fact)>) {
    let (mut interpreter, mut facts) = home.interpreter();
    // Whose a record is that several files have in different ways is known when all of them were surveyed, and not before.
    for kept in &home.records {
        interpreter.survey(&home.sources[kept.source], &kept.record());
    }
    for piece in pieces {
        home.feed(&mut *interpreter, piece, &mut facts);
    }
    (interpreter, facts)
}

/// A fact, and of which source it is.
type Told = (usize, Fact);

/// Returns where two tellings are not the same, and what is there.
fn first_difference<'f>(
    one: &'f [Told],
    other: &'f [Told],
) -> Option<(usize, Option<&'f Told>, Option<&'f Told>)> {
    let at = (0..one.len().max(other.len())).find(|at| one.get(*at) != other.get(*at))?;
    Some((at, one.get(at), other.get(at)))
}

proptest! {
        #![proptest_config(retold_trial::chance::properties(200))]


    #[test]
    fn whatever_stands_in_a_record_the_rest_is_read_in_any_pieces(
        tool in prop::sample::select(TOOLS),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<usize>(), changes()), 1..12),
        at in any::<prop::sample::Index>(),
    ) {
        let mut home = Home::of_fixture(tool);
        for (record, place, change) in &changes {
            let number = record.index(home.records.len());
            let record = &mut home.records[number];
            record.bytes = changed(&record.bytes[..record.json], *place, change);
            record.json = record.bytes.len();
        }
        let (interpreter, at_once) = told(&home, &[&home.records]);
        let receipt = receipt(&home, &*interpreter, &at_once);
        prop_assert!(receipt["sessions"].as_array().unwrap().len() > 1);
        let (first, later) = home.records.split_at(at.index(home.records.len()));
        let (_, in_two) = told(&home, &[first, later]);
        prop_assert_eq!(first_difference(&in_two, &at_once), None);
        let (_, again) = told(&home, &[&home.records, &home.records]);
        prop_assert_eq!(first_difference(&again, &at_once), None);
    }

    #[test]
    fn whatever_stands_in_a_file_beside_the_rest_is_read(
        tool in prop::sample::select(TOOLS),
        contents in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            values().prop_map(|value| value.to_string().into_bytes()),
            values().prop_map(|value| json!({"projects": value, "description": value, "toolUseId": value}).to_string().into_bytes()),
            values().prop_map(|value| json!({"projects": {"/a": value, "": "b"}, "parentAgentId": value}).to_string().into_bytes()),
            Just(b"id: 'x\nname: \"\\u00\"\nname: |".to_vec()),
        ],
    ) {
        let home = Home::of_fixture(tool);
        let mut interpreter = format(tool).interpreter(&home.places);
        let mut facts = Vec::new();
        for _ in 0..2 {
            for (number, source) in home.sources.iter().enumerate() {
                interpreter.beside(source, &contents, &mut |fact| facts.push((number, fact)));
            }
            home.feed(&mut *interpreter, &home.records, &mut facts);
        }
        receipt(&home, &*interpreter, &facts);
    }
}

#[test]
fn bytes_that_are_no_record_are_passed_over() {
    for tool in TOOLS {
        let home = Home::of_fixture(*tool);
        let (mut interpreter, mut facts) = home.interpreter();
        for bytes in [
            &b""[..],
            b"{",
            b"[]",
            b"null",
            b"{\"uuid\":\"\xff\"}",
            b"{}",
            b"{\"type\":\"user\"",
            b"\"\\ud83c\"",
        ] {
            let record =
                Kept { source: home.sources.len() - 1, offset: 0, bytes: bytes.to_vec(), json: bytes.len() };
            home.feed(&mut *interpreter, &[record], &mut facts);
        }
        interpreter.settled("");
    }
}
