//! What SQL of somebody else may do: one guard, and a policy for each who writes some.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// What begins the names of the host's own tables.
pub(crate) const OWN: &str = "retold_";

/// Functions that read or write outside the store, where a build of SQLite has them.
const OUTSIDE: &[&str] =
    &["load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "fsdir", "lsdir"];
/// Functions that answer differently each time.
const RANDOM: &[&str] = &["random", "randomblob"];
/// Functions that answer otherwise at the next rebuild.
const OF_THE_RUN: &[&str] = &[
    "changes",
    "total_changes",
    "last_insert_rowid",
    "current_date",
    "current_time",
    "current_timestamp",
    "sqlite_offset",
];

/// Pragmas that tell something, whatever their argument.
const PRAGMAS: &[&str] = &[
    "collation_list",
    "compile_options",
    "database_list",
    "data_version",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "module_list",
    "pragma_list",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Pragmas that tell something without an argument, and change it with one.
const PRAGMAS_BARE: &[&str] = &[
    "application_id",
    "auto_vacuum",
    "encoding",
    "freelist_count",
    "journal_mode",
    "page_count",
    "page_size",
    "schema_version",
    "user_version",
];

/// What statements may do. What SQLite asks is answered by this alone, so an action that a later SQLite adds is refused, and none
/// attaches, sets or begins anything: <https://sqlite.org/c3ref/set_authorizer.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowed {
    reads: Tables,
    calls: Calls,
    /// Whether it may ask the pragmas that tell something.
    asks_pragmas: bool,
    writes: Writes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tables {
    All,
    /// Neither the host's nor SQLite's.
    Own,
}

/// Which functions; each of these has what the one after it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Calls {
    /// Those that reach nothing outside.
    Inside,
    /// Those that are not drawn at random.
    Steady,
    /// Those whose answer comes from their arguments alone.
    Repeatable,
}

/// Of its own tables, and of no attached database; each of these may do what the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Writes {
    Nothing,
    Rows,
    /// Tables, their indexes and views, with what is in them.
    Tables,
}

impl Allowed {
    /// A question of a person, an application or an agent.
    const QUESTION: Self =
        Self { reads: Tables::All, calls: Calls::Inside, asks_pragmas: true, writes: Writes::Nothing };
    /// An expression that is asked again and again, after the events alone that change what it reads.
    const EXPRESSION: Self =
        Self { reads: Tables::All, calls: Calls::Steady, asks_pragmas: false, writes: Writes::Nothing };
    /// The statements of a declared projection at an event.
    pub(crate) const EVENT: Self =
        Self { reads: Tables::Own, calls: Calls::Repeatable, asks_pragmas: false, writes: Writes::Rows };
    /// The statements that make the tables of a declared projection.
    pub(crate) const SCHEMA: Self =
        Self { reads: Tables::All, calls: Calls::Repeatable, asks_pragmas: false, writes: Writes::Tables };

    pub(crate) fn answer(self, context: &AuthContext<'_>) -> Authorization {
        match self.allows(&context.action, context.database_name) {
            true => Authorization::Allow,
            false => Authorization::Deny,
        }
    }

    fn allows(self, action: &AuthAction<'_>, database: Option<&str>) -> bool {
        let makes = |name: &str| {
            let is_main = database.is_none_or(|name| name == "main");
            self.writes == Writes::Tables && is_main && is_own_table(name)
        };
        match action {
            AuthAction::Select | AuthAction::Recursive => true,
            AuthAction::Read { table_name, .. } => self.reads == Tables::All || is_own_table(table_name),
            AuthAction::Function { function_name } => self.calls(function_name),
            AuthAction::Pragma { pragma_name, pragma_value } => {
                let is_bare = pragma_value.is_none() && is_one_of(PRAGMAS_BARE, pragma_name);
                self.asks_pragmas && (is_bare || is_one_of(PRAGMAS, pragma_name))
            }
            AuthAction::Insert { table_name }
            | AuthAction::Update { table_name, .. }
            | AuthAction::Delete { table_name } => {
                let is_main = database.is_none_or(|name| name == "main");
                let is_written = is_own_table(table_name)
                    // What `create table` writes.
                    || (self.writes == Writes::Tables && is_one_of(&["sqlite_master", "sqlite_schema"], table_name));
                self.writes >= Writes::Rows && is_main && is_written
            }
            AuthAction::CreateTable { table_name: name }
            | AuthAction::CreateIndex { table_name: name, .. }
            | AuthAction::CreateView { view_name: name } => makes(name),
            // What `create index` does once it has made one.
            AuthAction::Reindex { .. } => self.writes == Writes::Tables,
            _ => false,
        }
    }

    fn calls(self, function: &str) -> bool {
        !(is_one_of(OUTSIDE, function)
            || (self.calls >= Calls::Steady && is_one_of(RANDOM, function))
            || (self.calls >= Calls::Repeatable && is_one_of(OF_THE_RUN, function)))
    }
}

/// Lets a connection read and nothing else from now on: it attaches nothing, sets nothing, and calls no function that reaches
/// outside.
///
/// # Errors
/// Where the connection is busy with a statement.
pub fn allow_reading(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "query_only", true)?;
    connection.authorizer(Some(|context: AuthContext<'_>| Allowed::QUESTION.answer(&context)))
}

/// Tables and columns that are read: (table, column), the column empty where the rows of a table are counted alone.
pub type ReadColumns = HashSet<(String, String)>;

/// Prepares an expression on a connection, which may read there and nothing else, and draw nothing at random; returns what it reads
/// with what `prepare` returns. Whatever else the connection is to do, it may before and after: a statement keeps what it was
/// allowed when it was prepared.
///
/// # Errors
/// Where the connection is busy with a statement.
pub fn prepare_expression<T>(
    connection: &mut Connection,
    prepare: impl FnOnce(&Connection) -> T,
) -> rusqlite::Result<(T, ReadColumns)> {
    let reads = Arc::new(Mutex::new(ReadColumns::new()));
    let seen = Arc::clone(&reads);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        if let AuthAction::Read { table_name, column_name } = context.action {
            seen.lock().insert((table_name.to_owned(), column_name.to_owned()));
        }
        Allowed::EXPRESSION.answer(&context)
    }))?;
    let prepared = prepare(connection);
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
    let reads = std::mem::take(&mut *reads.lock());
    Ok((prepared, reads))
}

fn is_own_table(name: &str) -> bool {
    let begins =
        |prefix: &str| name.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
    !begins(OWN) && !begins("sqlite_") && !begins("pragma_") && !name.eq_ignore_ascii_case("dbstat")
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("create table t (a unique); insert into t values (1)").unwrap();
        allow_reading(&mut connection).unwrap();
        connection
    }

    #[test]
    fn reading_is_allowed() {
        let connection = guarded();
        for query in [
            "select a, abs(a) from t",
            "with recursive n(i) as (values (1) union all select i + 1 from n where i < 3) select sum(i) from n",
            "pragma table_info(t)",
            "select name from pragma_table_info('t')",
            "select key from json_each('{\"a\": 1}')",
            "pragma user_version",
            "explain query plan select a from t",
            "select name from sqlite_schema",
        ] {
            let outcome = connection.prepare(query).and_then(|mut statement| {
                let mut rows = statement.raw_query();
                while rows.next()?.is_some() {}
                Ok(())
            });
            assert_eq!(outcome, Ok(()), "{query}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let connection = guarded();
        for query in [
            "insert into t values (2)",
            "update t set a = 2",
            "delete from t",
            "create table u (a)",
            "create temp table u (a)",
            "drop table t",
            "alter table t rename to u",
            "attach ':memory:' as other",
            "vacuum into 'x'",
            "pragma user_version = 5",
            "pragma query_only = 0",
            "pragma writable_schema = 1",
            "pragma journal_mode = delete",
            "pragma wal_checkpoint",
            "select load_extension('x')",
            "begin",
            "savepoint s",
            "reindex",
            "analyze",
            "create virtual table temp.f using fts5(a)",
            "explain insert into t values (2)",
        ] {
            let outcome = connection.prepare(query).and_then(|mut statement| {
                statement.raw_query().next()?;
                Ok(())
            });
            assert!(outcome.is_err(), "{query}");
        }
    }
}
