//! What two fillings of a projection do not share, row by row.

use std::cmp::Ordering;

use rusqlite::Connection;

use crate::search;

/// On which side a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Only on the left.
    Left,
    /// Only on the right.
    Right,
    /// On both, and not the same.
    Both,
}

/// A row that two versions of a projection do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// On which side the row is.
    pub side: Side,
    /// Its key, a JSON object.
    pub key: String,
    /// What else it holds on the left, a JSON object.
    pub left: Option<String>,
    /// What else it holds on the right, a JSON object.
    pub right: Option<String>,
}

/// Which tables of a connection are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides<'s> {
    /// The schema of the rows that are kept.
    pub(crate) left: &'s str,
    /// The schema of those that they are compared with.
    pub(crate) right: &'s str,
    /// The tables, of which the columns count that both sides have. `None`: those that both sides have with the same columns,
    /// and the words of what is searched by them.
    pub(crate) tables: Option<&'s [&'s str]>,
    /// Which rows of the left side have to be on the right, by table: a condition; none, all.
    pub(crate) expected: fn(&str) -> &'static str,
}

impl Sides<'_> {
    /// All tables of a file and of the one that is attached as `other`.
    pub(crate) const FILES: Self = Sides { left: "main", right: "other", tables: None, expected: |_| "true" };
}

/// What a comparison came to.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// Tables that both sides have.
    pub(crate) tables: usize,
    pub(crate) differences: Vec<Difference>,
    /// Rows that differ and are no fault.
    pub(crate) explained: u64,
    /// Whether somebody stopped it.
    pub(crate) is_interrupted: bool,
}

/// Says whether a row may differ, because nobody could make it again.
pub(crate) type Explain<'a> = &'a mut dyn FnMut(&Difference) -> rusqlite::Result<bool>;

/// Compares tables: `limit` differences at most, those that `explain` takes for no fault counted beside. Between two tables
/// `go_on` is asked.
pub(crate) fn compare(
    connection: &Connection,
    sides: Sides<'_>,
    limit: u32,
    explain: Explain<'_>,
    go_on: &mut dyn FnMut() -> bool,
) -> rusqlite::Result<Compared> {
    let mut compared = Compared::default();
    let mut tables = common_tables(connection, sides)?;
    let indexes = match sides.tables {
        None => names(connection, include_str!("../../sql/sidecar/indexes_of_words.sql"), sides)?,
        Some(_) => Vec::new(),
    };
    // Of a search index it counts what is in it, and not which rows have it.
    let [left, right] = [sides.left, sides.right].map(|schema| search::Tables::of(connection, schema));
    let is_searched = sides.tables.is_none() && search::has_words(left)? && search::has_words(right)?;
    if is_searched {
        tables.retain(|table| !search::TABLES.contains(&table.name.as_str()));
    }
    compared.tables = tables.len() + indexes.len() + usize::from(is_searched);
    let mut found = Found { limit: limit as usize, compared: &mut compared, explain };
    for table in tables {
        if !go_on() {
            return Ok(Compared { is_interrupted: true, ..compared });
        }
        table.differences(connection, sides, &mut found)?;
    }
    for index in indexes {
        if !go_on() {
            return Ok(Compared { is_interrupted: true, ..compared });
        }
        words_that_differ(connection, sides, &index, &mut found)?;
    }
    if is_searched && !found.is_full() {
        if !go_on() {
            return Ok(Compared { is_interrupted: true, ..compared });
        }
        search::differences(left, right, &mut |difference| {
            found.add(difference)?;
            Ok(!found.is_full())
        })?;
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

fn names(connection: &Connection, sql: &str, sides: Sides<'_>) -> rusqlite::Result<Vec<String>> {
    connection.prepare(sql)?.query_map([sides.left, sides.right], |row| row.get(0))?.collect()
}

fn common_tables(connection: &Connection, sides: Sides<'_>) -> rusqlite::Result<Vec<Table>> {
    let mut tables = Vec::new();
    for name in names(connection, include_str!("../../sql/sidecar/tables.sql"), sides)? {
        let mut columns = columns(connection, sides.left, &name)?;
        let others = self::columns(connection, sides.right, &name)?;
        match sides.tables {
            None if columns != others => continue,
            Some(wanted) if !wanted.contains(&name.as_str()) => continue,
            // Those that an older release did not know come last, wherever they are declared.
            _ => columns.retain(|column| others.contains(column)),
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
    fn differences(
        &self,
        connection: &Connection,
        sides: Sides<'_>,
        found: &mut Found<'_>,
    ) -> rusqlite::Result<()> {
        let queries = if self.key.is_empty() { self.by_count(sides) } else { self.by_key(sides) };
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

    fn by_key(&self, Sides { left: one, right: other, expected, .. }: Sides<'_>) -> Vec<(Side, String)> {
        let expected = expected(&self.name);
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
                    "select {left_key}, {left}, null from {one}.{table} l where {expected} \
                     and not exists (select 1 from {other}.{table} r where {on}) order by {left_order}"
                ),
            ),
            (
                Side::Right,
                format!(
                    "select {right_key}, null, {right} from {other}.{table} r \
                     where not exists (select 1 from {one}.{table} l where {on}) order by {right_order}"
                ),
            ),
            (
                Side::Both,
                format!(
                    "select {left_key}, {left}, {right} from {other}.{table} r cross join {one}.{table} l on {on} \
                     where not ({alike}) order by {right_order}"
                ),
            ),
        ]
    }

    /// Rows that nothing tells apart are counted.
    fn by_count(&self, Sides { left, right, .. }: Sides<'_>) -> Vec<(Side, String)> {
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
            (Side::Left, only(left, right, format!("{times}, null"))),
            (Side::Right, only(right, left, format!("null, {times}"))),
        ]
    }
}

/// Compares two full-text indexes word by word: a word of a text that only one has is a difference. Both are read in
/// the order of their words, texts and places: <https://sqlite.org/fts5.html#the_fts5vocab_virtual_table_module>.
fn words_that_differ(
    connection: &Connection,
    sides: Sides<'_>,
    index: &str,
    found: &mut Found<'_>,
) -> rusqlite::Result<()> {
    for (schema, words) in [(sides.left, "retold_left_words"), (sides.right, "retold_right_words")] {
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
