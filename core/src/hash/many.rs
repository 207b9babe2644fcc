//! Many short inputs hashed at once.
//!
//! An input of a few blocks has nothing that could be computed side by side, but several such inputs have: with AVX-512 sixteen of
//! them take little more time than one. The crate does so for the chunks of one long input, and its code for it is `platform`,
//! which is public and documented as unstable. So this is the only file that uses it, `Cargo.toml` holds the crate to a minor
//! version, a property compares each hash with the documented function's, and whoever compares a hash from here with a stored
//! one asks the documented function before calling that damage.

use blake3::IncrementCounter;
use blake3::platform::{Platform, le_bytes_from_words_32, words_from_le_bytes_32};

use super::{BODY_CONTEXT, EVENT_CONTEXT, Header};

const BLOCK: usize = blake3::BLOCK_LEN;
/// The longest input that is one chunk: longer ones are trees.
pub(crate) const SHORT_BYTES_MAX: usize = blake3::CHUNK_LEN;
/// As many as any platform takes at once.
const LANES: usize = 16;

/// Flags of a block: <https://github.com/BLAKE3-team/BLAKE3-specs/blob/master/blake3.pdf>, table 3.
mod flag {
    pub(super) const CHUNK_START: u8 = 1;
    pub(super) const CHUNK_END: u8 = 1 << 1;
    pub(super) const ROOT: u8 = 1 << 3;
    pub(super) const DERIVE_KEY_MATERIAL: u8 = 1 << 6;
}

/// Returns what events commit to of their bodies. Each input is a salt with its body after it, at most
/// [`SHORT_BYTES_MAX`] in all.
pub(crate) fn body_commits(inputs: &[&[u8]]) -> Vec<[u8; 32]> {
    derived(BODY_CONTEXT, inputs)
}

/// Returns the hashes of events, of which each has the bytes of a [`Header`].
pub(crate) fn event_hashes<'a>(headers: impl Iterator<Item = &'a [u8; Header::BYTES]>) -> Vec<[u8; 32]> {
    let headers: Vec<&[u8]> = headers.map(<[u8; Header::BYTES]>::as_slice).collect();
    derived(EVENT_CONTEXT, &headers)
}

fn derived(context: &str, inputs: &[&[u8]]) -> Vec<[u8; 32]> {
    let hasher = Lanes {
        platform: Platform::detect(),
        key: words_from_le_bytes_32(&blake3::hazmat::hash_derive_key_context(context)),
        inputs,
    };
    // Those of as many blocks go together.
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    order.sort_unstable_by_key(|&at| whole_blocks(inputs[at]));
    let mut hashes = vec![[0; 32]; inputs.len()];
    for group in order.chunk_by(|&one, &other| whole_blocks(inputs[one]) == whole_blocks(inputs[other])) {
        group.chunks(LANES).for_each(|group| hasher.hash(group, &mut hashes));
    }
    hashes
}

/// The blocks of an input before its last, which may be short.
fn whole_blocks(input: &[u8]) -> usize {
    input.len().saturating_sub(1) / BLOCK
}

struct Lanes<'a> {
    platform: Platform,
    key: [u32; 8],
    inputs: &'a [&'a [u8]],
}

impl Lanes<'_> {
    /// Hashes those of a group, which have as many blocks, and are at most [`LANES`].
    fn hash(&self, group: &[usize], hashes: &mut [[u8; 32]]) {
        macro_rules! by_blocks {
            ($($blocks:literal)*) => {
                match group.first().map_or(0, |&at| whole_blocks(self.inputs[at])) {
                    0 => {
                        for &at in group {
                            hashes[at] = self.last(self.key, self.inputs[at], flag::CHUNK_START);
                        }
                    }
                    $($blocks => self.side_by_side::<{ $blocks * BLOCK }>(group, hashes),)*
                    _ => unreachable!("an input has at most {SHORT_BYTES_MAX} bytes"),
                }
            };
        }
        by_blocks! { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 }
    }

    /// Hashes the first `N` bytes of each side by side, and what is left of each by itself.
    fn side_by_side<const N: usize>(&self, group: &[usize], hashes: &mut [[u8; 32]]) {
        let mut whole = [&[0; N]; LANES];
        for (whole, &at) in whole.iter_mut().zip(group) {
            *whole = self.inputs[at].first_chunk().expect("its whole blocks are there");
        }
        let mut chains = [0; LANES * 32];
        self.platform.hash_many(
            &whole[..group.len()],
            &self.key,
            0,
            IncrementCounter::No,
            flag::DERIVE_KEY_MATERIAL,
            flag::CHUNK_START,
            0,
            &mut chains,
        );
        for (chain, &at) in chains.as_chunks().0.iter().zip(group) {
            hashes[at] = self.last(words_from_le_bytes_32(chain), &self.inputs[at][N..], 0);
        }
    }

    /// Hashes the last block.
    fn last(&self, mut chain: [u32; 8], rest: &[u8], start: u8) -> [u8; 32] {
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        let length = u8::try_from(rest.len()).expect("a block's length is a byte");
        let flags = flag::DERIVE_KEY_MATERIAL | start | flag::CHUNK_END | flag::ROOT;
        self.platform.compress_in_place(&mut chain, &block, length, 0, flags);
        le_bytes_from_words_32(&chain)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::hash::body_commit;

    fn inputs() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let length = prop_oneof![
            3 => 0..=SHORT_BYTES_MAX,
            1 => prop::sample::select(&[0, 1, 63, 64, 65, 127, 128, 129, 220, 960, 961, 1023, 1024][..]),
            // Many of a length, so that lanes are full.
            2 => Just(220_usize),
        ];
        vec((length, any::<u8>()), 0..100).prop_map(|inputs| {
            let input = |(length, seed): (usize, u8)| {
                (0..=u8::MAX).cycle().map(|at| at.wrapping_mul(seed) ^ seed).take(length).collect()
            };
            inputs.into_iter().map(input).collect()
        })
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(64))]

        #[test]
        fn many_hashes_are_those_of_the_documented_function(inputs in inputs()) {
            let slices: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
            for (context, hashes) in [
                (BODY_CONTEXT, body_commits(&slices)),
                (EVENT_CONTEXT, derived(EVENT_CONTEXT, &slices)),
            ] {
                let each: Vec<[u8; 32]> = slices.iter().map(|input| blake3::derive_key(context, input)).collect();
                prop_assert_eq!(hashes, each);
            }
        }
    }

    #[test]
    fn every_length_gives_the_hash_of_the_documented_function_alone_and_among_others() {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(SHORT_BYTES_MAX).collect();
        let all: Vec<&[u8]> = (16..=SHORT_BYTES_MAX).map(|length| &bytes[..length]).collect();
        let (salt, _) = bytes.split_first_chunk().unwrap();
        let among_others = body_commits(&all);
        for (input, hash) in all.iter().zip(among_others) {
            assert_eq!(hash, body_commit(salt, &input[16..]), "{} bytes", input.len());
            assert_eq!(body_commits(&[input]), [hash]);
        }
    }
}
