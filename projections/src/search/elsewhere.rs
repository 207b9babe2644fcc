//! The words of sessions whose index is in another database, and what that finds.
//!
//! It is the code that fills a store's index: the same texts, cut into the same words.

use std::collections::HashMap;

use retold_core::{Patch, Position, Record, Recorded, Revision};
use rusqlite::Connection;

use super::find::Mask;
use super::find::{Answer, Hit, text_in};
use super::index::{OF_PATHS, Scope, Tables, damaged, position_of};
use super::known::facets;
use super::marks::{MARKS, Mark, Marks, read_kinds};
use super::places::Places;
use super::projection::Search;
use super::query::SearchQuery;
use super::snippet::Snippet;
use crate::builtin::FoldedStream;
use crate::engine::{EventContext, PriorState, Projection, Refusal, Texts, Words};
use crate::error::sqlite;
use crate::{Error, Facet};

/// What the words begin with that a piece of an output goes on from: a phrase alone may begin with them.
pub const CARRIED_WORD: char = super::index::CARRIED as char;

/// A text, as an index keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexedText {
    /// The event that brought it.
    pub position: Position,
    /// Whether it is the paths that a call names: the event brought the call's arguments, too.
    pub is_paths: bool,
    /// task, message, output, agent, call, result or path.
    pub what: String,
    /// The message's role.
    pub role: Option<String>,
    /// The agent's name.
    pub agent: Option<String>,
    /// The name of the tool that was called.
    pub tool_name: Option<String>,
    /// The kind of that tool.
    pub tool_kind: Option<String>,
    /// How many words it has; of a call or a result, how many that differ.
    pub length: u32,
    /// Its words in their order; before them those that it goes on from, each after [`CARRIED_WORD`].
    pub words: Vec<String>,
}

impl IndexedText {
    /// Whether a word counts once, however often it is there.
    pub fn is_bag(&self) -> bool {
        matches!(self.what.as_str(), "call" | "result")
    }
}

/// What events changed in an index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexChange {
    /// Texts that are gone, those first: the position, and whether it is the paths.
    pub gone: Vec<(Position, bool)>,
    /// Texts that came.
    pub texts: Vec<IndexedText>,
}

/// What is known of a session up to an event.
#[derive(Default)]
struct Known {
    revision: Option<Revision>,
    session: PriorState,
    search: Search,
}

/// Sessions are kept up to this weight, some 100 MB; above, all are let go.
const WEIGHT_MAX: usize = 2_000_000;

/// Turns events into the texts of an index, session by session.
pub struct SearchFold {
    /// For the numbers of kinds.
    connection: Connection,
    known: HashMap<(i32, i64), Known>,
    words: Words,
    texts: Texts,
}

impl std::fmt::Debug for SearchFold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchFold").field("sessions", &self.known.len()).finish_non_exhaustive()
    }
}

impl SearchFold {
    /// Makes one that knows no session.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn new() -> Result<Self, Error> {
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_in_memory()?;
            Search::default().create(&connection)?;
            Ok(connection)
        };
        let connection = open().map_err(sqlite("fill a search index"))?;
        Ok(Self { connection, known: HashMap::new(), words: Words::default(), texts: Texts::given() })
    }

    /// Returns the last event of a session that was applied, by the generation that it was for; `None` where the session is not
    /// known (any more): then its events are applied from the first on.
    pub fn revision(&self, generation: i32, stream: i64) -> Option<Revision> {
        self.known.get(&(generation, stream)).and_then(|known| known.revision)
    }

    /// Whether a session is known to be deleted: nothing of it is to be found then.
    pub fn is_deleted(&self, generation: i32, stream: i64) -> bool {
        self.known.get(&(generation, stream)).is_some_and(|known| known.session.deleted)
    }

    /// Forgets what is known of a session.
    pub fn forget(&mut self, generation: i32, stream: i64) {
        self.known.remove(&(generation, stream));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// Gives the long text that an event brought, for [`apply`](Self::apply).
    pub fn give(&self, position: Position, text: String) {
        self.texts.give(position, text);
    }

    /// Applies the next event of a session, whose long text is in it. Returns the events whose texts it takes to do so: where there are
    /// any, nothing was applied, and it has to be tried again once they are [given](Self::give).
    ///
    /// An event that is not valid changes nothing, nor does a text for which the index has no number.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn apply(
        &mut self,
        generation: i32,
        stream: &FoldedStream,
        recorded: &Recorded,
    ) -> Result<Vec<Position>, Error> {
        let known = self.known.entry((generation, stream.number)).or_insert_with(|| {
            let search = Search::elsewhere();
            Known { search, ..Known::default() }
        });
        let patches: Vec<Patch<'_>> = match known.session.patches(recorded) {
            Some(patches) => patches,
            None => {
                known.revision = Some(recorded.revision);
                return Ok(Vec::new());
            }
        };
        let context = EventContext {
            recorded,
            following: &[],
            workspace: stream.workspace,
            name: &stream.name,
            before: &known.session,
            patches: &patches,
            texts: &self.texts,
        };
        let done = known.search.apply(&self.connection, &context);
        let missing = self.texts.missing();
        if !missing.is_empty() {
            return Ok(missing);
        }
        match done {
            // What has no room in an index is not found, and takes nothing from anybody else.
            Ok(()) | Err(Refusal::Event(_)) => {}
            Err(refusal) => return Err(refusal.into_error()),
        }
        known.session.apply(recorded, &patches, &mut self.words);
        known.revision = Some(recorded.revision);
        Ok(Vec::new())
    }

    /// Returns what the events of a session have changed since this was asked last.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn take(&mut self, generation: i32, stream: i64) -> Result<IndexChange, Error> {
        let Some(known) = self.known.get_mut(&(generation, stream)) else {
            return Ok(IndexChange::default());
        };
        let (texts, gone) = known.search.writer.take();
        let act = sqlite("fill a search index");
        self.connection.execute("delete from search_session", []).map_err(&act)?;
        let place = |text: u32| Some((Position::new(u64::from(position_of(text)))?, text & OF_PATHS != 0));
        let gone = texts.iter().map(|(text, ..)| *text).chain(gone).filter_map(place).collect();
        let kinds = read_kinds(Tables::main(&self.connection)).map_err(&act)?;
        let mut change = IndexChange { gone, texts: Vec::with_capacity(texts.len()) };
        for (text, of, words) in texts {
            let marks = kinds.get(&of.kind).ok_or_else(damaged).map_err(&act)?;
            let mark = |mark| marks.get(mark).map(str::to_owned);
            let Some((position, is_paths)) = place(text) else { continue };
            change.texts.push(IndexedText {
                position,
                is_paths,
                what: mark(Mark::What).unwrap_or_default(),
                role: mark(Mark::Role),
                agent: mark(Mark::Agent),
                tool_name: mark(Mark::ToolName),
                tool_kind: mark(Mark::ToolKind),
                length: of.length,
                words: words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect(),
            });
        }
        Ok(change)
    }

    /// Keeps the memory bounded; called between sessions, after what they changed was [taken](Self::take).
    pub fn trim(&mut self) {
        if self.known.values().map(|known| known.session.weight()).sum::<usize>() > WEIGHT_MAX {
            self.known.clear();
        }
    }
}

/// How many finds are of sessions of which the same is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundSessions {
    /// The key of their workspace.
    pub workspace: String,
    /// Its folder.
    pub folder: Option<String>,
    /// Their type.
    pub kind: String,
    /// Their status.
    pub status: String,
    /// What is known of them beside the document and is a list.
    pub lists: Vec<(Record, Vec<String>)>,
    /// The finds.
    pub found: u64,
}

/// How many finds are texts of which the same is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundTexts {
    /// task, message, output, agent, call, result or path.
    pub what: String,
    /// The message's role.
    pub role: Option<String>,
    /// The agent's name.
    pub agent: Option<String>,
    /// The name of the tool that was called.
    pub tool_name: Option<String>,
    /// The kind of that tool.
    pub tool_kind: Option<String>,
    /// The finds.
    pub found: u64,
}

impl Answer {
    /// What an index elsewhere has found: the best hits, and of all finds which sessions and which texts they are.
    pub fn elsewhere(hits: Vec<Hit>, sessions: &[FoundSessions], texts: &[FoundTexts]) -> Self {
        let found = texts.iter().map(|texts| texts.found).sum();
        let scopes: Vec<(Scope, u64)> = sessions
            .iter()
            .map(|of| {
                let lists: serde_json::Map<String, serde_json::Value> = of
                    .lists
                    .iter()
                    .map(|(record, list)| (record.name().to_owned(), list.as_slice().into()))
                    .collect();
                let scope = Scope {
                    workspace: of.workspace.clone(),
                    kind: of.kind.clone(),
                    status: of.status.clone(),
                    is_deleted: false,
                    lists: serde_json::Value::Object(lists).to_string(),
                    worktree: String::new(),
                };
                (scope, of.found)
            })
            .collect();
        let kinds: Vec<(Marks, u64)> = texts
            .iter()
            .map(|of| {
                let mark = |mark| match mark {
                    Mark::What => Some(of.what.clone()),
                    Mark::Role => of.role.clone(),
                    Mark::Agent => of.agent.clone(),
                    Mark::ToolName => of.tool_name.clone(),
                    Mark::ToolKind => of.tool_kind.clone(),
                };
                (Marks(MARKS.map(mark).to_vec()), of.found)
            })
            .collect();
        let folders =
            sessions.iter().filter_map(|of| Some((of.workspace.clone(), of.folder.clone()?))).collect();
        let scopes: Vec<(&Scope, u64)> = scopes.iter().map(|(scope, found)| (scope, *found)).collect();
        let kinds: Vec<(&Marks, u64)> = kinds.iter().map(|(marks, found)| (marks, *found)).collect();
        let facets: Vec<Facet> = facets(&scopes, &kinds, &mut Places::of(folders));
        Self { hits, found, facets, position: Position::ZERO }
    }
}

impl Hit {
    /// A hit that somebody else tells of: what else is known of it is for the caller to set.
    pub fn told(
        (position, revision): (retold_core::Position, retold_core::Revision),
        name: retold_core::StreamName,
        snippet: Snippet,
    ) -> Self {
        Self {
            position,
            revision,
            occurred_at: 0,
            stream: retold_core::StreamId::of_number(0),
            name,
            what: String::new(),
            role: None,
            agent: None,
            call_id: None,
            tool_name: None,
            tool_kind: None,
            kind: String::new(),
            status: String::new(),
            lists: Vec::new(),
            snippet,
            is_pruned: false,
        }
    }

    /// A hit of an index elsewhere: what is known of it beside its event is for the caller to set. `None` where the event does not say
    /// anything (any more). Its snippet is cut from what `mask` makes of the text.
    pub fn elsewhere(
        recorded: &Recorded,
        name: retold_core::StreamName,
        what: &str,
        agent: Option<String>,
        query: &SearchQuery,
        mask: Mask<'_>,
    ) -> Option<Self> {
        let event = recorded.event.as_ref()?;
        let text = text_in(event, what, agent.as_deref(), if what == "path" { OF_PATHS } else { 0 });
        let snippet = Snippet::of(&mask(&text), &query.needles);
        let call_id = super::find::call_id(event);
        Some(Self {
            occurred_at: recorded.occurred_at,
            stream: recorded.stream,
            what: what.to_owned(),
            agent,
            call_id,
            ..Self::told((recorded.position, recorded.revision), name, snippet)
        })
    }
}
