//! The page over a team's server: its lists and searches, and each session from a store of this machine, into which it is brought when
//! somebody opens it.
//!
//! What goes through time is folded from a store, by the same code as everywhere; a server is asked for what no store of one log knows.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::StatusCode;
use parking_lot::Mutex;
use retold_present::Failure;
use retold_projections::{Answer as Found, SearchFilter, SearchQuery, SessionFilter, SessionRow, Store};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, plain};
use crate::data::{search, sessions};
use crate::problem::Problem;
use crate::routes::{Route, openapi};
use crate::site::{Asked, Eyes, Site};

/// A team's server, as whoever opens the page may read it. Several threads ask at once.
pub trait Team: Send + Sync {
    /// Returns what it is called.
    fn name(&self) -> String;

    /// Returns the number of the last shipment that its lists show.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn shipment(&self) -> Result<u64, Failure>;

    /// Returns a page of its list, and how many sessions there are on all pages.
    ///
    /// # Errors
    /// Where it cannot be asked, or does not list so.
    fn sessions(&self, filter: &SessionFilter) -> Result<(Vec<SessionRow>, u64), Failure>;

    /// Searches it; `session` is the beginning of an id.
    ///
    /// # Errors
    /// Where it cannot be asked, or does not search so.
    fn search(
        &self,
        query: &SearchQuery,
        filter: &SearchFilter,
        session: Option<&str>,
        number: u32,
    ) -> Result<Found, Failure>;

    /// Brings a session to this machine, or what is new of it: by its name in full, or by the first letters of its id.
    ///
    /// # Errors
    /// Where there is none, it may not be read whole, or it cannot be brought.
    fn bring(&self, session: &str) -> Result<Brought, Failure>;
}

/// A session that is on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The store that it is in.
    pub path: PathBuf,
    /// Another number each time that the file was made anew.
    pub made: u64,
}

/// The page over a team's server.
pub(crate) struct TeamSite {
    pub(crate) team: Arc<dyn Team>,
    eyes: Eyes,
    /// The stores that sessions were brought into, by what the session was called.
    brought: Mutex<HashMap<String, Open>>,
    /// Who has it brings a session.
    bringing: Mutex<()>,
}

/// A session's store, and the number of the shipment up to which it was asked for.
#[derive(Clone)]
struct Open {
    site: Arc<Site>,
    brought: Brought,
    shipment: u64,
}

/// Stores that are open at once.
const OPEN_MAX: usize = 32;

impl TeamSite {
    pub(crate) fn new(team: Arc<dyn Team>, eyes: Eyes) -> Self {
        Self { team, eyes, brought: Mutex::default(), bringing: Mutex::default() }
    }

    /// Answers a route.
    pub(crate) fn answer(&self, route: &Route, asked: &Asked) -> Result<Answer, Problem> {
        match route.path {
            "/page.json" => self.page(),
            "/sessions.json" => self.sessions(asked),
            "/search.json" => self.search(asked),
            "/openapi.json" => Ok(plain(openapi())),
            // Nothing is known there of how things were.
            "/moments.json" | "/sessions/standings.json" => Ok(self.begin()?.with_rows(Vec::new())),
            // The session's fields are what is read first, and again when something is new.
            "/s/{session}.json" => (route.answer)(&*self.bring(&asked.session)?, asked),
            "/resolve.json" if asked.query.text("session").is_some() => {
                let session = asked.query.text("session").unwrap_or_default();
                (route.answer)(&*self.site_of(session)?, asked)
            }
            path if path.starts_with("/s/") => (route.answer)(&*self.site_of(&asked.session)?, asked),
            _ => Err(Problem::new(
                StatusCode::NOT_FOUND,
                format!("{} is a team's server, which does not answer this", self.team.name()),
            )
            .hint("`retold pull` takes sessions into a store, which does")),
        }
    }

    fn page(&self) -> Result<Answer, Problem> {
        let answer = self.begin()?.with("writes", false).with("marks", json!([]));
        Ok(answer.with("team", self.team.name()))
    }

    /// Begins an answer of what the server shows now.
    fn begin(&self) -> Result<Answer, Problem> {
        let shipment = self.team.shipment()?;
        let as_of = json!({ "position": shipment, "shipment": shipment, "hash": "", "view": VIEW });
        let body = Map::from_iter([("as_of".to_owned(), as_of)]);
        Ok(Answer { body, basis: format!("shipment-{shipment}"), is_final: false })
    }

    fn sessions(&self, asked: &Asked) -> Result<Answer, Problem> {
        if asked.query.text("at").is_some() {
            return Err(Problem::bad("a team's server lists sessions as they are now")
                .hint("`retold pull` takes sessions into a store, which lists them as they were"));
        }
        // Before the list is read: what comes in between is read again.
        let answer = self.begin()?;
        let (filter, number) = (sessions::filter(asked)?, sessions::number(asked));
        let page = filter.with_limit(number.saturating_add(1));
        let (mut rows, total) = self.team.sessions(&page)?;
        let more = rows.len() > number as usize;
        rows.truncate(number as usize);
        let next = rows.last().filter(|_| more).map(|row| row.cursor.to_string());
        Ok(answer
            .with("total", total)
            .with("counts", json!([]))
            .with_rows(rows.iter().map(sessions::row).collect())
            .with("next", next))
    }

    fn search(&self, asked: &Asked) -> Result<Answer, Problem> {
        let answer = self.begin()?;
        let search::Wanted { query, filter, number } = search::wanted(asked)?;
        let session = asked.query.text("session");
        let found = self.team.search(&query, &filter, session, number)?;
        Ok(search::told(answer, &found, search::row_masked))
    }

    /// Brings a session here, and what is new of it.
    fn bring(&self, session: &str) -> Result<Arc<Site>, Problem> {
        let _turn = self.bringing.lock();
        // Before it is brought: what is shipped meanwhile is brought the next time.
        let shipment = self.team.shipment()?;
        if let Some(known) = self.known(session).filter(|known| known.shipment == shipment) {
            return Ok(known.site);
        }
        let brought = self.team.bring(session)?;
        let site = match self.known(session).filter(|known| known.brought == brought) {
            Some(known) => known.site,
            None => {
                let store = Store::open(&brought.path, self.eyes.options().read_only(true))?;
                Arc::new(Site::new(store, None, self.eyes.clone()))
            }
        };
        let mut open = self.brought.lock();
        if open.len() >= OPEN_MAX {
            open.clear();
        }
        open.insert(session.to_owned(), Open { site: Arc::clone(&site), brought, shipment });
        Ok(site)
    }

    /// Returns the store of a session that was brought here; one that was not is brought.
    fn site_of(&self, session: &str) -> Result<Arc<Site>, Problem> {
        self.known(session).map_or_else(|| self.bring(session), |known| Ok(known.site))
    }

    fn known(&self, session: &str) -> Option<Open> {
        self.brought.lock().get(session).cloned()
    }
}

/// The version of what lists of a server hold: there is one of each.
const VIEW: &str = "team";

/// The event that says that something is new on the server.
pub(crate) fn news(shipment: u64) -> String {
    let document = json!({ "position": shipment, "hash": "", "view": VIEW, "changed": Value::Null });
    format!("id: {shipment}\nevent: head\ndata: {document}\n\n")
}
