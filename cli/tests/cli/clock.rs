//! A clock that was wrong for a moment, and the commands that ask for times.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Answer, Place};

const NOW: &str = "2026-11-27T12:00:00Z";

fn at(place: &Place, now: &'static str, args: &[&str], input: String) -> Answer {
    place.run(args, |io| {
        io.clock = Arc::new(move || now.parse().unwrap());
        io.input = Box::new(std::io::Cursor::new(input));
    })
}

fn call(place: &Place, now: &'static str, method: &str, params: &Value) {
    let line = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string() + "\n";
    let answer = at(place, now, &["rpc"], line).done();
    assert!(!answer.contains("\"error\""), "{answer}");
}

/// A session of 20 November, with a message then, one on a day of 2031, and one on the 25th.
fn lived() -> Place {
    let place = Place::empty();
    let session = json!({
        "id": "a", "type": "debate", "task": "paint the door", "status": "running", "createdAt": "", "updatedAt": "",
        "instances": [], "chatHistory": [],
    });
    call(
        &place,
        "2026-11-20T09:00:00Z",
        "create_session",
        &json!({"workspacePath": "/w", "session": session}),
    );
    for (now, content) in
        [("2026-11-20T09:05:00Z", "green"), ("2031-01-01T00:00:00Z", "blue"), ("2026-11-25T09:00:00Z", "red")]
    {
        let message = json!({"id": content, "role": "user", "content": content, "timestamp": ""});
        let params = json!({"workspacePath": "/w", "sessionId": "a", "message": message});
        call(&place, now, "add_chat_message", &params);
    }
    place
}

fn asked(place: &Place, args: &[&str]) -> Answer {
    at(place, NOW, args, String::new())
}

#[test]
fn what_came_after_a_wrong_moment_is_found_by_when_it_occurred() {
    let place = lived();
    let shown = asked(&place, &["show", "a", "--at", "yesterday", "--clock", "occurred", "-q", "-o", "json"]);
    assert!(shown.out.contains("red"), "{shown:?}");
    let listed = asked(&place, &["log", "a", "-q", "-o", "json"]).out;
    assert!(listed.contains("\"occurred_at\":\"2026-11-25T09:00:00Z\""), "{listed}");
    let metrics = asked(&place, &["metrics", "-q", "-o", "json"]).out;
    for day in ["2026-11-20", "2026-11-25", "2031-01-01"] {
        assert_eq!(metrics.matches(&format!("\"day\":\"{day}\"")).count(), 1, "{metrics}");
    }
}

#[test]
fn a_log_that_ends_in_the_future_is_named_with_what_to_do() {
    let place = lived();
    let answer = asked(&place, &["doctor", "-o", "json", "-q"]);
    assert_eq!(answer.exit, 1.into(), "{answer:?}");
    let said: Value = serde_json::from_str(&answer.out).unwrap();
    let row = said["rows"].as_array().unwrap().iter().find(|row| row["check"] == "clock").unwrap();
    assert_eq!(row["state"], "todo");
    let found = row["found"].as_str().unwrap();
    for part in ["position 5", "2031-01-01 00:00:00Z", "1495 days", "after position 3"] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(row["mend"].as_str().unwrap().contains("--clock recorded"));
    // Once the clock has come there, there is nothing to say.
    let later = at(&place, "2031-01-02T00:00:00Z", &["doctor", "-o", "json", "-q"], String::new());
    let said: Value = serde_json::from_str(&later.out).unwrap();
    let row = said["rows"].as_array().unwrap().iter().find(|row| row["check"] == "clock").unwrap();
    assert_eq!(row["state"], "ok");
}

#[test]
fn a_session_is_pruned_by_when_something_occurred_in_it_last() {
    let place = lived();
    let by = |point: &str, clock: &str| {
        asked(&place, &["store", "prune", "--before", point, "--clock", clock, "-n", "-q", "-o", "json"])
    };
    assert_eq!(by("yesterday", "recorded").exit, 1.into());
    let quiet = by("yesterday", "occurred");
    assert_eq!(quiet.exit, 0.into(), "{quiet:?}");
    assert!(quiet.out.contains("\"bodies\":3"), "{quiet:?}");
    assert_eq!(by("2026-11-24", "occurred").exit, 1.into());
    // Only a time is by a clock.
    let position = by("head", "occurred");
    assert_eq!(position.exit, 0.into(), "{position:?}");
}
