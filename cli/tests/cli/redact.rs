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
    let before = place.piped(&["store", "head"]).done();
    let answer = place.terminal(&["redact", "--secrets", "--dry-run"]);
    snapshot!(answer.out, @"
    position  session   event         found
          13  66826343  MessageAdded  github-token ghp_… (40 bytes)
          17  66826343  MessageAdded  github-token ghp_… (40 bytes)
    ");
    snapshot!(answer.err, @"2 events: a dry run");
    assert_eq!(place.piped(&["store", "head"]).done(), before);
}

#[test]
fn secrets_go_and_that_is_proved() {
    let place = with_secret();
    let said = place.terminal(&["redact", "--secrets", "--reason", "leaked"]).done();
    snapshot!(said.replace(char::is_numeric, "9"), @r#"
    redacted      9 bodies
    proof         nothing of it is left in what was searched
    searched      9 text, and bytes as they were stored, in
                  999 rows of 99 tables, with 999 values unpacked
                  999.9 KiB of 9 files:
                    sessions.db, 999.9 KiB
                    sessions.db-wal, 9 B
    out of reach  exports, the files that were imported, mirrored files until their
                  application runs, snapshots of the file system, other people's copies
    removed       the rows of 9 projection: `retold projections catch-up` fills them again
    "#);
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
    snapshot!(refused(&["--where", "no_such = 1", "--reason", "r"]), @r#"
    error: query: there is no column no_such
    hint: `retold sql .tables` lists the tables, `retold sql '.schema sessions'` the columns of one
    "#);
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
    assert_eq!(answer.exit, 7.into());
    snapshot!(answer.out.replace(char::is_numeric, "9"), @"
    redacted      9 body
    proof         it is still in 9 place
    searched      9 text, and bytes as they were stored, in
                  999 rows of 99 tables, with 9 values unpacked
                  999.9 KiB of 9 files:
                    sessions.db, 999.9 KiB
                    sessions.db-wal, 9 B
    out of reach  exports, the files that were imported, mirrored files until their
                  application runs, snapshots of the file system, other people's copies
    ");
    snapshot!(answer.err, @"warning: the same text is in stream, row 2: a name, which is part of the hashes and stays");
}

#[test]
fn quarantined_bytes_go_too_and_do_not_come_back() {
    let place = Place::empty();
    let dirty = crate::support::sample("dirty");
    place.piped(&["import", &dirty, "-q"]);
    let records = || place.piped(&["store", "quarantine", "list", "--all", "-o", "csv", "-q"]).out;
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
    retold_upkeep::redact(&place.log(), &[retold_core::Position::new(4).unwrap()].into(), "a secret")
        .unwrap();
    let derived = place.file("sessions.db-sidecars/search@1.db", "Which hinge?");
    let again = place.piped(&["redact", "--match", "hinge", "--reason", "a secret"]);
    assert_eq!((again.exit, again.err.as_str()), (1.into(), "nothing to redact\n"));
    assert!(!std::path::Path::new(&derived).exists());
}

/// A store with two sessions in which the same words were said.
fn with_twins() -> Place {
    let place = Place::empty();
    let case = format!("{}/../tests/cases/09-redact-of-a-text-said-twice", env!("CARGO_MANIFEST_DIR"));
    place.piped(&["import", &case, "-q"]).exited_with(0);
    place
}

/// The position of each event that says it.
fn saying(place: &Place, words: &str) -> Vec<String> {
    let sql = format!("select position from events where body like '%{words}%' or text like '%{words}%'");
    place.piped(&["sql", &sql, "-o", "csv", "-q"]).out.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn what_is_said_elsewhere_is_named_with_the_command_that_takes_it_out() {
    let place = with_twins();
    let [first, second] = saying(&place, "third flower pot").try_into().unwrap();
    let said = place.piped(&["redact", &first, "--reason", "it's out"]).exited_with(7);
    assert!(said.out.contains("it is still in 1 place"), "{}", said.out);
    assert!(said.out.contains("searched      1 text") && said.out.contains("sessions.db, "), "{}", said.out);
    let command = format!("`retold redact {second} --reason 'it'\\''s out'`");
    assert!(said.err.contains(&command), "{}", said.err);
    assert!(!said.err.contains("at byte"), "{}", said.err);
    let again = place.piped(&["redact", &second, "--reason", "it's out"]).done();
    assert!(again.contains("nothing of it is left in what was searched"), "{again}");
    assert_eq!(saying(&place, "third flower pot"), Vec::<String>::new());
    place.piped(&["verify", "--full"]).done();
}

#[test]
fn a_twin_is_found_wherever_the_store_keeps_it() {
    let words = "the spare key hangs behind the blue door";
    // In a body, in a text outside of events, in another kind of event.
    let long = format!("{words} {}", "and more ".repeat(1000));
    for twin in [
        retold_tests_message(&format!("well: {words}!")),
        retold_tests_message(&long),
        crate::support::created("twin", words),
    ] {
        let place = Place::with_sessions();
        let append = |id: &str, event| {
            let name = retold_core::StreamName::session("atlas", id, 1);
            let commit = retold_core::Commit::to(name, retold_core::Expected::Any, [event]);
            place.log().append(commit).unwrap().first.to_string()
        };
        let id = crate::support::FIRST;
        let first = append(id, retold_tests_message(words));
        let is_created = matches!(twin.event, retold_core::Event::SessionCreated(_));
        let second = append(if is_created { "twin" } else { id }, twin);
        let answer = place.piped(&["redact", &first, "--reason", "x", "-o", "json"]).exited_with(7);
        let document: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
        assert_eq!(
            document["rows"][0]["events"],
            serde_json::json!([second.parse::<u64>().unwrap()]),
            "{answer:?}"
        );
        assert!(answer.err.contains(&format!("retold redact {second} ")), "{answer:?}");
    }
}

fn retold_tests_message(content: &str) -> retold_core::NewEvent {
    let mut message = retold_core::Message::new("m", "user", content);
    message.timestamp = "2026-11-23T08:10:00Z".to_owned();
    retold_core::Event::from(retold_core::event::MessageAdded { message, index: None, updated_at: None })
        .into()
}

#[test]
fn tables_of_any_kind_are_searched() {
    let words = "the spare key hangs behind the blue door";
    for sql in [
        "create table notes (text text); insert into notes values ('X')",
        "create table packed (b blob); insert into packed values (cast('X' as blob))",
    ] {
        let place = Place::with_sessions();
        let name = retold_core::StreamName::session("atlas", crate::support::FIRST, 1);
        let commit = retold_core::Commit::to(name, retold_core::Expected::Any, [retold_tests_message(words)]);
        let position = place.log().append(commit).unwrap().first.to_string();
        place.tamper(&sql.replace('X', words));
        let answer = place.piped(&["redact", &position, "--reason", "x"]).exited_with(7);
        assert!(answer.err.contains("the same text is in "), "{answer:?}");
    }
}

#[test]
fn a_text_too_short_to_look_for_is_said_to_be_so() {
    let place = Place::with_sessions();
    let name = retold_core::StreamName::session("atlas", crate::support::FIRST, 1);
    let commit = retold_core::Commit::to(name, retold_core::Expected::Any, [retold_tests_message("yes")]);
    let position = place.log().append(commit).unwrap().first.to_string();
    let said = place.piped(&["redact", &position, "--reason", "x"]).done();
    assert!(
        said.contains("not searched  1 text: too short to tell") && said.contains("no text was looked for"),
        "{said}"
    );
}

#[test]
fn a_redaction_that_finds_nothing_changes_nothing() {
    let place = Place::with_sessions();
    place.piped(&["projections", "add", "search"]).done();
    place.piped(&["sql", "select 1", "--at", "5", "-q"]).done();
    for redact_before in [false, true] {
        if redact_before {
            place.piped(&["redact", "5", "--reason", "x", "-q"]).exited_with(0);
            place.piped(&["projections", "catch-up"]).done();
            place.piped(&["sql", "select 1", "--at", "5", "-q"]).done();
        }
        let files = || {
            let mut all = Vec::new();
            for folder in ["sessions.db-sidecars", "sessions.db-sidecars/at"] {
                for entry in std::fs::read_dir(place.folder().join(folder)).into_iter().flatten().flatten() {
                    let path = entry.path();
                    if path.extension().is_some_and(|ending| ending == "db") {
                        all.push((path.clone(), std::fs::read(&path).unwrap()));
                    }
                }
            }
            all.sort();
            all
        };
        let (head, before) = (place.piped(&["store", "head"]).done(), files());
        assert!(before.len() >= 2, "{}", before.len());
        let said = place.piped(&["redact", "--secrets", "--reason", "leaked"]).refused(1);
        assert_eq!(said, "nothing to redact\n");
        assert_eq!(place.piped(&["store", "head"]).done(), head);
        assert!(files() == before, "redacted before: {redact_before}");
    }
}

#[test]
fn what_a_killed_process_left_goes_with_a_redaction() {
    let place = Place::with_sessions();
    for name in
        [".sessions.db.0123456789abcdef.partial", "sessions.db-backups/.x.db.0123456789abcdef.partial"]
    {
        place.file(name, "Which hinge?");
    }
    let said = place.piped(&["redact", "--match", "hinge", "--reason", "x"]).done();
    assert!(said.contains("2 unfinished files"), "{said}");
    let left: Vec<String> = place.names().into_iter().filter(|name| name.ends_with(".partial")).collect();
    assert_eq!(left, Vec::<String>::new());
}
