//! The patches of an event, applied to the JSON document, give the document of the folded state: for any history.

use proptest::prelude::*;
use retold_core::Position;
use retold_travel::{Change, Key, List, Patch, Path, State, Timeline, Value};
use serde_json::Value as Json;

use super::histories::{Given, dice};

/// Applies a patch to a document, as someone would who has only the words of the documentation.
fn apply(document: &mut Option<Json>, patch: &Patch) {
    let json = |value: &Value| serde_json::to_value(value).unwrap();
    match (&patch.path, &patch.change) {
        (Path::Whole, Change::Insert(value)) => *document = Some(json(value)),
        (Path::Own(Key::Record(_)), _) => {}
        (Path::Own(key), Change::Set { new, .. }) => set(document.as_mut().unwrap(), key, new),
        (Path::Row(list, at), Change::Insert(value)) => {
            rows(document, *list).insert(*at as usize, json(value))
        }
        (Path::Row(list, at), Change::Remove(old)) => {
            let gone = rows(document, *list).remove(*at as usize);
            assert_eq!(gone, json(old));
        }
        (Path::Field(list, at, key), Change::Set { old, new }) => {
            let row = &mut rows(document, *list)[*at as usize];
            if let (Key::Known(known), false) = (key, matches!(old, Value::Output(_))) {
                assert_eq!(row[known.key()], json(old), "{patch:?}");
            }
            set(row, key, new);
        }
        (Path::Field(list, at, Key::Known(key)), Change::Extend { old_bytes, text }) => {
            let output = &mut rows(document, *list)[*at as usize][key.key()];
            let before = output.as_str().map(str::len);
            assert_eq!(before.map(|bytes| bytes as u64), *old_bytes);
            *output = Json::from(output.as_str().unwrap_or_default().to_owned() + text.as_str().unwrap());
        }
        other => panic!("no patch is like {other:?}"),
    }
}

fn rows(document: &mut Option<Json>, list: List) -> &mut Vec<Json> {
    document.as_mut().unwrap()[list.name()].as_array_mut().unwrap()
}

fn set(level: &mut Json, key: &Key, value: &Value) {
    let level = level.as_object_mut().unwrap();
    let json = match value {
        Value::Output(rope) => rope.to_text().as_str().map_or(Json::Null, Json::from),
        value => serde_json::to_value(value).unwrap(),
    };
    match key {
        Key::Known(known) => drop(level.insert(known.key().to_owned(), json)),
        Key::Unknown(unknown) if *value == Value::Absent => drop(level.remove(unknown)),
        Key::Unknown(unknown) => drop(level.insert(unknown.clone(), json)),
        Key::Unknowns | Key::Record(_) => panic!("no history here repeats a key"),
    }
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(48))]

    #[test]
    fn applied_to_the_document_they_give_the_folded_one(dice in dice(1..120)) {
        let given = Given::history(&dice);
        for stream in given.streams() {
            let mut reader = given.log.reader().unwrap();
            let end = given.head();
            let page = reader
                .stream_events_after(stream, retold_core::Revision::ZERO, end, retold_core::Limit::default())
                .unwrap();
            let (mut state, mut document) = (None, None);
            for mut event in page.events {
                if let Some(event) = &mut event.event {
                    reader.resolve_event(event).unwrap();
                }
                let patches = State::patches(state.as_ref(), event.kind, event.clone().what()).unwrap();
                patches.iter().for_each(|patch| apply(&mut document, patch));
                State::apply_event(&mut state, event.kind, event.clone().what(), event.position).unwrap();
                let folded = given.folded(stream, event.position).unwrap();
                prop_assert_eq!(document.as_ref().unwrap(), &serde_json::to_value(&folded.session).unwrap());
                let mut own = state.as_ref().unwrap().to_session_state();
                reader.resolve(&mut own.session).unwrap();
                prop_assert_eq!(own, folded);
            }
        }
    }

    #[test]
    fn every_state_is_the_fold_of_the_log_whatever_was_redacted(dice in dice(1..80), gone in any::<u64>()) {
        let given = Given::history(&dice);
        let redacted: Vec<Position> =
            given.positions().skip(1).filter(|position| gone >> (position.get() % 64) & 1 == 1).collect();
        for round in 0..2 {
            // The same timelines go on after the redaction: what they held before is no longer so.
            for stream in given.streams() {
                let mut timeline = Timeline::of(&given.log, stream).unwrap();
                for at in given.positions() {
                    let reader = given.log.reader().unwrap().state(stream, at);
                    match reader {
                        Ok(_) => prop_assert_eq!(
                            given.whole(timeline.at(at).unwrap().state.as_ref()),
                            given.folded(stream, at)
                        ),
                        // Without what was added before, some history does not fit itself any more: both say so.
                        Err(_) => prop_assert!(timeline.at(at).is_err()),
                    }
                }
            }
            if round == 0 {
                given.redact(&redacted);
            }
        }
    }
}
