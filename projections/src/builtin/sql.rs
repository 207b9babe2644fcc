//! The statements of one generation of the tables.
//!
//! The `.sql` files name the tables that are read; where a new generation is built beside them, the mark after each
//! name becomes the suffix of the tables that it is built in.

use retold_core::{Level, Record};
use rusqlite::Connection;

use super::columns;
use super::insert::Insert;

/// Which tables statements mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// The ones that are read.
    Live,
    /// The ones that are built beside them.
    Next,
}

/// The tables, in the order in which they are made.
pub(crate) const TABLES: [(&str, &str); 5] = [
    ("workspaces", include_str!("../../sql/workspaces.sql")),
    ("sessions", include_str!("../../sql/sessions.sql")),
    ("instances", include_str!("../../sql/instances.sql")),
    ("chat_messages", include_str!("../../sql/chat_messages.sql")),
    ("output_chunks", include_str!("../../sql/output_chunks.sql")),
];

/// The indexes. A new generation gets them when it is full: filling an index in order is the cheaper way.
pub(crate) const INDEXES: [&str; 16] = [
    include_str!("../../sql/index_sessions_by_id.sql"),
    include_str!("../../sql/index_sessions_by_place.sql"),
    include_str!("../../sql/index_sessions_by_status.sql"),
    include_str!("../../sql/index_sessions_by_type.sql"),
    include_str!("../../sql/index_sessions_by_created.sql"),
    include_str!("../../sql/index_sessions_by_updated.sql"),
    include_str!("../../sql/index_sessions_by_duration.sql"),
    include_str!("../../sql/index_sessions_by_files_changed.sql"),
    include_str!("../../sql/index_sessions_by_created_in_workspace.sql"),
    include_str!("../../sql/index_sessions_by_updated_in_workspace.sql"),
    include_str!("../../sql/index_sessions_by_duration_in_workspace.sql"),
    include_str!("../../sql/index_sessions_by_files_changed_in_workspace.sql"),
    include_str!("../../sql/index_sessions_tagged.sql"),
    include_str!("../../sql/index_sessions_of_others.sql"),
    include_str!("../../sql/index_instances_by_status.sql"),
    include_str!("../../sql/index_messages_by_time.sql"),
];

const MARK: &str = "/*gen*/";
const NUMBER_MARK: &str = "/*n*/";
const NEXT: &str = "_next";

impl Generation {
    /// Returns the statement for these tables.
    pub(crate) fn render(self, sql: &str) -> String {
        match self {
            Self::Live => sql.replace(MARK, ""),
            Self::Next => sql.replace(MARK, NEXT),
        }
    }

    /// Whether these are built beside the ones that are read.
    pub(crate) fn is_building(self) -> bool {
        self == Self::Next
    }

    /// Returns a table's name in this generation.
    pub(crate) fn table(self, name: &str) -> String {
        match self {
            Self::Live => name.to_owned(),
            Self::Next => format!("{name}{NEXT}"),
        }
    }

    pub(crate) fn create_tables(self, connection: &Connection) -> rusqlite::Result<()> {
        TABLES.iter().try_for_each(|(_, sql)| connection.execute_batch(&self.render(sql)))
    }

    /// Creates an index, where it is not there yet. SQLite renames a table but no index, so an index has the number
    /// of its generation in its name.
    pub(crate) fn create_index(
        self,
        connection: &Connection,
        sql: &str,
        number: u32,
    ) -> rusqlite::Result<()> {
        connection.execute_batch(&self.render_numbered(sql, number))
    }

    /// Returns the statement for these tables, whose generation has this number.
    pub(super) fn render_numbered(self, sql: &str, number: u32) -> String {
        self.render(sql).replace(NUMBER_MARK, &format!("_{number}"))
    }
}

/// Returns the columns of a table, in order, from its declaration.
pub(crate) fn columns_of(declaration: &str) -> impl Iterator<Item = &str> {
    declared_columns(declaration).map(|(name, _)| name)
}

/// Returns the columns of a table, in order, each with its type.
pub(super) fn declared_columns(declaration: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = declaration.lines().map(str::trim_start).filter(|line| !line.starts_with("--"));
    let words = lines.filter_map(|line| line.split_once(' '));
    let columns = words.filter(|(word, _)| !matches!(*word, "create" | "primary" | ")"));
    columns.map(|(name, rest)| (name, rest.trim_start().split([' ', ',']).next().unwrap_or_default()))
}

/// A column that a table of an older release lacks. The events of that release give it no other value than its default.
pub(crate) struct MissingColumn {
    pub(crate) name: &'static str,
    /// Its line of the table's declaration.
    declaration: &'static str,
}

impl MissingColumn {
    /// Returns its default, as SQL has it.
    pub(crate) fn default(&self) -> &'static str {
        self.declaration.split_once(" default ").map_or("null", |(_, default)| default)
    }
}

/// Returns the columns of a table that the one in a database of the connection lacks.
pub(crate) fn missing_columns(
    connection: &Connection,
    schema: &str,
    table: &str,
) -> rusqlite::Result<Vec<MissingColumn>> {
    let mut statement = connection.prepare_cached("select name from pragma_table_info(?1, ?2)")?;
    let there: Vec<String> =
        statement.query_map([table, schema], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let declaration =
        TABLES.into_iter().find(|(name, _)| *name == table.trim_end_matches(NEXT)).map_or("", |(_, sql)| sql);
    let lines =
        declaration.lines().map(|line| line.split("--").next().unwrap_or(line).trim().trim_end_matches(','));
    let declared = columns_of(declaration).filter(|_| !there.is_empty());
    let missing = declared.filter(|column| there.iter().all(|known| known != column));
    Ok(missing
        .filter_map(|name| {
            let declaration = lines.clone().find(|line| line.split(' ').next() == Some(name))?;
            Some(MissingColumn { name, declaration })
        })
        .collect())
}

/// Gives the tables that an older release made the columns that they lack; inside a write transaction.
pub(crate) fn complete_tables(connection: &Connection, generation: Generation) -> rusqlite::Result<()> {
    for table in TABLES.map(|(table, _)| generation.table(table)) {
        for MissingColumn { declaration, .. } in missing_columns(connection, "main", &table)? {
            connection.execute_batch(&format!("alter table {table} add column {declaration}"))?;
        }
    }
    Ok(())
}

/// What a row has beside the columns of its document's level.
const SESSION_BEFORE: [&str; 3] = ["stream", "workspace", "ordinal"];
const SESSION_AFTER: [&str; 5] =
    ["instance_count", "message_count", "latest_instance_status", "position", "revision"];
const INSTANCE_BEFORE: [&str; 2] = ["stream", "place"];
const INSTANCE_AFTER: [&str; 2] = ["output_bytes", "output_chunks"];
const SESSION_LOADED: [&str; 5] = ["workspace", "ordinal", "message_count", "position", "revision"];
const MESSAGE_BEFORE: [&str; 2] = ["stream", "place"];
const MESSAGE_AFTER: [&str; 2] = ["content_position", "content_bytes"];

/// Returns an insertion of one row.
fn insert(table: &str, before: &[&str], level: Level, after: &[&str]) -> String {
    let own = columns::names(level);
    let names: Vec<&str> =
        before.iter().copied().chain(own.iter().map(String::as_str)).chain(after.iter().copied()).collect();
    let values = vec!["?"; names.len()].join(", ");
    format!("insert into {table} ({}) values ({values})", names.join(", "))
}

/// Returns an insertion of one row that takes the place of the row with the same key.
fn upsert(table: &str, key: &[&str], before: &[&str], level: Level, after: &[&str]) -> String {
    let own = columns::names(level);
    let others = before.iter().copied().filter(|name| !key.contains(name));
    let set: Vec<String> = others
        .chain(own.iter().map(String::as_str))
        .chain(after.iter().copied())
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let insert = insert(table, before, level, after);
    format!("{insert} on conflict ({}) do update set {}", key.join(", "), set.join(", "))
}

/// Returns a query of what a row holds: the columns of the level first.
fn load(table: &str, level: Level, more: &[&str], condition: &str) -> String {
    let names: Vec<&str> = columns::read_names(level).into_iter().chain(more.iter().copied()).collect();
    format!("select {} from {table} where {condition}", names.join(", "))
}

macro_rules! statements {
    ($($name:ident = $file:literal,)*) => {
        /// Every statement that fills the tables, for one generation.
        #[derive(Debug)]
        pub(super) struct Tables {
            pub(super) generation: Generation,
            pub(super) messages: Insert,
            pub(super) chunks: Insert,
            pub(super) load_message: String,
            pub(super) upsert_session: String,
            pub(super) load_session: String,
            pub(super) upsert_instance: String,
            pub(super) load_instances: String,
            $(pub(super) $name: String,)*
        }

        impl Tables {
            pub(super) fn new(generation: Generation) -> Self {
                let [sessions, instances, messages] =
                    ["sessions", "instances", "chat_messages"].map(|name| generation.table(name));
                let (session, instance) = (Level::Session, Level::Instance);
                let with_records = |columns: &[&'static str]| -> Vec<&'static str> {
                    columns.iter().copied().chain(columns::records().map(Record::name)).collect()
                };
                let [before, loaded] = [&SESSION_BEFORE[..], &SESSION_LOADED].map(with_records);
                let insert_message = insert(&messages, &MESSAGE_BEFORE, Level::Message, &MESSAGE_AFTER);
                let insert_chunk = generation.render(include_str!("../../sql/insert_chunk.sql"));
                Self {
                    generation,
                    messages: Insert::of(insert_message),
                    chunks: Insert::of(insert_chunk),
                    load_message: load(&messages, Level::Message, &MESSAGE_AFTER, "stream = ?1 and place = ?2"),
                    upsert_session: upsert(&sessions, &["stream"], &before, session, &SESSION_AFTER),
                    load_session: load(&sessions, session, &loaded, "stream = ?1"),
                    upsert_instance: upsert(
                        &instances,
                        &INSTANCE_BEFORE,
                        &INSTANCE_BEFORE,
                        instance,
                        &INSTANCE_AFTER,
                    ),
                    load_instances: load(&instances, instance, &INSTANCE_AFTER, "stream = ?1 order by place"),
                    $($name: generation.render(include_str!(concat!("../../sql/", $file))),)*
                }
            }
        }
    };
}

statements! {
    touch_session = "touch_session.sql",
    delete_session = "delete_session.sql",
    delete_instances = "delete_instances.sql",
    delete_message = "delete_message.sql",
    delete_messages = "delete_messages.sql",
    shift_messages_away = "shift_messages_away.sql",
    shift_messages_back = "shift_messages_back.sql",
    delete_chunks = "delete_chunks.sql",
    delete_all_chunks = "delete_all_chunks.sql",
    shift_chunks_away = "shift_chunks_away.sql",
    shift_chunks_back = "shift_chunks_back.sql",
    delete_workspace = "delete_workspace.sql",
    upsert_workspace = "upsert_workspace.sql",
    ensure_workspace = "ensure_workspace.sql",
}
