//! Events to entries: one pass over the events of a page, and over what later events say of them.

use std::collections::HashMap;

use retold_core::event::{
    InstanceAdded, MessageAdded, MessageChanged, ToolCalled, ToolReturned, UsageRecorded,
};
use retold_core::{Erasure, Event, EventType, Reader, Recorded, Text, time};

use super::corrected::Corrected;
use super::excerpt::Excerpt;
use super::list::Listed;
use super::roster::{Roster, Speaker};
use super::writing::Writing;
use super::{Call, Entry, Extent, Return, Usage, What, subject};
use crate::Error;

/// More of the arguments of a call than it takes to say what it is about.
const INPUT_MAX: usize = 64 * 1024;
/// The kind of sessions in which a message's number names who said it, and not to whom.
const TRANSCRIPT: &str = "transcript";

/// Whether an event begins a turn: a person said something.
pub(super) fn begins_turn(event: &Recorded, is_transcript: bool) -> bool {
    match &event.event {
        Some(Event::MessageAdded(body)) => is_prompt(body, is_transcript),
        _ => false,
    }
}

fn is_prompt(body: &MessageAdded, is_transcript: bool) -> bool {
    body.message.role == "user" && (body.message.instance_id.is_none() || !is_transcript)
}

/// Whether this is the kind of sessions that other programs' files hold.
pub(super) fn is_transcript(kind: &str) -> bool {
    kind == TRANSCRIPT
}

/// Something of the page, and whether it begins a turn.
pub(super) struct Item {
    pub(super) entry: Entry,
    pub(super) begins_turn: bool,
    pub(super) is_removed: bool,
}

pub(super) struct Builder<'x> {
    pub(super) extent: &'x Extent,
    is_transcript: bool,
    pub(super) roster: Roster,
    pub(super) items: Vec<Item>,
    /// The items in the order in which they are read.
    pub(super) order: Vec<usize>,
    pub(super) list: Listed,
    pub(super) calls: HashMap<String, usize>,
    pub(super) corrected: Corrected,
    pub(super) writings: HashMap<usize, Writing>,
    /// Which item an agent writes to.
    outputs: HashMap<usize, usize>,
    /// What was used, each after an item.
    pub(super) usage: Vec<(usize, Usage)>,
    usage_at: HashMap<String, usize>,
}

impl<'x> Builder<'x> {
    pub(super) fn new(extent: &'x Extent, is_transcript: bool, roster: Roster, outside: u64) -> Self {
        Self {
            extent,
            is_transcript,
            roster,
            items: Vec::new(),
            order: Vec::new(),
            list: Listed::new(outside),
            calls: HashMap::new(),
            corrected: Corrected::default(),
            writings: HashMap::new(),
            outputs: HashMap::new(),
            usage: Vec::new(),
            usage_at: HashMap::new(),
        }
    }

    /// Whether a call of the page has not returned.
    pub(super) fn has_open_calls(&self) -> bool {
        self.calls
            .values()
            .any(|at| matches!(&self.items[*at].entry.what, What::Call(call) if call.returned.is_none()))
    }

    /// Takes in an event of the page.
    pub(super) fn take(&mut self, reader: &mut Reader<'_>, recorded: &Recorded) -> Result<(), Error> {
        let Some(event) = &recorded.event else {
            self.take_erased(recorded);
            return Ok(());
        };
        match event {
            Event::MessageAdded(body) => self.message(reader, recorded, body)?,
            Event::ToolCalled(body) => self.call(reader, recorded, body)?,
            Event::ToolReturned(body) => {
                if let Some(returned) = self.returned(reader, recorded, body)?
                    && !self.corrected.is_elsewhere(recorded, &body.call)
                {
                    let what = What::Returned { call: body.call.clone(), returned };
                    self.push(recorded, None, what, false);
                }
            }
            Event::UsageRecorded(body) => self.used(body),
            Event::OutputAppended(body) => {
                self.wrote(reader, recorded, body.index, Some(&body.text), false)?;
            }
            Event::OutputReplaced(body) => {
                self.wrote(reader, recorded, body.index, body.text.as_ref(), true)?;
            }
            Event::InstanceAdded(body) => self.joined(recorded, body),
            Event::InstanceStatusChanged(body) => {
                let speaker = self.roster.at(body.index as usize);
                let what = What::Status { status: body.status.clone(), inferred: false };
                self.push(recorded, speaker, what, false);
            }
            Event::InstanceRemoved(body) => self.roster.remove(body.index),
            Event::InstanceDetailsChanged(body) => {
                self.roster.renumber(body.index, body.set.instance_id, body.set.agent_name.as_ref());
            }
            Event::SessionStatusChanged(body) => {
                self.push(
                    recorded,
                    None,
                    What::Status { status: body.status.clone(), inferred: false },
                    false,
                );
            }
            Event::StatusObserved(body) => {
                let what = What::Status { status: body.status.clone(), inferred: body.inferred };
                self.push(recorded, None, what, false);
            }
            Event::TitleChanged(body) => {
                self.push(recorded, None, What::Titled { title: body.title.clone() }, false);
            }
            Event::TaskChanged(body) => {
                self.push(recorded, None, What::Titled { title: body.task.clone() }, false);
            }
            Event::WinnerSelected(body) => {
                self.push(recorded, None, What::Winner { number: body.winner_id }, false);
            }
            Event::SessionDeleted(_) => self.push(recorded, None, What::Deleted, false),
            Event::SessionRestored(_) => self.push(recorded, None, What::Restored, false),
            Event::ContextCompacted(body) => {
                self.mark(recorded, &body.messages, |entry| entry.compacted = true);
                self.push(recorded, None, What::Compacted { messages: body.messages.len() }, false);
            }
            Event::HistoryRewound(body) => {
                self.mark(recorded, &body.messages, |entry| entry.rewound = true);
                self.push(recorded, None, What::Rewound { messages: body.messages.len() }, false);
            }
            Event::MessageChanged(body) => self.changed(reader, recorded, body)?,
            Event::MessageRemoved(body) => self.removed(body.index),
            Event::MappingCorrected(body) => self.begin_correction(recorded, body),
            _ => {}
        }
        Ok(())
    }

    /// Takes in what an event after the page says of it.
    pub(super) fn take_later(&mut self, reader: &mut Reader<'_>, recorded: &Recorded) -> Result<(), Error> {
        match &recorded.event {
            Some(Event::ToolReturned(body)) => drop(self.returned(reader, recorded, body)?),
            Some(Event::ContextCompacted(body)) => {
                self.mark(recorded, &body.messages, |entry| entry.compacted = true)
            }
            Some(Event::HistoryRewound(body)) => {
                self.mark(recorded, &body.messages, |entry| entry.rewound = true)
            }
            Some(Event::MessageAdded(body)) => drop(self.list.insert(body.index, None, &[])),
            None if recorded.kind == EventType::MessageAdded => drop(self.list.insert(None, None, &[])),
            Some(Event::MessageChanged(body)) => self.changed(reader, recorded, body)?,
            Some(Event::MessageRemoved(body)) => self.removed(body.index),
            Some(Event::MappingCorrected(body)) => self.begin_correction(recorded, body),
            Some(Event::ToolCalled(body)) => drop(self.is_corrected_call(reader, recorded, body)?),
            _ => {}
        }
        Ok(())
    }

    fn take_erased(&mut self, recorded: &Recorded) {
        let erasure = recorded.erasure.unwrap_or(Erasure::Redacted);
        let what = match recorded.kind {
            EventType::MessageAdded => {
                let text = Excerpt::erased(erasure, recorded.position);
                What::Message { id: String::new(), role: String::new(), text, edited: false }
            }
            kind if kind.is_content() => What::Erased { event: kind, erased: erasure.word() },
            _ => return,
        };
        let is_message = recorded.kind == EventType::MessageAdded;
        let at = self.add(recorded, None, what, false);
        if is_message {
            self.list.insert(None, Some(at), &self.order);
        }
        self.order.push(at);
    }

    pub(super) fn add(
        &mut self,
        recorded: &Recorded,
        speaker: Option<Speaker>,
        what: What,
        begins_turn: bool,
    ) -> usize {
        let entry = Entry {
            position: recorded.position,
            revision: recorded.revision,
            at: time::from_micros(recorded.occurred_at),
            speaker,
            rewound: false,
            compacted: false,
            what,
        };
        self.items.push(Item { entry, begins_turn, is_removed: false });
        self.items.len() - 1
    }

    fn push(&mut self, recorded: &Recorded, speaker: Option<Speaker>, what: What, begins_turn: bool) {
        let at = self.add(recorded, speaker, what, begins_turn);
        self.order.push(at);
    }

    fn message(
        &mut self,
        reader: &mut Reader<'_>,
        recorded: &Recorded,
        body: &MessageAdded,
    ) -> Result<(), Error> {
        let message = &body.message;
        let begins_turn = is_prompt(body, self.is_transcript);
        let text = Excerpt::of(reader, &message.content, recorded.position, self.extent)?;
        let id = message.id.clone();
        let what = match message.role.as_str() {
            "thinking" => What::Thinking { id, text },
            role => What::Message { id, role: role.to_owned(), text, edited: false },
        };
        let speaker = message.instance_id.map(|number| self.roster.of_number(number));
        let at = self.add(recorded, speaker, what, begins_turn);
        match self.list.insert(body.index, Some(at), &self.order) {
            Some(place) => self.order.insert(place, at),
            None => self.order.push(at),
        }
        if begins_turn {
            self.outputs.clear();
        }
        Ok(())
    }

    fn changed(
        &mut self,
        reader: &mut Reader<'_>,
        recorded: &Recorded,
        body: &MessageChanged,
    ) -> Result<(), Error> {
        let Some(at) = self.list.get(body.index) else { return Ok(()) };
        let content = body.content.as_ref();
        let new = content
            .map(|content| Excerpt::of(reader, content, recorded.position, self.extent))
            .transpose()?;
        match &mut self.items[at].entry.what {
            What::Message { id, role, text, edited } => {
                *edited |= !text.is_empty();
                for (known, new) in [(id, &body.set.id), (role, &body.set.role)] {
                    *known = new.clone().unwrap_or_else(|| std::mem::take(known));
                }
                *text = new.unwrap_or_else(|| std::mem::take(text));
            }
            What::Thinking { text, .. } => *text = new.unwrap_or_else(|| std::mem::take(text)),
            _ => {}
        }
        Ok(())
    }

    fn removed(&mut self, index: u32) {
        if let Some(item) = self.list.remove(index) {
            self.items[item].is_removed = true;
        }
    }

    fn call(&mut self, reader: &mut Reader<'_>, recorded: &Recorded, body: &ToolCalled) -> Result<(), Error> {
        if self.is_corrected_call(reader, recorded, body)? {
            return Ok(());
        }
        let call = self.call_of(reader, recorded, body)?;
        let speaker = body.instance_id.map(|number| self.roster.of_number(number));
        let at = self.add(recorded, speaker, What::Call(Box::new(call)), false);
        self.calls.insert(body.call.clone(), at);
        self.order.push(at);
        Ok(())
    }

    pub(super) fn call_of(
        &self,
        reader: &mut Reader<'_>,
        recorded: &Recorded,
        body: &ToolCalled,
    ) -> Result<Call, Error> {
        let input = reader.beginning(&body.input, INPUT_MAX)?;
        Ok(Call {
            at: time::from_micros(recorded.occurred_at),
            id: body.call.clone(),
            message: body.message.clone(),
            name: body.name.clone(),
            kind: body.kind.clone(),
            subject: subject(&input),
            input: Excerpt::of(reader, &body.input, recorded.position, self.extent)?,
            returned: None,
        })
    }

    /// Joins a result with its call; returns it where the page has none.
    fn returned(
        &mut self,
        reader: &mut Reader<'_>,
        recorded: &Recorded,
        body: &ToolReturned,
    ) -> Result<Option<Return>, Error> {
        let returned = Return {
            position: recorded.position,
            revision: recorded.revision,
            at: time::from_micros(recorded.occurred_at),
            outcome: body.outcome.clone(),
            output: Excerpt::of(reader, &body.output, recorded.position, self.extent)?,
        };
        if let Some(at) = self.calls.get(&body.call)
            && let What::Call(call) = &mut self.items[*at].entry.what
        {
            call.returned = Some(returned);
            return Ok(None);
        }
        Ok(Some(returned))
    }

    fn used(&mut self, body: &UsageRecorded) {
        if body.hearsay {
            return;
        }
        let usage = Usage {
            model: body.model.clone(),
            input: body.input,
            cache_read: body.cache_read,
            cache_write: body.cache_write,
            output: body.output,
            reasoning: body.reasoning,
        };
        match self.usage_at.get(&body.key) {
            Some(at) => self.usage[*at].1 = usage,
            None => {
                self.usage_at.insert(body.key.clone(), self.usage.len());
                self.usage.push((self.items.len().saturating_sub(1), usage));
            }
        }
    }

    fn joined(&mut self, recorded: &Recorded, body: &InstanceAdded) {
        let at = self.roster.add(body.index, &body.instance);
        self.outputs.clear();
        let what = What::Joined { status: body.instance.status.clone() };
        self.push(recorded, self.roster.at(at), what, false);
    }

    fn wrote(
        &mut self,
        reader: &mut Reader<'_>,
        recorded: &Recorded,
        index: u32,
        text: Option<&Text>,
        is_whole: bool,
    ) -> Result<(), Error> {
        let agent = index as usize;
        let at = match self.outputs.get(&agent) {
            Some(at) => *at,
            None => {
                let what =
                    What::Output { text: Excerpt::default(), is_continued: !is_whole, pieces: Vec::new() };
                let at = self.add(recorded, self.roster.at(agent), what, false);
                self.order.push(at);
                self.outputs.insert(agent, at);
                at
            }
        };
        let writing = self.writings.entry(at).or_insert_with(Writing::new);
        if is_whole {
            *writing = Writing::new();
        }
        if let Some(text) = text {
            writing.take(reader, text, recorded.position, self.extent)?;
        }
        Ok(())
    }
}
