//! The original spelling, put back into the JSON of a session.

use serde_json::{Map, Value};

use super::read::{string, value_length};
use super::{Level, Original, REPLACEMENT, of_json};
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
    let mut walk = Walk { rest: json, out: Vec::with_capacity(json.len()) };
    walk.object(session, Level::Session, 0)?;
    walk.out.extend_from_slice(walk.rest);
    Some(walk.out)
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
    rest: &'j [u8],
    out: Vec<u8>,
}

impl Walk<'_> {
    fn object(&mut self, session: &Session, level: Level, index: usize) -> Option<()> {
        let spelling = extra_of(session, level, index).and_then(Extra::spelling);
        let spelling: Map<String, Value> =
            spelling.and_then(|json| serde_json::from_str(json.as_str()).ok()).unwrap_or_default();
        let mut unknown = 0;
        self.copy(1)?;
        loop {
            self.white();
            if self.rest.first()? == &b'}' {
                return self.copy(1);
            }
            let raw = string(self.rest)?;
            let key: String = serde_json::from_slice(&self.rest[..raw.len() + 2]).ok()?;
            let is_known = level.knows(&key);
            match spelling.get(&format!("extra/{unknown}/name")).filter(|_| !is_known) {
                Some(spelling) => self.string(spelling)?,
                None => self.copy(raw.len() + 2)?,
            }
            self.white();
            self.copy(1)?;
            self.white();
            match (level.below(&key), is_known) {
                (Some(below), _) => self.list(|walk, index| walk.object(session, below, index))?,
                (None, true) => self.known(&key, &spelling)?,
                (None, false) => self.unknown(spelling.get(&format!("extra/{unknown}")))?,
            }
            unknown += usize::from(!is_known);
            self.white();
            if self.rest.first()? == &b',' {
                self.copy(1)?;
            }
        }
    }

    fn list(&mut self, mut element: impl FnMut(&mut Self, usize) -> Option<()>) -> Option<()> {
        self.copy(1)?;
        let mut index = 0;
        loop {
            self.white();
            match self.rest.first()? {
                b']' => return self.copy(1),
                b',' => self.copy(1)?,
                _ => {
                    element(self, index)?;
                    index += 1;
                }
            }
        }
    }

    fn known(&mut self, key: &str, spelling: &Map<String, Value>) -> Option<()> {
        match (self.rest.first()?, spelling.get(key)) {
            (b'"', Some(spelling)) => self.string(spelling),
            (b'[', _) => self.list(|walk, index| match spelling.get(&format!("{key}/{index}")) {
                Some(spelling) => walk.string(spelling),
                None => walk.value(),
            }),
            _ => self.value(),
        }
    }

    /// The value of an unknown key stands as it is kept: places are counted in it.
    fn unknown(&mut self, spelling: Option<&Value>) -> Option<()> {
        let length = value_length(self.rest)?;
        let (raw, rest) = self.rest.split_at(length);
        let originals = spelling.map(|spelling| of_json(raw, spelling)).unwrap_or_default();
        self.spell(raw, &originals, |plain, out| out.extend_from_slice(plain));
        self.rest = rest;
        Some(())
    }

    fn string(&mut self, spelling: &Value) -> Option<()> {
        let length = string(self.rest)?.len() + 2;
        let (raw, rest) = self.rest.split_at(length);
        let text: String = serde_json::from_slice(raw).ok()?;
        let originals = of_json(text.as_bytes(), spelling);
        if originals.is_empty() {
            return self.copy(length);
        }
        self.out.push(b'"');
        self.spell(text.as_bytes(), &originals, |plain, out| {
            let written = String::from_utf8_lossy(plain);
            let quoted = Value::from(&*written).to_string();
            out.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
        });
        self.out.push(b'"');
        self.rest = rest;
        Some(())
    }

    fn spell(&mut self, text: &[u8], originals: &[Original], plain: impl Fn(&[u8], &mut Vec<u8>)) {
        let mut from = 0;
        for Original { at, bytes } in originals {
            plain(&text[from..*at], &mut self.out);
            self.out.extend_from_slice(bytes);
            from = at + REPLACEMENT.len();
        }
        plain(&text[from..], &mut self.out);
    }

    fn value(&mut self) -> Option<()> {
        let length = value_length(self.rest)?;
        self.copy(length)
    }

    fn white(&mut self) {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.out.extend_from_slice(&self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    fn copy(&mut self, length: usize) -> Option<()> {
        let (copied, rest) = self.rest.split_at_checked(length)?;
        self.out.extend_from_slice(copied);
        self.rest = rest;
        Some(())
    }
}
