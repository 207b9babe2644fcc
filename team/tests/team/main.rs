//! What is shipped is what the log says: against a receiver in memory, a directory, and a PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test panics")]

mod conformance;
mod given;
mod targets;
