//! The tables, and the statements that fill them.

use std::sync::LazyLock;

use retold_core::field::session;
use retold_core::{Field, Level, Record};
use rusqlite::Connection;

use crate::builtin::columns::{names_without, read_names_without};
use crate::builtin::records;

pub(super) const TABLES: [&str; 9] = [
    include_str!("../../sql/temporal/event_time.sql"),
    include_str!("../../sql/temporal/stream_state.sql"),
    include_str!("../../sql/temporal/session_version.sql"),
    include_str!("../../sql/temporal/touch.sql"),
    include_str!("../../sql/temporal/instance_version.sql"),
    include_str!("../../sql/temporal/message_version.sql"),
    include_str!("../../sql/temporal/output_piece.sql"),
    include_str!("../../sql/temporal/workspace_seen.sql"),
    include_str!("../../sql/temporal/workspace_version.sql"),
];

/// The tables that hold rows of one stream.
pub(super) const OF_STREAM: [&str; 6] =
    ["touch", "session_version", "instance_version", "message_version", "output_piece", "workspace_version"];

/// The tables whose rows are true for an interval.
pub(super) const VERSIONS: [&str; 4] =
    ["session_version", "instance_version", "message_version", "workspace_version"];

/// What of the session's own row is not in its versions: every event may change it.
pub(super) const IN_TOUCH: Option<Field> = Some(session::updated_at);

const SESSION_BEFORE: [&str; 7] =
    ["stream", "from_position", "to_position", "from_happened", "to_happened", "workspace", "ordinal"];
const INSTANCE_BEFORE: [&str; 8] =
    ["stream", "rank", "from_position", "to_position", "from_happened", "to_happened", "moved", "output"];
const MESSAGE_BEFORE: [&str; 7] =
    ["stream", "rank", "from_position", "to_position", "from_happened", "to_happened", "moved"];
const MESSAGE_AFTER: [&str; 2] = ["content_position", "content_bytes"];

/// The statements that name the columns of a document.
pub(super) struct Statements {
    pub(super) insert_session: String,
    pub(super) load_session: String,
    pub(super) insert_instance: String,
    pub(super) load_instances: String,
    pub(super) insert_message: String,
    pub(super) load_message: String,
    pub(super) reopen_messages: String,
}

pub(super) static STATEMENTS: LazyLock<Statements> = LazyLock::new(|| {
    let record_names: Vec<&str> = records().map(Record::name).collect();
    let read = |level, left_out, more: &[&'static str]| {
        let columns: Vec<&str> =
            read_names_without(level, left_out).into_iter().chain(more.iter().copied()).collect();
        columns.join(", ")
    };
    let session = [&["from_position", "from_happened"][..], &record_names].concat();
    let message = names(&MESSAGE_BEFORE, Level::Message, None, &MESSAGE_AFTER);
    let copied: Vec<&str> = message
        .iter()
        .map(|name| match name.as_str() {
            "from_position" => "?2",
            "to_position" => "?3",
            "from_happened" => "?4",
            "to_happened" => "?5",
            name => name,
        })
        .collect();
    Statements {
        insert_session: insert(
            "session_version",
            &names(&[&SESSION_BEFORE[..], &record_names].concat(), Level::Session, IN_TOUCH, &[]),
        ),
        load_session: format!(
            "select {} from session_version where stream = ?1 and to_position = ?2 order by from_position desc limit 1",
            read(Level::Session, IN_TOUCH, &session)
        ),
        insert_instance: insert("instance_version", &names(&INSTANCE_BEFORE, Level::Instance, None, &[])),
        load_instances: format!(
            "select {} from instance_version where stream = ?1 and to_position = ?2 order by rank",
            read(Level::Instance, None, &["rank", "from_position", "from_happened", "output"])
        ),
        insert_message: insert("message_version", &message),
        load_message: format!(
            "select {} from message_version where stream = ?1 and rank = ?2 and to_position = ?3",
            read(Level::Message, None, &["content_position", "content_bytes", "from_position"])
        ),
        reopen_messages: format!(
            "insert into message_version ({}) select {} from message_version where stream = ?1 and to_position = ?6",
            message.join(", "),
            copied.join(", ")
        ),
    }
});

fn names(before: &[&str], level: Level, left_out: Option<Field>, after: &[&str]) -> Vec<String> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    [own(before), names_without(level, left_out), own(after)].concat()
}

fn insert(table: &str, names: &[String]) -> String {
    let values = vec!["?"; names.len()].join(", ");
    format!("insert into {table} ({}) values ({values})", names.join(", "))
}

pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    TABLES.iter().try_for_each(|sql| connection.execute_batch(sql))
}
