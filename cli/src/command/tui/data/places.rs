//! The places of a state as rows: found by their number, without a list of all.

use retold_travel::{List, Path, State, Value};

use super::Data;
use crate::changes;
use crate::command::tui::model::Line;
use crate::failure::Failure;
use crate::roster::Roll;
use crate::travel_args;

/// From this width on a writer is told in full.
const WIDE: u16 = 70;

/// The rows below a place.
pub(super) struct Places {
    /// Fields; one that was never anything but null is left out.
    fields: Vec<Path>,
    /// Elements of the two lists after them.
    agents: u32,
    messages: u32,
}

impl Places {
    pub(super) fn of(state: &State, place: &Path) -> Self {
        let lists = *place == Path::Whole;
        // Of a long session the elements are counted, not listed.
        let fields = match place {
            Path::Whole => state.own_places(),
            place => state.places(place),
        };
        let rows = |list| if lists { state.rows(list) } else { 0 };
        Self {
            fields: fields.into_iter().filter(|path| !state.was_never_set(path)).collect(),
            agents: rows(List::Instances),
            messages: rows(List::Messages),
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.fields.len() as u64 + u64::from(self.agents) + u64::from(self.messages)
    }

    pub(super) fn get(&self, at: u64) -> Option<Path> {
        let fields = self.fields.len() as u64;
        if at < fields {
            return self.fields.get(usize::try_from(at).ok()?).cloned();
        }
        let row = u32::try_from(at - fields).ok()?;
        Some(match row.checked_sub(self.agents) {
            None => Path::Row(List::Instances, row),
            Some(message) => Path::Row(List::Messages, message),
        })
    }

    pub(super) fn find(&self, path: &Path) -> Option<u64> {
        let fields = self.fields.len() as u64;
        match path {
            Path::Row(List::Instances, at) => (*at < self.agents).then(|| fields + u64::from(*at)),
            Path::Row(List::Messages, at) => {
                (*at < self.messages).then(|| fields + u64::from(self.agents) + u64::from(*at))
            }
            path => self.fields.iter().position(|field| field == path).map(|at| at as u64),
        }
    }
}

/// Returns a place with what is there, in a row. Of an element its keys are enough.
pub(super) fn shown(state: &State, roll: &Roll, path: Path) -> Line {
    let value = state.value(&path);
    let short = value.as_ref().map(changes::short).unwrap_or_default();
    let text = match (&path, &value) {
        // Its number is its name.
        (Path::Row(List::Instances, _), Some(Value::Instance(instance))) => {
            format!("{}, {}", roll.path(&path), changes::doing(instance))
        }
        (Path::Field(_, _, key), _) => format!("{key}: {short}"),
        (path, _) => format!("{path}: {short}"),
    };
    Line { text, path: Some(path), ..Line::default() }
}

impl Data<'_> {
    /// Returns a place with who wrote it last, in a row.
    pub(super) fn blamed(
        &mut self,
        state: &State,
        roll: &Roll,
        path: Path,
        columns: u16,
    ) -> Result<Line, Failure> {
        let shown = shown(state, roll, path.clone());
        let Some(writer) = state.writer(&path) else { return Ok(shown) };
        let author = self.authors.get(&self.reader, writer)?;
        let revision = author.revision.get();
        let instant = travel_args::instant(author.occurred_at, &self.env.zone);
        let text = match columns >= WIDE {
            true => format!("r{revision:<6} {instant}  {}  {}", travel_args::origin(author), shown.text),
            // Room for what it is goes before seconds and year, which `c` gives.
            false => format!("r{revision:<4} {}  {}", instant.get(5..16).unwrap_or(&instant), shown.text),
        };
        Ok(Line { text, to: Some(revision), ..shown })
    }
}
