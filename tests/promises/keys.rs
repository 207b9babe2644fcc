//! An idempotency key stands for one write: it is made once, and the key is refused for another.

use std::process::{Command, Stdio};

use retold::{Error, Session, SessionHistory};
use retold_core::{Commit, Error as LogError, Expected, Fault, Revision};
use retold_tests::{Store, all_events, assert_sound, created, name, place, task};
use serde_json::{Value, json};

const SHED: &str = "/src/shed";
const ATTIC: &str = "/src/attic";

fn document(id: &str, task: &str) -> Session {
    place::document(id, task, &[1, 2])
}

fn message(content: &str) -> retold::Message {
    place::said("m", content)
}

/// Two workspaces with two sessions each, one of which was deleted.
fn begun(store: &Store) -> SessionHistory {
    let history = SessionHistory::open(store.path()).unwrap();
    for workspace in [SHED, ATTIC] {
        for id in ["a1", "b1", "gone"] {
            history.create_session(workspace, document(id, "begin")).unwrap();
        }
        history.delete_session(workspace, "gone").unwrap();
    }
    history
}

/// Every write, each in another command, workspace, session or content than the others.
type Write = (&'static str, Box<dyn Fn(&SessionHistory, &str) -> Result<Option<Session>, Error>>);

fn once<'h>(history: &'h SessionHistory, key: &str) -> retold::Writes<'h> {
    history.with_idempotency_key(key)
}

fn writes() -> Vec<Write> {
    macro_rules! write {
        ($history:ident, $key:ident, $what:expr, $done:expr) => {
            ($what, Box::new(|$history: &SessionHistory, $key: &str| $done))
        };
    }
    vec![
        write!(h, k, "create", once(h, k).create_session(SHED, document("c1", "one")).map(Some)),
        write!(h, k, "create, workspace", once(h, k).create_session(ATTIC, document("c1", "one")).map(Some)),
        write!(h, k, "create, content", once(h, k).create_session(SHED, document("c1", "two")).map(Some)),
        write!(h, k, "update", once(h, k).update_session(SHED, document("a1", "one")).map(Some)),
        write!(h, k, "update, content", once(h, k).update_session(SHED, document("a1", "two")).map(Some)),
        write!(
            h,
            k,
            "update to what it is",
            once(h, k).update_session(SHED, document("b1", "begin")).map(Some)
        ),
        write!(h, k, "say", once(h, k).add_chat_message(SHED, "a1", message("one")).map(Some)),
        write!(h, k, "say, session", once(h, k).add_chat_message(SHED, "b1", message("one")).map(Some)),
        write!(h, k, "say, workspace", once(h, k).add_chat_message(ATTIC, "a1", message("one")).map(Some)),
        write!(h, k, "say, content", once(h, k).add_chat_message(SHED, "a1", message("two")).map(Some)),
        write!(h, k, "status", once(h, k).update_instance_status(SHED, "a1", 1, "done").map(Some)),
        write!(h, k, "status, instance", once(h, k).update_instance_status(SHED, "a1", 2, "done").map(Some)),
        write!(h, k, "output", once(h, k).append_output(SHED, "a1", 1, "one").map(|_| None)),
        write!(h, k, "output, content", once(h, k).append_output(SHED, "a1", 1, "two").map(|_| None)),
        write!(h, k, "winner", once(h, k).select_winner(SHED, "a1", Some(1)).map(Some)),
        write!(h, k, "no winner", once(h, k).select_winner(SHED, "a1", None).map(Some)),
        write!(h, k, "delete", once(h, k).delete_session(SHED, "b1").map(|()| None)),
        write!(h, k, "delete of nothing", once(h, k).delete_session(SHED, "nobody").map(|()| None)),
        write!(h, k, "restore", once(h, k).restore_session(SHED, "gone").map(Some)),
    ]
}

#[test]
fn a_key_is_for_one_write_and_refused_for_every_other() {
    let writes = writes();
    for (used, first) in &writes {
        let store = Store::new();
        let history = begun(&store);
        let answer = first(&history, "k").unwrap_or_else(|error| panic!("{used}: {error}"));
        let events = all_events(history.store().log()).len();
        for (other, again) in &writes {
            let outcome = again(&history, "k");
            if used == other {
                assert_eq!(outcome.unwrap(), answer, "{used}, again");
                continue;
            }
            let error = outcome.err().unwrap_or_else(|| panic!("{other} was answered by {used}"));
            assert!(
                matches!(&error, Error::KeyReused { key, .. } if key == "k"),
                "{used}, {other}: {error:?}"
            );
        }
        assert_eq!(all_events(history.store().log()).len(), events, "{used}: a key that was refused wrote");
        // Another process, another day.
        drop(history);
        let history = SessionHistory::open(store.path()).unwrap();
        assert_eq!(first(&history, "k").unwrap(), answer, "{used}, reopened");
        assert_sound(history.store().log());
    }
}

#[test]
fn a_refusal_says_what_the_key_was_used_for() {
    let store = Store::new();
    let history = begun(&store);
    history.with_idempotency_key("k").add_chat_message(SHED, "a1", message("one")).unwrap();
    let error = history.with_idempotency_key("k").delete_session(ATTIC, "b1").unwrap_err();
    let said =
        "The idempotency key \"k\" was used for another write: add chat message, session a1 of /src/shed";
    assert_eq!(error.to_string(), said);
    // Polled, it is read by another thread, and says the same.
    let mut ticket = history.with_idempotency_key("k").delete_session_later(ATTIC, "b1").unwrap();
    let error = loop {
        match ticket.poll() {
            Ok(None) => std::thread::yield_now(),
            Ok(Some(())) => panic!("it was answered"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), said);
    history.get_session(ATTIC, "b1").unwrap();
}

#[test]
fn a_blank_key_is_no_key() {
    let store = Store::new();
    let history = begun(&store);
    let events = all_events(history.store().log()).len();
    for key in ["", " ", "\t\n", "\u{3000}"] {
        for (write, make) in writes() {
            let error = make(&history, key).unwrap_err();
            assert!(matches!(error, Error::Store(LogError::BlankKey)), "{write} with {key:?}: {error:?}");
        }
        let commit = Commit::to(name("a1"), Expected::Any, [created("a1")]).key(key);
        assert!(matches!(history.store().log().append(commit), Err(LogError::BlankKey)));
    }
    assert_eq!(all_events(history.store().log()).len(), events);
}

#[test]
fn a_write_that_changes_nothing_remembers_its_key() {
    let store = Store::new();
    let history = begun(&store);
    let before = history.with_idempotency_key("same").update_session(SHED, document("a1", "begin")).unwrap();
    history.with_idempotency_key("none").delete_session(SHED, "later").unwrap();
    // What comes between is not undone by a retry.
    history.update_session(SHED, document("a1", "changed")).unwrap();
    history.create_session(SHED, document("later", "begin")).unwrap();
    assert_eq!(
        history.with_idempotency_key("same").update_session(SHED, document("a1", "begin")).unwrap(),
        before
    );
    history.with_idempotency_key("none").delete_session(SHED, "later").unwrap();
    assert_eq!(history.get_session(SHED, "a1").unwrap().task, "changed");
    assert_eq!(history.get_session(SHED, "later").unwrap().task, "begin");
    assert_sound(history.store().log());
}

#[test]
fn a_write_that_was_refused_may_be_tried_again_with_its_key() {
    let store = Store::new();
    let history = begun(&store);
    let refused = history.with_idempotency_key("k").add_chat_message(SHED, "later", message("one"));
    assert!(matches!(refused, Err(Error::SessionNotFound { .. })));
    history.create_session(SHED, document("later", "begin")).unwrap();
    let said = history.with_idempotency_key("k").add_chat_message(SHED, "later", message("one")).unwrap();
    assert_eq!(said.chat_history.len(), 1);
}

#[test]
fn one_key_at_once_from_many_threads_is_one_write() {
    let store = Store::new();
    let history = begun(&store);
    let other = SessionHistory::open(store.path()).unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let history = if number % 2 == 0 { &history } else { &other };
            scope.spawn(move || {
                for round in 0..20 {
                    let key = format!("round-{round}");
                    let ticket = history
                        .with_idempotency_key(&key)
                        .add_chat_message_later(SHED, "a1", message(&key))
                        .unwrap();
                    assert!(
                        ticket
                            .wait()
                            .unwrap()
                            .chat_history
                            .iter()
                            .any(|said| said.content == key.as_str().into())
                    );
                }
            });
        }
    });
    assert_eq!(history.get_session(SHED, "a1").unwrap().chat_history.len(), 20);
}

#[test]
fn a_plain_commit_is_bound_to_its_key_too() {
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    let long = "x".repeat(10_000);
    let first =
        || Commit::to(name("a1"), Expected::Any, [task("one"), retold_tests::message(&*long)]).key("k");
    let appended = log.append(first()).unwrap();
    let again = log.append(first()).unwrap();
    assert_eq!((again.first, again.last, again.repeated), (appended.first, appended.last, true));
    // What is expected, and when it happened, is not what is written.
    let at_once =
        Commit::to(name("a1"), Expected::At(Revision::ZERO), [task("one"), retold_tests::message(&*long)]);
    assert!(log.append(at_once.key("k")).unwrap().repeated);
    let longer = "x".repeat(10_001);
    for other in [
        Commit::to(name("a1"), Expected::Any, [task("two"), retold_tests::message(&*long)]),
        Commit::to(name("a1"), Expected::Any, [task("one"), retold_tests::message(&*longer)]),
        Commit::to(name("a1"), Expected::Any, [task("one")]),
        Commit::to(name("b1"), Expected::Any, [task("one"), retold_tests::message(&*long)]),
        Commit::to(name("a1"), Expected::Any, [retold_tests::message(&*long), task("one")]),
    ] {
        let error = log.append(other.key("k")).unwrap_err();
        assert!(matches!(error, LogError::KeyReused { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "append: the idempotency key \"k\" was used for another write: append, session a1"
        );
    }
    assert_eq!(all_events(&log).len(), 3);
}

#[test]
fn a_key_of_an_older_release_is_honoured() {
    let store = Store::new();
    let history = begun(&store);
    let answer = history.with_idempotency_key("k").add_chat_message(SHED, "a1", message("one")).unwrap();
    drop(history);
    store
        .attacker()
        .execute("update commit_key set stream = null, command = null, digest = null", [])
        .unwrap();
    let history = SessionHistory::open(store.path()).unwrap();
    let events = all_events(history.store().log()).len();
    assert_eq!(
        history.with_idempotency_key("k").add_chat_message(SHED, "a1", message("one")).unwrap(),
        answer
    );
    // What it was used for is not known: it is taken for the same write.
    assert_eq!(
        history.with_idempotency_key("k").add_chat_message(SHED, "a1", message("two")).unwrap(),
        answer
    );
    assert_eq!(all_events(history.store().log()).len(), events);
}

#[test]
fn a_damaged_key_is_found_and_no_panic() {
    for damage in [
        "first = 4711, last = 4711",
        "first = -1",
        "first = 0, last = 4711",
        "first = 0, last = -1",
        "last = first - 1",
        "first = first + 1, last = last + 1",
        "last = last + 1",
    ] {
        let store = Store::new();
        let history = begun(&store);
        history.with_idempotency_key("k").select_winner(SHED, "a1", Some(1)).unwrap();
        history.create_session(SHED, document("d1", "one")).unwrap();
        store.attacker().execute_batch(&format!("update commit_key set {damage}")).unwrap();
        let error = history.with_idempotency_key("k").select_winner(SHED, "a1", Some(1)).unwrap_err();
        assert!(matches!(error, Error::Store(LogError::Damaged { .. })), "{damage}: {error:?}");
        let verified = history.store().log().verify(|_| true).unwrap();
        assert_eq!(verified.faults.keys().collect::<Vec<_>>(), [&Fault::Key], "{damage}");
        // It is that key's trouble alone.
        history.with_idempotency_key("other").select_winner(SHED, "a1", Some(2)).unwrap();
        history.append_output(SHED, "a1", 1, "goes on").unwrap();
    }
}

#[test]
fn what_is_redacted_leaves_no_digest_behind() {
    let store = Store::new();
    let history = begun(&store);
    history.with_idempotency_key("k").add_chat_message(SHED, "a1", message("hunter2")).unwrap();
    history.with_idempotency_key("other").add_chat_message(SHED, "a1", message("harmless")).unwrap();
    let log = history.store().log();
    let digests = || {
        let reader = log.reader().unwrap();
        let sql = "select key from commit_key where digest is not null order by key";
        let mut statement = reader.connection().prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect::<Vec<String>>()
    };
    assert_eq!(digests(), ["k", "other"]);
    let said = log.reader().unwrap().use_of_key("k").unwrap().unwrap();
    retold_upkeep::redact(log, &[said.first].into(), "leaked").unwrap();
    assert_eq!(digests(), ["other"]);
    // The key stands for the write that there was.
    let events = all_events(log).len();
    history.with_idempotency_key("k").add_chat_message(SHED, "a1", message("hunter2")).unwrap();
    assert_eq!(all_events(log).len(), events);
    assert_sound(log);
}

#[test]
fn a_program_is_told_that_its_key_is_blank_or_used() {
    let store = Store::new();
    let ask = |lines: &str| -> Vec<Value> {
        let mut input = tempfile::tempfile_in(store.folder()).unwrap();
        std::io::Write::write_all(&mut input, lines.as_bytes()).unwrap();
        std::io::Seek::rewind(&mut input).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_program"))
            .arg("--store")
            .arg(store.path())
            .arg("rpc")
            .stdin(Stdio::from(input))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let reused = include_str!("../cases/26-idempotency-keys/reused.jsonl");
    let answers = ask(reused);
    for answer in &answers[2..6] {
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["data"]["kind"]),
            (&json!(-32011), &json!("blank_key"))
        );
    }
    assert_eq!(answers[6]["result"]["chatHistory"], json!([]));
    // The same calls with a key that is one: the first is made, and every other is refused.
    let answers =
        ask(&reused.replace("\"idempotencyKey\":\"\"", "\"idempotencyKey\":\"k\"").replace("paint", "door"));
    assert_eq!(answers[2]["result"]["chatHistory"][0]["content"], "green");
    for answer in &answers[3..6] {
        assert_eq!(answer["error"]["code"], -32012, "{answer}");
        let used = json!({
            "idempotencyKey": "k", "command": "add chat message", "sessionId": "door", "workspace": "/src/shed",
        });
        assert_eq!(answer["error"]["data"], json!({"kind": "key_reused", "usedFor": used}));
    }
    assert_eq!(answers[6]["result"]["chatHistory"], json!([]));
}
