//! What leads from one state to another.

use std::cell::Cell;
use std::hash::Hash;

use retold_core::field::{instance, message};
use retold_core::{Message, Position, Record, Text};
use rusqlite::Connection;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::state::{self, Agent, MessageRow, fields, patches};
use crate::{Change, Error, Key, List, Patch, Path, Rope, Rows, State, Value};

/// Above this product of lengths the middle of two lists is replaced whole instead of aligned.
const ALIGNED_PRODUCT_MAX: usize = 4_000_000;

/// Returns the patches that make `new` of `old`, in the order in which they are to be applied; none where the two are
/// the same.
///
/// Elements of a list are taken for the same thing by their ids. What both states share in memory is not looked at, so
/// that two moments of one session are compared in the time of what changed. A text in the store's blobs is compared by
/// its hash, and loaded through `connection` where that does not tell. Two sessions are compared as documents, wherever
/// they are in their lists.
///
/// # Errors
/// [`retold_core::Error::Damaged`] for a text that cannot be loaded.
pub fn diff(old: Option<&State>, new: Option<&State>, connection: &Connection) -> Result<Vec<Patch>, Error> {
    let mut made = Vec::new();
    let texts = Texts { connection, failed: Cell::new(None) };
    match (old, new) {
        (None, None) => {}
        (Some(old), None) => {
            let value = Value::Session(Box::new(old.to_session()));
            made.push(Patch { path: Path::Whole, change: Change::Remove(value) });
        }
        (None, Some(new)) => {
            let begun = State::begun(new, Position::ZERO);
            let value = Value::Session(Box::new(new.session.clone()));
            made.push(Patch { path: Path::Whole, change: Change::Insert(value) });
            between(&begun, new, &texts, &mut made);
        }
        (Some(old), Some(new)) => between(old, new, &texts, &mut made),
    }
    match texts.failed.into_inner() {
        Some(error) => Err(error.into()),
        None => Ok(made),
    }
}

/// What it takes to compare long texts. The first failure is kept for the end.
pub(crate) struct Texts<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) failed: Cell<Option<retold_core::Error>>,
}

impl Texts<'_> {
    fn or<T>(&self, outcome: Result<T, retold_core::Error>, otherwise: T) -> T {
        outcome.unwrap_or_else(|error| {
            self.failed.set(Some(error));
            otherwise
        })
    }

    pub(crate) fn are_same_outputs(&self, old: Option<&Rope>, new: Option<&Rope>) -> bool {
        match (old, new) {
            (None, None) => true,
            (Some(old), Some(new)) => self.or(old.is_same(new, self.connection), false),
            _ => false,
        }
    }

    pub(crate) fn are_same(&self, old: &Text, new: &Text) -> bool {
        match (old, new) {
            (Text::Inline(old), Text::Inline(new)) => old == new,
            (Text::Blob(old), Text::Blob(new)) => old == new,
            _ => self.or(Rope::of(old.clone()).is_same(&Rope::of(new.clone()), self.connection), false),
        }
    }

    fn suffix(&self, old: &Rope, new: &Rope) -> Option<Text> {
        self.or(old.suffix_of(new, self.connection), None)
    }
}

fn between(old: &State, new: &State, texts: &Texts<'_>, made: &mut Vec<Patch>) {
    fields::between(&old.session, &new.session, |key, old, new| {
        made.push(patches::set(Path::Own(key), old, new));
    });
    record(old, new, made);
    let same_agent = |old: &Agent, new: &Agent| {
        old.instance == new.instance && texts.are_same_outputs(old.output.as_ref(), new.output.as_ref())
    };
    let same_message =
        |old: &MessageRow, new: &MessageRow| is_same_message(&old.message, &new.message, texts);
    rows(&old.agents, &new.agents, |agent| agent.instance.instance_id, same_agent, &mut |step| match step {
        Step::Change(at, old, new) => agent(at, old, new, texts, made),
        Step::Remove(at, old) => {
            if let Some(output) = &old.output {
                let path = Path::Field(List::Instances, at, Key::Known(instance::output));
                made.push(patches::set(path, Value::Output(output.clone()), Value::Null));
            }
            made.push(patches::remove(List::Instances, at, Value::Instance(Box::new(old.instance.clone()))));
        }
        Step::Insert(at, new) => {
            made.push(patches::insert(List::Instances, at, Value::Instance(Box::new(new.instance.clone()))));
            if let Some(output) = &new.output {
                let path = Path::Field(List::Instances, at, Key::Known(instance::output));
                made.push(Patch { path, change: Change::Extend { old_bytes: None, text: output.to_text() } });
            }
        }
    });
    rows(
        &old.messages,
        &new.messages,
        |said| said.message.id.clone(),
        same_message,
        &mut |step| match step {
            Step::Change(at, old, new) => message(at, old, new, texts, made),
            Step::Remove(at, old) => {
                made.push(patches::remove(List::Messages, at, Value::Message(Box::new(old.message.clone()))));
            }
            Step::Insert(at, new) => {
                made.push(patches::insert(List::Messages, at, Value::Message(Box::new(new.message.clone()))));
            }
        },
    );
}

/// What the log knows beside the document.
fn record(old: &State, new: &State, made: &mut Vec<Patch>) {
    for record in Record::ALL {
        let path = Path::Own(Key::Record(*record));
        // The places of two sessions differ, and that says nothing of either.
        let differs = match record {
            Record::Place => old.provenance.added == new.provenance.added && old.standing() != new.standing(),
            _ => old.value(&path) != new.value(&path),
        };
        if differs && let (Some(old), Some(new)) = (old.value(&path), new.value(&path)) {
            made.push(patches::set(path, old, new));
        }
    }
}

fn agent(at: u32, old: &Agent, new: &Agent, texts: &Texts<'_>, made: &mut Vec<Patch>) {
    let field = |key| Path::Field(List::Instances, at, key);
    fields::between(&old.instance, &new.instance, |key, old, new| {
        made.push(patches::set(field(key), old, new));
    });
    made.extend(
        output(old, new, texts).map(|change| Patch { path: field(Key::Known(instance::output)), change }),
    );
}

fn output(old: &Agent, new: &Agent, texts: &Texts<'_>) -> Option<Change> {
    if texts.are_same_outputs(old.output.as_ref(), new.output.as_ref()) {
        return None;
    }
    let value = |agent: &Agent| agent.output.clone().map_or(Value::Null, Value::Output);
    let (was, is) = match (&old.output, &new.output) {
        (None, None) => return None,
        (Some(was), Some(is)) => (was, is),
        (None, Some(is)) => return Some(Change::Extend { old_bytes: None, text: is.to_text() }),
        (Some(_), None) => return Some(Change::Set { old: value(old), new: Value::Null }),
    };
    Some(match texts.suffix(was, is) {
        Some(text) => Change::Extend { old_bytes: Some(was.len()), text },
        None => Change::Set { old: value(old), new: value(new) },
    })
}

fn message(at: u32, old: &MessageRow, new: &MessageRow, texts: &Texts<'_>, made: &mut Vec<Patch>) {
    let (old, new) = (&old.message, &new.message);
    let field = |key| Path::Field(List::Messages, at, key);
    fields::between(old, new, |key, old, new| made.push(patches::set(field(key), old, new)));
    if !texts.are_same(&old.content, &new.content) {
        let text = |text: &Text| Value::Text(text.clone());
        made.push(patches::set(field(Key::Known(message::content)), text(&old.content), text(&new.content)));
    }
}

/// The same but for how their texts are kept.
fn is_same_message(old: &Message, new: &Message, texts: &Texts<'_>) -> bool {
    let mut differ = false;
    fields::between(old, new, |_, _, _| differ = true);
    !differ && texts.are_same(&old.content, &new.content)
}

/// One step from a list to another, each at the place it has at its turn.
enum Step<'a, T> {
    Change(u32, &'a T, &'a T),
    Remove(u32, &'a T),
    Insert(u32, &'a T),
}

fn rows<'a, T: Clone, K: Eq + Hash + Ord + Clone>(
    old: &'a Rows<T>,
    new: &'a Rows<T>,
    key: impl Fn(&T) -> K,
    same: impl Fn(&T, &T) -> bool,
    step: &mut dyn FnMut(Step<'a, T>),
) {
    let shared = old.shared_prefix(new);
    let prefix = shared
        + old.iter_from(shared).zip(new.iter_from(shared)).take_while(|(old, new)| same(old, new)).count();
    let (old, new): (Vec<&T>, Vec<&T>) = (old.iter_from(prefix).collect(), new.iter_from(prefix).collect());
    let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| same(old, new)).count();
    let (old, new) = (&old[..old.len() - suffix], &new[..new.len() - suffix]);
    let mut at = prefix;
    let index = state::index;
    for op in alignment(old, new, key) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                for (old, new) in old[old_index..old_index + len].iter().zip(&new[new_index..new_index + len])
                {
                    if !same(old, new) {
                        step(Step::Change(index(at), old, new));
                    }
                    at += 1;
                }
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                old[old_index..old_index + old_len].iter().for_each(|old| step(Step::Remove(index(at), old)));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                for new in &new[new_index..new_index + new_len] {
                    step(Step::Insert(index(at), new));
                    at += 1;
                }
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                old[old_index..old_index + old_len].iter().for_each(|old| step(Step::Remove(index(at), old)));
                for new in &new[new_index..new_index + new_len] {
                    step(Step::Insert(index(at), new));
                    at += 1;
                }
            }
        }
    }
}

fn alignment<T, K: Eq + Hash + Ord + Clone>(old: &[&T], new: &[&T], key: impl Fn(&T) -> K) -> Vec<DiffOp> {
    match (old.len(), new.len()) {
        (0, 0) => Vec::new(),
        (0, new_len) => vec![DiffOp::Insert { old_index: 0, new_index: 0, new_len }],
        (old_len, 0) => vec![DiffOp::Delete { old_index: 0, old_len, new_index: 0 }],
        (old_len, new_len) if old_len.saturating_mul(new_len) > ALIGNED_PRODUCT_MAX => {
            vec![DiffOp::Replace { old_index: 0, old_len, new_index: 0, new_len }]
        }
        _ => {
            let keys = |rows: &[&T]| rows.iter().map(|row| key(row)).collect::<Vec<K>>();
            capture_diff_slices(Algorithm::Myers, &keys(old), &keys(new))
        }
    }
}
