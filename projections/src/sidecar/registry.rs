//! What is wanted of the sidecars: rows of the store, which outlive every file.

use std::path::{Path, PathBuf};

use retold_core::{Log, Position, sidecar_folder};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

use crate::Error;
use crate::declared::Policy;
use crate::error::sqlite;

const ACT: &str = "read the list of projections";
const CHANGE: &str = "change the list of projections";

/// What is known of a projection that has files of its own.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) policy: Policy,
    pub(crate) is_paused: bool,
    pub(crate) versions: Vec<VersionRow>,
    /// The file that is read.
    pub(crate) current: Option<FileName>,
    /// The one that a rollback goes back to.
    pub(crate) previous: Option<FileName>,
    /// The one that is being filled.
    pub(crate) building: Option<FileName>,
    pub(crate) skips: Vec<SkipRow>,
}

/// A version of a projection.
#[derive(Clone, Debug)]
pub(crate) struct VersionRow {
    pub(crate) version: u32,
    /// Its text; `None` where it is built in.
    pub(crate) declaration: Option<String>,
    pub(crate) digest: [u8; 32],
    pub(crate) added_at: i64,
    pub(crate) failure: Option<Trouble>,
}

/// Why a version stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The version that stopped.
    pub version: u32,
    /// The event that it stopped at; `None` where its file is what is wrong.
    pub position: Option<Position>,
    /// When it stopped, in microseconds since 1970.
    pub at: i64,
    /// Why.
    pub reason: String,
}

/// An event that somebody had a projection leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SkipRow {
    pub(crate) position: Position,
    pub(crate) reason: String,
    pub(crate) at: i64,
}

/// A file of a projection's version. No two that ever were share a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileName {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) suffix: String,
}

impl FileName {
    pub(crate) fn new(name: &str, version: u32, draw: &Connection) -> Result<Self, Error> {
        let suffix = draw
            .query_row("select lower(hex(randomblob(4)))", [], |row| row.get(0))
            .map_err(sqlite(CHANGE))?;
        Ok(Self { name: name.to_owned(), version, suffix })
    }

    /// Returns where it is, or would be.
    pub(crate) fn path(&self, store: &Path) -> PathBuf {
        let Self { name, version, suffix } = self;
        sidecar_folder(store).join(format!("{name}@{version}-{suffix}.db"))
    }
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Current,
    Previous,
    Building,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Building => "building",
        }
    }
}

impl Entry {
    /// Returns the newest version.
    pub(crate) fn newest(&self) -> Option<&VersionRow> {
        self.versions.last()
    }

    pub(crate) fn version(&self, version: u32) -> Option<&VersionRow> {
        self.versions.iter().find(|row| row.version == version)
    }
}

/// Returns every projection, by name.
pub(crate) fn list(connection: &Connection) -> Result<Vec<Entry>, Error> {
    let named = |row: &Row<'_>| {
        let policy: String = row.get(1)?;
        Ok((row.get::<_, String>(0)?, Policy::from_name(&policy).unwrap_or_default(), row.get(2)?))
    };
    let names = rows(connection, include_str!("../../sql/registry_names.sql"), [], named)?;
    names.into_iter().map(|(name, policy, is_paused)| read(connection, name, policy, is_paused)).collect()
}

/// Returns a projection; `None` where there is none of this name.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<Entry>, Error> {
    Ok(list(connection)?.into_iter().find(|entry| entry.name == name))
}

fn read(connection: &Connection, name: String, policy: Policy, is_paused: bool) -> Result<Entry, Error> {
    let version = |row: &Row<'_>| {
        let reason: Option<String> = row.get(6)?;
        let at: Option<i64> = row.get(5)?;
        let position = row.get(4)?;
        let version = row.get(0)?;
        Ok(VersionRow {
            version,
            declaration: row.get(1)?,
            digest: row.get(2)?,
            added_at: row.get(3)?,
            failure: reason.map(|reason| Trouble { version, position, at: at.unwrap_or(0), reason }),
        })
    };
    let versions = rows(connection, include_str!("../../sql/registry_versions.sql"), [&name], version)?;
    let skip = |row: &Row<'_>| Ok(SkipRow { position: row.get(0)?, reason: row.get(1)?, at: row.get(2)? });
    let skips = rows(connection, include_str!("../../sql/registry_skips.sql"), [&name], skip)?;
    let file = |row: &Row<'_>| {
        let file = FileName { name: name.clone(), version: row.get(1)?, suffix: row.get(2)? };
        Ok((row.get::<_, String>(0)?, file))
    };
    let files = rows(connection, include_str!("../../sql/registry_files.sql"), [&name], file)?;
    let of = |role: Role| files.iter().find(|(name, _)| name == role.name()).map(|(_, file)| file.clone());
    let (current, previous, building) = (of(Role::Current), of(Role::Previous), of(Role::Building));
    Ok(Entry { name, policy, is_paused, versions, current, previous, building, skips })
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_map(params, read)?.collect())
        .map_err(sqlite(ACT))
}

/// A change of the registry: one small transaction of the store.
pub(crate) struct Change<'c> {
    tx: Transaction<'c>,
}

/// Changes the registry, all or nothing.
pub(crate) fn change<T>(log: &Log, act: impl FnOnce(&Change<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let mut connection = log.open_writer()?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite(CHANGE))?;
    let change = Change { tx };
    let done = act(&change)?;
    change.tx.commit().map_err(sqlite(CHANGE))?;
    Ok(done)
}

impl Change<'_> {
    pub(crate) fn connection(&self) -> &Connection {
        &self.tx
    }

    pub(crate) fn find(&self, name: &str) -> Result<Option<Entry>, Error> {
        find(&self.tx, name)
    }

    pub(crate) fn add(&self, name: &str, policy: Policy) -> Result<(), Error> {
        self.run(include_str!("../../sql/registry_add.sql"), params![name, policy.name()])
    }

    pub(crate) fn add_version(&self, name: &str, row: &VersionRow) -> Result<(), Error> {
        let VersionRow { version, declaration, digest, added_at, .. } = row;
        let sql = include_str!("../../sql/registry_add_version.sql");
        self.run(sql, params![name, version, declaration, digest, added_at])
    }

    pub(crate) fn pause(&self, name: &str, paused: bool) -> Result<(), Error> {
        self.run(include_str!("../../sql/registry_pause.sql"), params![name, paused])
    }

    /// Says which file has a role; `None`: none has.
    pub(crate) fn set_file(&self, name: &str, role: Role, file: Option<&FileName>) -> Result<(), Error> {
        match file {
            Some(FileName { version, suffix, .. }) => self.run(
                include_str!("../../sql/registry_set_file.sql"),
                params![name, role.name(), version, suffix],
            ),
            None => self.run(include_str!("../../sql/registry_forget_file.sql"), params![name, role.name()]),
        }
    }

    pub(crate) fn fail(&self, name: &str, version: u32, failure: Option<&Trouble>) -> Result<(), Error> {
        let (position, at, reason) = match failure {
            Some(Trouble { position, at, reason, .. }) => (*position, Some(*at), Some(reason)),
            None => (None, None, None),
        };
        self.run(include_str!("../../sql/registry_fail.sql"), params![name, version, position, at, reason])
    }

    pub(crate) fn skip(&self, name: &str, row: &SkipRow) -> Result<(), Error> {
        let SkipRow { position, reason, at } = row;
        self.run(include_str!("../../sql/registry_skip.sql"), params![name, position, reason, at])
    }

    pub(crate) fn unskip(&self, name: &str, position: Position) -> Result<(), Error> {
        self.run(include_str!("../../sql/registry_forget_skip.sql"), params![name, position])
    }

    pub(crate) fn forget(&self, name: &str) -> Result<(), Error> {
        for sql in [
            include_str!("../../sql/registry_forget_files.sql"),
            include_str!("../../sql/registry_forget_versions.sql"),
            include_str!("../../sql/registry_forget_skips.sql"),
            include_str!("../../sql/registry_forget.sql"),
        ] {
            self.run(sql, [name])?;
        }
        Ok(())
    }

    fn run(&self, sql: &str, params: impl rusqlite::Params) -> Result<(), Error> {
        self.tx.execute(sql, params).map(drop).map_err(sqlite(CHANGE))
    }
}
