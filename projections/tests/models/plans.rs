//! How SQLite means to answer each statement, so that a lost index shows.

use std::fmt::Write;

use crate::given;

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
    let mut plans = plans_of(&connection, "");
    let sidecars = store.sidecars();
    for name in ["search", "metrics"] {
        sidecars.add_built_in(name).unwrap();
        sidecars.catch_up(name, &|_| true).unwrap();
    }
    let search = sidecars.status_of("search", 0).unwrap().path.unwrap();
    let search = rusqlite::Connection::open(search).unwrap();
    search.execute_batch("attach ':memory:' as other").unwrap();
    plans.push_str(&plans_of(&search, "search"));
    plans.push_str(&plans_of(&search, "sidecar"));
    plans.push_str(&plans_of(&store.sql().unwrap(), "metrics"));
    insta::assert_snapshot!(plans);
}

fn plans_of(connection: &rusqlite::Connection, folder: &str) -> String {
    let mut files: Vec<_> = std::fs::read_dir(format!("{}/sql/{folder}", env!("CARGO_MANIFEST_DIR")))
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
        let mut statement = connection
            .prepare(&format!("explain query plan {sql}"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let between = if folder.is_empty() { "" } else { "/" };
        writeln!(plans, "{folder}{between}{name}").unwrap();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().unwrap() {
            writeln!(plans, "    {}", row.get::<_, String>(3).unwrap()).unwrap();
        }
    }
    plans
}
