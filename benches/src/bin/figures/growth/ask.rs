//! The work that is done in each store.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use retold_core::{Commit, Expected, Head, Limit, Options, Position, Revision};
use retold_projections::{Order, SearchFilter, SearchQuery, SessionFilter, Store};

use super::store::{Stored, WORKSPACES, message, name};
use super::{Growth, Measured};
use crate::Outcome;
use crate::bench::{Bench, program};
use crate::machine;
use crate::timing::{median_ms, millis};

const REPEATS: usize = 200;
const STARTS: usize = 7;
const LISTED: u32 = 100;
/// No more than a workspace of the smallest store has, and than it has of a status.
const LISTED_OF_ONE: u32 = 40;
const LISTED_OF_STATUS: u32 = 10;
/// Rows of a page, and which one.
const PAGE: u32 = 20;
const NTH_PAGE: usize = 1_000;

/// Measures what a person waits for, then what reads everything.
pub(super) fn everything(bench: &Bench, path: &Path, stored: &Stored) -> Outcome<Vec<Measured>> {
    let mut all = Vec::new();
    let mut add = |name, unit, value, growth| all.push(Measured { name, unit, value, growth });
    let repeats = bench.scale.of(REPEATS).max(20);
    let store = Store::open(path, Options::new())?;
    let somewhere = |nth: usize| nth * 7_919 % stored.sessions;

    let ms = median_ms(repeats, |nth| {
        let event =
            message(somewhere(nth), 1_000 + nth, "one more message of some length, as people write them");
        store.log().append(Commit::to(name(somewhere(nth)), Expected::Any, [event]))?;
        Ok(())
    })?;
    add("durable append of a message", "ms", ms, Growth::Waits);
    let ms = median_ms(repeats, |nth| get(&store, somewhere(nth), None))?;
    add("get a session", "ms", ms, Growth::Waits);
    let ms = median_ms(repeats, |nth| get(&store, somewhere(nth), Some(2)))?;
    add("get a session as it was", "ms", ms, Growth::Waits);

    let all_sessions = SessionFilter::new().with_limit(LISTED);
    let of_one = SessionFilter::new().with_limit(LISTED_OF_ONE).with_workspace("w3");
    let lists = [
        ("list 100 by last update", all_sessions.clone().with_order(Order::Updated)),
        ("list 100 by duration", all_sessions.clone().with_order(Order::Duration)),
        ("list 40 of a workspace by last update", of_one.clone().with_order(Order::Updated)),
        ("list 40 of a workspace by creation", of_one.clone().with_order(Order::Created)),
        ("list 40 of a workspace by duration", of_one.clone().with_order(Order::Duration)),
        ("list 40 of a workspace in file order", of_one.clone()),
        (
            "list 10 of a workspace, one status",
            of_one.with_limit(LISTED_OF_STATUS).with_order(Order::Updated).with_status("failed"),
        ),
        ("list 100, one type", all_sessions.clone().with_order(Order::Updated).with_kind("competition")),
    ];
    for (name, filter) in lists {
        let ms = median_ms(repeats, |_| some(store.sessions(&filter)?.len()))?;
        add(name, "ms", ms, Growth::Waits);
    }
    for (name, base) in [
        ("page 1,000 of a list by last update", SessionFilter::new().with_order(Order::Updated)),
        ("page 1,000 of a workspace in file order", SessionFilter::new().with_workspace("w3")),
    ] {
        let before =
            u32::try_from((NTH_PAGE * PAGE as usize).min(stored.sessions / WORKSPACES * 9 / 10).max(1))?;
        let end = store.sessions(&base.clone().with_limit(before))?.pop().ok_or("growth: no session")?;
        let page = base.with_limit(PAGE).with_after(end.cursor);
        let ms = median_ms(repeats, |_| some(store.sessions(&page)?.len()))?;
        add(name, "ms", ms, Growth::Waits);
    }
    for (name, filter) in [
        ("count the sessions", SessionFilter::new()),
        (
            "count a workspace's sessions of a status",
            SessionFilter::new().with_workspace("w3").with_status("failed"),
        ),
    ] {
        let ms = median_ms(repeats, |_| some(usize::try_from(store.count_sessions(&filter)?.total)?))?;
        add(name, "ms", ms, Growth::Waits);
    }
    let ms = median_ms(repeats, |_| {
        let mut reader = store.log().reader()?;
        let head = reader.head()?.position.get();
        let from = Position::new(head - 20).unwrap_or_default();
        some(reader.events_after(from, Limit::default())?.events.len())
    })?;
    add("the last 20 events", "ms", ms, Growth::Waits);
    let head = store.log().reader()?.head()?;
    let middle = position(&store, head.position.get() / 2)?;
    let start = Instant::now();
    let listed =
        store.sessions_at(middle.position.into(), &SessionFilter::new().with_limit(LISTED), &|_| true)?;
    some(listed.map_or(0, |rows| rows.len()))?;
    add("sessions as they were, first answer", "ms", millis(start.elapsed()), Growth::Waits);
    drop(store);

    let mut first = Vec::new();
    let ms = median_ms(STARTS, |nth| {
        let store = Store::open(path, Options::new())?;
        let start = Instant::now();
        let event = message(somewhere(nth), 5_000 + nth, "the first message after an opening");
        store.log().append(Commit::to(name(somewhere(nth)), Expected::Any, [event]))?;
        first.push(millis(start.elapsed()));
        Ok(())
    })?;
    let first = crate::timing::median(first);
    add("open", "ms", (ms - first).max(0.001), Growth::Waits);
    add("first append after it", "ms", first, Growth::Waits);
    for (name, args) in [
        ("`log -n 20`", &["log", "-n", "20"][..]),
        ("`show --at`", &["show", "session-00000003", "--at", "head-5"]),
        ("`sessions -n 20`", &["sessions", "-n", "20"]),
        ("`store stats`", &["store", "stats"]),
        ("`store doctor`", &["store", "doctor"]),
    ] {
        if let Some(ms) = started(path, args)? {
            add(name, "ms", ms, Growth::Waits);
        }
    }

    let store = Store::open(path, Options::new())?;
    let sidecars = store.sidecars();
    sidecars.add_built_in("search")?;
    let start = Instant::now();
    sidecars.catch_up("search", &|_| true)?;
    add("fill the search", "ms", millis(start.elapsed()), Growth::Linear);
    let query = SearchQuery::read("timeout")?;
    let ms = median_ms(repeats / 4, |_| {
        store.search(&query, &SearchFilter::default(), PAGE)?;
        Ok(())
    })?;
    add("search a word", "ms", ms, Growth::Waits);
    let start = Instant::now();
    store.rebuild(|_| true)?;
    add("rebuild", "ms", millis(start.elapsed()), Growth::Linear);
    let start = Instant::now();
    store.log().verify(|_| true)?;
    add("verify", "ms", millis(start.elapsed()), Growth::Linear);
    drop(store);
    let events = stored.events as f64;
    add("bytes of the store, an event", "B", std::fs::metadata(path)?.len() as f64 / events, Growth::Told);
    let memory = machine::memory_peak_bytes().unwrap_or(1) as f64 / 1e6;
    add("memory of this process at most, so far", "MB", memory, Growth::Told);
    Ok(all)
}

fn some(found: usize) -> Outcome<()> {
    if found > 0 { Ok(()) } else { Err("growth: nothing was found".into()) }
}

/// From its name to the whole document, or to what it was at a revision.
fn get(store: &Store, nth: usize, revision: Option<u64>) -> Outcome<()> {
    let mut reader = store.log().reader()?;
    let stream = reader.stream(&name(nth))?.ok_or("growth: no such session")?;
    let at = match revision.and_then(Revision::new) {
        Some(revision) => reader.position_of(stream, revision)?.unwrap_or_default(),
        None => reader.head()?.position,
    };
    let mut state = reader.state(stream, at)?.ok_or("growth: it was never created")?;
    Ok(reader.resolve(&mut state.session)?)
}

fn position(store: &Store, at: u64) -> Outcome<Head> {
    let position = Position::new(at.max(1)).unwrap_or_default();
    let event = store.log().reader()?.event_at(position)?.ok_or("growth: no such event")?;
    Ok(Head { position, hash: event.hash })
}

/// Runs the program, where it was built; returns the median of its times.
fn started(store: &Path, args: &[&str]) -> Outcome<Option<f64>> {
    let Some(program) = program()? else { return Ok(None) };
    let ms = median_ms(STARTS, |_| {
        let mut command = Command::new(&program);
        command.args(args).arg("--store").arg(store).stdout(Stdio::null()).stderr(Stdio::null());
        let code = command.status()?.code();
        // The doctor has something to say of a store without a backup.
        if matches!(code, Some(0 | 1)) { Ok(()) } else { Err(format!("{args:?}: exit code {code:?}").into()) }
    })?;
    Ok(Some(ms))
}
