//! The page over a team's server: its lists and searches, and each session from a store of this machine, into which it is brought when
//! somebody opens it.
//!
//! What goes through time is folded from a store, by the same code as everywhere; a server is asked for what no store of one log knows.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use parking_lot::Mutex;
use retold_core::StreamName;
use retold_present::{Exit, Failure};
use retold_projections::{
    Answer as Found, Mask, SearchFilter, SearchQuery, SessionFilter, SessionRow, Store,
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::answer::{Answer, plain};
use crate::data::{search, sessions};
use crate::problem::Problem;
use crate::routes::{Route, openapi};
use crate::site::{Asked, Eyes, Site};

/// A team's server, as whoever opens the page may read it. Several threads ask at once.
pub trait Team: Send + Sync {
    /// Returns what it is called.
    fn name(&self) -> String;

    /// Returns how far it is.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn shipments(&self) -> Result<Shipments, Failure>;

    /// Returns a page of its list, and how many sessions there are on all pages.
    ///
    /// # Errors
    /// Where it cannot be asked, or does not list so.
    fn sessions(&self, filter: &SessionFilter) -> Result<(Vec<SessionRow>, u64), Failure>;

    /// Searches it. Snippets have no secret in them.
    ///
    /// # Errors
    /// Where it cannot be asked, or does not search so.
    fn search(
        &self,
        query: &SearchQuery,
        filter: &SearchFilter,
        number: u32,
        mask: Mask<'_>,
    ) -> Result<Found, Failure>;

    /// Brings a session and its agents to this machine, or what is new of them: by its name in full, or by the first letters of its id.
    ///
    /// # Errors
    /// Where there is none, it may not be read whole, or it cannot be brought.
    fn bring(&self, session: &str) -> Result<Brought, Failure>;

    /// Refuses to show what was brought, where its reader may not read it any more; asked for each answer, and returns the last shipment that
    /// there was then, where it asked the server. What is on the reader's own machine stays theirs.
    ///
    /// # Errors
    /// Where it may not be shown, or that is not known.
    fn may_show(&self, _brought: &Brought) -> Result<Option<u64>, Failure> {
        Ok(None)
    }

    /// Lets go of what was brought, which nobody looked at for long. Where it stays, it is shown again while the server cannot be asked.
    fn forget(&self, _brought: &Brought) {}
}

/// How far a team's server is: numbers of shipments, which only rise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipments {
    /// The last one.
    pub last: u64,
    /// The last one that lists and searches have.
    pub listed: u64,
}

/// A session that is on this machine, in a store of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The session's stream.
    pub name: StreamName,
    /// What the server calls the log that this copy of it is in.
    pub log: String,
    /// The store that it is in.
    pub path: PathBuf,
    /// A number that differs each time the file is rewritten.
    pub made: u64,
    /// Whether nothing of it was withheld: what was may be supplied without a shipment.
    pub is_whole: bool,
}

/// A team's server, and the last shipment of it that was told of.
pub(crate) struct Watched {
    pub(crate) team: Arc<dyn Team>,
    last: AtomicU64,
}

impl Watched {
    pub(crate) fn of(team: Arc<dyn Team>) -> Arc<Self> {
        Arc::new(Self { team, last: AtomicU64::new(0) })
    }

    /// Asks how far the server is.
    pub(crate) fn shipments(&self) -> Result<Shipments, Failure> {
        let shipments = self.team.shipments()?;
        self.last.fetch_max(shipments.last, Ordering::Relaxed);
        Ok(shipments)
    }
}

/// The page over a team's server.
pub(crate) struct TeamSite {
    watched: Arc<Watched>,
    eyes: Eyes,
    /// The stores that sessions were brought into, by what the session was called.
    brought: Mutex<HashMap<String, Open>>,
    /// How many stores are open at once.
    open_max: usize,
    /// Who has one of them brings the sessions that fall to it: one is not brought twice at a time, and others seldom wait for it.
    bringing: [Mutex<()>; LANES],
}

/// How long somebody waits for a session that somebody else brings.
const BRING_WAIT: Duration = Duration::from_secs(30);
/// Sessions that are brought at once, at most.
const LANES: usize = 16;

/// A session's store, and the number of the shipment up to which it was asked for.
#[derive(Clone)]
struct Open {
    site: Arc<Site>,
    brought: Brought,
    shipment: u64,
    /// When somebody looked at it last.
    used: Instant,
}

impl TeamSite {
    pub(crate) fn new(watched: Arc<Watched>, eyes: Eyes, open_max: usize) -> Self {
        Self {
            watched,
            eyes,
            brought: Mutex::default(),
            open_max,
            bringing: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// Answers a route.
    pub(crate) fn answer(&self, route: &Route, asked: &Asked) -> Result<Answer, Problem> {
        match route.path {
            "/page.json" => Ok(self.page()),
            "/sessions.json" => self.sessions(asked).map(by_content),
            // In a session, its store is searched.
            "/search.json" => match asked.query.text("session") {
                Some(session) => (route.answer)(&*self.site_of(session)?, asked),
                None => self.search(asked).map(by_content),
            },
            "/openapi.json" => Ok(plain(openapi())),
            // Nothing is known there of how things were.
            "/moments.json" | "/sessions/standings.json" => Ok(begun(0).with_rows(Vec::new())),
            // The session's fields are what is read first, and again when something is new.
            "/s/{session}.json" => (route.answer)(&*self.bring(&asked.session)?, asked),
            "/resolve.json" if asked.query.text("session").is_some() => {
                let session = asked.query.text("session").unwrap_or_default();
                (route.answer)(&*self.site_of(session)?, asked)
            }
            path if path.starts_with("/s/") => (route.answer)(&*self.site_of(&asked.session)?, asked),
            _ => Err(Problem::new(
                StatusCode::NOT_FOUND,
                format!("{} is a team's server, which does not answer this", self.watched.team.name()),
            )
            .hint("`retold pull` takes sessions into a store, which does")),
        }
    }

    /// Says what is shown; the server is not asked for that.
    fn page(&self) -> Answer {
        let answer = begun(0).with("writes", false).with("marks", json!([]));
        answer.with("team", self.watched.team.name())
    }

    /// Begins an answer of what the server shows now.
    fn begin(&self) -> Result<Answer, Problem> {
        Ok(begun(self.watched.shipments()?.listed))
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
        let (mut rows, total) = self.watched.team.sessions(&page)?;
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
        let found = self.watched.team.search(&query, &filter, number, &search::masked)?;
        Ok(search::told(answer, &found))
    }

    /// Brings a session here, and what is new of it; one that is here is shown where the server cannot be asked.
    fn bring(&self, session: &str) -> Result<Arc<Site>, Problem> {
        let known = self.known(session);
        // Before it is brought: what is shipped meanwhile is brought the next time.
        let shipment = match (self.watched.shipments().map(|shipments| shipments.last), known) {
            (Ok(shipment), Some(known)) if known.shipment == shipment && known.brought.is_whole => {
                self.may_show(&known)?;
                return Ok(known.site);
            }
            (Ok(shipment), _) => shipment,
            (Err(_), Some(known)) => {
                self.may_show(&known)?;
                return Ok(known.site);
            }
            (Err(failure), None) => return Err(failure.into()),
        };
        let Some(_turn) = self.bringing[lane_of(session)].try_lock_for(BRING_WAIT) else {
            return Err(Failure::new(Exit::Busy, "the session is brought here, which takes long").into());
        };
        // Somebody else may have brought it meanwhile.
        if let Some(known) =
            self.known(session).filter(|known| known.shipment >= shipment && known.brought.is_whole)
        {
            self.may_show(&known)?;
            return Ok(known.site);
        }
        let brought = self.watched.team.bring(session).inspect_err(|failure| {
            if failure.exit() == Exit::Nothing
                && let Some(known) = self.known(session)
            {
                self.leave(&known.brought.name);
            }
        })?;
        let site = match self.known(session).filter(|known| known.brought == brought) {
            Some(known) => known.site,
            None => {
                let store = Store::open(&brought.path, self.eyes.options().read_only(true))?;
                Arc::new(Site::new(store, None, self.eyes.clone()))
            }
        };
        let used = Instant::now();
        let mut open = self.brought.lock();
        open.insert(session.to_owned(), Open { site: Arc::clone(&site), brought, shipment, used });
        if open.len() > self.open_max {
            let longest = open.iter().min_by_key(|(_, one)| one.used).map(|(name, _)| name.clone());
            let closed = longest.and_then(|name| open.remove(&name));
            self.close(&open, closed);
        }
        Ok(site)
    }

    /// Returns the store of a session that was brought here; one that was not, or before the last shipment that is known, is brought.
    fn site_of(&self, session: &str) -> Result<Arc<Site>, Problem> {
        let last = self.watched.last.load(Ordering::Relaxed);
        let Some(known) = self.known(session).filter(|known| known.shipment >= last) else {
            return self.bring(session);
        };
        match self.may_show(&known)? {
            Some(last) if last > known.shipment => self.bring(session),
            _ => Ok(known.site),
        }
    }

    /// Asks whether a store may be shown; of one that its reader may not see any more nothing stays.
    fn may_show(&self, known: &Open) -> Result<Option<u64>, Problem> {
        let asked = self.watched.team.may_show(&known.brought);
        if asked.as_ref().is_err_and(|failure| failure.exit() == Exit::Nothing) {
            self.leave(&known.brought.name);
        }
        Ok(asked?)
    }

    /// Closes a session under all names that lead to it.
    fn leave(&self, name: &StreamName) {
        let mut open = self.brought.lock();
        let closed: Vec<Open> =
            open.extract_if(|_, one| one.brought.name == *name).map(|(_, one)| one).collect();
        self.close(&open, closed);
    }

    /// Lets go of what nobody looked at for so long; returns whether something is left.
    pub(crate) fn tidy(&self, now: Instant, unused: Duration) -> bool {
        let mut open = self.brought.lock();
        let is_old = |_: &String, one: &mut Open| now.saturating_duration_since(one.used) >= unused;
        let old: Vec<Open> = open.extract_if(is_old).map(|(_, one)| one).collect();
        self.close(&open, old);
        !open.is_empty()
    }

    /// Closes stores, and lets go of those that no other name of the session leads to.
    fn close(&self, open: &HashMap<String, Open>, closed: impl IntoIterator<Item = Open>) {
        for Open { site, brought, .. } in closed {
            drop(site);
            if !open.values().any(|one| one.brought.name == brought.name) {
                self.watched.team.forget(&brought);
            }
        }
    }

    fn known(&self, session: &str) -> Option<Open> {
        let mut open = self.brought.lock();
        let known = open.get_mut(session)?;
        known.used = Instant::now();
        let known = known.clone();
        if !known.brought.path.exists() {
            // It was let go of under another name while it was brought.
            open.remove(session);
            return None;
        }
        Some(known)
    }
}

/// Nobody looks any more.
impl Drop for TeamSite {
    fn drop(&mut self) {
        let open = std::mem::take(self.brought.get_mut());
        self.close(&HashMap::new(), open.into_values());
    }
}

fn lane_of(session: &str) -> usize {
    session.bytes().fold(0, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte))) % LANES
}

/// Begins an answer up to a shipment.
fn begun(shipment: u64) -> Answer {
    let as_of = json!({ "position": shipment, "shipment": shipment, "hash": "", "view": VIEW });
    let body = Map::from_iter([("as_of".to_owned(), as_of)]);
    Answer { body, basis: format!("team-{shipment}"), is_final: false }
}

/// An answer that is the same where its content is: what one may see, and which server it is, is in no number.
fn by_content(answer: Answer) -> Answer {
    let digest = Sha256::digest(serde_json::to_vec(&answer.body).unwrap_or_default());
    let basis = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Answer { basis, ..answer }
}

/// The version of what lists of a server hold: there is one of each.
const VIEW: &str = "team";

/// The event that says that something is new on the server: lists are up to its position, any session may have moved.
pub(crate) fn news(Shipments { listed, last }: Shipments) -> String {
    let document = json!({ "position": listed, "hash": "", "view": VIEW, "changed": Value::Null });
    format!("id: {last}\nevent: head\ndata: {document}\n\n")
}
