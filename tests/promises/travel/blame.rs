//! Who last wrote a place is the last write to it; and the walk through a session tells every event once.

use std::ops::ControlFlow;

use proptest::prelude::*;
use retold_core::Position;
use retold_travel::{Error, Path, Timeline, history};

use super::histories::{Given, dice};

fn last_write(timeline: &mut Timeline<'_>, path: &Path, to: Position) -> Option<Position> {
    let mut last = None;
    history::<Error>(timeline, path, Position::ZERO, to, |write| {
        last = Some(write.event.position);
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    last
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(32))]

    #[test]
    fn blame_is_the_last_write(dice in dice(1..90), at in any::<prop::sample::Index>()) {
        let given = Given::history(&dice);
        let moments: Vec<Position> = given.positions().collect();
        let at = moments[at.index(moments.len())];
        for stream in given.streams() {
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            let Some(state) = timeline.at(at).unwrap().state else { continue };
            for blamed in state.blame(&Path::Whole) {
                prop_assert_eq!(last_write(&mut timeline, &blamed.path, at), Some(blamed.last), "{}", blamed.path);
                for field in state.blame(&blamed.path).filter(|field| field.path != blamed.path) {
                    let last = last_write(&mut timeline, &field.path, at);
                    prop_assert_eq!(last, Some(field.position), "{}", field.path);
                }
            }
        }
    }

    #[test]
    fn a_walk_tells_every_event_once_in_order(dice in dice(1..90)) {
        let given = Given::history(&dice);
        let mut told = Vec::new();
        for stream in given.streams() {
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            let mut last = None;
            timeline
                .walk::<Error>(Position::ZERO, given.head(), |step| {
                    assert!(last < Some(step.event.position));
                    last = Some(step.event.position);
                    told.push(step.event.position);
                    Ok(ControlFlow::Continue(()))
                })
                .unwrap();
        }
        told.sort_unstable();
        prop_assert_eq!(told, given.positions().skip(1).collect::<Vec<_>>());
    }
}
