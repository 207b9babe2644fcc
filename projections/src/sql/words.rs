//! What SQLite says about a person's SQL, in words that need no knowledge of SQLite.

use rusqlite::Error;

/// Returns why SQLite refused a query that a person wrote.
pub fn sql_words(error: &Error) -> String {
    match error {
        Error::SqliteFailure(_, Some(message)) => said(message),
        Error::SqlInputError { msg, .. } => said(msg),
        Error::SqliteFailure(code, None) => said(&code.to_string()),
        Error::MultipleStatement => "there is more than one statement in it".to_owned(),
        error => said(&error.to_string()),
    }
}

/// What follows a beginning of SQLite's, and what is said instead.
const NOT_THERE: [(&str, &str); 6] = [
    ("no such table: ", "table"),
    ("no such column: ", "column"),
    ("no such function: ", "function"),
    ("no such table-valued function: ", "table function"),
    ("no such collation sequence: ", "collation"),
    ("no such index: ", "index"),
];

fn said(message: &str) -> String {
    for (beginning, what) in NOT_THERE {
        if let Some(name) = message.strip_prefix(beginning) {
            return format!("there is no {what} {name}");
        }
    }
    let between = |before: &str, after: &str| message.strip_prefix(before)?.strip_suffix(after);
    if let Some(token) = between("near \"", "\": syntax error") {
        return format!("it is not SQL from `{token}` on");
    }
    if let Some(token) = between("unrecognized token: \"", "\"") {
        return format!("it is not SQL from `{token}` on");
    }
    if let Some(name) = message.strip_prefix("ambiguous column name: ") {
        return format!("several tables have a column {name}");
    }
    if let Some(name) = between("wrong number of arguments to function ", "()") {
        return format!("the function {name} takes another number of arguments");
    }
    if let Some(name) = message.strip_prefix("not authorized to use function: ") {
        return format!("the function {name} is not allowed here");
    }
    if message.starts_with("not authorized")
        || message.starts_with("cannot modify")
        || message.contains("prohibited")
    {
        return "it does more than read".to_owned();
    }
    match message {
        "incomplete input" => "it ends too early".to_owned(),
        "malformed JSON" => "a JSON function was given a text that is not JSON".to_owned(),
        message => format!("SQLite refuses it: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn what_sqlite_says_is_said_in_words() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("create table t (a); create table u (a)").unwrap();
        let words = |sql: &str| {
            let error = connection.prepare(sql).and_then(|mut statement| {
                let mut rows = statement.raw_query();
                while rows.next()?.is_some() {}
                Ok(())
            });
            format!("{sql}: {}", sql_words(&error.unwrap_err()))
        };
        let queries = [
            "select )",
            "select",
            "select 'a",
            "select #",
            "select x",
            "select * from x",
            "select x(1)",
            "select abs(1, 2)",
            "select a from t, u",
            "select json('{')",
            "select abs(-9223372036854775808)",
            "select 1; select 2",
            "select sum(a) from t where sum(a)",
        ];
        insta::assert_snapshot!(queries.map(words).join("\n"));
    }
}
