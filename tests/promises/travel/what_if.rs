//! A session without some of its events is the fold of the others, and nothing is written.

use std::collections::BTreeSet;

use proptest::prelude::*;
use retold_core::{Limit, Position, Revision, SessionState};
use retold_tests::all_events;
use retold_travel::{Error, Timeline, what_if};

use super::histories::{Given, dice};

proptest! {
    #![proptest_config(retold_trial::chance::properties(32))]

    #[test]
    fn a_hypothesis_is_the_fold_of_the_other_events(dice in dice(1..80), skip in any::<u64>()) {
        let given = Given::history(&dice);
        let before = all_events(&given.log);
        for stream in given.streams() {
            let mut reader = given.log.reader().unwrap();
            let events = reader.stream_events_after(stream, Revision::ZERO, given.head(), Limit::default()).unwrap().events;
            let skip: BTreeSet<Position> = events
                .iter()
                .map(|event| event.position)
                .filter(|position| skip >> (position.get() % 64) & 1 == 1)
                .collect();
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            let hypothesis = what_if(&mut timeline, &skip, given.head()).unwrap();
            let (mut state, mut unfit) = (None, Vec::new());
            for event in events.into_iter().filter(|event| !skip.contains(&event.position)) {
                if SessionState::apply(&mut state, &event.event.unwrap()).is_err() {
                    unfit.push(event.position);
                }
            }
            if let Some(state) = &mut state {
                reader.resolve(&mut state.session).unwrap();
            }
            prop_assert_eq!(given.whole(hypothesis.state.as_ref()), state);
            prop_assert_eq!(hypothesis.unfit.into_iter().map(|(at, _)| at).collect::<Vec<_>>(), unfit);
            prop_assert_eq!(hypothesis.skipped.into_iter().map(|(at, _)| at).collect::<BTreeSet<_>>(), skip);
        }
        prop_assert_eq!(all_events(&given.log), before);
    }
}

#[test]
fn an_event_of_another_session_cannot_be_left_out() {
    let given = Given::history(&[]);
    for id in ["a1", "b2"] {
        let commit = retold_core::Commit::to(
            retold_tests::name(id),
            retold_core::Expected::Any,
            [retold_tests::created(id)],
        );
        given.log.append(commit).unwrap();
    }
    let mut timeline = Timeline::of(&given.log, given.streams()[0]).unwrap();
    let other = BTreeSet::from([Position::new(2).unwrap()]);
    let refused = what_if(&mut timeline, &other, given.head()).unwrap_err();
    assert!(matches!(refused, Error::NoSuchEvent { .. }), "{refused}");
}
