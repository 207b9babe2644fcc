//! What a process wrote: messages, of which the chunks of its standard output are the lines of an agent's own protocol, cut anywhere.

use std::path::Path;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::json::Object;

/// How long a line of an agent may be to be looked at.
const LINE_MAX: usize = 1 << 24;

/// Returns the session and the process of `…/<session>/processes/<process>.jsonl`.
pub(super) fn place(path: &Path) -> Option<(&str, &str)> {
    let process = path.file_name()?.to_str()?.strip_suffix(".jsonl")?;
    let folder = path.parent()?;
    let session = folder.parent()?.file_name()?.to_str()?;
    (folder.file_name()? == "processes").then_some((session, process))
}

/// Returns the messages of a log that is one text.
pub(super) fn messages(logs: &str) -> impl Iterator<Item = &str> {
    logs.split('\n')
        .map(str::trim)
        .filter(|line| line.starts_with(['{', '"']) && serde_json::from_str::<IgnoredAny>(line).is_ok())
}

/// What a message is.
pub(super) enum Message<'m> {
    Output(std::borrow::Cow<'m, str>),
    AgentSession(String),
    /// Something that is known, and says nothing that the agent does not say better.
    Other,
    Unknown(String),
}

/// Reads a message.
pub(super) fn message<'m>(object: Option<&Object<'m>>, json: &[u8]) -> Message<'m> {
    let Some(object) = object else {
        return match serde_json::from_slice::<String>(json).as_deref() {
            Ok("Ready" | "Finished") => Message::Other,
            Ok(word) => Message::Unknown(word.chars().take(64).collect()),
            Err(_) => Message::Unknown(String::new()),
        };
    };
    let Some(key) = object.keys().next() else { return Message::Unknown(String::new()) };
    match key {
        "Stdout" => object.text(key).map_or(Message::Other, Message::Output),
        "SessionId" => object.text(key).map_or(Message::Other, |id| Message::AgentSession(id.into_owned())),
        "Stderr" | "JsonPatch" | "MessageId" | "Ready" | "Finished" => Message::Other,
        _ => Message::Unknown(key.chars().take(64).collect()),
    }
}

/// Whether a line is one.
pub(super) fn is_message(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    match Object::read(line) {
        Some(object) => {
            object.keys().count() == 1 && !matches!(message(Some(&object), line), Message::Unknown(_))
        }
        None => !matches!(message(None, line), Message::Unknown(_)),
    }
}

/// Counts the lines of an agent in chunks. Keeps a line that is not yet whole, and only while it may be one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct AgentLines {
    whole: u64,
    pending: String,
    /// Whether the line that is not yet whole is none that counts.
    is_passed_over: bool,
}

impl AgentLines {
    pub(super) fn push(&mut self, chunk: &str) {
        let mut rest = chunk;
        while let Some((line, after)) = rest.split_once('\n') {
            self.add(line);
            self.whole += u64::from(self.is_line());
            self.pending.clear();
            self.is_passed_over = false;
            rest = after;
        }
        self.add(rest);
        if self.pending.is_empty() && self.pending.capacity() > 1 << 20 {
            self.pending = String::new();
        }
    }

    fn add(&mut self, part: &str) {
        if self.is_passed_over || part.is_empty() {
            return;
        }
        let part = if self.pending.is_empty() { part.trim_start() } else { part };
        let may_be = !self.pending.is_empty() || part.is_empty() || part.starts_with('{');
        if !may_be || self.pending.len() + part.len() > LINE_MAX {
            self.is_passed_over = true;
            self.pending = String::new();
            return;
        }
        self.pending.push_str(part);
    }

    fn is_line(&self) -> bool {
        !self.is_passed_over
            && self.pending.starts_with('{')
            && serde_json::from_str::<IgnoredAny>(&self.pending).is_ok()
    }

    /// Returns how many there are; the last one may lack its end.
    pub(super) fn count(&self) -> u64 {
        self.whole + u64::from(self.is_line())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_are_told_from_what_is_none() {
        for (line, expected) in [
            (&br#"{"Stdout":"x"}"#[..], true),
            (b"\"Finished\"\n", true),
            (br#"{"Stdout":"x","more":1}"#, false),
            (br#"{"type":"user"}"#, false),
            (b"\"Hello\"", false),
            (b"{}", false),
            (b"1", false),
        ] {
            assert_eq!(is_message(line), expected);
        }
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn lines_are_the_same_however_they_are_cut(
            lines in prop::collection::vec(
                prop_oneof![Just("{\"a\":\"ü\"}"), Just(" {}"), Just("npm ci"), Just(""), Just("{\"a\":"), Just("[1]")],
                0..8,
            ),
            has_end: bool,
            cuts in prop::collection::vec(0_usize..100, 0..8),
        ) {
            let mut text = lines.join("\n");
            if has_end {
                text.push('\n');
            }
            let mut at_once = AgentLines::default();
            at_once.push(&text);
            let expected = lines.iter().filter(|line| line.trim().starts_with('{') && line.ends_with('}')).count();
            prop_assert_eq!(at_once.count(), expected as u64);
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| text.is_char_boundary(*cut)).collect();
            cuts.push(text.len());
            cuts.sort_unstable();
            let (mut in_chunks, mut from) = (AgentLines::default(), 0);
            for cut in cuts {
                in_chunks.push(&text[from..cut]);
                from = cut;
            }
            prop_assert_eq!(in_chunks.count(), at_once.count());
        }
    }
}
