//! A state in bytes: a head, and chunks that it names, so that what two states share is stored once.

use std::sync::{Arc, OnceLock};

use retold_core::{Instance, Level, Position, Record, Records, Session, Text};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::list::Chunk;
use super::{AGENTS_A_CHUNK, Agent, MESSAGES_A_CHUNK, MessageRow, Provenance, Rope, Rows, State};
use crate::Key;

/// The first half of a chunk's BLAKE3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ChunkId(u64, u64);

impl ChunkId {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let hash = blake3::hash(bytes);
        let half = |at: usize| {
            let bytes = hash.as_bytes()[at..at + 8].try_into();
            u64::from_be_bytes(bytes.expect("eight bytes of thirty-two"))
        };
        Self(half(0), half(8))
    }

    pub(crate) fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.0) << 64 | u128::from(self.1)).to_be_bytes()
    }
}

/// Where chunks are kept.
pub(crate) trait Chunks {
    type Error;

    /// Whether a chunk is there already.
    fn has(&mut self, id: ChunkId) -> Result<bool, Self::Error>;

    /// Keeps a chunk.
    fn put(&mut self, id: ChunkId, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// Where chunks are found again.
pub(crate) trait Source {
    /// Returns some messages; `None` where they are not there or not what they were.
    fn messages(&mut self, id: ChunkId) -> Option<Arc<Chunk<MessageRow>>>;

    /// Returns a piece of an output.
    fn piece(&mut self, id: ChunkId) -> Option<Arc<Chunk<Text>>>;
}

#[derive(Serialize, Deserialize)]
struct Head {
    session: Session,
    records: Records,
    #[serde(deserialize_with = "of_session")]
    provenance: Provenance,
    agents: Vec<AgentHead>,
    messages: Vec<ChunkId>,
}

#[derive(Serialize, Deserialize)]
struct AgentHead {
    instance: Instance,
    output: Option<Vec<ChunkId>>,
    #[serde(deserialize_with = "of_instance")]
    provenance: Provenance,
}

/// Returns a state's head, once every chunk that it names is kept.
pub(crate) fn pack<C: Chunks>(state: &State, chunks: &mut C) -> Result<Vec<u8>, C::Error> {
    let mut agents = Vec::with_capacity(state.agents.len());
    for agent in state.agents.iter() {
        let output = match &agent.output {
            Some(rope) => Some(keep(&rope.pieces, chunks)?),
            None => None,
        };
        let Agent { instance, provenance, .. } = agent;
        agents.push(AgentHead { instance: instance.clone(), output, provenance: provenance.clone() });
    }
    let State { session, records, provenance, .. } = state;
    let head = Head {
        session: session.clone(),
        records: records.clone(),
        provenance: provenance.clone(),
        agents,
        messages: keep(&state.messages, chunks)?,
    };
    Ok(encode(&head))
}

/// Returns the state of a head; `None` where it, or a chunk that it names, is not what it was.
pub(crate) fn unpack(head: &[u8], source: &mut impl Source) -> Option<State> {
    let Head { session, records, provenance, agents, messages } = decode(head)?;
    let mut rows = Rows::new(AGENTS_A_CHUNK);
    for AgentHead { instance, output, provenance } in agents {
        let output = match output {
            Some(pieces) => {
                let pieces: Option<Vec<_>> = pieces.into_iter().map(|id| source.piece(id)).collect();
                Some(Rope::of_pieces(Rows::of_chunks(1, pieces?)))
            }
            None => None,
        };
        rows.push(Agent { instance, output, provenance });
    }
    let messages: Option<Vec<_>> = messages.into_iter().map(|id| source.messages(id)).collect();
    let messages = Rows::of_chunks(MESSAGES_A_CHUNK, messages?);
    Some(State { session, records, agents: rows, messages, provenance })
}

/// Returns the rows of a chunk's bytes.
pub(crate) fn chunk<T: DeserializeOwned>(id: ChunkId, bytes: &[u8]) -> Option<Arc<Chunk<T>>> {
    if ChunkId::of(bytes) != id {
        return None;
    }
    let known = OnceLock::new();
    let _fresh = known.set(id);
    Some(Arc::new(Chunk { rows: decode(bytes)?, id: known }))
}

fn keep<T: Serialize + Clone, C: Chunks>(rows: &Rows<T>, chunks: &mut C) -> Result<Vec<ChunkId>, C::Error> {
    let mut ids = Vec::with_capacity(rows.chunks().len());
    for chunk in rows.chunks() {
        let id = match chunk.id.get() {
            Some(id) if chunks.has(*id)? => *id,
            _ => {
                let bytes = encode(&chunk.rows);
                let id = *chunk.id.get_or_init(|| ChunkId::of(&bytes));
                chunks.put(id, &bytes)?;
                id
            }
        };
        ids.push(id);
    }
    Ok(ids)
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    rmp_serde::to_vec(value).expect("a state is plain data")
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    rmp_serde::from_slice(bytes).ok()
}

/// `(added, [(key, position)])`; the first letter of a key says which kind it is.
impl Serialize for Provenance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key = |key: &Key| match key {
            Key::Known(known) => format!("k{known}"),
            Key::Unknown(unknown) => format!("u{unknown}"),
            Key::Unknowns => "a".to_owned(),
            Key::Record(record) => format!("r{}", record.name()),
        };
        let keys: Vec<(String, u64)> = self.keys.iter().map(|(known, by)| (key(known), by.get())).collect();
        (self.added.get(), keys).serialize(serializer)
    }
}

/// Reads who wrote the keys of a level.
fn provenance<'de, D: Deserializer<'de>>(level: Level, deserializer: D) -> Result<Provenance, D::Error> {
    let (added, keys): (u64, Vec<(String, u64)>) = Deserialize::deserialize(deserializer)?;
    let position = |number| Position::new(number).ok_or_else(|| D::Error::custom("no position"));
    let keys = keys.into_iter().map(|(text, by)| {
        let key = read_key(level, &text).ok_or_else(|| D::Error::custom("no key"))?;
        Ok((key, position(by)?))
    });
    Ok(Provenance { added: position(added)?, keys: keys.collect::<Result<_, D::Error>>()? })
}

fn of_session<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Provenance, D::Error> {
    provenance(Level::Session, deserializer)
}

fn of_instance<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Provenance, D::Error> {
    provenance(Level::Instance, deserializer)
}

pub(super) fn of_message<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Provenance, D::Error> {
    provenance(Level::Message, deserializer)
}

fn read_key(level: Level, text: &str) -> Option<Key> {
    Some(match text.split_at_checked(1)? {
        ("k", rest) => Key::Known(level.field(rest)?),
        ("u", rest) => Key::Unknown(rest.to_owned()),
        ("a", "") => Key::Unknowns,
        ("r", rest) => Key::Record(Record::of(rest)?),
        _ => return None,
    })
}
