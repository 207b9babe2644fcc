//! Work to be interrupted at any moment, or to be done on a disk that fails.

use std::io::{Write, stdout};
use std::path::Path;

use retold_core::{Commit, Durability, Error, Event, Expected, Limit, Log, Options, Position};
use retold_projections::Store;
use retold_tests::{created, message, name, task, words};
use retold_upkeep::{Archive, compact};

use crate::Outcome;

/// Prints one line, all at once, however many threads do.
fn say(line: &str) -> std::io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}

/// Appends pairs of events from many threads until somebody ends it, and prints `position text` for the first of each pair
/// once it is acknowledged. The second says the same, so that half a pair would show.
pub(crate) fn callers(path: &str, session: &str, callers: usize, normal: bool) -> Outcome {
    let durability = if normal { Durability::Normal } else { Durability::Full };
    let store = Store::open(path, Options::new().create(true).durability(durability))?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..callers)
            .map(|caller| {
                let log = store.log();
                scope.spawn(move || -> Result<(), String> {
                    let id = format!("{session}-{caller}");
                    log.append(Commit::to(name(&id), Expected::Any, [created(&id)]))
                        .map_err(|error| words(&error))?;
                    for number in 0_u64.. {
                        let text = format!("{id}-{number}");
                        let pair = [task(text.clone()), message(text.clone())];
                        let appended = log
                            .append(Commit::to(name(&id), Expected::Any, pair))
                            .map_err(|error| words(&error))?;
                        say(&format!("{} {text}", appended.first)).map_err(|error| error.to_string())?;
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("a caller does not panic"))
    })?;
    Ok(())
}

/// One of everything that writes, each step told once it is done.
pub(crate) fn script(path: &str, backup: &str) -> Outcome {
    let store = Store::open(path, Options::new().create(true))?;
    say("migrated")?;
    let log = store.log();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("one")]))?;
    say("appended 2")?;
    let long = message("a long text ".repeat(600));
    log.append(Commit::to(name("a1"), Expected::Any, [long.clone(), task("two")]).and(
        name("b1"),
        Expected::Any,
        [created("b1"), message("short")],
    ))?;
    say("appended 6")?;
    // A folder of several files, some of which go to quarantine.
    let report = retold_tests::import::import(log, &Path::new(path).with_file_name("import"));
    say(&format!("imported {}", report.events_appended))?;
    store.rebuild(|_| true)?;
    say("rebuilt")?;
    retold_upkeep::redact(
        log,
        &[3, 6].map(|position| Position::new(position).expect("a position")).into(),
        "a secret",
    )?;
    say("redacted")?;
    compact(log, |_| true)?;
    say("compacted")?;
    retold_upkeep::back_up(log, backup, |_| true)?;
    say("backed up")?;
    let archive = Archive::open(log, backup, |_| true)?;
    let sessions = retold_upkeep::prunable(log, archive.head().position)?;
    retold_upkeep::prune(log, &archive, &sessions, Some("old"), |_| true)?;
    say("pruned")?;
    compact(log, |_| true)?;
    let [some @ .., _] = &*retold_upkeep::pruned(log)? else { return Err("nothing was pruned".into()) };
    retold_upkeep::unprune(log, &archive, some, |_| true)?;
    say("put back")?;
    log.append(Commit::to(name("b1"), Expected::Any, [task("three")]))?;
    say("done")?;
    Ok(())
}

/// Appends until an error comes, and tells which; tries once more, reads, opens anew and appends again.
pub(crate) fn faulty(path: &str) -> Outcome {
    let append = |log: &Log, number: u32| -> Result<Position, Error> {
        let events: [Event; 2] = [task(format!("event {number}")), message("some text ".repeat(60))];
        Ok(log.append(Commit::to(name("a1"), Expected::Any, events))?.first)
    };
    let log = match Log::open(path) {
        Ok(log) => log,
        Err(error) => return Ok(say(&format!("not opened: {}", kind(&error)))?),
    };
    for number in 0..40 {
        match append(&log, number) {
            Ok(position) => say(&format!("acknowledged {position} event {number}"))?,
            Err(error) => {
                say(&format!("refused: {}", kind(&error)))?;
                let again = append(&log, 1000)
                    .map_or_else(|error| kind(&error).to_owned(), |at| format!("position {at}"));
                say(&format!("then: {again}"))?;
                let read = log.reader().and_then(|mut reader| {
                    reader.events_after(Position::ZERO, Limit::default()).map(|page| page.events.len())
                });
                say(&format!(
                    "read: {}",
                    read.map_or_else(|error| kind(&error).to_owned(), |events| events.to_string())
                ))?;
                break;
            }
        }
    }
    drop(log);
    let again = Log::open(path).and_then(|log| append(&log, 2000));
    match again {
        Ok(position) => say(&format!("acknowledged {position} event 2000"))?,
        Err(error) => say(&format!("still refused: {}", kind(&error)))?,
    }
    Ok(())
}

/// The kind of an error, by its variant.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::Io { .. } => "io",
        Error::Busy { .. } => "busy",
        Error::Full { .. } => "full",
        Error::ReadOnly { .. } => "read-only",
        Error::Latched { .. } => "latched",
        Error::Damaged { .. } => "damaged",
        Error::Sqlite { source, .. } => match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::SystemIoFailure) => "disk",
            Some(rusqlite::ErrorCode::CannotOpen) => "cannot open",
            _ => "sqlite",
        },
        Error::NoStore { .. } => "no store",
        Error::NotAStore { .. } => "not a store",
        _ => "other",
    }
}

/// Reads the log again and again until it holds `count` events, and says so; what it saw before never changes, and has no
/// hole.
pub(crate) fn prefixes(path: &str, count: usize) -> Outcome {
    let log = Options::new().create(true).open(path)?;
    let mut seen: Vec<retold_core::EventHash> = Vec::new();
    while seen.len() < count {
        let mut reader = log.reader()?;
        reader.begin()?;
        let head = reader.head()?;
        // From somewhere before the end, so that what was seen is read again.
        let from = seen.len().saturating_sub(50);
        let mut at = Position::new(from as u64).expect("a position");
        while at < head.position {
            for event in reader.events_after(at, Limit::default())?.events {
                let place = usize::try_from(event.position.get())? - 1;
                match seen.get(place) {
                    Some(hash) if *hash == event.hash => {}
                    None if place == seen.len() => seen.push(event.hash),
                    _ => return Err(format!("position {} is not what it was", event.position).into()),
                }
                at = event.position;
            }
        }
        if seen.len() as u64 != head.position.get() {
            return Err(format!("{} events, and the head is {}", seen.len(), head.position).into());
        }
    }
    say(&format!("seen {}", seen.len()))?;
    Ok(())
}

/// Reads everything of a store that may be hostile, and prints the most memory that was in use, in bytes.
pub(crate) fn hostile(path: &str) -> Outcome {
    let log = Options::new().read_only(true).open(path)?;
    let verified = log.verify(|_| true)?;
    let mut reader = log.reader()?;
    let read = reader.events_after(Position::ZERO, Limit::default());
    for mut event in read.into_iter().flat_map(|page| page.events).filter_map(|event| event.event) {
        let _refused = reader.resolve_event(&mut event);
    }
    say(&format!("{} {}", verified.is_sound(), crate::memory_max()?))?;
    Ok(())
}

/// Compacts the store again and again, until the log holds `count` events.
pub(crate) fn checkpoints(path: &str, count: u64) -> Outcome {
    let log = Options::new().create(true).open(path)?;
    loop {
        match compact(&log, |_| true) {
            Ok(_) | Err(Error::Busy { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if log.reader()?.head()?.position.get() >= count {
            break;
        }
    }
    say("carried over")?;
    Ok(())
}
