//! The events of all logs of a team, in the order in which they were shipped.

use postgres::types::Type;
use postgres::{GenericClient, Row};
use retold_core::{EventType, LogId, Recorded, StreamName};

use crate::receiver::{Error, LogNumber};
use crate::work::Reading;

/// Events that are fetched at once.
const PAGE: i32 = 1_000;

/// An event that was shipped.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Arrived {
    /// The number of the shipment that brought it.
    pub shipment: u64,
    /// The id of its log, as text.
    pub log: String,
    /// The session, or the workspace.
    pub name: StreamName,
    /// The event, as a log's own reader has it: long texts are referred to. Its body and meta are withheld where the caller may not read the session whole. Its stream has the number that the
    /// server gave it.
    pub event: Recorded,
    of: (LogNumber, Vec<u8>),
}

/// Where a reader of the team's events is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadUpTo {
    /// The last shipment of which something was read.
    pub shipment: u64,
    /// The last position of it that was read.
    pub position: u64,
}

impl ReadUpTo {
    /// After all of a shipment.
    pub fn end_of(shipment: u64) -> Self {
        Self { shipment, position: END }
    }

    /// Whether all of a shipment was read.
    pub fn has(&self, shipment: u64) -> bool {
        (self.shipment, self.position) >= (shipment, END)
    }
}

/// No event is after it.
const END: u64 = i64::MAX.cast_unsigned();

/// The head of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogHead {
    /// Its id, as text.
    pub log: String,
    /// Whose it is.
    pub person: String,
    /// The machine.
    pub device: String,
    /// Whether the caller shipped it.
    pub is_own: bool,
    /// The last event's position.
    pub position: u64,
    /// That event's hash.
    pub hash: retold_core::EventHash,
}

/// Reads the events that whoever asks may see. Nothing is kept but where it is, so that another connection goes on from there.
pub struct TeamLog {
    reading: Reading,
}

impl std::fmt::Debug for TeamLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TeamLog").finish_non_exhaustive()
    }
}

/// Returns the number of the last shipment of the caller's team. O(1).
///
/// # Errors
/// Where the server fails.
pub fn last_shipment(client: &mut impl GenericClient) -> Result<u64, Error> {
    let row = client.query_typed_one("select coalesce(retold.ingest_1(), 0)", &[])?;
    Ok(row.get::<_, i64>(0).cast_unsigned())
}

/// Returns the heads of the logs of which the caller sees something. O(logs).
///
/// # Errors
/// Where the server fails.
pub fn heads(client: &mut impl GenericClient) -> Result<Vec<LogHead>, Error> {
    let rows = client
        .query_typed("select log_id, person, device, is_own, head, head_hash from retold.heads_1()", &[])?;
    let head = |row: &Row| {
        Ok(LogHead {
            log: id_of(row.get(0))?,
            person: row.get(1),
            device: row.get(2),
            is_own: row.get(3),
            position: row.get::<_, i64>(4).cast_unsigned(),
            hash: retold_core::EventHash::from_bytes(
                row.get::<_, &[u8]>(5).try_into().map_err(|_| Error::Damaged("a hash".to_owned()))?,
            ),
        })
    };
    rows.iter().map(head).collect()
}

fn id_of(bytes: &[u8]) -> Result<String, Error> {
    let id = bytes.try_into().map_err(|_| Error::Damaged("the id of a log is none".to_owned()))?;
    Ok(LogId::from_bytes(id).to_string())
}

impl TeamLog {
    /// Makes one.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { reading: Reading::new()? })
    }

    /// Returns the next events after `after`, of shipments up to `until`, and moves `after` on: a thousand at most, of sixteen shipments at
    /// most. Only those of some types, where `types` names any. Once `after` [has](ReadUpTo::has) `until` there is none left. An event of a type that this
    /// release does not know is left out.
    ///
    /// # Errors
    /// Where the server fails: `after` is as it was.
    pub fn next(
        &mut self,
        client: &mut impl GenericClient,
        after: &mut ReadUpTo,
        until: u64,
        types: &[EventType],
    ) -> Result<Vec<Arrived>, Error> {
        let to = until.min(after.shipment.saturating_add(SHIPMENTS));
        let types: Option<Vec<i32>> =
            (!types.is_empty()).then(|| types.iter().map(|kind| i32::from(kind.number())).collect());
        let rows = client.query_typed(
            "select * from retold.log_1($1, $2, $3, $4, $5)",
            &[
                (&after.shipment.cast_signed(), Type::INT8),
                (&to.cast_signed(), Type::INT8),
                (&after.position.cast_signed(), Type::INT8),
                (&types, Type::INT4_ARRAY),
                (&PAGE, Type::INT4),
            ],
        )?;
        let mut arrived = Vec::with_capacity(rows.len());
        for row in &rows {
            arrived.extend(self.arrived(row)?);
        }
        *after = match rows.last() {
            Some(last) if rows.len() == usize::try_from(PAGE).unwrap_or_default() => ReadUpTo {
                shipment: last.get::<_, i64>(15).cast_unsigned(),
                position: last.get::<_, i64>(1).cast_unsigned(),
            },
            _ => ReadUpTo::end_of(to),
        };
        Ok(arrived)
    }

    fn arrived(&mut self, row: &Row) -> Result<Option<Arrived>, Error> {
        let Some(event) = self.reading.header_or_event(row, row.get(23)) else { return Ok(None) };
        let text = |at: usize| String::from_utf8_lossy(row.get::<_, &[u8]>(at)).into_owned();
        let ordinal = u32::try_from(row.get::<_, i64>(21)).unwrap_or(u32::MAX);
        let name = StreamName { workspace: text(19), session_id: text(20), ordinal };
        let number = LogNumber { tenant: row.get(22), log: row.get(16) };
        let key: Vec<u8> = row.get(18);
        let shipment = row.get::<_, i64>(15).cast_unsigned();
        Ok(Some(Arrived { shipment, log: id_of(row.get(17))?, name, event, of: (number, key) }))
    }

    /// Returns the events of some types of the session that an event is of, in order: as far as the caller may read it whole. O(those).
    ///
    /// # Errors
    /// Where the server fails.
    pub fn of_types(
        &mut self,
        client: &mut impl GenericClient,
        arrived: &Arrived,
        types: &[EventType],
    ) -> Result<Vec<Recorded>, Error> {
        let types: Vec<i32> = types.iter().map(|kind| i32::from(kind.number())).collect();
        let (number, key) = &arrived.of;
        let rows = client.query_typed(
            "select * from retold.stream_types_1($1, $2, $3, $4)",
            &[
                (&number.tenant, Type::INT8),
                (&number.log, Type::INT4),
                (key, Type::BYTEA),
                (&types, Type::INT4_ARRAY),
            ],
        )?;
        Ok(rows.iter().filter_map(|row| self.reading.header_or_event(row, None)).collect())
    }
}

/// Shipments that are looked through at once.
const SHIPMENTS: u64 = 16;
