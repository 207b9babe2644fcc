//! The search index: what is redacted leaves it, whoever is killed leaves it whole, and everything it finds is ranked.

use std::path::Path;
use std::process::{Command, Stdio};

use retold_core::event::{
    InstanceAdded, InstanceDetailsChanged, MessageChanged, OutputAppended, ToolCalled, ToolReturned,
};
use retold_core::{Commit, Durability, Event, Expected, Instance, InstancePatch, MessagePatch, Options};
use retold_projections::{Filled, ProjectionState, SearchFilter, SearchQuery, Store};
use retold_tests::{created, message, name, task};

const KILLS: usize = 60;

fn open(path: &Path) -> Store {
    Store::open(path, Options::new().create(true).durability(Durability::Normal)).unwrap()
}

fn append(store: &Store, id: &str, events: impl IntoIterator<Item = Event>) -> u64 {
    store.log().append(Commit::to(name(id), Expected::Any, events)).unwrap().last.get()
}

fn instance(agent: &str) -> Event {
    let document = serde_json::json!({
        "instanceId": 1, "worktreePath": "/w", "branch": "b", "agentName": agent, "status": "running",
        "tmuxSessionId": "t", "output": null,
    });
    let instance: Instance = serde_json::from_value(document).unwrap();
    InstanceAdded { instance, index: None, updated_at: None }.into()
}

fn wrote(text: &str) -> Event {
    OutputAppended { index: 0, text: text.into(), updated_at: None }.into()
}

fn called(input: &str) -> Event {
    let body = ToolCalled {
        call: "t1".to_owned(),
        message: None,
        name: "Bash".to_owned(),
        kind: "execute".to_owned(),
        instance_id: None,
        input: input.into(),
        updated_at: None,
    };
    body.into()
}

fn returned(output: &str) -> Event {
    let (call, outcome) = ("t1".to_owned(), "ok".to_owned());
    ToolReturned { call, outcome, output: output.into(), updated_at: None }.into()
}

fn catch_up(store: &Store) {
    let head = store.log().reader().unwrap().head().unwrap().position;
    assert_eq!(store.sidecars().catch_up("search", &|_| true).unwrap(), Filled::UpTo(head));
}

fn found(store: &Store, text: &str) -> u64 {
    store.search(&SearchQuery::read(text).unwrap(), &SearchFilter::new(), 10).unwrap().found
}

fn assert_whole(store: &Store) {
    let checked = store.sidecars().check("search", &|_| true).unwrap().unwrap();
    assert!(checked.is_sound() && checked.uncompared == 0, "{checked:?}");
}

/// The files of a folder, and below it, that have these bytes.
fn files_with(folder: &Path, bytes: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if std::fs::read(&path).unwrap().windows(bytes.len()).any(|window| window == bytes.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Each has a letter at its beginning that no other word begins with: it is in the index byte by byte.
const SECRETS: [&str; 12] = [
    "quincehunter",
    "zebrastaple",
    "xylobattery",
    "wombathorse",
    "yonderfox",
    "juniperlock",
    "vexillum",
    "kumquatkey",
    "opossumlamp",
    "umbrafile",
    "gherkinlog",
    "dulcimerkey",
];

#[test]
fn a_redacted_text_is_in_no_file_of_the_index_not_even_as_a_word() {
    let place = retold_tests::Store::new();
    let store = open(&place.path());
    let mut secret = vec![append(&store, "a1", [created("a1"), task("mend quincehunter")])];
    secret.push(append(&store, "a1", [instance("zebrastaple")]));
    secret.push(append(&store, "a1", [message("the hinge of xylobattery")]));
    append(&store, "a1", [message("the hinge is mended")]);
    // Words that are in two pieces, and words that are before the next piece.
    append(&store, "a1", [wrote("the wom")]);
    secret.push(append(&store, "a1", [wrote("bathorse yonderfox ")]));
    append(&store, "a1", [wrote(" is here")]);
    // Texts that have left, and the segments that still have their words.
    secret.push(append(&store, "a1", [message("juniperlock")]));
    store.sidecars().add_built_in("search").unwrap();
    catch_up(&store);
    // What a tool was given, the file that it named, what it returned, and what it returned before that.
    let input = r#"{"command":"opossumlamp","path":"umbrafile.rs"}"#;
    secret.push(append(&store, "a1", [called(input)]));
    secret.push(append(&store, "a1", [returned("dulcimerkey")]));
    catch_up(&store);
    secret.push(append(&store, "a1", [returned("the gherkinlog of \u{1b}[1myonder\u{1b}[0m")]));
    let edit = MessageChanged {
        index: 2,
        set: MessagePatch::default(),
        content: Some("vexillum".into()),
        updated_at: None,
    };
    secret.push(append(&store, "a1", [edit.into()]));
    let patch = InstancePatch { agent_name: Some("kumquatkey".to_owned()), ..InstancePatch::default() };
    let renamed = InstanceDetailsChanged { index: 0, set: patch, updated_at: None };
    secret.push(append(&store, "a1", [renamed.into()]));
    catch_up(&store);
    let sidecars = retold_core::sidecar_folder(&place.path());
    for word in SECRETS {
        assert!(!files_with(&sidecars, word).is_empty(), "{word} is not where it is looked for");
    }
    assert_eq!((found(&store, "wombathorse"), found(&store, "\"yonderfox is here\"")), (1, 1));
    let hinge = found(&store, "hinge");
    drop(store);

    let positions: Vec<String> = secret.iter().map(u64::to_string).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command.arg("--store").arg(place.path()).args(["redact", "--reason", "leaked", "-q"]).args(&positions);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for round in ["after the redaction", "after a catch-up", "after a rebuild"] {
        for word in SECRETS {
            assert_eq!(files_with(place.folder(), word), [""; 0], "{word} {round}");
        }
        let store = open(&place.path());
        match round {
            "after the redaction" => catch_up(&store),
            "after a catch-up" => drop(store.sidecars().rebuild("search", &|_| true).unwrap()),
            _ => {}
        }
        for word in SECRETS.iter().chain(&["wom*", "\"yonderfox is\"", "bathorse"]) {
            // What is left of a word that was cut is not the word.
            let expected = u64::from(*word == "wom*");
            assert_eq!(found(&store, word), expected, "{word} {round}");
        }
        assert_eq!((found(&store, "hinge"), found(&store, "here")), (hinge - 1, 1));
        assert_whole(&store);
    }
}

#[test]
fn a_killed_process_leaves_an_index_that_a_rebuild_would_make() {
    let place = retold_tests::Store::new();
    let store = open(&place.path());
    append(&store, "a1", [created("a1"), instance("Ada")]);
    store.sidecars().add_built_in("search").unwrap();
    catch_up(&store);
    drop(store);
    let mut lines_read = 0;
    for _ in 0..KILLS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_child"));
        command.args(["search".as_ref(), place.path().as_os_str()]);
        lines_read += crate::kill_between_lines(&mut command, 12, 200_000);
        let store = open(&place.path());
        let state = store.sidecars().status_of("search", 0).unwrap().state;
        assert!(!matches!(state, ProjectionState::Failed | ProjectionState::Running), "{state:?}");
        if store.sidecars().status_of("search", 0).unwrap().path.is_some_and(|path| path.exists()) {
            assert_whole(&store);
        }
    }
    assert!(lines_read > KILLS, "the processes came to do something: {lines_read}");
    let store = open(&place.path());
    catch_up(&store);
    assert_whole(&store);
    let said =
        store.sql().unwrap().query_row("select count(*) from chat_messages", [], |row| row.get::<_, i64>(0));
    assert_eq!(found(&store, "common"), said.unwrap().unsigned_abs());
}

/// 30,000 texts: as many as were never ranked before.
#[test]
fn the_best_of_many_finds_is_the_first_however_old_it_is() {
    let place = retold_tests::Store::new();
    let store = open(&place.path());
    append(&store, "a1", [created("a1"), message("common common common")]);
    append(&store, "b1", [created("b1"), message("rare common words of a rare kind")]);
    for commit in 0..30 {
        let texts = (0..1_000).map(|number| message(format!("a common text like number {commit} {number}")));
        append(&store, "c1", (commit == 0).then(|| created("c1")).into_iter().chain(texts));
    }
    store.sidecars().add_built_in("search").unwrap();
    catch_up(&store);
    let answer = |text: &str, filter: &SearchFilter| {
        store.search(&SearchQuery::read(text).unwrap(), filter, 3).unwrap()
    };
    let all = answer("common", &SearchFilter::new());
    assert_eq!((all.found, all.hits[0].position.get()), (30_002, 2));
    let what = all.facets.iter().find(|facet| facet.name == "what").unwrap();
    assert_eq!(what.counts, [("message".to_owned(), 30_002)]);
    // Two frequent words, and a phrase of them.
    let both = answer("text common", &SearchFilter::new());
    assert_eq!((both.found, answer("\"common text\"", &SearchFilter::new()).found), (30_000, 30_000));
    // Among very few of them.
    let session = store.find("b1").unwrap();
    let few = answer("common", &SearchFilter::new().with_session(session.stream));
    assert_eq!((few.found, few.hits[0].position.get()), (1, 4));
    assert_eq!(few.hits[0].snippet.marked("[", "]"), "rare [common] words of a rare kind");
}

#[test]
fn what_a_call_said_is_found_while_an_archive_has_it_and_a_rebuild_refuses_to_lose_it() {
    let place = retold_tests::Store::new();
    let store = open(&place.path());
    append(&store, "a1", [created("a1"), called(r#"{"command":"open the quince door","path":"a/door.rs"}"#)]);
    append(&store, "a1", [returned("the quince door is open")]);
    store.sidecars().add_built_in("search").unwrap();
    catch_up(&store);
    drop(store);
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    let archive = place.folder().join("archive.db");
    command
        .arg("--store")
        .arg(place.path())
        .args(["store", "prune", "--before", "head", "a1", "-q", "--archive"])
        .arg(&archive);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let store = open(&place.path());
    catch_up(&store);
    let hits = |text: &str| {
        let answer = store.search(&SearchQuery::read(text).unwrap(), &SearchFilter::new(), 10).unwrap();
        assert_eq!(answer.found, answer.hits.len() as u64);
        answer.hits.iter().filter(|hit| hit.is_pruned && hit.snippet.0.is_empty()).count()
    };
    // Whether a phrase is in a text that nobody can read is not known: its words are.
    assert_eq!((hits("quince"), hits("\"quince door\""), hits("door.rs")), (2, 2, 2));
    assert!(store.sidecars().rebuild("search", &|_| true).is_err());
    assert!(store.sidecars().check("search", &|_| true).unwrap().unwrap().is_sound());
}
