//! `retold metrics`: figures on a terminal, with their bars, and all of them for programs.

use crate::support::{Place, snapshot};

#[test]
fn figures_fit_a_terminal_and_are_whole_in_a_pipe() {
    let place = Place::with_sample();
    snapshot!(place.terminal(&["metrics"]).done(), @r#"
    day         sessions  completed  failed  instances  messages  per_hour
    2025-12-05         1          1       0          0         0
    2025-12-04         2          2       0          6         8      62.3  ███▌
    2025-12-03         1          0       1          3         8     100.7  ███▌
    2025-12-02         1          1       0          3         8      89.6  ███▌
    2025-12-01         2          2       0          6        16      73.6  ███████
    2025-11-21         1          1       0          3         8      65.4  ███▌
    2025-11-20         1          1       0          3         8       0.4  ███▌
    2025-11-19         2          0       1          6        16      62.4  ███████
    2025-11-18         2          1       0          7        14      52.7  ██████▏
    2025-11-17         1          0       0          3         8      43.2  ███▌
    2025-11-16         2          2       0          6        16      76.5  ███████
    2025-11-09         1          0       0          3         6      28.3  ██▋
    2025-11-08         1          1       0          3         8      64.1  ███▌
    2025-11-07         3          1       1          9        18      46.8  ████████
    2025-11-06         1          1       0          3         8      70.3  ███▌
    2025-11-05         2          1       0          6        16      57.3  ███████
    2025-11-04         1          1       0          3         8      68.2  ███▌
    2025-11-03         1          0       1          3         8     140.0  ███▌
    2025-11-02         2          1       1          6        16      82.3  ███████
    2025-11-01         1          0       0          3         8      62.1  ███▌
    "#);
    snapshot!(place.terminal(&["metrics", "--by", "type"]).done(), @"
    type         sessions  completed  failed  instances  messages  per_hour
    competition        17         10       4         51       130      68.0  ███████
    ensemble            7          5       0         19        38       1.9  ██
    debate              5          2       1         15        38      61.7  ██
    ");
    snapshot!(place.terminal(&["metrics", "--by", "runtime"]).done(), @"
    runtime  instances  won  completed  failed  messages  per_hour
    claude          56    4         37       2        79      11.7  ████████████████
    codex           21    4         12       5        34      14.1  ██████▉
    gemini           8    1          3       1        10       9.8  ██
    ");
    snapshot!(first(&place.terminal(&["metrics", "--by", "agent"]).done(), 6), @"
    agent             instances  won  completed  failed  messages  per_hour
    🗃️ Database Des…          8    1          4       0         9       9.5  ████▌
    🐛 Bug Fixer              7    0          3       3         6       5.2  ███
    ⚡ Performance …          6    1          1       1        14      12.9  ███████
    system-architect          5    1          5       0         8      12.7  ████
    統合担当エージ…           5    0          3       1         8      16.1  ████
    ");
    snapshot!(first(&place.piped(&["metrics"]).done(), 3), @r#"
    day         sessions  completed  failed  instances  messages  per_hour  output_bytes  bytes_per_hour  lines_added  lines_deleted  seconds  active_seconds  events
    2025-12-05         1          1       0          0         0                       0                            0              0      0.0             0.0       3
    2025-12-04         2          2       0          6         8      62.3          4038         31450.1         2042            581    462.2           462.2      38
    "#);
    snapshot!(place.piped(&["metrics", "--by", "runtime", "-o", "json"]).done(), @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"runtime":"claude","instances":56,"won":4,"completed":37,"failed":2,"messages":79,"per_hour":11.7,"output_bytes":41692,"bytes_per_hour":6122.5,"lines_added":12452,"lines_deleted":5136,"seconds":22750.6},
    {"runtime":"codex","instances":21,"won":4,"completed":12,"failed":5,"messages":34,"per_hour":14.1,"output_bytes":129460,"bytes_per_hour":54830.3,"lines_added":6035,"lines_deleted":1819,"seconds":8425.0},
    {"runtime":"gemini","instances":8,"won":1,"completed":3,"failed":1,"messages":10,"per_hour":9.8,"output_bytes":5960,"bytes_per_hour":5814.8,"lines_added":1960,"lines_deleted":524,"seconds":3689.9}
    ]}
    "#);
    snapshot!(place.piped(&["metrics", "--by", "type", "-o", "csv"]).done().replace('\r', ""), @"
    type,sessions,completed,failed,instances,messages,per_hour,output_bytes,bytes_per_hour,lines_added,lines_deleted,seconds_avg,active_seconds,events
    competition,17,10,4,51,130,68.0,152890,79979.6,13757,4868,634.2,6881.8,373
    ensemble,7,5,0,19,38,1.9,12351,621.5,4041,1163,10399.9,71542.1,126
    debate,5,2,1,15,38,61.7,11871,19283.6,2649,1448,674.9,2216.2,104
    ");
    for by in ["day", "type", "runtime", "agent"] {
        for line in place.terminal(&["metrics", "--by", by]).done().lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
        }
    }
}

fn first(text: &str, lines: usize) -> String {
    text.lines().take(lines).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_empty_store_has_nothing_to_sum_up() {
    let place = Place::with_empty_store();
    let answer = place.terminal(&["metrics"]).exited_with(1);
    snapshot!(format!("{}{}", answer.out, answer.err), @"
    day  sessions  completed  failed  instances  messages  per_hour
    there is nothing to sum up yet
    ");
    snapshot!(place.piped(&["metrics", "-o", "json"]).exited_with(1).out, @r#"
    {"as_of":{"position":0,"hash":"[hash]"},"rows":[
    ]}
    "#);
}

#[test]
fn what_figures_cannot_be_summed_up_by_is_said() {
    snapshot!(Place::with_sessions().piped(&["metrics", "--by", "hour"]).refused(2), @"
    error: --by hour: it is not one of day, week, month, type, runtime, agent
    hint: `retold metrics --help` lists what it takes
    ");
    snapshot!(Place::empty().piped(&["metrics"]).refused(3), @"
    error: open [folder]/sessions.db: there is no store
    hint: make one with `retold import ~/.ait42`, or name another with --store
    ");
}

#[test]
fn the_figures_of_a_session_are_there_to_be_asked_for() {
    let place = Place::with_sample();
    place.piped(&["metrics", "-q"]).done();
    let query =
        "select type, status, seconds, active_seconds, instances, instances_completed, messages, events
                 from metrics_session order by seconds desc limit 2";
    snapshot!(place.piped(&["sql", query]).done(), @"
    type         status       seconds     active_seconds  instances  instances_completed  messages  events
    ensemble     running    69446.922  69446.92199999999          3                    1         8      22
    competition  completed    987.947            987.947          3                    2        10      26
    ");
    let query = "select status, sum(times) as times from metrics_day_status group by status";
    snapshot!(place.piped(&["sql", query]).done(), @"
    status   times
    running     24
    ");
}

#[test]
fn weeks_and_months_are_sums_of_their_days_and_the_newest_come_first() {
    let place = Place::with_sample();
    let rows = |args: &[&str]| {
        let all = [&["metrics", "-q", "-o", "json"], args].concat();
        place.piped(&all).json()["rows"].as_array().unwrap().clone()
    };
    let sum = |rows: &[serde_json::Value], key: &str| -> f64 {
        rows.iter().map(|row| row[key].as_f64().unwrap_or(0.0)).sum()
    };
    let days = rows(&[]);
    for by in ["week", "month"] {
        let found = rows(&["--by", by]);
        for key in ["sessions", "completed", "failed", "instances", "messages", "output_bytes", "events"] {
            assert_eq!(sum(&found, key), sum(&days, key), "{by}: {key}");
        }
        let keys: Vec<&str> = found.iter().map(|row| row[by].as_str().unwrap()).collect();
        assert!(keys.is_sorted_by(|one, next| one > next), "{keys:?}");
    }
    // The week that a range begins in counts whole.
    let since = rows(&["--by", "week", "--since", "2025-12-03"]);
    assert_eq!(since.len(), 1, "{since:?}");
    assert_eq!(since[0]["week"], "2025-12-01");
    assert_eq!(rows(&["-n", "2"]), days[..2]);
    let few = place.terminal(&["metrics", "-n", "3"]);
    assert!(few.err.contains("17 older rows not shown; -n 0 shows all"), "{}", few.err);
}

#[test]
fn a_monitoring_is_told_of_the_store_and_of_nothing_that_is_in_it() {
    let place = Place::with_sessions();
    let file = place.folder().join("retold.prom");
    let path = file.to_str().unwrap().to_owned();
    assert_eq!(place.piped(&["metrics", "--prometheus", &path]).exited_with(0).out, "");
    let written = std::fs::read_to_string(&file).unwrap();
    let value = |name: &str| -> f64 {
        let line = written.lines().find_map(|line| line.strip_prefix(&format!("retold_{name} ")));
        line.unwrap_or_else(|| panic!("{name} in {written}")).parse().unwrap()
    };
    for (name, expected) in [
        ("events", 7.0),
        (r#"sessions{status="running"}"#, 1.0),
        (r#"sessions{status="other"}"#, 0.0),
        (r#"projection_lag_events{name="builtin"}"#, 0.0),
        (r#"projection_state{name="builtin",state="caught_up"}"#, 1.0),
        (r#"projection_state{name="builtin",state="failed"}"#, 0.0),
        ("logs_diverged", 0.0),
    ] {
        assert!((value(name) - expected).abs() < 1e-9, "{name}: {}", value(name));
    }
    assert!(value(r#"file_bytes{file="store"}"#) > 0.0);
    assert!(value("newest_event_timestamp_seconds") > 1.7e9);
    assert!(written.contains(&format!("retold_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))));
    // As the node exporter reads it: nothing but gauges.
    let types: Vec<&str> = written.lines().filter(|line| line.starts_with("# TYPE")).collect();
    assert!(types.len() >= 9 && types.iter().all(|line| line.ends_with(" gauge")), "{types:?}");
    for name in ["atlas", "mend", "session-", place.folder().to_str().unwrap()] {
        assert!(!written.contains(name), "{name}: {written}");
    }
    // It is written in one piece, in the place of the one before; and printed where somebody looks.
    place.piped(&["metrics", "--prometheus", &path]).exited_with(0);
    let printed = place.piped(&["metrics", "--prometheus", "-"]).exited_with(0).out;
    assert_eq!(printed.lines().count(), written.lines().count());
    assert!(
        place.piped(&["metrics", "--prometheus", "/nowhere/x.prom"]).refused(2).contains("/nowhere/x.prom")
    );
    assert!(place.piped(&["metrics", "--prometheus", "-", "--by", "week"]).refused(2).contains("--by"));
    // What was shipped, and how much was not yet.
    let team = place.folder().join("team");
    place.piped(&["ship", team.to_str().unwrap()]).exited_with(0);
    let printed = place.piped(&["metrics", "--prometheus", "-"]).exited_with(0).out;
    assert!(printed.contains(r#"retold_ship_lag_events{target="directory"} 0"#), "{printed}");
}
