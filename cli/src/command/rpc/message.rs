//! The messages of JSON-RPC 2.0: <https://www.jsonrpc.org/specification>.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One call.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a call")]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    pub(super) jsonrpc: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) method: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) params: Option<&'a RawValue>,
    /// Absent for a notification, which wants no answer.
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) id: Option<&'a RawValue>,
}

/// Tells `"id": null` from no id.
fn present<'de: 'a, 'a, D: serde::Deserializer<'de>>(from: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

impl<'a> Request<'a> {
    /// Reads one call.
    ///
    /// # Errors
    /// [`Fault`] for anything else, with the id where there is one.
    pub(super) fn read(text: &'a str) -> Result<Self, (Option<&'a RawValue>, Fault)> {
        let request: Self = serde_json::from_str(text).map_err(|error| {
            (IdAlone::of(text), Fault::new(INVALID_REQUEST, format!("invalid request: {}", place(&error))))
        })?;
        if request.jsonrpc.as_deref() != Some("2.0") {
            return Err((
                request.id,
                Fault::new(INVALID_REQUEST, "invalid request: `jsonrpc` is not \"2.0\""),
            ));
        }
        if request.id.is_some_and(|id| !matches!(id.get().as_bytes()[0], b'"' | b'-' | b'0'..=b'9' | b'n')) {
            let what = "invalid request: `id` is neither a text, nor a number, nor null";
            return Err((None, Fault::new(INVALID_REQUEST, what)));
        }
        Ok(request)
    }

    /// Reads the parameters, by name or in their order.
    ///
    /// # Errors
    /// A fault that names the place.
    pub(super) fn params<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let text = self.params.map_or("{}", RawValue::get);
        // Half a surrogate pair, as a text has it that was cut, is stored as U+FFFD. Of an output's chunk the original is kept, which
        // is read where nothing else has to be mended.
        retold_core::check_parameters(text)
            .map_err(|found| Fault::new(INVALID_PARAMS, format!("invalid params: {found}")))?;
        let mended = retold_core::mend_parameters(text)
            .filter(|_| self.method != APPEND_OUTPUT || serde_json::from_str::<T>(text).is_err());
        let text = mended.as_deref().unwrap_or(text);
        let mut from = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(&mut from).map_err(|error| {
            let place = match error.path().to_string() {
                root if root == "." => "params".to_owned(),
                path => format!("params.{path}"),
            };
            Fault::new(INVALID_PARAMS, format!("invalid params: {place}: {}", cause(error.inner())))
        })
    }
}

/// What is left of a call that is none.
#[derive(Deserialize)]
struct IdAlone<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

impl<'a> IdAlone<'a> {
    fn of(text: &'a str) -> Option<&'a RawValue> {
        let id = serde_json::from_str::<Self>(text).ok()?.id?;
        matches!(id.get().as_bytes()[0], b'"' | b'-' | b'0'..=b'9').then_some(id)
    }
}

/// An answer.
#[derive(Debug, Serialize)]
pub(super) struct Response<'a> {
    jsonrpc: &'static str,
    #[serde(flatten)]
    outcome: Outcome,
    /// Null where the call had none that could be read.
    id: Option<&'a RawValue>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Result(Box<RawValue>),
    Error(Fault),
}

impl<'a> Response<'a> {
    pub(super) fn new(id: Option<&'a RawValue>, outcome: Result<Box<RawValue>, Fault>) -> Self {
        let outcome = outcome.map_or_else(Outcome::Error, Outcome::Result);
        Self { jsonrpc: "2.0", outcome, id }
    }
}

/// Why a call was not done.
#[derive(Debug, Serialize)]
pub(super) struct Fault {
    code: i32,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Kind>,
}

/// What a program may tell errors apart by; the message is for people.
#[derive(Debug, Serialize)]
struct Kind {
    kind: &'static str,
    #[serde(rename = "usedFor", skip_serializing_if = "Option::is_none")]
    used_for: Option<Box<UsedFor>>,
}

/// The write that an idempotency key was used for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UsedFor {
    pub(super) idempotency_key: String,
    /// In words.
    pub(super) command: String,
    /// Null where there was none.
    pub(super) session_id: Option<String>,
    /// Its folder, or its key where the folder is not known.
    pub(super) workspace: Option<String>,
}

/// The method whose chunk need not be text.
pub(super) const APPEND_OUTPUT: &str = "append_output";

pub(super) const PARSE_ERROR: i32 = -32700;
pub(super) const INVALID_REQUEST: i32 = -32600;
pub(super) const METHOD_NOT_FOUND: i32 = -32601;
pub(super) const INVALID_PARAMS: i32 = -32602;

impl Fault {
    pub(super) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// Begins a fault of the history's own: the codes from -32000 down are the server's.
    pub(super) fn of_kind(code: i32, kind: &'static str, message: impl Into<String>) -> Self {
        Self { data: Some(Kind { kind, used_for: None }), ..Self::new(code, message) }
    }

    /// Begins the fault of a key that was used for another write.
    pub(super) fn of_key(
        code: i32,
        kind: &'static str,
        used_for: UsedFor,
        message: impl Into<String>,
    ) -> Self {
        Self { data: Some(Kind { kind, used_for: Some(Box::new(used_for)) }), ..Self::new(code, message) }
    }

    /// Says that a line is no JSON, and where it stops being any.
    pub(super) fn parse(error: &serde_json::Error) -> Self {
        Self::new(PARSE_ERROR, format!("parse error: {}", place(error)))
    }

    /// Says why a batch is none.
    pub(super) fn batch(error: &serde_json::Error) -> Self {
        Self::new(INVALID_REQUEST, format!("invalid request: {}", cause(error)))
    }
}

/// The decoder's words, with the column: there is one line.
fn place(error: &serde_json::Error) -> String {
    format!("{} at column {}", cause(error), error.column())
}

/// The decoder's words without the line and column that it ends them with.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&end).unwrap_or(&text).to_owned()
}
