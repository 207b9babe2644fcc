//! The parameters that statements have: an event's fields, and how things were when it happened. Declared once, with
//! their types and their meaning; docs/PROJECTIONS.md is made from this list.

use std::borrow::Cow;
use std::sync::LazyLock;

use retold_core::EventType::{self, *};
use retold_core::event::Subject;
use retold_core::field::{instance, message, session};
use retold_core::{Error, Event, Field, FieldKind, Level, List, Record, Text, Value as FieldValue, time};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::engine::{Agent, EventContext, PriorMessage};

/// A parameter of the statements of a declared projection.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, without the colon.
    pub name: &'static str,
    /// Its type, as SQLite's `strict` tables have them.
    pub kind: &'static str,
    /// What it tells.
    pub about: Cow<'static, str>,
    /// The events that have it.
    pub(super) on: On,
    pub(super) get: Get,
}

impl Parameter {
    /// Returns whether the events of this type have it.
    pub fn is_of(&self, kind: EventType) -> bool {
        match self.on {
            On::Types(has) => has(kind),
            On::Field(field) => sets(kind, field),
            On::Record(record) => kind.records().contains(&record),
        }
    }

    /// Returns whether every event has it.
    pub fn is_of_all(&self) -> bool {
        EventType::ALL.iter().all(|kind| self.is_of(*kind))
    }
}

/// Returns every parameter, those of all events first.
pub fn parameters() -> &'static [Parameter] {
    static PARAMETERS: LazyLock<Vec<Parameter>> = LazyLock::new(|| {
        let mut all = declared();
        all.extend(long_texts());
        all.extend(Record::ALL.iter().copied().map(of_record));
        for field in [Level::Session, Level::Instance].into_iter().flat_map(Level::values) {
            let is_new = all.iter().all(|known| known.name != field.column());
            // The id is the stream's, and an output has parameters of its own.
            if is_new && field != session::id && field.kind() != FieldKind::LongText {
                all.push(of_field(field));
            }
        }
        all
    });
    &PARAMETERS
}

/// Which events have a parameter.
#[derive(Clone, Copy, Debug)]
pub(super) enum On {
    Types(fn(EventType) -> bool),
    /// Those whose bodies can set a field.
    Field(Field),
    /// Those whose bodies can set what is known beside the document.
    Record(Record),
}

/// Where a parameter's value is found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Get {
    Plain(for<'m> fn(&'m EventContext<'m>) -> Option<Value<'m>>),
    /// What the event makes of a field.
    Field(Field),
    /// What it makes of what is known beside the document.
    Record(Record),
    /// The text of an element of a list, which may be in a blob, and is loaded where a statement asks for it.
    Text(List),
}

impl Get {
    /// Returns the value; null where there is none.
    pub(super) fn value<'m>(self, context: &'m EventContext<'m>) -> Result<Value<'m>, Error> {
        Ok(match self {
            Self::Plain(get) => get(context).unwrap_or(Value::Null),
            Self::Field(field) => becomes(context, &[field]).unwrap_or(Value::Null),
            Self::Record(record) => context.record(record).map_or(Value::Null, Value::from),
            Self::Text(list) => match long_text(context, list) {
                Some(text) => Value::Text(context.texts.get(text)?),
                None => Value::Null,
            },
        })
    }
}

/// A value on its way into a statement.
#[derive(Debug, PartialEq)]
pub(super) enum Value<'m> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'m, str>),
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl<'m> From<FieldValue<'m>> for Value<'m> {
    fn from(value: FieldValue<'m>) -> Self {
        match value {
            FieldValue::Flag(flag) => Self::Integer(flag.into()),
            // What SQLite cannot hold as an integer is a text.
            FieldValue::Number(number) => match i64::try_from(number) {
                Ok(number) => Self::Integer(number),
                Err(_) => Self::Text(number.to_string().into()),
            },
            FieldValue::Real(number) => Self::Real(number),
            FieldValue::Text(text) => Self::Text(text),
            FieldValue::Texts(texts) => {
                Self::Text(serde_json::Value::from(texts.as_ref()).to_string().into())
            }
            _ => Self::Null,
        }
    }
}

fn text(text: &str) -> Option<Value<'_>> {
    Some(Value::Text(Cow::Borrowed(text)))
}

/// What an event makes of one of these fields, the first that it sets.
fn becomes<'m>(m: &'m EventContext<'m>, fields: &[Field]) -> Option<Value<'m>> {
    fields.iter().find_map(|field| m.becomes(*field)).map(Value::from)
}

/// Returns the instance that an event is about, as it was.
fn agent<'m>(m: &'m EventContext<'m>) -> Option<&'m Agent> {
    let (kind, of_number) = (m.recorded.kind, |value: FieldValue<'_>| {
        m.before.agent_of_number(u32::try_from(value.as_number()?).ok()?)
    });
    match kind.subject() {
        Subject::Element(_) if m.event().is_none() => None,
        Subject::Element(List::Instances) if kind.begins() => None,
        Subject::Element(List::Instances) => m.before.agent(m.event()?.index()?),
        Subject::Element(List::Messages) if kind.begins() => of_number(m.becomes(message::instance_id)?),
        Subject::Element(List::Messages) => m.before.agent_of_number(said(m)?.instance?),
        Subject::Session if kind == WinnerSelected => of_number(m.becomes(session::winner_id)?),
        _ => None,
    }
}

/// Returns the message that an event is about, as it was.
fn said<'m>(m: &'m EventContext<'m>) -> Option<&'m PriorMessage> {
    let kind = m.recorded.kind;
    let is_known = kind.subject() == Subject::Element(List::Messages) && !kind.begins();
    is_known.then(|| m.before.message(m.event()?.index()?)).flatten()
}

fn index(m: &EventContext<'_>) -> Option<u32> {
    match m.recorded.kind.subject() {
        Subject::Element(list) => Some(m.event()?.index().unwrap_or(m.before.outline().len(list))),
        _ => None,
    }
}

fn long_text<'m>(m: &'m EventContext<'m>, list: List) -> Option<&'m Text> {
    let is_of_list = m.recorded.kind.subject() == Subject::Element(list);
    is_of_list.then(|| m.event()?.long_text()).flatten()
}

/// Returns the status that ended with an event, and when it had begun.
fn old_status<'m>(m: &'m EventContext<'m>) -> Option<(&'m str, i64)> {
    let kind = m.recorded.kind;
    if kind.begins() {
        return None;
    }
    let ends = matches!(kind, SessionDeleted | InstanceRemoved);
    if kind.subject() == Subject::Session && (ends || m.becomes(session::status).is_some()) {
        return Some((&m.before.status, m.before.status_since));
    }
    let is_of_agent = ends || m.becomes(instance::status).is_some();
    is_of_agent.then(|| agent(m).map(|agent| (&*agent.status, agent.status_since))).flatten()
}

/// No position, place or count is beyond what SQLite holds.
fn number(number: impl Into<u64>) -> Option<Value<'static>> {
    Some(Value::Integer(number.into().cast_signed()))
}

fn bytes(text: &Text) -> Option<Value<'static>> {
    number(text.len())
}

fn instant(micros: i64) -> Option<Value<'static>> {
    Some(Value::Text(time::from_micros(micros)?.to_string().into()))
}

fn day(micros: i64) -> Option<Value<'static>> {
    Some(Value::Text(time::from_micros(micros)?.strftime("%F").to_string().into()))
}

/// Exact to the microsecond for a century.
#[allow(clippy::cast_precision_loss, reason = "seconds between two instants of a session")]
fn seconds(from: i64, to: i64) -> Option<Value<'static>> {
    Some(Value::Real(to.saturating_sub(from) as f64 / 1e6))
}

/// Whether an event of this type is one of the session's own stream.
fn of_session(kind: EventType) -> bool {
    matches!(kind.subject(), Subject::Session | Subject::Element(_))
}

fn of_element(kind: EventType) -> bool {
    matches!(kind.subject(), Subject::Element(_))
}

fn of_message(kind: EventType) -> bool {
    kind.subject() == Subject::Element(List::Messages)
}

fn with_agent(kind: EventType) -> bool {
    of_element(kind) || kind == WinnerSelected
}

fn with_output(kind: EventType) -> bool {
    kind.is_content() && kind.subject() == Subject::Element(List::Instances)
}

/// Whether a body of this type can set a field.
fn sets(kind: EventType, field: Field) -> bool {
    kind.fields().contains(&field)
}

fn with_status(kind: EventType) -> bool {
    sets(kind, session::status) || sets(kind, instance::status)
}

fn with_old_status(kind: EventType) -> bool {
    (with_status(kind) && !kind.begins()) || matches!(kind, SessionDeleted | InstanceRemoved)
}

macro_rules! parameters {
    ($($name:literal $kind:ident $on:expr, $about:literal, $get:expr;)*) => {
        fn declared() -> Vec<Parameter> {
            vec![$(Parameter {
                name: $name,
                kind: stringify!($kind),
                about: $about.into(),
                on: On::Types($on),
                get: Get::Plain($get),
            },)*]
        }
    };
}

parameters! {
    "position" integer |_| true, "its place in the log, from 1", |m| number(m.recorded.position.get());
    "stream" integer |_| true, "the number of its stream: what read models call `stream`",
        |m| Some(Value::Integer(m.recorded.stream.get()));
    "revision" integer |_| true, "its place in the stream, from 1", |m| number(m.recorded.revision.get());
    "type" text |_| true, "the event's type", |m| text(m.recorded.kind.name());
    "occurred_at" text |_| true, "when it happened, RFC 3339 in UTC: `date()` takes it",
        |m| instant(m.recorded.occurred_at);
    "day" text |_| true, "the day that it happened on, in UTC: also of years that `date()` does not know",
        |m| day(m.recorded.occurred_at);
    "recorded_at" text |_| true, "when the log got it, likewise", |m| instant(m.recorded.recorded_at);
    "recorded_day" text |_| true, "the day that the log got it, in UTC", |m| day(m.recorded.recorded_at);
    "occurred_micros" integer |_| true, "when it happened, in microseconds since 1970",
        |m| Some(Value::Integer(m.recorded.occurred_at));
    "recorded_micros" integer |_| true, "when the log got it, likewise",
        |m| Some(Value::Integer(m.recorded.recorded_at));
    "workspace" text |_| true, "the key of its workspace", |m| text(&m.name.workspace);
    "session_id" text |_| true, "the session's id; empty in a workspace's own stream", |m| text(&m.name.session_id);
    "ordinal" integer |_| true, "which record of this id, from 1; 0 in a workspace's own stream",
        |m| number(m.name.ordinal);
    "session_type" text of_session, "competition, ensemble, debate, or whatever the session says",
        |m| becomes(m, &[session::kind]).or_else(|| text(&m.before.kind));
    "session_status" text of_session, "the session's status once the event has happened",
        |m| becomes(m, &[session::status]).or_else(|| text(&m.before.status));
    "session_seconds" real of_session, "how long after the session began it happened", |m| {
        let now = m.recorded.occurred_at;
        seconds(if m.before.exists { m.before.begun } else { now }, now)
    };
    "quiet_seconds" real of_session, "how long nothing had happened to the session", |m| {
        let now = m.recorded.occurred_at;
        seconds(if m.before.exists { m.before.last.min(now) } else { now }, now)
    };
    "updated_at" text of_session, "what `updatedAt` becomes, to the letter; null where it stays",
        |m| text(m.event()?.updated_at()?);
    "old_status" text with_old_status, "the status that ended, the session's or the instance's",
        |m| text(old_status(m)?.0);
    "status_seconds" real with_old_status, "how long that status had lasted",
        |m| seconds(old_status(m)?.1, m.recorded.occurred_at);
    "status" text with_status, "what the status became, the session's or the instance's",
        |m| becomes(m, &[session::status, instance::status]);
    "task" text |kind| sets(kind, session::task), "what the session is to do", |m| becomes(m, &[session::task]);
    "total_duration" integer |kind| sets(kind, session::total_duration), "`totalDuration`, in seconds",
        |m| becomes(m, &[session::total_duration]);
    "winner_id" integer |kind| sets(kind, session::winner_id),
        "the number of the instance that won; null where there is none", |m| becomes(m, &[session::winner_id]);
    "old_winner_id" integer |kind| kind == WinnerSelected, "the number of the instance that had won before",
        |m| number(m.before.winner?);
    "old_winner_name" text |kind| kind == WinnerSelected, "the name of the agent that had won before",
        |m| text(&m.before.agent_of_number(m.before.winner?)?.name);
    "index" integer of_element, "the place in the list of instances or messages, from 0", |m| number(index(m)?);
    "instance_id" integer with_agent, "the number of the instance; of a message, what the message says",
        |m| becomes(m, &[instance::instance_id, message::instance_id]).or_else(|| match said(m) {
            Some(said) => number(said.instance?),
            None => number(agent(m)?.number),
        });
    "agent_name" text with_agent, "the name of the instance's agent; of the winner's where one is selected",
        |m| becomes(m, &[instance::agent_name]).or_else(|| text(&agent(m)?.name));
    "runtime" text with_agent, "the instance's runtime",
        |m| becomes(m, &[instance::runtime]).or_else(|| text(agent(m)?.runtime.as_deref()?));
    "model" text |kind| with_agent(kind) || sets(kind, session::model), "the model, the session's or the instance's",
        |m| becomes(m, &[session::model, instance::model]).or_else(|| text(agent(m)?.model.as_deref()?));
    "instance_added" integer with_agent, "the position of the instance's InstanceAdded: it stays when places move",
        |m| match m.recorded.kind {
            InstanceAdded => number(m.recorded.position.get()),
            _ => number(agent(m)?.added.get()),
        };
    "old_lines_added" integer |kind| matches!(kind, InstanceDetailsChanged | InstanceRemoved),
        "`linesAdded` before; 0 where it was null", |m| number(agent(m)?.lines.unwrap_or_default().0);
    "old_lines_deleted" integer |kind| matches!(kind, InstanceDetailsChanged | InstanceRemoved),
        "`linesDeleted` before; 0 where it was null", |m| number(agent(m)?.lines.unwrap_or_default().1);
    "text_bytes" integer with_output, "its length in bytes: known without loading it",
        |m| bytes(long_text(m, List::Instances)?);
    "id" text of_message, "the message's id, where the event tells it", |m| becomes(m, &[message::id]);
    "role" text of_message, "the message's role",
        |m| becomes(m, &[message::role]).or_else(|| text(&said(m)?.role));
    "content_bytes" integer |kind| sets(kind, message::content), "its length in bytes: known without loading it",
        |m| bytes(long_text(m, List::Messages)?);
    "timestamp" text |kind| sets(kind, message::timestamp), "the message's own time, to the letter",
        |m| becomes(m, &[message::timestamp]);
    "message_added" integer of_message, "the position of the message's MessageAdded: it stays when places move",
        |m| match m.recorded.kind {
            MessageAdded => number(m.recorded.position.get()),
            _ => number(said(m)?.added.get()),
        };
    "path" text |kind| kind == WorkspaceRegistered, "the workspace's folder, where it is known",
        |m| match m.event()? {
            Event::WorkspaceRegistered(body) => text(body.path.as_deref()?),
            _ => None,
        };
    "hashes" text |kind| kind == WorkspaceRegistered, "the names of its legacy files, a JSON array",
        |m| match m.event()? {
            Event::WorkspaceRegistered(body) => Some(FieldValue::Texts(Cow::Borrowed(&body.hashes)).into()),
            _ => None,
        };
    "redacted_position" integer |kind| kind == BodyRedacted, "the position of the event whose body is gone",
        |m| match m.event()? {
            Event::BodyRedacted(body) => number(body.position),
            _ => None,
        };
    "reason" text |kind| matches!(kind, BodyRedacted | BodiesPruned), "why", |m| match m.event()? {
            Event::BodyRedacted(body) => text(&body.reason),
            Event::BodiesPruned(body) => text(body.reason.as_deref()?),
            _ => None,
        };
    "call_id" text |kind| matches!(kind, ToolCalled | ToolReturned), "the id of the call of a tool",
        |m| match m.event()? {
            Event::ToolCalled(body) => text(&body.call),
            Event::ToolReturned(body) => text(&body.call),
            _ => None,
        };
    "tool_name" text |kind| kind == ToolCalled, "the name of the tool that was called", |m| match m.event()? {
            Event::ToolCalled(body) => text(&body.name),
            _ => None,
        };
    "tool_kind" text |kind| kind == ToolCalled,
        "its kind: read, edit, delete, move, search, execute, think, fetch or other", |m| match m.event()? {
            Event::ToolCalled(body) => text(&body.kind),
            _ => None,
        };
    "outcome" text |kind| kind == ToolReturned, "how the call ended: ok, error, denied or cancelled",
        |m| match m.event()? {
            Event::ToolReturned(body) => text(&body.outcome),
            _ => None,
        };
    "tool_bytes" integer |kind| matches!(kind, ToolCalled | ToolReturned),
        "the length in bytes of its arguments, or of what it returned", |m| match m.event()? {
            Event::ToolCalled(body) => bytes(&body.input),
            Event::ToolReturned(body) => bytes(&body.output),
            _ => None,
        };
    "usage_key" text |kind| kind == UsageRecorded, "what is counted once, over all sessions of the tool",
        |m| match m.event()? {
            Event::UsageRecorded(body) => text(&body.key),
            _ => None,
        };
    "used_model" text |kind| kind == UsageRecorded, "the model that used the tokens", |m| match m.event()? {
            Event::UsageRecorded(body) => text(&body.model),
            _ => None,
        };
    "input_tokens" integer |kind| kind == UsageRecorded, "read, and not from a cache", |m| match m.event()? {
            Event::UsageRecorded(body) => number(body.input),
            _ => None,
        };
    "cache_read_tokens" integer |kind| kind == UsageRecorded, "read from a cache", |m| match m.event()? {
            Event::UsageRecorded(body) => number(body.cache_read),
            _ => None,
        };
    "cache_write_tokens" integer |kind| kind == UsageRecorded, "written to a cache", |m| match m.event()? {
            Event::UsageRecorded(body) => number(body.cache_write),
            _ => None,
        };
    "output_tokens" integer |kind| kind == UsageRecorded, "generated, reasoning among it", |m| match m.event()? {
            Event::UsageRecorded(body) => number(body.output),
            _ => None,
        };
    "reasoning_tokens" integer |kind| kind == UsageRecorded, "the part of them that was reasoning",
        |m| match m.event()? {
            Event::UsageRecorded(body) => number(body.reasoning),
            _ => None,
        };
    "dropped_messages" text |kind| matches!(kind, ContextCompacted | HistoryRewound),
        "the ids of the messages that are no longer part of it, a JSON array; empty: all before",
        |m| match m.event()? {
            Event::ContextCompacted(body) => Some(FieldValue::Texts(Cow::Borrowed(&body.messages)).into()),
            Event::HistoryRewound(body) => Some(FieldValue::Texts(Cow::Borrowed(&body.messages)).into()),
            _ => None,
        };
    "source_number" integer |kind| matches!(kind, SourceFound | RecordsKept | SourceRead),
        "the number of the file among those of its tool", |m| match m.event()? {
            Event::SourceFound(body) => number(body.source),
            Event::RecordsKept(body) => number(body.source),
            Event::SourceRead(body) => number(body.source),
            _ => None,
        };
    "source_name" text |kind| kind == SourceFound, "the file's path", |m| match m.event()? {
            Event::SourceFound(body) => text(&body.name),
            _ => None,
        };
    "kept_bytes" integer |kind| kind == SourceRead, "how many bytes of the file were read",
        |m| match m.event()? {
            Event::SourceRead(body) => number(body.length),
            _ => None,
        };
    "exclusion" text |kind| matches!(kind, ImportExcluded | ImportIncluded),
        "the salted hash that what is excluded is known by", |m| match m.event()? {
            Event::ImportExcluded(body) => Some(Value::Text(Cow::Owned(body.digest.to_string()))),
            Event::ImportIncluded(body) => Some(Value::Text(Cow::Owned(body.digest.to_string()))),
            _ => None,
        };
    "excluded_kind" text |kind| kind == ImportExcluded, "what is excluded: `path`, `name`, `session` or `secrets`",
        |m| match m.event()? {
            Event::ImportExcluded(body) => text(&body.what),
            _ => None,
        };
    "folder" text |kind| kind == FolderSeen, "the folder that sessions work in", |m| match m.event()? {
            Event::FolderSeen(body) => text(&body.folder),
            _ => None,
        };
    "repository" text |kind| kind == FolderSeen, "the main worktree of the repository that the folder is in",
        |m| match m.event()? {
            Event::FolderSeen(body) => text(&body.root),
            _ => None,
        };
    "remote" text |kind| kind == FolderSeen, "where the repository was cloned from", |m| match m.event()? {
            Event::FolderSeen(body) => body.remote.as_deref().and_then(text),
            _ => None,
        };
    "corrected_revision" integer |kind| kind == MappingCorrected,
        "the revision that the events after this one correct", |m| match m.event()? {
            Event::MappingCorrected(body) => number(body.revision),
            _ => None,
        };
    "archive" text |kind| matches!(kind, BodiesPruned | BodiesRestored),
        "the path of the archive that has what was pruned, as it was then", |m| match m.event()? {
            Event::BodiesPruned(body) => text(&body.archive),
            Event::BodiesRestored(body) => text(&body.archive),
            _ => None,
        };
}

/// The long texts, which are loaded where a statement asks for them.
fn long_texts() -> [Parameter; 2] {
    let output: On = On::Types(with_output);
    let content = On::Types(|kind| sets(kind, message::content));
    [
        Parameter {
            name: "text",
            kind: "text",
            about: "the output: what was written, or what replaces it".into(),
            on: output,
            get: Get::Text(List::Instances),
        },
        Parameter {
            name: "content",
            kind: "text",
            about: "the message's content; null where it stays".into(),
            on: content,
            get: Get::Text(List::Messages),
        },
    ]
}

/// What is known of the session beside its document, as events set it.
fn of_record(record: Record) -> Parameter {
    let (kind, more) = type_of(record.kind());
    let about = format!("{}{more}", record.about()).into();
    Parameter { name: record.name(), kind, about, on: On::Record(record), get: Get::Record(record) }
}

/// Returns the type of a value as SQLite has it, and what is to be said of that.
fn type_of(kind: FieldKind) -> (&'static str, &'static str) {
    match kind {
        FieldKind::Texts => ("text", ", a JSON array"),
        FieldKind::Flag => ("integer", ", 0 or 1"),
        FieldKind::Integer | FieldKind::BigInteger => ("integer", ""),
        FieldKind::Real => ("real", ""),
        FieldKind::Text | FieldKind::LongText | FieldKind::List => ("text", ""),
    }
}

/// Every other field of the session and of an instance, under the name of its column.
fn of_field(field: Field) -> Parameter {
    let (kind, more) = type_of(field.kind());
    let more = if field.is_time() { ", to the letter" } else { more };
    let about = format!("`{field}`{more}").into();
    Parameter { name: field.column(), kind, about, on: On::Field(field), get: Get::Field(field) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_parameters_share_a_name_and_each_says_what_it_is() {
        let mut names: Vec<&str> = parameters().iter().map(|parameter| parameter.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), parameters().len());
        for Parameter { name, kind, about, .. } in parameters() {
            assert!(["integer", "real", "text"].contains(kind) && !about.is_empty(), "{name}");
        }
    }

    #[test]
    fn every_type_but_the_silent_ones_has_parameters_of_its_own() {
        for kind in EventType::ALL {
            let own =
                parameters().iter().filter(|parameter| !parameter.is_of_all() && parameter.is_of(*kind));
            assert!(own.count() > 0, "{kind}");
        }
    }
}
