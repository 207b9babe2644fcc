//! Strings that no Unicode text can hold: halves of surrogate pairs, and bytes that are not UTF-8.
//!
//! Other programs write them: a text that was cut in the middle of an emoji, a file in an older encoding. A document
//! holds U+FFFD in their place. How they were spelled is kept beside the unknown keys of the same object, under
//! [`KEY`], as JSON: so it is in the body of the same event, leaves with it in a redaction, and counts in every
//! comparison of documents. JSON for applications does not have the key; a legacy file gets the original bytes back.
//!
//! ```json
//! {"task": [5, "\\ud83c"], "extra/0/name": [0, "ff"]}
//! ```
//!
//! Each pair is a place (in bytes of the text) and what was written there: an escape as it was, or bytes in hexadecimal. A place
//! where there is no U+FFFD has no original. Nothing of the words around it is in the spelling, and no hash of them either: it may
//! be repeated by a later event, which a redaction of the text leaves alone.
//!
//! Earlier releases wrote a hash of the text first. It is read and obeyed, and not written any more.

mod change;
mod copier;
mod mend;
mod raw;
mod read;
mod write;

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Extra, Json};

pub use raw::RawText;
pub use read::{check_parameters, mend_parameters, read_session};
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

/// The spellings of an object's texts, by the names of their fields.
type Entries = BTreeMap<String, Value>;

/// What was written in the place of a U+FFFD.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Original {
    /// Where the U+FFFD is, in bytes of the text.
    at: usize,
    bytes: Vec<u8>,
}

/// Writes the spelling of one text.
fn to_json(originals: &[Original]) -> Value {
    let pairs = originals.iter().flat_map(|Original { at, bytes }| {
        let bytes: Value = match std::str::from_utf8(bytes) {
            Ok(escape) if escape.starts_with('\\') => escape.into(),
            _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
        };
        [(*at).into(), bytes]
    });
    pairs.collect::<Vec<Value>>().into()
}

/// Writes the spellings of an object.
fn written(entries: &Entries) -> String {
    serde_json::json!(entries).to_string()
}

/// Reads a spelling, whatever text it is of; empty where it is none.
fn pairs(spelling: &Value) -> Vec<Original> {
    let pairs = match spelling.as_array().map(Vec::as_slice) {
        Some([Value::String(_), pairs @ ..] | pairs) => pairs,
        None => return Vec::new(),
    };
    let original = |pair: &[Value]| -> Option<Original> {
        let [at, bytes] = pair else { return None };
        Some(Original { at: usize::try_from(at.as_u64()?).ok()?, bytes: spelled(bytes.as_str()?)? })
    };
    pairs.chunks(2).map(original).collect::<Option<_>>().unwrap_or_default()
}

/// Reads what the spelling says of `text`: nothing where it is another text's, or about places where there is no U+FFFD.
fn of_json(text: &[u8], spelling: &Value) -> Vec<Original> {
    let mut originals = pairs(spelling);
    if let Some(of) = spelling.get(0).and_then(Value::as_str) {
        let end = originals.last().map_or(0, |last| last.at.saturating_add(REPLACEMENT.len()));
        let is_of_it = |text| blake3::hash(text).to_hex().as_str()[..16] == *of;
        if !text.get(..end).is_some_and(is_of_it) {
            return Vec::new();
        }
    }
    let mut begins = 0;
    originals.retain(|Original { at, .. }| {
        let is_there =
            *at >= begins && text.get(*at..).is_some_and(|text| text.starts_with(REPLACEMENT.as_bytes()));
        if is_there {
            begins = at + REPLACEMENT.len();
        }
        is_there
    });
    originals
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

    /// Returns the spellings by the names of their fields.
    fn spellings(&self) -> Entries {
        self.spelling().and_then(|json| serde_json::from_str(json.as_str()).ok()).unwrap_or_default()
    }

    /// Returns the same keys with these spellings.
    fn with_spellings(&self, entries: &Entries) -> Self {
        let rest = self.iter().filter(|(key, _)| *key != KEY);
        let mut extra: Self = rest.map(|(key, value)| (key.to_owned(), value.clone())).collect();
        if !entries.is_empty() {
            let spelling = serde_json::from_str(&written(entries)).expect("what was written is JSON");
            extra.push(KEY.to_owned(), spelling);
        }
        extra
    }
}

/// Returns what a document calls a key that is kept under another name, because it begins like [`KEY`].
fn own_name(key: &str) -> &str {
    key.strip_suffix(FOREIGN).filter(|own| own.starts_with(KEY)).unwrap_or(key)
}

/// An object of a document that may have spellings.
trait Spelled: serde::Serialize + Sized {
    fn extra(&self) -> &Extra;

    fn extra_mut(&mut self) -> &mut Extra;

    /// Returns the known keys alone: an unknown one may hold what no reader takes.
    fn known(&self) -> Self;

    /// Returns the text of a field by its name in a spelling.
    fn text(&self, name: &str) -> Option<String> {
        let mut parts = name.split('/');
        let (field, index) = (parts.next()?, parts.next());
        if field == "extra" {
            let (key, value) = self.extra().of_document().nth(index?.parse().ok()?)?;
            return Some(if parts.next().is_some() { key } else { value.as_str() }.to_owned());
        }
        let all = serde_json::to_value(self.known()).ok()?;
        let value = match index {
            None => all.get(field)?,
            Some(index) => all.get(field)?.get(index.parse::<usize>().ok()?)?,
        };
        value.as_str().map(str::to_owned)
    }

    /// Takes over the spellings of an earlier version, as far as the texts are the same up to their last places.
    fn keep_spelling_of(&mut self, before: &Self) {
        if self.extra().spelling().is_some() || before.extra().spelling().is_none() {
            return;
        }
        let same = |name: &str, spelling: &Value| -> Option<()> {
            let (old, new) = (before.text(name)?, self.text(name)?);
            let end = of_json(old.as_bytes(), spelling).last()?.at + REPLACEMENT.len();
            (old.as_bytes().get(..end)? == new.as_bytes().get(..end)?).then_some(())
        };
        let mut entries = before.extra().spellings();
        entries.retain(|name, spelling| same(name, spelling).is_some());
        if entries.len() == before.extra().spellings().len() {
            // To the letter as it was: what is the same is no change.
            let spelling = before.extra().spelling().cloned();
            spelling.into_iter().for_each(|spelling| self.extra_mut().push(KEY.to_owned(), spelling));
        } else {
            let extra = self.extra().with_spellings(&entries);
            *self.extra_mut() = extra;
        }
    }
}

macro_rules! spelled {
    ($($level:ident { $($list:ident),* })*) => {$(
        impl Spelled for crate::$level {
            fn extra(&self) -> &Extra {
                &self.extra
            }

            fn extra_mut(&mut self) -> &mut Extra {
                &mut self.extra
            }

            fn known(&self) -> Self {
                Self { $($list: Vec::new(),)* extra: Extra::default(), ..self.clone() }
            }
        }
    )*};
}
spelled!(Session { instances, chat_history } Instance {} Message {});

impl crate::Session {
    /// Takes over how texts were spelled from the version that an application read, which did not see it: what the
    /// application sends back with U+FFFD in the same place is the same text. Costs nothing where no text was spelled.
    pub fn keep_spelling(&mut self, before: &Self) {
        self.keep_spelling_of(before);
        for (instance, before) in self.instances.iter_mut().zip(&before.instances) {
            if instance.instance_id == before.instance_id {
                instance.keep_spelling_of(before);
            }
        }
        for (message, before) in self.chat_history.iter_mut().zip(&before.chat_history) {
            if message.id == before.id {
                message.keep_spelling_of(before);
            }
        }
    }
}

#[cfg(test)]
mod tests;
