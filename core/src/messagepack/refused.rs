//! What is no MessagePack, or more of it than anybody writes.

use std::io::ErrorKind;

use rmp_serde::decode::Error;
use serde::de::Visitor;

use super::from_slice;

/// Elements of lists, and pairs of maps beyond the first [`KNOWN_PAIRS_MAX`], that bytes may have in all. Each takes up to a hundred
/// times as much in memory as the two or three bytes that it may be.
pub(super) const ELEMENTS_MAX: usize = 1 << 21;

/// No object that this release knows has more fields.
pub(super) const KNOWN_PAIRS_MAX: usize = 20;

/// Whether [`from_slice`] takes the bytes, as far as their number of elements goes. Short ones are not looked at.
pub(crate) fn is_within_elements(bytes: &[u8], depth: u16) -> bool {
    bytes.len() <= ELEMENTS_MAX || from_slice::<serde::de::IgnoredAny>(bytes, depth).is_ok()
}

#[cold]
pub(super) fn not_utf8<'de, V: Visitor<'de>>(bytes: &'de [u8], visitor: V) -> Result<V::Value, Error> {
    let refused = match std::str::from_utf8(bytes) {
        Ok(text) => return visitor.visit_borrowed_str(text),
        Err(refused) => refused,
    };
    visitor.visit_borrowed_bytes::<Error>(bytes).map_err(|_| Error::Utf8Error(refused))
}

#[cold]
pub(super) fn no_marker() -> Error {
    Error::InvalidMarkerRead(ErrorKind::UnexpectedEof.into())
}

#[cold]
pub(super) fn too_short() -> Error {
    Error::InvalidDataRead(ErrorKind::UnexpectedEof.into())
}

#[cold]
pub(super) fn too_many() -> Error {
    Error::Uncategorized(format!("its lists and maps have more than {ELEMENTS_MAX} elements"))
}

#[cold]
pub(super) fn mismatch(marker: u8) -> Error {
    Error::Uncategorized(format!("a value that begins with {marker:#04x} is not what is expected here"))
}
