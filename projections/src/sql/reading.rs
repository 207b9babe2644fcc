//! What SQL of strangers may do: read.

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

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

/// Lets a connection read and nothing else from now on: <https://sqlite.org/c3ref/set_authorizer.html>. It attaches nothing, sets
/// nothing, and calls no function that reaches outside.
///
/// What SQLite asks is answered by this list alone, so an action that a later SQLite adds is refused.
///
/// # Errors
/// Where the connection is busy with a statement.
pub fn allow_reading(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "query_only", true)?;
    connection.authorizer(Some(|context: AuthContext<'_>| answer(&context.action)))
}

fn answer(action: &AuthAction<'_>) -> Authorization {
    let is_reading = match action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => !crate::reaches_outside(function_name),
        AuthAction::Pragma { pragma_name, pragma_value } => {
            is_one_of(PRAGMAS, pragma_name)
                || (pragma_value.is_none() && is_one_of(PRAGMAS_BARE, pragma_name))
        }
        _ => false,
    };
    if is_reading { Authorization::Allow } else { Authorization::Deny }
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
