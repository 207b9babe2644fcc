//! How a call is named, as people type it.

use std::fmt;
use std::str::FromStr;

use super::SessionCall;

/// A place among the calls of a session.
///
/// ```
/// use retold_travel::CallPath;
/// let path: CallPath = "calls/3/outcome".parse()?;
/// assert_eq!(path.to_string(), "calls/3/outcome");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPath {
    /// Which call: its place among those that are there, or its id; `None`: all.
    pub call: Option<String>,
    /// What of it; `None`: all.
    pub key: Option<CallKey>,
}

/// What is known of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKey {
    /// The tool's name.
    Name,
    /// The tool's kind.
    Kind,
    /// What it was given.
    Input,
    /// How it ended.
    Outcome,
    /// What it returned.
    Output,
}

impl CallKey {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Name, Self::Kind, Self::Input, Self::Outcome, Self::Output];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Kind => "kind",
            Self::Input => "input",
            Self::Outcome => "outcome",
            Self::Output => "output",
        }
    }

    /// Whether the event that returned brought it.
    pub const fn is_returned(self) -> bool {
        matches!(self, Self::Outcome | Self::Output)
    }
}

impl CallPath {
    /// What such places begin with.
    pub const ROOT: &'static str = "calls";

    /// All calls.
    pub const ALL: Self = Self { call: None, key: None };

    /// Whether a text names such a place, right or wrong.
    pub fn is_one(text: &str) -> bool {
        text.strip_prefix(Self::ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether a call is one of these: the one at this place among those that are there.
    pub fn has(&self, index: usize, call: &SessionCall) -> bool {
        let Some(name) = &self.call else { return true };
        match name.parse::<usize>() {
            Ok(wanted) => wanted == index,
            Err(_) => *name == call.id,
        }
    }

    pub(super) fn holds(&self, key: CallKey) -> bool {
        self.key.is_none_or(|known| known == key)
    }
}

impl FromStr for CallPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = |reason: &str| Err(format!("path {text:?}: {reason}"));
        let mut parts = text.splitn(3, '/');
        if parts.next() != Some(Self::ROOT) {
            return refuse("a call is named calls/3, or calls/ID");
        }
        let (call, key) = (parts.next(), parts.next());
        if call == Some("") {
            return refuse("a call is named calls/3, or calls/ID");
        }
        let known = |key: &str| CallKey::ALL.into_iter().find(|known| known.name() == key);
        let key = match key.map(known) {
            None => None,
            Some(Some(key)) => Some(key),
            Some(None) => return refuse("of a call there are name, kind, input, outcome and output"),
        };
        Ok(Self { call: call.filter(|call| *call != "*").map(str::to_owned), key })
    }
}

impl fmt::Display for CallPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ROOT)?;
        match (&self.call, self.key) {
            (Some(call), _) => write!(f, "/{call}")?,
            (None, Some(_)) => f.write_str("/*")?,
            (None, None) => {}
        }
        self.key.map_or(Ok(()), |key| write!(f, "/{}", key.name()))
    }
}
