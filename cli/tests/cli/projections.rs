//! `retold projections`: from a file of SQL to rows that are listed, compared and rolled back.

use crate::support::{Answer, Place, snapshot};

pub(crate) fn both(answer: &Answer) -> String {
    format!("{}{}", answer.out, answer.err)
}

pub(crate) fn declared(version: u32, statement: &str) -> String {
    format!(
        "-- projection: said\n-- version: {version}\n-- about: who said how much\n\
         create table said (role text primary key, n integer not null) strict;\n\n-- on: MessageAdded\n{statement}\n"
    )
}

pub(crate) const COUNTS: &str = "insert into said values (:role, 1) on conflict do update set n = n + 1;";

/// The sample history, with a projection on it.
pub(crate) fn said() -> Place {
    let place = Place::with_sample();
    // The one that every import fills: the figures are to be those of the declared one alone.
    place.piped(&["projections", "drop", "temporal"]).done();
    let file = place.file("said.sql", declared(1, COUNTS));
    assert_eq!(place.piped(&["projections", "add", &file]).done(), "said@1: new, holds 606 events\n");
    place
}

#[test]
fn projections_are_listed_with_how_they_stand() {
    let place = Place::with_empty_store();
    snapshot!(place.terminal(&["projections"]).done(), @"
    name       kind    state      position  lag  age  size
    builtin@1  inline  caught_up         0    0
    ");
    let place = said();
    snapshot!(place.terminal(&["projections"]).done(), @"
    name       kind      state      position  lag  age      size
    builtin@1  inline    caught_up       606    0
    said@1     declared  caught_up       606    0       52.0 KiB
    ");
    snapshot!(place.piped(&["projections", "list"]).done(), @"
    name       kind      state      position  lag  age      size  error
    builtin@1  inline    caught_up       606    0
    said@1     declared  caught_up       606    0       52.0 KiB
    ");
    snapshot!(place.piped(&["projections", "-o", "json"]).done(), @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"name":"builtin","version":1,"kind":"inline","state":"caught_up","position":606,"lag_events":0,"lag_micros":0,"bytes":null,"policy":"skip","error":null,"error_position":null,"previous_version":null,"building_version":null,"process":null,"path":null,"about":"sessions, instances, messages, workspaces: in the transaction of every append"},
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
      [folder]/worse.sql:11:1: no such table: event, for a projection reads its own tables alone; what it is told of an event are parameters: :position, :type, :stream, :revision, :occurred_at, :recorded_at, :session_id; `retold projections parameters TYPE` lists all of a type
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
    snapshot!(place.piped(&["projections", "add", "nope.sql"]).refused(2), @r#"
    error: read nope.sql: there is no such file or folder
    hint: name an SQL file, or one that is built in: search, metrics, temporal, transcripts
    "#);
    let file = place.file("good.sql", declared(1, COUNTS));
    snapshot!(place.piped(&["projections", "add", "--check", &file]).done(), @"said@1: nothing is wrong with it");
    snapshot!(place.terminal(&["projections"]).done(), @"
    name       kind    state      position  lag  age  size
    builtin@1  inline  caught_up         7    0
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
    snapshot!(place.piped(&["projections", "diff", "said@1", "metrics@4"]).refused(2), @"error: compare said@1 with metrics@4: they have no table in common");
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
        &["projections", "catch-up", "nope"],
    ] {
        assert_eq!(
            place.piped(args).refused(1),
            "error: find projection nope: there is none\nhint: `retold projections` lists what there is\n",
            "{args:?}"
        );
    }
    assert!(!retold_core::sidecar_folder(&place.path()).exists(), "nothing was made for it");
    snapshot!(place.piped(&["projections", "parameters", "Nope"]).refused(2), @r#"
    error: list parameters: there is no event type Nope
    hint: the types are SessionCreated, TaskChanged, SessionStatusChanged, WinnerSelected, SessionDetailsChanged, SessionMoved, SessionDeleted, SessionRestored, InstanceAdded, InstanceStatusChanged, OutputAppended, OutputReplaced, InstanceDetailsChanged, InstanceRemoved, MessageAdded, MessageChanged, MessageRemoved, WorkspaceRegistered, BodyRedacted, BodiesPruned, BodiesRestored, TagsChanged, TitleChanged, SessionContextChanged, SessionLinked, StatusObserved, ToolCalled, ToolReturned, UsageRecorded, ContextCompacted, HistoryRewound, SourceFound, RecordsKept, SourceRead, ImportExcluded, ImportIncluded, MappingCorrected, FolderSeen
    "#);
}

#[test]
fn what_statements_can_use_is_listed() {
    let place = Place::with_sessions();
    snapshot!(both(&place.terminal(&["projections", "parameters"])), @r#"
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
        :recorded_day       text     the day that the log got it, in UTC
        :occurred_micros    integer  when it happened, in microseconds since 1970
        :recorded_micros    integer  when the log got it, likewise
        :workspace          text     the key of its workspace
        :session_id         text     the session's id; empty in a workspace's own stream
        :ordinal            integer  which record of this id, from 1; 0 in a workspace's
                                     own stream
        each type has more of its own: SessionCreated, TaskChanged, SessionStatusChanged, WinnerSelected, SessionDetailsChanged, SessionMoved, SessionDeleted, SessionRestored, InstanceAdded, InstanceStatusChanged, OutputAppended, OutputReplaced, InstanceDetailsChanged, InstanceRemoved, MessageAdded, MessageChanged, MessageRemoved, WorkspaceRegistered, BodyRedacted, BodiesPruned, BodiesRestored, TagsChanged, TitleChanged, SessionContextChanged, SessionLinked, StatusObserved, ToolCalled, ToolReturned, UsageRecorded, ContextCompacted, HistoryRewound, SourceFound, RecordsKept, SourceRead, ImportExcluded, ImportIncluded, MappingCorrected, FolderSeen
        "#);
    snapshot!(place.piped(&["projections", "parameters", "sessionmoved"]).done(), @r"
        parameter         type     about
        :position         integer  its place in the log, from 1
        :stream           integer  the number of its stream: what read models call `stream`
        :revision         integer  its place in the stream, from 1
        :type             text     the event's type
        :occurred_at      text     when it happened, RFC 3339 in UTC: `date()` takes it
        :day              text     the day that it happened on, in UTC: also of years that `date()` does not know
        :recorded_at      text     when the log got it, likewise
        :recorded_day     text     the day that the log got it, in UTC
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
