//! The log in an image, checked against its hashes from its first event on.

mod event;

use std::collections::HashMap;

use retold_core::event::BodyRedacted;
use retold_core::raw::{Lineage, NO_LOG, find_log_id};
use retold_core::{
    Decoder, Erasure, Error, Event, EventHash, EventType, Meta, OnProgress, Position, Progress, StreamName,
    Unit,
};
use rusqlite::{Connection, Row};

use super::identity::Identity;
use super::image::Image;
use super::loss::{Lost, RECOVER};
use super::names;

/// A wider gap is one where the rows after it bear each other out: otherwise it is one number that is wrong.
const GAP_MAX: u64 = 1 << 20;
/// How often somebody may say to stop, in rows.
const STEP: u64 = 1024;

/// An event that can be read and verifies.
pub(super) struct Saved {
    pub(super) position: Position,
    pub(super) commit_first: Position,
    pub(super) name: StreamName,
    pub(super) occurred_at: i64,
    pub(super) kind: EventType,
    pub(super) meta: Option<Meta>,
    /// What happened, or why that is not known any more.
    pub(super) event: Result<Event, Erasure>,
}

/// What a first reading found out.
pub(super) struct Findings {
    pub(super) identity: Identity,
    /// The rows that verify where the first one of their position does not: position and rank.
    pub(super) chosen: Vec<(Position, i64)>,
    /// The positions whose bodies an event says are taken out, and that event.
    pub(super) redacted: HashMap<Position, Position>,
    /// The name of each stream, borne out by the hash of its first event.
    pub(super) names: HashMap<i64, StreamName>,
    /// The texts that events refer to.
    pub(super) texts: Vec<(Position, [u8; 32])>,
    /// The last position that was seen.
    pub(super) end: Position,
}

/// The reading of an image's log.
pub(super) struct Salvage<'a> {
    connection: &'a Connection,
    /// The last position of the unbroken log; others count where they verify.
    end: u64,
    /// Whether nothing can be after it.
    has_end: bool,
    decoder: Decoder,
    lineage: Lineage,
    names: HashMap<i64, StreamName>,
    /// The position before, and the hashes that its event may have.
    previous: Option<(u64, Vec<EventHash>)>,
    /// The end of each stream, as far as it is without a hole.
    ends: HashMap<i64, (u64, EventHash)>,
    next: u64,
    kept: u64,
    /// A row far behind all others.
    suspect: Option<(u64, Vec<EventHash>, Lost)>,
    findings: Findings,
    withheld: HashMap<Position, Position>,
}

type Keep<'a> = dyn FnMut(Saved) -> Result<(), Error> + 'a;
type Lose<'a> = dyn FnMut(Lost) + 'a;

/// The rows of one position so far.
struct Place {
    position: u64,
    hashes: Vec<EventHash>,
    verified: Option<(Saved, i64, i64, u64, EventHash)>,
    lost: Option<Lost>,
    is_of_log: bool,
    /// Whether a stream may be called what its first event says.
    is_second_look: bool,
}

impl<'a> Salvage<'a> {
    pub(super) fn new(image: &'a Image, identity: Identity) -> Result<Self, Error> {
        let connection = &image.connection;
        let act = Error::sqlite(RECOVER);
        let log = find_log_id(connection)?.unwrap_or(NO_LOG);
        let (lineage, _) = Lineage::read(connection, log)?;
        let end: i64 = connection
            .query_row("select coalesce(max(position), 0) from event", [], |row| row.get(0))
            .map_err(&act)?;
        Ok(Self {
            connection,
            end: end.max(0).unsigned_abs(),
            has_end: image.has_end && image.is_whole && !image.is_wal_damaged,
            decoder: Decoder::default(),
            lineage,
            names: names::all(connection).map_err(&act)?,
            previous: Some((0, vec![EventHash::ZERO])),
            ends: HashMap::new(),
            next: 1,
            kept: 0,
            suspect: None,
            findings: Findings {
                identity,
                chosen: Vec::new(),
                redacted: HashMap::new(),
                names: HashMap::new(),
                texts: Vec::new(),
                end: Position::ZERO,
            },
            withheld: HashMap::new(),
        })
    }

    /// Has bodies that were taken out stay out, wherever a copy of them was found.
    pub(super) fn withhold(&mut self, redacted: HashMap<Position, Position>) {
        self.withheld = redacted;
    }

    pub(super) fn found(self) -> Findings {
        self.findings
    }

    /// Reads all of it; returns how many events were kept.
    pub(super) fn run(
        &mut self,
        keep: &mut Keep<'_>,
        lose: &mut Lose<'_>,
        progress: &dyn OnProgress,
    ) -> Result<u64, Error> {
        let act = Error::sqlite(RECOVER);
        let connection = self.connection;
        let mut statement = connection.prepare(include_str!("../../sql/recover/events.sql")).map_err(&act)?;
        let mut rows = statement.query([0]).map_err(&act)?;
        let (mut place, mut count): (Option<Place>, u64) = (None, 0);
        while let Some(row) = rows.next().map_err(&act)? {
            count += 1;
            // A number of another type is none of a position.
            let Ok(position) = row.get::<_, Position>(0) else { continue };
            if count.is_multiple_of(STEP) {
                progress.advance(RECOVER, Progress::new(Unit::Events, position.get(), self.end))?;
            }
            if place.as_ref().is_some_and(|place| place.position != position.get())
                && let Some(done) = place.take()
            {
                self.close(done, keep, lose)?;
            }
            let place = place.get_or_insert_with(|| Place::at(position));
            self.row(place, position, row);
        }
        if let Some(done) = place {
            self.close(done, keep, lose)?;
        }
        if let Some((.., suspect)) = self.suspect.take() {
            lose(suspect);
        }
        Ok(self.kept)
    }

    /// Looks at one row of a position.
    fn row(&mut self, place: &mut Place, position: Position, row: &Row<'_>) {
        let rank: i64 = row.get(13).unwrap_or(0);
        place.is_of_log |= rank == 0;
        if place.verified.is_some() {
            return;
        }
        let (found, hash) = self.event(position, row, place.is_second_look);
        place.hashes.extend(hash.filter(|hash| !place.hashes.contains(hash)));
        match found {
            Ok((saved, stored)) => place.verified = Some((saved, rank, stored.0, stored.1, stored.2)),
            Err(lost) => drop(place.lost.get_or_insert(*lost)),
        }
    }

    /// Looks at the rows of a position again, with every name that their streams may have.
    fn look_again(&mut self, place: &mut Place) -> Result<(), Error> {
        let act = Error::sqlite(RECOVER);
        place.is_second_look = true;
        let connection = self.connection;
        let mut statement =
            connection.prepare_cached(include_str!("../../sql/recover/event_at.sql")).map_err(&act)?;
        let mut rows = statement.query([place.position.cast_signed()]).map_err(&act)?;
        while let Some(row) = rows.next().map_err(&act)? {
            self.row(place, Position::ZERO.plus(place.position), row);
        }
        Ok(())
    }

    /// Decides what becomes of a position.
    fn close(&mut self, mut place: Place, keep: &mut Keep<'_>, lose: &mut Lose<'_>) -> Result<(), Error> {
        let position = place.position;
        if place.verified.is_none() {
            self.look_again(&mut place)?;
        }
        if place.verified.is_none() {
            let Some(lost) = place.lost else { return Ok(()) };
            if !place.is_of_log && self.has_end && position > self.end {
                return Ok(());
            }
            if let Some((.., suspect)) = self.suspect.take() {
                lose(suspect);
            }
            if position - self.next > GAP_MAX {
                self.previous = Some((position, place.hashes.clone()));
                self.suspect = Some((position, place.hashes, lost));
                return Ok(());
            }
            self.hole(position, lose);
            self.previous = Some((position, place.hashes));
            self.findings.end = Position::ZERO.plus(position);
            lose(lost);
            self.next = position + 1;
            return Ok(());
        }
        let Some((saved, rank, stream, revision, hash)) = place.verified else { return Ok(()) };
        if let Some((at, _, suspect)) = self.suspect.take() {
            // What follows it bears it out.
            if at + 1 == position {
                self.hole(at, lose);
                self.next = at + 1;
            }
            lose(suspect);
        }
        self.hole(position, lose);
        self.note(&saved, rank);
        self.previous = Some((position, vec![hash]));
        self.ends.insert(stream, (revision, hash));
        self.findings.names.insert(stream, saved.name.clone());
        self.findings.end = Position::ZERO.plus(position);
        self.next = position + 1;
        self.kept += 1;
        keep(saved)
    }

    fn note(&mut self, saved: &Saved, rank: i64) {
        if rank > 0 {
            self.findings.chosen.push((saved.position, rank));
        }
        if let Ok(Event::BodyRedacted(BodyRedacted { position, .. })) = &saved.event
            && let Some(position) = Position::new(*position).filter(|at| *at < saved.position)
        {
            self.findings.redacted.insert(position, saved.position);
        }
    }

    /// Tells of positions before this one of which no row tells anything.
    fn hole(&mut self, position: u64, lose: &mut Lose<'_>) {
        if position > self.next {
            let [position, last] = [self.next, position - 1].map(|number| Position::ZERO.plus(number));
            let why = "it is missing, or its page cannot be read";
            lose(Lost { position, last, why, stream: None, revision: None, event: None });
        }
    }
}

impl Place {
    fn at(position: Position) -> Self {
        Self {
            position: position.get(),
            hashes: Vec::new(),
            verified: None,
            lost: None,
            is_of_log: false,
            is_second_look: false,
        }
    }
}
