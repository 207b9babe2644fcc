//! Records come in whatever portions files grow in, and hold whatever hostile hands put in.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::sync::LazyLock;

use proptest::prelude::*;
use retold_transcripts::{Fact, Record, SourceRole, Tool, What};
use serde_json::{Value, json};
use support::receipt::{differences, receipt};
use support::{Home, Kept};

static HOMES: LazyLock<Vec<Home>> =
    LazyLock::new(|| TOOLS.iter().map(|tool| Home::of_fixture(*tool)).collect());
const TOOLS: &[Tool] = &[Tool::Codex, Tool::Opencode, Tool::VibeKanban];

fn in_portions(
    home: &Home,
    ends: &[usize],
) -> (Box<dyn retold_transcripts::Interpreter>, Vec<(usize, Fact)>) {
    let (mut interpreter, mut facts) = home.interpreter();
    let mut from = 0;
    for end in ends {
        home.feed(&mut *interpreter, &home.records[from..*end], &mut facts);
        from = *end;
    }
    home.feed(&mut *interpreter, &home.records[from..], &mut facts);
    (interpreter, facts)
}

/// Which call started a session, and what a session is a copy of where only its title says so, may come after the session: then it
/// is said once more.
fn without_links(facts: &[(usize, Fact)]) -> Vec<&(usize, Fact)> {
    facts.iter().filter(|(_, fact)| !matches!(fact.what, What::Linked { .. })).collect()
}

#[test]
fn records_mean_the_same_in_two_portions_as_at_once() {
    for &tool in TOOLS {
        let home = Home::of_fixture(tool);
        let (interpreter, at_once) = home.interpret();
        let expected = receipt(&home, &*interpreter, &at_once);
        for end in 0..=home.records.len() {
            let (interpreter, facts) = in_portions(&home, &[end]);
            assert_eq!(without_links(&facts), without_links(&at_once), "{tool:?} in two portions at {end}");
            if tool != Tool::Opencode {
                assert_eq!(facts, at_once, "{tool:?} in two portions at {end}");
            }
            let different = differences(&expected, &receipt(&home, &*interpreter, &facts));
            assert!(different.is_empty(), "{tool:?} in two portions at {end}: {different:?}");
        }
    }
}

#[test]
fn records_mean_the_same_one_by_one_and_the_facts_of_the_first_are_the_first_facts() {
    for &tool in TOOLS {
        let home = Home::of_fixture(tool);
        let (_, at_once) = home.interpret();
        let (mut interpreter, mut facts) = home.interpreter();
        for kept in &home.records {
            home.feed(&mut *interpreter, std::slice::from_ref(kept), &mut facts);
            let (said, all) = (without_links(&facts), without_links(&at_once));
            assert_eq!(said, all[..said.len()], "{tool:?}");
        }
        assert_eq!(without_links(&facts), without_links(&at_once), "{tool:?}");
    }
}

#[test]
fn records_that_come_again_are_no_news() {
    for &tool in TOOLS {
        let home = Home::of_fixture(tool);
        let (mut interpreter, facts) = home.interpret();
        let mut again = Vec::new();
        home.feed(&mut *interpreter, &home.records, &mut again);
        assert_eq!(again, [], "{tool:?}");
        assert_eq!(receipt(&home, &*interpreter, &facts), {
            let (interpreter, facts) = home.interpret();
            receipt(&home, &*interpreter, &facts)
        });
    }
}

#[test]
fn each_session_begins_before_anything_else_is_said_of_it_and_once_a_source() {
    for &tool in TOOLS {
        let home = Home::of_fixture(tool);
        let mut begun = std::collections::HashSet::new();
        for (source, fact) in home.interpret().1 {
            match fact.what {
                What::Began => assert!(begun.insert((source, fact.session)), "{tool:?}"),
                _ => assert!(begun.iter().any(|(_, session)| *session == fact.session), "{tool:?} {fact:?}"),
            }
        }
    }
}

/// What hostile hands put anywhere.
fn anything() -> impl Strategy<Value = Value> {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!(u64::MAX)),
        Just(json!(i64::MIN)),
        Just(json!(1e308)),
        Just(json!(0.5)),
        Just(json!("")),
        Just(json!("\u{0}\u{fffd}")),
        Just(json!("session_meta")),
        Just(json!("{\"exit_code\":[]}")),
        Just(json!("99999999-01-01T00:00:00Z")),
        Just(json!([])),
        Just(json!([null, [], {}, "text"])),
        Just(json!({})),
        Just(json!({"type": {}, "id": [], "hex": "ä"})),
        Just(deep),
    ]
}

/// All places in a value.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                pointers(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(values) => {
            for (number, value) in values.iter().enumerate() {
                pointers(value, &format!("{at}/{number}"), all);
            }
        }
        _ => {}
    }
}

/// Puts a value somewhere in a record, also into the JSON that a row of a database holds as a text.
fn mutate(bytes: &[u8], place: prop::sample::Index, put: &Value) -> Vec<u8> {
    let Ok(mut record) = serde_json::from_slice::<Value>(bytes) else { return bytes.to_vec() };
    let inner =
        record.pointer("/row/data").and_then(Value::as_str).and_then(|data| serde_json::from_str(data).ok());
    let change = |value: &mut Value| {
        let mut all = Vec::new();
        pointers(value, "", &mut all);
        if let Some(at) = value.pointer_mut(&all[place.index(all.len())]) {
            *at = put.clone();
        }
    };
    match inner {
        Some(mut inner) if place.index(3) > 0 => {
            change(&mut inner);
            record["row"]["data"] = Value::String(inner.to_string());
        }
        _ => change(&mut record),
    }
    serde_json::to_vec(&record).unwrap()
}

proptest! {
        #![proptest_config(retold_trial::chance::properties(200))]


    #[test]
    fn no_value_in_any_place_of_any_record_is_too_much(
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), anything()), 1..6),
        order in any::<prop::sample::Index>(),
        is_again: bool,
    ) {
        for home in &*HOMES {
            let mut home = home.clone();
            for (record, place, put) in &mutations {
                let at = record.index(home.records.len());
                let kept = &mut home.records[at];
                kept.bytes = mutate(&kept.bytes[..kept.json], *place, put);
                kept.json = kept.bytes.len();
            }
            // Files are given in any order.
            let by = order.index(home.records.len());
            home.records.rotate_left(by);
            let (mut interpreter, mut facts) = home.interpret();
            if is_again {
                let records: Vec<Kept> = home.records.clone();
                home.feed(&mut *interpreter, &records, &mut facts);
            }
            let _ = receipt(&home, &*interpreter, &facts);
            for (_, fact) in &facts {
                let _ = interpreter.settled(&fact.session);
            }
        }
    }

    #[test]
    fn a_file_beside_may_hold_anything(bytes in prop::collection::vec(any::<u8>(), 0..200), line in anything()) {
        for home in &*HOMES {
            let (mut interpreter, _) = home.interpreter();
            for source in home.sources.iter().filter(|source| source.role == SourceRole::Companion) {
                let contents = [&bytes[..], b"\n", line.to_string().as_bytes()].concat();
                interpreter.beside(source, &contents, &mut |_| {});
            }
        }
    }
}

#[test]
fn records_that_are_no_objects_are_passed_over() {
    for &tool in TOOLS {
        let home = Home::of_fixture(tool);
        for source in &home.sources {
            let (mut interpreter, _) = home.interpreter();
            for json in
                ["", "1", "null", "\"x\"", "[]", "{", "{}", "{\"type\":null}", "{\"\\ud800\":1}", "\u{7f}"]
            {
                let record = Record { offset: 0, bytes: json.as_bytes(), json: json.len() };
                interpreter.survey(source, &record);
                interpreter.record(source, &record, &mut |_| {});
            }
        }
    }
}
