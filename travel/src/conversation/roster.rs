//! The agents of a session, as its events name them.

use retold_core::Instance;
use serde::Serialize;

/// More of a name than anybody shows.
const NAME_MAX: usize = 200;

/// An agent of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Speaker {
    /// Its number.
    pub number: u32,
    /// Which one of that number it is, from 1.
    pub nth: usize,
    /// What it is called; empty where the session has no such agent.
    pub name: String,
}

/// The agents, in the order of the document.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster(Vec<(u32, String)>);

impl Roster {
    pub(super) fn of(instances: &[Instance]) -> Self {
        Self(instances.iter().map(|instance| (instance.instance_id, name(instance))).collect())
    }

    pub(super) fn add(&mut self, index: Option<u32>, instance: &Instance) -> usize {
        let at = index.map_or(self.0.len(), |index| (index as usize).min(self.0.len()));
        self.0.insert(at, (instance.instance_id, name(instance)));
        at
    }

    pub(super) fn remove(&mut self, index: u32) {
        if (index as usize) < self.0.len() {
            self.0.remove(index as usize);
        }
    }

    pub(super) fn renumber(&mut self, index: u32, number: Option<u32>, name: Option<&String>) {
        let Some(known) = self.0.get_mut(index as usize) else { return };
        known.0 = number.unwrap_or(known.0);
        if let Some(name) = name {
            known.1.clone_from(name);
        }
    }

    /// Returns the agent at a place of the list.
    pub(super) fn at(&self, index: usize) -> Option<Speaker> {
        let (number, name) = self.0.get(index)?;
        let nth = self.0[..=index].iter().filter(|(other, _)| other == number).count();
        Some(Speaker { number: *number, nth, name: name.clone() })
    }

    /// Returns the first agent of a number, which the session may lack.
    pub(super) fn of_number(&self, number: u32) -> Speaker {
        let index = self.0.iter().position(|(other, _)| *other == number);
        index.and_then(|index| self.at(index)).unwrap_or(Speaker { number, nth: 1, name: String::new() })
    }
}

fn name(instance: &Instance) -> String {
    let name = &instance.agent_name;
    name[..name.floor_char_boundary(NAME_MAX)].to_owned()
}
