//! `retold usage`: what a person sees, at a terminal and in a status line.

use jiff::{Timestamp, ToSpan};
use retold_core::event::{SessionContextChanged, SessionLinked, UsageRecorded};
use retold_core::{Commit, Event, Expected, NewEvent, StreamName};

use crate::support::{Answer, Place, created, environment, snapshot};

/// A store in which three tools used something; the program's clock says 10:00 on 23 November.
fn place() -> Place {
    let place = Place::empty();
    let log = place.log();
    let session = |tool: &str, id: &str, title: &str, folder: &str| {
        let name = StreamName::session(tool, id, 1);
        let place = SessionContextChanged {
            cwds: Some(vec![folder.to_owned()]),
            branches: None,
            worktree: None,
            models: None,
            versions: None,
            files: None,
            partial: Some(tool == "copilot"),
            details: None,
        };
        let events = [created(id, title).event, place.into()];
        log.append(Commit::to(name.clone(), Expected::Any, events)).unwrap();
        name
    };
    let used = |name: &StreamName, at: &str, model: &str, [input, read, write, output]: [u64; 4]| {
        let at: Timestamp = at.parse().unwrap();
        let event: Event = UsageRecorded {
            key: format!("{name:?}{at}"),
            model: model.to_owned(),
            input,
            cache_read: read,
            cache_write: write,
            cache_write_1h: (model == "claude-opus-4-5").then_some(write),
            output,
            reasoning: output / 2,
            cost: (model == "house-model").then_some(1_500_000),
            hearsay: false,
        }
        .into();
        let event = NewEvent { event, occurred_at: Some(at) };
        log.append(Commit::to(name.clone(), Expected::Any, [event])).unwrap();
    };
    let main = session("claude", "11111111-aaaa", "Mend the door", "/home/ada/atlas");
    let agent = session("claude", "22222222-bbbb", "Find the hinge", "/home/ada/atlas");
    let linked = SessionLinked {
        relation: "subagent".to_owned(),
        parent: "11111111-aaaa".to_owned(),
        spawned_by: None,
    };
    log.append(Commit::to(agent.clone(), Expected::Any, [Event::from(linked)])).unwrap();
    let other = session("opencode", "ses_3333", "", "/home/ada/beacon");
    let third = session("copilot", "44444444-dddd", "扉を直す", "/home/ada/beacon");
    used(&main, "2026-11-22T21:10:00Z", "claude-opus-4-5", [12, 1_200_000, 40_000, 9_000]);
    used(&main, "2026-11-23T07:58:00Z", "claude-opus-4-5", [20, 2_500_000, 90_000, 21_000]);
    used(&agent, "2026-11-23T08:20:00Z", "claude-haiku-4-5-20251001", [5, 300_000, 20_000, 4_000]);
    used(&main, "2026-11-23T09:28:00Z", "claude-opus-4-5", [9, 1_000_000, 10_000, 5_000]);
    used(&other, "2026-11-20T12:00:00Z", "house-model", [1_000, 0, 0, 50]);
    used(&third, "2026-11-20T12:00:00Z", "no-such-model", [0, 0, 0, 70]);
    drop(log);
    place
}

#[test]
fn usage_fits_a_terminal_and_says_what_it_leaves_out() {
    let place = place();
    let answer = place.terminal(&["usage"]);
    snapshot!(answer.out, @r#"
    day         input  cache_read  cache_write  output   cost
    2026-11-23     34     3800000       120000   30000  $3.48      ████████████
    2026-11-22     12     1200000        40000    9000  $1.23      ████▏
    2026-11-20   1000           0            0     120  $1.50  *+  █████▏
    total        1046     5000000       160000   39120  $6.20  *+
    "#);
    snapshot!(answer.err, @"
    * of 1 record the cost is what the tool said
    + 1 record without a cost: no price is known of all they used (no-such-model); --prices FILE gives one
    1 session is known in part: the tool recorded what was generated, and not all that was read
    ");
    snapshot!(place.terminal(&["usage", "--by", "session"]).out, @"
    session   title           tokens  cost
    11111111  Mend the door  5199046  $4.70
    44444444  扉を直す            70  unknown
    ses_3333                    1050  $1.50    *
    total                    5200166  $6.20    *+
    ");
    snapshot!(place.terminal(&["usage", "--by", "model", "--tool", "claude"]).done(), @"
    model                      input  cache_read  cache_write  output   cost
    claude-opus-4-5               41     4700000       140000   35000  $4.63
    claude-haiku-4-5-20251001      5      300000        20000    4000  $0.08
    total                         46     5000000       160000   39000  $4.70
    ");
    snapshot!(place.terminal(&["usage", "--by", "agent"]).out, @r#"
    agent    input  cache_read  cache_write  output   cost
    main      1041     4700000       140000   35120  $6.13  *+  ███████████████
    unnamed      5      300000        20000    4000  $0.08      ▏
    total     1046     5000000       160000   39120  $6.20  *+
    "#);
    for by in ["day", "week", "month", "project", "session", "model", "tool", "agent"] {
        for columns in [24, 40, 64, 80, 120] {
            let answer = place.run(&["usage", "--by", by], |io| {
                io.out_is_terminal = true;
                io.columns = columns;
                io.environment = environment(&[("NO_COLOR", "1"), ("PAGER", "cat")]);
            });
            for line in answer.out.lines() {
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= columns, "{by} in {columns} columns: {line}");
            }
        }
    }
    let narrow = place.run(&["usage"], |io| {
        io.out_is_terminal = true;
        io.columns = 40;
        io.environment = environment(&[("NO_COLOR", "1"), ("PAGER", "cat")]);
    });
    snapshot!(narrow.out, @"
    day          tokens   cost
    2026-11-23  3950034  $3.48
    2026-11-22  1249012  $1.23
    2026-11-20     1120  $1.50  *+
    total       5200166  $6.20  *+
    ");
}

#[test]
fn days_are_those_of_the_person_and_a_range_ends_before_its_end() {
    let place = place();
    let days = |args: &[&str], zone: &str| {
        let all: Vec<&str> = ["usage", "-o", "csv", "-q"].iter().chain(args).copied().collect();
        let answer = place.run(&all, |io| io.time_zone = jiff::tz::TimeZone::get(zone).unwrap());
        let days = answer.out.lines().skip(1).filter_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            Some(format!("{} {}", cells.first()?, cells.get(1)?))
        });
        days.collect::<Vec<_>>()
    };
    assert_eq!(days(&[], "UTC"), ["2026-11-23 3", "2026-11-22 1", "2026-11-20 2"]);
    assert_eq!(days(&[], "Asia/Kolkata"), ["2026-11-23 4", "2026-11-20 2"]);
    assert_eq!(days(&["--utc"], "Asia/Kolkata"), ["2026-11-23 3", "2026-11-22 1", "2026-11-20 2"]);
    assert_eq!(days(&["--since", "2026-11-22", "--until", "2026-11-23"], "UTC"), ["2026-11-22 1"]);
    let to_the_minute = ["--since", "2026-11-23T07:58:00Z", "--until", "2026-11-23T09:28:00Z"];
    assert_eq!(days(&to_the_minute, "UTC"), ["2026-11-23 2"]);
    assert_eq!(days(&["--by", "week"], "UTC"), ["2026-11-23 3", "2026-11-16 3"]);
    assert_eq!(days(&["--by", "month"], "UTC"), ["2026-11 6"]);
    let answer = place.piped(&["usage", "--since", "2027-01-01"]);
    answer.exited_with(1);
    place.piped(&["usage", "--since", "head-1"]).exited_with(2);
}

#[test]
fn a_block_begins_with_the_hour_of_its_first_use_and_lasts_five() {
    let place = place();
    let answer = place.terminal(&["usage", "--blocks"]);
    snapshot!(answer.out, @"
    start                              output   tokens   cost
    2026-11-23 07:00:00Z  2h 00m left   30000  3950034  $3.48
    2026-11-23 02:00:00Z  idle 5h 00m
    2026-11-22 21:00:00Z                 9000  1249012  $1.23
    ");
    snapshot!(answer.err, @"at this pace: 43889 tokens a minute, $2.32 an hour; at the end of the block 9216746 tokens, $8.11");
    snapshot!(place.piped(&["usage", "--blocks", "-o", "jsonl"]).done(), @r#"
    {"start":"2026-11-23T07:00:00Z","end":"2026-11-23T12:00:00Z","first_used":"2026-11-23T07:58:00Z","last_used":"2026-11-23T09:28:00Z","active":true,"records":3,"input":34,"cache_read":3800000,"cache_write":120000,"cache_write_1h":100000,"output":30000,"reasoning":15000,"cost":3475150,"cost_said_by_tools":0,"records_without_cost":0,"models":["claude-haiku-4-5-20251001","claude-opus-4-5"],"remaining_seconds":7200,"tokens_per_minute":43889,"cost_per_hour":2316766,"tokens_at_end":9216746,"cost_at_end":8108683}
    {"start":"2026-11-22T21:00:00Z","end":"2026-11-23T02:00:00Z","first_used":"2026-11-22T21:10:00Z","last_used":"2026-11-22T21:10:00Z","active":false,"records":1,"input":12,"cache_read":1200000,"cache_write":40000,"cache_write_1h":40000,"output":9000,"reasoning":4500,"cost":1225060,"cost_said_by_tools":0,"records_without_cost":0,"models":["claude-opus-4-5"],"remaining_seconds":null,"tokens_per_minute":null,"cost_per_hour":null,"tokens_at_end":null,"cost_at_end":null}
    "#);
}

fn status_line(place: &Place, input: &'static str, now: &str) -> Answer {
    let now: Timestamp = now.parse().unwrap();
    place.run(&["usage", "--statusline"], |io| {
        io.input = Box::new(input.as_bytes());
        io.clock = std::sync::Arc::new(move || now);
    })
}

#[test]
fn a_status_line_tells_the_session_the_day_and_the_block() {
    let place = place();
    place.piped(&["usage", "-q"]).exited_with(0);
    const GIVEN: &str = r#"{"session_id": "11111111-aaaa", "model": {"id": "claude-opus-4-5",
        "display_name": "Opus\u001b[2J 4.5"}, "workspace": {"current_dir": "/home/ada/atlas"},
        "cost": {"total_cost_usd": 3.14159, "total_duration_ms": 7}}"#;
    snapshot!(status_line(&place, GIVEN, "2026-11-23T10:00:00Z").done(), @r"Opus\u{1b}[2J 4.5 | $3.14 session | $3.48 today | $3.48 block, 2h 00m left, $2.32/h");
    snapshot!(status_line(&place, "", "2026-11-23T10:00:00Z").done(), @"$3.48 today | $3.48 block, 2h 00m left, $2.32/h");
    snapshot!(status_line(&place, r#"{"session_id": "11111111-aaaa"}"#, "2026-11-23T13:00:00Z").done(), @"$4.70 session | $3.48 today");
    let json = place.piped(&["usage", "--statusline", "-o", "json"]).done();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["block"]["start"], "2026-11-23T07:00:00Z");
    assert_eq!(json["block"]["remaining_seconds"], 7_200);
}

#[test]
fn a_status_line_answers_as_of_what_is_there_and_writes_nothing() {
    let place = place();
    snapshot!(status_line(&place, "", "2026-11-23T10:00:00Z").done(), @"no usage is known");
    let is_filled = place.names().iter().any(|name| name.contains("sidecars"));
    assert!(!is_filled, "the projection is not filled for it: {:?}", place.names());
    place.piped(&["usage", "-q"]).exited_with(0);
    let before = status_line(&place, "", "2026-11-23T10:00:00Z").done();
    // What came since is not waited for.
    let log = place.log();
    let event = UsageRecorded {
        key: "new".to_owned(),
        model: "claude-opus-4-5".to_owned(),
        input: 1_000_000,
        cache_read: 0,
        cache_write: 0,
        cache_write_1h: None,
        output: 0,
        reasoning: 0,
        cost: None,
        hearsay: false,
    };
    let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
    let event = NewEvent { event: event.into(), occurred_at: Some(now - 1.minute()) };
    log.append(Commit::to(StreamName::session("claude", "11111111-aaaa", 1), Expected::Any, [event]))
        .unwrap();
    drop(log);
    assert_eq!(status_line(&place, "", "2026-11-23T10:00:00Z").done(), before);
    place.piped(&["usage", "-q"]).exited_with(0);
    assert_ne!(status_line(&place, "", "2026-11-23T10:00:00Z").done(), before);
}

#[test]
fn a_program_gets_the_same_sums() {
    let place = place();
    let call = |params: serde_json::Value| -> serde_json::Value {
        let line =
            serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": "usage", "params": params}).to_string();
        let answer = place.run(&["rpc"], |io| io.input = Box::new(std::io::Cursor::new(line.into_bytes())));
        serde_json::from_str(&answer.out).unwrap()
    };
    let printed: serde_json::Value =
        serde_json::from_str(&place.piped(&["usage", "--by", "model", "-o", "json", "-q"]).out).unwrap();
    let answered = call(serde_json::json!({"by": "model"}));
    assert_eq!(answered["result"]["total"]["cost"], printed["total"]["cost"]);
    for (row, printed) in
        answered["result"]["rows"].as_array().unwrap().iter().zip(printed["rows"].as_array().unwrap())
    {
        assert_eq!((&row["key"], &row["records"]), (&printed["model"], &printed["records"]));
    }
    let kolkata = call(serde_json::json!({"timeZone": "Asia/Kolkata", "from": "2026-11-22T00:00:00Z"}));
    assert_eq!(kolkata["result"]["rows"].as_array().unwrap().len(), 1, "{kolkata}");
    assert_eq!(kolkata["result"]["total"]["records"], 4);
    for wrong in [serde_json::json!({"timeZone": "Nowhere/Town"}), serde_json::json!({"by": "colour"})] {
        assert_eq!(call(wrong)["error"]["code"], -32602);
    }
}
