//! Events that do not fit: refused at the door; left out, with a record, where the log has them already.

use retold_core::event::{BodyRedacted, MessageRemoved, SessionDeleted, SessionRestored};
use retold_core::{Commit, Error as LogError, Event, Expected, InvalidEvent, Options};
use retold_projections::{Error, ProjectionState, Store};
use rusqlite::types::Value;

use crate::given;
use crate::rows::{Rows, query};

#[test]
fn a_commit_that_does_not_fit_changes_nothing() {
    let folder = given::folder();
    let store = given::store(&folder);
    let (a, b) = (given::record("w1", "a1"), given::record("w1", "b2"));
    given::append(store.log(), &a, [given::created("a1"), given::said("m1", "hello")]);
    let (rows, status) = (Rows::of(&store), store.status().unwrap());
    let removed = MessageRemoved { index: 1, updated_at: None };
    let commit = Commit::to(b.clone(), Expected::Any, [given::created("b2")]).and(
        a.clone(),
        Expected::Any,
        [given::task("not to be"), removed.into()],
    );
    match store.log().append(commit).unwrap_err() {
        LogError::InvalidEvent { stream, source: InvalidEvent::NoSuchIndex { index: 1, length: 1, .. } } => {
            assert_eq!(stream, a)
        }
        other => panic!("{other}"),
    }
    assert_eq!((Rows::of(&store), store.status().unwrap()), (rows, status));
    given::append(store.log(), &b, [given::created("b2")]);
    assert_eq!(Rows::of(&store).table("sessions").len(), 2);
}

#[test]
fn a_commit_that_restores_a_session_may_go_on_with_it() {
    let folder = given::folder();
    let store = given::store(&folder);
    let name = given::record("w1", "a1");
    given::append(
        store.log(),
        &name,
        [given::created("a1"), given::said("m1", "hello"), SessionDeleted {}.into()],
    );
    let removed = |index| MessageRemoved { index, updated_at: None }.into();
    let past = Commit::to(name.clone(), Expected::Any, [SessionRestored {}.into(), removed(1)]);
    assert!(matches!(store.log().append(past).unwrap_err(), LogError::InvalidEvent { .. }));
    given::append(store.log(), &name, [SessionRestored {}.into(), removed(0)]);
    assert_eq!(Rows::of(&store).table("chat_messages").len(), 0);
    assert_eq!(Rows::of(&store).table("sessions").len(), 1);
}

#[test]
fn rows_that_are_filled_again_stand_at_their_sessions_last_event() {
    let folder = given::folder();
    let store = given::store(&folder);
    let a = given::record("w1", "a1");
    given::append(store.log(), &a, [given::created("a1"), given::said("m1", "a secret")]);
    given::append(store.log(), &a, [SessionDeleted {}.into(), SessionRestored {}.into()]);
    let redacted = BodyRedacted { position: 2, reason: "a secret".to_owned() };
    given::append(store.log(), &a, [redacted.into()]);
    let rows = query(store.log().reader().unwrap().connection(), "select position, revision from sessions");
    assert_eq!(rows, [[Value::Integer(5), Value::Integer(5)]]);
}

#[test]
fn a_commit_that_does_not_fit_harms_no_other_caller() {
    let folder = given::folder();
    let store = given::store(&folder);
    let name = given::record("w1", "a1");
    given::append(store.log(), &name, [given::created("a1")]);
    let tickets: Vec<_> = (0..200)
        .map(|number| {
            let event = if number % 2 == 0 { given::said("m", "hello") } else { SessionRestored {}.into() };
            store.log().append_later(Commit::to(name.clone(), Expected::Any, [event])).unwrap()
        })
        .collect();
    for (number, ticket) in tickets.into_iter().enumerate() {
        assert_eq!(ticket.wait().is_ok(), number % 2 == 0);
    }
    let rows = Rows::of(&store);
    assert_eq!(rows.table("chat_messages").len(), 100);
    store.rebuild(|_| true).unwrap();
    assert_eq!(Rows::of(&store), rows);
}

#[test]
fn an_invalid_event_in_the_log_is_recorded_and_left_out() {
    let folder = given::folder();
    let log = given::bare_log(&folder);
    let (a, w) = (given::record("w1", "a1"), retold_core::StreamName::workspace("w1"));
    let history: [(&_, Event); 9] = [
        (&a, given::task("too early")),
        (&a, given::created("a1")),
        (&a, given::created("a1")),
        (&a, given::said("m1", "hello")),
        (&a, SessionDeleted {}.into()),
        (&a, given::task("too late")),
        (&w, given::created("stray")),
        (&a, SessionRestored {}.into()),
        (&a, given::said("m2", "again")),
    ];
    for (stream, event) in history {
        given::append(&log, stream, [event]);
    }
    drop(log);
    let store = given::store(&folder);
    let skipped = || {
        let reader = store.log().reader().unwrap();
        query(reader.connection(), "select position, reason from projection_skip where building = 0")
            .into_iter()
            .map(|row| match &row[..] {
                [Value::Integer(position), Value::Text(reason)] => format!("{position}: {reason}"),
                other => panic!("{other:?}"),
            })
            .collect::<Vec<_>>()
    };
    insta::assert_snapshot!(skipped().join("\n"), @r"
    1: TaskChanged on a session that was never created
    3: SessionCreated on a session that exists
    6: TaskChanged on a deleted session
    7: SessionCreated in the stream of another kind
    ");
    let rows = Rows::of(&store);
    assert_eq!(rows.table("sessions")[0][7], Value::from("mend the door".to_owned()));
    assert_eq!(rows.table("chat_messages").len(), 2);
    let before = skipped();
    store.rebuild(|_| true).unwrap();
    assert_eq!(Rows::of(&store), rows);
    assert_eq!(skipped(), before);
    let status = store.sidecars().status_of("builtin", 0).unwrap();
    let told = status.skipped.iter().map(|(position, reason)| format!("{position}: {reason}"));
    assert_eq!(told.collect::<Vec<_>>(), before);
}

#[test]
fn read_models_of_another_history_are_named_and_can_be_rebuilt() {
    let folder = given::folder();
    let store = given::store(&folder);
    given::append(store.log(), &given::record("w1", "a1"), [given::created("a1")]);
    let rows = Rows::of(&store);
    store.log().open_writer().unwrap().execute("update projection set hash = zeroblob(32)", []).unwrap();
    assert_eq!(store.status().unwrap().state, ProjectionState::Diverged);
    let refused =
        store.log().append(Commit::to(given::record("w1", "b2"), Expected::Any, [given::created("b2")]));
    insta::assert_snapshot!(refused.unwrap_err(), @"keep the read models: they diverged: position 1 is another event in this log: rebuild them");
    drop(store);
    let path = folder.path().join("sessions.db");
    match Store::open(&path, Options::new()).unwrap_err() {
        Error::Diverged { position } if position.get() == 1 => {}
        other => panic!("{other}"),
    }
    let store = Store::open_as_it_is(&path, Options::new()).unwrap();
    store.rebuild(|_| true).unwrap();
    assert_eq!(store.status().unwrap().state, ProjectionState::CaughtUp);
    assert_eq!(Rows::of(&store), rows);
}
