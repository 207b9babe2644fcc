//! Each rule of when corrections count, by an example.

use retold_core::event::*;
use retold_core::happening::StreamEvents;
use retold_core::{Event, List, MessagePatch, Recorded};

use crate::corrections::{Keys, Patched, check, corrects, folded, recorded};
use crate::counted::{counted, tell};
use crate::given;

/// A session, with the second at which each event happened.
fn session(events: impl IntoIterator<Item = (i64, Event)>) -> Vec<Recorded> {
    recorded(events.into_iter().collect())
}

fn said(index: u32, content: &str) -> Event {
    let (set, content) = (MessagePatch::default(), Some(content.into()));
    MessageChanged { index, set, content, updated_at: None }.into()
}

/// Since when the events of a session count.
fn since(events: &[Recorded]) -> Vec<i64> {
    let mut stream = StreamEvents::default();
    for event in events {
        stream.push(event);
    }
    let order = stream.order();
    events.iter().map(|event| order.counts_from(event.revision).unwrap()).collect()
}

/// What a session's messages say, and its own keys, at a time.
fn at(events: &[Recorded], time: i64) -> Patched {
    check(events).unwrap();
    folded(&counted(&tell(events), time))
}

/// Compares a session at some times with the fold of other events. Elements come from one event each, in the same order.
fn is_as_if(events: &[Recorded], times: impl IntoIterator<Item = i64>, told: &[Event]) {
    let told = session(told.iter().map(|event| (0, event.clone())));
    let anonymous = |mut patched: Patched| {
        for row in patched.lists.iter_mut().flatten() {
            row.entry("/".to_owned()).and_modify(|said| drop(said.drain(..said.find(' ').unwrap())));
        }
        patched
    };
    for time in times {
        assert_eq!(anonymous(at(events, time)), anonymous(folded(&told)), "at {time}");
    }
}

#[test]
fn what_a_correction_said_stays_when_what_it_came_after_in_the_log_happens() {
    let events = session([
        (0, given::created("a1")),
        (10, given::task("misread")),
        (30, given::task("said later, and misread too")),
        (40, corrects(2, 1)),
        (20, given::task("read well")),
        (50, given::task("said after it")),
    ]);
    assert_eq!(since(&events), [0, 10, 30, 10, 20, 50]);
    is_as_if(&events, [19], &[given::created("a1"), given::task("misread")]);
    is_as_if(&events, [20, 29, 30, 49], &[given::created("a1"), given::task("read well")]);
    is_as_if(&events, [50], &[given::created("a1"), given::task("said after it")]);
}

#[test]
fn of_two_corrections_the_one_that_was_made_last_holds_whenever_they_count() {
    let events = session([
        (0, given::created("a1")),
        (10, given::said("m1", "misread")),
        (40, given::task("until then")),
        // The first of them counts after the second.
        (50, corrects(2, 1)),
        (30, said(0, "read better")),
        (60, corrects(2, 1)),
        (20, said(0, "read well")),
    ]);
    assert_eq!(since(&events), [0, 10, 40, 10, 30, 10, 20]);
    let read_well = [given::created("a1"), given::said("m1", "misread"), said(0, "read well")];
    is_as_if(&events, [20, 30, 39], &read_well);
}

#[test]
fn what_is_written_to_another_place_or_element_is_not_held_up_by_a_correction() {
    let events = session([
        (0, given::created("a1")),
        (10, given::said("m1", "misread")),
        (20, given::said("m2", "two")),
        (30, said(1, "two, changed")),
        (40, corrects(2, 1)),
        (10, said(0, "one")),
    ]);
    let until = [given::created("a1"), given::said("m1", "misread"), said(0, "one")];
    is_as_if(&events, [10, 19], &until);
    let all = [&until[..], &[given::said("m2", "two"), said(1, "two, changed")]].concat();
    is_as_if(&events, [30, 40], &all);
}

#[test]
fn a_correction_counts_between_what_it_corrects_and_the_next_revision() {
    let of = |second| {
        let events = session([
            (0, given::created("a1")),
            (10, given::task("misread")),
            (30, given::said("m1", "one")),
            (40, corrects(2, 1)),
            (second, given::task("read well")),
        ]);
        check(&events).unwrap();
        since(&events)[4]
    };
    assert_eq!([5, 10, 20, 30, 35, 40].map(of), [10, 10, 20, 30, 30, 30]);
}

#[test]
fn a_correction_counts_only_where_the_session_and_its_element_are_there() {
    let before_all = session([
        (0, corrects(1, 0)),
        (10, given::created("a1")),
        (20, corrects(1, 1)),
        (0, given::task("read well")),
    ]);
    check(&before_all).unwrap();
    assert_eq!(since(&before_all), [0, 10, 10, 10]);
    let element = session([
        (0, given::created("a1")),
        (10, given::task("ten")),
        (20, given::said("m1", "misread")),
        (30, corrects(2, 1)),
        (10, said(0, "read well")),
    ]);
    check(&element).unwrap();
    assert_eq!(since(&element), [0, 10, 20, 10, 20]);
}

#[test]
fn a_correction_does_not_count_while_the_session_was_deleted() {
    let events = session([
        (0, given::created("a1")),
        (10, given::task("misread")),
        (10, SessionDeleted {}.into()),
        (30, SessionRestored {}.into()),
        (40, corrects(2, 1)),
        (10, given::task("read well")),
        (50, SessionDeleted {}.into()),
    ]);
    check(&events).unwrap();
    assert_eq!(since(&events), [0, 10, 10, 30, 30, 30, 50]);
}

#[test]
fn what_agents_printed_and_what_ends_and_begins_sessions_counts_from_its_own_place() {
    let events = session([
        (0, given::created("a1")),
        (10, InstanceAdded { instance: given::instance(1), index: None, updated_at: None }.into()),
        (20, OutputAppended { index: 0, text: "printed".into(), updated_at: None }.into()),
        (30, corrects(2, 6)),
        (10, OutputReplaced { index: 0, text: Some("other".into()), updated_at: None }.into()),
        (10, OutputAppended { index: 0, text: " text".into(), updated_at: None }.into()),
        (10, SessionDeleted {}.into()),
        (10, SessionRestored {}.into()),
        (10, BodyRedacted { position: 3, reason: String::new() }.into()),
        (10, given::task("read well")),
        // So many are of the correction, and this one is not.
        (10, given::task("said as ever")),
    ]);
    check(&events).unwrap();
    assert_eq!(since(&events), [0, 10, 20, 10, 30, 30, 30, 30, 30, 10, 30]);
}

#[test]
fn what_names_no_revision_before_it_corrects_nothing() {
    for revision in [0, 3, 4] {
        let events = session([
            (0, given::created("a1")),
            (10, given::task("ten")),
            (20, corrects(revision, 1)),
            (10, given::task("as it is")),
        ]);
        check(&events).unwrap();
        assert_eq!(since(&events), [0, 10, 20, 20], "{revision}");
    }
}

#[test]
fn what_comes_between_stands_before_what_it_came_before_in_the_log() {
    let between = |index, content: &str| -> Event {
        MessageAdded { message: given::message(content, content), index: Some(index), updated_at: None }
            .into()
    };
    let events = session([
        (0, given::created("a1")),
        (10, given::said("one", "one")),
        (40, given::said("four", "four")),
        (50, MessageRemoved { index: 0, updated_at: None }.into()),
        (60, corrects(2, 2)),
        // Before what is there, and before that; what was removed is there by then.
        (30, between(0, "three")),
        (20, between(0, "two")),
    ]);
    check(&events).unwrap();
    assert_eq!(since(&events), [0, 10, 40, 50, 10, 30, 20]);
    let list = |time| -> Vec<String> {
        let patched = at(&events, time);
        let rows = patched.lists[List::Messages as usize].iter();
        let word = |row: &Keys| {
            ["one", "two", "three", "four"].into_iter().find(|word| row["/"].contains(&format!("\"{word}\"")))
        };
        rows.map(|row| word(row).unwrap().to_owned()).collect()
    };
    assert_eq!(list(20), ["one", "two"]);
    assert_eq!(list(30), ["one", "two", "three"]);
    assert_eq!(list(40), ["one", "two", "three", "four"]);
    assert_eq!(list(50), ["two", "three", "four"]);
}

#[test]
fn what_came_with_a_body_that_is_gone_is_an_empty_element_at_its_place() {
    let events = session([
        (0, given::created("a1")),
        (30, given::said("one", "one")),
        (40, corrects(1, 1)),
        // After it in the list, and before it by happening.
        (20, given::said("two", "two")),
        (50, BodyRedacted { position: 2, reason: String::new() }.into()),
        (60, BodyRedacted { position: 4, reason: String::new() }.into()),
    ]);
    assert_eq!(since(&events)[..4], [0, 30, 0, 20]);
    let came = |time| -> Vec<String> {
        let rows = &at(&events, time).lists[List::Messages as usize];
        rows.iter().map(|row| row["/"].split(' ').next().unwrap().to_owned()).collect()
    };
    let [one, two] = [1, 3].map(|at: usize| events[at].position.to_string());
    assert_eq!(came(30), [one, two.clone()]);
    assert_eq!(came(20), [two]);
}
