//! The value that is at a place.

use retold_core::field::instance;
use retold_core::{Level, Record};

use super::{Agent, MessageRow, State, fields};
use crate::{Key, List, Path, Value};

impl State {
    /// Returns what is at `path`; `None` where there is no such place. A list and the whole are their elements:
    /// see [`places`](Self::places).
    pub fn value(&self, path: &Path) -> Option<Value> {
        match path {
            Path::Whole => Some(Value::Session(Box::new(self.to_session()))),
            Path::Own(key) => self.own_value(key),
            Path::Row(List::Instances, at) => {
                self.agents.get(*at as usize).map(|agent| Value::Instance(Box::new(agent.to_instance())))
            }
            Path::Row(List::Messages, at) => {
                self.messages.get(*at as usize).map(|said| Value::Message(Box::new(said.message.clone())))
            }
            Path::Field(List::Instances, at, key) => self.agents.get(*at as usize)?.value(key),
            Path::Field(List::Messages, at, key) => self.messages.get(*at as usize)?.value(key),
            Path::Rows(_) | Path::Each(..) => None,
        }
    }

    fn own_value(&self, key: &Key) -> Option<Value> {
        match key {
            Key::Record(record) => Some(self.records.value(*record).into()),
            key => fields::value(&self.session, key),
        }
    }

    /// Returns the places that hold one value each, in the order of the document: the session's own keys, or what
    /// lies within `path`.
    pub fn places(&self, path: &Path) -> Vec<Path> {
        match path {
            Path::Whole => {
                let lists = [List::Instances, List::Messages].into_iter().map(Path::Rows);
                self.own_places().into_iter().chain(lists.flat_map(|list| self.places(&list))).collect()
            }
            Path::Rows(list) => (0..self.rows(*list)).map(|at| Path::Row(*list, at)).collect(),
            Path::Row(list, at) => {
                let Some(extra) = fields::extra(Some(self), path) else { return Vec::new() };
                let known = list.level().values().map(Key::Known);
                known.chain(unknown(extra)).map(|key| Path::Field(*list, *at, key)).collect()
            }
            Path::Each(list, key) => {
                (0..self.rows(*list)).map(|at| Path::Field(*list, at, key.clone())).collect()
            }
            Path::Own(_) | Path::Field(..) => vec![path.clone()],
        }
    }

    /// Returns the session's own keys, those of [`places`](Self::places) that come before its lists.
    pub fn own_places(&self) -> Vec<Path> {
        let record = Record::ALL.iter().map(|record| Path::Own(Key::Record(*record)));
        let own = Level::Session.values().map(|field| Path::Own(Key::Known(field)));
        own.chain(unknown(&self.session.extra).map(Path::Own)).chain(record).collect()
    }

    /// Returns how many elements a list has.
    pub fn rows(&self, list: List) -> u32 {
        super::patches::index(match list {
            List::Instances => self.agents.len(),
            List::Messages => self.messages.len(),
        })
    }
}

/// The unknown keys of a level; all together where they repeat.
fn unknown(extra: &retold_core::Extra) -> impl Iterator<Item = Key> {
    let keys: Vec<&str> = extra.iter().map(|(key, _)| key).collect();
    let repeat = keys.iter().enumerate().any(|(at, key)| keys[..at].contains(key));
    let keys = match repeat {
        true => vec![Key::Unknowns],
        false => keys.into_iter().map(|key| Key::Unknown(key.to_owned())).collect(),
    };
    keys.into_iter()
}

impl Agent {
    /// Returns what is under a key.
    pub fn value(&self, key: &Key) -> Option<Value> {
        match key {
            Key::Known(instance::output) => Some(self.output.clone().map_or(Value::Null, Value::Output)),
            key => fields::value(&self.instance, key),
        }
    }
}

impl MessageRow {
    /// Returns what is under a key.
    pub fn value(&self, key: &Key) -> Option<Value> {
        fields::value(&self.message, key)
    }
}
