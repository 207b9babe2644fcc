//! How SQLite means to answer each statement, so that a lost index shows.

use std::fmt::Write;

use crate::given;

const ORDERS: [&str; 3] = [
    "s.workspace, s.home, s.place, s.stream",
    "s.updated_instant desc, s.stream desc",
    "s.created_instant desc, s.stream desc",
];

#[test]
fn every_statement_has_the_plan_it_had() {
    let folder = given::folder();
    let store = given::store(&folder);
    let connection = store.log().open_writer().unwrap();
    // What a check of the read models makes beside the store, in tables of its connection.
    for model in ["workspaces", "sessions", "instances", "chat_messages", "output_chunks"] {
        let sql = format!("create temp table {model}_next as select * from {model}");
        connection.execute_batch(&sql).unwrap();
    }
    connection.execute_batch("create temp table checked (id integer primary key) strict").unwrap();
    let mut files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/sql"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
        .collect();
    files.sort();
    let mut plans = String::new();
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let sql = std::fs::read_to_string(&path).unwrap();
        let is_schema = sql.lines().any(|line| line.starts_with("create "));
        if is_schema {
            continue;
        }
        let orders: &[&str] = if sql.contains("/*order*/") { &ORDERS } else { &[""] };
        for order in orders {
            let sql = format!("explain query plan {}", sql.replace("/*order*/", order));
            let mut statement = connection.prepare(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
            writeln!(plans, "{name} {order}").unwrap();
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().unwrap() {
                writeln!(plans, "    {}", row.get::<_, String>(3).unwrap()).unwrap();
            }
        }
    }
    insta::assert_snapshot!(plans);
}
