//! Foreign session histories, replayed as events of a retold log.
//!
//! One module a format. Each reads a foreign document, makes of it the events that must have led to it, proves that
//! they lead back to it, and writes it out again.

pub mod ait42;
mod error;
pub mod quarantine;
pub mod transcripts;

pub use error::Error;
