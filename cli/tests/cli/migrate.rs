use crate::support::{Place, snapshot};

#[test]
fn the_steps_are_listed() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["store", "migrate", "status"]).done(), @r#"
    step  name                 taken
       1  log                  true
       2  import               true
       3  mark                 true
       4  trust                true
       5  projection registry  true
       6  prune                true
       7  key use              true
       8  sparse               true
    "#);
    snapshot!(place.piped(&["store", "migrate", "status", "-o", "json"]).done(), @r#"
    {"as_of":{"position":7,"hash":"[hash]"},"rows":[
    {"step":1,"name":"log","taken":true},
    {"step":2,"name":"import","taken":true},
    {"step":3,"name":"mark","taken":true},
    {"step":4,"name":"trust","taken":true},
    {"step":5,"name":"projection registry","taken":true},
    {"step":6,"name":"prune","taken":true},
    {"step":7,"name":"key use","taken":true},
    {"step":8,"name":"sparse","taken":true}
    ]}
    "#);
}

#[test]
fn down_and_up_again_changes_no_event() {
    let place = Place::with_sessions();
    let before = place.piped(&["log", "-o", "jsonl"]).done();
    let down = place.piped(&["store", "migrate", "down", "1"]);
    assert_eq!(down.err, "schema 8 is now 1\n");
    snapshot!(down.out, @r#"
    step  name                 taken
       1  log                  true
       2  import               false
       3  mark                 false
       4  trust                false
       5  projection registry  false
       6  prune                false
       7  key use              false
       8  sparse               false
    "#);
    place.piped(&["log"]).refused(3);
    assert_eq!(place.piped(&["store", "migrate", "up", "-q", "-o", "jsonl"]).done().lines().count(), 8);
    assert_eq!(place.piped(&["log", "-o", "jsonl"]).done(), before);
}

#[test]
fn going_down_never_loses_an_event() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["store", "migrate", "down", "0"]).refused(2), @"
    error: going down from schema 1 (log) would lose 7 records
    hint: nothing is taken back while it holds what stands nowhere else
    ");
    assert!(!place.piped(&["store", "migrate", "status"]).done().contains("false"));
    snapshot!(place.piped(&["store", "migrate", "up", "99"]).refused(2), @r#"
    error: there is no schema 99, the newest is 8
    hint: name one from 0 to 8
    "#);
}

#[test]
fn a_store_goes_down_to_nothing_and_comes_back() {
    let place = Place::with_empty_store();
    assert_eq!(place.piped(&["store", "migrate", "down", "0"]).err, "schema 8 is now 0\n");
    assert_eq!(place.piped(&["store", "migrate", "up"]).err, "schema 0 is now 8\n");
    place.log();
    assert_eq!(place.piped(&["verify", "-o", "jsonl", "-q"]).done(), "");
}

#[test]
fn a_newer_store_is_not_moved() {
    let place = Place::with_empty_store();
    place.tamper("pragma user_version = 99");
    place.piped(&["store", "migrate", "down", "1"]).refused(3);
    place.piped(&["store", "migrate", "status"]).refused(3);
}
