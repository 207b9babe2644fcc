//! The calls of tools of a session, and what became of each.
//!
//! They are beside the document, and no patch has them: a call is named `calls/N`, by its place among the calls that
//! `retold show SESSION -o json` lists, from 0, or `calls/ID`.

mod path;

use retold_core::event::MappingCorrected;
use retold_core::{Erasure, Event, EventType, Limit, Position, Reader, Recorded, Revision, StreamId};
use serde::Serialize;

use crate::Error;
use crate::conversation::{Subject, subject};
pub use path::{CallKey, CallPath};

/// Bytes of arguments in which is looked for what a call is about.
const INPUT_MAX: usize = 64 * 1024;

/// An event of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallEvent {
    /// Its position.
    pub position: Position,
    /// Its revision.
    pub revision: Revision,
    /// When it happened, in microseconds since 1970.
    pub occurred_at: i64,
    /// When the log got it, likewise.
    pub recorded_at: i64,
    /// Which event it is.
    pub kind: EventType,
}

impl CallEvent {
    fn of(recorded: &Recorded) -> Self {
        let Recorded { position, revision, occurred_at, recorded_at, kind, .. } = *recorded;
        Self { position, revision, occurred_at, recorded_at, kind }
    }
}

/// A call of a tool, through time.
#[derive(Clone, Debug)]
pub struct SessionCall {
    /// The event that called.
    pub called: CallEvent,
    /// Its id; empty where its body is gone.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The tool's kind.
    pub kind: String,
    /// What it is about.
    pub subject: Option<Subject>,
    /// The length of its arguments, in bytes.
    pub input_bytes: u64,
    /// What it returned, each time.
    pub returned: Vec<CallReturn>,
    /// The event that says that no record says it any more.
    pub withdrawn: Option<CallEvent>,
}

/// What a call returned once.
#[derive(Clone, Debug)]
pub struct CallReturn {
    /// The event.
    pub event: CallEvent,
    /// How it ended.
    pub outcome: String,
    /// The length of what it returned, in bytes.
    pub output_bytes: u64,
    /// The event that says that no record says it any more.
    pub withdrawn: Option<CallEvent>,
}

/// A call as it was at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallState<'c> {
    /// Its id.
    pub id: &'c str,
    /// The tool's name.
    pub name: &'c str,
    /// The tool's kind.
    pub kind: &'c str,
    /// What it is about.
    pub subject: Option<&'c Subject>,
    /// The event that called.
    pub position: u64,
    /// How it ended; `None`: it has not returned.
    pub outcome: Option<&'c str>,
    /// The event that returned.
    pub returned: Option<u64>,
}

/// How long it is there: from one event to before another.
fn is_there(from: CallEvent, to: Option<CallEvent>, at: Position) -> bool {
    from.position <= at && to.is_none_or(|to| to.position > at)
}

impl SessionCall {
    /// Returns what it had returned by a position.
    pub fn returned_by(&self, at: Position) -> Option<&CallReturn> {
        self.returned.iter().rev().find(|returned| is_there(returned.event, returned.withdrawn, at))
    }

    /// Returns how it was at a position; `None` where it was not there.
    pub fn state(&self, at: Position) -> Option<CallState<'_>> {
        let returned = self.returned_by(at);
        is_there(self.called, self.withdrawn, at).then(|| CallState {
            id: &self.id,
            name: &self.name,
            kind: &self.kind,
            subject: self.subject.as_ref(),
            position: self.called.position.get(),
            outcome: returned.map(|returned| &*returned.outcome),
            returned: returned.map(|returned| returned.event.position.get()),
        })
    }

    /// Returns the event that wrote something of it last, of those up to a position.
    pub fn last(&self, at: Position) -> CallEvent {
        self.returned_by(at).map_or(self.called, |returned| returned.event)
    }

    /// Returns the event that wrote a key of it last, likewise; `None` where none did.
    pub fn writer(&self, key: CallKey, at: Position) -> Option<CallEvent> {
        match key.is_returned() {
            true => self.returned_by(at).map(|returned| returned.event),
            false => Some(self.called),
        }
    }

    /// Returns it in a line.
    pub fn line(&self) -> String {
        match &self.subject {
            Some(subject) => format!("{} {}", self.name, subject.text()),
            None => self.name.clone(),
        }
    }
}

/// A write to a call.
#[derive(Clone, Debug)]
pub struct CallWrite<'c> {
    /// Its place among the calls at the end of the range, else at the write.
    pub index: usize,
    /// The call.
    pub call: &'c SessionCall,
    /// The event that wrote.
    pub event: CallEvent,
    /// How the call was before.
    pub old: Option<CallState<'c>>,
    /// How it was after.
    pub new: Option<CallState<'c>>,
}

/// A call that differs between two moments.
#[derive(Clone, Debug)]
pub struct CallChange<'c> {
    /// Its place among the calls at the second moment; of one that is not there, at the first.
    pub index: usize,
    /// The call.
    pub call: &'c SessionCall,
    /// How it was at the first.
    pub old: Option<CallState<'c>>,
    /// How it was at the second.
    pub new: Option<CallState<'c>>,
}

/// The calls of a session, in the order in which they are read.
#[derive(Clone, Debug, Default)]
pub struct SessionCalls(Vec<SessionCall>);

impl SessionCalls {
    /// Reads the calls of a session up to a position. O(events of calls), no long text is loaded; holds a line of each.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn read(reader: &mut Reader<'_>, stream: StreamId, to: Position) -> Result<Self, Error> {
        let types = [EventType::ToolCalled, EventType::ToolReturned, EventType::MappingCorrected];
        let (mut calls, mut after, mut corrected) = (Self::default(), Revision::ZERO, Revision::ZERO);
        loop {
            let page = reader.stream_events_of_types(&types, stream, after, to, Limit::default())?;
            for recorded in page.events {
                after = recorded.revision;
                let event = CallEvent::of(&recorded);
                match &recorded.event {
                    Some(Event::ToolCalled(body)) => {
                        let input = reader.beginning(&body.input, INPUT_MAX)?;
                        let call = SessionCall {
                            called: event,
                            id: body.call.clone(),
                            name: body.name.clone(),
                            kind: body.kind.clone(),
                            subject: subject(&input),
                            input_bytes: body.input.len(),
                            returned: Vec::new(),
                            withdrawn: None,
                        };
                        calls.add(call, recorded.revision <= corrected);
                    }
                    Some(Event::ToolReturned(body)) => {
                        // Of an id that repeats the last one returned.
                        let of = calls
                            .0
                            .iter_mut()
                            .filter(|call| call.id == body.call && call.withdrawn.is_none());
                        if let Some(call) = of.max_by_key(|call| call.called.position) {
                            let (outcome, output_bytes) = (body.outcome.clone(), body.output.len());
                            call.returned.push(CallReturn { event, outcome, output_bytes, withdrawn: None });
                        }
                    }
                    Some(Event::MappingCorrected(body)) => {
                        corrected = recorded.revision.plus(body.events.into());
                        calls.withdraw(body, event);
                    }
                    None if recorded.kind == EventType::ToolCalled => {
                        let word = recorded.erasure.unwrap_or(Erasure::Redacted).word();
                        calls.0.push(SessionCall {
                            called: event,
                            id: String::new(),
                            name: word.to_owned(),
                            kind: "other".to_owned(),
                            subject: None,
                            input_bytes: 0,
                            returned: Vec::new(),
                            withdrawn: None,
                        });
                    }
                    _ => {}
                }
            }
            if !page.more {
                return Ok(calls);
            }
        }
    }

    /// Adds a call; one of a correction takes the place of the one that was withdrawn, else comes where its time is.
    fn add(&mut self, call: SessionCall, is_corrected: bool) {
        let place = if is_corrected {
            let former = self.0.iter().position(|known| known.id == call.id && known.withdrawn.is_some());
            let earlier = |known: &SessionCall| known.called.occurred_at <= call.called.occurred_at;
            former.or_else(|| self.0.iter().rposition(earlier)).map_or(0, |at| at + 1)
        } else {
            self.0.len()
        };
        self.0.insert(place, call);
    }

    fn withdraw(&mut self, body: &MappingCorrected, by: CallEvent) {
        if body.withdrawn.is_empty() {
            return;
        }
        let wanted: std::collections::HashSet<u64> = body.withdrawn.iter().copied().collect();
        let is_wanted = |event: CallEvent| wanted.contains(&event.position.get());
        for call in &mut self.0 {
            if is_wanted(call.called) {
                call.withdrawn = Some(by);
            }
            for returned in call.returned.iter_mut().filter(|returned| is_wanted(returned.event)) {
                returned.withdrawn = Some(by);
            }
        }
    }

    /// Returns the calls that are there at a position, each with its place among them.
    pub fn at(&self, at: Position) -> impl Iterator<Item = (usize, &SessionCall)> {
        self.0.iter().filter(move |call| is_there(call.called, call.withdrawn, at)).enumerate()
    }

    /// Returns the calls that began, ended, or are no longer there between two moments; the moments may be in any order.
    pub fn between(&self, from: Position, to: Position) -> Vec<CallChange<'_>> {
        let (mut was_at, mut is_at) = (0, 0);
        let mut changes = Vec::new();
        for call in &self.0 {
            let (old, new) = (call.state(from), call.state(to));
            let index = if new.is_some() { is_at } else { was_at };
            (was_at, is_at) = (was_at + usize::from(old.is_some()), is_at + usize::from(new.is_some()));
            if old != new {
                changes.push(CallChange { index, call, old, new });
            }
        }
        changes
    }

    /// Returns every write to a place by the events after one position up to another, oldest first. A call is named by its place at
    /// `to`; one that is not there any more by its id alone.
    pub fn writes(&self, path: &CallPath, after: Position, to: Position) -> Vec<CallWrite<'_>> {
        let mut writes = Vec::new();
        let mut index = 0;
        for call in &self.0 {
            let is_at_the_end = is_there(call.called, call.withdrawn, to);
            let is_named = match is_at_the_end {
                true => path.has(index, call),
                false => path.call.as_ref().is_none_or(|name| *name == call.id),
            };
            if is_named {
                let returned = call.returned.iter().flat_map(|one| [Some(one.event), one.withdrawn]);
                let events =
                    [Some(call.called)].into_iter().chain(returned).chain([call.withdrawn]).flatten();
                for event in events.filter(|event| after < event.position && event.position <= to) {
                    let before = Position::ZERO.plus(event.position.get() - 1);
                    let (old, new) = (call.state(before), call.state(event.position));
                    let is_key =
                        |key: CallKey| path.holds(key) && (key.is_returned() || event == call.called);
                    if old != new && (path.key.is_none() || CallKey::ALL.into_iter().any(is_key)) {
                        writes.push(CallWrite { index, call, event, old, new });
                    }
                }
            }
            index += usize::from(is_at_the_end);
        }
        writes.sort_by_key(|write| write.event.position);
        writes.dedup_by_key(|write| (write.event.position, write.call.called.position));
        writes
    }
}
