//! What Vibe Kanban's rows and logs mean where the fixture does not show it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::path::{Path, PathBuf};

use retold_transcripts::{Fact, Interpreter, Places, Role, Status, Tool, What, format};
use rusqlite::Connection;
use serde_json::{Value, json};
use support::Home;

const SESSION: &str = "11111111-1111-1111-1111-111111111111";
const PROCESS: &str = "22222222-2222-2222-2222-222222222222";

const TABLES: &str = "
    create table tasks (id blob primary key, title text, status text, created_at text);
    create table workspaces (id blob primary key, task_id blob, container_ref text, branch text, created_at text);
    create table sessions (id blob primary key, workspace_id blob, executor text, agent_working_dir text, created_at text);
    create table execution_processes (id blob primary key, session_id blob, status text, exit_code integer, started_at text,
        completed_at text, created_at text, run_reason text, dropped integer default 0);
    create table coding_agent_turns (id blob primary key, execution_process_id blob, agent_session_id text, prompt text,
        summary text, created_at text, updated_at text);
    create table execution_process_logs (execution_id blob, logs text, inserted_at text);
    insert into tasks values (x'aa', 'A task', 'todo', '1');
    insert into workspaces values (x'bb', x'aa', '/w', 'b', '1');
    insert into sessions values (x'11111111111111111111111111111111', x'bb', 'CODEX', null, '1');
    insert into execution_processes values (x'22222222222222222222222222222222', x'11111111111111111111111111111111',
        'running', null, '2026-08-03 09:15:00', null, '1', 'codingagent', 0);
    insert into coding_agent_turns values (x'33', x'22222222222222222222222222222222', 'native', 'a prompt', null, '1', '1');";

fn root(home: &Path) -> PathBuf {
    home.join(".local/share/vibe-kanban")
}

fn database(home: &Path, name: &str, sql: &str) -> Connection {
    std::fs::create_dir_all(root(home)).unwrap();
    let database = Connection::open(root(home).join(name)).unwrap();
    database.execute_batch(sql).unwrap();
    database
}

fn write_log(home: &Path, lines: &[&str]) {
    let folder = root(home).join(format!("sessions/11/{SESSION}/processes"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{PROCESS}.jsonl")), lines.join("\n")).unwrap();
}

fn read(home: &Path) -> Home {
    Home::read(Tool::VibeKanban, Places::of(home))
}

fn facts(home: &Path) -> Vec<Fact> {
    read(home).interpret().1.into_iter().map(|(_, fact)| fact).collect()
}

fn news(home: &Path, interpreter: &mut dyn Interpreter) -> Vec<String> {
    let (home, mut facts) = (read(home), Vec::new());
    home.feed(interpreter, &home.records, &mut facts);
    shown(&facts.into_iter().map(|(_, fact)| fact).collect::<Vec<_>>())
}

fn shown(facts: &[Fact]) -> Vec<String> {
    facts
        .iter()
        .filter_map(|fact| match &fact.what {
            What::Spoke { role: Role::User | Role::Assistant, text, .. } => Some(text.clone()),
            What::Revised { text, .. } => Some(format!("revised: {text}")),
            What::Rewound { dropped } => Some(format!("rewound: {}", dropped.join(" "))),
            What::HasStatus(status) => Some(status.word().to_owned()),
            What::Titled(title) => Some(format!("titled: {title}")),
            What::Also { name, value } => Some(format!("{name}: {value}")),
            What::Unknown(kind) => Some(format!("unknown {kind}")),
            _ => None,
        })
        .collect()
}

fn also(interpreter: &dyn Interpreter, name: &str) -> Value {
    let settled = interpreter.settled(SESSION);
    settled.also.into_iter().find(|(key, _)| *key == name).map_or(Value::Null, |(_, value)| value)
}

#[test]
fn rows_that_change_give_what_is_new_of_them() {
    let home = tempfile::tempdir().unwrap();
    let tool = database(home.path(), "db.v2.sqlite", TABLES);
    let (mut interpreter, facts) = read(home.path()).interpret();
    let facts: Vec<Fact> = facts.into_iter().map(|(_, fact)| fact).collect();
    let first = [
        "titled: A task",
        "task: \"aa\"",
        "task_status: \"todo\"",
        "executor: \"CODEX\"",
        "open",
        "a prompt",
    ];
    assert_eq!(shown(&facts), first);
    for (sql, expected, status) in [
        ("update tasks set status = 'done'", vec!["task_status: \"done\""], Status::Open),
        ("update tasks set title = 'Another'", vec!["titled: Another"], Status::Open),
        ("update coding_agent_turns set summary = 'so'", vec!["so"], Status::Open),
        ("update coding_agent_turns set summary = 'so far'", vec!["revised: so far"], Status::Open),
        (
            "update execution_processes set status = 'failed', completed_at = '2026-08-03 09:16:00'",
            vec!["failed"],
            Status::Failed,
        ),
        ("select 1", vec![], Status::Failed),
    ] {
        tool.execute_batch(sql).unwrap();
        assert_eq!(news(home.path(), &mut *interpreter), expected, "{sql}");
        assert_eq!(interpreter.settled(SESSION).status, Some((status, false)), "{sql}");
    }
    // What is thrown away later was said, and is no longer part of it.
    tool.execute_batch("update execution_processes set dropped = 1").unwrap();
    assert_eq!(news(home.path(), &mut *interpreter), ["rewound: 33 33/summary", "open"]);
    assert_eq!(interpreter.settled(SESSION).status, Some((Status::Open, true)));
}

#[test]
fn logs_grow_and_agents_are_named_in_them() {
    let home = tempfile::tempdir().unwrap();
    let tool = database(home.path(), "db.v2.sqlite", TABLES);
    let row = |logs: &str, time: &str| {
        tool.execute(
            "insert into execution_process_logs values (x'22222222222222222222222222222222', ?1, ?2)",
            [logs, time],
        )
        .unwrap();
    };
    row("{\"Stdout\":\"{}\\n{\\\"a\\\":\"}\n\"Ready\"\nbroken\n", "1");
    let (mut interpreter, _) = read(home.path()).interpret();
    let log = |interpreter: &dyn Interpreter| {
        let process = also(interpreter, "processes")[0].clone();
        json!([process["log_messages"], process["native_lines"], process["log_in"]])
    };
    assert_eq!(log(&*interpreter), json!([2, 1, "table"]));
    let counted = |home: &Home| -> u64 {
        let format = format(Tool::VibeKanban);
        home.records.iter().map(|kept| format.counted(&home.sources[kept.source], &kept.record())).sum()
    };
    assert_eq!(counted(&read(home.path())), 2);
    row("{\"Stdout\":\"1}\\n\"}\n{\"SessionId\":\"another\"}\n", "2");
    tool.execute_batch(
        "update execution_process_logs set logs = logs || '\"Finished\"' where inserted_at = '1'",
    )
    .unwrap();
    assert_eq!(news(home.path(), &mut *interpreter), [""; 0]);
    assert_eq!(log(&*interpreter), json!([5, 2, "table"]));
    assert_eq!(also(&*interpreter, "native"), json!(["native", "another"]));
    // A file is the log, where there is one.
    write_log(home.path(), &["{\"Stdout\":\"{}\"}", "\"Ready\"", "{\"Strange\":1}", "\"What?\""]);
    assert_eq!(news(home.path(), &mut *interpreter), ["unknown log/Strange", "unknown log/What?"]);
    assert_eq!(log(&*interpreter), json!([4, 1, "file"]));
    assert_eq!(news(home.path(), &mut *interpreter), [""; 0]);
    assert_eq!(log(&*interpreter), json!([4, 1, "file"]));
    // Nothing else depends on whether the log or the session is read first.
    let home = read(home.path());
    let mut turned = home.clone();
    turned.records.sort_by_key(|kept| std::cmp::Reverse(kept.source));
    let (interpreter, _) = home.interpret();
    assert_eq!(log(&*interpreter), json!([4, 1, "file"]));
    assert_eq!(log(&*turned.interpret().0), json!([4, 1, "file"]));
}

#[test]
fn an_older_database_is_read_and_one_that_a_newer_was_made_of_says_nothing_twice() {
    let home = tempfile::tempdir().unwrap();
    let older = "
        create table tasks (id blob primary key, title text, status text);
        create table task_attempts (id blob primary key, task_id blob, worktree_path text, branch text, executor text);
        create table execution_processes (id blob primary key, task_attempt_id blob, status text, started_at text,
            completed_at text, run_reason text);
        create table executor_sessions (id blob primary key, execution_process_id blob, session_id text, prompt text,
            created_at text);
        insert into tasks values (x'aa', 'Old', 'done');
        insert into task_attempts values (x'11111111111111111111111111111111', x'aa', '/old', 'b', 'claude');
        insert into execution_processes values (x'22', x'11111111111111111111111111111111', 'completed',
            '2025-08-03 09:15:00', '2025-08-03 09:16:00', 'codingagent');
        insert into executor_sessions values (x'33', x'22', 'native', 'old prompt', '1')";
    database(home.path(), "db.sqlite", older);
    let (interpreter, found) = read(home.path()).interpret();
    let found: Vec<Fact> = found.into_iter().map(|(_, fact)| fact).collect();
    let expected = [
        "titled: Old",
        "task: \"aa\"",
        "task_status: \"done\"",
        "executor: \"claude\"",
        "open",
        "completed",
        "old prompt",
    ];
    assert_eq!(shown(&found), expected);
    assert_eq!(also(&*interpreter, "native"), json!(["native"]));
    assert!(found.iter().any(|fact| fact.what == What::InWorktree("/old".to_owned())));
    database(home.path(), "db.v2.sqlite", older);
    assert_eq!(shown(&facts(home.path())), expected);
}

#[test]
fn rows_that_belong_to_nothing_are_read_too() {
    let home = tempfile::tempdir().unwrap();
    let tool = database(home.path(), "db.v2.sqlite", TABLES);
    tool.execute_batch("delete from sessions; delete from workspaces; insert into execution_process_logs values (x'99', '', '')")
        .unwrap();
    let home = read(home.path());
    assert_eq!(home.records.len(), 4);
    let (_, facts) = home.interpret();
    assert!(
        facts.iter().any(|(_, fact)| matches!(&fact.what, What::Spoke { text, .. } if text == "a prompt"))
    );
}

#[test]
fn it_is_found_where_each_system_has_it_and_recognised_by_what_is_in_it() {
    let kanban = format(Tool::VibeKanban);
    let home = tempfile::tempdir().unwrap();
    database(home.path(), "db.v2.sqlite", TABLES);
    write_log(home.path(), &["{\"Stdout\":\"x\"}"]);
    for (folder, variable, value) in [
        ("mac/Library/Application Support/ai.bloop.vibe-kanban", "", ""),
        ("windows/roaming/bloop/vibe-kanban/data", "APPDATA", "windows/roaming"),
        ("linux/share/vibe-kanban", "XDG_DATA_HOME", "linux/share"),
    ] {
        let folder = home.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(root(home.path()).join("db.v2.sqlite"), folder.join("db.v2.sqlite")).unwrap();
        let mut places = Places::of(home.path().join("mac"));
        if !variable.is_empty() {
            places = Places::of(home.path().join("none")).with(variable, home.path().join(value));
        }
        let found = kanban.discover(&places, &mut |_, _| {});
        assert_eq!(found.len(), 1, "{}", folder.display());
        assert!(kanban.recognise(&folder));
    }
    assert!(kanban.recognise(&root(home.path()).join("sessions")));
    assert!(!kanban.recognise(&home.path().join("nothing")));
    let other = home.path().join("other.jsonl");
    std::fs::write(&other, "{\"type\":\"user\"}\n").unwrap();
    assert!(!kanban.recognise(&other));
}
