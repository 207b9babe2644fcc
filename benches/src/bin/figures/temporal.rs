//! The read models at any moment, beside the same questions now.

use std::path::Path;
use std::time::Instant;

use retold_core::happening::Moment;
use retold_core::{Options, Position, sidecar_folder};
use retold_projections::{Filled, Order, SessionFilter, Store};
use rusqlite::Connection;

use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::import::MANY;
use crate::timing::{median, median_ms, millis};

const ROUNDS: usize = 3;
const LOOKS: usize = 7;
/// Events of a step of a board.
const STEP: u32 = 100;

/// What is asked at a moment, and now.
const QUERIES: [(&str, &str, f64); 4] = [
    ("sessions by status", "select status, count(*) from sessions group by status", 300.0),
    (
        "sessions by status, with messages",
        "select status, count(*), sum(message_count) from sessions group by status",
        300.0,
    ),
    (
        "instances by agent and status",
        "select agent_name, status, count(*) from instances group by agent_name, status",
        300.0,
    ),
    (
        "messages by role, with bytes",
        "select role, count(*), sum(content_bytes) from chat_messages group by role",
        500.0,
    ),
];

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let legacy = bench.legacy("many", &bench.scale.shape(MANY))?;
    let scratch = bench.scratch()?;
    let (_, path) = legacy.copy_to(scratch.path())?;
    let store = Store::open(&path, Options::new())?;
    let mut figures = vec![build(bench, &store, legacy.events)?];
    figures.push(size(&path)?);
    let head = store.log().reader()?.head()?.position;
    let middle = Position::ZERO.plus(head.get() / 2);
    for (at, moment) in [("at half of the log", middle), ("at the last event but one", head_before(head))] {
        let moment = Moment::Recorded(moment);
        for (name, query, most) in QUERIES {
            let now = median_ms(bench.scale.of(LOOKS), |_| ask(&*store.sql_for(query)?, query))?;
            let then = median_ms(bench.scale.of(LOOKS), |_| {
                ask(store.temporal(moment, &|_| true)?.ok_or("it was stopped")?.connection(), query)
            })?;
            figures.push(
                Figure::new(format!("{name} {at}"), "ms", then)
                    .beside_less("the same now", now)
                    .target(Target::AtMost(most)),
            );
        }
        for (name, filter) in [
            ("20 sessions by last update", SessionFilter::new().with_order(Order::Updated).with_limit(20)),
            ("every session, whole row", SessionFilter::new()),
        ] {
            let now =
                median_ms(bench.scale.of(LOOKS), |_| store.sessions(&filter).map(drop).map_err(Into::into))?;
            let then = median_ms(bench.scale.of(LOOKS), |_| {
                store.sessions_at(moment, &filter, &|_| true).map(drop).map_err(Into::into)
            })?;
            figures.push(
                Figure::new(format!("{name} {at}"), "ms", then)
                    .beside_less("the same now", now)
                    .target(Target::AtMost(300.0)),
            );
        }
    }
    for (name, is_back) in [("forwards", false), ("backwards", true)] {
        let near = Position::ZERO.plus((middle.get() + u64::from(STEP)).min(head.get()));
        let (from, to) = if is_back { (near, middle) } else { (middle, near) };
        let step = median_ms(bench.scale.of(LOOKS), |_| {
            store
                .changes(Moment::Recorded(from), Moment::Recorded(to), None, STEP, &|_| true)?
                .ok_or("it was stopped")?;
            Ok(())
        })?;
        figures.push(
            Figure::new(format!("changes of {STEP} events, {name}"), "ms", step).target(Target::AtMost(5.0)),
        );
    }
    Ok(figures)
}

fn head_before(head: Position) -> Position {
    Position::ZERO.plus(head.get().saturating_sub(1))
}

/// The projection beside a rebuild of the read models of the present, in turn.
fn build(bench: &Bench, store: &Store, events: usize) -> Outcome<Figure> {
    let sidecars = store.sidecars();
    sidecars.add_built_in("temporal")?;
    let (mut ours, mut rebuilt) = (Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds(ROUNDS) {
        let start = Instant::now();
        match sidecars.rebuild("temporal", &|_| true)? {
            Filled::UpTo(head) if head.get() >= events as u64 => {}
            _ => return Err("temporal: it did not reach the end".into()),
        }
        ours.push(millis(start.elapsed()));
        let start = Instant::now();
        store.rebuild(|_| true)?;
        rebuilt.push(millis(start.elapsed()));
    }
    Ok(Figure::new(format!("the temporal read models, {events} events"), "ms", median(ours))
        .beside_less("a rebuild of the read models", median(rebuilt))
        .target(Target::RatioAtLeast(1.0)))
}

fn size(path: &Path) -> Outcome<Figure> {
    let mut ours = 0;
    for entry in std::fs::read_dir(sidecar_folder(path))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("temporal@") {
            ours += entry.metadata()?.len();
        }
    }
    let store = std::fs::metadata(path)?.len();
    #[allow(clippy::cast_precision_loss, reason = "bytes of a file")]
    let (ours, store) = (ours as f64 / 1e6, store as f64 / 1e6);
    Ok(Figure::new("the file of the temporal read models", "MB", ours)
        .beside_less("the store", store)
        .target(Target::RatioAtLeast(2.0)))
}

fn ask(connection: &Connection, query: &str) -> Outcome<()> {
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.raw_query();
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    if count == 0 { Err("temporal: there are no rows".into()) } else { Ok(()) }
}
