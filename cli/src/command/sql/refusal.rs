//! Why a question was not answered, with the place in it where SQLite knows it.

use retold_present::caret;
use retold_projections::sql_words;
use rusqlite::{Error, ErrorCode};

use crate::failure::Failure;

/// What a question may be.
pub(in crate::command) const WHAT: &str =
    "ask with one `select`, `with`, `values`, `explain` or `pragma table_info`; the store is read-only here";

const TABLES: &str =
    "`retold sql .tables` lists the tables, `retold sql '.schema sessions'` the columns of one";

const JSON: &str = "`body` and `extra` are always JSON; of other texts `json_valid(x)` tells which are";

/// Returns what the person is told about SQLite's error.
pub(in crate::command) fn of(error: Error, query: &str) -> Failure {
    match (error.sqlite_error_code(), &error) {
        (Some(ErrorCode::OperationInterrupted), _) => Failure::interrupted(),
        (Some(ErrorCode::AuthorizationForStatementDenied), _) => {
            Failure::usage("query: it does more than read").hint(WHAT)
        }
        (_, Error::MultipleStatement) => {
            Failure::usage("query: there is more than one statement in it").hint(WHAT)
        }
        (Some(ErrorCode::OutOfMemory), _) => Failure::usage("query: it needs more memory than one may have")
            .hint(
                "ask for less in one value: a query may take 1.5 GiB, what it sorts goes to temporary files",
            ),
        // The views over the read models.
        (_, Error::SqlInputError { msg, .. }) if msg.starts_with("cannot modify ") => {
            Failure::usage("query: it does more than read").hint(WHAT)
        }
        (_, Error::SqlInputError { msg, offset, .. }) => {
            let failure = Failure::usage(format!("query: {}", sql_words(&error)));
            let failure = match msg.starts_with("no such table") || msg.starts_with("no such column") {
                true => failure.hint(TABLES),
                false => failure,
            };
            usize::try_from(*offset)
                .map_or(None, |offset| caret(query, offset))
                .into_iter()
                .fold(failure, Failure::detail)
        }
        (
            Some(ErrorCode::Unknown | ErrorCode::TypeMismatch | ErrorCode::TooBig),
            Error::SqliteFailure(_, Some(message)),
        ) => {
            let failure = Failure::usage(format!("query: {}", sql_words(&error)));
            if message == "malformed JSON" { failure.hint(JSON) } else { failure }
        }
        _ => retold_core::Error::sqlite("query")(error).into(),
    }
}
