//! `retold sessions`: the list.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use retold_core::{Reader, Record, StreamId, StreamName};
use retold_projections::{Cursor, Happenings, Order, SessionFilter, SessionRow, Span, Store};
use retold_travel::{Anchor, Point, Range, local_instant};
use rusqlite::OptionalExtension;

pub(super) mod among;
pub(super) mod family;
#[cfg(feature = "team")]
mod remote;
mod rows;

use super::Run;
use super::projections::past;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::AsOf;
use crate::session;
use crate::since::Since;
use crate::styled::{Line, Paper, Tone};
pub(super) use among::{Among, Chosen};
use family::Family;
#[cfg(all(feature = "team", feature = "web"))]
pub(super) use remote::failed as failed_list;
#[cfg(feature = "team")]
pub(super) use remote::{Asked, warn_of_lag};
pub(super) use rows::with_tags;
use rows::{Form, List};

/// List sessions, the one that moved last first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold sessions                          the last ones, sub-agents under their session
  retold sessions --here                   those of the project that you are in
  retold sessions --tool codex --project atlas --since monday
  retold sessions --search door            with it in the task, the id or an agent's name
  retold sessions --created 2026-11-01..   began in November or later
  retold sessions --since 3d-ago           in which something happened in the last three days
  retold sessions --status running -o json for a script
  retold sessions --tag wip                with a tag, see `retold tag`
  retold sessions --at yesterday           the list as it was when yesterday began")]
pub(crate) struct Sessions {
    /// Only those of this workspace: its key, or its folder
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
    #[command(flatten)]
    among: Among,
    /// Only those of this status
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only those of this type: competition, ensemble, debate, transcript
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only those with this in their task, id or an agent's name
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only those with this tag; given more than once, with all of them
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Only those that began in this time: FROM..BEFORE, either may be left out; a day or a time, local where it names no zone
    #[arg(long, value_name = "RANGE", value_parser = days)]
    created: Option<Days>,
    /// Only those that were last updated in this time
    #[arg(long, value_name = "RANGE", value_parser = days)]
    updated: Option<Days>,
    #[command(flatten)]
    since: Since,
    /// The order: moved [default], file, updated, created, duration or files
    #[arg(long, value_enum, value_name = "ORDER", hide_possible_values = true)]
    sort: Option<Sort>,
    /// At most this many; on a terminal, 50 where nobody says
    #[arg(short, long, visible_alias = "limit", value_name = "N")]
    number: Option<u32>,
    /// After the place where another list ended, in the same order: the next page
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    after: Option<Cursor>,
    /// Sub-agents and forks too, each in its place
    #[arg(long)]
    flat: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Sort {
    /// The one that moved last first
    Moved,
    /// As the editor's files have them
    File,
    Updated,
    Created,
    /// The longest first
    Duration,
    /// Those that changed the most files first
    Files,
}

#[cfg(not(feature = "team"))]
impl Sessions {
    fn ask(self, _address: &str, _context: &mut Context<'_>) -> Result<Exit, Failure> {
        Err(super::team::left_out("sessions"))
    }
}

/// Sessions of a list on a terminal, where nobody says how many.
const ON_TERMINAL: u32 = 50;
/// A store with more sessions is listed by their last update, which has an index.
const MOVED_MAX: u64 = 20_000;

/// Returns the order of a list where nobody says: the one that moved last first.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn usual_order(store: &Store, reader: &Reader<'_>) -> Result<Order, Failure> {
    let is_large = store.count_sessions_seen_by(reader, &SessionFilter::new())?.total > MOVED_MAX;
    Ok(if is_large { Order::Updated } else { Order::Moved })
}

impl Sessions {
    /// Returns the order: the one that is asked for, else that of the page before, else by when they moved.
    fn order(&self, store: &Store, reader: &Reader<'_>) -> Result<Order, Failure> {
        Ok(match (self.sort, &self.after) {
            (Some(Sort::Moved), _) => Order::Moved,
            (Some(Sort::File), _) => Order::File,
            (Some(Sort::Updated), _) => Order::Updated,
            (Some(Sort::Created), _) => Order::Created,
            (Some(Sort::Duration), _) => Order::Duration,
            (Some(Sort::Files), _) => Order::FilesChanged,
            (None, Some(after)) => after.order(),
            (None, None) => usual_order(store, reader)?,
        })
    }

    /// Whether sessions that come from others are told with those: only where what is asked for is the same of both.
    fn folds(&self, context: &Context<'_>) -> bool {
        let is_narrow = self.status.is_some()
            || self.kind.is_some()
            || self.search.is_some()
            || !self.tag.is_empty()
            || self.created.is_some()
            || self.updated.is_some()
            || self.since.since.is_some()
            || self.since.until.is_some()
            || self.among.has_model();
        context.is_table() && !self.flat && !is_narrow && context.global.at.is_none()
    }
}

/// A stretch of time as it was typed: what it means depends on the zone.
#[derive(Clone, Debug)]
struct Days {
    from: Option<Typed>,
    before: Option<Typed>,
}

#[derive(Clone, Copy, Debug)]
enum Typed {
    Instant(Timestamp),
    Local(DateTime),
}

/// Reads a stretch of time: `FROM..BEFORE`.
fn days(text: &str) -> Result<Days, String> {
    let refused =
        || "accepted is FROM..BEFORE, such as 2026-11-01..2026-12-01 or 2026-11-23T09:00:00Z..".to_owned();
    let (from, before) = text.split_once("..").ok_or_else(refused)?;
    let typed = |text: &str| match text.parse::<Point>() {
        _ if text.is_empty() => Ok(None),
        Ok(Point { anchor: Anchor::Instant(instant), offset: None }) => Ok(Some(Typed::Instant(instant))),
        Ok(Point { anchor: Anchor::Local(local), offset: None }) => Ok(Some(Typed::Local(local))),
        Ok(_) => Err(refused()),
        Err(error) => Err(format!("{text}: {error}")),
    };
    Ok(Days { from: typed(from)?, before: typed(before)? })
}

impl Days {
    fn span(&self, zone: &TimeZone) -> Result<Span, Failure> {
        let instant = |typed: Option<Typed>| match typed {
            None => Ok(None),
            Some(Typed::Instant(instant)) => Ok(Some(instant)),
            Some(Typed::Local(local)) => {
                let is_day = local.time() == Time::midnight();
                let refused = |reason| Failure::usage(format!("list sessions: {reason}"));
                local_instant(local, zone, is_day).map(Some).map_err(refused)
            }
        };
        Ok(Span { from: instant(self.from)?, before: instant(self.before)? })
    }
}

/// Rows that are read at once; of an order that has no index more, for each page sorts all of them.
const PAGE: u32 = 1_000;
const PAGE_SORTED: u32 = 20_000;

impl Run for Sessions {
    const TRAVELS: bool = true;
    const ASKS_SERVERS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        if let Some(address) = context.server() {
            return self.ask(&address, context);
        }
        let store = context.open_store()?;
        if context.global.at.is_none() {
            context.warn_if_behind(&store)?;
        }
        let mut reader = store.log().reader()?;
        reader.begin()?;
        let workspace = match &self.workspace {
            Some(text) => Some(workspace_key(&reader, text)?),
            None => None,
        };
        let (order, folds) = (self.order(&store, &reader)?, self.folds(context));
        let mut among = self.among.resolve(&mut reader, context.is_table())?;
        let family = if folds { Family::read(&reader) } else { Family::default() };
        let zone = context.zone();
        let mut filter = SessionFilter::new();
        filter.workspace = workspace.or(among.workspace());
        filter.status = self.status;
        filter.kind = self.kind;
        filter.created = self.created.map(|days| days.span(&zone)).transpose()?.unwrap_or_default();
        filter.updated = self.updated.map(|days| days.span(&zone)).transpose()?.unwrap_or_default();
        filter.text = self.search;
        filter.having = self.tag.into_iter().map(|tag| (Record::Tags, tag)).collect();
        filter.after = self.after;
        filter.order = order;
        let on_terminal = (context.is_table() && context.io.out_is_terminal).then_some(ON_TERMINAL);
        filter.limit = self.number.or(on_terminal);
        let range = self.since.range(context, None)?;
        let active = range.map(|range| Active::of(context, &reader, &range)).transpose()?;
        let mut as_of = context.as_of_all(&reader)?;
        let (is_table, is_past) = (context.is_table(), context.global.at.is_some());
        let mut page = match is_past {
            true => {
                let page;
                (page, as_of) = list_past(context, &store, as_of, &filter)?;
                page
            }
            false => Store::sessions_seen_by(&reader, &filter.clone().with_limit(limit(&filter, 0)))?,
        };
        let form = Form::of(context, &family);
        let mut rows = List::begin(context, as_of, form)?;
        let (mut last, mut asked) = (None, limit(&filter, 0));
        while let Some(row) = page.last() {
            for row in &page {
                if !among.has(row) || family.is_folded(row) {
                    continue;
                }
                if active.as_ref().map_or(Ok(true), |active| active.has(&reader, row))?
                    && filter.limit.is_none_or(|limit| rows.count() < u64::from(limit))
                {
                    last = Some(row.cursor.clone());
                } else {
                    continue;
                }
                rows.push(|name| session::called(&reader, name), row, &family, &mut among.projects)?;
            }
            let wanted = limit(&filter, rows.count());
            if is_past || wanted == 0 || page.len() < asked as usize {
                break;
            }
            let next = filter.clone().with_limit(wanted).with_after(row.cursor.clone());
            (page, asked) = (Store::sessions_seen_by(&reader, &next)?, wanted);
        }
        let count = rows.count();
        let next = last.filter(|_| filter.limit.map(u64::from) == Some(count));
        let next = next.map(|cursor| cursor.to_string());
        rows.finish(next.as_deref())?;
        if is_table && context.global.at.is_none() {
            let is_counted = active.is_none() && !among.is_any();
            let listed = Listed { count, folded: family.folded(), next: next.as_deref(), is_counted };
            tell_of_more(context, &store, &reader, &filter, &listed)?;
        }
        Ok(if count == 0 { Exit::Nothing } else { Exit::Done })
    }
}

/// The sessions in which something happened in a range.
struct Active(HashSet<StreamId>);

impl Active {
    fn of(context: &mut Context<'_>, reader: &Reader<'_>, range: &Range) -> Result<Self, Failure> {
        let (after, to) = context.between(reader, Some(range))?;
        let happened = Happenings::of(reader).happened_between(after, to.moment)?;
        Ok(Self(happened.into_iter().map(|happened| happened.stream).collect()))
    }

    fn has(&self, reader: &Reader<'_>, row: &SessionRow) -> Result<bool, Failure> {
        let name = StreamName::session(&row.workspace, &row.id, row.ordinal);
        Ok(reader.stream(&name)?.is_some_and(|stream| self.0.contains(&stream)))
    }
}

/// Returns how many rows to read next, after this many.
fn limit(filter: &SessionFilter, count: u64) -> u32 {
    let page = match filter.order {
        Order::Moved | Order::Duration | Order::FilesChanged => PAGE_SORTED,
        _ => PAGE,
    };
    let left = filter.limit.map_or(u64::from(page), |limit| u64::from(limit).saturating_sub(count));
    u32::try_from(left).unwrap_or(page).min(page)
}

/// What was listed.
struct Listed<'n> {
    count: u64,
    /// How many of them are under others.
    folded: u64,
    next: Option<&'n str>,
    /// Whether it is known how many there are.
    is_counted: bool,
}

/// Says how many there are, and how to get at those beyond the page.
fn tell_of_more(
    context: &mut Context<'_>,
    store: &Store,
    reader: &Reader<'_>,
    filter: &SessionFilter,
    &Listed { count, folded, next, is_counted }: &Listed<'_>,
) -> Result<(), Failure> {
    let counted = |number| crate::output::counted(number, "session");
    let has_more = match next {
        Some(next) => {
            let mut rest = filter.clone().with_limit(1);
            rest.after = next.parse().ok();
            !Store::sessions_seen_by(reader, &rest)?.is_empty()
        }
        None => false,
    };
    let sub = match folded {
        0 => String::new(),
        folded => format!(", {folded} of them under others: --flat shows each"),
    };
    match next.filter(|_| has_more) {
        Some(next) if is_counted => {
            let total = store.count_sessions_seen_by(reader, filter)?.total;
            context.note(&format!("{} in all{sub}; the next ones: --after {next}", counted(total)));
        }
        Some(next) => context.note(&format!("there are more; the next ones: --after {next}")),
        None if context.io.out_is_terminal && is_counted && count > 0 => {
            let total = counted(store.count_sessions_seen_by(reader, filter)?.total);
            let paper = Paper { columns: Some(context.io.columns), colour: context.out_colour() };
            let mut line = String::new();
            paper.write(&mut line, &Line::of(format!("{total}{sub}"), Tone::Aside), "", "");
            context.say(line.trim_end())?;
        }
        None => {}
    }
    Ok(())
}

/// Lists the sessions as they were, and says which moment that is.
fn list_past(
    context: &mut Context<'_>,
    store: &Store,
    as_of: AsOf,
    filter: &SessionFilter,
) -> Result<(Vec<SessionRow>, AsOf), Failure> {
    let moment = as_of.moment;
    let reader =
        past::ask(context, store, moment, &|| true, |store, progress| store.temporal(moment, progress))?;
    let reader = reader.ok_or_else(Failure::interrupted)?;
    Ok((reader.sessions(filter)?, past::stands_for(context, as_of, reader.as_of())))
}

/// Returns the key of the workspace with this key or of this folder; where there is none, the text as it is.
pub(super) fn workspace_key(reader: &Reader<'_>, text: &str) -> Result<String, Failure> {
    let found = reader
        .connection()
        .query_row(include_str!("../../sql/workspace_key.sql"), [text], |row| row.get(0))
        .optional()
        .map_err(retold_core::Error::sqlite("find a workspace"))?;
    Ok(found.unwrap_or_else(|| text.to_owned()))
}
