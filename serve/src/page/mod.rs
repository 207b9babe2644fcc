//! The page, for whoever has a token for reading: lists and searches are the database's, sessions are folded here.
//!
//! A session that somebody opens is brought into a folder of this process, as that person may see it. It goes ten minutes after
//! somebody looked at it last, and with the process; what is shown is asked of the database each time whether it still may be.

mod pulse;
mod seen;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, HOST, HeaderMap, HeaderValue, SET_COOKIE};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use parking_lot::Mutex;
use retold_team::receiver::Holder;
use retold_team::token::{Scope, Token, TokenId};
use retold_web::{Body, Eyes, TeamPage};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use crate::access::{bearer, invalid};
use crate::cache::SealedCache;
use crate::problem::Problem;
use crate::server::Shared;
use pulse::Pulse;
use seen::Seen;

/// Questions of all pages at once, each on a thread that may wait. More wait.
pub(crate) const QUESTIONS_MAX: usize = 32;
/// Persons whose page is kept; beyond, the one that was looked at least lately goes.
const PAGES_MAX: usize = 200;
/// Sessions that are brought at once: one is in memory meanwhile.
const BRINGS_MAX: usize = 2;
/// The longest address, in bytes.
const ADDRESS_MAX: usize = 8 * 1024;
/// How long something stays that nobody looks at.
const UNUSED: Duration = Duration::from_mins(10);
/// How often it is looked for.
pub(crate) const TIDY: Duration = Duration::from_mins(1);
/// How long a browser is let in whose token has no end.
const COOKIE_SECONDS: u64 = 30 * 24 * 3600;

/// The pages of those who look.
pub(crate) struct Pages {
    folder: TempDir,
    eyes: Eyes,
    /// Whether browsers reach it over TLS.
    is_secure: bool,
    questions: Arc<Semaphore>,
    bringing: Arc<Semaphore>,
    sealed: Option<Arc<SealedCache>>,
    open: Arc<Mutex<HashMap<TokenId, Open>>>,
    pulse: Arc<Pulse>,
    /// How many there were: each has a folder of its own.
    made: AtomicU64,
}

struct Open {
    page: Arc<TeamPage>,
    used: Instant,
}

impl Pages {
    /// Makes a folder for sessions, for the process's account alone, in another one.
    pub(crate) fn new(
        within: &Path,
        eyes: Eyes,
        is_secure: bool,
        sealed: Option<SealedCache>,
    ) -> std::io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("retold-page-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir_in(within)?;
        Ok(Self {
            folder,
            eyes,
            is_secure,
            questions: Arc::new(Semaphore::new(QUESTIONS_MAX)),
            bringing: Arc::new(Semaphore::new(BRINGS_MAX)),
            sealed: sealed.map(Arc::new),
            open: Arc::default(),
            pulse: Arc::default(),
            made: AtomicU64::default(),
        })
    }

    /// Returns the page of the person whose token it is.
    fn of(&self, shared: &Arc<Shared>, holder: &Arc<Holder>, host: &str) -> Arc<TeamPage> {
        let (mut open, id) = (self.open.lock(), holder.id);
        if let Some(known) = open.get_mut(&id) {
            known.used = Instant::now();
            return Arc::clone(&known.page);
        }
        if open.len() >= PAGES_MAX {
            let longest = open.iter().min_by_key(|(_, one)| one.used).map(|(id, _)| *id);
            if let Some(gone) = longest.and_then(|id| open.remove(&id)) {
                tokio::task::spawn_blocking(move || gone.page.stop());
            }
        }
        let scheme = if self.is_secure { "https" } else { "http" };
        let folder = self.folder.path().join(self.made.fetch_add(1, Ordering::Relaxed).to_string());
        // Where it cannot be made, a session that is brought says so.
        let _made = std::fs::create_dir(&folder);
        let (holder, address) = (Arc::clone(holder), format!("{scheme}://{host}"));
        let seen = Seen::new(shared, holder, self, folder, address);
        let page = TeamPage::new(Arc::new(seen), self.eyes.clone(), Arc::clone(&self.questions));
        let page = Arc::new(page);
        open.insert(id, Open { page: Arc::clone(&page), used: Instant::now() });
        page
    }

    /// Lets go of what nobody looked at for long. Waits for the disk.
    pub(crate) fn tidy(&self) {
        let pages: Vec<(TokenId, Arc<TeamPage>)> =
            self.open.lock().iter().map(|(id, one)| (*id, Arc::clone(&one.page))).collect();
        for (id, page) in pages {
            if !page.tidy(UNUSED) {
                let mut open = self.open.lock();
                if open.get(&id).is_some_and(|one| one.used.elapsed() >= UNUSED) {
                    open.remove(&id);
                }
            }
        }
    }

    /// Ends the answers that go on.
    pub(crate) fn stop(&self) {
        for one in self.open.lock().values() {
            one.page.stop();
        }
    }

    fn cookie_name(&self) -> &'static str {
        // A browser takes one of this name from this very host alone, and over TLS.
        if self.is_secure { "__Host-retold" } else { "retold-team" }
    }

    fn cookie(&self, token: &str, holder: &Holder) -> Option<HeaderValue> {
        let left = holder.expires_at.map(|end| end.duration_since(SystemTime::now()).unwrap_or_default());
        let seconds = left.map_or(COOKIE_SECONDS, |left| left.as_secs());
        let secure = if self.is_secure { " Secure;" } else { "" };
        let name = self.cookie_name();
        let text = format!("{name}={token}; HttpOnly;{secure} SameSite=Strict; Path=/; Max-Age={seconds}");
        HeaderValue::from_str(&text).ok()
    }

    /// Returns the token that a request brings: a browser's cookie, or a program's header.
    fn given(&self, headers: &HeaderMap) -> Option<Token> {
        match headers.contains_key(AUTHORIZATION) {
            true => bearer(headers),
            false => retold_web::cookies(headers, self.cookie_name()).next().and_then(Token::read),
        }
    }
}

/// Answers a request for the page.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    pages: &Pages,
    parts: &Parts,
    body: &mut Option<Incoming>,
) -> Result<Response<Body>, Problem> {
    if parts.uri.path() == "/enter" {
        return enter(shared, pages, parts, body).await;
    }
    if ![Method::GET, Method::HEAD].contains(&parts.method) {
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this page only reads");
        return Err(Problem { allowed: Some("GET, HEAD"), ..problem });
    }
    if parts.uri.path_and_query().is_some_and(|address| address.as_str().len() > ADDRESS_MAX) {
        let message = format!("the address is over {ADDRESS_MAX} bytes");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, message));
    }
    if let Some(file) = retold_web::page_file(parts) {
        return Ok(file);
    }
    let token = pages.given(&parts.headers).ok_or_else(no_token)?;
    let holder = shared.access.check_token(&shared.pool, &token, Scope::Read).await?;
    shared.rates.take(holder.id, 0, Instant::now()).map_err(|wait| {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "this token asks for too much").after(wait)
    })?;
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let response = pages.of(shared, &holder, host).answer(parts).await;
    shared.rates.answered(holder.id, response.body().size_hint().exact().unwrap_or_default());
    Ok(response)
}

/// Lets a browser in that has a token for reading. The cookie is the token: every process in front of the database knows it.
async fn enter(
    shared: &Arc<Shared>,
    pages: &Pages,
    parts: &Parts,
    body: &mut Option<Incoming>,
) -> Result<Response<Body>, Problem> {
    let Some(body) = body.take() else { return Err(Problem::bad("the request has no body")) };
    let text = match retold_web::entrance(parts, body).await {
        Ok(text) => text,
        Err(refused) => return Ok(refused),
    };
    let token = Token::read(text.trim()).ok_or_else(invalid)?;
    let holder = shared.access.check_token(&shared.pool, &token, Scope::Read).await?;
    let mut response = Response::new(Full::new(Bytes::new()).boxed());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = pages.cookie(text.trim(), &holder) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

fn no_token() -> Problem {
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "this browser has no token for this server");
    Problem { hint: Some("who runs the team gives one out: `retold team token PERSON`"), ..problem }
}
