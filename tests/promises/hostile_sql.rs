//! SQL of somebody else reads, or writes what is its own, wherever it comes in: the same statements through every entry.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use retold::SessionHistory;
use retold_core::Position;
use retold_projections::Declaration;
use retold_tests::place::{Place, list, session};
use retold_travel::{SessionQuery, bisect_models};

/// None of them is a question; `out.db` and `out.txt` are files that are not there.
const HOSTILE: &[&str] = &[
    "attach 'out.db' as other",
    "detach main",
    "vacuum",
    "vacuum into 'out.db'",
    "pragma query_only = 0",
    "pragma writable_schema = 1",
    "pragma journal_mode = delete",
    "pragma user_version = 77",
    "pragma wal_checkpoint(truncate)",
    "pragma temp_store_directory = '.'",
    "select load_extension('out')",
    "select writefile('out.txt', 'x')",
    "select readfile('s.db')",
    "select edit('x', 'touch out.txt')",
    "select fts3_tokenizer('simple')",
    "select name from fsdir('.')",
    "create temp table t (a)",
    "create table main.sqlite_t (a)",
    "create trigger tr after insert on event begin delete from event; end",
    "create virtual table v using fts5(a)",
    "insert into event select * from event",
    "update event set hash = x'00'",
    "delete from event",
    "delete from main.event where position = 1 returning position",
    "replace into sqlite_schema values ('table', 'x', 'x', 1, 'create table x (a)')",
    "drop table event",
    "alter table event rename to gone",
    "analyze",
    "begin immediate",
    "commit",
    "savepoint s",
    "explain delete from event",
];

/// The statement, where an expression is expected: inside of it, and after its end.
fn as_expressions(statement: &str) -> [String; 3] {
    [
        format!("({statement})"),
        format!("1); {statement}; --"),
        format!("1 then 1 else 0 end); {statement}; --"),
    ]
}

/// A way in: what it is called, and whether it refuses a statement.
type Entry<'a> = (&'static str, Box<dyn Fn(&str) -> bool + 'a>);

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    // What SQLite keeps beside a store comes and goes.
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect()
}

fn declared(schema: &str, at_event: &str) -> bool {
    let text = format!(
        "-- projection: own\n-- version: 1\ncreate table own (a);\n{schema}\n\
         -- on: *\ninsert into own values (:position);\n{at_event}"
    );
    Declaration::read(&text).and_then(|declaration| declaration.check()).is_err()
}

#[test]
fn the_same_hostile_statements_are_refused_wherever_sql_comes_in() {
    let place = Place::new(env!("CARGO_BIN_EXE_program"));
    place.put("w.json", list(&[session("a", 1, &["one"]), session("b", 2, &["two"])]));
    place.exits(&["import", "d"], 0);
    let history = SessionHistory::open(place.log().path()).unwrap();
    let log = place.log();
    let head = log.reader().unwrap().head().unwrap();
    let refuses = |connection: &rusqlite::Connection, statement: &str| {
        let asked = connection.prepare(statement).and_then(|mut asked| {
            let mut rows = asked.raw_query();
            while rows.next()?.is_some() {}
            Ok(())
        });
        asked.is_err() && connection.execute_batch(statement).is_err()
    };
    let fails = |args: &[&str]| !place.run(args).status.success();
    let is_set = || Arc::new(AtomicBool::new(false));
    let entries: Vec<Entry<'_>> = vec![
        ("sql", Box::new(|statement| refuses(&history.sql(statement).unwrap(), statement))),
        (
            "sql_at",
            Box::new(|statement| refuses(&history.sql_at(statement, head.position).unwrap(), statement)),
        ),
        ("retold sql", Box::new(|statement| fails(&["sql", statement]))),
        ("retold sql --at", Box::new(|statement| fails(&["sql", statement, "--at", "1"]))),
        (
            "retold export --query",
            Box::new(|statement| fails(&["export", "--format", "csv", "--query", statement])),
        ),
        (
            "retold redact --where",
            Box::new(|statement| {
                as_expressions(statement)
                    .iter()
                    .all(|condition| fails(&["redact", "--where", condition, "--dry-run"]))
            }),
        ),
        (
            "an expression over a session",
            Box::new(|statement| {
                as_expressions(statement)
                    .iter()
                    .all(|expression| SessionQuery::new(&log, expression, is_set()).is_err())
            }),
        ),
        (
            "a bisection over the read models",
            Box::new(|statement| {
                let bisect = |predicate: &String| {
                    bisect_models(&log, predicate, Position::ZERO, head.position, is_set(), |_| true)
                };
                as_expressions(statement).iter().all(|predicate| bisect(predicate).is_err())
            }),
        ),
        ("the schema of a projection", Box::new(|statement| declared(&format!("{statement};"), ""))),
        (
            "a projection at an event",
            Box::new(|statement| {
                let inside = format!("insert into own values (({statement}));");
                declared("", &format!("{statement};")) && declared("", &inside)
            }),
        ),
    ];
    // The entries are those of SQL that does what it may.
    assert!(!declared("", "delete from own where a < :position;"));
    assert!(place.run(&["sql", "select 1"]).status.success());
    assert!(place.run(&["export", "--format", "csv", "--query", "select 1"]).status.success());
    assert!(SessionQuery::new(&log, "status = 'done'", is_set()).is_ok());
    let before = names(place.dir().parent().unwrap());
    let mut let_through = Vec::new();
    for statement in HOSTILE {
        let entries = entries.iter().filter(|(_, refuses)| !refuses(statement));
        let_through.extend(entries.map(|(entry, _)| format!("{entry}: {statement}")));
    }
    assert!(let_through.is_empty(), "{}", let_through.join("\n"));
    assert_eq!(names(place.dir().parent().unwrap()), before, "nothing was written beside the store");
    assert_eq!(log.reader().unwrap().head().unwrap(), head);
    assert!(log.verify(|_| true).unwrap().is_sound());
}
