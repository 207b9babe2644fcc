//! What is asked of the store. It is opened for each question: another program may have moved or migrated it since.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retold_core::{Clock, Operation, Options, Position, Revision, StreamName, time};
use retold_projections::{
    Projects, SearchFilter, SearchIn, SearchQuery, Store, UsageBy, UsageQuery, UsageRow,
};
use retold_travel::conversation::{Conversation, Entry, Excerpt, Extent, Page, What};
use retold_travel::{Point, Resolver};
use rusqlite::named_params;
use serde_json::{Map, Value, json};

use super::answer::{ANSWER_MAX, Bounded, OVERLAP, mask, shown};
use crate::command::usage::Priced;
use crate::context::Context;
use crate::failure::Failure;
use crate::session;
use crate::summary::summary;

/// Elements of an answer where nobody says, and at most.
const LIMIT: u64 = 20;
const LIMIT_MAX: u64 = 50;
/// Bytes of a text where nobody says, and at most.
const TEXT_BYTES: u64 = 1500;
const TEXT_BYTES_MAX: u64 = 16_000;
/// Bytes of a passage that was found, and of a summary.
const PASSAGE: usize = 400;
/// How long a projection may take to be brought up to date.
const PATIENCE: retold_present::Patience =
    retold_present::Patience { catch_up: Duration::from_secs(10), fill: Duration::from_secs(10) };

/// What asks.
pub(super) struct Ask {
    path: PathBuf,
    zone: TimeZone,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    prices: Priced,
}

type Answer = Result<Value, String>;

/// Says what went wrong, with what helps.
fn words(error: impl Into<Failure>) -> String {
    error.into().words()
}

impl Ask {
    pub(super) fn new(context: &Context<'_>) -> Result<Self, Failure> {
        let now = Arc::clone(&context.io.clock);
        Ok(Self { path: context.store_path()?, zone: context.zone(), now, prices: Priced::of(context) })
    }

    fn options(&self) -> Options {
        let clock = Arc::clone(&self.now);
        Options::new().operation(Operation::new("mcp")).clock(move || clock())
    }

    fn store(&self) -> Result<Store, String> {
        Store::open(&self.path, self.options().read_only(true)).map_err(words)
    }

    /// Opens the store with a projection that is up to date, as far as that can be.
    fn ready(&self, name: &str) -> Result<Store, String> {
        let store = self.store()?;
        let writable = || Store::open(&self.path, self.options());
        // Where another process fills it for longer than is waited for, or nothing can be written, it is used as it is.
        let now = time::to_micros((self.now)());
        retold_present::ready(&store, writable, name, now, PATIENCE).map_err(words)?;
        Ok(store)
    }

    /// Reads a time that is asked for, in microseconds since 1970.
    fn time(&self, store: &Store, arguments: &Map<String, Value>, name: &str) -> Result<Option<i64>, String> {
        let Some(text) = text(arguments, name) else { return Ok(None) };
        let refused = |why: &dyn std::fmt::Display| format!("{name} {text:.80}: {why}");
        let point: Point = text.parse().map_err(|error| refused(&error))?;
        let reader = store.log().reader().map_err(words)?;
        let resolver = Resolver {
            reader: &reader,
            session: None,
            clock: Clock::default(),
            now: (self.now)(),
            zone: self.zone.clone(),
        };
        let at = resolver.time(&point).map_err(|error| refused(&error))?;
        let at = at.ok_or_else(|| {
            refused(&"it is not a time; accepted is 2026-08-01, 2026-08-01 09:00, yesterday, 3d-ago")
        })?;
        Ok(Some(time::to_micros(at)))
    }

    pub(super) fn search(&self, arguments: &Map<String, Value>) -> Answer {
        let query = text(arguments, "query").unwrap_or_default();
        let query = SearchQuery::read(query)
            .map_err(|error| format!("query: {error}; words, \"a phrase\", begin*, -without"))?;
        let store = self.ready("search")?;
        let mut filter = SearchFilter::new();
        let own = |name: &str| text(arguments, name).map(str::to_owned);
        (filter.tool, filter.project, filter.tool_name) = (own("tool"), own("project"), own("tool_name"));
        for part in text(arguments, "in").unwrap_or_default().split(',').filter(|part| !part.is_empty()) {
            let refuse = || format!("in {part:.80}: messages, calls, outputs, paths");
            filter.within.push(SearchIn::of(part.trim()).ok_or_else(refuse)?);
        }
        if let Some(name) = text(arguments, "session") {
            filter.session = Some(store.find(name).map_err(words)?.stream);
        }
        let limit = limit(arguments);
        let number = u32::try_from(limit).unwrap_or(20);
        let answer = store.search_masked(&query, &filter, number, &mask).map_err(words)?;
        let (mut hits, mut is_cut) = (Bounded::new(ANSWER_MAX), false);
        for hit in &answer.hits {
            let passage = shown(&hit.snippet.marked("**", "**"), PASSAGE);
            is_cut |= !hits.push(json!({
                "session": session::full(&hit.name), "position": hit.position.get(), "what": hit.what,
                "role": hit.role, "when": instant(Some(hit.occurred_at)),
                "tool_name": hit.tool_name.as_deref().map(|name| shown(name, 80)), "call_id": hit.call_id.as_deref().map(|id| shown(id, 200)),
                "agent": hit.agent.as_deref().map(|agent| shown(agent, 80)), "passage": passage,
            }));
        }
        Ok(json!({"found": answer.found, "is_cut": is_cut, "hits": hits.finish()}))
    }

    pub(super) fn list(&self, arguments: &Map<String, Value>) -> Answer {
        let store = self.store()?;
        let (since, until) = (self.time(&store, arguments, "since")?, self.time(&store, arguments, "until")?);
        let cursor = text(arguments, "cursor").map(|text| {
            let parts =
                text.split_once(':').and_then(|(at, stream)| Some((at.parse().ok()?, stream.parse().ok()?)));
            parts.ok_or_else(|| format!("cursor {text:.80}: it is `next` of an earlier answer"))
        });
        let cursor: Option<(i64, i64)> = cursor.transpose()?;
        let limit = limit(arguments);
        let connection = store.sql().map_err(words)?;
        let act = retold_core::Error::sqlite("list the sessions");
        let mut statement =
            connection.prepare(include_str!("../../../sql/mcp/sessions.sql")).map_err(&act).map_err(words)?;
        let streams = match text(arguments, "project") {
            Some(project) => Some(self.of_project(&store, project, text(arguments, "tool"))?),
            None => None,
        };
        let parameters = named_params! {
            ":tool": text(arguments, "tool"), ":since": since, ":until": until, ":streams": streams,
            ":after": cursor.map(|cursor| cursor.0), ":after_stream": cursor.map(|cursor| cursor.1),
            ":limit": i64::try_from(limit + 1).unwrap_or(i64::MAX),
        };
        let list = |text: Option<String>| -> Vec<String> {
            let all: Vec<String> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            all.iter().take(5).map(|one| shown(one, 200)).collect()
        };
        let read = |row: &rusqlite::Row<'_>| {
            let name = StreamName { workspace: row.get(0)?, session_id: row.get(1)?, ordinal: row.get(2)? };
            let updated: Option<i64> = row.get(5)?;
            let value = json!({
                "session": session::full(&name),
                "title": shown(&row.get::<_, Option<String>>(3)?.unwrap_or_default(), 200),
                "status": row.get::<_, Option<String>>(4)?.map(|status| shown(&status, 80)),
                "updated": instant(updated), "began": instant(row.get(6)?),
                "folders": list(row.get(7)?), "branches": list(row.get(8)?), "models": list(row.get(9)?),
                "messages": row.get::<_, i64>(10)?, "agents": row.get::<_, i64>(11)?,
            });
            Ok((value, (updated.unwrap_or(0), row.get::<_, i64>(12)?)))
        };
        let rows = statement.query_map(parameters, read).map_err(&act).map_err(words)?;
        let (mut sessions, mut last, mut next) = (Bounded::new(ANSWER_MAX), None, None);
        for (number, row) in rows.enumerate() {
            let (value, place) = row.map_err(&act).map_err(words)?;
            if number as u64 >= limit || !sessions.push(value) {
                next = last.map(|(at, stream): (i64, i64)| format!("{at}:{stream}"));
                break;
            }
            last = Some(place);
        }
        Ok(json!({"sessions": sessions.finish(), "next": next}))
    }

    /// Returns the streams of a project's sessions, as a JSON array.
    fn of_project(&self, store: &Store, project: &str, tool: Option<&str>) -> Result<String, String> {
        let mut projects = Projects::read(&mut store.log().reader().map_err(words)?).map_err(words)?;
        let named = projects.named(project);
        let read = |row: &rusqlite::Row<'_>| {
            let cwds: Option<String> = row.get(2)?;
            let mut folders: Vec<String> =
                cwds.and_then(|cwds| serde_json::from_str(&cwds).ok()).unwrap_or_default();
            folders.extend(row.get::<_, Option<String>>(1)?);
            folders.extend(row.get::<_, Option<String>>(3)?);
            Ok((row.get::<_, i64>(0)?, folders))
        };
        let connection = store.sql().map_err(words)?;
        let act = retold_core::Error::sqlite("list the sessions");
        let all: Vec<(i64, Vec<String>)> = connection
            .prepare(include_str!("../../../sql/mcp/folders.sql"))
            .and_then(|mut statement| statement.query_map(named_params! { ":tool": tool }, read)?.collect())
            .map_err(&act)
            .map_err(words)?;
        let of = all.iter().filter(|(_, folders)| projects.is_of(&named, folders.iter().map(String::as_str)));
        let streams: Vec<i64> = of.map(|(stream, _)| *stream).collect();
        Ok(Value::from(streams).to_string())
    }

    pub(super) fn read(&self, arguments: &Map<String, Value>) -> Answer {
        let store = self.store()?;
        let found = store.find(text(arguments, "session").unwrap_or_default()).map_err(words)?;
        if found.name.is_workspace() {
            return Err("read_session: that is not a session".to_owned());
        }
        let length = number(arguments, "text_bytes").unwrap_or(TEXT_BYTES).min(TEXT_BYTES_MAX);
        let mut length = usize::try_from(length).unwrap_or(0);
        let mut reader = store.log().reader().map_err(words)?;
        let head = reader.head().map_err(words)?.position;
        let page = match (
            number(arguments, "after"),
            number(arguments, "before"),
            number(arguments, "around_position"),
        ) {
            (None, None, None) => Page::Last,
            (Some(after), None, None) => Page::After(revision(after)),
            (None, Some(before), None) => Page::Before(revision(before)),
            (None, None, Some(position)) => {
                let event = Position::new(position).map(|position| reader.event_at(position)).transpose();
                let event = event.map_err(words)?.flatten().filter(|event| event.stream == found.stream);
                let event =
                    event.ok_or_else(|| format!("around_position {position}: no event of this session"))?;
                Page::After(revision(event.revision.get().saturating_sub(3)))
            }
            _ => return Err("read_session: one of after, before and around_position".to_owned()),
        };
        // Where a page is too long for an answer, fewer turns and events of it are.
        let mut extent = Extent::default();
        (extent.turns, extent.events, extent.head, extent.tail) = (6, 200, length + OVERLAP, 0);
        loop {
            let read = Conversation::read(&mut reader, found.stream, head, page, &extent).map_err(words)?;
            let Some(conversation) = read else {
                return Err("read_session: the session was never created".to_owned());
            };
            let value = conversation_of(&conversation, length);
            let bytes = value.to_string().len();
            if bytes <= ANSWER_MAX || length == 0 {
                return Ok(value);
            }
            if extent.events == 1 {
                length /= 2;
            }
            extent.turns = (extent.turns / 2).max(1);
            extent.events = (extent.events / 2).max(1);
        }
    }

    pub(super) fn happened(&self, arguments: &Map<String, Value>) -> Answer {
        let store = self.store()?;
        let at = self.time(&store, arguments, "at")?.unwrap_or_default();
        let minutes = i64::try_from(number(arguments, "minutes").unwrap_or(5).min(1440)).unwrap_or(5);
        let (from, to) = (at.saturating_sub(minutes * 60_000_000), at.saturating_add(minutes * 60_000_000));
        let limit = limit(arguments);
        let connection = store.sql().map_err(words)?;
        let act = retold_core::Error::sqlite("list the events");
        let positions: Result<Vec<Position>, _> =
            connection.prepare(include_str!("../../../sql/mcp/events.sql")).and_then(|mut statement| {
                let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
                statement.query_map((from, to, most), |row| row.get(0))?.collect()
            });
        let positions = positions.map_err(&act).map_err(words)?;
        let mut reader = store.log().reader().map_err(words)?;
        let mut events = Bounded::new(ANSWER_MAX);
        let mut is_cut = positions.len() as u64 > limit;
        for position in positions.into_iter().take(usize::try_from(limit).unwrap_or(0)) {
            let Some(recorded) = reader.event_at(position).map_err(words)? else { continue };
            let name = reader.name(recorded.stream).map_err(words)?;
            let said = match recorded.event {
                Some(mut event) => {
                    if let Some(text) = event.long_text_mut() {
                        let beginning = reader.beginning(text, PASSAGE + OVERLAP).map_err(words)?;
                        *text = mask(&beginning).into_owned().into();
                    }
                    shown(&summary(&event, ""), PASSAGE)
                }
                None => "(erased)".to_owned(),
            };
            is_cut |= !events.push(json!({
                "at": instant(Some(recorded.occurred_at)), "position": position.get(),
                "session": session::full(&name), "event": recorded.kind.name(), "said": said,
            }));
        }
        Ok(
            json!({"from": instant(Some(from)), "to": instant(Some(to)), "is_cut": is_cut, "events": events.finish()}),
        )
    }

    pub(super) fn usage(&self, arguments: &Map<String, Value>) -> Answer {
        let word = text(arguments, "by").unwrap_or(UsageBy::Model.word());
        let by = UsageBy::of_word(word).ok_or_else(|| {
            let words: Vec<&str> = UsageBy::ALL.into_iter().map(UsageBy::word).collect();
            format!("usage: by is one of {}", words.join(", "))
        })?;
        let store = self.ready("transcripts")?;
        let (from, before) = (self.time(&store, arguments, "since")?, self.time(&store, arguments, "until")?);
        let query = UsageQuery { by, from, before, ..UsageQuery::default() };
        let used = store.usage(&query, &self.prices.read().map_err(words)?).map_err(words)?;
        let mut groups = Bounded::new(ANSWER_MAX);
        let limit = usize::try_from(limit(arguments)).unwrap_or(0);
        let mut is_cut = used.rows.len() > limit;
        for UsageRow { key, sum, .. } in used.rows.iter().take(limit) {
            is_cut |= !groups.push(json!({
                word: shown(key.as_deref().unwrap_or_default(), 200), "input": sum.input,
                "cache_read": sum.cache_read, "cache_write": sum.cache_write, "output": sum.output,
                "reasoning": sum.reasoning, "responses": sum.records,
            }));
        }
        Ok(json!({"is_cut": is_cut, "usage": groups.finish()}))
    }
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn number(arguments: &Map<String, Value>, name: &str) -> Option<u64> {
    arguments.get(name).and_then(Value::as_u64)
}

fn limit(arguments: &Map<String, Value>) -> u64 {
    number(arguments, "limit").unwrap_or(LIMIT).clamp(1, LIMIT_MAX)
}

fn revision(number: u64) -> Revision {
    Revision::ZERO.plus(number)
}

fn instant(micros: Option<i64>) -> Option<String> {
    Some(time::from_micros(micros?)?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn conversation_of(conversation: &Conversation, length: usize) -> Value {
    let entries: Vec<Value> = conversation.entries().map(|entry| entry_of(entry, length)).collect();
    json!({
        "session": session::full(&conversation.name), "title": shown(&conversation.session.task, 200),
        "status": shown(&conversation.session.status, 80), "messages": conversation.messages,
        "calls": conversation.calls, "previous": conversation.before.map(Revision::get),
        "next": conversation.after.map(Revision::get), "entries": entries,
    })
}

fn entry_of(entry: &Entry, length: usize) -> Value {
    let mut value = match &entry.what {
        What::Message { role, text, .. } => json!({"role": shown(role, 80), "text": excerpt(text, length)}),
        What::Thinking { text, .. } => json!({"role": "thinking", "text": excerpt(text, length)}),
        What::Call(call) => {
            let returned = call.returned.as_ref().map(
                |returned| json!({"outcome": returned.outcome, "output": excerpt(&returned.output, length)}),
            );
            json!({"tool": shown(&call.name, 200), "input": excerpt(&call.input, length), "returned": returned})
        }
        What::Returned { returned, .. } => {
            json!({"returned": {"outcome": returned.outcome, "output": excerpt(&returned.output, length)}})
        }
        What::Output { text, .. } => json!({"output": excerpt(text, length)}),
        What::Titled { title } => json!({"titled": shown(title, 200)}),
        What::Status { status, .. } | What::Joined { status } => json!({"status": shown(status, 80)}),
        What::Compacted { .. } => json!({"note": "what was said before was replaced by a summary"}),
        What::Rewound { .. } => json!({"note": "the person went back"}),
        What::Erased { erased, .. } => json!({"note": erased}),
        _ => json!({"note": "the session changed"}),
    };
    value["position"] = entry.position.get().into();
    value["at"] = entry.at.map(|at| instant(Some(time::to_micros(at)))).into();
    if let Some(speaker) = &entry.speaker {
        value["agent"] = shown(&serde_json::to_value(speaker).unwrap_or_default().to_string(), 200).into();
    }
    if entry.rewound {
        value["rewound"] = true.into();
    }
    if entry.compacted {
        value["compacted"] = true.into();
    }
    value
}

fn excerpt(text: &Excerpt, length: usize) -> Value {
    match text.erased {
        Some(erased) => format!("({erased})").into(),
        None if text.bytes > text.head.len() as u64 || text.head.len() > length => {
            json!({"beginning": shown(&text.head, length), "bytes": text.bytes})
        }
        None => shown(&text.head, length).into(),
    }
}
