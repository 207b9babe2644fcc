//! Imported sessions travel too: their synthetic history is in order and ends in the source's document.

use std::ops::ControlFlow;

use retold_core::Origin;
use retold_core::{Limit, Position};
use retold_tests::Store;
use retold_travel::{Error, Timeline};

#[test]
fn an_imported_history_is_in_order_and_ends_in_the_document() {
    let store = Store::new();
    let log = store.open();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ait42");
    retold_tests::import::import(&log, examples.as_ref());
    let head = log.reader().unwrap().head().unwrap().position;
    let mut sessions = 0;
    let streams: std::collections::BTreeSet<_> = {
        let mut reader = log.reader().unwrap();
        let events = reader.events_after(Position::ZERO, Limit::default()).unwrap().events;
        events.into_iter().map(|event| event.stream).collect()
    };
    for stream in streams {
        let mut timeline = Timeline::of(&log, stream).unwrap();
        if timeline.name().is_workspace() {
            continue;
        }
        sessions += 1;
        let mut times = Vec::new();
        timeline
            .walk::<Error>(Position::ZERO, head, |step| {
                times.push(step.event.occurred_at);
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
        let mut session = timeline.at(head).unwrap().state.unwrap().to_session();
        timeline.reader().resolve(&mut session).unwrap();
        let mut state = timeline.reader().state(stream, head).unwrap().unwrap();
        timeline.reader().resolve(&mut state.session).unwrap();
        assert_eq!(session, state.session);
        // The order is the list's where the two are not one: agents stand as the document has them, whichever began first.
        let began = times.first().copied();
        assert!(times.iter().all(|time| Some(*time) >= began), "{}", timeline.name());
        // Half-way it is younger than at its end, and whole.
        let revision = timeline.revision_at(head).unwrap().get().div_ceil(2);
        let middle = timeline.at_revision(retold_core::Revision::new(revision).unwrap()).unwrap();
        assert_eq!(middle.state.unwrap().session.id, session.id);
        let mut authors = retold_travel::Authors::default();
        assert_eq!(authors.get(timeline.reader(), middle.position).unwrap().origin(), Some(Origin::Import));
    }
    assert_eq!(sessions, 29);
}
