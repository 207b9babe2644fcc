//! Secrets taken out of what is written, before it is encoded.

use retold_secrets::Secrets;
use serde_json::Value;

/// Takes secrets out, and counts them.
pub(super) struct Masking {
    is_on: bool,
    masked: u64,
}

impl Masking {
    pub(super) fn new(is_on: bool) -> Self {
        Self { is_on, masked: 0 }
    }

    pub(super) fn masked(&self) -> u64 {
        self.masked
    }

    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    pub(super) fn count(&mut self, number: usize) {
        self.masked += number as u64;
    }

    /// Returns a text without its secrets, which are not counted: it is shown beside another one that has them.
    pub(super) fn quietly(&self, text: &str) -> String {
        if self.is_on { Secrets::published().mask(text).text.into_owned() } else { text.to_owned() }
    }

    /// Takes the secrets out of every text and key of a value. The beginning of a long text ends with a whole word: a secret whose
    /// end is cut off is none that could be found.
    pub(super) fn walk(&mut self, value: &mut Value) {
        if !self.is_on {
            return;
        }
        match value {
            Value::String(text) => {
                let masked = Secrets::published().mask(text);
                if masked.count > 0 {
                    self.masked += masked.count as u64;
                    *text = masked.text.into_owned();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.walk(value)),
            Value::Object(keys) => {
                let is_cut = keys.contains_key("$bytes");
                if let Some(Value::String(head)) = keys.get_mut("$head").filter(|_| is_cut) {
                    *head = whole_words(head).to_owned();
                }
                let secret: Vec<String> =
                    keys.keys().filter(|key| Secrets::published().mask(key).count > 0).cloned().collect();
                for key in secret {
                    if let Some(value) = keys.remove(&key) {
                        self.masked += 1;
                        keys.insert(Secrets::published().mask(&key).text.into_owned(), value);
                    }
                }
                keys.values_mut().for_each(|value| self.walk(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Returns a text without its last word: that may be a part of a longer one.
pub(super) fn whole_words(text: &str) -> &str {
    let is_cut = text.ends_with('…') || text.len() >= 100;
    match text.trim_end_matches('…').rfind(char::is_whitespace) {
        Some(at) if is_cut => &text[..at],
        None if is_cut => "",
        _ => text,
    }
}
