//! Every commit carries the operation that it belongs to, and no operation holds content.

use std::collections::BTreeMap;
use std::path::Path;

use retold::{Message, Session, SessionHistory};
use retold_core::{Commit, Expected, Log, Operation, Options, Position, StreamName};
use retold_tests::{Store, created, task};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ait42");

/// The operation of each commit: which, and its kind.
fn operations(path: &Path) -> Vec<(String, String)> {
    let log = Options::new().read_only(true).open(path).unwrap();
    let mut reader = log.reader().unwrap();
    let (mut found, mut after) = (Vec::new(), Position::ZERO);
    loop {
        let page = reader.events_after(after, Default::default()).unwrap();
        for event in &page.events {
            after = event.position;
            if event.commit_first == event.position {
                let operation = event.meta.as_ref().and_then(|meta| meta.operation.as_deref());
                let operation = operation.unwrap_or_else(|| panic!("position {after} belongs to none"));
                found.push((operation.id.to_string(), operation.kind.clone()));
            }
        }
        if !page.more {
            return found;
        }
    }
}

fn retold(store: &Path, arguments: &[&str]) -> String {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_program"))
        .arg("--store")
        .arg(store)
        .args(arguments)
        .output()
        .unwrap();
    assert!(out.status.code().is_some_and(|code| [0, 6, 7].contains(&code)), "{arguments:?}: {out:?}");
    String::from_utf8(out.stdout).unwrap()
}

fn kinds(path: &Path) -> BTreeMap<String, usize> {
    operations(path).into_iter().fold(BTreeMap::new(), |mut kinds, (_, kind)| {
        *kinds.entry(kind).or_default() += 1;
        kinds
    })
}

#[test]
fn a_plain_append_is_an_operation_of_its_own() {
    let store = Store::new();
    let log = store.open();
    for event in [created("a1"), task("2"), task("3")] {
        log.append(Commit::to(StreamName::session("atlas", "a1", 1), Expected::Any, [event])).unwrap();
    }
    let found = operations(&store.path());
    assert!(found.iter().all(|(_, kind)| kind == "append"));
    let mut ids: Vec<_> = found.into_iter().map(|(id, _)| id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn commits_of_one_command_share_its_operation() {
    let store = Store::new();
    let log: Log = store.open().during(Operation::new("tidy up"));
    for event in [created("a1"), task("2")] {
        log.append(Commit::to(StreamName::session("atlas", "a1", 1), Expected::Any, [event])).unwrap();
    }
    let found = operations(&store.path());
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0].1, "tidy up");
}

#[test]
fn each_command_of_the_history_says_which_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    let history = SessionHistory::open(&path).unwrap();
    let session: Session = serde_json::from_str(
        r#"{"id": "a1", "type": "debate", "task": "", "status": "running", "createdAt": "", "updatedAt": "",
            "instances": [{"instanceId": 1, "worktreePath": "", "branch": "", "agentName": "", "status": "idle",
                "tmuxSessionId": "", "output": null}], "chatHistory": []}"#,
    )
    .unwrap();
    let message: Message =
        serde_json::from_str(r#"{"id": "m", "role": "user", "content": "secret words", "timestamp": ""}"#)
            .unwrap();
    history.create_session("/w", session.clone()).unwrap();
    history.add_chat_message("/w", "a1", message).unwrap();
    history.update_instance_status("/w", "a1", 1, "working").unwrap();
    history.append_output("/w", "a1", 1, "secret words").unwrap();
    history.select_winner("/w", "a1", Some(1)).unwrap();
    history
        .update_session("/w", {
            let mut made = session;
            made.task = "secret words".to_owned();
            made
        })
        .unwrap();
    history.delete_session("/w", "a1").unwrap();
    history.restore_session("/w", "a1").unwrap();
    drop(history);
    let expected = [
        "create_session",
        "add_chat_message",
        "update_instance_status",
        "append_output",
        "select_winner",
        "update_session",
        "delete_session",
        "restore_session",
    ];
    let found: Vec<String> = operations(&path).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(found, expected);
}

#[test]
fn each_command_of_the_program_says_which_it_was_and_records_no_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    let run = |arguments: &[&str]| retold(&path, arguments);
    run(&["import", SAMPLE]);
    let ids =
        run(&["sql", "-o", "csv", "select id from sessions where message_count > 3 order by id limit 2"]);
    let id = ids.lines().nth(1).unwrap();
    run(&["fork", id, "--as", "other"]);
    run(&["revert", id, "--to", "r3"]);
    run(&["delete", "other"]);
    run(&["redact", "5", "--reason", "a very secret reason"]);
    let kinds = kinds(&path);
    for kind in ["import", "fork", "revert", "delete", "redact"] {
        assert!(kinds.contains_key(kind), "{kind}: {kinds:?}");
    }
    // An import is many commits and one command.
    let mut imports: Vec<_> = operations(&path).into_iter().filter(|(_, kind)| kind == "import").collect();
    assert!(imports.len() > 3);
    imports.dedup();
    assert_eq!(imports.len(), 1);
    // What was given is told where it holds no content.
    let log = Options::new().read_only(true).open(&path).unwrap();
    let mut reader = log.reader().unwrap();
    let mut after = Position::ZERO;
    let mut arguments = BTreeMap::new();
    while let Some(event) = reader.events_after(after, Default::default()).unwrap().events.into_iter().next()
    {
        after = event.position;
        let operation = event.meta.and_then(|meta| meta.operation);
        arguments.extend(operation.map(|operation| (operation.kind, operation.arguments)));
    }
    let of = |kind: &str| arguments[kind].clone();
    assert!(of("revert").contains(&("to".to_owned(), Some("r3".to_owned()))), "{:?}", of("revert"));
    assert!(of("redact").contains(&("reason".to_owned(), None)), "{:?}", of("redact"));
    assert!(!format!("{arguments:?}").contains("secret"));
}

#[test]
fn sql_shows_the_operation_of_an_event() {
    let store = Store::new();
    let log = store.open().during(Operation::new("tidy up"));
    log.append(Commit::to(StreamName::session("atlas", "a1", 1), Expected::Any, [created("a1"), task("2")]))
        .unwrap();
    drop(log);
    retold(&store.path(), &["projections", "rebuild"]);
    let shown = retold(&store.path(), &["sql", "-o", "csv", "select command, length(operation) from events"]);
    assert_eq!(shown.lines().collect::<Vec<_>>()[1..], ["tidy up,16", "tidy up,16"]);
}
