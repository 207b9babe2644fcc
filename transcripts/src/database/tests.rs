use super::copy::beside;
use super::*;

fn records(rows: &Rows, table: &str) -> Vec<String> {
    let mut found = Vec::new();
    rows.table(table, "id", 0, &mut |span| {
        if let Span::Record(record) = span {
            found.push(String::from_utf8(record.json().to_vec()).unwrap());
        }
        Ok(())
    })
    .unwrap();
    found
}

#[test]
fn a_row_is_a_record_with_its_columns_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let tool = Connection::open(&path).unwrap();
    tool.execute_batch(
        "create table t (id integer primary key, z text, b blob, r real, a text);
         insert into t values (1, 'x\"y', x'00ff', 0.5, null), (2, cast(x'ff41' as text), 'no blob', 9e999, char(10))",
    )
    .unwrap();
    let rows = Rows::open(&path).unwrap();
    assert_eq!(
        records(&rows, "t"),
        [
            r#"{"table":"t","row":{"a":null,"b":{"hex":"00ff"},"id":1,"r":0.5,"z":"x\"y"}}"#,
            r#"{"table":"t","row":{"a":"\n","b":"no blob","id":2,"r":null,"z":{"hex":"ff41"}}}"#
        ]
    );
    assert!(records(&rows, "nothing").is_empty());
}

#[test]
fn rows_that_are_only_in_the_write_ahead_log_are_read_and_the_tools_files_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let tool = Connection::open(&path).unwrap();
    tool.execute_batch(
        "pragma journal_mode = wal; create table t (id integer primary key); pragma wal_checkpoint(truncate);
         insert into t values (1)",
    )
    .unwrap();
    let bytes = |end| std::fs::read(beside(&path, end)).unwrap();
    let before = (bytes(""), bytes("-wal"));
    assert_eq!(records(&Rows::open(&path).unwrap(), "t").len(), 1);
    assert_eq!(before, (bytes(""), bytes("-wal")));
    // A transaction that is open is not yet there, whatever was written of it.
    tool.execute_batch("pragma cache_size = 1; begin immediate").unwrap();
    for id in 2..2000 {
        tool.execute("insert into t values (?1)", [id]).unwrap();
    }
    assert_eq!(records(&Rows::open(&path).unwrap(), "t").len(), 1);
}

#[test]
fn a_database_whose_writer_holds_it_and_has_written_into_it_is_read_as_it_was_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let tool = Connection::open(&path).unwrap();
    tool.execute_batch(
        "pragma cache_size = 1; create table t (id integer primary key, x); insert into t values (1, 1)",
    )
    .unwrap();
    tool.execute_batch("pragma locking_mode = exclusive; begin exclusive").unwrap();
    for id in 2..3000 {
        tool.execute("insert into t values (?1, zeroblob(100))", [id]).unwrap();
    }
    assert_eq!(records(&Rows::open(&path).unwrap(), "t").len(), 1);
}

#[test]
fn each_copy_of_a_database_that_is_being_written_is_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    for mode in ["wal", "delete"] {
        let path = folder.path().join(mode);
        let tool = Connection::open(&path).unwrap();
        tool.execute_batch(&format!(
            "pragma journal_mode = {mode}; pragma wal_autocheckpoint = 5; pragma synchronous = off;
             create table t (id integer primary key); create table u (id integer primary key)"
        ))
        .unwrap();
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let stop = &stop;
            scope.spawn(move || {
                let mut id = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    id += 1;
                    let sql =
                        format!("begin; insert into t values ({id}); insert into u values ({id}); commit");
                    tool.execute_batch(&sql).unwrap();
                    std::thread::yield_now();
                }
            });
            for _ in 0..20 {
                match Rows::open(&path) {
                    Ok(rows) => assert_eq!(records(&rows, "t").len(), records(&rows, "u").len(), "{mode}"),
                    Err(error) => assert_eq!(error.kind(), io::ErrorKind::ResourceBusy, "{mode}: {error}"),
                }
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }
}

#[test]
fn what_is_no_database_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    std::fs::write(&path, "not a database at all, but long enough to be taken for one".repeat(20)).unwrap();
    for path in [path, folder.path().to_owned(), folder.path().join("nothing")] {
        let error = Rows::open(&path).unwrap_err();
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    }
}

#[test]
fn a_view_is_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "create view t as with recursive n(id) as (select 1 union all select id + 1 from n) select id from n",
        )
        .unwrap();
    assert!(records(&Rows::open(&path).unwrap(), "t").is_empty());
}
