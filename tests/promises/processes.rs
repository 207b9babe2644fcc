//! Several processes share a store, and any of them may die at any moment.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use retold_core::{Commit, Event, Expected, Recorded};
use retold_tests::{Store, all_events, assert_sound, name, task};

fn writer(path: &Path, session: &str, count: u64) -> Child {
    Command::new(env!("CARGO_BIN_EXE_child"))
        .arg("write")
        .arg(path)
        .args([session, &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Checks that an acknowledged event, printed as `position task`, stands where it was said to.
fn assert_kept(events: &[Recorded], acknowledged: &str) {
    let (position, text) = acknowledged.split_once(' ').unwrap();
    let event = &events[position.parse::<usize>().unwrap() - 1];
    match &event.event {
        Some(Event::TaskChanged(body)) => assert_eq!(body.task, text),
        other => panic!("{acknowledged}: {other:?}"),
    }
}

#[test]
fn two_processes_write_one_store_at_once() {
    let store = Store::new();
    // The store does not exist yet: they race for its creation too.
    let children = [writer(&store.path(), "a1", 150), writer(&store.path(), "b1", 150)];
    let printed: Vec<String> = children
        .into_iter()
        .flat_map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            let text = String::from_utf8(output.stdout).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(printed.len(), 300);
    let log = store.open();
    let events = all_events(&log);
    assert_eq!(events.len(), 302);
    printed.iter().for_each(|line| assert_kept(&events, line));
    assert_sound(&log);
}

#[test]
fn many_processes_create_one_store() {
    let store = Store::new();
    let children: Vec<Child> = (0..8).map(|number| writer(&store.path(), &format!("s{number}"), 1)).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let log = store.open();
    assert_eq!(all_events(&log).len(), 16);
    assert_sound(&log);
}

#[test]
fn what_a_killed_process_acknowledged_is_there() {
    let store = Store::new();
    let mut acknowledged: Vec<String> = Vec::new();
    for run in 0..20 {
        let mut child = writer(&store.path(), &format!("run{run}"), u64::MAX);
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        // From "before the store is open" to "in the midst of it".
        for _ in 0..retold_trial::chance::range(0..40) {
            line.clear();
            printed.read_line(&mut line).unwrap();
            acknowledged.push(line.trim_end().to_owned());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = String::new();
        printed.read_to_string(&mut rest).unwrap();
        let whole_lines = rest.rfind('\n').map_or("", |end| &rest[..end]);
        acknowledged.extend(whole_lines.lines().map(str::to_owned));

        let log = store.open();
        let events = all_events(&log);
        acknowledged.iter().for_each(|line| assert_kept(&events, line));
        assert_sound(&log);
    }
    assert!(!acknowledged.is_empty(), "no run came to write anything");
}

/// On POSIX a process loses its locks on a file whenever it closes any descriptor of that file. SQLite has resisted
/// the worst of it since 3.51.0, and goes on without a lock that it takes for its own.
#[cfg(target_os = "linux")]
#[test]
fn opening_a_store_again_keeps_hold_of_it() {
    use std::os::unix::fs::MetadataExt;
    retold_trial::needs!(Proc);
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("a1"), Expected::Any, [task("one")])).unwrap();
    let file = format!(":{} ", std::fs::metadata(store.path()).unwrap().ino());
    let is_held = || {
        let locks = std::fs::read_to_string("/proc/locks").unwrap();
        locks.lines().any(|lock| lock.contains("POSIX") && lock.contains(&file))
    };
    assert!(is_held());
    drop(store.open());
    assert!(is_held());
    let second = store.open();
    drop(log);
    assert!(is_held());
    drop(second);
    assert!(!is_held());
}
