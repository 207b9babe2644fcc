//! Compression of bodies and blobs: a codec per row, dictionaries by number.

use std::collections::HashMap;

use zstd::bulk::{Compressor, Decompressor};

/// As it is.
pub const RAW: u32 = 0;
/// Zstandard without a dictionary. Every number above names a dictionary.
pub const ZSTD: u32 = 1;
/// The number of the first dictionary.
pub const FIRST_DICTIONARY: u32 = 2;

/// Shorter bytes are left as they are.
const PACKED_BYTES_MIN: usize = 64;
/// On short bodies with a dictionary, level 3 takes a quarter more time for 3 % fewer bytes.
const LEVEL: i32 = 2;
/// Longer bytes are packed without a dictionary: they say by themselves what repeats in them.
const WITH_DICTIONARY_MAX: usize = 64 * 1024;
/// On long ones, level 3 takes a tenth more time for 5 % fewer bytes.
const LEVEL_LONG: i32 = 3;
/// A larger dictionary takes longer to load than it saves.
const DICTIONARY_BYTES_MAX: usize = 64 * 1024;

/// Bytes as a row holds them.
#[derive(Debug)]
pub struct Packed {
    /// How: [`RAW`], [`ZSTD`] or the number of a dictionary.
    pub codec: u32,
    /// The bytes themselves.
    pub bytes: Vec<u8>,
}

/// Packs bodies and texts, with one dictionary and without.
pub struct Packer {
    dictionary: u32,
    with_dictionary: Compressor<'static>,
    plain: Compressor<'static>,
}

impl Packer {
    /// Makes one that packs with a dictionary what is short.
    ///
    /// # Errors
    /// Where the bytes are no dictionary, or there is no memory.
    pub fn new(dictionary: u32, bytes: &[u8]) -> std::io::Result<Self> {
        let mut with_dictionary = Compressor::with_dictionary(LEVEL, bytes)?;
        // The row's codec names the dictionary already.
        with_dictionary.set_parameter(zstd::zstd_safe::CParameter::DictIdFlag(false))?;
        Ok(Self { dictionary, with_dictionary, plain: Compressor::new(LEVEL_LONG)? })
    }

    /// Returns which dictionary it packs with.
    pub fn dictionary(&self) -> u32 {
        self.dictionary
    }

    /// Packs a body or a text: a short one with the dictionary. Bytes that do not get shorter, or for whose compression there is no
    /// memory, are left as they are.
    pub fn pack(&mut self, bytes: &[u8]) -> Packed {
        let (compressor, codec) = match bytes.len() <= WITH_DICTIONARY_MAX {
            true => (&mut self.with_dictionary, self.dictionary),
            false => (&mut self.plain, ZSTD),
        };
        if bytes.len() >= PACKED_BYTES_MIN
            && let Ok(packed) = compressor.compress(bytes)
            && packed.len() < bytes.len()
        {
            return Packed { codec, bytes: packed };
        }
        Packed { codec: RAW, bytes: bytes.to_vec() }
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").field("dictionary", &self.dictionary).finish_non_exhaustive()
    }
}

/// Why packed bytes could not be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It was packed with a dictionary that the unpacker was not given.
    #[error("no dictionary {0}")]
    NoDictionary(u32),
    /// It would be larger than the limit.
    #[error("{0} bytes when unpacked, which is over the limit of {1}")]
    TooLarge(u64, usize),
    /// It is not what its codec says.
    #[error("not what its codec says: {0}")]
    Malformed(String),
}

/// Unpacks bytes that [`Packer`] packed, with any dictionary it was given.
#[derive(Default)]
pub struct Unpacker {
    by_codec: HashMap<u32, Decompressor<'static>>,
}

impl Unpacker {
    /// Returns whether it can unpack this codec.
    pub fn knows(&self, codec: u32) -> bool {
        codec == RAW || self.by_codec.contains_key(&codec)
    }

    /// Gives it the dictionary of this number; none for [`ZSTD`].
    ///
    /// # Errors
    /// Where the bytes are no dictionary, or there is no memory.
    pub fn learn(&mut self, codec: u32, dictionary: &[u8]) -> std::io::Result<()> {
        self.by_codec.insert(codec, Decompressor::with_dictionary(dictionary)?);
        Ok(())
    }

    /// Unpacks into `buffer`, never beyond `limit` bytes; a frame that does not say its size is refused.
    ///
    /// # Errors
    /// Why it could not be unpacked.
    pub fn unpack<'a>(
        &mut self,
        codec: u32,
        bytes: &'a [u8],
        limit: usize,
        buffer: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], UnpackError> {
        if codec == RAW {
            return Ok(bytes);
        }
        let decompressor = self.by_codec.get_mut(&codec).ok_or(UnpackError::NoDictionary(codec))?;
        let size = zstd::zstd_safe::get_frame_content_size(bytes)
            .ok()
            .flatten()
            .ok_or_else(|| UnpackError::Malformed("a frame without its size".to_owned()))?;
        let capacity = usize::try_from(size).unwrap_or(usize::MAX);
        if capacity > limit {
            return Err(UnpackError::TooLarge(size, limit));
        }
        buffer.clear();
        buffer.reserve(capacity);
        decompressor
            .decompress_to_buffer(bytes, buffer)
            .map_err(|error| UnpackError::Malformed(error.to_string()))?;
        Ok(buffer)
    }
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpacker").field("codecs", &self.by_codec.keys()).finish()
    }
}

/// Trains a dictionary of at most [`DICTIONARY_BYTES_MAX`] on samples.
pub(crate) fn train(samples: &[Vec<u8>]) -> std::io::Result<Vec<u8>> {
    zstd::dict::from_samples(samples, DICTIONARY_BYTES_MAX)
}
