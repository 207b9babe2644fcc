//! Which events, and what in them.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use retold_core::{EventType, Position, StreamId};
use retold_importer::quarantine::{self, Record};
use retold_projections::Store;
use retold_upkeep::{Finder, Hit};
use rusqlite::OptionalExtension;

use crate::command::sql::{guard, refusal};
use crate::context::Context;
use crate::failure::Failure;
use crate::words::counted_bodies;

/// A position, or a range of them with both ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Positions {
    first: u64,
    last: u64,
}

impl FromStr for Positions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "accepted is a position such as 120, or a range such as 130-140".to_owned();
        let (first, last) = text.split_once("..").or_else(|| text.split_once('-')).unwrap_or((text, text));
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0).ok_or_else(refused);
        let (first, last) = (number(first)?, number(last)?);
        if last < first { Err(refused()) } else { Ok(Self { first, last }) }
    }
}

/// An event that was selected.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) position: Position,
    pub(super) stream: StreamId,
    pub(super) kind: EventType,
    /// By which rule; empty where it was named.
    pub(super) what: String,
    /// The text that was found in it.
    pub(super) text: Option<String>,
}

/// What was selected.
#[derive(Debug, Default)]
pub(super) struct Selected {
    pub(super) found: Vec<Found>,
    pub(super) quarantined: Vec<Record>,
    /// The texts that were found in quarantined records.
    pub(super) texts: Vec<String>,
}

impl Selected {
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty() && self.quarantined.is_empty()
    }

    pub(super) fn positions(&self) -> BTreeSet<Position> {
        self.found.iter().map(|found| found.position).collect()
    }
}

impl Selected {
    /// Adds what forks say again of it.
    pub(super) fn take_copies_along(&mut self, store: &Store) -> Result<(), Failure> {
        let copies = retold_upkeep::copies(store.log(), &self.positions())?;
        let originals: BTreeMap<Position, (EventType, Option<String>)> =
            self.found.iter().map(|found| (found.position, (found.kind, found.text.clone()))).collect();
        let reader = store.log().reader()?;
        let act = retold_core::Error::sqlite("read the log");
        let mut statement =
            reader.connection().prepare(include_str!("../../../sql/redactable.sql")).map_err(&act)?;
        for (copy, of) in &copies {
            // A copy of a copy says what the first one says.
            let mut first = of;
            while let Some(before) = copies.get(first) {
                first = before;
            }
            let Some((kind, text)) = originals.get(first) else { continue };
            let (stream, is_there) =
                statement.query_row([copy], |row| Ok((row.get(0)?, row.get(2)?))).map_err(&act)?;
            if is_there {
                let what = format!("as position {first} says");
                self.found.push(Found { position: *copy, stream, kind: *kind, what, text: text.clone() });
            }
        }
        self.found.sort_by_key(|found| found.position);
        Ok(())
    }
}

/// Selects events by position; those that are redacted already are left aside.
pub(super) fn by_position(store: &Store, positions: &[Positions]) -> Result<Selected, Failure> {
    let end = store.log().reader()?.head()?.position.get();
    let mut all = BTreeSet::new();
    for positions in positions {
        if positions.last > end {
            return Err(Failure::usage(format!("redact {}: the log ends at position {end}", positions.last)));
        }
        all.extend((positions.first..=positions.last).filter_map(Position::new));
    }
    of_positions(store, &all, true)
}

/// Selects the events for which a condition holds.
pub(super) fn by_sql(store: &Store, sql: &str) -> Result<Selected, Failure> {
    let mut connection = store.sql()?;
    let act = retold_core::Error::sqlite("query");
    guard::keep(&mut connection).map_err(&act)?;
    // The condition is the person's own, and the guard lets it read and nothing else.
    let query =
        format!("{} where ({sql}\n) order by position", include_str!("../../../sql/events.sql").trim_end());
    let positions: Result<BTreeSet<Position>, _> = connection
        .prepare(&query)
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect());
    of_positions(store, &positions.map_err(|error| refusal::of(error, sql))?, false)
}

/// Selects events by position; those that are gone are left aside, and where they were not named, those that must stay.
pub(super) fn of_positions(
    store: &Store,
    positions: &BTreeSet<Position>,
    named: bool,
) -> Result<Selected, Failure> {
    let mut selected = Selected::default();
    let reader = store.log().reader()?;
    let mut statement = reader
        .connection()
        .prepare(include_str!("../../../sql/redactable.sql"))
        .map_err(retold_core::Error::sqlite("read the log"))?;
    for position in positions {
        let found: Option<(StreamId, i64, bool)> = statement
            .query_row([position], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()
            .map_err(retold_core::Error::sqlite("read the log"))?;
        let Some((stream, kind, is_there)) = found else {
            return Err(Failure::usage(format!("redact {position}: it is not in this part of the log"))
                .hint("redact it in the store that the log is in, and take the part again"));
        };
        let Some(kind) = EventType::from_number(kind) else { continue };
        let is_exclusion = matches!(kind, EventType::ImportExcluded | EventType::ImportIncluded);
        if is_exclusion && named {
            return Err(Failure::usage(format!("redact {position}: it says what stays out of imports"))
                .hint("`retold import --include` lets it in again"));
        }
        if is_exclusion {
            continue;
        }
        if kind.is_of_bodies() {
            if named {
                return Err(Failure::usage(format!(
                    "redact {position}: it says that other bodies are gone or back, and stays"
                )));
            }
            continue;
        }
        if is_there {
            selected.found.push(Found { position: *position, stream, kind, what: String::new(), text: None });
        }
    }
    Ok(selected)
}

/// Selects events and quarantined records by what is found in them.
pub(super) fn by_text(
    context: &mut Context<'_>,
    store: &Store,
    find: &Finder<'_>,
) -> Result<Selected, Failure> {
    let log = store.log();
    let mut selected = Selected::default();
    let bar = context.watch("search");
    let keep = |hit: Hit| {
        // What says that a body is gone stays, and is the person's own words.
        let is_exclusion = matches!(hit.kind, EventType::ImportExcluded | EventType::ImportIncluded);
        if !hit.kind.is_of_bodies() && !is_exclusion {
            selected.found.push(Found {
                position: hit.position,
                stream: hit.stream,
                kind: hit.kind,
                what: hit.what,
                text: Some(hit.text),
            });
        }
    };
    let searched = retold_upkeep::search(log, find, keep, bar.follow());
    bar.end();
    searched?;
    let pruned = retold_upkeep::pruned(log)?;
    if let Some(one) = pruned.first() {
        let bodies: u64 = pruned.iter().map(|one| one.bodies).sum();
        context.note(&format!(
            "warning: pruned and not searched: {}; `retold store unprune {}` puts them back first",
            counted_bodies(bodies),
            one.archive
        ));
    }
    selected.found.sort_by_key(|found| found.position);
    for record in quarantine::list(log)? {
        let raw = quarantine::raw(log, record.id)?;
        let text = String::from_utf8_lossy(&raw);
        let found = find(&text);
        if !found.is_empty() {
            selected.texts.extend(found.into_iter().map(|(_, range)| text[range].to_owned()));
            selected.quarantined.push(record);
        }
    }
    Ok(selected)
}
