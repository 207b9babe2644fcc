//! An event as a projection gets it: what happened, and how things were.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use retold_core::{
    Decoder, Error, Event, Field, Key, Log, Op, Patch, Path, Position, Record, Recorded, StreamName, Text,
    Value,
};
use rusqlite::Connection;

use super::prior::PriorState;

/// An event of the log with what its session was when it happened.
pub(crate) struct EventContext<'a> {
    pub(crate) recorded: &'a Recorded,
    /// What comes after it, as far as that was read.
    pub(crate) following: &'a [Recorded],
    /// The number of its workspace.
    pub(crate) workspace: i64,
    pub(crate) name: &'a StreamName,
    /// The session before the event; empty where the projection reads the log by itself.
    pub(crate) before: &'a PriorState,
    /// What the event does to it, likewise.
    pub(crate) patches: &'a [Patch<'a>],
    pub(crate) texts: &'a Texts,
}

impl<'a> EventContext<'a> {
    /// Returns what the event makes of a field: the value that it sets, or the one that a session, an instance or a message
    /// begins with.
    pub(crate) fn becomes(&self, field: Field) -> Option<Value<'_>> {
        self.patches.iter().find_map(|patch| patch.value_of(field))
    }

    /// Returns what the event makes of something that is known beside the document.
    pub(crate) fn record(&self, record: Record) -> Option<Value<'_>> {
        self.patches.iter().find_map(|patch| match (&patch.path, &patch.op) {
            (Path::Own(Key::Record(known)), Op::Set(value)) => (*known == record).then(|| value.clone()),
            _ => None,
        })
    }

    /// Returns what happened; `None` where the body was redacted.
    pub(crate) fn event(&self) -> Option<&'a Event> {
        self.recorded.event.as_ref()
    }
}

/// Loads the long texts that events refer to; by default none.
#[derive(Default)]
pub(crate) struct Texts(Source);

#[derive(Default)]
enum Source {
    #[default]
    Nowhere,
    Log(RefCell<(Connection, Decoder)>),
    Given(RefCell<Given>),
}

/// Texts that somebody gives who has the log elsewhere.
#[derive(Default)]
struct Given {
    texts: HashMap<Position, String>,
    /// What was asked for and is not among them.
    missing: Vec<Position>,
}

impl Texts {
    pub(crate) fn of(log: &Log) -> Result<Self, Error> {
        Ok(Self(Source::Log(RefCell::new((log.open_reader()?, Decoder::default())))))
    }

    /// Those that are [given](Self::give): of any other, [`at`](Self::at) fails, and [`missing`](Self::missing) says which it is.
    pub(crate) fn given() -> Self {
        Self(Source::Given(RefCell::default()))
    }

    /// Gives the long text that an event brought.
    pub(crate) fn give(&self, position: Position, text: String) {
        if let Source::Given(given) = &self.0 {
            given.borrow_mut().texts.insert(position, text);
        }
    }

    /// Returns what was asked for and not there, and forgets that it was; where it was nothing, also what was given.
    pub(crate) fn missing(&self) -> Vec<Position> {
        let Source::Given(given) = &self.0 else { return Vec::new() };
        let given = &mut *given.borrow_mut();
        if given.missing.is_empty() {
            given.texts.clear();
        }
        std::mem::take(&mut given.missing)
    }

    /// Returns a text in one piece; only one that is in the store's blobs is loaded.
    pub(crate) fn get<'t>(&self, text: &'t Text) -> Result<Cow<'t, str>, Error> {
        if let Some(text) = text.as_str() {
            return Ok(Cow::Borrowed(text));
        }
        let Source::Log(source) = &self.0 else { return Ok(Cow::default()) };
        let (connection, decoder) = &mut *source.borrow_mut();
        let mut text = text.clone();
        decoder.resolve(connection, &mut text)?;
        Ok(Cow::Owned(text.as_str().unwrap_or_default().to_owned()))
    }

    /// Returns the long text that an event brought; an empty one where its body is gone.
    pub(crate) fn at(&self, position: Position) -> Result<String, Error> {
        let source = match &self.0 {
            Source::Nowhere => return Ok(String::new()),
            Source::Given(given) => {
                let given = &mut *given.borrow_mut();
                return given.texts.get(&position).cloned().ok_or_else(|| {
                    given.missing.push(position);
                    Error::Inline { reason: format!("the text at {position} was not given") }
                });
            }
            Source::Log(source) => source,
        };
        let (connection, decoder) = &mut *source.borrow_mut();
        let text = match decoder.text_at(connection, position) {
            // Its body may have left between the two looks: then the second one finds none.
            Err(Error::Damaged { .. }) => decoder.text_at(connection, position)?,
            text => text?,
        };
        Ok(text.unwrap_or_default())
    }
}
