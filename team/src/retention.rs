//! Retires what was said: of bodies that arrived longer ago than a team keeps them, content goes, and facts stay.
//!
//! A log whose content was retired is one that was shipped at the level `facts` up to there: its chain verifies, lists show and count
//! the same sessions, and nothing of it is asked of the laptops again. Each log is a transaction of its own, under the lock that its
//! shipments take.

use postgres::{Client, GenericClient};
use retold_core::EventType;

use crate::receiver::Error;

/// As its owner, who waits for nobody for long.
const AS_OWNER: &str =
    "set local role retold_owner; set local lock_timeout = '2s'; set local search_path = pg_catalog";

/// For how many months a team keeps what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The team's number.
    pub tenant: i64,
    /// The team's name.
    pub team: String,
    /// The months, beside the one that it is now; `None`: for good.
    pub months: Option<u16>,
}

/// What is past its time in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The log's number.
    pub log: i32,
    /// How many bodies of content there are.
    pub content: u64,
    /// How many other bodies.
    pub facts: u64,
}

/// What became of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// How many bodies of content went.
    pub content: u64,
    /// How many other bodies stayed.
    pub facts: u64,
}

/// Returns for how many months teams keep what was said.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn policies(client: &mut impl GenericClient, tenants: &[i64]) -> Result<Vec<Retention>, Error> {
    let rows = client.query(include_str!("../sql/retention/policies.sql"), &[&tenants])?;
    let months =
        |row: &postgres::Row| row.get::<_, Option<i16>>(2).and_then(|months| u16::try_from(months).ok());
    Ok(rows
        .iter()
        .map(|row| Retention { tenant: row.get(0), team: row.get(1), months: months(row) })
        .collect())
}

/// Sets for how many months a team keeps what was said; nothing goes by that alone. It waits for what is being retired.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn set(client: &mut Client, tenant: i64, months: Option<u16>) -> Result<(), Error> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute(AS_OWNER)?;
    transaction.query("select 1 from retold.tenant where tenant = $1 for update", &[&tenant])?;
    let months = months.map(|months| i16::try_from(months).unwrap_or(i16::MAX));
    let sql = "update retold.tenant set body_months = $2 where tenant = $1";
    transaction.execute(sql, &[&tenant, &months])?;
    Ok(transaction.commit()?)
}

/// Returns the first day that is kept, where so many months are.
///
/// # Errors
/// Where PostgreSQL fails.
pub fn kept_from(client: &mut impl GenericClient, months: u16) -> Result<String, Error> {
    Ok(client.query_one(include_str!("../sql/retention/cutoff.sql"), &[&i32::from(months)])?.get(0))
}

/// Returns what would go of a team's logs, were so many months kept. O(bodies of the months before).
///
/// # Errors
/// Where PostgreSQL fails.
pub fn due(client: &mut impl GenericClient, tenant: i64, months: u16) -> Result<Vec<Due>, Error> {
    let first = kept_from(client, months)?;
    let rows = client.query(include_str!("../sql/retention/due.sql"), &[&tenant, &first, &facts()])?;
    let number = |row: &postgres::Row, at: usize| row.get::<_, i64>(at).cast_unsigned();
    Ok(rows
        .iter()
        .map(|row| Due { log: row.get(0), content: number(row, 1), facts: number(row, 2) })
        .collect())
}

/// Retires the content of a log that is past its time by what its team has set now: one transaction. Its shipments wait meanwhile.
/// O(bodies of the months before). Where it is killed, nothing was done; again does nothing.
///
/// # Errors
/// Where PostgreSQL refuses, or somebody holds the log for too long: nothing was done then.
pub fn retire(client: &mut Client, tenant: i64, log: i32) -> Result<Retired, Error> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute(AS_OWNER)?;
    // What is set stays so until this is done. Shipments move this row, too, and do not wait for this lock.
    let set =
        "select body_months from retold.tenant where tenant = $1 and body_months is not null for key share";
    let Some(set) = transaction.query_opt(set, &[&tenant])? else { return Ok(Retired::default()) };
    let lock = "select 1 from retold.log where tenant = $1 and log = $2 for update";
    transaction.query(lock, &[&tenant, &log])?;
    let first = kept_from(&mut transaction, u16::try_from(set.get::<_, i16>(0)).unwrap_or(u16::MAX))?;
    let parts = transaction.query(include_str!("../sql/retention/parts.sql"), &[&tenant, &log, &first])?;
    let mut parts: Vec<String> = parts.iter().map(|row| row.get(0)).collect();
    let kept = transaction
        .execute(include_str!("../sql/retention/keep_facts.sql"), &[&tenant, &log, &first, &facts()])?;
    let gone: Vec<i64> =
        transaction.query_one(include_str!("../sql/retention/retire.sql"), &[&tenant, &log, &first])?.get(0);
    transaction.execute(include_str!("../sql/retention/note_retired.sql"), &[&tenant, &log, &gone])?;
    let forgotten =
        transaction.query_one(include_str!("../sql/retention/forget.sql"), &[&tenant, &log, &gone])?;
    if forgotten.get::<_, i64>(0) > 0 {
        parts.push("blob".to_owned());
    }
    transaction.query(include_str!("../sql/retention/note_residue.sql"), &[&tenant, &log, &parts])?;
    transaction.commit()?;
    Ok(Retired { content: gone.len() as u64, facts: kept })
}

/// Drops the partitions of months before this one that have nothing any more; returns their names. Who ships or reads waits for that
/// moment.
///
/// # Errors
/// Where PostgreSQL refuses, or somebody holds the bodies for too long: those before are dropped.
pub fn drop_empty(client: &mut Client) -> Result<Vec<String>, Error> {
    let mut dropped = Vec::new();
    for row in client.query(include_str!("../sql/retention/empty_months.sql"), &[])? {
        let part: String = row.get(0);
        let is_empty = format!("select not exists (select 1 from retold.{part})");
        // What is found here without a lock is found again under it.
        if !client.query_one(&is_empty, &[])?.get::<_, bool>(0) {
            continue;
        }
        let mut transaction = client.transaction()?;
        transaction.batch_execute(AS_OWNER)?;
        transaction.batch_execute("lock table only retold.body in access exclusive mode")?;
        if transaction.query_one(&is_empty, &[])?.get(0) {
            transaction.batch_execute(&format!("drop table retold.{part}"))?;
            // Where something was redacted in it, samples that PostgreSQL took of it are still to be purged.
            let forget = "delete from retold.residue r
                where r.tenant = any (array(select tenant from retold.tenant)) and r.part = $1 and r.redacted = 0";
            transaction.execute(forget, &[&part])?;
            transaction.commit()?;
            dropped.push(part);
        }
    }
    Ok(dropped)
}

/// The numbers of the types that are not content. One that this release does not know counts as content.
fn facts() -> Vec<i32> {
    EventType::ALL.iter().filter(|kind| !kind.is_content()).map(|kind| kind.number().into()).collect()
}
