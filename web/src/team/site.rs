//! What the page over a team's server is answered with.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use parking_lot::Mutex;
use retold_core::StreamName;
use retold_present::{Exit, Failure};
use retold_projections::Store;
use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use super::{Brought, SessionEdition, Shipments, VIEW, Watched};
use crate::answer::{Answer, Told, VERSION, plain};
use crate::data::{search, sessions};
use crate::problem::Problem;
use crate::routes::{Kind, Route, openapi};
use crate::site::{Asked, Eyes, Site};

/// The page over a team's server.
pub(crate) struct TeamSite {
    watched: Arc<Watched>,
    eyes: Eyes,
    /// The stores that sessions were brought into, by what the session was called.
    open: Mutex<HashMap<String, Open>>,
    /// How many stores are open at once.
    open_max: usize,
    /// Who has one of them brings the sessions that fall to it: one is not brought twice at a time, and others seldom wait for it.
    bringing: [Mutex<()>; LANES],
}

/// How long somebody waits for a session that somebody else brings.
const BRING_WAIT: Duration = Duration::from_secs(30);
/// Sessions that are brought at once, at most.
const LANES: usize = 16;

/// What depends on a session alone, and on what its address says.
const OF_SESSION: &[&str] = &[
    "/s/{session}.json",
    "/s/{session}/tiles/{number}.json",
    "/s/{session}/events.json",
    "/s/{session}/events/{number}.json",
    "/s/{session}/patches.json",
    "/s/{session}/messages.json",
    "/s/{session}/conversation.json",
    "/s/{session}/files.json",
    "/s/{session}/texts/{number}.json",
    "/s/{session}/output/{number}.json",
    "/s/{session}/diff.json",
    "/s/{session}/blame.json",
];
/// What depends on what models cost, too.
const OF_PRICES: &[&str] = &["/s/{session}/conversation.json"];

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
            open: Mutex::default(),
            open_max,
            bringing: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// Answers a route.
    pub(crate) fn answer(&self, route: &Route, asked: &Asked) -> Result<Told, Problem> {
        let session = asked.query.text("session");
        match (route.path, session) {
            ("/page.json", _) => Ok(self.page().into()),
            ("/sessions.json", _) => Ok(by_content(self.sessions(asked)?).into()),
            ("/search.json", None) => Ok(by_content(self.search(asked)?).into()),
            ("/openapi.json", _) => Ok(plain(openapi()).into()),
            // Nothing is known there of how things were.
            ("/moments.json" | "/sessions/standings.json", _) => Ok(begun(0).with_rows(Vec::new()).into()),
            // In a session, its store is searched.
            ("/search.json" | "/resolve.json", Some(session)) => self.of_session(session, route, asked),
            (path, _) if path.starts_with("/s/") => self.of_session(&asked.session, route, asked),
            _ => Err(Problem::new(
                StatusCode::NOT_FOUND,
                format!("{} is a team's server, which does not answer this", self.watched.team.name()),
            )
            .hint("`retold pull` takes sessions into a store, which does")),
        }
    }

    /// Answers a route about a session: as it was answered before, where nothing is new, else from its store.
    fn of_session(&self, session: &str, route: &Route, asked: &Asked) -> Result<Told, Problem> {
        let edition = self.edition(session)?;
        let name = match &edition {
            Some(SessionEdition { secret: Some(_), .. }) => self.name_of(route, asked)?,
            _ => None,
        };
        let kept = edition.as_ref().zip(name.as_ref());
        if let Some(told) =
            kept.and_then(|(edition, name)| self.watched.team.kept(edition, name)).and_then(Told::read)
        {
            return Ok(told);
        }
        let known = match &edition {
            Some(edition) => self.at_edition(session, edition)?,
            // The session's fields are what is read first, and again when something is new.
            None if route.path == "/s/{session}.json" => self.bring(session)?,
            None => self.brought(session)?,
        };
        let told = Told::from((route.answer)(&known.site, asked)?);
        if let Some((edition, name)) = kept
            && known.brought.content == Some(edition.content)
        {
            self.watched.team.keep(edition, name, &told.written());
        }
        Ok(told)
    }

    /// Returns the name that an answer is kept under; `None` where it depends on more than the session, how the answers are made, and what
    /// the name says.
    fn name_of(&self, route: &Route, asked: &Asked) -> Result<Option<String>, Problem> {
        if !OF_SESSION.contains(&route.path) {
            return Ok(None);
        }
        let mut name = format!(
            "{}.{VERSION} {:?} {} {}",
            env!("CARGO_PKG_VERSION"),
            self.eyes.clock,
            route.path,
            asked.number
        );
        for parameter in route.parameters {
            let Some(text) = asked.query.text(parameter.name) else { continue };
            let is_revision = || text.strip_prefix('r').is_some_and(|number| number.parse::<u64>().is_ok());
            // A time means another moment tomorrow.
            if matches!(parameter.kind, Kind::Point) && !is_revision() {
                return Ok(None);
            }
            name.push_str(&format!(" {}={text:?}", parameter.name));
        }
        if OF_PRICES.contains(&route.path) {
            name.push_str(&format!(" {:x?}", (self.eyes.prices)()?.digest()));
        }
        Ok(Some(name))
    }

    /// Says what is shown; the server is not asked for that.
    fn page(&self) -> Answer {
        let answer = begun(0).with("writes", false).with("marks", json!([]));
        answer.with("team", self.watched.team.name())
    }

    /// Begins an answer of what the server showed.
    fn begin(&self, shipments: Shipments) -> Answer {
        begun(self.watched.noted(shipments).listed)
    }

    fn sessions(&self, asked: &Asked) -> Result<Answer, Problem> {
        if asked.query.text("at").is_some() {
            return Err(Problem::bad("a team's server lists sessions as they are now")
                .hint("`retold pull` takes sessions into a store, which lists them as they were"));
        }
        let (filter, number) = (sessions::filter(asked)?, sessions::number(asked));
        let page = filter.with_limit(number.saturating_add(1));
        let (mut rows, total, shipments) = self.watched.team.sessions(&page)?;
        let more = rows.len() > number as usize;
        rows.truncate(number as usize);
        let next = rows.last().filter(|_| more).map(|row| row.cursor.to_string());
        Ok(self
            .begin(shipments)
            .with("total", total)
            .with("counts", json!([]))
            .with_rows(rows.iter().map(sessions::row).collect())
            .with("next", next))
    }

    fn search(&self, asked: &Asked) -> Result<Answer, Problem> {
        let search::Wanted { query, filter, number } = search::wanted(asked)?;
        let (found, shipments) = self.watched.team.search(&query, &filter, number)?;
        Ok(search::told(self.begin(shipments), &found))
    }

    /// Asks for the edition of a session; of one that its reader may not see any more nothing stays.
    fn edition(&self, session: &str) -> Result<Option<SessionEdition>, Problem> {
        let asked = self.watched.team.edition(session);
        Ok(asked.inspect_err(|failure| self.leave_where_gone(session, failure))?)
    }

    /// Returns a session of an edition; what is new of it is brought.
    fn at_edition(&self, session: &str, edition: &SessionEdition) -> Result<Open, Problem> {
        let is_so = |known: &Open| known.brought.content == Some(edition.content);
        if let Some(known) = self.known(session).filter(is_so) {
            return Ok(known);
        }
        self.take(session, 0, is_so)
    }

    /// Brings a session here, and what is new of it; one that is here is shown where the server cannot be asked.
    fn bring(&self, session: &str) -> Result<Open, Problem> {
        let known = self.known(session);
        // Before it is brought: what is shipped meanwhile is brought the next time.
        let shipment = match (self.watched.shipments().map(|shipments| shipments.last), known) {
            (Ok(shipment), Some(known)) if known.shipment == shipment && known.brought.is_whole => {
                return Ok(known);
            }
            (Ok(shipment), _) => shipment,
            (Err(_), Some(known)) => return Ok(known),
            (Err(failure), None) => return Err(failure.into()),
        };
        self.take(session, shipment, |known| known.shipment >= shipment && known.brought.is_whole)
    }

    /// Returns a session that was brought here; one that was not, or before the last shipment that is known, is brought.
    fn brought(&self, session: &str) -> Result<Open, Problem> {
        let last = self.watched.last.load(Ordering::Relaxed);
        match self.known(session).filter(|known| known.shipment >= last) {
            Some(known) => Ok(known),
            None => self.bring(session),
        }
    }

    /// Brings a session here in its turn, unless somebody else did so meanwhile.
    fn take(&self, session: &str, shipment: u64, is_here: impl Fn(&Open) -> bool) -> Result<Open, Problem> {
        let Some(_turn) = self.bringing[lane_of(session)].try_lock_for(BRING_WAIT) else {
            return Err(Failure::new(Exit::Busy, "the session is brought here, which takes long").into());
        };
        if let Some(known) = self.known(session).filter(is_here) {
            return Ok(known);
        }
        let brought = self.watched.team.bring(session);
        let brought = brought.inspect_err(|failure| self.leave_where_gone(session, failure))?;
        let site = match self.known(session).filter(|known| known.brought == brought) {
            Some(known) => known.site,
            None => {
                let store = Store::open(&brought.path, self.eyes.options().read_only(true))?;
                Arc::new(Site::new(store, None, self.eyes.clone()))
            }
        };
        let opened = Open { site, brought, shipment, used: Instant::now() };
        let mut open = self.open.lock();
        open.insert(session.to_owned(), opened.clone());
        if open.len() > self.open_max {
            let longest = open.iter().min_by_key(|(_, one)| one.used).map(|(name, _)| name.clone());
            let closed = longest.and_then(|name| open.remove(&name));
            self.close(&open, closed);
        }
        Ok(opened)
    }

    /// Closes a session, where there is none any more for its reader.
    fn leave_where_gone(&self, session: &str, failure: &Failure) {
        if failure.exit() == Exit::Nothing
            && let Some(known) = self.known(session)
        {
            self.leave(&known.brought.name);
        }
    }

    /// Closes a session under all names that lead to it.
    fn leave(&self, name: &StreamName) {
        let mut open = self.open.lock();
        let closed: Vec<Open> =
            open.extract_if(|_, one| one.brought.name == *name).map(|(_, one)| one).collect();
        self.close(&open, closed);
    }

    /// Lets go of what nobody looked at for so long; returns whether something is left.
    pub(crate) fn tidy(&self, now: Instant, unused: Duration) -> bool {
        let mut open = self.open.lock();
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
        let mut open = self.open.lock();
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
        let open = std::mem::take(self.open.get_mut());
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

#[cfg(test)]
mod tests {
    use super::{OF_PRICES, OF_SESSION};
    use crate::routes::ROUTES;

    #[test]
    fn what_may_be_kept_is_a_route_of_a_session() {
        for path in OF_SESSION.iter().chain(OF_PRICES) {
            assert!(path.starts_with("/s/") && ROUTES.iter().any(|route| route.path == *path), "{path}");
        }
        assert!(OF_PRICES.iter().all(|path| OF_SESSION.contains(path)));
    }
}
