//! What keeps a store in order: compact.
//!
//! Everything here works on a [`Log`](retold_core::Log) that others go on reading and writing meanwhile.

mod compact;

pub use compact::{Compacted, compact, forget_dictionary, unfinished_dictionaries, vacuum};
