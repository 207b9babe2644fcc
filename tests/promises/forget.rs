//! What is excluded does not come in, and what is forgotten does not come back.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::transcripts::{Owner, TOOLS, files, text, write};

/// A text of fewer bytes may be in anything.
const TEXT_MIN: usize = 12;

/// What persons and agents said in a session and its agents, and nobody elsewhere.
fn texts_of(owner: &Owner, id: &str) -> Vec<String> {
    let own = format!(
        "(select stream from sessions where id = '{id}' or id like '{id}/%' or parent = '{id}' and relation = 'subagent')"
    );
    let texts = owner.column(&format!(
            "select distinct content as x from chat_messages where stream in {own} and length(content) >= {TEXT_MIN} \
             and content not in (select content from chat_messages where stream not in {own}) \
             and not exists (select 1 from sessions where stream not in {own} and instr(task, rtrim(content, '.')))"
        ),
    );
    assert!(!texts.is_empty(), "{id} says nothing");
    texts
}

/// The session of a tool's fixture that says most.
fn chosen(owner: &Owner) -> String {
    let sql = "select id as x from sessions where relation is null order by message_count desc, id limit 1";
    owner.column(sql).remove(0)
}

/// Looks for texts in all that the store can be asked, in every export, and in the bytes of its files.
fn is_gone(owner: &Owner, id: &str, texts: &[String], when: &str) {
    let left = owner.column(&format!("select id as x from sessions where id = '{id}' or id like '{id}/%'"));
    assert!(left.is_empty(), "{when}: {left:?}");
    let said = owner.column("select content as x from chat_messages");
    for text in texts {
        assert!(!said.contains(text), "{when}: {text}");
        let regex = regex_of(text);
        let found = owner.command(&["redact", "--match", &regex, "--dry-run"]).output().unwrap();
        assert_eq!(found.status.code(), Some(1), "{when}: {text}: {}", crate::transcripts::text(&found));
    }
    let needles: Vec<Vec<u8>> = texts
        .iter()
        .flat_map(|text| {
            let escaped = Value::from(text.as_str()).to_string();
            [text.clone().into_bytes(), escaped.as_bytes()[1..escaped.len() - 1].to_vec()]
        })
        .collect();
    let holds = |bytes: &[u8]| {
        needles.iter().find(|needle| bytes.windows(needle.len()).any(|part| part == &needle[..]))
    };
    let home = owner.home();
    for (name, bytes) in files(owner.folder.path()) {
        if !owner.folder.path().join(&name).starts_with(&home) {
            assert_eq!(holds(&bytes).map(|found| String::from_utf8_lossy(found)), None, "{when}: {name}");
        }
    }
}

fn regex_of(text: &str) -> String {
    let escaped = |letter: char| match letter.is_alphanumeric() || letter == ' ' {
        true => letter.to_string(),
        false => ".{1,2}".to_owned(),
    };
    format!("(?s){}", text.chars().take(60).map(escaped).collect::<String>())
}

/// Returns an export, which names what is missing.
fn export(owner: &Owner, code: i32) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    owner.run(&["export", "--format", "native", folder.path().to_str().unwrap()], code);
    files(folder.path())
}

/// The files in which a session is, or which are named after it.
fn files_of(owner: &Owner, id: &str) -> Vec<String> {
    let mut found: Vec<String> = owner
        .column(&format!("select files as x from sessions where id = '{id}'"))
        .iter()
        .flat_map(|files| serde_json::from_str::<Vec<String>>(files).unwrap())
        .collect();
    found.extend(files(&owner.home()).into_keys().filter(|name| name.contains(id)));
    found.sort();
    found.dedup();
    found
}

fn again(owner: &Owner, id: &str, texts: &[String], when: &str) {
    owner.run(&["import"], 0);
    is_gone(owner, id, texts, when);
}

#[test]
fn what_is_forgotten_does_not_come_back() {
    for tool in TOOLS {
        let owner = Owner::of(tool);
        owner.run(&["import"], 0);
        let id = chosen(&owner);
        let (texts, own) = (texts_of(&owner, &id), files_of(&owner, &id));
        let before = owner.head();
        owner.run(&["forget", &id, "--dry-run"], 0);
        assert_eq!(owner.head(), before, "a dry run writes nothing");
        let forgotten = owner.command(&["forget", &id, "--reason", "private"]).output().unwrap();
        assert!(matches!(forgotten.status.code(), Some(0 | 7)), "{tool}: {}", text(&forgotten));
        is_gone(&owner, &id, &texts, tool);
        owner.run(&["verify", "--full"], 0);
        let named = export(&owner, 6);
        let gap = b"{\"retold\":\"gap\"";
        assert!(named.values().any(|bytes| bytes.windows(gap.len()).any(|part| part == gap)), "{tool}");
        again(&owner, &id, &texts, &format!("{tool}, again"));
        let head = owner.head();
        owner.run(&["import"], 0);
        assert_eq!(owner.head(), head, "{tool}: again is no news");
        for name in crate::one_in(3, &own) {
            let path = owner.home().join(name);
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let is_lines = name.ends_with(".jsonl");
            // Touched.
            write(&path, &bytes);
            again(&owner, &id, &texts, &format!("{tool}, touched {name}"));
            if is_lines {
                // It goes on, with a line that says again what was said; then from a line in its middle; then in another order.
                let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
                let grown = [&bytes[..], lines[lines.len() / 2]].concat();
                let cut = lines[lines.len() / 2..].concat();
                let spaced = [&b"\n"[..], &bytes[..]].concat();
                for (how, now) in [("grown", grown), ("rewritten", spaced), ("cut", cut)] {
                    write(&path, &now);
                    again(&owner, &id, &texts, &format!("{tool}, {how} {name}"));
                }
                write(&path, &bytes);
            }
            // Copied, and moved, beside it.
            let named = |new: &str| match is_lines {
                true => path.with_file_name(format!("{new}{}", path.file_name().unwrap().to_str().unwrap())),
                false => path.with_extension(format!("{new}.json")),
            };
            if is_lines || name.ends_with(".json") {
                write(&named("copy-of-"), &bytes);
                again(&owner, &id, &texts, &format!("{tool}, copied {name}"));
                std::fs::rename(&path, named("moved-")).unwrap();
                again(&owner, &id, &texts, &format!("{tool}, moved {name}"));
                std::fs::rename(named("moved-"), &path).unwrap();
                std::fs::remove_file(named("copy-of-")).unwrap();
            }
        }
        owner.run(&["projections", "rebuild", "builtin"], 0);
        is_gone(&owner, &id, &texts, &format!("{tool}, rebuilt"));
        owner.run(&["verify", "--full"], 0);
    }
}

/// A session that others go on beside is still there, with all that was said in it.
#[test]
fn forgetting_leaves_the_other_sessions_as_they_are() {
    for tool in TOOLS {
        let owner = Owner::of(tool);
        owner.run(&["import"], 0);
        let id = chosen(&owner);
        let others = format!(
            "select s.id || ' ' || m.content as x from sessions s join chat_messages m on m.stream = s.stream \
             where s.id <> '{id}' and s.id not like '{id}/%' and (s.parent is null or s.parent <> '{id}') order by 1"
        );
        let before = owner.column(&others);
        let forgotten = owner.command(&["forget", &id]).output().unwrap();
        assert!(matches!(forgotten.status.code(), Some(0 | 7)), "{tool}: {}", text(&forgotten));
        for _ in 0..2 {
            assert_eq!(owner.column(&others), before, "{tool}");
            owner.run(&["import"], 0);
        }
    }
}

#[test]
fn a_program_that_follows_keeps_out_what_another_one_forgets() {
    let owner = Owner::of("claude");
    let mut child = owner.command(&["import", "--follow", "-o", "jsonl"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    let id = "301c46a4-edc8-5c9f-a737-35d0d013c528";
    let texts = texts_of(&owner, id);
    let forgotten = owner.command(&["forget", id]).output().unwrap();
    assert!(matches!(forgotten.status.code(), Some(0 | 7)), "{}", text(&forgotten));
    let folder = owner.home().join(".claude/projects/-home-dev-atlas");
    let bytes = std::fs::read(folder.join(format!("{id}.jsonl"))).unwrap();
    write(&folder.join(format!("{id}.jsonl")), &[&bytes[..], &bytes[..]].concat());
    write(&folder.join("another-name.jsonl"), &bytes);
    // What another session says comes in, and tells that all was read.
    let name = "4d598096-6ffa-525f-ab63-d428a0262d72.jsonl";
    let other = std::fs::read_to_string(folder.join(name)).unwrap();
    let last = other.lines().rfind(|line| line.contains("\"role\":\"user\"")).unwrap();
    let (said, uuid) = ("One more thing about the build.", "00000000-0000-4000-8000-000000000001");
    let mut record: Value = serde_json::from_str(last).unwrap();
    record["uuid"] = uuid.into();
    record["message"]["content"] = said.into();
    write(&folder.join(name), format!("{other}{record}\n").as_bytes());
    loop {
        lines.next().unwrap().unwrap();
        if owner.column("select content as x from chat_messages").iter().any(|text| text == said) {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    is_gone(&owner, id, &texts, "followed");
}

#[test]
fn an_exclusion_holds_for_importers_that_have_begun() {
    let owner = Owner::of("claude");
    let importers: Vec<_> = (0..3)
        .map(|_| {
            owner.command(&["import", "-q"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    owner.run(&["import", "claude", "--exclude", "atlas"], 0);
    let was_in = owner.head();
    for importer in importers {
        let output = importer.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    // Whatever came in before it was excluded, nothing did after.
    assert_eq!(owner.head(), was_in);
}

/// Where everything is excluded, nothing of it is anywhere; included again, all of it comes in.
#[test]
fn what_is_excluded_does_not_come_in_until_it_is_included() {
    for tool in TOOLS {
        let expected = {
            let owner = Owner::of(tool);
            owner.run(&["import"], 0);
            owner.column("select content as x from chat_messages order by 1")
        };
        for word in ["/home/dev/atlas", "atlas", "/home/dev/"] {
            let owner = Owner::of(tool);
            owner.run(&["import", "--exclude", word], 0);
            let is_in = |folder: &str| folder.starts_with("/home/dev/atlas") || word == "/home/dev/";
            let folders = owner.column("select cwds as x from sessions");
            let folders: Vec<String> =
                folders.iter().flat_map(|list| serde_json::from_str::<Vec<String>>(list).unwrap()).collect();
            assert!(!folders.iter().any(|folder| is_in(folder)), "{tool}, {word}: {folders:?}");
            for (name, bytes) in export(&owner, if tool == "copilot" { 0 } else { code_of(&owner) }) {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                assert!(!text.contains("/home/dev/atlas"), "{tool}, {word}: {name}: {text}");
            }
            let head = owner.head();
            owner.run(&["import"], 0);
            assert_eq!(owner.head(), head, "{tool}, {word}: again is no news");
            assert!(owner.run(&["import", "--exclude"], 0).contains(word.trim_end_matches('/')));
            owner.run(&["import", "--include", word], 0);
            assert_eq!(
                owner.column("select content as x from chat_messages order by 1"),
                expected,
                "{tool}, {word}"
            );
            owner.run(&["import", "--exclude"], 1);
            owner.run(&["verify", "--full"], 0);
        }
    }
}

/// Whether an export is whole depends on whether a file holds something else beside what is excluded.
fn code_of(owner: &Owner) -> i32 {
    let folder = tempfile::tempdir().unwrap();
    let output =
        owner.command(&["export", "--format", "native", folder.path().to_str().unwrap()]).output().unwrap();
    output.status.code().filter(|code| [0, 6].contains(code)).unwrap()
}

#[test]
fn a_folder_of_transcripts_is_excluded_by_its_path() {
    let owner = Owner::of("claude");
    let folder = owner.home().join(".claude/projects/-home-dev-atlas");
    owner.run(&["import", "--exclude", folder.to_str().unwrap()], 0);
    let names: Vec<String> = export(&owner, 0).into_keys().collect();
    assert!(names.iter().all(|name| !name.contains("projects/-home-dev-atlas/")), "{names:?}");
    assert!(!names.is_empty());
}

#[test]
fn a_forgotten_project_is_not_named() {
    let owner = Owner::of("codex");
    owner.run(&["import"], 0);
    let forgotten = owner.command(&["forget", "--project", "/home/dev/atlas"]).output().unwrap();
    assert!(matches!(forgotten.status.code(), Some(0 | 7)), "{}", text(&forgotten));
    assert_eq!(owner.column("select id as x from sessions"), Vec::<String>::new());
    let listed = owner.run(&["import", "--exclude"], 0);
    assert!(listed.contains('#') && !listed.contains("atlas"), "{listed}");
    owner.run(&["import"], 0);
    assert_eq!(owner.column("select id as x from sessions"), Vec::<String>::new());
    let found = owner.command(&["redact", "--match", "/home/dev/atlas", "--dry-run"]).output().unwrap();
    assert_eq!(found.status.code(), Some(1), "{}", text(&found));
}

/// An exclusion is as durable as anything in the log.
#[test]
fn an_exclusion_is_in_every_backup_and_survives_compaction_and_recovery() {
    let owner = Owner::of("codex");
    owner.run(&["import", "--exclude", "/home/dev/atlas"], 0);
    let copy = owner.folder.path().join("copy.db");
    owner.run(&["store", "backup", copy.to_str().unwrap()], 0);
    owner.run(&["store", "compact"], 0);
    let [store, recovered] = ["log.db", "recovered.db"].map(|name| owner.folder.path().join(name));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_program"))
        .args(["store", "recover"])
        .args([&store, &recovered])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let is_kept = |store: &Path| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_program"))
            .arg("--store")
            .arg(store)
            .args(["import", "--exclude"])
            .output()
            .unwrap();
        assert!(text(&output).contains("/home/dev/atlas"), "{}: {}", store.display(), text(&output));
    };
    for store in [copy, recovered, store] {
        is_kept(&store);
    }
}

#[test]
fn what_excludes_everything_or_nothing_is_refused() {
    let owner = Owner::of("codex");
    for words in [
        &["import", "--exclude", "/"][..],
        &["import", "--include", "nothing"],
        &["import", "--exclude", "x", "--dry-run"],
        &["forget"],
        &["forget", "x", "--project", "y"],
    ] {
        owner.run(words, 2);
    }
    owner.run(&["import"], 0);
    owner.run(&["forget", "--project", "/nowhere", "--reason", "about /nowhere"], 2);
    owner.run(&["forget", "no-such-session"], 1);
    owner.run(&["import", "--exclude"], 1);
}
