//! `retold projections catch-up` and what it meets: projections that stop, are paused, were edited, and go on.

use crate::projections::{COUNTS, both, declared, said};
use crate::support::{Place, snapshot};

/// Asks a program to stop, also where the test fails.
struct Stop(std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

fn edit(place: &Place, name: &str, sql: &str) {
    let row = place.piped(&["projections", "show", name, "-o", "json"]).json()["rows"][0].clone();
    let path = row["path"].as_str().unwrap().replace("[folder]", place.folder().to_str().unwrap());
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
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
    place.piped(&["projections", "catch-up", "said"]).done();
    let answer = place.piped(&["projections", "rollback", "said"]);
    snapshot!(both(&answer.exited_with(1)), @"
    error: roll back projection said to version 2: it stops at event 608: NOT NULL constraint failed: said.n
    hint: what was read is read on; to leave the event out: `retold projections skip said 608 --reason …`
    ");
    snapshot!(place.terminal(&["projections"]).done(), @r#"
        name        kind      state      position  lag  age       size
        builtin@1   inline    caught_up       608    0
        said@3      declared  caught_up       608    0        72.0 KiB
        temporal@3  built-in  caught_up       608    0       348.0 KiB
        "#);
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
    name       kind      state      position  lag  age         size
    builtin@1  inline    caught_up         7    0
    said@1     declared  failed            0    7  60 min  20.0 KiB
    said: event 4: malformed JSON
    hint: mend the text of said and raise its version, or `retold projections skip said 4 --reason …`
    ");
    snapshot!(place.piped(&["projections"]).out, @"
    name       kind      state      position  lag  age         size  error
    builtin@1  inline    caught_up         7    0
    said@1     declared  failed            0    7  60 min  20.0 KiB  event 4: malformed JSON
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
    snapshot!(place.piped(&["projections", "catch-up"]).refused(1), @"
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
    error: retold projections skip: --reason <REASON> is missing
    hint: usage: retold projections skip --reason <REASON> <NAME> <POSITION>
    ");
    snapshot!(place.piped(&["projections", "skip", "said", "4", "--reason", "a slip"]).done(), @"said@1: leaves out event 4, holds 7 events");
    snapshot!(place.piped(&["projections", "show", "said", "-o", "json"]).json()["rows"][0]["skipped"].to_string(), @r#"[{"position":4,"reason":"a slip"}]"#);
}

#[test]
fn a_projection_is_paused_goes_on_and_is_made_anew() {
    let place = said();
    snapshot!(place.piped(&["projections", "pause", "said"]).done(), @"said stands still; `retold projections resume said` lets it go on");
    snapshot!(place.piped(&["projections", "pause", "said"]).done(), @"said stood still already; `retold projections resume said` lets it go on");
    snapshot!(place.piped(&["projections", "catch-up", "said"]).refused(2), @"
    error: fill projection said: it is paused
    hint: `retold projections resume said` lets it go on
    ");
    snapshot!(both(&place.piped(&["projections", "catch-up"]).exited_with(1)), @"every projection is paused: `retold projections resume NAME` lets one go on");
    snapshot!(place.terminal(&["projections"]).done(), @"
    name       kind      state      position  lag  age      size
    builtin@1  inline    caught_up       606    0
    said@1     declared  paused          606    0       52.0 KiB
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
    snapshot!(place.piped(&["projections", "catch-up", "-o", "csv"]).done().replace('\r', ""), @"
    name,position
    said,606
    ");
    let answer = place.run(&["projections", "rebuild", "said"], |io| {
        io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    snapshot!(both(&answer.exited_with(130)), @"interrupted: `retold projections catch-up said` goes on from here");
    snapshot!(place.piped(&["projections", "catch-up"]).done(), @"said: holds 606 events");
    snapshot!(place.piped(&["projections", "drop", "said"]).done(), @"said is gone; the log has every event");
    snapshot!(both(&place.piped(&["projections", "catch-up"]).exited_with(1)), @"there is no projection to bring up to date: `retold projections add FILE` declares one");
}

#[test]
fn rows_that_were_edited_are_found_and_named() {
    let place = said();
    place.piped(&["projections", "add", "search"]).done();
    snapshot!(place.piped(&["projections", "check"]).done(), @r#"
    builtin@1: sound, up to event 606
    said@1: sound, up to event 606
    search@5: sound, up to event 606
    "#);
    snapshot!(place.piped(&["verify", "--full"]).done(), @"
    sound: 606 events, 1 blob, 32 streams, 2 projections
    head 606:[hash]
    ");
    edit(&place, "said", "update said set n = 7 where role = 'user'; insert into said values ('ghost', 1)");
    snapshot!(both(&place.terminal(&["projections", "check"]).exited_with(10)), @r#"
    builtin@1: sound, up to event 606
    said@1: damaged: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
    table  row       key               here     by the log
    said   too much  {"role":"ghost"}  {"n":1}
    said   differs   {"role":"user"}   {"n":7}  {"n":92}
    search@5: sound, up to event 606
    hint: `retold projections rebuild said` makes its rows again from the log
    "#);
    snapshot!(place.piped(&["projections", "check", "said", "-o", "json"]).exited_with(10).out, @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"name":"said","version":1,"position":606,"sound":false,"fault":null,"differences":[{"by_the_log":null,"here":{"n":1},"key":{"role":"ghost"},"row":"too much","table":"said"},{"by_the_log":{"n":92},"here":{"n":7},"key":{"role":"user"},"row":"differs","table":"said"}],"uncompared":0}
    ]}
    "#);
    snapshot!(both(&place.terminal(&["projections"])), @r#"
    name       kind      state      position  lag  age       size
    builtin@1  inline    caught_up       606    0
    said@1     declared  failed          606    0        52.0 KiB
    search@5   built-in  caught_up       606    0       228.0 KiB
    said: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
    hint: `retold projections rebuild said` makes its rows again from the log
    "#);
    snapshot!(both(&place.piped(&["verify", "--full"]).exited_with(10)), @r#"
    fault                            first  count
    projections differ from the log             1
    damaged: 606 events, 1 blob, 32 streams, 2 projections
    head 606:[hash]
    projection said@1: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
    hint: `retold projections rebuild said` makes its rows again from the log
    "#);
    snapshot!(place.piped(&["verify", "--full", "-o", "json", "-q"]).exited_with(10).out, @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"fault":"projections differ from the log","first":null,"count":1}
    ],"sound":false,"events":606,"blobs":1,"absent":null,"withheld":null,"streams":32,"projections":2,"events_per_second":null,"uncompared_rows":0,"not_read":[]}
    "#);
    let doctor = place.piped(&["doctor"]).exited_with(10).out;
    let found: Vec<&str> = doctor.lines().skip_while(|line| !line.starts_with("bad")).take(2).collect();
    snapshot!(found.join("\n"), @r#"
    bad   projections   said: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
                        retold projections rebuild said
    "#);
    snapshot!(place.piped(&["projections", "catch-up", "said"]).refused(10), @r#"
    error: keep projection said: 2 rows are not as the log has them, the first in said at {"role":"ghost"}
    hint: `retold projections rebuild said` makes it again from the log
    "#);
    place.piped(&["projections", "rebuild", "said"]).done();
    snapshot!(place.piped(&["projections", "check", "said"]).done(), @"said@1: sound, up to event 606");
    let doctor = place.piped(&["doctor"]).out;
    snapshot!(doctor.lines().find(|line| line.contains("projections")).unwrap(), @r#"ok    projections   2; `retold verify --full` compares their rows with the log"#);
    let answer = place.run(&["projections", "check"], |io| {
        io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    assert_eq!(answer.refused(130), "");
    snapshot!(Place::with_sessions().piped(&["projections", "check"]).done(), @"builtin@1: sound, up to event 7");
}

#[test]
fn projections_are_followed_until_somebody_stops_it() {
    let place = said();
    let broken = declared(1, "insert into said values (:role, json(:content));").replace("said", "broken");
    place.piped(&["projections", "add", &place.file("broken.sql", broken)]).exited_with(1);
    let (send, interrupt) = std::sync::mpsc::channel();
    let answer = std::thread::scope(|scope| {
        let following = scope.spawn(|| {
            place.run(&["projections", "catch-up", "--follow"], |io| send.send(io.interrupt.clone()).unwrap())
        });
        let stop = Stop(interrupt.recv().unwrap());
        let session = r#"[{"id": "p1", "type": "debate", "task": "", "status": "running", "createdAt": "",
            "updatedAt": "", "instances": [],
            "chatHistory": [{"id": "m1", "role": "ghost", "content": "boo", "timestamp": ""}]}]"#;
        place.piped(&["import", &place.file("more/p.json", session), "-q"]).done();
        let ghosts = || place.piped(&["sql", "select n from said where role = 'ghost'", "-o", "csv"]).out;
        while ghosts() != "n\r\n1\r\n" {
            assert!(!following.is_finished(), "it ended by itself");
            std::thread::yield_now();
        }
        drop(stop);
        following.join().unwrap()
    });
    assert_eq!((answer.exit, answer.out.as_str()), (std::process::ExitCode::from(130), ""));
    let mut lines: Vec<&str> = answer.err.lines().collect();
    lines.sort_unstable();
    assert!(
        lines.iter().any(|line| line.starts_with("said: holds 60") && line.ends_with(", and follows")),
        "{lines:?}"
    );
    lines.retain(|line| !line.starts_with("said: ") && !line.starts_with("temporal: "));
    snapshot!(lines.join("\n"), @r#"
    broken: stands still
    error: fill projection broken@1: it stopped at event 6: malformed JSON
    hint: mend it and raise its version, or leave the event out: `retold projections skip broken 6 --reason …`
    "#);
}
