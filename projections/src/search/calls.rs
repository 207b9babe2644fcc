//! What calls of tools say: their arguments, the files that they name, what they returned.

use std::borrow::Cow;
use std::cell::RefCell;

use retold_core::{Event, EventType, Position, Reader};
use rusqlite::Result;
use serde_json::Value;

use super::index::{OF_PATHS, position_of};
use super::plain::plain;
use super::words::words;
use crate::Error;

/// The keys under which arguments of tools name files and folders.
const PATH_KEYS: [&str; 11] = [
    "file_path",
    "filePath",
    "path",
    "absolute_path",
    "notebook_path",
    "dir_path",
    "file",
    "filename",
    "paths",
    "file_paths",
    "absolute_paths",
];
/// What a file of a patch begins with.
const HEADERS: [&str; 4] = ["*** Update File: ", "*** Add File: ", "*** Delete File: ", "*** Move to: "];
const PATCH: &str = "*** Begin Patch";
/// A longer text is not a path, and more of them are not a list that somebody looks for.
const PATH_MAX: usize = 4_096;
const PATHS_MAX: usize = 1_000;

/// Returns the text of an event that has this number in the index, as its words are read.
pub(super) fn text_of(event: &Event, text: u32) -> Cow<'_, str> {
    let long = event.long_text().and_then(retold_core::Text::as_str).unwrap_or_default();
    match event {
        Event::ToolCalled(_) if text & OF_PATHS != 0 => Cow::Owned(paths(long).join("\n")),
        Event::ToolCalled(_) => arguments(long),
        Event::ToolReturned(_) => result(long),
        _ => Cow::Borrowed(long),
    }
}

/// Returns what a call was given: of JSON the values, since its keys are the tool's and the same each time.
pub(super) fn arguments(input: &str) -> Cow<'_, str> {
    values(input, false)
}

/// Returns what a call returned; of JSON the keys and the values.
pub(super) fn result(output: &str) -> Cow<'_, str> {
    values(output, true)
}

/// JSON is told as what it means: in its text, words follow right after escapes.
fn values(text: &str, with_keys: bool) -> Cow<'_, str> {
    if !text.trim_start().starts_with(['{', '[']) {
        return Cow::Borrowed(text);
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    each_value(&value, with_keys, &mut |text| {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(text);
    });
    Cow::Owned(out)
}

/// How deep it goes is bounded by the reader of JSON.
fn each_value(value: &Value, with_keys: bool, each: &mut impl FnMut(&str)) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => each(if *flag { "true" } else { "false" }),
        Value::Number(number) => each(&number.to_string()),
        Value::String(text) => each(text),
        Value::Array(values) => values.iter().for_each(|value| each_value(value, with_keys, each)),
        Value::Object(values) => {
            for (key, value) in values {
                if with_keys {
                    each(key);
                }
                each_value(value, with_keys, each);
            }
        }
    }
}

/// Returns the files and folders that a call's arguments name, in order, each once: under the keys that tools use for them, and in
/// patches.
pub(super) fn paths(input: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |path: &str| {
        let path = path.trim();
        let is_path = !path.is_empty() && path.len() <= PATH_MAX && !path.contains('\n');
        if is_path && found.len() < PATHS_MAX && !found.iter().any(|known| known == path) {
            found.push(path.to_owned());
        }
    };
    if !input.trim_start().starts_with(['{', '[']) {
        patched(input).for_each(&mut add);
        return found;
    }
    // Most calls that name none say so without being read.
    let has_any = input.contains(PATCH) || PATH_KEYS.iter().any(|key| input.contains(key));
    if let Some(value) = has_any.then(|| serde_json::from_str::<Value>(input).ok()).flatten() {
        each_path(&value, false, &mut add);
    }
    found
}

fn each_path(value: &Value, is_path: bool, add: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) if is_path => add(text),
        Value::String(text) => patched(text).for_each(add),
        Value::Array(values) => values.iter().for_each(|value| each_path(value, is_path, add)),
        Value::Object(values) => {
            for (key, value) in values {
                each_path(value, PATH_KEYS.contains(&key.as_str()), add);
            }
        }
        _ => {}
    }
}

/// Returns the files that a patch changes; none where the text is not a patch.
fn patched(text: &str) -> impl Iterator<Item = &str> {
    let is_one = text.trim_start().starts_with(PATCH);
    let lines = text.lines().filter(move |_| is_one);
    lines.filter_map(|line| HEADERS.iter().find_map(|header| line.strip_prefix(header)))
}

/// Says whether a text that has all of these words has them next to each other; of the last one its beginning, where the third
/// argument says so.
pub(super) type HasPhrase<'b> = &'b dyn Fn(u32, &[String], bool) -> Result<bool>;

/// The texts of which the index has the words alone: where these are is read in the log.
pub(super) struct Bags<'s> {
    reader: RefCell<Reader<'s>>,
    /// Whether the filter leaves a text; others need not be read.
    is_wanted: &'s dyn Fn(u32) -> Result<bool>,
    /// Why a text could not be read.
    failed: RefCell<Option<Error>>,
}

impl<'s> Bags<'s> {
    pub(super) fn new(reader: Reader<'s>, is_wanted: &'s dyn Fn(u32) -> Result<bool>) -> Self {
        Self { reader: RefCell::new(reader), is_wanted, failed: RefCell::default() }
    }

    /// Whether a text that has all of these words has them next to each other; also where an archive has it, and nobody can tell.
    pub(super) fn has(&self, text: u32, phrase: &[String], is_begin: bool) -> Result<bool> {
        if !(self.is_wanted)(text)? {
            return Ok(false);
        }
        self.read(text, phrase, is_begin).map_err(|error| {
            *self.failed.borrow_mut() = Some(error);
            rusqlite::Error::ExecuteReturnedResults
        })
    }

    /// Returns why a search failed: what the log said, or else what the index did.
    pub(super) fn why(&self, error: rusqlite::Error) -> Error {
        self.failed.take().unwrap_or_else(|| crate::error::sqlite("search")(error))
    }

    fn read(&self, text: u32, phrase: &[String], is_begin: bool) -> std::result::Result<bool, Error> {
        let mut reader = self.reader.borrow_mut();
        let Some(position) = Position::new(u64::from(position_of(text))) else { return Ok(false) };
        let Some(recorded) = reader.event_at(position)? else { return Ok(false) };
        // A word alone at the beginning of another text is taken for one of these.
        if !matches!(recorded.kind, EventType::ToolCalled | EventType::ToolReturned) {
            return Ok(false);
        }
        let Some(mut event) = recorded.event else { return Ok(true) };
        reader.resolve_event(&mut event)?;
        Ok(has_phrase(&plain(&text_of(&event, text)), phrase, is_begin))
    }
}

/// Whether a text has words next to each other; of the last one its beginning, where `is_begin` says so.
fn has_phrase(text: &str, phrase: &[String], is_begin: bool) -> bool {
    // How much of the phrase was read, of each beginning.
    let (mut open, mut is_found) = (Vec::new(), false);
    words(text, |word, _| {
        if is_found {
            return;
        }
        open.push(0);
        open.retain_mut(|at| {
            let is_last = *at + 1 == phrase.len();
            let fits = match is_last && is_begin {
                true => word.starts_with(&phrase[*at]),
                false => word == phrase[*at],
            };
            *at += 1;
            is_found |= fits && is_last;
            fits && !is_last
        });
    });
    is_found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_told_by_their_values_and_results_by_their_keys_too() {
        let json = r#"{"command":"cat a\nb","timeout":5,"edits":[{"old":"x","is":true}],"none":null}"#;
        // In which order keys are read is the reader's.
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(lines(&arguments(json)), lines("cat a\nb\n5\nx\ntrue"));
        assert_eq!(result(r#"{"name":"retold"}"#), "name\nretold");
        for text in ["plain", "{\"cut\":\"he", "[error] no JSON", ""] {
            assert_eq!(arguments(text), text);
        }
    }

    #[test]
    fn paths_are_what_arguments_and_patches_name() {
        for (input, expected) in [
            (r#"{"file_path":"/a/b.rs","content":"path: c.rs"}"#, vec!["/a/b.rs"]),
            (r#"{"paths":["a","b","a"],"pattern":"x"}"#, vec!["a", "b"]),
            (r#"{"edits":[{"path":"a.rs"},{"path":"b.rs"}]}"#, vec!["a.rs", "b.rs"]),
            (
                r#"{"input":"*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n"}"#,
                vec!["a.rs", "b.rs"],
            ),
            ("*** Begin Patch\n*** Add File: c.rs\n+x", vec!["c.rs"]),
            (r#"{"command":"*** Update File: a.rs"}"#, vec![]),
            (r#"{"path":7,"file":{"name":"x"}}"#, vec![]),
            (r#"{"path":"cut"#, vec![]),
            ("", vec![]),
        ] {
            assert_eq!(paths(input), expected, "{input}");
        }
    }

    #[test]
    fn words_are_a_phrase_where_they_are_next_to_each_other() {
        let has = |text: &str, phrase: &str, is_begin| {
            let phrase: Vec<String> = phrase.split(' ').map(str::to_owned).collect();
            has_phrase(text, &phrase, is_begin)
        };
        assert!(has("the the door", "the door", false) && has("a the the doors", "the the doo", true));
        assert!(!has("the old door", "the door", false) && !has("the doors", "the door", false));
        assert!(!has("", "the door", false) && !has("the", "the door", true));
    }
}
