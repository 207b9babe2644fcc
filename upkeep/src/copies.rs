//! The same body in a session and in its forks: what a fork says again is a copy of its own.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use retold_core::raw::stream_and_type;
use retold_core::{
    Error, Event, EventType, Limit, Log, Meta, Origin, Position, Reader, Revision, StreamId, StreamName,
};

const FIND: &str = "find copies in forks";

/// Returns the events that say again what those at `positions` say: of forks of their sessions, and of the sessions that
/// these are forks of, however often; each with the position that it repeats.
///
/// O(sessions), and O(events) of those that belong together.
///
/// # Errors
/// Where the store cannot be read.
pub fn copies(log: &Log, positions: &BTreeSet<Position>) -> Result<BTreeMap<Position, Position>, Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    copies_in(&mut reader, positions)
}

/// Finds the copies through a reader that holds on to a moment.
pub(crate) fn copies_in(
    reader: &mut Reader<'_>,
    positions: &BTreeSet<Position>,
) -> Result<BTreeMap<Position, Position>, Error> {
    let families = Families::read(reader)?;
    let mut found = BTreeMap::new();
    if families.0.is_empty() {
        return Ok(found);
    }
    let mut said: HashMap<StreamId, Vec<EventContent>> = HashMap::new();
    let mut waiting: Vec<Position> = positions.iter().copied().collect();
    let mut seen: HashSet<Position> = positions.iter().copied().collect();
    while let Some(position) = waiting.pop() {
        let event = stream_and_type(reader.connection(), position).map_err(Error::sqlite(FIND))?;
        let Some((stream, _)) = event else { continue };
        for relative in families.of(stream) {
            for stream in [stream, *relative] {
                if let Entry::Vacant(unread) = said.entry(stream) {
                    unread.insert(all_contents(reader, stream)?);
                }
            }
            let Some(copy) = copy_of(&said[&stream], &said[relative], position) else { continue };
            if seen.insert(copy) {
                found.insert(copy, position);
                waiting.push(copy);
            }
        }
    }
    Ok(found)
}

/// Which sessions are forks of which, by stream, both ways.
struct Families(HashMap<StreamId, Vec<StreamId>>);

impl Families {
    fn read(reader: &Reader<'_>) -> Result<Self, Error> {
        let act = Error::sqlite(FIND);
        let metas: Vec<(StreamId, Vec<u8>)> = {
            let mut statement =
                reader.connection().prepare(include_str!("../sql/first_metas.sql")).map_err(&act)?;
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            statement.query_map([], read).and_then(Iterator::collect).map_err(&act)?
        };
        let mut relatives: HashMap<StreamId, Vec<StreamId>> = HashMap::new();
        for (fork, meta) in metas {
            let Ok(meta) = Meta::of_bytes(&meta, Position::ZERO) else { continue };
            let Some(from) = meta.from.filter(|_| meta.origin == Origin::Fork) else { continue };
            let name =
                StreamName { workspace: from.workspace, session_id: from.session_id, ordinal: from.ordinal };
            let Some(parent) = reader.stream(&name)? else { continue };
            relatives.entry(parent).or_default().push(fork);
            relatives.entry(fork).or_default().push(parent);
        }
        Ok(Self(relatives))
    }

    fn of(&self, stream: StreamId) -> &[StreamId] {
        self.0.get(&stream).map_or(&[], Vec::as_slice)
    }
}

/// What an event says, as far as it takes to know it again.
struct EventContent {
    position: Position,
    kind: EventType,
    occurred_at: i64,
    /// Of its body; `None` where that is gone.
    digest: Option<[u8; 32]>,
}

impl EventContent {
    fn may_be(&self, other: &Self) -> bool {
        self.kind == other.kind && self.occurred_at == other.occurred_at
    }

    /// Whether what is known of both bodies is the same.
    fn says(&self, other: &Self) -> bool {
        self.digest.zip(other.digest).is_none_or(|(one, other)| one == other)
    }
}

fn all_contents(reader: &mut Reader<'_>, stream: StreamId) -> Result<Vec<EventContent>, Error> {
    let (mut all, mut after) = (Vec::new(), Revision::ZERO);
    loop {
        let end = Position::ZERO.plus(u64::MAX);
        let page = reader.stream_events_after(stream, after, end, Limit::default())?;
        for event in page.events {
            after = event.revision;
            let digest = event.event.as_ref().map(digest);
            all.push(EventContent {
                position: event.position,
                kind: event.kind,
                occurred_at: event.occurred_at,
                digest,
            });
        }
        if !page.more {
            return Ok(all);
        }
    }
}

fn digest(event: &Event) -> [u8; 32] {
    let mut bytes = Vec::new();
    // One that cannot be written says nothing that could be known again.
    let _unwritten = event.write_body(&mut bytes);
    *blake3::hash(&bytes).as_bytes()
}

/// Returns the event of `relatives` that is the one at `position` of `own` said again. Of those that happened at the same
/// time and are of one type, they are in the same order.
fn copy_of(own: &[EventContent], relatives: &[EventContent], position: Position) -> Option<Position> {
    let said = own.iter().find(|said| said.position == position)?;
    let nth = own
        .iter()
        .take_while(|other| other.position < position)
        .filter(|other| other.may_be(said) && other.says(said))
        .count();
    let mut alike = relatives.iter().filter(|other| other.may_be(said) && other.says(said));
    alike.nth(nth).map(|copy| copy.position)
}
