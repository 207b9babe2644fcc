//! The methods: what the front end calls them, and what it hands over.

use jiff::Timestamp;
use retold::{Message, Order, RawText, Session, SessionFilter, SessionHistory, Span, Writes};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::message::{Fault, METHOD_NOT_FOUND, Request, UsedFor};

/// The method whose chunk need not be text.
pub(super) const APPEND_OUTPUT: &str = "append_output";

type Answer = Result<Box<RawValue>, Fault>;

/// Declares the methods: the parameters in the front end's spelling, and what they do.
macro_rules! methods {
    ($($name:ident { $($(#[$about:meta])* $param:ident: $type:ty,)* } |$history:ident| $done:expr;)*) => {
        /// The names of the methods.
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Does what a call asks for.
        pub(super) fn call(history: &SessionHistory, request: &Request<'_>) -> Answer {
            match &*request.method {
                $(stringify!($name) => {
                    #[derive(Deserialize)]
                    #[serde(rename_all = "camelCase", deny_unknown_fields)]
                    struct Params { $($(#[$about])* $param: $type,)* }

                    let Params { $($param,)* } = request.params()?;
                    let $history = history;
                    answer($done)
                })*
                unknown => Err(Fault::new(
                    METHOD_NOT_FOUND,
                    format!("method not found: {unknown}; there are {}", NAMES.join(", ")),
                )),
            }
        }
    };
}

methods! {
    create_session { workspace_path: String, session: Session, #[serde(default)] idempotency_key: Key, }
        |history| idempotency_key.of(history).create_session(&workspace_path, session);
    update_session { workspace_path: String, session: Session, #[serde(default)] idempotency_key: Key, }
        |history| idempotency_key.of(history).update_session(&workspace_path, session);
    get_session { workspace_path: String, session_id: String, }
        |history| history.get_session(&workspace_path, &session_id);
    get_all_sessions { workspace_path: String, }
        |history| history.get_all_sessions(&workspace_path);
    delete_session { workspace_path: String, session_id: String, #[serde(default)] idempotency_key: Key, }
        |history| idempotency_key.of(history).delete_session(&workspace_path, &session_id);
    add_chat_message {
        workspace_path: String, session_id: String, message: Message, #[serde(default)] idempotency_key: Key,
    } |history| idempotency_key.of(history).add_chat_message(&workspace_path, &session_id, message);
    update_instance_status {
        workspace_path: String, session_id: String, instance_id: u32, new_status: String,
        #[serde(default)] idempotency_key: Key,
    } |history| idempotency_key.of(history)
        .update_instance_status(&workspace_path, &session_id, instance_id, &new_status);
    append_output {
        workspace_path: String, session_id: String, instance_id: u32, chunk: RawText,
        #[serde(default)] idempotency_key: Key,
    } |history| idempotency_key.of(history).append_output(&workspace_path, &session_id, instance_id, chunk);
    select_winner {
        workspace_path: String, session_id: String, instance_id: Option<u32>,
        #[serde(default)] idempotency_key: Key,
    } |history| idempotency_key.of(history).select_winner(&workspace_path, &session_id, instance_id);
    restore_session { workspace_path: String, session_id: String, #[serde(default)] idempotency_key: Key, }
        |history| idempotency_key.of(history).restore_session(&workspace_path, &session_id);
    tag_session {
        workspace_path: String, session_id: String, #[serde(default)] add: Vec<String>, #[serde(default)] remove: Vec<String>,
        #[serde(default)] idempotency_key: Key,
    } |history| idempotency_key.of(history).tag_session(&workspace_path, &session_id, &add, &remove);
    list_sessions {
        #[serde(default)] workspace_path: Option<String>,
        #[serde(default, rename = "type")] kind: Option<String>,
        #[serde(default)] status: Option<String>,
        #[serde(default)] text: Option<String>,
        #[serde(default)] tags: Vec<String>,
        #[serde(default)] created_from: Option<Timestamp>,
        #[serde(default)] created_before: Option<Timestamp>,
        #[serde(default)] updated_from: Option<Timestamp>,
        #[serde(default)] updated_before: Option<Timestamp>,
        #[serde(default)] sort: Sort,
        #[serde(default)] limit: Option<u32>,
        #[serde(default)] after: After,
    } |history| list(history, workspace_path.as_deref(), &SessionFilter {
        workspace: None,
        status,
        kind,
        created: Span { from: created_from, before: created_before },
        updated: Span { from: updated_from, before: updated_before },
        text,
        having: tags.into_iter().map(|tag| (retold_core::Record::Tags, tag)).collect(),
        order: sort.into(),
        after: after.0,
        limit,
    });
    latest_events { workspace_path: String, session_id: String, limit: u32, }
        |history| latest_events(history, &workspace_path, &session_id, limit);
    mirror_status {} |history| mirror_status(history);
    flush_mirror {} |history| history.flush_mirror();
}

/// The idempotency key of a write: the write happens once, however often it is asked for.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Key(Option<String>);

impl Key {
    fn of(self, history: &SessionHistory) -> Writes<'_> {
        match self.0 {
            Some(key) => history.once(key),
            None => history.writes(),
        }
    }
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Sort {
    #[default]
    File,
    Updated,
    Created,
    Duration,
    FilesChanged,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::File => Self::File,
            Sort::Updated => Self::Updated,
            Sort::Created => Self::Created,
            Sort::Duration => Self::Duration,
            Sort::FilesChanged => Self::FilesChanged,
        }
    }
}

/// Where the page before ended.
#[derive(Default)]
struct After(Option<retold::Cursor>);

impl<'de> Deserialize<'de> for After {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose().map(Self)
    }
}

/// A page of a list, with the place behind it; null behind the last.
#[derive(Serialize)]
struct Page {
    sessions: Vec<retold::SessionRow>,
    next: Option<String>,
}

fn list(
    history: &SessionHistory,
    workspace_path: Option<&str>,
    filter: &SessionFilter,
) -> Result<Page, retold::Error> {
    let sessions = history.list_sessions(workspace_path, filter)?;
    let is_full = filter.limit.is_some_and(|limit| u32::try_from(sessions.len()) == Ok(limit));
    let next = sessions.last().filter(|_| is_full).map(|last| last.cursor.to_string());
    Ok(Page { sessions, next })
}

/// An event, with the field names of `retold log -o json`.
#[derive(Serialize)]
struct Event {
    position: u64,
    revision: u64,
    r#type: &'static str,
    recorded_at: Option<Timestamp>,
    occurred_at: Option<Timestamp>,
    /// Null where it is gone.
    body: Option<retold::Event>,
}

fn latest_events(
    history: &SessionHistory,
    workspace_path: &str,
    session_id: &str,
    limit: u32,
) -> Result<Vec<Event>, retold::Error> {
    let events = history.latest_events(workspace_path, session_id, limit)?;
    let event = |recorded: retold::Recorded| Event {
        position: recorded.position.get(),
        revision: recorded.revision.get(),
        r#type: recorded.kind.name(),
        recorded_at: retold_core::time::from_micros(recorded.recorded_at),
        occurred_at: retold_core::time::from_micros(recorded.occurred_at),
        body: recorded.event,
    };
    Ok(events.into_iter().map(event).collect())
}

/// How the mirrored files stand to the log.
#[derive(Serialize)]
struct Mirror {
    position: u64,
    head: u64,
    error: Option<String>,
    skipped: Vec<String>,
}

fn mirror_status(history: &SessionHistory) -> Result<Option<Mirror>, retold::Error> {
    let status = history.mirror_status()?;
    Ok(status.map(|status| Mirror {
        position: status.position.get(),
        head: status.head.get(),
        error: status.error,
        skipped: status.skipped,
    }))
}

fn answer<T: Serialize>(done: Result<T, retold::Error>) -> Answer {
    let answer = done.map_err(|error| fault(&error))?;
    Ok(to_raw_value(&answer).expect("what a history answers has a form in JSON"))
}

/// The message is the old history's where it had one.
fn fault(error: &retold::Error) -> Fault {
    use retold::Error;
    use retold_core::Error as Log;
    let (code, kind) = match error {
        Error::BlankWorkspace { .. } => (-32001, "blank_workspace"),
        Error::SessionNotFound { .. } => (-32002, "session_not_found"),
        Error::InstanceNotFound { .. } => (-32003, "instance_not_found"),
        Error::Store(Log::TooLarge { .. }) => (-32004, "too_large"),
        Error::Store(Log::Busy { .. }) => (-32005, "busy"),
        Error::Store(Log::Full { .. }) => (-32006, "disk_full"),
        Error::Store(Log::Latched { .. }) => (-32007, "writer_stopped"),
        Error::Store(Log::Damaged { .. } | Log::Body { .. }) => (-32008, "damaged"),
        Error::ReadModels(retold_projections::Error::OtherOrder) => (-32009, "other_order"),
        Error::Store(Log::BlankKey) => (-32011, "blank_key"),
        Error::KeyReused { key, command, session_id, workspace } => {
            let used = UsedFor {
                idempotency_key: key.clone(),
                command: command.clone(),
                session_id: session_id.clone(),
                workspace: workspace.clone(),
            };
            return Fault::of_key(-32012, "key_reused", used, error.to_string());
        }
        Error::Mirror { .. } | Error::MirrorOfAnother { .. } | Error::Import(_) => (-32010, "mirror"),
        _ => (-32000, "store"),
    };
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let message = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    Fault::of_kind(code, kind, message)
}
