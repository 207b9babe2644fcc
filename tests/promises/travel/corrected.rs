//! What is corrected later of what had happened counts, also of a session that was deleted by then.

use std::collections::BTreeSet;

use retold_core::Position;
use retold_core::event::{SessionDeleted, SessionRestored};
use retold_travel::conversation::{Conversation, Extent, Page};
use retold_travel::{Moment, Timeline, what_if};

use super::histories::{Given, corrects, minute, status};

#[test]
fn what_is_corrected_of_a_deleted_session_counts_in_all_that_is_told_of_it() {
    let given = Given::history(&[]);
    let events = [
        (minute(0), retold_tests::created("a1")),
        (minute(1), status("misread")),
        (minute(2), SessionDeleted {}.into()),
        (minute(4), SessionRestored {}.into()),
        (minute(5), corrects(2, 1)),
        (minute(1), status("read")),
    ];
    given.append(&retold_tests::name("a1"), events);
    let (stream, by) = (given.streams()[0], minute(3));
    let mut timeline = Timeline::of(&given.log, stream).unwrap();
    let deleted = timeline.happened_by(by).unwrap();
    let expected = deleted.state.clone().unwrap();
    assert_eq!((expected.session.status.as_str(), expected.records.deleted), ("read", true));

    for skip in [BTreeSet::new(), BTreeSet::from([Position::new(2).unwrap()])] {
        let hypothesis = what_if(&mut timeline, &skip, Moment::Occurred(by)).unwrap();
        assert_eq!(hypothesis.actual, deleted);
        let state = hypothesis.state.unwrap();
        assert_eq!(
            (&state.session, &state.records),
            (&expected.session, &expected.records),
            "without {skip:?}"
        );
        assert!(hypothesis.unfit.is_empty(), "without {skip:?}: {:?}", hypothesis.unfit);
    }

    let extent = Extent { happened: Some(by), ..Extent::default() };
    let mut reader = given.log.reader().unwrap();
    let told =
        Conversation::read(&mut reader, stream, deleted.position, Page::Last, &extent).unwrap().unwrap();
    assert_eq!((told.session.status.as_str(), told.records.deleted), ("read", true));
}
