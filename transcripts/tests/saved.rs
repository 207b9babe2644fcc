//! An interpreter that was saved and restored goes on as one that was not; what it is restored from may hold anything.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::sync::LazyLock;

use proptest::prelude::*;
use retold_transcripts::{Tool, format};
use support::Home;
use support::receipt::receipt;

static HOMES: LazyLock<Vec<(Home, Vec<u8>)>> = LazyLock::new(|| {
    let home = |tool: &Tool| {
        let home = Home::of_fixture(*tool);
        let saved = home.interpret().0.saved().unwrap();
        (home, saved)
    };
    Tool::ALL.iter().map(home).collect()
});

#[test]
fn what_was_saved_goes_on_at_every_place_as_if_it_had_not_been() {
    for (home, _) in &*HOMES {
        for at in 0..=home.records.len() {
            let (mut before, mut facts) = home.interpreter();
            home.feed(&mut *before, &home.records[..at], &mut facts);
            let mut after = format(home.tool).restored(&before.saved().unwrap()).unwrap();
            let (mut expected, mut found) = (facts.clone(), facts);
            home.feed(&mut *before, &home.records[at..], &mut expected);
            home.feed(&mut *after, &home.records[at..], &mut found);
            assert_eq!(found, expected, "{:?} at {at}", home.tool);
            assert_eq!(receipt(home, &*after, &found), receipt(home, &*before, &expected), "{:?}", home.tool);
            assert_eq!(after.is_outdated(), before.is_outdated(), "{:?} at {at}", home.tool);
        }
    }
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(64))]

    #[test]
    fn whatever_it_is_restored_from_it_reads_on_or_is_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        length in any::<prop::sample::Index>(),
        is_cut: bool,
    ) {
        for (home, saved) in &*HOMES {
            let mut bytes = saved.clone();
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            if is_cut {
                bytes.truncate(length.index(bytes.len()));
            }
            let Some(mut interpreter) = format(home.tool).restored(&bytes) else { continue };
            let mut facts = Vec::new();
            home.feed(&mut *interpreter, &home.records, &mut facts);
            for (_, fact) in &facts {
                let _ = interpreter.settled(&fact.session);
            }
        }
    }
}
