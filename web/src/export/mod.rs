//! A session as one file: the page with its data in it. It sends no request, and nothing in it is a secret that is known
//! as one.

mod extract;
mod html;
mod mask;
mod outputs;

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retold_core::{Limit, Position, Revision};
use retold_present::Failure;
use retold_projections::Store;
use retold_travel::Clock;
use retold_travel::conversation::{Extent, Page};
use serde_json::{Map, Value, json};

pub use extract::extract;

use crate::data::{conversation, tiles};
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::ROUTES;
use crate::site::ReadPrices;
use crate::site::{Asked, Site};
use mask::Masking;
use outputs::Outputs;

/// What the data of a file begins with.
const FORMAT: &str = "retold-page/1";
/// Turns of a page; texts are whole, so that no secret is cut in two.
const EXTENT: Extent = Extent { turns: 50, events: 5_000, head: usize::MAX / 4, tail: 0, happened: None };
/// Bodies that are read at once, in bytes.
const BODIES: usize = 4 * 1024 * 1024;

/// Which session is written, and how.
pub struct Export {
    /// The session, as `retold show` takes it.
    pub session: String,
    /// As of this point; else the head.
    pub at: Option<String>,
    /// What a time means.
    pub clock: Clock,
    /// The time now.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The zone in which times of points are read.
    pub zone: TimeZone,
    /// What models cost.
    pub prices: ReadPrices,
    /// Whether secrets are written as they are.
    pub unmasked: bool,
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("session", &self.session).finish_non_exhaustive()
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many events.
    pub events: u64,
    /// How many secrets were masked; one that is in several places counts in each.
    pub masked: u64,
}

impl Export {
    /// Writes the file. Holds the whole session in memory.
    ///
    /// # Errors
    /// Where there is no such session or moment, the store cannot be read, or the file cannot be written.
    pub fn write(&self, store: Store, out: &mut dyn Write) -> Result<Exported, Failure> {
        let site = Site::new(store, None, self.clock, Arc::clone(&self.now), self.zone.clone())
            .with_prices(Arc::clone(&self.prices));
        let mut masking = Masking::new(!self.unmasked);
        let (data, events) = self.data(&site, &mut masking).map_err(Problem::into_failure)?;
        html::write(out, &data).map_err(Failure::output)?;
        Ok(Exported { events, masked: masking.masked() })
    }

    fn ask(&self, site: &Site, path: &str, number: u64, query: &str) -> Result<Map<String, Value>, Problem> {
        let route = ROUTES.iter().find(|route| route.path == path);
        let route = route.ok_or_else(|| Problem::bad("export: there is no such route"))?;
        let at = self.at.as_ref().filter(|_| route.parameters.iter().any(|known| known.name == "at"));
        let at = at.map_or_else(String::new, |at| format!("&at={}", escaped(at)));
        let query = Query::of(route, &format!("{query}{at}"))?;
        let asked = Asked { session: self.session.clone(), number, query };
        Ok((route.answer)(site, &asked)?.body)
    }

    fn data(&self, site: &Site, masking: &mut Masking) -> Result<(Value, u64), Problem> {
        let mut head = self.ask(site, "/s/{session}.json", 0, "")?;
        let last = head.get("revision").and_then(Value::as_u64).unwrap_or(0);
        head.insert("revisions".to_owned(), last.into());
        let (events, outputs) = self.events(site, last, masking)?;
        let mut data = Map::from_iter([
            ("format".to_owned(), FORMAT.into()),
            ("version".to_owned(), env!("CARGO_PKG_VERSION").into()),
            ("steps".to_owned(), self.steps(site, last)?.into()),
            ("rows".to_owned(), self.lines(site, last)?.into()),
            ("tiles".to_owned(), self.tiles(site, last)?.into()),
            ("conversation".to_owned(), self.conversation(site, last, &outputs, masking)?.into()),
            ("outputs".to_owned(), outputs.document()),
            ("events".to_owned(), events.into()),
            ("head".to_owned(), head.into()),
        ]);
        for (name, value) in &mut data {
            if name != "tiles" {
                masking.walk(value);
            }
        }
        data.insert("masked".to_owned(), masking.masked().into());
        data.insert("is_masked".to_owned(), (!self.unmasked).into());
        Ok((data.into(), last))
    }

    /// The steps from state to state, window by window.
    fn steps(&self, site: &Site, last: u64) -> Result<Vec<Value>, Problem> {
        let (mut rows, mut from) = (Vec::new(), 0);
        while from < last {
            let mut answer =
                self.ask(site, "/s/{session}/patches.json", 0, &format!("from={from}&to={last}"))?;
            let through = answer.get("through").and_then(Value::as_u64).unwrap_or(from);
            if let Some(Value::Array(more)) = answer.remove("rows") {
                rows.extend(more);
            }
            if through <= from {
                break;
            }
            from = through;
        }
        Ok(rows)
    }

    /// The events in a line each. What an output says is in the outputs, where its secrets are found over several events.
    fn lines(&self, site: &Site, last: u64) -> Result<Vec<Value>, Problem> {
        let mut lines = Vec::new();
        while (lines.len() as u64) < last {
            let n = (last - lines.len() as u64).min(1000);
            let mut answer =
                self.ask(site, "/s/{session}/events.json", 0, &format!("from={}&n={n}", lines.len() + 1))?;
            let Some(Value::Array(more)) =
                answer.remove("rows").filter(|rows| rows.as_array().is_some_and(|rows| !rows.is_empty()))
            else {
                break;
            };
            lines.extend(more);
        }
        for line in &mut lines {
            let is_output = line["kind"].as_str().is_some_and(|kind| kind.starts_with("Output"));
            if let Some(said) = line["said"].as_str() {
                let said = if is_output {
                    said.split(':').next().unwrap_or_default()
                } else {
                    mask::whole_words(said)
                };
                line["said"] = said.to_owned().into();
            }
        }
        Ok(lines)
    }

    fn tiles(&self, site: &Site, last: u64) -> Result<Vec<Value>, Problem> {
        let mut tiles = Vec::new();
        for number in 0..last.div_ceil(tiles::EVENTS) {
            let mut answer = self.ask(site, "/s/{session}/tiles/{number}.json", number, "")?;
            let mut tile = answer.remove("tile").unwrap_or_default();
            // What came after the moment is not in the file.
            let room = usize::try_from(last - number * tiles::EVENTS).unwrap_or(usize::MAX);
            for column in ["kind", "time", "flags", "instance", "bytes"] {
                if let Some(Value::Array(values)) = tile.get_mut(column) {
                    values.truncate(room);
                }
            }
            tiles.push(tile);
        }
        Ok(tiles)
    }

    /// The events as they were recorded, and the outputs that they are the pieces of.
    fn events(
        &self,
        site: &Site,
        last: u64,
        masking: &mut Masking,
    ) -> Result<(Vec<Value>, Outputs), Problem> {
        let asked = self.asked()?;
        let mut opened = site.open(&asked)?;
        let stream = opened.found.stream;
        let (mut rows, mut outputs, mut after) = (Vec::new(), Outputs::default(), 0);
        while after < last {
            let limit =
                Limit { rows: u32::try_from((last - after).min(1000)).unwrap_or(1000), bytes: BODIES };
            let end = Position::ZERO.plus(u64::MAX);
            let reader = opened.timeline.reader();
            let page = reader.stream_events_after(stream, Revision::ZERO.plus(after), end, limit)?;
            let Some(known) = page.events.last().map(|event| event.revision.get()) else { break };
            for mut event in page.events {
                if event.revision.get() > last {
                    break;
                }
                if let Some(event) = event.event.as_mut() {
                    reader.resolve_event(event)?;
                }
                let body = event.event.as_ref().map(|event| serde_json::to_value(event).unwrap_or_default());
                outputs.take(&event, body.as_ref());
                rows.push(json!({
                    "revision": event.revision.get(),
                    "position": event.position.get(),
                    "kind": event.kind.name(),
                    "occurred_at": event.occurred_at,
                    "recorded_at": event.recorded_at,
                    "commit_first": event.commit_first.get(),
                    "hash": event.hash.to_string(),
                    "meta": event.meta.as_ref().map(|meta| serde_json::to_value(meta).unwrap_or_default()),
                    "body": body,
                    "erased": event.erasure.filter(|_| event.event.is_none()).map(|erasure| erasure.to_string()),
                }));
            }
            after = known;
        }
        outputs.mask(masking);
        for row in &mut rows {
            let position = row["position"].as_u64().unwrap_or_default();
            outputs.put_into_body(position, &mut row["body"]);
        }
        Ok((rows, outputs))
    }

    fn asked(&self) -> Result<Asked, Problem> {
        let route = ROUTES.iter().find(|route| route.path == "/s/{session}.json");
        let route = route.ok_or_else(|| Problem::bad("export: there is no such route"))?;
        let at = self.at.as_ref().map_or_else(String::new, |at| format!("at={}", escaped(at)));
        Ok(Asked { session: self.session.clone(), number: 0, query: Query::of(route, &at)? })
    }

    fn conversation(
        &self,
        site: &Site,
        last: u64,
        outputs: &Outputs,
        masking: &Masking,
    ) -> Result<Vec<Value>, Problem> {
        let asked = self.asked()?;
        let mut opened = site.open(&asked)?;
        let (mut pages, mut after) = (Vec::new(), 0);
        let prices = site.prices()?;
        loop {
            let mask = |text: &str| masking.quietly(text);
            let read = conversation::read(
                &mut opened,
                Page::After(Revision::ZERO.plus(after)),
                &EXTENT,
                &prices,
                &mask,
            )?;
            let mut page = read.body;
            page.remove("as_of");
            page.insert("revisions".to_owned(), last.into());
            // The sessions of sub-agents are not in the file.
            page.insert("agents".to_owned(), json!([]));
            if let Some(Value::Array(turns)) = page.get_mut("rows") {
                turns.iter_mut().for_each(|turn| outputs.put_into(turn));
            }
            let to = page.get("to").and_then(Value::as_u64).unwrap_or(last);
            // Pages are read forward: each begins where the one before ended.
            page.insert("from".to_owned(), after.into());
            page.insert("first".to_owned(), (after == 0).into());
            pages.push(page.into());
            if to >= last || to <= after {
                return Ok(pages);
            }
            after = to;
        }
    }
}

/// Returns a text as an address has it.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
