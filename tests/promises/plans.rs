//! Every statement is prepared on a fresh store, and its plan is written down: a lost index shows in review.

use std::fmt::Write as _;
use std::path::Path;

use retold_core::Options;
use retold_projections::Store;

/// Folders whose statements run on a store as it is; those of the read models are written down beside them.
const FOLDERS: [&str; 3] = ["core/sql", "importer/sql", "cli/sql"];

#[test]
fn the_plans_of_all_statements_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("sessions.db"), Options::new().create(true)).unwrap();
    let connection = store.log().open_writer().unwrap();
    // A recovery copies from a damaged store that is attached: here, a sound one.
    let path = folder.path().join("sessions.db");
    connection.execute("attach ?1 as damaged", [path.to_str().unwrap()]).unwrap();
    let mut plans = String::new();
    for sql_folder in FOLDERS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(sql_folder);
        let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
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
