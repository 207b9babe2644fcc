//! How SQLite means to answer each statement, so that a lost index shows.

use std::fmt::Write;

use crate::given;

/// Each order of a list, and each condition that begins a page of it.
const LISTS: [(&str, &str); 12] = [
    ("s.workspace, s.home, s.place, s.stream", "true"),
    (
        "s.workspace, s.home, s.place, s.stream",
        "(s.workspace, s.home, s.place, s.stream) > (:after_workspace, :after_home, :after_place, :after_stream)",
    ),
    ("s.updated_instant desc, s.stream desc", "true"),
    (
        "s.updated_instant desc, s.stream desc",
        "s.updated_instant is not null and (s.updated_instant, s.stream) < (:after_key, :after_stream)",
    ),
    ("s.updated_instant desc, s.stream desc", "s.updated_instant is null and s.stream < :after_stream"),
    ("s.created_instant desc, s.stream desc", "true"),
    (
        "s.created_instant desc, s.stream desc",
        "s.created_instant is not null and (s.created_instant, s.stream) < (:after_key, :after_stream)",
    ),
    ("s.created_instant desc, s.stream desc", "s.created_instant is null and s.stream < :after_stream"),
    ("s.total_duration desc, s.stream desc", "true"),
    (
        "s.total_duration desc, s.stream desc",
        "s.total_duration is not null and (s.total_duration, s.stream) < (:after_key, :after_stream)",
    ),
    ("s.total_files_changed desc, s.stream desc", "true"),
    (
        "s.total_files_changed desc, s.stream desc",
        "s.total_files_changed is not null and (s.total_files_changed, s.stream) < (:after_key, :after_stream)",
    ),
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
    let mut plans = plans_of(&connection, "");
    let sidecars = store.sidecars();
    for name in ["search", "metrics"] {
        sidecars.add_built_in(name).unwrap();
        sidecars.catch_up(name, &mut |_| true).unwrap();
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
        let sql = sql
            .replace("/*columns*/", include_str!("../../sql/parts/session_columns.sql"))
            .replace("/*records*/", "s.place, s.home")
            .replace("/*filter*/", include_str!("../../sql/parts/session_filter.sql"));
        let lists: &[(&str, &str)] = if sql.contains("/*order*/") { &LISTS } else { &[("", "")] };
        for (order, page) in lists {
            let sql = sql.replace("/*order*/", order).replace("/*page*/", page);
            let sql = format!("explain query plan {sql}");
            let mut statement = connection.prepare(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
            let between = if folder.is_empty() { "" } else { "/" };
            writeln!(plans, "{}", format!("{folder}{between}{name} {order} {page}").trim_end()).unwrap();
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().unwrap() {
                writeln!(plans, "    {}", row.get::<_, String>(3).unwrap()).unwrap();
            }
        }
    }
    plans
}
