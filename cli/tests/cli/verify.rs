use crate::support::{Place, snapshot};

#[test]
fn a_sound_store_is_said_to_be_so() {
    snapshot!(Place::with_sessions().piped(&["verify"]).done(), @"
    sound: 7 events, 1 blob
    head 7:[hash]
    ");
    snapshot!(Place::with_empty_store().piped(&["verify"]).done(), @"
    sound: 0 events, 0 blobs
    head 0:[hash]
    ");
}

#[test]
fn json_holds_the_figures_and_no_fault() {
    let answer = Place::with_sessions().piped(&["verify", "-o", "json", "-q"]);
    snapshot!(answer.done(), @r#"
    {"as_of":{"position":7,"hash":"[hash]"},"rows":[
    ],"sound":true,"events":7,"blobs":1,"events_per_second":null}
    "#);
}

#[test]
fn a_rate_is_told_where_time_has_passed() {
    let seconds = std::sync::atomic::AtomicI64::new(0);
    let clock = move || {
        jiff::Timestamp::from_second(seconds.fetch_add(2, std::sync::atomic::Ordering::SeqCst)).unwrap()
    };
    let answer = Place::with_sessions().run(&["verify"], |io| io.clock = std::sync::Arc::new(clock));
    assert!(answer.done().contains("7 events, 1 blob, 3 events/s"));
}

fn damaged() -> Place {
    let place = Place::with_sessions();
    place.tamper(
        "drop trigger event_update; update event set occurred_at = 5 where position in (2, 3); \
         update blob set bytes = x'00'",
    );
    place
}

#[test]
fn damage_is_listed_and_exits_with_ten() {
    snapshot!(damaged().piped(&["verify"]).exited(10), @"
    fault                          first  count
    hash does not match the event      2      2
    blob does not match its hash       1      1
    damaged: 7 events, 1 blob
    head 7:[hash]
    ");
    snapshot!(damaged().piped(&["verify", "-o", "json", "-q"]).exited(10), @r#"
    {"as_of":{"position":7,"hash":"[hash]"},"rows":[
    {"fault":"hash does not match the event","first":2,"count":2},
    {"fault":"blob does not match its hash","first":1,"count":1}
    ],"sound":false,"events":7,"blobs":1,"events_per_second":null}
    "#);
}

#[test]
fn a_head_kept_elsewhere_is_compared() {
    let place = Place::with_sessions();
    let head = place.piped(&["head", "-o", "json", "--at", "3"]).json();
    let hash = head["rows"][0]["hash"].as_str().unwrap();
    let expect = |head: String| place.piped(&["verify", "-q", "-o", "jsonl", "--expect", &head]);
    assert_eq!(expect(format!("3:{hash}")).done(), "");
    assert_eq!(expect(format!("3:{}", &hash[..16])).done(), "");
    snapshot!(expect(format!("4:{hash}")).refused(11), @"
    error: verify: expected [hash] at position 4, found [hash]
    hint: this is another log, or its history was rewritten
    ");
    snapshot!(expect(format!("8:{hash}")).refused(12), @"
    error: verify: expected position 8, the log ends at 7
    hint: events were cut off its end, or this is an older copy of the store
    ");
    snapshot!(expect("8:12".to_owned()).refused(2), @"
    error: invalid value '8:12' for '--expect <POSITION:HASH>': accepted is a position and 16 to 64 digits of its hash, as `retold head` shows them

    For more information, try '--help'.
    ");
}

#[test]
fn ctrl_c_ends_it_without_a_word() {
    let answer = Place::with_sessions()
        .run(&["verify"], |io| io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst));
    assert_eq!(answer.refused(130), "");
}
