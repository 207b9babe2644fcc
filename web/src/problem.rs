//! What could not be answered, as RFC 9457 has it, with the words of the command line.

use hyper::StatusCode;
use retold_present::{Exit, Failure};
use serde_json::{Value, json};

/// A status, and what a person is told.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) details: Vec<String>,
    pub(crate) hint: Option<String>,
    /// How it may be asked for, where that is the problem and it is not by reading.
    pub(crate) allowed: Option<&'static str>,
    /// What there is now, where somebody else was faster.
    pub(crate) now: Option<Box<Value>>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), details: Vec::new(), hint: None, allowed: None, now: None }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn allow(mut self, methods: &'static str) -> Self {
        self.allowed = Some(methods);
        self
    }

    /// Somebody else was faster: nothing was changed.
    pub(crate) fn conflict(message: impl Into<String>, now: Value) -> Self {
        Self { now: Some(Box::new(now)), ..Self::new(StatusCode::CONFLICT, message) }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Returns it as the command line has it.
    pub(crate) fn into_failure(self) -> Failure {
        let exit = match self.status {
            StatusCode::NOT_FOUND => Exit::Nothing,
            StatusCode::BAD_REQUEST => Exit::Usage,
            StatusCode::SERVICE_UNAVAILABLE => Exit::Busy,
            _ => Exit::Io,
        };
        let failure = Failure::new(exit, self.message);
        match self.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    pub(crate) fn document(&self) -> Value {
        json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.message,
            "details": self.details,
            "hint": self.hint,
            "now": self.now,
        })
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let status = match failure.exit() {
            Exit::Nothing => StatusCode::NOT_FOUND,
            Exit::Usage => StatusCode::BAD_REQUEST,
            Exit::Refused => StatusCode::CONFLICT,
            Exit::Busy | Exit::Interrupted | Exit::NotAStore => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            status,
            message: failure.message().to_owned(),
            details: failure.details().to_vec(),
            hint: failure.what_to_do().map(str::to_owned),
            allowed: None,
            now: None,
        }
    }
}

macro_rules! from {
    ($($error:ty),*) => {
        $(impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Failure::from(error).into()
            }
        })*
    };
}

from!(retold::Error, retold_core::Error, retold_projections::Error, retold_travel::Error);
