//! What an interpreter knows, as bytes: a program that ends, and another one that goes on from there.
//!
//! Nothing promises that bytes which one release gave mean anything to another one: whoever keeps them says which release it was. They may
//! hold anything: what refers to something that is not there is refused.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::tool::Interpreter;

/// Tells whether what was read from bytes refers only to what is there.
pub(super) trait Sound {
    /// Whether every number that stands for something is one of those that were given.
    fn is_sound(&self) -> bool;
}

/// Returns what an interpreter knows, as bytes.
pub(super) fn write(state: &impl Serialize) -> Option<Vec<u8>> {
    rmp_serde::to_vec(state).ok()
}

/// Returns the interpreter that gave these bytes.
pub(super) fn read<I: Interpreter + Sound + DeserializeOwned + 'static>(
    bytes: &[u8],
) -> Option<Box<dyn Interpreter>> {
    let state: I = rmp_serde::from_slice(bytes).ok()?;
    state.is_sound().then(|| Box::new(state) as Box<dyn Interpreter>)
}

/// Whether all numbers are below a count.
pub(super) fn all_below<'n>(numbers: impl IntoIterator<Item = &'n u32>, count: usize) -> bool {
    numbers.into_iter().all(|number| (*number as usize) < count)
}
