//! A session that is brought back is as it was, and nothing is rewritten.

use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use retold_core::{Commit, Event, Expected, Origin, Position};
use retold_tests::{all_events, assert_sound, created, name, task};
use retold_travel::{Authors, Error, Timeline, delete, diff, restore, revert};

use super::histories::{Given, dice};

proptest! {
    #![proptest_config(retold_trial::chance::properties(32))]

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
    assert_eq!(
        (author.origin().unwrap(), from.position, from.session_id.as_str()),
        (Origin::Revert, 1, "a1")
    );
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
    assert_eq!((state.records.deleted, state.session.task.as_str()), (false, "two"));
    assert_sound(&given.log);
}

#[test]
fn a_revert_that_races_with_a_writer_is_refused_or_whole_and_nothing_is_lost() {
    let given = Given::history(&[]);
    let first = given.log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap().last;
    let stream = given.streams()[0];
    let is_over = AtomicBool::new(false);
    // Another handle on the store, as another process would have: its writes come in at any moment of a revert.
    let other = given.store.open();
    let (acknowledged, reverted) = std::thread::scope(|threads| {
        let writes = threads.spawn(|| {
            let mut acknowledged = Vec::new();
            while !is_over.load(Ordering::SeqCst) {
                let task = format!("task {}", acknowledged.len());
                let commit = Commit::to(name("a1"), Expected::Any, [self::task(&task)]);
                acknowledged.push((other.append(commit).unwrap().last, task));
            }
            acknowledged
        });
        let (mut reverted, mut refused) = (Vec::new(), 0);
        while refused < 20 {
            match revert(&given.log, stream, first) {
                Ok(done) => reverted.extend(done.appended),
                Err(Error::Log(retold_core::Error::Conflict { .. })) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        is_over.store(true, Ordering::SeqCst);
        (writes.join().unwrap(), reverted)
    });
    let events = all_events(&given.log);
    // Each write that was acknowledged is where it was said to be; a refused revert left nothing.
    for (position, task) in &acknowledged {
        let is = |event: &&retold_core::Recorded| event.position == *position;
        match &events.iter().find(is).unwrap().event {
            Some(Event::TaskChanged(body)) => assert_eq!(body.task, *task),
            other => panic!("{other:?} at {position}"),
        }
    }
    let of_reverts: Vec<Position> = events
        .iter()
        .filter(|event| event.meta.as_ref().is_some_and(|meta| meta.origin == Origin::Revert))
        .map(|event| event.position)
        .collect();
    assert_eq!(of_reverts, reverted.iter().map(|appended| appended.first).collect::<Vec<_>>());
    let of_reverts: u64 = reverted.iter().map(|done| done.last.get() - done.first.get() + 1).sum();
    assert_eq!(events.len() as u64, 1 + acknowledged.len() as u64 + of_reverts);
    // When nobody is in the way it comes through.
    revert(&given.log, stream, first).unwrap();
    let mut timeline = Timeline::of(&given.log, stream).unwrap();
    let (is, was) = (timeline.at(given.head()).unwrap().state, timeline.at(first).unwrap().state);
    assert_eq!(diff(is.as_ref(), was.as_ref(), timeline.reader().connection()).unwrap(), Vec::new());
    assert_sound(&given.log);
}
