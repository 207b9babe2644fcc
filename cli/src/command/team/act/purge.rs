//! `retold team redact --purge`: what is left of redactions in the files of tables.

use std::time::Duration;

use retold_core::{Progress, Unit};
use retold_team::purge::{Beyond, Outcome, Purge, Residue, residue};
use retold_team::receiver::Error;

use crate::command::ship::target::{failure_of, server_of};
use crate::command::team::place::Upkeep;
use crate::command::team::server::teams;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted, size};
use crate::store::NO_HEAD;

/// How often what is in the way is waited for, in all, and for how long: whoever waits for a table comes first meanwhile.
const WAITS: usize = 5;
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// What the last step is called: the samples that PostgreSQL has of columns.
const STATISTICS: &str = "pg_statistic";

pub(super) fn purge(upkeep: &Upkeep, dry_run: bool, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let (name, server) = server_of("purge a server", &upkeep.database, upkeep.insecure, context)?;
    let told = |error: Error| failure_of("purge", &name, &error);
    let mut purge = Purge::connect(&server).map_err(|error| failure_of("connect to", &name, &error))?;
    let teams = teams(upkeep, &name, purge.client())?;
    let tables = residue(purge.client(), &teams).map_err(told)?;
    if tables.is_empty() {
        context.note(&format!("no table of {name} is known to hold bytes of what was redacted"));
        return Ok(Exit::Done);
    }
    if dry_run {
        answer(&tables, |_| None, context)?;
        return Ok(Exit::Done);
    }
    let bytes = tables.iter().map(|table| table.bytes).sum();
    context.note(&format!(
        "{} of {name} {} written again, {} in all; whoever uses one waits meanwhile",
        counted(tables.len() as u64, "table"),
        if tables.len() == 1 { "is" } else { "are" },
        size(bytes)
    ));
    let watched = context.watch("purge");
    let (mut outcomes, mut done, mut is_over, mut waits) = (Vec::new(), 0, false, WAITS);
    for table in &tables {
        is_over = !watched.show(Progress::new(Unit::Bytes, done, bytes));
        if is_over {
            break;
        }
        outcomes.push(tried(context, &mut waits, || purge.write_again(&table.part)).map_err(told)?);
        done += table.bytes;
    }
    let is_any_written = outcomes.iter().any(Outcome::is_written);
    let last = if is_any_written {
        Some(tried(context, &mut waits, || purge.finish()).map_err(told)?)
    } else {
        None
    };
    drop(watched);
    // What was sampled is purged with the tables, or nothing is.
    let all_but = last.filter(|last| !last.is_written());
    answer(
        &tables,
        |at| match (outcomes.get(at), &all_but) {
            (Some(outcome), Some(_)) if outcome.is_written() => Some((outcome, "written")),
            (outcome, _) => outcome.map(|outcome| (outcome, state_of(outcome))),
        },
        context,
    )?;
    let left =
        tables.iter().map(|table| table.part.as_str()).zip(&outcomes).filter(|(_, of)| !of.is_written());
    let left: Vec<(&str, &Outcome)> = left.chain(all_but.as_ref().map(|last| (STATISTICS, last))).collect();
    for (table, outcome) in &left {
        context.note(&why(table, outcome));
    }
    let beyond = purge.beyond().map_err(told)?;
    context.note(&not_reached(&beyond));
    Ok(match () {
        () if is_over => Exit::Interrupted,
        () if left.is_empty() => Exit::Done,
        () if left.iter().any(|(_, outcome)| matches!(outcome, Outcome::Refused(_))) => Exit::Refused,
        () => Exit::Busy,
    })
}

/// Does something again as long as somebody else is in its way, and there is patience left.
fn tried(
    context: &Context<'_>,
    waits: &mut usize,
    mut act: impl FnMut() -> Result<Outcome, Error>,
) -> Result<Outcome, Error> {
    loop {
        match act()? {
            Outcome::Busy | Outcome::StillRead | Outcome::ToBeMadeAgain(_)
                if *waits > 0 && context.io.rest(TRY_AGAIN) =>
            {
                *waits -= 1;
            }
            done => return Ok(done),
        }
    }
}

fn answer<'o>(
    tables: &[Residue],
    became: impl Fn(usize) -> Option<(&'o Outcome, &'static str)>,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let columns = ["table", "redactions", "since", "purged_at", "before", "after", "state"];
    let mut rows = context.rows(NO_HEAD, columns)?;
    for (at, table) in tables.iter().enumerate() {
        let became = became(at);
        let (before, after) = match became {
            Some((Outcome::Written { before, after }, _)) => (*before, Some(Value::Size(*after))),
            _ => (table.bytes, None),
        };
        rows.push([
            table.part.as_str().into(),
            table.redactions.into(),
            Value::Instant(table.since),
            table.purged_at.map_or(Value::Null, Value::Instant),
            Value::Size(before),
            after.unwrap_or(Value::Null),
            became.map_or("pending", |(_, state)| state).into(),
        ])?;
    }
    rows.finish()
}

fn state_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Written { .. } => "purged",
        Outcome::Dropped => "dropped",
        _ => "pending",
    }
}

/// Says why a table is not purged.
fn why(table: &str, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Busy => format!("{table} was in use for too long: purge again"),
        Outcome::StillRead => format!(
            "an older transaction may still read what was erased of {table}: `retold team doctor` says whose; purge again once it has ended"
        ),
        Outcome::ToBeMadeAgain(sessions) => format!(
            "{} {} to be made again before {table} is purged: `retold team work`, then purge again",
            counted(*sessions, "session"),
            if *sessions == 1 { "has" } else { "have" }
        ),
        Outcome::Refused(said) => format!(
            "{table} was not written again: {said}; the owner of the database or a superuser may do it"
        ),
        Outcome::Written { .. } | Outcome::Dropped => String::new(),
    }
}

fn not_reached(beyond: &Beyond) -> String {
    let mut parts = vec![format!("the write-ahead log until it is recycled (max_wal_size {})", beyond.wal)];
    if beyond.is_archived {
        parts.push("its archives".to_owned());
    }
    parts.push("backups from before".to_owned());
    if beyond.standbys > 0 {
        parts.push(format!("{} until it has come as far", counted(beyond.standbys, "standby")));
    }
    parts.push("free blocks of the disk".to_owned());
    parts.push("what was pulled to laptops, until it is pulled again".to_owned());
    format!("not reached: {}", parts.join("; "))
}
