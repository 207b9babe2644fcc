//! A receiver that is PostgreSQL: one function call an act, one transaction each.

mod acting;
mod columns;
mod contents;
mod server;
mod sessions;

use std::time::Duration;

use ::postgres::Client;
use ::postgres::error::SqlState;
use ::postgres::types::{ToSql, Type};
use retold_core::{EventHash, Head, Position};

pub use acting::{Around, Before, Figure, Holder};
pub use server::{Insecure, Server, password_of};

use super::shipment::{Level, Shipment};
use super::{Answer, Attach, Attached, Attachment, Error, LogNumber, Receiver};
use columns::Columns;

/// How long a shipper waits where the server says that something holds it up.
const WAIT: Duration = Duration::from_millis(200);

/// A value, and the type that the server is told: a question whose types are told is one round trip, one that is prepared is two.
pub(crate) type Typed<'v> = (&'v (dyn ToSql + Sync), Type);

/// Receives logs in a PostgreSQL that `retold team init` has set up.
pub struct Postgres {
    client: Client,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connects. Takes as long as `connect_timeout` says, ten seconds unless the address says another.
    ///
    /// # Errors
    /// Where the server cannot be reached, or refuses.
    pub fn connect(server: &Server) -> Result<Self, Error> {
        Ok(Self { client: server.connect()? })
    }

    /// Speaks through a connection that is there.
    pub fn over(client: Client) -> Self {
        Self { client }
    }

    fn call(
        &mut self,
        sql: &str,
        log: LogNumber,
        shipment: &Shipment,
        settles: Option<bool>,
    ) -> Result<Answer, Error> {
        let columns = Columns::of(log, shipment)?;
        let mut parameters = columns.parameters();
        if let Some(settles) = &settles {
            parameters.push((settles, Type::BOOL));
        }
        let row = match self.client.query_typed_one(sql, &parameters) {
            Ok(row) => row,
            Err(error) => return answer_of(error),
        };
        let reason: Option<String> = row.get(1);
        let head: Option<i64> = row.get(2);
        let head = head.map_or(Ok(super::NOTHING), |head| head_of(head, row.get(3)))?;
        let ingest: Option<i64> = row.get(4);
        Ok(match row.get(0) {
            "TAKEN" => Answer::Taken(head, ingest.map(i64::cast_unsigned)),
            "HAVE" => Answer::Have(head),
            "GAP" => Answer::Gap(head),
            "DIVERGED" => Answer::Diverged(head),
            _ => Answer::Refused(reason.unwrap_or_default()),
        })
    }
}

impl Receiver for Postgres {
    fn attach(&mut self, attach: &Attach) -> Result<Attached, Error> {
        let (parent, until) = attach.parent.unzip();
        let parent_id: Option<&[u8]> = parent.as_ref().map(|id| id.as_bytes().as_slice());
        let parent_until = until.map(|until| until.position.get().cast_signed());
        let parent_hash: Option<&[u8]> = until.as_ref().map(|until| until.hash.as_bytes().as_slice());
        let format = i16::try_from(attach.format).unwrap_or(i16::MAX);
        let (from, to) = (i32::from(*attach.protocol.start()), i32::from(*attach.protocol.end()));
        let level = attach.level.number();
        let now = time_of(attach.now);
        let parameters: [Typed<'_>; 11] = [
            (&attach.log.as_bytes().as_slice(), Type::BYTEA),
            (&format, Type::INT2),
            (&parent_id, Type::BYTEA),
            (&parent_until, Type::INT8),
            (&parent_hash, Type::BYTEA),
            (&attach.device, Type::TEXT),
            (&level, Type::INT2),
            (&attach.whole, Type::BOOL),
            (&now, Type::TIMESTAMPTZ),
            (&from, Type::INT4),
            (&to, Type::INT4),
        ];
        let row = self.client.query_typed_one(
            "select answer, reason, tenant, log, head, head_hash, at_level, is_whole, level_max
            from retold.attach_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &parameters,
        )?;
        let reason: Option<String> = row.get(1);
        Ok(match row.get(0) {
            "ATTACHED" => Attached::To(Attachment {
                log: LogNumber { tenant: row.get(2), log: row.get(3) },
                head: head_of(row.get(4), row.get(5))?,
                level: level_of(row.get(6))?,
                whole: row.get(7),
                level_max: level_of(row.get(8))?,
            }),
            "PARENT" => Attached::ParentFirst,
            "UPGRADE" => Attached::Upgrade(reason.and_then(|min| min.parse().ok()).unwrap_or(u16::MAX)),
            _ => Attached::Refused(reason.unwrap_or_default()),
        })
    }

    fn head(&mut self, log: LogNumber) -> Result<Head, Error> {
        let row = self.client.query_typed_opt(
            "select head, head_hash from retold.head_1($1, $2)",
            &[(&log.tenant, Type::INT8), (&log.log, Type::INT4)],
        )?;
        named(row)
    }

    fn hash_at(&mut self, log: LogNumber, position: Position) -> Result<Head, Error> {
        let row = self.client.query_typed_opt(
            "select at_position, hash from retold.hash_at_1($1, $2, $3)",
            &[(&log.tenant, Type::INT8), (&log.log, Type::INT4), (&position.get().cast_signed(), Type::INT8)],
        )?;
        named(row)
    }

    fn ship(&mut self, log: LogNumber, shipment: &Shipment) -> Result<Answer, Error> {
        self.call(&columns::call("ship_1", false), log, shipment, None)
    }

    fn supply(&mut self, log: LogNumber, shipment: &Shipment, settles: bool) -> Result<Answer, Error> {
        self.call(&columns::call("supply_1", true), log, shipment, Some(settles))
    }
}

/// Whether an error of the server passes by itself: a lock, a server that starts or has no room.
pub(super) fn is_passing(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    // 08 connection, 40 rolled back, 53 no room, 57 somebody intervened, 55P03 a lock.
    ["08", "40", "53", "57"].contains(&class) || *code == SqlState::LOCK_NOT_AVAILABLE
}

/// An error before which nothing was written is an answer: wait.
fn answer_of(error: ::postgres::Error) -> Result<Answer, Error> {
    match error.code() {
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE || code.code().starts_with("40") => {
            Ok(Answer::Busy(WAIT))
        }
        _ => Err(error.into()),
    }
}

fn named(row: Option<::postgres::Row>) -> Result<Head, Error> {
    let row = row.ok_or_else(|| Error::Target("there is no such log".to_owned()))?;
    let (at, hash): (Option<i64>, Option<&[u8]>) = (row.get(0), row.get(1));
    let (at, hash) = at.zip(hash).ok_or_else(|| Error::Target("there is no such log".to_owned()))?;
    head_of(at, hash)
}

fn head_of(position: i64, hash: &[u8]) -> Result<Head, Error> {
    let position = u64::try_from(position).ok().and_then(Position::new);
    let hash = <[u8; 32]>::try_from(hash).ok().map(EventHash::from_bytes);
    let (position, hash) =
        position.zip(hash).ok_or_else(|| Error::Damaged("a head of it is none".to_owned()))?;
    Ok(Head { position, hash })
}

fn level_of(number: i16) -> Result<Level, Error> {
    Level::from_number(number).ok_or_else(|| Error::Damaged(format!("there is no level {number}")))
}

/// Microseconds since 1970 as a time of the system.
fn time_of(micros: i64) -> std::time::SystemTime {
    let distance = Duration::from_micros(micros.unsigned_abs());
    let epoch = std::time::UNIX_EPOCH;
    let time = if micros < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) };
    time.unwrap_or(epoch)
}
