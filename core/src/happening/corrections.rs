//! Since when corrections count, and which elements of lists they are about.
//!
//! A [`MappingCorrected`](crate::event::MappingCorrected) names the revision that it corrects; the events of the stream directly after
//! it are the correction. By the log all of them count from their own positions. By the clock of happening:
//!
//! - It counts as soon as the revision that it names had happened, and each event of the correction between that revision and
//!   the next one, as soon as its own `occurred_at` is reached. None counts before the session and the element that it is
//!   about were there, or while the session was deleted; and each counts at the latest from its own position.
//! - Events that count are folded in the order of the log, so that what corrects is said last.
//! - An element of a list is the one that the event named in the log, wherever that is in the list by then. What comes into
//!   a list comes directly before what it came before in the log.
//! - Beginning, deleting and restoring a session, what agents printed, and that bodies left or came back always count from their own
//!   positions. So does everything after an event that names no revision before it.

use std::collections::HashMap;

use super::Happening;
use crate::{Erasure, Event, EventType, Key, List, Outline, Path, Recorded, Revision};

const NONE: u32 = u32::MAX;

/// How many of a stream's next events are a correction, and of which revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Correcting {
    /// The revision that is corrected.
    pub revision: u64,
    /// How many events are left of the correction.
    pub left: u32,
}

impl Correcting {
    /// Takes the next event of the stream; returns the revision that it corrects, where it corrects one.
    pub fn take(&mut self, recorded: &Recorded) -> Option<u64> {
        if let Some(Event::MappingCorrected(body)) = &recorded.event {
            let is_before = body.revision > 0 && body.revision < recorded.revision.get();
            *self = Self { revision: body.revision, left: if is_before { body.events } else { 0 } };
            return is_before.then_some(body.revision);
        }
        self.left = self.left.checked_sub(1)?;
        may_count_earlier(recorded.kind).then_some(self.revision)
    }
}

fn may_count_earlier(kind: EventType) -> bool {
    !kind.is_of_bodies()
        && !matches!(
            kind,
            EventType::SessionCreated
                | EventType::SessionDeleted
                | EventType::SessionRestored
                | EventType::OutputAppended
                | EventType::OutputReplaced
        )
}

/// The events of one stream on their way to a [`StreamOrder`], taken one by one. 60 bytes an event.
#[derive(Debug, Default)]
pub struct StreamEvents {
    happening: Happening,
    effective: Vec<i64>,
    correcting: Correcting,
    outline: Outline,
    created: Option<usize>,
    /// The events that deleted the session, each with the one that restored it.
    deleted: Vec<(usize, Option<usize>)>,
    events: Vec<Known>,
    lists: [Elements; 2],
}

#[derive(Clone, Copy, Debug)]
struct Known {
    /// When it happened by its own clock; of the event that says what is corrected, before everything.
    occurred_at: i64,
    corrects: Option<u64>,
    is_valid: bool,
    about: Option<About>,
}

#[derive(Clone, Copy, Debug)]
struct About {
    list: List,
    element: u32,
    change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Comes,
    Stays,
    Leaves,
}

impl StreamEvents {
    /// Takes the next event of the stream; returns the revision that it corrects, where it corrects an earlier one.
    pub fn push(&mut self, recorded: &Recorded) -> Option<Revision> {
        let pushed = self.happening.push(recorded.occurred_at);
        if let (Some(last), Some(previous)) = (self.effective.last_mut(), pushed.previous) {
            *last = previous;
        }
        self.effective.push(pushed.last);
        let corrects = self.correcting.take(recorded);
        let occurred_at = match recorded.kind {
            EventType::MappingCorrected => i64::MIN,
            _ => recorded.occurred_at,
        };
        let erasure = recorded.erasure.unwrap_or(Erasure::Redacted);
        let erased = || Event::of_erased(recorded.kind, erasure);
        let (is_valid, about) = match &recorded.event {
            Some(event) => self.apply(event),
            // What does nothing without its body is not invalid.
            None => erased().map_or((true, None), |event| self.apply(&event)),
        };
        self.events.push(Known { occurred_at, corrects, is_valid, about });
        corrects.map(|revision| Revision::ZERO.plus(revision))
    }

    fn apply(&mut self, event: &Event) -> (bool, Option<About>) {
        // Its index is asked for in the lists as they are before it.
        let is_valid = self.outline.apply(event).is_ok();
        (is_valid, if is_valid { self.about(event) } else { None })
    }

    fn about(&mut self, event: &Event) -> Option<About> {
        let (kind, at) = (event.event_type(), self.events.len());
        match kind {
            EventType::SessionCreated => self.created = Some(at),
            EventType::SessionDeleted => self.deleted.push((at, None)),
            EventType::SessionRestored => {
                self.deleted.last_mut().into_iter().for_each(|(_, restored)| *restored = Some(at));
            }
            _ => {}
        }
        let crate::event::Subject::Element(list) = kind.subject() else { return None };
        let elements = &mut self.lists[list as usize];
        let index = event.index().map_or(elements.there.len(), |index| index as usize);
        let about = |element, change| About { list, element, change };
        Some(match kind {
            kind if kind.begins() => about(elements.insert(index), Change::Comes),
            EventType::InstanceRemoved | EventType::MessageRemoved => {
                about(elements.there.remove(index), Change::Leaves)
            }
            _ => about(elements.there[index], Change::Stays),
        })
    }

    /// Returns since when each event counts. O(events).
    pub fn order(self) -> StreamOrder {
        let mut counts: Vec<i64> = Vec::with_capacity(self.events.len());
        let mut came = self.lists.each_ref().map(|list| vec![i64::MIN; list.next.len()]);
        for (at, known) in self.events.iter().enumerate() {
            let own = self.effective[at];
            let mut since = own;
            if let Some(of) = known.corrects.and_then(|of| usize::try_from(of).ok()) {
                // The revision after the one that is corrected is this one, or before it.
                let (from, next) = (self.effective[of - 1], self.effective[of]);
                since = from.max(known.occurred_at.min(next));
                since = self
                    .created
                    .filter(|created| *created < at)
                    .map_or(own, |created| since.max(counts[created]));
                if let Some(About { list, element, .. }) = known.about {
                    since = since.max(came[list as usize][element as usize]);
                }
                since = self.not_while_deleted(since, at).min(own);
            }
            if let Some(About { list, element, change: Change::Comes }) = known.about {
                came[list as usize][element as usize] = since;
            }
            counts.push(since);
        }
        StreamOrder { counts, ranks: self.lists.map(|list| list.ranks()), events: self.events }
    }

    /// Returns a time at which the session was not deleted, of an event that is valid: where it was, when it was restored.
    fn not_while_deleted(&self, mut since: i64, event: usize) -> i64 {
        loop {
            let begun = self
                .deleted
                .partition_point(|(deleted, _)| *deleted < event && self.effective[*deleted] <= since);
            let last = self.deleted[..begun].last().and_then(|(_, restored)| *restored);
            match last.filter(|restored| *restored < event).map(|restored| self.effective[restored]) {
                Some(restored) if restored > since => since = restored,
                _ => return since,
            }
        }
    }
}

/// The elements that a list ever had, in one order in which every list of the past is.
#[derive(Debug)]
struct Elements {
    /// Those that are there, in order.
    there: Vec<u32>,
    /// Of each element the one after it, and the one before it.
    next: Vec<u32>,
    before: Vec<u32>,
    first: u32,
    last: u32,
}

impl Default for Elements {
    fn default() -> Self {
        Self { there: Vec::new(), next: Vec::new(), before: Vec::new(), first: NONE, last: NONE }
    }
}

impl Elements {
    fn insert(&mut self, at: usize) -> u32 {
        // No list is longer: its indexes are of this type.
        let element = u32::try_from(self.next.len()).unwrap_or(NONE - 1);
        let after = self.there.get(at).copied().unwrap_or(NONE);
        let before = if after == NONE { self.last } else { self.before[after as usize] };
        self.next.push(after);
        self.before.push(before);
        match before {
            NONE => self.first = element,
            before => self.next[before as usize] = element,
        }
        match after {
            NONE => self.last = element,
            after => self.before[after as usize] = element,
        }
        self.there.insert(at, element);
        element
    }

    /// Returns where each element is among all.
    fn ranks(&self) -> Vec<u32> {
        let mut ranks = vec![0; self.next.len()];
        let (mut element, mut rank) = (self.first, 0);
        while element != NONE {
            ranks[element as usize] = rank;
            rank += 1;
            element = self.next[element as usize];
        }
        ranks
    }
}

/// Since when the events of one stream count by the clock of happening, with corrections.
#[derive(Debug)]
pub struct StreamOrder {
    counts: Vec<i64>,
    events: Vec<Known>,
    ranks: [Vec<u32>; 2],
}

/// A session's lists, as events come to count in whatever order: which elements are there, and what was said of them.
#[derive(Debug)]
pub struct Retelling<'o> {
    order: &'o StreamOrder,
    /// The ranks of those that are there, in order.
    lists: [Vec<u32>; 2],
    /// What corrections said, by its place, and which revision did.
    corrected: HashMap<(Option<(List, u32)>, Key), Revision>,
    /// The event that was taken last.
    taken: Taken,
}

#[derive(Debug, Default)]
struct Taken {
    revision: Revision,
    corrects: bool,
    /// The list and the rank of the element that it is about.
    about: Option<(List, u32)>,
    /// Where that is; `None` where it is not there.
    index: Option<u32>,
}

impl StreamOrder {
    /// Returns since when the event of a revision counts, in microseconds since 1970; `None` where there is none.
    pub fn counts_from(&self, revision: Revision) -> Option<i64> {
        let at = usize::try_from(revision.get().checked_sub(1)?).ok()?;
        self.counts.get(at).copied()
    }

    /// Returns the events that are valid in the order in which they come to count, each with the time; those of one time are in the
    /// order of the log.
    pub fn steps(&self) -> Vec<(i64, Revision)> {
        let all = self.counts.iter().zip(&self.events).zip(1..);
        let mut steps: Vec<(i64, Revision)> = all
            .filter(|((_, known), _)| known.is_valid)
            .map(|((at, _), revision)| (*at, Revision::ZERO.plus(revision)))
            .collect();
        steps.sort_unstable();
        steps
    }

    /// Begins to tell the session again, from before its first event.
    pub fn retell(&self) -> Retelling<'_> {
        let (corrected, taken) = (HashMap::new(), Taken::default());
        Retelling { order: self, lists: [Vec::new(), Vec::new()], corrected, taken }
    }

    fn known(&self, revision: Revision) -> Option<&Known> {
        self.events.get(usize::try_from(revision.get().checked_sub(1)?).ok()?)
    }
}

impl Retelling<'_> {
    /// Lets an event count that has not been taken. An index in its body becomes the one that its element has now, and where an element
    /// came with a body that is gone the body becomes that of an empty one; returns whether the element is there, and the event valid. O(log n), and where an element comes or leaves in the middle of a list O(n).
    pub fn take(&mut self, recorded: &mut Recorded) -> bool {
        self.pass(recorded.revision);
        if !self.order.known(recorded.revision).is_some_and(|known| known.is_valid) {
            return false;
        }
        match (self.taken.about, self.taken.index) {
            (Some(_), Some(index)) => {
                // What came with a body that is gone is an empty element, at its place as well.
                if recorded.event.is_none() {
                    let erasure = recorded.erasure.unwrap_or(Erasure::Redacted);
                    recorded.event = Event::of_erased(recorded.kind, erasure);
                }
                if let Some(event) = &mut recorded.event {
                    event.set_index(index);
                }
            }
            (Some(_), None) => return false,
            (None, _) => {}
        }
        true
    }

    /// Lets the event of a revision count, whatever is in its body.
    pub fn pass(&mut self, revision: Revision) {
        let known = self.order.known(revision);
        self.taken = Taken {
            revision,
            corrects: known.is_some_and(|known| known.corrects.is_some()),
            about: None,
            index: None,
        };
        let Some(About { list, element, change }) = known.and_then(|known| known.about) else { return };
        let rank = self.order.ranks[list as usize][element as usize];
        let there = &mut self.lists[list as usize];
        let found = there.binary_search(&rank);
        let at = match (change, found) {
            (Change::Comes, Ok(at) | Err(at)) => {
                there.insert(at, rank);
                Some(at)
            }
            (Change::Leaves, Ok(at)) => {
                there.remove(at);
                Some(at)
            }
            (Change::Stays, Ok(at)) => Some(at),
            (_, Err(_)) => None,
        };
        self.taken.about = Some((list, rank));
        self.taken.index = at.and_then(|at| u32::try_from(at).ok());
    }

    /// Whether a patch of the event that was taken last is to be applied, by its path: not where a correction that was taken before
    /// says something else of the place, and is after the event in the log; nor where its element is not there.
    pub fn applies(&mut self, path: &Path) -> bool {
        let (of, key) = match path {
            Path::Row(..) => return self.taken.index.is_some(),
            Path::Field(_, _, key) => (self.taken.about, key),
            Path::Own(key) => (None, key),
            _ => return true,
        };
        if of.is_some() && self.taken.index.is_none() {
            return false;
        }
        if self.corrected.is_empty() && !self.taken.corrects {
            return true;
        }
        let place = (of, key.clone());
        if self.corrected.get(&place).is_some_and(|said| *said > self.taken.revision) {
            return false;
        }
        if self.taken.corrects {
            self.corrected.insert(place, self.taken.revision);
        }
        true
    }
}
