//! `retold sessions`: the list.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use retold_core::{Reader, Record, StreamId, StreamName, time};
use retold_projections::{Cursor, Happenings, Order, SessionFilter, SessionRow, Span, Store};
use retold_travel::{Anchor, Point, Range, local_instant};
use rusqlite::OptionalExtension;

use super::Run;
use super::projections::past;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value};
use crate::session;
use crate::since::Since;

/// List sessions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold sessions                          all, in the order of their files
  retold sessions --sort updated -n 10     the ten that were updated last
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
    /// Only those of this status
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only those of this type: competition, ensemble, debate
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
    /// The order: file, updated, created, duration or files
    #[arg(long, value_enum, default_value_t, value_name = "ORDER", hide_possible_values = true)]
    sort: Sort,
    /// At most this many
    #[arg(short, long, value_name = "N")]
    number: Option<u32>,
    /// After the place where another list ended, in the same order: the next page
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    after: Option<Cursor>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Sort {
    #[default]
    File,
    Updated,
    Created,
    /// The longest first
    Duration,
    /// Those that changed the most files first
    Files,
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

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = context.open_store()?;
        if context.global.at.is_none() {
            context.warn_if_behind(&store)?;
        }
        let reader = store.log().reader()?;
        reader.begin()?;
        let workspace = match self.workspace {
            Some(text) => Some(workspace_key(&reader, &text)?),
            None => None,
        };
        let zone = context.zone();
        let mut filter = SessionFilter::new();
        filter.workspace = workspace;
        filter.status = self.status;
        filter.kind = self.kind;
        filter.created = self.created.map(|days| days.span(&zone)).transpose()?.unwrap_or_default();
        filter.updated = self.updated.map(|days| days.span(&zone)).transpose()?.unwrap_or_default();
        filter.text = self.search;
        filter.having = self.tag.into_iter().map(|tag| (Record::Tags, tag)).collect();
        filter.after = self.after;
        filter.order = match self.sort {
            Sort::File => Order::File,
            Sort::Updated => Order::Updated,
            Sort::Created => Order::Created,
            Sort::Duration => Order::Duration,
            Sort::Files => Order::FilesChanged,
        };
        filter.limit = self.number;
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
        let mut rows = if is_table { context.rows(as_of, SHORT)? } else { context.rows(as_of, LONG)? };
        let (mut last, mut asked) = (None, limit(&filter, 0));
        while let Some(row) = page.last() {
            for row in &page {
                if active.as_ref().map_or(Ok(true), |active| active.has(&reader, row))?
                    && filter.limit.is_none_or(|limit| rows.count() < u64::from(limit))
                {
                    last = Some(row.cursor.clone());
                } else {
                    continue;
                }
                if is_table { rows.push(short(row))? } else { rows.push(long(row))? }
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
        rows.finish_with(&[("next", next.as_deref().into())])?;
        if let Some(next) = next.filter(|_| is_table && context.global.at.is_none() && active.is_none()) {
            tell_of_more(context, &store, &filter, &next)?;
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
        Order::Duration | Order::FilesChanged => PAGE_SORTED,
        _ => PAGE,
    };
    let left = filter.limit.map_or(u64::from(page), |limit| u64::from(limit).saturating_sub(count));
    u32::try_from(left).unwrap_or(page).min(page)
}

/// Says how many there are beyond the page, and how to get at them.
fn tell_of_more(
    context: &mut Context<'_>,
    store: &Store,
    filter: &SessionFilter,
    next: &str,
) -> Result<(), Failure> {
    let mut behind = filter.clone().with_limit(1);
    behind.after = next.parse().ok();
    if store.sessions(&behind)?.is_empty() {
        return Ok(());
    }
    let total = store.count_sessions(filter)?.total;
    context
        .note(&format!("{} in all; the next ones: --after {next}", crate::output::counted(total, "session")));
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

/// Room for the task goes before the type, which `show` and every other format tell.
const SHORT: [&str; 6] = ["session", "status", "updated", "agents", "msgs", "task"];

fn short(row: &SessionRow) -> [Value; 6] {
    let name = retold_core::StreamName::session(&row.workspace, &row.id, row.ordinal);
    let updated = match time::parse(&row.updated_at) {
        Some(instant) => Value::Instant(time::to_micros(instant)),
        None => row.updated_at.as_str().into(),
    };
    [
        session::short(&name).into(),
        row.status.as_str().into(),
        updated,
        row.instance_count.into(),
        row.message_count.into(),
        with_tags(row).into(),
    ]
}

/// The task, and before it the tags.
pub(super) fn with_tags(row: &SessionRow) -> String {
    match row.records.tags.is_empty() {
        true => row.task.clone(),
        false => format!("[{}] {}", row.records.tags.join(" "), row.task),
    }
}

const LONG: [&str; 19] = [
    "workspace",
    "path",
    "id",
    "ordinal",
    "type",
    "task",
    "status",
    "created_at",
    "updated_at",
    "completed_at",
    "winner_id",
    "total_duration",
    "total_files_changed",
    "instance_count",
    "message_count",
    "latest_instance_status",
    "position",
    "revision",
    "tags",
];

fn long(row: &SessionRow) -> [Value; 19] {
    [
        row.workspace.as_str().into(),
        row.path.as_deref().into(),
        row.id.as_str().into(),
        row.ordinal.into(),
        row.kind.as_str().into(),
        row.task.as_str().into(),
        row.status.as_str().into(),
        row.created_at.as_str().into(),
        row.updated_at.as_str().into(),
        row.completed_at.as_deref().into(),
        row.winner_id.into(),
        row.total_duration.into(),
        row.total_files_changed.into(),
        row.instance_count.into(),
        row.message_count.into(),
        row.latest_instance_status.as_deref().into(),
        row.position.into(),
        row.revision.into(),
        Value::json(&row.records.tags),
    ]
}
