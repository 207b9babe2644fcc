//! From the start of the program to the first row of a list, beside the start of a program that reads no store.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Outcome;
use crate::bench::{Bench, Scale, program};
use crate::figure::{Figure, Target};
use crate::growth::store;
use crate::timing::{in_turn, millis};

/// The longest that a person waits.
const FIRST_ROW_MAX_MS: f64 = 15.0;

/// Events of the stores.
const SIZES: [usize; 2] = [10_000, 1_000_000];
const SMOKE: [usize; 1] = [300];
/// Starts of the program, for each list.
const STARTS: usize = 21;

/// Lists, each with a few rows: what comes out before them is nothing.
const LISTS: [(&str, &[&str]); 5] = [
    ("`sessions -n 20`", &["sessions", "-n", "20"]),
    ("`log -n 20`", &["log", "-n", "20"]),
    ("`log SESSION -n 20`", &["log", "session-00000003", "-n", "20"]),
    ("`show SESSION`", &["show", "session-00000003"]),
    ("`search` of its index, `-n 5`", &["search", "timeout", "-n", "5"]),
];

/// Measures the lists in each of the stores.
pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let sizes: &[usize] = if bench.scale == Scale::SMOKE { &SMOKE } else { &SIZES };
    let mut figures = Vec::new();
    for events in sizes {
        let folder = bench.scratch()?;
        let path = folder.path().join("sessions.db");
        let stored = store::write(&path, bench.scale.of(*events))?;
        figures.extend(in_store(bench.scale.of(STARTS).max(5), &path, stored.events)?);
    }
    Ok(figures)
}

/// Measures each list, the program's own version and what completes a session's id, in turn; nothing where the program was not
/// built.
fn in_store(rounds: usize, store: &Path, events: u64) -> Outcome<Vec<Figure>> {
    let Some(program) = program()? else { return Ok(Vec::new()) };
    let mut figures = Vec::new();
    let version = || first_byte(Command::new(&program).arg("--version"));
    let mut add = |name: &str, command: &dyn Fn() -> Command| -> Outcome<()> {
        // What a first run leaves beside the store is there for those that are measured.
        first_byte(&mut command())?;
        let pairs = in_turn(rounds, || first_byte(&mut command()), version)?;
        let name = format!("{name}, start to first row, {events} events");
        let figure = Figure::of_pairs_less(name, "ms", "`--version`", &pairs);
        figures.push(figure.target(Target::AtMost(FIRST_ROW_MAX_MS)));
        Ok(())
    };
    for (name, args) in LISTS {
        add(name, &|| {
            let mut command = Command::new(&program);
            command.args(args).arg("--store").arg(store);
            command
        })?;
    }
    add("completion of `show session-0000000`", &|| {
        let mut command = Command::new(&program);
        // As the script of fish asks, which `retold completions fish` writes.
        command.env("RETOLD_COMPLETE", "fish");
        command.env("RETOLD_STORE", store).args(["--", "retold", "show", "session-0000000"]);
        command
    })?;
    Ok(figures)
}

/// Runs a program; returns how long it took to its first byte.
fn first_byte(command: &mut Command) -> Outcome<f64> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut out = child.stdout.take().ok_or("cold: no output")?;
    let mut first = [0];
    let read = out.read(&mut first)?;
    let ms = millis(start.elapsed());
    // It writes to the end, so that nothing of it goes on beside the next one.
    out.read_to_end(&mut Vec::new())?;
    let status = child.wait()?;
    match read {
        1 if status.success() => Ok(ms),
        _ => Err(format!("cold: {command:?}: {status}, {read} bytes").into()),
    }
}
