//! Errors of the libraries, with their exit codes and hints.

use super::Failure;
use crate::exit::Exit;

impl From<retold_core::Error> for Failure {
    fn from(error: retold_core::Error) -> Self {
        use retold_core::Error;
        use retold_core::event::BodyError;
        let (exit, hint) = match &error {
            Error::NoStore { .. } => {
                (Exit::NotAStore, "make one with `retold import ~/.ait42`, or name another with --store")
            }
            Error::NotAStore { .. } => (Exit::NotAStore, "name another file with --store"),
            Error::Newer { .. } | Error::Body { source: BodyError::Newer { .. }, .. } => {
                (Exit::NotAStore, "install the newest retold to read it; this one has not touched it")
            }
            Error::Older { .. } => {
                (Exit::NotAStore, "bring it up to date with `retold migrate up`; nothing is lost by it")
            }
            Error::Busy { .. } => (Exit::Busy, "another process is writing; try again when it is done"),
            Error::Conflict { .. } => (Exit::Busy, "somebody else wrote to it meanwhile; try again"),
            Error::Full { .. } => (Exit::Io, "make room; what was acknowledged before is safe"),
            Error::ReadOnly { .. } => {
                (Exit::Io, "SQLite writes beside the store too: its folder must be writable")
            }
            Error::Damaged { .. } | Error::Body { .. } => {
                (Exit::Damaged, "`retold verify` says how far the damage goes")
            }
            _ => (Exit::Io, ""),
        };
        let failure = Self::caused(exit, &error);
        if hint.is_empty() { failure } else { failure.hint(hint) }
    }
}

impl From<retold_migrations::Error> for Failure {
    fn from(error: retold_migrations::Error) -> Self {
        use retold_migrations::Error;
        match error {
            Error::Sqlite(source) => retold_core::Error::sqlite("move the schema")(source).into(),
            Error::Newer { .. } => Self::caused(Exit::NotAStore, &error).hint("install the newest retold"),
            Error::Unknown { known, .. } => {
                Self::caused(Exit::Usage, &error).hint(format!("name one from 0 to {known}"))
            }
            Error::Loses { .. } => Self::caused(Exit::Usage, &error)
                .hint("nothing was changed; `retold migrate status` shows where the store is"),
            _ => Self::caused(Exit::Io, &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use retold_core::Error;

    fn told(failure: impl Into<Failure>) -> (Exit, String) {
        let failure = failure.into();
        let mut text = Vec::new();
        failure.tell(&mut text, false).unwrap();
        (failure.exit(), String::from_utf8(text).unwrap())
    }

    fn path() -> PathBuf {
        PathBuf::from("sessions.db")
    }

    #[test]
    fn a_full_disk_is_told_with_its_hint() {
        let (exit, text) = told(Error::Full { act: "append" });
        assert_eq!(exit, Exit::Io);
        insta::assert_snapshot!(text, @r"
        error: append: the disk is full
        hint: make room; what was acknowledged before is safe
        ");
    }

    #[test]
    fn a_chain_of_causes_is_one_line() {
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let (exit, text) = told(Error::Io { act: "open", path: path(), source: denied });
        assert_eq!(exit, Exit::Io);
        assert_eq!(text, "error: open sessions.db: permission denied\n");
    }

    #[test]
    fn an_older_and_a_read_only_store_are_told() {
        let (exit, text) = told(Error::Older { path: path(), found: 1, known: 2 });
        assert_eq!(exit, Exit::NotAStore);
        insta::assert_snapshot!(text, @r"
        error: open sessions.db: schema 1 is older than 2, and the store is open for reading only
        hint: bring it up to date with `retold migrate up`; nothing is lost by it
        ");
        let (exit, text) = told(Error::ReadOnly { act: "append" });
        assert_eq!(exit, Exit::Io);
        insta::assert_snapshot!(text, @r"
        error: append: the store is read-only
        hint: SQLite writes beside the store too: its folder must be writable
        ");
    }

    #[test]
    fn an_interruption_and_a_closed_pipe_say_nothing() {
        assert_eq!(told(Failure::interrupted()), (Exit::Interrupted, String::new()));
        let closed = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert_eq!(told(Failure::output(closed)), (Exit::Done, String::new()));
    }

    #[test]
    fn an_answer_that_cannot_be_written_is_told() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(
            told(Failure::output(full)),
            (Exit::Io, "error: write the answer: no storage space\n".to_owned())
        );
    }
}
