//! What a person took back, and what a model sees only as a summary, stays and is marked wherever it is shown.

use serde_json::Value;

use super::{Owner, TOOLS};

#[test]
fn rewound_and_compacted_messages_stay_and_are_marked_wherever_they_are_shown() {
    let (mut rewound, mut compacted) = (0, 0);
    for tool in TOOLS {
        let owner = Owner::of(tool);
        owner.run(&["import", tool], 0);
        let listed = owner.run(&["sessions", "--flat", "-n", "100", "-o", "jsonl"], 0);
        for line in listed.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let id = row["id"].as_str().unwrap();
            let shown: Value = serde_json::from_str(&owner.run(&["show", id, "-o", "json"], 0)).unwrap();
            let messages = shown["session"]["chatHistory"].as_array().unwrap();
            let marked = shown["marked"].as_array().cloned().unwrap_or_default();
            let has = |mark: &str| marked.iter().filter(|one| one[mark] == true).count();
            for one in &marked {
                assert!(messages.iter().any(|message| message["id"] == one["id"]), "{tool}: {one}: it stays");
            }
            let page = owner.run(&["show", id, "--all", "--full"], 0);
            let markdown = owner.run(&["export", "--format", "markdown", id], 0);
            assert_eq!(page.contains("(taken back)"), has("rewound") > 0, "{tool}: {id}: {page}");
            assert_eq!(page.contains("(compacted)"), has("compacted") > 0, "{tool}: {id}: {page}");
            assert!(has("rewound") == 0 || markdown.contains("taken back"), "{tool}: {id}");
            assert!(
                has("compacted") == 0 || markdown.contains("\u{b7} compacted"),
                "{tool}: {id}: {markdown}"
            );
            rewound += has("rewound");
            compacted += has("compacted");
        }
    }
    assert!(rewound > 0 && compacted > 0);
}
