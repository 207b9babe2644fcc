use crate::support::{Place, snapshot};

#[test]
fn a_sound_store_is_said_to_be_so() {
    snapshot!(Place::with_sessions().piped(&["verify"]).done(), @"
    sound: 7 events, 1 blob, 3 streams
    head 7:[hash]
    ");
    snapshot!(Place::with_empty_store().piped(&["verify"]).done(), @"
    sound: 0 events, 0 blobs, 0 streams
    head 0:[hash]
    ");
}

#[test]
fn json_holds_the_figures_and_no_fault() {
    let answer = Place::with_sessions().piped(&["verify", "-o", "json", "-q"]);
    snapshot!(answer.done(), @r#"
    {"as_of":{"position":7,"hash":"[hash]"},"rows":[
    ],"sound":true,"events":7,"blobs":1,"absent":null,"withheld":null,"streams":3,"projections":null,"events_per_second":null,"uncompared_rows":null,"not_read":[]}
    "#);
}

#[test]
fn a_rate_is_told_where_time_has_passed() {
    let seconds = std::sync::atomic::AtomicI64::new(0);
    let clock = move || {
        jiff::Timestamp::from_second(seconds.fetch_add(2, std::sync::atomic::Ordering::SeqCst)).unwrap()
    };
    let answer = Place::with_sessions().run(&["verify"], |io| io.clock = std::sync::Arc::new(clock));
    assert!(answer.done().contains("7 events, 1 blob, 3 streams, 3 events/s"));
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
    let answer = damaged().piped(&["verify"]).exited_with(10);
    assert_eq!(
        answer.err,
        "hint: `retold store recover STORE NEW` saves what can be read and still verifies\n"
    );
    snapshot!(answer.out, @"
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
    ],"sound":false,"events":7,"blobs":1,"absent":null,"withheld":null,"streams":null,"projections":null,"events_per_second":null,"uncompared_rows":null,"not_read":[]}
    "#);
}

#[test]
fn a_head_kept_elsewhere_is_compared() {
    let place = Place::with_sessions();
    let head = place.piped(&["store", "head", "-o", "json", "--at", "3"]).json();
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
    error: --expect 8:12: accepted is a position and 16 to 64 digits of its hash, as `retold store head` shows them, or a file that holds such heads
    hint: `retold verify --help` lists what it takes
    ");
}

#[test]
fn ctrl_c_ends_it_without_a_word() {
    let answer = Place::with_sessions()
        .run(&["verify"], |io| io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst));
    assert_eq!(answer.refused(130), "");
}

#[test]
fn heads_kept_in_a_file_are_all_compared() {
    let place = Place::with_sessions();
    let kept: String = ["3", "7", "5"]
        .iter()
        .map(|at| place.piped(&["store", "head", "--git-trailer", "--at", at]).done())
        .collect();
    assert!(kept.lines().all(|line| line.starts_with("Retold-Head: ")), "{kept}");
    let file = place.file("heads.txt", &kept);
    let expect = |file: &str| place.piped(&["verify", "-q", "-o", "jsonl", "--expect", file]);
    assert_eq!(expect(&file).done(), "");
    let wrong = kept.lines().next().unwrap().replace(" 3:", " 4:");
    assert!(expect(&place.file("wrong.txt", format!("{kept}{wrong}\n"))).refused(11).contains("position 4"));
    let longer = place.file("longer.txt", kept.replace(" 7:", " 8:"));
    assert!(expect(&longer).refused(12).contains("the log ends at 7"));
    let other = place.file("other.txt", format!("log {} \n{}", "ab".repeat(16), &kept[46..]));
    assert!(expect(&other).refused(11).contains("expected log abab"));
    snapshot!(expect(&place.file("none.txt", "no head\n")).refused(2), @"
    error: read the heads in [folder]/none.txt: there is none
    hint: `retold store head >> FILE` writes one
    ");
    expect("/nowhere/heads.txt").refused(2);
}

#[test]
fn only_what_came_after_a_point_is_read_where_that_is_asked_for() {
    let place = damaged();
    let since = |point: &str, more: &[&str]| {
        place.piped(&[&["verify", "-o", "csv", "-q", "--since", point], more].concat())
    };
    // The blob that is damaged belongs to the event at position 6.
    snapshot!(since("3", &[]).exited(10), @"
    fault,first,count
    blob does not match its hash,6,1
    ");
    assert_eq!(since("3", &["--quick"]).done(), "fault,first,count\r\n");
    assert_eq!(since("6", &[]).done(), "fault,first,count\r\n");
    snapshot!(since("2", &["--quick"]).exited(10), @"
    fault,first,count
    hash does not match the event,3,1
    ");
    since("99", &[]).refused(2);
}

#[test]
fn read_models_that_do_not_follow_from_the_log_are_found() {
    let place = Place::with_sessions();
    place.tamper("update sessions set task = 'another' where id like '%1'; delete from workspaces");
    let answer = place.terminal(&["verify", "--full"]);
    snapshot!(answer.out, @"
    fault                            first  count
    read models differ from the log             2
    damaged: 7 events, 1 blob, 3 streams, 0 projections
    head 7:[hash]
    ");
    snapshot!(answer.err, @"
    read models: sessions, session 5f0c2a1e-0000-4000-8000-000000000001
    read models: workspaces, workspace atlas
    hint: the log is the truth: `retold projections rebuild` makes the read models again from it
    ");
    place.piped(&["projections", "rebuild"]);
    place.piped(&["verify", "--full"]).done();
    place.piped(&["verify", "--quick"]).done();
}

#[test]
fn what_sqlite_finds_is_told_in_its_words() {
    let place = Place::with_sessions();
    place.tamper(
        "pragma writable_schema = on;
         update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name = 'sessions')
         where name = 'instances'",
    );
    let answer = place.piped(&["verify", "--expect", "1:0123456789abcdef"]);
    assert_eq!(answer.exit, std::process::ExitCode::from(10), "{answer:?}");
    assert!(answer.out.contains("SQLite's check of the file"), "{answer:?}");
    assert!(answer.err.contains("hint: `retold store recover STORE NEW`"), "{answer:?}");
}
