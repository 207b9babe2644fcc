//! Trains `core/dictionary.zdict`, the compression dictionary that every new store begins with.
//!
//! `cargo run --release -p retold-benches --bin dictionary [FILE]`. The same bytes on every run. It learns from the
//! events of made sessions and of the sample, every other session's as an application writes them.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use retold_benches::generate::{Shape, write_directory};
use retold_core::{Event, Limit, Log, Position};
use retold_importer::ait42::{self, Sources};

/// No measurement draws its sessions from this seed, so none is made of what the dictionary has seen.
const SEED: u64 = 0x5eed;
const SHAPE: Shape = Shape { sessions: 150, workspaces: 3, ..Shape::KIB_16 };

fn main() -> Result<(), Box<dyn Error>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let to =
        std::env::args_os().nth(1).map_or_else(|| package.join("../core/dictionary.zdict"), PathBuf::from);
    let folder = tempfile::tempdir()?;
    let made = folder.path().join("made");
    write_directory(&made, &SHAPE, SEED)?;
    let events = events(folder.path(), &[made, package.join("../examples/ait42")])?;
    fs::write(to, train(folder.path(), &events)?)?;
    Ok(())
}

/// Returns the events that lead to the sessions below `sources`.
fn events(folder: &Path, sources: &[PathBuf]) -> Result<Vec<Event>, Box<dyn Error>> {
    let log = Log::open(folder.join("events.db"))?;
    let sources = Sources::find(sources, &BTreeMap::new())?;
    let report = ait42::import(Some(&log), &sources, ait42::Options::default())?;
    if report.reproduced != report.sessions.read {
        return Err("the samples do not come out as they went in".into());
    }
    let (mut events, mut after) = (Vec::new(), Position::ZERO);
    loop {
        let page = log.reader()?.events_after(after, Limit::default())?;
        for recorded in page.events {
            after = recorded.position;
            let Some(mut event) = recorded.event else { continue };
            let occurred_at = retold_core::time::from_micros(recorded.occurred_at);
            // An import leaves out what an application says with every event: when the session was updated.
            if recorded.stream.get() % 2 == 0
                && event.updated_at().is_none()
                && let Some(updated_at) = occurred_at
            {
                event.set_updated_at(&updated_at.to_string());
            }
            events.push(event);
        }
        if !page.more {
            return Ok(events);
        }
    }
}

/// Has a store train on `events` and takes the dictionary out of it.
fn train(folder: &Path, events: &[Event]) -> Result<Vec<u8>, Box<dyn Error>> {
    let log = Log::open(folder.join("trained.db"))?;
    log.train(events)?;
    let newest = "select bytes from dictionary order by id desc limit 1";
    Ok(log.reader()?.connection().query_row(newest, [], |row| row.get(0))?)
}
