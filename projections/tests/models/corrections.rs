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
    Commit, Erasure, Event, EventType, Expected, Key, Limit, Log, MessagePatch, NewEvent, Op, Outline, Patch,
    Path, Position, Recorded, SessionState, meaning_of_erased, meaning_of_owned, time,
};

use crate::counted::{counted, tell, turns};
use crate::given;

/// Every key that was written, and what it was made.
pub(crate) type Keys = BTreeMap<String, String>;

/// A session as its patches make it, whatever they say.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Patched {
    exists: bool,
    own: Keys,
    pub(crate) lists: [Vec<Keys>; 2],
}

impl Patched {
    fn outline(&self) -> Outline {
        if !self.exists {
            return Outline::default();
        }
        // What is corrected of a session that was deleted by then is, too.
        Outline::of(false, self.lists[0].len(), self.lists[1].len())
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

/// Calls `each` with what an event does.
fn patches(outline: Outline, recorded: &Recorded, each: impl FnMut(Patch<'static>)) {
    match &recorded.event {
        Some(event) => meaning_of_owned(outline, event.clone(), each),
        None => meaning_of_erased(outline, recorded.kind, Erasure::Redacted, each),
    }
}

/// The fold of events that are valid, in the order of the log. What is corrected of a session that was deleted by then is, too.
pub(crate) fn folded<'e>(events: impl IntoIterator<Item = &'e Recorded>) -> Patched {
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
pub(crate) fn check(events: &[Recorded]) -> Result<(), TestCaseError> {
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
const STEP: i64 = AHEAD_MAX.as_secs().cast_signed() * 1_000_000 / 4;

thread_local! {
    /// A log that takes what is not valid, with a session for each history.
    static LOG: (tempfile::TempDir, Log) = {
        let folder = given::folder();
        let log = given::bare_log(&folder);
        (folder, log)
    };
}

/// Returns events as the log has them, in a session of their own. What is redacted is named by its revision.
pub(crate) fn recorded(events: Vec<(i64, Event)>) -> Vec<Recorded> {
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

pub(crate) fn corrects(revision: u64, events: u32) -> Event {
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
