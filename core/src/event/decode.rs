//! MessagePack that somebody else may have written.

use rmp_serde::decode::Error;
use serde::Deserialize;

use crate::messagepack;

/// How deep a body may nest. Known ones go down to five: values of unknown keys are text.
pub(super) const DEPTH_MAX: u16 = 32;

/// Reads a value from a body's bytes, with a stack that their nesting cannot exhaust.
pub(super) fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    messagepack::from_slice(bytes, DEPTH_MAX)
}

/// Whether a body that is to be written can be read again, as far as the number of its elements goes.
pub(crate) fn is_readable(bytes: &[u8]) -> bool {
    messagepack::is_within_elements(bytes, DEPTH_MAX)
}
