//! JSON with strings that no text can hold, made readable.

use serde::de::Error as _;
use serde_json::Value;

use super::copier::Copier;
use super::mend::mend;
use super::{Entries, FOREIGN, KEY, Level, Original, to_json, written};
use crate::Session;

/// Reads a session from its JSON, whatever its strings hold.
///
/// As fast as the JSON reader where nothing has to be mended; one more pass otherwise.
///
/// # Errors
/// What else is wrong with the JSON; and where it has more than `ELEMENTS_MAX` elements.
pub fn read_session(json: &[u8]) -> Result<Session, serde_json::Error> {
    if has_too_many(json, Level::Session) {
        return Err(serde_json::Error::custom(TOO_MANY));
    }
    let read = serde_json::from_slice(json);
    let has_key = || memchr::memmem::find(json, KEY.as_bytes()).is_some();
    if read.is_ok() && !has_key() {
        return read;
    }
    match Walk::mend(json, Level::Session) {
        Some(mended) => serde_json::from_slice(&mended),
        None => read,
    }
}

/// Makes the parameters of a call readable, which may hold a `session` or a `message`; `None` where nothing has to be
/// mended, or nothing can be.
///
/// A `chunk` stays as it is: it is read as a [`RawText`](crate::RawText).
pub fn mend_parameters(json: &str) -> Option<String> {
    let may_be_half = memchr::memmem::find(json.as_bytes(), b"\\u").is_some();
    if !may_be_half && memchr::memmem::find(json.as_bytes(), KEY.as_bytes()).is_none() {
        return None;
    }
    String::from_utf8(Walk::mend(json.as_bytes(), Level::Parameters)?).ok()
}

/// Instances, messages, unknown keys, and elements of the runtime mix that a document may have: in memory each of them takes many times
/// what it takes in a file.
pub(super) const ELEMENTS_MAX: usize = 1_000_000;
const TOO_MANY: &str = "more than 1000000 messages, instances, unknown keys or runtimes in one session";

/// Refuses the parameters of a call with a document that has more than a million elements. Costs a count of commas.
///
/// # Errors
/// Says so.
pub fn check_parameters(json: &str) -> Result<(), &'static str> {
    if has_too_many(json.as_bytes(), Level::Parameters) { Err(TOO_MANY) } else { Ok(()) }
}

fn has_too_many(json: &[u8], level: Level) -> bool {
    // Each is after a comma, but for the first of an object or a list.
    if json.len() < ELEMENTS_MAX || memchr::memchr_iter(b',', json).count() < ELEMENTS_MAX {
        return false;
    }
    let mut walk = Walk { json: Copier::of(json), is_mended: false, elements: 0 };
    let _whole = walk.value(level);
    walk.elements > ELEMENTS_MAX
}

/// The parameter that is a [`RawText`](crate::RawText).
const CHUNK: &str = "chunk";

/// A pass over a document.
struct Walk<'j> {
    json: Copier<'j>,
    /// Whether anything had to be changed.
    is_mended: bool,
    elements: usize,
}

impl<'j> Walk<'j> {
    /// Returns the mended document; `None` where nothing was to be mended, or where it is no JSON.
    fn mend(json: &'j [u8], level: Level) -> Option<Vec<u8>> {
        let mut walk = Self { json: Copier::of(json), is_mended: false, elements: 0 };
        walk.value(level)?;
        walk.is_mended.then(|| walk.json.finish())
    }

    /// An object of this level, or a list of them. Whatever else is there is for the reader to find: nothing here goes
    /// deeper than documents do.
    fn value(&mut self, level: Level) -> Option<()> {
        self.json.white();
        match self.json.rest.first()? {
            b'{' => self.object(level),
            b'[' => self.list(|walk, _| match walk.json.rest.first()? {
                b'{' if level == Level::Parameters => {
                    let length = value_length(walk.json.rest)?;
                    let is_session =
                        memchr::memmem::find(&walk.json.rest[..length], b"\"chatHistory\"").is_some();
                    walk.object(if is_session { Level::Session } else { Level::Message })
                }
                b'{' => walk.object(level),
                b'"' => walk.string().map(drop),
                _ => walk.json.value(),
            }),
            _ => self.json.value(),
        }
    }

    fn object(&mut self, level: Level) -> Option<()> {
        let mut spelling = Entries::new();
        let mut unknown = 0;
        self.json.copy(1)?;
        self.json.white();
        if self.json.rest.first()? == &b'}' {
            return self.json.copy(1);
        }
        loop {
            self.json.white();
            let (key, names) = self.key(level)?;
            let is_known = level.knows(&key);
            if let Some(names) = names {
                note(&mut spelling, format!("extra/{unknown}/name"), &names);
            }
            self.json.white();
            self.take(b':')?;
            self.json.white();
            match (level.below(&key), is_known) {
                (Some(below), _) => self.value(below)?,
                // The call reads it by itself, as a text of which the original is kept.
                (None, true) if level == Level::Parameters && key == CHUNK => self.json.value()?,
                (None, true) => self.known(&key, &mut spelling)?,
                (None, false) => {
                    let originals = self.unknown()?;
                    note(&mut spelling, format!("extra/{unknown}"), &originals);
                }
            }
            unknown += usize::from(!is_known);
            self.elements += usize::from(!is_known);
            self.json.white();
            match self.json.rest.first()? {
                b',' => self.json.copy(1)?,
                b'}' => break,
                _ => return None,
            }
        }
        if level != Level::Parameters && !spelling.is_empty() {
            let text = format!(",{}:{}", Value::from(KEY), written(&spelling));
            self.json.out.extend_from_slice(text.as_bytes());
        }
        self.json.copy(1)
    }

    fn list(&mut self, mut element: impl FnMut(&mut Self, usize) -> Option<()>) -> Option<()> {
        self.json.copy(1)?;
        self.json.white();
        if self.json.rest.first()? == &b']' {
            return self.json.copy(1);
        }
        for index in 0.. {
            self.json.white();
            element(self, index)?;
            self.elements += 1;
            if self.elements > 2 * ELEMENTS_MAX {
                return None;
            }
            self.json.white();
            match self.json.rest.first()? {
                b',' => self.json.copy(1)?,
                b']' => break,
                _ => return None,
            }
        }
        self.json.copy(1)
    }

    /// A key, and how it was spelled where that is not what it says now.
    fn key(&mut self, level: Level) -> Option<(String, Option<Vec<Original>>)> {
        let raw = string(self.json.rest)?;
        let mended = mend(raw);
        let written = mended.as_ref().map_or(raw, |mended| &mended.written);
        let quoted = [b"\"", written, b"\""].concat();
        let mut key: String = serde_json::from_slice(&quoted).ok()?;
        self.json.rest = &self.json.rest[raw.len() + 2..];
        if level != Level::Parameters && key.starts_with(KEY) {
            key.push(FOREIGN);
            self.is_mended = true;
            self.json.out.extend_from_slice(Value::from(key.as_str()).to_string().as_bytes());
        } else {
            self.json.out.extend_from_slice(&quoted);
        }
        self.is_mended |= mended.is_some();
        Some((key, mended.map(|mended| mended.originals)))
    }

    /// The value of a known key: a text, a list of texts, or what needs no mending.
    fn known(&mut self, key: &str, spelling: &mut Entries) -> Option<()> {
        match self.json.rest.first()? {
            b'"' => {
                if let Some(originals) = self.string()? {
                    note(spelling, key.to_owned(), &originals);
                }
                Some(())
            }
            b'[' => self.list(|walk, index| match walk.json.rest.first()? {
                b'"' => {
                    if let Some(originals) = walk.string()? {
                        note(spelling, format!("{key}/{index}"), &originals);
                    }
                    Some(())
                }
                _ => walk.json.value(),
            }),
            _ => self.json.value(),
        }
    }

    /// Copies a string, mended; returns how it was spelled where that was necessary.
    #[allow(clippy::option_option, reason = "no string is not the same as one that needs no mending")]
    fn string(&mut self) -> Option<Option<Vec<Original>>> {
        let raw = string(self.json.rest)?;
        let Some(mended) = mend(raw) else {
            self.json.copy(raw.len() + 2)?;
            return Some(None);
        };
        self.json.out.push(b'"');
        self.json.out.extend_from_slice(&mended.written);
        self.json.out.push(b'"');
        self.json.rest = &self.json.rest[raw.len() + 2..];
        self.is_mended = true;
        Some(Some(mended.originals))
    }

    /// Copies the value of an unknown key, which is kept as it is written: only what is no text at all is replaced.
    /// Places are counted in its text without white space.
    fn unknown(&mut self) -> Option<Vec<Original>> {
        let length = value_length(self.json.rest)?;
        let raw = &self.json.rest[..length];
        self.json.rest = &self.json.rest[length..];
        if std::str::from_utf8(raw).is_ok() {
            self.json.out.extend_from_slice(raw);
            return Some(Vec::new());
        }
        let (mut text, mut originals) = (Vec::new(), Vec::new());
        let raw = without_white_space(raw);
        for chunk in raw.utf8_chunks() {
            text.extend_from_slice(chunk.valid().as_bytes());
            if !chunk.invalid().is_empty() {
                originals.push(Original { at: text.len(), bytes: chunk.invalid().to_vec() });
                text.extend_from_slice(super::REPLACEMENT.as_bytes());
            }
        }
        self.json.out.extend_from_slice(&text);
        self.is_mended = true;
        Some(originals)
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        if self.json.rest.first()? == &byte { self.json.copy(1) } else { None }
    }
}

fn note(spelling: &mut Entries, key: String, originals: &[Original]) {
    if !originals.is_empty() {
        spelling.insert(key, to_json(originals));
    }
}

/// What is between the quotes of the string at the head of `json`.
pub(super) fn string(json: &[u8]) -> Option<&[u8]> {
    let inner = json.strip_prefix(b"\"")?;
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', inner.get(at..)?)?;
        if inner[at] == b'"' {
            return Some(&inner[..at]);
        }
        at += 2;
    }
}

/// The length of the value at the head of `json`, of any depth.
pub(super) fn value_length(json: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        match json.get(at)? {
            b'"' => {
                at += string(&json[at..])?.len() + 2;
            }
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b'}' | b']' | b',' if depth == 0 => return (at > 0).then_some(at),
            _ if depth == 0 => {
                let end = json[at..].iter().position(|byte| {
                    byte.is_ascii_whitespace()
                        || matches!(byte, b',' | b'}' | b']' | b'{' | b'[' | b'"' | b':')
                });
                let length = end.unwrap_or(json.len() - at);
                return (length > 0).then_some(at + length);
            }
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

pub(super) fn without_white_space(json: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_string = byte == b'"';
        }
        kept.push(byte);
    }
    kept
}
