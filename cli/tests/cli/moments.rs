//! Dates mean when things happened, in every command, also after an import; `--clock recorded` asks what the log knew.

use std::collections::{BTreeMap, BTreeSet};

use retold_core::happening::effective;
use retold_core::time;
use serde_json::{Value, json};

use crate::support::{Place, snapshot};

/// A session of the sample history.
const STORY: &str = "7c2f4b1e";

fn rows(place: &Place, args: &[&str]) -> Vec<Value> {
    let answer = place.piped(&[args, &["-o", "json"]].concat()).json();
    answer["rows"].as_array().unwrap().clone()
}

fn positions(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["position"].as_u64().unwrap()).collect()
}

fn micros(text: &str) -> i64 {
    time::to_micros(text.parse().unwrap())
}

/// The effective time of every event, by position.
fn effective_times(place: &Place) -> BTreeMap<u64, i64> {
    let mut streams: BTreeMap<String, Vec<(u64, i64)>> = BTreeMap::new();
    for row in rows(place, &["log"]) {
        let event = (row["position"].as_u64().unwrap(), micros(row["occurred_at"].as_str().unwrap()));
        streams.entry(row["stream"].to_string()).or_default().push(event);
    }
    let timed = streams.into_values().flat_map(|events| {
        let times: Vec<i64> = events.iter().map(|(_, at)| *at).collect();
        events.into_iter().map(|(position, _)| position).zip(effective(&times))
    });
    timed.collect()
}

#[test]
fn a_date_means_when_things_happened_also_after_an_import() {
    let place = Place::with_sample();
    let shown = place.piped(&["show", STORY, "--at", "2025-11-07 09:20", "-o", "json"]);
    assert!(shown.err.contains("happened 2025-11-07 09:1"), "{}", shown.err);
    assert!(shown.err.contains("recorded 2026-11-23 10:00:00Z"), "{}", shown.err);
    let shown = shown.json();
    assert_eq!(shown["as_of"]["clock"], "occurred");
    assert_eq!(shown["as_of"]["moment"], "2025-11-07T09:20:00Z");
    let position = shown["as_of"]["position"].to_string();
    let again = place.piped(&["show", STORY, "--at", &position, "-o", "json"]).json();
    assert_eq!(again["session"], shown["session"]);
    // An answer by position is what it was.
    assert_eq!(again["as_of"].as_object().unwrap().keys().collect::<Vec<_>>(), ["hash", "position"]);
    let last = rows(&place, &["log", STORY, "--until", "2025-11-07 09:20"]).pop().unwrap();
    assert_eq!(last["position"].to_string(), position);
}

#[test]
fn a_range_of_dates_is_in_the_order_in_which_things_happened() {
    let place = Place::with_sample();
    let times = effective_times(&place);
    let (begin, end) = (micros("2025-11-07T00:00:00Z"), micros("2025-11-10T00:00:00Z"));
    let mut expected: Vec<(i64, u64)> = times
        .iter()
        .map(|(position, at)| (*at, *position))
        .filter(|(at, _)| begin < *at && *at <= end)
        .collect();
    expected.sort_unstable();
    let expected: Vec<u64> = expected.into_iter().map(|(_, position)| position).collect();
    assert!(expected.len() > 20 && !expected.is_sorted(), "{expected:?}");
    let listed = |args: &[&str]| positions(&rows(&place, &[&["log"], args].concat()));
    assert_eq!(listed(&["2025-11-07..2025-11-10"]), expected);
    assert_eq!(listed(&["--since", "2025-11-07", "--until", "2025-11-10"]), expected);
    assert_eq!(listed(&["--since", "2025-11-07", "--at", "2025-11-10"]), expected);
    let backwards: Vec<u64> = expected.iter().rev().copied().collect();
    assert_eq!(listed(&["2025-11-07..2025-11-10", "--reverse"]), backwards);
    assert_eq!(listed(&["2025-11-07..2025-11-10", "-n", "5"]), expected[expected.len() - 5..]);
    assert_eq!(listed(&["2025-11-07..2025-11-10", "-n", "5", "--reverse"]), backwards[..5]);
    assert_eq!(listed(&["2025-11-07..2025-11-10", "--patch"]), expected);
    let messages = listed(&["2025-11-07..2025-11-10", "--type", "MessageAdded"]);
    assert!(!messages.is_empty() && messages.len() < expected.len());
    assert_eq!(
        listed(&["2025-11-07..2025-11-10", "--type", "MessageAdded", "-n", "2"]),
        messages[messages.len() - 2..]
    );
    let exported = place.piped(&[
        "export",
        "--format",
        "jsonl",
        "--events",
        "--since",
        "2025-11-07",
        "--until",
        "2025-11-10",
    ]);
    let exported: Vec<Value> = exported.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(positions(&exported), expected);
    let events =
        place.piped(&["export", "--format", "cloudevents", "--since", "2025-11-07", "--until", "2025-11-10"]);
    let events: Vec<Value> = events.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(positions(&events), expected);
    // A range by one clock up to a position of the log.
    let after = listed(&["2025-11-07..300"]);
    assert!(after.iter().all(|position| *position <= 300 && times[position] > begin) && !after.is_empty());
}

#[test]
fn since_and_until_are_the_range_of_points() {
    let place = Place::with_sample();
    let (a, b) = ("2025-11-07 09:20", "2025-11-07 09:27:30");
    let range = format!("{a}..{b}");
    for (before, after) in [
        (&["log"][..], &[STORY][..]),
        (&["history", STORY, "chatHistory"], &[]),
        (&["trace", STORY, "message_count"], &[]),
        (&["bisect", "--where", "message_count > 3", STORY], &[]),
    ] {
        let by_range = place.piped(&[before, &[&range], after, &["-o", "json", "-q"]].concat());
        let by_options =
            place.piped(&[before, after, &["--since", a, "--until", b, "-o", "json", "-q"]].concat());
        assert_eq!((&by_range.out, &by_range.err), (&by_options.out, &by_options.err), "{before:?}");
        assert!(by_range.out.contains("\"moment\":\"2025-11-07T09:27:30Z\""), "{}", by_range.out);
        let both = place.piped(&[before, &[&range], after, &["--since", a]].concat()).refused(2);
        assert_eq!(
            both,
            format!(
                "error: range {}: --since is given as well\n\
                 hint: `--since A --until B` is the range A..B: write one of the two\n",
                "2025-11-07T09:20:00..2025-11-07T09:27:30"
            )
        );
    }
    let told = |args: &[&str]| place.piped(&[&["replay", STORY], args].concat()).done_with_notes();
    assert_eq!(told(&[&range]), told(&["--since", a, "--until", b]));
    let differs = |args: &[&str]| place.piped(&[&["diff"], args, &["-o", "json", "-q"]].concat()).done();
    assert_eq!(differs(&[STORY, a, b]), differs(&[STORY, "--since", a, "--until", b]));
    assert_eq!(
        differs(&["--all", "2025-11-07", "2025-11-08"]),
        differs(&["--all", "--since", "2025-11-07", "--until", "2025-11-08"])
    );
    snapshot!(place.piped(&["diff", STORY, a, "--since", a]).refused(2), @"
    error: diff: the points are given as well as --since or --until
    hint: `--since A --until B` is the same as A B: write one of the two
    ");
    snapshot!(place.piped(&["diff", "--since", a]).refused(2), @"
    error: diff: there is no session
    hint: name one, as in `retold diff SESSION --since yesterday`, or all of them with --all
    ");
    snapshot!(place.piped(&["log", "--until", b, "--at", "head"]).refused(2), @"
    error: --until: --at is given as well, and each is where the answer ends
    hint: write one of the two
    ");
    snapshot!(place.piped(&["export", "--format", "csv", "--table", "sessions", "--since", a]).refused(2), @"
    error: export: --since and --until are for events
    hint: add --events, or --format cloudevents; --at is a moment of sessions and tables
    ");
}

#[test]
fn sessions_and_hits_of_a_range_are_those_in_which_something_happened() {
    let place = Place::with_sample();
    let range = ["--since", "2025-11-07", "--until", "2025-11-10"];
    let events = rows(&place, &[&["log"], &range[..]].concat());
    let streams: BTreeSet<String> = events.iter().map(|row| row["stream"].to_string()).collect();
    let sessions = rows(&place, &[&["sessions"], &range[..]].concat());
    let found = |row: &Value| {
        let of = |key: &str| row[key].clone();
        json!({"workspace": of("workspace"), "session_id": of("id"), "ordinal": of("ordinal")}).to_string()
    };
    let listed: BTreeSet<String> = sessions.iter().map(found).collect();
    let of_sessions: BTreeSet<String> = events
        .iter()
        .filter(|row| row["type"] != "WorkspaceRegistered")
        .map(|row| row["stream"].to_string())
        .collect();
    assert!(listed.len() > 2 && listed.len() < 27, "{listed:?}");
    assert_eq!(listed, of_sessions.intersection(&streams).cloned().collect());
    let first = rows(&place, &[&["sessions", "-n", "2"], &range[..]].concat());
    assert_eq!(first, sessions[..2]);
    let hits = |args: &[&str]| rows(&place, &[&["search", "login", "-n", "100"], args].concat());
    let within: BTreeSet<u64> = positions(&hits(&range)).into_iter().collect();
    let in_range: BTreeSet<u64> = positions(&events).into_iter().collect();
    let all: BTreeSet<u64> = positions(&hits(&[])).into_iter().collect();
    assert_eq!(within, all.intersection(&in_range).copied().collect());
    assert!(!within.is_empty());
    let days = rows(&place, &[&["metrics"], &range[..]].concat());
    let days: Vec<&str> = days.iter().map(|row| row["day"].as_str().unwrap()).collect();
    assert!(
        !days.is_empty() && days.iter().all(|day| ("2025-11-07".."2025-11-10").contains(day)),
        "{days:?}"
    );
}

#[test]
fn sessions_are_pruned_by_when_something_happened_in_them_last() {
    let place = Place::with_sample();
    let quiet = |args: &[&str]| {
        place.piped(&[&["store", "prune", "-n", "-q", "-o", "json", "--before"], args].concat())
    };
    let times = effective_times(&place);
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows(&place, &["log"]) {
        last.insert(row["stream"].to_string(), times[&row["position"].as_u64().unwrap()]);
    }
    let end = micros("2025-11-08T00:00:00Z");
    let found: BTreeSet<String> = quiet(&["2025-11-08"]).json()["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["session"].as_str().unwrap().to_owned())
        .collect();
    let expected = last.values().filter(|last| **last <= end).count();
    assert!(!found.is_empty() && found.len() <= expected, "{found:?} {expected}");
    assert_eq!(quiet(&["2025-11-08", "--clock", "recorded"]).exit, 2.into());
    assert_eq!(quiet(&["2026-11-23 09:59", "--clock", "recorded"]).exit, 2.into());
    let all = quiet(&["head"]).json();
    assert_eq!(quiet(&["2026-11-24", "--clock", "recorded"]).json()["rows"], all["rows"]);
}

#[test]
fn an_export_of_a_date_is_the_sessions_as_they_were() {
    let place = Place::with_sample();
    let out = place.folder().join("out");
    let at = "2025-11-07 09:20";
    place.piped(&["export", "--format", "ait42", out.to_str().unwrap(), "--at", at, "-q"]).done();
    let shown = place.piped(&["show", STORY, "--at", at, "-o", "json", "-q"]).json();
    let mut written = Vec::new();
    for file in std::fs::read_dir(out).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let sessions: Vec<Value> = serde_json::from_str(&text).unwrap();
        written.extend(sessions);
    }
    assert!(written.contains(&shown["session"]));
    assert!(written.len() > 3 && written.len() < 27, "{}", written.len());
}

#[test]
fn an_error_near_a_point_names_the_nearest_one() {
    let place = Place::with_sample();
    snapshot!(place.piped(&["show", STORY, "--at", "2025-11-07 08:00"]).refused(2), @"
    error: point 2025-11-07T08:00:00: nothing had happened by 2025-11-07 08:00:00Z; the first event of session 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34 happened 2025-11-07 09:12:03Z
    hint: c41d22cca937429a/7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34:start is the moment of that event
    ");
    snapshot!(place.piped(&["log", STORY, "..2025-11-06"]).refused(2), @"
    error: point 2025-11-06T00:00:00: nothing had happened by 2025-11-06 00:00:00Z; the first event of session 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34 happened 2025-11-07 09:12:03Z
    hint: c41d22cca937429a/7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34:start is the moment of that event
    ");
    snapshot!(place.piped(&["log", "..2024-01-01"]).refused(2), @"
    error: point 2024-01-01T00:00:00: nothing had happened by 2024-01-01 00:00:00Z; the first event of session dbb25038-d347-4542-8c1d-18ebc0b759a7 happened 2025-11-01 08:29:36Z
    hint: c41d22cca937429a/dbb25038-d347-4542-8c1d-18ebc0b759a7:start is the moment of that event
    ");
    snapshot!(place.piped(&["show", STORY, "--at", "2025-11-07", "--clock", "recorded"]).refused(2), @"
    error: point 2025-11-07T00:00:00: nothing was recorded by 2025-11-07 00:00:00Z; the log begins at 2026-11-23 10:00:00Z, with workspace 37c00bcc6c3693ff
    hint: with `--clock recorded` a time means when the log got an event, after an import that of the import; without it, when things happened
    ");
    snapshot!(place.piped(&["log", "2025-11-08..2025-11-07"]).refused(2), @"error: range 2025-11-08T00:00:00..2025-11-07T00:00:00: it ends at 2025-11-07 00:00:00Z, before it begins, at 2025-11-08 00:00:00Z");
    snapshot!(place.piped(&["mark", "then", "2025-11-07"]).refused(2), @"
    error: point 2025-11-07T00:00:00: no position of the log stands for when things happened, since sessions overlap in time
    hint: `--clock recorded` asks for when the log got its events; or name a position, a mark, or SESSION:r7
    ");
    snapshot!(place.piped(&["store", "head", "--at", "2025-11-07"]).refused(2), @"
    error: point 2025-11-07T00:00:00: no position of the log stands for when things happened, since sessions overlap in time
    hint: `--clock recorded` asks for when the log got its events; or name a position, a mark, or SESSION:r7
    ");
    snapshot!(place.piped(&["log", "--at", "2025-11-07-3"]).refused(2), @"
    error: point 2025-11-07T00:00:00-3: no position of the log stands for when things happened, since sessions overlap in time
    hint: `--clock recorded` asks for when the log got its events; or name a position, a mark, or SESSION:r7
    ");
    snapshot!(place.piped(&["log", "--clock", "wall"]).refused(2), @"
    error: --clock wall: accepted is occurred, when things happened, or recorded, when the log got them
    hint: `retold log --help` lists what it takes
    ");
    let named = place.piped(&["show", STORY, "--at", "7c2f4b1e:start", "-o", "json"]).json();
    assert_eq!(named["session"]["chatHistory"].as_array().unwrap().len(), 0);
}

#[test]
fn a_point_is_shown_with_both_clocks_where_they_differ() {
    let place = Place::with_sample();
    let resolved = |args: &[&str]| {
        let answer = place.piped(&[&["resolve"], args].concat()).exited_with(0);
        format!("{}{}", answer.err, answer.out)
    };
    snapshot!(resolved(&["2025-11-07 09:20", "--session", STORY]), @"
    2025-11-07T09:20:00: position 548, happened 2025-11-07 09:19:41Z, recorded 2026-11-23 10:00:00Z, r10 of session 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
    548
    ");
    snapshot!(resolved(&["2025-11-07 09:20"]), @"
    2025-11-07T09:20:00: what had happened by 2025-11-07 09:20:00Z
    2025-11-07T09:20:00Z
    ");
    snapshot!(resolved(&["2025-11-07 09:20", "--clock", "recorded"]), @"
    2025-11-07T09:20:00: before the first event
    0
    ");
    snapshot!(resolved(&["7c2f4b1e:r7+10s"]), @"
    7c2f4b1e:r7+10s: position 548, happened 2025-11-07 09:19:41Z, recorded 2026-11-23 10:00:00Z, r10 of session 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34
    548
    ");
    // What it prints is a point that names the same moment.
    let printed = place.piped(&["resolve", "2025-11-07 09:20", "-q"]).done();
    let rows = |at: &str| rows(&place, &["log", "--at", at]);
    assert_eq!(rows(printed.trim()), rows("2025-11-07 09:20"));
    snapshot!(place.piped(&["resolve", "2025-11-07 09:20", "-o", "json"]).done(), @r#"
    {"as_of":{"clock":"occurred","moment":"2025-11-07T09:20:00Z","position":606,"hash":"[hash]"},"rows":[
    {"point":"2025-11-07T09:20:00","position":null,"hash":null,"said":"what had happened by 2025-11-07 09:20:00Z"}
    ]}
    "#);
    snapshot!(place.piped(&["show", STORY, "--at", "2025-11-07 09:20"]).err, @"2025-11-07T09:20:00: position 548, happened 2025-11-07 09:19:41Z, recorded 2026-11-23 10:00:00Z, r10 of session 7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34");
    snapshot!(place.piped(&["log", STORY, "-n", "2", "-v"]).done(), @"
    position  occurred_at           recorded_at           revision  event                 summary
         563  2025-11-07 09:28:30Z  2026-11-23 10:00:00Z  r25       WinnerSelected        #2
         564  2025-11-07 09:28:30Z  2026-11-23 10:00:00Z  r26       SessionStatusChanged  completed
    ");
    // Where they are the same to the second there is one.
    snapshot!(Place::with_sessions().piped(&["resolve", "3"]).err, @"3: position 3, 2026-11-23 09:02:00Z, r2 of session 5f0c2a1e-0000-4000-8000-000000000001");
}

#[test]
fn two_sessions_are_compared_as_each_was_by_then() {
    let place = Place::with_sample();
    let other = rows(&place, &["sessions", "--until", "2025-11-07", "-n", "1"]).pop().unwrap();
    let other = format!("{}/{}", other["workspace"].as_str().unwrap(), other["id"].as_str().unwrap());
    let at = "2025-11-07 09:20";
    let differs = |one: &str, two: &str| rows(&place, &["diff", one, two, "--at", at]);
    // The other one is whole by then, though the log got it before or after the story: the difference is that to its end.
    let patches = differs(STORY, &other);
    let task = patches.iter().find(|row| row["path"] == "task").unwrap();
    let shown = place.piped(&["show", &other, "--at", at, "-o", "json", "-q"]).json();
    assert_eq!(task["new"], shown["session"]["task"]);
    let compared = place.piped(&["compare", STORY, &other, "--at", at, "-o", "json"]).json();
    assert_eq!(compared["as_of"]["moment"], "2025-11-07T09:20:00Z");
}

#[test]
fn lists_and_sql_of_a_date_are_the_sessions_as_they_were() {
    let place = Place::with_sample();
    for at in ["2025-11-07 09:20", "2025-11-20", "2026-01-01"] {
        let listed = place.piped(&["sessions", "--at", at, "-o", "json"]).json();
        assert_eq!(listed["as_of"]["clock"], "occurred");
        let listed = listed["rows"].as_array().unwrap();
        assert!(!listed.is_empty());
        let mut messages = 0;
        for row in listed {
            let of = |key: &str| row[key].as_str().unwrap();
            let name = format!("{}/{}~{}", of("workspace"), of("id"), row["ordinal"]);
            let shown = place.piped(&["show", &name, "--at", at, "-o", "json", "-q"]).json();
            assert_eq!(shown["session"]["status"], row["status"], "{name} at {at}");
            let said = shown["session"]["chatHistory"].as_array().unwrap().len();
            assert_eq!(row["message_count"], said, "{name} at {at}");
            messages += said;
        }
        let counted = rows(&place, &["sql", "--at", at, "select count(*) as n from chat_messages"]);
        assert_eq!(counted[0]["n"], messages, "{at}");
        let exported =
            place.piped(&["export", "--format", "csv", "--table", "sessions", "--at", at, "-q"]).done();
        assert_eq!(exported.lines().count(), listed.len() + 1);
    }
    let all = rows(&place, &["sessions"]).len();
    assert_eq!(rows(&place, &["sessions", "--at", "2026-11-24"]).len(), all);
    // What the log knew before the import is nothing, and after it everything.
    place.piped(&["sessions", "--at", "2026-01-01", "--clock", "recorded"]).refused(2);
    assert_eq!(rows(&place, &["sessions", "--at", "2026-11-24", "--clock", "recorded"]).len(), all);
}

#[test]
fn changes_between_dates_are_those_of_the_events_between_them() {
    let place = Place::with_sample();
    let range = ["--since", "2025-11-07", "--until", "2025-11-10"];
    let events: BTreeSet<u64> =
        positions(&rows(&place, &[&["log"], &range[..]].concat())).into_iter().collect();
    let changed: BTreeSet<u64> =
        positions(&rows(&place, &[&["changes", "-n", "100000"], &range[..]].concat())).into_iter().collect();
    assert!(changed.len() > 20 && changed.is_subset(&events), "{changed:?}");
    assert_eq!(
        rows(&place, &["changes", "2025-11-07..2025-11-10", "-n", "100000"]),
        rows(&place, &[&["changes", "-n", "100000"], &range[..]].concat())
    );
    let since = rows(&place, &["changes", "--since", "2025-12-01", "-n", "100000"]);
    assert!(!since.is_empty());
    assert_eq!(since, rows(&place, &["changes", "2025-12-01..2027-01-01", "-n", "100000"]));
}
