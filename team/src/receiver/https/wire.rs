//! What travels in the bodies of requests and answers: MessagePack, each structure an array of its fields.
//!
//! A field is added at the end, or under another address than `/v1/`.

pub mod reading;
pub mod searching;

use std::time::Duration;

use retold_core::{EventHash, Head, LogId, Position};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use crate::receiver::{Answer, Attach, Attached, Attachment, Hash, Level, LogNumber, Shipment};
use crate::token::Scope;

/// How a body is called.
pub const MEDIA_TYPE: &str = "application/msgpack";

/// What is asked, each with an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// [`AttachRequest`] → [`AttachAnswer`].
    Attach,
    /// [`HeadRequest`] → [`WireHead`].
    Head,
    /// [`HashAtRequest`] → [`WireHead`].
    HashAt,
    /// [`ShipRequest`] → [`ShipAnswer`].
    Ship,
    /// [`SupplyRequest`] → [`ShipAnswer`].
    Supply,
    /// [`reading::LogsRequest`] → [`reading::WireKeptLog`]s.
    Logs,
    /// [`reading::SessionsRequest`] → [`reading::WireSession`]s.
    Sessions,
    /// [`reading::StreamRequest`] → [`reading::WireStream`].
    Stream,
    /// [`reading::ListRequest`] → [`reading::ListAnswer`].
    List,
    /// [`searching::SearchRequest`] → [`searching::SearchAnswer`].
    Search,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Attach,
        Self::Head,
        Self::HashAt,
        Self::Ship,
        Self::Supply,
        Self::Logs,
        Self::Sessions,
        Self::Stream,
        Self::List,
        Self::Search,
    ];

    /// Its address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Attach => "/v1/attach",
            Self::Head => "/v1/head",
            Self::HashAt => "/v1/hash_at",
            Self::Ship => "/v1/ship",
            Self::Supply => "/v1/supply",
            Self::Logs => "/v1/logs",
            Self::Sessions => "/v1/sessions",
            Self::Stream => "/v1/stream",
            Self::List => "/v1/list",
            Self::Search => "/v1/search",
        }
    }

    /// Its name: the last part of its address.
    pub fn name(self) -> &'static str {
        self.path().rsplit('/').next().unwrap_or_default()
    }

    /// What a token has to be for.
    pub fn scope(self) -> Scope {
        match self {
            Self::Attach | Self::Head | Self::HashAt | Self::Ship | Self::Supply => Scope::Ship,
            Self::Logs | Self::Sessions | Self::Stream | Self::List | Self::Search => Scope::Read,
        }
    }
}

/// A body that is not what its address takes.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// It is not MessagePack of this shape.
    #[error("the body is not what this address takes: {0}")]
    Shape(#[from] rmp_serde::decode::Error),
    /// Something comes after it.
    #[error("the body goes on after its end")]
    TooLong,
    /// A number of it is none.
    #[error("a position of it is too large")]
    Position,
    /// It names something that this release does not know.
    #[error("{0} of it is not known")]
    Unknown(&'static str),
}

/// Writes a body.
///
/// # Errors
/// Never, as what is written has no map with keys of its own and writes to memory.
pub fn encode(what: &impl Serialize) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    rmp_serde::to_vec(what)
}

/// Reads a body, all of it. Memory: O(its bytes), whatever lengths it claims.
///
/// # Errors
/// [`Malformed`].
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut deserializer = rmp_serde::Deserializer::new(bytes);
    let read = T::deserialize(&mut deserializer)?;
    match deserializer.get_ref().is_empty() {
        true => Ok(read),
        false => Err(Malformed::TooLong),
    }
}

/// A head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireHead {
    /// The position.
    pub position: u64,
    /// The hash there.
    pub hash: Hash,
}

impl From<Head> for WireHead {
    fn from(head: Head) -> Self {
        Self { position: head.position.get(), hash: ByteArray::new(*head.hash.as_bytes()) }
    }
}

impl TryFrom<WireHead> for Head {
    type Error = Malformed;

    fn try_from(head: WireHead) -> Result<Self, Malformed> {
        let position = Position::new(head.position).ok_or(Malformed::Position)?;
        Ok(Self { position, hash: EventHash::from_bytes(*head.hash) })
    }
}

/// The number of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireLog {
    /// The team's.
    pub tenant: i64,
    /// The log's.
    pub log: i32,
}

impl From<LogNumber> for WireLog {
    fn from(LogNumber { tenant, log }: LogNumber) -> Self {
        Self { tenant, log }
    }
}

impl From<WireLog> for LogNumber {
    fn from(WireLog { tenant, log }: WireLog) -> Self {
        Self { tenant, log }
    }
}

/// Who ships what: [`Attach`]. The machine is that of the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachRequest {
    log: ByteArray<16>,
    format: u32,
    parent: Option<(ByteArray<16>, WireHead)>,
    level: Level,
    whole: bool,
    now: i64,
    protocol: (u16, u16),
}

impl From<&Attach> for AttachRequest {
    fn from(attach: &Attach) -> Self {
        Self {
            log: ByteArray::new(*attach.log.as_bytes()),
            format: attach.format,
            parent: attach.parent.map(|(log, head)| (ByteArray::new(*log.as_bytes()), head.into())),
            level: attach.level,
            whole: attach.whole,
            now: attach.now,
            protocol: (*attach.protocol.start(), *attach.protocol.end()),
        }
    }
}

impl AttachRequest {
    /// Returns what a machine asks by it.
    ///
    /// # Errors
    /// Where a number of it is none.
    pub fn of_device(self, device: String) -> Result<Attach, Malformed> {
        let parent = self
            .parent
            .map(|(log, head)| Ok::<_, Malformed>((LogId::from_bytes(*log), Head::try_from(head)?)));
        Ok(Attach {
            log: LogId::from_bytes(*self.log),
            format: self.format,
            parent: parent.transpose()?,
            device,
            level: self.level,
            whole: self.whole,
            now: self.now,
            protocol: self.protocol.0..=self.protocol.1,
        })
    }
}

/// [`Attached`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachAnswer {
    /// The log can be shipped: its number, how far it is there, the level it was shipped at, whether nothing was held back, the most
    /// that is taken.
    To(WireLog, WireHead, Level, bool, Level),
    /// The log that it goes on from comes first.
    ParentFirst,
    /// Another version of the protocol, from this one on.
    Upgrade(u16),
    /// Not from this shipper, and why.
    Refused(String),
}

impl From<Attached> for AttachAnswer {
    fn from(attached: Attached) -> Self {
        match attached {
            Attached::To(Attachment { log, head, level, whole, level_max }) => {
                Self::To(log.into(), head.into(), level, whole, level_max)
            }
            Attached::ParentFirst => Self::ParentFirst,
            Attached::Upgrade(from) => Self::Upgrade(from),
            Attached::Refused(why) => Self::Refused(why),
        }
    }
}

impl TryFrom<AttachAnswer> for Attached {
    type Error = Malformed;

    fn try_from(answer: AttachAnswer) -> Result<Self, Malformed> {
        Ok(match answer {
            AttachAnswer::To(log, head, level, whole, level_max) => {
                Self::To(Attachment { log: log.into(), head: head.try_into()?, level, whole, level_max })
            }
            AttachAnswer::ParentFirst => Self::ParentFirst,
            AttachAnswer::Upgrade(from) => Self::Upgrade(from),
            AttachAnswer::Refused(why) => Self::Refused(why),
        })
    }
}

/// How far a log is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadRequest {
    /// The log.
    pub log: WireLog,
}

/// The hash at a position, or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashAtRequest {
    /// The log.
    pub log: WireLog,
    /// The position.
    pub position: u64,
}

/// A shipment, as it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Sent<'a> {
    /// The log.
    pub log: WireLog,
    /// What is shipped.
    pub shipment: &'a Shipment,
}

/// A shipment, as it arrives.
#[derive(Clone, Debug, Deserialize)]
pub struct ShipRequest {
    /// The log.
    pub log: WireLog,
    /// What is shipped.
    pub shipment: Shipment,
}

/// What was held back, as it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Supplied<'a> {
    /// The log.
    pub log: WireLog,
    /// What is supplied.
    pub shipment: &'a Shipment,
    /// Whether it is the last of a pass over the whole log.
    pub settles: bool,
}

/// What was held back, as it arrives.
#[derive(Clone, Debug, Deserialize)]
pub struct SupplyRequest {
    /// The log.
    pub log: WireLog,
    /// What is supplied.
    pub shipment: Shipment,
    /// Whether it is the last of a pass over the whole log.
    pub settles: bool,
}

/// [`Answer`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShipAnswer {
    /// It is durable; the number is its place in the order of all shipments.
    Taken(WireHead, Option<u64>),
    /// It is there, or its beginning is.
    Have(WireHead),
    /// It begins after the head.
    Gap(WireHead),
    /// It goes on from something else.
    Diverged(WireHead),
    /// Not now: wait so many milliseconds.
    Busy(u64),
    /// Another version of the protocol, from this one on.
    Upgrade(u16),
    /// Not this, and why.
    Refused(String),
}

impl ShipAnswer {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Taken(..) => "taken",
            Self::Have(_) => "have",
            Self::Gap(_) => "gap",
            Self::Diverged(_) => "diverged",
            Self::Busy(_) => "busy",
            Self::Upgrade(_) => "upgrade",
            Self::Refused(_) => "refused",
        }
    }
}

impl From<Answer> for ShipAnswer {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Taken(head, number) => Self::Taken(head.into(), number),
            Answer::Have(head) => Self::Have(head.into()),
            Answer::Gap(head) => Self::Gap(head.into()),
            Answer::Diverged(head) => Self::Diverged(head.into()),
            Answer::Busy(wait) => Self::Busy(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            Answer::Upgrade(from) => Self::Upgrade(from),
            Answer::Refused(why) => Self::Refused(why),
        }
    }
}

impl TryFrom<ShipAnswer> for Answer {
    type Error = Malformed;

    fn try_from(answer: ShipAnswer) -> Result<Self, Malformed> {
        Ok(match answer {
            ShipAnswer::Taken(head, number) => Self::Taken(head.try_into()?, number),
            ShipAnswer::Have(head) => Self::Have(head.try_into()?),
            ShipAnswer::Gap(head) => Self::Gap(head.try_into()?),
            ShipAnswer::Diverged(head) => Self::Diverged(head.try_into()?),
            ShipAnswer::Busy(wait) => Self::Busy(Duration::from_millis(wait)),
            ShipAnswer::Upgrade(from) => Self::Upgrade(from),
            ShipAnswer::Refused(why) => Self::Refused(why),
        })
    }
}
