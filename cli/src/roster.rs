//! What the instances of a session are called: `#3` by their number, `#3~2` where it is the second of that number.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use retold_core::{Event, EventType, Limit, Position, Reader, Recorded, StreamId};
use rusqlite::named_params;

use crate::failure::Failure;

/// Returns what the instance at `index` is called among those with these numbers.
pub(crate) fn name_at(numbers: &[u32], index: usize) -> Option<String> {
    let number = *numbers.get(index)?;
    Some(match numbers[..=index].iter().filter(|other| **other == number).count() {
        1 => format!("#{number}"),
        nth => format!("#{number}~{nth}"),
    })
}

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
pub(crate) struct Rosters(HashMap<StreamId, Vec<(Position, Step)>>);

impl Rosters {
    /// Returns what the instance is called that had `index` right before an event.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) fn name(
        &mut self,
        reader: &mut Reader<'_>,
        event: &Recorded,
        index: u32,
    ) -> Result<String, Failure> {
        let steps = match self.0.entry(event.stream) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(steps(reader, event.stream)?),
        };
        let numbers = numbers_before(steps, event.position);
        let name = numbers.and_then(|numbers| name_at(&numbers, index as usize));
        // What cannot be said any more has at least its place in the document.
        Ok(name.unwrap_or_else(|| format!("instances/{index}")))
    }

    /// Forgets what may have changed since.
    pub(crate) fn forget(&mut self, stream: StreamId) {
        self.0.remove(&stream);
    }
}

fn steps(reader: &mut Reader<'_>, stream: StreamId) -> Result<Vec<(Position, Step)>, Failure> {
    let act = retold_core::Error::sqlite("read the log");
    let positions = reader
        .connection()
        .prepare_cached(include_str!("../sql/roster_events.sql"))
        .and_then(|mut statement| {
            let types = named_params! {
                ":stream": stream,
                ":created": EventType::SessionCreated.number(),
                ":added": EventType::InstanceAdded.number(),
                ":removed": EventType::InstanceRemoved.number(),
                ":changed": EventType::InstanceDetailsChanged.number(),
            };
            statement.query_map(types, |row| row.get(0))?.collect::<rusqlite::Result<Vec<Position>>>()
        })
        .map_err(&act)?;
    let mut steps = Vec::new();
    for position in positions {
        let before = Position::ZERO.plus(position.get() - 1);
        let page = reader.events_after(before, Limit { rows: 1, ..Limit::default() })?;
        let step = match page.events.first().and_then(|event| event.event.as_ref()) {
            Some(Event::SessionCreated(body)) => {
                Step::Began(body.session.instances.iter().map(|instance| instance.instance_id).collect())
            }
            Some(Event::InstanceAdded(body)) => {
                Step::Added(body.index.map_or(usize::MAX, |index| index as usize), body.instance.instance_id)
            }
            Some(Event::InstanceRemoved(body)) => Step::Removed(body.index as usize),
            Some(Event::InstanceDetailsChanged(body)) => match body.set.instance_id {
                Some(number) => Step::Renumbered(body.index as usize, number),
                None => continue,
            },
            _ => Step::Unknown,
        };
        steps.push((position, step));
    }
    Ok(steps)
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
