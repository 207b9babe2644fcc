//! A gigabyte of what coding agents leave on disk, taken in by the program and read again.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use retold_benches::generate::{HomeShape, WrittenHome, write_home};
use retold_core::Options;
use retold_projections::{Order, Prices, SessionFilter, Store, UsageBy, UsageQuery};
use rusqlite::{Connection, OpenFlags};

use crate::bench::{Bench, Scale, program};
use crate::figure::{Figure, Target};
use crate::timing::{median_ms, percentile};
use crate::{Outcome, machine};

const SEED: u64 = 7;
const ROUNDS: usize = 20;
/// Lines that are written while a follower looks on, and what is between two.
const LINES: usize = 40;
const PAUSE: Duration = Duration::from_millis(330);
/// How long it is looked what a follower does while nothing is written.
const IDLE: Duration = Duration::from_secs(5);
/// No line takes longer.
const PATIENCE: Duration = Duration::from_secs(60);
const MIB: f64 = 1_048_576.0;

/// Writes the home that is measured into a folder.
pub(crate) fn write(folder: &Path, scale: Scale) -> Outcome<WrittenHome> {
    let full = HomeShape::GIGABYTE;
    let kilobytes =
        |bytes: u64| Ok::<_, crate::Failure>(scale.of(usize::try_from(bytes / 1000)?) as u64 * 1000);
    let shape = HomeShape {
        claude_bytes: kilobytes(full.claude_bytes)?,
        codex_bytes: kilobytes(full.codex_bytes)?,
        longest_records: scale.of(usize::try_from(full.longest_records)?) as u64,
        ..full
    };
    Ok(write_home(folder, &shape, SEED)?)
}

/// The program, at work on a home.
struct Program {
    path: PathBuf,
    home: PathBuf,
    store: PathBuf,
}

impl Program {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.env_clear().env("HOME", &self.home).arg("--store").arg(&self.store).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome<f64> {
        let begun = Instant::now();
        let status = self.command(arguments).status()?;
        match status.success() {
            true => Ok(begun.elapsed().as_secs_f64()),
            false => Err(format!("retold {}: {status}", arguments.join(" ")).into()),
        }
    }

    /// Runs it, and looks how much memory it has; returns the seconds, and the most bytes.
    fn watched(&self, arguments: &[&str]) -> Outcome<(f64, u64)> {
        let begun = Instant::now();
        let mut child = self.command(arguments).spawn()?;
        let (process, mut peak) = (child.id().to_string(), 0);
        loop {
            if let Some(status) = child.try_wait()? {
                let seconds = begun.elapsed().as_secs_f64();
                return if status.success() {
                    Ok((seconds, peak))
                } else {
                    Err(format!("retold: {status}").into())
                };
            }
            peak = machine::memory_peak_bytes_of(&process).unwrap_or(0).max(peak);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    // It is the program that is measured: `cargo build --release -p retold-cli` makes it.
    let Some(path) = program()? else { return Ok(Vec::new()) };
    let folder = bench.scratch()?;
    let program =
        Program { path, home: folder.path().join("home"), store: folder.path().join("sessions.db") };
    fs::create_dir_all(&program.home)?;
    let written = write(&program.home, bench.scale)?;
    let megabytes = written.bytes as f64 / 1e6;
    let (seconds, peak) = program.watched(&["import"])?;
    let longest = written.longest_line as f64 / MIB;
    let mut figures = vec![
        Figure::new(format!("import of {megabytes:.0} MB with read models"), "MB/s", megabytes / seconds)
            .target(Target::AtLeast(80.0)),
        Figure::new("memory of the importing process at its peak", "MiB", peak as f64 / MIB)
            .target(Target::AtMost(128.0 + 4.0 * longest)),
        Figure::new("import of the same again", "s", program.run(&["import"])?).target(Target::AtMost(1.0)),
    ];
    let share = |bytes: u64| bytes as f64 / written.bytes as f64;
    figures.push(
        Figure::new("size of the store with read models", "of the files", share(stored(&program.store)?))
            .target(Target::AtMost(0.30)),
    );
    let before = stored(&program.store)?;
    let indexing = program.run(&["search", "--wait", "600", "retry"])?;
    figures.push(Figure::new("the first search, which makes the index", "s", indexing));
    figures.push(
        Figure::new("size of the search index", "of the files", share(stored(&program.store)? - before))
            .target(Target::AtMost(0.12)),
    );
    let out = folder.path().join("native");
    let exporting = program.run(&["export", "--format", "native", &out.to_string_lossy()])?;
    figures.push(
        Figure::new("export of the files as they were", "MB/s", megabytes / exporting)
            .target(Target::AtLeast(150.0)),
    );
    fs::remove_dir_all(&out)?;
    figures.extend(reading(bench, &program, &written)?);
    figures.extend(following(bench, &program, &written)?);
    Ok(figures)
}

/// The bytes of a store and all that is beside it.
fn stored(store: &Path) -> Outcome<u64> {
    fn of(path: &Path) -> std::io::Result<u64> {
        if !path.is_dir() {
            return Ok(fs::metadata(path).map_or(0, |metadata| metadata.len()));
        }
        fs::read_dir(path)?.map(|entry| of(&entry?.path())).sum()
    }
    let beside = |end: &str| {
        let mut path = store.as_os_str().to_owned();
        path.push(end);
        PathBuf::from(path)
    };
    Ok(of(store)? + of(&beside("-wal"))? + of(&beside("-sidecars"))?)
}

fn reading(bench: &Bench, program: &Program, written: &WrittenHome) -> Outcome<Vec<Figure>> {
    let rounds = bench.scale.rounds(ROUNDS);
    let store = Store::open(&program.store, Options::new())?;
    let prices = Prices::built_in();
    let query = UsageQuery { by: UsageBy::Model, ..UsageQuery::default() };
    let usage = median_ms(rounds, |_| match store.usage(&query, &prices)?.total.sum.records {
        0 => Err("usage: nothing was used".into()),
        _ => Ok(()),
    })?;
    let mut filter = SessionFilter::default();
    (filter.order, filter.limit) = (Order::Moved, Some(50));
    let list = median_ms(rounds, |_| match store.sessions(&filter)?.is_empty() {
        true => Err("sessions: there are none".into()),
        false => Ok(()),
    })?;
    drop(store);
    let show = median_ms(rounds, |_| program.run(&["show", &written.longest_session]).map(drop))?;
    Ok(vec![
        Figure::new("usage by model, p50", "ms", usage).target(Target::AtMost(50.0)),
        Figure::new("list of the 50 sessions that moved last, p50", "ms", list).target(Target::AtMost(5.0)),
        Figure::new("show the longest session, start to end, p50", "ms", show).target(Target::AtMost(60.0)),
    ])
}

/// A follower that is ended whatever happens.
struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _waited = self.0.wait();
    }
}

/// Waits until a process does nothing for a second.
fn rest(process: &str) {
    let begun = Instant::now();
    let mut before = machine::ticks_of(process);
    while begun.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_secs(1));
        let now = machine::ticks_of(process);
        if now == before {
            return;
        }
        before = now;
    }
}

fn following(bench: &Bench, program: &Program, written: &WrittenHome) -> Outcome<Vec<Figure>> {
    let follower = Follower(program.command(&["import", "--follow"]).spawn()?);
    let process = follower.0.id().to_string();
    let connection = Connection::open_with_flags(&program.store, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(PATIENCE)?;
    let folder = program.home.join(".claude/projects/-follow");
    fs::create_dir_all(&folder)?;
    let session = &written.longest_session.replace(|letter: char| letter.is_ascii_hexdigit(), "5");
    let mut file =
        OpenOptions::new().create(true).append(true).open(folder.join(format!("{session}.jsonl")))?;
    let (mut times, mut first) = (Vec::new(), 0.0);
    for number in 0..=bench.scale.rounds(LINES) {
        let begun = Instant::now();
        writeln!(
            file,
            r#"{{"parentUuid":null,"isSidechain":false,"userType":"external","cwd":"/follow","sessionId":"{session}","version":"2.1.219","gitBranch":"main","type":"user","message":{{"role":"user","content":"Line {number} of what is followed."}},"uuid":"{number:08}-0000-4000-8000-000000000000","timestamp":"2026-01-01T00:00:{:02}.000Z"}}"#,
            number % 60
        )?;
        file.flush()?;
        let wanted = i64::try_from(number)? + 1;
        let count = "select count(*) from chat_messages join sessions using (stream) where sessions.id = ?1";
        while connection.query_row(count, [session], |row| row.get::<_, i64>(0)).unwrap_or(0) < wanted {
            if begun.elapsed() > PATIENCE {
                return Err(format!("follow: line {number} did not come").into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let took = begun.elapsed().as_secs_f64() * 1e3;
        if number == 0 {
            // For a file that is new, all of the tool's files are read.
            first = took;
            rest(&process);
        } else {
            times.push(took);
        }
        std::thread::sleep(PAUSE);
    }
    let before = machine::ticks_of(&process);
    std::thread::sleep(if bench.scale == Scale::SMOKE { PAUSE } else { IDLE });
    let idle = machine::ticks_of(&process).zip(before).map_or(0.0, |(now, before)| (now - before) as f64);
    let figures = vec![
        Figure::new("the first line of a new file, until its row is there", "ms", first),
        Figure::new("a line that is written, until its row is there, p99", "ms", percentile(&times, 99))
            .target(Target::AtMost(500.0)),
        Figure::new("CPU of a follower while nothing is written", "% of a core", idle / IDLE.as_secs_f64())
            .target(Target::AtMost(1.0)),
    ];
    Ok(figures)
}
