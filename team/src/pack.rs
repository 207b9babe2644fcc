//! Packing for the way: with the dictionary that comes with the program, and no other.
//!
//! A dictionary that was trained on a log may hold parts of its texts, those that were redacted since among them. None ever leaves.

use retold_core::raw::{BUILT_IN_DICTIONARY, FIRST_DICTIONARY, Packer, UnpackError, Unpacker, ZSTD};
use serde_bytes::ByteBuf;

/// Packs bodies and texts.
#[derive(Debug)]
pub(crate) struct Packing(Packer);

impl Packing {
    /// Makes one.
    ///
    /// # Errors
    /// Where there is no memory.
    pub(crate) fn new() -> std::io::Result<Self> {
        Packer::new(FIRST_DICTIONARY, BUILT_IN_DICTIONARY).map(Self)
    }

    /// Returns the codec and the packed bytes.
    pub(crate) fn pack(&mut self, plain: &[u8]) -> (u8, ByteBuf) {
        let packed = self.0.pack(plain);
        (u8::try_from(packed.codec).unwrap_or(u8::MAX), ByteBuf::from(packed.bytes))
    }
}

/// Unpacks what was packed for the way.
#[derive(Debug)]
pub struct Unpacking {
    unpacker: Unpacker,
    buffer: Vec<u8>,
}

impl Unpacking {
    /// Makes one.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn new() -> std::io::Result<Self> {
        let mut unpacker = Unpacker::default();
        unpacker.learn(ZSTD, &[])?;
        unpacker.learn(FIRST_DICTIONARY, BUILT_IN_DICTIONARY)?;
        Ok(Self { unpacker, buffer: Vec::new() })
    }

    /// Returns the bytes, of which there are at most `limit`.
    ///
    /// # Errors
    /// Where they are not what the codec says, or more.
    pub fn unpack<'a>(
        &'a mut self,
        codec: u8,
        bytes: &'a [u8],
        limit: usize,
    ) -> Result<&'a [u8], UnpackError> {
        self.unpacker.unpack(codec.into(), bytes, limit, &mut self.buffer)
    }
}
