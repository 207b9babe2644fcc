//! Entries in the memory of this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache as Kept;
use quick_cache::{DefaultHashBuilder, Lifecycle, Weighter};

use super::{Cache, Key, Unavailable};

/// What an entry takes beside its bytes.
const OVERHEAD: usize = 128;
/// About what an entry weighs, from which it is guessed how many there will be.
const USUAL: u64 = 16 * 1024;

type Entries = Kept<Key, Arc<[u8]>, Weight, DefaultHashBuilder, Evictions>;

/// Entries in memory, those that were asked for lately. Cloned, it is the same.
#[derive(Clone)]
pub struct Memory {
    kept: Arc<Entries>,
    evictions: Evictions,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("bytes", &self.kept.weight()).finish_non_exhaustive()
    }
}

impl Memory {
    /// At most so many bytes.
    pub fn new(bytes: u64) -> Self {
        let evictions = Evictions::default();
        let number = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).max(16);
        let kept = Kept::with(number, bytes, Weight, DefaultHashBuilder::default(), evictions.clone());
        Self { kept: Arc::new(kept), evictions }
    }
}

impl Cache for Memory {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, Unavailable> {
        Ok(self.kept.get(key).map(|entry| entry.to_vec()))
    }

    fn put(&self, key: &Key, entry: Vec<u8>) -> Result<(), Unavailable> {
        self.kept.insert(*key, entry.into());
        Ok(())
    }

    fn evictions(&self) -> u64 {
        self.evictions.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Arc<[u8]>> for Weight {
    fn weight(&self, _key: &Key, entry: &Arc<[u8]>) -> u64 {
        (entry.len() + OVERHEAD) as u64
    }
}

/// Counts what goes for lack of room.
#[derive(Clone, Default)]
struct Evictions(Arc<AtomicU64>);

impl Lifecycle<Key, Arc<[u8]>> for Evictions {
    type RequestState = ();

    fn on_evict(&self, _state: &mut (), _key: Key, _entry: Arc<[u8]>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{Cache as _, Memory};

    #[test]
    fn it_holds_no_more_than_it_may() {
        let memory = Memory::new(64 * 1024);
        for number in 0..200_u8 {
            memory.put(&[number; 32], vec![number; 4000]).unwrap();
        }
        let kept: Vec<u8> = (0..200).filter(|number| memory.get(&[*number; 32]).unwrap().is_some()).collect();
        assert!(!kept.is_empty() && kept.len() * 4000 <= 64 * 1024, "{kept:?}");
        assert_eq!(memory.evictions(), 200 - kept.len() as u64);
        for number in kept {
            assert_eq!(memory.get(&[number; 32]).unwrap(), Some(vec![number; 4000]));
        }
    }
}
