//! Whatever is damaged in a store: what can be read of it and verifies is saved, and nothing else is.

mod beside;
mod met;

use std::collections::HashMap;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use retold_core::{Commit, Event, Expected, Log, Options, Recorded, StreamName};
use retold_tests::pages::{PAGE, Scan};
use retold_tests::{Store, all_events, assert_sound, created, message, name, task};
use retold_upkeep::Lost;

use crate::{held, nightly};

/// A store of some sessions, with texts short, long and outside of their events. Its write-ahead log is as a process leaves it
/// that is killed, or empty.
struct Given {
    store: Store,
    file: Vec<u8>,
    wal: Vec<u8>,
    log: [u8; 16],
    dictionary: Vec<u8>,
    sessions: HashMap<StreamName, Vec<Event>>,
    count: u64,
}

fn given(rng: &mut StdRng, has_wal: bool) -> Given {
    let store = Store::new();
    let log = store.open();
    let mut fill = |rounds: usize| {
        for round in 0..rounds {
            for session in ["a1", "b1", "c1"] {
                let mut events: Vec<Event> = Vec::new();
                if log.reader().unwrap().stream(&name(session)).unwrap().is_none() {
                    events.push(created(session));
                }
                let noise = |length: usize, rng: &mut StdRng| -> String {
                    (0..length).map(|_| char::from(rng.random_range(b' '..b'~'))).collect()
                };
                let length = [20, 300, 3000, 9000][rng.random_range(0..4)];
                events.extend([message(noise(length, rng)), task(format!("{session} {round}"))]);
                log.append(Commit::to(name(session), Expected::Any, events)).unwrap();
            }
        }
    };
    fill(8);
    if has_wal {
        retold_upkeep::compact(&log, |_| true).unwrap();
        fill(4);
    }
    let mut sessions: HashMap<StreamName, Vec<Event>> = HashMap::new();
    for (stream, event) in spoken(&log) {
        sessions.entry(stream).or_default().push(event);
    }
    let count = all_events(&log).len() as u64;
    let read =
        |ending: &str| std::fs::read(format!("{}{ending}", store.path().display())).unwrap_or_default();
    let before = (read(""), read("-wal"));
    let connection = log.open_reader().unwrap();
    let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let (id, dictionary) = (one("select id from log"), one("select bytes from dictionary where id = 2"));
    drop(connection);
    drop(log);
    let (file, wal) = if has_wal { before } else { (read(""), read("-wal")) };
    Given { store, file, wal, log: id.try_into().unwrap(), dictionary, sessions, count }
}

/// What was said, in order, with its texts.
fn spoken(log: &Log) -> Vec<(StreamName, Event)> {
    let reader = log.reader().unwrap();
    all_events(log)
        .into_iter()
        .map(|Recorded { stream, event, .. }| {
            let mut event = event.unwrap();
            reader_resolve(log, &mut event);
            (reader.name(stream).unwrap(), event)
        })
        .collect()
}

fn reader_resolve(log: &Log, event: &mut Event) {
    log.reader().unwrap().resolve_event(event).unwrap();
}

/// Damages the bytes of a file, in one of many ways.
fn damage(rng: &mut StdRng, bytes: &mut Vec<u8>) -> String {
    if bytes.is_empty() {
        return "nothing to damage".to_owned();
    }
    let pages = bytes.len().div_ceil(PAGE);
    let page = |rng: &mut StdRng| rng.random_range(0..pages) * PAGE;
    let end = |at: usize, bytes: &[u8]| (at + PAGE).min(bytes.len());
    match rng.random_range(0..9) {
        0 => {
            let (at, bit) = (rng.random_range(0..bytes.len()), rng.random_range(0..8));
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
        1 => {
            let at = page(rng);
            let end = end(at, bytes);
            bytes[at..end].fill(0);
            format!("page at {at} zeroed")
        }
        2 => {
            let (at, length) = (rng.random_range(0..bytes.len()), rng.random_range(1..6000));
            let end = (at + length).min(bytes.len());
            bytes[at..end].fill(0);
            format!("{at}..{end} zeroed")
        }
        3 => {
            let length = rng.random_range(0..bytes.len());
            bytes.truncate(length);
            format!("cut to {length}")
        }
        4 => {
            bytes.truncate(bytes.len().saturating_sub(PAGE * rng.random_range(1..4)));
            "cut by some pages".to_owned()
        }
        5 => {
            let [one, other] = [page(rng), page(rng)];
            for at in 0..PAGE {
                if one + at < bytes.len() && other + at < bytes.len() {
                    bytes.swap(one + at, other + at);
                }
            }
            format!("pages at {one} and {other} exchanged")
        }
        6 => {
            let end = bytes.len().min(100);
            bytes[..end].fill(0);
            "header zeroed".to_owned()
        }
        7 => {
            let at = rng.random_range(0..bytes.len().min(100));
            bytes[at] ^= rng.random_range(1..=255);
            format!("byte {at} of the header changed")
        }
        _ => {
            let at = page(rng);
            let end = end(at, bytes);
            rng.fill(&mut bytes[at..end]);
            format!("page at {at} scrambled")
        }
    }
}

/// Saves what is left, and holds it against a scan and against what was said.
fn check(given: &Given, file: &[u8], wal: &[u8], what: &str) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["bad.db", "new.db"].map(|name| folder.path().join(name));
    std::fs::write(&from, file).unwrap();
    if !wal.is_empty() {
        std::fs::write(folder.path().join("bad.db-wal"), wal).unwrap();
    }
    let mut scan = Scan::default();
    scan.file(file);
    scan.wal(file, wal);
    let found = scan.verified(&[given.log], &given.dictionary);
    let id = Log::open(given.store.path()).unwrap().id();
    let mut lost = Vec::new();
    let tell = |one: Lost| lost.push(format!("{}..{} {}", one.position, one.last, one.why));
    let recovered = match retold_upkeep::recover(&from, &to, &[id], tell, |_| true) {
        Ok(recovered) => recovered,
        Err(error) => {
            assert!(
                found.is_empty(),
                "{what}: {}, where {} verify",
                retold_tests::words(&error),
                found.len()
            );
            assert_eq!(
                names(folder.path()).iter().filter(|name| name.contains("new.db")).count(),
                0,
                "{what}"
            );
            return 0;
        }
    };
    assert!(
        recovered.saved >= found.len() as u64,
        "{what}: {recovered:?}, where {} verify: {found:?}, lost: {lost:?}",
        found.len()
    );
    let log = Options::new().read_only(true).open(&to).unwrap();
    assert_sound(&log);
    let mut seen: HashMap<StreamName, usize> = HashMap::new();
    for (stream, event) in spoken(&log) {
        let at = seen.entry(stream.clone()).or_default();
        assert_eq!(given.sessions[&stream].get(*at), Some(&event), "{what}: {stream}");
        *at += 1;
    }
    if recovered.is_same_log && given.wal.is_empty() {
        assert_eq!(recovered.saved, given.count, "{what}: it says that nothing was lost");
    }
    recovered.saved
}

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn all_that_verifies_is_saved_and_nothing_else_whatever_is_damaged() {
    let seed = retold_trial::chance::seed();
    let mut rng = StdRng::seed_from_u64(seed);
    let runs = nightly(60);
    let mut saved = 0;
    for run in 0..runs {
        let has_wal = run % 3 == 0;
        let stores = 10;
        thread_local!(static GIVEN: std::cell::RefCell<Option<Given>> = const { std::cell::RefCell::new(None) });
        saved += GIVEN.with_borrow_mut(|kept| {
            if run % stores == 0 || kept.as_ref().is_none_or(|given| given.wal.is_empty() == has_wal) {
                *kept = Some(given(&mut rng, has_wal));
            }
            let given = kept.as_ref().unwrap();
            let (mut file, mut wal) = (given.file.clone(), given.wal.clone());
            let mut what = Vec::new();
            for _ in 0..rng.random_range(1..4) {
                match has_wal && rng.random() {
                    true => what.push(format!("wal: {}", damage(&mut rng, &mut wal))),
                    false => what.push(damage(&mut rng, &mut file)),
                }
            }
            check(given, &file, &wal, &format!("seed {seed}, run {run}: {}", what.join(", ")))
        });
    }
    assert!(saved > 0);
    held("all that verifies is saved", runs);
}

/// Which page a frame of the write-ahead log is of stands in its header. Rows on the page do not need it; those that go on on it do,
/// for they name it by its number.
#[test]
fn no_header_of_a_frame_costs_an_event() {
    let given = given(&mut StdRng::seed_from_u64(3), true);
    let mut goes_on = 0;
    for (frame, at) in (32..given.wal.len()).step_by(24 + PAGE).enumerate() {
        let mut wal = given.wal.clone();
        match frame % 3 {
            0 => wal[at..at + 24].fill(0),
            1 => wal[at..at + 4].copy_from_slice(&1_u32.to_be_bytes()),
            _ => wal[at..at + 4].fill(0xff),
        }
        let what = format!("header of frame {frame} at {at}");
        let saved = check(&given, &given.file, &wal, &what);
        // It begins with the number of the next page: no store here has 2^24 of them.
        match wal[at + 24] {
            0 => goes_on += 1,
            _ => assert_eq!(saved, given.count, "{what}"),
        }
    }
    assert!(goes_on > 0 && goes_on < 20, "{goes_on}");
}

/// Pages that the write-ahead log alone has are after the end of the file, also where the file and the log are both cut.
#[test]
fn no_page_behind_the_end_of_the_file_costs_an_event() {
    let given = given(&mut StdRng::seed_from_u64(3), true);
    let mut behind = 0;
    for frames in 1..8 {
        let wal = &given.wal[..32 + frames * (24 + PAGE)];
        let last = wal[32..]
            .chunks(24 + PAGE)
            .map(|frame| usize::try_from(u32::from_be_bytes(frame[..4].try_into().unwrap())).unwrap());
        let last = last.max().unwrap();
        for cut in [0, 1, 2, 5, 9, 14] {
            let pages = given.file.len() / PAGE - cut;
            behind += usize::from(last > pages + frames);
            check(
                &given,
                &given.file[..pages * PAGE],
                wal,
                &format!("{cut} pages cut, {frames} frames left"),
            );
        }
    }
    assert!(behind > 8, "{behind}");
}

/// A leaf in the place of a tree's first page is a whole tree, too.
#[test]
fn no_page_in_the_place_of_the_logs_first_one_is_taken_for_the_whole_log() {
    let given = given(&mut StdRng::seed_from_u64(1), false);
    let first = root(&given.store.path(), "event") - 1;
    let pages = given.file.len() / PAGE;
    for other in 1..pages {
        for cut in [0, 2] {
            let mut file = given.file.clone();
            for at in 0..PAGE {
                file.swap(first * PAGE + at, other * PAGE + at);
            }
            file.truncate((pages - cut) * PAGE);
            check(&given, &file, &[], &format!("page {first} is page {other}, {cut} cut off"));
        }
    }
}

/// A tree in the place of the log's own is sound by itself, be it a part of the log or empty: what shows that the rest is gone is
/// elsewhere.
#[test]
fn no_tree_in_the_place_of_the_logs_own_is_the_whole_log_when_the_rest_is_gone() {
    let given = given(&mut StdRng::seed_from_u64(1), false);
    let first = root(&given.store.path(), "event") - 1;
    let pages = given.file.len() / PAGE;
    for (nth, other) in (1..pages).enumerate() {
        let mut file = given.file.clone();
        for at in 0..PAGE {
            file.swap(first * PAGE + at, other * PAGE + at);
        }
        let behind = (first.max(other) + 1) * PAGE;
        match nth % 2 {
            0 => file.truncate(behind),
            _ => file[behind..].fill(0),
        }
        check(&given, &file, &[], &format!("page {first} is page {other}, the rest is gone"));
        // Nor where the header does not say how many there were.
        file[..100].fill(0);
        check(&given, &file, &[], &format!("page {first} is page {other}, the rest and the header are gone"));
    }
}

fn program(store: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_program"));
    command.arg("--store").arg(store).args(arguments).stdin(std::process::Stdio::null());
    command.output().unwrap()
}

fn text(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A store with a row in every table that a recovery takes over by itself.
fn with_everything() -> Store {
    let store = Store::new();
    let models = retold_projections::Store::open(store.path(), Options::new().create(true)).unwrap();
    let log = models.log();
    for id in ["a1", "b1", "c1"] {
        let commit = Commit::to(name(id), Expected::Any, [created(id), task("one"), message("two")]);
        log.append(commit.key(format!("key of {id}"))).unwrap();
    }
    models.sidecars().add(&retold_tests::seen(1)).unwrap();
    retold_upkeep::back_up(log, store.folder().join("backup.db"), |_| true).unwrap();
    let connection = log.open_writer().unwrap();
    connection
        .execute_batch(
            "insert into mark select 'at-' || position, position, hash, 5 from event where position in (3, 5, 9);
             insert into sidecar_skip values ('seen', 2, 'r', 5), ('seen', 8, 'r', 5);
             insert into import_record values ('f.json', 'a1', 1, zeroblob(32), 1, 1.0), ('f.json', 'c1', 1, zeroblob(32), 1, 2.5);
             insert into quarantine (source, source_hash, workspace, home, offset, length, reason, found_at, digest, codec, raw)
             values ('f.json', zeroblob(32), 'w', 'w', 0, 1, 'r', 0, zeroblob(32), 0, x'00')",
        )
        .unwrap();
    store
}

/// The tables of the schema, but for those that name files beside the store.
fn tables() -> Vec<String> {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    retold_migrations::up(&mut connection, retold_migrations::latest()).unwrap();
    let sql = "select name from sqlite_schema where type = 'table' and name not in ('sidecar_file')";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn rows(path: &Path, table: &str) -> Vec<Vec<rusqlite::types::Value>> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare(&format!("select * from {table} order by 1")).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get(at)).collect();
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

fn root(path: &Path, table: &str) -> usize {
    let connection = rusqlite::Connection::open(path).unwrap();
    let sql = "select rootpage from sqlite_schema where name = ?1";
    connection.query_row(sql, [table], |row| row.get::<_, u32>(0)).unwrap() as usize
}

#[test]
fn an_undamaged_store_recovered_is_equal_row_for_row() {
    let store = with_everything();
    let new = store.folder().join("new.db");
    let answer =
        program(&store.path(), &["store", "recover", store.path().to_str().unwrap(), new.to_str().unwrap()]);
    assert_eq!(answer.status.code(), Some(0), "{}", text(&answer));
    assert_eq!(text(&answer), "saved: 9 events, all there were; the log is the same\n");
    for table in tables() {
        assert_eq!(rows(&store.path(), &table), rows(&new, &table), "{table}");
        let holds_some = ["repack", "redaction", "pruned", "lineage", "blob", "part", "absent", "withheld"]
            .contains(&table.as_str());
        assert!(holds_some || !rows(&new, &table).is_empty(), "{table}");
    }
    let projections = text(&program(&new, &["projections", "catch-up"]));
    assert!(rows(&new, "sidecar_version").len() == 1 && !projections.contains("error"), "{projections}");
}

#[test]
fn a_table_whose_first_page_is_destroyed_costs_no_event_and_is_named() {
    for table in tables() {
        let store = with_everything();
        let page = root(&store.path(), &table);
        let mut bytes = std::fs::read(store.path()).unwrap();
        bytes[(page - 1) * PAGE..page * PAGE].fill(0);
        let [bad, new] = ["bad.db", "new.db"].map(|name| store.folder().join(name));
        std::fs::write(&bad, bytes).unwrap();
        let answer = program(&bad, &["store", "recover", bad.to_str().unwrap(), new.to_str().unwrap()]);
        // In so small a store it is the only page.
        let is_of_log = table == "event";
        let saved = Log::open(&new).map(|log| all_events(&log).len()).unwrap_or_default();
        assert_eq!(saved, if is_of_log { 0 } else { 9 }, "{table}: {}", text(&answer));
        let is_named = ["commit_key", "quarantine", "import_record", "mark", "backup", "sidecar"]
            .contains(&table.as_str())
            || table.starts_with("sidecar_");
        if is_named {
            assert_eq!(answer.status.code(), Some(6), "{table}: {}", text(&answer));
            assert!(
                text(&answer).contains(&format!("lost: {table}: a part of it cannot be read")),
                "{}",
                text(&answer)
            );
            let list = std::fs::read_to_string(store.folder().join("new.db.lost.jsonl")).unwrap();
            assert!(list.contains(&format!("\"table\":\"{table}\"")), "{list}");
        } else if is_of_log {
            assert_eq!(answer.status.code(), Some(10), "{table}: {}", text(&answer));
        }
    }
}

/// What the hash of an event bears out is its stream's name, wherever it was found.
#[test]
fn a_session_keeps_its_name_as_long_as_anything_has_it() {
    let stream = ["stream", "sqlite_autoindex_stream_1"];
    let workspace = ["workspace", "sqlite_autoindex_workspace_1"];
    for (destroyed, saved) in [
        (&["stream", "workspace"][..], 9),
        (&[stream[1], workspace[1]], 9),
        // The read models have the names, and the events.
        (&stream, 9),
        (&workspace, 9),
        (&[stream[0], stream[1], "sessions"], 9),
        (&[stream[0], stream[1], workspace[0], workspace[1]], 9),
        (&[stream[0], stream[1], "sessions", workspace[0], workspace[1]], 9),
        // Nothing says any more of which workspace they were.
        (&[stream[0], stream[1], "sessions", workspace[0], workspace[1], "workspaces"], 0),
    ] {
        let store = with_everything();
        let mut bytes = std::fs::read(store.path()).unwrap();
        for table in destroyed {
            let page = root(&store.path(), table);
            bytes[(page - 1) * PAGE..page * PAGE].fill(0);
        }
        let [bad, new] = ["bad.db", "new.db"].map(|name| store.folder().join(name));
        std::fs::write(&bad, bytes).unwrap();
        let answer = program(&bad, &["store", "recover", bad.to_str().unwrap(), new.to_str().unwrap()]);
        let found = Log::open(&new).ok().filter(|_| saved > 0);
        let events = found.as_ref().map(spoken).unwrap_or_default();
        assert_eq!(events.len(), saved, "{destroyed:?}: {}", text(&answer));
        for (at, (stream, _)) in events.into_iter().enumerate() {
            assert_eq!(stream, name(["a1", "b1", "c1"][at / 3]), "{destroyed:?}: {}", text(&answer));
        }
        if let Some(log) = found {
            assert_eq!(log.id(), Log::open(store.path()).unwrap().id(), "{destroyed:?}");
            assert_sound(&log);
        }
    }
}

#[test]
fn what_names_events_names_them_in_a_new_log_or_is_told() {
    let store = with_everything();
    store.attacker().execute_batch("update event set occurred_at = 5 where position = 5").unwrap();
    let new = store.folder().join("new.db");
    let answer =
        program(&store.path(), &["store", "recover", store.path().to_str().unwrap(), new.to_str().unwrap()]);
    assert_eq!(answer.status.code(), Some(6), "{}", text(&answer));
    // Positions 5 and 6 are not there: what stood at 9 stands at 7.
    let connection = rusqlite::Connection::open(&new).unwrap();
    let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("select group_concat(name || ' ' || position) from mark"), "at-3 3,at-9 7");
    assert_eq!(one("select count(*) || '' from mark natural join (select position, hash from event)"), "2");
    assert_eq!(
        one("select group_concat(key || ' ' || first || ' ' || last) from commit_key"),
        "key of a1 1 3,key of c1 5 7"
    );
    assert_eq!(one("select group_concat(position) from sidecar_skip"), "2,6");
    assert_eq!(one("select group_concat(session_id) from import_record"), "a1,c1");
    for table in ["quarantine", "backup", "sidecar", "sidecar_version"] {
        assert_eq!(rows(&store.path(), table), rows(&new, table), "{table}");
    }
    let said = text(&answer);
    assert!(said.contains("lost: mark: the event that it names is not in the new log"), "{said}");
    assert!(said.contains("lost: commit_key: "), "{said}");
    let list = std::fs::read_to_string(store.folder().join("new.db.lost.jsonl")).unwrap();
    assert!(list.contains("\"name\":\"at-5\"") && list.contains("\"key\":\"key of b1\""), "{list}");
}

#[test]
fn a_store_is_never_recovered_restored_or_backed_up_onto_itself() {
    let store = with_everything();
    let before = std::fs::read(store.path()).unwrap();
    let link = store.folder().join("link.db");
    #[cfg(unix)]
    std::os::unix::fs::symlink("sessions.db", &link).unwrap();
    let hard = store.folder().join("hard.db");
    std::fs::hard_link(store.path(), &hard).unwrap();
    let path = store.path();
    for name in [&path, &link, &hard] {
        let name = name.to_str().unwrap();
        for arguments in [
            &["store", "recover", path.to_str().unwrap(), name][..],
            &["store", "recover", name, path.to_str().unwrap()],
            &["store", "restore", name],
            &["store", "restore", name, "--overwrite"],
            &["backup", name],
        ] {
            let answer = program(&path, arguments);
            assert_eq!(answer.status.code(), Some(2), "{arguments:?}: {}", text(&answer));
            assert!(text(&answer).contains("itself"), "{arguments:?}: {}", text(&answer));
        }
    }
    assert_eq!(std::fs::read(store.path()).unwrap(), before);
}

/// SQLite would take it for the new store's.
#[test]
fn the_write_ahead_log_of_a_store_that_is_gone_is_never_taken_for_another_ones() {
    let store = with_everything();
    let backup = store.folder().join("backup.db").display().to_string();
    let place = store.folder().join("place.db");
    let wal = store.folder().join("place.db-wal");
    std::fs::write(&wal, "of another store").unwrap();
    let name = place.to_str().unwrap();
    for (arguments, code) in
        [(&["store", "recover", store.path().to_str().unwrap(), name][..], 2), (&["backup", name], 5)]
    {
        let answer = program(&store.path(), arguments);
        assert_eq!(answer.status.code(), Some(code), "{}", text(&answer));
        assert!(text(&answer).contains("place.db-wal") && !place.exists(), "{}", text(&answer));
    }
    assert_eq!(std::fs::read(&wal).unwrap(), b"of another store");
    assert!(program(&place, &["store", "restore", &backup]).status.success());
    assert!(program(&place, &["verify"]).status.success());
}
