//! Entries that only whoever has the database's secret can find, open, or make.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::{Cache, Key, Unavailable};
use crate::metrics::OfCache;

/// The longest answer that is kept, in bytes.
const ANSWER_MAX: usize = 16 << 20;
/// How hard answers are packed: JSON becomes a fifth of it in a few milliseconds a megabyte.
const LEVEL: i32 = 1;

/// A cache, as answers are put into it.
pub(crate) struct SealedCache {
    cache: Arc<dyn Cache>,
    random: SystemRandom,
    counts: OfCache,
    /// Told once when the cache does not answer.
    tell: Box<dyn Fn(&Unavailable) + Send + Sync>,
}

impl SealedCache {
    pub(crate) fn new(
        cache: Arc<dyn Cache>,
        counts: OfCache,
        tell: impl Fn(&Unavailable) + Send + Sync + 'static,
    ) -> Self {
        Self { cache, random: SystemRandom::new(), counts, tell: Box::new(tell) }
    }

    /// Returns the answer that was kept under a name of that content.
    pub(crate) fn get(&self, secret: &Key, content: &Key, name: &str) -> Option<Vec<u8>> {
        let sealing = Sealing::of(secret, content, name);
        let entry = match self.cache.get(&sealing.key) {
            Ok(entry) => entry,
            Err(why) => {
                self.failed(&why);
                return None;
            }
        };
        let opened = entry.and_then(|entry| sealing.open(entry));
        let counter = if opened.is_some() { &self.counts.hits } else { &self.counts.misses };
        counter.inc();
        opened
    }

    /// Keeps an answer.
    pub(crate) fn put(&self, secret: &Key, content: &Key, name: &str, answer: &[u8]) {
        if answer.len() > ANSWER_MAX {
            return;
        }
        let sealing = Sealing::of(secret, content, name);
        if let Some(entry) = sealing.close(answer, &self.random)
            && let Err(why) = self.cache.put(&sealing.key, entry)
        {
            self.failed(&why);
        }
        let evictions = self.cache.evictions();
        self.counts.evictions.inner().fetch_max(evictions, Ordering::Relaxed);
    }

    fn failed(&self, why: &Unavailable) {
        self.counts.failures.inc();
        (self.tell)(why);
    }
}

/// What one entry is found and opened by.
struct Sealing {
    key: Key,
    cipher: Option<LessSafeKey>,
}

impl Sealing {
    fn of(secret: &Key, content: &Key, name: &str) -> Self {
        let mut derived = [0; 64];
        let mut hasher = blake3::Hasher::new_keyed(secret);
        hasher.update(content).update(name.as_bytes()).finalize_xof().fill(&mut derived);
        let (key, cipher) = derived.split_at(32);
        let cipher = UnboundKey::new(&AES_256_GCM, cipher).ok().map(LessSafeKey::new);
        Self { key: std::array::from_fn(|at| key[at]), cipher }
    }

    fn close(&self, answer: &[u8], random: &SystemRandom) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).ok()?;
        let mut sealed = zstd::bulk::compress(answer, LEVEL).ok()?;
        let cipher = self.cipher.as_ref()?;
        cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .ok()?;
        sealed.extend_from_slice(&nonce);
        Some(sealed)
    }

    fn open(&self, mut entry: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = entry.split_off(entry.len().checked_sub(NONCE_LEN)?);
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let packed = self.cipher.as_ref()?.open_in_place(nonce, Aad::empty(), &mut entry).ok()?;
        zstd::bulk::decompress(packed, ANSWER_MAX).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{SealedCache, Sealing};
    use crate::cache::{Cache as _, Memory};
    use crate::metrics::OfCache;

    #[test]
    fn what_is_kept_is_found_by_the_same_and_by_nothing_else() {
        let memory = Memory::new(1 << 20);
        let sealed = SealedCache::new(Arc::new(memory.clone()), OfCache::default(), |why| panic!("{why}"));
        let answer = "the hinge creaks ".repeat(1000);
        sealed.put(&[1; 32], &[2; 32], "a", answer.as_bytes());
        assert_eq!(sealed.get(&[1; 32], &[2; 32], "a").as_deref(), Some(answer.as_bytes()));
        for (secret, content, name) in [(3, 2, "a"), (1, 3, "a"), (1, 2, "b")] {
            assert_eq!(sealed.get(&[secret; 32], &[content; 32], name), None);
        }
        // What is there is small, and says nothing.
        let key = Sealing::of(&[1; 32], &[2; 32], "a").key;
        let entry = memory.get(&key).unwrap().unwrap();
        assert!(entry.len() < 200 && memchr::memmem::find(&entry, b"hinge").is_none());
        // Under another's key, cut, or with any bit turned it is none.
        memory.put(&Sealing::of(&[1; 32], &[2; 32], "b").key, entry.clone()).unwrap();
        assert_eq!(sealed.get(&[1; 32], &[2; 32], "b"), None);
        for length in 0..entry.len() {
            memory.put(&key, entry[..length].to_vec()).unwrap();
            assert_eq!(sealed.get(&[1; 32], &[2; 32], "a"), None, "cut at {length}");
        }
        for bit in 0..entry.len() * 8 {
            let mut turned = entry.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            memory.put(&key, turned).unwrap();
            assert_eq!(sealed.get(&[1; 32], &[2; 32], "a"), None, "bit {bit}");
        }
    }
}
