//! Records of both storages, in one shape.

use std::borrow::Cow;

use crate::id::{self, Id};
use crate::json::Object;
use crate::{Form, Source, Tokens};

/// What no message costs, in millionths.
const COST_MAX: f64 = 1e15;

/// A record.
pub(super) enum Row<'r> {
    Session(Session<'r>),
    Message(Message<'r>),
    Part(Part<'r>),
    /// A message in the newer spelling.
    SessionMessage {
        session: Cow<'r, str>,
        kind: Cow<'r, str>,
    },
    /// Rows that are no part of a conversation.
    Listed,
    Unknown,
}

pub(super) struct Session<'r> {
    pub(super) id: Cow<'r, str>,
    pub(super) parent: Option<Cow<'r, str>>,
    pub(super) forked_from: Option<Cow<'r, str>>,
    pub(super) title: Cow<'r, str>,
    pub(super) folder: Option<Cow<'r, str>>,
    pub(super) version: Option<Cow<'r, str>>,
    pub(super) created: Option<i64>,
    pub(super) updated: Option<i64>,
    /// The message to which the person went back, and whether a part of it stays.
    pub(super) reverted: Option<(String, bool)>,
}

pub(super) struct Message<'r> {
    pub(super) id: Cow<'r, str>,
    pub(super) session: Cow<'r, str>,
    pub(super) data: &'r Object<'r>,
}

pub(super) struct Part<'r> {
    pub(super) id: Cow<'r, str>,
    pub(super) message: Cow<'r, str>,
    pub(super) session: Cow<'r, str>,
    pub(super) data: &'r Object<'r>,
}

/// Hands over what a record is.
pub(super) fn with_row<R>(source: &Source, record: &Object<'_>, take: impl FnOnce(Row<'_>) -> R) -> R {
    if source.form != Form::Database {
        return take(of_document(record));
    }
    let (table, row) = (record.text("table").unwrap_or_default(), record.object("row").unwrap_or_default());
    let data = row.text("data").unwrap_or_default();
    let mended = crate::json::whole_characters(data.as_bytes());
    let data = Object::of_text(&data).or_else(|| Object::read(&mended));
    match (&*table, row.text("id"), &data) {
        ("session", Some(id), _) => {
            let revert = row.text("revert");
            let revert = revert.as_deref().and_then(Object::of_text);
            take(Row::Session(Session {
                id,
                parent: row.text("parent_id"),
                forked_from: row.text("fork_session_id"),
                title: row.text("title").unwrap_or_default(),
                folder: row.text("directory"),
                version: row.text("version"),
                created: row.time("time_created"),
                updated: row.time("time_updated"),
                reverted: revert.as_ref().and_then(reverted),
            }))
        }
        ("message", Some(id), Some(data)) => match row.text("session_id") {
            Some(session) => take(Row::Message(Message { id, session, data })),
            None => take(Row::Unknown),
        },
        ("part", Some(id), Some(data)) => match (row.text("message_id"), row.text("session_id")) {
            (Some(message), Some(session)) => take(Row::Part(Part { id, message, session, data })),
            _ => take(Row::Unknown),
        },
        ("session_message", ..) => match row.text("session_id") {
            Some(session) => {
                let kind = row.text("type").unwrap_or_default();
                take(Row::SessionMessage { session, kind })
            }
            None => take(Row::Unknown),
        },
        ("session" | "message" | "part", ..) => take(Row::Unknown),
        _ => take(Row::Listed),
    }
}

fn of_document<'r>(data: &'r Object<'r>) -> Row<'r> {
    let Some(id) = data.text("id") else { return Row::Unknown };
    match (data.text("sessionID"), data.text("messageID")) {
        (Some(session), Some(message)) => Row::Part(Part { id, message, session, data }),
        (Some(session), None) => Row::Message(Message { id, session, data }),
        (None, _) => {
            let time = data.object("time").unwrap_or_default();
            Row::Session(Session {
                id,
                parent: data.text("parentID"),
                forked_from: data.object("fork").and_then(|fork| fork.text("sessionID")),
                title: data.text("title").unwrap_or_default(),
                folder: data.text("directory"),
                version: data.text("version"),
                created: time.time("created"),
                updated: time.time("updated"),
                reverted: data.object("revert").as_ref().and_then(reverted),
            })
        }
    }
}

fn reverted(revert: &Object<'_>) -> Option<(String, bool)> {
    Some((revert.text("messageID")?.into_owned(), revert.raw("partID").is_some()))
}

impl Session<'_> {
    /// Whether its title says that it is a copy of another one.
    pub(super) fn is_called_fork(&self) -> bool {
        let number = self.title.trim_end().strip_suffix(')').and_then(|title| title.rsplit_once("(fork #"));
        number
            .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

impl Message<'_> {
    pub(super) fn time(&self, key: &str) -> Option<i64> {
        self.data.object("time")?.time(key)
    }

    /// Returns what a copy of the message has too, although its id is another one.
    pub(super) fn likeness(&self) -> Id {
        let raw = |key| self.data.raw(key).map_or("", |value| value.get());
        let time = |key| self.time(key).map(|time| time.to_string()).unwrap_or_default();
        let tokens =
            format!("{:?}", self.data.object("tokens").map(|tokens| (total(&tokens), usage(&tokens))));
        id::id_of(&[raw("role"), &time("created"), &time("completed"), &tokens, raw("cost")])
    }

    pub(super) fn tokens(&self) -> Option<Tokens> {
        self.data.object("tokens").map(|tokens| usage(&tokens))
    }

    /// Returns what it cost, in millionths.
    pub(super) fn cost(&self) -> Option<i64> {
        let cost = (self.data.number("cost")? * 1e6).round();
        #[expect(clippy::cast_possible_truncation, reason = "it is small enough")]
        (cost.abs() < COST_MAX).then_some(cost as i64)
    }
}

fn total(tokens: &Object<'_>) -> Option<u64> {
    tokens.count("total")
}

/// Whether reasoning is a part of the output depends on the release: where it is not, it is a part of the total of its own.
fn usage(tokens: &Object<'_>) -> Tokens {
    let cache = tokens.object("cache").unwrap_or_default();
    let count = |object: &Object<'_>, key| object.count(key).unwrap_or(0);
    let (input, output, reasoning) =
        (count(tokens, "input"), count(tokens, "output"), count(tokens, "reasoning"));
    let (cache_read, cache_write) = (count(&cache, "read"), count(&cache, "write"));
    let sum = [input, output, reasoning, cache_read, cache_write]
        .into_iter()
        .fold(0_u64, |sum, one| sum.saturating_add(one));
    let is_outside = total(tokens) == Some(sum);
    let output = if is_outside { output.saturating_add(reasoning) } else { output };
    Tokens { input, cache_read, cache_write, cache_write_1h: None, output, reasoning }
}
