//! Events that hold a text which somebody looks for.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use retold_core::raw::unpack_body;
use retold_core::{
    Decoder, Error, Event, EventType, Log, OnProgress, Position, Progress, StreamId, Text, Unit,
};
use rmpv::ValueRef;
use rusqlite::Connection;

/// Finds parts of a text: a name for what is there, and where it is.
pub type Finder<'a> = dyn Fn(&str) -> Vec<(String, Range<usize>)> + 'a;

/// A text that was found in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The event.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Its type.
    pub kind: EventType,
    /// What the finder calls it.
    pub what: String,
    /// The text itself. Of one that was written in pieces, the whole is given with each of its events.
    pub text: String,
}

/// The part of an output that the beginning of a later piece is read together with, in bytes.
const OVERLAP: usize = 8 * 1024;

const SEARCH: &str = "search the log";

/// Searches the strings of every event, long texts and the bytes of kept files among them, and calls `found` for each hit. A text that was written
/// in several pieces of one output is found in all of them, as far as it is within 8 KiB.
///
/// Names are not searched: a key of a workspace, the id of a session. `progress` gets the events searched so far.
/// O(log).
///
/// # Errors
/// [`Error::Stopped`] where `progress` said so; otherwise where the store cannot be read.
pub fn search(
    log: &Log,
    finder: &Finder<'_>,
    mut found: impl FnMut(Hit),
    progress: impl OnProgress,
) -> Result<(), Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let total = reader.head()?.position.get();
    let act = Error::sqlite(SEARCH);
    let (connection, decoder) = reader.raw();
    let mut statement = connection.prepare(include_str!("../sql/bodies_by_stream.sql")).map_err(&act)?;
    let mut rows = statement.query([]).map_err(&act)?;
    let (mut outputs, mut of, mut count) = (Outputs::default(), None, 0_u64);
    while let Some(row) = rows.next().map_err(&act)? {
        count += 1;
        if count.is_multiple_of(1024) {
            progress.advance(SEARCH, Progress::new(Unit::Events, count, total))?;
        }
        let stream: StreamId = row.get(1).map_err(&act)?;
        if of.replace(stream) != Some(stream) {
            outputs = Outputs::default();
        }
        let kind: i64 = row.get(2).map_err(&act)?;
        let Some(kind) = EventType::from_number(kind) else { continue };
        let position = row.get(0).map_err(&act)?;
        let body =
            Body { position, kind, version: row.get(3).map_err(&act)?, codec: row.get(4).map_err(&act)? };
        let packed = row.get_ref(5).and_then(|body| Ok(body.as_blob()?)).map_err(&act)?;
        let hit = |what: &str, text: &str, position| Hit {
            position,
            stream,
            kind,
            what: what.to_owned(),
            text: text.to_owned(),
        };
        for text in strings(connection, decoder, body, packed)? {
            for (what, range) in finder(&text) {
                found(hit(&what, &text[range], position));
            }
        }
        if is_output(kind) {
            let event = body.event(connection, decoder, packed)?;
            for (what, text, pieces) in outputs.add(connection, decoder, position, event, finder)? {
                pieces.into_iter().for_each(|piece| found(hit(&what, &text, piece)));
            }
        }
    }
    Ok(())
}

/// A body's row, its bytes left aside.
#[derive(Clone, Copy)]
struct Body {
    position: Position,
    kind: EventType,
    version: u16,
    codec: u32,
}

impl Body {
    fn event(
        self,
        connection: &Connection,
        decoder: &mut Decoder,
        packed: &[u8],
    ) -> Result<Option<Event>, Error> {
        let Self { position, kind, version, codec } = self;
        decoder.body(connection, position, kind.number().into(), version, codec, Some(packed))
    }
}

/// Returns every string of a body, its long text among them.
fn strings(
    connection: &Connection,
    decoder: &mut Decoder,
    body: Body,
    packed: &[u8],
) -> Result<Vec<String>, Error> {
    let mut buffer = Vec::new();
    let stored = (body.position, body.codec);
    let plain = unpack_body(connection, decoder.unpacker(), stored, packed, &mut buffer)?;
    let value = rmpv::decode::read_value_ref(&mut &plain[..]).map_err(|error| Error::Damaged {
        act: SEARCH,
        found: format!("the body at position {}: {error}", body.position),
    })?;
    let mut strings = Vec::new();
    collect(&value, &mut strings);
    // Bytes of another program's file are no strings of the body.
    if body.kind == EventType::RecordsKept
        && let Some(event) = body.event(connection, decoder, packed)?
    {
        event.each_content(|text| strings.push(text.to_owned()));
    }
    // A reference to a long text is 40 bytes, which no string is.
    if memchr::memchr_iter(0xc4, plain).any(|at| plain.get(at + 1) == Some(&40)) {
        let mut event = body.event(connection, decoder, packed)?;
        if let Some(text @ Text::Blob(_)) = event.as_mut().and_then(Event::long_text_mut) {
            decoder.resolve(connection, text)?;
            strings.extend(text.as_str().map(str::to_owned));
        }
    }
    Ok(strings)
}

fn collect(value: &ValueRef<'_>, strings: &mut Vec<String>) {
    match value {
        ValueRef::String(text) => strings.extend(text.as_str().map(str::to_owned)),
        ValueRef::Array(values) => values.iter().for_each(|value| collect(value, strings)),
        ValueRef::Map(pairs) => pairs.iter().for_each(|(_, value)| collect(value, strings)),
        _ => {}
    }
}

fn is_output(kind: EventType) -> bool {
    matches!(kind, EventType::OutputAppended | EventType::OutputReplaced | EventType::InstanceRemoved)
}

/// The ends of a stream's outputs, by instance, with the events that they came from.
#[derive(Default)]
struct Outputs(HashMap<u32, VecDeque<(Position, String)>>);

type Across = (String, String, Vec<Position>);

impl Outputs {
    /// Takes in an event, and returns what is across it and the pieces before.
    fn add(
        &mut self,
        connection: &Connection,
        decoder: &mut Decoder,
        position: Position,
        event: Option<Event>,
        finder: &Finder<'_>,
    ) -> Result<Vec<Across>, Error> {
        let (index, mut text, goes_on) = match event {
            Some(Event::OutputAppended(body)) => (body.index, body.text, true),
            Some(Event::OutputReplaced(body)) => {
                (body.index, body.text.unwrap_or_else(|| Text::from("")), false)
            }
            // Those after it have other places now.
            _ => {
                self.0.clear();
                return Ok(Vec::new());
            }
        };
        decoder.resolve(connection, &mut text)?;
        let text = text.as_str().unwrap_or_default();
        let pieces = self.0.entry(index).or_default();
        if !goes_on {
            pieces.clear();
        }
        let across = across(pieces, position, &text[..floor(text, OVERLAP)], finder);
        let end = text.len() - ceil(text, text.len().saturating_sub(OVERLAP));
        pieces.push_back((position, text[text.len() - end..].to_owned()));
        let mut bytes: usize = pieces.iter().map(|(_, piece)| piece.len()).sum();
        while let Some((_, first)) = pieces.front()
            && bytes - first.len() >= OVERLAP
        {
            bytes -= first.len();
            pieces.pop_front();
        }
        Ok(across)
    }
}

fn across(
    pieces: &VecDeque<(Position, String)>,
    position: Position,
    text: &str,
    finder: &Finder<'_>,
) -> Vec<Across> {
    if pieces.is_empty() || text.is_empty() {
        return Vec::new();
    }
    let mut joined = String::new();
    let mut begins = Vec::new();
    for (at, piece) in pieces.iter().map(|(at, piece)| (*at, piece.as_str())).chain([(position, text)]) {
        begins.push((joined.len(), at));
        joined.push_str(piece);
    }
    let before = joined.len() - text.len();
    finder(&joined)
        .into_iter()
        .filter(|(_, range)| range.start < before && range.end > before)
        .map(|(what, range)| {
            let ends = begins.iter().skip(1).map(|(begin, _)| *begin).chain([joined.len()]);
            let touched =
                begins.iter().zip(ends).filter(|((begin, _), end)| range.start < *end && *begin < range.end);
            let positions = touched.map(|((_, at), _)| *at).collect();
            (what, joined[range.clone()].to_owned(), positions)
        })
        .collect()
}

/// The nearest place at or before `at` that parts no character.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The nearest place at or after `at` that parts no character.
fn ceil(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
