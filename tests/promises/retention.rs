//! What is set to stay in the store is applied by whoever follows, and nothing is lost, whenever it ends.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::transcripts::{Owner, text};

/// How long something may take on a machine with much to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store of the sample history, all of whose sessions are old.
fn owner() -> Owner {
    let owner = Owner::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ait42");
    let output = owner.command(&["import", sample.to_str().unwrap()]).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 6)), "{}", text(&output));
    owner
}

fn follower(owner: &Owner, archives: Option<&Path>) -> Child {
    let mut command = owner.command(&["import", "claude", "--follow"]);
    if let Some(archives) = archives {
        let folder = owner.home().join(".config/retold");
        std::fs::create_dir_all(&folder).unwrap();
        let set = format!("retention-archives = {:?}\n", archives.to_str().unwrap());
        std::fs::write(folder.join("config.toml"), set).unwrap();
    }
    command.env("RETOLD_RETENTION", "30d").stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Returns the first line that a follower says of the retention, and ends it.
fn said(mut child: Child) -> String {
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.map_while(Result::ok).find(|line| line.starts_with("retention")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line
}

fn pruned(owner: &Owner) -> Vec<Value> {
    let output = owner.command(&["store", "prune", "-o", "json"]).output().unwrap();
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    listed["rows"].as_array().unwrap().clone()
}

fn messages(owner: &Owner) -> String {
    owner.run(&["export", "--format", "jsonl", "--table", "chat_messages"], 0)
}

#[test]
fn a_follower_applies_what_is_set_and_says_so_in_a_line() {
    let owner = owner();
    let line = said(follower(&owner, None));
    assert!(line.starts_with("retention 30d: pruned ") && line.contains("-archives/"), "{line}");
    assert!(!pruned(&owner).is_empty());
    owner.run(&["verify"], 0);
    // Without the setting, nothing goes.
    let other = self::owner();
    let mut command = other.command(&["import", "claude", "--follow"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.starts_with("following")));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(pruned(&other).is_empty());
}

#[test]
fn a_follower_that_cannot_archive_prunes_nothing_says_so_and_goes_on() {
    let owner = owner();
    let file = owner.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut child = follower(&owner, Some(&file.join("archives")));
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.starts_with("retention")).unwrap();
    assert!(line.contains("not applied completely") && line.contains("archives"), "{line}");
    assert!(lines.any(|line| line.starts_with("following")), "it goes on");
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(pruned(&owner).is_empty());
}

#[test]
fn whenever_it_is_killed_every_body_is_in_the_store_or_in_a_whole_archive() {
    let whole = owner();
    let wanted = messages(&whole);
    let begun = Instant::now();
    said(follower(&whole, None));
    let took = begun.elapsed();
    let turns = 12;
    for turn in 0..turns {
        let owner = owner();
        let mut child = follower(&owner, None);
        // A place in the run that differs from turn to turn.
        let (end, begun) = (took * turn / turns, Instant::now());
        while begun.elapsed() < end && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        owner.run(&["verify"], 0);
        let archives: std::collections::BTreeSet<PathBuf> =
            pruned(&owner).iter().map(|row| PathBuf::from(row["archive"].as_str().unwrap())).collect();
        for archive in &archives {
            owner.run(&["store", "unprune", archive.to_str().unwrap()], 0);
        }
        assert!(messages(&owner) == wanted, "turn {turn}");
        // The next one goes on, and sweeps what was left.
        said(follower(&owner, None));
        let folder = format!("{}-archives", owner.folder.path().join("log.db").display());
        let left: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".partial"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        assert!(begun.elapsed() < PATIENCE, "turn {turn}");
    }
}
