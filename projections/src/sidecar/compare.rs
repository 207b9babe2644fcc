//! What two files of a projection do not share: the tables of `main` and of `other`, row by row.

use std::cmp::Ordering;

use rusqlite::Connection;

use super::diff::{Difference, Side};

/// What a comparison came to.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// Tables that both sides have.
    pub(super) tables: usize,
    pub(super) differences: Vec<Difference>,
    /// Rows that differ and are no fault.
    pub(super) explained: u64,
    /// Whether somebody stopped it.
    pub(super) is_interrupted: bool,
}

/// Says whether a row may differ, because nobody could make it again.
pub(super) type Explain<'a> = &'a mut dyn FnMut(&Difference) -> rusqlite::Result<bool>;

/// Compares the tables that have the same columns on both sides, and the words of what is searched by them: `limit`
/// differences at the most, those that `explain` takes for no fault counted beside. Between two tables `go_on` is asked.
pub(super) fn compare(
    connection: &Connection,
    limit: u32,
    explain: Explain<'_>,
    go_on: &mut dyn FnMut() -> bool,
) -> rusqlite::Result<Compared> {
    let mut compared = Compared::default();
    let tables = common_tables(connection)?;
    let indexes = names(connection, include_str!("../../sql/sidecar/indexes_of_words.sql"))?;
    compared.tables = tables.len() + indexes.len();
    let mut found = Found { limit: limit as usize, compared: &mut compared, explain };
    for table in tables {
        if !go_on() {
            return Ok(Compared { is_interrupted: true, ..compared });
        }
        table.differences(connection, &mut found)?;
    }
    for index in indexes {
        if !go_on() {
            return Ok(Compared { is_interrupted: true, ..compared });
        }
        words_that_differ(connection, &index, &mut found)?;
    }
    Ok(compared)
}

/// Takes what differs.
struct Found<'a> {
    limit: usize,
    compared: &'a mut Compared,
    explain: Explain<'a>,
}

impl Found<'_> {
    fn is_full(&self) -> bool {
        self.compared.differences.len() >= self.limit
    }

    fn add(&mut self, difference: Difference) -> rusqlite::Result<()> {
        match (self.explain)(&difference)? {
            true => self.compared.explained += 1,
            false => self.compared.differences.push(difference),
        }
        Ok(())
    }
}

/// A table that both sides have.
struct Table {
    name: String,
    columns: Vec<String>,
    /// The columns that a row is known by; none where rows may be there twice.
    key: Vec<String>,
}

fn names(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn common_tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut tables = Vec::new();
    for name in names(connection, include_str!("../../sql/sidecar/tables.sql"))? {
        let columns = columns(connection, "main", &name)?;
        if columns != self::columns(connection, "other", &name)? {
            continue;
        }
        let mut key: Vec<&(String, i64)> = columns.iter().filter(|(_, place)| *place > 0).collect();
        key.sort_by_key(|(_, place)| *place);
        let key: Vec<String> = key.into_iter().map(|(name, _)| name.clone()).collect();
        let columns: Vec<String> = columns.into_iter().map(|(name, _)| name).collect();
        tables.push(Table { name, columns, key });
    }
    Ok(tables)
}

/// Returns a table's columns with their places in its key, 0 for none.
fn columns(connection: &Connection, schema: &str, table: &str) -> rusqlite::Result<Vec<(String, i64)>> {
    connection
        .prepare_cached(include_str!("../../sql/sidecar/columns.sql"))?
        .query_map([table, schema], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

impl Table {
    fn differences(&self, connection: &Connection, found: &mut Found<'_>) -> rusqlite::Result<()> {
        let queries = if self.key.is_empty() { self.by_count() } else { self.by_key() };
        for (side, sql) in queries {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while !found.is_full() {
                let Some(row) = rows.next()? else { break };
                let (table, key) = (self.name.clone(), row.get(0)?);
                found.add(Difference { table, side, key, left: row.get(1)?, right: row.get(2)? })?;
            }
        }
        Ok(())
    }

    fn by_key(&self) -> Vec<(Side, String)> {
        let table = quoted(&self.name);
        let rest: Vec<&String> = self.columns.iter().filter(|column| !self.key.contains(column)).collect();
        let same = |columns: &mut dyn Iterator<Item = &String>| {
            let equal: Vec<String> = columns.map(|c| format!("l.{0} is r.{0}", quoted(c))).collect();
            if equal.is_empty() { "true".to_owned() } else { equal.join(" and ") }
        };
        let on = same(&mut self.key.iter());
        let alike = same(&mut rest.iter().copied());
        let (left_key, left) = (object("l", self.key.iter()), object("l", rest.iter().copied()));
        let (right_key, right) = (object("r", self.key.iter()), object("r", rest.iter().copied()));
        let (left_order, right_order) = (listed("l.", &self.key), listed("r.", &self.key));
        vec![
            (
                Side::Left,
                format!(
                    "select {left_key}, {left}, null from main.{table} l \
                     where not exists (select 1 from other.{table} r where {on}) order by {left_order}"
                ),
            ),
            (
                Side::Right,
                format!(
                    "select {right_key}, null, {right} from other.{table} r \
                     where not exists (select 1 from main.{table} l where {on}) order by {right_order}"
                ),
            ),
            (
                Side::Both,
                format!(
                    "select {left_key}, {left}, {right} from main.{table} l join other.{table} r on {on} \
                     where not ({alike}) order by {left_order}"
                ),
            ),
        ]
    }

    /// Rows that nothing tells apart are counted.
    fn by_count(&self) -> Vec<(Side, String)> {
        let (table, columns) = (quoted(&self.name), listed("", &self.columns));
        let rows = |schema: &str| {
            format!("select {columns}, count(*) as retold_rows from {schema}.{table} group by {columns}")
        };
        let (key, times) = (object("l", self.columns.iter()), "json_object('rows', l.retold_rows)");
        let only = |schema: &str, other: &str, values: String| {
            let (here, there) = (rows(schema), rows(other));
            format!("select {key}, {values} from ({here} except {there}) l order by {columns}")
        };
        vec![
            (Side::Left, only("main", "other", format!("{times}, null"))),
            (Side::Right, only("other", "main", format!("null, {times}"))),
        ]
    }
}

/// Compares two full-text indexes word by word: a word of a text that only one has is a difference. Both are read in
/// the order of their words, texts and places: <https://sqlite.org/fts5.html#the_fts5vocab_virtual_table_module>.
fn words_that_differ(connection: &Connection, index: &str, found: &mut Found<'_>) -> rusqlite::Result<()> {
    for (schema, words) in [("main", "retold_left_words"), ("other", "retold_right_words")] {
        connection.execute_batch(&format!(
            "create virtual table if not exists temp.{words} using fts5vocab({schema}, {}, 'instance')",
            quoted(index)
        ))?;
    }
    {
        let words = |table: &str| format!("select term, doc, col, offset from temp.{table}");
        let mut left = connection.prepare(&words("retold_left_words"))?;
        let mut right = connection.prepare(&words("retold_right_words"))?;
        let (mut left, mut right) = (left.query([])?, right.query([])?);
        let (mut one, mut other) = (word(&mut left)?, word(&mut right)?);
        while !found.is_full() {
            let order = match (&one, &other) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(other)) => one.cmp(other),
            };
            let side = match order {
                Ordering::Equal => None,
                Ordering::Less => one.as_ref().map(|word| (Side::Left, word)),
                Ordering::Greater => other.as_ref().map(|word| (Side::Right, word)),
            };
            if let Some((side, (term, text, column, place))) = side {
                let key = serde_json::json!({ "text": text, "word": term, "column": column, "place": place });
                let table = index.to_owned();
                found.add(Difference { table, side, key: key.to_string(), left: None, right: None })?;
            }
            if order != Ordering::Greater {
                one = word(&mut left)?;
            }
            if order != Ordering::Less {
                other = word(&mut right)?;
            }
        }
    }
    connection.execute_batch("drop table temp.retold_left_words; drop table temp.retold_right_words")
}

/// A word, the text that it is in, and where.
type Word = (String, i64, Option<String>, Option<i64>);

fn word(rows: &mut rusqlite::Rows<'_>) -> rusqlite::Result<Option<Word>> {
    rows.next()?.map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).transpose()
}

/// Returns an expression for a JSON object of some columns; bytes are in hexadecimal.
fn object<'c>(side: &str, columns: impl Iterator<Item = &'c String>) -> String {
    let pairs: Vec<String> = columns
        .map(|column| {
            let (name, value) = (column.replace('\'', "''"), format!("{side}.{}", quoted(column)));
            format!("'{name}', iif(typeof({value}) = 'blob', hex({value}), {value})")
        })
        .collect();
    format!("json_object({})", pairs.join(", "))
}

fn listed(prefix: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("{prefix}{}", quoted(column))).collect();
    columns.join(", ")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
