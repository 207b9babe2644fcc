//! Full text over `rpc`.

use serde_json::{Value, json};

use crate::rpc::{WORKSPACE, calls, in_session, session};
use crate::support::Place;

#[test]
fn what_was_said_and_what_tools_were_called_with_is_searched() {
    let place = Place::empty();
    let of = |more: Value| in_session(more);
    let answers = calls(
        &place,
        &[
            ("create_session", json!({"workspacePath": WORKSPACE, "session": session("a1")})),
            (
                "call_tool",
                of(
                    json!({"call": "c1", "name": "Edit", "kind": "edit", "input": {"file_path": "src/hatch.rs"}}),
                ),
            ),
            ("return_tool", of(json!({"call": "c1", "outcome": "ok", "output": "the hatch is open"}))),
            ("search", json!({"query": "hatch"})),
            ("search", json!({"query": "\"hatch is\"", "in": ["outputs", "messages"], "toolKind": "edit"})),
            ("search", json!({"query": "hatch", "workspacePath": "/elsewhere"})),
            ("search", json!({"query": "hatch", "in": ["titles"]})),
            ("search", json!({"query": "\"hatch"})),
        ],
    );
    let found = &answers[3]["result"];
    assert_eq!(found["found"], 3);
    assert_eq!(found["facets"]["what"], json!({"call": 1, "path": 1, "result": 1}));
    let hit = &answers[4]["result"]["hits"][0];
    assert_eq!(
        (&hit["what"], &hit["call_id"], &hit["tool_name"]),
        (&json!("result"), &json!("c1"), &json!("Edit"))
    );
    assert_eq!(hit["snippet"], json!([["the ", false], ["hatch is", true], [" open", false]]));
    assert_eq!((&hit["session_id"], &hit["revision"]), (&json!("a1"), &json!(4)));
    assert_eq!(answers[5]["result"]["found"], 0);
    assert_eq!(answers[6]["error"]["code"], -32602);
    assert!(
        answers[7]["error"]["message"].as_str().unwrap().contains("a phrase has no end"),
        "{}",
        answers[7]
    );
}
