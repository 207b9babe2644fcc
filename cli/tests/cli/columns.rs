//! What the documentation promises of tables and columns is there.

use std::collections::BTreeSet;

use crate::support::Place;

fn docs() -> Vec<(String, String)> {
    let folder = format!("{}/../docs", env!("CARGO_MANIFEST_DIR"));
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    all.sort();
    all
}

/// The names between backticks that could be those of tables and columns.
fn names(cell: &str) -> Vec<&str> {
    let is_name =
        |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    cell.split('`').skip(1).step_by(2).filter(is_name).collect()
}

/// The columns of a table, as `retold sql` has them; none where there is no such table.
fn columns(place: &Place, table: &str) -> BTreeSet<String> {
    let answer = place.piped(&["sql", &format!("select * from {table} limit 0"), "-o", "csv", "-q"]);
    let line = answer.out.lines().next().unwrap_or_default();
    line.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_column_that_the_documentation_names_is_there() {
    let place = Place::with_sample();
    place.piped(&["projections", "add", "metrics", "-q"]).exited_with(0);
    let (mut rows, mut wanted) = (0, 0);
    for (file, text) in docs() {
        let (mut header, mut heading) = (Vec::new(), "");
        for line in text.lines() {
            let Some(row) = line.strip_prefix('|') else {
                header.clear();
                heading = if line.starts_with('#') { line } else { heading };
                continue;
            };
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            if header.is_empty() {
                header = cells.iter().map(|cell| (*cell).to_owned()).collect();
                continue;
            }
            // A table of columns stands under the name of its table; one of names has the tables in front.
            let rest = cells[1..].join(" ");
            let (tables, columns_named): (Vec<&str>, Vec<&str>) = match header[0].as_str() {
                "column" => (names(heading), names(cells[0])),
                "name" => (names(cells[0]), names(&rest)),
                _ => continue,
            };
            if tables.is_empty() {
                continue;
            }
            rows += 1;
            let there: BTreeSet<String> = tables
                .iter()
                .flat_map(|table| {
                    let there = columns(&place, table);
                    assert!(!there.is_empty(), "{file}: there is no table {table}");
                    there
                })
                .collect();
            for column in columns_named.iter().filter(|name| !is_command(name)) {
                wanted += 1;
                assert!(there.contains(*column), "{file}: {tables:?} have no column {column}: {line}");
                // Each is prepared as a person would ask for it.
                let table = tables.iter().find(|table| columns(&place, table).contains(*column)).unwrap();
                place.piped(&["sql", &format!("select {column} from {table} limit 1"), "-q"]).exited_with(0);
            }
        }
    }
    assert!(rows > 60 && wanted > 80, "{rows} rows, {wanted} columns: the tables are written in another way");
}

/// The word of a command between backticks is no column.
fn is_command(name: &&&str) -> bool {
    ["metrics", "application", "import", "select", "null"].contains(*name)
}
