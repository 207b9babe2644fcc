//! What tells that a record is of something that is excluded, where no fact says so: its strings.

use std::path::Path;

use retold_transcripts::What;

use super::{Exclusions, Mark};

/// How deep strings are looked for.
const DEPTH_MAX: usize = 8;
/// A longer text is not a path.
const PATH_MAX: usize = 4096;

impl Exclusions {
    /// Returns whether a string of a JSON value is a path that is excluded, a text that was said there, or the id of a session for
    /// which `is_out` holds.
    pub(super) fn is_named_in(&self, bytes: &[u8], is_out: &dyn Fn(&str) -> bool) -> bool {
        match serde_json::from_slice(bytes) {
            Ok(value) => self.is_in(&value, is_out, DEPTH_MAX),
            Err(_) => false,
        }
    }

    /// Returns whether a fact is of a message or call that is excluded, whatever session it is of now.
    pub(in super::super) fn has_fact(&self, what: &What) -> bool {
        match what {
            What::Spoke { id, .. }
            | What::Responded { id, .. }
            | What::Revised { id, .. }
            | What::Called { id, .. }
            | What::Returned { id, .. } => self.has_mark(Mark::Id, id),
            _ => false,
        }
    }

    fn is_in(&self, value: &serde_json::Value, is_out: &dyn Fn(&str) -> bool, depth: usize) -> bool {
        use serde_json::Value;
        match value {
            Value::String(text) => self.is_string_out(text, is_out, depth),
            Value::Array(all) if depth > 0 => all.iter().any(|one| self.is_in(one, is_out, depth - 1)),
            Value::Object(all) if depth > 0 => all
                .iter()
                .any(|(name, one)| self.is_string_out(name, is_out, 0) || self.is_in(one, is_out, depth - 1)),
            _ => false,
        }
    }

    fn is_string_out(&self, text: &str, is_out: &dyn Fn(&str) -> bool, depth: usize) -> bool {
        let is_path = || {
            text.len() <= PATH_MAX
                && Path::new(text).is_absolute()
                && !text.contains('\n')
                && self.has_folder(text)
        };
        // A row of a database has JSON in a string.
        let is_inner =
            || depth > 0 && text.starts_with(['{', '[']) && self.is_named_in(text.as_bytes(), is_out);
        is_out(text) || is_path() || self.has_mark(Mark::Text, text) || is_inner()
    }
}
