use std::sync::atomic::Ordering;

use crate::support::{FIRST, Place, SECOND, snapshot};

fn export<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["export", "--format"], args].concat()
}

#[test]
fn events_are_lines_of_json_with_their_bodies_in_them() {
    let place = Place::with_sessions();
    let text = place.piped(&export(&["jsonl", "--events"])).done();
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 7);
    assert_eq!(events[3]["body"]["message"]["role"], "user");
    assert_eq!(events[3]["text"], "Which hinge?\nThe upper one \u{1b}[31mhurts\u{1b}[0m.");
    assert_eq!(events[5]["body"]["text"]["bytes"], 5000);
    assert_eq!(events[5]["text"].as_str().unwrap().len(), 5000);
    assert_eq!(events[6]["occurred_at"], "2026-11-23T08:30:00.000000Z");
    let earlier = place.piped(&export(&["jsonl", "--events", "-", "--at", "3"])).done();
    assert_eq!(earlier.lines().collect::<Vec<_>>(), text.lines().take(3).collect::<Vec<_>>());
}

#[test]
fn cloudevents_are_as_the_specification_has_them() {
    let place = Place::with_sessions();
    let text = place.piped(&export(&["cloudevents"])).done();
    snapshot!(text.lines().last().unwrap(), @r#"{"specversion":"1.0","id":"[log id]-7","source":"retold:[log id]","type":"dev.retold.SessionStatusChanged","subject":"atlas/5f0c2a1e-0000-4000-8000-000000000001","time":"2026-11-23T08:30:00.000000Z","datacontenttype":"application/json","position":7,"revision":5,"hash":"[hash]","recordedat":"2026-11-23T09:06:00.000000Z","data":{"status":"completed","updated_at":"2026-11-23T08:30:00Z"}}"#);
    let events: Vec<serde_json::Map<String, serde_json::Value>> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 7);
    let is_plain =
        |name: &String| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    assert!(events.iter().all(|event| event.keys().all(is_plain)));
    assert_eq!(events[5]["data"]["text"].as_str().unwrap().len(), 5000, "long texts are in their bodies");
}

#[test]
fn a_redacted_body_leaves_its_event_without_data() {
    let place = Place::with_sessions();
    place.tamper(
        "insert into redaction (position, body_commit, by_position) values (4, zeroblob(32), 7);
         update event set body = null, salt = null where position = 4;",
    );
    let line = place.piped(&export(&["cloudevents"])).done().lines().nth(3).unwrap().to_owned();
    assert!(line.contains("MessageAdded") && !line.contains("\"data"), "{line}");
    let line = place.piped(&export(&["jsonl", "--events"])).done().lines().nth(3).unwrap().to_owned();
    assert!(line.ends_with("\"body\":null,\"text\":null}"), "{line}");
}

#[test]
fn a_file_is_there_whole_and_never_overwritten_unasked() {
    let place = Place::with_sessions();
    let file = place.folder().join("sessions.csv");
    let args = export(&["csv", "--table", "sessions", file.to_str().unwrap()]);
    snapshot!(place.piped(&args).done(), @r#"
    file          rows  bytes
    sessions.csv     2  914 B
    "#);
    let csv = std::fs::read_to_string(&file).unwrap();
    assert!(csv.starts_with("stream,workspace,id,") && csv.contains("Mend the door"), "{csv}");
    std::fs::write(&file, "mine").unwrap();
    snapshot!(place.piped(&args).refused(2), @"
    error: write [folder]/sessions.csv: it is there already
    hint: name another place, or replace it with --force
    ");
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    place.piped(&[&args[..], &["--force", "-q"]].concat()).done();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), csv);
    let nowhere = place.folder().join("nowhere/x.csv").to_str().unwrap().to_owned();
    snapshot!(place.piped(&export(&["csv", "--events", &nowhere])).refused(2), @"error: write [folder]/nowhere/x.csv: there is no such file or folder");
    let folder = place.folder().to_str().unwrap().to_owned();
    snapshot!(place.piped(&export(&["csv", "--events", &folder, "--force"])).refused(2), @"
    error: write [folder]: something that is no file stands there
    hint: name another place, or `-` for standard output
    ");
}

#[test]
fn months_are_folders_and_only_an_export_is_replaced() {
    let place = Place::with_sessions();
    let folder = place.folder().join("events");
    let args = export(&["parquet", "--events", "--partition-by", "month", folder.to_str().unwrap()]);
    place.piped(&args).done();
    assert!(folder.join("month=2026-11/part-0.parquet").is_file());
    snapshot!(place.piped(&args).refused(2), @"
    error: write [folder]/events: it is there already
    hint: name another place, or replace it with --force
    ");
    std::fs::create_dir(folder.join("month=1999-01")).unwrap();
    place.piped(&[&args[..], &["--force"]].concat()).done();
    assert!(!folder.join("month=1999-01").exists(), "the new export is all there is");
    let precious = folder.join("month=2026-11/thesis.txt");
    std::fs::write(&precious, "precious").unwrap();
    snapshot!(place.piped(&[&args[..], &["--force"]].concat()).refused(2), @"
    error: write [folder]/events: what stands there is no export by month
    hint: nothing was touched; name another folder
    ");
    assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
    snapshot!(place.piped(&export(&["parquet", "--query", "select 1 as a", "--partition-by", "month", "x"])).refused(2), @"
    error: export: no column says the month
    hint: months are of microseconds since 1970, in an integer column whose name ends in _instant
    ");
    assert!(place.names().iter().all(|name| !name.starts_with(".export-")), "{:?}", place.names());
}

#[test]
fn what_does_not_fit_its_column_is_named_and_leaves_no_file() {
    let place = Place::with_sessions();
    let file = place.folder().join("x.parquet");
    let query = "with recursive n(i) as (values (1) union all select i + 1 from n where i < 2000) \
                 select iif(i = 1500, 'many', i) as n from n";
    snapshot!(place.piped(&export(&["parquet", "--query", query, file.to_str().unwrap()])).refused(2), @"
    error: export: column n, row 1500: the column is integer, found text
    hint: say in the query what it is: cast(n as text) as n_text
    ");
    assert!(place.names().iter().all(|name| name.starts_with("sessions.db")), "{:?}", place.names());
}

#[test]
fn what_does_not_go_together_is_refused() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&export(&["parquet", "x.parquet"])).refused(2), @"
    error: export: it is not said what
    hint: add --events, --table NAME or --query SQL
    ");
    snapshot!(place.piped(&export(&["parquet", "--events"])).refused(2), @"
    error: export: Parquet needs a file
    hint: name one, or write jsonl or csv to standard output
    ");
    snapshot!(place.piped(&export(&["ait42"])).refused(2), @"
    error: export: there is no folder to write into
    hint: name one: retold export --format ait42 DIR
    ");
    snapshot!(place.piped(&export(&["cloudevents", "--table", "sessions"])).refused(2), @"
    error: export: cloudevents is the form of events alone
    hint: jsonl, csv and parquet take tables and queries
    ");
    snapshot!(place.piped(&export(&["csv", "--table", "x\" from y --"])).refused(2), @r#"
    error: export: there is no table x" from y --
    hint: sessions, instances, chat_messages, workspaces and events are there; `retold sql 'pragma table_list'` lists all
    "#);
    snapshot!(place.piped(&export(&["csv", "--query", "delete from event"])).refused(2), @"
    error: query: it does more than read
    hint: ask with one `select`, `with`, `values`, `explain` or `pragma table_info`; the store is read-only here
    ");
    place.piped(&export(&["csv", "--query", "select 1", "--events"])).refused(2);
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let place = Place::with_sessions();
    for format in ["jsonl", "parquet", "cloudevents"] {
        let file = place.folder().join("x").to_str().unwrap().to_owned();
        let what: &[&str] = if format == "cloudevents" { &[] } else { &["--events"] };
        let args = [&export(&[format, &file])[..], what].concat();
        let answer = place.run(&args, |io| io.interrupt.store(true, Ordering::SeqCst));
        assert_eq!(answer.refused(130), "");
    }
    assert!(place.names().iter().all(|name| name.starts_with("sessions.db")), "{:?}", place.names());
}

#[test]
fn a_query_and_a_table_are_the_same_rows() {
    let place = Place::with_sessions();
    let table = place.piped(&export(&["jsonl", "--table", "Sessions"])).done();
    assert_eq!(place.piped(&export(&["jsonl", "--query", "select * from sessions"])).done(), table);
    assert!(table.contains(FIRST) && table.lines().count() == 2, "{table}");
    let asked =
        place.run(&export(&["csv", "--query", "-"]), |io| io.input = Box::new("select 1 as a".as_bytes()));
    assert_eq!(asked.done(), "a\r\n1\r\n");
}

#[test]
fn a_table_and_a_query_are_as_they_stood_then() {
    let place = Place::with_sessions();
    let count = "select count(*) as n from chat_messages";
    let ids = |at: &[&str]| {
        let args =
            [&["export", "--format", "csv", "--query", "select id, message_count from sessions", "-q"], at];
        place.piped(&args.concat()).done()
    };
    assert_eq!(ids(&["--at", "3"]), format!("id,message_count\r\n{FIRST},0\r\n"));
    assert_eq!(ids(&["--at", "5"]), format!("id,message_count\r\n{FIRST},1\r\n{SECOND},0\r\n"));
    let then = ["export", "--format", "jsonl", "--query", count, "--at", "3"];
    assert_eq!(place.piped(&then).done(), "{\"n\":0}\n");
    let table = place.piped(&["export", "--format", "jsonl", "--table", "sessions", "--at", "5"]).done();
    assert_eq!(table.lines().count(), 2);
}

#[test]
fn an_empty_store_exports_columns_without_rows() {
    let place = Place::with_empty_store();
    snapshot!(place.piped(&export(&["csv", "--table", "sessions"])).done().replace('\r', ""), @r#"stream,workspace,id,ordinal,home,place,type,task,status,created_at,updated_at,completed_at,created_instant,updated_instant,completed_instant,model,timeout_seconds,preserve_worktrees,winner_id,runtime_mix,total_duration,total_files_changed,total_lines_added,total_lines_deleted,extra,instance_count,message_count,latest_instance_status,position,revision,tags,cwds,branches,worktree,models,versions,files,relation,parent,spawned_by,inferred,partial,details,workspace_key"#);
    snapshot!(place.piped(&export(&["jsonl", "--events"])).done(), @"");
    let file = place.folder().join("none.parquet");
    snapshot!(place.terminal(&export(&["parquet", "--events", file.to_str().unwrap()])).done(), @r#"
    file          rows  bytes
    none.parquet     0  590 B
    "#);
}

#[test]
fn what_cannot_be_exported_says_why() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&export(&["csv", "--table", "nope"])).refused(2), @"
    error: export: there is no table nope
    hint: sessions, instances, chat_messages, workspaces and events are there; `retold sql 'pragma table_list'` lists all
    ");
    snapshot!(place.piped(&export(&["csv", "--query", "select * form events"])).refused(2), @"
    error: query: it is not SQL from `form` on
      select * form events
               ^
    ");
    snapshot!(place.piped(&export(&["csv", "--query", "delete from sessions"])).refused(2), @"error: query: it does more than read");
    snapshot!(place.piped(&export(&["parquet", "--events"])).refused(2), @"
    error: export: Parquet needs a file
    hint: name one, or write jsonl or csv to standard output
    ");
    snapshot!(place.piped(&export(&["jsonl", "--events", "--at", "999"])).refused(2), @"error: point 999: it lies outside the log, which has positions 1 to 7");
    snapshot!(Place::empty().piped(&export(&["jsonl", "--events"])).refused(3), @"
    error: open [folder]/sessions.db: there is no store
    hint: make one with `retold import ~/.ait42`, or name another with --store
    ");
}

#[test]
fn the_tables_of_a_projection_are_exported_too() {
    let place = Place::with_sample();
    place.piped(&["metrics", "-q"]).done();
    snapshot!(place.piped(&export(&["jsonl", "--query", "select day, sessions, active_seconds from metrics_day limit 2"])).done(), @r#"
    {"day":"2026-11-23","sessions":0,"active_seconds":0.0}
    {"day":"2025-11-16","sessions":2,"active_seconds":752.9990000000001}
    "#);
    snapshot!(place.piped(&export(&["csv", "--table", "metrics_status"])).done().replace('\r', ""), @"
    what,status,times,seconds
    instance,running,75,34865.50564499999
    session,running,24,8966.370869
    ");
}
