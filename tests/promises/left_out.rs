//! What somebody leaves out of a file that is handed on is nowhere in it: for every tool.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::transcripts::{Owner, TOOLS};

/// Shorter texts are words that may be anywhere.
const LONG: usize = 20;

fn exported(owner: &Owner, id: &str, args: &[&str]) -> (String, Vec<Value>) {
    let file = owner.folder.path().join("page.html");
    let file = file.to_str().unwrap();
    owner.run(&[&["export", "--format", "html", id, file, "--force"], args].concat(), 0);
    let extracted = owner.command(&["extract", file]).output().unwrap();
    assert!(extracted.status.success());
    let lines = String::from_utf8(extracted.stdout).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (std::fs::read_to_string(file).unwrap(), events)
}

/// The texts of a value.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, into)),
        Value::Object(keys) => keys.values().for_each(|value| texts(value, into)),
        _ => {}
    }
}

/// The part of an event that `--without` takes away.
fn taken(event: &Value) -> Option<(&'static str, &Value)> {
    let body = &event["body"];
    match event["kind"].as_str()? {
        "ToolReturned" => Some(("results", &body["output"])),
        "OutputAppended" | "OutputReplaced" => Some(("outputs", &body["text"])),
        "MessageAdded" if body["message"]["role"] == "thinking" => {
            Some(("thoughts", &body["message"]["content"]))
        }
        _ => None,
    }
}

#[test]
fn what_is_left_out_of_a_page_is_nowhere_in_it() {
    let mut left_out: BTreeSet<&str> = BTreeSet::new();
    for tool in TOOLS {
        let owner = Owner::of(tool);
        owner.run(&["import", tool], 0);
        for id in owner.column("select id as x from sessions order by 1") {
            let (_, whole) = exported(&owner, &id, &["--unmasked"]);
            let (file, events) =
                exported(&owner, &id, &["--unmasked", "--without", "outputs,results,thoughts"]);
            assert_eq!(events.len(), whole.len(), "{id}");
            let (mut stays, mut goes) = (Vec::new(), Vec::new());
            for event in &whole {
                let mut event = event.clone();
                if let Some((part, text)) = taken(&event)
                    && let Some(text) = text.as_str()
                {
                    goes.extend(text.lines().map(|line| (part, line.trim().to_owned())));
                    event["body"] = Value::Null;
                }
                texts(&event, &mut stays);
            }
            for (part, line) in goes {
                if line.len() < LONG || stays.iter().any(|text| text.contains(&line)) {
                    continue;
                }
                let said = serde_json::to_string(&line).unwrap();
                let said = said[1..said.len() - 1].replace('<', "\\u003c").replace('>', "\\u003e");
                assert!(!file.contains(&said.replace('&', "\\u0026")), "{id}: {part}: {line}");
                left_out.insert(part);
            }
            // The rest is as it was.
            for (event, was) in events.iter().zip(&whole) {
                assert_eq!(event["hash"], was["hash"]);
                if taken(was).is_none() {
                    assert_eq!(event, was, "{id}");
                }
            }
        }
    }
    assert!(left_out.contains("results") && left_out.contains("thoughts"), "{left_out:?}");
}

/// A message that becomes a thought, or ceases to be one, was one: none of it is written, wherever it stands.
#[test]
fn what_was_a_thought_once_is_left_out_whenever_it_was_one() {
    use retold_core::event::{MessageAdded, MessageChanged, MessageRemoved};
    use retold_core::{Commit, Event, Expected, Message, MessagePatch};

    let owner = Owner::of("claude");
    owner.run(&["import", "claude"], 0);
    let id = "301c46a4-edc8-5c9f-a737-35d0d013c528";
    let log = retold_core::Log::open(owner.folder.path().join("log.db")).unwrap();
    let stream = retold_core::StreamName::session("claude", id, 1);
    assert!(log.reader().unwrap().stream(&stream).unwrap().is_some());
    let index: u32 = owner
        .column(&format!("select cast(message_count as text) as x from sessions where id = '{id}'"))[0]
        .parse()
        .unwrap();
    let added = |id: &str, role: &str, text: &str| -> Event {
        MessageAdded { message: Message::new(id, role, text), index: None, updated_at: None }.into()
    };
    let changed = |index, role: &str, content: Option<&str>| -> Event {
        let set = MessagePatch { role: Some(role.to_owned()), ..MessagePatch::default() };
        MessageChanged { index, set, content: content.map(Into::into), updated_at: None }.into()
    };
    let events = [
        added("a", "assistant", "a secret plan that was mapped wrongly"),
        changed(index, "thinking", None),
        added("b", "thinking", "an idea that nobody is to see"),
        changed(index + 1, "assistant", Some("an idea that was told in the end")),
        MessageRemoved { index: index + 1, updated_at: None }.into(),
        added("c", "assistant", "what was said aloud, and stays"),
    ];
    for event in events {
        log.append(Commit::to(stream.clone(), Expected::Any, [event])).unwrap();
    }
    drop(log);
    let texts = ["a secret plan", "nobody is to see", "was told in the end", "aloud, and stays"];
    let (whole, _) = exported(&owner, id, &["--unmasked"]);
    let (less, _) = exported(&owner, id, &["--unmasked", "--without", "thoughts"]);
    assert_eq!(texts.map(|text| whole.contains(text)), [true; 4]);
    assert_eq!(texts.map(|text| less.contains(text)), [false, false, false, true]);
}
