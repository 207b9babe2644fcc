//! A session that is brought back is as it was, and nothing is rewritten.

use proptest::prelude::*;
use retold_core::{Commit, Expected, Origin, Position};
use retold_tests::{all_events, assert_sound, created, name, task};
use retold_travel::{Authors, Error, Timeline, delete, diff, restore, revert};

use super::histories::{Given, dice};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn after_a_revert_nothing_differs_from_the_moment(dice in dice(1..80), to in any::<prop::sample::Index>()) {
        let given = Given::history(&dice);
        let moments: Vec<Position> = given.positions().collect();
        let to = moments[to.index(moments.len())];
        for stream in given.streams() {
            let before = all_events(&given.log);
            let was = Timeline::of(&given.log, stream).unwrap().at(to).unwrap().state;
            let reverted = match revert(&given.log, stream, to) {
                Ok(reverted) => reverted,
                Err(Error::NotThere { .. }) => {
                    prop_assert_eq!(was, None);
                    continue;
                }
                Err(error) => panic!("{error}"),
            };
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            let is = timeline.at(given.head()).unwrap().state;
            prop_assert_eq!(diff(is.as_ref(), was.as_ref(), timeline.reader().connection()).unwrap(), Vec::new());
            let after = all_events(&given.log);
            prop_assert_eq!(&after[..before.len()], &before[..]);
            // And back again, to where its last event was.
            revert(&given.log, stream, reverted.before).unwrap();
            let again = timeline.at(given.head()).unwrap().state;
            let first = timeline.at(reverted.before).unwrap().state;
            prop_assert_eq!(diff(again.as_ref(), first.as_ref(), timeline.reader().connection()).unwrap(), Vec::new());
        }
        assert_sound(&given.log);
    }
}

#[test]
fn a_revert_says_where_it_leads_back_to() {
    let given = Given::history(&[]);
    let append = |event| given.log.append(Commit::to(name("a1"), Expected::Any, [event])).unwrap().last;
    let first = append(created("a1"));
    append(task("two"));
    let stream = given.streams()[0];
    let appended = revert(&given.log, stream, first).unwrap().appended.unwrap();
    let reader = given.log.reader().unwrap();
    let mut authors = Authors::default();
    let author = authors.get(&reader, appended.last).unwrap();
    let from = author.meta.clone().unwrap().from.unwrap();
    assert_eq!((author.origin(), from.position, from.session_id.as_str()), (Origin::Revert, 1, "a1"));
    // It is so already: nothing is appended.
    assert_eq!(revert(&given.log, stream, first).unwrap().appended, None);
}

#[test]
fn what_is_deleted_is_restored_once() {
    let given = Given::history(&[]);
    given.log.append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("two")])).unwrap();
    let stream = given.streams()[0];
    assert!(matches!(restore(&given.log, stream), Err(Error::NotThere { .. })));
    delete(&given.log, stream).unwrap();
    assert!(matches!(delete(&given.log, stream), Err(Error::NotThere { .. })));
    restore(&given.log, stream).unwrap();
    let state = Timeline::of(&given.log, stream).unwrap().at(given.head()).unwrap().state.unwrap();
    assert_eq!((state.deleted, state.session.task.as_str()), (false, "two"));
    assert_sound(&given.log);
}
