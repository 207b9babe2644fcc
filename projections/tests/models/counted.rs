//! Which events count by a time, by the definition in words: a slow reading that the read models are compared with.

use std::collections::{BTreeMap, BTreeSet};

use retold_core::event::Subject;
use retold_core::happening::effective;
use retold_core::{Event, EventType, List, Recorded, SessionState};

/// An element of a list, in the order of all that the list ever had.
#[derive(Clone)]
struct Element {
    /// The event that it came with.
    came: usize,
    is_there: bool,
}

/// A stream's events, with since when each counts, and the element that it is about by the event that this came with.
pub(crate) struct Told {
    events: Vec<Recorded>,
    counts: Vec<i64>,
    about: Vec<Option<(List, usize)>>,
    /// Whether each is valid where the log has it: otherwise it does nothing, wherever it counts.
    is_valid: Vec<bool>,
    /// All elements that the lists ever had.
    lists: BTreeMap<List, Vec<Element>>,
}

/// The events of each stream, by the definition in words.
pub(crate) fn tell(events: &[Recorded]) -> Vec<Told> {
    let mut streams: BTreeMap<i64, Vec<Recorded>> = BTreeMap::new();
    for event in events {
        streams.entry(event.stream.get()).or_default().push(event.clone());
    }
    streams.into_values().map(tell_stream).collect()
}

fn tell_stream(events: Vec<Recorded>) -> Told {
    let happened = effective(&events.iter().map(|event| event.occurred_at).collect::<Vec<_>>());
    let mut lists: BTreeMap<List, Vec<Element>> = BTreeMap::new();
    let (mut counts, mut about): (Vec<i64>, Vec<_>) = (Vec::new(), Vec::new());
    let mut valid = Vec::new();
    let (mut state, mut correction) = (None, None);
    let (mut created, mut deleted): (Option<usize>, Vec<(i64, i64)>) = (None, Vec::new());
    for (at, event) in events.iter().enumerate() {
        let body = event.event.clone().or_else(|| Event::of_erased(event.kind, event.erasure?));
        let is_valid = body.as_ref().is_some_and(|body| SessionState::apply(&mut state, body).is_ok());
        // The element that it is about.
        let mut of = None;
        if let (true, Some(body), Subject::Element(list)) = (is_valid, &body, event.kind.subject()) {
            let elements = lists.entry(list).or_default();
            let there: Vec<usize> =
                elements.iter().enumerate().filter(|(_, one)| one.is_there).map(|(at, _)| at).collect();
            let index = body.index().map_or(there.len(), |index| index as usize);
            let place = there.get(index).copied().unwrap_or(elements.len());
            if event.kind.begins() {
                elements.insert(place, Element { came: at, is_there: true });
            } else if matches!(event.kind, EventType::InstanceRemoved | EventType::MessageRemoved) {
                elements[place].is_there = false;
            }
            of = Some((list, elements[place].came));
        }
        // What it corrects.
        let corrected: Option<u64> = match &event.event {
            Some(Event::MappingCorrected(body)) => {
                let revision = Some(body.revision).filter(|of| (1..event.revision.get()).contains(of));
                correction = revision.map(|of| (of, body.events));
                revision
            }
            _ => match &mut correction {
                Some((of, left)) if *left > 0 => {
                    *left -= 1;
                    let is_own = event.kind.is_of_bodies()
                        || matches!(
                            event.kind,
                            EventType::SessionCreated
                                | EventType::SessionDeleted
                                | EventType::SessionRestored
                                | EventType::OutputAppended
                                | EventType::OutputReplaced
                        );
                    (!is_own).then_some(*of)
                }
                _ => None,
            },
        };
        let mut since = happened[at];
        if let (Some(corrected), Some(created)) = (corrected, created) {
            let corrected = usize::try_from(corrected).unwrap();
            let (from, to) = (happened[corrected - 1], happened[corrected]);
            let occurred_at =
                if event.kind == EventType::MappingCorrected { from } else { event.occurred_at };
            since = occurred_at.clamp(from, to).max(counts[created]);
            since = since.max(of.filter(|_| !event.kind.begins()).map_or(since, |(_, came)| counts[came]));
            while let Some((_, restored)) =
                deleted.iter().find(|(deleted, restored)| (*deleted..*restored).contains(&since))
            {
                since = *restored;
            }
            since = since.min(happened[at]);
        }
        match event.kind {
            EventType::SessionCreated if is_valid => created = Some(at),
            EventType::SessionDeleted if is_valid => deleted.push((happened[at], i64::MAX)),
            EventType::SessionRestored if is_valid => deleted.last_mut().unwrap().1 = happened[at],
            _ => {}
        }
        counts.push(since);
        about.push(of);
        // A workspace's events are valid wherever they are.
        valid.push(is_valid || body.is_none() || event.kind == EventType::WorkspaceRegistered);
    }
    Told { events, counts, about, is_valid: valid, lists }
}

impl Told {
    /// The events that count by a time, as they are to be folded.
    fn at(&self, time: i64) -> Vec<Recorded> {
        let mut there: BTreeSet<usize> = BTreeSet::new();
        let mut found = Vec::new();
        let counts = |at: usize| self.is_valid[at] && self.counts[at] <= time;
        for (at, event) in self.events.iter().enumerate().filter(|(at, _)| counts(*at)) {
            let mut event = event.clone();
            if let Some((list, came)) = self.about[at] {
                if event.kind.begins() {
                    there.insert(at);
                }
                let before = self.lists[&list].iter().take_while(|element| element.came != came);
                let index = before.filter(|element| there.contains(&element.came)).count();
                if !there.contains(&came) {
                    continue;
                }
                if matches!(event.kind, EventType::InstanceRemoved | EventType::MessageRemoved) {
                    there.remove(&came);
                }
                event.event.iter_mut().for_each(|event| event.set_index(u32::try_from(index).unwrap()));
            }
            found.push(event);
        }
        found
    }
}

/// The events of all streams that count by a time.
pub(crate) fn counted(streams: &[Told], time: i64) -> Vec<Recorded> {
    let mut found: Vec<Recorded> = streams.iter().flat_map(|stream| stream.at(time)).collect();
    found.sort_by_key(|event| event.position);
    found
}

/// Every time at which something comes to count.
pub(crate) fn turns(streams: &[Told]) -> BTreeSet<i64> {
    streams.iter().flat_map(|stream| stream.counts.iter().copied()).collect()
}
