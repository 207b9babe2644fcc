use proptest::prelude::*;

use super::{is_spelled, mend_parameters, read_session, restore};
use crate::{SessionState, difference};

/// Strings as they are between quotes in a file: text, escapes, halves of pairs, bytes.
fn strings() -> impl Strategy<Value = Vec<u8>> {
    const ESCAPES: &[&[u8]] = &[b"\\n", b"\\\"", b"\\\\", b"\\t"];
    const NO_TEXT: &[&[u8]] =
        &[b"\\ud83c", b"\\uD83C", b"\\udf89", b"\\uDFff", b"\xed\xa0\xbc", b"\xff", b"\xe4\xb8", b"\x80"];
    let of = |list: &'static [&'static [u8]]| prop::sample::select(list).prop_map(<[u8]>::to_vec);
    let part = prop_oneof![
        3 => "[ -!#-\\[\\]-~]{0,6}".prop_map(String::into_bytes),
        1 => Just("müde 👩‍👧".as_bytes().to_vec()),
        1 => Just("\u{fffd}".as_bytes().to_vec()),
        1 => of(ESCAPES),
        2 => of(NO_TEXT),
    ];
    let joined = |parts: Vec<Vec<u8>>| parts.concat();
    // A pair is a character, which the legacy writer does not escape.
    let has_no_pair = |text: &Vec<u8>| {
        let lower = text.to_ascii_lowercase();
        !lower.windows(12).any(|pair| pair.starts_with(b"\\ud83c\\ud"))
    };
    prop::collection::vec(part, 0..5).prop_map(joined).prop_filter("a pair", has_no_pair)
}

fn file(texts: &[Vec<u8>]) -> Vec<u8> {
    let mut texts = texts.iter().cycle().cloned();
    let mut next = || [b"\"".to_vec(), texts.next().unwrap(), b"\"".to_vec()].concat();
    let mut out = Vec::new();
    let template = "{\n  \"id\": ?,\n  \"type\": ?,\n  \"task\": ?,\n  \"status\": ?,\n  \"createdAt\": ?,\n  \"updatedAt\": ?,\n  \"completedAt\": ?,\n  \"instances\": [\n    {\n      \"instanceId\": 1,\n      \"worktreePath\": ?,\n      \"branch\": ?,\n      \"agentName\": ?,\n      \"status\": ?,\n      \"tmuxSessionId\": ?,\n      \"output\": ?,\n      \"startTime\": null,\n      \"endTime\": null,\n      \"filesChanged\": null,\n      \"linesAdded\": null,\n      \"linesDeleted\": null,\n      \"runtime\": ?,\n      \"model\": null,\n      \"runtimeLabel\": null,\n      \"evaluation\": {\"deep\":[?]}\n    }\n  ],\n  \"chatHistory\": [\n    {\n      \"id\": ?,\n      \"role\": ?,\n      \"content\": ?,\n      \"timestamp\": ?,\n      \"instanceId\": null\n    },\n    {\n      \"id\": ?,\n      \"role\": ?,\n      \"content\": ?,\n      \"timestamp\": ?,\n      \"instanceId\": 7,\n      \"x@\": ?\n    }\n  ],\n  \"model\": null,\n  \"timeoutSeconds\": null,\n  \"preserveWorktrees\": null,\n  \"winnerId\": null,\n  \"runtimeMix\": [\n    ?,\n    ?\n  ],\n  \"totalDuration\": null,\n  \"totalFilesChanged\": null,\n  \"totalLinesAdded\": null,\n  \"totalLinesDeleted\": null,\n  \"retold:original\": ?,\n  \"y@\": ?\n}";
    for byte in template.bytes() {
        match byte {
            b'?' => out.extend(next()),
            b'@' => {
                let name = next();
                out.extend(&name[1..name.len() - 1]);
            }
            byte => out.push(byte),
        }
    }
    out
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(256))]

    #[test]
    fn what_is_no_text_comes_out_as_it_went_in(texts in prop::collection::vec(strings(), 1..9)) {
        let bytes = file(&texts);
        let session = read_session(&bytes).unwrap();
        let json = serde_json::to_vec_pretty(&session).unwrap();
        let is_text = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok();
        prop_assert!(is_text || is_spelled(&session));
        let written = if is_spelled(&session) { restore(&session, &json).unwrap() } else { json.clone() };
        prop_assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&bytes));
        prop_assert!(written == bytes);
        // Applications see text, and no key that the document does not have.
        let seen: serde_json::Value = serde_json::from_slice(&json).unwrap_or_default();
        prop_assert!(seen["instances"][0].get("retold:original").is_none());
        // The spelling goes with the events.
        let body = rmp_serde::to_vec_named(&session).unwrap();
        prop_assert_eq!(&rmp_serde::from_slice::<crate::Session>(&body).unwrap(), &session);
    }

    #[test]
    fn two_spellings_are_not_one(texts in prop::collection::vec(strings(), 1..4), other in prop::collection::vec(strings(), 1..4)) {
        let (old, new) = (read_session(&file(&texts)).unwrap(), read_session(&file(&other)).unwrap());
        prop_assert_eq!(old == new, file(&texts) == file(&other));
        let mut state = Some(SessionState { session: old.clone(), records: Default::default() });
        for event in difference(&old, &new) {
            SessionState::apply(&mut state, &event).unwrap();
        }
        prop_assert_eq!(state.unwrap().session, new);
    }

    #[test]
    fn an_application_that_sends_back_what_it_read_changes_nothing(texts in prop::collection::vec(strings(), 1..9)) {
        let held = read_session(&file(&texts)).unwrap();
        let mut sent = read_session(&serde_json::to_vec(&held).unwrap()).unwrap();
        sent.keep_spelling(&held);
        prop_assert_eq!(sent, held);
    }

    #[test]
    fn nothing_makes_the_reader_panic(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b'{'), Just(b'['), Just(b':'), Just(b',')], 0..80)) {
        let _error = read_session(&bytes);
        let _nothing = mend_parameters(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_text_that_changed_is_not_spelled_as_the_old_one() {
    let bytes = file(&[b"half \\ud83c".to_vec()]);
    let mut session = read_session(&bytes).unwrap();
    session.task = "whole \u{fffd}".to_owned();
    let written = restore(&session, &serde_json::to_vec_pretty(&session).unwrap()).unwrap();
    let written = String::from_utf8(written).unwrap();
    assert!(written.contains("\"task\": \"whole \u{fffd}\""));
    assert!(written.contains("\"status\": \"half \\ud83c\""));
}

#[test]
fn a_depth_of_any_size_is_no_matter() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(200_000), close.repeat(200_000));
        for key in ["instances", "runtimeMix", "task", "other"] {
            let text = format!("{{\"id\":\"\\ud83c\",\"{key}\":{deep}}}");
            assert!(read_session(text.as_bytes()).is_err());
            let _any = mend_parameters(&text);
        }
    }
}
