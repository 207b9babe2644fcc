//! Figures of this store for Prometheus, in a file that its node exporter reads, under the names of a team's server.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use retold_core::files::{Partial, Privacy};
use retold_core::{Log, time};
use retold_projections::ProjectionState;

use crate::command::ship;
use crate::command::stats::{file_sizes, query};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// What a session's status is as a rule, and what stands for any other.
const STATUSES: [&str; 7] = ["running", "paused", "completed", "failed", "open", "interrupted", OTHER];
const OTHER: &str = "other";

type Number = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfVersion {
    version: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStatus {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFile {
    file: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfName {
    name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    name: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTarget {
    target: String,
}

/// Writes what is measured into a file, in one piece; `-` is standard output.
pub(super) fn write(context: &mut Context<'_>, file: &Path) -> Result<Exit, Failure> {
    let text = measured(context)?;
    if file == Path::new("-") {
        context.say(text.trim_end())?;
        return Ok(Exit::Done);
    }
    let failed = |error: &std::io::Error| Failure::file("write", file, error);
    // Whoever collects it is another user.
    let mut partial = Partial::file_for(file, Privacy::Usual).map_err(|error| failed(&error))?;
    partial.file().write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    partial.replace().map_err(|error| failed(&error))?;
    Ok(Exit::Done)
}

/// Reads the counts of sessions, the states of projections, and the sizes of files: O(sessions), and nothing of the events.
fn measured(context: &mut Context<'_>) -> Result<String, Failure> {
    // As it is: a monitoring waits for nothing, and says what lacks events.
    let store = context.open_store_as_it_is()?;
    let log = store.log();
    let now = time::to_micros((context.io.clock)());
    let mut registry = Registry::with_prefix("retold");
    let version = Family::<OfVersion, Number>::default();
    set(&version.get_or_create(&OfVersion { version: env!("CARGO_PKG_VERSION") }), 1);
    registry.register("build_info", "The release of retold that measured", version);

    let events = Number::default();
    let (head, recorded_at) = {
        let mut reader = log.reader()?;
        let head = reader.head()?;
        let last = reader.event_at(head.position)?.map(|last| last.recorded_at);
        (head, last)
    };
    set(&events, head.position.get());
    registry.register("events", "Events of the log", events);
    if let Some(at) = recorded_at {
        let newest = Number::default();
        newest.set(seconds(at));
        registry.register("newest_event_timestamp_seconds", "When the log got its last event", newest);
    }
    let sessions = Family::<OfStatus, Number>::default();
    for (status, count) in by_status(log)? {
        set(&sessions.get_or_create(&OfStatus { status }), count);
    }
    registry.register("sessions", "Sessions, by their status", sessions);
    let files = Family::<OfFile, Number>::default();
    for (file, bytes) in file_sizes(log.path()) {
        set(&files.get_or_create(&OfFile { file: file.to_owned() }), bytes);
    }
    registry.register("file_bytes", "Bytes of the store's files", files);
    projections(&mut registry, &store, now)?;
    shipped(&mut registry, log, head.position.get(), now);
    let mut text = String::new();
    text::encode(&mut text, &registry)
        .map_err(|_| Failure::new(Exit::Io, "cannot write figures: there is no memory for them"))?;
    Ok(text)
}

/// Counts the sessions of each status that the program knows; what else somebody has written there is `other`, and told to nobody.
fn by_status(log: &Log) -> Result<BTreeMap<&'static str, u64>, Failure> {
    let mut counts: BTreeMap<&'static str, u64> = STATUSES.into_iter().map(|status| (status, 0)).collect();
    let reader = log.reader()?;
    let found = query(&reader, include_str!("../../../sql/sessions_by_status.sql"), [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    });
    // Read models of an older release do not know.
    for (status, count) in found.unwrap_or_default() {
        let known = STATUSES.into_iter().find(|known| *known == status).unwrap_or(OTHER);
        *counts.entry(known).or_default() += count.cast_unsigned();
    }
    Ok(counts)
}

fn projections(registry: &mut Registry, store: &retold_projections::Store, now: i64) -> Result<(), Failure> {
    let events = Family::<OfName, Number>::default();
    let waiting = Family::<OfName, Number>::default();
    let bytes = Family::<OfName, Number>::default();
    let states = Family::<OfState, Number>::default();
    for one in store.sidecars().status(now)? {
        let of = OfName { name: one.name.clone() };
        set(&events.get_or_create(&of), one.lag_events);
        waiting.get_or_create(&of).set(seconds(one.lag_micros));
        set(&bytes.get_or_create(&of), one.bytes);
        for state in ProjectionState::ALL {
            let of = OfState { name: one.name.clone(), state: state.name() };
            set(&states.get_or_create(&of), u64::from(state == one.state));
        }
    }
    registry.register("projection_lag_events", "Events that a projection lacks", events);
    registry.register("projection_lag_seconds", "How long the log has had the first of them", waiting);
    registry.register("projection_bytes", "Bytes of a projection's own files", bytes);
    registry.register("projection_state", "1 for the state that a projection is in", states);
    Ok(())
}

fn shipped(registry: &mut Registry, log: &Log, head: u64, now: i64) {
    let events = Family::<OfTarget, Number>::default();
    let since = Family::<OfTarget, Number>::default();
    let diverged = Number::default();
    let targets = ship::shipped(log);
    set(&diverged, targets.iter().filter(|target| target.has_diverged).count() as u64);
    for target in targets {
        let of = OfTarget { target: target.name };
        set(&events.get_or_create(&of), head.saturating_sub(target.position));
        since.get_or_create(&of).set(seconds(now - target.at));
    }
    registry.register("ship_lag_events", "Events that were not shipped to a target yet", events);
    registry.register("ship_age_seconds", "How long ago the log was last shipped to a target", since);
    registry.register("logs_diverged", "Targets that have another history of this log", diverged);
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

fn set(gauge: &Number, value: u64) {
    gauge.set(value as f64);
}
