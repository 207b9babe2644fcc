//! Two sessions side by side: where they part.

use std::cell::Cell;
use std::hash::Hash;

use retold_core::field::{instance, message, session};
use retold_core::{Field, Text};
use rusqlite::Connection;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::diff::Texts;
use crate::state::{fields, index};
use crate::{Agent, Error, Key, List, MessageRow, Path, Rows, State, Value};

/// Above this product of lengths lists are paired by place instead of aligned.
const ALIGNED_PRODUCT_MAX: usize = 4_000_000;

/// Two sessions, aligned. Ids, times, and where an agent worked tell two sessions apart that are the same otherwise: they are
/// not looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Keys of the sessions that differ.
    pub own: Vec<(Key, Value, Value)>,
    /// The instances, paired by their numbers in order.
    pub instances: Vec<Pair>,
    /// The messages, paired by what they say.
    pub messages: Vec<Pair>,
    /// The first difference: in what was asked for, then in what was said, then in what the agents did, then in how it
    /// ended; `None` where there is none.
    pub divergence: Option<Path>,
}

/// Elements that belong together, by their places in the two lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// In the first session.
    pub left: Option<u32>,
    /// In the second.
    pub right: Option<u32>,
    /// Keys that differ, where both have one.
    pub differ: Vec<Key>,
}

impl Pair {
    /// Returns whether both sessions have the element, and the same.
    pub fn is_same(&self) -> bool {
        self.left.is_some() && self.right.is_some() && self.differ.is_empty()
    }
}

const IDENTITY: [Field; 4] = [session::id, session::created_at, session::updated_at, session::completed_at];
const ASKED: [Field; 6] = [
    session::kind,
    session::task,
    session::model,
    session::timeout_seconds,
    session::preserve_worktrees,
    session::runtime_mix,
];
const INSTANCE_IDENTITY: [Field; 5] = [
    instance::worktree_path,
    instance::branch,
    instance::tmux_session_id,
    instance::start_time,
    instance::end_time,
];
const MESSAGE_IDENTITY: [Field; 2] = [message::id, message::timestamp];

/// Compares two sessions. A text in the store's blobs is compared by its hash, and loaded through `connection` where that
/// does not tell.
///
/// # Errors
/// [`retold_core::Error::Damaged`] for a text that cannot be loaded.
pub fn compare(left: &State, right: &State, connection: &Connection) -> Result<Comparison, Error> {
    let texts = Texts { connection, failed: Cell::new(None) };
    let mut own = Vec::new();
    fields::between(&left.session, &right.session, |key, left, right| {
        if !is_any(&key, &IDENTITY) {
            own.push((key, left, right));
        }
    });
    let instances = pairs(
        &left.agents,
        &right.agents,
        |agent| agent.instance.instance_id,
        |left, right| agents_differ(left, right, &texts),
    );
    let messages = pairs(&left.messages, &right.messages, what_is_said, |left, right| {
        messages_differ(left, right, &texts)
    });
    let own_key = |asked: bool| {
        own.iter()
            .map(|(key, ..)| key)
            .find(|key| is_any(key, &ASKED) == asked)
            .map(|key| Path::Own(key.clone()))
    };
    let first = |list: List, pairs: &[Pair]| {
        let pair = pairs.iter().find(|pair| !pair.is_same())?;
        let at = pair.left.or(pair.right)?;
        Some(match pair.differ.first() {
            Some(key) => Path::Field(list, at, key.clone()),
            None => Path::Row(list, at),
        })
    };
    let divergence = own_key(true)
        .or_else(|| first(List::Messages, &messages))
        .or_else(|| first(List::Instances, &instances))
        .or_else(|| own_key(false));
    match texts.failed.into_inner() {
        Some(error) => Err(error.into()),
        None => Ok(Comparison { own, instances, messages, divergence }),
    }
}

fn is_any(key: &Key, fields: &[Field]) -> bool {
    matches!(key, Key::Known(field) if fields.contains(field))
}

fn agents_differ(left: &Agent, right: &Agent, texts: &Texts<'_>) -> Vec<Key> {
    let mut keys = Vec::new();
    fields::between(&left.instance, &right.instance, |key, _, _| {
        if !is_any(&key, &INSTANCE_IDENTITY) {
            keys.push(key);
        }
    });
    if !texts.are_same_outputs(left.output.as_ref(), right.output.as_ref()) {
        keys.push(Key::Known(instance::output));
    }
    keys
}

fn messages_differ(left: &MessageRow, right: &MessageRow, texts: &Texts<'_>) -> Vec<Key> {
    let mut keys = Vec::new();
    let (left, right) = (&left.message, &right.message);
    if !texts.are_same(&left.content, &right.content) {
        keys.push(Key::Known(message::content));
    }
    fields::between(left, right, |key, _, _| {
        if !is_any(&key, &MESSAGE_IDENTITY) {
            keys.push(key);
        }
    });
    keys
}

/// The same for messages of one role that say the same.
fn what_is_said(said: &MessageRow) -> (String, [u8; 32]) {
    let hash = match &said.message.content {
        Text::Inline(text) => *blake3::hash(text.as_bytes()).as_bytes(),
        Text::Blob(blob) => blob.hash,
        Text::Joined(_) => [0; 32],
    };
    (said.message.role.clone(), hash)
}

fn pairs<T: Clone, K: Eq + Hash + Ord + Clone>(
    left: &Rows<T>,
    right: &Rows<T>,
    key: impl Fn(&T) -> K,
    differ: impl Fn(&T, &T) -> Vec<Key>,
) -> Vec<Pair> {
    let (left, right): (Vec<&T>, Vec<&T>) = (left.iter().collect(), right.iter().collect());
    let both = |at: usize, to: usize| Pair {
        left: Some(index(at)),
        right: Some(index(to)),
        differ: differ(left[at], right[to]),
    };
    let only_left = |at: usize| Pair { left: Some(index(at)), right: None, differ: Vec::new() };
    let only_right = |at: usize| Pair { left: None, right: Some(index(at)), differ: Vec::new() };
    let (lefts, rights): (Vec<K>, Vec<K>) =
        (left.iter().map(|row| key(row)).collect(), right.iter().map(|row| key(row)).collect());
    let prefix = lefts.iter().zip(&rights).take_while(|(left, right)| left == right).count();
    let mut made: Vec<Pair> = (0..prefix).map(|at| both(at, at)).collect();
    let (lefts, rights) = (&lefts[prefix..], &rights[prefix..]);
    let ops = match lefts.len().saturating_mul(rights.len()) {
        product if product > ALIGNED_PRODUCT_MAX || product == 0 => {
            vec![DiffOp::Replace { old_index: 0, old_len: lefts.len(), new_index: 0, new_len: rights.len() }]
        }
        _ => capture_diff_slices(Algorithm::Myers, lefts, rights),
    };
    for op in ops {
        let (old, new) = (op.old_range(), op.new_range());
        let paired = old.len().min(new.len());
        for nth in 0..paired {
            made.push(both(prefix + old.start + nth, prefix + new.start + nth));
        }
        made.extend(old.skip(paired).map(|at| only_left(prefix + at)));
        made.extend(new.skip(paired).map(|at| only_right(prefix + at)));
    }
    made
}
