//! What a session's events say, item by item, as far as an import says it: so that two mappings can be compared.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use retold_core::event::{SessionContextChanged, ToolCalled};
use retold_core::{Event, EventType, NewEvent, Origin, Reader, Recorded, Revision, StreamName, time};

use crate::Error;
use crate::transcripts::news::{Hash, hash, of_long_text, of_usage};

/// Where an event is, or would be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// The revision that says it; of a correction, the one that it corrects.
    pub(super) revision: Revision,
    pub(super) position: u64,
    /// When it happened, in microseconds.
    pub(super) at: Option<i64>,
}

/// Something that is said once under its key.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) hash: Hash,
    pub(super) place: Place,
    /// The event that says it, of what is mapped and the log does not say so.
    pub(super) event: Option<NewEvent>,
}

/// A message of the list.
#[derive(Clone, Debug)]
pub(super) struct ListedMessage {
    pub(super) id: String,
    pub(super) role: String,
    pub(super) agent: Option<String>,
    /// A hash of role and text.
    pub(super) text: Hash,
    pub(super) item: Item,
}

impl ListedMessage {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.text == other.text && self.agent == other.agent
    }
}

/// A field of a session, and which revision set it.
#[derive(Clone, Debug, Default)]
pub(super) struct Set<T> {
    pub(super) value: T,
    pub(super) by: Revision,
    pub(super) at: Option<i64>,
}

impl<T> Set<T> {
    fn to(&mut self, value: T, place: Place) {
        *self = Self { value, by: place.revision, at: place.at };
    }
}

/// What a session's events say.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) exists: bool,
    pub(super) is_deleted: bool,
    /// Whether somebody else than an import changed what it says.
    pub(super) is_foreign: bool,
    /// Whether a body is erased.
    pub(super) is_erased: bool,
    pub(super) revision: Revision,
    /// When each revision happened, in microseconds.
    pub(super) times: Vec<i64>,
    pub(super) messages: Vec<ListedMessage>,
    /// The texts of the messages of each id, once all is read.
    by_id: HashMap<String, Vec<Hash>>,
    pub(super) calls: BTreeMap<String, Item>,
    pub(super) returns: BTreeMap<String, Item>,
    pub(super) usage: BTreeMap<String, Item>,
    /// Compactions and rewinds.
    pub(super) changes: Vec<Item>,
    pub(super) instances: Vec<(String, u32, Item)>,
    /// When each of them began.
    pub(super) starts: Vec<Option<String>>,
    pub(super) title: Set<String>,
    pub(super) status: Set<Option<(String, bool)>>,
    pub(super) link: Set<Option<(String, String, Option<String>)>>,
    pub(super) lists: BTreeMap<List, Set<Vec<String>>>,
    pub(super) worktree: Set<Option<String>>,
    pub(super) partial: Set<bool>,
    pub(super) details: Set<String>,
    pub(super) created_at: Set<Option<Timestamp>>,
    pub(super) updated_at: Set<Option<Timestamp>>,
    /// How many of the next events are a correction, and of what.
    correcting: (u32, Revision),
}

/// The lists of a session's context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    Cwds,
    Branches,
    Models,
    Versions,
    Files,
}

impl List {
    pub(super) const ALL: [Self; 5] = [Self::Cwds, Self::Branches, Self::Models, Self::Versions, Self::Files];

    pub(super) fn of(self, body: &mut SessionContextChanged) -> &mut Option<Vec<String>> {
        match self {
            Self::Cwds => &mut body.cwds,
            Self::Branches => &mut body.branches,
            Self::Models => &mut body.models,
            Self::Versions => &mut body.versions,
            Self::Files => &mut body.files,
        }
    }
}

impl Ledger {
    /// Reads what the log says of a session.
    pub(super) fn load(reader: &mut Reader<'_>, name: &StreamName) -> Result<Self, Error> {
        let mut ledger = Self::default();
        let Some(stream) = reader.stream(name)? else { return Ok(ledger) };
        let end = reader.head()?.position;
        let mut origin = (retold_core::Position::ZERO, true);
        loop {
            let page =
                reader.stream_events_after(stream, ledger.revision, end, retold_core::Limit::default())?;
            for recorded in &page.events {
                if recorded.commit_first != origin.0 {
                    let first = match recorded.commit_first == recorded.position {
                        true => recorded.meta.clone(),
                        false => reader.event_at(recorded.commit_first)?.and_then(|first| first.meta),
                    };
                    let is_import = first.is_some_and(|meta| meta.origin == Origin::Import);
                    origin = (recorded.commit_first, is_import);
                }
                ledger.learn(recorded, origin.1);
            }
            if !page.more {
                for said in &ledger.messages {
                    ledger.by_id.entry(said.id.clone()).or_default().push(said.text);
                }
                return Ok(ledger);
            }
        }
    }

    fn learn(&mut self, recorded: &Recorded, is_import: bool) {
        self.revision = recorded.revision;
        self.times.push(recorded.occurred_at);
        let (left, of) = self.correcting;
        let revision = if left > 0 { of } else { recorded.revision };
        self.correcting.0 = left.saturating_sub(1);
        let beside = matches!(
            recorded.kind,
            EventType::TagsChanged
                | EventType::SessionDeleted
                | EventType::SessionRestored
                | EventType::SessionMoved
                | EventType::BodyRedacted
                | EventType::BodiesPruned
                | EventType::BodiesRestored
        );
        self.is_foreign |= !is_import && !beside;
        let Some(event) = &recorded.event else {
            self.is_erased = true;
            self.exists |= recorded.kind == EventType::SessionCreated;
            return;
        };
        let place = Place { revision, position: recorded.position.get(), at: Some(recorded.occurred_at) };
        self.apply(event, place, None);
    }

    /// Takes in what is mapped; what the log says so already is kept without its text.
    pub(super) fn map(&mut self, new: NewEvent, log: &Self) {
        let at = new.occurred_at.map(time::to_micros);
        let place = Place { revision: self.revision, position: 0, at };
        let is_said = log.exists && self.is_said(&new.event, log);
        let event = new.event.clone();
        self.apply(&event, place, (!is_said).then_some(new));
    }

    /// Whether the log says what an event of the mapping says.
    fn is_said(&self, event: &Event, log: &Self) -> bool {
        match event {
            Event::MessageAdded(body) => {
                let text = of_long_text(&body.message.role, &body.message.content);
                log.by_id.get(&body.message.id).is_some_and(|texts| texts.contains(&text))
            }
            Event::MessageChanged(body) => {
                let said = self.messages.get(body.index as usize);
                let texts = said.and_then(|said| log.by_id.get(&said.id));
                let role = said.map_or("", |said| said.role.as_str());
                let text = body.content.as_ref().map(|content| of_long_text(role, content));
                text.is_none_or(|text| texts.is_some_and(|texts| texts.contains(&text)))
            }
            Event::ToolCalled(body) => {
                log.calls.get(&body.call).is_some_and(|item| item.hash == self.of_call(body))
            }
            // One of a call that is said again is said again too.
            Event::ToolReturned(body) => {
                let hash = of_long_text(&body.outcome, &body.output);
                log.returns.get(&body.call).is_some_and(|item| item.hash == hash)
                    && self.calls.get(&body.call).is_none_or(|call| call.event.is_none())
            }
            Event::UsageRecorded(body) => {
                log.usage.get(&body.key).is_some_and(|item| item.hash == of_usage(body))
            }
            _ => false,
        }
    }

    fn agent(&self, number: Option<u32>) -> Option<String> {
        let number = number?;
        let found = self.instances.iter().find(|(_, known, _)| *known == number);
        Some(found.map_or_else(|| number.to_string(), |(name, _, _)| name.clone()))
    }

    fn of_call(&self, body: &ToolCalled) -> Hash {
        let agent = self.agent(body.instance_id).unwrap_or_default();
        let message = body.message.as_deref().unwrap_or_default();
        let input = of_long_text("", &body.input);
        hash(&[message.as_bytes(), body.name.as_bytes(), body.kind.as_bytes(), agent.as_bytes(), &input])
    }

    fn apply(&mut self, event: &Event, place: Place, kept: Option<NewEvent>) {
        if let Some(at) = event.updated_at().and_then(time::parse)
            && self.updated_at.value.is_none_or(|known| at > known)
        {
            self.updated_at.to(Some(at), place);
        }
        if let Event::MessageChanged(body) = event {
            return self.change(body, place, kept);
        }
        let item = |hash: Hash| Item { hash, place, event: kept };
        match event {
            Event::SessionCreated(body) => {
                self.exists = true;
                self.created_at.to(time::parse(&body.session.created_at), place);
            }
            Event::SessionDeleted(_) => self.is_deleted = true,
            Event::SessionRestored(_) => self.is_deleted = false,
            Event::SessionDetailsChanged(body) => {
                if let Some(at) = body.set.created_at.as_deref().and_then(time::parse) {
                    self.created_at.to(Some(at), place);
                }
            }
            Event::TitleChanged(body) => self.title.to(body.title.clone(), place),
            Event::SessionContextChanged(body) => {
                let mut body = (**body).clone();
                for list in List::ALL {
                    if let Some(new) = list.of(&mut body).take() {
                        self.lists.entry(list).or_default().to(new, place);
                    }
                }
                if body.worktree.is_some() {
                    self.worktree.to(body.worktree, place);
                }
                if let Some(partial) = body.partial {
                    self.partial.to(partial, place);
                }
                if let Some(details) = body.details {
                    self.details.to(details, place);
                }
            }
            Event::SessionLinked(body) => {
                let link = (body.relation.clone(), body.parent.clone(), body.spawned_by.clone());
                self.link.to(Some(link), place);
            }
            Event::StatusObserved(body) => self.status.to(Some((body.status.clone(), body.inferred)), place),
            Event::ContextCompacted(body) => {
                self.changes.push(item(of_messages("compacted", &body.messages)));
            }
            Event::HistoryRewound(body) => self.changes.push(item(of_messages("rewound", &body.messages))),
            Event::InstanceAdded(body) => {
                let instance = &body.instance;
                self.starts.push(instance.start_time.clone());
                self.instances.push((
                    instance.agent_name.clone(),
                    instance.instance_id,
                    item(Hash::default()),
                ));
            }
            Event::MessageAdded(body) => {
                let message = &body.message;
                let text = of_long_text(&message.role, &message.content);
                let said = ListedMessage {
                    id: message.id.clone(),
                    role: message.role.clone(),
                    agent: self.agent(message.instance_id),
                    text,
                    item: item(Hash::default()),
                };
                let at = body.index.map_or(self.messages.len(), |at| at as usize).min(self.messages.len());
                self.messages.insert(at, said);
            }
            Event::InstanceDetailsChanged(body) => {
                let start = self.starts.get_mut(body.index as usize);
                if let Some((start, new)) = start.zip(body.set.start_time.clone()) {
                    *start = new;
                }
            }
            Event::MessageRemoved(body) if (body.index as usize) < self.messages.len() => {
                self.messages.remove(body.index as usize);
            }
            Event::ToolCalled(body) => {
                let hash = self.of_call(body);
                self.calls.insert(body.call.clone(), item(hash));
            }
            Event::ToolReturned(body) => {
                let hash = of_long_text(&body.outcome, &body.output);
                self.returns.insert(body.call.clone(), item(hash));
            }
            Event::UsageRecorded(body) => {
                self.usage.insert(body.key.clone(), item(of_usage(body)));
            }
            Event::MappingCorrected(body) => {
                let revision = Revision::ZERO.plus(body.revision);
                self.correcting = (body.events, revision);
                let withdrawn = |item: &Item| body.withdrawn.contains(&item.place.position);
                self.calls.retain(|_, item| !withdrawn(item));
                self.returns.retain(|_, item| !withdrawn(item));
                self.changes.retain(|item| !withdrawn(item));
                self.usage.retain(|key, _| !body.unused.contains(key));
            }
            _ => {}
        }
    }

    fn change(&mut self, body: &retold_core::event::MessageChanged, place: Place, kept: Option<NewEvent>) {
        let agent = body.set.instance_id.flatten();
        let agent = body.set.instance_id.is_some().then(|| self.agent(agent));
        let Some(said) = self.messages.get_mut(body.index as usize) else { return };
        said.item.place = place;
        if let Some(role) = &body.set.role {
            said.role.clone_from(role);
        }
        if let Some(agent) = agent {
            said.agent = agent;
        }
        if let Some(content) = &body.content {
            said.text = of_long_text(&said.role, content);
            // What is mapped says the last text, as the message that it began as.
            if let Some(Event::MessageAdded(added)) = said.item.event.as_mut().map(|new| &mut new.event) {
                added.message.content = content.clone();
            } else if kept.is_some() {
                said.item.event = kept;
            }
        }
    }

    /// Returns the files that it was read from.
    pub(super) fn files(&self) -> &[String] {
        self.lists.get(&List::Files).map_or(&[], |files| files.value.as_slice())
    }

    /// Returns the agent that calls.
    pub(super) fn agent_of(&self, body: &ToolCalled) -> Option<String> {
        self.agent(body.instance_id)
    }

    /// Returns the last revision that had happened by a time.
    pub(super) fn revision_by(&self, at: Option<i64>) -> Revision {
        let Some(at) = at else { return self.revision };
        let effective = retold_core::happening::effective(&self.times);
        Revision::ZERO.plus((effective.partition_point(|known| *known <= at) as u64).max(1))
    }
}

fn of_messages(word: &str, messages: &[String]) -> Hash {
    let parts: Vec<&[u8]> =
        std::iter::once(word.as_bytes()).chain(messages.iter().map(String::as_bytes)).collect();
    hash(&parts)
}
