//! A program that goes on following files which grow remembers what it has read, and comes to what one import comes to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Owner, files, fixture, means_what_is_expected_in_any_order, write};

/// How long what was written may take until it is in the log, on a machine with much to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the log has what is on the disk.
fn wait(owner: &Owner, tool: &str) {
    let begun = Instant::now();
    loop {
        let output = owner.command(&["check", "--tool", tool, "-o", "json"]).output().unwrap();
        if output.status.success() {
            return;
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(begun.elapsed() < PATIENCE, "{tool}: {text}");
    }
}

/// Follows a tool's files while `grow` writes them, and compares with what one import finds.
fn follow(tool: &str, grow: impl FnOnce(&Owner, &BTreeMap<&String, &Vec<u8>>)) {
    let whole = files(&fixture(tool).join("home"));
    // The twin of a document is there with it: alone, the document would be the session's first file.
    let has_twin = |name: &String| whole.contains_key(name.trim_end_matches('l'));
    let growing: BTreeMap<&String, &Vec<u8>> = whole
        .iter()
        .filter(|(name, bytes)| name.ends_with(".jsonl") && bytes.len() > 8 && !has_twin(name))
        .collect();
    let owner = Owner::of(tool);
    for name in growing.keys() {
        std::fs::remove_file(owner.home().join(name)).unwrap();
    }
    let mut command = owner.command(&["import", tool, "--follow", "-q"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    grow(&owner, &growing);
    wait(&owner, tool);
    assert!(child.try_wait().unwrap().is_none(), "{tool}: it goes on");
    child.kill().unwrap();
    child.wait().unwrap();
    means_what_is_expected_in_any_order(&owner, tool);
    let head = owner.head();
    owner.run(&["import", tool], 0);
    assert_eq!(owner.head(), head, "{tool}: one import finds nothing new");
    owner.run(&["import", "--remap", tool], 0);
    assert_eq!(owner.head(), head, "{tool}: what came in bit by bit is mapped as what came in at once");
    for (name, bytes) in owner.exported() {
        assert!(whole.get(&name) == Some(&bytes), "{tool}: {name}");
    }
}

#[test]
fn a_file_after_the_other_grows_while_it_is_followed() {
    for tool in crate::one_in(2, ["claude", "codex", "copilot", "gemini"]) {
        follow(tool, |owner, growing| {
            // A fork begins after what it was forked from: files are named by their times.
            let mut growing: Vec<_> = growing.iter().collect();
            growing.sort_by_key(|(name, _)| name.rsplit('/').next().map(str::to_owned));
            for (name, bytes) in growing {
                for share in 1..=3 {
                    write(&owner.home().join(name), &bytes[..bytes.len() * share / 3]);
                    wait(owner, tool);
                }
            }
        });
    }
}

#[test]
fn many_files_grow_at_once_while_they_are_followed() {
    for tool in ["claude", "copilot"] {
        follow(tool, |owner, growing| {
            for share in 1..=4 {
                for (number, (name, bytes)) in growing.iter().enumerate() {
                    write(&owner.home().join(name), &bytes[..bytes.len() * share / 4]);
                    if number % 2 == 0 {
                        wait(owner, tool);
                    }
                }
            }
        });
    }
}

/// What a tool writes is in the log soon after, also where another process holds the store for a while.
#[test]
fn what_is_written_is_followed() {
    let owner = Owner::of("claude");
    let whole = files(&owner.home());
    let name = ".claude/projects/-home-dev-atlas/ca7e40ea-7a08-57bb-98b7-2d2979d65e82.jsonl";
    let half = whole[name].len() / 2;
    write(&owner.home().join(name), &whole[name][..half]);
    let mut child = owner.command(&["import", "--follow", "-o", "jsonl"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert!(next()["sessions_new"].as_u64() > Some(0));
    let holder = rusqlite::Connection::open(owner.folder.path().join("log.db")).unwrap();
    holder.execute_batch("begin immediate").unwrap();
    write(&owner.home().join(name), &whole[name]);
    std::thread::sleep(std::time::Duration::from_secs(7));
    holder.execute_batch("rollback").unwrap();
    assert!(next()["records"].as_u64() > Some(0));
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    child.kill().unwrap();
    child.wait().unwrap();
    means_what_is_expected_in_any_order(&owner, "claude");
}

#[test]
fn a_file_is_read_once_wherever_its_pieces_end() {
    let owner = Owner::new();
    for count in 990..=1_010 {
        let line = |number: usize| {
            format!(
                "{{\"type\":\"user\",\"uuid\":\"{count}-{number}\",\"sessionId\":\"s{count}\",\"message\":{{\"content\":\"n\"}}}}\n"
            )
        };
        let lines: String = (0..count).map(line).collect();
        write(&owner.home().join(format!(".claude/projects/-p/s{count}.jsonl")), lines.as_bytes());
    }
    assert_eq!(owner.read("claude"), 21);
    assert_eq!(owner.read("claude"), 0);
}
