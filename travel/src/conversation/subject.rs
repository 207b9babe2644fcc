//! What a call of a tool is about, as its arguments have it.

use serde::Serialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// What a call of a tool is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", content = "text", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Subject {
    /// A file or a folder.
    File(String),
    /// A command line.
    Command(String),
    /// An address.
    Url(String),
    /// What is searched for.
    Pattern(String),
    /// What is wanted, in words.
    Text(String),
}

impl Subject {
    /// Returns the text itself.
    pub fn text(&self) -> &str {
        match self {
            Self::File(text)
            | Self::Command(text)
            | Self::Url(text)
            | Self::Pattern(text)
            | Self::Text(text) => text,
        }
    }
}

type Make = fn(String) -> Subject;

/// The keys of tools' arguments that say what a call is about, the most telling first.
const KEYS: [(&str, Make); 22] = [
    ("command", Subject::Command),
    ("cmd", Subject::Command),
    ("pattern", Subject::Pattern),
    ("url", Subject::Url),
    ("file_path", Subject::File),
    ("filePath", Subject::File),
    ("absolute_path", Subject::File),
    ("notebook_path", Subject::File),
    ("query", Subject::Pattern),
    ("description", Subject::Text),
    ("path", Subject::File),
    ("dir_path", Subject::File),
    ("file", Subject::File),
    ("filename", Subject::File),
    ("input", Subject::Text),
    ("patch", Subject::Text),
    ("patchText", Subject::Text),
    ("prompt", Subject::Text),
    ("task_name", Subject::Text),
    ("agent_name", Subject::Text),
    ("name", Subject::Text),
    ("title", Subject::Text),
];

/// A longer text is not a title.
const TEXT_MAX: usize = 1_000;

/// Returns what a call is about, as its arguments have it: JSON, which may be cut, or text.
pub fn subject(input: &str) -> Option<Subject> {
    let trimmed = input.trim_start();
    if !trimmed.starts_with('{') {
        return of_text(trimmed);
    }
    let mut found = Found::default();
    // Where the text is cut, what came before is found.
    let _cut = serde_json::Deserializer::from_str(trimmed).deserialize_map(&mut found);
    let (at, text) = found.best?;
    match KEYS[at].1(text) {
        Subject::Text(text) => of_text(&text),
        subject => Some(subject),
    }
}

fn of_text(text: &str) -> Option<Subject> {
    let file = super::edits::files(text).next();
    if let Some(file) = file {
        return Some(Subject::File(file.to_owned()));
    }
    let line = cut(text.lines().map(str::trim).find(|line| !line.is_empty())?);
    (!line.is_empty()).then_some(Subject::Text(line))
}

/// Cuts a text that is too long after a whole word: a part of one may be a part of a secret, which nobody would find there.
fn cut(text: &str) -> String {
    if text.len() <= TEXT_MAX {
        return text.to_owned();
    }
    let beginning = &text[..text.floor_char_boundary(TEXT_MAX)];
    // Tokens are of ASCII: text without spaces is cut between any two of its letters.
    beginning.trim_end_matches(|letter: char| letter.is_ascii_graphic()).trim_end().to_owned()
}

/// The value of the first key in [`KEYS`] that there is.
#[derive(Default)]
struct Found {
    best: Option<(usize, String)>,
}

impl<'de> Visitor<'de> for &mut Found {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let at = KEYS.iter().position(|(known, _)| *known == key);
            let is_better = |at: &usize| self.best.as_ref().is_none_or(|(best, _)| at < best);
            let Some(at) = at.filter(is_better) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if let Some(text) = words(&map.next_value::<serde_json::Value>()?) {
                self.best = Some((at, text));
            }
        }
        Ok(())
    }
}

/// Returns a text, or the words of a command line.
fn words(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(words) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            match words.as_slice() {
                // What a shell is given is the command.
                [shell, flag, line] if shell.ends_with("sh") && flag.starts_with('-') => (*line).to_owned(),
                words => words.join(" "),
            }
        }
        _ => return None,
    };
    let text = cut(text.trim());
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_about_a_file_a_command_or_what_it_says() {
        for (input, expected) in [
            (r#"{"file_path":"/a/b.rs","old_string":"x"}"#, Some(Subject::File("/a/b.rs".into()))),
            (r#"{"description":"Test","command":"cargo test"}"#, Some(Subject::Command("cargo test".into()))),
            (r#"{"command":["bash","-lc","ls | wc"]}"#, Some(Subject::Command("ls | wc".into()))),
            (r#"{"command":["ls","-l"]}"#, Some(Subject::Command("ls -l".into()))),
            (r#"{"pattern":"fn main","path":"src"}"#, Some(Subject::Pattern("fn main".into()))),
            (r#"{"input":"*** Begin Patch\n*** Update File: a.rs\n"}"#, Some(Subject::File("a.rs".into()))),
            ("*** Begin Patch\n*** Add File: b.rs\n+x", Some(Subject::File("b.rs".into()))),
            (r#"{"file_path":"/a/b.rs","content":"cut he"#, Some(Subject::File("/a/b.rs".into()))),
            ("text(1);\nmore", Some(Subject::Text("text(1);".into()))),
            ("{}", None),
            ("", None),
            (r#"{"command":7}"#, None),
        ] {
            assert_eq!(subject(input), expected, "{input}");
        }
    }

    #[test]
    fn a_long_text_is_cut_after_a_whole_word() {
        let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        for (before, kept) in [("word ", "word"), ("冬の朝に", "冬の朝に")] {
            // Every place of the token at the cut.
            for number in TEXT_MAX - token.len() - 2..TEXT_MAX + 2 {
                let number = number / before.len();
                let text = format!("{}{}", before.repeat(number), token);
                let long = format!("{text} {}", "behind ".repeat(10));
                for input in [long.clone(), serde_json::json!({ "command": long }).to_string()] {
                    let found = subject(&input).unwrap().text().to_owned();
                    assert!(found.contains(token) || !found.contains("gh"), "{found}");
                    assert!(found.starts_with(kept) && found.len() > TEXT_MAX - 60, "{found}");
                }
            }
        }
        assert_eq!(subject(&"x".repeat(TEXT_MAX + 1)), None);
        assert_eq!(subject(&"x".repeat(TEXT_MAX)).unwrap().text().len(), TEXT_MAX);
    }
}
