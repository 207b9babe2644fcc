//! What has to be appended so that a session says what is mapped now.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use retold_core::event::*;
use retold_core::{Event, InstancePatch, MessagePatch, NewEvent, Revision, Text, time};

use super::ledger::{Item, Ledger, ListedMessage};

/// What corrects one revision.
#[derive(Debug, Default)]
pub(super) struct Correction {
    revision: Revision,
    events: Vec<NewEvent>,
    withdrawn: Vec<u64>,
    unused: Vec<String>,
}

impl Correction {
    pub(super) fn of(revision: Revision, events: Vec<NewEvent>) -> Self {
        Self { revision, events, ..Self::default() }
    }

    /// Returns its events, after the one that says what they correct; `at` is when the session's last event happened.
    pub(super) fn into_events(self, at: Option<Timestamp>) -> Vec<NewEvent> {
        let event = MappingCorrected {
            revision: self.revision.get(),
            events: u32::try_from(self.events.len()).unwrap_or(u32::MAX),
            withdrawn: self.withdrawn,
            unused: self.unused,
        };
        std::iter::once(NewEvent { event: event.into(), occurred_at: at }).chain(self.events).collect()
    }
}

/// What the log says of a session, and what is mapped.
pub(super) struct Difference<'a> {
    pub(super) log: &'a Ledger,
    pub(super) mapped: &'a Ledger,
    /// Whether a file of the session was rewritten: then what only the log says may be from what the file said before, and stays.
    pub(super) is_rewritten: bool,
}

impl Difference<'_> {
    /// Returns what corrects the session, in the order in which it is to be appended; nothing where both say the same.
    pub(super) fn corrections(&self) -> Vec<Correction> {
        let mut found = Vec::new();
        self.instances(&mut found);
        self.messages(&mut found);
        self.calls(&mut found);
        self.usage(&mut found);
        self.changes(&mut found);
        self.fields(&mut found);
        found
    }

    /// The number that an agent has in the log, with those that are added.
    fn number(&self, agent: Option<&String>) -> Option<u32> {
        let agent = agent?;
        let known = self.log.instances.iter().find(|(name, _, _)| name == agent);
        known.map(|(_, number, _)| *number).or_else(|| {
            let added = self.added_instances().position(|(name, _, _)| name == agent)?;
            u32::try_from(self.log.instances.len() + added + 1).ok()
        })
    }

    fn added_instances(&self) -> impl Iterator<Item = &(String, u32, Item)> {
        let known: HashSet<&String> = self.log.instances.iter().map(|(name, _, _)| name).collect();
        self.mapped.instances.iter().filter(move |(name, _, _)| !known.contains(name))
    }

    fn instances(&self, found: &mut Vec<Correction>) {
        for (name, _, item) in self.added_instances() {
            let Some(NewEvent { event: Event::InstanceAdded(body), occurred_at }) = &item.event else {
                continue;
            };
            let mut instance = body.instance.clone();
            instance.instance_id = self.number(Some(name)).unwrap_or_default();
            let event = InstanceAdded { instance, index: None, updated_at: None }.into();
            let revision = self.log.revision_by(item.place.at);
            found.push(Correction::of(revision, vec![NewEvent { event, occurred_at: *occurred_at }]));
        }
        let known = self.log.instances.iter().zip(&self.log.starts).enumerate();
        for (at, ((name, _, item), start)) in known {
            let mapped = self.mapped.instances.iter().zip(&self.mapped.starts);
            let new = mapped
                .clone()
                .find(|((mapped, _, _), _)| mapped == name)
                .and_then(|(_, start)| start.as_deref());
            let parsed = |text: &str| time::parse(text);
            let (Some(new), Some(old)) = (new, start.as_deref().and_then(parsed)) else { continue };
            // One began with the first that it said.
            if parsed(new).is_some_and(|new| new < old) {
                let set =
                    InstancePatch { start_time: Some(Some(new.to_owned())), ..InstancePatch::default() };
                let event = InstanceDetailsChanged { index: index(at), set, updated_at: None }.into();
                let occurred_at = instant(item.place.at);
                found.push(Correction::of(item.place.revision, vec![NewEvent { event, occurred_at }]));
            }
        }
    }

    fn messages(&self, found: &mut Vec<Correction>) {
        let (mut changed, mut moved) = (Vec::new(), Vec::new());
        let mut of_id: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, said) in self.log.messages.iter().enumerate() {
            of_id.entry(&said.id).or_default().push(at);
        }
        // The place in the log's list of each message that is mapped.
        let mut places: Vec<Option<usize>> = vec![None; self.mapped.messages.len()];
        for is_exact in [true, false] {
            for (at, said) in self
                .mapped
                .messages
                .iter()
                .enumerate()
                .filter(|(at, _)| places[*at].is_none())
                .collect::<Vec<_>>()
            {
                let Some(left) = of_id.get_mut(said.id.as_str()) else { continue };
                let same = |at: &usize| !is_exact || self.log.messages[*at].is_same(said);
                let Some(place) = left.iter().position(same) else { continue };
                places[at] = Some(left.remove(place));
            }
        }
        for (said, place) in self.mapped.messages.iter().zip(&places) {
            if let Some(place) = place
                && let Some(correction) = self.changed(*place, said)
            {
                changed.push(correction);
            }
        }
        let mut before: Option<usize> = None;
        for (order, (said, place)) in self.mapped.messages.iter().zip(&places).enumerate() {
            match place {
                Some(place) => before = Some(*place),
                None => moved.extend(
                    self.inserted(before, said).map(|one| (before.map_or(0, |at| at + 1), order + 1, one)),
                ),
            }
        }
        if !self.is_rewritten {
            for at in of_id.into_values().flatten() {
                let event = MessageRemoved { index: index(at), updated_at: None }.into();
                let place = self.log.messages[at].item.place;
                let new = NewEvent { event, occurred_at: instant(place.at) };
                moved.push((at, usize::MAX, Correction::of(place.revision, vec![new])));
            }
        }
        // From the end of the list to its beginning, so that each names the place that its message has.
        moved.sort_by_key(|(at, order, _)| std::cmp::Reverse((*at, *order)));
        found.append(&mut changed);
        found.extend(moved.into_iter().map(|(_, _, correction)| correction));
    }

    fn changed(&self, place: usize, said: &ListedMessage) -> Option<Correction> {
        let known = &self.log.messages[place];
        if known.is_same(said) {
            return None;
        }
        let content = if known.text == said.text { None } else { Some(text_of(&said.item)?) };
        let set = MessagePatch {
            role: (known.role != said.role).then(|| said.role.clone()),
            instance_id: (known.agent != said.agent).then(|| self.number(said.agent.as_ref())),
            ..MessagePatch::default()
        };
        let event = MessageChanged { index: index(place), set, content, updated_at: None }.into();
        let occurred_at = instant(known.item.place.at);
        Some(Correction::of(known.item.place.revision, vec![NewEvent { event, occurred_at }]))
    }

    fn inserted(&self, before: Option<usize>, said: &ListedMessage) -> Option<Correction> {
        let NewEvent { event: Event::MessageAdded(body), occurred_at } = said.item.event.as_ref()? else {
            return None;
        };
        let mut message = body.message.clone();
        message.role.clone_from(&said.role);
        message.instance_id = self.number(said.agent.as_ref());
        let at = before.map_or(0, |at| at + 1);
        let event = MessageAdded { message, index: Some(index(at)), updated_at: None }.into();
        // Between the messages that it comes between, when it happened.
        let revision = |at: usize| self.log.messages.get(at).map(|said| said.item.place.revision.get());
        let least = before.and_then(revision).unwrap_or(1);
        let most = revision(at).map_or(self.log.revision.get(), |next| next.saturating_sub(1)).max(least);
        let by_time = self.log.revision_by(said.item.place.at).get();
        let new = NewEvent { event, occurred_at: *occurred_at };
        Some(Correction::of(Revision::ZERO.plus(by_time.clamp(least, most)), vec![new]))
    }

    fn calls(&self, found: &mut Vec<Correction>) {
        for (id, item) in &self.mapped.calls {
            let known = self.log.calls.get(id);
            let result = self.mapped.returns.get(id);
            if known.is_none_or(|known| known.hash != item.hash) {
                let Some(NewEvent { event: Event::ToolCalled(body), occurred_at }) = &item.event else {
                    continue;
                };
                let mut body = body.clone();
                body.updated_at = None;
                body.instance_id = self.number(self.mapped.agent_of(&body).as_ref());
                let revision =
                    known.map_or_else(|| self.log.revision_by(item.place.at), |known| known.place.revision);
                found.push(Correction {
                    withdrawn: known.map(|known| known.place.position).into_iter().collect(),
                    ..Correction::of(
                        revision,
                        vec![NewEvent { event: (*body).into(), occurred_at: *occurred_at }],
                    )
                });
                found.extend(result.and_then(|result| self.result(id, result)));
            } else if let Some(result) = result
                && self.log.returns.get(id).is_none_or(|former| former.hash != result.hash)
            {
                found.extend(self.result(id, result));
            }
        }
        if !self.is_rewritten {
            let gone = |(id, item), mapped: &BTreeMap<String, Item>| {
                (!mapped.contains_key::<String>(id)).then(|| withdrawn(item))
            };
            found.extend(self.log.calls.iter().filter_map(|known| gone(known, &self.mapped.calls)));
            found.extend(self.log.returns.iter().filter_map(|known| gone(known, &self.mapped.returns)));
        }
    }

    fn result(&self, call: &str, result: &Item) -> Option<Correction> {
        let former = self.log.returns.get(call);
        let revision =
            former.map_or_else(|| self.log.revision_by(result.place.at), |former| former.place.revision);
        Some(Correction {
            withdrawn: former.map(|former| former.place.position).into_iter().collect(),
            ..Correction::of(revision, vec![returned(result)?])
        })
    }

    fn usage(&self, found: &mut Vec<Correction>) {
        for (key, item) in &self.mapped.usage {
            let known = self.log.usage.get(key);
            if known.is_some_and(|known| known.hash == item.hash) {
                continue;
            }
            let revision =
                known.map_or_else(|| self.log.revision_by(item.place.at), |known| known.place.revision);
            found.extend(item.event.clone().map(|new| Correction::of(revision, vec![new])));
        }
        if self.is_rewritten {
            return;
        }
        for (key, item) in self.log.usage.iter().filter(|(key, _)| !self.mapped.usage.contains_key(*key)) {
            let revision = item.place.revision;
            found.push(Correction { revision, unused: vec![key.clone()], ..Correction::default() });
        }
    }

    /// Compactions and rewinds have no id: those of the same messages are told apart by their number, and then by their times.
    fn changes(&self, found: &mut Vec<Correction>) {
        let mut kinds: BTreeMap<_, (Vec<&Item>, Vec<&Item>)> = BTreeMap::new();
        for item in &self.log.changes {
            kinds.entry(item.hash).or_default().0.push(item);
        }
        for item in &self.mapped.changes {
            kinds.entry(item.hash).or_default().1.push(item);
        }
        for (known, mapped) in kinds.values() {
            let lacks = |list: &[&Item], at: Option<i64>| list.iter().all(|other| other.place.at != at);
            let more = mapped.len().saturating_sub(known.len());
            for item in mapped.iter().filter(|item| lacks(known, item.place.at)).take(more) {
                let Some(new) = item.event.clone() else { continue };
                let event = match new.event {
                    Event::ContextCompacted(body) => ContextCompacted { updated_at: None, ..body }.into(),
                    Event::HistoryRewound(body) => HistoryRewound { updated_at: None, ..body }.into(),
                    _ => continue,
                };
                let revision = self.log.revision_by(item.place.at);
                found.push(Correction::of(revision, vec![NewEvent { event, occurred_at: new.occurred_at }]));
            }
            let fewer = known.len().saturating_sub(mapped.len());
            if !self.is_rewritten {
                let gone = known.iter().filter(|item| lacks(mapped, item.place.at)).take(fewer);
                found.extend(gone.map(|item| withdrawn(item)));
            }
        }
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

pub(super) fn instant(at: Option<i64>) -> Option<Timestamp> {
    at.and_then(time::from_micros)
}

fn text_of(item: &Item) -> Option<Text> {
    match &item.event.as_ref()?.event {
        Event::MessageAdded(body) => Some(body.message.content.clone()),
        Event::MessageChanged(body) => body.content.clone(),
        _ => None,
    }
}

fn returned(item: &Item) -> Option<NewEvent> {
    let NewEvent { event: Event::ToolReturned(body), occurred_at } = item.event.as_ref()? else {
        return None;
    };
    let event = ToolReturned { updated_at: None, ..body.clone() }.into();
    Some(NewEvent { event, occurred_at: *occurred_at })
}

fn withdrawn(item: &Item) -> Correction {
    Correction {
        revision: item.place.revision,
        withdrawn: vec![item.place.position],
        ..Correction::default()
    }
}
