//! An import reads the files that changed, and no others: counted by what the system says is opened.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use notify::event::AccessKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Owner, TOOLS, files, fixture, means_what_is_expected_in_any_order, write};

/// How long the system may take to say what was opened.
const PATIENCE: Duration = Duration::from_secs(60);

/// Hears which files below a home folder are opened.
struct Opened<'o> {
    owner: &'o Owner,
    heard: Receiver<notify::Result<notify::Event>>,
    _watcher: RecommendedWatcher,
}

impl<'o> Opened<'o> {
    fn of(owner: &'o Owner) -> Self {
        let (sender, heard) = channel();
        let mut watcher = notify::recommended_watcher(sender).unwrap();
        watcher.watch(&owner.home(), RecursiveMode::Recursive).unwrap();
        Self { owner, heard, _watcher: watcher }
    }

    /// Returns the files that were opened, until now.
    fn take(self) -> BTreeSet<String> {
        // What happens after all else is heard of after all else.
        let end = self.owner.home().join("the-end");
        std::fs::write(&end, "").unwrap();
        let mut opened = BTreeSet::new();
        loop {
            let event = self.heard.recv_timeout(PATIENCE).unwrap().unwrap();
            if event.paths.contains(&end) {
                std::fs::remove_file(&end).unwrap();
                return opened;
            }
            if matches!(event.kind, EventKind::Access(AccessKind::Open(_))) {
                let files = event.paths.iter().filter(|path| path.is_file());
                opened.extend(files.map(|path| name_of(self.owner, path)));
            }
        }
    }
}

fn name_of(owner: &Owner, path: &Path) -> String {
    path.strip_prefix(owner.home()).unwrap().to_str().unwrap().to_owned()
}

/// Imports; returns the files that were opened for it.
fn read_by_import(owner: &Owner, tool: &str) -> BTreeSet<String> {
    let opened = Opened::of(owner);
    owner.run(&["import", tool, "-q"], 0);
    opened.take()
}

/// A database has files beside it that are read with it.
fn are_only(opened: &BTreeSet<String>, name: &str) -> bool {
    opened.contains(name) && opened.iter().all(|opened| opened.trim_end_matches("-wal") == name)
}

fn touch(path: &Path) {
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(7)).unwrap();
}

#[test]
fn a_file_that_was_touched_is_read_once_and_no_other() {
    for tool in TOOLS {
        let owner = Owner::of(tool);
        let all = read_by_import(&owner, tool);
        assert!(all.len() > 1, "{tool}: {all:?}");
        let receipt = owner.receipt(tool);
        for name in all.iter().filter(|name| !name.ends_with("-wal")) {
            touch(&owner.home().join(name));
            let opened = read_by_import(&owner, tool);
            assert!(are_only(&opened, name), "{tool}: {name}: {opened:?}");
            let head = owner.head();
            assert_eq!(read_by_import(&owner, tool), BTreeSet::new(), "{tool}: {name}");
            assert_eq!(owner.head(), head, "{tool}: {name}");
        }
        assert_eq!(owner.receipt(tool)["totals"], receipt["totals"], "{tool}");
    }
}

/// The transcripts of a tool that are lines, in the order in which they were begun.
fn growing(tool: &str) -> Vec<(String, Vec<u8>)> {
    let whole = files(&fixture(tool).join("home"));
    let has_twin = |name: &String| whole.contains_key(name.trim_end_matches('l'));
    let is_one =
        |(name, bytes): &(&String, &Vec<u8>)| name.ends_with(".jsonl") && bytes.len() > 8 && !has_twin(name);
    let mut growing: Vec<(String, Vec<u8>)> =
        whole.iter().filter(is_one).map(|(name, bytes)| (name.clone(), bytes.clone())).collect();
    growing.sort_by_key(|(name, _)| name.rsplit('/').next().map(str::to_owned));
    growing
}

#[test]
fn a_file_that_is_new_and_one_that_grew_are_read_and_no_other() {
    for tool in ["claude", "codex", "copilot", "gemini"] {
        let owner = Owner::of(tool);
        let growing = growing(tool);
        for (name, _) in &growing {
            std::fs::remove_file(owner.home().join(name)).unwrap();
        }
        read_by_import(&owner, tool);
        for (name, bytes) in &growing {
            for share in 1..=3 {
                write(&owner.home().join(name), &bytes[..bytes.len() * share / 3]);
                let opened = read_by_import(&owner, tool);
                assert!(are_only(&opened, name), "{tool}: {name}: {share}: {opened:?}");
            }
        }
        means_what_is_expected_in_any_order(&owner, tool);
        let head = owner.head();
        owner.run(&["import", "--remap", tool], 0);
        assert_eq!(owner.head(), head, "{tool}: what came in bit by bit is mapped as what came in at once");
        let whole: BTreeMap<String, Vec<u8>> = files(&fixture(tool).join("home"));
        for (name, bytes) in owner.exported() {
            assert!(whole.get(&name) == Some(&bytes), "{tool}: {name}");
        }
    }
}

#[test]
fn a_follower_reads_what_changes_after_it_started_and_nothing_else() {
    let owner = Owner::of("claude");
    let (name, bytes) = growing("claude").pop().unwrap();
    write(&owner.home().join(&name), &bytes[..bytes.len() / 2]);
    owner.run(&["import", "-q"], 0);
    let opened = Opened::of(&owner);
    let mut child = owner.command(&["import", "--follow", "-o", "jsonl"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut notes = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(notes.next().unwrap().unwrap().contains("following"));
    write(&owner.home().join(&name), &bytes);
    assert!(lines.next().unwrap().unwrap().contains("claude"));
    child.kill().unwrap();
    child.wait().unwrap();
    let mut opened = opened.take();
    // It was opened to be written, too.
    assert!(opened.remove(&name) && opened.is_empty(), "{opened:?}");
}

/// What is remembered is an aid: without it, or with one that is none, an import comes to the same.
#[test]
fn what_is_remembered_may_hold_anything() {
    for tool in TOOLS {
        let owner = Owner::of(tool);
        owner.run(&["import", tool, "-q"], 0);
        let (head, folder) = (owner.head(), owner.folder.path().join("log.db-sidecars"));
        let state = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let state =
            state.into_iter().find(|path| path.extension().is_some_and(|end| end == "state")).unwrap();
        let whole = std::fs::read(&state).unwrap();
        let one = files(&owner.home()).into_keys().find(|name| !name.ends_with("-wal")).unwrap();
        let mut spoiled = whole.clone();
        *spoiled.last_mut().unwrap() ^= 1;
        for bytes in [&b""[..], b"{}", &whole[..whole.len() - 1], &spoiled] {
            std::fs::write(&state, bytes).unwrap();
            touch(&owner.home().join(&one));
            owner.run(&["import", tool, "-q"], 0);
            assert_eq!(
                std::fs::read(&state).is_ok_and(|now| now != bytes),
                true,
                "{tool}: it is written again"
            );
        }
        std::fs::remove_file(&state).unwrap();
        touch(&owner.home().join(&one));
        owner.run(&["import", tool, "-q"], 0);
        assert_ne!(owner.head(), head, "{tool}: what was touched is known by its new stamp");
        means_what_is_expected_in_any_order(&owner, tool);
    }
}
