//! Where a page of a list ended, so that the next one begins after it.

use std::fmt;
use std::str::FromStr;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, Value, ValueRef};

use super::filter::Order;

/// A place in an order of sessions: after one session, whatever becomes of it. As text it can be kept and sent about;
/// it means nothing in another order, and nothing to anybody else.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor(Place);

#[derive(Clone, Debug, PartialEq)]
enum Place {
    File { workspace: i64, home: String, place: f64, stream: i64 },
    By { order: Order, key: Key, stream: i64 },
}

/// What a session is ordered by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    /// It has nothing to be ordered by, and is after all that have.
    Absent,
    Number(i64),
    /// A number beyond SQLite's; it is as text, and so before all numbers.
    Beyond(String),
}

/// A part of a page's statement, and the values it needs.
pub(super) struct Part {
    /// The condition.
    pub(super) condition: &'static str,
    pub(super) params: Vec<(&'static str, Box<dyn ToSql>)>,
}

impl Part {
    fn new(condition: &'static str) -> Self {
        Self { condition, params: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToSql + 'static) -> Self {
        self.params.push((name, Box::new(value)));
        self
    }
}

/// When a session moved last. That bodies left or came back (event types 19 to 21) is no move.
macro_rules! moved {
    () => {
        "coalesce((select min(e.recorded_at, max(e.occurred_at, coalesce(s.updated_instant, e.occurred_at))) \
         from event e where e.position = s.position and e.type not between 19 and 21), s.updated_instant, 0)"
    };
}
pub(super) const MOVED: &str = moved!();
/// The order that it makes.
pub(super) const MOVED_ORDER: &str = concat!(moved!(), " desc, s.stream desc");

/// Every session.
pub(super) const ALL: &str = "true";
/// After a session in file order.
pub(super) const FILE: &str =
    "(s.workspace, s.home, s.place, s.stream) > (:after_workspace, :after_home, :after_place, :after_stream)";
/// The same in the workspace of that session.
pub(super) const FILE_OF_WORKSPACE: &str =
    "(s.home, s.place, s.stream) > (:after_home, :after_place, :after_stream)";
/// After a session that has what it is ordered by, and before those that have not: two conditions, for a comparison
/// with null is never true.
pub(super) const BY: [(Order, &str, &str); 5] = [
    (
        Order::Moved,
        concat!("(", moved!(), ", s.stream) < (:after_key, :after_stream)"),
        // Every session has moved.
        "false and s.stream < :after_stream",
    ),
    (
        Order::Updated,
        "s.updated_instant is not null and (s.updated_instant, s.stream) < (:after_key, :after_stream)",
        "s.updated_instant is null and s.stream < :after_stream",
    ),
    (
        Order::Created,
        "s.created_instant is not null and (s.created_instant, s.stream) < (:after_key, :after_stream)",
        "s.created_instant is null and s.stream < :after_stream",
    ),
    (
        Order::Duration,
        "s.total_duration is not null and (s.total_duration, s.stream) < (:after_key, :after_stream)",
        "s.total_duration is null and s.stream < :after_stream",
    ),
    (
        Order::FilesChanged,
        "s.total_files_changed is not null and (s.total_files_changed, s.stream) < (:after_key, :after_stream)",
        "s.total_files_changed is null and s.stream < :after_stream",
    ),
];

impl Cursor {
    pub(super) fn of_file(workspace: i64, home: String, place: f64, stream: i64) -> Self {
        Self(Place::File { workspace, home, place, stream })
    }

    pub(super) fn by_key(order: Order, key: Key, stream: i64) -> Self {
        Self(Place::By { order, key, stream })
    }

    /// Returns the place after a session in an order by a number, as a list has it; `None` for the order of files, which is by
    /// more.
    pub fn of(order: Order, key: Option<i64>, stream: i64) -> Option<Self> {
        let key = key.map_or(Key::Absent, Key::Number);
        (order != Order::File).then(|| Self::by_key(order, key, stream))
    }

    /// Returns the order, the number that it is by and the stream; `None` in the order of files, and for a number beyond SQLite's.
    pub fn by(&self) -> Option<(Order, Option<i64>, i64)> {
        match &self.0 {
            Place::By { order, key: Key::Absent, stream } => Some((*order, None, *stream)),
            Place::By { order, key: Key::Number(key), stream } => Some((*order, Some(*key), *stream)),
            _ => None,
        }
    }

    /// Returns the order that it is a place in.
    pub fn order(&self) -> Order {
        match self.0 {
            Place::File { .. } => Order::File,
            Place::By { order, .. } => order,
        }
    }

    /// Returns when the session moved last, in a list by that.
    pub fn moved_at(&self) -> Option<jiff::Timestamp> {
        match &self.0 {
            Place::By { order: Order::Moved, key: Key::Number(micros), .. } => {
                retold_core::time::from_micros(*micros)
            }
            _ => None,
        }
    }

    /// Returns what a page after it is made of, one part after the other. `of`: the only workspace that the list is of.
    pub(super) fn parts(&self, of: Option<i64>) -> Vec<Part> {
        match &self.0 {
            Place::File { workspace, .. } if of.is_some_and(|of| of > *workspace) => vec![Part::whole()],
            Place::File { workspace, .. } if of.is_some_and(|of| of < *workspace) => Vec::new(),
            Place::File { workspace, home, place, stream } => {
                let part = match of {
                    Some(_) => Part::new(FILE_OF_WORKSPACE),
                    None => Part::new(FILE).with(":after_workspace", *workspace),
                };
                let part = part.with(":after_home", home.clone()).with(":after_place", *place);
                vec![part.with(":after_stream", *stream)]
            }
            Place::By { order, key, stream } => {
                let (_, dated, undated) =
                    BY.iter().find(|(by, ..)| by == order).expect("every order but the file's is listed");
                match key.value() {
                    None => vec![Part::new(undated).with(":after_stream", *stream)],
                    Some(key) => vec![
                        Part::new(dated).with(":after_key", key).with(":after_stream", *stream),
                        Part::new(undated).with(":after_stream", i64::MAX),
                    ],
                }
            }
        }
    }
}

impl Part {
    /// The only part of a list that begins at its beginning.
    pub(super) fn whole() -> Self {
        Self::new(ALL)
    }
}

impl Key {
    /// Returns the number that it stands for.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Absent => None,
            Self::Number(number) => u64::try_from(*number).ok(),
            Self::Beyond(text) => text.parse().ok(),
        }
    }

    fn value(&self) -> Option<Value> {
        match self {
            Self::Absent => None,
            Self::Number(number) => Some(Value::Integer(*number)),
            Self::Beyond(text) => Some(Value::Text(text.clone())),
        }
    }
}

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(Self::Absent),
            ValueRef::Integer(number) => Ok(Self::Number(number)),
            ValueRef::Text(_) => value.as_str().map(|text| Self::Beyond(text.to_owned())),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl Order {
    const LETTERS: [(Self, char); 6] = [
        (Self::File, 'f'),
        (Self::Moved, 'm'),
        (Self::Updated, 'u'),
        (Self::Created, 'c'),
        (Self::Duration, 'd'),
        (Self::FilesChanged, 'n'),
    ];

    /// Returns the letter that stands for it, in a cursor and where it is sent about.
    pub fn letter(self) -> char {
        let (_, letter) = Self::LETTERS.iter().find(|(known, _)| *known == self).expect("all are listed");
        *letter
    }

    /// Returns the order that a letter stands for.
    pub fn of_letter(letter: char) -> Option<Self> {
        Self::LETTERS.iter().find(|(_, known)| *known == letter).map(|(order, _)| *order)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = self.order().letter();
        match &self.0 {
            // The bits of the place: a decimal might not come back as the same number.
            Place::File { workspace, home, place, stream } => {
                write!(f, "{letter}.{stream}.{workspace}.{:x}.{home}", place.to_bits())
            }
            Place::By { key: Key::Absent, stream, .. } => write!(f, "{letter}.{stream}"),
            Place::By { key: Key::Number(number), stream, .. } => write!(f, "{letter}.{stream}.{number}"),
            Place::By { key: Key::Beyond(text), stream, .. } => write!(f, "{letter}.{stream}.+{text}"),
        }
    }
}

/// A text that is no [`Cursor`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list: {0}")]
pub struct NotACursor(String);

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        read(text).map(Self).ok_or_else(|| NotACursor(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Place> {
    let (letter, rest) = text.split_once('.')?;
    let mut letters = letter.chars();
    let order = Order::of_letter(letters.next()?).filter(|_| letters.next().is_none())?;
    if order == Order::File {
        let mut parts = rest.splitn(4, '.');
        let stream = parts.next()?.parse().ok()?;
        let workspace = parts.next()?.parse().ok()?;
        let place = f64::from_bits(u64::from_str_radix(parts.next()?, 16).ok()?);
        // SQLite has no number for it, and nothing is after it.
        if place.is_nan() {
            return None;
        }
        return Some(Place::File { workspace, home: parts.next()?.to_owned(), place, stream });
    }
    let (stream, key) = match rest.split_once('.') {
        None => (rest, Key::Absent),
        Some((stream, key)) => match key.strip_prefix('+') {
            Some(beyond) => (stream, Key::Beyond(beyond.to_owned())),
            None => (stream, Key::Number(key.parse().ok()?)),
        },
    };
    Some(Place::By { order, key, stream: stream.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn a_cursor_is_read_as_it_was_written(stream in any::<i64>(), number in any::<i64>(), place in -1e300_f64..1e300) {
            let by = |key| Cursor::by_key(Order::Duration, key, stream);
            let cursors = [
                Cursor::of_file(number, "a.b".to_owned(), place, stream),
                by(Key::Absent),
                by(Key::Number(number)),
                by(Key::Beyond(u64::MAX.to_string())),
            ];
            for cursor in cursors {
                prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
            }
        }

        #[test]
        fn any_text_is_a_cursor_or_none(text in "[fmucdn]?[.]?[0-9a-f.+-]{0,30}|.*") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
            }
        }
    }
}
