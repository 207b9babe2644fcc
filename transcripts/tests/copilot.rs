//! Copilot CLI: agents inside a file, what is explicit and what follows, and totals that are told late.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use retold_transcripts::{Tool, What};
use serde_json::{Value, json};
use support::{Made, ids, session};

/// Returns events, each with an id of its own.
fn events(list: &[(&str, Value)]) -> Vec<Value> {
    let event = |(number, (kind, data)): (usize, &(&str, Value))| {
        let mut data = data.clone();
        let agent = data.as_object_mut().and_then(|data| data.remove("@"));
        let time = format!("2026-08-03T09:15:{:02}.000Z", number % 60);
        let mut event = json!({"type": kind, "data": data, "id": format!("e{number}"), "timestamp": time, "parentId": null});
        if let Some(agent) = agent {
            event["agentId"] = agent;
        }
        event
    };
    list.iter().enumerate().map(event).collect()
}

fn start() -> (&'static str, Value) {
    let context = json!({"cwd": "/p", "branch": "main"});
    (
        "session.start",
        json!({"sessionId": "s", "copilotVersion": "1.0.77", "selectedModel": "m", "context": context}),
    )
}

fn user() -> (&'static str, Value) {
    ("user.message", json!({"content": "go"}))
}

fn said(id: &str, output: u64) -> (&'static str, Value) {
    ("assistant.message", json!({"messageId": id, "model": "m", "content": "text", "outputTokens": output}))
}

fn left(kind: &str, output: u64) -> (&'static str, Value) {
    let usage =
        json!({"inputTokens": 100, "outputTokens": output, "cacheReadTokens": 30, "cacheWriteTokens": 20});
    ("session.shutdown", json!({"shutdownType": kind, "modelMetrics": {"m": {"usage": usage}}}))
}

fn receipt(list: &[(&str, Value)]) -> Value {
    let made = Made::new();
    made.lines(".copilot/session-state/s/events.jsonl", &events(list)).receipt(Tool::Copilot)
}

#[test]
fn the_status_is_what_the_tool_says_until_something_happens_again() {
    let end = || ("assistant.turn_end", json!({}));
    let abort = || ("abort", json!({"reason": "user"}));
    let resume = || ("session.resume", json!({}));
    for (rest, status, is_inferred) in [
        (vec![], "open", true),
        (vec![said("a", 1)], "open", true),
        (vec![said("a", 1), end()], "completed", true),
        (vec![said("a", 1), left("routine", 1)], "completed", false),
        (vec![said("a", 1), left("error", 1)], "failed", false),
        (vec![said("a", 1), abort()], "interrupted", false),
        (vec![said("a", 1), abort(), left("routine", 1)], "interrupted", false),
        (vec![said("a", 1), left("routine", 1), resume()], "completed", false),
        (vec![said("a", 1), left("routine", 1), resume(), user()], "open", true),
        (vec![said("a", 1), ("session.error", json!({"message": "x"}))], "failed", true),
    ] {
        let list = [&[start(), user()], &rest[..]].concat();
        let receipt = receipt(&list);
        let found = session(&receipt, "s");
        assert_eq!(
            (&found["status"], &found["status_inferred"]),
            (&json!(status), &json!(is_inferred)),
            "{rest:?}"
        );
    }
}

#[test]
fn until_totals_are_told_usage_is_partial_and_then_it_counts_once() {
    let output = |list: &[(&str, Value)]| {
        let receipt = receipt(list);
        let found = session(&receipt, "s");
        (found["usage"]["m"]["output"].as_u64().unwrap(), found["usage_partial"] == true)
    };
    let resume = || ("session.resume", json!({}));
    let first = [start(), user(), said("a", 5), said("a", 5), said("b", 6)];
    assert_eq!(output(&first), (11, true));
    assert_eq!(output(&[&first[..], &[left("routine", 12)]].concat()), (12, false));
    let again = [&first[..], &[left("routine", 12), resume(), said("c", 30)]].concat();
    assert_eq!(output(&again), (42, true));
    // It goes on, or begins again.
    assert_eq!(output(&[&again[..], &[left("routine", 43)]].concat()), (43, false));
    assert_eq!(output(&[&again[..], &[left("routine", 31)]].concat()), (43, false));
    // The first run ended without a word.
    assert_eq!(output(&[&first[..], &[resume(), said("c", 30), left("routine", 30)]].concat()), (41, true));
    assert_eq!(output(&[&first[..], &[resume(), said("c", 30), left("routine", 41)]].concat()), (41, false));
}

#[test]
fn agents_belong_to_who_began_them() {
    let list = [
        start(),
        user(),
        ("tool.execution_start", json!({"toolCallId": "1", "toolName": "task"})),
        ("subagent.started", json!({"toolCallId": "1", "agentDisplayName": "Outer", "@": "x"})),
        ("user.message", json!({"content": "do", "source": "agent-x", "@": "x"})),
        ("user.message", json!({"content": "rules", "source": "skill-rules", "@": "x"})),
        ("tool.execution_start", json!({"toolCallId": "2", "toolName": "task", "@": "x"})),
        ("subagent.started", json!({"toolCallId": "2", "agentName": "inner", "@": "y"})),
        ("user.message", json!({"content": "do it", "source": "agent-y", "@": "y"})),
        ("subagent.failed", json!({"toolCallId": "2", "@": "y"})),
        ("subagent.completed", json!({"toolCallId": "1", "@": "x"})),
        ("user.message", json!({"content": "notice", "source": "agent-x"})),
    ];
    let receipt = receipt(&list);
    assert_eq!(ids(&receipt), ["s", "x", "y"]);
    let of = |id: &str| {
        let found = session(&receipt, id);
        ["parent", "spawned_by", "title", "status", "cwd", "branch"]
            .map(|field| found[field].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(of("x"), ["s", "1", "Outer", "completed", "/p", "main"]);
    assert_eq!(of("y"), ["x", "2", "inner", "failed", "/p", "main"]);
    for (id, user, calls) in [("s", 1, 1), ("x", 1, 1), ("y", 1, 0)] {
        assert_eq!(
            (&session(&receipt, id)["messages"]["user"], &session(&receipt, id)["tool_calls"]),
            (&json!(user), &json!(calls))
        );
    }
}

#[test]
fn ids_of_agents_that_two_sessions_use_are_told_apart() {
    let made = Made::new();
    for id in ["s", "t"] {
        let mut list = [
            start(),
            user(),
            ("user.message", json!({"content": "do", "source": "agent-1", "@": "agent-1"})),
        ];
        list[0].1["sessionId"] = json!(id);
        let mut list = events(&list);
        list.iter_mut().for_each(|event| event["id"] = json!(format!("{id}{}", event["id"])));
        made.lines(&format!(".copilot/session-state/{id}/events.jsonl"), &list);
    }
    let receipt = made.receipt(Tool::Copilot);
    assert_eq!(ids(&receipt), ["agent-1", "s", "t", "t/agent-1"]);
    assert_eq!(session(&receipt, "t/agent-1")["parent"], "t");
}

#[test]
fn a_session_in_both_layouts_counts_once_and_what_lies_beside_is_kept() {
    let list = events(&[start(), user(), said("a", 5)]);
    let made = Made::new();
    made.lines("c/session-state/s.jsonl", &list[..2]).lines("c/session-state/s/events.jsonl", &list);
    made.write("c/session-state/s/workspace.yaml", "id: s\nname: Named\n")
        .write("c/session-state/s/inuse.1.lock", "");
    made.write("c/session-state/s/files/events.jsonl", "{}\n").write("c/session-store.db", "derived");
    let home = support::Home::read(Tool::Copilot, made.places().with("COPILOT_HOME", made.path("c")));
    let (interpreter, facts) = home.interpret();
    let receipt = support::receipt::receipt(&home, &*interpreter, &facts);
    assert_eq!(session(&receipt, "s")["messages"], json!({"user": 1, "assistant": 1}));
    assert_eq!(session(&receipt, "s")["title"], "Named");
    assert_eq!(receipt["totals"]["sources"], 2);
    assert_eq!(home.sources.len(), 4);
}

#[test]
fn a_compaction_that_failed_is_none_and_a_rewind_names_what_is_gone() {
    let done =
        |success: bool| ("session.compaction_complete", json!({"success": success, "summaryContent": "sum"}));
    let list = [
        start(),
        user(),
        said("a", 1),
        user(),
        said("b", 1),
        done(false),
        done(true),
        ("session.snapshot_rewind", json!({"upToEventId": "e3"})),
    ];
    let found = receipt(&list);
    assert_eq!(
        (&session(&found, "s")["compactions"], &session(&found, "s")["rewinds"]),
        (&json!(1), &json!(1))
    );
    let made = Made::new();
    let home = made.lines(".copilot/session-state/s/events.jsonl", &events(&list)).read(Tool::Copilot);
    let (_, facts) = home.interpret();
    let dropped = vec!["e3".to_owned(), "b".to_owned()];
    assert!(facts.iter().any(|(_, fact)| fact.what == What::Rewound { dropped: dropped.clone() }));
}
