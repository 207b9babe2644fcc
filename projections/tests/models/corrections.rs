//! What comes to count, event by event, is at any time the fold of what counts by the definition in words.
//!
//! The histories are of one session, written from few words to few places, and every third event says that the next ones
//! correct an earlier revision: places are written again before and after they are corrected, in most histories.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use retold_core::event::*;
use retold_core::happening::{AHEAD_MAX, StreamEvents};
use retold_core::{
    Commit, Erasure, Event, EventType, Expected, Key, Limit, List, Log, MessagePatch, NewEvent, Op, Outline,
    Patch, Path, Position, Record, Recorded, SessionState, Value, meaning_of_erased, meaning_of_owned, time,
};

use crate::counted::{counted, tell, turns};
use crate::given;

/// Every key that was written, and what it was made.
type Keys = BTreeMap<String, String>;

/// A session as its patches make it, whatever they say.
#[derive(Debug, Default, PartialEq)]
struct Patched {
    exists: bool,
    own: Keys,
    lists: [Vec<Keys>; 2],
}

impl Patched {
    fn outline(&self) -> Outline {
        if !self.exists {
            return Outline::default();
        }
        let is_deleted = self.own.get(&own(Record::Deleted)).is_some_and(|said| said == &deleted());
        Outline::of(is_deleted, self.lists[0].len(), self.lists[1].len())
    }

    /// Applies a patch of the event at a position: elements are told apart by it, also where they are empty.
    fn apply(&mut self, position: Position, patch: Patch<'_>) {
        let Patch { path, op } = patch;
        match (path, op) {
            (Path::Whole, Op::Insert(value)) => {
                self.exists = true;
                self.own.insert("/".to_owned(), format!("{value:?}"));
            }
            (Path::Own(key), Op::Set(value)) => drop(self.own.insert(named(&key), format!("{value:?}"))),
            (Path::Row(list, at), Op::Insert(value)) => {
                let row = Keys::from([("/".to_owned(), format!("{position} {value:?}"))]);
                self.lists[list as usize].insert(at as usize, row);
            }
            (Path::Row(list, at), Op::Remove) => drop(self.lists[list as usize].remove(at as usize)),
            (Path::Field(list, at, key), Op::Set(value)) => {
                self.lists[list as usize][at as usize].insert(named(&key), format!("{value:?}"));
            }
            (Path::Field(list, at, key), Op::Extend(text)) => {
                let row = &mut self.lists[list as usize][at as usize];
                row.entry(named(&key)).or_default().push_str(&format!("+{text:?}"));
            }
            (path, op) => panic!("no event means {path}: {op:?}"),
        }
    }
}

fn named(key: &Key) -> String {
    key.to_string()
}

fn own(record: Record) -> String {
    named(&Key::Record(record))
}

fn deleted() -> String {
    format!("{:?}", Value::Flag(true))
}

/// Calls `each` with what an event does.
fn patches(outline: Outline, recorded: &Recorded, each: impl FnMut(Patch<'static>)) {
    match &recorded.event {
        Some(event) => meaning_of_owned(outline, event.clone(), each),
        None => meaning_of_erased(outline, recorded.kind, Erasure::Redacted, each),
    }
}

/// The fold of events that are valid, in the order of the log. What is corrected of a session that was deleted by then is, too.
fn folded<'e>(events: impl IntoIterator<Item = &'e Recorded>) -> Patched {
    let mut patched = Patched::default();
    for recorded in events {
        patches(patched.outline(), recorded, |patch| patched.apply(recorded.position, patch));
    }
    patched
}

/// Returns the events that are valid where the log has them.
fn valid(events: &[Recorded]) -> impl Iterator<Item = &Recorded> {
    let mut outline = Outline::default();
    events.iter().filter(move |recorded| match &recorded.event {
        Some(event) => outline.apply(event).is_ok(),
        None => {
            outline.apply_erased(recorded.kind, Erasure::Redacted);
            true
        }
    })
}

/// Compares the session that is told again, at every time at which something comes to count, with the definition.
fn check(events: &[Recorded]) -> Result<(), TestCaseError> {
    let told = tell(events);
    let (mut stream, mut corrections) = (StreamEvents::default(), BTreeSet::new());
    for recorded in events {
        if stream.push(recorded).is_some() {
            corrections.insert(recorded.revision);
        }
    }
    let order = stream.order();
    let steps = order.steps();
    let mut retelling = order.retell();
    let mut patched = Patched::default();
    let mut steps = steps.into_iter().peekable();
    for time in turns(&told) {
        while let Some((_, revision)) = steps.next_if(|(counts, _)| *counts <= time) {
            let mut recorded = events[usize::try_from(revision.get()).unwrap() - 1].clone();
            retelling.take(&mut recorded);
            let mut said = Vec::new();
            patches(patched.outline(), &recorded, |patch| said.push(patch));
            said.retain(|patch| retelling.applies(&patch.path));
            said.into_iter().for_each(|patch| patched.apply(recorded.position, patch));
        }
        prop_assert_eq!(&patched, &folded(&counted(&told, time)), "at {}, {:?}", time, turns(&told));
    }
    prop_assert_eq!(steps.next(), None, "everything counts in the end");
    prop_assert_eq!(&patched, &folded(valid(events)), "in the end it is what the log says");
    Ok(())
}

/// What a random event is made from.
#[derive(Clone, Debug)]
struct Dice {
    kind: u8,
    place: u32,
    word: u8,
    /// How far back its time is, in events; and whether the clock is days ahead.
    back: u32,
    is_ahead: bool,
}

fn dice() -> impl Strategy<Value = Dice> {
    let kind = prop_oneof![8 => Just(0_u8), 16 => 1..24_u8];
    let back = prop_oneof![1 => Just(0_u32), 2 => 0..12_u32];
    let parts = (kind, any::<u32>(), 0..4_u8, back, prop::bool::weighted(0.04));
    parts.prop_map(|(kind, place, word, back, is_ahead)| Dice { kind, place, word, back, is_ahead })
}

const BEGIN: i64 = 1_767_225_600_000_000;
/// A quarter of how far a clock may be ahead.
const STEP: i64 = AHEAD_MAX.as_micros() as i64 / 4;

thread_local! {
    /// A log that takes what is not valid, with a session for each history.
    static LOG: (tempfile::TempDir, Log) = {
        let folder = given::folder();
        let log = given::bare_log(&folder);
        (folder, log)
    };
}

/// Returns events as the log has them, in a session of their own. What is redacted is named by its revision.
fn recorded(events: Vec<(i64, Event)>) -> Vec<Recorded> {
    LOG.with(|(_, log)| {
        let head = log.reader().unwrap().head().unwrap().position;
        let name = given::record("w", &head.to_string());
        let events: Vec<NewEvent> = events
            .into_iter()
            .map(|(occurred_at, mut event)| {
                if let Event::BodyRedacted(body) = &mut event {
                    body.position += head.get();
                }
                NewEvent { event, occurred_at: time::from_micros(occurred_at) }
            })
            .collect();
        // What is redacted is in the log by then.
        for part in events.chunk_by(|_, next| next.event.event_type() != EventType::BodyRedacted) {
            log.append(Commit::to(name.clone(), Expected::Any, part.to_vec())).unwrap();
        }
        let limit = Limit { rows: 1000, bytes: 1 << 20 };
        log.reader().unwrap().events_after(head, limit).unwrap().events
    })
}

fn corrects(revision: u64, events: u32) -> Event {
    MappingCorrected { revision, events, withdrawn: Vec::new(), unused: Vec::new() }.into()
}

fn event(dice: &Dice, state: Option<&SessionState>, at: u32) -> Event {
    let word = ["one", "two", "three", "four"][usize::from(dice.word)].to_owned();
    let Some(state) = state else {
        return match dice.kind {
            0 => corrects(u64::from(dice.place % (at + 1)), dice.place / 7 % 4),
            _ => given::created("a1"),
        };
    };
    if state.records.deleted && dice.kind > 2 {
        return SessionRestored {}.into();
    }
    let length = |list: usize| u32::try_from(list).unwrap();
    let (instances, messages) =
        (length(state.session.instances.len()), length(state.session.chat_history.len()));
    // One of the list's; now and then one that is not there.
    let of = |list: u32| dice.place % (list + u32::from(dice.word == 0)).max(1);
    let said = || given::message(&format!("m{at}"), &word);
    let updated_at = None;
    match dice.kind {
        0 => corrects(u64::from(dice.place % (at + 1)), dice.place / 7 % 4),
        1 => BodyRedacted { position: u64::from(dice.place % at) + 1, reason: String::new() }.into(),
        2 | 3 => TaskChanged { task: word, updated_at }.into(),
        4 | 5 => TitleChanged { title: word, updated_at }.into(),
        6 => TagsChanged { tags: vec![word] }.into(),
        7 => SessionDeleted {}.into(),
        8 => InstanceAdded { instance: given::instance(at), index: None, updated_at }.into(),
        9 => {
            let index = Some(dice.place % (instances + 1));
            InstanceAdded { instance: given::instance(at), index, updated_at }.into()
        }
        10 | 11 => InstanceStatusChanged { index: of(instances), status: word, updated_at }.into(),
        12 => OutputAppended { index: of(instances), text: word.into(), updated_at }.into(),
        13 => OutputReplaced { index: of(instances), text: Some(word.into()), updated_at }.into(),
        14 => InstanceRemoved { index: of(instances), updated_at }.into(),
        15..=17 => MessageAdded { message: said(), index: None, updated_at }.into(),
        18 | 19 => {
            let index = Some(dice.place % (messages + 1));
            MessageAdded { message: said(), index, updated_at }.into()
        }
        20 => MessageRemoved { index: of(messages), updated_at }.into(),
        _ => {
            let content = (dice.word > 1).then(|| word.clone().into());
            let set = MessagePatch { role: (dice.word < 3).then_some(word), ..MessagePatch::default() };
            MessageChanged { index: of(messages), set, content, updated_at }.into()
        }
    }
}

/// The events of one session, some of them not valid, some without their bodies.
fn streams() -> impl Strategy<Value = Vec<(i64, Event)>> {
    vec(dice(), 3..28).prop_map(|dice| {
        let (mut events, mut state): (Vec<(i64, Event)>, Option<SessionState>) = (Vec::new(), None);
        let mut redacted = BTreeSet::new();
        for dice in dice {
            let at = u32::try_from(events.len()).unwrap();
            let event = event(&dice, state.as_ref(), at);
            if let Event::BodyRedacted(body) = &event {
                let of = &events[usize::try_from(body.position).unwrap() - 1].1;
                let is_one = !matches!(of, Event::BodyRedacted(_) | Event::MappingCorrected(_));
                if !is_one || !redacted.insert(body.position) {
                    continue;
                }
            }
            let ahead = if dice.is_ahead { 6 * STEP } else { 0 };
            let occurred_at = BEGIN + (i64::from(at) - i64::from(dice.back)) * STEP + ahead;
            let _not_valid = SessionState::apply(&mut state, &event);
            events.push((occurred_at, event));
        }
        events
    })
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(600))]

    #[test]
    fn what_comes_to_count_event_by_event_is_the_fold_of_what_counts(events in streams()) {
        check(&recorded(events))?;
    }
}

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
    assert_eq!(came(20), [two.clone()]);
    assert_eq!(came(30), [one, two]);
}
