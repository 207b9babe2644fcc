//! What holds for any file, and for any file with one damaged range.

use std::ops::Range;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Limits;
use super::support::{LIMITS, split_within};

/// Limits so small that ordinary sessions meet all of them but the length of an element.
const IMPATIENT: Limits = Limits { piece_bytes_max: 64, scan_budget_bytes_max: 200, ..LIMITS };

/// Limits that cut sessions too.
const TINY: Limits = Limits { piece_bytes_max: 64, element_bytes_max: 500, scan_budget_bytes_max: 200 };

/// A legacy file and where its sessions are.
#[derive(Debug, Clone)]
struct Legacy {
    text: Vec<u8>,
    sessions: Vec<Range<usize>>,
}

/// What happens to a file: `range` of it is replaced.
#[derive(Debug, Clone)]
struct Accident {
    range: Range<usize>,
    by: Vec<u8>,
}

/// Text of what hurts most.
fn nasty() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[a-z ]{0,8}",
        4 => "[\\\\\"{}\\[\\],:\n]{1,4}",
        1 => Just("{\"id\":\"x\",\"type\":\"y\",\"task\":".to_owned()),
        1 => Just("\n  {\n    \"id\": \"x\",".to_owned()),
        1 => Just("{\"id\":\"m\",\"role\":\"user\"},".to_owned()),
        1 => Just("\u{1b}[0m\0家👩‍🚀".to_owned()),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

/// `may_nest` where an unknown key's value may look like a session.
fn session(may_nest: bool) -> impl Strategy<Value = Value> {
    let messages = prop::collection::vec((nasty(), nasty()), 0..4);
    (nasty(), nasty(), messages, any::<bool>()).prop_map(move |(id, task, messages, nests)| {
        let messages: Vec<_> = messages
            .into_iter()
            .map(|(id, content)| json!({"id": id, "role": "user", "content": content, "timestamp": "t"}))
            .collect();
        let instances = json!([{"instanceId": 1, "output": task, "tags": [[], [{}]]}, {"instanceId": 2}]);
        let evaluation = if nests && may_nest { json!([{"id": "e", "type": "e"}]) } else { Value::Null };
        json!({
            "id": id, "type": "debate", "task": task, "status": "running", "createdAt": "c", "updatedAt": "u",
            "instances": instances, "chatHistory": messages, "evaluation": evaluation,
        })
    })
}

fn legacy(may_nest: bool) -> impl Strategy<Value = Legacy> {
    (prop::collection::vec(session(may_nest), 1..7), any::<bool>()).prop_map(|(values, is_pretty)| {
        let (open, comma, close) = if is_pretty { ("[\n  ", ",\n  ", "\n]") } else { ("[", ",", "]") };
        let mut text = open.as_bytes().to_vec();
        let mut sessions = Vec::new();
        for value in &values {
            if !sessions.is_empty() {
                text.extend(comma.as_bytes());
            }
            let start = text.len();
            text.extend(written(value, is_pretty).as_bytes());
            sessions.push(start..text.len());
        }
        text.extend(close.as_bytes());
        Legacy { text, sessions }
    })
}

/// A session in the legacy order of keys, which `Value` does not keep.
fn written(session: &Value, is_pretty: bool) -> String {
    let keys =
        ["id", "type", "task", "status", "createdAt", "updatedAt", "instances", "chatHistory", "evaluation"];
    let entry = |key: &&str| {
        if is_pretty {
            let value = serde_json::to_string_pretty(&session[*key]).unwrap().replace('\n', "\n    ");
            format!("\n    \"{key}\": {value}")
        } else {
            format!("\"{key}\":{}", session[*key])
        }
    };
    let entries: Vec<_> = keys.iter().map(entry).collect();
    format!("{{{}{}}}", entries.join(","), if is_pretty { "\n  " } else { "" })
}

fn accident(may_nest: bool) -> impl Strategy<Value = (Legacy, Accident)> {
    let damage = prop_oneof![
        Just(Vec::new()),
        nasty().prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..20),
        prop::collection::vec(prop::sample::select(b"\"\\{}[],:\n ".to_vec()), 1..3),
        (1..50_usize).prop_map(|len| vec![0; len]),
    ];
    let len = prop_oneof![Just(0_usize), Just(1), 1..20_usize, 1..2000_usize, Just(usize::MAX)];
    (legacy(may_nest), any::<prop::sample::Index>(), len, damage).prop_map(|(legacy, start, len, by)| {
        let start = start.index(legacy.text.len());
        let range = start..start.saturating_add(len).min(legacy.text.len());
        (legacy, Accident { range, by })
    })
}

fn happen(legacy: &Legacy, accident: &Accident) -> Vec<u8> {
    let mut text = legacy.text.clone();
    text.splice(accident.range.clone(), accident.by.iter().copied());
    text
}

/// Where the sessions are that the accident did not touch.
fn survivors(legacy: &Legacy, Accident { range, by }: &Accident) -> Vec<Range<usize>> {
    let moved = |at: usize| at + by.len() - range.len();
    let place = |session: &Range<usize>| {
        if session.end <= range.start {
            Some(session.clone())
        } else if session.start >= range.end {
            Some(moved(session.start)..moved(session.end))
        } else {
            None
        }
    };
    legacy.sessions.iter().filter_map(place).collect()
}

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..retold_trial::chance::properties(256) }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_bytes_are_split_without_loss(text in prop::collection::vec(any::<u8>(), 0..500), at_once in 1..50_usize) {
        split_within(&text, at_once, LIMITS);
        split_within(&text, at_once, TINY);
    }

    #[test]
    fn any_structure_is_split_without_loss(
        text in prop::collection::vec(prop::sample::select(b"\"\\{}[],: \0a1".to_vec()), 0..200),
        nasty in nasty(),
    ) {
        let text = [&text, nasty.as_bytes(), &text].concat();
        split_within(&text, usize::MAX, LIMITS);
        split_within(&text, 1, TINY);
    }

    #[test]
    fn a_whole_file_gives_its_sessions_and_nothing_else(legacy in legacy(true)) {
        let (pieces, unclosed) = split_within(&legacy.text, 4096, LIMITS);
        let ranges: Vec<_> = pieces.iter().filter(|piece| piece.what == Ok(0)).map(|piece| piece.range()).collect();
        prop_assert_eq!(pieces.len(), ranges.len());
        prop_assert_eq!(ranges, legacy.sessions);
        prop_assert!(!unclosed);
    }

    #[test]
    fn one_accident_costs_only_what_it_touches((legacy, accident) in accident(true)) {
        let text = happen(&legacy, &accident);
        let pieces = split_within(&text, usize::MAX, LIMITS).0;
        for survivor in survivors(&legacy, &accident) {
            let comes_back = pieces.iter().any(|piece| piece.what.is_ok() && piece.range() == survivor);
            prop_assert!(comes_back, "{survivor:?} of {}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn little_patience_costs_nothing_where_no_session_holds_another((legacy, accident) in accident(false)) {
        let text = happen(&legacy, &accident);
        let pieces = split_within(&text, usize::MAX, IMPATIENT).0;
        for survivor in survivors(&legacy, &accident) {
            let comes_back = pieces.iter().any(|piece| piece.what.is_ok() && piece.range() == survivor);
            prop_assert!(comes_back, "{survivor:?} of {}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn pieces_do_not_depend_on_how_the_bytes_arrive((legacy, accident) in accident(true)) {
        let text = happen(&legacy, &accident);
        for limits in [LIMITS, IMPATIENT, TINY] {
            let at_once = split_within(&text, usize::MAX, limits);
            for trickle in [1, 7, 4096] {
                prop_assert_eq!(&split_within(&text, trickle, limits), &at_once);
            }
        }
    }
}
