//! A connection of a server, which acts for the persons of tokens.

use std::collections::HashMap;

use ::postgres::types::Type;
use retold_core::{EventHash, Head, LogId};
use retold_projections::SessionFilter;
use serde_bytes::ByteArray;

use super::{Postgres, contents, head_of, sessions};
use crate::read::{Finds, ListError, PageRows, SearchError, Wanted};
use crate::receiver::{Error, Hash, KeptSession, Last, LogNumber};
use crate::token::TokenId;

/// How long a statement of somebody's transaction may take, and how long it may wait for the next: a server that stopped holds no locks.
const LIMITS: &str =
    "set local statement_timeout = '30s'; set local idle_in_transaction_session_timeout = '30s'";

/// A token that holds, as the database has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// Which one.
    pub id: TokenId,
    /// The person's number.
    pub person: i32,
    /// The machine's name.
    pub device: String,
    /// The SHA-256 of the token.
    pub digest: [u8; 32],
    /// What it is for, as bits of [`crate::token::Scope`].
    pub scopes: i16,
    /// Until when it holds.
    pub expires_at: Option<std::time::SystemTime>,
}

/// Without the digest.
impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holder").field("id", &self.id).field("person", &self.person).finish_non_exhaustive()
    }
}

/// What the events of a shipment go on from.
#[derive(Clone, Debug)]
pub struct Before {
    /// The log's id.
    pub log: LogId,
    /// How far it is there.
    pub head: Head,
    /// What is there of the streams that were asked for, at the revisions that were.
    pub streams: HashMap<(Hash, u64), Around>,
}

/// What is there of a stream around a revision of it.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// Its last event up to that revision.
    pub before: Last,
    /// How many positions were held back between it and the shipment, where it is of an earlier revision.
    pub held_back: u64,
    /// The position of its first event after that revision.
    pub next: Option<u64>,
}

/// A number that is measured of the tables: its name, what it is of, the number.
pub type Figure = (String, String, f64);

/// How the person of a token is named to PostgreSQL.
fn person_of(holder: &Holder) -> String {
    let TokenId { tenant, device } = holder.id;
    format!("{tenant}-{}-{device}", holder.person)
}

impl Postgres {
    /// Whether the connection is no longer one.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Returns the token that a device has, where it holds; needs `retold_server`.
    ///
    /// # Errors
    /// Where PostgreSQL refuses.
    pub fn holder(&mut self, id: TokenId) -> Result<Option<Holder>, Error> {
        let row = self.client.query_typed_one(
            "select person, device_name, token_sha256, scopes, expires_at from retold.token_1($1, $2)",
            &[(&id.tenant, Type::INT8), (&id.device, Type::INT4)],
        )?;
        let (person, digest): (Option<i32>, Option<&[u8]>) = (row.get(0), row.get(2));
        let Some((person, digest)) = person.zip(digest) else { return Ok(None) };
        Ok(Some(Holder {
            id,
            person,
            device: row.get(1),
            digest: *contents::bytes(digest)?,
            scopes: row.get(3),
            expires_at: row.get(4),
        }))
    }

    /// Begins a transaction for the person of a token. Until [`finish`](Self::finish), what is called is called by that person.
    ///
    /// # Errors
    /// Where PostgreSQL cannot be reached: nothing was done.
    pub fn begin_for(&mut self, holder: &Holder) -> Result<(), Error> {
        // Numbers alone: there is nothing to quote.
        let person = person_of(holder);
        Ok(self.client.batch_execute(&format!("begin; set local retold.person = '{person}'; {LIMITS}"))?)
    }

    /// Ends it: what was done is durable, or, where something failed, was not done.
    ///
    /// # Errors
    /// Where it is not known which.
    pub fn finish(&mut self, keeps: bool) -> Result<(), Error> {
        Ok(self.client.batch_execute(if keeps { "commit" } else { "rollback" })?)
    }

    /// Locks a log until the transaction ends, and returns what the events of a shipment that begins at `first` go on from: its head,
    /// and what is there of streams, by key, around a revision. `None` where the log is not there, or another person's.
    ///
    /// # Errors
    /// Where PostgreSQL refuses.
    pub fn before(
        &mut self,
        log: LogNumber,
        first: u64,
        wanted: &[(Hash, u64)],
    ) -> Result<Option<Before>, Error> {
        let keys: Vec<&[u8]> = wanted.iter().map(|(key, _)| key.as_slice()).collect();
        let revisions: Vec<i64> = wanted.iter().map(|(_, revision)| revision.cast_signed()).collect();
        let row = self.client.query_typed_one(
            "select log_id, head, head_hash, lasts, positions, hashes, held_back, nexts from retold.before_2($1, $2, $3, $4, $5)",
            &[
                (&log.tenant, Type::INT8),
                (&log.log, Type::INT4),
                (&first.cast_signed(), Type::INT8),
                (&keys, Type::BYTEA_ARRAY),
                (&revisions, Type::INT8_ARRAY),
            ],
        )?;
        let Some(id) = row.get::<_, Option<&[u8]>>(0) else { return Ok(None) };
        let id = id.try_into().map_err(|_| contents::damaged("a log's id"))?;
        let numbers =
            |at| row.get::<_, Option<Vec<i64>>>(at).unwrap_or_default().into_iter().map(i64::cast_unsigned);
        let hashes: Vec<Option<&[u8]>> = row.get::<_, Option<_>>(5).unwrap_or_default();
        let nexts: Vec<Option<i64>> = row.get::<_, Option<_>>(7).unwrap_or_default();
        let found = wanted.iter().zip(numbers(3)).zip(numbers(4)).zip(hashes).zip(numbers(6)).zip(nexts);
        let mut streams = HashMap::new();
        for (((((wanted, revision), position), hash), held_back), next) in found {
            let hash: Option<ByteArray<32>> = hash.map(contents::bytes).transpose()?;
            let hash = hash.map_or(EventHash::ZERO, |hash| EventHash::from_bytes(*hash));
            let before = Last { revision, position, hash };
            streams.insert(*wanted, Around { before, held_back, next: next.map(i64::cast_unsigned) });
        }
        Ok(Some(Before { log: LogId::from_bytes(id), head: head_of(row.get(1), row.get(2))?, streams }))
    }

    /// Returns a page of the list of sessions, of whom the transaction is for.
    ///
    /// # Errors
    /// Those of [`Lists::page`](crate::read::Lists::page).
    pub fn page(&mut self, filter: &SessionFilter, counts: bool) -> Result<PageRows, ListError> {
        crate::read::page(&mut self.client, filter, counts)
    }

    /// Searches what the person may read whole whom the transaction is for.
    ///
    /// # Errors
    /// Those of [`Searches::search`](crate::read::Searches::search).
    pub fn search(&mut self, wanted: &Wanted<'_>) -> Result<Finds, SearchError> {
        crate::read::search(&mut self.client, wanted)
    }

    /// The connection, for what [`read`](crate::read) asks: of the person whom the transaction is for.
    pub fn asked(&mut self) -> &mut ::postgres::Client {
        &mut self.client
    }

    /// Returns the edition of a log as [`Edition::changes`](crate::receiver::Edition::changes) counts it, and a secret that no other one has
    /// or had; `None` where there is no such log. For who serves: what is sealed by the secret is sealed for good once something goes.
    ///
    /// # Errors
    /// Where PostgreSQL refuses.
    pub fn secret(&mut self, log: LogNumber) -> Result<Option<(u64, Hash)>, Error> {
        let row = self.client.query_typed_one(
            "select changes, secret from retold.edition_1($1, $2)",
            &[(&log.tenant, Type::INT8), (&log.log, Type::INT4)],
        )?;
        let Some(secret) = row.get::<_, Option<&[u8]>>(1) else { return Ok(None) };
        Ok(Some((contents::position(&row, 0)?, contents::bytes(secret)?)))
    }

    /// Returns the sessions whose id begins so, of those that the person of a token may read whole, each with what answers about it are sealed
    /// by: see [`secret`](Self::secret). One question, which is a transaction of its own.
    ///
    /// # Errors
    /// Where PostgreSQL refuses.
    pub fn sessions_for(
        &mut self,
        holder: &Holder,
        id: &str,
    ) -> Result<Vec<(KeptSession, Option<Hash>)>, Error> {
        let rows = self.client.query_typed(
            "select tenant, log, stream_key, workspace_key, session_id, ordinal, revision, hash, changes, secret from retold.sessions_for_1($1, $2)",
            &[(&person_of(holder), Type::TEXT), (&id.as_bytes(), Type::BYTEA)],
        )?;
        rows.iter().map(sessions::with_secret).collect()
    }

    /// Limits how long a statement outside of somebody's transaction may take.
    ///
    /// # Errors
    /// Where PostgreSQL refuses.
    pub fn limit(&mut self) -> Result<(), Error> {
        Ok(self.client.batch_execute("set statement_timeout = '30s'")?)
    }

    /// Returns how far the teams of tokens are, of those that hold: the last shipment, and the last one that lists have.
    ///
    /// # Errors
    /// Where PostgreSQL refuses.
    pub fn pulse(&mut self, tokens: &[TokenId]) -> Result<Vec<(TokenId, u64, u64)>, Error> {
        let tenants: Vec<i64> = tokens.iter().map(|token| token.tenant).collect();
        let devices: Vec<i32> = tokens.iter().map(|token| token.device).collect();
        let rows = self.client.query_typed(
            "select tenant, device, ingest, listed from retold.pulse_1($1, $2)",
            &[(&tenants, Type::INT8_ARRAY), (&devices, Type::INT4_ARRAY)],
        )?;
        let told = |row: &::postgres::Row| {
            let token = TokenId { tenant: row.get(0), device: row.get(1) };
            Ok((token, contents::position(row, 2)?, contents::position(row, 3)?))
        };
        rows.iter().map(told).collect()
    }

    /// Returns the number of the last step of the schema.
    ///
    /// # Errors
    /// Where PostgreSQL refuses, or has no schema that a server knows.
    pub fn schema(&mut self) -> Result<i32, Error> {
        let row = self.client.query_typed_one("select retold.schema_1()", &[])?;
        // One that has no step yet.
        Ok(row.try_get::<_, Option<i32>>(0)?.unwrap_or(0))
    }

    /// Returns what is measured of the tables, and of the transactions that the connection's role may see how long the oldest has run.
    ///
    /// # Errors
    /// Where PostgreSQL refuses.
    pub fn figures(&mut self) -> Result<Vec<Figure>, Error> {
        let rows = self.client.query(
            "select name, what, value from retold.figures_1()
            union all select 'oldest_transaction_seconds', '', coalesce(max(extract(epoch from clock_timestamp() - a.xact_start)), 0)::double precision
                from pg_stat_activity a where a.pid <> pg_backend_pid() and a.backend_type = 'client backend'",
            &[],
        )?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
    }
}
