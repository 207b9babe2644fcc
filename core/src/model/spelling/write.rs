//! The original spelling, put back into the JSON of a session.

use serde_json::Value;

use super::copier::Copier;
use super::mend::joined;
use super::read::{string, value_length};
use super::{Entries, Level, Original, REPLACEMENT, of_json};
use crate::{Extra, Session};

/// Returns whether a text of the session was not text where it comes from. O(instances and messages).
pub fn is_spelled(session: &Session) -> bool {
    let instances = session.instances.iter().map(|instance| &instance.extra);
    let messages = session.chat_history.iter().map(|message| &message.extra);
    std::iter::once(&session.extra).chain(instances).chain(messages).any(|extra| extra.spelling().is_some())
}

/// Returns `json`, which a JSON writer made of `session`, with every text spelled as it was in the document that the
/// session comes from.
pub fn restore(session: &Session, json: &[u8]) -> Option<Vec<u8>> {
    let mut walk = Walk { json: Copier::of(json) };
    walk.object(session, Level::Session, 0)?;
    Some(walk.json.finish())
}

fn extra_of(session: &Session, level: Level, index: usize) -> Option<&Extra> {
    match level {
        Level::Session => Some(&session.extra),
        Level::Instance => session.instances.get(index).map(|instance| &instance.extra),
        Level::Message => session.chat_history.get(index).map(|message| &message.extra),
        Level::Parameters => None,
    }
}

/// A pass over JSON that is known to be sound.
struct Walk<'j> {
    json: Copier<'j>,
}

impl Walk<'_> {
    fn object(&mut self, session: &Session, level: Level, index: usize) -> Option<()> {
        let spelling = extra_of(session, level, index).map(Extra::spellings).unwrap_or_default();
        let mut unknown = 0;
        self.json.copy(1)?;
        loop {
            self.json.white();
            if self.json.rest.first()? == &b'}' {
                return self.json.copy(1);
            }
            let raw = string(self.json.rest)?;
            let key: String = serde_json::from_slice(&self.json.rest[..raw.len() + 2]).ok()?;
            let is_known = level.knows(&key);
            match spelling.get(&format!("extra/{unknown}/name")).filter(|_| !is_known) {
                Some(spelling) => self.string(spelling)?,
                None => self.json.copy(raw.len() + 2)?,
            }
            self.json.white();
            self.json.copy(1)?;
            self.json.white();
            match (level.below(&key), is_known) {
                (Some(below), _) => self.list(|walk, index| walk.object(session, below, index))?,
                (None, true) => self.known(&key, &spelling)?,
                (None, false) => self.unknown(spelling.get(&format!("extra/{unknown}")))?,
            }
            unknown += usize::from(!is_known);
            self.json.white();
            if self.json.rest.first()? == &b',' {
                self.json.copy(1)?;
            }
        }
    }

    fn list(&mut self, mut element: impl FnMut(&mut Self, usize) -> Option<()>) -> Option<()> {
        self.json.copy(1)?;
        let mut index = 0;
        loop {
            self.json.white();
            match self.json.rest.first()? {
                b']' => return self.json.copy(1),
                b',' => self.json.copy(1)?,
                _ => {
                    element(self, index)?;
                    index += 1;
                }
            }
        }
    }

    fn known(&mut self, key: &str, spelling: &Entries) -> Option<()> {
        match (self.json.rest.first()?, spelling.get(key)) {
            (b'"', Some(spelling)) => self.string(spelling),
            (b'[', _) => self.list(|walk, index| match spelling.get(&format!("{key}/{index}")) {
                Some(spelling) => walk.string(spelling),
                None => walk.json.value(),
            }),
            _ => self.json.value(),
        }
    }

    /// The value of an unknown key is as it is kept: places are counted in it.
    fn unknown(&mut self, spelling: Option<&Value>) -> Option<()> {
        let length = value_length(self.json.rest)?;
        let (raw, rest) = self.json.rest.split_at(length);
        let originals = spelling.map(|spelling| of_json(raw, spelling)).unwrap_or_default();
        self.spell(raw, &originals, |plain, out| out.extend_from_slice(plain));
        self.json.rest = rest;
        Some(())
    }

    fn string(&mut self, spelling: &Value) -> Option<()> {
        let length = string(self.json.rest)?.len() + 2;
        let (raw, rest) = self.json.rest.split_at(length);
        let text: String = serde_json::from_slice(raw).ok()?;
        let originals = of_json(text.as_bytes(), spelling);
        if originals.is_empty() {
            return self.json.copy(length);
        }
        self.json.out.push(b'"');
        self.spell(text.as_bytes(), &originals, |plain, out| {
            let written = String::from_utf8_lossy(plain);
            let quoted = Value::from(&*written).to_string();
            out.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
        });
        self.json.out.push(b'"');
        self.json.rest = rest;
        Some(())
    }

    fn spell(&mut self, text: &[u8], originals: &[Original], plain: impl Fn(&[u8], &mut Vec<u8>)) {
        let (mut from, mut originals) = (0, originals.iter().peekable());
        while let Some(Original { at, bytes }) = originals.next() {
            plain(&text[from..*at], &mut self.json.out);
            from = at + REPLACEMENT.len();
            // Two pieces of output that were cut apart within a character are that character.
            let next = originals.peek().filter(|next| next.at == from);
            match next.and_then(|next| joined(bytes, &next.bytes)) {
                Some(whole) => {
                    self.json.out.extend_from_slice(whole.encode_utf8(&mut [0; 4]).as_bytes());
                    from += REPLACEMENT.len();
                    originals.next();
                }
                None => self.json.out.extend_from_slice(bytes),
            }
        }
        plain(&text[from..], &mut self.json.out);
    }
}
