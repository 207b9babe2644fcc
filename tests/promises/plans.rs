//! Every statement is prepared on a fresh store, and its plan is written down: a lost index shows in review.

use std::fmt::Write as _;
use std::path::Path;

use retold_core::Options;
use retold_projections::Store;

/// Folders whose statements run on a store as it is; those of the read models are written down beside them.
const FOLDERS: [&str; 5] = ["core/sql", "upkeep/sql", "importer/sql", "travel/sql", "cli/sql"];
/// Statements over the views that `retold sql` has.
const OVER_VIEWS: &str = "cli/sql/views";

#[test]
fn the_plans_of_all_statements_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("sessions.db"), Options::new().create(true)).unwrap();
    let connection = store.log().open_writer().unwrap();
    // What is saved of a damaged store is read from one that stands beside the new one.
    let damaged = folder.path().join("damaged.db");
    drop(Store::open(&damaged, Options::new().create(true)).unwrap());
    connection.execute("attach ?1 as damaged", [damaged.to_str().unwrap()]).unwrap();
    let over_views = store.sql().unwrap();
    let mut plans = String::new();
    for sql_folder in FOLDERS.into_iter().chain([OVER_VIEWS]) {
        let connection = if sql_folder == OVER_VIEWS { &*over_views } else { &connection };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(sql_folder);
        // Folders within hold statements for databases of their own.
        let files = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> =
            files.filter(|path| path.extension().is_some_and(|ending| ending == "sql")).collect();
        files.sort();
        for file in files {
            let sql = std::fs::read_to_string(&file).unwrap();
            writeln!(plans, "{sql_folder}/{}", file.file_name().unwrap().to_string_lossy()).unwrap();
            let mut statement = connection.prepare(&format!("explain query plan {sql}")).unwrap();
            let free = statement.parameter_count();
            let nulls = rusqlite::params_from_iter(std::iter::repeat_n(rusqlite::types::Null, free));
            let steps = statement.query_map(nulls, |row| row.get::<_, String>(3)).unwrap();
            for step in steps {
                writeln!(plans, "    {}", step.unwrap()).unwrap();
            }
        }
    }
    insta::assert_snapshot!(plans);
}
