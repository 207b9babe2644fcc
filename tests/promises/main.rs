//! What retold promises, a file a promise.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod append;
mod arrows;
mod disk_full;
mod errors;
mod format;
mod hostile_bodies;
mod opening;
mod plans;
mod processes;
mod readme;
mod subscription;
mod tampering;
