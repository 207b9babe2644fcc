//! Brings a store's schema to a number, each step in a transaction of its own.

use rusqlite::{Connection, TransactionBehavior};

use crate::{APPLICATION_ID, Migration, all, latest};

/// Why a schema could not be moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store was written by a release that knows more migrations.
    #[error("schema {found} is newer than the newest this release knows, {known}")]
    Newer {
        /// The store's number.
        found: u32,
        /// The newest number known here.
        known: u32,
    },
    /// There is no migration of this number.
    #[error("there is no schema {number}, the newest is {known}")]
    Unknown {
        /// The number asked for.
        number: u32,
        /// The newest number known here.
        known: u32,
    },
    /// Going down would throw away records that stand nowhere else.
    #[error("going down from schema {number} ({name}) would lose {records} records")]
    Loses {
        /// The step that would be taken back.
        number: u32,
        /// Its name.
        name: &'static str,
        /// How many records only it holds.
        records: u64,
    },
    /// SQLite refused.
    #[error("SQLite refused")]
    Sqlite(#[from] rusqlite::Error),
}

/// Returns the number of the last migration applied; 0 for an empty file.
///
/// # Errors
/// [`Error::Sqlite`] where the file cannot be read.
pub fn current(connection: &Connection) -> Result<u32, Error> {
    Ok(connection.query_row("pragma user_version", [], |row| row.get(0))?)
}

/// Applies what is missing up to `target`, each step all or nothing; two processes may call it at once.
///
/// # Errors
/// [`Error::Newer`] and [`Error::Unknown`] before anything is touched; [`Error::Sqlite`] with the steps before kept.
pub fn up(connection: &mut Connection, target: u32) -> Result<(), Error> {
    check(connection, target)?;
    for step in all().iter().filter(|step| step.number <= target) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if current(&tx)? >= step.number {
            continue;
        }
        for statement in step.up {
            tx.execute_batch(statement)?;
        }
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", step.number)?;
        tx.commit()?;
    }
    Ok(())
}

/// Takes back what stands above `target`, newest first.
///
/// # Errors
/// [`Error::Loses`] where a step's tables still hold records: nothing was taken back.
pub fn down(connection: &mut Connection, target: u32) -> Result<(), Error> {
    check(connection, target)?;
    let taken = current(connection)?;
    for step in all().iter().filter(|step| step.number > target && step.number <= taken) {
        refuse_loss(connection, step)?;
    }
    for step in all().iter().rev().filter(|step| step.number > target) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if current(&tx)? != step.number {
            continue;
        }
        refuse_loss(&tx, step)?;
        tx.execute_batch(step.down)?;
        let below = all().iter().rev().find(|below| below.number < step.number);
        tx.pragma_update(None, "user_version", below.map_or(0, |below| below.number))?;
        tx.commit()?;
    }
    Ok(())
}

fn check(connection: &Connection, target: u32) -> Result<(), Error> {
    let found = current(connection)?;
    if found > latest() {
        return Err(Error::Newer { found, known: latest() });
    }
    if target > latest() {
        return Err(Error::Unknown { number: target, known: latest() });
    }
    Ok(())
}

fn refuse_loss(connection: &Connection, step: &Migration) -> Result<(), Error> {
    let records: i64 = connection.query_row(step.loses, [], |row| row.get(0))?;
    match u64::try_from(records) {
        Ok(0) | Err(_) => Ok(()),
        Ok(records) => Err(Error::Loses { number: step.number, name: step.name, records }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(connection: &Connection) -> Vec<String> {
        let mut statement =
            connection.prepare("select name from sqlite_schema where type = 'table' order by name").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(|name| name.unwrap()).collect()
    }

    #[test]
    fn up_then_down_leaves_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        up(&mut connection, latest()).unwrap();
        assert!(tables(&connection).contains(&"event".to_owned()));
        down(&mut connection, 0).unwrap();
        assert_eq!(tables(&connection), Vec::<String>::new());
        assert_eq!(current(&connection).unwrap(), 0);
    }

    #[test]
    fn going_down_never_loses_a_quarantined_record() {
        let mut connection = Connection::open_in_memory().unwrap();
        up(&mut connection, latest()).unwrap();
        connection
            .execute(
                "insert into quarantine (source, source_hash, workspace, home, offset, length, reason, found_at, digest, codec, raw)
                 values ('f', zeroblob(32), 'w', 'w', 0, 1, 'r', 0, zeroblob(32), 0, x'00')",
                [],
            )
            .unwrap();
        let refused = down(&mut connection, 0).unwrap_err();
        assert_eq!(refused.to_string(), "going down from schema 2 (import) would lose 1 records");
        assert_eq!(current(&connection).unwrap(), latest());
    }

    #[test]
    fn going_down_never_loses_a_declared_projection() {
        let mut connection = Connection::open_in_memory().unwrap();
        up(&mut connection, latest()).unwrap();
        connection
            .execute(
                "insert into sidecar_version (name, version, declaration, digest, added_at)
                 values ('n', 1, 'd', zeroblob(32), 0)",
                [],
            )
            .unwrap();
        let refused = down(&mut connection, 0).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "going down from schema 5 (projection registry) would lose 1 records"
        );
    }

    #[test]
    fn a_newer_schema_is_refused_and_untouched() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", latest() + 1).unwrap();
        assert!(matches!(up(&mut connection, latest()), Err(Error::Newer { .. })));
        assert!(matches!(down(&mut connection, 0), Err(Error::Newer { .. })));
        assert_eq!(tables(&connection), Vec::<String>::new());
    }

    #[test]
    fn an_unknown_number_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        let refused = up(&mut connection, latest() + 1).unwrap_err();
        assert_eq!(refused.to_string(), "there is no schema 9, the newest is 8");
    }

    /// A released migration is never edited: stores that already ran it would differ from new ones.
    /// A change of schema is a new step.
    #[test]
    fn released_migrations_are_frozen() {
        let digests: Vec<String> = all()
            .iter()
            .map(|step| {
                let mut hasher = blake3::Hasher::new();
                for text in step.up.iter().chain([&step.down, &step.loses]) {
                    hasher.update(text.as_bytes());
                }
                format!("{} {} {}", step.number, step.name, hasher.finalize().to_hex())
            })
            .collect();
        assert_eq!(digests.join("\n"), include_str!("../frozen.txt").trim_end());
    }
}
