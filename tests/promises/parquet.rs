//! What stands in a Parquet file is what `retold sql` answers, read by somebody else's program.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use retold_trial::needs;

/// Writes every row as a JSON array: numbers and texts as they are, instants as microseconds, bytes in hexadecimal,
/// reals in the shortest form that is read back as the same.
const READ: &str = "
import duckdb, json, sys, datetime
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, datetime.datetime):
        return (value - epoch) // datetime.timedelta(microseconds=1)
    return value
duckdb.sql(\"set timezone = 'UTC'\")
found = duckdb.sql('select * from read_parquet(\\'' + sys.argv[1] + '\\', hive_partitioning = false)')
print(json.dumps(found.columns))
print(json.dumps([str(kind) for kind in found.types]))
for row in found.fetchall():
    print(json.dumps([plain(value) for value in row]))
";

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn retold(folder: &Path, args: &[&str]) -> String {
    let (out, err) = (Written::default(), Written::default());
    let mut io = retold_cli::Io::of_process(Arc::default());
    (io.out, io.err) = (Box::new(out.clone()), Box::new(err.clone()));
    (io.out_is_terminal, io.err_is_terminal) = (false, false);
    let store = folder.join("sessions.db").into_os_string();
    let args = ["retold".into(), "--store".into(), store].into_iter().chain(args.iter().map(Into::into));
    let exit = retold_cli::run(args, &mut io);
    let text = |written: Written| String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert_eq!(exit, ExitCode::SUCCESS, "{}", text(err));
    text(out)
}

/// A file's columns, their types in DuckDB, and its rows.
fn read(python: &Path, file: &str) -> (Vec<String>, Vec<String>, Vec<Vec<Value>>) {
    let output = Command::new(python).args(["-c", READ, file]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    let mut next = || serde_json::from_str(lines.next().unwrap()).unwrap();
    let (columns, types) = (next(), next());
    (columns, types, lines.map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The rows of `retold sql`, in its own words.
fn answered(folder: &Path, query: &str) -> (Vec<String>, Vec<Vec<Value>>) {
    let text = retold(folder, &["sql", query, "-o", "json"]);
    let answer: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    let rows: Vec<Vec<Value>> = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_object().unwrap().values().cloned().collect())
        .collect();
    // serde_json sorts keys: so does whoever compares.
    let columns = answer["rows"][0].as_object().unwrap().keys().cloned().collect();
    (columns, rows)
}

const VALUES: &str = "with n(i) as (values (1), (2), (3), (4)) select i as number, \
    nullif(i * 0.1, 0.2) as tenth, 'é' || char(10) || i as words, \
    case when i > 1 then unhex('00ff') end as bytes, i * 1763082123123456 as some_instant, \
    case i when 2 then -9223372036854775807 end as edge, null as none, '[' || i || ']' as body from n";

#[test]
fn every_value_is_what_sql_answers() {
    retold_trial::needs!(Python);
    let python = needs::python().unwrap();
    let folder = tempfile::tempdir().unwrap();
    retold(
        folder.path(),
        &["import", concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ait42"), "-o", "json"],
    );
    let questions = [
        ("select * from events order by position", vec!["--events"]),
        ("select * from sessions", vec!["--table", "sessions"]),
        ("select * from instances", vec!["--table", "instances"]),
        ("select * from chat_messages", vec!["--table", "chat_messages"]),
        ("select * from event", vec!["--table", "event"]),
        (VALUES, vec!["--query", VALUES]),
    ];
    for (number, (query, what)) in questions.into_iter().enumerate() {
        let file = folder.path().join(format!("{number}.parquet")).to_str().unwrap().to_owned();
        retold(folder.path(), &[&["export", "--format", "parquet", &file], &what[..]].concat());
        let (columns, _, rows) = read(python, &file);
        let (sorted, expected) = answered(folder.path(), query);
        let order: Vec<usize> =
            sorted.iter().map(|name| columns.iter().position(|column| column == name).unwrap()).collect();
        assert_eq!(columns.len(), sorted.len(), "{query}");
        assert_eq!(rows.len(), expected.len(), "{query}");
        for (row, expected) in rows.iter().zip(&expected) {
            let row: Vec<&Value> = order.iter().map(|at| &row[*at]).collect();
            assert_eq!(row, expected.iter().collect::<Vec<_>>(), "{query}");
        }
    }
}

#[test]
fn columns_have_the_types_of_their_values() {
    retold_trial::needs!(Python);
    let python = needs::python().unwrap();
    let folder = tempfile::tempdir().unwrap();
    retold(
        folder.path(),
        &["import", concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ait42"), "-o", "json"],
    );
    let file = folder.path().join("values.parquet").to_str().unwrap().to_owned();
    retold(folder.path(), &["export", "--format", "parquet", "--query", VALUES, &file]);
    let (columns, types, _) = read(python, &file);
    let typed: Vec<String> = columns.iter().zip(types).map(|(name, kind)| format!("{name} {kind}")).collect();
    assert_eq!(
        typed,
        [
            "number BIGINT",
            "tenth DOUBLE",
            "words VARCHAR",
            "bytes BLOB",
            "some_instant TIMESTAMP WITH TIME ZONE",
            "edge BIGINT",
            "none VARCHAR",
            "body JSON"
        ]
    );
    // Months hold the same rows as one file.
    let months = folder.path().join("months").to_str().unwrap().to_owned();
    retold(folder.path(), &["export", "--format", "parquet", "--events", "--partition-by", "month", &months]);
    let (_, _, mut rows) = read(python, &format!("{months}/*/*.parquet"));
    rows.sort_by_key(|row| row[0].as_u64());
    let whole = folder.path().join("whole.parquet").to_str().unwrap().to_owned();
    retold(folder.path(), &["export", "--format", "parquet", "--events", &whole]);
    assert_eq!(rows, read(python, &whole).2);
}
