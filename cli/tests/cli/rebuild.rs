use std::process::ExitCode;

use crate::support::{Place, snapshot};

#[test]
fn the_tables_are_made_anew_from_the_log() {
    let place = Place::with_sample();
    let before = place.piped(&["sessions", "-o", "json"]).json();
    place.tamper("update sessions set task = 'forged'; delete from chat_messages");
    assert_ne!(place.piped(&["sessions", "-o", "json"]).json(), before);
    snapshot!(place.piped(&["projections", "rebuild"]).done(), @"rebuilt: the read models hold 606 events");
    assert_eq!(place.piped(&["sessions", "-o", "json"]).json(), before);
    let count =
        place.piped(&["sql", "select count(*) as n from chat_messages where content <> ''", "-o", "jsonl"]);
    assert_eq!(count.done(), "{\"n\":206}\n");
    snapshot!(place.piped(&["projections", "rebuild", "-o", "csv"]).done(), @"
    rebuilt,position
    read models,606
    ");
}

#[test]
fn tables_of_another_history_are_replaced() {
    let place = Place::with_sample();
    place.tamper("update projection set hash = zeroblob(32)");
    snapshot!(place.piped(&["import", &crate::support::sample("")]).refused(11), @"
    error: keep the read models: they stand for position 606 of another history
    hint: the log is the truth: `retold projections rebuild` makes them again from it
    ");
    place.piped(&["projections", "rebuild"]).done();
    place.piped(&["import", &crate::support::sample("")]).done();
}

#[test]
fn ctrl_c_ends_it_and_the_next_goes_on() {
    let place = Place::with_sample();
    let answer = place
        .run(&["projections", "rebuild"], |io| io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst));
    assert_eq!((answer.exit, answer.out.as_str()), (ExitCode::from(130), ""));
    snapshot!(answer.err, @"interrupted: the next rebuild goes on from here");
    assert_eq!(place.piped(&["sessions", "-o", "jsonl"]).done().lines().count(), 29);
    place.piped(&["projections", "rebuild"]).done();
}
