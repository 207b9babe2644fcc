//! What is shipped is what the log says: against a receiver in memory, a directory, and a PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test panics")]
#![allow(clippy::print_stdout, reason = "libtest keeps it, and shows it where the test fails")]

mod answers;
mod conformance;
mod divergence;
mod erasure;
mod given;
mod health;
mod kills;
mod levels;
mod lists;
mod network;
mod order;
mod plans;
mod proxy;
mod pull;
mod purge;
mod reach;
mod receivers;
mod retention;
mod rows;
mod search;
mod searched;
mod sight;
mod targets;
