use rusqlite::Connection;

use super::{cause, table};

#[test]
fn every_error_of_a_migration_is_caused() {
    let store = retold_tests::Store::new();
    let mut connection = Connection::open_in_memory().unwrap();
    retold_migrations::up(&mut connection, retold_migrations::latest()).unwrap();
    let unknown = retold_migrations::up(&mut connection, 999).unwrap_err();
    connection.pragma_update(None, "user_version", 999).unwrap();
    let newer = retold_migrations::up(&mut connection, 1).unwrap_err();
    drop(store.open());
    let mut filled = Connection::open(store.path()).unwrap();
    filled.execute_batch("insert into quarantine default values").unwrap_err();
    store
        .open()
        .append(retold_core::Commit::to(
            retold_tests::name("a1"),
            retold_core::Expected::Any,
            [retold_tests::created("a1")],
        ))
        .unwrap();
    let loses = retold_migrations::down(&mut filled, 0).unwrap_err();
    let mut closed = Connection::open_in_memory().unwrap();
    closed.pragma_update(None, "query_only", true).unwrap();
    let sqlite = retold_migrations::up(&mut closed, 1).unwrap_err();
    let causes =
        [cause("Sqlite", sqlite), cause("Newer", newer), cause("Unknown", unknown), cause("Loses", loses)];
    let source = include_str!("../../../migrations/src/run.rs");
    insta::with_settings!({ filters => [(r"(knows|is), \d+|newest is \d+", "$1 [n]"), (r"schema \d+ \(\w+\)", "schema [n]")] }, {
        insta::assert_snapshot!(table(source, &causes, &[]))
    });
}
