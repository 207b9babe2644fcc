//! What leads from one moment to another leads there; and nothing leads from one to itself.

use proptest::prelude::*;
use retold_core::Position;
use retold_travel::{State, Timeline, diff};

use super::histories::{Given, dice};

/// A state without who wrote it, whole.
fn document(given: &Given, state: Option<&State>) -> Option<(retold_core::SessionState, u64)> {
    let mut whole = given.whole(state)?;
    let standing = state?.standing();
    whole.records.place = None;
    Some((whole, standing.to_bits()))
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(48))]

    #[test]
    fn the_difference_of_two_moments_applied_to_one_gives_the_other(
        dice in dice(1..100), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(),
    ) {
        let given = Given::history(&dice);
        let moments: Vec<Position> = given.positions().collect();
        let (a, b) = (moments[a.index(moments.len())], moments[b.index(moments.len())]);
        for stream in given.streams() {
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            let (from, to) = (timeline.at(a).unwrap().state, timeline.at(b).unwrap().state);
            let mut made = from.clone();
            for patch in diff(from.as_ref(), to.as_ref(), timeline.reader().connection()).unwrap() {
                State::apply(&mut made, patch, Position::ZERO).unwrap();
            }
            let (made, to_document) = (document(&given, made.as_ref()), document(&given, to.as_ref()));
            match from.is_some() {
                true => prop_assert_eq!(made, to_document),
                // A session that begins stands where its first event is, which no difference moves.
                false => prop_assert_eq!(made.map(|(state, _)| state), to_document.map(|(state, _)| state)),
            }
            prop_assert_eq!(diff(to.as_ref(), to.as_ref(), timeline.reader().connection()).unwrap(), Vec::new());
        }
    }

    #[test]
    fn two_sessions_differ_by_what_makes_one_of_the_other(dice in dice(1..100)) {
        let given = Given::history(&dice);
        let states: Vec<State> = given
            .streams()
            .into_iter()
            .map(|stream| Timeline::of(&given.log, stream).unwrap().at(given.head()).unwrap().state.unwrap())
            .collect();
        prop_assume!(states.len() == 2);
        let mut made = Some(states[0].clone());
        for patch in diff(Some(&states[0]), Some(&states[1]), given.log.reader().unwrap().connection()).unwrap() {
            State::apply(&mut made, patch, Position::ZERO).unwrap();
        }
        let documents =
            [made.as_ref(), Some(&states[1])].map(|state| given.whole(state).unwrap().session);
        prop_assert_eq!(&documents[0], &documents[1]);
    }
}
