//! What retold promises, a file a promise.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a counted test says how often it held")]

mod append;
mod arrows;
mod attacks;
#[cfg(unix)]
mod bit_flips;
mod circles;
mod clock;
mod commands;
mod commands_at_once;
mod corpus;
mod cut_texts;
mod disk_full;
mod errors;
mod export_again;
mod facade;
mod faults;
mod follow;
mod forget;
mod format;
mod glossary;
#[cfg(unix)]
mod hostile;
mod hostile_bodies;
mod hostile_input;
mod hostile_sql;
mod hostile_store;
mod house;
mod import_again;
mod import_at_once;
mod import_bad;
mod import_crash;
mod import_dirty;
mod import_dry;
mod import_history;
mod import_memory;
mod import_quarantine;
mod import_texts;
mod import_workspaces;
#[cfg(unix)]
mod interrupted;
mod keys;
mod kills;
mod left_behind;
mod left_out;
mod machine;
mod masking;
mod mcp;
mod mirror;
mod moments;
mod names;
mod old_stores;
mod opening;
mod operations;
mod overwriting;
mod parquet;
mod parts;
mod phases;
mod plans;
mod power;
mod processes;
mod projections_crash;
mod projections_edited;
mod projections_hostile;
mod projections_readers;
mod projections_reference;
mod pruning;
#[cfg(unix)]
mod reading;
mod readme;
mod recovery;
mod redaction;
mod retention;
mod rpc_reference;
mod salvage;
mod search;
mod second_verifier;
mod service;
mod session_files;
mod settings_page;
mod subscription;
mod tags;
mod tampering;
mod tickets;
mod too_many;
mod transcripts;
mod travel;
mod undo;
#[cfg(unix)]
mod unreadable;
mod usage;
mod usage_sums;
mod variants;
mod verify_beside;

/// Returns how often a test repeats what chance is to find: `cases`, or many times that where somebody asked for a long
/// run with `RETOLD_NIGHTLY=1`.
fn nightly(cases: u32) -> u32 {
    if is_nightly() { cases.saturating_mul(50) } else { cases }
}

fn is_nightly() -> bool {
    std::env::var_os("RETOLD_NIGHTLY").is_some_and(|value| value != "0")
}

/// Returns what is to be tried of `all` that could be: one in so many, other ones each time; all of it in a long run.
fn one_in<T>(share: usize, all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.into_iter().collect();
    let least = if is_nightly() { all.len() } else { all.len().div_ceil(share) };
    while all.len() > least {
        all.remove(retold_trial::chance::range(0..all.len()));
    }
    all
}

/// Says how often something held, and what that is worth: with no failure in N runs, the chance of one is below 3/N, with
/// 95 % confidence.
fn held(what: &str, runs: u32) {
    eprintln!(
        "{what}: held in {runs} of {runs} runs; the chance of a failure is below {:.5}",
        3.0 / f64::from(runs)
    );
}

/// Starts a process that prints a line for each thing that it does, and kills it after some of them, anywhere between two: fewer than
/// `lines`, and a moment of fewer than `spins`. Returns how many lines were read. It complains of nothing.
fn kill_between_lines(command: &mut std::process::Command, lines: usize, spins: u32) -> usize {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap());
    let (mut line, mut read) = (String::new(), 0);
    for _ in 0..retold_trial::chance::range(0..lines) {
        read += printed.read_line(&mut line).unwrap().min(1);
    }
    for _ in 0..retold_trial::chance::range(0..spins) {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    child.wait().unwrap();
    assert_eq!(errors, "");
    read
}
