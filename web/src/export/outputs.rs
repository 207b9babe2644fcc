//! Outputs and the events that they are the pieces of. A secret may be in two of them: they are joined before it is looked for.

use std::collections::HashMap;

use retold_core::{Event, Recorded};
use retold_secrets::Secrets;
use serde_json::{Value, json};

use super::mask::Masking;

struct Piece {
    position: u64,
    revision: u64,
    text: String,
    /// Whether the output begins anew with it.
    is_whole: bool,
}

/// The outputs of a session's instances, in the order of the document.
#[derive(Default)]
pub(super) struct Outputs {
    instances: Vec<Vec<Piece>>,
    /// Where the text of an event is, once secrets were taken out of it.
    pieces: HashMap<u64, String>,
}

impl Outputs {
    /// Takes in an event with its body, its texts loaded.
    pub(super) fn take(&mut self, event: &Recorded, body: Option<&Value>) {
        let (position, revision) = (event.position.get(), event.revision.get());
        let first = |instance: &Value| {
            let text = instance["output"].as_str().unwrap_or_default().to_owned();
            // It is in the event beside other texts, and masked there by itself.
            vec![Piece { position: 0, revision, text, is_whole: true }]
        };
        match &event.event {
            Some(Event::SessionCreated(_)) => {
                let instances = body.and_then(|body| body["session"]["instances"].as_array());
                self.instances = instances.into_iter().flatten().map(first).collect();
            }
            Some(Event::InstanceAdded(added)) => {
                let at = added.index.map_or(self.instances.len(), |at| at as usize).min(self.instances.len());
                let begun = body.map_or_else(Vec::new, |body| first(&body["instance"]));
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

    fn push(&mut self, index: u32, body: Option<&Value>, (position, revision, is_whole): (u64, u64, bool)) {
        let text = body.and_then(|body| body["text"].as_str()).unwrap_or_default().to_owned();
        self.pieces.insert(position, text.clone());
        if let Some(instance) = self.instances.get_mut(index as usize) {
            instance.push(Piece { position, revision, text, is_whole });
        }
    }

    /// Takes the secrets out. What is masked stands in the piece that the secret begins in.
    pub(super) fn mask(&mut self, masking: &mut Masking) {
        if !masking.is_on() {
            return;
        }
        for instance in &mut self.instances {
            let mut begin = 0;
            while begin < instance.len() {
                let next = instance[begin + 1..].iter().position(|piece| piece.is_whole);
                let end = next.map_or(instance.len(), |at| begin + 1 + at);
                masking.count(mask_run(&mut instance[begin..end]));
                begin = end;
            }
            for piece in instance.iter().filter(|piece| piece.position > 0) {
                self.pieces.insert(piece.position, piece.text.clone());
            }
        }
    }

    /// Returns the text of an event of an output.
    pub(super) fn piece(&self, position: u64) -> Option<&str> {
        self.pieces.get(&position).map(String::as_str)
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
        let pieces = |instance: &Vec<Piece>| {
            instance
                .iter()
                .map(|piece| json!([piece.revision, piece.text, piece.is_whole]))
                .collect::<Value>()
        };
        self.instances.iter().map(pieces).collect()
    }
}

fn mask_run(pieces: &mut [Piece]) -> usize {
    let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let secrets: Vec<_> =
        Secrets::published().find(&whole).into_iter().map(|found| (found.range, found.rule)).collect();
    let mut begin = 0;
    for piece in pieces {
        let end = begin + piece.text.len();
        let mut text = String::new();
        let mut at = begin;
        for (range, rule) in secrets.iter().filter(|(range, _)| range.start < end && range.end > begin) {
            text.push_str(whole.get(at..range.start.max(at)).unwrap_or_default());
            if range.start >= begin {
                text.push_str(&format!("[masked: {rule}]"));
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

    #[test]
    fn a_secret_is_masked_however_it_is_cut() {
        let text = "key ghp_0123456789abcdefghijABCDEFGHIJ012345 冬の朝";
        let cuts: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        for (nth, one) in cuts.iter().enumerate() {
            for other in &cuts[nth..] {
                let parts = [&text[..*one], &text[*one..*other], &text[*other..]];
                let mut pieces: Vec<Piece> = parts
                    .iter()
                    .map(|part| Piece { position: 1, revision: 1, text: (*part).to_owned(), is_whole: false })
                    .collect();
                assert_eq!(mask_run(&mut pieces), 1);
                let joined: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
                assert_eq!(joined, "key [masked: github-token] 冬の朝", "{parts:?}");
            }
        }
    }
}
