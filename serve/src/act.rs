//! What is asked, done: on a thread that may wait, in one transaction of the person whose token it is.

use hyper::StatusCode;
use parking_lot::Mutex;
use retold_core::Position;
use retold_team::door;
use retold_team::pack::Unpacking;
use retold_team::read::{ListError, SearchError};
use retold_team::receiver::https::wire::reading::{
    ListAnswer, ListRequest, LogsRequest, SessionsRequest, StreamRequest, WireKeptLog, WireSession,
    WireStream,
};
use retold_team::receiver::https::wire::searching::{SearchAnswer, SearchRequest};
use retold_team::receiver::https::wire::{
    self, Act, AttachAnswer, AttachRequest, HashAtRequest, HeadRequest, ShipAnswer, ShipRequest,
    SupplyRequest, WireHead,
};
use retold_team::receiver::{
    Answer, Before, Contents, Error, Holder, LogNumber, Postgres, Receiver as _, Shipment,
};
use serde::Serialize;

use crate::metrics::Shipped;
use crate::pool::Lease;
use crate::problem::Problem;

/// A text that is longer, unpacked, waits until no other such is unpacked.
const LARGE: u64 = 32 << 20;

/// At most this many events are on a page.
const EVENTS_A_PAGE: u32 = 10_000;

/// What an act came to: the answer's status and body, and what is counted of it.
pub(crate) struct Done {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// The wait that the answer asks for.
    pub(crate) wait: Option<std::time::Duration>,
    pub(crate) shipped: Option<Shipped>,
}

/// Does what a body asks for.
pub(crate) fn act(
    act: Act,
    holder: &Holder,
    body: &[u8],
    lease: &mut Lease,
    large: &Mutex<()>,
) -> Result<Done, Problem> {
    match act {
        Act::Attach => {
            let request: AttachRequest = read(body)?;
            let attach = request.of_device(holder.device.clone()).map_err(|error| bad(&error))?;
            let attached = transact(lease, holder, |postgres| postgres.attach(&attach))?;
            let answer = AttachAnswer::from(attached);
            let status = match &answer {
                AttachAnswer::To(..) | AttachAnswer::ParentFirst => StatusCode::OK,
                AttachAnswer::Upgrade(_) => StatusCode::UPGRADE_REQUIRED,
                AttachAnswer::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            };
            done(status, &answer)
        }
        Act::Head => {
            let HeadRequest { log } = read(body)?;
            let head = transact(lease, holder, |postgres| postgres.head(log.into()))?;
            done(StatusCode::OK, &WireHead::from(head))
        }
        Act::HashAt => {
            let HashAtRequest { log, position } = read(body)?;
            let position =
                Position::new(position).ok_or_else(|| Problem::bad("a position of it is too large"))?;
            let head = transact(lease, holder, |postgres| postgres.hash_at(log.into(), position))?;
            done(StatusCode::OK, &WireHead::from(head))
        }
        Act::Ship => {
            let ShipRequest { log, shipment } = read(body)?;
            take(lease, holder, log.into(), &shipment, None, large)
        }
        Act::Supply => {
            let SupplyRequest { log, shipment, settles } = read(body)?;
            take(lease, holder, log.into(), &shipment, Some(settles), large)
        }
        Act::Logs => {
            let LogsRequest {} = read(body)?;
            let logs = transact(lease, holder, Contents::read_logs)?;
            done(StatusCode::OK, &logs.into_iter().map(WireKeptLog::from).collect::<Vec<_>>())
        }
        Act::Sessions => {
            let SessionsRequest { id } = read(body)?;
            let found = transact(lease, holder, |postgres| Contents::sessions(postgres, &id))?;
            done(StatusCode::OK, &found.into_iter().map(WireSession::from).collect::<Vec<_>>())
        }
        Act::Stream => {
            let StreamRequest { log, key, after, limit } = read(body)?;
            let limit = limit.clamp(1, EVENTS_A_PAGE);
            let page = transact(lease, holder, |postgres| postgres.stream(log.into(), &key, after, limit))?;
            done(StatusCode::OK, &WireStream::from(page))
        }
        Act::List => {
            let request: ListRequest = read(body)?;
            let counts = request.counts;
            let filter = request.filter().map_err(|error| bad(&error))?;
            // That the server does not list so ends no transaction.
            let page = transact(lease, holder, |postgres| match postgres.page(&filter, counts) {
                Err(ListError::Receiver(error)) => Err(error),
                page => Ok(page),
            })?;
            match page {
                Ok(page) => done(StatusCode::OK, &ListAnswer::from(page)),
                Err(error) => done(StatusCode::UNPROCESSABLE_ENTITY, &ListAnswer::Refused(error.to_string())),
            }
        }
        Act::Search => search(lease, holder, body),
    }
}

/// Searches, or says why that is not searched for so.
fn search(lease: &mut Lease, holder: &Holder, body: &[u8]) -> Result<Done, Problem> {
    let asked = read::<SearchRequest>(body)?.read().map_err(|error| bad(&error))?;
    // That the server does not search so ends no transaction.
    let found = transact(lease, holder, |postgres| match postgres.search(&asked.wanted()) {
        Err(SearchError::Receiver(error)) => Err(error),
        found => Ok(found),
    })?;
    match found {
        Ok(found) => done(StatusCode::OK, &SearchAnswer::from(found)),
        Err(error) => done(StatusCode::UNPROCESSABLE_ENTITY, &SearchAnswer::Refused(error.to_string())),
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    wire::decode(body).map_err(|error| bad(&error))
}

fn bad(error: &wire::Malformed) -> Problem {
    Problem::bad(error.to_string())
}

fn done(status: StatusCode, answer: &impl Serialize) -> Result<Done, Problem> {
    let body = wire::encode(answer).map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the answer cannot be written: {error}"))
    })?;
    Ok(Done { status, body, wait: None, shipped: None })
}

/// Does something in a transaction of the person whose token it is. What fails is rolled back.
pub(crate) fn transact<T>(
    lease: &mut Lease,
    holder: &Holder,
    act: impl FnOnce(&mut Postgres) -> Result<T, Error>,
) -> Result<T, Error> {
    lease.first(|postgres| postgres.begin_for(holder))?;
    let done = act(lease.connection()?);
    let finished = lease.connection()?.finish(done.is_ok());
    if finished.is_err() {
        lease.forget();
    }
    // A failure to roll back adds nothing to why.
    let done = done?;
    finished?;
    Ok(done)
}

/// Takes a shipment, or what was held back, once every hash of it has been recomputed.
fn take(
    lease: &mut Lease,
    holder: &Holder,
    log: LogNumber,
    shipment: &Shipment,
    supplies: Option<bool>,
    large: &Mutex<()>,
) -> Result<Done, Problem> {
    let sound = {
        // Few bytes unpack to very many: one of those at a time.
        let is_large = shipment.texts.iter().any(|text| text.size > LARGE);
        let _turn = is_large.then(|| large.lock());
        let mut unpacking = Unpacking::new().map_err(|error| Problem {
            cause: Some(error.to_string()),
            ..Problem::busy("there is no memory for what is sent")
        })?;
        door::contents(shipment, &mut unpacking)
    };
    let answer = match sound {
        Err(fault) => Answer::Refused(fault.to_string()),
        Ok(()) => transact(lease, holder, |postgres| take_sound(postgres, log, shipment, supplies))?,
    };
    let took = matches!(answer, Answer::Taken(..));
    let wait = match &answer {
        Answer::Busy(wait) => Some(*wait),
        _ => None,
    };
    let answer = ShipAnswer::from(answer);
    let status = match &answer {
        ShipAnswer::Taken(..) | ShipAnswer::Have(_) => StatusCode::OK,
        ShipAnswer::Gap(_) | ShipAnswer::Diverged(_) => StatusCode::CONFLICT,
        ShipAnswer::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        ShipAnswer::Upgrade(_) => StatusCode::UPGRADE_REQUIRED,
        ShipAnswer::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let (events, bytes) = match took {
        true => (if supplies.is_none() { shipment.count() } else { 0 }, shipment.bytes() as u64),
        false => (0, 0),
    };
    let shipped = Some(Shipped { answer: answer.name(), events, bytes });
    Ok(Done { wait, shipped, ..done(status, &answer)? })
}

/// Recomputes the headers' hashes of what will be taken, under the lock of its log, and hands it on.
fn take_sound(
    postgres: &mut Postgres,
    log: LogNumber,
    shipment: &Shipment,
    supplies: Option<bool>,
) -> Result<Answer, Error> {
    let before = match postgres.before(log, shipment.first, &door::wanted(shipment)) {
        // The lock of the log was waited for too long: nothing was done.
        Err(error) if is_locked(&error) => return Ok(Answer::Busy(std::time::Duration::from_millis(200))),
        before => before?,
    };
    let Some(before) = before else {
        return Ok(Answer::Refused("there is no such log of yours".to_owned()));
    };
    let is_next = shipment.first == before.head.position.plus(1).get()
        && *before.head.hash.as_bytes() == *shipment.previous;
    // What is there, leaves a gap or parts from what is there is not taken: PostgreSQL says which it is.
    if (supplies.is_some() || is_next)
        && let Err(fault) = door::chain(before.log, shipment, &before.streams)
    {
        return faulty(postgres, log, shipment, &before, &fault);
    }
    match supplies {
        None => postgres.ship(log, shipment),
        Some(settles) => postgres.supply(log, shipment, settles),
    }
}

/// What a shipment that does not follow from what is there is answered: another history, or none.
fn faulty(
    postgres: &mut Postgres,
    log: LogNumber,
    shipment: &Shipment,
    before: &Before,
    fault: &door::Fault,
) -> Result<Answer, Error> {
    let last = Position::new(shipment.last).unwrap_or(Position::ZERO);
    if last <= before.head.position {
        let known = postgres.hash_at(log, last)?;
        if known.position == last && *known.hash.as_bytes() != *shipment.last_hash {
            return Ok(Answer::Diverged(before.head));
        }
    }
    Ok(Answer::Refused(fault.to_string()))
}

fn is_locked(error: &Error) -> bool {
    matches!(error, Error::Postgres(error) if error.code().is_some_and(|code| code.code() == "55P03"))
}
