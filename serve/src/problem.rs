//! What could not be answered, as RFC 9457 has it.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use retold_team::receiver::Error;

/// A status, and what the asker is told.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    /// After how long to ask again.
    pub(crate) wait: Option<Duration>,
    /// What is said to whoever runs the server, and not to the asker.
    pub(crate) cause: Option<String>,
    /// How the address is asked, where that is the problem.
    pub(crate) allowed: Option<&'static str>,
    /// What the asker could do.
    pub(crate) hint: Option<&'static str>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), wait: None, cause: None, allowed: None, hint: None }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Not now.
    pub(crate) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message).after(Duration::from_secs(1))
    }

    #[must_use]
    pub(crate) fn after(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// What a failure of the database is to the asker: whether it passes. The cause is for whoever runs the server.
    pub(crate) fn of(error: &Error) -> Self {
        let told = match error {
            Error::Target(why) => return Self::new(StatusCode::NOT_FOUND, why.clone()),
            error if error.may_pass() => Self::busy("the database cannot be reached, or is busy"),
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the database refused; the server's log says why",
            ),
        };
        Self { cause: Some(with_sources(error)), ..told }
    }

    pub(crate) fn response(&self) -> Response<Full<Bytes>> {
        let document = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.message,
            "hint": self.hint,
        });
        let bytes = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = answered(self.status, "application/problem+json", bytes);
        let headers = response.headers_mut();
        if let Some(wait) = self.wait {
            headers.insert(RETRY_AFTER, seconds(wait));
        }
        if let Some(allowed) = self.allowed {
            headers.insert(ALLOW, HeaderValue::from_static(allowed));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// An error with what caused it. None of them holds a password or a token.
fn with_sources(error: &Error) -> String {
    let mut told = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        told.push_str(": ");
        told.push_str(&cause.to_string());
        source = cause.source();
    }
    told
}

/// A wait, in whole seconds.
pub(crate) fn seconds(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

/// An answer that nobody keeps.
pub(crate) fn answered(status: StatusCode, kind: &'static str, bytes: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(bytes)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}
