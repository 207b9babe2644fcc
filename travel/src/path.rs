//! Places in a session, written as the document reads: `status`, `instances/2/status`, `chatHistory/17/content`.

use std::fmt;
use std::str::FromStr;

use retold_core::{Instance, Message, Session};

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
    Known(&'static str),
    /// A key that it does not know.
    Unknown(String),
    /// All keys that it does not know, together: where one of them repeats, or where their order changed. Written `~`.
    Unknowns,
    /// What the log knows of the session beside its document: `.deleted`, `.place`, `.home`.
    Record(&'static str),
}

/// A place in a session.
///
/// Unknown keys are escaped: `~0` for `~`, `~1` for `/`, `~2` for `*`, `~3` for a `.` in front, `~4` for the empty key.
///
/// ```
/// use retold_travel::{Key, List, Path};
/// let path: Path = "instances/2/status".parse()?;
/// assert_eq!(path, Path::Field(List::Instances, 2, Key::Known("status")));
/// assert_eq!(path.to_string(), "instances/2/status");
/// # Ok::<(), retold_travel::NotAPath>(())
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

/// What stands beside the document.
pub(crate) const RECORD: [&str; 3] = ["deleted", "place", "home"];

impl List {
    /// Returns the key of the document that holds it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instances => "instances",
            Self::Messages => "chatHistory",
        }
    }

    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Instances => Instance::KEYS,
            Self::Messages => Message::KEYS,
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

    /// Reads a key of a level with these known keys.
    pub(crate) fn of(text: &str, known: &[&'static str]) -> Self {
        match known.iter().find(|key| **key == text) {
            Some(key) => Self::Known(key),
            None => Self::Unknown(text.to_owned()),
        }
    }

    fn read(text: &str, known: &[&'static str]) -> Result<Self, &'static str> {
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
        Ok(Self::of(&key, known))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(key) => f.write_str(key),
            Self::Record(key) => write!(f, ".{key}"),
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
        let known = RECORD.iter().find(|known| **known == record);
        return known
            .map(|known| Path::Own(Key::Record(known)))
            .ok_or("beside the document stand .deleted, .place and .home");
    }
    let mut parts = text.splitn(3, '/');
    let first = parts.next().unwrap_or_default();
    let (row, key) = (parts.next(), parts.next());
    let Some(list) = List::of(first) else {
        return match row {
            None => Key::read(first, Session::KEYS).map(Path::Own),
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
        (Some("*"), Some(key)) => Ok(Path::Each(list, Key::read(key, list.keys())?)),
        (Some(row), None) => Ok(Path::Row(list, number(row)?)),
        (Some(row), Some(key)) => Ok(Path::Field(list, number(row)?, Key::read(key, list.keys())?)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_read_as_the_document_does() {
        let read = |text: &str| text.parse::<Path>().unwrap();
        assert_eq!(read("status"), Path::Own(Key::Known("status")));
        assert_eq!(read("instances"), Path::Rows(List::Instances));
        assert_eq!(read("chatHistory/17/content"), Path::Field(List::Messages, 17, Key::Known("content")));
        assert_eq!(read("instances/*/status"), Path::Each(List::Instances, Key::Known("status")));
        assert_eq!(read(".deleted"), Path::Own(Key::Record("deleted")));
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
