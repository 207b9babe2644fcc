//! Gemini CLI: a conversation is a fold of what was written, and where it took place is written elsewhere.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use retold_transcripts::{Tool, What};
use serde_json::{Value, json};
use support::{Made, ids, session};

const CHAT: &str = ".gemini/tmp/p/chats/session-x.jsonl";

fn header(session: &str) -> Value {
    json!({"sessionId": session, "projectHash": "h", "startTime": "2026-08-03T09:15:00.000Z", "kind": "main"})
}

fn user(id: &str, text: &str) -> Value {
    json!({"id": id, "timestamp": "2026-08-03T09:15:01.000Z", "type": "user", "content": [{"text": text}]})
}

fn gemini(id: &str, text: &str) -> Value {
    let tokens = json!({"input": 10, "output": 2, "cached": 4, "thoughts": 3, "tool": 1, "total": 16});
    json!({"id": id, "timestamp": "2026-08-03T09:15:02.000Z", "type": "gemini", "content": text, "model": "g", "tokens": tokens})
}

fn list(messages: &[Value]) -> Value {
    json!({"$set": {"messages": messages}})
}

/// Returns the receipt of one session of which these are the lines.
fn one(lines: &[Value]) -> Value {
    let made = Made::new();
    made.lines(CHAT, &[&[header("s")], lines].concat());
    session(&made.receipt(Tool::Gemini), "s").clone()
}

fn facts(lines: &[Value]) -> Vec<What> {
    let made = Made::new();
    made.lines(CHAT, &[&[header("s")], lines].concat());
    made.read(Tool::Gemini).interpret().1.into_iter().map(|(_, fact)| fact.what).collect()
}

#[test]
fn a_list_is_a_compaction_where_something_goes_and_something_else_comes() {
    let (a, b) = (user("a", "hi"), gemini("b", "ho"));
    let context = |id: &str| user(id, "<session_context>\nx</session_context>");
    let begun = [a.clone(), b.clone()];
    for (name, lists, compactions, live) in [
        ("context comes", vec![list(&[context("c"), a.clone(), b.clone()])], 0, 3),
        (
            "other context comes",
            vec![list(&[context("c"), a.clone(), b.clone()]), list(&[context("d"), a.clone(), b.clone()])],
            0,
            3,
        ),
        ("something goes", vec![list(&[context("c"), a.clone()])], 0, 2),
        ("something comes", vec![list(&[a.clone(), b.clone(), user("e", "more")])], 0, 3),
        ("a summary takes its place", vec![list(&[context("c"), user("e", "sum")])], 1, 2),
        ("nothing is left", vec![list(&[])], 0, 0),
        ("no list", vec![json!({"$set": {"messages": {"a": 1}}})], 0, 2),
    ] {
        let session = one(&[&begun[..], &lists].concat());
        assert_eq!(
            (&session["compactions"], &session["live_messages"]),
            (&json!(compactions), &json!(live)),
            "{name}"
        );
        assert_eq!(session["messages"], json!({"user": 1, "assistant": 1}), "{name}");
        assert_eq!(
            session["usage"]["g"],
            json!({"input": 7, "cache_read": 4, "cache_write": 0, "output": 5, "reasoning": 3})
        );
    }
}

#[test]
fn a_copy_in_a_list_says_nothing_and_a_summary_is_the_programs() {
    let said = |lines: &[Value]| -> Vec<(String, &'static str)> {
        let said = facts(lines).into_iter().filter_map(|what| match what {
            What::Spoke { text, role, .. } => Some((text, role.word())),
            _ => None,
        });
        said.collect()
    };
    let found = said(&[user("a", "hi"), gemini("b", "ho"), list(&[user("c", "summary"), user("d", "hi")])]);
    let expected = [("hi", "user"), ("ho", "assistant"), ("summary", "system")];
    assert_eq!(found, expected.map(|(text, role)| (text.to_owned(), role)));
}

#[test]
fn a_rewind_drops_a_message_and_all_after_and_an_unknown_one_drops_all() {
    let begun = [user("a", "1"), gemini("b", "2"), user("c", "3"), gemini("d", "4")];
    for (to, live, dropped) in [
        ("c", 2, vec!["c", "d"]),
        ("d", 3, vec!["d"]),
        ("a", 0, vec!["a", "b", "c", "d"]),
        ("z", 0, vec!["a", "b", "c", "d"]),
    ] {
        let lines = [&begun[..], &[json!({"$rewindTo": to})]].concat();
        let session = one(&lines);
        assert_eq!((&session["rewinds"], &session["live_messages"]), (&json!(1), &json!(live)), "{to}");
        assert_eq!(session["messages"], json!({"user": 2, "assistant": 2}), "{to}");
        assert_eq!(session["usage"]["g"]["output"], 10, "{to}");
        assert!(
            facts(&lines).contains(&What::Rewound { dropped: dropped.into_iter().map(Into::into).collect() }),
            "{to}"
        );
    }
    // What is written again after that is there again, and is no other message.
    let session = one(&[&begun[..], &[json!({"$rewindTo": "c"}), user("c", "3"), user("e", "5")]].concat());
    assert_eq!((&session["live_messages"], &session["messages"]["user"]), (&json!(4), &json!(3)));
}

#[test]
fn a_message_that_is_written_again_takes_its_own_place() {
    let mut grown = gemini("b", "two words");
    grown["toolCalls"] =
        json!([{"id": "t", "name": "glob", "args": {"pattern": "*"}, "status": "executing"}]);
    let mut done = grown.clone();
    done["toolCalls"][0]["status"] = json!("cancelled");
    let mut first = gemini("b", "two");
    first["tokens"] = Value::Null;
    let lines = [user("a", "hi"), first.clone(), first, grown, done.clone(), done];
    let session = one(&lines);
    assert_eq!((&session["revised"], &session["live_messages"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&session["tool_calls"], &session["tool_results"], &session["tool_errors"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!((&session["status"], &session["usage"]["g"]["output"]), (&json!("interrupted"), &json!(5)));
    let facts = facts(&lines);
    assert!(facts.contains(&What::Revised { id: "b".to_owned(), text: "two words".to_owned() }));
    assert_eq!(
        facts
            .iter()
            .filter(|what| matches!(what, What::Called { input, .. } if input == r#"{"pattern":"*"}"#))
            .count(),
        1
    );
}

#[test]
fn doubles_and_documents_that_lines_replace_count_once() {
    let lines =
        [header("s"), user("a", "hi"), gemini("b", "ho"), json!({"$rewindTo": "b"}), gemini("c", "hu")];
    let grown = [&lines[..], &[user("d", "more")]].concat();
    let mut document = header("s");
    document["messages"] = json!([user("a", "hi"), gemini("b", "ho")]);
    let text = serde_json::to_string_pretty(&document).unwrap();
    let hash = "0".repeat(64);
    let made = Made::new();
    made.lines(CHAT, &grown).lines(&format!(".gemini/tmp/{hash}/chats/session-x.jsonl"), &lines);
    made.write(&CHAT.replace(".jsonl", ".json"), &text)
        .write(&format!(".gemini/tmp/{hash}/chats/session-y.json"), &text);
    let receipt = made.receipt(Tool::Gemini);
    assert_eq!(ids(&receipt), ["s"]);
    let found = session(&receipt, "s");
    assert_eq!(found["messages"], json!({"user": 2, "assistant": 2}));
    assert_eq!(
        (&found["rewinds"], &found["revised"], &found["live_messages"]),
        (&json!(1), &json!(0), &json!(3))
    );
    assert_eq!(found["files"].as_array().unwrap().len(), 2);
    assert_eq!(receipt["totals"]["usage"]["g"]["output"], 10);
}

#[test]
fn a_document_that_is_written_anew_tells_what_is_new_in_it() {
    let made = Made::new();
    let path = ".gemini/tmp/p/chats/session-x.json";
    let document = |messages: &[Value]| {
        let mut document = header("s");
        document["messages"] = json!(messages);
        serde_json::to_string_pretty(&document).unwrap()
    };
    let home =
        made.write(path, &document(&[user("a", "1"), gemini("b", "2"), user("c", "3")])).read(Tool::Gemini);
    let (mut interpreter, mut facts) = home.interpret();
    let told = facts.len();
    let home =
        made.write(path, &document(&[user("a", "1"), gemini("b", "2"), user("d", "4")])).read(Tool::Gemini);
    home.feed(&mut *interpreter, &home.records, &mut facts);
    let new: Vec<&What> = facts[told..].iter().map(|(_, fact)| &fact.what).collect();
    assert!(
        matches!(&new[..], [What::Rewound { dropped }, What::Spoke { id, .. }] if dropped == &["c"] && id == "d"),
        "{new:?}"
    );
}

#[test]
fn the_folder_of_a_project_is_found_in_each_place_that_may_say_it() {
    let root = "/home/dev/beacon";
    let hash = "013e500c726dd807582103bf78431a4851455f48db35f0583bd675511923adfe";
    let listed = json!({"projects": {root: "p"}}).to_string();
    for (name, folder, files, hash_in_header, expected) in [
        ("its own file", "p", vec![(".gemini/tmp/p/.project_root", root)], "h", Some(root)),
        ("the list", "p", vec![(".gemini/projects.json", &*listed)], "h", Some(root)),
        (
            "its own file first",
            "p",
            vec![(".gemini/projects.json", &*listed), (".gemini/tmp/p/.project_root", "/other")],
            hash,
            Some("/other"),
        ),
        ("the hash in the header", "q", vec![(".gemini/projects.json", &*listed)], hash, Some(root)),
        ("the hash as the folder's name", hash, vec![(".gemini/projects.json", &*listed)], "h", Some(root)),
        ("nothing", "q", vec![(".gemini/projects.json", "no JSON")], "h", None),
    ] {
        let made = Made::new();
        for (path, contents) in &files {
            made.write(path, contents);
        }
        let mut first = header("s");
        first["projectHash"] = json!(hash_in_header);
        made.lines(&format!(".gemini/tmp/{folder}/chats/session-x.jsonl"), &[first, user("a", "hi")]);
        assert_eq!(session(&made.receipt(Tool::Gemini), "s")["cwd"].as_str(), expected, "{name}");
        if expected.is_none() {
            // It may become known later.
            let home = made.read(Tool::Gemini);
            let (mut interpreter, mut facts) = home.interpret();
            let list = home.sources.iter().find(|source| source.name.ends_with("projects.json")).unwrap();
            let known = json!({"projects": {root: "q"}}).to_string();
            interpreter.beside(list, known.as_bytes(), &mut |fact| facts.push((0, fact)));
            assert!(
                facts
                    .iter()
                    .any(|(_, fact)| matches!(&fact.what, What::Moved { cwd: Some(cwd), .. } if cwd == root))
            );
        }
    }
}

#[test]
fn a_variable_moves_the_folder_and_a_lost_header_costs_the_id_and_nothing_else() {
    let made = Made::new();
    made.lines("elsewhere/.gemini/tmp/p/chats/session-x.jsonl", &[user("a", "hi"), gemini("b", "ho")]);
    let places = made.places().with("GEMINI_CLI_HOME", made.path("elsewhere"));
    let home = support::Home::read(Tool::Gemini, places);
    let (interpreter, facts) = home.interpret();
    let receipt = support::receipt::receipt(&home, &*interpreter, &facts);
    assert_eq!(session(&receipt, "session-x")["messages"], json!({"user": 1, "assistant": 1}));
}

#[test]
fn the_status_follows_from_what_is_last_in_the_conversation() {
    let notice = |kind: &str, text: &str| json!({"id": "n", "type": kind, "content": text});
    let result = json!({"id": "r", "type": "user", "content": [{"functionResponse": {"id": "t"}}]});
    for (rest, status) in [
        (vec![], "open"),
        (vec![gemini("b", "ho")], "completed"),
        (vec![gemini("b", "ho"), notice("info", "Update available")], "completed"),
        (vec![gemini("b", "ho"), notice("info", "Request cancelled.")], "interrupted"),
        (vec![gemini("b", "ho"), notice("error", "Quota")], "failed"),
        (vec![gemini("b", "ho"), result], "open"),
        (vec![gemini("b", "ho"), user("c", "more"), json!({"$rewindTo": "c"})], "completed"),
    ] {
        let session = one(&[&[user("a", "hi")], &rest[..]].concat());
        assert_eq!(
            (&session["status"], &session["status_inferred"]),
            (&json!(status), &json!(true)),
            "{rest:?}"
        );
    }
}
