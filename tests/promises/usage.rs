//! What was used is summed up exactly, each response once, whichever way it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use proptest::prelude::*;
use retold_core::event::UsageRecorded;
use retold_core::{Commit, Event, Expected, NewEvent, Options, Position, StreamName, time};
use retold_projections::{Prices, Store, Usage, UsageBy, UsageQuery, UsageSum};
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

/// A record of usage in a history that was made up.
#[derive(Clone, Debug)]
struct Made {
    tool: usize,
    session: usize,
    key: usize,
    minutes: i64,
    model: usize,
    numbers: [u64; 6],
    cost: Option<i64>,
    hearsay: bool,
}

const MADE_TOOLS: [&str; 3] = ["claude", "codex", "copilot"];
const MADE_MODELS: [&str; 4] = ["claude-haiku-5-5", "gpt-6-sol", "claude-sonnet-4-5", "nobody-knows"];

fn made() -> impl Strategy<Value = Made> {
    let number = prop_oneof![0..5_u64, 90_000..300_000_u64, Just(u64::MAX)];
    let place = (0..3_usize, 0..3_usize, 0..6_usize);
    let rest = (-3_000..9_000_i64, 0..4_usize, prop::array::uniform6(number));
    let told = (prop::option::of(-5..5_000_i64), any::<bool>());
    (place, rest, told).prop_map(|((tool, session, key), (minutes, model, numbers), (cost, hearsay))| Made {
        tool,
        session,
        key,
        minutes,
        model,
        numbers,
        cost,
        hearsay,
    })
}

/// Times lie in the tenth hour around a turn of the year, and before 1970.
fn at(made: &Made) -> i64 {
    let minute = 60 * 1_000_000;
    let base = if made.key == 5 { 0 } else { 1_767_222_000_000_000 };
    base + made.minutes * minute
}

fn event(made: &Made) -> NewEvent {
    let [input, cache_read, cache_write, cache_write_1h, output, reasoning] = made.numbers;
    let event: Event = UsageRecorded {
        key: format!("k{}", made.key),
        model: MADE_MODELS[made.model].to_owned(),
        input,
        cache_read,
        cache_write,
        cache_write_1h: made.cost.is_none().then_some(cache_write_1h),
        output,
        reasoning,
        cost: made.cost,
        hearsay: made.hearsay,
    }
    .into();
    NewEvent { event, occurred_at: time::from_micros(at(made)) }
}

fn stream(made: &Made) -> StreamName {
    StreamName::session(MADE_TOOLS[made.tool], format!("s{}", made.session), 1)
}

/// Which records count, found out the slow way: of a session's records of a key its last one; of several sessions one.
fn counting(records: &[(Made, Position)], streams: &[StreamName]) -> Vec<Made> {
    let mut last: BTreeMap<(usize, usize, usize), Made> = BTreeMap::new();
    for (made, _) in records {
        last.insert((made.tool, made.key, made.session), made.clone());
    }
    let mut winners: BTreeMap<(usize, usize), Made> = BTreeMap::new();
    let rank = |made: &Made| {
        let place = streams.iter().position(|stream_of| *stream_of == stream(made)).unwrap();
        (made.hearsay, std::cmp::Reverse(made.numbers[4].min(1 << 36)), place)
    };
    for made in last.into_values() {
        let key = (made.tool, made.key);
        if winners.get(&key).is_none_or(|other| rank(&made) < rank(other)) {
            winners.insert(key, made);
        }
    }
    winners.into_values().collect()
}

fn slow_sum<'a>(counting: impl Iterator<Item = &'a Made>) -> [u64; 7] {
    counting.fold([0; 7], |mut sum, made| {
        let cut = |number: u64| number.min(1 << 36);
        let mut numbers = made.numbers.map(cut);
        numbers[3] = if made.cost.is_some() { 0 } else { cut(made.numbers[3].min(made.numbers[2])) };
        sum[0] += 1;
        sum[1..].iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        sum
    })
}

fn fast_sum(sum: &UsageSum) -> [u64; 7] {
    [sum.records, sum.input, sum.cache_read, sum.cache_write, sum.cache_write_1h, sum.output, sum.reasoning]
}

fn added_up(usage: &Usage) -> [u64; 7] {
    let mut sum = UsageSum::default();
    usage.rows.iter().for_each(|row| sum.add(&row.sum));
    assert_eq!(sum.cost, usage.total.sum.cost);
    fast_sum(&sum)
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(48))]

    #[test]
    fn sums_kept_record_by_record_are_those_of_all_records(
        history in prop::collection::vec((made(), any::<bool>()), 1..40),
        edges in (-3_000..9_000_i64, -3_000..9_000_i64),
        erased in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("sessions.db"), Options::new().create(true)).unwrap();
        let sidecars = store.sidecars();
        sidecars.add_built_in("transcripts").unwrap();
        let prices = Prices::built_in();
        let (mut records, mut streams): (Vec<(Made, Position)>, Vec<StreamName>) = (Vec::new(), Vec::new());
        for (made, catches_up) in &history {
            if !streams.contains(&stream(made)) {
                streams.push(stream(made));
                let created = retold_tests::created(&format!("s{}", made.session));
                store.log().append(Commit::to(stream(made), Expected::Any, [created])).unwrap();
            }
            let commit = Commit::to(stream(made), Expected::Any, [event(made)]);
            let position = store.log().append(commit).unwrap().last;
            records.push((made.clone(), position));
            if *catches_up {
                sidecars.catch_up("transcripts", &mut |_| true).unwrap();
            }
        }
        let erased: BTreeSet<Position> =
            erased.iter().map(|index| records[index.index(records.len())].1).collect();
        for round in 0..2 {
            if round == 1 && !erased.is_empty() {
                retold_upkeep::redact(store.log(), &erased, "a test").unwrap();
                records.retain(|(_, position)| !erased.contains(position));
            }
            sidecars.catch_up("transcripts", &mut |_| true).unwrap();
            let counting = counting(&records, &streams);
            let all = slow_sum(counting.iter());
            for by in [
                UsageBy::Day, UsageBy::Week, UsageBy::Month, UsageBy::Project, UsageBy::Session, UsageBy::Model,
                UsageBy::Tool, UsageBy::Agent,
            ] {
                let usage = store.usage(&UsageQuery { by, ..UsageQuery::default() }, &prices).unwrap();
                prop_assert_eq!(fast_sum(&usage.total.sum), all, "{:?}", by);
                prop_assert_eq!(added_up(&usage), all, "{:?}", by);
                let cost = usage.total.sum.cost;
                prop_assert_eq!(cost.by_price() + cost.by_tool() + cost.unknown(), all[0]);
            }
            let blocks = store.usage_blocks(&UsageQuery::default(), &prices).unwrap();
            let of_blocks = blocks.iter().map(|block| block.sum.records).sum::<u64>();
            prop_assert_eq!(of_blocks, all[0]);
            for block in &blocks {
                let inside = counting.iter().map(at).filter(|at| (block.start..block.end).contains(at));
                let inside: BTreeSet<i64> = inside.collect();
                prop_assert_eq!(inside.first().copied(), Some(block.first_used));
                prop_assert_eq!(inside.last().copied(), Some(block.last_used));
                prop_assert_eq!(block.start, block.first_used.div_euclid(3_600_000_000) * 3_600_000_000);
                // What is active then is found without all that was before.
                let active = store.active_usage_block(None, block.last_used, &prices).unwrap();
                prop_assert_eq!(active.as_ref(), Some(block));
            }
            // A time that begins and ends anywhere, and one tool of it.
            let (from, before) = (edges.0.min(edges.1), edges.0.max(edges.1));
            let [from, before] = [from, before].map(|minutes| 1_767_222_000_000_000 + minutes * 60_000_000 + 7);
            let query = UsageQuery {
                from: Some(from), before: Some(before), tool: Some("codex".to_owned()), ..UsageQuery::default()
            };
            let found = store.usage(&query, &prices).unwrap();
            let inside = counting.iter().filter(|made| made.tool == 1 && (from..before).contains(&at(made)));
            prop_assert_eq!(fast_sum(&found.total.sum), slow_sum(inside));
            let checked = sidecars.check("transcripts", &mut |_| true).unwrap().unwrap();
            prop_assert!(checked.differences.is_empty(), "{:?}", checked);
        }
    }
}

#[test]
fn a_prompt_costs_by_its_length_and_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("sessions.db"), Options::new().create(true)).unwrap();
    let sidecars = store.sidecars();
    sidecars.add_built_in("transcripts").unwrap();
    let prices = Prices::parse(
        "[[price]]\nmodels = ['m']\ninput = 1\noutput = 0\nlong_prompt = { over = 100000, input = 2, output = 0 }\n\
         [[price]]\nmodels = ['m']\nfrom = 2026-01-01\ninput = 10\noutput = 0\n",
    )
    .unwrap();
    let append = |tool: &str, key: &str, at: &str, input: u64| {
        let used = UsageRecorded {
            key: key.to_owned(),
            model: "m".to_owned(),
            input,
            cache_read: 0,
            cache_write: 0,
            cache_write_1h: None,
            output: 0,
            reasoning: 0,
            cost: None,
            hearsay: false,
        };
        let event = NewEvent { event: used.into(), occurred_at: Some(at.parse().unwrap()) };
        let name = StreamName::session(tool, key, 1);
        store
            .log()
            .append(Commit::to(name, Expected::Any, [retold_tests::created(key).into(), event]))
            .unwrap();
    };
    append("claude", "short", "2025-12-31T23:59:59Z", 100_000);
    append("claude", "long", "2025-12-31T23:00:00Z", 100_001);
    append("claude", "later", "2026-01-01T00:00:00Z", 100_001);
    // Copilot's records are sums of requests: nothing says that one of them was long.
    append("copilot", "sum", "2025-12-31T23:00:00Z", 100_001);
    sidecars.catch_up("transcripts", &mut |_| true).unwrap();
    let query = UsageQuery { by: UsageBy::Session, ..UsageQuery::default() };
    let usage = store.usage(&query, &prices).unwrap();
    let costs: BTreeMap<String, Option<i64>> =
        usage.rows.into_iter().map(|row| (row.key.unwrap(), row.sum.cost.micros())).collect();
    let expected = [("later", 1_000_010), ("long", 200_002), ("short", 100_000), ("sum", 100_001)];
    assert_eq!(costs, expected.map(|(key, cost)| (key.to_owned(), Some(cost))).into());
}
