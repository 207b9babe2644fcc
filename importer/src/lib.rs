//! Placeholder.

pub mod ait42;
