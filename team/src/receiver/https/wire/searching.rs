//! What searches ask, and what is found.

use retold_core::{Position, Record, Revision, StreamName};
use retold_projections::{FoundSessions, FoundTexts, Hit, SearchFilter, SearchIn, SearchQuery, Snippet};
use serde::{Deserialize, Serialize};

use super::Malformed;
use crate::read::{Finds, Listed, Narrowed, SearchError, Wanted};

/// A search.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchRequest {
    query: String,
    workspace: Option<String>,
    kind: Option<String>,
    status: Option<String>,
    what: Option<String>,
    role: Option<String>,
    agent: Option<String>,
    having: Vec<(String, String)>,
    within: Vec<String>,
    tool_name: Option<String>,
    tool_kind: Option<String>,
    tool: Option<String>,
    model: Option<String>,
    branch: Option<String>,
    session: Option<String>,
    /// After and up to, in microseconds since 1970.
    between: (Option<i64>, Option<i64>),
    limit: u32,
    is_masked: bool,
}

/// What a request asks for.
#[derive(Debug)]
pub struct Read {
    query: SearchQuery,
    filter: SearchFilter,
    narrowed: Narrowed,
    limit: u32,
    is_masked: bool,
}

impl Read {
    /// Returns it as a search.
    pub fn wanted(&self) -> Wanted<'_> {
        let Self { query, filter, narrowed, limit, is_masked } = self;
        Wanted { query, filter, narrowed, limit: *limit, is_masked: *is_masked }
    }
}

impl SearchRequest {
    /// Asks for something.
    ///
    /// # Errors
    /// Where it is narrowed by what only a store knows.
    pub fn of(wanted: &Wanted<'_>) -> Result<Self, SearchError> {
        let Wanted { query, filter, narrowed, limit, is_masked } = *wanted;
        let SearchFilter { workspace, kind, status, what, role, agent, having, within, tool_name, .. } =
            filter;
        let SearchFilter { tool_kind, tool, model, branch, session, project, events, .. } = filter;
        let refused = [
            ("a session's number", session.is_some()),
            ("project", project.is_some()),
            ("events", events.is_some()),
        ];
        if let Some((name, _)) = refused.iter().find(|(_, is_given)| *is_given) {
            return Err(SearchError::Filter(name));
        }
        Ok(Self {
            query: query.text().to_owned(),
            workspace: workspace.clone(),
            kind: kind.clone(),
            status: status.clone(),
            what: what.clone(),
            role: role.clone(),
            agent: agent.clone(),
            having: having.iter().map(|(of, value)| (of.name().to_owned(), value.clone())).collect(),
            within: within.iter().map(|part| part.name().to_owned()).collect(),
            tool_name: tool_name.clone(),
            tool_kind: tool_kind.clone(),
            tool: tool.clone(),
            model: model.clone(),
            branch: branch.clone(),
            session: narrowed.session.clone(),
            between: (narrowed.after, narrowed.to),
            limit,
            is_masked,
        })
    }

    /// Reads what it asks for.
    ///
    /// # Errors
    /// Where this release does not know what it asks by.
    pub fn read(self) -> Result<Read, Malformed> {
        let query = SearchQuery::read(&self.query).map_err(|_| Malformed::Unknown("what is looked for"))?;
        let having = self.having.into_iter().map(|(name, value)| {
            let record = Record::ALL.iter().find(|of| of.name() == name);
            record.map(|of| (*of, value)).ok_or(Malformed::Unknown("a list of a session"))
        });
        let within =
            self.within.iter().map(|name| SearchIn::of(name).ok_or(Malformed::Unknown("a part of it")));
        let mut filter = SearchFilter::new();
        (filter.workspace, filter.kind, filter.status) = (self.workspace, self.kind, self.status);
        (filter.what, filter.role, filter.agent) = (self.what, self.role, self.agent);
        filter.having = having.collect::<Result<_, _>>()?;
        filter.within = within.collect::<Result<_, _>>()?;
        (filter.tool_name, filter.tool_kind, filter.tool) = (self.tool_name, self.tool_kind, self.tool);
        (filter.model, filter.branch) = (self.model, self.branch);
        let (after, to) = self.between;
        let narrowed = Narrowed { session: self.session, after, to };
        Ok(Read { query, filter, narrowed, limit: self.limit, is_masked: self.is_masked })
    }
}

/// [`Finds`], or why there are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SearchAnswer {
    /// Up to where the index is (the last shipment that it has, the last that there is, sessions that are as they were), the best hits, and
    /// of all finds which sessions and which texts they are.
    Found((u64, u64, u64), Vec<WireHit>, Vec<WireSessions>, Vec<WireTexts>),
    /// The server does not search so, and why.
    Refused(String),
}

/// [`Hit`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WireHit {
    at: (u64, u64, i64),
    name: (String, String, u32),
    marks: [Option<String>; 5],
    what: String,
    kind: String,
    status: String,
    snippet: Vec<(String, bool)>,
    is_pruned: bool,
}

/// [`FoundSessions`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WireSessions {
    workspace: (String, Option<String>),
    kind: String,
    status: String,
    lists: Vec<(String, Vec<String>)>,
    found: u64,
}

/// [`FoundTexts`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WireTexts {
    what: String,
    marks: [Option<String>; 4],
    found: u64,
}

impl From<Hit> for WireHit {
    fn from(hit: Hit) -> Self {
        let StreamName { workspace, session_id, ordinal } = hit.name;
        Self {
            at: (hit.position.get(), hit.revision.get(), hit.occurred_at),
            name: (workspace, session_id, ordinal),
            marks: [hit.role, hit.agent, hit.call_id, hit.tool_name, hit.tool_kind],
            what: hit.what,
            kind: hit.kind,
            status: hit.status,
            snippet: hit.snippet.0,
            is_pruned: hit.is_pruned,
        }
    }
}

impl TryFrom<WireHit> for Hit {
    type Error = Malformed;

    fn try_from(hit: WireHit) -> Result<Self, Malformed> {
        let (position, revision, occurred_at) = hit.at;
        let position = Position::new(position).ok_or(Malformed::Position)?;
        let revision = Revision::new(revision).ok_or(Malformed::Position)?;
        let (workspace, session_id, ordinal) = hit.name;
        let name = StreamName { workspace, session_id, ordinal };
        let mut told = Self::told((position, revision), name, Snippet(hit.snippet));
        [told.role, told.agent, told.call_id, told.tool_name, told.tool_kind] = hit.marks;
        (told.occurred_at, told.is_pruned) = (occurred_at, hit.is_pruned);
        (told.what, told.kind, told.status) = (hit.what, hit.kind, hit.status);
        Ok(told)
    }
}

impl From<FoundSessions> for WireSessions {
    fn from(of: FoundSessions) -> Self {
        Self {
            workspace: (of.workspace, of.folder),
            kind: of.kind,
            status: of.status,
            lists: of.lists.into_iter().map(|(record, list)| (record.name().to_owned(), list)).collect(),
            found: of.found,
        }
    }
}

impl From<WireSessions> for FoundSessions {
    fn from(of: WireSessions) -> Self {
        let (workspace, folder) = of.workspace;
        // A list that this release does not know is not counted by it.
        let known = |(name, list): (String, Vec<String>)| {
            Some((*Record::ALL.iter().find(|record| record.name() == name)?, list))
        };
        let lists = of.lists.into_iter().filter_map(known).collect();
        Self { workspace, folder, kind: of.kind, status: of.status, lists, found: of.found }
    }
}

impl From<FoundTexts> for WireTexts {
    fn from(of: FoundTexts) -> Self {
        Self { what: of.what, marks: [of.role, of.agent, of.tool_name, of.tool_kind], found: of.found }
    }
}

impl From<WireTexts> for FoundTexts {
    fn from(WireTexts { what, marks: [role, agent, tool_name, tool_kind], found }: WireTexts) -> Self {
        Self { what, role, agent, tool_name, tool_kind, found }
    }
}

impl From<Finds> for SearchAnswer {
    fn from(Finds { listed: Listed { shipment, of, stale }, hits, sessions, texts }: Finds) -> Self {
        Self::Found(
            (shipment, of, stale),
            hits.into_iter().map(WireHit::from).collect(),
            sessions.into_iter().map(WireSessions::from).collect(),
            texts.into_iter().map(WireTexts::from).collect(),
        )
    }
}

impl SearchAnswer {
    /// Reads what was found.
    ///
    /// # Errors
    /// Where the server does not search so, or its answer is none.
    pub fn read(self) -> Result<Result<Finds, Malformed>, SearchError> {
        match self {
            Self::Refused(why) => Err(SearchError::Refused(why)),
            Self::Found((shipment, of, stale), hits, sessions, texts) => {
                let hits: Result<Vec<Hit>, Malformed> = hits.into_iter().map(Hit::try_from).collect();
                Ok(hits.map(|hits| Finds {
                    listed: Listed { shipment, of, stale },
                    hits,
                    sessions: sessions.into_iter().map(FoundSessions::from).collect(),
                    texts: texts.into_iter().map(FoundTexts::from).collect(),
                }))
            }
        }
    }
}
