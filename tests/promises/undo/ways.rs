//! How each command that appends is used, and those that append nothing that could be undone.

use serde_json::{Value, json};

use super::{Place, SAMPLE};
use crate::transcripts::{copy, fixture};

/// A way of appending: what comes before it, and the command.
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) before: fn(&Place),
    pub(super) act: fn(&Place),
}

pub(super) fn nothing(_: &Place) {}

pub(super) fn of(place: &Place, more: Value) -> Value {
    let mut all = json!({"workspacePath": place.workspace, "sessionId": place.id});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

fn session(place: &Place) -> Value {
    let answer = place.output(
        &["rpc"],
        &format!(
            "{}\n",
            json!({
                "jsonrpc": "2.0", "id": 1, "method": "get_session", "params": of(place, json!({})),
            })
        ),
    );
    serde_json::from_slice::<Value>(&answer.stdout).unwrap()["result"].clone()
}

/// The commands that can be undone.
pub(super) const WAYS: &[Way] = &[
    Way {
        name: "import",
        before: nothing,
        act: |place| {
            copy(&fixture("claude").join("home"), &place.folder.path().join("home"));
            place.run(&["import", "claude"], 0);
        },
    },
    Way {
        name: "import --exclude",
        before: nothing,
        act: |place| {
            place.run(&["import", "--exclude", "private"], 0);
        },
    },
    Way {
        name: "import --include",
        before: |place| drop(place.run(&["import", "--exclude", "private"], 0)),
        act: |place| drop(place.run(&["import", "--include", "private"], 0)),
    },
    Way {
        name: "import --deletions",
        before: |place| {
            let folder = place.folder.path().join("history");
            copy(std::path::Path::new(SAMPLE), &folder);
            place.run(&["import", folder.to_str().unwrap()], 0);
            for (name, _) in crate::transcripts::files(&folder.join("sessions")) {
                let path = folder.join("sessions").join(name);
                let Ok(sessions) = serde_json::from_slice::<Vec<Value>>(&std::fs::read(&path).unwrap())
                else {
                    continue;
                };
                std::fs::write(&path, serde_json::to_vec(&sessions[1..]).unwrap()).unwrap();
            }
        },
        act: |place| {
            let folder = place.folder.path().join("history");
            place.run(&["import", "--deletions", folder.to_str().unwrap()], 0);
        },
    },
    Way {
        name: "tag",
        before: |place| drop(place.run(&["tag", &place.id, "+old"], 0)),
        act: |place| {
            place.run(&["tag", &place.id, "+wip", "-old"], 0);
        },
    },
    Way {
        name: "revert",
        before: nothing,
        act: |place| drop(place.run(&["revert", &place.id, "--to", "r6"], 0)),
    },
    Way {
        name: "revert of a deleted session",
        before: |place| drop(place.run(&["delete", &place.id], 0)),
        act: |place| drop(place.run(&["revert", &place.id, "--to", "r3"], 0)),
    },
    Way {
        name: "fork",
        before: nothing,
        act: |place| drop(place.run(&["fork", &place.id, "--as", "other"], 0)),
    },
    Way { name: "delete", before: nothing, act: |place| drop(place.run(&["delete", &place.id], 0)) },
    Way {
        name: "undelete",
        before: |place| drop(place.run(&["delete", &place.id], 0)),
        act: |place| drop(place.run(&["undelete", &place.id], 0)),
    },
    Way {
        name: "undo",
        before: |place| drop(place.run(&["tag", &place.id, "+wip"], 0)),
        act: |place| drop(place.run(&["undo"], 0)),
    },
    Way {
        name: "rpc create_session",
        before: nothing,
        act: |place| {
            let session = json!({
                "id": "new", "type": "debate", "task": "", "status": "running", "createdAt": "", "updatedAt": "",
                "instances": [], "chatHistory": [],
            });
            place.rpc("create_session", &json!({"workspacePath": "/w", "session": session}));
        },
    },
    Way {
        name: "rpc update_session",
        before: nothing,
        act: |place| {
            let mut session = session(place);
            session["task"] = json!("another");
            session["instances"].as_array_mut().unwrap().remove(0);
            session["chatHistory"].as_array_mut().unwrap().swap(0, 1);
            place.rpc(
                "update_session",
                &of(place, json!({"session": session}))
                    .as_object_mut()
                    .map(|all| {
                        all.remove("sessionId");
                        Value::Object(all.clone())
                    })
                    .unwrap(),
            );
        },
    },
    Way {
        name: "rpc add_chat_message",
        before: nothing,
        act: |place| {
            let message = json!({"id": "m", "role": "user", "content": "x".repeat(9000), "timestamp": "", "instanceId": null});
            place.rpc("add_chat_message", &of(place, json!({"message": message})));
        },
    },
    Way {
        name: "rpc update_instance_status",
        before: nothing,
        act: |place| {
            place.rpc("update_instance_status", &of(place, json!({"instanceId": 1, "newStatus": "odd"})));
        },
    },
    Way {
        name: "rpc append_output",
        before: nothing,
        act: |place| {
            place.rpc("append_output", &of(place, json!({"instanceId": 1, "chunk": "more"})));
        },
    },
    Way {
        name: "rpc select_winner",
        before: nothing,
        act: |place| {
            place.rpc("select_winner", &of(place, json!({"instanceId": 1})));
        },
    },
    Way {
        name: "rpc set_title",
        before: nothing,
        act: |place| {
            place.rpc("set_title", &of(place, json!({"title": "other"})));
        },
    },
    Way {
        name: "rpc tag_session",
        before: nothing,
        act: |place| {
            place.rpc("tag_session", &of(place, json!({"add": ["one"], "remove": []})));
        },
    },
    Way {
        name: "rpc delete_session",
        before: nothing,
        act: |place| {
            place.rpc("delete_session", &of(place, json!({})));
        },
    },
    Way {
        name: "rpc restore_session",
        before: |place| drop(place.run(&["delete", &place.id], 0)),
        act: |place| place.rpc("restore_session", &of(place, json!({}))),
    },
];

/// The commands that write to the store, and append nothing to the log that could be undone here.
pub(super) const OTHERS: &[(&str, &str)] = &[
    ("mark", "it names a moment, and appends nothing"),
    ("ait42 mirror", "it imports, which is undone as `import` is"),
    ("rpc", "its methods are rows of their own"),
    ("store quarantine retry", "it imports, which is undone as `import` is"),
    ("store quarantine dismiss", "it appends nothing"),
    ("redact", "refused"),
    ("forget", "refused"),
    ("store prune", "refused"),
    ("store unprune", "refused"),
    ("store restore", "it is another log then"),
    ("store compact", "it appends nothing"),
    ("store migrate up", "it appends nothing"),
    ("store migrate down", "it appends nothing"),
];
