use std::process::ExitCode;

use crate::support::{Place, sample, snapshot};

/// A store with one quarantined record, from the middle of a file.
fn place() -> Place {
    let place = Place::empty();
    let answer = place.piped(&["import", &sample("dirty/missing-key.json"), "-q"]);
    assert_eq!(answer.exit, ExitCode::from(6));
    place
}

#[test]
fn what_could_not_be_read_is_listed() {
    let place = place();
    snapshot!(place.piped(&["store", "quarantine", "list"]).done(), @"
    id  file              bytes       resolved_at  reason
     1  missing-key.json  1726..3440               missing field `createdAt` at line 54 column 3
    ");
    snapshot!(place.terminal(&["store", "quarantine", "list"]).done(), @"
    id  file              bytes       resolved_at  reason
     1  missing-key.json  1726..3440               missing field `createdAt` at lin…
    ");
    let rows = place.piped(&["store", "quarantine", "list", "-o", "json"]).json()["rows"].clone();
    let row = rows[0].as_object().unwrap();
    assert_eq!(
        row.keys().collect::<Vec<_>>(),
        ["file", "found_at", "id", "length", "offset", "reason", "resolved_at"]
    );
    assert_eq!(place.piped(&["store", "quarantine", "show", "1", "-o", "json"]).json()["rows"][0], rows[0]);
    assert_eq!(Place::with_sample().piped(&["store", "quarantine", "list", "-o", "jsonl"]).exited(1), "");
}

#[test]
fn a_record_is_shown_with_its_bytes() {
    let place = place();
    let file = std::fs::read(sample("dirty/missing-key.json")).unwrap();
    let page = place.piped(&["store", "quarantine", "show", "1"]).done();
    assert!(
        page.starts_with("[sample]/dirty/missing-key.json bytes 1726..3440\nmissing field `createdAt`"),
        "{page}"
    );
    assert_eq!(
        place.piped(&["store", "quarantine", "show", "1", "--raw"]).done().as_bytes(),
        &file[1726..3440]
    );
    snapshot!(place.piped(&["store", "quarantine", "show", "9"]).refused(1), @"
    error: find quarantined record 9: there is none
    hint: `retold store quarantine list` shows what there is
    ");
}

#[test]
fn a_mended_text_takes_its_place() {
    let place = place();
    let again = place.piped(&["store", "quarantine", "retry", "-o", "json"]);
    assert_eq!(again.exit, ExitCode::from(6), "it is still wrong");
    let raw = place.piped(&["store", "quarantine", "show", "1", "--raw"]).done();
    let mended = place.file(
        "mended.json",
        raw.replacen("\"updatedAt\"", "\"createdAt\": \"2025-11-01T08:00:00Z\",\n    \"updatedAt\"", 1),
    );
    snapshot!(place.piped(&["store", "quarantine", "retry", "1", "--with", &mended]).done(), @"
    store        [folder]/sessions.db
    time [n] ms
    sessions     1 read: 1 imported, 0 updated, 0 unchanged
    in them      1 instance, 2 messages
    events       10 appended
    reproduced   1 of 1, exactly
    ");
    place.piped(&["store", "quarantine", "list", "-q"]).exited(1);
    let rows = place.piped(&["store", "quarantine", "list", "--all", "-o", "json"]).json()["rows"].clone();
    assert!(rows[0]["resolved_at"].is_string());
    let created = place.piped(&[
        "sql",
        "select count(*) as n from sessions where created_at = '2025-11-01T08:00:00Z'",
        "-o",
        "jsonl",
    ]);
    assert_eq!(created.done(), "{\"n\":1}\n");
    assert!(place.piped(&["verify", "-q"]).done().starts_with("sound"));
}

#[test]
fn a_mended_text_needs_one_record_and_a_file() {
    let place = place();
    snapshot!(place.piped(&["store", "quarantine", "retry", "1", "2", "--with", "x"]).refused(2), @"
    error: quarantine retry: --with mends one record
    hint: name it: retry ID --with FILE
    ");
    snapshot!(place.piped(&["store", "quarantine", "retry", "1", "--with", "/nowhere/x"]).refused(2), @"error: read /nowhere/x: there is no such file or folder");
    snapshot!(place.piped(&["store", "quarantine", "retry", "9"]).refused(1), @"
    error: find quarantined record 9: there is none
    hint: `retold store quarantine list` shows what there is
    ");
}

#[test]
fn a_dismissed_record_is_settled_and_says_why() {
    let place = place();
    snapshot!(place.piped(&["store", "quarantine", "dismiss", "1", "--reason", " "]).refused(2), @"
    error: quarantine dismiss: the reason is empty
    hint: say why: --reason TEXT
    ");
    snapshot!(place.piped(&["store", "quarantine", "dismiss", "1", "9", "--reason", "x"]).refused(1), @"
    error: find quarantined record 9: there is none
    hint: `retold store quarantine list` shows what there is
    ");
    assert_eq!(
        place.piped(&["store", "quarantine", "list", "-o", "json"]).json()["rows"].as_array().unwrap().len(),
        1
    );
    let answer = place.piped(&["store", "quarantine", "dismiss", "1", "--reason", "of a test"]);
    snapshot!(answer.err, @"dismissed 1 record");
    assert_eq!((answer.exit, answer.out.as_str()), (ExitCode::SUCCESS, ""));
    let list = place.piped(&["store", "quarantine", "list"]);
    assert_eq!(list.exit, ExitCode::from(1));
    snapshot!(list.err, @"1 record settled; `retold store quarantine list --all` shows them");
    let all = place.piped(&["store", "quarantine", "list", "--all", "-o", "csv", "-q"]).done();
    assert!(all.contains("dismissed: of a test; it was: "), "{all}");
    place.piped(&["store", "quarantine", "dismiss", "1", "--reason", "again", "-q"]).exited(1);
    assert!(place.piped(&["store", "quarantine", "show", "1", "--raw"]).done().contains("\"id\""));
}
