//! Takes sessions of a team's logs into stores of their own: parts of those logs, in which everything that reads works.
//!
//! Nothing is believed without its hash: a part is verified before it gets its name, and each session in it is whole from its first
//! event on. One file holds all sessions of a log that were pulled; each pull brings what is new of all of them, and takes out what
//! was erased since.

pub mod files;
pub mod find;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use retold_core::hash::FORMAT;
use retold_core::raw::{RawBody, RawEvent};
use retold_core::{
    Ancestor, BODY_BYTES_MAX, EventHash, Log, OnProgress, Options, Position, Progress, Reader, Revision,
    StreamName, TEXT_BYTES_MAX, Unit,
};
use retold_upkeep::{Identity, NewPart, TakenPart, streams_of, text_in};
use serde_bytes::ByteArray;

use crate::pack::Unpacking;
use crate::receiver::{
    Body, Contents, Erased, Error as ReceiverError, Hash, KeptLog, KeptSession, LogNumber, ShippedEvent,
    Text, Why,
};

/// How many events are asked for at a time; fewer come where they are long.
const PAGE: u32 = 10_000;

/// Why a session was not pulled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// The part could not be made.
    #[error(transparent)]
    Core(#[from] retold_core::Error),
    /// The receiver failed, or cannot be reached.
    #[error(transparent)]
    Receiver(#[from] ReceiverError),
    /// The receiver was given less of the session than a part has to have.
    #[error(
        "the team has no more of {0} than when its events happened: it was shipped at a lower level than facts"
    )]
    TooLittle(String),
    /// The folder of a part cannot be made.
    #[error("cannot make the folder {}", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What was pulled before cannot be taken away, of which something is gone by now.
    #[error("cannot take away {}", path.display())]
    Stays {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no memory for what unpacks.
    #[error("bodies cannot be unpacked")]
    Unpacking(#[source] std::io::Error),
    /// Somebody said to stop.
    #[error("interrupted")]
    Interrupted,
}

/// What a pull came to.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// The part.
    pub path: PathBuf,
    /// How many events came that it did not have, of each session that it holds.
    pub events: BTreeMap<StreamName, u64>,
    /// What the verification of it read, and its size.
    pub taken: TakenPart,
}

impl Pulled {
    /// How many events came that it did not have.
    pub fn new_events(&self) -> u64 {
        self.events.values().sum()
    }
}

/// Where a part goes, and what is told and asked on the way.
#[derive(Debug)]
pub struct Place<'p, B, P> {
    /// The folder of the parts: a file for each log.
    pub folder: &'p Path,
    /// Where the part is from, in words: without a password.
    pub source: &'p str,
    /// Makes what is made from the events, in the file at a path.
    pub read_models: B,
    /// Is told the sessions gathered, and then the events verified.
    pub progress: P,
}

/// Takes those of `sessions` that are in a log into the part of it, with what is new of the sessions that are in the part already.
/// O(events of the part), which are in memory at once; what it has is not sent again, unless what it has is not what the receiver
/// has, or bodies of it were withheld.
///
/// # Errors
/// [`PullError::TooLittle`]; [`PullError::Core`] where the part does not verify: the one that was there stays then.
pub fn pull<E: From<PullError> + From<retold_core::Error>>(
    contents: &mut (impl Contents + ?Sized),
    log: LogNumber,
    sessions: &[KeptSession],
    place: Place<'_, impl FnOnce(&Path) -> Result<(), E>, impl OnProgress>,
) -> Result<Pulled, E> {
    let Place { folder, source, read_models, progress } = place;
    let chain = chain_of(contents, log).map_err(PullError::from)?;
    let newest = chain.last().expect("a chain has its newest log");
    let path = folder.join(format!("{}.db", newest.id));
    let mut events = Gathered::default();
    let mut old = Old::open(&path, source)?;
    let mut keys: BTreeMap<StreamName, Hash> = BTreeMap::new();
    if let Some(old) = &old {
        for name in old.streams()? {
            let key = ByteArray::new(retold_core::hash::stream_key(&name));
            keys.insert(name, key);
        }
    }
    keys.extend(sessions.iter().filter(|one| one.log == log).map(|one| (one.stream(), one.key)));
    let all = keys.len() as u64;
    let mut unpacking = Unpacking::new().map_err(PullError::Unpacking)?;
    let mut new = BTreeMap::new();
    for (done, (name, key)) in (0..).zip(keys) {
        if !progress(Progress::new(Unit::Sessions, done, all)) {
            return Err(PullError::Interrupted.into());
        }
        let count = gather(contents, &chain, (&name, &key), old.as_mut(), &mut unpacking, &mut events)?;
        new.insert(name, count);
    }
    let lineage = chain.iter().zip(chain.iter().skip(1)).filter_map(|(parent, child)| {
        let (_, until) = child.parent?;
        Some((Ancestor { until: until.position, log: parent.id, hash: until.hash }, 0))
    });
    let identity = Identity { log: newest.id, format: FORMAT, created_at: 0, lineage: lineage.collect() };
    let mut part = NewPart::begin(&path, identity)?;
    for (position, (stream, event, previous)) in events.events {
        let before = Position::ZERO.plus(position.get() - 1);
        part.absent_up_to(before, previous)?;
        part.event(&stream, &event)?;
        let Some(hash) = text_in(&event) else { continue };
        if part.has_text(&hash)? {
            continue;
        }
        let text = match events.texts.get(&hash) {
            Some(text) => unpacked(&mut unpacking, text)?,
            None => match &mut old {
                Some(old) => old.log.reader()?.text_of_hash(hash)?,
                None => return Err(damaged(format!("the text of position {position} is missing")).into()),
            },
        };
        part.text(hash, &text)?;
    }
    part.absent_up_to(newest.head.position, newest.head.hash)?;
    drop(old);
    let taken = part.finish::<E>(newest.head, Some(source), true, read_models, progress)?;
    Ok(Pulled { path, events: new, taken })
}

/// Returns a log with those that it goes on from, oldest first.
fn chain_of(
    contents: &mut (impl Contents + ?Sized),
    number: LogNumber,
) -> Result<Vec<KeptLog>, ReceiverError> {
    let logs = contents.read_logs()?;
    let mut chain = Vec::new();
    let mut next = Some(number);
    while let Some(number) = next {
        let log = logs.iter().find(|log| log.number == number);
        let log = log.ok_or_else(|| {
            ReceiverError::Damaged("a log that another one goes on from is missing".to_owned())
        })?;
        next = log.parent.map(|(parent, _)| parent);
        chain.push(log.clone());
    }
    chain.reverse();
    Ok(chain)
}

/// The part that is there.
struct Old {
    log: Log,
}

impl Old {
    /// Opens it; `None` where there is none, or one that is not a part from this place: it is made again.
    fn open(path: &Path, source: &str) -> Result<Option<Self>, PullError> {
        let log = match Options::new().read_only(true).open(path) {
            Ok(log) => log,
            Err(retold_core::Error::NoStore { .. } | retold_core::Error::Older { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let part = log.reader()?.part()?;
        Ok(part.filter(|part| part.source.as_deref() == Some(source)).map(|_| Self { log }))
    }

    fn streams(&self) -> Result<Vec<StreamName>, retold_core::Error> {
        streams_of(&self.log)
    }
}

/// Events by their positions, each with the hash of the event before it in the log.
#[derive(Default)]
struct Gathered {
    events: BTreeMap<Position, (StreamName, RawEvent, EventHash)>,
    texts: HashMap<[u8; 32], Text>,
}

/// Gathers all events of a stream: those that the part has, as long as they are the receiver's, and what came since; returns how many
/// these are.
fn gather(
    contents: &mut (impl Contents + ?Sized),
    chain: &[KeptLog],
    (name, key): (&StreamName, &Hash),
    old: Option<&mut Old>,
    unpacking: &mut Unpacking,
    gathered: &mut Gathered,
) -> Result<u64, PullError> {
    let mut new = 0;
    let mut held = match old {
        Some(old) => held_of(&mut old.log.reader()?, name)?,
        None => Vec::new(),
    };
    // What was withheld may be there by now.
    if held.iter().any(|(event, _)| matches!(event.body, RawBody::Withheld)) {
        held.clear();
    }
    let mut after = held.last().map_or(0, |(event, _)| event.revision.get() - 1);
    let mut is_held = !held.is_empty();
    for (at, log) in chain.iter().enumerate() {
        let end = chain.get(at + 1).and_then(|child| child.parent).map_or(log.head, |(_, until)| until);
        loop {
            let page = contents.stream(log.number, key, after, PAGE)?;
            let gone: HashMap<u64, Erased> = page.gone.iter().map(|gone| (gone.position, *gone)).collect();
            for (event, _) in &mut held {
                if let Some(gone) = gone.get(&event.position.get()) {
                    event.body = erased(gone)?;
                }
            }
            gathered.texts.extend(page.texts.into_iter().map(|text| (*text.hash, text)));
            for (event, previous) in page.events {
                if event.position > end.position.get() {
                    break;
                }
                after = event.revision;
                if std::mem::take(&mut is_held) {
                    let is_same = held.last().is_some_and(|(last, _)| last.hash.as_bytes() == &*event.hash);
                    if is_same {
                        continue;
                    }
                    // Another history: what the receiver has, from its beginning.
                    return gather(contents, chain, (name, key), None, unpacking, gathered);
                }
                let position = position(event.position)?;
                let previous = previous.map(|hash| EventHash::from_bytes(*hash));
                let previous = previous
                    .or_else(|| previous_of(chain, position))
                    .ok_or_else(|| damaged(format!("what position {position} goes on from is missing")))?;
                let gone = gone.get(&event.position);
                let event = taken(event, gone, name, unpacking)?;
                new += 1;
                gathered.events.insert(position, (name.clone(), event, previous));
            }
            if !page.more {
                break;
            }
        }
    }
    let held = held.into_iter().map(|(event, previous)| (event.position, (name.clone(), event, previous)));
    gathered.events.extend(held);
    Ok(new)
}

/// What the first event of a log goes on from.
fn previous_of(chain: &[KeptLog], position: Position) -> Option<EventHash> {
    if position.get() == 1 {
        return Some(EventHash::ZERO);
    }
    let ends = chain.iter().filter_map(|log| log.parent);
    ends.map(|(_, until)| until).find(|until| until.position.plus(1) == position).map(|until| until.hash)
}

/// Returns the events of a stream that a part has, each with the hash of the event before it in the log.
fn held_of(
    reader: &mut Reader<'_>,
    name: &StreamName,
) -> Result<Vec<(RawEvent, EventHash)>, retold_core::Error> {
    let Some(stream) = reader.stream(name)? else { return Ok(Vec::new()) };
    let (mut held, end) = (Vec::new(), reader.revision(stream)?);
    let mut revision = Revision::ZERO;
    while revision < end {
        revision = revision.plus(1);
        let Some(position) = reader.position_of(stream, revision)? else { break };
        let Some(event) = reader.raw_event_at(position)? else { break };
        let before = Position::ZERO.plus(position.get() - 1);
        let previous =
            if before == Position::ZERO { Some(EventHash::ZERO) } else { reader.hash_at(before)? };
        let Some(previous) = previous else { break };
        held.push((event, previous));
    }
    Ok(held)
}

/// Makes an event of a part of one that the receiver has.
fn taken(
    event: ShippedEvent,
    gone: Option<&Erased>,
    name: &StreamName,
    unpacking: &mut Unpacking,
) -> Result<RawEvent, PullError> {
    if event.meta_digest.is_some() && event.meta.is_none() {
        return Err(PullError::TooLittle(name.to_string()));
    }
    let body = match (&event.body, gone) {
        (_, Some(gone)) => erased(gone)?,
        (Some(Body { codec, salt, bytes, .. }), None) => {
            let plain = unpacking.unpack(*codec, bytes, BODY_BYTES_MAX);
            let plain = plain.map_err(|error| damaged(format!("the body at {}: {error}", event.position)))?;
            RawBody::There { salt: **salt, plain: plain.to_vec() }
        }
        (None, None) => RawBody::Withheld,
    };
    Ok(RawEvent {
        position: position(event.position)?,
        revision: Revision::new(event.revision).ok_or_else(|| damaged("a revision is none".to_owned()))?,
        kind: event.kind,
        schema_version: event.schema_version,
        commit_first: position(event.commit_first)?,
        recorded_at: event.recorded_at,
        occurred_at: event.occurred_at,
        hash: EventHash::from_bytes(*event.hash),
        meta: event.meta.map(serde_bytes::ByteBuf::into_vec),
        body_commit: *event.body_commit,
        body,
    })
}

fn erased(gone: &Erased) -> Result<RawBody, PullError> {
    Ok(RawBody::Gone { is_redacted: gone.why == Why::Redacted, by: position(gone.by)? })
}

fn unpacked(unpacking: &mut Unpacking, text: &Text) -> Result<String, PullError> {
    let bytes = unpacking.unpack(text.codec, &text.bytes, TEXT_BYTES_MAX);
    let bytes = bytes.map_err(|error| damaged(format!("a text: {error}")))?;
    String::from_utf8(bytes.to_vec()).map_err(|_| damaged("a text is none".to_owned()))
}

fn position(number: u64) -> Result<Position, PullError> {
    Position::new(number).ok_or_else(|| damaged("a position is none".to_owned()))
}

fn damaged(what: String) -> PullError {
    PullError::Receiver(ReceiverError::Damaged(what))
}
