//! Files that were written again: what they said before is known, wherever in them it is by now.

use serde_json::Value;

use super::{Owner, TOOLS, files, write};

/// What is put before the lines of a file, and says nothing of a conversation.
const PUT_BEFORE: [&str; 4] = ["\n", "{\"type\":\"unheard-of\"}\n", "not an object\n", "\u{0}\u{0}\n"];

/// What was said, done and used, over all sessions.
fn totals(owner: &Owner, tool: &str) -> Value {
    let mut totals = owner.receipt(tool)["totals"].clone();
    let totals = totals.as_object_mut().unwrap();
    // What is put before is a record or skipped, and may be of a type that is not known.
    for key in ["records", "skipped", "bytes", "unknown", "skipped_bytes", "skipped_spans"] {
        totals.remove(key);
    }
    Value::Object(totals.clone())
}

fn said(owner: &Owner) -> String {
    owner.run(&["sql", "select count(*) from chat_messages", "-o", "csv"], 0)
}

#[test]
fn a_file_that_something_was_put_before_tells_nothing_again() {
    for tool in TOOLS {
        for before in crate::one_in(2, PUT_BEFORE) {
            let owner = Owner::of(tool);
            owner.run(&["import", tool, "-q"], 0);
            let (all, messages) = (totals(&owner, tool), said(&owner));
            for round in 1..=2 {
                for (name, bytes) in files(&owner.home()) {
                    let lines = match name.rsplit_once('.') {
                        Some((_, "jsonl")) => [before.as_bytes(), &bytes].concat(),
                        Some((_, "zst")) => {
                            let lines = zstd::decode_all(&bytes[..]).unwrap();
                            zstd::encode_all(&[before.as_bytes(), &lines].concat()[..], 3).unwrap()
                        }
                        _ => continue,
                    };
                    write(&owner.home().join(&name), &lines);
                    owner.run(&["import", tool, "-q"], 0);
                    assert_eq!(said(&owner), messages, "{tool}: {name}, {before:?}, round {round}");
                }
                assert_eq!(totals(&owner, tool), all, "{tool}: {before:?}, round {round}");
            }
        }
    }
}

/// The same file under another name, and with its records elsewhere, is the same session's.
#[test]
fn a_file_that_comes_again_under_another_name_tells_nothing_again() {
    for tool in TOOLS {
        let owner = Owner::of(tool);
        owner.run(&["import", tool, "-q"], 0);
        let messages = said(&owner);
        let lines = files(&owner.home()).into_iter().filter(|(name, _)| name.ends_with(".jsonl"));
        for (name, bytes) in lines {
            let folder = name.rsplit_once('/').unwrap().0;
            if tool == "codex" && name.contains("/sessions/") {
                let file = name.rsplit_once('/').unwrap().1;
                let other = format!("{}/.codex/archived_sessions/{file}", owner.home().display());
                std::fs::remove_file(owner.home().join(&name)).unwrap();
                write(other.as_ref(), &[b"{\"type\":\"unheard-of\"}\n", &bytes[..]].concat());
            } else {
                let other = owner.home().join(format!("{folder}-moved"));
                if !folder.contains("projects/") {
                    continue;
                }
                std::fs::remove_file(owner.home().join(&name)).unwrap();
                write(&other.join(name.rsplit_once('/').unwrap().1), &bytes);
            }
            owner.run(&["import", tool, "-q"], 0);
            assert_eq!(said(&owner), messages, "{tool}: {name}");
        }
    }
}
