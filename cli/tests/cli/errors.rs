use std::io::ErrorKind;
use std::path::PathBuf;

use crate::support::{Closed, Place, environment, run, snapshot};

#[test]
fn no_store_says_how_to_make_one() {
    snapshot!(Place::empty().piped(&["store", "head"]).refused(3), @"
    error: open [folder]/sessions.db: there is no store
    hint: make one with `retold import ~/.ait42`, or name another with --store
    ");
}

#[test]
fn what_is_no_store_is_left_alone() {
    let place = Place::empty();
    std::fs::write(place.path(), "hello").unwrap();
    snapshot!(place.piped(&["store", "head"]).refused(3), @"
    error: open [folder]/sessions.db: not a retold store, but a file that is no SQLite database
    hint: name another file with --store
    ");
    assert_eq!(std::fs::read(place.path()).unwrap(), b"hello");
    let place = Place::empty();
    place.tamper("create table t (a)");
    snapshot!(place.piped(&["store", "head"]).refused(3), @"
    error: open [folder]/sessions.db: not a retold store, but another program's SQLite database
    hint: name another file with --store
    ");
}

#[test]
fn a_newer_store_is_left_alone() {
    let place = Place::with_empty_store();
    place.tamper("pragma user_version = 99");
    snapshot!(place.piped(&["store", "head"]).refused(3), @r#"
    error: open [folder]/sessions.db: made by a newer release, schema 99, this one knows up to 8
    hint: install the newest retold to read it; this one has not touched it
    "#);
}

#[test]
fn an_older_store_says_how_to_bring_it_up_to_date() {
    let place = Place::with_empty_store();
    place.tamper("pragma user_version = 1");
    let said = place.piped(&["store", "head"]).refused(3);
    assert!(
        said.ends_with("hint: bring it up to date with `retold store migrate up`, or a copy of it where nothing can be written; nothing is lost by it\n"),
        "{said}"
    );
}

#[test]
fn a_busy_store_is_said_to_be_so() {
    let place = Place::with_sessions();
    // In WAL mode only an exclusive connection keeps readers out.
    let other = rusqlite::Connection::open(place.path()).unwrap();
    other.execute_batch("pragma locking_mode = exclusive; begin exclusive").unwrap();
    snapshot!(place.piped(&["store", "head"]).refused(4), @"
    error: open the store: the store is busy
    hint: another process is writing; try again when it is done
    ");
}

#[test]
fn a_damaged_event_ends_an_answer_with_ten() {
    let place = Place::with_sessions();
    place.tamper("drop trigger event_update; update event set body = x'ffff', codec = 0 where position = 2");
    snapshot!(place.piped(&["log", "-o", "jsonl"]).refused(10), @"
    error: read the event at position 2: the body is no SessionCreated: invalid type: integer `-1`, expected struct SessionCreated
    hint: `retold verify` says how far the damage goes
    ");
}

#[test]
fn a_session_that_is_not_there_is_nothing_found() {
    snapshot!(Place::with_sessions().piped(&["log", "zz"]).refused(1), @"error: find session zz: there is none");
}

#[test]
fn an_ambiguous_session_lists_the_candidates() {
    snapshot!(Place::with_sessions().piped(&["log", "5f"]).refused(2), @"
    error: find session 5f: more than one is meant
      atlas/5f0c2a1e-0000-4000-8000-000000000001
      atlas/5f0c2a1e-0000-4000-8000-000000000002
    hint: name one of them as listed, or more of its id
    ");
}

#[test]
fn a_point_that_names_nothing_is_refused() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["log", "--at", "8"]).refused(2), @"error: point 8: it lies outside the log, which has positions 1 to 7");
    snapshot!(place.piped(&["log", "--at", "r1"]).refused(2), @"error: point r1: a revision is of a session: name it, as in SESSION:r7");
    snapshot!(place.piped(&["log", "atlas/5f0c2a1e-0000-4000-8000-000000000002", "--at", "r2"]).refused(2), @"error: point r2: session 5f0c2a1e-0000-4000-8000-000000000002 ends at r1");
    snapshot!(place.piped(&["log", "--at", "2020-01-01T00:00:00Z"]).refused(2), @"error: point 2020-01-01T00:00:00Z: nothing had happened by 2020-01-01 00:00:00Z; the first event of workspace atlas happened 2026-11-23 09:00:00Z");
    snapshot!(place.piped(&["log", "--at", "2020-01-01T00:00:00Z", "--clock", "recorded"]).refused(2), @"
    error: point 2020-01-01T00:00:00Z: nothing was recorded by 2020-01-01 00:00:00Z; the log begins at 2026-11-23 09:00:00Z, with workspace atlas
    hint: with `--clock recorded` a time means when the log got an event, after an import that of the import; without it, when things happened
    ");
    snapshot!(place.piped(&["log", "--at", "yesterday"]).refused(2), @"error: point yesterday: nothing had happened by 2026-11-22 00:00:00Z; the first event of workspace atlas happened 2026-11-23 09:00:00Z");
    snapshot!(place.piped(&["log", "--at", "-3"]).refused(2), @"
    error: --at -3: an offset is counted from a point: head-3
    hint: `retold help points` tells what can be written for a moment
    ");
}

#[test]
fn a_command_that_cannot_travel_says_so() {
    snapshot!(Place::with_sessions().piped(&["verify", "--at", "3"]).refused(2), @r#"
    error: verify: --at is not for this command
    hint: it is for sessions, show, log, diff, blame, history, trace, bisect, what-if, compare, replay, tui, fork, operations, sql, export, stats, store head
    "#);
}

#[test]
fn wrong_arguments_are_explained() {
    let place = Place::empty();
    snapshot!(place.piped(&["lgo"]).refused(2), @"
    error: retold lgo: there is no such command
    hint: `retold --help` lists the commands
    ");
    snapshot!(place.piped(&["log", "-o", "xml"]).refused(2), @"
    error: --output xml: it is not one of table, json, jsonl, csv
    hint: `retold log --help` lists what it takes
    ");
}

#[test]
fn a_closed_pipe_is_no_failure_and_a_full_disk_is_one() {
    let place = Place::with_sessions();
    for format in ["table", "json", "jsonl", "csv"] {
        let to = |kind| place.run(&["log", "-o", format], |io| io.out = Box::new(Closed(kind)));
        assert_eq!(to(ErrorKind::BrokenPipe).done(), "", "{format}");
        assert_eq!(to(ErrorKind::StorageFull).refused(5), "error: write the answer: the disk is full\n");
    }
    assert_eq!(place.run(&["--help"], |io| io.out = Box::new(Closed(ErrorKind::BrokenPipe))).done(), "");
    // The other end of stderr may be gone as well.
    let deaf = place.run(&["log", "zz"], |io| io.err = Box::new(Closed(ErrorKind::BrokenPipe)));
    assert_eq!(deaf.refused(1), "");
}

#[test]
fn errors_are_coloured_at_a_terminal_only() {
    let said = Place::empty().run(&["store", "head"], |io| io.err_is_terminal = true).refused(3);
    assert!(said.starts_with("\x1b[1;31merror:\x1b[0m open "), "{said}");
    let said =
        Place::empty().run(&["store", "head", "--color", "never"], |io| io.err_is_terminal = true).refused(3);
    assert!(said.starts_with("error: open "), "{said}");
}

#[test]
fn the_store_is_named_by_argument_environment_or_platform() {
    let place = Place::with_sessions();
    let head = || ["retold", "store", "head", "-o", "jsonl"].map(Into::into);
    let store = place.path().to_str().unwrap().to_owned();
    let by_environment = run(head(), |io| io.environment = environment(&[("RETOLD_STORE", &store)]));
    assert!(by_environment.done().contains("\"position\":7"));
    std::fs::create_dir(place.folder().join("retold")).unwrap();
    for end in ["", "-wal", "-shm"] {
        let name = format!("sessions.db{end}");
        let _absent = std::fs::rename(place.folder().join(&name), place.folder().join("retold").join(&name));
    }
    let by_platform = run(head(), |io| {
        io.environment = environment(&[("RETOLD_STORE", "")]);
        io.data_folder = Some(PathBuf::from(place.folder()));
    });
    assert!(by_platform.done().contains("\"position\":7"));
    snapshot!(run(head(), |_| {}).refused(2), @"
    error: find the store: this account has no data folder
    hint: name the store with --store or RETOLD_STORE
    ");
}

#[cfg(unix)]
#[test]
fn a_long_table_at_a_terminal_goes_through_the_pager() {
    let place = Place::with_sessions();
    let kept = place.folder().join("paged");
    let pager = format!("dd status=none of={}", kept.display());
    let at_terminal = |lines: usize, args: &[&str]| {
        place.run(args, |io| {
            io.out_is_terminal = true;
            io.lines = lines;
            io.environment = environment(&[("RETOLD_PAGER", &pager), ("NO_COLOR", "1")]);
        })
    };
    assert_eq!(at_terminal(8, &["log"]).done(), "");
    assert_eq!(std::fs::read_to_string(&kept).unwrap().lines().count(), 8);
    assert_eq!(at_terminal(9, &["log"]).done().lines().count(), 8);
    assert_eq!(at_terminal(8, &["log", "--no-pager"]).done().lines().count(), 8);
    let lost = place.run(&["log"], |io| {
        io.out_is_terminal = true;
        io.lines = 8;
        io.environment = environment(&[("PAGER", "/nowhere/pager")]);
    });
    assert_eq!(lost.done().lines().count(), 8);
}

/// Sessions of 2025, recorded by an import of later.
#[test]
fn a_date_before_the_import_is_answered_and_by_the_clock_of_the_log_says_why_it_is_not() {
    let place = Place::with_sample();
    let hint = "hint: with `--clock recorded` a time means when the log got an event, after an import that of the import; without \
                it, when things happened\n";
    for args in [
        &["show", "7c2f4b1e", "--at", "2025-11-07 09:20"][..],
        &["log", "2025-11-07..2025-11-08"],
        &["log", "7c2f4b1e", "..2025-11-08"],
        &["sessions", "--at", "2025-11-07"],
        &["sql", "select 1", "--at", "2025-11-07"],
        &["diff", "--all", "2025-11-07", "--at", "2025-11-08"],
    ] {
        place.piped(args).exited_with(0);
        let said = place.piped(&[args, &["--clock", "recorded"]].concat()).refused(2);
        assert!(said.contains("; the log begins at 2026-11-23 10:00:00Z"), "{args:?}: {said}");
        assert!(said.ends_with(hint), "{said}");
    }
    place.piped(&["sessions", "--updated", "..2025-11-08"]).exited_with(0);
}

#[test]
fn an_error_names_the_command_that_was_given() {
    let place = Place::with_sample();
    let empty = place.folder().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    snapshot!(place.piped(&["check", "--against", "/nosuch"]).refused(2), @"
    error: check against /nosuch: there is no such file or folder
    hint: session histories are in `~/.ait42/sessions`; older ones in a project's `.ait42`
    ");
    snapshot!(place.piped(&["check", "--against", empty]).refused(1), @"
    error: check against [folder]/empty: no session files in this folder
    hint: session histories are in `~/.ait42/sessions`; older ones in a project's `.ait42`
    ");
    snapshot!(place.piped(&["ait42", "archive", empty]).refused(1), @"
    error: archive [folder]/empty: no session files in this folder
    hint: session histories are in `~/.ait42/sessions`; older ones in a project's `.ait42`
    ");
    snapshot!(place.piped(&["ait42", "archive", "/nosuch"]).refused(2), @"error: archive /nosuch: there is no such file or folder");
    snapshot!(place.piped(&["import", empty]).refused(1), @"
    error: import [folder]/empty: no session files in this folder
    hint: session histories are in `~/.ait42/sessions`; older ones in a project's `.ait42`
    ");
    snapshot!(place.piped(&["bisect", "--where", "", "7c2f4b1e"]).refused(2), @"
    error: query: the expression is empty
    hint: an expression is SQL over the session: status = 'completed', message_count > 10
    ");
    snapshot!(place.piped(&["bisect", "--where", ")", "7c2f4b1e"]).refused(2), @"
    error: query: it is not SQL from `)` on
      )
      ^
    ");
    snapshot!(place.piped(&["bisect", "--where", "1 +", "7c2f4b1e"]).refused(2), @"error: query: it ends too early");
    snapshot!(place.piped(&["trace", "7c2f4b1e", " "]).refused(2), @"
    error: query: the expression is empty
    hint: an expression is SQL over the session: status = 'completed', message_count > 10
    ");
    snapshot!(place.piped(&["resolve", "2023-02-29"]).refused(2), @"
    error: 2023-02-29: there is no such day: February 2023 has 28 days
    hint: `retold help points` tells what can be written for a moment
    ");
    snapshot!(place.piped(&["resolve", "15m-ago"]).refused(2), @"
    error: 15m-ago: `m` counts messages; minutes are `min`: 15min-ago
    hint: `retold help points` tells what can be written for a moment
    ");
    snapshot!(place.piped(&["resolve", "17:60"]).refused(2), @"
    error: 17:60: there is no such time: the last minute is 59
    hint: `retold help points` tells what can be written for a moment
    ");
}
