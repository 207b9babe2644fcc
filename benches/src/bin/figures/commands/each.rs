//! Each of the seven commands, one caller, beside the old history.

use retold::{Message, Options, Session, SessionHistory};
use retold_benches::generate::Shape;
use retold_benches::legacy;

use super::{Full, message, ours};
use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{in_turn, median, median_ms, percentile, times_ms};

const OUR_REPEATS: usize = 1_000;
const LEGACY_REPEATS: usize = 3;
const ALL_REPEATS: usize = 5;
/// More than all sessions take.
const LARGE_CACHE_BYTES: u64 = 1 << 30;

/// A write is durable when it is answered.
const WRITE_P99_MS: f64 = 10.0;
const READ_P99_MS: f64 = 5.0;

pub(super) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let full = Full::copy(bench)?;
    let history = full.open()?;
    let (workspace, json) = (full.workspace.as_str(), &full.json);
    let repeats = [bench.scale.of(OUR_REPEATS), bench.scale.rounds(LEGACY_REPEATS)];
    // Documents are read and made before the clock runs.
    let most = repeats[0].max(repeats[1]);
    let new: Vec<legacy::Session> = (0..most).map(|nth| new_session(&full, nth)).collect::<Outcome<_>>()?;
    let new_of_ours: Vec<Session> = new.iter().map(ours).collect::<Outcome<_>>()?;
    let changed: Vec<Session> = (0..most)
        .map(|nth| Ok(changed(history.get_session(workspace, full.id(nth))?)))
        .collect::<Outcome<_>>()?;
    let changed_of_theirs: Vec<legacy::Session> =
        changed[..repeats[1]].iter().map(ours).collect::<Outcome<_>>()?;
    let messages: Vec<Message> = (0..most).map(|nth| ours(&message(nth))).collect::<Outcome<_>>()?;
    let sessions = full.ids.len();

    let mut figures = Vec::new();
    let mut both = |name: &str,
                    p99_ms: f64,
                    our: &dyn Fn(usize) -> Outcome<()>,
                    their: &dyn Fn(usize) -> Outcome<()>|
     -> Outcome<()> {
        let times = times_ms(repeats[0], our)?;
        let theirs = median_ms(repeats[1], their)?;
        let named = |percent: usize| format!("{name} of {sessions}, p{percent}");
        figures.push(Figure::new(named(50), "ms", median(times.clone())).beside_less("legacy JSON", theirs));
        figures.push(Figure::new(named(95), "ms", percentile(&times, 95)));
        figures.push(Figure::new(named(99), "ms", percentile(&times, 99)).target(Target::AtMost(p99_ms)));
        Ok(())
    };
    both(
        "get_session",
        READ_P99_MS,
        // Sessions that nobody has read before.
        &|nth| is(history.get_session(workspace, full.id(nth + most))?.id == full.id(nth + most)),
        &|nth| is(json.get_session(workspace, full.id(nth))?.id == full.id(nth)),
    )?;
    both(
        "add_chat_message",
        WRITE_P99_MS,
        &|nth| {
            is(history.add_chat_message(workspace, full.id(nth), messages[nth].clone())?.id == full.id(nth))
        },
        &|nth| is(json.add_chat_message(workspace, full.id(nth), message(nth))?.id == full.id(nth)),
    )?;
    both(
        "update_instance_status",
        WRITE_P99_MS,
        &|nth| {
            is(!history.update_instance_status(workspace, full.id(nth), 1, "paused")?.instances.is_empty())
        },
        &|nth| is(!json.update_instance_status(workspace, full.id(nth), 1, "paused")?.instances.is_empty()),
    )?;
    both(
        "update_session",
        WRITE_P99_MS,
        &|nth| is(history.update_session(workspace, changed[nth].clone())?.status == "archived"),
        &|nth| is(json.update_session(workspace, changed_of_theirs[nth].clone())?.status == "archived"),
    )?;
    both(
        "create_session",
        WRITE_P99_MS,
        &|nth| is(history.create_session(workspace, new_of_ours[nth].clone())?.id == new[nth].id),
        &|nth| is(json.create_session(workspace, new[nth].clone())?.id == new[nth].id),
    )?;
    both(
        "delete_session",
        WRITE_P99_MS,
        &|nth| Ok(history.delete_session(workspace, &new[nth].id)?),
        &|nth| Ok(json.delete_session(workspace, &new[nth].id)?),
    )?;
    figures.push(all(bench, &full, &history)?);
    drop(history);
    figures.push(all_from_memory(bench, &full)?);
    Ok(figures)
}

/// Every session whole, with all it got meanwhile, on both sides.
fn all(bench: &Bench, full: &Full, history: &SessionHistory) -> Outcome<Figure> {
    let (sessions, repeats) = (full.ids.len(), bench.scale.rounds(ALL_REPEATS));
    let our = || median_ms(1, |_| is(history.get_all_sessions(&full.workspace)?.len() == sessions));
    let their = || median_ms(1, |_| is(full.json.get_all_sessions(&full.workspace)?.len() == sessions));
    let pairs = in_turn(repeats, our, their)?;
    Ok(Figure::of_pairs_less(format!("get_all_sessions of {sessions}, p50"), "ms", "legacy JSON", &pairs)
        .target(Target::RatioAtLeast(1.0)))
}

/// The same again where every session is in memory.
fn all_from_memory(bench: &Bench, full: &Full) -> Outcome<Figure> {
    let history = Options::new().cache_bytes(LARGE_CACHE_BYTES).open(&full.store)?;
    let (sessions, repeats) = (full.ids.len(), bench.scale.rounds(ALL_REPEATS));
    is(history.get_all_sessions(&full.workspace)?.len() == sessions)?;
    let our = || median_ms(1, |_| is(history.get_all_sessions(&full.workspace)?.len() == sessions));
    let their = || median_ms(1, |_| is(full.json.get_all_sessions(&full.workspace)?.len() == sessions));
    let pairs = in_turn(repeats, our, their)?;
    let name = format!("get_all_sessions of {sessions} again, all in memory, p50");
    let held = history.cached_bytes() as f64 / 1_048_576.0;
    Ok(Figure::of_pairs_less(name, "ms", "legacy JSON", &pairs)
        .target(Target::RatioAtLeast(5.0))
        .note(&format!("all in memory: the cache held {held:.0} MiB")))
}

fn is(right: bool) -> Outcome<()> {
    if right { Ok(()) } else { Err("a command answered something else".into()) }
}

/// A session of the usual size, under an id of its own.
fn new_session(full: &Full, nth: usize) -> Outcome<legacy::Session> {
    let shape = Shape { sessions: 1, ..Shape::KIB_16 };
    let mut session: legacy::Session = retold_benches::generate::sessions(&shape, nth as u64)
        .next()
        .map(|session| ours(&session))
        .ok_or("a shape of one session has one")??;
    session.id = format!("new-{nth}-{}", full.ids.len());
    Ok(session)
}

/// What a page sends back when somebody drags a card: the document that it has, with another status.
fn changed(session: Session) -> Session {
    session.with_status("archived")
}
