//! Full text, for programs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use retold::{SearchFilter, SearchHit, SearchIn, SessionHistory};
use retold_core::time;
use serde::Serialize;

use super::message::{Fault, INVALID_PARAMS};

/// Hits, where nobody says how many.
const HITS: u32 = 20;

#[derive(Serialize)]
pub(super) struct Found {
    found: u64,
    facets: BTreeMap<&'static str, BTreeMap<String, u64>>,
    hits: Vec<Hit>,
}

#[derive(Serialize)]
struct Hit {
    position: u64,
    revision: u64,
    occurred_at: Option<Timestamp>,
    workspace: String,
    session_id: String,
    ordinal: u32,
    what: String,
    role: Option<String>,
    agent: Option<String>,
    call_id: Option<String>,
    tool_name: Option<String>,
    tool_kind: Option<String>,
    snippet: Option<Vec<(String, bool)>>,
}

impl From<SearchHit> for Hit {
    fn from(hit: SearchHit) -> Self {
        Self {
            position: hit.position.get(),
            revision: hit.revision.get(),
            occurred_at: time::from_micros(hit.occurred_at),
            workspace: hit.name.workspace,
            session_id: hit.name.session_id,
            ordinal: hit.name.ordinal,
            what: hit.what,
            role: hit.role,
            agent: hit.agent,
            call_id: hit.call_id,
            tool_name: hit.tool_name,
            tool_kind: hit.tool_kind,
            snippet: (!hit.is_pruned).then_some(hit.snippet.0),
        }
    }
}

pub(super) fn search(
    history: &SessionHistory,
    query: &str,
    limit: Option<u32>,
    workspace_path: Option<&str>,
    within: Vec<String>,
    mut filter: SearchFilter,
) -> Result<Found, Fault> {
    filter.workspace = workspace_path.map(retold_core::workspace_key);
    for part in within {
        let known = SearchIn::of(&part).ok_or_else(|| {
            let parts = SearchIn::ALL.map(SearchIn::name).join(", ");
            Fault::new(INVALID_PARAMS, format!("in {part:?}: accepted is {parts}"))
        })?;
        filter.within.push(known);
    }
    let answer = history.search(query, &filter, limit.unwrap_or(HITS))?;
    let facets = answer.facets.into_iter().map(|facet| (facet.name, facet.counts.into_iter().collect()));
    let hits = answer.hits.into_iter().map(Hit::from).collect();
    Ok(Found { found: answer.found, facets: facets.collect(), hits })
}
