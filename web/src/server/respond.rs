//! From a request to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, RETRY_AFTER, SET_COOKIE,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};

use super::body::Body;
use super::guard;
use super::shared::{Answers, Shared};
use crate::answer::Told;
use crate::assets::{ASSETS, Asset, INDEX};
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::{self, Found};

/// What a body may be that lets a browser in.
const ENTER_MAX: usize = 1024;
/// How long a body may take to come.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// Answers a request.
pub(super) async fn respond(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let outcome = answer(shared, &parts, body).await;
    with_headers(outcome.unwrap_or_else(|problem| told(&problem)))
}

/// Adds what every answer has.
pub(super) fn with_headers(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in guard::HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

async fn answer(shared: Arc<Shared>, parts: &Parts, body: Incoming) -> Result<Response<Body>, Problem> {
    shared.check_request(parts)?;
    let path = parts.uri.path();
    if path == "/enter" {
        return enter(&shared, parts, body).await;
    }
    if parts.method == Method::POST {
        return super::write::write(shared, parts, body).await;
    }
    if path == "/healthz" {
        return Ok(text(
            StatusCode::OK,
            "text/plain; charset=utf-8",
            "no-store",
            Bytes::from_static(b"ok\n"),
        ));
    }
    if let Some(file) = page_file(parts) {
        return Ok(file);
    }
    data(&shared.answers, parts, || shared.check_token(&parts.headers)).await
}

/// Returns the file of the page at an address, where there is one.
pub(super) fn page_file(parts: &Parts) -> Option<Response<Body>> {
    let path = parts.uri.path();
    let asset = ASSETS.iter().find(|asset| asset.path == path);
    let is_page = || matches!(routes::find(path), Found::Page);
    let asset = asset.or_else(|| is_page().then_some(&INDEX))?;
    Some(file(asset, parts))
}

/// Answers with data, to who is let in.
pub(super) async fn data(
    answers: &Arc<Answers>,
    parts: &Parts,
    check: impl Fn() -> Result<(), Problem>,
) -> Result<Response<Body>, Problem> {
    // Who may not read learns not what there is.
    check()?;
    let path = parts.uri.path();
    if path == "/live" {
        return super::live::stream(answers);
    }
    let (route, mut asked) = match routes::find(path) {
        Found::Data(route, asked) => (route, asked),
        Found::Action(..) => {
            let message = "what changes something is asked by POST";
            return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, message).allow("POST"));
        }
        Found::Page | Found::Nothing => {
            return Err(Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address")
                .hint("/openapi.json lists what there is"));
        }
    };
    asked.query = Query::of(route, parts.uri.query().unwrap_or_default())?;
    let begun = Instant::now();
    let Some(turn) = answers.turns.take().await else { return Err(stopped()) };
    let asking = Arc::clone(answers);
    let answered = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        asking.shown.answer(route, &asked)
    });
    let Told { bytes, basis, is_final } = answered.await.map_err(|_| failed())??;
    let cache = if is_final { "private, max-age=31536000, immutable" } else { "private, no-cache" };
    let mut response = tagged(parts, &basis, "application/json", cache, bytes);
    let spent = format!("store;dur={:.1}", begun.elapsed().as_secs_f64() * 1000.0);
    if let Ok(spent) = HeaderValue::from_str(&spent) {
        response.headers_mut().insert(HeaderName::from_static("server-timing"), spent);
    }
    Ok(response)
}

pub(super) fn stopped() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping")
}

pub(super) fn failed() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be made")
        .hint("`retold doctor` checks the store")
}

/// Reads the JSON of a body.
pub(super) async fn document(body: Incoming, max: usize) -> Result<serde_json::Value, Problem> {
    let read = tokio::time::timeout(BODY_WAIT, Limited::new(body, max).collect()).await;
    let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is over {max} bytes"));
    let read = read
        .map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not come"))?
        .map_err(|_| too_large())?;
    serde_json::from_slice(&read.to_bytes()).map_err(|_| Problem::bad("the body is not JSON"))
}

/// Returns the token that a browser brings, which its reader opened the page with or typed.
pub(super) async fn entrance(
    parts: &Parts,
    body: Incoming,
    is_own: impl Fn(&str) -> bool,
) -> Result<String, Problem> {
    if parts.method != Method::POST {
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "the token is sent by POST");
        return Err(problem.allow("POST"));
    }
    guard::same_origin(&parts.headers, is_own)?;
    let document = document(body, ENTER_MAX).await?;
    Ok(document.get("token").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned())
}

/// Lets a browser in that has the token.
async fn enter(shared: &Shared, parts: &Parts, body: Incoming) -> Result<Response<Body>, Problem> {
    let token = entrance(parts, body, |host| shared.hosts.contains(&host.to_ascii_lowercase())).await?;
    if !shared.token.is(&token) {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "this is not the token of this store")
            .hint("open the address that `retold ui` prints"));
    }
    let mut response = text(StatusCode::NO_CONTENT, "application/json", "no-store", Bytes::new());
    if let Some(cookie) = shared.cookie() {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

fn file(asset: &Asset, parts: &Parts) -> Response<Body> {
    let sum = asset
        .bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    tagged(parts, &format!("{sum:016x}"), asset.kind, "private, no-cache", Bytes::from_static(asset.bytes))
}

/// An answer with the basis that it is made from; where the request has it already, that is said instead.
fn tagged(
    parts: &Parts,
    basis: &str,
    kind: &'static str,
    cache: &'static str,
    bytes: Bytes,
) -> Response<Body> {
    let tag = format!("\"{basis}\"");
    let known = parts.headers.get(IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let mut response = match known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        true => text(StatusCode::NOT_MODIFIED, kind, cache, Bytes::new()),
        false => text(StatusCode::OK, kind, cache, bytes),
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

pub(super) fn text(
    status: StatusCode,
    kind: &'static str,
    cache: &'static str,
    bytes: Bytes,
) -> Response<Body> {
    let mut response = Response::new(Full::new(bytes).boxed());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

pub(super) fn told(problem: &Problem) -> Response<Body> {
    let bytes = serde_json::to_vec(&problem.document()).unwrap_or_default();
    let mut response = text(problem.status, "application/problem+json", "no-store", bytes.into());
    let headers = response.headers_mut();
    match problem.status {
        StatusCode::METHOD_NOT_ALLOWED => {
            drop(headers.insert(ALLOW, HeaderValue::from_static(problem.allowed.unwrap_or("GET, HEAD"))));
        }
        StatusCode::SERVICE_UNAVAILABLE => drop(headers.insert(RETRY_AFTER, HeaderValue::from_static("1"))),
        _ => {}
    }
    response
}
