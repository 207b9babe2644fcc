//! What can be pruned: sessions that have been quiet, and the texts that nothing else refers to.

use std::collections::{BTreeSet, HashMap, HashSet};

use retold_core::happening::Moment;
use retold_core::raw::{each_content, referred, text_of, with_types};
use retold_core::{Error, Log, Position, Reader, Revision, StreamId, StreamName};

const SELECT: &str = "look for what can be pruned";

/// A session of which something can be pruned.
#[derive(Clone, Debug)]
pub struct Prunable {
    /// Its stream.
    pub stream: StreamId,
    /// Its name.
    pub name: StreamName,
    /// The revision at which it was looked at.
    pub revision: Revision,
    /// The position of the last thing that was said in it.
    pub last: Position,
    /// How many bodies would go.
    pub bodies: u64,
    /// Their bytes in the store, with those of the texts that nothing else refers to.
    pub bytes: u64,
    /// The end of the log when it was looked at.
    pub(super) as_of: Position,
    /// How many sessions were looked at together: `texts` is what none of the others' bodies keeps.
    pub(super) selected: usize,
    pub(super) said: Vec<(Position, [u8; 32])>,
    pub(super) texts: HashSet<[u8; 32]>,
}

/// Returns the sessions in which nothing happened after `before`, with what was said and written in them. By when things
/// happened, that is those whose last event, but what is said of bodies, counts by then.
///
/// O(log) where texts outside of events are referred to: every body is looked at for the same text. Some 50 bytes of
/// memory for each body that would go.
///
/// # Errors
/// Where the store cannot be read.
pub fn prunable(log: &Log, before: impl Into<Moment>) -> Result<Vec<Prunable>, Error> {
    quiet_in(log, before.into(), None)
}

/// Returns those of the sessions `among` which [`prunable`] would, as if there were no others: a text
/// that another session refers to is none of their bytes, and stays.
///
/// # Errors
/// Where the store cannot be read.
pub fn prunable_among(
    log: &Log,
    before: impl Into<Moment>,
    among: &BTreeSet<StreamId>,
) -> Result<Vec<Prunable>, Error> {
    quiet_in(log, before.into(), Some(among))
}

fn quiet_in(log: &Log, before: Moment, among: Option<&BTreeSet<StreamId>>) -> Result<Vec<Prunable>, Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let mut found = quiet(&mut reader, before, among)?;
    let kept = kept_texts(&mut reader, found.iter())?;
    let selected = found.len();
    found.iter_mut().for_each(|session| session.selected = selected);
    let mut counted = HashSet::new();
    let mut statement = reader
        .connection()
        .prepare_cached(include_str!("../../sql/blob_size.sql"))
        .map_err(Error::sqlite(SELECT))?;
    for session in &mut found {
        session.texts.retain(|text| !kept.contains(text));
        for text in session.texts.iter().filter(|text| counted.insert(**text)) {
            let bytes: i64 = statement.query_row([text], |row| row.get(0)).map_err(Error::sqlite(SELECT))?;
            session.bytes += bytes.unsigned_abs();
        }
    }
    Ok(found)
}

/// Returns the texts that have to stay where fewer sessions are pruned than were looked at together: one that stays
/// may refer to the text of one that goes.
pub(super) fn texts_to_keep(log: &Log, sessions: &[Prunable]) -> Result<HashSet<[u8; 32]>, Error> {
    if sessions.iter().all(|session| session.selected == sessions.len()) {
        return Ok(HashSet::new());
    }
    let mut reader = log.reader()?;
    reader.begin()?;
    kept_texts(&mut reader, sessions.iter())
}

fn quiet(
    reader: &mut Reader<'_>,
    before: Moment,
    among: Option<&BTreeSet<StreamId>>,
) -> Result<Vec<Prunable>, Error> {
    let act = Error::sqlite(SELECT);
    let streams: Vec<(StreamId, StreamName, Position)> = {
        let sql = with_types(include_str!("../../sql/quiet_streams.sql"));
        let mut statement = reader.connection().prepare(&sql).map_err(&act)?;
        let name = |row: &rusqlite::Row<'_>| {
            let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
            Ok((row.get(0)?, name, row.get(4)?))
        };
        statement.query_map([], name).and_then(Iterator::collect).map_err(&act)?
    };
    let as_of = reader.head()?.position;
    let mut found = Vec::with_capacity(streams.len());
    for (stream, name, last) in streams {
        let is_meant = among.is_none_or(|among| among.contains(&stream));
        if !is_meant || reader.stream_at(stream, before)? < last {
            continue;
        }
        let revision = reader.revision(stream)?;
        let mut one = Prunable {
            stream,
            name,
            revision,
            last: Position::ZERO,
            bodies: 0,
            bytes: 0,
            as_of,
            selected: 0,
            said: Vec::new(),
            texts: HashSet::new(),
        };
        one.read(reader)?;
        found.push(one);
    }
    Ok(found)
}

impl Prunable {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let (connection, decoder) = reader.raw();
        each_content(connection, decoder.unpacker(), self.stream, |position, kind, bytes| {
            self.last = position;
            self.bodies += 1;
            self.bytes += bytes.packed.len() as u64;
            self.said.push((position, bytes.commit()));
            self.texts.extend(kind.and_then(|kind| text_of(kind, &bytes.plain)));
        })
    }
}

/// Returns the texts of the selected sessions that something else refers to.
fn kept_texts<'a>(
    reader: &mut Reader<'_>,
    found: impl Iterator<Item = &'a Prunable> + Clone,
) -> Result<HashSet<[u8; 32]>, Error> {
    let texts: HashSet<_> = found.clone().flat_map(|session| &session.texts).copied().collect();
    let going: HashSet<Position> =
        found.flat_map(|session| &session.said).map(|(position, _)| *position).collect();
    let (connection, decoder) = reader.raw();
    referred(connection, decoder.unpacker(), &texts, Position::ZERO, |position| going.contains(position))
}

/// Which batch refers to each text last: it goes with that one, and not before.
pub(super) struct LastUses(HashMap<[u8; 32], usize>);

impl LastUses {
    pub(super) fn of<'a>(batches: impl Iterator<Item = &'a [Prunable]>) -> Self {
        let mut last = HashMap::new();
        for (number, batch) in batches.enumerate() {
            last.extend(batch.iter().flat_map(|session| &session.texts).map(|text| (*text, number)));
        }
        Self(last)
    }

    /// Returns the texts that go with a batch.
    pub(super) fn of_batch(&self, number: usize) -> HashSet<[u8; 32]> {
        self.0.iter().filter_map(|(text, last)| (*last == number).then_some(*text)).collect()
    }

    /// Keeps texts that are needed after all: those of a session that stays, or that one of them refers to.
    pub(super) fn keep<'a>(&mut self, texts: impl IntoIterator<Item = &'a [u8; 32]>) {
        for text in texts {
            self.0.remove(text);
        }
    }
}
