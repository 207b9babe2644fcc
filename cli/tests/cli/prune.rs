use crate::support::{FIRST, Place, SECOND, sample, snapshot};

/// The path of the archive `archive.db` in the place's folder.
fn archive(place: &Place) -> String {
    place.folder().join("archive.db").to_str().unwrap().to_owned()
}

fn pruned() -> (Place, String) {
    let place = Place::with_sessions();
    let archive = archive(&place);
    place.piped(&["store", "prune", "--before", "head", "--archive", &archive, "-q"]).done();
    (place, archive)
}

#[test]
fn what_was_said_goes_into_an_archive_and_comes_back() {
    let place = Place::with_sessions();
    let archive = archive(&place);
    let whole = place.piped(&["show", FIRST, "-o", "json"]).done();
    let list = place.piped(&["sessions", "-o", "csv"]).done();
    let dry = place.terminal(&["store", "prune", "--before", "head", "--dry-run"]);
    snapshot!(dry.out, @r#"
    session   last  bodies  bytes
    5f0c2a1e     6       2  144 B
    "#);
    snapshot!(dry.err, @r#"
    head: position 7, happened 2026-11-23 08:30:00Z, recorded 2026-11-23 09:06:00Z, r5 of session 5f0c2a1e-0000-4000-8000-000000000001
    1 session, 2 bodies, 144 B: a dry run
    "#);
    assert_eq!(place.piped(&["show", FIRST, "-o", "json"]).done(), whole);

    let said =
        place.terminal(&["store", "prune", "--before", "head", "--archive", &archive, "--reason", "old"]);
    snapshot!(said.out.replace(char::is_numeric, "9"), @"
    archive  [folder]/archive.db, 999.9 KiB
    pruned   9 session, 9 bodies
    size     999.9 KiB before, 999.9 KiB now
    ");
    snapshot!(said.err.replace(char::is_numeric, "9"), @"
    head: position 9, happened 9999-99-99 99:99:99Z, recorded 9999-99-99 99:99:99Z, r9 of session 9f9c9a9e-9999-9999-9999-999999999999
    999.9 KiB are free inside of pages: `retold store compact --rewrite` gives them back
    keep the archive: nothing else is sure to have what was said in these sessions
    ");
    place.piped(&["verify", "--full"]).done();
    snapshot!(place.terminal(&["store", "prune"]).done(), @"
    session   pruned_at             bodies  archive                     reason
    5f0c2a1e  2026-11-23 10:00:00Z       2  [folder]/archive.db  old
    ");
    let shown = place.terminal(&["show", FIRST, "--state"]);
    snapshot!(shown.out, @"
    Mend the door
    atlas/5f0c2a1e-0000-4000-8000-000000000001  competition  completed
    created 2026-11-23 08:00:00Z  updated 2026-11-23 08:30:00Z

    #1 🤖 Ada  running
        /tmp/w on b

    pruned
    ");
    snapshot!(shown.err, @"
    as of position 8, 2026-11-23 10:00:00Z, r6 of session 5f0c2a1e-0000-4000-8000-000000000001
    pruned on 2026-11-23: 2 bodies of what was said in it, into [folder]/archive.db
    hint: `retold --store [folder]/archive.db show 5f0c2a1e` reads it there, `retold store unprune [folder]/archive.db` puts it back
    ");
    // The list is as it was, but for the place of each session's last event.
    let columns = |csv: &str| -> Vec<String> {
        csv.lines().map(|line| line.split(',').take(8).collect::<Vec<_>>().join(",")).collect()
    };
    assert_eq!(columns(&place.piped(&["sessions", "-o", "csv"]).done()), columns(&list));
    // The archive is a store like any other, and the past is whole there.
    let there = place.piped_on(&archive, &["show", FIRST, "-o", "json"]).done();
    assert_eq!(there, whole);
    let log = place.terminal(&["log", FIRST]).done();
    let log: Vec<&str> = log.lines().filter(|line| line.contains("pruned")).collect();
    snapshot!(log.join("\n"), @r#"
    2026-11-23 09:03:00Z  r3        MessageAdded (pruned)
    2026-11-23 09:05:00Z  r4        OutputAppended (pruned)
    2026-11-23 10:00:00Z  r6        pruned into [folder]/archive.db
    "#);
    assert!(place.piped(&["store", "stats"]).done().contains("pruned"));

    let back = place.terminal(&["store", "unprune", &archive]);
    snapshot!(back.out, @r#"unpruned  1 session, 2 bodies"#);
    let document = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap()["session"].clone();
    assert_eq!(document(&place.piped(&["show", FIRST, "-o", "json"]).done()), document(&whole));
    place.piped(&["verify", "--full"]).done();
    snapshot!(place.piped(&["store", "unprune", &archive]).err, @r#"nothing is pruned"#);
    // And again, into the same archive.
    place.piped(&["store", "prune", "--before", "head", "--archive", &archive, "-q"]).done();
    place.piped(&["verify", "--full"]).done();
}

#[test]
fn one_session_comes_back_and_another_stays() {
    let place = Place::with_sample();
    let archive = archive(&place);
    // The tables as they stood then are kept, and made anew whenever bodies went or came back.
    let then = || {
        let roles =
            "select role from chat_messages join sessions using (stream) where sessions.id like '7c2f4b1e%'";
        place.piped(&["sql", roles, "--at", "606", "-o", "csv", "-q"]).out
    };
    let before = then();
    assert!(before.contains("user") && !before.contains("pruned"), "{before}");
    place.piped(&["store", "prune", "--before", "head", "--archive", &archive, "-q"]).done();
    assert!(!then().contains("user") && then().contains("pruned"));
    let count = || place.piped(&["store", "prune", "-o", "csv"]).done().lines().count() - 1;
    let pruned = count();
    snapshot!(place.terminal(&["store", "unprune", &archive, "7c2f4b1e"]).done(), @r#"unpruned  1 session, 13 bodies"#);
    assert_eq!(count(), pruned - 1);
    assert_eq!(then(), before);
    assert!(!place.piped(&["show", "7c2f4b1e"]).err.contains("pruned"));
    place.piped(&["verify", "--full"]).done();
}

#[test]
fn a_session_in_which_something_happened_later_stays_as_it_is() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["store", "prune", "--before", "6", "--dry-run"]).refused(1), @"nothing to prune: something was said after that in every session, or it is pruned already");
    let listed = place.piped(&["store", "prune", "--before", "7", "--dry-run", "-o", "csv", "-q"]).done();
    assert!(listed.contains(&FIRST[..8]) && listed.lines().count() == 2, "{listed}");
}

#[test]
fn nothing_goes_that_a_projection_has_not_seen() {
    let place = Place::with_sessions();
    place.piped(&["projections", "add", "search", "-q"]).done();
    place.piped(&["projections", "pause", "search", "-q"]).done();
    place.piped(&["fork", FIRST, "--as", "f1", "-q"]).done();
    let refused = place.piped(&["store", "prune", "--before", "head", "--archive", &archive(&place)]);
    snapshot!(refused.refused(4), @r#"
    head: position 13, 2026-11-23 10:00:00Z, r6 of session f1
    error: prune: projections have not taken in all of it, up to position 11
      search is at 7: `retold projections resume search`
    hint: `retold projections resume search`, and then again
    "#);
    assert!(!std::path::Path::new(&archive(&place)).exists());
    place.piped(&["projections", "resume", "search", "-q"]).done();
    place.piped(&["store", "prune", "--before", "head", "--archive", &archive(&place), "-q"]).done();
    // What it has seen it still finds; the text is in the archive.
    let found = place.terminal(&["search", "hinge"]);
    snapshot!(found.out, @r#"
    session   event  what     by    text
    f1        r3     message  user  (pruned)
    5f0c2a1e  r3     message  user  (pruned)
    "#);
    snapshot!(found.err.lines().next().unwrap(), @"what is pruned is in an archive: `retold store prune` says in which");
    // The log cannot make those words again.
    snapshot!(place.piped(&["projections", "rebuild", "search"]).refused(9), @"
    error: rebuild projection search: 19 of its rows came from bodies that are pruned, and would be lost
    hint: its rows stay as they are; `retold store prune` tells which archive has what they came from, `retold store unprune ARCHIVE` puts it back, and then nothing is lost; `retold projections rebuild search --force` gives them up
    ");
    assert_eq!(place.piped(&["search", "hinge"]).exit, 0.into());
    snapshot!(place.piped(&["projections", "rebuild", "search", "--force"]).err, @"warning: what was said in 2 sessions is pruned, and not in the rows that were made now: `retold store unprune` puts it back");
    assert_eq!(place.piped(&["search", "hinge"]).exit, 1.into());
    // Put back, it is found again: what was filled meanwhile is filled anew.
    place.piped(&["store", "unprune", &archive(&place), "-q"]).done();
    assert!(place.terminal(&["search", "hinge"]).out.contains("[hinge]"));
}

#[test]
fn a_projection_that_only_lacks_events_is_caught_up_before_anything_goes() {
    let place = Place::with_sessions();
    place.piped(&["projections", "add", "search", "-q"]).done();
    place.piped(&["fork", FIRST, "--as", "f1", "-q"]).done();
    // A dry run writes nothing, and says what is in the way.
    place.piped(&["store", "prune", "--before", "head", "-n"]).refused(4);
    let pruned = place.piped(&["store", "prune", "--before", "head", "--archive", &archive(&place)]);
    assert!(pruned.err.contains("search: caught up, holds 13 events"), "{}", pruned.err);
    assert!(place.terminal(&["search", "hinge"]).out.contains("(pruned)"));
}

#[test]
fn what_is_no_archive_of_the_store_is_refused_and_nothing_goes() {
    let place = Place::with_sessions();
    let head = place.piped(&["store", "head"]).done();
    let store = place.path().to_str().unwrap().to_owned();
    let refused = |archive: &str, code: u8| {
        place.piped(&["store", "prune", "--before", "head", "--archive", archive]).refused(code)
    };
    snapshot!(refused(&store, 2), @"
    head: position 7, happened 2026-11-23 08:30:00Z, recorded 2026-11-23 09:06:00Z, r5 of session 5f0c2a1e-0000-4000-8000-000000000001
    error: use the archive [folder]/sessions.db: it is the store itself
    hint: an archive is a backup of this store: `retold backup FILE` makes one, so does `retold store prune` itself
    ");
    let linked = place.folder().join("linked.db");
    std::os::unix::fs::symlink(&store, &linked).unwrap();
    snapshot!(refused(linked.to_str().unwrap(), 2), @"
    head: position 7, happened 2026-11-23 08:30:00Z, recorded 2026-11-23 09:06:00Z, r5 of session 5f0c2a1e-0000-4000-8000-000000000001
    error: use the archive [folder]/linked.db: it is the store itself
    hint: an archive is a backup of this store: `retold backup FILE` makes one, so does `retold store prune` itself
    ");
    std::fs::remove_file(&linked).unwrap();
    // A store that has a second name is not written, whatever is named as its archive.
    std::fs::hard_link(&store, &linked).unwrap();
    assert!(refused(linked.to_str().unwrap(), 5).contains("the file has 2 names"));
    std::fs::remove_file(linked).unwrap();
    let other = Place::with_sessions();
    let told = refused(other.path().to_str().unwrap(), 2);
    snapshot!(told.replace(other.folder().to_str().unwrap(), "[other]"), @"
    head: position 7, happened 2026-11-23 08:30:00Z, recorded 2026-11-23 09:06:00Z, r5 of session 5f0c2a1e-0000-4000-8000-000000000001
    error: use the archive [other]/sessions.db: it is of another history
    hint: an archive is a backup of this store: `retold backup FILE` makes one, so does `retold store prune` itself
    ");
    let text = place.file("text", "not a store");
    snapshot!(refused(&text, 3), @"
    head: position 7, happened 2026-11-23 08:30:00Z, recorded 2026-11-23 09:06:00Z, r5 of session 5f0c2a1e-0000-4000-8000-000000000001
    error: open [folder]/text: not a retold store, but a file that is no SQLite database
    hint: name another file with --store
    ");
    assert_eq!(place.piped(&["store", "head"]).done(), head);
    // One from before the last session was begun.
    let old = place.folder().join("old.db").to_str().unwrap().to_owned();
    place.piped(&["backup", &old, "-q"]).done();
    place.piped(&["fork", FIRST, "--as", "f1", "-q"]).done();
    let head = place.piped(&["store", "head"]).done();
    snapshot!(refused(&old, 2), @"
    head: position 13, 2026-11-23 10:00:00Z, r6 of session f1
    error: use the archive [folder]/old.db: it has not the body at position 10 of session f1
    hint: an archive is a backup of this store: `retold backup FILE` makes one, so does `retold store prune` itself
    ");
    assert_eq!(place.piped(&["store", "head"]).done(), head);
    // A damaged one.
    let damaged = place.folder().join("damaged.db").to_str().unwrap().to_owned();
    place.piped(&["backup", &damaged, "-q"]).done();
    let attack = "drop trigger event_update; update event set occurred_at = 5 where position = 2";
    rusqlite::Connection::open(&damaged).unwrap().execute_batch(attack).unwrap();
    snapshot!(refused(&damaged, 10), @"
    head: position 13, 2026-11-23 10:00:00Z, r6 of session f1
    error: verify the backup: the store is damaged: hash does not match the event, position 2
    hint: it is the archive that is damaged; nothing was changed
    ");
    assert_eq!(place.piped(&["store", "head"]).done(), head);
}

#[test]
fn an_archive_is_not_removed_as_an_old_backup() {
    let place = Place::with_sessions();
    let folder = place.folder().join("sessions.db-backups");
    place.piped(&["backup", "-q"]).done();
    let first = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    place.piped(&["store", "prune", "--before", "head", "--archive", first.to_str().unwrap(), "-q"]).done();
    place.piped(&["backup", "-q"]).done();
    place.piped(&["backup", "--keep", "1", "-q"]).done();
    assert!(first.exists());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
}

#[test]
fn a_pruned_body_is_redacted_and_does_not_come_back() {
    let (place, archive) = pruned();
    let said = place.terminal(&["redact", "4", "--reason", "private"]).done();
    snapshot!(said.replace(char::is_numeric, "9"), @"
    redacted      9 body
    proof         no bytes of it are left; no text was looked for
    searched      9 texts, and bytes as they were stored, in
                  999 rows of 99 tables, with 9 values unpacked
                  999.9 KiB of 9 files:
                    sessions.db, 999.9 KiB
                    sessions.db-wal, 9 B
    out of reach  exports, the files that were imported, mirrored files until their
                  application runs, snapshots of the file system, other people's copies
                  archive [folder]/archive.db, which has 9 body of it
    ");
    place.piped(&["verify", "--full"]).done();
    place.piped(&["store", "unprune", &archive, "-q"]).done();
    let log = place.piped(&["log", FIRST, "-v"]).done();
    assert!(log.contains("(redacted)") && !log.contains("hinge") && log.contains("OutputAppended"), "{log}");
    place.piped(&["verify", "--full"]).done();
    // What is pruned cannot be searched for a secret, and that is said.
    place.piped(&["store", "prune", "--before", "head", "--archive", &format!("{archive}.2"), "-q"]).done();
    snapshot!(place.piped(&["redact", "--match", "xxx", "-n"]).err, @"
    warning: pruned and not searched: 1 body; `retold store unprune [folder]/archive.db.2` puts them back first
    nothing to redact
    ");
}

#[test]
fn files_and_their_check_say_what_is_pruned() {
    let place = Place::with_sample();
    let archive = archive(&place);
    place.piped(&["store", "prune", "--before", "head", "--archive", &archive, "-q"]).done();
    let checked = place.terminal(&["check", "--against", &sample("")]);
    assert_eq!(checked.exit, 1.into());
    snapshot!(checked.out.lines().next().unwrap(), @"29 sessions in 3 files: 2 consistent, 0 inconsistent, 27 pruned here, 0 only here, 0 only there");
    let out = place.folder().join("out").to_str().unwrap().to_owned();
    snapshot!(place.piped(&["export", "--format", "ait42", &out]).err, @"warning: what was said in 27 sessions is pruned and not in these files: `retold store prune` says which archive has it");
    // Importing the same files again brings nothing back, and takes nothing away.
    place.piped(&["import", &sample(""), "-q"]).done();
    place.piped(&["store", "unprune", &archive, "-q"]).done();
    place.piped(&["check", "--against", &sample("")]).done();
}

#[test]
fn a_missing_archive_is_told_by_the_doctor() {
    let (place, archive) = pruned();
    std::fs::rename(&archive, format!("{archive}.moved")).unwrap();
    let told = place.terminal(&["doctor"]);
    assert!(told.out.contains("is not where it was"), "{}", told.out);
    // Wherever it is, it is known by what it holds.
    place.piped(&["store", "unprune", &format!("{archive}.moved"), "-q"]).done();
    assert!(!place.terminal(&["doctor"]).out.contains("archives"));
}

#[test]
fn what_a_fork_says_again_is_redacted_with_it() {
    let place = Place::with_sessions();
    place.piped(&["fork", FIRST, "--as", "f1", "-q"]).done();
    place.piped(&["fork", "f1", "--as", "f2", "-q"]).done();
    let dry = place.terminal(&["redact", "4", "--dry-run"]);
    snapshot!(dry.out, @"
    position  session   event         found
           4  5f0c2a1e  MessageAdded
          10  f1        MessageAdded  as position 4 says
          16  f2        MessageAdded  as position 4 says
    ");
    place.piped(&["redact", "4", "--reason", "private", "-q"]).done();
    let bytes = std::fs::read(place.path()).unwrap();
    assert!(!bytes.windows(5).any(|window| window == b"hinge"));
    for session in [FIRST, "f1", "f2"] {
        assert!(!place.piped(&["show", session]).out.contains("hinge"), "{session}");
    }
    // From a fork back to its parent too, and nowhere else.
    let dry = place.piped(&[
        "redact",
        "--where",
        "session_id = 'f2' and type = 'OutputAppended'",
        "-n",
        "-o",
        "csv",
    ]);
    assert_eq!(dry.out.lines().count(), 4);
    assert!(place.piped(&["show", SECOND]).out.contains('扉'));
    place.piped(&["verify", "--full"]).done();
}
