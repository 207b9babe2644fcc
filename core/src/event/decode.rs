//! MessagePack that somebody else may have written.

use rmp_serde::decode::Error;
use serde::Deserialize;

/// How deep a body may nest. Known ones go down to five: values of unknown keys are text.
const DEPTH_MAX: usize = 32;

/// Reads a value from a body's bytes, with a stack that their nesting cannot exhaust.
pub(super) fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
    reader.set_max_depth(DEPTH_MAX);
    T::deserialize(&mut reader)
}
