//! Places in a session, written as the document reads: `status`, `instances/2/status`, `chatHistory/17/content`.

use std::fmt;
use std::str::FromStr;

use super::Record;
use crate::model::field::{Field, Level};

/// A list of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// `instances`.
    Instances,
    /// `chatHistory`.
    Messages,
}

/// A key of the session, of an instance or of a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A key of the document that this release knows.
    Known(Field),
    /// A key that it does not know.
    Unknown(String),
    /// All keys that it does not know, together: where one of them repeats, or where their order changed. Written `~`.
    Unknowns,
    /// What the log knows of the session beside its document.
    Record(Record),
}

/// A place in a session.
///
/// Unknown keys are escaped: `~0` for `~`, `~1` for `/`, `~2` for `*`, `~3` for a `.` in front, `~4` for the empty key.
///
/// ```
/// use retold_core::{Key, List, Path, field};
/// let path: Path = "instances/2/status".parse()?;
/// assert_eq!(path, Path::Field(List::Instances, 2, Key::Known(field::instance::status)));
/// assert_eq!(path.to_string(), "instances/2/status");
/// # Ok::<(), retold_core::NotAPath>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// The session as a whole, written `/`.
    Whole,
    /// One of its own keys.
    Own(Key),
    /// A list, whole.
    Rows(List),
    /// One element of a list, from 0.
    Row(List, u32),
    /// A key of one element.
    Field(List, u32, Key),
    /// A key of every element, written `instances/*/status`. No patch has it; it selects.
    Each(List, Key),
}

/// A text that is no path of a session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("path {text:?}: {reason}")]
pub struct NotAPath {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl List {
    /// Returns the key of the document that holds it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instances => "instances",
            Self::Messages => "chatHistory",
        }
    }

    /// Returns the level of its elements.
    pub const fn level(self) -> Level {
        match self {
            Self::Instances => Level::Instance,
            Self::Messages => Level::Message,
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::Instances, Self::Messages].into_iter().find(|list| list.name() == text)
    }
}

impl Path {
    /// Returns whether a write to `self` is a write to `other` too, or the other way round: one holds the other.
    pub fn touches(&self, other: &Self) -> bool {
        self.holds(other) || other.holds(self)
    }

    /// Returns whether `other` is this place or lies within it.
    pub fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole, _) => true,
            (Self::Own(key), Self::Own(other)) => key.holds(other),
            (Self::Rows(list), Self::Rows(other) | Self::Row(other, _) | Self::Field(other, ..)) => {
                list == other
            }
            (Self::Rows(list), Self::Each(other, _)) => list == other,
            (Self::Row(list, row), Self::Row(other, at) | Self::Field(other, at, _)) => {
                (list, row) == (other, at)
            }
            (Self::Field(list, row, key), Self::Field(other, at, field)) => {
                (list, row) == (other, at) && key.holds(field)
            }
            (Self::Each(list, key), Self::Each(other, field) | Self::Field(other, _, field)) => {
                list == other && key.holds(field)
            }
            _ => false,
        }
    }
}

impl Key {
    fn holds(&self, other: &Self) -> bool {
        self == other || matches!((self, other), (Self::Unknowns, Self::Unknown(_)))
    }

    fn read(text: &str, level: Level) -> Result<Self, &'static str> {
        match text {
            "~" => return Ok(Self::Unknowns),
            "~4" => return Ok(Self::Unknown(String::new())),
            _ => {}
        }
        let mut key = String::with_capacity(text.len());
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            key.push(match letter {
                '~' => match letters.next() {
                    Some('0') => '~',
                    Some('1') => '/',
                    Some('2') => '*',
                    Some('3') => '.',
                    _ => return Err("behind ~ stands 0 to 4: ~0 is ~, ~1 is /, ~2 is *, ~3 is ."),
                },
                '*' => return Err("a * stands for every element of a list, and for nothing else"),
                letter => letter,
            });
        }
        if key.is_empty() {
            return Err("a key is missing");
        }
        Ok(level.field(&key).map_or_else(|| Self::Unknown(key.clone()), Self::Known))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(field) => f.write_str(field.key()),
            Self::Record(record) => write!(f, ".{}", record.name()),
            Self::Unknowns => f.write_str("~"),
            Self::Unknown(key) if key.is_empty() => f.write_str("~4"),
            Self::Unknown(key) => key.char_indices().try_for_each(|(at, letter)| match letter {
                '~' => f.write_str("~0"),
                '/' => f.write_str("~1"),
                '*' => f.write_str("~2"),
                '.' if at == 0 => f.write_str("~3"),
                letter => write!(f, "{letter}"),
            }),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("/"),
            Self::Own(key) => key.fmt(f),
            Self::Rows(list) => f.write_str(list.name()),
            Self::Row(list, row) => write!(f, "{}/{row}", list.name()),
            Self::Field(list, row, key) => write!(f, "{}/{row}/{key}", list.name()),
            Self::Each(list, key) => write!(f, "{}/*/{key}", list.name()),
        }
    }
}

impl FromStr for Path {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        read(text).map_err(|reason| NotAPath { text: text.to_owned(), reason })
    }
}

fn read(text: &str) -> Result<Path, &'static str> {
    if text == "/" {
        return Ok(Path::Whole);
    }
    if let Some(record) = text.strip_prefix('.') {
        return Record::of(record).map(|record| Path::Own(Key::Record(record))).ok_or(Record::NAMES);
    }
    let mut parts = text.splitn(3, '/');
    let first = parts.next().unwrap_or_default();
    let (row, key) = (parts.next(), parts.next());
    let Some(list) = List::of(first) else {
        return match row {
            None => Key::read(first, Level::Session).map(Path::Own),
            Some(_) => Err("only instances and chatHistory hold something"),
        };
    };
    let number = |row: &str| match row.bytes().all(|byte| byte.is_ascii_digit()) {
        true => row.parse::<u32>().map_err(|_| "an element is named by its place in the list, from 0"),
        false => Err("an element is named by its place in the list, from 0"),
    };
    match (row, key) {
        (None, _) => Ok(Path::Rows(list)),
        (Some("*"), None) => Ok(Path::Rows(list)),
        (Some("*"), Some(key)) => Ok(Path::Each(list, Key::read(key, list.level())?)),
        (Some(row), None) => Ok(Path::Row(list, number(row)?)),
        (Some(row), Some(key)) => Ok(Path::Field(list, number(row)?, Key::read(key, list.level())?)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Message;
    use crate::model::field::{instance, message, session};

    #[test]
    fn paths_read_as_the_document_does() {
        let read = |text: &str| text.parse::<Path>().unwrap();
        assert_eq!(read("status"), Path::Own(Key::Known(session::status)));
        assert_eq!(read("instances"), Path::Rows(List::Instances));
        assert_eq!(
            read("chatHistory/17/content"),
            Path::Field(List::Messages, 17, Key::Known(message::content))
        );
        assert_eq!(read("instances/*/status"), Path::Each(List::Instances, Key::Known(instance::status)));
        assert_eq!(read(".deleted"), Path::Own(Key::Record(Record::Deleted)));
        assert_eq!(read("evaluation"), Path::Own(Key::Unknown("evaluation".to_owned())));
        for wrong in ["", "status/1", "instances/x", "instances/-1", "instances/1/", ".gone", "a~", "a*"] {
            assert!(wrong.parse::<Path>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_place_holds_what_lies_within() {
        let holds =
            |outer: &str, inner: &str| outer.parse::<Path>().unwrap().holds(&inner.parse::<Path>().unwrap());
        assert!(holds("/", "status") && holds("instances", "instances/2/status"));
        assert!(
            holds("instances/2", "instances/2/status") && holds("instances/*/status", "instances/2/status")
        );
        assert!(!holds("instances/2", "instances/3") && !holds("status", "task"));
        assert!(!holds("instances/2/status", "instances/2") && holds("~", "evaluation"));
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn reading_never_panics_and_what_is_written_reads_back(text in "(instances|chatHistory|status)?[/a-z0-9~.*]{0,12}") {
            if let Ok(path) = text.parse::<Path>() {
                prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
            }
        }

        #[test]
        fn every_unknown_key_has_a_path(key in any::<String>(), row in any::<u32>()) {
            prop_assume!(!Message::KEYS.contains(&key.as_str()));
            let path = Path::Field(List::Messages, row, Key::Unknown(key));
            prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        }
    }
}
