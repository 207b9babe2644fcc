//! A subscription gives what is there, then what comes, each once and in order.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use retold_core::{Commit, Expected, Log, Position, Subscription};
use retold_tests::{Store, name, task};

fn append(log: &Log, count: u64) {
    for number in 0..count {
        log.append(Commit::to(name("a1"), Expected::Any, [task(number.to_string())])).unwrap();
    }
}

/// Waits until the subscription has given `count` events.
fn take(subscription: &mut Subscription, count: usize) -> Vec<u64> {
    let mut positions = Vec::new();
    while positions.len() < count {
        let events = subscription.next(Duration::from_secs(60)).unwrap();
        assert!(!events.is_empty(), "nothing came for a minute");
        positions.extend(events.iter().map(|event| event.position.get()));
    }
    positions
}

#[test]
fn a_subscription_catches_up_and_then_follows() {
    let store = Store::new();
    let log = store.open();
    append(&log, 20);
    let mut subscription = log.subscribe(Position::new(5).unwrap());
    assert_eq!(take(&mut subscription, 15), (6..=20).collect::<Vec<_>>());
    assert_eq!(subscription.next(Duration::ZERO).unwrap(), []);
    std::thread::scope(|scope| {
        let follower = scope.spawn(|| take(&mut subscription, 30));
        append(&log, 30);
        assert_eq!(follower.join().unwrap(), (21..=50).collect::<Vec<_>>());
    });
    assert_eq!(subscription.position().get(), 50);
}

#[test]
fn a_subscription_gives_more_than_a_page() {
    let store = Store::new();
    let log = store.open();
    let events = |count: u32| (0..count).map(|number| task(number.to_string()));
    log.append(Commit::to(name("a1"), Expected::Any, events(25_000))).unwrap();
    let mut subscription = log.subscribe(Position::ZERO);
    assert_eq!(take(&mut subscription, 25_000), (1..=25_000).collect::<Vec<_>>());
}

#[test]
fn a_subscription_follows_another_process() {
    let store = Store::new();
    let log = store.open();
    append(&log, 5);
    let mut subscription = log.subscribe(Position::ZERO);
    assert_eq!(take(&mut subscription, 5), [1, 2, 3, 4, 5]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_child"))
        .args(["write".as_ref(), store.path().as_os_str(), "b1".as_ref(), "20".as_ref()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(take(&mut subscription, 21), (6..=26).collect::<Vec<_>>());
    assert!(child.wait().unwrap().success());
}

#[test]
fn another_process_follows_this_one() {
    let store = Store::new();
    let log = store.open();
    append(&log, 5);
    let mut child = Command::new(env!("CARGO_BIN_EXE_child"))
        .args(["follow".as_ref(), store.path().as_os_str(), "15".as_ref()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().as_deref(), Some("ready"));
    append(&log, 10);
    assert_eq!(lines.collect::<Vec<_>>(), (1..=15).map(|position| position.to_string()).collect::<Vec<_>>());
    assert!(child.wait().unwrap().success());
}
