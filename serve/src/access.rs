//! Who is let in: whoever has a token that holds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap};
use parking_lot::Mutex;
use retold_team::receiver::Holder;
use retold_team::token::{Scope, Token, TokenId};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

use crate::pool::Pool;
use crate::problem::Problem;

/// How long a token is believed without asking. What a transaction does is asked again by the database, at once.
const BELIEVED: Duration = Duration::from_secs(60);
/// How many tokens are remembered.
const TOKENS_MAX: usize = 10_000;
/// How many questions after tokens there are at once: made-up tokens take no more of the database.
const LOOKUPS_MAX: usize = 2;
/// How long one waits for its turn.
const LOOKUP_WAIT: Duration = Duration::from_secs(5);

pub(crate) struct Access {
    known: Mutex<HashMap<TokenId, (Arc<Holder>, Instant)>>,
    lookups: Semaphore,
}

impl Access {
    pub(crate) fn new() -> Self {
        Self { known: Mutex::default(), lookups: Semaphore::new(LOOKUPS_MAX) }
    }

    /// Returns whose token a request has.
    ///
    /// # Errors
    /// Where it has none, one that does not hold, or one for something else.
    pub(crate) async fn check(
        &self,
        pool: &Arc<Pool>,
        headers: &HeaderMap,
        wants: Scope,
    ) -> Result<Arc<Holder>, Problem> {
        let token = bearer(headers).ok_or_else(no_token)?;
        self.check_token(pool, &token, wants).await
    }

    /// Returns whose token it is.
    ///
    /// # Errors
    /// Where it does not hold, or is for something else.
    pub(crate) async fn check_token(
        &self,
        pool: &Arc<Pool>,
        token: &Token,
        wants: Scope,
    ) -> Result<Arc<Holder>, Problem> {
        let holder = self.holder(pool, token).await?.ok_or_else(invalid)?;
        if holder.scopes & wants.bit() == 0 {
            let message = format!("this token is not for this: its scopes lack `{}`", wants.name());
            return Err(Problem::new(StatusCode::FORBIDDEN, message));
        }
        Ok(holder)
    }

    async fn holder(&self, pool: &Arc<Pool>, token: &Token) -> Result<Option<Arc<Holder>>, Problem> {
        let (id, digest) = (token.id(), token.digest());
        let holds = |holder: &Holder| {
            let is_it: bool = holder.digest.ct_eq(&digest).into();
            is_it && holder.expires_at.is_none_or(|end| end > SystemTime::now())
        };
        let known = self.known.lock().get(&id).cloned();
        let believed = known.filter(|(_, since)| since.elapsed() < BELIEVED);
        // One that is not it may have been made since.
        if let Some((holder, _)) = believed.filter(|(holder, _)| holds(holder)) {
            return Ok(Some(holder));
        }
        let Ok(Ok(_turn)) = tokio::time::timeout(LOOKUP_WAIT, self.lookups.acquire()).await else {
            return Err(Problem::busy("too many tokens are asked about at once"));
        };
        let find = move |lease: &mut crate::pool::Lease| {
            lease.first(|postgres| postgres.holder(id)).map_err(|error| Problem::of(&error))
        };
        let found = pool.with("token", find).await?.map(Arc::new);
        let mut known = self.known.lock();
        if known.len() >= TOKENS_MAX {
            known.clear();
        }
        match &found {
            Some(holder) => drop(known.insert(id, (Arc::clone(holder), Instant::now()))),
            None => drop(known.remove(&id)),
        }
        Ok(found.filter(|holder| holds(holder)))
    }
}

/// Returns the token that a program sends in a header; of two headers neither counts.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Token> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token).and_then(Token::read)
}

fn no_token() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "the request has no token: `Authorization: Bearer rt_…`")
}

/// One answer for a token that never was, that is another's, that has expired, and that was revoked.
pub(crate) fn invalid() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "the token does not hold, or no longer")
}
