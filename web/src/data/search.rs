//! Full text.

use std::borrow::Cow;
use std::time::Duration;

use retold_core::{Head, Record};
use retold_present::{AsOf, Patience, Ready, ready};
use retold_projections::{Answer as Found, Error, Hit, SearchFilter, SearchIn, SearchQuery, Store};
use retold_secrets::Secrets;
use serde_json::{Value, json};

use super::name_of;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Hits of an answer, where nothing else is asked for.
const HITS: u64 = 50;
/// What a text may be.
pub(crate) const WHATS: &[&str] = &["task", "message", "output", "agent", "call", "result", "path"];
/// A projection is waited for so long.
const PATIENCE: Patience = Patience { catch_up: Duration::from_secs(10), fill: Duration::from_secs(30) };
/// Values of a facet that are given.
const VALUES_MAX: usize = 30;

/// What is looked for, and where.
pub(crate) struct Wanted {
    pub(crate) query: SearchQuery,
    pub(crate) filter: SearchFilter,
    pub(crate) number: u32,
}

/// Reads what a request looks for, in whatever session.
pub(crate) fn wanted(asked: &Asked) -> Result<Wanted, Problem> {
    let query = &asked.query;
    let Some(text) = query.text("q") else {
        return Err(Problem::bad("search: there is nothing to look for").hint("give words with ?q="));
    };
    let read = SearchQuery::read(text).map_err(Problem::from)?;
    let own = |name: &str| query.text(name).map(str::to_owned);
    let mut filter = SearchFilter::new();
    (filter.workspace, filter.kind, filter.status) = (own("workspace"), own("type"), own("status"));
    (filter.what, filter.role, filter.agent) = (own("what"), own("role"), own("agent"));
    (filter.tool, filter.project, filter.model) = (own("tool"), own("project"), own("model"));
    (filter.branch, filter.tool_name, filter.tool_kind) = (own("branch"), own("tool_name"), own("tool_kind"));
    filter.within = query.text("in").and_then(SearchIn::of).into_iter().collect();
    filter.having = query.text("tag").map(|tag| (Record::Tags, tag.to_owned())).into_iter().collect();
    let number = u32::try_from(query.number("n").unwrap_or(HITS)).unwrap_or(u32::MAX);
    Ok(Wanted { query: read, filter, number })
}

pub(crate) fn search(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let Wanted { query, mut filter, number } = wanted(asked)?;
    let session = asked.query.text("session").map(|name| site.store.find(name)).transpose()?;
    filter.session = session.map(|found| found.stream);
    let (found, head) =
        with_projection(site, "search", |store| store.search_masked(&query, &filter, number, &masked))?;
    let reader = site.reader()?;
    Ok(told(Answer::of(&AsOf::from(head), &reader)?, &found))
}

/// Tells what was found.
pub(crate) fn told(answer: Answer, found: &Found) -> Answer {
    answer
        .with("found", found.found)
        .with("facets", facets(found))
        .with_rows(found.hits.iter().map(row).collect())
}

fn row(hit: &Hit) -> Value {
    json!({
        "name": name_of(&hit.name),
        "position": hit.position.get(),
        "revision": hit.revision.get(),
        "occurred_at": hit.occurred_at,
        "what": hit.what,
        "role": hit.role,
        "agent": hit.agent,
        "call_id": hit.call_id,
        "tool_name": hit.tool_name,
        "tool_kind": hit.tool_kind,
        "type": hit.kind,
        "status": hit.status,
        "is_pruned": hit.is_pruned,
        "snippet": hit.snippet.0,
    })
}

/// Returns a text without its secrets.
fn masked(text: &str) -> Cow<'_, str> {
    Secrets::published().mask(text).text
}

fn facets(found: &Found) -> Value {
    let values = |counts: &[(String, u64)]| json!(counts.iter().take(VALUES_MAX).collect::<Vec<_>>());
    found
        .facets
        .iter()
        .map(|facet| (facet.name.to_owned(), values(&facet.counts)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Asks a store whose projection is up to date: this one's, one that may write, or one that is filled for this answer alone.
pub(super) fn with_projection<T>(
    site: &Site,
    name: &str,
    ask: impl Fn(&Store) -> Result<T, Error>,
) -> Result<(T, Head), Problem> {
    let now = std::sync::Arc::clone(&site.now);
    let options = retold_core::Options::new().clock(move || now());
    let writable = || Store::open(site.store.log().path(), options);
    let now = retold_core::time::to_micros((site.now)());
    match ready(&site.store, writable, name, now, PATIENCE)? {
        Ready::UpTo(head) => Ok((ask(&site.store)?, head)),
        Ready::NotYet => {
            let message = format!("{name}: it is being filled for the first time");
            Err(Problem::new(hyper::StatusCode::SERVICE_UNAVAILABLE, message)
                .hint(format!("`retold projections catch-up {name}` fills it to the end")))
        }
    }
}
