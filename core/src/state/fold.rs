//! The fold: a session is what its events made of it.

use crate::model::field::instance;
use crate::patch::{Key, List, Op, Outline, Patch, Path, Records, meaning_of_erased, meaning_of_owned};
use crate::{Document, Erasure, Event, EventType, InvalidEvent, Session, Value};

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
    pub fn apply_erased(state: &mut Option<Self>, kind: EventType, erasure: Erasure) {
        let outline = Self::outline(state.as_ref());
        meaning_of_erased(outline, kind, erasure, |patch| Self::apply_patch(state, patch));
    }

    /// Returns whether there is a session, and how long its lists are.
    pub fn outline(state: Option<&Self>) -> Outline {
        state.map_or_else(Outline::default, |state| {
            let Session { instances, chat_history, .. } = &state.session;
            Outline::of(state.records.deleted, instances.len(), chat_history.len())
        })
    }

    /// The outline has found the event valid: every index is good, and every value is of its field's type.
    fn apply_patch(state: &mut Option<Self>, patch: Patch<'_>) {
        let fits = match (patch.path, patch.op, state) {
            (Path::Whole, Op::Insert(Value::Session(session)), state) => {
                *state = Some(Self { session: session.into_owned(), records: Records::default() });
                true
            }
            (path, op, Some(state)) => state.change(path, op),
            _ => false,
        };
        debug_assert!(fits, "what an event means fits what it was checked for");
    }

    fn change(&mut self, path: Path, op: Op<'_>) -> bool {
        let Session { instances, chat_history, .. } = &mut self.session;
        match (path, op) {
            (Path::Own(Key::Record(record)), Op::Set(value)) => return self.records.set(record, value),
            (Path::Own(key), Op::Set(value)) => return self.session.set_key(key, value),
            (Path::Row(List::Instances, at), Op::Insert(Value::Instance(instance))) => {
                instances.insert(at as usize, instance.into_owned());
            }
            (Path::Row(List::Instances, at), Op::Remove) => drop(instances.remove(at as usize)),
            (Path::Row(List::Messages, at), Op::Insert(Value::Message(message))) => {
                chat_history.insert(at as usize, message.into_owned());
            }
            (Path::Row(List::Messages, at), Op::Remove) => drop(chat_history.remove(at as usize)),
            (Path::Field(List::Instances, at, Key::Known(instance::output)), Op::Extend(text)) => {
                match &mut instances[at as usize].output {
                    Some(output) => output.append(text.into_owned()),
                    output => *output = Some(text.into_owned()),
                }
            }
            (Path::Field(List::Instances, at, key), Op::Set(value)) => {
                return instances[at as usize].set_key(key, value);
            }
            (Path::Field(List::Messages, at, key), Op::Set(value)) => {
                return chat_history[at as usize].set_key(key, value);
            }
            _ => return false,
        }
        true
    }
}
