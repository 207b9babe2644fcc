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
