//! What stands at the path is opened, or refused by its name and left as it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rand::RngExt as _;
use retold_core::{Commit, Error, Expected, Log, Options};
use retold_tests::{Store, all_events, created, name, task};
use rusqlite::Connection;

/// Returns every file under `folder` with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(&path).unwrap_or_default()))
        .collect();
    files.sort();
    files
}

/// Opens what stands in the store's place in every way, and checks that all refuse it and nothing changed.
fn refused(store: &Store) -> Error {
    let before = files(store.folder());
    let read_only = Options::new().read_only(true).open(store.path()).unwrap_err();
    let existing = Options::new().open(store.path()).unwrap_err();
    let created = Log::open(store.path()).unwrap_err();
    assert_eq!(files(store.folder()), before);
    let kind = std::mem::discriminant(&created);
    assert_eq!((std::mem::discriminant(&read_only), std::mem::discriminant(&existing)), (kind, kind));
    created
}

#[test]
fn another_programs_database_is_refused_and_untouched() {
    for mode in ["delete", "wal"] {
        let store = Store::new();
        let connection = Connection::open(store.path()).unwrap();
        connection.pragma_update(None, "journal_mode", mode).unwrap();
        connection.execute_batch("create table notes (text); insert into notes values ('mine')").unwrap();
        drop(connection);
        let error = refused(&store);
        assert!(
            matches!(&error, Error::NotAStore { found, .. } if found == "another program's SQLite database")
        );
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_and_untouched() {
    let too_short_for_a_header = b"SQLite".to_vec();
    for bytes in [b"[]\n".to_vec(), vec![0; 4096], too_short_for_a_header] {
        let store = Store::new();
        fs::write(store.path(), bytes).unwrap();
        let error = refused(&store);
        assert!(
            matches!(&error, Error::NotAStore { found, .. } if found == "a file that is no SQLite database")
        );
    }
}

#[test]
fn a_folder_is_refused_and_untouched() {
    let store = Store::new();
    fs::create_dir(store.path()).unwrap();
    let error = refused(&store);
    assert!(matches!(&error, Error::NotAStore { found, .. } if found == "a folder"));
}

#[test]
fn a_truncated_store_is_refused_and_untouched() {
    let whole = Store::new();
    let log = whole.open();
    for number in 0..200 {
        log.append(Commit::to(name("a1"), Expected::Any, [task(format!("{number}").repeat(500))])).unwrap();
    }
    drop(log);
    let bytes = fs::read(whole.path()).unwrap();
    for length in [50, 100, 4096, 5000, bytes.len() / 2, bytes.len() - 4096] {
        let store = Store::new();
        fs::write(store.path(), &bytes[..length]).unwrap();
        let error = refused(&store);
        assert!(matches!(error, Error::Damaged { .. }), "cut to {length} bytes: {error:?}");
    }
}

#[test]
fn a_store_of_a_newer_release_is_refused_and_untouched() {
    let store = Store::new();
    store.open().append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    let newer = retold_migrations::latest() + 1;
    Connection::open(store.path()).unwrap().pragma_update(None, "user_version", newer).unwrap();
    let error = refused(&store);
    assert!(matches!(error, Error::Newer { found, .. } if found == newer));
}

#[test]
fn where_there_is_nothing_only_open_creates() {
    let store = Store::new();
    for options in [Options::new(), Options::new().create(true).read_only(true)] {
        assert!(matches!(options.open(store.path()), Err(Error::NoStore { .. })));
    }
    assert_eq!(files(store.folder()), []);
    // An empty file is what is left where a creation was cut off at once.
    fs::write(store.path(), b"").unwrap();
    assert!(matches!(Options::new().open(store.path()), Err(Error::NoStore { .. })));
    store.open().append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    assert_eq!(all_events(&store.open()).len(), 1);
}

/// The states that a creation passes through, each of which may be its last.
#[test]
fn a_creation_that_was_cut_off_is_taken_up() {
    let first_page = |connection: &mut Connection| {
        let id = retold_migrations::APPLICATION_ID;
        connection.execute_batch(&format!("pragma application_id = {id}")).unwrap();
    };
    let first_schema = |connection: &mut Connection| retold_migrations::up(connection, 1).unwrap();
    let every_schema =
        |connection: &mut Connection| retold_migrations::up(connection, retold_migrations::latest()).unwrap();
    let steps: [&dyn Fn(&mut Connection); 3] = [&first_page, &first_schema, &every_schema];
    for reached in steps {
        let store = Store::new();
        reached(&mut Connection::open(store.path()).unwrap());
        store.open().append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
        assert_eq!(all_events(&store.open()).len(), 1);
    }
}

#[test]
fn a_new_store_can_give_room_back() {
    let store = Store::new();
    let log = store.open();
    let reader = log.reader().unwrap();
    let pragma =
        |name| reader.connection().pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    let incremental = 2;
    assert_eq!(pragma("auto_vacuum"), incremental);
    assert_eq!(pragma("page_size"), 4096);
}

#[test]
fn a_closed_store_is_one_file() {
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    let mut subscription = log.subscribe(retold_core::Position::ZERO);
    assert_eq!(subscription.next(std::time::Duration::MAX).unwrap().len(), 1);
    assert_eq!(all_events(&log).len(), 1);
    drop(log);
    drop(subscription);
    let names: Vec<_> = files(store.folder()).into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, [store.path()]);
}

#[cfg(unix)]
#[test]
fn a_store_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    let entries: Vec<_> = fs::read_dir(store.folder()).unwrap().map(Result::unwrap).collect();
    assert_eq!(entries.len(), 3, "the store, its WAL and the WAL's index");
    for entry in entries {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
}

#[test]
fn events_are_neither_changed_nor_deleted() {
    let store = Store::new();
    store.open().append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("one")])).unwrap();
    let connection = Connection::open(store.path()).unwrap();
    for (statement, words) in [
        ("update event set occurred_at = 0", "an event is never changed"),
        ("update event set body = x'80' where position = 1", "an event is never changed"),
        ("update event set body = null, salt = null where position = 1", "an event is never changed"),
        ("delete from event where position = 2", "an event is never deleted"),
        ("update dictionary set bytes = x'00'", "a dictionary is never changed"),
        ("delete from dictionary", "a dictionary that is in use is never deleted"),
    ] {
        let refused = connection.execute(statement, []).unwrap_err();
        assert_eq!(refused.to_string(), words, "{statement}");
    }
    assert_eq!(all_events(&store.open()).len(), 2);
}

/// Held to the bytes read, in a process of its own: a count, not a time.
#[test]
fn opening_reads_as_much_of_a_long_log_as_of_a_short_one() {
    let bytes_read = |events: u32| {
        let store = Store::new();
        let log = store.open();
        for thousand in 0..events.div_ceil(1_000) {
            let count = 1_000.min(events - thousand * 1_000);
            let events = (0..count)
                .map(|number| task(format!("{number} {}", retold_trial::chance::rng().random::<u128>())));
            log.append(Commit::to(name(&format!("s{thousand}")), Expected::Any, events)).unwrap();
        }
        drop(log);
        let length = fs::metadata(store.path()).unwrap().len();
        let output =
            Command::new(env!("CARGO_BIN_EXE_child")).arg("open").arg(store.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let read: u64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        (read, length)
    };
    retold_trial::needs!(Proc);
    let ((short, _), (long, length)) = (bytes_read(100), bytes_read(20_000));
    assert!(length > 2_000_000, "the long log is long: {length} bytes");
    // A B-tree of 20,000 rows is a level or two deeper than one of 100.
    assert!(long <= short + 64 * 1024, "{long} bytes against {short}");
}

#[test]
fn a_store_that_was_damaged_at_its_end_can_still_be_read() {
    let store = Store::new();
    store.open().append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("one")])).unwrap();
    store.attacker().execute("update event set occurred_at = 0 where position = 2", []).unwrap();
    assert!(matches!(store.try_open(), Err(Error::Damaged { .. })));
    let log = store.open_read_only();
    assert_eq!(all_events(&log).len(), 2);
    assert!(!log.verify(|_| true).unwrap().is_sound());
}
