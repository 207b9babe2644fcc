//! What is pruned takes nothing with it that is not said or written, moves nothing that comes later, and comes back.

use proptest::prelude::*;
use retold_core::{Erasure, Log, Message, SessionState};
use retold_travel::Timeline;
use retold_upkeep::Archive;

use super::histories::{Given, dice, ids};

/// Prunes everything, into an archive of this number.
fn prune(given: &Given, number: u32) -> Archive {
    let log = &given.log;
    let path = given.store.folder().join(format!("archive{number}.db"));
    retold_upkeep::back_up(log, &path, |_| true).unwrap();
    let archive = Archive::open(log, &path, |_| true).unwrap();
    let sessions = retold_upkeep::prunable(log, archive.head().position).unwrap();
    retold_upkeep::prune(log, &archive, &sessions, None, |_| true).unwrap();
    archive
}

fn unprune(log: &Log, archive: &Archive) -> u64 {
    retold_upkeep::unprune(log, archive, &retold_upkeep::pruned(log).unwrap(), |_| true)
        .unwrap()
        .lacking
        .len() as u64
}

/// A session without what is said and written in it.
fn unsaid(mut state: SessionState) -> SessionState {
    let nothing = Message::erased(Erasure::Pruned);
    state.session.chat_history.iter_mut().for_each(|message| message.clone_from(&nothing));
    state.session.instances.iter_mut().for_each(|instance| instance.output = None);
    state
}

/// The session's last states, by name.
fn last(given: &Given) -> Vec<Option<SessionState>> {
    let reader = given.log.reader().unwrap();
    let state =
        |name| Some(given.folded(reader.stream(name).unwrap()?, given.head()).expect("it was created"));
    ids().iter().map(state).collect()
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(crate::nightly(16)))]

    #[test]
    fn what_happened_stays_and_what_was_said_comes_back(
        first in dice(1..60), second in dice(0..40), third in dice(0..20)
    ) {
        let (given, control) = (Given::history(&first), Given::history(&first));
        let before: Vec<_> = last(&given);
        let older = prune(&given, 1);
        let pruned = last(&given);
        prop_assert_eq!(
            pruned.iter().cloned().map(|state| state.map(unsaid)).collect::<Vec<_>>(),
            before.into_iter().map(|state| state.map(unsaid)).collect::<Vec<_>>()
        );
        // At every moment of the past all that happened can be told, whatever was said then.
        for stream in given.streams() {
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            for at in given.positions() {
                prop_assert_eq!(
                    given.whole(timeline.at(at).unwrap().state.as_ref()),
                    given.folded(stream, at)
                );
            }
        }
        // The sessions live on; what happens to them happens to the same things.
        given.go_on(&second);
        control.go_on(&second);
        let newer = prune(&given, 2);
        given.go_on(&third);
        control.go_on(&third);
        let lived: Vec<_> = last(&given).into_iter().map(|state| state.map(unsaid)).collect();
        prop_assert_eq!(lived, last(&control).into_iter().map(|state| state.map(unsaid)).collect::<Vec<_>>());
        prop_assert!(given.log.verify(|_| true).unwrap().is_sound());
        // The newest first; the older alone is not put under it.
        let lacking = unprune(&given.log, &older);
        let both = unprune(&given.log, &newer);
        unprune(&given.log, &older);
        prop_assert!(lacking >= both);
        prop_assert_eq!(retold_upkeep::pruned(&given.log).unwrap(), []);
        prop_assert_eq!(last(&given), last(&control));
        prop_assert!(given.log.verify(|_| true).unwrap().is_sound());
        for stream in given.streams() {
            // A timeline that is begun now knows nothing of what was kept meanwhile.
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            let head = given.head();
            prop_assert_eq!(given.whole(timeline.at(head).unwrap().state.as_ref()), given.folded(stream, head));
        }
    }
}
