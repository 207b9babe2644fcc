//! JSON with strings that no text can hold, made readable.

use serde_json::{Map, Value};

use super::mend::mend;
use super::{FOREIGN, KEY, Level, Original, Spelled, to_json};
use crate::Session;

/// Reads a session from its JSON, whatever its strings hold.
///
/// As fast as the JSON reader where nothing has to be mended; one more pass otherwise.
///
/// # Errors
/// What else is wrong with the JSON.
pub fn read_session(json: &[u8]) -> Result<Session, serde_json::Error> {
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
pub fn mend_parameters(json: &str) -> Option<String> {
    let may_be_half = memchr::memmem::find(json.as_bytes(), b"\\u").is_some();
    if !may_be_half && memchr::memmem::find(json.as_bytes(), KEY.as_bytes()).is_none() {
        return None;
    }
    String::from_utf8(Walk::mend(json.as_bytes(), Level::Parameters)?).ok()
}

/// A pass over a document.
struct Walk<'j> {
    rest: &'j [u8],
    out: Vec<u8>,
    /// Whether anything had to be changed.
    is_mended: bool,
}

impl<'j> Walk<'j> {
    /// Returns the mended document; `None` where nothing was to be mended, or where it is no JSON.
    fn mend(json: &'j [u8], level: Level) -> Option<Vec<u8>> {
        let mut walk = Self { rest: json, out: Vec::with_capacity(json.len()), is_mended: false };
        walk.value(level)?;
        walk.out.extend_from_slice(walk.rest);
        walk.is_mended.then_some(walk.out)
    }

    /// An object of this level, or a list of them. Whatever else stands there is for the reader to find: nothing here goes
    /// deeper than documents do.
    fn value(&mut self, level: Level) -> Option<()> {
        self.white();
        match self.rest.first()? {
            b'{' => self.object(level),
            b'[' => self.list(|walk, _| match walk.rest.first()? {
                b'{' if level == Level::Parameters => {
                    let length = value_length(walk.rest)?;
                    let is_session = memchr::memmem::find(&walk.rest[..length], b"\"chatHistory\"").is_some();
                    walk.object(if is_session { Level::Session } else { Level::Message })
                }
                b'{' => walk.object(level),
                b'"' => walk.string().map(drop),
                _ => walk.scalar(),
            }),
            _ => self.scalar(),
        }
    }

    fn object(&mut self, level: Level) -> Option<()> {
        let mut spelling = Map::new();
        let mut unknown = 0;
        self.copy(1)?;
        self.white();
        if self.rest.first()? == &b'}' {
            return self.copy(1);
        }
        loop {
            self.white();
            let (key, names) = self.key(level)?;
            let is_known = level.knows(&key);
            if let Some(names) = names {
                note(&mut spelling, format!("extra/{unknown}/name"), &names.0, &names.1);
            }
            self.white();
            self.take(b':')?;
            self.white();
            match (level.below(&key), is_known) {
                (Some(below), _) => self.value(below)?,
                (None, true) => self.known(&key, &mut spelling)?,
                (None, false) => {
                    let (text, originals) = self.unknown()?;
                    note(&mut spelling, format!("extra/{unknown}"), &text, &originals);
                }
            }
            unknown += usize::from(!is_known);
            self.white();
            match self.rest.first()? {
                b',' => self.copy(1)?,
                b'}' => break,
                _ => return None,
            }
        }
        if level != Level::Parameters && !spelling.is_empty() {
            let text = format!(",{}:{}", Value::from(KEY), Value::from(spelling));
            self.out.extend_from_slice(text.as_bytes());
        }
        self.copy(1)
    }

    fn list(&mut self, mut element: impl FnMut(&mut Self, usize) -> Option<()>) -> Option<()> {
        self.copy(1)?;
        self.white();
        if self.rest.first()? == &b']' {
            return self.copy(1);
        }
        for index in 0.. {
            self.white();
            element(self, index)?;
            self.white();
            match self.rest.first()? {
                b',' => self.copy(1)?,
                b']' => break,
                _ => return None,
            }
        }
        self.copy(1)
    }

    /// A key, and how it was spelled where that is not what it says now.
    fn key(&mut self, level: Level) -> Option<(String, Option<Spelled>)> {
        let raw = string(self.rest)?;
        let mended = mend(raw);
        let written = mended.as_ref().map_or(raw, |mended| &mended.written);
        let quoted = [b"\"", written, b"\""].concat();
        let mut key: String = serde_json::from_slice(&quoted).ok()?;
        self.rest = &self.rest[raw.len() + 2..];
        if level != Level::Parameters && key.starts_with(KEY) {
            key.push(FOREIGN);
            self.is_mended = true;
            self.out.extend_from_slice(Value::from(key.as_str()).to_string().as_bytes());
        } else {
            self.out.extend_from_slice(&quoted);
        }
        self.is_mended |= mended.is_some();
        Some((key, mended.map(|mended| (mended.text, mended.originals))))
    }

    /// The value of a known key: a text, a list of texts, or what needs no mending.
    fn known(&mut self, key: &str, spelling: &mut Map<String, Value>) -> Option<()> {
        match self.rest.first()? {
            b'"' => {
                if let Some((text, originals)) = self.string()? {
                    note(spelling, key.to_owned(), &text, &originals);
                }
                Some(())
            }
            b'[' => self.list(|walk, index| match walk.rest.first()? {
                b'"' => {
                    if let Some((text, originals)) = walk.string()? {
                        note(spelling, format!("{key}/{index}"), &text, &originals);
                    }
                    Some(())
                }
                _ => walk.scalar(),
            }),
            _ => self.scalar(),
        }
    }

    /// Copies a string, mended; returns what it says and how it was spelled where that was necessary.
    #[allow(clippy::option_option, reason = "no string is not the same as one that needs no mending")]
    fn string(&mut self) -> Option<Option<Spelled>> {
        let raw = string(self.rest)?;
        let Some(mended) = mend(raw) else {
            self.copy(raw.len() + 2)?;
            return Some(None);
        };
        self.out.push(b'"');
        self.out.extend_from_slice(&mended.written);
        self.out.push(b'"');
        self.rest = &self.rest[raw.len() + 2..];
        self.is_mended = true;
        Some(Some((mended.text, mended.originals)))
    }

    /// Copies the value of an unknown key, which is kept as it is written: only what is no text at all is replaced.
    /// Returns its text without white space, in which places are counted.
    fn unknown(&mut self) -> Option<Spelled> {
        let length = value_length(self.rest)?;
        let raw = &self.rest[..length];
        self.rest = &self.rest[length..];
        if std::str::from_utf8(raw).is_ok() {
            self.out.extend_from_slice(raw);
            return Some((Vec::new(), Vec::new()));
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
        self.out.extend_from_slice(&text);
        self.is_mended = true;
        Some((text, originals))
    }

    /// Copies a value as it is.
    fn scalar(&mut self) -> Option<()> {
        let length = value_length(self.rest)?;
        self.copy(length)
    }

    fn white(&mut self) {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.out.extend_from_slice(&self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        if self.rest.first()? == &byte { self.copy(1) } else { None }
    }

    fn copy(&mut self, length: usize) -> Option<()> {
        let (copied, rest) = self.rest.split_at_checked(length)?;
        self.out.extend_from_slice(copied);
        self.rest = rest;
        Some(())
    }
}

fn note(spelling: &mut Map<String, Value>, key: String, text: &[u8], originals: &[Original]) {
    if !originals.is_empty() {
        spelling.insert(key, to_json(text, originals));
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
