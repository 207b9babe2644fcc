//! A bit that flips anywhere in a store is found by SQLite or by the chain, or it changes no answer.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rand::RngExt as _;
use retold_core::{Commit, Expected, Limit, Options, Position};
use retold_projections::{SessionFilter, Store as Models};
use retold_tests::{created, message, name, task};

use crate::{held, nightly};

/// Everything that a reader can be told of a store; an error where it is told that something is wrong.
fn answers(path: &Path) -> Result<String, String> {
    let text = |error: &dyn std::error::Error| retold_tests::words(error);
    let store = Models::open(path, Options::new().read_only(true)).map_err(|error| text(&error))?;
    let log = store.log();
    let mut reader = log.reader().map_err(|error| text(&error))?;
    let mut told = format!("{} {:?}\n", log.id(), reader.head().map_err(|error| text(&error))?);
    let page = reader.events_after(Position::ZERO, Limit::default()).map_err(|error| text(&error))?;
    let at = page.events.last().map_or(Position::ZERO, |event| event.position);
    for mut event in page.events {
        if let Some(event) = &mut event.event {
            reader.resolve_event(event).map_err(|error| text(&error))?;
        }
        told.push_str(&format!("{event:?}\n"));
    }
    for row in store.sessions(&SessionFilter::default()).map_err(|error| text(&error))? {
        let stream = retold_core::StreamName::session(&row.workspace, &row.id, row.ordinal);
        told.push_str(&format!("{row:?}\n"));
        let Some(stream) = reader.stream(&stream).map_err(|error| text(&error))? else { continue };
        let mut state = reader.state(stream, at).map_err(|error| text(&error))?;
        if let Some(state) = &mut state {
            reader.resolve(&mut state.session).map_err(|error| text(&error))?;
        }
        told.push_str(&format!("{state:?}\n"));
    }
    Ok(told)
}

/// Whether a verification finds something.
fn is_found(path: &Path) -> bool {
    let Ok(store) = Models::open_as_it_is(path, Options::new().read_only(true)) else { return true };
    let Ok(verified) = store.log().verify(|_| true) else { return true };
    if !verified.is_sound() {
        return true;
    }
    let is_caught_up =
        store.status().is_ok_and(|status| status.state == retold_projections::ProjectionState::CaughtUp);
    !is_caught_up || store.check(None, |_| true).ok().flatten().is_none_or(|checked| checked.different > 0)
}

/// Flips bits one at a time, and counts what came of it.
fn flip(path: &Path, bits: impl Iterator<Item = (u64, u8)>) -> u32 {
    let before = answers(path).unwrap();
    let remove_beside = || {
        for ending in ["-wal", "-shm"] {
            let _absent = std::fs::remove_file(format!("{}{ending}", path.display()));
        }
    };
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let (mut flips, mut without_effect) = (0, 0);
    for (at, bit) in bits {
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ (1 << bit)], at).unwrap();
        remove_beside();
        let after = answers(path);
        if after.as_ref() == Ok(&before) {
            without_effect += 1;
        } else {
            remove_beside();
            assert!(
                after.is_err() || is_found(path),
                "byte {at}, bit {bit} of {}: another answer, and nothing finds it:\n{}",
                path.display(),
                after.unwrap(),
            );
        }
        file.write_all_at(&byte, at).unwrap();
        flips += 1;
    }
    remove_beside();
    assert_eq!(answers(path).as_ref(), Ok(&before));
    eprintln!("{flips} bits flipped, {without_effect} of them changed no answer");
    flips
}

fn fill(path: &Path, sessions: u32, messages: u32) {
    let store = Models::open(path, Options::new().create(true)).unwrap();
    for session in 0..sessions {
        let id = format!("s{session}");
        let said = (0..messages)
            .map(|number| message(format!("{id} says {number} ").repeat(1 + number as usize * 7)));
        let events = std::iter::once(created(&id)).chain([task(format!("task {session}"))]).chain(said);
        store.log().append(Commit::to(name(&id), Expected::Any, events)).unwrap();
    }
}

#[test]
fn a_bit_flipped_in_a_small_store_is_found_or_changes_no_answer() {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = folder.path().join("sessions.db");
    fill(&path, 2, 4);
    let length = std::fs::metadata(&path).unwrap().len();
    // A long run takes every byte, a short one every some, each time others.
    let step = if crate::is_nightly() { 1 } else { length / 1200 };
    let first = retold_trial::chance::range(0..step.max(1));
    let bits = (first..length)
        .step_by(usize::try_from(step).unwrap())
        .map(|at| (at, retold_trial::chance::range(0..8)));
    held("a bit flipped in a small store", flip(&path, bits));
}

#[test]
fn a_bit_flipped_in_a_large_store_is_found_or_changes_no_answer() {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = folder.path().join("sessions.db");
    fill(&path, 40, 30);
    let length = std::fs::metadata(&path).unwrap().len();
    let mut rng = retold_trial::chance::rng();
    let bits = (0..nightly(400)).map(|_| (rng.random_range(0..length), rng.random_range(0..8)));
    held("a bit flipped in a large store", flip(&path, bits));
}
