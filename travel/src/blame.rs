//! Who last wrote what.

use retold_core::Position;

use crate::{Key, List, Path, State};

/// A place, and the event that last wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blamed {
    /// The place.
    pub path: Path,
    /// The event that an element came with; for a key, the last one that wrote it.
    pub position: Position,
    /// For an element, the last event that wrote anything of it.
    pub last: Position,
}

impl State {
    /// Returns the event that last wrote a place; `None` where there is no such place.
    pub fn writer(&self, path: &Path) -> Option<Position> {
        let written = |list: &List, at: u32| match list {
            List::Instances => self.agents.get(at as usize).map(|agent| &agent.provenance),
            List::Messages => self.messages.get(at as usize).map(|said| &said.provenance),
        };
        match path {
            Path::Own(key) => self.value(path).map(|_| self.provenance.by(key)),
            Path::Field(list, at, key) => {
                let written = written(list, *at)?;
                self.value(path).map(|_| written.by(key))
            }
            Path::Row(list, at) => written(list, *at).map(|written| written.added),
            Path::Whole | Path::Rows(_) | Path::Each(..) => None,
        }
    }

    /// Returns, for every place within `path`, who last wrote it: the session's own keys one by one, the elements of a
    /// list one each, an element's keys where it is named. Nothing is loaded.
    pub fn blame(&self, path: &Path) -> impl Iterator<Item = Blamed> + '_ {
        self.places(path).into_iter().filter_map(|path| {
            let position = self.writer(&path)?;
            let last = match &path {
                Path::Row(List::Instances, at) => self.agents.get(*at as usize)?.provenance.last(),
                Path::Row(List::Messages, at) => self.messages.get(*at as usize)?.provenance.last(),
                _ => position,
            };
            Some(Blamed { path, position, last })
        })
    }

    /// Whether a key was never anything else than null, since the session or the element began.
    pub fn was_never_set(&self, path: &Path) -> bool {
        let began = match path {
            Path::Own(Key::Record(_)) => return self.writer(path) == Some(self.provenance.added),
            Path::Own(_) => Some(self.provenance.added),
            Path::Field(list, at, _) => self.writer(&Path::Row(*list, *at)),
            _ => None,
        };
        self.writer(path) == began && self.value(path) == Some(crate::Value::Null)
    }
}
