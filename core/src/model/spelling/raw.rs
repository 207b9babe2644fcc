//! A text of which a part may be no text.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::mend::mend;
use super::read::string;
use super::{Original, REPLACEMENT, pairs, to_json};
use crate::{Extra, Instance};

/// A text, with the original of what is no text in it: halves of surrogate pairs and bytes that are not UTF-8, each of which is one
/// U+FFFD in the text.
///
/// Made of a `&str` or `String`, of bytes, or of a JSON string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawText {
    text: String,
    originals: Vec<Original>,
}

impl RawText {
    /// Takes bytes as they come from a process.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let (mut text, mut originals) = (String::with_capacity(bytes.len()), Vec::new());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                originals.push(Original { at: text.len(), bytes: chunk.invalid().to_vec() });
                text.push_str(REPLACEMENT);
            }
        }
        Self { text, originals }
    }

    /// Reads a JSON string, its quotes included, which may hold halves of surrogate pairs and bytes that are not UTF-8.
    ///
    /// # Errors
    /// What else is wrong with it.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        let inner = string(json).filter(|inner| inner.len() + 2 == json.len());
        match inner.and_then(mend) {
            None => Ok(Self::from(serde_json::from_slice::<String>(json)?)),
            Some(mended) => {
                let text = serde_json::from_slice(&[b"\"", &*mended.written, b"\""].concat())?;
                Ok(Self { text, originals: mended.originals })
            }
        }
    }

    /// Returns the text, with U+FFFD in the place of what is none.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether all of it is text.
    pub fn is_text(&self) -> bool {
        self.originals.is_empty()
    }

    /// Returns the unknown keys that `instance` has once this was appended to its output: they hold the original, as an event
    /// says them. `None` where they
    /// stay as they are.
    pub fn extra_behind(&self, instance: &Instance) -> Option<Extra> {
        if self.is_text() {
            return None;
        }
        let length = instance.output.as_ref().map_or(0, crate::Text::len);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut entries = instance.extra.spellings();
        let mut all = entries.get(OUTPUT).map(pairs).unwrap_or_default();
        // Those that lie after the end are of an output that is gone.
        all.retain(|original| original.at < length);
        all.extend(
            self.originals.iter().map(|Original { at, bytes }| Original {
                at: length.saturating_add(*at),
                bytes: bytes.clone(),
            }),
        );
        entries.insert(OUTPUT.to_owned(), to_json(&all));
        Some(instance.extra.with_spellings(&entries).since(&instance.extra))
    }
}

/// The output's name in a spelling.
const OUTPUT: &str = "output";

impl From<String> for RawText {
    fn from(text: String) -> Self {
        Self { text, originals: Vec::new() }
    }
}

impl From<&String> for RawText {
    fn from(text: &String) -> Self {
        Self::from(text.clone())
    }
}

impl From<&str> for RawText {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// What is text is a string; anything else a pair of the text and its spelling.
impl Serialize for RawText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_text() {
            return serializer.serialize_str(&self.text);
        }
        (&self.text, to_json(&self.originals)).serialize(serializer)
    }
}

/// Reads a JSON string; other formats cannot hold one that is no text.
impl<'de> Deserialize<'de> for RawText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(raw.get().as_bytes()).map_err(|error| {
            let text = error.to_string();
            D::Error::custom(text.split(" at line ").next().unwrap_or_default())
        })
    }
}
