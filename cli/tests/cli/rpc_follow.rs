//! Programs that ask what changed, and are told what happens.

use serde_json::{Value, json};

use crate::rpc::{WORKSPACE, call, calls, send, session};
use crate::support::Place;

/// What a program asks for, and what it is told meanwhile.
fn told(place: &Place, asked: &[(&str, Value)]) -> Vec<Value> {
    let lines: String =
        asked.iter().enumerate().map(|(number, (method, params))| call(number, method, params)).collect();
    let said = send(place, &[], &lines).done();
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn create(id: &str) -> (&'static str, Value) {
    ("create_session", json!({"workspacePath": WORKSPACE, "session": session(id)}))
}

#[test]
fn who_follows_is_told_of_each_event_once_in_order_until_it_says_so() {
    let place = Place::empty();
    calls(&place, &[create("a1")]);
    let lines = told(
        &place,
        &[
            ("follow", json!({"after": 0})),
            ("follow", json!({"workspacePath": WORKSPACE, "sessionId": "b2"})),
            create("b2"),
            ("unfollow", json!({"subscription": 1})),
            ("unfollow", json!({"subscription": 1})),
            create("c3"),
        ],
    );
    let told_by = |subscription: u32| {
        let of = lines.iter().filter(|line| line["params"]["subscription"] == subscription);
        of.map(|line| {
            assert_eq!((&line["method"], &line["id"]), (&json!("event"), &Value::Null));
            let told = &line["params"];
            (told["event"]["position"].as_u64().unwrap(), told["session_id"].as_str().unwrap().to_owned())
        })
        .collect::<Vec<_>>()
    };
    let listed = place.piped(&["log", "-o", "jsonl"]).done();
    let logged: Vec<(u64, String)> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|event| {
            (event["position"].as_u64().unwrap(), event["stream"]["session_id"].as_str().unwrap().to_owned())
        })
        .collect();
    let before_c3: Vec<_> = logged.iter().filter(|(_, session)| session != "c3").cloned().collect();
    assert!(before_c3.len() >= 4, "{before_c3:?}");
    assert_eq!(told_by(1), before_c3);
    let of_b2: Vec<_> = logged.iter().filter(|(_, session)| session == "b2").cloned().collect();
    assert_eq!(told_by(2), of_b2);
    // Answers come in the order of the calls, and nothing of a subscription after it ended.
    let answers: Vec<&Value> = lines.iter().filter(|line| line.get("id").is_some()).collect();
    let ids: Vec<u64> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
    assert_eq!((&answers[3]["result"], &answers[4]["result"]), (&json!(true), &json!(false)));
}

#[test]
fn a_program_has_a_bounded_number_of_subscriptions() {
    let place = Place::empty();
    let asked: Vec<(&str, Value)> = (0..17).map(|_| ("follow", json!({}))).collect();
    let answers = calls(&place, &asked);
    assert_eq!(answers[15]["result"]["subscription"], 16);
    assert_eq!(answers[16]["error"]["code"], -32602);
}

#[test]
fn the_changes_between_two_moments_are_those_that_the_program_lists() {
    let place = Place::empty();
    calls(&place, &[create("a1"), create("b2")]);
    for (from, to, range) in [("0", "5", "0..5"), ("5", "2", "5..2")] {
        let listed = place.piped(&["changes", range, "-o", "json"]).done();
        let listed: Value = serde_json::from_str(&listed).unwrap();
        let (mut found, mut after) = (Vec::new(), Value::Null);
        loop {
            let asked = json!({"from": from, "to": to, "limit": 1, "after": after});
            let [answer]: [Value; 1] = calls(&place, &[("changes", asked)]).try_into().unwrap();
            let window = &answer["result"];
            assert_eq!(window["as_of"]["hash"], listed["as_of"]["hash"], "{answer}");
            found.extend(window["changes"].as_array().unwrap().clone());
            after = window["next"].clone();
            if after.is_null() {
                break;
            }
        }
        assert!(!found.is_empty());
        assert_eq!(Value::from(found), listed["rows"], "{range}");
    }
    let [refused]: [Value; 1] = calls(&place, &[("changes", json!({"after": "soon"}))]).try_into().unwrap();
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
}
