//! How one list becomes another: changes, removals and insertions, each at the place it has at its turn.

use std::hash::Hash;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// One step on the way.
#[derive(Debug)]
pub(super) enum Step<'a, T> {
    /// An element becomes another one of the same key.
    Change { index: u32, old: &'a T, new: &'a T },
    /// An element leaves.
    Remove { index: u32 },
    /// An element comes in before `index`; `last` where nothing is after.
    Insert { index: u32, new: &'a T, last: bool },
}

/// Above this product of lengths the middle of two lists is replaced whole instead of aligned.
const ALIGNED_PRODUCT_MAX: usize = 4_000_000;

/// Returns the steps from `old` to `new`; elements of the same key are taken for the same thing.
pub(super) fn steps<'a, T: PartialEq, K: Eq + Hash + Ord + Clone>(
    old: &'a [T],
    new: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> Vec<Step<'a, T>> {
    let prefix = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let suffix = old[prefix..]
        .iter()
        .rev()
        .zip(new[prefix..].iter().rev())
        .take_while(|(old, new)| old == new)
        .count();
    let (old_middle, new_middle) = (&old[prefix..old.len() - suffix], &new[prefix..new.len() - suffix]);
    let mut walk = Walk { steps: Vec::new(), at: prefix, length: old.len() };
    for op in alignment(old_middle, new_middle, key) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                for offset in 0..len {
                    walk.keep(&old_middle[old_index + offset], &new_middle[new_index + offset]);
                }
            }
            DiffOp::Delete { old_len, .. } => (0..old_len).for_each(|_| walk.remove()),
            DiffOp::Insert { new_index, new_len, .. } => {
                new_middle[new_index..new_index + new_len].iter().for_each(|new| walk.insert(new));
            }
            DiffOp::Replace { old_len, new_index, new_len, .. } => {
                (0..old_len).for_each(|_| walk.remove());
                new_middle[new_index..new_index + new_len].iter().for_each(|new| walk.insert(new));
            }
        }
    }
    walk.steps
}

fn alignment<'a, T, K: Eq + Hash + Ord + Clone>(
    old: &'a [T],
    new: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> Vec<DiffOp> {
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    if old.len().saturating_mul(new.len()) > ALIGNED_PRODUCT_MAX {
        return vec![DiffOp::Replace { old_index: 0, old_len: old.len(), new_index: 0, new_len: new.len() }];
    }
    let (old, new): (Vec<K>, Vec<K>) = (old.iter().map(&key).collect(), new.iter().map(&key).collect());
    capture_diff_slices(Algorithm::Myers, &old, &new)
}

struct Walk<'a, T> {
    steps: Vec<Step<'a, T>>,
    at: usize,
    length: usize,
}

impl<'a, T: PartialEq> Walk<'a, T> {
    fn keep(&mut self, old: &'a T, new: &'a T) {
        if old != new {
            self.steps.push(Step::Change { index: self.index(), old, new });
        }
        self.at += 1;
    }

    fn remove(&mut self) {
        self.steps.push(Step::Remove { index: self.index() });
        self.length -= 1;
    }

    fn insert(&mut self, new: &'a T) {
        self.steps.push(Step::Insert { index: self.index(), new, last: self.at == self.length });
        self.at += 1;
        self.length += 1;
    }

    fn index(&self) -> u32 {
        u32::try_from(self.at).expect("a list of a document has under 2^32 elements")
    }
}
