use crate::support::{Place, snapshot};

#[test]
fn a_question_is_answered_in_every_format() {
    let place = Place::with_sessions();
    let query = "select position, name, occurred_at / 1e15 as x, null as none, x'00ff' as bytes, 'a' as name \
                 from event join event_type t on t.id = type order by position limit 2";
    snapshot!(place.piped(&["sql", query]).done(), @"
    position  name                          x  none  bytes  name_2
           1  WorkspaceRegistered   1.7954244        00ff   a
           2  SessionCreated       1.79542446        00ff   a
    ");
    snapshot!(place.piped(&["sql", query, "-o", "json"]).done(), @r#"
    {"as_of":{"position":7,"hash":"[hash]"},"rows":[
    {"position":1,"name":"WorkspaceRegistered","x":1.7954244,"none":null,"bytes":"00ff","name_2":"a"},
    {"position":2,"name":"SessionCreated","x":1.79542446,"none":null,"bytes":"00ff","name_2":"a"}
    ]}
    "#);
    snapshot!(place.piped(&["sql", query, "-o", "jsonl"]).done(), @r#"
    {"position":1,"name":"WorkspaceRegistered","x":1.7954244,"none":null,"bytes":"00ff","name_2":"a"}
    {"position":2,"name":"SessionCreated","x":1.79542446,"none":null,"bytes":"00ff","name_2":"a"}
    "#);
    snapshot!(place.piped(&["sql", query, "-o", "csv"]).done(), @"
    position,name,x,none,bytes,name_2
    1,WorkspaceRegistered,1.7954244,,00ff,a
    2,SessionCreated,1.79542446,,00ff,a
    ");
}

#[test]
fn a_question_comes_from_standard_input() {
    let answer = Place::with_sessions().run(&["sql", "-", "-o", "jsonl"], |io| {
        io.input = Box::new("select count(*) as events from event;\n".as_bytes());
    });
    assert_eq!(answer.done(), "{\"events\":7}\n");
}

#[test]
fn an_error_points_at_its_place() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["sql", "select position\nfrom evnt"]).refused(2), @"error: query: there is no table evnt");
    snapshot!(place.piped(&["sql", "select 扉 form event"]).refused(2), @"
    error: query: it is not SQL from `event` on
      select 扉 form event
                     ^
    ");
    snapshot!(place.piped(&["sql", "select * form event"]).refused(2), @"
    error: query: it is not SQL from `form` on
      select * form event
               ^
    ");
    snapshot!(place.piped(&["sql", "select json('{')"]).refused(2), @"
    error: query: a JSON function was given a text that is not JSON
    hint: `body` and `extra` are always JSON; of other texts `json_valid(x)` tells which are
    ");
    snapshot!(place.piped(&["sql", "select abs(-9223372036854775808)"]).refused(2), @"error: query: SQLite refuses it: integer overflow");
}

#[test]
fn only_one_question_that_reads_is_taken() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["sql", "delete from event"]).refused(2), @"
    error: query: it does more than read
    hint: ask with one `select`, `with`, `values`, `explain` or `pragma table_info`; the store is read-only here
    ");
    snapshot!(place.piped(&["sql", "select 1; select 2"]).refused(2), @"
    error: query: there is more than one statement in it
    hint: ask with one `select`, `with`, `values`, `explain` or `pragma table_info`; the store is read-only here
    ");
    snapshot!(place.piped(&["sql", "-- nothing"]).refused(2), @"
    error: query: there is no question in it
    hint: ask with one `select`, `with`, `values`, `explain` or `pragma table_info`; the store is read-only here
    ");
    snapshot!(place.piped(&["sql", "select ?1"]).refused(2), @"
    error: query: a parameter has no value here
    hint: write the value itself
    ");
    assert_eq!(place.piped(&["sql", "select 1 as one; -- the end", "-o", "csv"]).done(), "one\r\n1\r\n");
    place.piped(&["sql", "attach '/tmp/x.db' as x"]).refused(2);
    place.piped(&["sql", "pragma query_only = 0"]).refused(2);
    place.piped(&["sql", "pragma journal_mode = delete"]).refused(2);
    place.piped(&["sql", "select load_extension('x')"]).refused(2);
    assert!(place.piped(&["sql", "pragma table_info(event)"]).done().contains("recorded_at"));
    assert!(
        place.piped(&["sql", "select sum(pgsize) > 0 as ok from dbstat", "-o", "jsonl"]).done().contains('1')
    );
}

#[test]
fn ctrl_c_ends_a_long_question() {
    let query = "with recursive n(i) as (values (1) union all select i + 1 from n) select max(i) from n";
    let answer = Place::with_sessions()
        .run(&["sql", query], |io| io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst));
    assert_eq!(answer.refused(130), "");
}

#[test]
fn an_empty_answer_is_an_answer() {
    let place = Place::with_sessions();
    assert_eq!(place.piped(&["sql", "select 1 as a, 2 as b where 0"]).done(), "a  b\n");
}

#[test]
fn the_texts_are_there_to_be_asked_for() {
    let place = Place::with_sample();
    let column = |query: &str| -> Vec<serde_json::Value> {
        let rows = place.piped(&["sql", query, "-o", "json"]).json()["rows"].as_array().unwrap().clone();
        rows.into_iter().map(|row| row.as_object().unwrap().values().next().unwrap().clone()).collect()
    };
    let contents = column("select content from chat_messages");
    assert_eq!(contents.len(), 206);
    assert!(contents.iter().all(|content| content.as_str().is_some_and(|text| !text.is_empty())));
    let outputs = column("select output from instances");
    assert_eq!(outputs.len(), 85);
    assert!(outputs.iter().any(|output| output.as_str().is_some_and(|text| text.len() > 4096)));
    assert_eq!(
        column("select count(*) from instances where length(cast(output as blob)) <> output_bytes"),
        [0]
    );
    snapshot!(place.piped(&["sql", "select status, count(*) from sessions group by 1"]).done(), @"
    status     count(*)
    completed        17
    failed            5
    round_1           1
    round_2           1
    running           5
    ");
}

#[test]
fn the_tables_of_the_views_are_as_safe_as_the_others() {
    let place = Place::with_sample();
    for query in [
        "delete from chat_messages",
        "delete from main.chat_messages",
        "update sessions set status = 'x'",
        "drop view chat_messages",
        "create temp view v as select 1",
        "create temp table t (a)",
        "insert into temp.sqlite_schema values (1, 2, 3, 4, 5)",
        "pragma temp.user_version = 1",
        "pragma query_only = off",
        "pragma trusted_schema = on",
    ] {
        place.piped(&["sql", query]).refused(2);
    }
}

#[test]
fn a_damaged_text_is_damage_and_no_mistake_of_who_asked() {
    let place = Place::with_sessions();
    place.tamper("drop trigger event_update; update event set body = x'ffff', codec = 0 where position = 4");
    assert!(place.piped(&["sql", "select role from chat_messages", "-o", "csv"]).done().contains("user"));
    snapshot!(place.piped(&["sql", "select content from chat_messages"]).refused(10), @"
    error: query: the store is damaged: database disk image is malformed
    hint: `retold verify` says how far the damage goes
    ");
}

#[test]
fn read_models_that_lag_behind_are_said_to() {
    let place = Place::with_sessions();
    place.tamper("update projection set position = 0");
    let answer = place.piped(&["sql", "select count(*) as sessions from sessions", "-o", "csv"]);
    snapshot!(answer.err, @"warning: the read models hold events up to position 0 of 7: `retold projections rebuild` fills them again");
}

#[test]
fn the_past_is_asked_as_the_present_is() {
    let place = Place::with_sample();
    place.piped(&["metrics", "-q"]).done();
    let asked = |args: &[&str]| place.piped(&[&["sql"], args].concat());
    snapshot!(asked(&["--at", "100", "select status, count(*) as sessions from sessions group by 1"]).done(), @"
    status     sessions
    completed         3
    running           2
    ");
    snapshot!(asked(&["--at", "100", "select max(position) as last, count(*) as events from events", "-o", "json"]).done(), @r#"
    {"as_of":{"position":100,"hash":"[hash]"},"rows":[
    {"last":100,"events":100}
    ]}
    "#);
    snapshot!(asked(&["--at", "100", "select day, sessions, messages from metrics_day", "-o", "csv"]).done().replace('\r', ""), @"
    day,sessions,messages
    2026-11-23,0,0
    2025-11-16,2,16
    2025-11-17,1,8
    2025-11-18,2,11
    ");
    snapshot!(place.terminal(&["sql", "--at", "100", "select session_id, task, messages from sessions join metrics_session using (stream) limit 2"]).done(), @"
    session_id                          task                                messages
    66826343-2a9b-4f6f-acd9-f7ae2462a…  Why does `implicit_struct` fail w…         8
    446ba4be-bb09-4a7f-b232-23f63a0a6…  👀 Make request extracting 595 ms…         8
    ");
    snapshot!(asked(&["--at", "0", "select count(*) as sessions from sessions"]).refused(2), @"error: point 0: nothing was recorded by then");
    // The second answer comes from the file that the first has left.
    let kept = std::fs::read_dir(retold_core::sidecar_folder(&place.path()).join("at")).unwrap().count();
    snapshot!(asked(&["--at", "2025-11-18T12:00:00Z", "select count(*) as sessions from sessions", "-q"]).done(), @"
    sessions
          17
    ");
    snapshot!(asked(&["--at", "2025-11-18T12:00:00Z", "select day from metrics_day", "-q"]).refused(2), @"
    error: ask projection metrics at a time: its rows can be had at a position, or at the present
    hint: with `--clock recorded` a time is a position of the log: what the log knew by then
    ");
    asked(&["--at", "100", "select * from instances limit 0"]).done();
    assert!(
        std::fs::read_dir(retold_core::sidecar_folder(&place.path()).join("at")).unwrap().count() <= kept + 1
    );
    snapshot!(asked(&["--at", "9999", "select 1"]).refused(2), @"error: point 9999: it lies outside the log, which has positions 1 to 606");
    snapshot!(asked(&["--at", "mark:nope", "select 1"]).refused(2), @"error: point mark:nope: there is no mark yet");
    snapshot!(asked(&["--at", "100", "select * from nope"]).refused(2), @"error: query: there is no table nope");
    snapshot!(asked(&["--at", "100", "delete from sessions"]).refused(2), @"error: query: it does more than read");
    let answer = place.run(&["sql", "--at", "300", "select count(*) from sessions"], |io| {
        io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    assert_eq!(answer.refused(130), "");
    let empty = Place::with_empty_store();
    snapshot!(empty.piped(&["sql", "--at", "head", "select count(*) as sessions from sessions"]).refused(2), @"error: point head: nothing was recorded by then");
}

#[test]
fn a_projection_is_asked_as_it_stood_before_its_first_row() {
    let place = Place::with_sessions();
    let text = |statement: &str, version: u32| {
        format!(
            "-- projection: p\n-- version: {version}\ncreate table p (a text not null);\n-- on: MessageAdded\n{statement}\n"
        )
    };
    place
        .piped(&["projections", "add", &place.file("p.sql", text("insert into p values (:content);", 1))])
        .done();
    assert_eq!(
        place.piped(&["sql", "--at", "3", "select count(*) as n from p", "-o", "csv"]).done(),
        "n\r\n0\r\n"
    );
    assert_eq!(
        place.piped(&["sql", "--at", "4", "select count(*) as n from p", "-o", "csv"]).done(),
        "n\r\n1\r\n"
    );
}
