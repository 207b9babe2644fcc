//! The words of each error.

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
    hint: bring it up to date with `retold store migrate up`, or a copy of it where nothing can be written; nothing is lost by it
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
        (Exit::Io, "error: write the answer: the disk is full\n".to_owned())
    );
}

#[test]
fn a_read_model_that_cannot_be_used_says_what_to_do() {
    let (exit, text) =
        told(retold_projections::Error::Diverged { position: retold_core::Position::ZERO.plus(5) });
    assert_eq!(exit, Exit::OtherHead);
    insta::assert_snapshot!(text, @"
    error: keep the read models: they stand for position 5 of another history
    hint: the log is the truth: `retold projections rebuild` makes them again from it
    ");
    let (exit, text) = told(retold_projections::Error::RebuildUnderWay);
    assert_eq!(exit, Exit::Busy);
    insta::assert_snapshot!(text, @"
    error: rebuild the read models: another process does so already
    hint: wait until it is done, and all is rebuilt
    ");
    let names =
        (1..8).map(|number| retold_core::StreamName::session("atlas", format!("a{number}"), 1)).collect();
    let (exit, text) = told(retold_projections::Error::Ambiguous { name: "a".to_owned(), candidates: names });
    assert_eq!(exit, Exit::Usage);
    insta::assert_snapshot!(text, @"
    error: find session a: more than one is meant
      atlas/a1
      atlas/a2
      atlas/a3
      atlas/a4
      atlas/a5
      and more
    hint: name one of them as listed, or more of its id
    ");
    let (exit, text) = told(retold_projections::Error::NoSession { name: "a".to_owned() });
    assert_eq!((exit, text.as_str()), (Exit::Nothing, "error: find session a: there is none\n"));
    let (exit, _) = told(retold_projections::Error::Log(Error::Full { act: "append" }));
    assert_eq!(exit, Exit::Io);
}

#[test]
fn an_import_that_finds_nothing_says_where_to_look() {
    let (exit, text) = told(retold_importer::Error::NoSessions { act: "import", path: path() });
    assert_eq!(exit, Exit::Nothing);
    insta::assert_snapshot!(text, @"
    error: import sessions.db: no session files in this folder
    hint: session histories are in `~/.ait42/sessions`; older ones in a project's `.ait42`
    ");
    let not = retold_importer::Error::NotAHistory { act: "import", path: path(), found: "{".to_owned() };
    let (exit, text) = told(not);
    assert_eq!(exit, Exit::Usage);
    insta::assert_snapshot!(text, @"error: import sessions.db: not a session history, expected a JSON array of sessions, found {");
    let (exit, text) = told(retold_importer::Error::NoQuarantined { id: 3 });
    assert_eq!(exit, Exit::Nothing);
    insta::assert_snapshot!(text, @"
    error: find quarantined record 3: there is none
    hint: `retold store quarantine list` shows what there is
    ");
}
