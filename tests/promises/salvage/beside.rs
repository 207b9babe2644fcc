//! What is beside the log, and damaged, costs nothing that is in it.

use retold_core::Log;
use retold_tests::pages::PAGE;
use retold_tests::{all_events, assert_sound};

use super::{program, root, text, with_everything};
use crate::{is_nightly, one_in};

/// The tables that say something beside the log, or of it.
const BESIDE: [&str; 12] = [
    "commit_key",
    "mark",
    "sidecar_skip",
    "sidecar_version",
    "import_record",
    "backup",
    "quarantine",
    "sidecar",
    "redaction",
    "pruned",
    "repack",
    "lineage",
];

/// A page in the place of a table beside the log has no rows of that table, and says nothing of events.
#[test]
fn nothing_in_the_place_of_a_table_beside_the_log_costs_an_event_or_the_recovery() {
    let store = with_everything();
    let bytes = std::fs::read(store.path()).unwrap();
    let events = root(&store.path(), "event") - 1;
    for (nth, table) in BESIDE.into_iter().enumerate() {
        let first = root(&store.path(), table) - 1;
        let step = if is_nightly() { 1 } else { 10 };
        let index = root(&store.path(), "sqlite_autoindex_event_1") - 1;
        let others = (1 + nth % step..bytes.len() / PAGE).step_by(step).chain([events, index]);
        for other in others.filter(|other| *other != first) {
            for is_copied in [false, true] {
                let mut bytes = bytes.clone();
                let there = bytes[first * PAGE..][..PAGE].to_vec();
                bytes.copy_within(other * PAGE..(other + 1) * PAGE, first * PAGE);
                if !is_copied {
                    bytes[other * PAGE..][..PAGE].copy_from_slice(&there);
                }
                let folder = tempfile::tempdir().unwrap();
                let [bad, new] = ["bad.db", "new.db"].map(|name| folder.path().join(name));
                std::fs::write(&bad, &bytes).unwrap();
                let id = Log::open(store.path()).unwrap().id();
                let what = format!("{table}: page {first} is page {other}, copied: {is_copied}");
                let recovered = retold_upkeep::recover(&bad, &new, &[id], |_| (), |_| true);
                let recovered =
                    recovered.unwrap_or_else(|error| panic!("{what}: {}", retold_tests::words(&error)));
                assert_eq!(recovered.saved, 9, "{what}: {recovered:?}");
                let log =
                    Log::open(&new).unwrap_or_else(|error| panic!("{what}: {}", retold_tests::words(&error)));
                assert_sound(&log);
            }
        }
    }
}

/// Its hash speaks for an event; for what is beside the log, only that the log bears it out.
#[test]
fn whatever_a_row_beside_the_log_says_costs_neither_an_event_nor_the_recovery() {
    use rusqlite::types::Value;
    let store = with_everything();
    let caught_up = program(&store.path(), &["projections", "catch-up"]);
    assert!(caught_up.status.success(), "{}", text(&caught_up));
    let archive = store.folder().join("archive.db").display().to_string();
    let pruned = program(&store.path(), &["store", "prune", "c1", "--before", "head", "--archive", &archive]);
    assert!(pruned.status.success(), "{}", text(&pruned));
    let log = Log::open(store.path()).unwrap();
    let redacted = all_events(&log)[1].position;
    retold_upkeep::redact(&log, &[redacted].into(), "leaked").unwrap();
    let id = log.id();
    let count = all_events(&log).len() as u64;
    assert_sound(&log);
    drop(log);
    let mut changed = 0;
    for table in BESIDE {
        let columns: Vec<(String, Value)> = {
            let connection = store.attacker();
            let mut statement = connection.prepare(&format!("select * from {table} limit 1")).unwrap();
            let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
            let values = |row: &rusqlite::Row<'_>| (0..names.len()).map(|at| row.get(at)).collect();
            let values: Vec<Value> = match statement.query_row([], values) {
                Ok(values) => values,
                Err(_no_row) if ["repack", "lineage"].contains(&table) => continue,
                Err(error) => panic!("{table}: {error}"),
            };
            names.into_iter().zip(values).collect()
        };
        for (column, value) in one_in(2, columns) {
            let others = match &value {
                Value::Integer(number) => [number + 1, number - 1, 0, -5, 1 << 40, i64::MAX, i64::MIN]
                    .into_iter()
                    .filter(|other| other != number)
                    .map(Value::Integer)
                    .collect(),
                Value::Real(_) => vec![Value::Real(-1e300)],
                Value::Text(_) => vec![Value::Text(String::new()), Value::Text("a\u{0}b".to_owned())],
                Value::Blob(bytes) => vec![Value::Blob(vec![7; bytes.len()])],
                Value::Null => continue,
            };
            for other in others {
                let folder = tempfile::tempdir().unwrap();
                let [bad, new] = ["bad.db", "new.db"].map(|name| folder.path().join(name));
                std::fs::copy(store.path(), &bad).unwrap();
                let connection = rusqlite::Connection::open(&bad).unwrap();
                connection.execute_batch("pragma ignore_check_constraints = on").unwrap();
                let sql = format!("update {table} set {column} = ?1 where {column} is ?2");
                let what = format!("{table}.{column}: {value:?} is {other:?}");
                // Two rows of one key are none that a page has.
                let Ok(1..) = connection.execute(&sql, (&other, &value)) else { continue };
                drop(connection);
                let recovered = retold_upkeep::recover(&bad, &new, &[id], |_| (), |_| true);
                let recovered =
                    recovered.unwrap_or_else(|error| panic!("{what}: {}", retold_tests::words(&error)));
                assert_sound(&Log::open(&new).unwrap());
                changed += 1;
                // An event without its body is what the hash of the body says that stands here.
                let is_of_event = ["redaction", "pruned"].contains(&table) && column != "by_position";
                assert!(is_of_event || recovered.saved == count, "{what}: {recovered:?} of {count}");
                let verified = program(&new, &["verify", "--full"]);
                assert!(verified.status.success(), "{what}: {}", text(&verified));
            }
        }
    }
    assert!(changed > 80, "{changed}");
}
