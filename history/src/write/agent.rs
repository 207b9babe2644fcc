//! What an agent did, for applications that run one or watch it.

use retold_core::Event;
use retold_core::event::{
    ContextCompacted, HistoryRewound, SessionContextChanged, SessionLinked, StatusObserved, TitleChanged,
    ToolCalled, ToolReturned, UsageRecorded,
};
use serde::Serialize;

/// Declares what can be recorded, one event type each.
macro_rules! agent_events {
    ($($(#[doc = $about:literal])+ $name:ident,)*) => {
        /// What an agent did: see [`SessionHistory::record`](crate::SessionHistory::record).
        #[derive(Clone, Debug, Serialize)]
        #[non_exhaustive]
        pub enum AgentEvent {
            $($(#[doc = $about])+ $name(Box<$name>),)*
        }

        $(impl From<$name> for AgentEvent {
            fn from(body: $name) -> Self {
                Self::$name(Box::new(body))
            }
        })*

        impl From<AgentEvent> for Event {
            fn from(event: AgentEvent) -> Self {
                match event {
                    $(AgentEvent::$name(body) => (*body).into(),)*
                }
            }
        }
    };
}

agent_events! {
    /// It called a tool.
    ToolCalled,
    /// The tool returned.
    ToolReturned,
    /// Tokens were used.
    UsageRecorded,
    /// What was said before was replaced by a summary, for the model.
    ContextCompacted,
    /// A person went back in the conversation.
    HistoryRewound,
    /// The session has another title.
    TitleChanged,
    /// Where and by what the session is worked on changed.
    SessionContextChanged,
    /// The session comes from another one.
    SessionLinked,
    /// Its status was found out.
    StatusObserved,
}

impl AgentEvent {
    /// Returns what is wrong with it, if anything is: names must name something, and words must be known ones.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let unknown = |word: &str, known: &[&str], fault| (!known.contains(&word)).then_some(fault);
        match self {
            Self::ToolCalled(body) if is_blank(&body.call) => Some("a tool call has an id"),
            Self::ToolCalled(body) if is_blank(&body.name) => Some("a tool has a name"),
            Self::ToolCalled(body) => unknown(
                &body.kind,
                ToolCalled::KINDS,
                "the kind of a tool is read, edit, delete, move, search, execute, think, fetch or other",
            ),
            Self::ToolReturned(body) if is_blank(&body.call) => {
                Some("what returned is named by the call's id")
            }
            Self::ToolReturned(body) => unknown(
                &body.outcome,
                ToolReturned::OUTCOMES,
                "the outcome of a tool is ok, error, denied or cancelled",
            ),
            Self::UsageRecorded(body) if is_blank(&body.key) => Some("usage is counted once by its key"),
            Self::UsageRecorded(body) if body.reasoning > body.output => {
                Some("reasoning is a part of what was generated")
            }
            Self::UsageRecorded(body) if body.cache_write_1h.is_some_and(|part| part > body.cache_write) => {
                Some("what is kept for an hour is a part of what was written to a cache")
            }
            Self::SessionLinked(body) if is_blank(&body.parent) => Some("the other session has an id"),
            Self::SessionLinked(body) => {
                unknown(&body.relation, SessionLinked::RELATIONS, "a relation is subagent or fork")
            }
            Self::StatusObserved(body) if is_blank(&body.status) => Some("a status is a word"),
            Self::SessionContextChanged(body) => {
                let is_object = |text: &String| {
                    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
                };
                let is_wrong = body.details.as_ref().is_some_and(|details| !is_object(details));
                is_wrong.then_some("details are a JSON object")
            }
            _ => None,
        }
    }

    /// Returns the number of the instance that did it, where it is not the session's own agent.
    pub(super) fn instance_id(&self) -> Option<u32> {
        match self {
            Self::ToolCalled(body) => body.instance_id,
            _ => None,
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
