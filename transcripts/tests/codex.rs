//! What rollouts of Codex mean where the fixture does not show it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use retold_transcripts::{Fact, Form, Places, Role, SourceRole, Status, Tool, What, format};
use serde_json::{Value, json};
use support::Home;

/// Ids that carry their time, as Codex makes them.
const PARENT: &str = "019fc6e7-0000-7000-8000-000000000001";
const TURN: &str = "019fc6e7-1000-7000-8000-000000000001";
const FORK: &str = "019fc6e8-0000-7000-8000-000000000002";
const FORK_TURN: &str = "019fc6e8-1000-7000-8000-000000000002";
const OTHER: &str = "019fc6e9-0000-7000-8000-000000000003";
const OTHER_TURN: &str = "019fc6e9-1000-7000-8000-000000000003";

/// Writes a rollout, each line a little later than the one before.
fn rollout(home: &Path, name: &str, lines: &[Value]) {
    let path = home.join(".codex").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(path, lines.concat()).unwrap();
}

fn named(thread: &str) -> String {
    format!("sessions/2026/08/03/rollout-2026-08-03T09-15-00-{thread}.jsonl")
}

fn line(kind: &str, payload: Value) -> Value {
    json!({"timestamp": "2026-08-03T09:15:00.000Z", "type": kind, "payload": payload})
}

fn meta(thread: &str, more: Value) -> Value {
    let mut meta = json!({"id": thread, "cwd": "/w", "cli_version": "1"});
    meta.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line("session_meta", meta)
}

fn event(kind: &str, more: Value) -> Value {
    let mut event = json!({"type": kind});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line("event_msg", event)
}

fn turn(id: &str) -> Value {
    event("task_started", json!({"turn_id": id}))
}

fn prompt(text: &str) -> Value {
    event("user_message", json!({"message": text}))
}

fn answer(text: &str) -> Value {
    let content = json!([{"type": "output_text", "text": text}]);
    line("response_item", json!({"type": "message", "role": "assistant", "content": content}))
}

fn total(input: u64, output: u64) -> Value {
    event(
        "token_count",
        json!({"info": {"total_token_usage": {"input_tokens": input, "output_tokens": output}}}),
    )
}

fn used_by(response: &str, thread: &str, input: u64, output: u64) -> Value {
    let usage = json!({"input_tokens": input, "output_tokens": output});
    line("token_usage_record", json!({"thread_id": thread, "response_id": response, "usage": usage}))
}

fn numbered(lines: &[Value], from: u64) -> Vec<Value> {
    let mut lines = lines.to_vec();
    for (ordinal, line) in (from..).zip(&mut lines) {
        line["ordinal"] = json!(ordinal);
    }
    lines
}

fn facts(home: &Path) -> Vec<Fact> {
    Home::read(Tool::Codex, Places::of(home)).interpret().1.into_iter().map(|(_, fact)| fact).collect()
}

/// Returns what each thread used, each key once: of two that say it, the one whose own it is.
fn used(facts: &[Fact]) -> BTreeMap<String, (u64, u64)> {
    let mut by_key: BTreeMap<&str, (bool, &str, u64, u64)> = BTreeMap::new();
    for fact in facts {
        if let What::Used { key, is_hearsay, tokens, .. } = &fact.what {
            let now = (*is_hearsay, &*fact.session, tokens.input, tokens.output);
            let before = by_key.entry(key).or_insert(now);
            if before.0 && !is_hearsay {
                *before = now;
            }
        }
    }
    let mut sums = BTreeMap::new();
    for (_, session, input, output) in by_key.into_values() {
        let sum: &mut (u64, u64) = sums.entry(session.to_owned()).or_default();
        *sum = (sum.0 + input, sum.1 + output);
    }
    sums
}

fn said(facts: &[Fact], session: &str) -> Vec<String> {
    facts
        .iter()
        .filter(|fact| fact.session == session)
        .filter_map(|fact| match &fact.what {
            What::Spoke { role: Role::User | Role::Assistant, text, .. } => Some(text.clone()),
            _ => None,
        })
        .collect()
}

fn parent_lines() -> Vec<Value> {
    vec![meta(PARENT, json!({})), turn(TURN), prompt("one"), total(10, 1), answer("first"), total(30, 3)]
}

/// A rollout that opens with what its parent said.
fn copy_of_parent(thread: &str, own: &[Value]) -> Vec<Value> {
    let mut lines = vec![meta(thread, json!({"forked_from_id": PARENT}))];
    lines.extend(parent_lines());
    lines.extend_from_slice(own);
    lines
}

#[test]
fn what_a_fork_copied_is_the_parents() {
    let home = tempfile::tempdir().unwrap();
    rollout(home.path(), &named(PARENT), &parent_lines());
    rollout(
        home.path(),
        &named(FORK),
        &copy_of_parent(FORK, &[turn(FORK_TURN), prompt("two"), total(35, 4)]),
    );
    let facts = facts(home.path());
    assert_eq!(said(&facts, PARENT), ["one", "first"]);
    assert_eq!(said(&facts, FORK), ["two"]);
    assert_eq!(used(&facts), BTreeMap::from([(PARENT.to_owned(), (30, 3)), (FORK.to_owned(), (5, 1))]));
}

#[test]
fn what_was_copied_from_a_rollout_that_is_gone_stays_and_is_marked_and_is_counted_once() {
    let home = tempfile::tempdir().unwrap();
    rollout(
        home.path(),
        &named(FORK),
        &copy_of_parent(FORK, &[turn(FORK_TURN), prompt("two"), total(35, 4)]),
    );
    rollout(
        home.path(),
        &named(OTHER),
        &copy_of_parent(OTHER, &[turn(OTHER_TURN), prompt("three"), total(37, 5)]),
    );
    let orphans = facts(home.path());
    for (thread, own) in [(FORK, "two"), (OTHER, "three")] {
        assert_eq!(said(&orphans, thread), ["one", "first", own]);
        let mark = What::Also { name: "copy_of", value: json!(PARENT) };
        assert!(orphans.iter().any(|fact| fact.session == thread && fact.what == mark));
    }
    let all =
        |facts: &[Fact]| used(facts).into_values().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    assert_eq!(all(&orphans), (30 + 5 + 7, 3 + 1 + 2));
    // Once the parent is there, what it used is its own again.
    rollout(home.path(), &named(PARENT), &parent_lines());
    let whole = facts(home.path());
    assert_eq!(used(&whole)[PARENT], (30, 3));
    assert_eq!(all(&whole), all(&orphans));
}

#[test]
fn of_a_copy_of_a_copy_what_is_gone_stays_and_what_is_elsewhere_does_not() {
    let home = tempfile::tempdir().unwrap();
    rollout(home.path(), &named(PARENT), &parent_lines());
    let mut lines = vec![meta(OTHER, json!({"forked_from_id": FORK}))];
    lines.extend(copy_of_parent(FORK, &[turn(FORK_TURN), prompt("two"), total(35, 4)]));
    lines.extend([turn(OTHER_TURN), prompt("three"), total(37, 5)]);
    rollout(home.path(), &named(OTHER), &lines);
    let orphan = facts(home.path());
    assert_eq!(said(&orphan, OTHER), ["two", "three"]);
    let marks = orphan.iter().filter(|fact| fact.what == What::Also { name: "copy_of", value: json!(FORK) });
    assert_eq!(marks.count(), 1);
    assert_eq!(used(&orphan)[OTHER], (7, 2));
    rollout(
        home.path(),
        &named(FORK),
        &copy_of_parent(FORK, &[turn(FORK_TURN), prompt("two"), total(35, 4)]),
    );
    let whole = facts(home.path());
    assert_eq!(said(&whole, OTHER), ["three"]);
    let expected = [(PARENT, (30, 3)), (FORK, (5, 1)), (OTHER, (2, 1))];
    assert_eq!(used(&whole), expected.map(|(thread, used)| (thread.to_owned(), used)).into());
}

#[test]
fn a_fork_that_names_its_history_goes_on_counting_from_there() {
    let home = tempfile::tempdir().unwrap();
    rollout(home.path(), &named(PARENT), &numbered(&parent_lines(), 0));
    let base =
        json!({"history_base": {"thread_id": PARENT, "end_ordinal_exclusive": 5, "end_byte_offset": 1}});
    let fork = [meta(FORK, base), turn(FORK_TURN), prompt("two"), total(17, 2)];
    rollout(home.path(), &named(FORK), &numbered(&fork, 5));
    let base = json!({"history_base": {"thread_id": FORK, "end_ordinal_exclusive": 6, "end_byte_offset": 1}});
    let other = [meta(OTHER, base), turn(OTHER_TURN), total(11, 1)];
    rollout(home.path(), &named(OTHER), &numbered(&other, 6));
    let used = used(&facts(home.path()));
    assert_eq!(used[FORK], (7, 1));
    // Its base had not counted yet: its base's base had.
    assert_eq!(used[OTHER], (1, 0));
}

#[test]
fn a_thread_that_was_reverted_goes_on_in_another_rollout() {
    let home = tempfile::tempdir().unwrap();
    rollout(home.path(), &named(PARENT), &numbered(&parent_lines(), 0));
    let base =
        json!({"history_base": {"thread_id": PARENT, "end_ordinal_exclusive": 4, "end_byte_offset": 1}});
    let again = [meta(PARENT, base), turn(OTHER_TURN), answer("second"), total(40, 2)];
    let name = format!("sessions/2026/08/03/rollout-2026-08-03T09-15-00-{PARENT}_{OTHER}.jsonl");
    rollout(home.path(), &name, &numbered(&again, 4));
    let facts = facts(home.path());
    assert_eq!(said(&facts, PARENT), ["one", "first", "second"]);
    let ids: Vec<&String> = facts
        .iter()
        .filter_map(|fact| if let What::Spoke { id, .. } = &fact.what { Some(id) } else { None })
        .collect();
    let rewound: Vec<&What> =
        facts.iter().map(|fact| &fact.what).filter(|what| matches!(what, What::Rewound { .. })).collect();
    assert_eq!(rewound, [&What::Rewound { dropped: vec![ids[1].clone()] }]);
    assert_ne!(ids[1], ids[2]);
    assert_eq!(used(&facts)[PARENT], (30 + 30, 3 + 1));
}

#[test]
fn a_rollout_that_is_there_twice_is_one() {
    let home = tempfile::tempdir().unwrap();
    let (now, before) = (parent_lines(), &parent_lines()[..4]);
    rollout(home.path(), &named(PARENT), before);
    rollout(home.path(), &format!("archived_sessions/rollout-2026-08-03T09-15-00-{PARENT}.jsonl"), &now);
    let twin = home.path().join(".codex").join(named(PARENT) + ".zst");
    std::fs::write(&twin, zstd::encode_all(&b"{}\n"[..], 3).unwrap()).unwrap();
    let found = Home::read(Tool::Codex, Places::of(home.path()));
    assert_eq!(found.sources.len(), 2, "what is compressed has a plain twin: {:?}", found.sources);
    let facts = facts(home.path());
    assert_eq!(said(&facts, PARENT), ["one", "first"]);
    assert_eq!(used(&facts)[PARENT], (30, 3));
    assert_eq!(facts.iter().filter(|fact| fact.what == What::Began).count(), 2);
}

#[test]
fn usage_is_counted_once_where_records_of_it_begin_in_the_middle() {
    let home = tempfile::tempdir().unwrap();
    let mut lines = parent_lines();
    lines.extend([
        total(36, 5),
        used_by("r1", PARENT, 6, 2),
        used_by("r2", PARENT, 4, 1),
        total(40, 6),
        used_by("r2", PARENT, 4, 1),
        used_by("r3", OTHER, 100, 100),
        total(40, 6),
    ]);
    rollout(home.path(), &named(PARENT), &lines);
    rollout(home.path(), &named(OTHER), &[meta(OTHER, json!({})), used_by("r3", OTHER, 100, 100)]);
    let used = used(&facts(home.path()));
    assert_eq!(used[PARENT], (40, 6));
    assert_eq!(used[OTHER], (100, 100));
}

#[test]
fn a_title_is_the_newest_of_the_best_place() {
    let home = tempfile::tempdir().unwrap();
    let named_in_rollout = event("thread_name_updated", json!({"thread_name": "In the rollout"}));
    rollout(home.path(), &named(PARENT), &[meta(PARENT, json!({})), named_in_rollout.clone()]);
    rollout(home.path(), &named(FORK), &[meta(FORK, json!({})), prompt("x")]);
    rollout(home.path(), &named(OTHER), &[meta(OTHER, json!({})), named_in_rollout, prompt("x")]);
    let index = format!(
        "{{\"id\":\"{FORK}\",\"thread_name\":\"old\"}}\nbroken\n{{\"id\":\"{FORK}\",\"thread_name\":\"new\"}}\n\
         {{\"id\":\"{OTHER}\",\"thread_name\":\"old\"}}\n"
    );
    std::fs::write(home.path().join(".codex/session_index.jsonl"), index).unwrap();
    rusqlite::Connection::open(home.path().join(".codex/state_5.sqlite"))
        .unwrap()
        .execute_batch(&format!(
            "create table threads (id text primary key, rollout_path text, name text);
             insert into threads values ('{OTHER}', '', 'Listed'), ('{PARENT}', '', null)"
        ))
        .unwrap();
    let mut titles = BTreeMap::new();
    for fact in facts(home.path()) {
        if let What::Titled(title) = fact.what {
            titles.insert(fact.session, title);
        }
    }
    let expected = [(PARENT, "In the rollout"), (FORK, "new"), (OTHER, "Listed")];
    assert_eq!(titles, expected.map(|(id, title)| (id.to_owned(), title.to_owned())).into());
}

#[test]
fn a_compaction_is_one_however_often_it_is_written() {
    let compacted = || line("compacted", json!({"message": "so far"}));
    let announced = || event("context_compacted", json!({}));
    let item = || event("item_completed", json!({"item": {"type": "ContextCompaction", "id": "c"}}));
    for (lines, count) in [
        (vec![compacted(), announced()], 1),
        (vec![announced(), compacted()], 1),
        (vec![compacted(), item()], 1),
        (vec![compacted(), compacted()], 2),
        (vec![compacted(), announced(), compacted(), announced()], 2),
        (vec![compacted(), prompt("x"), announced()], 2),
    ] {
        let home = tempfile::tempdir().unwrap();
        rollout(home.path(), &named(PARENT), &[vec![meta(PARENT, json!({}))], lines.clone()].concat());
        let found =
            facts(home.path()).iter().filter(|fact| matches!(fact.what, What::Compacted { .. })).count();
        assert_eq!(found, count, "{lines:?}");
    }
}

#[test]
fn going_back_drops_the_last_turns_and_no_more_than_there_are() {
    let back = |turns: u64| event("thread_rolled_back", json!({"num_turns": turns}));
    let home = tempfile::tempdir().unwrap();
    let lines = [
        meta(PARENT, json!({})),
        prompt("a"),
        answer("b"),
        prompt("c"),
        answer("d"),
        back(1),
        back(0),
        prompt("e"),
        back(u64::MAX),
    ];
    rollout(home.path(), &named(PARENT), &lines);
    let facts = facts(home.path());
    let mut texts = BTreeMap::new();
    let mut dropped = Vec::new();
    for fact in &facts {
        match &fact.what {
            What::Spoke { id, text, .. } => drop(texts.insert(id, text.as_str())),
            What::Rewound { dropped: ids } => {
                dropped.push(ids.iter().map(|id| texts[id]).collect::<Vec<_>>())
            }
            _ => {}
        }
    }
    assert_eq!(dropped, [vec!["c", "d"], vec!["a", "b", "e"]]);
}

#[test]
fn how_a_thread_stands_is_what_was_written_last() {
    for (ends, status) in [
        (vec![event("task_complete", json!({}))], (Status::Completed, false)),
        (vec![event("task_complete", json!({"error": {"message": "x"}}))], (Status::Failed, false)),
        (vec![event("task_complete", json!({"error": null}))], (Status::Completed, false)),
        (vec![event("turn_aborted", json!({})), turn(TURN)], (Status::Open, false)),
        (
            vec![event("turn_complete", json!({})), event("turn_aborted", json!({}))],
            (Status::Interrupted, false),
        ),
        (vec![prompt("x")], (Status::Open, true)),
    ] {
        let home = tempfile::tempdir().unwrap();
        rollout(home.path(), &named(PARENT), &[vec![meta(PARENT, json!({}))], ends.clone()].concat());
        let (interpreter, _) = Home::read(Tool::Codex, Places::of(home.path())).interpret();
        assert_eq!(interpreter.settled(PARENT).status, Some(status), "{ends:?}");
    }
}

#[test]
fn a_rollout_without_its_first_line_is_the_one_that_its_name_says() {
    let home = tempfile::tempdir().unwrap();
    rollout(home.path(), &named(PARENT), &parent_lines()[1..]);
    assert_eq!(said(&facts(home.path()), PARENT), ["one", "first"]);
}

#[test]
fn files_are_found_where_codex_is_told_to_put_them_and_no_link_is_followed_forever() {
    let home = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    rollout(elsewhere.path(), &named(PARENT), &parent_lines());
    let root = elsewhere.path().join(".codex");
    std::fs::write(root.join("auth.json"), "{}").unwrap();
    std::fs::write(root.join("history.jsonl"), "").unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(root.join("sessions"), root.join("sessions/2026/again")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.join("sessions/rollout-2026-08-03T09-15-00-x.jsonl"))
            .unwrap();
        // A home that is a link.
        std::os::unix::fs::symlink(&root, home.path().join("link")).unwrap();
    }
    #[cfg(not(unix))]
    std::fs::rename(&root, home.path().join("link")).unwrap();
    let places = Places::of(home.path()).with("CODEX_HOME", home.path().join("link"));
    let mut failed = Vec::new();
    let found = format(Tool::Codex).discover(&places, &mut |path, error| failed.push((path, error)));
    let shown: Vec<_> = found.iter().map(|source| (source.role, source.form)).collect();
    assert_eq!(
        shown,
        [(SourceRole::Companion, Form::Lines), (SourceRole::Transcript, Form::Lines)],
        "{found:?}"
    );
    assert!(failed.is_empty(), "{failed:?}");
    assert!(format(Tool::Codex).discover(&Places::of(home.path().join("none")), &mut |_, _| {}).is_empty());
}

#[test]
fn what_codex_wrote_is_recognised_by_what_is_in_it() {
    let home = tempfile::tempdir().unwrap();
    rollout(home.path(), &named(PARENT), &parent_lines());
    let codex = format(Tool::Codex);
    let renamed = home.path().join("notes.jsonl");
    std::fs::copy(home.path().join(".codex").join(named(PARENT)), &renamed).unwrap();
    let compressed = home.path().join("cold.jsonl.zst");
    std::fs::write(&compressed, zstd::encode_all(&std::fs::read(&renamed).unwrap()[..], 3).unwrap()).unwrap();
    // A bomb is read as far as is needed to see that it is none.
    let bomb = home.path().join("bomb.jsonl.zst");
    std::fs::write(&bomb, zstd::encode_all(std::io::Read::take(std::io::repeat(b' '), 1 << 28), 3).unwrap())
        .unwrap();
    let other = home.path().join("other.jsonl");
    std::fs::write(&other, "{\"type\":\"user\",\"sessionId\":\"x\"}\n").unwrap();
    for (path, expected) in [
        (home.path().join(".codex"), true),
        (renamed, true),
        (compressed, true),
        (bomb, false),
        (other, false),
    ] {
        assert_eq!(codex.recognise(&path), expected, "{}", path.display());
    }
}
