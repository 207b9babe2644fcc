//! What the program says, command by command, in process: nothing here reads the real environment or home folder.

#![allow(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod backup;
mod beside;
mod bounds;
mod calls;
mod changes;
mod check;
mod clock;
mod columns;
#[cfg(unix)]
mod completion;
mod corrected;
mod demo;
mod disk;
mod doctor;
mod erased;
mod errors;
mod export;
mod export_rows;
mod first;
mod head;
mod help;
mod honoured;
mod import;
mod instances;
mod joined;
mod log;
mod metrics;
mod migrate;
mod moments;
mod parts;
mod projections;
mod projections_inline;
mod projections_kept;
mod prune;
#[cfg(unix)]
mod pull;
mod quarantine;
mod rebuild;
mod redact;
mod retention;
mod rpc;
mod rpc_follow;
mod rpc_search;
mod screens;
mod search;
mod serve;
mod sessions;
mod settings;
mod shared_secrets;
mod shell;
#[cfg(feature = "team")]
mod ship;
mod show;
mod sql;
mod sql_json;
mod sql_shell;
mod stats;
mod story;
mod support;
mod talk;
#[cfg(unix)]
mod team;
mod team_page;
#[cfg(unix)]
mod team_upkeep;
mod terminal;
mod travel;
mod tui;
mod usage;
mod verify;
mod zones;
