//! No document ends a question over the others, whatever it holds.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use crate::support::Place;

/// JSON texts that a reader of documents takes, among them those that SQLite does not.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        "-?(0|[1-9][0-9]{0,400})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,6})?",
        "\"([a-zé漢 ]|\\\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\u00[01][0-9a-f]|\\\\[\"\\\\/bfnrt]){0,12}\"",
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(" , "))),
            prop::collection::vec(("[a-c]|\\\\ud83c", inner.clone()), 0..4).prop_map(|all| {
                let members: Vec<String> =
                    all.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
            (prop_oneof![1..40_usize, 470..530_usize, 980..1_020_usize, 1_000..20_000_usize], inner)
                .prop_map(|(depth, inner)| ["[".repeat(depth), inner, "]".repeat(depth)].concat()),
        ]
    })
}

/// A session that holds the text among the keys that no release knows: of its own, of an instance, of a message.
fn session(id: usize, updated: &str, text: &str) -> String {
    let document = json!({
        "id": format!("s{id}"), "type": "debate", "task": "t", "status": "running",
        "createdAt": "2026-03-01T10:00:00Z", "updatedAt": updated,
        "instances": [{"instanceId": 1, "worktreePath": "/tmp/w", "branch": "b", "agentName": "Ada",
            "status": "running", "tmuxSessionId": "t", "output": null, "odd": "HERE"}],
        "chatHistory": [{"id": "m", "role": "user", "content": "c", "timestamp": "2026-03-01T10:00:00Z", "odd": "HERE"}],
        "odd": "HERE",
    });
    document.to_string().replace("\"HERE\"", text)
}

const QUESTIONS: [&str; 5] = [
    "select count(*) as n from events where body is not null and not json_valid(body)",
    "select count(*) as n from events where body ->> 'no such key' is not null",
    "select count(*) as n from (select extra from sessions union all select extra from instances \
     union all select extra from chat_messages) where extra is not null and not json_valid(extra)",
    "select count(*) - 1 as n from (select json_group_array(json(body)) as all_of_them from events) where json_valid(all_of_them)",
    "select count(*) - 1 as n from (select json_group_array(json(extra)) as all_of_them from sessions) where json_valid(all_of_them)",
];

fn no_question_fails(place: &Place) {
    for question in QUESTIONS {
        for at in [&[][..], &["--at", "2"]] {
            let args = [&["sql", "-o", "jsonl", question], at].concat();
            assert_eq!(place.piped(&args).done(), "{\"n\":0}\n", "{question}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..retold_trial::chance::properties(16) })]

    #[test]
    fn every_body_and_every_unknown_key_is_json_to_sqlite(
        first in prop::collection::vec(value(), 12),
        second in prop::collection::vec(value(), 12),
    ) {
        let place = Place::empty();
        for (values, updated) in [(&first, "2026-03-01T10:00:00Z"), (&second, "2026-03-02T10:00:00Z")] {
            let sessions: Vec<String> = (0..).zip(values).map(|(id, text)| session(id, updated, text)).collect();
            let file = place.file("0a0a0a0a0a0a0a0b.json", format!("[{}]", sessions.join(",")));
            place.piped(&["import", "-o", "json", &file]).done();
        }
        no_question_fails(&place);
        // The same of one session, as the expressions of `trace` and `bisect` have it.
        for id in 0..first.len() {
            let traced = place.piped(&["trace", &format!("s{id}"), "json_valid(extra)", "-o", "jsonl"]);
            prop_assert!(!traced.done().contains("\"value\":0"));
        }
    }
}

#[test]
fn a_very_deep_document_answers_for_itself_and_for_all_others() {
    let place = Place::empty();
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cases/08-deep-json-breaks-sql");
    place.piped(&["import", case, "-o", "json"]).done();
    no_question_fails(&place);
    let running = "select count(*) as n from events where body ->> '$.session.status' = 'running'";
    let sessions = place.piped(&["sql", "select count(*) as n from sessions", "-o", "jsonl"]).done();
    assert_eq!(place.piped(&["sql", running, "-o", "jsonl"]).done(), sessions);
    // What lies too deep is a text, and nothing of it is lost.
    let levels = "select count(*) as n from json_tree((select extra from sessions where id = 'nested'))";
    let said = place.piped(&["sql", levels, "-o", "jsonl"]).done();
    assert_eq!(said, "{\"n\":501}\n");
    let kinds =
        "select distinct type from json_tree((select extra from sessions where id = 'nested')) order by 1";
    let kinds: BTreeSet<String> =
        place.piped(&["sql", kinds, "-o", "csv"]).done().lines().skip(1).map(str::to_owned).collect();
    assert_eq!(kinds, ["array", "object", "text"].map(str::to_owned).into());
}
