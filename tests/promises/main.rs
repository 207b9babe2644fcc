//! What retold promises, a file a promise.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod append;
mod arrows;
mod commands;
mod disk_full;
mod errors;
mod export_again;
mod format;
mod hostile_bodies;
mod import_again;
mod import_bad;
mod import_crash;
mod import_dirty;
mod import_dry;
mod import_history;
mod import_memory;
mod import_quarantine;
mod import_workspaces;
mod opening;
mod plans;
mod processes;
mod projections_crash;
mod projections_hostile;
mod projections_readers;
mod projections_reference;
mod readme;
mod subscription;
mod tampering;
