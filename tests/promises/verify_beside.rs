//! A verification reads one moment of the log, whatever is taken out of it meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use retold_core::{Commit, Expected, Options, Position, Scope};
use retold_projections::Store;
use retold_tests::{created, message, name};

/// Bodies that are redacted, one after the other.
const REDACTED: u64 = 400;

#[test]
fn what_is_redacted_between_two_looks_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("sessions.db"), Options::new().create(true)).unwrap();
    let log = store.log();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    for number in 0..REDACTED {
        // Some are texts outside of events.
        let text = format!("message {number} ").repeat(if number % 4 == 0 { 600 } else { 1 });
        log.append(Commit::to(name("a1"), Expected::Any, [message(text)])).unwrap();
    }
    let is_done = AtomicBool::new(false);
    let mut rounds = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..REDACTED {
                let position = Position::new(2 + number).unwrap();
                retold_upkeep::redact(log, &[position].into(), "a secret").unwrap();
            }
            is_done.store(true, Ordering::Relaxed);
        });
        while !is_done.load(Ordering::Relaxed) {
            for scope in [Scope { after: Position::ZERO, quick: true }, Scope::default()] {
                let verified = log.verify_in(scope, |_| true).unwrap();
                assert!(verified.is_sound(), "round {rounds}: {:?} {:?}", verified.faults, verified.file);
                rounds += 1;
            }
        }
    });
    assert!(rounds > 20, "{rounds}: nothing was verified beside it");
}
