//! The fold: a session is what its events made of it.

use crate::model::field::instance;
use crate::patch::{Key, List, Op, Outline, Patch, Path, Records, meaning_of_erased, meaning_of_owned};
use crate::{Document, Event, EventType, Gone, InvalidEvent, Session, Value};

/// A session record at some point of its stream.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionState {
    /// The document.
    pub session: Session,
    /// What is known beside it.
    pub records: Records,
}

impl SessionState {
    /// Folds `events` from the beginning of a stream; `None` where no session was created.
    ///
    /// # Errors
    /// The first event that is not valid.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Option<Self>, InvalidEvent> {
        let mut state = None;
        for event in events {
            Self::apply(&mut state, event)?;
        }
        Ok(state)
    }

    /// Applies `event`. Pure, O(1) but for insertions and removals inside a list.
    ///
    /// # Errors
    /// An [`InvalidEvent`], with the state unchanged.
    pub fn apply(state: &mut Option<Self>, event: &Event) -> Result<(), InvalidEvent> {
        Self::apply_owned(state, event.clone())
    }

    /// Does what [`apply`](Self::apply) does, without a copy of the event's texts.
    ///
    /// # Errors
    /// An [`InvalidEvent`], with the state unchanged.
    pub fn apply_owned(state: &mut Option<Self>, event: Event) -> Result<(), InvalidEvent> {
        let outline = Self::outline(state.as_ref());
        outline.check(&event)?;
        meaning_of_owned(outline, event, |patch| Self::apply_patch(state, patch));
        Ok(())
    }

    /// Applies an event whose body is erased: what it added is an empty element, so that the indexes of later events still
    /// name the same things.
    pub fn apply_erased(state: &mut Option<Self>, kind: EventType, gone: Gone) {
        let outline = Self::outline(state.as_ref());
        meaning_of_erased(outline, kind, gone, |patch| Self::apply_patch(state, patch));
    }

    /// Returns whether there is a session, and how long its lists are.
    pub fn outline(state: Option<&Self>) -> Outline {
        state.map_or_else(Outline::default, |state| {
            let Session { instances, chat_history, .. } = &state.session;
            Outline::of(state.records.deleted, instances.len(), chat_history.len())
        })
    }

    /// The outline has found the event valid: every index is good.
    fn apply_patch(state: &mut Option<Self>, patch: Patch<'_>) {
        let Patch { path, op } = patch;
        if let (Path::Whole, Op::Insert(Value::Session(session))) = (&path, &op) {
            let session = session.clone().into_owned();
            *state = Some(Self { session, records: Records::default() });
            return;
        }
        let Some(state) = state else { return };
        let session = &mut state.session;
        match (path, op) {
            (Path::Own(Key::Record(record)), Op::Set(value)) => {
                let _fits = state.records.set(record, value);
            }
            (Path::Own(key), Op::Set(value)) => set(session, key, value),
            (Path::Row(List::Instances, at), Op::Insert(Value::Instance(instance))) => {
                session.instances.insert(at as usize, instance.into_owned());
            }
            (Path::Row(List::Instances, at), Op::Remove) => drop(session.instances.remove(at as usize)),
            (Path::Row(List::Messages, at), Op::Insert(Value::Message(message))) => {
                session.chat_history.insert(at as usize, message.into_owned());
            }
            (Path::Row(List::Messages, at), Op::Remove) => drop(session.chat_history.remove(at as usize)),
            (Path::Field(List::Instances, at, Key::Known(instance::output)), Op::Extend(text)) => {
                match &mut session.instances[at as usize].output {
                    Some(output) => output.append(text.into_owned()),
                    output => *output = Some(text.into_owned()),
                }
            }
            (Path::Field(List::Instances, at, key), Op::Set(value)) => {
                set(&mut session.instances[at as usize], key, value);
            }
            (Path::Field(List::Messages, at, key), Op::Set(value)) => {
                set(&mut session.chat_history[at as usize], key, value);
            }
            _ => {}
        }
    }
}

/// Sets a key of a level; the meaning of an event gives no value of another type.
fn set(document: &mut impl Document, key: Key, value: Value<'_>) {
    match (key, value) {
        (Key::Known(field), value) => drop(document.set(field, value)),
        (Key::Unknowns, Value::Extra(extra)) => *document.extra_mut() = extra.into_owned(),
        _ => {}
    }
}
