//! What travels where somebody reads what a team has.

use jiff::Timestamp;
use retold_core::{LogId, Record, time};
use retold_projections::{Order, SessionFilter, Span};
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use super::{Malformed, WireHead, WireLog};
use crate::read::{Listed, PageRows, Row};
use crate::receiver::{Erased, Hash, KeptLog, KeptSession, KeptStream, ShippedEvent, Text};

/// The logs that one may read of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogsRequest {}

/// [`KeptLog`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireKeptLog {
    number: WireLog,
    id: ByteArray<16>,
    parent: Option<(WireLog, WireHead)>,
    head: WireHead,
}

impl From<KeptLog> for WireKeptLog {
    fn from(log: KeptLog) -> Self {
        Self {
            number: log.number.into(),
            id: ByteArray::new(*log.id.as_bytes()),
            parent: log.parent.map(|(number, until)| (number.into(), until.into())),
            head: log.head.into(),
        }
    }
}

impl TryFrom<WireKeptLog> for KeptLog {
    type Error = Malformed;

    fn try_from(log: WireKeptLog) -> Result<Self, Malformed> {
        let parent = log.parent.map(|(number, until)| Ok::<_, Malformed>((number.into(), until.try_into()?)));
        Ok(Self {
            number: log.number.into(),
            id: LogId::from_bytes(*log.id),
            parent: parent.transpose()?,
            head: log.head.try_into()?,
        })
    }
}

/// The sessions whose id begins so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsRequest {
    /// The beginning.
    pub id: String,
}

/// [`KeptSession`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireSession {
    log: WireLog,
    key: Hash,
    name: (String, String, u32),
    revision: u64,
}

impl From<KeptSession> for WireSession {
    fn from(KeptSession { log, key, name, revision, edition: _ }: KeptSession) -> Self {
        Self { log: log.into(), key, name, revision }
    }
}

impl From<WireSession> for KeptSession {
    fn from(WireSession { log, key, name, revision }: WireSession) -> Self {
        Self { log: log.into(), key, name, revision, edition: None }
    }
}

/// The events of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamRequest {
    /// The log.
    pub log: WireLog,
    /// The stream.
    pub key: Hash,
    /// The revision after which they are.
    pub after: u64,
    /// How many at most.
    pub limit: u32,
}

/// [`KeptStream`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireStream {
    events: Vec<(ShippedEvent, Option<Hash>)>,
    gone: Vec<Erased>,
    texts: Vec<Text>,
    more: bool,
}

impl From<KeptStream> for WireStream {
    fn from(KeptStream { events, gone, texts, more }: KeptStream) -> Self {
        Self { events, gone, texts, more }
    }
}

impl From<WireStream> for KeptStream {
    fn from(WireStream { events, gone, texts, more }: WireStream) -> Self {
        Self { events, gone, texts, more }
    }
}

/// A page of the list of sessions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListRequest {
    workspace: Option<String>,
    status: Option<String>,
    kind: Option<String>,
    created: WireSpan,
    updated: WireSpan,
    text: Option<String>,
    having: Vec<(String, String)>,
    order: char,
    after: Option<String>,
    limit: Option<u32>,
    /// Whether to say how many there are on all pages.
    pub counts: bool,
}

/// The first moment and the first after the last, in microseconds since 1970.
type WireSpan = (Option<i64>, Option<i64>);

impl ListRequest {
    /// Asks by a filter.
    pub fn of(filter: &SessionFilter, counts: bool) -> Self {
        let span = |Span { from, before }: Span| (from.map(time::to_micros), before.map(time::to_micros));
        Self {
            workspace: filter.workspace.clone(),
            status: filter.status.clone(),
            kind: filter.kind.clone(),
            created: span(filter.created),
            updated: span(filter.updated),
            text: filter.text.clone(),
            having: filter.having.iter().map(|(of, value)| (of.name().to_owned(), value.clone())).collect(),
            order: filter.order.letter(),
            after: filter.after.as_ref().map(ToString::to_string),
            limit: filter.limit,
            counts,
        }
    }

    /// Returns the filter that it asks by.
    ///
    /// # Errors
    /// Where this release does not know what it asks by.
    pub fn filter(self) -> Result<SessionFilter, Malformed> {
        let moment = |micros: Option<i64>| -> Result<Option<Timestamp>, Malformed> {
            micros.map(|micros| time::from_micros(micros).ok_or(Malformed::Unknown("a time"))).transpose()
        };
        let span = |(from, before): WireSpan| -> Result<Span, Malformed> {
            Ok(Span { from: moment(from)?, before: moment(before)? })
        };
        let having = self.having.into_iter().map(|(name, value)| {
            let record = Record::ALL.iter().find(|of| of.name() == name);
            record.map(|of| (*of, value)).ok_or(Malformed::Unknown("a list of a session"))
        });
        let mut filter = SessionFilter::new();
        (filter.workspace, filter.status, filter.kind) = (self.workspace, self.status, self.kind);
        (filter.created, filter.updated) = (span(self.created)?, span(self.updated)?);
        filter.text = self.text;
        filter.having = having.collect::<Result<_, _>>()?;
        filter.order = Order::of_letter(self.order).ok_or(Malformed::Unknown("an order"))?;
        let after =
            self.after.map(|after| after.parse().map_err(|_| Malformed::Unknown("a place of a list")));
        filter.after = after.transpose()?;
        filter.limit = self.limit;
        Ok(filter)
    }
}

/// [`PageRows`], or why there are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ListAnswer {
    /// Up to where the list is (the last shipment that it has, the last that there is, sessions that are as they were), the names of the
    /// columns, the rows, and how many there are.
    Page((u64, u64, u64), Vec<String>, Vec<WireRow>, Option<u64>),
    /// The server does not list so, and why.
    Refused(String),
}

/// [`Row`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WireRow {
    stream: i64,
    key: Option<i64>,
    workspace: (ByteBuf, Option<String>),
    cells: Vec<Cell>,
}

/// What is in a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Cell {
    Nothing,
    Integer(i64),
    Real(f64),
    Text(String),
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(number) => Self::Integer(number),
            Value::Real(number) => Self::Real(number),
            Value::Text(text) => Self::Text(text),
            // No column of a list is bytes.
            Value::Null | Value::Blob(_) => Self::Nothing,
        }
    }
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Nothing => Self::Null,
            Cell::Integer(number) => Self::Integer(number),
            Cell::Real(number) => Self::Real(number),
            Cell::Text(text) => Self::Text(text),
        }
    }
}

impl From<PageRows> for ListAnswer {
    fn from(PageRows { listed, columns, rows, count }: PageRows) -> Self {
        let row = |Row { stream, key, workspace: (name, path), cells }: Row| WireRow {
            stream,
            key,
            workspace: (ByteBuf::from(name), path),
            cells: cells.into_iter().map(Cell::from).collect(),
        };
        let Listed { shipment, of, stale } = listed;
        Self::Page((shipment, of, stale), columns, rows.into_iter().map(row).collect(), count)
    }
}

impl TryFrom<ListAnswer> for PageRows {
    /// Why the server does not list so.
    type Error = String;

    fn try_from(answer: ListAnswer) -> Result<Self, String> {
        match answer {
            ListAnswer::Refused(why) => Err(why),
            ListAnswer::Page((shipment, of, stale), columns, rows, count) => {
                let row = |WireRow { stream, key, workspace: (name, path), cells }: WireRow| Row {
                    stream,
                    key,
                    workspace: (name.into_vec(), path),
                    cells: cells.into_iter().map(Value::from).collect(),
                };
                let listed = Listed { shipment, of, stale };
                Ok(Self { listed, columns, rows: rows.into_iter().map(row).collect(), count })
            }
        }
    }
}
