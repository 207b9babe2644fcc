//! Measures retold beside what it is to stand against, in one run, and prints a table.
//!
//! `cargo run --release -p retold-benches [-- --only append import …] [--quick] [--json] [--dir FOLDER]`. The store
//! lives below `--dir`, which has to be a real disk. Whoever shares the machine shares the figures: the CPU that
//! other processes took is told with each of them.

mod append;
mod arguments;
mod bare;
mod batch;
mod bench;
mod commands;
mod figure;
mod growth;
mod import;
mod machine;
mod message;
mod projections;
mod read;
mod rebuild;
mod report;
mod rivals;
mod start;
mod table;
mod team;
mod temporal;
mod timing;
mod transcripts;
mod travel;
mod usage;
mod verify;

use std::io::Write as _;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use bench::Bench;
use clap::Parser as _;
use report::Report;

/// The allocator of the program that is measured, for both sides.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What went wrong; the measurement ends with it.
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Outcome<T> = Result<T, Failure>;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _unread = writeln!(std::io::stderr(), "error: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    match &arguments.command {
        Some(Command::Import { from, store }) => {
            return Ok(writeln!(out, "{}", serde_json::to_string(&import::in_this_process(from, store)?)?)?);
        }
        Some(Command::Home { folder }) => {
            let written = transcripts::write(folder, arguments.scale())?;
            return Ok(writeln!(out, "{} files, {} bytes", written.files, written.bytes)?);
        }
        Some(Command::Load(load)) => {
            let bench = Bench::new(arguments)?;
            let figures = team::load::run(*load, bench.scratch()?.path())?;
            return Ok(write!(out, "{}", table::table(figures.iter()))?);
        }
        Some(Command::Follow { store }) => {
            drop(out);
            return travel::print_lines(store);
        }
        None => {}
    }
    let bench = Bench::new(arguments)?;
    let mut report = Report::begin(&bench);
    for group in arguments.groups() {
        writeln!(std::io::stderr(), "{} …", group.name())?;
        report.measure(group, &bench)?;
    }
    match arguments.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        false => write!(out, "{report}")?,
    }
    Ok(())
}

fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
