//! What the program says, command by command, in process: nothing here reads the real environment or home folder.

#![allow(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod errors;
mod head;
mod help;
mod log;
mod migrate;
mod sql;
mod stats;
mod support;
mod verify;
