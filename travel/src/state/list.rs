//! A list that shares what did not change with its copies.

use std::sync::{Arc, OnceLock};

use super::pack::ChunkId;

/// Rows in chunks. A copy is O(chunks) and shares them; a change copies the one chunk that it touches, where another
/// list has it too.
#[derive(Clone, Debug)]
pub struct Rows<T> {
    chunks: Vec<Arc<Chunk<T>>>,
    length: usize,
    /// Rows of a chunk; a chunk that is inserted into may come to hold twice as many.
    chunk_rows: usize,
}

/// Some rows, and the name they are stored under once they are.
#[derive(Clone, Debug)]
pub(crate) struct Chunk<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) id: OnceLock<ChunkId>,
}

impl<T: Clone> Rows<T> {
    pub(crate) fn new(chunk_rows: usize) -> Self {
        Self { chunks: Vec::new(), length: 0, chunk_rows }
    }

    pub(crate) fn of_chunks(chunk_rows: usize, chunks: Vec<Arc<Chunk<T>>>) -> Self {
        let length = chunks.iter().map(|chunk| chunk.rows.len()).sum();
        Self { chunks, length, chunk_rows }
    }

    pub(crate) fn chunks(&self) -> &[Arc<Chunk<T>>] {
        &self.chunks
    }

    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns a row.
    pub fn get(&self, index: usize) -> Option<&T> {
        let (chunk, at) = self.locate(index)?;
        self.chunks[chunk].rows.get(at)
    }

    /// Returns the last row.
    pub fn last(&self) -> Option<&T> {
        self.chunks.last().and_then(|chunk| chunk.rows.last())
    }

    /// Returns the rows from `index` on.
    pub fn iter_from(&self, index: usize) -> impl Iterator<Item = &T> {
        let (chunk, at) = self.locate(index).unwrap_or((self.chunks.len(), 0));
        self.chunks[chunk.min(self.chunks.len())..]
            .iter()
            .enumerate()
            .flat_map(move |(nth, chunk)| chunk.rows[if nth == 0 { at } else { 0 }..].iter())
    }

    /// Returns all rows.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter_from(0)
    }

    /// Returns how many rows at the beginning are the same ones in memory as those of `other`.
    pub(crate) fn shared_prefix(&self, other: &Self) -> usize {
        let pairs = self.chunks.iter().zip(&other.chunks);
        pairs.take_while(|(own, other)| Arc::ptr_eq(own, other)).map(|(own, _)| own.rows.len()).sum()
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let (chunk, at) = self.locate(index)?;
        changed(&mut self.chunks[chunk]).get_mut(at)
    }

    pub(crate) fn push(&mut self, row: T) {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.rows.len() < self.chunk_rows => changed(chunk).push(row),
            _ => self.chunks.push(Arc::new(Chunk { rows: vec![row], id: OnceLock::new() })),
        }
        self.length += 1;
    }

    /// Inserts before `index`, which is at most the length.
    pub(crate) fn insert(&mut self, index: usize, row: T) {
        let Some((chunk, at)) = self.locate(index) else { return self.push(row) };
        let rows = changed(&mut self.chunks[chunk]);
        rows.insert(at, row);
        if rows.len() > self.chunk_rows * 2 {
            let rest = rows.split_off(self.chunk_rows);
            self.chunks.insert(chunk + 1, Arc::new(Chunk { rows: rest, id: OnceLock::new() }));
        }
        self.length += 1;
    }

    pub(crate) fn remove(&mut self, index: usize) -> Option<T> {
        let (chunk, at) = self.locate(index)?;
        let rows = changed(&mut self.chunks[chunk]);
        let row = rows.remove(at);
        if rows.is_empty() {
            self.chunks.remove(chunk);
        }
        self.length -= 1;
        Some(row)
    }

    fn locate(&self, index: usize) -> Option<(usize, usize)> {
        if index >= self.length {
            return None;
        }
        let mut before = 0;
        for (nth, chunk) in self.chunks.iter().enumerate() {
            if index < before + chunk.rows.len() {
                return Some((nth, index - before));
            }
            before += chunk.rows.len();
        }
        None
    }
}

impl<T: PartialEq + Clone> PartialEq for Rows<T> {
    fn eq(&self, other: &Self) -> bool {
        let shared = self.shared_prefix(other);
        self.length == other.length && self.iter_from(shared).eq(other.iter_from(shared))
    }
}

/// The rows of a chunk, to be changed: it is no longer what it was stored as.
fn changed<T: Clone>(chunk: &mut Arc<Chunk<T>>) -> &mut Vec<T> {
    let chunk = Arc::make_mut(chunk);
    chunk.id = OnceLock::new();
    &mut chunk.rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]
        #[test]
        fn rows_behave_as_a_vector_does(steps in prop::collection::vec((0_u8..4, any::<prop::sample::Index>()), 0..300)) {
            let (mut rows, mut vector) = (Rows::new(4), Vec::new());
            let mut copies = Vec::new();
            for (number, (step, index)) in steps.into_iter().enumerate() {
                match step {
                    0 => { rows.push(number); vector.push(number); }
                    1 => { let at = index.index(vector.len() + 1); rows.insert(at, number); vector.insert(at, number); }
                    2 if !vector.is_empty() => {
                        let at = index.index(vector.len());
                        prop_assert_eq!(rows.remove(at), Some(vector.remove(at)));
                    }
                    3 if !vector.is_empty() => {
                        let at = index.index(vector.len());
                        *rows.get_mut(at).unwrap() = number;
                        vector[at] = number;
                    }
                    _ => {}
                }
                copies.push((rows.clone(), vector.clone()));
            }
            for (rows, vector) in copies {
                prop_assert_eq!(rows.iter().copied().collect::<Vec<_>>(), vector.clone());
                prop_assert_eq!(rows.len(), vector.len());
                let from = vector.len() / 2;
                prop_assert_eq!(rows.iter_from(from).copied().collect::<Vec<_>>(), vector[from..].to_vec());
                prop_assert_eq!(rows.get(from), vector.get(from));
            }
        }
    }
}
