//! What opencode's records mean where the fixture does not show it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::path::{Path, PathBuf};

use retold_transcripts::{Fact, Form, Places, Role, Span, Status, Tool, What, format};
use rusqlite::Connection;
use serde_json::{Value, json};
use support::Home;

const TABLES: &str = "
    create table session (id text primary key, parent_id text, fork_session_id text, directory text, title text, version text,
        revert text, time_created integer, time_updated integer);
    create table message (id text primary key, session_id text, time_created integer, time_updated integer, data text);
    create table part (id text primary key, message_id text, session_id text, time_created integer, data text);";

/// A home with a database.
struct Opencode {
    home: tempfile::TempDir,
    database: Connection,
}

impl Opencode {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root(home.path())).unwrap();
        let database = Connection::open(root(home.path()).join("opencode.db")).unwrap();
        database.execute_batch(TABLES).unwrap();
        Self { home, database }
    }

    fn session(&self, id: &str, created: i64, more: &Value) {
        let text = |key: &str| more[key].as_str();
        let revert = (!more["revert"].is_null()).then(|| more["revert"].to_string());
        self.database
            .execute(
                "insert or replace into session values (?1, ?2, ?3, '/w', ?4, '1', ?5, ?6, ?6)",
                rusqlite::params![
                    id,
                    text("parent"),
                    text("fork"),
                    text("title").unwrap_or("A title"),
                    revert,
                    created
                ],
            )
            .unwrap();
    }

    fn message(&self, id: &str, session: &str, data: &Value) {
        let created = data["time"]["created"].as_i64();
        self.database
            .execute(
                "insert or replace into message values (?1, ?2, ?3, ?3, ?4)",
                rusqlite::params![id, session, created, data.to_string()],
            )
            .unwrap();
    }

    fn part(&self, id: &str, message: &str, session: &str, data: &Value) {
        self.database
            .execute(
                "insert or replace into part values (?1, ?2, ?3, 0, ?4)",
                rusqlite::params![id, message, session, data.to_string()],
            )
            .unwrap();
    }

    fn prompt(&self, number: i64, session: &str) {
        let id = format!("msg_{number}{session}");
        self.message(&id, session, &json!({"role": "user", "time": {"created": number}}));
        let text = json!({"type": "text", "text": format!("prompt {number}")});
        self.part(&format!("prt_{number}{session}"), &id, session, &text);
    }

    fn answer(&self, number: i64, session: &str) {
        let id = format!("msg_{number}{session}");
        let tokens = json!({"input": number, "output": 1, "reasoning": 0, "cache": {"read": 0, "write": 0}});
        let time = json!({"created": number, "completed": number + 1});
        let data = json!({"role": "assistant", "time": time, "tokens": tokens, "modelID": "m", "cost": 0.25});
        self.message(&id, session, &data);
        let text = json!({"type": "text", "text": format!("answer {number}")});
        self.part(&format!("prt_{number}{session}"), &id, session, &text);
    }

    fn read(&self) -> Home {
        Home::read(Tool::Opencode, Places::of(self.home.path()))
    }

    fn facts(&self) -> Vec<Fact> {
        facts(&self.read())
    }
}

fn root(home: &Path) -> PathBuf {
    home.join(".local/share/opencode")
}

fn facts(home: &Home) -> Vec<Fact> {
    home.interpret().1.into_iter().map(|(_, fact)| fact).collect()
}

/// Returns what is said, in short.
fn shown(facts: &[Fact], session: &str) -> Vec<String> {
    let facts = facts.iter().filter(|fact| fact.session == session);
    facts
        .filter_map(|fact| match &fact.what {
            What::Spoke { role: Role::User | Role::Assistant, text, .. } => Some(text.clone()),
            What::Spoke { role, text, .. } => Some(format!("{}: {text}", role.word())),
            What::Revised { text, .. } => Some(format!("revised: {text}")),
            What::Rewound { dropped } => Some(format!("rewound: {}", dropped.join(" "))),
            What::Used { tokens, cost, .. } => Some(format!("used {} {cost:?}", tokens.input)),
            What::Called { name, input, .. } => Some(format!("called {name} {input}")),
            What::Returned { outcome, output, .. } => Some(format!("{}: {output}", outcome.word())),
            What::Linked { relation, parent, spawned_by } => {
                Some(format!("{} of {parent} {spawned_by:?}", relation.word()))
            }
            What::Compacted { .. } => Some("compacted".to_owned()),
            What::Unknown(kind) => Some(format!("unknown {kind}")),
            What::Also { name, value } => Some(format!("{name}: {value}")),
            _ => None,
        })
        .collect()
}

#[test]
fn a_fork_is_told_from_what_it_copied_even_where_only_its_title_says_that_it_is_one() {
    for is_named in [true, false] {
        let tool = Opencode::new();
        tool.session("ses_a", 1, &json!({}));
        tool.prompt(10, "ses_a");
        tool.answer(20, "ses_a");
        // Somebody else's, at the same time.
        tool.session("ses_z", 2, &json!({}));
        tool.prompt(10, "ses_z");
        let fork = if is_named { json!({"fork": "ses_a"}) } else { json!({"title": "A title (fork #2)"}) };
        tool.session("ses_b", 100, &fork);
        tool.prompt(10, "ses_b");
        tool.answer(20, "ses_b");
        tool.prompt(110, "ses_b");
        tool.answer(120, "ses_b");
        let facts = tool.facts();
        assert_eq!(shown(&facts, "ses_a"), ["prompt 10", "used 20 Some(250000)", "answer 20"]);
        assert_eq!(
            shown(&facts, "ses_b"),
            ["fork of ses_a None", "prompt 110", "used 120 Some(250000)", "answer 120"],
            "is named: {is_named}"
        );
    }
}

#[test]
fn what_a_fork_copied_from_a_session_that_is_gone_stays_and_is_marked() {
    let tool = Opencode::new();
    tool.session("ses_b", 100, &json!({"fork": "ses_gone"}));
    tool.prompt(10, "ses_b");
    assert_eq!(
        shown(&tool.facts(), "ses_b"),
        ["copy_of: \"ses_gone\"", "fork of ses_gone None", "prompt 10"]
    );
}

#[test]
fn going_back_is_said_after_all_that_it_drops() {
    for (revert, dropped) in [
        (json!({"messageID": "msg_20ses_a"}), "rewound: msg_20ses_a msg_30ses_a"),
        (json!({"messageID": "msg_20ses_a", "partID": "prt_x"}), "rewound: msg_30ses_a"),
    ] {
        let tool = Opencode::new();
        tool.session("ses_a", 1, &json!({"revert": revert}));
        for number in [10, 20, 30] {
            tool.prompt(number, "ses_a");
        }
        let said = ["prompt 10", "prompt 20", "prompt 30"].map(str::to_owned);
        assert_eq!(shown(&tool.facts(), "ses_a"), [&said[..], &[dropped.to_owned()]].concat());
        // Going back later is news, and the only one.
        let later = Opencode::new();
        later.session("ses_a", 1, &json!({}));
        for number in [10, 20, 30] {
            later.prompt(number, "ses_a");
        }
        let mut home = later.read();
        let (mut interpreter, _) = home.interpret();
        later.session("ses_a", 1, &json!({"revert": revert}));
        home = later.read();
        let mut more = Vec::new();
        home.feed(&mut *interpreter, &home.records, &mut more);
        let more: Vec<Fact> = more.into_iter().map(|(_, fact)| fact).collect();
        assert_eq!(shown(&more, "ses_a"), [dropped]);
    }
}

#[test]
fn rows_that_change_give_what_is_new_of_them() {
    let tool = Opencode::new();
    tool.session("ses_a", 1, &json!({}));
    tool.session("ses_child", 12, &json!({"parent": "ses_a"}));
    let mut data =
        json!({"role": "assistant", "time": {"created": 10}, "modelID": "m", "tokens": {"input": 0}});
    tool.message("msg_1", "ses_a", &data);
    tool.part("prt_1", "msg_1", "ses_a", &json!({"type": "text", "text": "He", "time": {"start": 10}}));
    tool.part("prt_2", "msg_1", "ses_a", &json!({"type": "reasoning", "text": "h", "time": {"start": 10}}));
    let tool_part = |state: Value| json!({"type": "tool", "callID": "c", "tool": "task", "state": state});
    tool.part("prt_3", "msg_1", "ses_a", &tool_part(json!({"status": "pending", "input": {}})));
    let home = tool.read();
    let (mut interpreter, facts) = home.interpret();
    let facts: Vec<Fact> = facts.into_iter().map(|(_, fact)| fact).collect();
    assert_eq!(shown(&facts, "ses_a"), ["He"]);
    assert_eq!(shown(&facts, "ses_child"), ["subagent of ses_a None"]);
    assert_eq!(interpreter.settled("ses_a").status, Some((Status::Open, true)));

    let mut news = || {
        let (home, mut more) = (tool.read(), Vec::new());
        home.feed(&mut *interpreter, &home.records, &mut more);
        more.into_iter().map(|(_, fact)| fact).collect::<Vec<Fact>>()
    };
    tool.part(
        "prt_1",
        "msg_1",
        "ses_a",
        &json!({"type": "text", "text": "Hello", "time": {"start": 10, "end": 11}}),
    );
    let state = json!({"status": "running", "input": {"a": 1}, "metadata": {"sessionId": "ses_child"}});
    tool.part("prt_3", "msg_1", "ses_a", &tool_part(state.clone()));
    let facts = news();
    assert_eq!(shown(&facts, "ses_a"), ["revised: Hello", r#"called task {"a":1}"#]);
    assert_eq!(shown(&facts, "ses_child"), [r#"subagent of ses_a Some("c")"#]);

    tool.part(
        "prt_2",
        "msg_1",
        "ses_a",
        &json!({"type": "reasoning", "text": "hm", "time": {"start": 10, "end": 11}}),
    );
    let mut state = state;
    state["status"] = json!("completed");
    state["output"] = json!("done");
    tool.part("prt_3", "msg_1", "ses_a", &tool_part(state));
    data["time"]["completed"] = json!(20);
    data["tokens"]["input"] = json!(7);
    tool.message("msg_1", "ses_a", &data);
    assert_eq!(shown(&news(), "ses_a"), ["used 7 None", "thinking: hm", "ok: done"]);
    assert_eq!(news(), []);
}

#[test]
fn a_database_wins_over_files_left_behind_and_files_that_it_lacks_are_read() {
    let tool = Opencode::new();
    tool.session("ses_a", 1, &json!({"title": "New"}));
    tool.prompt(10, "ses_a");
    let storage = root(tool.home.path()).join("storage");
    let write = |path: &str, value: Value| {
        let path = storage.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, value.to_string()).unwrap();
    };
    write("session/p/ses_a.json", json!({"id": "ses_a", "title": "Old", "time": {"created": 1}}));
    write(
        "message/ses_a/msg_10ses_a.json",
        json!({"id": "msg_10ses_a", "sessionID": "ses_a", "role": "user"}),
    );
    let part = json!({"id": "prt_10ses_a", "sessionID": "ses_a", "messageID": "msg_10ses_a", "type": "text", "text": "old"});
    write("part/msg_10ses_a/prt_10ses_a.json", part);
    let lost = json!({"id": "msg_9", "sessionID": "ses_a", "role": "user", "time": {"created": 9}});
    write("message/ses_a/msg_9.json", lost);
    let part = json!({"id": "prt_9", "sessionID": "ses_a", "messageID": "msg_9", "type": "text", "text": "only here"});
    write("part/msg_9/prt_9.json", part);
    write("session_diff/ses_a.json", json!([]));
    let home = tool.read();
    let facts = facts(&home);
    assert_eq!(shown(&facts, "ses_a"), ["prompt 10", "only here"]);
    let titles: Vec<_> = facts.iter().filter(|fact| matches!(fact.what, What::Titled(_))).collect();
    assert_eq!(titles.len(), 1);
    let beside = home.sources.iter().filter(|source| source.form == Form::Opaque).count();
    assert_eq!((home.sources.len(), beside), (7, 1));
}

#[test]
fn what_belongs_to_nothing_and_what_older_and_newer_schemas_hold_is_read() {
    let tool = Opencode::new();
    tool.database
        .execute_batch(
            "create table session_message (id text, session_id text, seq integer, type text, data text, further text);
             insert into session_message values ('m', 'ses_new', 1, 'user', '{}', 'x');
             alter table session drop column fork_session_id; alter table session drop column revert;
             alter table message drop column time_created;
             insert into session (id, time_created) values ('ses_a', null);
             insert into part values ('prt_lost', 'msg_lost', 'ses_lost', 0, '{\"type\":\"text\",\"text\":\"lost\"}');
             insert into message values ('msg_lost', 'ses_nowhere', 0, '{\"role\":\"user\"}')",
        )
        .unwrap();
    let home = tool.read();
    assert_eq!(home.records.len(), 4);
    let facts = facts(&home);
    assert_eq!(shown(&facts, "ses_new"), ["unknown session_message/user"]);
    assert_eq!(shown(&facts, "ses_lost"), ["lost"]);
}

#[test]
fn a_database_is_found_where_it_is_said_to_be() {
    let tool = Opencode::new();
    let root = root(tool.home.path());
    std::fs::copy(root.join("opencode.db"), root.join("opencode-dev.db")).unwrap();
    std::fs::copy(root.join("opencode.db"), tool.home.path().join("mine.db")).unwrap();
    let found = |places: Places| -> Vec<String> {
        let opencode = format(Tool::Opencode);
        opencode.discover(&places, &mut |_, _| {}).into_iter().map(|source| source.name).collect()
    };
    let places = Places::of(tool.home.path());
    assert_eq!(
        found(places.clone()),
        [".local/share/opencode/opencode.db", ".local/share/opencode/opencode-dev.db"]
    );
    assert_eq!(found(places.clone().with("OPENCODE_DB", tool.home.path().join("mine.db"))), ["mine.db"]);
    assert_eq!(
        found(places.clone().with("OPENCODE_DB", "opencode-dev.db")),
        [".local/share/opencode/opencode-dev.db"]
    );
    assert!(found(places.with("XDG_DATA_HOME", "/nowhere")).is_empty());
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let tool = Opencode::new();
    tool.session("ses_a", 1, &json!({}));
    (1..50).for_each(|number| tool.prompt(number, "ses_a"));
    let bytes = |home: &Home| home.records.iter().map(|kept| kept.bytes.clone()).collect::<Vec<_>>();
    let before = tool.read();
    tool.database.execute_batch("vacuum").unwrap();
    assert_eq!(bytes(&before), bytes(&tool.read()));
}

#[test]
fn many_rows_without_an_index_are_read_in_time_that_grows_with_them() {
    let tool = Opencode::new();
    tool.database
        .execute_batch(
            "with recursive n(i) as (select 1 union all select i + 1 from n limit 20000)
             insert into message select 'm' || i, 'ses_a', i, i, '{\"role\":\"user\"}' from n;
             insert into part select 'p' || rowid, id, 'ses_a', 0, '{\"type\":\"text\",\"text\":\"x\"}' from message;
             insert into session (id, time_created) values ('ses_a', 1)",
        )
        .unwrap();
    let format = format(Tool::Opencode);
    let source = format.discover(&Places::of(tool.home.path()), &mut |_, _| {}).remove(0);
    let mut interpreter = format.interpreter(&Places::of(tool.home.path()));
    let (mut records, mut said) = (0, 0);
    format
        .read(&source, &mut |span| {
            if let Span::Record(record) = span {
                records += 1;
                interpreter.survey(&source, &record);
                interpreter.record(&source, &record, &mut |fact| {
                    said += usize::from(matches!(fact.what, What::Spoke { .. }));
                });
            }
            Ok(())
        })
        .unwrap();
    assert_eq!((records, said), (40_001, 20_000));
}

#[test]
fn what_opencode_wrote_is_recognised_by_what_is_in_it() {
    let tool = Opencode::new();
    let opencode = format(Tool::Opencode);
    let home = tool.home.path();
    let other = home.join("other.db");
    Connection::open(&other).unwrap().execute_batch("create table session (id text)").unwrap();
    let file = home.join("x.json");
    std::fs::write(&file, r#"{"id":"msg_1","sessionID":"ses_1","role":"user"}"#).unwrap();
    for (path, expected) in [
        (root(home), true),
        (root(home).join("opencode.db"), true),
        (file, true),
        (other, false),
        (home.join("nothing"), false),
    ] {
        assert_eq!(opencode.recognise(&path), expected, "{}", path.display());
    }
}
