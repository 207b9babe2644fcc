//! The log is compared with what is on the disk by now.

use serde_json::Value;

use super::{Owner, TOOLS, files, write};

/// The rows of `retold check`, as state and name.
fn check(owner: &Owner, tool: &str, code: i32) -> Vec<(String, String)> {
    let answer: Value =
        serde_json::from_str(&owner.run(&["check", "--tool", tool, "-o", "json"], code)).unwrap();
    let text = |row: &Value, key| row[key].as_str().unwrap().to_owned();
    answer["rows"].as_array().unwrap().iter().map(|row| (text(row, "state"), text(row, "name"))).collect()
}

#[test]
fn what_was_taken_in_is_what_is_on_the_disk() {
    for tool in TOOLS {
        let owner = Owner::of(tool);
        owner.run(&["import", tool, "-q"], 0);
        assert_eq!(check(&owner, tool, 0), [], "{tool}");
    }
}

#[test]
fn what_differs_from_the_disk_is_named() {
    let owner = Owner::of("claude");
    owner.run(&["import", "claude", "-q"], 0);
    let line = |name: &String| {
        name.ends_with(".jsonl") && std::fs::metadata(owner.home().join(name)).unwrap().len() > 0
    };
    let names: Vec<String> = files(&owner.home()).into_keys().filter(line).collect();
    let [longer, shorter, other, gone] = [&names[0], &names[1], &names[2], &names[3]];
    let bytes = |name: &String| std::fs::read(owner.home().join(name)).unwrap();
    write(&owner.home().join(longer), &[bytes(longer), b"{\"type\":\"new\"}\n".to_vec()].concat());
    let cut = bytes(shorter);
    write(&owner.home().join(shorter), &cut[..cut.len() - 3]);
    let mut edited = bytes(other);
    edited[2] ^= 1;
    write(&owner.home().join(other), &edited);
    std::fs::remove_file(owner.home().join(gone)).unwrap();
    write(&owner.home().join(".claude/projects/-new/aaaaaaaa-0000-0000-0000-000000000000.jsonl"), b"{}\n");
    let mut expected = vec![
        ("different".to_owned(), other.clone()),
        ("gone".to_owned(), gone.clone()),
        ("longer".to_owned(), longer.clone()),
        (
            "not in the log".to_owned(),
            ".claude/projects/-new/aaaaaaaa-0000-0000-0000-000000000000.jsonl".to_owned(),
        ),
        ("shorter".to_owned(), shorter.clone()),
    ];
    let mut found = check(&owner, "claude", 1);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    // Another import mends what can be mended: what is gone stays in the log alone.
    owner.run(&["import", "claude", "-q"], 0);
    assert_eq!(check(&owner, "claude", 0), [("gone".to_owned(), gone.clone())]);
}

#[test]
fn what_was_redacted_is_not_compared() {
    let owner = Owner::of("gemini");
    owner.run(&["import", "gemini", "-q"], 0);
    let sql = "select content from chat_messages where role = 'user' limit 1";
    let said: Value = serde_json::from_str(&owner.run(&["sql", sql, "-o", "json"], 0)).unwrap();
    let words = said["rows"][0]["content"].as_str().unwrap();
    owner.run(&["redact", "--match", words, "--reason", "x", "-q"], 0);
    let found = check(&owner, "gemini", 0);
    assert!(!found.is_empty() && found.iter().all(|(state, _)| state == "erased"), "{found:?}");
}

/// What is kept out is neither missed nor called gone; what came in beside it is compared.
#[test]
fn what_is_excluded_is_not_missed() {
    for tool in TOOLS {
        for word in ["/home/dev/atlas", "atlas"] {
            let owner = Owner::of(tool);
            owner.run(&["import", tool, "--exclude", word, "-q"], 0);
            let found = check(&owner, tool, 0);
            assert!(found.iter().all(|(state, _)| state == "erased"), "{tool}, {word}: {found:?}");
        }
    }
    // A folder of files, by its path.
    let owner = Owner::of("claude");
    let folder = owner.home().join(".claude/projects/-home-dev-atlas");
    owner.run(&["import", "claude", "--exclude", folder.to_str().unwrap(), "-q"], 0);
    let found = check(&owner, "claude", 0);
    assert!(found.iter().all(|(state, _)| state == "erased"), "{found:?}");
}
