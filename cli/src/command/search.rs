//! `retold search`: full text.

#[cfg(feature = "team")]
mod remote;

use std::collections::HashMap;
use std::time::Duration;

use retold_core::{Position, Record, StreamId, StreamName};
use retold_projections::{
    Answer, Facet, Found, Happenings, Hit, SearchFilter, SearchIn, SearchQuery, Snippet, Store,
};
use retold_travel::{Moment, Range};

use super::Run;
use super::projections::ready;
use super::sessions::among::Among;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value, counted, cut};
use crate::session;
use crate::since::Since;
#[cfg(all(feature = "team", feature = "web"))]
pub(super) use remote::failed as failed_search;

/// Find words in what was said, and in calls of tools
///
/// All words must be there. "a phrase" is as it is, begin* is the beginning of a word, -without is not there. Of Japanese, Chinese and
/// Korean text any part is found. Calls of tools are found by their arguments, their results and the files that they name.
/// `retold show SESSION --entry EVENT` shows a hit whole. The index is brought up to date first; that of a team's server is kept there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold search panic                       the best hits, and what they have in common
  retold search '\"connection refused\" -retry' --what output
  retold search '認証エラー' --role user
  retold search panic --in messages         only what people and agents said
  retold search src/main.rs --in paths --tool-kind edit    which calls changed a file
  retold search 'cargo test' --here --tool-name Bash
  retold search 'hing*' -n 50 -o jsonl      for a script")]
pub(crate) struct Search {
    /// What to look for
    #[arg(required = true)]
    query: Vec<String>,
    /// Only in this workspace: its key, or its folder
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
    /// Only in this session
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only in sessions of this type
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only in sessions of this status
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only in sessions with this tag; given more than once, with all of them
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    #[command(flatten)]
    among: Among,
    /// Only in sessions that worked on this branch
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Only in: messages (and tasks), calls (what tools were given), outputs (results and terminals), paths; several with commas
    #[arg(long = "in", value_name = "PARTS", value_delimiter = ',', value_parser = part)]
    within: Vec<SearchIn>,
    /// Only in: task, message, output, agent, call, result or path
    #[arg(long, value_parser = WHATS, hide_possible_values = true)]
    what: Option<String>,
    /// Only in messages of this role
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Only what this agent said
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Only calls of the tool of this name, such as Bash or apply_patch
    #[arg(long, value_name = "NAME")]
    tool_name: Option<String>,
    /// Only calls of this kind: read, edit, delete, move, search, execute, think, fetch, other
    #[arg(long, value_name = "KIND")]
    tool_kind: Option<String>,
    /// What an instance's own tool kept together with the session that the instance is of
    #[arg(long)]
    group: bool,
    /// At most this many hits
    #[arg(short, long, value_name = "N", default_value_t = 10)]
    number: u32,
    #[command(flatten)]
    since: Since,
    /// Wait at most this long for the index
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    wait: u64,
}

const WHATS: [&str; 7] = ["task", "message", "output", "agent", "call", "result", "path"];

fn part(text: &str) -> Result<SearchIn, String> {
    SearchIn::of(text).ok_or_else(|| format!("accepted: {}", SearchIn::ALL.map(SearchIn::name).join(", ")))
}

impl Run for Search {
    const READS_POINTS: bool = true;
    const ASKS_SERVERS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let query = SearchQuery::read(&self.query.join(" "))
            .map_err(|error| Failure::from(error).hint("words, \"a phrase\", begin*, -without"))?;
        #[cfg(feature = "team")]
        if let Some(address) = context.server() {
            return self.ask(&address, &query, context);
        }
        let (store, as_of) = ready(context, "search", Duration::from_secs(self.wait))?;
        let session = match &self.session {
            Some(name) => Some(store.find(name)?.stream),
            None => None,
        };
        let workspace = match &self.workspace {
            Some(text) => Some(super::sessions::workspace_key(&store.log().reader()?, text)?),
            None => None,
        };
        let (number, group, since) = (self.number, self.group, self.since.clone());
        let mut filter = self.filter();
        (filter.workspace, filter.session) = (workspace, session);
        if let Some(range) = since.range(context, None)? {
            filter.events = Some(events(context, &store, filter.session, &range)?);
        }
        let mut answer = store.search(&query, &filter, number)?;
        let is_empty = answer.hits.is_empty();
        let groups = if group { Some(Groups::of(&store, &mut answer)?) } else { None };
        show(context, as_of, answer, groups.as_ref())?;
        Ok(if is_empty { Exit::Nothing } else { Exit::Done })
    }
}

impl Search {
    /// Returns what the options say, but for those that a store has to be asked about.
    fn filter(self) -> SearchFilter {
        let mut filter = SearchFilter::new();
        filter.kind = self.kind;
        filter.status = self.status;
        filter.what = self.what;
        filter.role = self.role;
        filter.agent = self.agent;
        filter.within = self.within;
        (filter.tool_name, filter.tool_kind, filter.branch) = (self.tool_name, self.tool_kind, self.branch);
        self.among.narrow(&mut filter);
        filter.having = self.tag.into_iter().map(|tag| (Record::Tags, tag)).collect();
        filter
    }
}

/// Returns the events of a range.
fn events(
    context: &mut Context<'_>,
    store: &Store,
    session: Option<StreamId>,
    range: &Range,
) -> Result<Vec<Position>, Failure> {
    let reader = store.log().reader()?;
    reader.begin()?;
    let session = session.map(|stream| reader.name(stream).map(|name| Found { stream, name })).transpose()?;
    let (after, to) = match &session {
        None => {
            let (after, to) = context.between(&reader, Some(range))?;
            (after, to.moment)
        }
        Some(session) => {
            let (after, to) = context.span(&reader, Some(session), Some(range))?;
            (Moment::Recorded(after), to.moment)
        }
    };
    let happened = Happenings::of(&reader).happened_between(after, to)?;
    Ok(happened.into_iter().map(|happened| happened.position).collect())
}

const COLUMNS: [&str; 15] = [
    "position",
    "workspace",
    "session_id",
    "ordinal",
    "type",
    "status",
    "what",
    "role",
    "agent",
    "snippet",
    "revision",
    "occurred_at",
    "call_id",
    "tool_name",
    "tool_kind",
];

/// Which sessions' transcripts hits are of.
struct Groups(HashMap<StreamId, (StreamName, i64)>);

impl Groups {
    /// Puts hits of what belongs together next to each other: each group where its best hit is.
    fn of(store: &Store, answer: &mut Answer) -> Result<Self, Failure> {
        let reader = store.log().reader()?;
        let (mut of, mut roots) = (HashMap::new(), HashMap::new());
        for one in store.joined_transcripts(None)? {
            of.insert(one.transcript, (reader.name(one.session)?, one.instance));
            roots.insert(one.transcript, one.session);
        }
        let mut ranks: HashMap<StreamId, usize> = HashMap::new();
        let root = |hit: &Hit| roots.get(&hit.stream).copied().unwrap_or(hit.stream);
        for (rank, hit) in answer.hits.iter().enumerate() {
            ranks.entry(root(hit)).or_insert(rank);
        }
        answer.hits.sort_by_key(|hit| ranks.get(&root(hit)).copied());
        Ok(Self(of))
    }
}

/// The session that a transcript belongs to, and the instance's number.
#[derive(serde::Serialize)]
struct Of<'a> {
    workspace: &'a str,
    session_id: &'a str,
    ordinal: u32,
    instance: i64,
}

fn show(
    context: &mut Context<'_>,
    as_of: impl Into<AsOf>,
    answer: Answer,
    groups: Option<&Groups>,
) -> Result<(), Failure> {
    let of = |hit: &Hit| groups.and_then(|Groups(of)| of.get(&hit.stream));
    if !context.is_table() {
        let columns = COLUMNS.into_iter().chain(groups.map(|_| "of"));
        let mut rows = context.rows(as_of, columns)?;
        for hit in &answer.hits {
            let group = groups.map(|_| {
                of(hit).map_or(Value::Null, |(name, instance)| {
                    Value::json(&Of {
                        workspace: &name.workspace,
                        session_id: &name.session_id,
                        ordinal: name.ordinal,
                        instance: *instance,
                    })
                })
            });
            let row = [
                hit.position.into(),
                hit.name.workspace.as_str().into(),
                hit.name.session_id.as_str().into(),
                hit.name.ordinal.into(),
                hit.kind.as_str().into(),
                hit.status.as_str().into(),
                hit.what.as_str().into(),
                hit.role.as_deref().into(),
                hit.agent.as_deref().into(),
                if hit.is_pruned { Value::Null } else { hit.snippet.marked("**", "**").into() },
                hit.revision.into(),
                Value::Instant(hit.occurred_at),
                hit.call_id.as_deref().into(),
                hit.tool_name.as_deref().into(),
                hit.tool_kind.as_deref().into(),
            ];
            rows.push(row.into_iter().chain(group))?;
        }
        let facets: serde_json::Map<String, serde_json::Value> = answer
            .facets
            .iter()
            .map(|facet| (facet.name.to_owned(), facet.counts.iter().cloned().collect::<serde_json::Value>()))
            .collect();
        return rows.finish_with(&[("found", answer.found.into()), ("facets", Value::json(&facets))]);
    }
    if answer.hits.is_empty() {
        context.note("nothing found");
        return Ok(());
    }
    let (on_terminal, columns) = (context.io.out_is_terminal, context.io.columns);
    let names = groups.map(|_| "of").into_iter().chain(["session", "event", "what", "by", "text"]);
    let mut rows = context.rows(as_of, names)?;
    for hit in &answer.hits {
        let by = hit.agent.as_deref().or(hit.role.as_deref()).or(hit.tool_name.as_deref());
        let (by, text) = match on_terminal {
            true => (by.map(|by| cut(by, BY_MAX)), Value::Marked(near(&hit.snippet))),
            false => (by.map(str::to_owned), hit.snippet.marked("[", "]").into()),
        };
        let group = groups.map(|_| {
            of(hit)
                .map_or_else(String::new, |(name, instance)| format!("{} #{instance}", session::short(name)))
        });
        let row = [
            session::short(&hit.name).into(),
            format!("r{}", hit.revision).into(),
            hit.what.as_str().into(),
            by.into(),
            if hit.is_pruned { "(pruned)".into() } else { text },
        ];
        rows.push(group.map(Value::from).into_iter().chain(row))?;
    }
    rows.finish()?;
    if answer.hits.iter().any(|hit| hit.is_pruned) {
        context.note("what is pruned is in an archive: `retold store prune` says in which");
    }
    context.note(&format!(
        "{}; one of them whole: retold show SESSION --entry EVENT",
        counted(answer.found, "hit")
    ));
    let is_told = |facet: &&Facet| facet.counts.len() > 1 && !UNTOLD.contains(&facet.name);
    for facet in answer.facets.iter().filter(is_told) {
        let first = facet.counts.iter().take(4).map(|(value, count)| format!("{} {count}", cut(value, 20)));
        let more = if facet.counts.len() > 4 { ", …" } else { "" };
        let line = format!("  {:<9} {}{more}", facet.name, first.collect::<Vec<_>>().join(", "));
        context.note(&if on_terminal { cut(&line, columns) } else { line });
    }
    Ok(())
}

/// Facets for programs: their values are keys, paths and versions.
const UNTOLD: [&str; 4] = ["workspace", "cwds", "files", "versions"];
/// Cells of a name beside a hit on a terminal: the text needs the room.
const BY_MAX: usize = 16;
/// Characters before the first find there.
const BEFORE_MAX: usize = 8;

/// Returns the snippet with its first find near the beginning, so that a terminal shows it.
fn near(snippet: &Snippet) -> Vec<(String, bool)> {
    let marked = |(text, is_find): &(String, bool)| match is_find {
        true => (format!("[{text}]"), true),
        false => (text.clone(), false),
    };
    let mut pieces: Vec<(String, bool)> = snippet.0.iter().map(marked).collect();
    if let [(before, false), (_, true), ..] = &mut pieces[..]
        && before.chars().count() > BEFORE_MAX
    {
        let skipped = before.chars().count() - BEFORE_MAX;
        *before = format!("…{}", before.chars().skip(skipped).collect::<String>());
    }
    pieces
}
