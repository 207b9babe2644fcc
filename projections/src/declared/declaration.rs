//! The text of a declared projection: a header, a schema, and what to do at which event.

use retold_core::EventType;

use super::scan::{Scan, Token};

/// A projection that is declared in SQL, read and not checked yet.
///
/// ```
/// let declaration = retold_projections::Declaration::read(
///     "-- projection: messages_per_role
///      -- version: 1
///      create table messages_per_role (role text primary key, n integer not null) strict;
///      -- on: MessageAdded
///      insert into messages_per_role values (:role, 1) on conflict do update set n = n + 1;",
/// )?;
/// assert_eq!((declaration.name(), declaration.version()), ("messages_per_role", 1));
/// # Ok::<(), retold_projections::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) about: Option<String>,
    pub(super) policy: Option<Policy>,
    pub(super) text: String,
    pub(super) schema: Vec<Statement>,
    pub(super) sections: Vec<Section>,
}

/// What happens at an event that a projection cannot take in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// It stops there, and says so, until somebody skips the event or mends the projection.
    #[default]
    Stop,
    /// It records the event and goes on after it.
    Skip,
}

impl Policy {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Skip => "skip",
        }
    }

    /// Returns the policy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Stop, Self::Skip].into_iter().find(|policy| policy.name() == name)
    }
}

/// Something that is wrong with a declaration, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// One statement, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) offset: usize,
    /// The names of its parameters, without the colon, each where it is first.
    pub(super) parameters: Vec<(String, usize)>,
}

/// What to do at events of some types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// Empty for every type.
    pub(super) types: Vec<EventType>,
    pub(super) statements: Vec<Statement>,
}

/// The names that a projection cannot have: schemas of SQLite, and words that commands take.
const NAMES_TAKEN: [&str; 9] =
    ["main", "temp", "at", "search", "metrics", "temporal", "builtin", "log", "all"];
const NAME_LENGTH_MAX: usize = 48;
const TEXT_BYTES_MAX: usize = 1024 * 1024;

impl Declaration {
    /// Reads a declaration.
    ///
    /// # Errors
    /// [`Error::Declaration`](crate::Error::Declaration) with every fault of the header and of the sections' lines; the
    /// statements are looked at when the projection is added.
    pub fn read(text: &str) -> Result<Self, crate::Error> {
        let mut reader = Reader::new(text);
        if text.len() > TEXT_BYTES_MAX {
            reader.fault(
                0,
                format!("a declaration of {} bytes is over the limit of {TEXT_BYTES_MAX}", text.len()),
            );
        } else {
            reader.read();
        }
        reader.finish()
    }

    /// Reads a declaration that comes with retold, under a name that is taken.
    pub(crate) fn read_own(text: &str) -> Result<Self, crate::Error> {
        let mut reader = Reader::new(text);
        reader.is_own = true;
        reader.read();
        reader.finish()
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its version.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns what it says about itself.
    pub fn about(&self) -> Option<&str> {
        self.about.as_deref()
    }

    /// Returns what happens at an event that it cannot take in.
    pub fn policy(&self) -> Policy {
        self.policy.unwrap_or_default()
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the place of a byte.
    pub(super) fn fault(&self, offset: usize, message: impl Into<String>) -> Fault {
        fault(&self.text, offset, message.into())
    }
}

fn fault(text: &str, offset: usize, message: String) -> Fault {
    let before = &text[..text.floor_char_boundary(offset)];
    let line_begin = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    Fault { line, column: before[line_begin..].chars().count() + 1, message }
}

struct Reader<'t> {
    text: &'t str,
    name: Option<String>,
    version: Option<u32>,
    about: Option<String>,
    policy: Option<Policy>,
    schema: Vec<Statement>,
    sections: Vec<Section>,
    faults: Vec<Fault>,
    /// Where the statement that is being read begins.
    begin: Option<usize>,
    parameters: Vec<(String, usize)>,
    /// Whether it comes with retold.
    is_own: bool,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            name: None,
            version: None,
            about: None,
            policy: None,
            schema: Vec::new(),
            sections: Vec::new(),
            faults: Vec::new(),
            begin: None,
            parameters: Vec::new(),
            is_own: false,
        }
    }

    fn fault(&mut self, offset: usize, message: impl Into<String>) {
        self.faults.push(fault(self.text, offset, message.into()));
    }

    fn read(&mut self) {
        for (at, token) in Scan::new(self.text) {
            match token {
                Token::Comment(comment) => self.comment(at, comment),
                Token::End => self.end_statement(at),
                Token::Parameter(text) => {
                    self.begin.get_or_insert(at);
                    self.parameter(at, text);
                }
                Token::Literal(_) | Token::Other => drop(self.begin.get_or_insert(at)),
            }
        }
        self.end_statement(self.text.len());
    }

    fn parameter(&mut self, at: usize, text: &str) {
        match text.strip_prefix(':').filter(|name| !name.is_empty()) {
            Some(name) if !self.parameters.iter().any(|(known, _)| known == name) => {
                self.parameters.push((name.to_owned(), at));
            }
            Some(_) => {}
            None => self.fault(at, format!("{text} is no parameter here: they are written :name")),
        }
    }

    fn end_statement(&mut self, end: usize) {
        let parameters = std::mem::take(&mut self.parameters);
        let Some(begin) = self.begin.take() else { return };
        let sql = self.text[begin..end].trim_end().to_owned();
        let statement = Statement { sql, offset: begin, parameters };
        match self.sections.last_mut() {
            Some(section) => section.statements.push(statement),
            None => self.schema.push(statement),
        }
    }

    /// A comment says something where it begins with a known word; any other is for people.
    fn comment(&mut self, at: usize, comment: &str) {
        let Some((key, value)) = comment.split_once(':') else { return };
        let value = value.trim();
        let value_at =
            at + 2 + comment.len() - comment.split_once(':').map_or(0, |(_, rest)| rest.trim_start().len());
        match key.trim() {
            "on" => {
                if self.begin.is_some() {
                    self.fault(at, "the statement before it has no end: put a `;`");
                    self.end_statement(at);
                }
                let types = self.types(value_at, value);
                self.sections.push(Section { types, statements: Vec::new() });
            }
            key @ ("projection" | "version" | "about" | "policy")
                if self.schema.is_empty() && self.sections.is_empty() && self.begin.is_none() =>
            {
                self.header(key, value_at, value);
            }
            _ => {}
        }
    }

    fn header(&mut self, key: &str, at: usize, value: &str) {
        let is_repeated = match key {
            "projection" => self.name.replace(value.to_owned()).is_some(),
            "version" => self.version.replace(value.parse().unwrap_or(0)).is_some(),
            "policy" => self.policy.replace(Policy::from_name(value).unwrap_or_default()).is_some(),
            _ => self.about.replace(value.to_owned()).is_some(),
        };
        if is_repeated {
            self.fault(at, format!("`{key}` stands here for the second time"));
        }
        match key {
            "projection" if !is_name(value) => self.fault(
                at,
                format!("a name is 1 to {NAME_LENGTH_MAX} of a-z, 0-9 and _, and begins with a letter; found {value:?}"),
            ),
            "projection" if NAMES_TAKEN.contains(&value) && !self.is_own => {
                self.fault(at, format!("the name {value} is taken by retold itself"));
            }
            "version" if !value.parse().is_ok_and(|version: u32| version > 0) => {
                self.fault(at, format!("a version is a whole number from 1; found {value:?}"));
            }
            "policy" if Policy::from_name(value).is_none() => {
                self.fault(at, format!("a policy is stop or skip; found {value:?}"));
            }
            _ => {}
        }
    }

    fn types(&mut self, at: usize, value: &str) -> Vec<EventType> {
        if value == "*" {
            return Vec::new();
        }
        let mut types = Vec::new();
        for name in value.split(',').map(str::trim) {
            match EventType::ALL.iter().find(|kind| kind.name() == name) {
                Some(kind) => types.push(*kind),
                None => self.fault(at, unknown_type(name)),
            }
        }
        types
    }

    fn finish(mut self) -> Result<Declaration, crate::Error> {
        for (key, is_missing) in [("projection", self.name.is_none()), ("version", self.version.is_none())] {
            if is_missing && self.faults.is_empty() {
                self.fault(0, format!("the header has no line `-- {key}: …`"));
            }
        }
        if self.faults.is_empty() && self.schema.is_empty() {
            self.fault(0, "there is no table: the schema stands between the header and the first `-- on:`");
        }
        if self.faults.is_empty() && self.sections.iter().all(|section| section.statements.is_empty()) {
            self.fault(
                self.text.len(),
                "it does nothing at any event: add a line such as `-- on: MessageAdded`",
            );
        }
        self.faults.sort();
        let Self { text, name: Some(name), version: Some(version), about, policy, schema, sections, .. } =
            self
        else {
            return Err(crate::Error::Declaration { faults: self.faults });
        };
        if !self.faults.is_empty() {
            return Err(crate::Error::Declaration { faults: self.faults });
        }
        Ok(Declaration { name, version, about, policy, text: text.to_owned(), schema, sections })
    }
}

fn is_name(text: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase();
    text.len() <= NAME_LENGTH_MAX
        && text.as_bytes().first().is_some_and(is_letter)
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn unknown_type(name: &str) -> String {
    let same = EventType::ALL.iter().find(|kind| kind.name().eq_ignore_ascii_case(name));
    let begins = |kind: &&EventType| {
        let length = kind.name().len().min(name.len()).min(5);
        length > 2
            && kind
                .name()
                .get(..length)
                .zip(name.get(..length))
                .is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    match same.or_else(|| EventType::ALL.iter().find(begins)) {
        Some(meant) => format!("there is no event type {name:?}; is {meant} meant?"),
        None => format!("there is no event type {name:?}; `retold projections parameters` lists them"),
    }
}
