//! A session as one file: the page with its data in it. It sends no request, and nothing in it is a secret that is known
//! as one.

mod extract;
mod html;
mod mask;
mod outputs;
mod without;

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
pub use without::Without;

use crate::answer::Answer;
use crate::data::{conversation, events, patches, session, tiles};
use crate::problem::Problem;
use crate::query::Query;
use crate::site::ReadPrices;
use crate::site::{Asked, Eyes, Site};
use mask::Masking;
use outputs::Outputs;
use without::Leaving;

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
    /// What is left out besides.
    pub without: Without,
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
    /// How many events have a text that was left out.
    pub left_out: u64,
}

impl Export {
    /// Writes the file. Holds the whole session in memory.
    ///
    /// # Errors
    /// Where there is no such session or moment, the store cannot be read, or the file cannot be written.
    pub fn write(&self, store: Store, out: &mut dyn Write) -> Result<Exported, Failure> {
        let eyes = Eyes {
            clock: self.clock,
            now: Arc::clone(&self.now),
            zone: self.zone.clone(),
            prices: Arc::clone(&self.prices),
        };
        let site = Site::new(store, None, eyes);
        let whole = Whole { session: &self.session, at: self.at.as_deref(), without: self.without };
        let (data, exported) = whole.data(&site, !self.unmasked).map_err(Problem::into_failure)?;
        html::write(out, &data).map_err(Failure::output)?;
        Ok(exported)
    }
}

/// `/s/{session}/export.json`: the file that [`Export`] writes, with secrets masked, to be looked through before it is saved.
pub(crate) fn file(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let without = asked.query.text("without").unwrap_or_default().parse();
    let without =
        without.map_err(|accepted: String| Problem::bad(format!("parameter without: {accepted}")))?;
    let mut opened = site.open(asked)?;
    let answer = session::begin(&mut opened)?;
    let at = opened.as_of.position.to_string();
    drop(opened);
    let whole = Whole { session: &asked.session, at: Some(&at), without };
    let (data, Exported { events, masked, left_out }) = whole.data(site, true)?;
    let mut file = Vec::new();
    html::write(&mut file, &data).map_err(|error| Problem::from(Failure::output(error)))?;
    let answer = answer.with("events", events).with("masked", masked).with("left_out", left_out);
    Ok(answer.with("bytes", file.len()).with("file", String::from_utf8_lossy(&file)))
}

/// The session that a file is of.
struct Whole<'a> {
    session: &'a str,
    at: Option<&'a str>,
    without: Without,
}

impl Whole<'_> {
    /// What the page asks for of the session.
    fn asked(&self, number: u64, given: &[(&'static str, u64)]) -> Asked {
        let given = given.iter().map(|(name, number)| (*name, number.to_string()));
        Asked { session: self.session.to_owned(), number, query: Query::given(given) }
    }

    /// The same, at the moment of the file.
    fn asked_at(&self) -> Asked {
        let at = self.at.map(|at| ("at", at.to_owned()));
        Asked { session: self.session.to_owned(), number: 0, query: Query::given(at) }
    }

    fn data(&self, site: &Site, is_masked: bool) -> Result<(Value, Exported), Problem> {
        let masking = &mut Masking::new(is_masked);
        let leaving = &mut Leaving::new(self.without);
        let mut head = session::head(site, &self.asked_at())?.body;
        let last = head.get("revision").and_then(Value::as_u64).unwrap_or(0);
        head.insert("revisions".to_owned(), last.into());
        let (events, outputs) = self.events(site, last, masking, leaving)?;
        let mut data = Map::from_iter([
            ("format".to_owned(), FORMAT.into()),
            ("version".to_owned(), env!("CARGO_PKG_VERSION").into()),
            ("steps".to_owned(), self.steps(site, last, leaving)?.into()),
            ("rows".to_owned(), self.lines(site, last, leaving)?.into()),
            ("tiles".to_owned(), self.tiles(site, last)?.into()),
            ("conversation".to_owned(), self.conversation(site, last, (&outputs, leaving), masking)?.into()),
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
        data.insert("is_masked".to_owned(), is_masked.into());
        data.insert("without".to_owned(), self.without.names().collect::<Vec<_>>().into());
        let exported = Exported { events: last, masked: masking.masked(), left_out: leaving.events() as u64 };
        Ok((data.into(), exported))
    }

    /// The steps from state to state, window by window.
    fn steps(&self, site: &Site, last: u64, leaving: &Leaving) -> Result<Vec<Value>, Problem> {
        let (mut rows, mut from) = (Vec::new(), 0);
        while from < last {
            let asked = self.asked(0, &[("from", from), ("to", last)]);
            let mut answer = patches::patches(site, &asked)?.body;
            let through = answer.get("through").and_then(Value::as_u64).unwrap_or(from);
            if let Some(Value::Array(more)) = answer.remove("rows") {
                rows.extend(more);
            }
            if through <= from {
                break;
            }
            from = through;
        }
        rows.iter_mut().for_each(|step| leaving.step(step));
        Ok(rows)
    }

    /// The events in a line each. What an output says is in the outputs, where its secrets are found over several events.
    fn lines(&self, site: &Site, last: u64, leaving: &Leaving) -> Result<Vec<Value>, Problem> {
        let mut lines = Vec::new();
        while (lines.len() as u64) < last {
            let n = (last - lines.len() as u64).min(1000);
            let asked = self.asked(0, &[("from", lines.len() as u64 + 1), ("n", n)]);
            let mut answer = events::events(site, &asked)?.body;
            let Some(Value::Array(more)) =
                answer.remove("rows").filter(|rows| rows.as_array().is_some_and(|rows| !rows.is_empty()))
            else {
                break;
            };
            lines.extend(more);
        }
        for line in &mut lines {
            leaving.line(line);
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
            let mut answer = tiles::tile(site, &self.asked(number, &[]))?.body;
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
        leaving: &mut Leaving,
    ) -> Result<(Vec<Value>, Outputs), Problem> {
        let asked = self.asked_at();
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
        if leaving.leaves_outputs() {
            outputs.leave_out();
        }
        outputs.mask(masking);
        for row in &rows {
            let revision = row["revision"].as_u64().unwrap_or_default();
            leaving.look(revision, row["kind"].as_str().unwrap_or_default(), &row["body"]);
        }
        leaving.settle();
        for row in &mut rows {
            let number = |name: &str| row[name].as_u64().unwrap_or_default();
            let (position, revision) = (number("position"), number("revision"));
            let kind = row["kind"].as_str().unwrap_or_default().to_owned();
            outputs.put_into_body(position, &mut row["body"]);
            leaving.event(revision, &kind, &mut row["body"]);
        }
        Ok((rows, outputs))
    }

    fn conversation(
        &self,
        site: &Site,
        last: u64,
        (outputs, leaving): (&Outputs, &Leaving),
        masking: &Masking,
    ) -> Result<Vec<Value>, Problem> {
        let asked = self.asked_at();
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
                for turn in turns {
                    outputs.put_into(turn);
                    leaving.turn(turn);
                }
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
