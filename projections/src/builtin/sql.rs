//! The statements of one generation of the tables.
//!
//! The `.sql` files name the tables that are read; where a new generation is built beside them, the mark behind each
//! name becomes the suffix of the tables that it is built in.

use rusqlite::Connection;

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
pub(crate) const INDEXES: [&str; 8] = [
    include_str!("../../sql/index_sessions_by_id.sql"),
    include_str!("../../sql/index_sessions_by_place.sql"),
    include_str!("../../sql/index_sessions_by_status.sql"),
    include_str!("../../sql/index_sessions_by_type.sql"),
    include_str!("../../sql/index_sessions_by_created.sql"),
    include_str!("../../sql/index_sessions_by_updated.sql"),
    include_str!("../../sql/index_instances_by_status.sql"),
    include_str!("../../sql/index_messages_by_time.sql"),
];

const MARK: &str = "/*gen*/";
const INDEX_MARK: &str = "/*n*/";
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
        let numbered = format!("_{number}");
        connection.execute_batch(&self.render(sql).replace(INDEX_MARK, &numbered))
    }
}

macro_rules! statements {
    ($($name:ident = $file:literal,)*) => {
        /// Every statement that fills the tables, for one generation.
        #[derive(Debug)]
        pub(super) struct Tables {
            pub(super) generation: Generation,
            /// Inserts [`MESSAGES_A_STATEMENT`] rows.
            pub(super) insert_messages: String,
            $(pub(super) $name: String,)*
        }

        impl Tables {
            pub(super) fn new(generation: Generation) -> Self {
                Self {
                    generation,
                    insert_messages: repeat_row(&generation.render(INSERT_MESSAGE), MESSAGES_A_STATEMENT),
                    $($name: generation.render(include_str!(concat!("../../sql/", $file))),)*
                }
            }
        }
    };
}

statements! {
    upsert_session = "upsert_session.sql",
    touch_session = "touch_session.sql",
    load_session = "load_session.sql",
    delete_session = "delete_session.sql",
    upsert_instance = "upsert_instance.sql",
    load_instances = "load_instances.sql",
    delete_instances = "delete_instances.sql",
    insert_message = "insert_message.sql",
    load_message = "load_message.sql",
    delete_message = "delete_message.sql",
    delete_messages = "delete_messages.sql",
    shift_messages_away = "shift_messages_away.sql",
    shift_messages_back = "shift_messages_back.sql",
    insert_chunk = "insert_chunk.sql",
    delete_chunks = "delete_chunks.sql",
    delete_all_chunks = "delete_all_chunks.sql",
    shift_chunks_away = "shift_chunks_away.sql",
    shift_chunks_back = "shift_chunks_back.sql",
    delete_workspace = "delete_workspace.sql",
    upsert_workspace = "upsert_workspace.sql",
    ensure_workspace = "ensure_workspace.sql",
}

const INSERT_MESSAGE: &str = include_str!("../../sql/insert_message.sql");

/// Rows that one statement inserts.
pub(super) const MESSAGES_A_STATEMENT: usize = 32;

/// Makes an insertion of many rows out of one of a single row.
fn repeat_row(sql: &str, rows: usize) -> String {
    let (insert, row) = sql.trim_end().split_once("values ").expect("an insertion of values");
    format!("{insert}values {}", vec![row; rows].join(", "))
}
