//! The parameters that statements have: an event's fields, and how things stood when it happened. Declared once, with
//! their types and their meaning; docs/PROJECTIONS.md is made from this list.

use std::borrow::Cow;

use retold_core::EventType::{self, *};
use retold_core::{Error, Event, Text, time};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::sidecar::{Agent, Moment};

/// A parameter of the statements of a declared projection.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name, without the colon.
    pub name: &'static str,
    /// Its type, as SQLite's `strict` tables have them.
    pub kind: &'static str,
    /// What it tells.
    pub about: &'static str,
    /// The events that have it; empty for every event.
    pub(super) on: &'static [EventType],
    pub(super) get: Get,
}

impl Parameter {
    /// Returns whether the events of this type have it.
    pub fn is_of(&self, kind: EventType) -> bool {
        self.on.is_empty() || self.on.contains(&kind)
    }

    /// Returns whether every event has it.
    pub fn is_of_all(&self) -> bool {
        self.on.is_empty()
    }
}

/// Returns every parameter, those of all events first.
pub fn parameters() -> &'static [Parameter] {
    PARAMETERS
}

/// Where a parameter's value is found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Get {
    Plain(for<'m> fn(&'m Moment<'m>) -> Option<Value<'m>>),
    /// A text that may stand in a blob, and is loaded where a statement asks for it.
    Text(for<'m> fn(&'m Moment<'m>) -> Option<&'m Text>),
}

impl Get {
    /// Returns the value; null where there is none.
    pub(super) fn value<'m>(self, moment: &'m Moment<'m>) -> Result<Value<'m>, Error> {
        Ok(match self {
            Self::Plain(get) => get(moment).unwrap_or(Value::Null),
            Self::Text(get) => match get(moment) {
                Some(text) => Value::Text(moment.texts.get(text)?),
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

/// Something that a body holds; `None` where it is null or was not said.
trait Field {
    fn value(&self) -> Option<Value<'_>>;
}

impl Field for str {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(Cow::Borrowed(self)))
    }
}

impl Field for String {
    fn value(&self) -> Option<Value<'_>> {
        self.as_str().value()
    }
}

impl Field for u32 {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Integer((*self).into()))
    }
}

impl Field for u64 {
    /// What SQLite cannot hold as an integer is a text.
    fn value(&self) -> Option<Value<'_>> {
        Some(match i64::try_from(*self) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Text(self.to_string().into()),
        })
    }
}

impl Field for f64 {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Real(*self))
    }
}

impl Field for bool {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Integer((*self).into()))
    }
}

impl Field for Vec<String> {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(serde_json::Value::from(self.as_slice()).to_string().into()))
    }
}

impl<T: Field> Field for Option<T> {
    fn value(&self) -> Option<Value<'_>> {
        self.as_ref()?.value()
    }
}

/// A key of the session's own: what it began with, or what it became.
macro_rules! session {
    ($field:ident) => {
        Get::Plain(|m| match m.event()? {
            Event::SessionCreated(body) => body.session.$field.value(),
            Event::SessionDetailsChanged(body) => body.set.$field.value(),
            _ => None,
        })
    };
}

/// A key of an instance: what it began with, or what it became.
macro_rules! instance {
    ($field:ident) => {
        Get::Plain(|m| match m.event()? {
            Event::InstanceAdded(body) => body.instance.$field.value(),
            Event::InstanceDetailsChanged(body) => body.set.$field.value(),
            _ => None,
        })
    };
}

/// A key of an instance that its other events tell too, as it stood.
macro_rules! agent {
    ($field:ident, $stood:expr) => {
        Get::Plain(|m| {
            let said = match m.event()? {
                Event::InstanceAdded(body) => return body.instance.$field.value(),
                Event::InstanceDetailsChanged(body) => body.set.$field.as_ref(),
                _ => None,
            };
            let stood: for<'a> fn(&'a Agent) -> Option<Value<'a>> = $stood;
            match said {
                Some(said) => said.value(),
                None => stood(agent(m)?),
            }
        })
    };
}

/// Returns the instance that an event is about, as it stood.
fn agent<'m>(m: &'m Moment<'m>) -> Option<&'m Agent> {
    let scene = m.scene;
    match m.event()? {
        Event::InstanceStatusChanged(body) => scene.agent(body.index),
        Event::OutputAppended(body) => scene.agent(body.index),
        Event::OutputReplaced(body) => scene.agent(body.index),
        Event::InstanceDetailsChanged(body) => scene.agent(body.index),
        Event::InstanceRemoved(body) => scene.agent(body.index),
        Event::WinnerSelected(body) => scene.agent_of_number(body.winner_id?),
        Event::MessageAdded(body) => scene.agent_of_number(body.message.instance_id?),
        Event::MessageChanged(body) => scene.agent_of_number(scene.message(body.index)?.instance?),
        Event::MessageRemoved(body) => scene.agent_of_number(scene.message(body.index)?.instance?),
        _ => None,
    }
}

fn index(m: &Moment<'_>) -> Option<u32> {
    let end = |length: usize| u32::try_from(length).ok();
    match m.event()? {
        Event::InstanceAdded(body) => body.index.or(end(m.scene.agents.len())),
        Event::InstanceStatusChanged(body) => Some(body.index),
        Event::OutputAppended(body) => Some(body.index),
        Event::OutputReplaced(body) => Some(body.index),
        Event::InstanceDetailsChanged(body) => Some(body.index),
        Event::InstanceRemoved(body) => Some(body.index),
        Event::MessageAdded(body) => body.index.or(end(m.scene.messages.len())),
        Event::MessageChanged(body) => Some(body.index),
        Event::MessageRemoved(body) => Some(body.index),
        _ => None,
    }
}

fn output<'m>(m: &'m Moment<'m>) -> Option<&'m Text> {
    match m.event()? {
        Event::OutputAppended(body) => Some(&body.text),
        Event::OutputReplaced(body) => body.text.as_ref(),
        _ => None,
    }
}

fn content<'m>(m: &'m Moment<'m>) -> Option<&'m Text> {
    match m.event()? {
        Event::MessageAdded(body) => Some(&body.message.content),
        Event::MessageChanged(body) => body.content.as_ref(),
        _ => None,
    }
}

/// Returns the status that ended with an event, and when it had begun.
fn old_status<'m>(m: &'m Moment<'m>) -> Option<(&'m str, i64)> {
    let of_session = Some((&*m.scene.status, m.scene.status_since));
    let of_agent = || agent(m).map(|agent| (&*agent.status, agent.status_since));
    match m.event()? {
        Event::SessionStatusChanged(_) | Event::SessionDeleted(_) => of_session,
        Event::SessionDetailsChanged(body) if body.set.status.is_some() => of_session,
        Event::InstanceStatusChanged(_) | Event::InstanceRemoved(_) => of_agent(),
        Event::InstanceDetailsChanged(body) if body.set.status.is_some() => of_agent(),
        _ => None,
    }
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

const SESSION: &[EventType] = &[SessionCreated, SessionDetailsChanged];
const INSTANCE: &[EventType] = &[InstanceAdded, InstanceDetailsChanged];
/// The events of a session's own stream.
const OF_SESSION: &[EventType] = &[
    SessionCreated,
    TaskChanged,
    SessionStatusChanged,
    WinnerSelected,
    SessionDetailsChanged,
    SessionMoved,
    SessionDeleted,
    SessionRestored,
    InstanceAdded,
    InstanceStatusChanged,
    OutputAppended,
    OutputReplaced,
    InstanceDetailsChanged,
    InstanceRemoved,
    MessageAdded,
    MessageChanged,
    MessageRemoved,
];
const WITH_AGENT: &[EventType] = &[
    InstanceAdded,
    InstanceStatusChanged,
    OutputAppended,
    OutputReplaced,
    InstanceDetailsChanged,
    InstanceRemoved,
    WinnerSelected,
    MessageAdded,
    MessageChanged,
    MessageRemoved,
];
const WITH_INDEX: &[EventType] = &[
    InstanceAdded,
    InstanceStatusChanged,
    OutputAppended,
    OutputReplaced,
    InstanceDetailsChanged,
    InstanceRemoved,
    MessageAdded,
    MessageChanged,
    MessageRemoved,
];
const WITH_OLD_STATUS: &[EventType] = &[
    SessionStatusChanged,
    SessionDetailsChanged,
    SessionDeleted,
    InstanceStatusChanged,
    InstanceDetailsChanged,
    InstanceRemoved,
];
const MESSAGE: &[EventType] = &[MessageAdded, MessageChanged, MessageRemoved];
const WITH_CONTENT: &[EventType] = &[MessageAdded, MessageChanged];
const WITH_OUTPUT: &[EventType] = &[OutputAppended, OutputReplaced];
const WITH_STATUS: &[EventType] = &[
    SessionCreated,
    SessionStatusChanged,
    SessionDetailsChanged,
    InstanceAdded,
    InstanceStatusChanged,
    InstanceDetailsChanged,
];

macro_rules! parameters {
    ($($name:literal $kind:ident $on:expr, $about:literal, $get:expr;)*) => {
        const PARAMETERS: &[Parameter] = &[
            $(Parameter { name: $name, kind: stringify!($kind), about: $about, on: $on, get: $get },)*
        ];
    };
}

parameters! {
    "position" integer &[], "its place in the log, from 1", Get::Plain(|m| number(m.recorded.position.get()));
    "stream" integer &[], "the number of its stream: what read models call `stream`",
        Get::Plain(|m| Some(Value::Integer(m.recorded.stream.get())));
    "revision" integer &[], "its place in the stream, from 1", Get::Plain(|m| number(m.recorded.revision.get()));
    "type" text &[], "the event's type", Get::Plain(|m| m.recorded.kind.name().value());
    "occurred_at" text &[], "when it happened, RFC 3339 in UTC: `date()` takes it",
        Get::Plain(|m| instant(m.recorded.occurred_at));
    "day" text &[], "the day that it happened on, in UTC: also of years that `date()` does not know",
        Get::Plain(|m| day(m.recorded.occurred_at));
    "recorded_at" text &[], "when the log got it, likewise", Get::Plain(|m| instant(m.recorded.recorded_at));
    "occurred_micros" integer &[], "when it happened, in microseconds since 1970",
        Get::Plain(|m| Some(Value::Integer(m.recorded.occurred_at)));
    "recorded_micros" integer &[], "when the log got it, likewise",
        Get::Plain(|m| Some(Value::Integer(m.recorded.recorded_at)));
    "workspace" text &[], "the key of its workspace", Get::Plain(|m| m.name.workspace.value());
    "session_id" text &[], "the session's id; empty in a workspace's own stream",
        Get::Plain(|m| m.name.session_id.value());
    "ordinal" integer &[], "which record of this id, from 1; 0 in a workspace's own stream",
        Get::Plain(|m| m.name.ordinal.value());
    "session_type" text OF_SESSION, "competition, ensemble, debate, or whatever the session says", Get::Plain(|m| {
        match m.event()? {
            Event::SessionCreated(body) => body.session.kind.value(),
            Event::SessionDetailsChanged(body) if body.set.kind.is_some() => body.set.kind.value(),
            _ => m.scene.kind.value(),
        }
    });
    "session_status" text OF_SESSION, "the session's status once the event has happened", Get::Plain(|m| {
        match m.event()? {
            Event::SessionCreated(body) => body.session.status.value(),
            Event::SessionStatusChanged(body) => body.status.value(),
            Event::SessionDetailsChanged(body) if body.set.status.is_some() => body.set.status.value(),
            _ => m.scene.status.value(),
        }
    });
    "session_seconds" real OF_SESSION, "how long after the session began it happened", Get::Plain(|m| {
        let now = m.recorded.occurred_at;
        seconds(if m.scene.exists { m.scene.begun } else { now }, now)
    });
    "quiet_seconds" real OF_SESSION, "how long nothing had happened to the session", Get::Plain(|m| {
        let now = m.recorded.occurred_at;
        seconds(if m.scene.exists { m.scene.last.min(now) } else { now }, now)
    });
    "updated_at" text OF_SESSION, "what `updatedAt` becomes, to the letter; null where it stays",
        Get::Plain(|m| m.event()?.updated_at()?.value());
    "old_status" text WITH_OLD_STATUS, "the status that ended, the session's or the instance's",
        Get::Plain(|m| old_status(m)?.0.value());
    "status_seconds" real WITH_OLD_STATUS, "how long that status had lasted",
        Get::Plain(|m| seconds(old_status(m)?.1, m.recorded.occurred_at));
    "status" text WITH_STATUS, "what the status became, the session's or the instance's", Get::Plain(|m| {
        match m.event()? {
            Event::SessionCreated(body) => body.session.status.value(),
            Event::SessionStatusChanged(body) => body.status.value(),
            Event::SessionDetailsChanged(body) => body.set.status.value(),
            Event::InstanceAdded(body) => body.instance.status.value(),
            Event::InstanceStatusChanged(body) => body.status.value(),
            Event::InstanceDetailsChanged(body) => body.set.status.value(),
            _ => None,
        }
    });
    "task" text &[SessionCreated, TaskChanged, SessionDetailsChanged], "what the session is to do",
        Get::Plain(|m| match m.event()? {
            Event::SessionCreated(body) => body.session.task.value(),
            Event::TaskChanged(body) => body.task.value(),
            Event::SessionDetailsChanged(body) => body.set.task.value(),
            _ => None,
        });
    "created_at" text SESSION, "`createdAt`, to the letter", session!(created_at);
    "completed_at" text &[SessionCreated, SessionStatusChanged, SessionDetailsChanged], "`completedAt`, to the letter",
        Get::Plain(|m| match m.event()? {
            Event::SessionCreated(body) => body.session.completed_at.value(),
            Event::SessionStatusChanged(body) => body.completed_at.value(),
            Event::SessionDetailsChanged(body) => body.set.completed_at.value(),
            _ => None,
        });
    "timeout_seconds" integer SESSION, "`timeoutSeconds`", session!(timeout_seconds);
    "preserve_worktrees" integer SESSION, "`preserveWorktrees`, 0 or 1", session!(preserve_worktrees);
    "runtime_mix" text SESSION, "`runtimeMix`, a JSON array", session!(runtime_mix);
    "total_duration" integer SESSION, "`totalDuration`, in seconds", session!(total_duration);
    "total_files_changed" integer SESSION, "`totalFilesChanged`", session!(total_files_changed);
    "total_lines_added" integer SESSION, "`totalLinesAdded`", session!(total_lines_added);
    "total_lines_deleted" integer SESSION, "`totalLinesDeleted`", session!(total_lines_deleted);
    "winner_id" integer &[SessionCreated, WinnerSelected, SessionDetailsChanged],
        "the number of the instance that won; null where there is none", Get::Plain(|m| match m.event()? {
            Event::SessionCreated(body) => body.session.winner_id.value(),
            Event::WinnerSelected(body) => body.winner_id.value(),
            Event::SessionDetailsChanged(body) => body.set.winner_id.value(),
            _ => None,
        });
    "old_winner_id" integer &[WinnerSelected], "the number of the instance that had won before",
        Get::Plain(|m| m.scene.winner.value());
    "old_winner_name" text &[WinnerSelected], "the name of the agent that had won before",
        Get::Plain(|m| m.scene.agent_of_number(m.scene.winner?)?.name.value());
    "place" real &[SessionCreated, SessionMoved], "its place in the workspace's list, where it was given",
        Get::Plain(|m| match m.event()? {
            Event::SessionCreated(body) => body.place.value(),
            Event::SessionMoved(body) => body.place.value(),
            _ => None,
        });
    "home" text &[SessionCreated], "the name of the session's legacy file, where it is not the workspace's key",
        Get::Plain(|m| match m.event()? {
            Event::SessionCreated(body) => body.home.value(),
            _ => None,
        });
    "index" integer WITH_INDEX, "the place in the list of instances or messages, from 0",
        Get::Plain(|m| number(index(m)?));
    "instance_id" integer WITH_AGENT, "the number of the instance; of a message, what the message says",
        Get::Plain(|m| match m.event()? {
            Event::InstanceAdded(body) => body.instance.instance_id.value(),
            Event::InstanceDetailsChanged(body) if body.set.instance_id.is_some() => body.set.instance_id.value(),
            Event::MessageAdded(body) => body.message.instance_id.value(),
            Event::MessageChanged(body) if body.set.instance_id.is_some() => body.set.instance_id.value(),
            Event::MessageChanged(body) => m.scene.message(body.index)?.instance.value(),
            Event::MessageRemoved(body) => m.scene.message(body.index)?.instance.value(),
            _ => agent(m)?.number.value(),
        });
    "agent_name" text WITH_AGENT, "the name of the instance's agent; of the winner's where one is selected",
        agent!(agent_name, |agent| agent.name.value());
    "runtime" text WITH_AGENT, "the instance's runtime", agent!(runtime, |agent| agent.runtime.as_deref()?.value());
    "model" text &[
        SessionCreated, SessionDetailsChanged, InstanceAdded, InstanceStatusChanged, OutputAppended, OutputReplaced,
        InstanceDetailsChanged, InstanceRemoved, WinnerSelected, MessageAdded, MessageChanged, MessageRemoved,
    ], "the model, the session's or the instance's", Get::Plain(|m| match m.event()? {
            Event::SessionCreated(body) => body.session.model.value(),
            Event::SessionDetailsChanged(body) => body.set.model.value(),
            Event::InstanceAdded(body) => body.instance.model.value(),
            Event::InstanceDetailsChanged(body) if body.set.model.is_some() => body.set.model.value(),
            _ => agent(m)?.model.as_deref()?.value(),
        });
    "instance_added" integer WITH_AGENT, "the position of the instance's InstanceAdded: it stays when places move",
        Get::Plain(|m| match m.event()? {
            Event::InstanceAdded(_) => number(m.recorded.position.get()),
            _ => number(agent(m)?.added.get()),
        });
    "worktree_path" text INSTANCE, "`worktreePath`", instance!(worktree_path);
    "branch" text INSTANCE, "`branch`", instance!(branch);
    "tmux_session_id" text INSTANCE, "`tmuxSessionId`", instance!(tmux_session_id);
    "start_time" text INSTANCE, "`startTime`, to the letter", instance!(start_time);
    "end_time" text INSTANCE, "`endTime`, to the letter", instance!(end_time);
    "files_changed" integer INSTANCE, "`filesChanged`", instance!(files_changed);
    "lines_added" integer INSTANCE, "`linesAdded`", instance!(lines_added);
    "lines_deleted" integer INSTANCE, "`linesDeleted`", instance!(lines_deleted);
    "old_lines_added" integer &[InstanceDetailsChanged, InstanceRemoved], "`linesAdded` before; 0 where it was null",
        Get::Plain(|m| number(agent(m)?.lines.unwrap_or_default().0));
    "old_lines_deleted" integer &[InstanceDetailsChanged, InstanceRemoved],
        "`linesDeleted` before; 0 where it was null", Get::Plain(|m| number(agent(m)?.lines.unwrap_or_default().1));
    "runtime_label" text INSTANCE, "`runtimeLabel`", instance!(runtime_label);
    "text" text WITH_OUTPUT, "the output: what was written, or what replaces it", Get::Text(output);
    "text_bytes" integer WITH_OUTPUT, "its length in bytes: known without loading it",
        Get::Plain(|m| bytes(output(m)?));
    "id" text MESSAGE, "the message's id, where the event tells it", Get::Plain(|m| match m.event()? {
            Event::MessageAdded(body) => body.message.id.value(),
            Event::MessageChanged(body) => body.set.id.value(),
            _ => None,
        });
    "role" text MESSAGE, "the message's role", Get::Plain(|m| match m.event()? {
            Event::MessageAdded(body) => body.message.role.value(),
            Event::MessageChanged(body) if body.set.role.is_some() => body.set.role.value(),
            Event::MessageChanged(body) => m.scene.message(body.index)?.role.value(),
            Event::MessageRemoved(body) => m.scene.message(body.index)?.role.value(),
            _ => None,
        });
    "content" text WITH_CONTENT, "the message's content; null where it stays", Get::Text(content);
    "content_bytes" integer WITH_CONTENT, "its length in bytes: known without loading it",
        Get::Plain(|m| bytes(content(m)?));
    "timestamp" text WITH_CONTENT, "the message's own time, to the letter", Get::Plain(|m| match m.event()? {
            Event::MessageAdded(body) => body.message.timestamp.value(),
            Event::MessageChanged(body) => body.set.timestamp.value(),
            _ => None,
        });
    "message_added" integer MESSAGE, "the position of the message's MessageAdded: it stays when places move",
        Get::Plain(|m| match m.event()? {
            Event::MessageAdded(_) => number(m.recorded.position.get()),
            Event::MessageChanged(body) => number(m.scene.message(body.index)?.added.get()),
            Event::MessageRemoved(body) => number(m.scene.message(body.index)?.added.get()),
            _ => None,
        });
    "path" text &[WorkspaceRegistered], "the workspace's folder, where it is known", Get::Plain(|m| match m.event()? {
            Event::WorkspaceRegistered(body) => body.path.value(),
            _ => None,
        });
    "hashes" text &[WorkspaceRegistered], "the names of its legacy files, a JSON array",
        Get::Plain(|m| match m.event()? {
            Event::WorkspaceRegistered(body) => body.hashes.value(),
            _ => None,
        });
    "redacted_position" integer &[BodyRedacted], "the position of the event whose body is gone",
        Get::Plain(|m| match m.event()? {
            Event::BodyRedacted(body) => body.position.value(),
            _ => None,
        });
    "reason" text &[BodyRedacted, BodiesPruned], "why", Get::Plain(|m| match m.event()? {
            Event::BodyRedacted(body) => body.reason.value(),
            Event::BodiesPruned(body) => body.reason.value(),
            _ => None,
        });
    "archive" text &[BodiesPruned, BodiesRestored], "the path of the archive that has what was pruned, as it was then",
        Get::Plain(|m| match m.event()? {
            Event::BodiesPruned(body) => body.archive.value(),
            Event::BodiesRestored(body) => body.archive.value(),
            _ => None,
        });
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
