//! The page over a team's server, for a program that has a server of its own and lets people in by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Response;
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::http::request::Parts;
use tokio::sync::Semaphore;

use super::body::Body;
use super::live::Live;
use super::respond;
use super::shared::{Answers, Turns};
use crate::shown::Shown;
use crate::site::Eyes;
use crate::team::{Team, TeamSite, Watched};

/// Questions of a page at once. More wait.
const QUESTIONS_MAX: usize = 4;
/// Stores of sessions that are open for a page at once.
const OPEN_MAX: usize = 8;

/// Answers with what the page is made of, which is nobody's: its files, and the beginning of each of its screens. `None` where something else
/// is at the address.
pub fn page_file(parts: &Parts) -> Option<Response<Body>> {
    respond::page_file(parts).map(respond::with_headers)
}

/// Returns the token that a browser brings to the address `/enter`.
///
/// # Errors
/// What is answered where the request is not a browser's, from a page of the host that it names.
pub async fn entrance(parts: &Parts, body: Incoming) -> Result<String, Response<Body>> {
    let named = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let token = respond::entrance(parts, body, |host| host.eq_ignore_ascii_case(named)).await;
    token.map_err(|problem| respond::with_headers(respond::told(&problem)))
}

/// The page over a team's server as one person sees it. Answers alone: who may ask is for the program to say.
pub struct TeamPage {
    answers: Arc<Answers>,
}

impl std::fmt::Debug for TeamPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TeamPage").finish_non_exhaustive()
    }
}

impl TeamPage {
    /// Makes one. `all`: room for questions of all pages at once, each on a thread that may wait; a page has four.
    pub fn new(team: Arc<dyn Team>, eyes: Eyes, all: Arc<Semaphore>) -> Self {
        let watched = Watched::of(team);
        let live = Live::of_team(Arc::clone(&watched));
        let shown = Shown::Team(TeamSite::new(watched, eyes, OPEN_MAX));
        let turns = Turns::new(QUESTIONS_MAX, all);
        Self { answers: Arc::new(Answers { shown, live, turns }) }
    }

    /// Answers a request of the person, by `GET`. To be called where a runtime of several threads runs.
    pub async fn answer(&self, parts: &Parts) -> Response<Body> {
        let answered = respond::data(&self.answers, parts, || Ok(())).await;
        respond::with_headers(answered.unwrap_or_else(|problem| respond::told(&problem)))
    }

    /// Lets go of the sessions that nobody looked at for so long; returns whether something is left.
    pub fn tidy(&self, unused: Duration) -> bool {
        let Shown::Team(site) = &self.answers.shown else { return false };
        site.tidy(Instant::now(), unused) | self.answers.live.is_heard()
    }

    /// Ends the answers that go on.
    pub fn stop(&self) {
        self.answers.live.stop();
    }
}
