//! Requests that change something.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};

use super::body::Body;
use super::respond::{document, failed, stopped, text};
use super::shared::Shared;
use crate::problem::Problem;
use crate::routes::{self, Found};
use crate::write::Given;

/// The longest body, in bytes.
const BODY_MAX: usize = 64 * 1024;

/// Answers a request by `POST`, which somebody makes on this page or with the token, where changes are allowed.
pub(super) async fn write(
    shared: Arc<Shared>,
    parts: &Parts,
    body: Incoming,
) -> Result<Response<Body>, Problem> {
    if shared.answers.shown.written().is_none() {
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this page only reads")
            .hint("`retold ui --write` takes changes"));
    }
    shared.check_token(&parts.headers)?;
    shared.check_write(&parts.headers)?;
    let Found::Action(action, asked) = routes::find(parts.uri.path()) else {
        return Err(match routes::find(parts.uri.path()) {
            Found::Nothing => Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address")
                .hint("/openapi.json lists what there is"),
            _ => Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address is asked by GET"),
        });
    };
    if parts.uri.query().is_some_and(|query| !query.is_empty()) {
        return Err(Problem::bad("a change takes nothing after `?`").hint("what it takes is in the body"));
    }
    let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let given = Given::of(action, document(body, BODY_MAX).await?, key)?;
    let Some(turn) = shared.answers.turns.take().await else { return Err(stopped()) };
    let asking = Arc::clone(&shared.answers);
    let answered = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let Some((site, history)) = asking.shown.written() else { return Err(failed()) };
        let answer = (action.act)(site, history, &asked, &given)?;
        Ok::<_, Problem>(serde_json::to_vec(&answer.body).unwrap_or_default())
    });
    let bytes = answered.await.map_err(|_| failed())??;
    Ok(text(StatusCode::OK, "application/json", "no-store", bytes.into()))
}
