//! Events as columns without any text: what a time bar and a list's outline need of 100,000 of them.

use retold_core::{Event, EventType, Limit, Position, Recorded, Revision};
use retold_present::{alarm, instance_index};
use serde_json::{Value, json};

use super::events::END;
use crate::answer::{Answer, view};
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Events of a tile.
pub(crate) const EVENTS: u64 = 4096;
/// Bodies' bytes that are read at once.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// It tells of an error.
const ERROR: u8 = 1;
/// It is a message.
const MESSAGE: u8 = 2;
/// It begins a turn: a message of the user.
const TURN: u8 = 4;
/// Its body is gone.
const ERASED: u8 = 8;

pub(crate) fn tile(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let (stream, last) = (opened.found.stream, opened.last.get());
    let (as_of, reader) = (opened.as_of, opened.timeline.reader());
    let view = view(reader)?;
    let first = asked.number.saturating_mul(EVENTS);
    let make = || {
        let mut columns = Columns::default();
        let mut after = first;
        while after < first + EVENTS {
            let limit =
                Limit { rows: u32::try_from(first + EVENTS - after).unwrap_or(u32::MAX), bytes: PAGE_BYTES };
            let end = Position::ZERO.plus(END);
            let page = reader.stream_events_after(stream, Revision::ZERO.plus(after), end, limit)?;
            let Some(last) = page.events.last() else { break };
            after = last.revision.get();
            page.events.iter().for_each(|event| columns.push(event));
            if !page.more {
                break;
            }
        }
        let is_full = columns.kind.len() as u64 == EVENTS;
        Ok((columns.document(first), is_full))
    };
    let address = format!("{stream:?}/{}/{view}", asked.number);
    let (tile, is_full) = site.kept(&address, make)?;
    let mut answer = Answer::of(&as_of, reader)?.with("revisions", last).with("tile", (*tile).clone());
    answer.is_final = is_full && asked.query.text("view") == Some(view.as_str());
    if answer.is_final {
        // The same bytes whenever it is asked for.
        answer.body.remove("as_of");
        answer.body.remove("revisions");
        answer.basis =
            address.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    }
    Ok(answer)
}

#[derive(Default)]
struct Columns {
    kinds: Vec<EventType>,
    kind: Vec<usize>,
    /// Microseconds since the event before; since 1970 for the first.
    time: Vec<i64>,
    flags: Vec<u8>,
    /// The index of the instance, from 1; 0 for none.
    instance: Vec<u32>,
    bytes: Vec<u64>,
    before: i64,
}

impl Columns {
    fn push(&mut self, event: &Recorded) {
        let known = self.kinds.iter().position(|kind| *kind == event.kind);
        let kind = known.unwrap_or_else(|| {
            self.kinds.push(event.kind);
            self.kinds.len() - 1
        });
        self.kind.push(kind);
        self.time.push(event.occurred_at.saturating_sub(self.before));
        self.before = event.occurred_at;
        self.flags.push(flags(event));
        let index = event.event.as_ref().and_then(instance_index);
        self.instance.push(index.map_or(0, |index| index.saturating_add(1)));
        self.bytes.push(event.stored_bytes);
    }

    fn document(&self, first: u64) -> Value {
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
        json!({
            "first": first + 1,
            "kinds": kinds,
            "kind": self.kind,
            "time": self.time,
            "flags": self.flags,
            "instance": self.instance,
            "bytes": self.bytes,
        })
    }
}

fn flags(event: &Recorded) -> u8 {
    let Some(body) = &event.event else { return ERASED };
    let of_message = match body {
        Event::MessageAdded(body) if body.message.role == "user" => MESSAGE | TURN,
        Event::MessageAdded(_) => MESSAGE,
        _ => 0,
    };
    if alarm::is_error(body) { of_message | ERROR } else { of_message }
}
