//! Writes the tables again in which row versions are left of what was erased.
//!
//! PostgreSQL keeps the bytes of a deleted row in its table until it writes others over them; only `vacuum full` gets rid of all of them.
//! It also keeps samples of columns, as statistics: those of a table that was written again are taken again, and the table of statistics
//! is written again after them. As long as an older transaction may read a deleted row, PostgreSQL keeps it: nothing counts as purged
//! before that transaction has ended.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use postgres::error::{DbError, SqlState};
use postgres::{Client, GenericClient};

use crate::receiver::{Error, Server};

/// How long a table is waited for: whoever comes meanwhile waits behind.
const SETTINGS: &str = "set lock_timeout = '2s'; set statement_timeout = 0; set idle_session_timeout = 0; set search_path = pg_catalog";

/// A table in which row versions are left of what was redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residue {
    /// Its name; of bodies it is that of a month's partition.
    pub part: String,
    /// How many redactions it had since it was last written again.
    pub redactions: u64,
    /// When the first of them came, in microseconds since 1970.
    pub since: i64,
    /// How many bytes it has, with its indexes.
    pub bytes: u64,
    /// When it was last written again.
    pub purged_at: Option<i64>,
}

/// What became of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was written again.
    Written {
        /// How many bytes it had.
        before: u64,
        /// How many it has.
        after: u64,
    },
    /// It is not there any more, nor is what was in it.
    Dropped,
    /// Somebody else held it for too long: nothing was done.
    Busy,
    /// A transaction that began before may still read what was erased.
    StillRead,
    /// Sessions of it have to be made again first: nothing was done.
    ToBeMadeAgain(u64),
    /// PostgreSQL did not do it, and what it said.
    Refused(String),
}

impl Outcome {
    /// Whether nothing is left of what was erased.
    pub fn is_written(&self) -> bool {
        matches!(self, Self::Written { .. } | Self::Dropped)
    }
}

/// What a purge does not reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// How large the write-ahead log becomes before it is recycled, in words.
    pub wal: String,
    /// Whether it is archived.
    pub is_archived: bool,
    /// How many servers follow this one.
    pub standbys: u64,
}

/// What the server says beside its answers.
type Notices = Arc<Mutex<Vec<DbError>>>;

/// Returns the tables in which row versions are left of what was redacted, of the tenants of these numbers. O(logs with erasures).
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn residue(client: &mut impl GenericClient, tenants: &[i64]) -> Result<Vec<Residue>, Error> {
    let rows = client.query(include_str!("../sql/residue.sql"), &[&tenants])?;
    let number = |row: &postgres::Row, at: usize| row.get::<_, i64>(at).cast_unsigned();
    let residue = rows.iter().map(|row| Residue {
        part: row.get(0),
        redactions: number(row, 1),
        since: row.get(2),
        bytes: number(row, 3),
        purged_at: row.get(4),
    });
    Ok(residue.collect())
}

/// Purges tables, one at a time.
pub struct Purge {
    client: Client,
    notices: Notices,
    /// What was noted when it began: tables, tenants, logs and marks. What is noted after that stays.
    noted: Vec<(String, i64, i32, i64)>,
    /// Of tables, the transaction before which all was deleted from them that was noted.
    deleted: HashMap<String, String>,
    /// The same of samples; `None` after some were taken.
    sampled: Option<String>,
    /// Whether samples of the bodies of all months were taken.
    has_sampled_all: bool,
    written: Vec<(String, Option<(i64, i64)>)>,
}

impl std::fmt::Debug for Purge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Purge").field("written", &self.written).finish_non_exhaustive()
    }
}

/// A table as it is on the disk.
struct OnDisk {
    /// Its name as SQL takes it.
    name: String,
    oid: u32,
    bytes: i64,
    /// Another number after it was written again.
    file: Option<u32>,
}

impl Purge {
    /// Connects as a role that owns the schema, or is a superuser.
    ///
    /// # Errors
    /// Where the server cannot be reached.
    pub fn connect(server: &Server) -> Result<Self, Error> {
        let notices = Notices::default();
        let told = Arc::clone(&notices);
        let mut client = server.connect_told(move |notice| told.lock().push(notice))?;
        client.batch_execute(SETTINGS)?;
        let sql = "select r.part, r.tenant, r.log, r.mark from retold.residue r
            where r.tenant = any (array(select tenant from retold.tenant))";
        let noted = client.query(sql, &[])?;
        let noted = noted.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
        Ok(Self {
            client,
            notices,
            noted,
            deleted: HashMap::new(),
            sampled: None,
            has_sampled_all: false,
            written: Vec::new(),
        })
    }

    /// Returns its connection.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Writes a table again; its readers and writers wait meanwhile. O(its live rows); it takes as much room on the disk as the table
    /// has afterwards. It counts as purged once [`finish`](Self::finish) was called.
    ///
    /// # Errors
    /// Where the server fails.
    pub fn write_again(&mut self, part: &str) -> Result<Outcome, Error> {
        let Some(before) = self.on_disk("retold", part)? else {
            self.written.push((part.to_owned(), None));
            return Ok(Outcome::Dropped);
        };
        if !self.deleted.contains_key(part) {
            let stale = if is_of_log(part) { 0 } else { self.stale(part)? };
            if stale > 0 {
                return Ok(Outcome::ToBeMadeAgain(stale));
            }
            let now = self.now()?;
            self.deleted.insert(part.to_owned(), now);
        }
        let since = self.deleted.get(part).cloned().unwrap_or_default();
        if let Some(other) = self.vacuum(&before, ("retold", part), &since)? {
            return Ok(other);
        }
        if !self.renew_statistics(&before.name, before.oid)? {
            return Ok(Outcome::Refused(
                "it is empty, and only a superuser takes back the samples that PostgreSQL has of it"
                    .to_owned(),
            ));
        }
        let after = self.on_disk("retold", part)?.map_or(0, |after| after.bytes);
        self.written.push((part.to_owned(), Some((before.bytes, after))));
        Ok(Outcome::Written { before: before.bytes.cast_unsigned(), after: after.cast_unsigned() })
    }

    /// Takes back the samples that PostgreSQL has of what was in the tables, and notes of these that they are purged.
    ///
    /// # Errors
    /// Where the server fails.
    pub fn finish(&mut self) -> Result<Outcome, Error> {
        if let Some(refused) = self.renew_of_all()? {
            return Ok(refused);
        }
        let table = ("pg_catalog", "pg_statistic");
        let Some(before) = self.on_disk(table.0, table.1)? else {
            return Ok(Outcome::Refused("PostgreSQL has no table of samples".to_owned()));
        };
        let since = match self.sampled.clone() {
            Some(since) => since,
            None => self.now()?,
        };
        self.sampled = Some(since.clone());
        if let Some(other) = self.vacuum(&before, table, &since)? {
            return Ok(other);
        }
        let after = self.on_disk(table.0, table.1)?.map_or(0, |after| after.bytes);
        self.note()?;
        // The files that were replaced are gone once the server has been there; who may not ask for it waits some minutes.
        match self.client.batch_execute("checkpoint") {
            Err(error) if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Err(error.into()),
            _ => Ok(Outcome::Written { before: before.bytes.cast_unsigned(), after: after.cast_unsigned() }),
        }
    }

    /// Says what a purge does not reach.
    ///
    /// # Errors
    /// Where the server fails.
    pub fn beyond(&mut self) -> Result<Beyond, Error> {
        let row = self.client.query_one(
            "select current_setting('max_wal_size'), current_setting('archive_mode') <> 'off', (select count(*) from pg_stat_replication)",
            &[],
        )?;
        Ok(Beyond {
            wal: row.get(0),
            is_archived: row.get(1),
            standbys: row.get::<_, i64>(2).cast_unsigned(),
        })
    }

    fn note(&mut self) -> Result<(), Error> {
        let (mut tenants, mut logs, mut parts, mut marks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut names, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for (part, bytes) in std::mem::take(&mut self.written) {
            for (_, tenant, log, mark) in self.noted.iter().filter(|noted| noted.0 == part) {
                tenants.push(*tenant);
                logs.push(*log);
                parts.push(part.clone());
                marks.push(*mark);
            }
            if let Some((was, is)) = bytes {
                names.push(part);
                before.push(was);
                after.push(is);
            }
        }
        let sql = include_str!("../sql/note_purged.sql");
        self.client.execute(sql, &[&tenants, &logs, &parts, &marks, &names, &before, &after])?;
        Ok(())
    }

    fn on_disk(&mut self, schema: &str, table: &str) -> Result<Option<OnDisk>, Error> {
        let found = self.client.query_opt(
            "select format('%I.%I', n.nspname, c.relname), c.oid, pg_total_relation_size(c.oid), pg_relation_filenode(c.oid)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = $1::text::name and c.relname = $2::text::name and c.relkind in ('r', 'p')",
            &[&schema, &table],
        )?;
        Ok(found.map(|row| OnDisk { name: row.get(0), oid: row.get(1), bytes: row.get(2), file: row.get(3) }))
    }

    /// Returns the number of a transaction that begins now.
    fn now(&mut self) -> Result<String, Error> {
        Ok(self.client.query_one("select pg_current_xact_id()::xid::text", &[])?.get(0))
    }

    /// Returns how many sessions of the teams that have something erased in a table are to be made again.
    fn stale(&mut self, part: &str) -> Result<u64, Error> {
        let tenants: Vec<i64> =
            self.noted.iter().filter(|noted| noted.0 == part).map(|noted| noted.1).collect();
        let sql = "select count(*) from retold.stale s where s.tenant = any ($1) and s.waits_for is null";
        Ok(self.client.query_one(sql, &[&tenants])?.get::<_, i64>(0).cast_unsigned())
    }

    /// Writes a table again without what was deleted before a transaction; returns why not, where that is not so.
    fn vacuum(
        &mut self,
        before: &OnDisk,
        (schema, table): (&str, &str),
        since: &str,
    ) -> Result<Option<Outcome>, Error> {
        let is_catalog = schema == "pg_catalog";
        let horizon = include_str!("../sql/horizon.sql");
        let is_past: Option<bool> = self.client.query_one(horizon, &[&since, &is_catalog])?.get(0);
        if is_past == Some(false) {
            return Ok(Some(Outcome::StillRead));
        }
        self.notices.lock().clear();
        match self.client.batch_execute(&format!("vacuum (full, verbose) {}", before.name)) {
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                return Ok(Some(Outcome::Busy));
            }
            done => done?,
        }
        let after = self.on_disk(schema, table)?;
        let notices = self.notices.lock();
        if after.and_then(|after| after.file) == before.file {
            let said = notices.iter().find(|notice| notice.code() == &SqlState::WARNING);
            let said = said.or(notices.last()).map_or("nothing", DbError::message);
            return Ok(Some(Outcome::Refused(said.to_owned())));
        }
        // Who may not see what others do is told how many deleted rows are left, whatever they were.
        let left = notices.iter().find_map(|notice| still_read(notice.detail()?));
        Ok((is_past.is_none() && left != Some(0)).then_some(Outcome::StillRead))
    }

    /// Takes samples of the bodies of all months again, where there are some; returns why not, where that is not so.
    fn renew_of_all(&mut self) -> Result<Option<Outcome>, Error> {
        let are_there =
            "select exists (select 1 from pg_stats where schemaname = 'retold' and tablename = 'body')";
        if self.has_sampled_all || !self.client.query_one(are_there, &[])?.get::<_, bool>(0) {
            return Ok(None);
        }
        let Some(body) = self.on_disk("retold", "body")? else { return Ok(None) };
        self.has_sampled_all = self.renew_statistics(&body.name, body.oid)?;
        let refused = || Outcome::Refused("only a superuser takes back samples of what is empty".to_owned());
        Ok((!self.has_sampled_all).then(refused))
    }

    /// Takes samples of a table again; returns whether the old ones are gone.
    fn renew_statistics(&mut self, name: &str, oid: u32) -> Result<bool, Error> {
        // Of a table without rows no samples are taken, and the old ones stay.
        match self.client.execute("delete from pg_statistic where starelid = $1", &[&oid]) {
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                let is_empty = format!("select not exists (select 1 from {name})");
                let has_samples = "select exists (select 1 from pg_stats s where format('%I.%I', s.schemaname, s.tablename) = $1)";
                if self.client.query_one(&is_empty, &[])?.get(0)
                    && self.client.query_one(has_samples, &[&name])?.get(0)
                {
                    return Ok(false);
                }
            }
            done => {
                done?;
            }
        }
        self.client.batch_execute(&format!("analyze {name}"))?;
        self.sampled = None;
        Ok(true)
    }
}

/// Whether a table is of what was shipped, and not of what is made from it.
fn is_of_log(part: &str) -> bool {
    part == "blob" || part.starts_with("body_")
}

/// Reads how many row versions were left, from what PostgreSQL says of a table that it wrote again: the first number of
/// "0 dead row versions cannot be removed yet.", in whatever language.
fn still_read(detail: &str) -> Option<u64> {
    let line = detail.lines().next()?;
    let digits: String =
        line.chars().skip_while(|letter| !letter.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
