//! Strings that no Unicode text can hold: halves of surrogate pairs, and bytes that are not UTF-8.
//!
//! Other programs write them: a text that was cut in the middle of an emoji, a file in an older encoding. A document
//! holds U+FFFD in their place. How they were spelled is kept beside the unknown keys of the same object, under
//! [`KEY`], as JSON: so it is in the body of the same event, leaves with it in a redaction, and counts in every
//! comparison of documents. JSON for applications does not have the key; a legacy file gets the original bytes back.
//!
//! ```json
//! {"task": ["1f0c8a4be67b0d12", 5, "\\ud83c"], "extra/0/name": ["…", 0, "ff"]}
//! ```
//!
//! The first element says which text the spelling is of: a hash of the text up to the end of the last place. A text that
//! has changed there has no original any more. Each pair after it is a place (in bytes of the text) and what was written
//! there: an escape as it was, or bytes in hexadecimal.

mod mend;
mod read;
mod write;

use super::{Extra, Json};

pub use read::{mend_parameters, read_session};
pub use write::{is_spelled, restore};

/// The key that spellings are kept under.
pub(super) const KEY: &str = "retold:original";
/// What a key of a document that begins like [`KEY`] ends with in the store.
const FOREIGN: char = '~';
const REPLACEMENT: &str = "\u{fffd}";

/// The objects of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Session,
    Instance,
    Message,
    /// The parameters of a call: how their own texts were spelled is not kept.
    Parameters,
}

impl Level {
    fn knows(self, key: &str) -> bool {
        match self {
            Self::Session => crate::Session::KEYS.contains(&key),
            Self::Instance => crate::Instance::KEYS.contains(&key),
            Self::Message => crate::Message::KEYS.contains(&key),
            Self::Parameters => true,
        }
    }

    /// The level of the objects in the list, or of the object, under a key.
    fn below(self, key: &str) -> Option<Self> {
        match (self, key) {
            (Self::Session, "instances") => Some(Self::Instance),
            (Self::Session, "chatHistory") => Some(Self::Message),
            (Self::Parameters, "session") => Some(Self::Session),
            (Self::Parameters, "message") => Some(Self::Message),
            _ => None,
        }
    }
}

/// A text with replacements, and what was written in their places.
type Spelled = (Vec<u8>, Vec<Original>);

/// What was written in the place of a U+FFFD.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Original {
    /// Where the U+FFFD is, in bytes of the text.
    at: usize,
    bytes: Vec<u8>,
}

/// Tells which text a spelling is of.
fn hash(text: &[u8]) -> String {
    blake3::hash(text).to_hex().as_str()[..16].to_owned()
}

/// Writes the spelling of one text.
fn to_json(text: &[u8], originals: &[Original]) -> serde_json::Value {
    let end = originals.last().map_or(0, |last| last.at + REPLACEMENT.len());
    let mut all: Vec<serde_json::Value> = vec![hash(&text[..end]).into()];
    for Original { at, bytes } in originals {
        all.push((*at).into());
        all.push(match std::str::from_utf8(bytes) {
            Ok(escape) if escape.starts_with('\\') => escape.into(),
            _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
        });
    }
    all.into()
}

/// Reads the spelling of `text`; empty where it is another text's.
fn of_json(text: &[u8], spelling: &serde_json::Value) -> Vec<Original> {
    let read = || -> Option<Vec<Original>> {
        let (of, pairs) = spelling.as_array()?.split_first()?;
        let mut originals: Vec<Original> = Vec::with_capacity(pairs.len() / 2);
        for pair in pairs.chunks(2) {
            let [at, bytes] = pair else { return None };
            let (at, bytes) = (usize::try_from(at.as_u64()?).ok()?, bytes.as_str()?);
            let begins = originals.last().map_or(0, |last| last.at + REPLACEMENT.len());
            if at < begins || !text.get(at..)?.starts_with(REPLACEMENT.as_bytes()) {
                return None;
            }
            originals.push(Original { at, bytes: spelled(bytes)? });
        }
        let end = originals.last()?.at + REPLACEMENT.len();
        (hash(&text[..end]) == of.as_str()?).then_some(originals)
    };
    read().unwrap_or_default()
}

/// Returns the bytes that a spelling stands for: half a surrogate pair as an escape, or bytes.
fn spelled(text: &str) -> Option<Vec<u8>> {
    if let Some(escape) = text.strip_prefix("\\u") {
        let unit = u16::from_str_radix(escape, 16).ok().filter(|_| escape.len() == 4)?;
        return (0xd800..0xe000).contains(&unit).then(|| text.as_bytes().to_vec());
    }
    let digits = text.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    // What is text by itself was never replaced, and an ASCII byte could end the string that it is in.
    bytes.filter(|bytes| {
        digits.len().is_multiple_of(2) && !bytes.is_empty() && bytes.iter().all(|byte| *byte >= 0x80)
    })
}

impl Extra {
    /// Returns the unknown keys of the document, without what is kept of its spelling.
    pub(crate) fn of_document(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.iter().filter(|(key, _)| *key != KEY).map(|(key, value)| (own_name(key), value))
    }

    /// Returns how many there are.
    pub(super) fn document_len(&self) -> usize {
        self.len() - self.iter().filter(|(key, _)| *key == KEY).count()
    }

    /// Returns what is kept of the spelling of this object's texts.
    pub(super) fn spelling(&self) -> Option<&Json> {
        self.iter().find(|(key, _)| *key == KEY).map(|(_, value)| value)
    }

    /// Takes over the spelling of an earlier version, where this one has none. It counts for texts that did not change.
    fn keep_spelling(&mut self, before: &Self) {
        if self.spelling().is_none()
            && let Some(spelling) = before.spelling()
        {
            self.push(KEY.to_owned(), spelling.clone());
        }
    }
}

/// Returns what a document calls a key that is kept under another name, because it begins like [`KEY`].
fn own_name(key: &str) -> &str {
    key.strip_suffix(FOREIGN).filter(|own| own.starts_with(KEY)).unwrap_or(key)
}

impl crate::Session {
    /// Takes over how texts were spelled from the version that an application read, which did not see it: what the
    /// application sends back with U+FFFD in the same place is the same text.
    pub fn keep_spelling(&mut self, before: &Self) {
        self.extra.keep_spelling(&before.extra);
        for (instance, before) in self.instances.iter_mut().zip(&before.instances) {
            if instance.instance_id == before.instance_id {
                instance.extra.keep_spelling(&before.extra);
            }
        }
        for (message, before) in self.chat_history.iter_mut().zip(&before.chat_history) {
            if message.id == before.id {
                message.extra.keep_spelling(&before.extra);
            }
        }
    }
}

#[cfg(test)]
mod tests;
