//! What was used, summed up over the records of a gigabyte of transcripts, beside SQL over the same rows.

use std::path::Path;
use std::process::{Command, Stdio};

use retold_core::event::{SessionCreated, UsageRecorded};
use retold_core::{Commit, Event, Expected, NewEvent, Options, Session, StreamName, time};
use retold_projections::{Filled, Prices, Store, UsageBy, UsageQuery};
use rusqlite::{Connection, OpenFlags};

use crate::Outcome;
use crate::bench::{Bench, program};
use crate::figure::{Figure, Target};
use crate::timing::{median_ms, percentile, times_ms};

const RECORDS: usize = 300_000;
/// Responses of a session: one gigabyte of real transcripts has some thousand sessions.
const OF_SESSION: usize = 300;
const ROUNDS: usize = 20;
const MODELS: [&str; 4] =
    ["claude-opus-5", "claude-haiku-4-5-20251001", "claude-sonnet-5", "claude-opus-4-5-20251101"];
/// Seconds between two responses.
const PACE: i64 = 12;
/// Days that the sessions spread over.
const DAYS: usize = 300;
/// 1 January 2026, in microseconds.
const BEGIN: i64 = 1_767_225_600_000_000;
const SECOND: i64 = 1_000_000;
const NAME: &str = "transcripts";
/// What anybody would write, over the rows that count.
const PLAIN: &str = "select date(used_at / 1000000, 'unixepoch'), model, count(*), sum(input), sum(cache_read), sum(cache_write), \
    sum(output) from usage_records where counts group by 1, 2";

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let folder = bench.scratch()?;
    let path = folder.path().join("sessions.db");
    let records = bench.scale.of(RECORDS);
    let store = Store::open(&path, Options::new().create(true))?;
    fill(&store, records)?;
    let sidecars = store.sidecars();
    sidecars.add_built_in(NAME)?;
    match sidecars.catch_up(NAME, &|_| true)? {
        Filled::UpTo(_) => {}
        Filled::Interrupted => return Err("usage: nobody interrupted".into()),
    }
    let file = sidecars.status_of(NAME, 0)?.path.ok_or("usage: there is no file")?;
    let plain = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let prices = Prices::built_in();
    let rounds = bench.scale.rounds(ROUNDS);
    let rival = median_ms(rounds, |_| summed_plainly(&plain, records))?;
    let mut figures = Vec::new();
    for (name, by) in [
        ("day", UsageBy::Day),
        ("session", UsageBy::Session),
        ("model", UsageBy::Model),
        ("project", UsageBy::Project),
    ] {
        let query = UsageQuery { by, ..UsageQuery::default() };
        let ours = median_ms(rounds, |_| match store.usage(&query, &prices)?.total.sum.records {
            found if found == records as u64 => Ok(()),
            found => Err(format!("usage: {found} of {records} records").into()),
        })?;
        let name = format!("usage of {records} records by {name}, p50");
        figures.push(
            Figure::new(name, "ms", ours)
                .beside_less("SQL over the records", rival)
                .target(Target::AtMost(50.0)),
        );
    }
    let ours = median_ms(rounds, |_| {
        let blocks = store.usage_blocks(&UsageQuery::default(), &prices)?;
        if blocks.is_empty() { Err("usage: no block".into()) } else { Ok(()) }
    })?;
    figures.push(
        Figure::new("usage by blocks of five hours, p50", "ms", ours)
            .beside_less("SQL over the records", rival)
            .target(Target::AtMost(50.0)),
    );
    drop(store);
    figures.extend(status_line(bench, &path)?);
    Ok(figures)
}

/// The program's status line, from its start to its end, where the program was built.
fn status_line(bench: &Bench, store: &Path) -> Outcome<Option<Figure>> {
    let Some(program) = program()? else { return Ok(None) };
    let times = times_ms(bench.scale.rounds(ROUNDS), |_| {
        let mut command = Command::new(&program);
        command.arg("--store").arg(store).args(["usage", "--statusline"]);
        match command.stdin(Stdio::null()).stdout(Stdio::null()).status()?.success() {
            true => Ok(()),
            false => Err("usage --statusline failed".into()),
        }
    })?;
    Ok(Some(
        Figure::new("usage --statusline, start to end, p50", "ms", percentile(&times, 50))
            .target(Target::AtMost(20.0)),
    ))
}

fn summed_plainly(connection: &Connection, records: usize) -> Outcome<()> {
    let mut statement = connection.prepare_cached(PLAIN)?;
    let mut rows = statement.query([])?;
    let mut found = 0;
    while let Some(row) = rows.next()? {
        found += usize::try_from(row.get::<_, i64>(2)?)?;
    }
    if found == records { Ok(()) } else { Err(format!("usage: SQL finds {found} of {records}").into()) }
}

fn fill(store: &Store, records: usize) -> Outcome<()> {
    let mut numbers = 0_u64;
    let mut draw = |most: u64| {
        numbers = numbers.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (numbers >> 33) % most
    };
    for (session, first) in (0..records).step_by(OF_SESSION).enumerate() {
        let id = format!("{session:08}-0000-4000-8000-000000000000");
        let name = StreamName::session("claude", &id, 1);
        let created: Event =
            SessionCreated { session: Session::new(&id, "transcript", "Something"), place: None, home: None }
                .into();
        let begin = BEGIN + i64::try_from(session % DAYS)? * 86_400 * SECOND;
        let begin = begin + i64::try_from(draw(12 * 3_600))? * SECOND;
        let mut events = vec![NewEvent::from(created)];
        for number in first..records.min(first + OF_SESSION) {
            let used: Event = UsageRecorded {
                key: format!("msg_01{number:022}"),
                model: MODELS[if draw(10) == 0 { 1 } else { session % MODELS.len() }].to_owned(),
                input: draw(50),
                cache_read: 20_000 + draw(150_000),
                cache_write: draw(4_000),
                cache_write_1h: None,
                output: draw(2_000),
                reasoning: 0,
                cost: None,
                hearsay: false,
            }
            .into();
            let at = begin + i64::try_from(number - first)? * PACE * SECOND;
            events.push(NewEvent { event: used, occurred_at: time::from_micros(at) });
        }
        store.log().append(Commit::to(name, Expected::Any, events))?;
    }
    Ok(())
}
