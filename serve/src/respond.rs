//! From a request to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use retold_team::receiver::https::wire::{self, Act};
use retold_team::schema;
use retold_team::token::Scope;
use retold_web::Body;

use crate::act;
use crate::metrics::MEDIA_TYPE;
use crate::page;
use crate::problem::{Problem, answered, seconds};
use crate::server::Shared;

/// A refused body that is no longer than this is read all the same: who sends it all before reading would not see the answer.
const DRAINED_MAX: u64 = 1024 * 1024;
/// How long a refused body may take to come.
const DRAIN_WAIT: Duration = Duration::from_secs(5);
/// How slow a body may come, in bytes a second.
const SLOWEST: u64 = 64 * 1024;
/// How long a body waits for memory.
const MEMORY_WAIT: Duration = Duration::from_secs(5);
/// How long it is believed that PostgreSQL is there.
const READY: Duration = Duration::from_secs(1);

/// What is at an address.
#[derive(Clone, Copy)]
enum Route {
    Act(Act),
    Health,
    Ready,
    Metrics,
    /// The page, where there is one.
    Page,
    Nothing,
}

impl Route {
    fn of(path: &str, has_page: bool) -> Self {
        match path {
            "/healthz" => Self::Health,
            "/readyz" => Self::Ready,
            "/metrics" => Self::Metrics,
            path => match Act::ALL.into_iter().find(|act| act.path() == path) {
                Some(act) => Self::Act(act),
                None if has_page && !path.starts_with("/v1/") => Self::Page,
                None => Self::Nothing,
            },
        }
    }

    /// Its name in measurements and in the log: of those that there are.
    fn name(self) -> &'static str {
        match self {
            Self::Act(act) => act.path(),
            Self::Health => "/healthz",
            Self::Ready => "/readyz",
            Self::Metrics => "/metrics",
            Self::Page => "page",
            Self::Nothing => "other",
        }
    }
}

/// Answers a request.
pub(crate) async fn respond(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let route = Route::of(parts.uri.path(), shared.pages.is_some());
    let mut body = Some(body);
    let whole = |response: Response<Full<Bytes>>| response.map(BodyExt::boxed);
    let answer = match (route, &shared.pages) {
        (Route::Act(act), _) => take(&shared, act, &parts, &mut body).await.map(whole),
        (Route::Page, Some(pages)) => page::answer(&shared, pages, &parts, &mut body).await,
        (route, _) => look(&shared, route, &parts).await.map(whole),
    };
    let response = answer.unwrap_or_else(|problem| {
        if let Some(cause) = &problem.cause {
            (shared.tell)(&format!("{} {}: {cause}", route.name(), problem.status.as_u16()));
        }
        whole(problem.response())
    });
    if let Some(body) = body.filter(|body| body.size_hint().upper().is_some_and(|size| size <= DRAINED_MAX)) {
        let drained = async {
            let mut body = body;
            while let Some(Ok(_)) = body.frame().await {}
        };
        let _who_does_not_send_it = tokio::time::timeout(DRAIN_WAIT, drained).await;
    }
    shared.metrics.requested(route.name(), response.status().as_u16());
    response
}

/// Answers what only reads.
async fn look(shared: &Arc<Shared>, route: Route, parts: &Parts) -> Result<Response<Full<Bytes>>, Problem> {
    if ![Method::GET, Method::HEAD].contains(&parts.method) {
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address is asked by GET");
        return Err(Problem { allowed: Some("GET, HEAD"), ..problem });
    }
    let plain = |text: &str| answered(StatusCode::OK, "text/plain; charset=utf-8", text.as_bytes().to_vec());
    match route {
        Route::Health => Ok(plain("ok\n")),
        Route::Ready => ready(shared).await.map(|()| plain("ready\n")),
        Route::Metrics => {
            shared.access.check(&shared.pool, &parts.headers, Scope::Admin).await?;
            let read = shared.pool.with("figures", |lease| {
                lease.first(|postgres| postgres.figures()).map_err(|error| Problem::of(&error))
            });
            // A database that is away is a measurement, too.
            let figures = read.await.ok();
            let text = shared.metrics.text(figures.as_deref()).map_err(|error| {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("what is measured: {error}"))
            })?;
            Ok(answered(StatusCode::OK, MEDIA_TYPE, text.into_bytes()))
        }
        Route::Act(_) | Route::Page | Route::Nothing => {
            Err(Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address"))
        }
    }
}

/// Whether PostgreSQL is there, with all of the schema that this release asks; asked at most once a second.
async fn ready(shared: &Arc<Shared>) -> Result<(), Problem> {
    let mut known = shared.ready.lock().await;
    if let Some((since, known)) = known.as_ref()
        && since.elapsed() < READY
    {
        return known.clone();
    }
    let asked = shared
        .pool
        .with("schema", |lease| {
            lease.first(|postgres| postgres.schema()).map_err(|error| Problem::of(&error))
        })
        .await;
    let needs = schema::newest();
    let is_ready = match asked {
        Ok(schema) if schema >= needs => Ok(()),
        Ok(schema) => Err(Problem::busy(format!("the schema is {schema}, and this release needs {needs}"))),
        Err(problem) => Err(Problem { status: StatusCode::SERVICE_UNAVAILABLE, ..problem }),
    };
    *known = Some((Instant::now(), is_ready.clone()));
    is_ready
}

/// Answers an act: in the order in which a refusal costs least.
async fn take(
    shared: &Arc<Shared>,
    act: Act,
    parts: &Parts,
    body: &mut Option<Incoming>,
) -> Result<Response<Full<Bytes>>, Problem> {
    if parts.method != Method::POST {
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address is asked by POST");
        return Err(Problem { allowed: Some("POST"), ..problem });
    }
    if parts.headers.get(CONTENT_TYPE).is_none_or(|kind| kind != wire::MEDIA_TYPE) {
        let message = format!("the body is to be {}", wire::MEDIA_TYPE);
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let holder = shared.access.check(&shared.pool, &parts.headers, act.scope()).await?;
    let limit = shared.limits.body_bytes;
    let length = body.as_ref().and_then(|body| body.size_hint().exact()).ok_or_else(|| {
        Problem::new(StatusCode::LENGTH_REQUIRED, "the request does not say how long its body is")
    })?;
    if length > limit as u64 {
        let message = format!("the body is {length} bytes, and at most {limit} are taken");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    shared.rates.take(holder.id, length, Instant::now()).map_err(|wait| {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "this token asks for too much").after(wait)
    })?;
    let kibibytes = u32::try_from(length / 1024 + 1).unwrap_or(u32::MAX);
    let room = Arc::clone(&shared.memory).acquire_many_owned(kibibytes);
    let Ok(Ok(room)) = tokio::time::timeout(MEMORY_WAIT, room).await else {
        return Err(Problem::busy("too much is sent to the server at once"));
    };
    let Some(sent) = body.take() else { return Err(Problem::bad("the request has no body")) };
    let wait = shared.limits.patience + Duration::from_secs(length / SLOWEST);
    let read = tokio::time::timeout(wait, Limited::new(sent, limit).collect()).await;
    let bytes = match read {
        Ok(Ok(read)) => read.to_bytes(),
        Ok(Err(_)) => return Err(Problem::bad("the body ended before its length")),
        Err(_) => return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body came too slowly")),
    };
    let (begun, token) = (Instant::now(), holder.id);
    let acting = Arc::clone(shared);
    let done = shared.pool.with(act.name(), move |lease| {
        let done = act::act(act, &holder, &bytes, lease, &acting.large);
        drop(room);
        done
    });
    let done = done.await?;
    shared.rates.answered(token, done.body.len() as u64);
    if let Some(shipped) = done.shipped {
        shared.metrics.shipped(shipped, begun.elapsed());
    }
    let mut response = answered(done.status, wire::MEDIA_TYPE, done.body);
    let headers: &mut HeaderMap = response.headers_mut();
    if let Some(wait) = done.wait {
        headers.insert(RETRY_AFTER, seconds(wait));
    }
    Ok(response)
}
