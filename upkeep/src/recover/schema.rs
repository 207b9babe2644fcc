//! Which schema a store was written with: told by its tables, and by the number in its header only where they are gone.

use std::collections::HashMap;

use retold_core::Error;
use rusqlite::Connection;

use super::loss::RECOVER;

/// A table, an index or a trigger, as the list in the store has it.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) sql: String,
    /// The page that its rows begin at; 0 where it has none.
    pub(super) root: u32,
    pub(super) is_table: bool,
}

impl Object {
    /// Whether no release can have written it so: a part of it is destroyed.
    pub(super) fn is_damaged(&self) -> bool {
        self.name.contains('\0') || self.sql.contains('\0')
    }
}

/// Returns the objects that a connection's list has.
pub(super) fn objects(connection: &Connection) -> rusqlite::Result<Vec<Object>> {
    let mut statement = connection.prepare(include_str!("../../sql/recover/objects.sql"))?;
    let object = |row: &rusqlite::Row<'_>| {
        Ok(Object {
            name: row.get(0)?,
            sql: row.get(1)?,
            root: row.get::<_, Option<u32>>(2)?.unwrap_or(0),
            is_table: row.get(3)?,
        })
    };
    statement.query_map([], object)?.collect()
}

/// Returns the number of the schema whose tables these are; `header`, or else the newest, where they leave a choice. Where
/// `is_whole`, there are no others than these.
pub(super) fn number(found: &[Object], is_whole: bool, header: Option<u32>) -> Result<u32, Error> {
    let latest = retold_migrations::latest();
    let found: HashMap<&str, &str> = found.iter().map(|one| (one.name.as_str(), one.sql.as_str())).collect();
    let header = header.filter(|number| (1..=latest).contains(number)).unwrap_or(latest);
    let (mut best, mut best_score) = (header, score(&found, is_whole, header)?);
    for number in (1..=latest).rev() {
        let score = score(&found, is_whole, number)?;
        if score > best_score {
            (best, best_score) = (number, score);
        }
    }
    Ok(best)
}

/// Whether no object of the newest schema is another than this release knows.
pub(super) fn has_no_other(found: &[Object]) -> Result<bool, Error> {
    let act = Error::sqlite(RECOVER);
    let mut connection = Connection::open_in_memory().map_err(&act)?;
    retold_migrations::up(&mut connection, retold_migrations::latest())
        .map_err(|error| Error::Damaged { act: RECOVER, found: error.to_string() })?;
    let known = objects(&connection).map_err(&act)?;
    let is_other = |one: &Object| known.iter().any(|known| known.name == one.name && known.sql != one.sql);
    Ok(!found.iter().filter(|one| !one.is_damaged()).any(is_other))
}

/// How well the objects of a schema fit those that were found.
fn score(found: &HashMap<&str, &str>, is_whole: bool, number: u32) -> Result<i64, Error> {
    let act = Error::sqlite(RECOVER);
    let mut connection = Connection::open_in_memory().map_err(&act)?;
    retold_migrations::up(&mut connection, number)
        .map_err(|error| Error::Damaged { act: RECOVER, found: error.to_string() })?;
    let known = objects(&connection).map_err(&act)?;
    let fits = |one: &Object| match found.get(one.name.as_str()) {
        Some(sql) if *sql == one.sql => 1,
        Some(_other) => -1,
        // What is missing from a list of which a part is lost says nothing.
        None => -i64::from(is_whole),
    };
    Ok(known.iter().map(fits).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_known_by_its_tables_whatever_the_header_says() {
        for number in 1..=retold_migrations::latest() {
            let mut connection = Connection::open_in_memory().unwrap();
            retold_migrations::up(&mut connection, number).unwrap();
            let found = objects(&connection).unwrap();
            for header in
                [None, Some(0), Some(1), Some(number), Some(retold_migrations::latest()), Some(1 << 20)]
            {
                assert_eq!(super::number(&found, true, header).unwrap(), number, "{header:?}");
            }
            // Of half a list the header tells the rest.
            let half = &found[..found.len() / 2];
            assert_eq!(super::number(half, false, Some(number)).unwrap(), number);
        }
        assert_eq!(number(&[], false, Some(3)).unwrap(), 3);
        assert_eq!(number(&[], false, Some(1 << 20)).unwrap(), retold_migrations::latest());
    }

    #[test]
    fn a_destroyed_part_of_the_list_does_not_speak_for_a_newer_release() {
        let mut connection = Connection::open_in_memory().unwrap();
        retold_migrations::up(&mut connection, retold_migrations::latest()).unwrap();
        let known = objects(&connection).unwrap();
        for at in 0..known.len() {
            let with = |sql: &str| {
                let mut found = known.clone();
                sql.clone_into(&mut found[at].sql);
                has_no_other(&found).unwrap()
            };
            assert!(with(&known[at].sql));
            assert!(with("create table \0\0\0"));
            assert!(!with("create table that_is_to_come (a)"), "{}", known[at].name);
        }
    }
}
