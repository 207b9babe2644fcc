//! The schema of the server: migrations, numbered from 1 and frozen once released, one object a file.

mod cache;
mod log;
mod migration;
mod plans;
mod read;
mod search;
mod serve;
mod upkeep;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use postgres::{Client, GenericClient};
use retold_core::raw::{BUILT_IN_DICTIONARY, FIRST_DICTIONARY};

pub use migration::{Error, Migration};
pub use read::{Permitted, Sight, permit};
pub use serve::add_server;

/// Returns every migration, in order.
pub fn all() -> &'static [Migration] {
    MIGRATIONS
}

/// Returns the number of the last step that this release knows.
pub fn newest() -> i32 {
    MIGRATIONS.last().map_or(0, |step| step.number)
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "team",
        as_caller: 2,
        up: &[
            include_str!("../sql/0001-team/roles.sql"),
            include_str!("../sql/0001-team/schema.sql"),
            include_str!("../sql/0001-team/org.sql"),
            include_str!("../sql/0001-team/tenant.sql"),
            include_str!("../sql/0001-team/tenant_by_name.sql"),
            include_str!("../sql/0001-team/person.sql"),
            include_str!("../sql/0001-team/person_by_role.sql"),
            include_str!("../sql/0001-team/device.sql"),
            include_str!("../sql/0001-team/log.sql"),
            include_str!("../sql/0001-team/workspace.sql"),
            include_str!("../sql/0001-team/stream.sql"),
            include_str!("../sql/0001-team/stream_copies.sql"),
            include_str!("../sql/0001-team/event.sql"),
            include_str!("../sql/0001-team/absent.sql"),
            include_str!("../sql/0001-team/body.sql"),
            include_str!("../sql/0001-team/body_other.sql"),
            include_str!("../sql/0001-team/gone.sql"),
            include_str!("../sql/0001-team/dictionary.sql"),
            include_str!("../sql/0001-team/blob.sql"),
            include_str!("../sql/0001-team/blob_ref.sql"),
            include_str!("../sql/0001-team/blob_ref_by_hash.sql"),
            include_str!("../sql/0001-team/shipment.sql"),
            include_str!("../sql/0001-team/checkpoint.sql"),
            include_str!("../sql/0001-team/visible.sql"),
            include_str!("../sql/0001-team/me.sql"),
            include_str!("../sql/0001-team/may_ship.sql"),
            include_str!("../sql/0001-team/known_at.sql"),
            include_str!("../sql/0001-team/attach_1.sql"),
            include_str!("../sql/0001-team/head_1.sql"),
            include_str!("../sql/0001-team/hash_at_1.sql"),
            include_str!("../sql/0001-team/take_streams.sql"),
            include_str!("../sql/0001-team/take_events.sql"),
            include_str!("../sql/0001-team/take_bodies.sql"),
            include_str!("../sql/0001-team/take_gone.sql"),
            include_str!("../sql/0001-team/fault_of.sql"),
            include_str!("../sql/0001-team/ship_1.sql"),
            include_str!("../sql/0001-team/supply_1.sql"),
            include_str!("../sql/0001-team/grants.sql"),
        ],
    },
    read::STEP,
    serve::STEP,
    search::STEP,
    log::STEP,
    plans::STEP,
    upkeep::STEP,
    cache::STEP,
];

/// How long a statement waits for a table that others use.
const LOCK_TIMEOUT: &str = "set local lock_timeout = '2s'";
/// One at a time.
const MIGRATE_LOCK: &str = "pg_advisory_xact_lock(hashtextextended('retold migrate', 0))";
/// How many months ahead bodies have a partition.
const MONTHS_AHEAD: i32 = 12;

/// Asked of the table itself: what a session remembers of names may be older than what it has just waited for.
const IS_THERE: &str = "select exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'retold' and c.relname = 'migration')";

const MIGRATION_TABLE: &str = "create table if not exists retold.migration (
    number integer primary key,
    name text not null,
    digest bytea not null,
    applied_at timestamptz not null default now()
)";

/// Returns the number of the last step that a database has; 0 for one without the schema.
///
/// # Errors
/// Where it cannot be read.
pub fn current(client: &mut impl GenericClient) -> Result<i32, Error> {
    let is_there = client.query_one(IS_THERE, &[])?;
    if !is_there.get::<_, bool>(0) {
        return Ok(0);
    }
    Ok(client.query_one("select coalesce(max(number), 0) from retold.migration", &[])?.get(0))
}

/// Returns the SQL of the steps after `from`, as [`up`] runs it.
pub fn script(from: i32) -> String {
    let mut script = String::new();
    for step in MIGRATIONS.iter().filter(|step| step.number > from) {
        script.push_str(&format!("-- {} {}\nbegin;\n{LOCK_TIMEOUT};\n", step.number, step.name));
        let (before, after) = step.statements();
        before.iter().for_each(|statement| push(&mut script, statement));
        script.push_str("set local role retold_owner;\n");
        push(&mut script, MIGRATION_TABLE);
        after.iter().for_each(|statement| push(&mut script, statement));
        let digest: String = step.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        script.push_str(&format!(
            "insert into retold.migration (number, name, digest) values ({}, '{}', '\\x{digest}');\ncommit;\n\n",
            step.number, step.name
        ));
    }
    script
}

fn push(script: &mut String, statement: &str) {
    script.push_str(statement.trim_end());
    script.push_str(";\n");
}

/// Applies what is missing, each step all or nothing, and makes the partitions of the coming months; several may call it at once.
///
/// # Errors
/// [`Error::Newer`] and [`Error::Other`] before anything is touched; [`Error::Postgres`] with the steps before kept.
pub fn up(client: &mut Client, now: Timestamp) -> Result<(), Error> {
    let known = newest();
    let found = current(client)?;
    if found > known {
        return Err(Error::Newer { found, known });
    }
    if found > 0 {
        for row in client.query("select number, digest from retold.migration", &[])? {
            let (number, digest): (i32, Vec<u8>) = (row.get(0), row.get(1));
            if !MIGRATIONS.iter().any(|step| step.number == number && step.digest() == digest[..]) {
                return Err(Error::Other(number));
            }
        }
    }
    for step in MIGRATIONS {
        let mut transaction = client.transaction()?;
        transaction.batch_execute(&format!("select {MIGRATE_LOCK}"))?;
        if current(&mut transaction)? >= step.number {
            continue;
        }
        transaction.batch_execute(LOCK_TIMEOUT)?;
        let (before, after) = step.statements();
        for statement in before {
            transaction.batch_execute(statement)?;
        }
        transaction.batch_execute("set local role retold_owner")?;
        transaction.batch_execute(MIGRATION_TABLE)?;
        for statement in after {
            transaction.batch_execute(statement)?;
        }
        transaction.execute(
            "insert into retold.migration (number, name, digest) values ($1, $2, $3)",
            &[&step.number, &step.name, &step.digest().as_slice()],
        )?;
        transaction.commit()?;
    }
    make_partitions(client, now)
}

/// Makes the partitions of bodies for this month and the coming ones.
fn make_partitions(client: &mut Client, now: Timestamp) -> Result<(), Error> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    for ahead in 0..=MONTHS_AHEAD {
        let first = today.first_of_month().saturating_add(ahead.months());
        let next = first.saturating_add(1.month());
        let mut transaction = client.transaction()?;
        transaction.batch_execute(&partition(first, next))?;
        transaction.commit()?;
    }
    Ok(())
}

fn partition(first: Date, next: Date) -> String {
    let name = first.strftime("%Y_%m");
    // Made beside the table and attached: whoever ships does not wait for it. One that already holds bodies in the default partition
    // stays there.
    format!(
        "select {MIGRATE_LOCK}; {LOCK_TIMEOUT}; set local role retold_owner;
        do $$ begin
            if not exists (select 1 from pg_class where relname = 'body_{name}' and relnamespace = 'retold'::regnamespace) and not exists (select 1 from retold.body_other where received >= '{first}' and received < '{next}') then
                create table retold.body_{name} (like retold.body including all);
                alter table retold.body attach partition retold.body_{name} for values from ('{first}') to ('{next}');
                grant select on retold.body_{name} to retold_worker;
            end if;
        end $$"
    )
}

/// Finds a tenant, or makes it with its organisation; returns its number.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn make_tenant(client: &mut Client, name: &str) -> Result<i64, Error> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute(
        "set local role retold_owner; select pg_advisory_xact_lock(hashtextextended('retold tenant', 0))",
    )?;
    if let Some(found) =
        transaction.query_opt("select tenant from retold.tenant where name = $1", &[&name])?
    {
        return Ok(found.get(0));
    }
    let org: i64 = transaction
        .query_one("insert into retold.org (org, name) select coalesce(max(org), 0) + 1, $1 from retold.org returning org", &[&name])?
        .get(0);
    let tenant: i64 = transaction
        .query_one(
            "insert into retold.tenant (tenant, org, name) select coalesce(max(tenant), 0) + 1, $1, $2 from retold.tenant returning tenant",
            &[&org, &name],
        )?
        .get(0);
    let codec = i16::try_from(FIRST_DICTIONARY).unwrap_or(i16::MAX);
    transaction.execute(
        "insert into retold.dictionary (tenant, codec, bytes) values ($1, $2, $3)",
        &[&tenant, &codec, &BUILT_IN_DICTIONARY],
    )?;
    transaction.commit()?;
    Ok(tenant)
}

/// Adds a person, with a login role that is made where there is none; returns whether the role was made. A role is of one tenant.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn add_person(client: &mut Client, tenant: i64, name: &str, role: &str) -> Result<bool, AddError> {
    let mut transaction = client.transaction().map_err(Error::from)?;
    transaction
        .batch_execute("select pg_advisory_xact_lock(hashtextextended('retold person', 0))")
        .map_err(Error::from)?;
    let taken = transaction
        .query_opt("select tenant, name from retold.person where role = $1::text::name", &[&role])
        .map_err(Error::from)?;
    if let Some(taken) = taken {
        let (of, person): (i64, String) = (taken.get(0), taken.get(1));
        return if (of, person.as_str()) == (tenant, name) {
            Ok(false)
        } else {
            Err(AddError::Taken(person))
        };
    }
    let is_new = transaction
        .query_opt("select 1 from pg_roles where rolname = $1::text::name", &[&role])
        .map_err(Error::from)?
        .is_none();
    let create = if is_new { "create role %1$I login" } else { "select 1" };
    let statement = format!("select format('{create}; grant retold_shipper to %1$I', $1::text)");
    let statement: String = transaction.query_one(&statement, &[&role]).map_err(Error::from)?.get(0);
    transaction.batch_execute(&statement).map_err(Error::from)?;
    transaction
        .execute(
            "insert into retold.person (tenant, person, name, role)
            select $1, coalesce(max(person), 0) + 1, $2, $3::text::name from retold.person where tenant = $1",
            &[&tenant, &name, &role],
        )
        .map_err(Error::from)?;
    transaction.commit().map_err(Error::from)?;
    Ok(is_new)
}

/// Returns the number of a tenant; where there is but one, its name may be left out. `None` where there is none, or several.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn find_tenant(client: &mut Client, name: Option<&str>) -> Result<Option<i64>, Error> {
    match tenants(client, name)?.as_slice() {
        [tenant] => Ok(Some(*tenant)),
        _ => Ok(None),
    }
}

/// Returns the numbers of all tenants, or of the one with a name: none where there is none.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn tenants(client: &mut impl GenericClient, name: Option<&str>) -> Result<Vec<i64>, Error> {
    let sql = "select tenant from retold.tenant where $1::text is null or name = $1 order by tenant";
    Ok(client.query(sql, &[&name])?.iter().map(|row| row.get(0)).collect())
}

/// Why a person could not be added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// PostgreSQL refused.
    #[error(transparent)]
    Schema(#[from] Error),
    /// The role is another person's.
    #[error("the role is that of {0}")]
    Taken(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_steps_are_frozen() {
        let frozen: String = MIGRATIONS
            .iter()
            .map(|step| {
                let digest: String = step.digest().iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{} {} {digest}\n", step.number, step.name)
            })
            .collect();
        if std::env::var_os("RETOLD_UPDATE").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/frozen.txt"), &frozen).unwrap();
        }
        assert_eq!(frozen, include_str!("../frozen.txt"));
    }
}
