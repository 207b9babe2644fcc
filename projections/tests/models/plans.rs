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
        let orders: &[&str] = if sql.contains("/*order*/") { &ORDERS } else { &[""] };
        for order in orders {
            let sql = format!("explain query plan {}", sql.replace("/*order*/", order));
            let mut statement = connection.prepare(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
            let between = if folder.is_empty() { "" } else { "/" };
            writeln!(plans, "{folder}{between}{name} {order}").unwrap();
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().unwrap() {
                writeln!(plans, "    {}", row.get::<_, String>(3).unwrap()).unwrap();
            }
        }
    }
    plans
}
