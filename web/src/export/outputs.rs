//! Outputs and the events that they are the pieces of. A secret may be in two of them: they are joined before it is looked for.

use std::collections::{BTreeMap, HashMap};

use retold_core::{Event, Recorded};
use retold_secrets::{Secret, Secrets, mask};
use serde_json::{Value, json};

use super::mask::Masking;
use super::without::MARK;

struct Piece {
    place: Place,
    revision: u64,
    text: String,
    /// Whether the output begins again with it.
    is_whole: bool,
}

/// Where in the events a piece is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// It is the text of the event at a position.
    Text(u64),
    /// It is what an instance that the event at a position brought had written before: of the session's instances, the one with
    /// that number.
    First(u64, usize),
}

/// The outputs of a session's instances.
#[derive(Default)]
pub(super) struct Outputs {
    /// The outputs of all instances there ever were.
    all: Vec<Vec<Piece>>,
    /// Which of them are those of the document, in its order.
    instances: Vec<usize>,
    /// Which of them are those of an index that no instance had.
    strays: BTreeMap<u32, usize>,
    /// What is where, once secrets were taken out of it.
    pieces: HashMap<Place, String>,
}

impl Outputs {
    /// Takes in an event with its body, its texts loaded.
    pub(super) fn take(&mut self, event: &Recorded, body: Option<&Value>) {
        let (position, revision) = (event.position.get(), event.revision.get());
        match &event.event {
            Some(Event::SessionCreated(_)) => {
                let instances = body.and_then(|body| body["session"]["instances"].as_array());
                self.instances.clear();
                for (nth, instance) in instances.into_iter().flatten().enumerate() {
                    let begun = self.begin(Place::First(position, nth), revision, instance);
                    self.instances.push(begun);
                }
            }
            Some(Event::InstanceAdded(added)) => {
                let at = added.index.map_or(self.instances.len(), |at| at as usize).min(self.instances.len());
                let instance = body.map_or(&Value::Null, |body| &body["instance"]);
                let begun = self.begin(Place::First(position, 0), revision, instance);
                self.instances.insert(at, begun);
            }
            Some(Event::InstanceRemoved(removed)) if (removed.index as usize) < self.instances.len() => {
                self.instances.remove(removed.index as usize);
            }
            Some(Event::OutputAppended(said)) => self.push(said.index, body, (position, revision, false)),
            Some(Event::OutputReplaced(said)) => self.push(said.index, body, (position, revision, true)),
            _ => {}
        }
    }

    /// Begins the output of an instance; returns its number among all.
    fn begin(&mut self, place: Place, revision: u64, instance: &Value) -> usize {
        let text = instance["output"].as_str().unwrap_or_default().to_owned();
        self.all.push(vec![Piece { place, revision, text, is_whole: true }]);
        self.all.len() - 1
    }

    fn push(&mut self, index: u32, body: Option<&Value>, (position, revision, is_whole): (u64, u64, bool)) {
        let text = body.and_then(|body| body["text"].as_str()).unwrap_or_default().to_owned();
        let place = Place::Text(position);
        self.pieces.insert(place, text.clone());
        let of = self.instances.get(index as usize).or_else(|| self.strays.get(&index)).copied();
        let of = of.unwrap_or_else(|| {
            self.all.push(Vec::new());
            self.strays.insert(index, self.all.len() - 1);
            self.all.len() - 1
        });
        self.all[of].push(Piece { place, revision, text, is_whole });
    }

    /// Leaves out what was written: a mark stands in the place of each output, or where it began again.
    pub(super) fn leave_out(&mut self) {
        for output in &mut self.all {
            let mut is_told = false;
            for piece in output {
                is_told &= !piece.is_whole;
                let tells = !is_told && !piece.text.is_empty();
                is_told |= tells;
                piece.text = if tells { MARK.to_owned() } else { String::new() };
                self.pieces.insert(piece.place, piece.text.clone());
            }
        }
    }

    /// Takes the secrets out. What is masked is in the piece that the secret begins in.
    pub(super) fn mask(&mut self, masking: &mut Masking) {
        if !masking.is_on() {
            return;
        }
        for output in &mut self.all {
            let mut begin = 0;
            while begin < output.len() {
                let next = output[begin + 1..].iter().position(|piece| piece.is_whole);
                let end = next.map_or(output.len(), |at| begin + 1 + at);
                masking.count(mask_run(&mut output[begin..end]));
                begin = end;
            }
            for piece in output {
                self.pieces.insert(piece.place, piece.text.clone());
            }
        }
    }

    /// Returns the text of an event of an output.
    fn piece(&self, position: u64) -> Option<&str> {
        self.pieces.get(&Place::Text(position)).map(String::as_str)
    }

    /// Puts the texts into the body of the event at a position.
    pub(super) fn put_into_body(&self, position: u64, body: &mut Value) {
        let put = |place: Place, into: Option<&mut Value>| {
            if let (Some(text), Some(into)) = (self.pieces.get(&place), into.filter(|into| into.is_string()))
            {
                *into = text.as_str().into();
            }
        };
        put(Place::Text(position), body.get_mut("text"));
        put(Place::First(position, 0), body.pointer_mut("/instance/output"));
        let instances = body.pointer_mut("/session/instances").and_then(Value::as_array_mut);
        for (nth, instance) in instances.into_iter().flatten().enumerate() {
            put(Place::First(position, nth), instance.get_mut("output"));
        }
    }

    /// Puts the texts into the entries of a turn that are outputs.
    pub(super) fn put_into(&self, turn: &mut Value) {
        for entry in turn["entries"].as_array_mut().into_iter().flatten() {
            if entry["entry"] != "output" {
                continue;
            }
            let pieces = entry["pieces"].as_array().into_iter().flatten();
            let text: String = pieces.filter_map(|piece| self.piece(piece.as_u64()?)).collect();
            entry["text"]["bytes"] = text.len().into();
            entry["text"]["head"] = text.into();
            if let Some(keys) = entry["text"].as_object_mut() {
                keys.remove("tail");
            }
        }
    }

    pub(super) fn document(&self) -> Value {
        let pieces = |output: &Vec<Piece>| {
            output.iter().map(|piece| json!([piece.revision, piece.text, piece.is_whole])).collect::<Value>()
        };
        self.instances.iter().filter_map(|of| self.all.get(*of)).map(pieces).collect()
    }
}

fn mask_run(pieces: &mut [Piece]) -> usize {
    let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let secrets = Secrets::published().ranges(&whole);
    let mut begin = 0;
    for piece in pieces {
        let end = begin + piece.text.len();
        let mut text = String::new();
        let mut at = begin;
        for Secret { rule, range } in
            secrets.iter().filter(|secret| secret.range.start < end && secret.range.end > begin)
        {
            text.push_str(whole.get(at..range.start.max(at)).unwrap_or_default());
            if range.start >= begin {
                text.push_str(&mask(rule));
            }
            at = range.end.min(end).max(at);
        }
        text.push_str(whole.get(at..end).unwrap_or_default());
        piece.text = text;
        begin = end;
    }
    secrets.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(parts: &[&str]) -> (usize, String) {
        let piece = |part: &&str| Piece {
            place: Place::Text(1),
            revision: 1,
            text: (*part).to_owned(),
            is_whole: false,
        };
        let mut pieces: Vec<Piece> = parts.iter().map(piece).collect();
        let count = mask_run(&mut pieces);
        (count, pieces.iter().map(|piece| piece.text.as_str()).collect())
    }

    #[test]
    fn a_secret_is_masked_however_it_is_cut() {
        let key = format!("-----BEGIN {0} KEY-----\nMIIEpAIBAAKCAQEA7v9bS2Q4", "PRIVATE");
        for (text, expected) in [
            ("key ghp_0123456789abcdefghijABCDEFGHIJ012345 冬の朝", "key [masked: github-token] 冬の朝"),
            (&*format!("冬 {key}"), "冬 [masked: private-key]"),
        ] {
            let cuts: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            for (nth, one) in cuts.iter().enumerate() {
                for other in &cuts[nth..] {
                    let parts = [&text[..*one], &text[*one..*other], &text[*other..]];
                    assert_eq!(masked(&parts), (1, expected.to_owned()), "{parts:?}");
                }
            }
        }
    }
}
