//! What a search finds.

use std::collections::BTreeMap;

use retold_core::{Erasure, Level, Position, Record, StreamId, StreamName, Value};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::carry::ChunkCarry;
use super::marks;
use super::query::SearchQuery;
use super::snippet::Snippet;
use crate::error::sqlite;
use crate::query::wanted;
use crate::sidecar::{SidecarFile, registry};
use crate::{Error, Store};

/// Which finds count; `None`: all.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SearchFilter {
    /// Only those of this workspace, by its key.
    pub workspace: Option<String>,
    /// Only those of this session.
    pub session: Option<StreamId>,
    /// Only those of sessions of this type.
    pub kind: Option<String>,
    /// Only those of sessions of this status.
    pub status: Option<String>,
    /// Only task, message, output or agent.
    pub what: Option<String>,
    /// Only messages of this role.
    pub role: Option<String>,
    /// Only what the agent of this name said or is.
    pub agent: Option<String>,
    /// Only those of sessions of which one of these lists, known beside the document, has this element.
    pub having: Vec<(Record, String)>,
    /// Only the texts that these events brought.
    pub events: Option<Vec<Position>>,
}

impl SearchFilter {
    /// Returns a filter that leaves every text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves only the texts of sessions with this tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.having.push((Record::Tags, tag.into()));
        self
    }
}

/// Declares methods that set one field each and return the filter.
macro_rules! with {
    ($($(#[$about:meta])* $with:ident($value:ident: $type:ty) sets $field:ident;)*) => {
        impl SearchFilter {
            $(
                $(#[$about])*
                #[must_use]
                pub fn $with(mut self, $value: $type) -> Self {
                    self.$field = Some($value.into());
                    self
                }
            )*
        }
    };
}

with! {
    /// Leaves only the texts of the workspace with this key.
    with_workspace(key: impl Into<String>) sets workspace;
    /// Leaves only the texts of this session.
    with_session(stream: StreamId) sets session;
    /// Leaves only the texts of sessions of this type.
    with_kind(kind: impl Into<String>) sets kind;
    /// Leaves only the texts of sessions of this status.
    with_status(status: impl Into<String>) sets status;
    /// Leaves only the texts of this kind: task, message, output or agent.
    with_what(what: impl Into<String>) sets what;
    /// Leaves only messages of this role.
    with_role(role: impl Into<String>) sets role;
    /// Leaves only what the agent of this name said or is.
    with_agent(agent: impl Into<String>) sets agent;
}

/// A text that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit {
    /// The position of the event that brought it.
    pub position: Position,
    /// The session.
    pub name: StreamName,
    /// task, message, output or agent.
    pub what: String,
    /// The message's role.
    pub role: Option<String>,
    /// The agent's name.
    pub agent: Option<String>,
    /// The session's type.
    pub kind: String,
    /// The session's status.
    pub status: String,
    /// What is known of the session beside its document and is a list.
    pub lists: Vec<(Record, Vec<String>)>,
    /// The part of the text around the first find.
    pub snippet: Snippet,
    /// Whether it was pruned since: an archive has the text, and there is no part of it to show.
    pub is_pruned: bool,
}

/// How many of the finds have each value of something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facet {
    /// workspace, type, status, what, role, agent, or a list that is known beside the document.
    pub name: &'static str,
    /// The values, the most frequent first.
    pub counts: Vec<(String, u64)>,
}

/// What a search found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The best first.
    pub hits: Vec<Hit>,
    /// How many there are, as far as they were looked at.
    pub found: u64,
    /// Whether there are more: only this many of the newest were looked at.
    pub is_cut: bool,
    /// What they have in common.
    pub facets: Vec<Facet>,
    /// The position up to which the index holds the log.
    pub position: Position,
}

/// Finds that are looked at, ranked and counted.
const LOOKED_MAX: u32 = 4_000;

impl Store {
    /// Searches the full text of tasks, messages, outputs and agents' names: at most `limit` hits, the best first.
    /// The index is as [`Sidecars::catch_up`](crate::Sidecars::catch_up) left it.
    ///
    /// # Errors
    /// [`Error::NoProjection`] where there is no index yet; otherwise where it cannot be read.
    pub fn search(&self, query: &SearchQuery, filter: &SearchFilter, limit: u32) -> Result<Answer, Error> {
        let absent = || Error::NoProjection { name: "search".to_owned() };
        let path = match self.private.projection("search") {
            Some(own) => own,
            None => {
                let reader = self.log.reader()?;
                let entry = registry::find(reader.connection(), "search")?.ok_or_else(absent)?;
                entry.current.ok_or_else(absent)?.path(self.log.path())
            }
        };
        let file = SidecarFile::open_beside(&path)?.ok_or_else(absent)?;
        let act = sqlite("search");
        let _moment = file.connection.unchecked_transaction().map_err(&act)?;
        let position = file.checkpoint()?.head.position;
        let found = find(&file.connection, query, filter).map_err(&act)?;
        let facets = facets(&found);
        let count = found.len() as u64;
        let mut reader = self.log.reader()?;
        let mut hits = Vec::new();
        for hit in found {
            if hits.len() >= limit as usize {
                break;
            }
            // A text that was redacted by now is no hit; one that was pruned is in its archive.
            hits.extend(with_snippet(&file.connection, &mut reader, hit, query)?);
        }
        Ok(Answer { hits, found: count, is_cut: count >= u64::from(LOOKED_MAX), facets, position })
    }
}

fn find(connection: &Connection, query: &SearchQuery, filter: &SearchFilter) -> rusqlite::Result<Vec<Hit>> {
    let SearchFilter { workspace, session, kind, status, what, role, agent, having, events } = filter;
    let having = wanted(having);
    let events = events.as_ref().and_then(|events| serde_json::to_string(events).ok());
    let mut statement = connection.prepare_cached(include_str!("../../sql/search/find.sql"))?;
    statement
        .query_map(
            named_params! {
                ":query": query.among(&marks::of_filter(filter)), ":most": LOOKED_MAX, ":workspace": workspace,
                ":session": session, ":type": kind, ":status": status, ":what": what, ":role": role, ":agent": agent,
                ":having": having, ":events": events,
            },
            hit,
        )?
        .collect()
}

fn hit(row: &Row<'_>) -> rusqlite::Result<Hit> {
    Ok(Hit {
        position: row.get(0)?,
        what: row.get(1)?,
        role: row.get(2)?,
        agent: row.get(3)?,
        name: StreamName { workspace: row.get(4)?, session_id: row.get(5)?, ordinal: row.get(6)? },
        kind: row.get(7)?,
        status: row.get(8)?,
        lists: lists(row.get_ref(9)?.as_str()?),
        snippet: Snippet::default(),
        is_pruned: false,
    })
}

impl Hit {
    fn list(&self, record: Record) -> &[String] {
        self.lists.iter().find(|(known, _)| *known == record).map_or(&[], |(_, list)| list)
    }
}

/// Reads the lists of a session.
fn lists(json: &str) -> Vec<(Record, Vec<String>)> {
    let known: BTreeMap<String, Vec<String>> = serde_json::from_str(json).unwrap_or_default();
    Record::lists().filter_map(|record| Some((record, known.get(record.name())?.clone()))).collect()
}

/// What a facet counts of a hit.
type ValuesOfHit = Box<dyn Fn(&Hit) -> Vec<&str>>;

fn facets(found: &[Hit]) -> Vec<Facet> {
    let one = |name, value: fn(&Hit) -> Option<&str>| -> (&'static str, ValuesOfHit) {
        (name, Box::new(move |hit| value(hit).into_iter().collect()))
    };
    let list = |record: Record| -> (&'static str, ValuesOfHit) {
        (record.name(), Box::new(move |hit| hit.list(record).iter().map(String::as_str).collect()))
    };
    [
        one("workspace", |hit| Some(&hit.name.workspace)),
        one("type", |hit| Some(&hit.kind)),
        one("status", |hit| Some(&hit.status)),
        one("what", |hit| Some(&hit.what)),
        one("role", |hit| hit.role.as_deref()),
        one("agent", |hit| hit.agent.as_deref()),
    ]
    .into_iter()
    .chain(Record::lists().map(list))
    .map(|(name, value)| {
        let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
        found.iter().flat_map(&value).for_each(|value| *counted.entry(value).or_default() += 1);
        let mut counts: Vec<(String, u64)> =
            counted.into_iter().map(|(value, count)| (value.to_owned(), count)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Facet { name, counts }
    })
    .collect()
}

fn with_snippet(
    index: &Connection,
    reader: &mut retold_core::Reader<'_>,
    mut hit: Hit,
    query: &SearchQuery,
) -> Result<Option<Hit>, Error> {
    let Some(recorded) = reader.event_at(hit.position)? else { return Ok(None) };
    let mut event = match recorded.what() {
        Ok(event) => event,
        Err(Erasure::Pruned) => {
            hit.is_pruned = true;
            return Ok(Some(hit));
        }
        Err(Erasure::Redacted) => return Ok(None),
    };
    reader.resolve_event(&mut event)?;
    let own = Level::Session.values().find(|field| field.is_content() && field.column() == hit.what);
    let value = own.and_then(|field| event.value_of(field));
    let text = match (own, hit.what.as_str()) {
        (Some(_), _) => value.as_ref().and_then(Value::as_text),
        // It may have another name by now.
        (None, "agent") => hit.agent.as_deref(),
        (None, _) => event.long_text().and_then(retold_core::Text::as_str),
    };
    let text = text.unwrap_or_default();
    hit.snippet = Snippet::of(text, &query.needles);
    if !hit.snippet.has_find()
        && let Some(both) = across(index, reader, hit.position, text)?
    {
        hit.snippet = Snippet::of(&both, &query.needles);
    }
    Ok(Some(hit))
}

/// Returns a piece of an output with the word that began in the one before; `None` where it begins with one of its own.
fn across(
    index: &Connection,
    reader: &mut retold_core::Reader<'_>,
    piece: Position,
    text: &str,
) -> Result<Option<String>, Error> {
    let (mut tail, mut at) = (ChunkCarry::default(), piece);
    loop {
        let before: Option<Position> = index
            .prepare_cached(include_str!("../../sql/search/carry.sql"))
            .and_then(|mut statement| statement.query_row([at], |row| row.get(0)).optional())
            .map_err(sqlite("search"))?;
        let Some(before) = before else { break };
        at = before;
        if !tail.push_before(&reader.text_at(at)?.unwrap_or_default()) {
            break;
        }
    }
    Ok(tail.joined(text))
}
