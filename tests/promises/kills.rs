//! A process may be killed at any moment: what was acknowledged is there, and nothing is half there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use retold_core::{Event, Options, Recorded};
use retold_projections::{ProjectionState, Store as Models};
use retold_tests::{Store, all_events};

use crate::{held, nightly};

fn child(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_child"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Opening reads a bounded number of rows; a machine that is busy gets a second.
const OPEN_MAX: Duration = Duration::from_secs(1);

/// Opens a store as the next process would, and holds it against all that was acknowledged.
pub(crate) fn check(path: &Path, acknowledged: &[String]) -> Vec<Recorded> {
    let begun = Instant::now();
    let store = Models::open(path, Options::new().create(true)).unwrap();
    assert!(begun.elapsed() < OPEN_MAX, "opened in {:?}", begun.elapsed());
    let events = all_events(store.log());
    for line in acknowledged {
        let (position, text) = line.split_once(' ').unwrap();
        let at = position.parse::<usize>().unwrap() - 1;
        let pair = events.get(at..at + 2).unwrap_or_else(|| panic!("{line} is not there"));
        match (&pair[0].event, &pair[1].event) {
            (Some(Event::TaskChanged(first)), Some(Event::MessageAdded(second))) => {
                assert_eq!((first.task.as_str(), second.message.content.as_str()), (text, Some(text)));
            }
            other => panic!("{line}: {other:?}"),
        }
    }
    let mut commits: BTreeMap<_, usize> = BTreeMap::new();
    events.iter().for_each(|event| *commits.entry(event.commit_first).or_default() += 1);
    for event in events.iter().filter(|event| matches!(event.event, Some(Event::TaskChanged(_)))) {
        assert_eq!(commits[&event.commit_first], 2, "half a commit at {}", event.commit_first);
    }
    let verified = store.log().verify(|_| true).unwrap();
    assert!(verified.is_sound(), "{:?} {:?}", verified.faults, verified.file);
    assert_eq!(store.status().unwrap().state, ProjectionState::CaughtUp);
    assert_eq!(store.check(Some(50), |_| true).unwrap().unwrap().different, 0);
    events
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there() {
    let runs = nightly(80);
    let mut store = Store::new();
    let mut acknowledged: Vec<String> = Vec::new();
    for run in 0..runs {
        if run % 20 == 0 {
            // A store that has grown over some kills, and a fresh one now and then.
            (store, acknowledged) = (Store::new(), Vec::new());
        }
        let path = store.path();
        let path = path.to_str().unwrap();
        let callers = ["1", "4", "16"][run as usize % 3];
        let processes = 1 + run % 2;
        let mut children: Vec<_> = (0..processes)
            .map(|process| {
                let session = format!("run{run}-{process}");
                let mut child = child(&["callers", path, &session, callers, "full"]);
                let printed = BufReader::new(child.stdout.take().unwrap());
                (child, printed)
            })
            .collect();
        // From "before the store is open" to "in the midst of it".
        for _ in 0..retold_trial::chance::range(0..30) {
            for (_, printed) in &mut children {
                let mut line = String::new();
                printed.read_line(&mut line).unwrap();
                acknowledged.extend(line.strip_suffix('\n').map(str::to_owned));
            }
        }
        children.iter_mut().for_each(|(child, _)| child.kill().unwrap());
        for (mut child, mut printed) in children {
            child.wait().unwrap();
            let mut rest = String::new();
            printed.read_to_string(&mut rest).unwrap();
            // The last line may be cut: nobody was told.
            let whole = rest.rsplit_once('\n').map_or("", |(whole, _)| whole);
            acknowledged.extend(whole.lines().map(str::to_owned));
        }
        check(&store.path(), &acknowledged);
    }
    held("kill -9", runs);
}

#[test]
fn readers_see_prefixes_only_beside_writers_and_a_checkpointer() {
    let store = Store::new();
    let path = store.path();
    let path = path.to_str().unwrap();
    let each = nightly(160);
    let count = (4 * (each + 1)).to_string();
    let writers = (0..4).map(|writer| child(&["write", path, &format!("w{writer}"), &each.to_string()]));
    let mut children: Vec<Child> = writers.collect();
    children.extend((0..4).map(|_| child(&["prefixes", path, &count])));
    children.push(child(&["checkpoints", path, &count]));
    for child in children {
        let output = child.wait_with_output().unwrap();
        let told = [output.stdout, output.stderr].map(|told| String::from_utf8_lossy(&told).into_owned());
        assert!(output.status.success(), "{}", told.join("\n"));
    }
    let log = store.open();
    retold_tests::assert_sound(&log);
    assert_eq!(all_events(&log).len().to_string(), count);
    eprintln!("four writers, four readers and a checkpointer: {count} events, nothing else was ever seen");
}
