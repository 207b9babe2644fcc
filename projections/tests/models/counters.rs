//! Sessions are counted in the transaction that changes them, whoever does so.

use retold_core::event::SessionDeleted;
use retold_core::{Commit, Expected, Options};
use retold_projections::{SessionFilter, Store};

use crate::given;
use crate::rows::Rows;

fn filled(folder: &tempfile::TempDir) -> Store {
    let store = given::store(folder);
    for number in 0..12 {
        let name = given::record(&format!("w{}", number % 3), &format!("s{number}"));
        given::append(store.log(), &name, [given::created(&name.session_id)]);
    }
    store
}

/// What a list and its count say of each filter.
fn agrees(store: &Store) {
    for workspace in [None, Some("w0"), Some("w1"), Some("nowhere")] {
        for status in [None, Some("running"), Some("completed")] {
            let mut filter = SessionFilter::new();
            (filter.workspace, filter.status) = (workspace.map(str::to_owned), status.map(str::to_owned));
            let listed = store.sessions(&filter).unwrap().len() as u64;
            assert_eq!(store.count_sessions(&filter).unwrap().total, listed, "{filter:?}");
        }
    }
}

fn counters(store: &Store) -> Vec<String> {
    let sql = "select name from sqlite_schema where type = 'table' and name glob 'session_counts_*'";
    let reader = store.log().reader().unwrap();
    let mut statement = reader.connection().prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Takes away what an older release did not make.
const AS_BEFORE: &str = "drop index sessions_by_duration_1; drop index sessions_by_duration_in_workspace_1;
    drop index sessions_by_files_changed_1; drop index sessions_by_files_changed_in_workspace_1;
    drop index sessions_by_created_in_workspace_1; drop index sessions_by_updated_in_workspace_1; drop index sessions_tagged_1;
    drop trigger session_counts_insert_1; drop trigger session_counts_delete_1; drop trigger session_counts_update_1;
    drop table session_counts_1; alter table sessions drop column tags;";

#[test]
fn a_store_of_an_older_release_is_counted_from_its_rows_until_it_is_opened_for_writing() {
    let folder = given::folder();
    let store = filled(&folder);
    store.log().open_writer().unwrap().execute_batch(AS_BEFORE).unwrap();
    drop(store);
    let path = folder.path().join("sessions.db");
    let read = Store::open(&path, Options::new().read_only(true)).unwrap();
    agrees(&read);
    assert!(counters(&read).is_empty(), "reading wrote");
    assert_eq!(read.check(None, |_| true).unwrap().unwrap().different, 0);
    let written = given::store(&folder);
    assert_eq!(counters(&written), ["session_counts_1"]);
    agrees(&written);
    agrees(&read);
    Rows::of(&written);
    assert_eq!(written.check(None, |_| true).unwrap().unwrap().different, 0);
}

#[test]
fn a_release_that_knows_no_counters_keeps_them_all_the_same() {
    let folder = given::folder();
    let store = filled(&folder);
    agrees(&store);
    // What such a release does to the rows.
    let connection = store.log().open_writer().unwrap();
    for sql in [
        "update sessions set status = 'completed' where stream in (select stream from sessions limit 5)",
        "delete from sessions where stream in (select max(stream) from sessions)",
        "insert into sessions (stream, workspace, id, ordinal, home, place, type, task, status, created_at,
            updated_at, completed_at, created_instant, updated_instant, completed_instant, model, timeout_seconds,
            preserve_worktrees, winner_id, runtime_mix, total_duration, total_files_changed, total_lines_added,
            total_lines_deleted, extra, instance_count, message_count, latest_instance_status, position, revision, tags)
        select stream + 100, workspace, id, ordinal, home, place, 'debate', task, 'lost', created_at,
            updated_at, completed_at, created_instant, updated_instant, completed_instant, model, timeout_seconds,
            preserve_worktrees, winner_id, runtime_mix, total_duration, total_files_changed, total_lines_added,
            total_lines_deleted, extra, instance_count, message_count, latest_instance_status, position, revision, tags
        from sessions limit 1",
        "update sessions set workspace = 1, status = 'lost', type = 'debate' where status = 'running'",
        "update sessions set status = status, message_count = 7",
        "delete from sessions where workspace = 1",
    ] {
        connection.execute_batch(sql).unwrap();
        Rows::of(&store);
        agrees(&store);
    }
}

#[test]
fn sessions_that_an_older_release_has_built_again_are_counted_from_their_rows() {
    let folder = given::folder();
    let store = filled(&folder);
    agrees(&store);
    // It fills tables without triggers, and puts them in the others' place.
    let connection = store.log().open_writer().unwrap();
    connection
        .execute_batch(
            "begin immediate;
            drop trigger session_counts_insert_1; drop trigger session_counts_delete_1; drop trigger session_counts_update_1;
            update projection set generation = 2 where building = 0;
            commit;",
        )
        .unwrap();
    agrees(&store);
    connection.execute_batch("delete from sessions where id = 's3'").unwrap();
    agrees(&store);
    let again = given::store(&folder);
    agrees(&again);
    Rows::of(&again);
    // Those of the generation before go with the next rebuild.
    again.rebuild(|_| true).unwrap();
    assert_eq!(counters(&again), ["session_counts_3"]);
    agrees(&again);
    agrees(&store);
}

#[test]
fn a_rebuild_that_is_begun_again_counts_again() {
    let folder = given::folder();
    let store = filled(&folder);
    // One that came as far as its counters, and stands for another history.
    store
        .log()
        .open_writer()
        .unwrap()
        .execute_batch("create table session_counts_2 (workspace, status, type, count)")
        .unwrap();
    store.rebuild(|_| true).unwrap();
    assert_eq!(counters(&store), ["session_counts_2"]);
    Rows::of(&store);
    agrees(&store);
}

#[test]
fn a_deleted_session_is_not_counted() {
    let folder = given::folder();
    let store = filled(&folder);
    given::append(store.log(), &given::record("w1", "s1"), [SessionDeleted {}.into()]);
    assert_eq!(store.count_sessions(&SessionFilter::new()).unwrap().total, 11);
    let restored = retold_core::event::SessionRestored {};
    store.log().append(Commit::to(given::record("w1", "s1"), Expected::Any, [restored])).unwrap();
    assert_eq!(store.count_sessions(&SessionFilter::new()).unwrap().total, 12);
}
