use crate::support::{Place, snapshot};

fn with_secret() -> Place {
    let place = Place::with_sessions();
    let history = std::fs::read_to_string(crate::support::sample("sessions/37c00bcc6c3693ff.json")).unwrap();
    let key = format!("ghp_{}", "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fXrLuA");
    let marked = history.replacen("\"content\": \"", &format!("\"content\": \"use {key} "), 2);
    let file = place.file("history/37c00bcc6c3693ff.json", marked);
    place.piped(&["import", &file, "-q"]);
    std::fs::remove_file(file).unwrap();
    place
}

#[test]
fn a_dry_run_shows_what_would_go_and_not_the_secret() {
    let place = with_secret();
    let before = place.piped(&["head"]).done();
    let answer = place.terminal(&["redact", "--secrets", "--dry-run"]);
    snapshot!(answer.out, @"
    position  session   event         found
          13  66826343  MessageAdded  github-token ghp_… (40 bytes)
          17  66826343  MessageAdded  github-token ghp_… (40 bytes)
    ");
    snapshot!(answer.err, @"2 events: a dry run");
    assert_eq!(place.piped(&["head"]).done(), before);
}

#[test]
fn secrets_go_and_that_is_proved() {
    let place = with_secret();
    let said = place.terminal(&["redact", "--secrets", "--reason", "leaked"]).done();
    snapshot!(said.replace(char::is_numeric, "9"), @"
    redacted      9 bodies
    proof         nothing of it is left in the 999.9 KiB of the store
    out of reach  exports, the files that were imported, mirrored files until their
                  application runs, snapshots of the file system, other people's copies
    ");
    place.piped(&["verify", "--full"]).done();
    let again = place.piped(&["redact", "--secrets", "--reason", "leaked"]);
    assert_eq!((again.exit, again.err.as_str()), (1.into(), "nothing to redact\n"));
    snapshot!(place.piped(&["log", "-o", "csv", "-q"]).done().lines().last().unwrap().split(',').skip(9).collect::<String>(), @r#"[hash]"{""position"":17""reason"":""leaked""}""#);
}

#[test]
fn events_are_named_in_every_way_there_is() {
    let place = Place::with_sessions();
    let listed = |arguments: &[&str]| {
        let answer = place.piped(&[&["redact", "-n", "-q", "-o", "csv"], arguments].concat());
        let rows = answer.out.lines().skip(1).map(|row| row.split(',').next().unwrap().to_owned());
        (answer.exit == 0.into(), rows.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(listed(&["2"]), (true, "2".to_owned()));
    assert_eq!(listed(&["2", "4-6"]), (true, "2 4 5 6".to_owned()));
    assert_eq!(listed(&["--where", "type = 'SessionCreated'"]), (true, "2 5".to_owned()));
    let of_texts = "position in (select content_position from chat_messages where content like '%hinge%')";
    assert_eq!(listed(&["--where", of_texts]), (true, "4".to_owned()));
    assert_eq!(listed(&["--match", "hin.e"]), (true, "4".to_owned()));
    assert_eq!(listed(&["--match", "x{5000}"]), (true, "6".to_owned()));
    assert_eq!(listed(&["--match", "nowhere"]), (false, String::new()));
    assert_eq!(listed(&["--secrets"]), (false, String::new()));
}

#[test]
fn what_cannot_be_is_refused() {
    let place = Place::with_sessions();
    let refused = |arguments: &[&str]| place.piped(&[&["redact"], arguments].concat()).refused(2);
    snapshot!(refused(&["99", "--reason", "r"]), @"error: redact 99: the log ends at position 7");
    snapshot!(refused(&["--where", "no_such = 1", "--reason", "r"]), @"
    error: query: there is no column no_such
    hint: `retold sql 'pragma table_list'` lists the tables, `retold sql 'pragma table_info(sessions)'` the columns of one
    ");
    snapshot!(refused(&["--where", "1); delete from event; --", "--reason", "r"]), @"
    error: query: it does more than read
    hint: ask with one `select`, `with`, `values`, `explain` or `pragma table_info`; the store is read-only here
    ");
    snapshot!(refused(&["--match", "hin.e", "--reason", "the hinge"]), @"error: redact: the reason holds what is to be removed, and the log keeps the reason");
    snapshot!(refused(&["--match", "(", "--reason", "r"]), @"
    error: --match (: unclosed group
    hint: `retold redact --help` lists what it takes
    ");
    snapshot!(refused(&["5-2", "--reason", "r"]), @"
    error: 5-2: accepted is a position such as 120, or a range such as 130-140
    hint: `retold redact --help` lists what it takes
    ");
    refused(&["--reason", "r"]);
    refused(&["2"]);
    refused(&["2", "--secrets", "--reason", "r"]);
    place.piped(&["redact", "2", "--reason", "r"]).done();
    let itself = place.piped(&["redact", "8", "--reason", "r"]).refused(2);
    snapshot!(itself, @"error: redact 8: it says that other bodies are gone or back, and stays");
}

#[test]
fn a_text_that_stays_somewhere_is_told() {
    let place = Place::with_sessions();
    // The first session's id is part of the hashes.
    place.tamper("insert into backup values (1, 'sessions.db', 0, 3, zeroblob(32), 7)");
    let answer = place.piped(&["redact", "--match", "0000-4000-8000-000000000001", "--reason", "private"]);
    snapshot!(answer.out, @"
    redacted      1 body
    proof         it still stands in 1 place
    out of reach  exports, the files that were imported, mirrored files until their
                  application runs, snapshots of the file system, other people's copies
    ");
    snapshot!(answer.err, @"warning: the same text stands in stream, row 2: a name, which is part of the hashes and stays");
}

#[test]
fn quarantined_bytes_go_too_and_do_not_come_back() {
    let place = Place::empty();
    let dirty = crate::support::sample("dirty");
    place.piped(&["import", &dirty, "-q"]);
    let records = || place.piped(&["quarantine", "list", "--all", "-o", "csv", "-q"]).out;
    let before = records().lines().count();
    let answer =
        place.piped(&["redact", "--match", "[a-z]+ [a-z]+", "--reason", "all of it", "-o", "json", "-q"]);
    assert!(answer.out.contains("\"quarantined\":"), "{answer:?}");
    assert!(records().contains("redacted: all of it"));
    place.piped(&["import", &dirty, "-q"]);
    assert_eq!(records().lines().count(), before);
    place.piped(&["verify", "--full"]).done();
}

#[test]
fn the_same_redaction_again_cleans_up_behind_one_that_was_interrupted() {
    let place = Place::with_sessions();
    place.log().redact(&[retold_core::Position::new(4).unwrap()].into(), "a secret").unwrap();
    let derived = place.file("sessions.db-sidecars/search@1.db", "Which hinge?");
    let again = place.piped(&["redact", "--match", "hinge", "--reason", "a secret"]);
    assert_eq!((again.exit, again.err.as_str()), (1.into(), "nothing to redact\n"));
    assert!(!std::path::Path::new(&derived).exists());
}
