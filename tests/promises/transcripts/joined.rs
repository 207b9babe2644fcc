//! An editor's instance and the session that the agent's own tool kept of it are shown as one.

use serde_json::{Value, json};

use super::{Owner, fixture};

#[test]
fn the_transcript_of_each_instance_is_named() {
    let owner = Owner::of("join");
    owner.run(&["import", "-q"], 0);
    let expected: Value =
        serde_json::from_slice(&std::fs::read(fixture("join").join("expected.json")).unwrap()).unwrap();
    let session = expected["session"].as_str().unwrap();
    let answer: Value = serde_json::from_str(&owner.run(&["show", session, "-o", "json"], 0)).unwrap();
    let found: Vec<Value> = answer["transcripts"].as_array().unwrap().clone();
    let joined = expected["joined"].as_array().unwrap().iter();
    let wanted: Vec<Value> = joined
        .filter(|one| !one["native"].is_null())
        .map(|one| json!({"instance": one["instance"], "run": 1, "tool": one["runtime"], "session": one["native"]}))
        .collect();
    assert_eq!(found, wanted);
    for id in expected["not_joined"].as_array().unwrap() {
        assert!(!found.iter().any(|one| one["session"] == *id), "{id}");
    }
    // A person reads it beside the agent.
    let shown = owner.run(&["show", session], 0);
    assert_eq!(shown.matches("transcript: ").count(), wanted.len(), "{shown}");
    // It is found again at each look: what is deleted by then is not there.
    let first = wanted[0]["session"].as_str().unwrap();
    owner.run(&["delete", first, "-q"], 0);
    let answer: Value = serde_json::from_str(&owner.run(&["show", session, "-o", "json"], 0)).unwrap();
    assert!(answer["transcripts"].as_array().unwrap().iter().all(|one| one["session"] != first));
}
