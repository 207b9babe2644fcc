//! Claude Code: what files may be copies of, where agents are, and what is a prompt.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use retold_transcripts::{Role, Tool, What};
use serde_json::{Value, json};
use support::{Made, ids, session};

const P: &str = ".claude/projects/-p";

/// Returns a record of a conversation; `more` are further fields, which win.
fn record(kind: &str, session: &str, uuid: &str, parent: &str, message: Value, more: Value) -> Value {
    let parent = if parent.is_empty() { Value::Null } else { json!(parent) };
    let mut record = json!({
        "type": kind, "uuid": uuid, "parentUuid": parent, "sessionId": session, "cwd": "/p", "version": "2.1.0",
        "timestamp": "2026-08-03T09:15:00.000Z", "message": message,
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

fn prompt(session: &str, uuid: &str, parent: &str, text: &str) -> Value {
    record("user", session, uuid, parent, json!({"role": "user", "content": text}), json!({}))
}

fn response(session: &str, uuid: &str, parent: &str, output: u64) -> Value {
    let message = json!({
        "id": format!("msg_{uuid}"), "model": "opus", "content": [{"type": "text", "text": format!("said {uuid}")}],
        "usage": {"input_tokens": 1, "output_tokens": output},
    });
    record("assistant", session, uuid, parent, message, json!({}))
}

/// Returns records as another session has them that was forked from theirs.
fn copied(records: &[Value], to: &str, mark: &Value) -> Vec<Value> {
    let copy = |record: &Value| {
        let mut copy = record.clone();
        copy["sessionId"] = json!(to);
        copy.as_object_mut().unwrap().extend(mark.as_object().unwrap().clone());
        copy
    };
    records.iter().map(copy).collect()
}

#[test]
fn what_a_fork_copied_counts_with_its_original_however_the_copy_is_marked_and_whichever_is_read_first() {
    let original = [prompt("m", "1", "", "one"), response("m", "2", "1", 5)];
    let marks = [
        json!({"forkedFrom": {"sessionId": "m", "messageUuid": "x"}}),
        json!({"sessionKind": "bg"}),
        json!({}),
    ];
    for (mark, names) in marks.iter().flat_map(|mark| [(mark, "a"), (mark, "z")]) {
        if *mark == json!({}) && names == "a" {
            // Nothing says which of the two is the copy.
            continue;
        }
        let made = Made::new();
        made.lines(&format!("{P}/m.jsonl"), &original);
        let mut fork = copied(&original, names, mark);
        let own = [prompt(names, "3", "2", "two"), response(names, "4", "3", 7)];
        fork.extend(if mark.get("sessionKind").is_some() { copied(&own, names, mark) } else { own.to_vec() });
        made.lines(&format!("{P}/{names}.jsonl"), &fork);
        let receipt = made.receipt(Tool::Claude);
        let (original, fork) = (session(&receipt, "m"), session(&receipt, names));
        assert_eq!(original["messages"], json!({"user": 1, "assistant": 1}), "{mark} {names}");
        assert_eq!(original["usage"]["opus"]["output"], 5, "{mark} {names}");
        assert_eq!(fork["messages"], json!({"user": 1, "assistant": 1}), "{mark} {names}");
        assert_eq!(fork["usage"]["opus"]["output"], 7, "{mark} {names}");
        assert_eq!(
            (&fork["relation"], &fork["parent"], &fork["title"]),
            (&json!("fork"), &json!("m"), &json!("two"))
        );
        assert_eq!(original["files"].as_array().unwrap().len(), 1, "{mark} {names}");
    }
}

#[test]
fn what_a_fork_copied_of_a_session_that_is_gone_is_told_of_that_session_once() {
    let original = [prompt("gone", "1", "", "one"), response("gone", "2", "1", 5)];
    let mark = json!({"forkedFrom": {"sessionId": "gone", "messageUuid": "x"}});
    let made = Made::new();
    for fork in ["a", "b"] {
        let mut records = copied(&original, fork, &mark);
        records.push(prompt(fork, &format!("3{fork}"), "2", "two"));
        made.lines(&format!("{P}/{fork}.jsonl"), &records);
    }
    let receipt = made.receipt(Tool::Claude);
    assert_eq!(ids(&receipt), ["a", "b", "gone"]);
    assert_eq!(session(&receipt, "gone")["messages"], json!({"user": 1, "assistant": 1}));
    assert_eq!(receipt["totals"]["usage"]["opus"]["output"], 5);
    assert_eq!(receipt["totals"]["user"], 3);
}

#[test]
fn agents_are_found_in_every_place_and_belong_to_their_session() {
    let made = Made::new();
    let agent = |uuid: &str| {
        let mut records = [prompt("s", uuid, "", "Do it"), response("s", &format!("{uuid}r"), uuid, 3)];
        records.iter_mut().for_each(|record| record["isSidechain"] = json!(true));
        records
    };
    made.lines(&format!("{P}/s.jsonl"), &[prompt("s", "1", "", "one")])
        .lines(&format!("{P}/s/subagents/agent-a.jsonl"), &agent("a"))
        .write(&format!("{P}/s/subagents/agent-a.meta.json"), r#"{"description":"A","toolUseId":"call"}"#)
        .lines(&format!("{P}/s/subagents/workflows/w/agent-b.jsonl"), &agent("b"))
        .write(&format!("{P}/s/subagents/workflows/w/agent-b.meta.json"), r#"{"parentAgentId":"a"}"#)
        .lines(&format!("{P}/agent-c.jsonl"), &agent("c"))
        .write(&format!("{P}/agent-c.meta.json"), r#"{"description":"C"}"#)
        .write(&format!("{P}/s/tool-results/t.txt"), "out")
        .write(&format!("{P}/.session-aliases"), "x")
        .write(".claude/history.jsonl", "{}\n");
    let receipt = made.receipt(Tool::Claude);
    assert_eq!(ids(&receipt), ["s", "s/agent-a", "s/agent-b", "s/agent-c"]);
    let link = |id: &str| {
        let session = session(&receipt, id);
        (
            session["parent"].as_str().unwrap().to_owned(),
            session["spawned_by"].clone(),
            session["title"].clone(),
        )
    };
    assert_eq!(link("s/agent-a"), ("s".to_owned(), json!("call"), json!("A")));
    assert_eq!(link("s/agent-b"), ("s/agent-a".to_owned(), Value::Null, json!("Do it")));
    assert_eq!(link("s/agent-c"), ("s".to_owned(), Value::Null, json!("C")));
    assert_eq!(receipt["totals"]["sources"], 4);
    let beside: Vec<_> = made.read(Tool::Claude).sources.into_iter().map(|source| source.name).collect();
    assert_eq!(beside.len(), 10, "{beside:?}");
}

#[test]
fn a_prompt_is_told_from_what_the_program_writes_in_its_place() {
    let text = |text: &str| json!({"content": text});
    let block = |block: Value| json!({"content": [block]});
    let none = json!({});
    let cases = [
        (true, text("Hello"), none.clone()),
        (true, block(json!({"type": "text", "text": "Hello"})), none.clone()),
        (true, block(json!({"type": "image"})), none.clone()),
        (true, text("<command-name>/x</command-name>"), json!({"origin": {"kind": "human"}})),
        (false, text("Hello"), json!({"origin": {"kind": "hook"}})),
        (false, text("Hello"), json!({"isMeta": true})),
        (false, text("Hello"), json!({"isCompactSummary": true})),
        (false, text("<command-name>/x</command-name>"), none.clone()),
        (false, text("<local-command-stdout>x"), none.clone()),
        (false, text("<task-notification>x"), none.clone()),
        (false, text("<system-reminder>x"), none.clone()),
        (false, text("[Request interrupted by user]"), none.clone()),
        (false, block(json!({"type": "tool_result", "tool_use_id": "t", "content": "x"})), none.clone()),
        (false, text(""), none),
    ];
    for (is_prompt, message, more) in cases {
        let made = Made::new();
        let records =
            [response("s", "1", "", 1), record("user", "s", "2", "1", message.clone(), more.clone())];
        made.lines(&format!("{P}/s.jsonl"), &records);
        let receipt = made.receipt(Tool::Claude);
        assert_eq!(receipt["totals"]["user"], u8::from(is_prompt), "{message} {more}");
    }
}

#[test]
fn a_text_that_the_program_put_beside_a_prompt_is_the_programs() {
    let content = json!({"content": [{"type": "text", "text": "<ide_opened_file>x"}, {"type": "text", "text": "Hello"}]});
    let made = Made::new();
    made.lines(&format!("{P}/s.jsonl"), &[record("user", "s", "1", "", content, json!({}))]);
    let (_, facts) = made.read(Tool::Claude).interpret();
    let said = facts.iter().filter_map(|(_, fact)| match &fact.what {
        What::Spoke { role, text, .. } => Some((*role, text.as_str())),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), [(Role::System, "<ide_opened_file>x"), (Role::User, "Hello")]);
}

#[test]
fn the_best_title_wins_wherever_it_is_written() {
    let custom = json!({"type": "custom-title", "customTitle": "custom", "sessionId": "s"});
    let generated = json!({"type": "ai-title", "aiTitle": "generated", "sessionId": "s"});
    let summary = json!({"type": "summary", "summary": "summary", "leafUuid": "2"});
    let other = json!({"type": "summary", "summary": "another's", "leafUuid": "99"});
    let records = [prompt("s", "1", "", "first"), response("s", "2", "1", 1)];
    let with = |before: &[&Value], after: &[&Value]| {
        let all = before.iter().copied().chain(&records).chain(after.iter().copied());
        let made = Made::new();
        made.lines(&format!("{P}/s.jsonl"), &all.cloned().collect::<Vec<_>>());
        session(&made.receipt(Tool::Claude), "s")["title"].as_str().unwrap().to_owned()
    };
    assert_eq!(with(&[], &[]), "first");
    assert_eq!(with(&[&other], &[&other]), "first");
    assert_eq!(with(&[&summary], &[]), "summary");
    assert_eq!(with(&[], &[&summary]), "summary");
    assert_eq!(with(&[&generated, &summary], &[]), "generated");
    assert_eq!(with(&[&custom], &[&generated, &summary]), "custom");
    // In a file of another session, which is read before.
    let made = Made::new();
    made.lines(&format!("{P}/a.jsonl"), &[summary, prompt("a", "a1", "", "x")])
        .lines(&format!("{P}/s.jsonl"), &records);
    assert_eq!(session(&made.receipt(Tool::Claude), "s")["title"], "summary");
}

#[test]
fn the_status_follows_from_what_came_last() {
    let call = json!({"id": "m", "model": "opus", "content": [{"type": "tool_use", "id": "t", "name": "Bash", "input": {}}]});
    let called = record("assistant", "s", "2", "1", call, json!({}));
    let result = json!({"content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]});
    let returned = record("user", "s", "3", "2", result, json!({}));
    let failed = json!({"model": "<synthetic>", "content": [{"type": "text", "text": "API Error"}]});
    let failed = record("assistant", "s", "4", "1", failed, json!({"isApiErrorMessage": true}));
    let left = prompt("s", "5", "1", "<local-command-stdout>Bye</local-command-stdout>");
    let stopped = prompt("s", "6", "1", "[Request interrupted by user for tool use]");
    let done = response("s", "7", "1", 1);
    for (rest, status) in [
        (vec![], "open"),
        (vec![&called], "open"),
        (vec![&called, &returned], "open"),
        (vec![&called, &returned, &done], "completed"),
        (vec![&called, &done], "open"),
        (vec![&done, &left], "completed"),
        (vec![&called, &returned, &stopped], "interrupted"),
        (vec![&failed], "failed"),
        (vec![&failed, &done], "completed"),
    ] {
        let made = Made::new();
        let first = prompt("s", "1", "", "go");
        let records: Vec<Value> = std::iter::once(&first).chain(rest.iter().copied()).cloned().collect();
        made.lines(&format!("{P}/s.jsonl"), &records);
        let receipt = made.receipt(Tool::Claude);
        assert_eq!(session(&receipt, "s")["status"], status, "{rest:?}");
        assert_eq!(session(&receipt, "s")["status_inferred"], true);
    }
}

#[test]
fn the_agents_own_file_owns_what_its_session_says_of_it() {
    let message = json!({"id": "msg_a", "model": "haiku", "usage": {"input_tokens": 2, "output_tokens": 9}});
    let data = json!({"type": "agent_progress", "agentId": "a", "message": {"type": "assistant", "message": message}});
    let progress =
        record("progress", "s", "2", "1", Value::Null, json!({"data": data, "parentToolUseID": "call"}));
    let mut own = response("s", "a", "", 4);
    own["message"]["id"] = json!("msg_a");
    own["message"]["model"] = json!("haiku");
    for folder in ["s/subagents", "s/subagents/workflows/w"] {
        let made = Made::new();
        made.lines(&format!("{P}/s.jsonl"), &[prompt("s", "1", "", "go"), progress.clone()]);
        assert_eq!(session(&made.receipt(Tool::Claude), "s")["usage"]["haiku"]["output"], 9);
        made.lines(&format!("{P}/{folder}/agent-a.jsonl"), &[prompt("s", "p", "", "do"), own.clone()]);
        let receipt = made.receipt(Tool::Claude);
        assert_eq!(session(&receipt, "s")["usage"], json!({}));
        assert_eq!(session(&receipt, "s/agent-a")["usage"]["haiku"]["output"], 9);
        assert_eq!(session(&receipt, "s/agent-a")["spawned_by"], "call");
    }
}

#[test]
fn only_a_second_prompt_under_one_parent_is_a_rewind() {
    let records = [
        prompt("s", "1", "", "go"),
        response("s", "2", "1", 1),
        // Two children of one parent, and the same record again.
        record("system", "s", "3", "2", Value::Null, json!({"subtype": "microcompact_boundary"})),
        response("s", "4", "2", 1),
        prompt("s", "5", "4", "left"),
        prompt("s", "5", "4", "left"),
        response("s", "6", "5", 1),
        prompt("s", "7", "4", "right"),
        response("s", "8", "7", 1),
        prompt("s", "9", "4", "middle"),
        record("system", "s", "10", "9", Value::Null, json!({"subtype": "compact_boundary"})),
    ];
    let made = Made::new();
    made.lines(&format!("{P}/s.jsonl"), &records);
    let (_, facts) = made.read(Tool::Claude).interpret();
    let dropped = facts.iter().filter_map(|(_, fact)| match &fact.what {
        What::Rewound { dropped } => Some(dropped.clone()),
        _ => None,
    });
    assert_eq!(dropped.collect::<Vec<_>>(), [["5", "msg_6"], ["7", "msg_8"]]);
    let receipt = made.receipt(Tool::Claude);
    let session = session(&receipt, "s");
    assert_eq!((&session["rewinds"], &session["compactions"]), (&json!(2), &json!(1)));
    assert_eq!(session["messages"], json!({"user": 4, "assistant": 4}));
}

#[test]
fn a_variable_moves_the_folder_and_content_says_whose_a_file_is() {
    let made = Made::new();
    made.lines("elsewhere/projects/-p/s.jsonl", &[prompt("s", "1", "", "go")]);
    let places = made.places().with("CLAUDE_CONFIG_DIR", made.path("elsewhere"));
    let format = retold_transcripts::format(Tool::Claude);
    let found = format.discover(&places, &mut |_, _| panic!());
    assert_eq!(
        found.iter().map(|source| &*source.name).collect::<Vec<_>>(),
        ["elsewhere/projects/-p/s.jsonl"]
    );
    made.write("any.jsonl", "{\"x\":1}\n").write("a.txt", "x");
    for tool in [Tool::Claude, Tool::Gemini, Tool::Copilot] {
        let format = retold_transcripts::format(tool);
        for (path, is_claude) in [
            ("elsewhere", true),
            ("elsewhere/projects/-p/s.jsonl", true),
            ("any.jsonl", false),
            ("a.txt", false),
            ("none", false),
        ] {
            assert_eq!(
                format.recognise(&made.path(path)),
                is_claude && tool == Tool::Claude,
                "{tool:?} {path}"
            );
        }
        let home = support::fixture(tool.word()).join("home");
        for other in [Tool::Claude, Tool::Gemini, Tool::Copilot] {
            assert_eq!(
                retold_transcripts::format(other).recognise(&home),
                tool == other,
                "{tool:?} {other:?}"
            );
        }
    }
}
