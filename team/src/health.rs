//! What there is to know of a server: for whoever looks after it. Everything is of one moment, but for what PostgreSQL counts.

use std::collections::BTreeMap;

use postgres::types::{FromSql, ToSql};
use postgres::{Client, Row, Transaction};

use crate::purge::{Residue, residue};
use crate::receiver::Error;
use crate::retention::{Retention, policies};
use crate::token::TokenId;
use crate::{read, schema};

/// The settings that are read.
const SETTINGS: [&str; 12] = [
    "server_version",
    "fsync",
    "full_page_writes",
    "synchronous_commit",
    "max_connections",
    "wal_level",
    "archive_mode",
    "autovacuum",
    "track_counts",
    "password_encryption",
    "ssl",
    "listen_addresses",
];
/// A table with fewer rows needs no statistics.
const ROWS_KNOWN: i64 = 10_000;

/// How a server is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// The version of PostgreSQL: 150018 is 15.18.
    pub version: i32,
    /// The last step of the schema there, and the last that this release knows.
    pub schema: (i32, i32),
    /// Settings of the server, by their names.
    pub settings: BTreeMap<String, String>,
    /// How many connections there are.
    pub connections: u64,
    /// Roles of the schema that are not there.
    pub missing_roles: Vec<String>,
    /// Tables and functions of the schema that are not its owner's.
    pub not_owned: Vec<String>,
    /// Functions of the schema that anybody may call.
    pub open_functions: Vec<String>,
    /// Tables that readers may read with no policy on them.
    pub unguarded: Vec<String>,
    /// Roles of persons that see or do more than is a person's, and what makes it so.
    pub overlooking: Vec<(String, String)>,
    /// How many logs there are, and how many diverged.
    pub logs: (u64, u64),
    /// How the lists of each team are.
    pub lists: Vec<ListsOf>,
    /// For how many of the coming months bodies have a partition, this one among them.
    pub months: u64,
    /// Whether bodies arrived in a month without a partition.
    pub has_other: bool,
    /// How many transactions ago the oldest row that is not frozen was written, and after how many it is frozen whatever that takes.
    pub age: (u64, u64),
    /// Whose the oldest transaction is, and for how many seconds it has run.
    pub oldest: Option<(String, f64)>,
    /// Tables in which row versions are left of what was redacted.
    pub residue: Vec<Residue>,
    /// For how many months teams keep what was said.
    pub retention: Vec<Retention>,
    /// Tokens that end soon.
    pub expiring: Vec<Expiring>,
    /// Tables with rows of which PostgreSQL has taken no statistics.
    pub unknown: Vec<String>,
    /// Replication slots that nobody reads, and how many bytes of the write-ahead log each keeps.
    pub slots: Vec<(String, u64)>,
    /// Whether archiving the write-ahead log failed last.
    pub archiving_fails: bool,
    /// How many bytes tables have, with their indexes; the largest first.
    pub sizes: Vec<(String, u64)>,
}

/// How the lists of a team are.
#[derive(Clone, Debug, PartialEq)]
pub struct ListsOf {
    /// The team's name.
    pub team: String,
    /// The number of the last shipment that they have, and of the last one that there is.
    pub shipments: (u64, u64),
    /// How long the first that they lack has been there, in seconds.
    pub waits: f64,
    /// Sessions that are to be made again, and sessions that cannot be.
    pub stale: (u64, u64),
}

/// A token that ends soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// Which one.
    pub id: TokenId,
    /// The person's name.
    pub person: String,
    /// The machine's name.
    pub device: String,
    /// When it ends, in microseconds since 1970.
    pub at: i64,
}

/// Reads how a server is, for some of its teams; tokens that end within `days`. Changes nothing. O(tables, logs, tokens).
///
/// # Errors
/// Where PostgreSQL refuses: the role has to read the tables of the schema.
pub fn read(client: &mut Client, tenants: &[i64], days: u16) -> Result<Health, Error> {
    let transaction = &mut read::begin(client)?;
    let names = |transaction: &mut Transaction<'_>, sql: &str| -> Result<Vec<String>, Error> {
        Ok(transaction.query(sql, &[])?.iter().map(|row| row.get(0)).collect())
    };
    let schema_here = schema::newest();
    let schema_there = schema::current(transaction).map_err(of_schema)?;
    let settings = transaction.query(include_str!("../sql/health/settings.sql"), &[&SETTINGS.as_slice()])?;
    let months = one(transaction, include_str!("../sql/health/partitions.sql"), &[])?;
    let logs = one(transaction, include_str!("../sql/health/logs.sql"), &[&tenants])?;
    let age = one(transaction, include_str!("../sql/health/age.sql"), &[])?;
    let oldest = transaction.query_opt(include_str!("../sql/health/oldest.sql"), &[])?;
    let lists = transaction.query(include_str!("../sql/health/listed.sql"), &[&tenants])?;
    let expiring =
        transaction.query(include_str!("../sql/health/expiring.sql"), &[&tenants, &i64::from(days)])?;
    let version = "select current_setting('server_version_num')::integer";
    let connections = "select count(*) from pg_stat_activity where backend_type = 'client backend'";
    Ok(Health {
        version: value(transaction, version)?,
        schema: (schema_there, schema_here),
        settings: settings.iter().map(|row| (row.get(0), row.get(1))).collect(),
        connections: value::<i64>(transaction, connections)?.cast_unsigned(),
        missing_roles: names(transaction, include_str!("../sql/health/missing_roles.sql"))?,
        not_owned: names(transaction, include_str!("../sql/health/not_owned.sql"))?,
        open_functions: names(transaction, include_str!("../sql/health/open_functions.sql"))?,
        unguarded: names(transaction, include_str!("../sql/health/unguarded.sql"))?,
        overlooking: pairs(transaction, include_str!("../sql/health/overlooking.sql"), &[&tenants])?,
        logs: (number(&logs, 0), number(&logs, 1)),
        lists: lists.iter().map(lists_of).collect(),
        months: number(&months, 0),
        has_other: months.get(1),
        age: (number(&age, 0), number(&age, 1)),
        oldest: oldest.map(|row| (row.get(0), row.get(1))),
        residue: residue(transaction, tenants)?,
        retention: policies(transaction, tenants)?,
        expiring: expiring.iter().map(expiring_of).collect(),
        unknown: transaction
            .query(include_str!("../sql/health/unknown.sql"), &[&ROWS_KNOWN])?
            .iter()
            .map(|row| row.get(0))
            .collect(),
        slots: sizes(transaction, include_str!("../sql/health/slots.sql"))?,
        archiving_fails: value(transaction, include_str!("../sql/health/archiver.sql"))?,
        sizes: sizes(transaction, include_str!("../sql/health/sizes.sql"))?,
    })
}

type Given<'a> = &'a [&'a (dyn ToSql + Sync)];

fn one(transaction: &mut Transaction<'_>, sql: &str, given: Given<'_>) -> Result<Row, Error> {
    Ok(transaction.query_one(sql, given)?)
}

fn value<T: for<'r> FromSql<'r>>(transaction: &mut Transaction<'_>, sql: &str) -> Result<T, Error> {
    Ok(transaction.query_one(sql, &[])?.get(0))
}

fn pairs(
    transaction: &mut Transaction<'_>,
    sql: &str,
    given: Given<'_>,
) -> Result<Vec<(String, String)>, Error> {
    Ok(transaction.query(sql, given)?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn sizes(transaction: &mut Transaction<'_>, sql: &str) -> Result<Vec<(String, u64)>, Error> {
    Ok(transaction.query(sql, &[])?.iter().map(|row| (row.get(0), number(row, 1))).collect())
}

fn number(row: &Row, at: usize) -> u64 {
    u64::try_from(row.get::<_, i64>(at)).unwrap_or(0)
}

fn lists_of(row: &Row) -> ListsOf {
    ListsOf {
        team: row.get(0),
        shipments: (number(row, 1), number(row, 2)),
        waits: row.get(3),
        stale: (number(row, 4), number(row, 5)),
    }
}

fn expiring_of(row: &Row) -> Expiring {
    let id = TokenId { tenant: row.get(4), device: row.get(0) };
    Expiring { id, person: row.get(1), device: row.get(2), at: row.get(3) }
}

fn of_schema(error: schema::Error) -> Error {
    match error {
        schema::Error::Postgres(error) => error.into(),
        other => Error::Target(other.to_string()),
    }
}
