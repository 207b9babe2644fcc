use crate::support::{Place, snapshot};

fn states(place: &Place) -> (std::process::ExitCode, Vec<(String, String, String)>) {
    let answer = place.piped(&["doctor", "-o", "json", "-q"]);
    let said: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = said["rows"].as_array().unwrap().iter();
    (answer.exit, rows.map(|row| (text(row, "check"), text(row, "state"), text(row, "mend"))).collect())
}

fn state(place: &Place, check: &str) -> (String, String) {
    let (_, rows) = states(place);
    let found =
        rows.into_iter().find(|(what, state, _)| what == check && (state != "ok" || check != "damage"));
    found.map(|(_, state, mend)| (state, mend)).unwrap_or_default()
}

#[test]
fn a_healthy_store_gets_a_clean_bill() {
    let place = Place::with_sessions();
    // In the first week a missing backup is not an error, and how to make one is said; then it is something to do.
    assert_eq!(state(&place, "backup"), ("ok".to_owned(), "retold backup".to_owned()));
    assert_eq!(states(&place).0, 0.into());
    let later = place.run(&["doctor", "-o", "json", "-q"], |io| {
        io.clock = std::sync::Arc::new(|| "2026-12-01T10:00:00Z".parse().unwrap());
    });
    assert!(later.exit == 1.into() && later.out.contains("none that is known of is there"), "{}", later.out);
    place.piped(&["backup", "-q"]).done();
    let (exit, rows) = states(&place);
    assert_eq!(exit, 0.into(), "{rows:?}");
    let said = place.terminal(&["doctor"]).done();
    let said: Vec<&str> = said
        .lines()
        .filter(|line| {
            !line.starts_with(' ')
                && !["program", "file system", "store", "WAL", "backup"]
                    .iter()
                    .any(|what| line.contains(what))
        })
        .collect();
    snapshot!(said.join("\n"), @"
    ok    schema        8, the newest
    ok    settings      journal wal, pages of 4096 bytes
    ok    free pages    0 B
    ok    read models   at position 7, 0 events behind
    ok    quarantine    0 records
    ok    clock         no event was recorded in the future
    ok    damage        none in the last 7 events and in the file
    ");
}

#[test]
fn every_finding_comes_with_what_mends_it() {
    let place = Place::with_sessions();
    place.tamper("update projection set position = 5, hash = (select hash from event where position = 5)");
    assert_eq!(state(&place, "read models").0, "todo");
    place.tamper("update projection set hash = zeroblob(32)");
    assert_eq!(state(&place, "read models"), ("bad".to_owned(), "retold projections rebuild".to_owned()));
    place.piped(&["projections", "rebuild", "-q"]).done();
    assert_eq!(state(&place, "read models").0, "ok");

    place
        .tamper("create table big (x); insert into big select randomblob(400000) from event; drop table big");
    assert_eq!(state(&place, "free pages"), ("todo".to_owned(), "retold store compact".to_owned()));
    place.piped(&["store", "compact", "-q"]).done();
    assert_eq!(state(&place, "free pages").0, "ok");

    place.tamper("drop trigger event_update; update event set occurred_at = 5 where position = 2");
    assert_eq!(state(&place, "damage"), ("bad".to_owned(), "retold verify".to_owned()));
    assert_eq!(states(&place).0, 10.into());
    place.tamper("pragma user_version = 2");
    assert_eq!(state(&place, "schema"), ("todo".to_owned(), "retold store migrate up".to_owned()));
}

#[cfg(unix)]
#[test]
fn a_store_that_others_may_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with_sessions();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(state(&place, "store").1.starts_with("chmod 600 "));
}

#[test]
fn where_there_is_no_store_the_doctor_says_so() {
    Place::empty().piped(&["doctor"]).refused(3);
    let place = Place::empty();
    place.file("sessions.db", "something else");
    place.piped(&["doctor"]).refused(3);
}

#[test]
fn what_a_damaged_store_still_holds_is_saved() {
    let place = Place::with_sessions();
    place.tamper("drop trigger event_update; update event set occurred_at = 5 where position = 3");
    let new = place.folder().join("new.db").to_str().unwrap().to_owned();
    let store = place.path().to_str().unwrap().to_owned();
    let answer = place.terminal(&["store", "recover", &store, &new]);
    assert_eq!(answer.exit, 6.into(), "{answer:?}");
    snapshot!(answer.out, @"
    position  last  session   revision  why
           3     3  5f0c2a1e         2  its hash is another
           4     4  5f0c2a1e         3  it stands behind a hole of its session
           6     6  5f0c2a1e         4  it stands behind a hole of its session
           7     7  5f0c2a1e         5  it stands behind a hole of its session
    saved: 3 events; lost: 4 positions; the log is a new one
    ");
    snapshot!(answer.err, @"what can be read of the lost is in [folder]/new.db.lost.jsonl");
    let kept = std::fs::read_to_string(format!("{new}.lost.jsonl")).unwrap();
    assert!(kept.lines().count() == 4 && kept.contains("Which hinge?"), "{kept}");
    place.piped_on(&new, &["verify", "--full"]).done();
    place.piped(&["store", "recover", &store, &new]).refused(2);
}

#[test]
fn a_store_whose_log_is_whole_is_recovered_as_the_same_log() {
    let place = Place::with_sessions();
    place.tamper("delete from sessions; update chat_messages set place = 7");
    let (new, store) = (place.folder().join("new.db"), place.path());
    let head = place.piped(&["store", "head"]).done();
    snapshot!(place.piped(&["store", "recover", store.to_str().unwrap(), new.to_str().unwrap()]).done(), @"saved: 7 events, all there were; the log is the same");
    assert_eq!(place.piped_on(&new, &["store", "head"]).done(), head);
    place.piped_on(&new, &["verify", "--full"]).done();
}
