//! What an event does, as patches that can be taken back: those of core, with what was there before.

use retold_core::field::instance;
use retold_core::{
    Erasure, Event, EventType, InvalidEvent, Op, Value as FieldValue, meaning_of_erased, meaning_of_owned,
};

use super::{Rope, State, fields};
use crate::{Change, Key, List, Patch, Path, Value};

/// Returns what an event does to a session, in the order in which it is to be done.
///
/// # Errors
/// An [`InvalidEvent`], as the fold has it.
pub(crate) fn patches(
    before: Option<&State>,
    kind: EventType,
    event: Result<Event, Erasure>,
) -> Result<Vec<Patch>, InvalidEvent> {
    let outline = State::outline(before);
    let mut made = Vec::with_capacity(2);
    match event {
        Ok(event) => {
            outline.check(&event)?;
            meaning_of_owned(outline, event, |patch| reversible(before, patch, &mut made));
        }
        Err(gone) => meaning_of_erased(outline, kind, gone, |patch| reversible(before, patch, &mut made)),
    }
    if kind.is_of_bodies() {
        // It says what was so, where the bodies that said it are gone.
        made.retain(|patch| !matches!(&patch.change, Change::Set { old, new } if old == new));
    }
    Ok(made)
}

/// Adds to a patch what was at its place. No event writes to one place twice.
fn reversible(before: Option<&State>, patch: retold_core::Patch<'_>, made: &mut Vec<Patch>) {
    let retold_core::Patch { path, op } = patch;
    let old = || before.and_then(|state| state.value(&path));
    let change =
        match op {
            Op::Insert(FieldValue::Instance(instance)) => {
                let mut instance = instance.into_owned();
                let output = instance.output.take();
                let Path::Row(list, at) = path else { return };
                made.push(insert(list, at, Value::Instance(Box::new(instance))));
                made.extend(output.map(|text| Patch {
                    path: output_of(at),
                    change: Change::Extend { old_bytes: None, text },
                }));
                return;
            }
            Op::Insert(value) => Change::Insert(value.into()),
            Op::Extend(text) => {
                let old_bytes = match old() {
                    Some(Value::Output(rope)) => Some(rope.len()),
                    _ => None,
                };
                Change::Extend { old_bytes, text: text.into_owned() }
            }
            Op::Set(FieldValue::Extra(new)) => {
                let old = match fields::extra(before, &path) {
                    Some(old) => old.clone(),
                    None => return,
                };
                let new = new.into_owned().after(&old);
                fields::unknowns(&old, &new, |key, old, new| made.push(set(with_key(&path, key), old, new)));
                return;
            }
            Op::Set(new) => {
                let new = match Value::from(new) {
                    Value::Text(text) if is_output(&path) => Value::Output(Rope::of(text)),
                    new => new,
                };
                Change::Set { old: old().unwrap_or(Value::Null), new }
            }
            Op::Remove => {
                let Path::Row(list, at) = path else { return };
                let mut old = old();
                if let Some(Value::Instance(instance)) = &mut old {
                    // So that the removal can be taken back: an instance comes in without its output.
                    instance.output = None;
                    let output = before.and_then(|state| state.value(&output_of(at)));
                    if let Some(output @ Value::Output(_)) = output {
                        made.push(set(output_of(at), output, Value::Null));
                    }
                }
                made.extend(old.map(|old| remove(list, at, old)));
                return;
            }
        };
    made.push(Patch { path, change });
}

fn output_of(at: u32) -> Path {
    Path::Field(List::Instances, at, Key::Known(instance::output))
}

fn is_output(path: &Path) -> bool {
    matches!(path, Path::Field(_, _, Key::Known(instance::output)))
}

/// Returns the place of another key at the same level.
fn with_key(path: &Path, key: Key) -> Path {
    match path {
        Path::Field(list, at, _) => Path::Field(*list, *at, key),
        _ => Path::Own(key),
    }
}

/// No list of a document is longer: its indexes are of this type.
pub(crate) fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

pub(crate) fn set(path: Path, old: Value, new: Value) -> Patch {
    Patch { path, change: Change::Set { old, new } }
}

pub(crate) fn insert(list: List, at: u32, value: Value) -> Patch {
    Patch { path: Path::Row(list, at), change: Change::Insert(value) }
}

pub(crate) fn remove(list: List, at: u32, value: Value) -> Patch {
    Patch { path: Path::Row(list, at), change: Change::Remove(value) }
}
