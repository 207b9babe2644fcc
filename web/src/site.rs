//! What answers are made from: the store, and how moments are named.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use retold::SessionHistory;
use retold_core::{Position, Reader, Revision};
use retold_present::{AsOf, Failure};
use retold_projections::{Found, Prices, Store, find};
use retold_travel::{Clock, Error, Resolver, Timeline};

use crate::data::verify::Trust;
use crate::problem::Problem;
use crate::query::Query;

/// Tiles that are held in memory, 4,096 events each.
const TILES_MAX: usize = 256;

/// Reads what models cost.
pub type ReadPrices = Arc<dyn Fn() -> Result<Prices, Failure> + Send + Sync>;

/// How somebody looks at a store.
#[derive(Clone)]
pub struct Eyes {
    /// Which of an event's times a time means.
    pub clock: Clock,
    /// The present.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The person's time zone.
    pub zone: TimeZone,
    /// What models cost, asked for each answer.
    pub prices: ReadPrices,
}

impl std::fmt::Debug for Eyes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Eyes").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Eyes {
    /// How a store is opened for them.
    pub(crate) fn options(&self) -> retold_core::Options {
        let now = Arc::clone(&self.now);
        retold_core::Options::new().clock(move || now())
    }
}

/// The store that is shown.
pub(crate) struct Site {
    pub(crate) store: Store,
    /// What writes, where that is allowed: the store above only reads.
    pub(crate) writes: Option<SessionHistory>,
    pub(crate) clock: Clock,
    pub(crate) now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    pub(crate) zone: TimeZone,
    prices: ReadPrices,
    /// How far the log was read against its hashes.
    pub(crate) trust: Mutex<Trust>,
    /// Who has it reads on.
    pub(crate) verifying: Mutex<()>,
    /// Tiles that can no longer change, by their address.
    tiles: Mutex<VecDeque<(String, Arc<serde_json::Value>)>>,
}

/// A request that fits a route.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The session that the address names.
    pub(crate) session: String,
    /// The number that it names.
    pub(crate) number: u64,
    pub(crate) query: Query,
}

/// A session at a moment.
pub(crate) struct Opened<'s> {
    pub(crate) found: Found,
    pub(crate) timeline: Timeline<'s>,
    pub(crate) as_of: AsOf,
    /// The last of its events by then.
    pub(crate) revision: Revision,
    /// The last of its events.
    pub(crate) last: Revision,
}

impl Site {
    pub(crate) fn new(store: Store, writes: Option<SessionHistory>, eyes: Eyes) -> Self {
        let Eyes { clock, now, zone, prices } = eyes;
        Self {
            store,
            writes,
            clock,
            now,
            zone,
            prices,
            trust: Mutex::default(),
            verifying: Mutex::default(),
            tiles: Mutex::default(),
        }
    }

    /// Returns what models cost.
    pub(crate) fn prices(&self) -> Result<Prices, Problem> {
        Ok((self.prices)()?)
    }

    /// Returns a reader that sees one moment of the store.
    pub(crate) fn reader(&self) -> Result<Reader<'_>, Problem> {
        let reader = self.store.log().reader()?;
        reader.begin()?;
        Ok(reader)
    }

    pub(crate) fn resolver<'r, 's>(
        &self,
        reader: &'r Reader<'s>,
        session: Option<&'r Found>,
    ) -> Resolver<'r, 's> {
        Resolver { reader, session, clock: self.clock, now: (self.now)(), zone: self.zone.clone() }
    }

    /// Returns the moment of the whole log that a request asks for, else its end.
    pub(crate) fn moment(&self, reader: &Reader<'_>, asked: &Asked) -> Result<AsOf, Problem> {
        match asked.query.point("at")? {
            None => Ok(reader.head()?.into()),
            Some(point) => Ok((&self.resolver_of(reader, asked).resolve_moment(&point)?).into()),
        }
    }

    /// Returns the clock that a request names, else that of the page.
    pub(crate) fn clock_of(&self, asked: &Asked) -> Clock {
        match asked.query.text("clock") {
            Some("recorded") => Clock::Recorded,
            Some("occurred") => Clock::Occurred,
            _ => self.clock,
        }
    }

    /// Returns what resolves points of the whole log by the clock that a request names.
    pub(crate) fn resolver_of<'r, 's>(&self, reader: &'r Reader<'s>, asked: &Asked) -> Resolver<'r, 's> {
        Resolver { clock: self.clock_of(asked), ..self.resolver(reader, None) }
    }

    /// Opens the session that a request names, at the moment that it asks for.
    pub(crate) fn open(&self, asked: &Asked) -> Result<Opened<'_>, Problem> {
        let found = find(&self.store.log().reader()?, &asked.session)?;
        let mut timeline = Timeline::of(self.store.log(), found.stream)?;
        timeline.reader().begin()?;
        let reader = timeline.reader();
        let as_of: AsOf = match asked.query.point("at")? {
            None => reader.head()?.into(),
            Some(point) => (&self.resolver(reader, Some(&found)).resolve(&point)?).into(),
        };
        let last = reader.revision(found.stream)?;
        let revision = timeline.revision_at(as_of.position)?;
        if revision == Revision::ZERO {
            let position = as_of.position;
            return Err(Error::NotThere { stream: found.name, reason: "not created yet", position }.into());
        }
        Ok(Opened { found, timeline, as_of, revision, last })
    }

    /// Returns what is kept under an address, or makes it; what `make` calls final is kept.
    pub(crate) fn kept(
        &self,
        address: &str,
        make: impl FnOnce() -> Result<(serde_json::Value, bool), Problem>,
    ) -> Result<(Arc<serde_json::Value>, bool), Problem> {
        if let Some((_, tile)) = self.tiles.lock().iter().find(|(known, _)| known == address) {
            return Ok((Arc::clone(tile), true));
        }
        let (made, is_final) = make()?;
        let made = Arc::new(made);
        if is_final {
            let mut tiles = self.tiles.lock();
            if tiles.len() >= TILES_MAX {
                tiles.pop_front();
            }
            tiles.push_back((address.to_owned(), Arc::clone(&made)));
        }
        Ok((made, is_final))
    }
}

impl Opened<'_> {
    /// Returns the position of one of its events.
    pub(crate) fn position_of(&self, revision: Revision) -> Result<Position, Problem> {
        if revision == Revision::ZERO {
            return Ok(Position::ZERO);
        }
        let missing = || {
            let found = format!("revision {revision} of {} is missing", self.found.name);
            retold_core::Error::Damaged { act: "read the log", found }
        };
        Ok(self.timeline.position_of(revision)?.ok_or_else(missing)?)
    }
}
