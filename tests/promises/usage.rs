//! What was used is summed up exactly, each response once, whichever way it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::transcripts::{Owner, TOOLS, fixture};

const BY: [&str; 8] = ["day", "week", "month", "project", "session", "model", "tool", "agent"];
const TOKENS: [&str; 5] = ["input", "cache_read", "cache_write", "output", "reasoning"];

fn asked(owner: &Owner, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["usage", "-o", "json", "--utc"].iter().chain(arguments).copied().collect();
    serde_json::from_str(&owner.run(&all, 0)).unwrap()
}

/// The tokens of a row, by name.
fn tokens(row: &Value) -> BTreeMap<&'static str, i64> {
    TOKENS.map(|name| (name, row[name].as_i64().unwrap())).into()
}

fn sum<'a>(rows: impl IntoIterator<Item = &'a Value>) -> BTreeMap<&'static str, i64> {
    let mut sum = BTreeMap::from(TOKENS.map(|name| (name, 0)));
    rows.into_iter().flat_map(tokens).for_each(|(name, tokens)| *sum.get_mut(name).unwrap() += tokens);
    sum
}

#[test]
fn usage_of_every_tool_is_what_a_right_importer_finds_by_whatever_it_is_summed_up() {
    for tool in TOOLS.into_iter().filter(|tool| *tool != "vibe-kanban") {
        let owner = Owner::of(tool);
        owner.run(&["import", "-q"], 0);
        let expected: Value =
            serde_json::from_slice(&std::fs::read(fixture(tool).join("expected.json")).unwrap()).unwrap();
        let models = expected["totals"]["usage"].as_object().unwrap();
        for by in BY {
            let answer = asked(&owner, &["--by", by]);
            let rows = answer["rows"].as_array().unwrap();
            assert_eq!(sum(rows), sum(models.values()), "{tool} by {by}");
            assert_eq!(tokens(&answer["total"]), sum(models.values()), "{tool} by {by}");
            let cost = |row: &Value| row["cost"].as_i64().unwrap_or(0);
            let rounding = i64::try_from(rows.len()).unwrap();
            assert!((rows.iter().map(cost).sum::<i64>() - cost(&answer["total"])).abs() <= rounding);
        }
        let by_model = asked(&owner, &["--by", "model"]);
        let found: BTreeMap<&str, _> = by_model["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["model"].as_str().unwrap(), tokens(row)))
            .collect();
        let models: BTreeMap<&str, _> =
            models.iter().map(|(model, used)| (model.as_str(), tokens(used))).collect();
        assert_eq!(found, models, "{tool}");
        let sessions = expected["sessions"].as_array().unwrap();
        let by_session = asked(&owner, &["--by", "session"]);
        for row in by_session["rows"].as_array().unwrap() {
            let id = row["session"].as_str().unwrap();
            let belongs = |session: &&Value| root(sessions, session) == id;
            let used =
                sessions.iter().filter(belongs).flat_map(|one| one["usage"].as_object().unwrap().values());
            assert_eq!(tokens(row), sum(used), "{tool}: {id} with its sub-agents");
        }
        let partial = sessions.iter().filter(|session| session["usage_partial"] == true).count();
        assert_eq!(by_session["total"]["partial_sessions"], json!(partial), "{tool}");
    }
}

/// The id of the session that a person began.
fn root(sessions: &[Value], session: &Value) -> String {
    let parent = sessions.iter().find(|other| other["id"] == session["parent"]);
    match parent.filter(|_| session["relation"] == "subagent") {
        Some(parent) => root(sessions, parent),
        None => session["id"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn what_a_deleted_session_used_was_used_all_the_same() {
    let owner = Owner::of("claude");
    owner.run(&["import", "-q"], 0);
    let before = asked(&owner, &["--by", "session"]);
    for row in before["rows"].as_array().unwrap() {
        owner.run(&["delete", row["session"].as_str().unwrap(), "-q"], 0);
    }
    for by in BY {
        assert_eq!(tokens(&asked(&owner, &["--by", by])["total"]), tokens(&before["total"]), "{by}");
    }
    let ids = |answer: &Value| -> BTreeSet<String> {
        answer["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["session"].as_str().unwrap().to_owned())
            .collect()
    };
    let after = ids(&asked(&owner, &["--by", "session"]));
    assert!(after.is_superset(&ids(&before)), "{after:?}");
}

#[test]
fn a_cost_is_that_of_the_table_or_what_the_tool_said_and_what_has_none_is_counted() {
    let owner = Owner::of("claude");
    owner.run(&["import", "-q"], 0);
    let prices = tempfile::NamedTempFile::new().unwrap();
    let path = prices.path().to_str().unwrap();
    let with = |text: &str| {
        std::fs::write(path, text).unwrap();
        asked(&owner, &["--by", "model", "--prices", path])
    };
    let row = |answer: &Value, model: &str| {
        let rows = answer["rows"].as_array().unwrap();
        rows.iter().find(|row| row["model"] == model).unwrap().clone()
    };
    // 27 × 5 + 81000 × 0.5 + 3600 × 10 + 491 × 25: what is written was for an hour.
    assert_eq!(row(&with(""), "claude-opus-5")["cost"], 88_910);
    let answer = with(
        "[[price]]\nmodels = ['claude-opus-5']\ninput = 1\ncache_read = 0\ncache_write = 7\ncache_write_1h = 0\noutput = 0\n",
    );
    assert_eq!(row(&answer, "claude-opus-5")["cost"], 27);
    assert_eq!(row(&answer, "claude-sonnet-5")["cost"], 4_652, "the others are as they were");
    let answer = with("[[price]]\nmodels = ['claude-opus-5']\ninput = 1\noutput = 1\n");
    let opus = row(&answer, "claude-opus-5");
    assert_eq!((&opus["cost"], &opus["records_without_cost"]), (&Value::Null, &opus["records"]));
    assert_eq!(answer["total"]["records_without_cost"], opus["records"]);
    let told = owner.command(&["usage", "--prices", path]).output().unwrap();
    let notes = String::from_utf8(told.stderr).unwrap();
    assert!(notes.contains("9 records without a cost") && notes.contains("claude-opus-5"), "{notes}");
    let by_environment = owner.command(&["usage", "-o", "json"]).env("RETOLD_PRICES", path).output().unwrap();
    let by_environment: Value = serde_json::from_slice(&by_environment.stdout).unwrap();
    assert_eq!(by_environment["total"]["cost"], answer["total"]["cost"]);

    let owner = Owner::of("opencode");
    owner.run(&["import", "-q"], 0);
    let answer = asked(&owner, &["--by", "model"]);
    let sonnet = row(&answer, "claude-sonnet-4-5");
    assert_eq!((&sonnet["cost"], &sonnet["cost_said_by_tools"]), (&json!(5_000), &json!(5_000)));
    let codex = row(&answer, "gpt-5.3-codex");
    assert_eq!(codex["cost_said_by_tools"], 0, "a price is known");
}

#[test]
fn what_is_wrong_with_prices_or_the_input_of_a_status_line_is_one_error() {
    let owner = Owner::of("claude");
    owner.run(&["import", "-q"], 0);
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let refused = |mut command: std::process::Command, input: &[u8]| {
        use std::io::Write;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // One that refuses the file does not read.
        let _unread = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{told}");
        assert_eq!(told.lines().filter(|line| line.starts_with("error:")).count(), 1, "{told}");
        assert!(told.lines().count() <= 2, "{told}");
    };
    let hostile: [&[u8]; 9] = [
        b"]",
        b"[[price]]\nmodels = 3",
        b"[[price]]\nmodels = ['m']\ninput = -1",
        b"[[price]]\nmodels = ['m']\ninput = 1e400",
        b"[[price]]\nmodels = ['m']\ninput = 'x\\u001b[2J'",
        b"[[price]]\nmodels = ['m']\nfrom = 2026-02-30",
        b"[[price]]\nmodels = ['m']\nlong_prompt = { over = 18446744073709551615 }",
        b"\xff\xfe",
        "[".repeat(1 << 20).as_bytes().to_vec().leak(),
    ];
    for prices in hostile {
        std::fs::write(path, prices).unwrap();
        refused(owner.command(&["usage", "--prices", path]), b"");
        refused(owner.command(&["usage", "--statusline", "--prices", path]), b"{}");
    }
    refused(owner.command(&["usage", "--prices", "/nowhere/prices.toml"]), b"");
    let deep = "[".repeat(100_000);
    let long = format!("{{\"model\": \"{}\"}}", "x".repeat(1 << 20));
    for input in ["garbage", "{", "[]", "7", "\"text\"", "{\"model\":\u{0}}", &deep, &long] {
        refused(owner.command(&["usage", "--statusline"]), input.as_bytes());
    }
    let odd =
        [r#"{"model":7,"cost":[]}"#, r#"{"cost":{"total_cost_usd":-1e308}}"#, r#"{"session_id":{}}"#, " \n"];
    for input in odd {
        use std::io::Write;
        let mut command = owner.command(&["usage", "--statusline"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "$0.00 today\n", "{input}");
    }
}
