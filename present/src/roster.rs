//! What the instances of a session are called: `#3` by their number, `#3~2` where it is the second of that number.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use retold_core::{Event, EventType, Limit, Position, Reader, Recorded, Revision, StreamId};
use retold_travel::{Change, Key, List, Patch, Path, State, Value};

use crate::Failure;

/// Returns what the instance at `index` is called among those with these numbers.
pub fn name_at(numbers: &[u32], index: usize) -> Option<String> {
    let number = *numbers.get(index)?;
    Some(match numbers[..=index].iter().filter(|other| **other == number).count() {
        1 => format!("#{number}"),
        nth => format!("#{number}~{nth}"),
    })
}

/// Returns a path into a document with the name of the instance that it leads to, among those with these numbers.
pub fn path_at(numbers: &[u32], path: &str) -> String {
    let named = || {
        let (index, rest) = path.strip_prefix("instances/").map(|rest| rest.split_at(digits(rest)))?;
        let name = name_at(numbers, index.parse().ok()?)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{name}{rest}"))
    };
    named().unwrap_or_else(|| path.to_owned())
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Reads a name of an instance: its number, and which one of that number it is.
fn read_name(text: &str) -> Option<(u32, usize)> {
    let (number, nth) = match text.strip_prefix('#')?.split_once('~') {
        Some((number, nth)) => (number, nth.parse().ok().filter(|nth| *nth > 0)?),
        None => (text.strip_prefix('#')?, 1),
    };
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| Some((number.parse().ok()?, nth)))?
}

/// A place in a session as it is typed: a path, or an instance by its name with what is within it: `#3~2/output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A path, by indexes.
    Path(Path),
    /// An instance by its name.
    Instance {
        /// Its number.
        number: u32,
        /// Which one of that number, from 1.
        nth: usize,
        /// What is within it.
        key: Option<String>,
    },
}

impl Place {
    /// Reads a place.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let by_name = text.strip_prefix("instances/").unwrap_or(text);
        if by_name.starts_with('#') {
            let (name, key) =
                by_name.split_once('/').map_or((by_name, None), |(name, key)| (name, Some(key)));
            let (number, nth) = read_name(name).ok_or_else(|| {
                Failure::usage(format!("path {text:?}: an instance is #3, a second one of that number #3~2"))
            })?;
            if let Some(key) = key {
                crate::parse_path(&format!("instances/0/{key}"))?;
            }
            return Ok(Self::Instance { number, nth, key: key.map(str::to_owned) });
        }
        crate::parse_path(text).map(Self::Path)
    }

    /// Returns the path in a session as it is in this state; `None` where it has no such instance.
    ///
    /// # Errors
    /// None: what cannot be read was refused before.
    pub fn path(&self, state: Option<&State>) -> Option<Path> {
        match self {
            Self::Path(path) => Some(path.clone()),
            Self::Instance { number, nth, key } => {
                let numbers = state.map(numbers).unwrap_or_default();
                let mut of_number = numbers.iter().enumerate().filter(|(_, other)| *other == number);
                let (index, _) = of_number.nth(nth - 1)?;
                let key = key.as_ref().map_or_else(String::new, |key| format!("/{key}"));
                format!("instances/{index}{key}").parse().ok()
            }
        }
    }
}

fn numbers(state: &State) -> Vec<u32> {
    state.agents.iter().map(|agent| agent.instance.instance_id).collect()
}

/// The instances of a session by their numbers, while its patches are told one after the other.
#[derive(Clone, Debug, Default)]
pub struct Roll(Vec<u32>);

impl Roll {
    /// Begins with the session as it is in a state.
    pub fn of(state: Option<&State>) -> Self {
        Self(state.map(numbers).unwrap_or_default())
    }

    /// Returns a path with the name of the instance that it leads to: `#3~2/status`.
    pub fn path(&self, path: &Path) -> String {
        let name = |index: u32| name_at(&self.0, index as usize);
        match path {
            Path::Row(List::Instances, index) => name(*index),
            Path::Field(List::Instances, index, key) => name(*index).map(|name| format!("{name}/{key}")),
            _ => None,
        }
        .unwrap_or_else(|| path.to_string())
    }

    /// Returns the path of the next patch with the name that the instance has right after it, or had before it was removed.
    pub fn follow(&mut self, patch: &Patch) -> String {
        let before = self.path(&patch.path);
        match (&patch.path, &patch.change) {
            (Path::Whole, Change::Insert(Value::Session(session))) => {
                self.0 = session.instances.iter().map(|instance| instance.instance_id).collect();
            }
            (Path::Row(List::Instances, index), Change::Insert(Value::Instance(instance))) => {
                self.0.insert((*index as usize).min(self.0.len()), instance.instance_id);
                return self.path(&patch.path);
            }
            (Path::Row(List::Instances, index), Change::Remove(_)) if (*index as usize) < self.0.len() => {
                self.0.remove(*index as usize);
            }
            (
                Path::Field(List::Instances, index, Key::Known(retold_core::field::instance::instance_id)),
                Change::Set { new: Value::Number(number), .. },
            ) => {
                if let (Some(known), Ok(number)) = (self.0.get_mut(*index as usize), u32::try_from(*number)) {
                    *known = number;
                }
            }
            _ => {}
        }
        before
    }
}

/// More of a name than any line shows.
const NAME_MAX: usize = 40;

/// What changed which instances a session has.
#[derive(Debug)]
enum Step {
    Began(Vec<u32>),
    Added(usize, u32),
    Removed(usize),
    Renumbered(usize, u32),
    /// Its body is gone: from here on nobody can say.
    Unknown,
}

/// The instances of sessions, by their numbers, at any of their events. Each session is read once, those events of it that
/// change which instances it has.
#[derive(Debug, Default)]
pub struct Rosters(HashMap<StreamId, Steps>);

#[derive(Debug, Default)]
struct Steps {
    steps: Vec<(Position, Step)>,
    /// What the agents are called that joined, by their numbers.
    names: Vec<(Position, u32, String)>,
}

impl Rosters {
    /// Returns what the instance is called that had `index` right before an event.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn name(&mut self, reader: &mut Reader<'_>, event: &Recorded, index: u32) -> Result<String, Failure> {
        self.read(reader, event.stream)?;
        Ok(self.known_name(event, index))
    }

    /// Reads what there is of a session, where that is not known.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn read(&mut self, reader: &mut Reader<'_>, stream: StreamId) -> Result<(), Failure> {
        if let Entry::Vacant(unknown) = self.0.entry(stream) {
            unknown.insert(read_steps(reader, stream)?);
        }
        Ok(())
    }

    /// Whether a session is known.
    pub fn knows(&self, stream: StreamId) -> bool {
        self.0.contains_key(&stream)
    }

    /// Takes a session's events of [`ROSTER_TYPES`], in order, from whoever has them elsewhere.
    pub fn learn(&mut self, stream: StreamId, events: &[Recorded]) {
        let mut steps = Steps::default();
        events.iter().for_each(|event| steps.push(event.position, event.event.as_ref()));
        self.0.insert(stream, steps);
    }

    /// Returns the name of an instance, as far as it is known.
    pub fn known_name(&self, event: &Recorded, index: u32) -> String {
        let steps = self.0.get(&event.stream).map_or(&[][..], |steps| &steps.steps);
        let name =
            numbers_before(steps, event.position).and_then(|numbers| name_at(&numbers, index as usize));
        // What cannot be said any more has at least its place in the document.
        name.unwrap_or_else(|| format!("instances/{index}"))
    }

    /// Returns the same, and what the agent calls itself: `#1 tester`.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn called(
        &mut self,
        reader: &mut Reader<'_>,
        event: &Recorded,
        index: u32,
    ) -> Result<String, Failure> {
        self.read(reader, event.stream)?;
        Ok(self.known_called(event, index))
    }

    /// Returns the same, as far as it is known.
    pub fn known_called(&self, event: &Recorded, index: u32) -> String {
        let name = self.known_name(event, index);
        let number = read_name(&name).map(|(number, _)| number);
        let names = self.0.get(&event.stream).map_or(&[][..], |steps| &steps.names);
        let mut of_number = names.iter().filter(|(at, of, _)| Some(*of) == number && *at < event.position);
        // Where two of a number are called differently, it is not known which one this is.
        let own = of_number
            .next()
            .map(|(_, _, own)| own)
            .filter(|own| of_number.all(|(_, _, other)| other == *own));
        match own {
            Some(own) if !own.is_empty() => format!("{name} {own}"),
            _ => name,
        }
    }

    /// Forgets what may have changed since.
    pub fn forget(&mut self, stream: StreamId) {
        self.0.remove(&stream);
    }
}

fn read_steps(reader: &mut Reader<'_>, stream: StreamId) -> Result<Steps, Failure> {
    let (mut found, mut after, end) = (Steps::default(), Revision::ZERO, reader.head()?.position);
    loop {
        let page = reader.stream_events_of_types(&ROSTER_TYPES, stream, after, end, Limit::default())?;
        for event in &page.events {
            found.push(event.position, event.event.as_ref());
            after = event.revision;
        }
        if !page.more {
            return Ok(found);
        }
    }
}

/// The types of events by which instances come, go and get their numbers.
pub const ROSTER_TYPES: [EventType; 4] = [
    EventType::SessionCreated,
    EventType::InstanceAdded,
    EventType::InstanceRemoved,
    EventType::InstanceDetailsChanged,
];

impl Steps {
    fn push(&mut self, position: Position, event: Option<&Event>) {
        let step = match event {
            Some(Event::SessionCreated(body)) => {
                Step::Began(body.session.instances.iter().map(|instance| instance.instance_id).collect())
            }
            Some(Event::InstanceAdded(body)) => {
                let name = body.instance.agent_name.chars().take(NAME_MAX).collect();
                self.names.push((position, body.instance.instance_id, name));
                Step::Added(body.index.map_or(usize::MAX, |index| index as usize), body.instance.instance_id)
            }
            Some(Event::InstanceRemoved(body)) => Step::Removed(body.index as usize),
            Some(Event::InstanceDetailsChanged(body)) => match body.set.instance_id {
                Some(number) => Step::Renumbered(body.index as usize, number),
                None => return,
            },
            _ => Step::Unknown,
        };
        self.steps.push((position, step));
    }
}

fn numbers_before(steps: &[(Position, Step)], position: Position) -> Option<Vec<u32>> {
    let mut numbers: Vec<u32> = Vec::new();
    for (_, step) in steps.iter().take_while(|(at, _)| *at < position) {
        match step {
            Step::Began(all) => numbers.clone_from(all),
            Step::Added(index, number) => numbers.insert((*index).min(numbers.len()), *number),
            Step::Removed(index) if *index < numbers.len() => drop(numbers.remove(*index)),
            Step::Renumbered(index, number) => *numbers.get_mut(*index)? = *number,
            Step::Removed(_) | Step::Unknown => return None,
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_of_a_number_is_told_from_the_first() {
        let numbers = [3, 1, 3, 3];
        let names: Vec<_> = (0..5).map(|index| name_at(&numbers, index)).collect();
        let expected = ["#3", "#1", "#3~2", "#3~3"].map(|name| Some(name.to_owned()));
        assert_eq!(names[..4], expected);
        assert_eq!(names[4], None);
    }
}
