use crate::support::{FIRST, Place, SECOND, created, snapshot};
use retold_core::{Commit, Expected, StreamName};

#[test]
fn a_terminal_shows_one_fitting_line_an_event() {
    snapshot!(Place::with_sessions().terminal(&["log"]).done(), @r#"
    position  occurred_at           session   what
           1  2026-11-23 09:00:00Z  (atlas)   WorkspaceRegistered: /home/ada/atlas
           2  2026-11-23 09:01:00Z  5f0c2a1e  session began: Mend the door
           3  2026-11-23 09:02:00Z  5f0c2a1e  agent #1 🤖 Ada joined
           4  2026-11-23 09:03:00Z  5f0c2a1e  user: Which hinge?\nThe upper one \u{…
           5  2026-11-23 09:04:00Z  5f0c2a1e  session began: 扉を直す
           6  2026-11-23 09:05:00Z  5f0c2a1e  agent #1 🤖 Ada wrote 4.8 KiB
           7  2026-11-23 08:30:00Z  5f0c2a1e  session completed
    "#);
}

#[test]
fn a_pipe_gets_every_cell_in_full() {
    snapshot!(Place::with_sessions().piped(&["log"]).done(), @r#"
    position  occurred_at           session   what
           1  2026-11-23 09:00:00Z  (atlas)   WorkspaceRegistered: /home/ada/atlas
           2  2026-11-23 09:01:00Z  5f0c2a1e  session began: Mend the door
           3  2026-11-23 09:02:00Z  5f0c2a1e  agent #1 🤖 Ada joined
           4  2026-11-23 09:03:00Z  5f0c2a1e  user: Which hinge?\nThe upper one \u{1b}[31mhurts\u{1b}[0m.
           5  2026-11-23 09:04:00Z  5f0c2a1e  session began: 扉を直す
           6  2026-11-23 09:05:00Z  5f0c2a1e  agent #1 🤖 Ada wrote 4.8 KiB
           7  2026-11-23 08:30:00Z  5f0c2a1e  session completed
    "#);
}

#[test]
fn the_last_events_are_chosen_by_n_and_turned_around_by_reverse() {
    let place = Place::with_sessions();
    let positions = |args: &[&str]| {
        let rows = place.piped(args).json()["rows"].clone();
        let rows = rows.as_array().unwrap().clone();
        rows.iter().map(|row| row["position"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(positions(&["log", "-o", "json"]), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(positions(&["log", "-o", "json", "-n", "2"]), [6, 7]);
    assert_eq!(positions(&["log", "-o", "json", "-n", "2", "--reverse"]), [7, 6]);
    assert_eq!(positions(&["log", "-o", "json", "-n", "2", "--at", "5"]), [4, 5]);
    assert_eq!(positions(&["log", FIRST, "-o", "json"]), [2, 3, 4, 6, 7]);
    assert_eq!(positions(&["log", FIRST, "-o", "json", "--at", "r3"]), [2, 3, 4]);
    assert_eq!(positions(&["log", FIRST, "-o", "json", "--at", "5"]), [2, 3, 4]);
    assert_eq!(positions(&["log", FIRST, "-o", "json", "-n", "2", "--reverse", "--at", "6"]), [6, 4]);
    assert_eq!(positions(&["log", "-o", "json", "--at", "2026-11-23T09:03:30Z"]), [1, 2, 3, 4]);
    let occurred = ["log", FIRST, "-o", "json", "--at", "2026-11-23T09:03:30Z"];
    assert_eq!(positions(&occurred), [2, 3, 4]);
    // What says that it happened before what it follows counts from then on.
    let last = ["log", FIRST, "-o", "json", "--at", "2026-11-23T09:05:30Z"];
    assert_eq!(positions(&last), [2, 3, 4, 6, 7]);
}

#[test]
fn pages_join_without_a_seam() {
    let place = Place::empty();
    let log = place.log();
    for number in 0..25 {
        let events: Vec<_> =
            (0..100).map(|place| retold_core::event::SessionMoved { place: f64::from(place) }).collect();
        let id = number.to_string();
        let name = StreamName::session("atlas", &id, 1);
        log.append(Commit::to(name.clone(), Expected::Any, [created(&id, "t")])).unwrap();
        log.append(Commit::to(name, Expected::Any, events)).unwrap();
    }
    let positions = |args: &[&str]| -> Vec<u64> {
        let text = place.piped(args).done();
        text.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect()
    };
    let all: Vec<u64> = (1..=2525).collect();
    assert_eq!(positions(&["log", "-o", "csv"]), all);
    assert_eq!(positions(&["log", "-o", "csv", "--reverse"]), all.iter().rev().copied().collect::<Vec<_>>());
    assert_eq!(positions(&["log", "-o", "csv", "-n", "1500"]), all[1025..]);
}

#[test]
fn json_holds_every_field_of_an_event() {
    let answer = Place::with_sessions().piped(&["log", FIRST, "-q", "-o", "json", "--at", "r3", "-n", "1"]);
    snapshot!(answer.done(), @r#"
    {"as_of":{"position":4,"hash":"[hash]"},"rows":[
    {"position":4,"stream":{"workspace":"atlas","session_id":"5f0c2a1e-0000-4000-8000-000000000001","ordinal":1},"revision":3,"type":"MessageAdded","recorded_at":"2026-11-23T09:03:00Z","occurred_at":"2026-11-23T09:03:00Z","commit_first":4,"hash":"[hash]","meta":{"origin":"application","operation":{"id":"[operation]","kind":"append"}},"body":{"message":{"id":"msg-1","role":"user","content":"Which hinge?\nThe upper one \u001b[31mhurts\u001b[0m.","timestamp":"2026-11-23T08:10:00Z","instanceId":null}}}
    ]}
    "#);
}

#[test]
fn jsonl_is_a_row_a_line_and_a_long_text_is_named_by_its_hash() {
    let answer = Place::with_sessions().piped(&["log", FIRST, "-o", "jsonl", "-n", "2"]);
    snapshot!(answer.done(), @r#"
    {"position":6,"stream":{"workspace":"atlas","session_id":"5f0c2a1e-0000-4000-8000-000000000001","ordinal":1},"revision":4,"type":"OutputAppended","recorded_at":"2026-11-23T09:05:00Z","occurred_at":"2026-11-23T09:05:00Z","commit_first":6,"hash":"[hash]","meta":{"origin":"application","operation":{"id":"[operation]","kind":"append"}},"body":{"index":0,"text":{"blob":"[hash]","bytes":5000}}}
    {"position":7,"stream":{"workspace":"atlas","session_id":"5f0c2a1e-0000-4000-8000-000000000001","ordinal":1},"revision":5,"type":"SessionStatusChanged","recorded_at":"2026-11-23T09:06:00Z","occurred_at":"2026-11-23T08:30:00Z","commit_first":7,"hash":"[hash]","meta":{"origin":"application","operation":{"id":"[operation]","kind":"append"}},"body":{"status":"completed","updated_at":"2026-11-23T08:30:00Z"}}
    "#);
}

#[test]
fn csv_has_a_header_and_documents_in_their_cells() {
    let answer = Place::with_sessions().piped(&["log", SECOND, "-o", "csv"]);
    snapshot!(answer.done(), @r#"
    position,stream,revision,type,recorded_at,occurred_at,commit_first,hash,meta,body
    5,"{""workspace"":""atlas"",""session_id"":""5f0c2a1e-0000-4000-8000-000000000002"",""ordinal"":1}",1,SessionCreated,2026-11-23T09:04:00Z,2026-11-23T09:04:00Z,5,[hash],"{""origin"":""application"",""operation"":{""id"":""[operation]"",""kind"":""append""}}","{""session"":{""id"":""5f0c2a1e-0000-4000-8000-000000000002"",""type"":""competition"",""task"":""扉を直す"",""status"":""running"",""createdAt"":""2026-11-23T08:00:00Z"",""updatedAt"":""2026-11-23T08:00:00Z"",""completedAt"":null,""instances"":[],""chatHistory"":[],""model"":null,""timeoutSeconds"":null,""preserveWorktrees"":null,""winnerId"":null,""runtimeMix"":null,""totalDuration"":null,""totalFilesChanged"":null,""totalLinesAdded"":null,""totalLinesDeleted"":null}}"
    "#);
}

#[test]
fn an_empty_log_is_nothing_found() {
    assert_eq!(Place::with_empty_store().piped(&["log", "-o", "jsonl"]).exited(1), "");
}

#[test]
fn sessions_are_found_by_what_people_type() {
    let place = Place::with_sessions();
    for name in
        [SECOND.to_owned(), format!("atlas/{SECOND}"), format!("{SECOND}~1"), format!("atlas/{SECOND}~1")]
    {
        assert_eq!(place.piped(&["log", &name, "-o", "jsonl"]).done().lines().count(), 1, "{name}");
    }
    assert_eq!(place.piped(&["log", &FIRST[..FIRST.len() - 1]]).refused(2).lines().count(), 4);
}

#[test]
fn of_two_records_of_one_id_the_first_that_is_not_deleted_is_meant() {
    let place = Place::with_sessions();
    let log = place.log();
    let (first, twin) = (StreamName::session("atlas", FIRST, 1), StreamName::session("atlas", FIRST, 2));
    log.append(Commit::to(twin, Expected::Any, [created(FIRST, "the twin")])).unwrap();
    let events = |name: &str| place.piped(&["log", name, "-o", "jsonl"]).done().lines().count();
    assert_eq!((events(FIRST), events(&format!("{FIRST}~2"))), (5, 1));
    log.append(Commit::to(first, Expected::Any, [retold_core::event::SessionDeleted {}])).unwrap();
    assert_eq!((events(FIRST), events(&format!("{FIRST}~1"))), (1, 6));
}

#[test]
fn the_log_of_one_session_tells_the_revisions_that_at_takes() {
    let place = Place::with_sessions();
    snapshot!(place.terminal(&["log", FIRST, "-q", "--at", "r4", "-n", "2"]).done(), @r#"
    occurred_at           revision  what
    2026-11-23 09:03:00Z  r3        user: Which hinge?\nThe upper one \u{1b}[31mhur…
    2026-11-23 09:05:00Z  r4        agent #1 🤖 Ada wrote 4.8 KiB
    "#);
}
