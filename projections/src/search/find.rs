//! What a search finds.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BinaryHeap;

use retold_core::{Erasure, Event, Level, Position, Reader, Record, Revision, StreamId, StreamName, Value};

use super::calls::{Bags, text_of};
use super::carry::ChunkCarry;
use super::filter::SearchFilter;
use super::index::{OF_PATHS, Tables, damaged, position_of};
use super::known::{Counts, Fits, KnownTexts, lists};
use super::marks::Mark;
use super::query::SearchQuery;
use super::rank::Search;
use super::snippet::Snippet;
use crate::error::sqlite;
use crate::sidecar::{SidecarFile, registry};
use crate::{Error, Store};

/// A text that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit {
    /// The position of the event that brought it.
    pub position: Position,
    /// That event's revision.
    pub revision: Revision,
    /// When it happened, in microseconds since 1970.
    pub occurred_at: i64,
    /// The session's stream.
    pub stream: StreamId,
    /// The session.
    pub name: StreamName,
    /// task, message, output, agent; of a tool's call: call what it was given, result what it returned, path the files that it names.
    pub what: String,
    /// The message's role.
    pub role: Option<String>,
    /// The agent's name.
    pub agent: Option<String>,
    /// The id of the call that it is of, as far as its event is there.
    pub call_id: Option<String>,
    /// The name of the tool that was called.
    pub tool_name: Option<String>,
    /// The kind of that tool: `read`, `edit`, `delete`, `move`, `search`, `execute`, `think`, `fetch`, `other`.
    pub tool_kind: Option<String>,
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
    /// workspace, type, status, tool, project, what, role, agent, tool_name (of the tool that was called), tool_kind,
    /// or a list that is known beside the document.
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
    /// How many there are.
    pub found: u64,
    /// What all of them have in common.
    pub facets: Vec<Facet>,
    /// The position up to which the index holds the log.
    pub position: Position,
}

/// What is done to a text before a snippet is cut from it.
pub type Mask<'m> = &'m dyn for<'t> Fn(&'t str) -> Cow<'t, str>;

/// Hits that are looked for beyond those that are asked for: some may be redacted by now.
const SPARE: usize = 64;

impl Store {
    /// Searches the full text of tasks, messages, outputs, agents' names, and calls of tools with their results: at most `limit` hits, the
    /// best of all finds first. The index is as [`Sidecars::catch_up`](crate::Sidecars::catch_up) left it. O(finds); a phrase reads the
    /// calls and results that have all of its words.
    ///
    /// # Errors
    /// [`Error::NoProjection`] where there is no index yet; otherwise where it cannot be read.
    pub fn search(&self, query: &SearchQuery, filter: &SearchFilter, limit: u32) -> Result<Answer, Error> {
        self.search_masked(query, filter, limit, &|text| Cow::Borrowed(text))
    }

    /// Does as [`search`](Self::search) does, and cuts the snippets from what `mask` makes of the texts: a secret is found only where
    /// all of it is there.
    ///
    /// # Errors
    /// As for [`search`](Self::search).
    pub fn search_masked(
        &self,
        query: &SearchQuery,
        filter: &SearchFilter,
        limit: u32,
        mask: Mask<'_>,
    ) -> Result<Answer, Error> {
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
        let tables = Tables::main(&file.connection);
        // Who searches at the same time reads for itself.
        let mut known = self.searched.take();
        known.refresh(tables).map_err(&act)?;
        known.places.refresh(&mut self.log.reader()?)?;
        let fits = Fits::new(&known.groups, &mut known.places, filter);
        let mut finds = Finds { store: self, tables, query, filter, fits: &fits, known: &mut known };
        let mut wanted = (limit as usize).saturating_add(SPARE);
        let answer = loop {
            let (best, found, facets) = finds.best(wanted)?;
            let (mut hits, mut reader) = (Vec::new(), self.log.reader()?);
            for text in &best {
                if hits.len() >= limit as usize {
                    break;
                }
                let hit = finds.hit(*text).map_err(&act)?;
                // A text that was redacted by now is no hit; one that was pruned is in its archive.
                hits.extend(finds.with_snippet(&mut reader, hit, *text, mask)?);
            }
            if hits.len() >= limit as usize || best.len() < wanted {
                break Answer { hits, found, facets, position };
            }
            wanted = wanted.saturating_mul(8);
        };
        self.searched.keep(known);
        Ok(answer)
    }
}

/// A find with its rank. Of two that rank alike the newer one comes first.
#[derive(PartialEq)]
struct Ranked(f64, u32);

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    /// The better one is the lesser: a heap has the worst on top.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let place = |text: u32| (position_of(text), text);
        other.0.total_cmp(&self.0).then_with(|| place(other.1).cmp(&place(self.1)))
    }
}

/// The best finds, how many there are in all, and what these have in common.
type Best = (Vec<u32>, u64, Vec<Facet>);

/// What a search looks at.
struct Finds<'s> {
    store: &'s Store,
    tables: Tables<'s>,
    query: &'s SearchQuery,
    filter: &'s SearchFilter,
    fits: &'s Fits,
    known: &'s mut KnownTexts,
}

impl Finds<'_> {
    /// Returns the best finds, how many there are in all, and what these have in common.
    fn best(&mut self, wanted: usize) -> Result<Best, Error> {
        let among = self.filter.events.as_ref().map(|events| {
            let positions = events.iter().filter_map(|at| u32::try_from(at.get()).ok());
            let mut texts: Vec<u32> = positions.flat_map(|at| [at, at | OF_PATHS]).collect();
            texts.sort_unstable();
            texts.dedup();
            texts
        });
        let KnownTexts { segments, gone, size, texts, groups, places, .. } = &mut *self.known;
        let (tables, fits) = (self.tables, self.fits);
        let texts = RefCell::new(texts);
        let is_wanted = |text| Ok(fits.has(texts.borrow_mut().get(tables, text)?));
        let bags = Bags::new(self.store.log.reader()?, &is_wanted);
        let has_phrase = |text, phrase: &[String], is_begin| bags.has(text, phrase, is_begin);
        let (mut best, mut counts) = (BinaryHeap::new(), Counts::new(groups, fits));
        let mut least = f64::NEG_INFINITY;
        let mut each = |search: &Search<'_>, text: u32, times: &[u32]| {
            let known = texts.borrow_mut().get(tables, text)?;
            if known.kind == 0 {
                return Err(damaged());
            }
            if !counts.add(known) {
                return Ok(());
            }
            let norm = search.norm(known.length);
            if best.len() == wanted && !search.may_reach(least, times, norm) {
                return Ok(());
            }
            let rank = search.rank(times, norm);
            if best.len() < wanted {
                best.push(Ranked(rank, text));
            } else if rank >= least {
                if let Some(mut worst) = best.peek_mut().filter(|worst| Ranked(rank, text) < **worst) {
                    *worst = Ranked(rank, text);
                }
                least = best.peek().map_or(least, |worst| worst.0);
            }
            Ok(())
        };
        let searched = Search::new(tables, segments, gone, &has_phrase, &self.query.terms, *size, among)
            .and_then(|search| search.each(&mut |text, times| each(&search, text, times)));
        if let Err(error) = searched {
            return Err(bags.why(error));
        }
        let (found, facets) = (counts.found(), counts.facets(places));
        Ok((best.into_sorted_vec().into_iter().map(|Ranked(_, text)| text).collect(), found, facets))
    }

    fn hit(&mut self, text: u32) -> rusqlite::Result<Hit> {
        let known = self.known.texts.get(self.tables, text)?;
        let marks = self.known.groups.kinds.get(&known.kind).ok_or_else(damaged)?;
        let mark = |mark| marks.get(mark).map(str::to_owned);
        let mut statement = self.tables.prepare(include_str!("../../sql/search/session.sql"))?;
        statement.query_row([known.stream], |row| {
            Ok(Hit {
                position: Position::new(u64::from(position_of(text))).ok_or_else(damaged)?,
                revision: Revision::ZERO,
                occurred_at: 0,
                stream: row.get(6)?,
                name: StreamName { workspace: row.get(0)?, session_id: row.get(1)?, ordinal: row.get(2)? },
                what: mark(Mark::What).unwrap_or_default(),
                role: mark(Mark::Role),
                agent: mark(Mark::Agent),
                call_id: None,
                tool_name: mark(Mark::ToolName),
                tool_kind: mark(Mark::ToolKind),
                kind: row.get(3)?,
                status: row.get(4)?,
                lists: lists(row.get_ref(5)?.as_str()?),
                snippet: Snippet::default(),
                is_pruned: false,
            })
        })
    }

    fn with_snippet(
        &mut self,
        reader: &mut Reader<'_>,
        mut hit: Hit,
        number: u32,
        mask: Mask<'_>,
    ) -> Result<Option<Hit>, Error> {
        let Some(recorded) = reader.event_at(hit.position)? else { return Ok(None) };
        (hit.revision, hit.occurred_at) = (recorded.revision, recorded.occurred_at);
        let mut event = match recorded.what() {
            Ok(event) => event,
            Err(Erasure::Pruned) => {
                hit.is_pruned = true;
                return Ok(Some(hit));
            }
            Err(Erasure::Redacted | Erasure::Withheld) => return Ok(None),
        };
        reader.resolve_event(&mut event)?;
        hit.call_id = call_id(&event);
        let text = text_in(&event, &hit.what, hit.agent.as_deref(), number);
        hit.snippet = Snippet::of(&mask(&text), &self.query.needles);
        if !hit.snippet.has_find() && hit.call_id.is_none() {
            let carry = self.carry(reader, hit.position)?;
            // A word that began in the piece before, or else some words of it.
            for both in
                [carry.joined(&text), carry.after_words(&text).map(|(both, _)| both)].into_iter().flatten()
            {
                let snippet = Snippet::of(&mask(&both), &self.query.needles);
                if snippet.has_find() {
                    hit.snippet = snippet;
                    break;
                }
            }
        }
        Ok(Some(hit))
    }

    /// Returns what the output ends with before a piece.
    fn carry(&mut self, reader: &mut Reader<'_>, piece: Position) -> Result<ChunkCarry, Error> {
        let (mut carry, mut at) = (ChunkCarry::default(), u32::try_from(piece.get()).unwrap_or(u32::MAX));
        loop {
            let known = self.known.texts.get(self.tables, at).map_err(sqlite("search"))?;
            let before = at.checked_sub(known.back).filter(|_| known.back > 0);
            let Some((before, position)) =
                before.and_then(|before| Some((before, Position::new(u64::from(before))?)))
            else {
                return Ok(carry);
            };
            at = before;
            if !carry.push_before(&reader.text_at(position)?.unwrap_or_default()) {
                return Ok(carry);
            }
        }
    }
}

/// Returns the id of the call that an event is of.
pub(super) fn call_id(event: &Event) -> Option<String> {
    match event {
        Event::ToolCalled(body) => Some(body.call.clone()),
        Event::ToolReturned(body) => Some(body.call.clone()),
        _ => None,
    }
}

/// Returns the text of an event that was found in it. `number`: that of the text in the index.
pub(super) fn text_in<'e>(event: &'e Event, what: &str, agent: Option<&str>, number: u32) -> Cow<'e, str> {
    let own = Level::Session.values().find(|field| field.is_content() && field.column() == what);
    match (own, what) {
        (Some(field), _) => {
            let value = event.value_of(field);
            Cow::Owned(value.as_ref().and_then(Value::as_text).unwrap_or_default().to_owned())
        }
        // It may have another name by now.
        (None, "agent") => Cow::Owned(agent.unwrap_or_default().to_owned()),
        (None, _) => text_of(event, number),
    }
}
