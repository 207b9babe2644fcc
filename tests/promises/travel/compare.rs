//! Two sessions are paired element by element, each once, and where they part is the first pair that differs.

use proptest::prelude::*;
use retold_core::{Commit, Expected};
use retold_tests::{created, message, name, task};
use retold_travel::{Pair, State, Timeline, compare, fork};

use super::histories::{Given, dice};

fn states(given: &Given) -> Vec<State> {
    let streams = given.streams().into_iter();
    streams
        .filter_map(|stream| Timeline::of(&given.log, stream).unwrap().at(given.head()).unwrap().state)
        .collect()
}

/// The places of one side, in the order of the pairs.
fn side(pairs: &[Pair], of: impl Fn(&Pair) -> Option<u32>) -> Vec<u32> {
    pairs.iter().filter_map(of).collect()
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(32))]

    #[test]
    fn every_element_is_in_one_pair_in_its_order(dice in dice(1..120)) {
        let given = Given::history(&dice);
        let states = states(&given);
        prop_assume!(states.len() == 2);
        let reader = given.log.reader().unwrap();
        let comparison = compare(&states[0], &states[1], reader.connection()).unwrap();
        for (pairs, left, right) in [
            (&comparison.messages, states[0].messages.len(), states[1].messages.len()),
            (&comparison.instances, states[0].agents.len(), states[1].agents.len()),
        ] {
            prop_assert_eq!(side(pairs, |pair| pair.left), (0..u32::try_from(left).unwrap()).collect::<Vec<_>>());
            prop_assert_eq!(side(pairs, |pair| pair.right), (0..u32::try_from(right).unwrap()).collect::<Vec<_>>());
        }
        for pair in comparison.messages.iter().filter(|pair| pair.is_same()) {
            let at = |state: &State, at: Option<u32>| state.messages.get(at.unwrap() as usize).unwrap().message.clone();
            let (left, right) = (at(&states[0], pair.left), at(&states[1], pair.right));
            prop_assert_eq!((left.role, left.content), (right.role, right.content));
        }
        let pairs = comparison.messages.iter().chain(&comparison.instances);
        let differ = !comparison.own.is_empty() || pairs.clone().any(|pair| !pair.is_same());
        prop_assert_eq!(comparison.divergence.is_some(), differ);
        // Nothing parts from itself.
        let own = compare(&states[0], &states[0], reader.connection()).unwrap();
        prop_assert_eq!(own.divergence, None);
    }
}

#[test]
fn a_fork_parts_from_its_parent_at_its_first_own_word() {
    let given = Given::history(&[]);
    let append = |id: &str, events: Vec<retold_core::Event>| {
        given.log.append(Commit::to(name(id), Expected::Any, events)).unwrap();
    };
    append("a1", vec![created("a1"), message("one"), message("two")]);
    fork(&given.log, given.streams()[0], given.head(), Some("b2")).unwrap();
    let parted = |given: &Given| {
        let states = states(given);
        let reader = given.log.reader().unwrap();
        let comparison = compare(&states[0], &states[1], reader.connection()).unwrap();
        comparison.divergence.map(|path| path.to_string())
    };
    assert_eq!(parted(&given), None);
    append("a1", vec![message("three")]);
    append("b2", vec![message("drei"), message("vier")]);
    assert_eq!(parted(&given).as_deref(), Some("chatHistory/2/content"));
    append("b2", vec![task("something else")]);
    assert_eq!(parted(&given).as_deref(), Some("task"));
}
