//! A session as a conversation: the model that the terminal and the Markdown export show too.

use std::time::Duration;

use retold_core::{Event, Position, Revision, StreamName};
use retold_projections::Prices;
use retold_travel::conversation::{Call, Edit, Entry, Extent, Page, Turn, Usage, What, edits};
use retold_travel::{Conversation, Error};
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::name_of;
use super::session::begin;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Opened, Site};

/// Turns of a page, where nothing else is asked for.
const TURNS: u64 = 20;
/// How much of a conversation a page holds.
const EXTENT: Extent = Extent { turns: 20, events: 400, head: 8 * 1024, tail: 2 * 1024, happened: None };

/// What is done to a text before anything is made of it.
pub(crate) type Mask<'m> = &'m dyn Fn(&str) -> String;
/// Arguments up to this many bytes are read for the changes that they are.
pub(super) const INPUT_MAX: usize = 256 * 1024;
/// Texts that differ are compared line by line up to this length, together.
const COMPARED_MAX: usize = 128 * 1024;
/// A comparison that takes longer is coarser.
const COMPARING_MAX: Duration = Duration::from_millis(50);
/// Lines of a difference that are given.
const LINES_MAX: usize = 600;
/// Lines around a change.
const AROUND: usize = 3;
/// Sub-agents of a session that are given.
const AGENTS_MAX: u32 = 500;
/// Bytes of a text that are given at once.
const TEXT_MAX: u64 = 1 << 20;

pub(crate) fn conversation(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let revision = |name: &str| asked.query.number(name).map(|number| Revision::ZERO.plus(number));
    let page = match (revision("before"), revision("after")) {
        (Some(_), Some(_)) => return Err(Problem::bad("parameters before and after: one of them is enough")),
        (Some(before), None) => Page::Before(before),
        (None, Some(after)) => Page::After(after),
        (None, None) => Page::Last,
    };
    let turns = usize::try_from(asked.query.number("n").unwrap_or(TURNS)).unwrap_or(usize::MAX);
    let prices = site.prices()?;
    read(&mut opened, page, &Extent { turns, ..EXTENT }, &prices, &str::to_owned)
}

/// Reads a page of a conversation.
pub(crate) fn read(
    opened: &mut Opened<'_>,
    page: Page,
    extent: &Extent,
    prices: &Prices,
    mask: Mask<'_>,
) -> Result<Answer, Problem> {
    let (stream, at) = (opened.found.stream, opened.as_of.position);
    let answer = begin(opened)?;
    let found = opened.found.clone();
    let missing = || Error::NotThere { stream: found.name.clone(), reason: "not created yet", position: at };
    let read = Conversation::read(opened.timeline.reader(), stream, at, page, extent)?.ok_or_else(missing)?;
    let mut rows = Vec::new();
    for turn in &read.turns {
        rows.push(row(opened, turn, prices, mask)?);
    }
    let from = read.before.unwrap_or(Revision::ZERO).get();
    let to = read.after.unwrap_or(read.revision).get();
    let agents = agents(opened)?;
    Ok(answer
        .with("from", from)
        .with("to", to)
        .with("first", read.before.is_none())
        .with("messages", read.messages)
        .with("calls", read.calls)
        .with("agents", agents)
        .with_rows(rows))
}

fn row(opened: &mut Opened<'_>, turn: &Turn, prices: &Prices, mask: Mask<'_>) -> Result<Value, Problem> {
    let mut entries = Vec::new();
    for entry in &turn.entries {
        let mut told = serde_json::to_value(entry).unwrap_or_default();
        if let (What::Call(call), Some(told)) = (&entry.what, told.as_object_mut()) {
            told.insert("took".to_owned(), json!(call.duration().map(|took| took.as_millis())));
            told.insert("edits".to_owned(), changes(opened, call, mask)?.into());
        }
        entries.push(told);
    }
    let usage: Vec<Value> = turn.usage.iter().map(|usage| used(usage, turn, prices)).collect();
    Ok(json!({ "is_continued": turn.is_continued, "entries": entries, "usage": usage }))
}

/// Returns what a turn used of a model, and about what that costs at list prices, where those are known.
fn used(usage: &Usage, turn: &Turn, prices: &Prices) -> Value {
    let at = turn.entries.iter().find_map(|entry: &Entry| entry.at).map(|at| at.as_microsecond());
    let tokens = [usage.input, usage.cache_read, usage.cache_write, usage.output];
    let micros = at.and_then(|at| prices.estimate(&usage.model, at, tokens));
    let mut told = serde_json::to_value(usage).unwrap_or_default();
    if let Some(told) = told.as_object_mut() {
        told.insert("micros".to_owned(), json!(micros));
    }
    told
}

/// Returns what a call changes in files, line by line.
fn changes(opened: &mut Opened<'_>, call: &Call, mask: Mask<'_>) -> Result<Vec<Value>, Problem> {
    if call.kind != "edit" {
        return Ok(Vec::new());
    }
    let input = call.input.load(opened.timeline.reader(), INPUT_MAX)?;
    Ok(edits_in(input, call.input.bytes).iter().map(|edit| change(edit, mask)).collect())
}

/// Returns what the arguments of a call change, of which the beginning was read.
pub(super) fn edits_in(mut input: String, bytes: u64) -> Vec<Edit> {
    if (input.len() as u64) < bytes {
        // The last line of a patch that is cut may end within a secret.
        input.truncate(input.rfind('\n').unwrap_or(0));
    }
    edits(&input)
}

/// Returns a change of a file, line by line.
pub(super) fn change(edit: &Edit, mask: Mask<'_>) -> Value {
    let side = |side: &Option<String>| side.as_deref().map_or_else(String::new, mask);
    let (old, new) = (&*side(&edit.old), &*side(&edit.new));
    let is = match (&edit.old, &edit.new) {
        (_, None) => "deleted",
        (None, _) => "written",
        _ => "changed",
    };
    if old.len() + new.len() > COMPARED_MAX {
        return json!({ "path": edit.path, "is": is, "added": null, "removed": null, "lines": [], "is_cut": true });
    }
    let mut config = TextDiff::configure();
    let compared = config.timeout(COMPARING_MAX).diff_lines(old, new);
    let (mut lines, mut added, mut removed, mut is_cut) = (Vec::new(), 0_u64, 0_u64, false);
    for (nth, group) in compared.grouped_ops(AROUND).iter().enumerate() {
        if nth > 0 {
            lines.push(json!(["…", ""]));
        }
        for part in group.iter().flat_map(|op| compared.iter_changes(op)) {
            let mark = match part.tag() {
                ChangeTag::Equal => " ",
                ChangeTag::Insert => "+",
                ChangeTag::Delete => "-",
            };
            added += u64::from(mark == "+");
            removed += u64::from(mark == "-");
            if lines.len() < LINES_MAX {
                lines.push(json!([mark, part.value().trim_end_matches(['\n', '\r'])]));
            } else {
                is_cut = true;
            }
        }
    }
    json!({ "path": edit.path, "is": is, "added": added, "removed": removed, "lines": lines, "is_cut": is_cut })
}

/// Returns the sub-agents of a session, each with the call that began it.
fn agents(opened: &mut Opened<'_>) -> Result<Vec<Value>, Problem> {
    let (name, stream) = (opened.found.name.clone(), opened.found.stream.get());
    let reader = opened.timeline.reader();
    let read = || -> rusqlite::Result<Vec<Value>> {
        let mut statement = reader.connection().prepare_cached(include_str!("../../sql/agents.sql"))?;
        let rows = statement.query_map((stream, &name.session_id, AGENTS_MAX), |row| {
            let child = StreamName::session(&name.workspace, row.get::<_, String>(0)?, row.get(1)?);
            Ok(json!({
                "name": name_of(&child),
                "call": row.get::<_, Option<String>>(2)?,
                "task": row.get::<_, String>(3)?,
                "status": row.get::<_, String>(4)?,
            }))
        })?;
        rows.collect()
    };
    Ok(read().map_err(retold_core::Error::sqlite("find sub-agents"))?)
}

/// The long text of an event of the session, from its beginning.
pub(crate) fn text(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let stream = opened.found.stream;
    let reader = opened.timeline.reader();
    let found = reader.event_at(Position::ZERO.plus(asked.number))?.filter(|event| event.stream == stream);
    let missing = || {
        let message = format!("position {}: it is not an event of {}", asked.number, asked.session);
        Problem::new(hyper::StatusCode::NOT_FOUND, message)
    };
    let event = found.ok_or_else(missing)?;
    let limit = asked.query.number("bytes").unwrap_or(TEXT_MAX).min(TEXT_MAX);
    let long = event.event.as_ref().and_then(Event::long_text);
    let text = match long {
        Some(text) => reader.beginning(text, usize::try_from(limit).unwrap_or(usize::MAX))?,
        None => String::new(),
    };
    let total = long.map_or(0, retold_core::Text::len);
    Ok(begin(&mut opened)?.with("total", total).with("text", text))
}
