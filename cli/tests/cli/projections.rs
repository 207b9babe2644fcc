//! `retold projections` and `retold project`: from a file of SQL to rows that are kept, mended and compared.

use crate::support::{Answer, Place, snapshot};

fn both(answer: &Answer) -> String {
    format!("{}{}", answer.out, answer.err)
}

fn declared(version: u32, statement: &str) -> String {
    format!(
        "-- projection: said\n-- version: {version}\n-- about: who said how much\n\
         create table said (role text primary key, n integer not null) strict;\n\n-- on: MessageAdded\n{statement}\n"
    )
}

const COUNTS: &str = "insert into said values (:role, 1) on conflict do update set n = n + 1;";

/// The sample history, with a projection on it.
fn said() -> Place {
    let place = Place::with_sample();
    let file = place.file("said.sql", declared(1, COUNTS));
    assert_eq!(place.piped(&["projections", "add", &file]).done(), "said@1: new, holds 606 events\n");
    place
}

fn edit(place: &Place, name: &str, sql: &str) {
    let row = place.piped(&["projections", "show", name, "-o", "json"]).json()["rows"][0].clone();
    let path = row["path"].as_str().unwrap().replace("[folder]", place.folder().to_str().unwrap());
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn projections_are_listed_with_how_they_stand() {
    let place = Place::with_empty_store();
    snapshot!(place.terminal(&["projections"]).done(), @"
    name     kind    state      position  lag  age  size
    builtin  inline  caught_up         0    0
    ");
    let place = said();
    snapshot!(place.terminal(&["projections"]).done(), @"
    name     kind      state      position  lag  age      size
    builtin  inline    caught_up       606    0
    said@1   declared  caught_up       606    0       52.0 KiB
    ");
    snapshot!(place.piped(&["projections", "list"]).done(), @"
    name     kind      state      position  lag  age      size  error
    builtin  inline    caught_up       606    0
    said@1   declared  caught_up       606    0       52.0 KiB
    ");
    snapshot!(place.piped(&["projections", "-o", "json"]).done(), @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"name":"builtin","version":null,"kind":"inline","state":"caught_up","position":606,"lag_events":0,"lag_micros":null,"bytes":null,"policy":null,"error":null,"error_position":null,"previous_version":null,"building_version":null,"process":null,"path":null,"about":"sessions, instances, messages, workspaces: in the transaction of every append"},
    {"name":"said","version":1,"kind":"declared","state":"caught_up","position":606,"lag_events":0,"lag_micros":0,"bytes":53248,"policy":"stop","error":null,"error_position":null,"previous_version":null,"building_version":null,"process":null,"path":"[folder]/sessions.db-sidecars/said@1-[n].db","about":"who said how much"}
    ]}
    "#);
    snapshot!(place.piped(&["projections", "show", "said"]).done(), @"
    projection said@1
    about      who said how much
    kind       declared
    state      caught_up
    position   606
    policy     stop
    size       52.0 KiB
    file       [folder]/sessions.db-sidecars/said@1-[n].db

    -- projection: said
    -- version: 1
    -- about: who said how much
    create table said (role text primary key, n integer not null) strict;

    -- on: MessageAdded
    insert into said values (:role, 1) on conflict do update set n = n + 1;
    ");
    snapshot!(place.piped(&["projections", "show", "said", "-o", "jsonl"]).done(), @r#"{"name":"said","version":1,"kind":"declared","state":"caught_up","position":606,"lag_events":0,"lag_micros":0,"bytes":53248,"policy":"stop","error":null,"error_position":null,"previous_version":null,"building_version":null,"process":null,"path":"[folder]/sessions.db-sidecars/said@1-[n].db","about":"who said how much","skipped":[],"declaration":"-- projection: said\n-- version: 1\n-- about: who said how much\ncreate table said (role text primary key, n integer not null) strict;\n\n-- on: MessageAdded\ninsert into said values (:role, 1) on conflict do update set n = n + 1;\n"}"#);
}

#[test]
fn every_fault_of_a_declaration_is_told_with_its_place() {
    let place = Place::with_sessions();
    let file = place.file(
        "bad.sql",
        "-- projection: Bad Name\n-- version: one\n-- policy: perhaps\n\
         create table t (a text) strict;\ncreate trigger x after insert on t begin select 1; end;\n\
         -- on: MessageAdded, Message\ninsert into t values (:nothing);\n\
         -- on: MessageAdded\ninsert into u values (1);\n\
         -- on: TaskChanged\ninsert into t values (:role);\n\
         -- on: *\ninsert into t values (random());\nselect * from event;\npragma user_version = 1;\ninsert into t valves (1);\n",
    );
    snapshot!(place.piped(&["projections", "add", &file]).refused(2), @r#"
    error: add projection: 4 faults in [folder]/bad.sql
      [folder]/bad.sql:1:16: a name is 1 to 48 of a-z, 0-9 and _, and begins with a letter; found "Bad Name"
      [folder]/bad.sql:2:13: a version is a whole number from 1; found "one"
      [folder]/bad.sql:3:12: a policy is stop or skip; found "perhaps"
      [folder]/bad.sql:6:8: there is no event type "Message"; is MessageAdded meant?
    "#);
    let file = place.file(
        "worse.sql",
        "-- projection: worse\n-- version: 1\ncreate table t (a text) strict;\n\
         -- on: MessageAdded\ninsert into t values (:nothing);\ninsert into u values (:rol);\n\
         -- on: TaskChanged\ninsert into t values (:role);\n\
         -- on: *\ninsert into t values (random());\ninsert into t select body from event;\n\
         pragma user_version = 1;\ninsert into t valves (1);\n",
    );
    snapshot!(place.piped(&["projections", "add", &file]).refused(2), @r#"
    error: add projection: 8 faults in [folder]/worse.sql
      [folder]/worse.sql:5:23: no event has :nothing; `retold projections parameters` lists what they have
      [folder]/worse.sql:6:1: no such table: u
      [folder]/worse.sql:6:23: no event has :rol; is :role meant?
      [folder]/worse.sql:8:23: TaskChanged has no :role; `retold projections parameters TaskChanged` lists what it has
      [folder]/worse.sql:10:23: not authorized to use function: random
      [folder]/worse.sql:11:1: no such table: event
      [folder]/worse.sql:12:1: at an event it may insert, update or delete, and nothing else
      [folder]/worse.sql:13:15: near "valves": syntax error
    "#);
    let file = place.file("schema.sql", "-- projection: worse\n-- version: 1\ncreate table retold_t (a);\n\
         create trigger x after insert on t begin select 1; end;\ncreate temp table u (a);\ndrop table event;\n\
         create table v (a int) strict;\n-- on: MessageAdded\nselect 1;");
    snapshot!(place.piped(&["projections", "add", &file]).refused(2), @"
    error: add projection: 5 faults in [folder]/schema.sql
      [folder]/schema.sql:3:1: not authorized: the schema may hold `create table`, `create index` and `create view`, under names that begin neither with `retold_` nor with `sqlite_`
      [folder]/schema.sql:4:1: no such table: main.t
      [folder]/schema.sql:4:52: the schema may hold `create table`, `create index` and `create view`
      [folder]/schema.sql:5:1: not authorized: the schema may hold `create table`, `create index` and `create view`, under names that begin neither with `retold_` nor with `sqlite_`
      [folder]/schema.sql:6:1: the schema may hold `create table`, `create index` and `create view`
    ");
    let file = place.file("empty.sql", "");
    snapshot!(place.piped(&["projections", "add", &file]).refused(2), @"
    error: add projection: 1 fault in [folder]/empty.sql
      [folder]/empty.sql:1:1: the header has no line `-- projection: …`
    ");
    let file = place.file("latin.sql", b"-- projection: a\n-- about: caf\xe9\n");
    snapshot!(place.piped(&["projections", "add", &file]).refused(2), @"error: read [folder]/latin.sql: line 2 is not UTF-8");
    snapshot!(place.piped(&["projections", "add", "nope.sql"]).refused(2), @"
    error: read nope.sql: No such file or directory (os error 2)
    hint: name an SQL file, or one that is built in: search, metrics
    ");
    let file = place.file("good.sql", declared(1, COUNTS));
    snapshot!(place.piped(&["projections", "add", "--check", &file]).done(), @"said@1: nothing is wrong with it");
    snapshot!(place.terminal(&["projections"]).done(), @"
    name     kind    state      position  lag  age  size
    builtin  inline  caught_up         7    0
    ");
    let answer = place.run(&["projections", "add", "-", "-o", "json"], |io| {
        io.input = Box::new(std::io::Cursor::new(declared(1, COUNTS)));
    });
    snapshot!(answer.done(), @r#"
    {"as_of":{"position":7,"hash":"[hash]"},"rows":[
    {"name":"said","version":1,"done":"new","position":7}
    ]}
    "#);
}

#[test]
fn a_version_is_never_another_text() {
    let place = said();
    let other =
        place.file("other.sql", declared(1, "insert into said values (:role, 2) on conflict do nothing;"));
    snapshot!(place.piped(&["projections", "add", &other]).refused(2), @"
    error: add projection said: version 1 is another text already
    hint: raise `-- version:`: the new one is built beside the old
    ");
    let same = place.file("same.sql", declared(1, COUNTS));
    snapshot!(place.piped(&["projections", "add", &same]).done(), @"said@1: known, holds 606 events");
    let newer =
        place.file("newer.sql", declared(3, "insert into said values (:role, 2) on conflict do nothing;"));
    snapshot!(place.piped(&["projections", "add", &newer]).done(), @"said@3: a newer version, holds 606 events");
    let older = place.file("older.sql", declared(2, COUNTS));
    snapshot!(place.piped(&["projections", "add", &older]).refused(2), @"
    error: add projection said: version 2 is older than 3
    hint: `retold projections rollback said` goes back to the version before
    ");
}

#[test]
fn versions_are_compared_and_rolled_back() {
    let place = said();
    snapshot!(place.piped(&["projections", "rollback", "said"]).refused(1), @"
    error: roll back projection said: there is no version before
    hint: one is kept once `retold projections add` has put a newer version of said in its place
    ");
    let file = place.file(
        "two.sql",
        declared(2, "insert into said values (:role, 2) on conflict do update set n = n + 2;"),
    );
    place.piped(&["projections", "add", &file]).done();
    snapshot!(place.piped(&["projections", "diff", "said@1", "said@v2"]).exited(1), @r#"
    table  row      key                   left       right
    said   differs  {"role":"assistant"}  {"n":106}  {"n":212}
    said   differs  {"role":"system"}     {"n":8}    {"n":16}
    said   differs  {"role":"user"}       {"n":92}   {"n":184}
    "#);
    snapshot!(place.piped(&["projections", "diff", "said@1", "said@2", "-n", "1", "-o", "json"]).exited_with(1).out, @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"table":"said","row":"differs","key":"{\"role\":\"assistant\"}","left":"{\"n\":106}","right":"{\"n\":212}"}
    ]}
    "#);
    snapshot!(both(&place.piped(&["projections", "diff", "said@1", "said@1"]).exited_with(0)), @"
    table  row  key  left  right
    no row differs
    ");
    snapshot!(place.piped(&["projections", "diff", "said@1", "said@9"]).refused(1), @"
    error: find projection said@9: there is no such version
    hint: `retold projections show said` tells the versions that there are
    ");
    snapshot!(place.piped(&["projections", "diff", "said", "said@2"]).refused(2), @"
    error: compare said: no version of a projection
    hint: write NAME@VERSION: messages@2
    ");
    place.piped(&["projections", "add", "metrics"]).done();
    snapshot!(place.piped(&["projections", "diff", "said@1", "metrics@2"]).refused(2), @"error: compare said@1 with metrics@2: they have no table in common");
    snapshot!(place.piped(&["projections", "rollback", "said"]).done(), @"said@1 is read again; `retold projections rollback said` goes back");
    let n = place.piped(&["sql", "select n from said where role = 'user'", "-o", "csv"]).done();
    place.piped(&["projections", "rollback", "said"]).done();
    assert_ne!(place.piped(&["sql", "select n from said where role = 'user'", "-o", "csv"]).done(), n);
    snapshot!(place.piped(&["projections", "show", "said"]).done(), @"
    projection said@2
    about      who said how much
    kind       declared
    state      caught_up
    position   606
    policy     stop
    previous   said@1
    size       104.0 KiB
    file       [folder]/sessions.db-sidecars/said@2-[n].db

    -- projection: said
    -- version: 2
    -- about: who said how much
    create table said (role text primary key, n integer not null) strict;

    -- on: MessageAdded
    insert into said values (:role, 2) on conflict do update set n = n + 2;
    ");
}

#[test]
fn a_rollback_that_cannot_catch_up_changes_nothing() {
    let place = said();
    let poison = "insert into said values (:role, iif(:content = 'poison', null, 1))
                  on conflict do update set n = n + excluded.n;";
    for (version, statement) in [(2, poison), (3, COUNTS)] {
        let file = place.file("said.sql", declared(version, statement));
        place.piped(&["projections", "add", &file]).done();
    }
    let session = r#"[{"id": "p1", "type": "debate", "task": "", "status": "running", "createdAt": "", "updatedAt": "",
        "instances": [], "chatHistory": [{"id": "m1", "role": "user", "content": "poison", "timestamp": ""}]}]"#;
    place.piped(&["import", &place.file("more/p.json", session), "-q"]).done();
    place.piped(&["project", "said"]).done();
    let answer = place.piped(&["projections", "rollback", "said"]);
    snapshot!(both(&answer.exited_with(1)), @"
    error: roll back projection said to version 2: it stops at event 608: NOT NULL constraint failed: said.n
    hint: what was read is read on; to leave the event out: `retold projections skip said 608 --reason …`
    ");
    snapshot!(place.terminal(&["projections"]).done(), @"
    name     kind      state      position  lag  age      size
    builtin  inline    caught_up       608    0
    said@3   declared  caught_up       608    0       72.0 KiB
    ");
}

#[test]
fn a_projection_that_stops_says_where_and_what_can_be_done() {
    let place = Place::with_sessions();
    let file = place.file("said.sql", declared(1, "insert into said values (:role, json(:content));"));
    snapshot!(place.piped(&["projections", "add", &file]).refused(1), @"
    error: fill projection said@1: it stopped at event 4: malformed JSON
    hint: mend it and raise its version, or leave the event out: `retold projections skip said 4 --reason …`
    ");
    snapshot!(both(&place.terminal(&["projections"])), @"
    name     kind      state      position  lag  age         size
    builtin  inline    caught_up         7    0
    said@1   declared  failed            0    7  60 min  20.0 KiB
    said: event 4: malformed JSON
    hint: mend the text of said and raise its version, or `retold projections skip said 4 --reason …`
    ");
    snapshot!(place.piped(&["projections"]).out, @"
    name     kind      state      position  lag  age         size  error
    builtin  inline    caught_up         7    0
    said@1   declared  failed            0    7  60 min  20.0 KiB  event 4: malformed JSON
    ");
    snapshot!(place.piped(&["projections", "show", "said"]).done(), @"
    projection said@1
    about      who said how much
    kind       declared
    state      failed
    position   0, 7 events behind for 60 min
    policy     stop
    error      event 4: malformed JSON
    next       mend the text of said and raise its version, or `retold projections skip said 4 --reason …`
    building   said@1
    size       20.0 KiB

    -- projection: said
    -- version: 1
    -- about: who said how much
    create table said (role text primary key, n integer not null) strict;

    -- on: MessageAdded
    insert into said values (:role, json(:content));
    ");
    snapshot!(place.piped(&["project"]).refused(1), @"
    error: fill projection said@1: it stopped at event 4: malformed JSON
    hint: mend it and raise its version, or leave the event out: `retold projections skip said 4 --reason …`
    ");
    snapshot!(place.piped(&["projections", "skip", "said", "99", "--reason", "a slip"]).refused(2), @"
    error: leave out event 99 of projection said: the log has events 1 to 7
    hint: `retold projections` shows at which event one has stopped
    ");
    snapshot!(place.piped(&["projections", "skip", "said", "0", "--reason", "a slip"]).refused(2), @"
    error: leave out event 0 of projection said: the log has events 1 to 7
    hint: `retold projections` shows at which event one has stopped
    ");
    snapshot!(place.piped(&["projections", "skip", "said", "4"]).refused(2), @"
    error: the following required arguments were not provided:
      --reason <REASON>

    Usage: retold projections skip --reason <REASON> <NAME> <POSITION>

    For more information, try '--help'.
    ");
    snapshot!(place.piped(&["projections", "skip", "said", "4", "--reason", "a slip"]).done(), @"said@1: leaves out event 4, holds 7 events");
    snapshot!(place.piped(&["projections", "show", "said", "-o", "json"]).json()["rows"][0]["skipped"].to_string(), @r#"[{"position":4,"reason":"a slip"}]"#);
}

#[test]
fn a_projection_is_paused_goes_on_and_is_made_anew() {
    let place = said();
    snapshot!(place.piped(&["projections", "pause", "said"]).done(), @"said stands still; `retold projections resume said` lets it go on");
    snapshot!(place.piped(&["projections", "pause", "said"]).done(), @"said stood still already; `retold projections resume said` lets it go on");
    snapshot!(place.piped(&["project", "said"]).refused(2), @"
    error: fill projection said: it is paused
    hint: `retold projections resume said` lets it go on
    ");
    snapshot!(both(&place.piped(&["project"]).exited_with(1)), @"every projection is paused: `retold projections resume NAME` lets one go on");
    snapshot!(place.terminal(&["projections"]).done(), @"
    name     kind      state      position  lag  age      size
    builtin  inline    caught_up       606    0
    said@1   declared  paused          606    0       52.0 KiB
    ");
    snapshot!(place.piped(&["projections", "resume", "said"]).done(), @"said@1: goes on, holds 606 events");
    snapshot!(place.piped(&["projections", "resume", "said"]).done(), @"said@1: was not paused, holds 606 events");
    snapshot!(place.piped(&["projections", "rebuild", "said"]).done(), @"said@1: rebuilt, holds 606 events");
    snapshot!(place.piped(&["projections", "rebuild", "said", "-o", "json"]).done(), @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"name":"said","version":1,"done":"rebuilt","position":606}
    ]}
    "#);
    snapshot!(place.piped(&["projections", "rebuild", "builtin"]).done(), @"rebuilt: the read models hold 606 events");
    snapshot!(place.piped(&["project", "-o", "csv"]).done().replace('\r', ""), @"
    name,position
    said,606
    ");
    let answer = place.run(&["projections", "rebuild", "said"], |io| {
        io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    snapshot!(both(&answer.exited_with(130)), @"interrupted: `retold project said` goes on from here");
    snapshot!(place.piped(&["project"]).done(), @"said: holds 606 events");
    snapshot!(place.piped(&["projections", "drop", "said"]).done(), @"said is gone; the log has every event");
    snapshot!(both(&place.piped(&["project"]).exited_with(1)), @"there is no projection to bring up to date: `retold projections add FILE` declares one");
}

#[test]
fn a_name_that_nobody_has_is_said_to_be_so() {
    let place = Place::with_sessions();
    for args in [
        &["projections", "show", "nope"][..],
        &["projections", "rebuild", "nope"],
        &["projections", "pause", "nope"],
        &["projections", "resume", "nope"],
        &["projections", "rollback", "nope"],
        &["projections", "drop", "nope"],
        &["projections", "check", "nope"],
        &["projections", "skip", "nope", "1", "--reason", "x"],
        &["projections", "diff", "nope@1", "nope@2"],
        &["project", "nope"],
    ] {
        assert_eq!(
            place.piped(args).refused(1),
            "error: find projection nope: there is none\nhint: `retold projections` lists what there is\n",
            "{args:?}"
        );
    }
    assert!(!retold_core::sidecar_folder(&place.path()).exists(), "nothing was made for it");
    snapshot!(place.piped(&["projections", "parameters", "Nope"]).refused(2), @"
    error: list parameters: there is no event type Nope
    hint: the types are SessionCreated, TaskChanged, SessionStatusChanged, WinnerSelected, SessionDetailsChanged, SessionMoved, SessionDeleted, SessionRestored, InstanceAdded, InstanceStatusChanged, OutputAppended, OutputReplaced, InstanceDetailsChanged, InstanceRemoved, MessageAdded, MessageChanged, MessageRemoved, WorkspaceRegistered, BodyRedacted
    ");
}

#[test]
fn rows_that_were_edited_are_found_and_named() {
    let place = said();
    place.piped(&["projections", "add", "search"]).done();
    snapshot!(place.piped(&["projections", "check"]).done(), @"
    said@1: sound, up to event 606
    search@2: sound, up to event 606
    ");
    snapshot!(place.piped(&["verify", "--full"]).done(), @"
    sound: 606 events, 1 blob, 32 streams, 2 projections
    head 606:[hash]
    ");
    edit(&place, "said", "update said set n = 7 where role = 'user'; insert into said values ('ghost', 1)");
    snapshot!(both(&place.terminal(&["projections", "check"]).exited_with(10)), @r#"
    said@1: damaged: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
    table  row       key               here     by the log
    said   too much  {"role":"ghost"}  {"n":1}
    said   differs   {"role":"user"}   {"n":7}  {"n":92}
    search@2: sound, up to event 606
    hint: `retold projections rebuild said` makes its rows anew from the log
    "#);
    snapshot!(place.piped(&["projections", "check", "said", "-o", "json"]).exited_with(10).out, @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"name":"said","version":1,"position":606,"sound":false,"fault":null,"differences":[{"by_the_log":null,"here":{"n":1},"key":{"role":"ghost"},"row":"too much","table":"said"},{"by_the_log":{"n":92},"here":{"n":7},"key":{"role":"user"},"row":"differs","table":"said"}]}
    ]}
    "#);
    snapshot!(both(&place.terminal(&["projections"])), @r#"
    name      kind      state      position  lag  age       size
    builtin   inline    caught_up       606    0
    said@1    declared  failed          606    0        52.0 KiB
    search@2  built-in  caught_up       606    0       192.0 KiB
    said: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
    hint: `retold projections rebuild said` makes its rows anew from the log
    "#);
    snapshot!(both(&place.piped(&["verify", "--full"]).exited_with(10)), @r#"
    fault                            first  count
    projections differ from the log             1
    damaged: 606 events, 1 blob, 32 streams, 2 projections
    head 606:[hash]
    projection said@1: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
    hint: `retold projections rebuild said` makes its rows anew from the log
    "#);
    snapshot!(place.piped(&["verify", "--full", "-o", "json", "-q"]).exited_with(10).out, @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"fault":"projections differ from the log","first":null,"count":1}
    ],"sound":false,"events":606,"blobs":1,"streams":32,"projections":2,"events_per_second":null}
    "#);
    let doctor = place.piped(&["doctor"]).exited_with(10).out;
    let found: Vec<&str> = doctor.lines().skip_while(|line| !line.starts_with("bad")).take(2).collect();
    snapshot!(found.join("\n"), @r#"
    bad   projections   said: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
                        retold projections rebuild said
    "#);
    snapshot!(place.piped(&["project", "said"]).refused(10), @r#"
    error: keep projection said: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
    hint: `retold projections rebuild said` makes it anew from the log
    "#);
    place.piped(&["projections", "rebuild", "said"]).done();
    snapshot!(place.piped(&["projections", "check", "said"]).done(), @"said@1: sound, up to event 606");
    let doctor = place.piped(&["doctor"]).out;
    snapshot!(doctor.lines().find(|line| line.contains("projections")).unwrap(), @"ok    projections   2; `retold verify --full` holds their rows against the log");
    let answer = place.run(&["projections", "check"], |io| {
        io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    assert_eq!(answer.refused(130), "");
    snapshot!(both(&Place::with_sessions().piped(&["projections", "check"]).exited_with(1)), @"there are no rows to check: `retold projections add FILE` declares some");
}

#[test]
fn what_statements_can_use_is_listed() {
    let place = Place::with_sessions();
    snapshot!(both(&place.terminal(&["projections", "parameters"])), @"
    :position           integer  its place in the log, from 1
    :stream             integer  the number of its stream: what read models call
                                 `stream`
    :revision           integer  its place in the stream, from 1
    :type               text     the event's type
    :occurred_at        text     when it happened, RFC 3339 in UTC: `date()` takes
                                 it
    :day                text     the day that it happened on, in UTC: also of years
                                 that `date()` does not know
    :recorded_at        text     when the log got it, likewise
    :occurred_micros    integer  when it happened, in microseconds since 1970
    :recorded_micros    integer  when the log got it, likewise
    :workspace          text     the key of its workspace
    :session_id         text     the session's id; empty in a workspace's own stream
    :ordinal            integer  which record of this id, from 1; 0 in a workspace's
                                 own stream
    each type has more of its own: SessionCreated, TaskChanged, SessionStatusChanged, WinnerSelected, SessionDetailsChanged, SessionMoved, SessionDeleted, SessionRestored, InstanceAdded, InstanceStatusChanged, OutputAppended, OutputReplaced, InstanceDetailsChanged, InstanceRemoved, MessageAdded, MessageChanged, MessageRemoved, WorkspaceRegistered, BodyRedacted
    ");
    snapshot!(place.piped(&["projections", "parameters", "sessionmoved"]).done(), @"
    parameter         type     about
    :position         integer  its place in the log, from 1
    :stream           integer  the number of its stream: what read models call `stream`
    :revision         integer  its place in the stream, from 1
    :type             text     the event's type
    :occurred_at      text     when it happened, RFC 3339 in UTC: `date()` takes it
    :day              text     the day that it happened on, in UTC: also of years that `date()` does not know
    :recorded_at      text     when the log got it, likewise
    :occurred_micros  integer  when it happened, in microseconds since 1970
    :recorded_micros  integer  when the log got it, likewise
    :workspace        text     the key of its workspace
    :session_id       text     the session's id; empty in a workspace's own stream
    :ordinal          integer  which record of this id, from 1; 0 in a workspace's own stream
    :session_type     text     competition, ensemble, debate, or whatever the session says
    :session_status   text     the session's status once the event has happened
    :session_seconds  real     how long after the session began it happened
    :quiet_seconds    real     how long nothing had happened to the session
    :updated_at       text     what `updatedAt` becomes, to the letter; null where it stays
    :place            real     its place in the workspace's list, where it was given
    ");
}
