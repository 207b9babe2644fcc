//! `retold usage`: tokens and what they cost.

mod blocks;
mod prices;
mod status_line;

use std::path::PathBuf;
use std::time::Duration;

use retold_core::{Head, time};
use retold_projections::{Prices, Store, UsageBy, UsageQuery, UsageRow, UsageSum};
use retold_transcripts::Tool;

pub(crate) use self::prices::Priced;
use super::Run;
use super::import::transcripts::TRANSCRIPTS;
use super::projections::ready;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Value, counted};
use crate::since::{Since, times};

/// Sum up tokens and cost by day, model, session and more
///
/// Each response counts once, over files, resumed sessions, forks and sub-agents; what was rewound, compacted or deleted was used
/// all the same. Days, weeks and months are those of your time zone, or of UTC with --utc; a time that ends is not in the range. The cost is
/// what the tokens cost at the list prices of the models' providers, whatever was paid; see docs/USAGE.md. `+` marks a cost that leaves
/// out records without a known price, `*` one that holds what a tool itself said.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold usage                          day by day, the newest first
  retold usage --by model --since monday
  retold usage --by session --tool codex
  retold usage --by project -o csv      for a spreadsheet
  retold usage --blocks                 by blocks of five hours, with the pace of this one
  retold usage --statusline             a line for Claude Code's status line
  retold usage --prices own.toml        with prices of your own")]
pub(crate) struct Usage {
    /// By day, week, month, project, session, model, tool or agent
    #[arg(long, value_parser = by, default_value = UsageBy::Day.word(), value_name = "BY")]
    by: UsageBy,
    #[command(flatten)]
    since: Since,
    /// At most this many rows, 0 for all; on a terminal, 30 where nobody says, nor since when
    #[arg(short, long, visible_alias = "limit", value_name = "N", conflicts_with_all = ["blocks", "statusline"])]
    number: Option<usize>,
    /// Only what this tool used [with --blocks and --statusline: claude]
    #[arg(long, value_parser = super::sources::tool)]
    tool: Option<Tool>,
    /// By blocks of five hours, as the limits of Claude Code count it
    #[arg(long, conflicts_with_all = ["by", "statusline"])]
    blocks: bool,
    /// Print one line, for what Claude Code gives a status line on standard input
    #[arg(long, conflicts_with_all = ["by", "since", "until"])]
    statusline: bool,
    /// Prices of your own, which come before those that are built in [default: $RETOLD_PRICES]
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Wait at most this long for the projection
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    wait: u64,
}

fn by(text: &str) -> Result<UsageBy, String> {
    UsageBy::of_word(text).ok_or_else(|| {
        let words: Vec<&str> = UsageBy::ALL.into_iter().map(UsageBy::word).collect();
        format!("accepted are {}", words.join(", "))
    })
}

/// A terminal that is narrower gets the sum of all tokens in the place of its parts.
const NARROW: usize = 64;
/// Characters of a session's id, on a terminal.
const SHORT_ID: usize = 8;
/// Models without a price that are named.
const NAMED: usize = 4;

impl Run for Usage {
    const READS_POINTS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let prices = prices::read(context, self.prices.as_deref())?;
        if self.statusline {
            return status_line::run(context, self.tool.unwrap_or(Tool::Claude), &prices);
        }
        let range = self.since.range(context, None)?;
        let (store, head) = ready(context, TRANSCRIPTS, Duration::from_secs(self.wait))?;
        let mut query = UsageQuery { by: self.by, zone: context.zone(), ..UsageQuery::default() };
        if let Some(range) = &range {
            let reader = store.log().reader()?;
            [query.from, query.before] =
                times(context, &reader, range, "usage")?.map(|at| at.map(time::to_micros));
        }
        query.tool = self.tool.map(|tool| tool.word().to_owned());
        if self.blocks {
            query.tool.get_or_insert_with(|| Tool::Claude.word().to_owned());
            return blocks::run(context, &store, head, &query, &prices);
        }
        let mut usage = store.usage(&query, &prices)?;
        let bound = super::metrics::bound(context, self.number, range.is_some());
        let left = usage.rows.len().saturating_sub(bound);
        usage.rows.truncate(bound);
        if context.is_table() {
            self.table(context, head, &usage.rows, &usage.total)?;
        } else {
            self.rows(context, head, &usage.rows, &usage.total, &prices)?;
        }
        super::metrics::note_left(context, left);
        say_what_is_left_out(context, &usage.total, &usage.without_cost);
        if usage.rows.is_empty() {
            context.note(nothing(&store, &query)?);
            return Ok(Exit::Nothing);
        }
        Ok(Exit::Done)
    }
}

impl Usage {
    /// Answers a program: every figure, exact.
    fn rows(
        &self,
        context: &mut Context<'_>,
        head: Head,
        found: &[UsageRow],
        total: &UsageRow,
        prices: &Prices,
    ) -> Result<(), Failure> {
        let sources = total.models.iter().filter_map(|model| Some((model.as_str(), prices.source(model)?)));
        let sources = Value::object(sources.map(|(model, (source, read))| {
            let read = read.map(|day| day.to_string());
            (model, Value::object([("source", source.into()), ("read", read.into())]))
        }));
        let of_session: &[&str] = if self.by == UsageBy::Session { &["tool", "title"] } else { &[] };
        let names = [self.by.word()].into_iter().chain(of_session.iter().copied());
        let zone = context.zone().iana_name().unwrap_or("UTC").to_owned();
        let mut rows = context.rows(head, names.chain(FIGURES).chain(ABOUT))?;
        for row in found {
            let named = [Value::from(row.key.clone()), row.tool.clone().into(), row.title.clone().into()];
            let named = named.into_iter().take(1 + of_session.len());
            rows.push(named.chain(figures(&row.sum)).chain(about(row)))?;
        }
        let total = FIGURES.into_iter().zip(figures(&total.sum)).chain(ABOUT.into_iter().zip(about(total)));
        rows.finish_with(&[("total", Value::object(total)), ("prices", sources), ("zone", zone.into())])
    }

    /// Answers a person: what fits, and the sum below.
    fn table(
        &self,
        context: &mut Context<'_>,
        head: Head,
        found: &[UsageRow],
        total: &UsageRow,
    ) -> Result<(), Failure> {
        let on_terminal = context.io.out_is_terminal;
        let is_narrow = on_terminal && context.io.columns < NARROW;
        let is_short = is_narrow || self.by == UsageBy::Session;
        let has_titles = self.by == UsageBy::Session && !is_narrow;
        let figures: &[&str] =
            if is_short { &["tokens"] } else { &["input", "cache_read", "cache_write", "output"] };
        let marks = found.iter().any(|row| !mark(&row.sum).is_empty());
        let names = [self.by.word()].into_iter().chain(has_titles.then_some("title"));
        let names = names.chain(figures.iter().copied()).chain(["cost"]).chain(marks.then_some(""));
        // By what the rows cost, or where that is not known of any, by their tokens.
        let shown = |sum: &UsageSum| match total.sum.cost.micros() {
            Some(all) if all > 0 => sum.cost.micros().unwrap_or(0).unsigned_abs(),
            _ => sum.tokens(),
        };
        let most = found.iter().map(|row| shown(&row.sum)).max().unwrap_or(0);
        let has_bars = on_terminal && !is_narrow && !has_titles && found.len() > 1;
        let room =
            context.io.columns.saturating_sub(BEFORE_BAR + found.iter().map(name_width).max().unwrap_or(0));
        let room = room.clamp(0, BAR_MAX);
        let has_bars = has_bars && room >= BAR_MIN;
        // Beside the marks, which have no name either.
        let names = names.chain(has_bars.then_some(" "));
        let cells = |name: Value, title: Option<String>, sum: &UsageSum| {
            let tokens = match is_short {
                true => vec![sum.tokens()],
                false => vec![sum.input, sum.cache_read, sum.cache_write, sum.output],
            };
            let cost = sum.cost.micros().map_or_else(|| "unknown".into(), Value::Dollars);
            let named = [name].into_iter().chain(has_titles.then(|| title.into()));
            let mark = marks.then(|| mark(sum).into());
            named.chain(tokens.into_iter().map(Value::from)).chain([cost]).chain(mark).collect::<Vec<_>>()
        };
        let mut rows = context.rows(head, names)?;
        for row in found {
            let is_cut = self.by == UsageBy::Session && on_terminal;
            let name = row.key.as_ref().map(|key| match is_cut {
                true => key.chars().take(SHORT_ID).collect(),
                false => key.clone(),
            });
            let name = name.unwrap_or_else(|| "unknown".to_owned());
            let mut cells = cells(name.into(), row.title.clone(), &row.sum);
            cells.extend(has_bars.then(|| super::metrics::bar(shown(&row.sum), most, room).into()));
            rows.push(cells)?;
        }
        if found.len() > 1 {
            let mut cells = cells("total".into(), None, &total.sum);
            cells.extend(has_bars.then(|| Value::from("")));
            rows.push(cells)?;
        }
        rows.finish()
    }
}

/// Cells of the longest bar, and of the shortest that is one; what the other columns take beside the name.
const BAR_MAX: usize = 16;
const BAR_MIN: usize = 6;
const BEFORE_BAR: usize = 58;

fn name_width(row: &UsageRow) -> usize {
    row.key.as_ref().map_or(7, |key| key.chars().count())
}

/// The figures of what was used, in the order of their columns.
const FIGURES: [&str; 10] = [
    "records",
    "input",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "output",
    "reasoning",
    "cost",
    "cost_said_by_tools",
    "records_without_cost",
];
/// What else is told of a row.
const ABOUT: [&str; 3] = ["models", "sessions", "partial_sessions"];

fn figures(sum: &UsageSum) -> [Value; 10] {
    [
        sum.records.into(),
        sum.input.into(),
        sum.cache_read.into(),
        sum.cache_write.into(),
        sum.cache_write_1h.into(),
        sum.output.into(),
        sum.reasoning.into(),
        sum.cost.micros().map_or(Value::Null, Value::Dollars),
        Value::Dollars(sum.cost.said_by_tools()),
        sum.cost.unknown().into(),
    ]
}

fn about(row: &UsageRow) -> [Value; 3] {
    [Value::json(&row.models), row.sessions.into(), row.partial.into()]
}

/// Returns what a cost is marked with: `*` where it holds what a tool said, `+` where records are left out.
fn mark(sum: &UsageSum) -> &'static str {
    match (sum.cost.by_tool() > 0, sum.cost.unknown() > 0 && sum.cost.micros().is_some()) {
        (true, true) => "*+",
        (true, false) => "*",
        (false, true) => "+",
        (false, false) => "",
    }
}

/// Says what the figures leave out, and what they rest on.
fn say_what_is_left_out(context: &mut Context<'_>, total: &UsageRow, without: &[String]) {
    let cost = &total.sum.cost;
    let named = match without.len() {
        0 => String::new(),
        more if more > NAMED => format!(" ({} and {} others)", without[..NAMED].join(", "), more - NAMED),
        _ => format!(" ({})", without.join(", ")),
    };
    if cost.by_tool() > 0 {
        context.note(&format!("* of {} the cost is what the tool said", counted(cost.by_tool(), "record")));
    }
    if cost.unknown() > 0 {
        context.note(&format!(
            "+ {} without a cost: no price is known of all they used{named}; --prices FILE gives one",
            counted(cost.unknown(), "record")
        ));
    }
    if total.partial > 0 {
        context.note(&format!(
            "{} known in part: the tool recorded what was generated, and not all that was read",
            match total.partial {
                1 => "1 session is".to_owned(),
                more => format!("{more} sessions are"),
            }
        ));
    }
}

/// Returns why nothing was found.
fn nothing(store: &Store, query: &UsageQuery) -> Result<&'static str, Failure> {
    let is_all = query.from.is_none() && query.before.is_none() && query.tool.is_none();
    let has_any = !is_all && !store.usage(&UsageQuery::default(), &Prices::default())?.rows.is_empty();
    Ok(match has_any {
        true => "nothing was used then",
        false => "no usage is known: `retold import` takes in what coding agents left on disk",
    })
}

/// Returns whether an answer is for a program.
fn is_json(context: &Context<'_>) -> bool {
    matches!(context.global.output, Format::Json | Format::Jsonl)
}
