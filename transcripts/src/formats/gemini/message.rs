//! A message of Gemini CLI, as it is written.

use std::borrow::Cow;

use super::words;
use crate::id::{Id, id};
use crate::raw::Raw;
use crate::{Outcome, Status, Tokens};

/// The longest text that is taken for an id or a name.
pub(super) const ID_MAX: usize = 512;

/// A message.
pub(super) struct Message<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) kind: Kind,
    /// The type that is not known.
    pub(super) unknown: Option<Cow<'a, str>>,
    pub(super) at: Option<i64>,
    pub(super) model: Option<Cow<'a, str>>,
    pub(super) texts: Vec<Cow<'a, str>>,
    pub(super) thoughts: Vec<Thought<'a>>,
    pub(super) calls: Vec<Call<'a>>,
    pub(super) tokens: Option<Tokens>,
}

/// Whose words a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A person wrote it.
    Prompt,
    /// The program wrote it as if a person had: what it tells the model at the beginning.
    Context,
    /// The program wrote it as if a person had.
    OfProgram,
    /// What tools returned.
    Results,
    /// A response.
    Response,
    /// A notice of the program.
    Notice,
    /// An error that the program shows.
    Error,
    Unknown,
}

/// A thought.
pub(super) struct Thought<'a> {
    pub(super) at: Option<i64>,
    pub(super) subject: Cow<'a, str>,
    pub(super) description: Cow<'a, str>,
}

/// A call of a tool.
pub(super) struct Call<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) at: Option<i64>,
    pub(super) name: Cow<'a, str>,
    pub(super) input: &'a str,
    pub(super) outcome: Option<Outcome>,
    /// What it returned, as text.
    pub(super) output: String,
    pub(super) agent: Option<Cow<'a, str>>,
}

/// The fields of a message.
pub(super) const FIELDS: [&str; 8] =
    ["id", "type", "content", "timestamp", "model", "tokens", "thoughts", "toolCalls"];

impl<'a> Message<'a> {
    /// Reads a message: an object with a text for its id.
    pub(super) fn of(raw: Raw<'a>) -> Option<Self> {
        Self::of_fields(raw.fields(&FIELDS))
    }

    /// The same, where the fields are read already.
    pub(super) fn of_fields(fields: [Option<Raw<'a>>; 8]) -> Option<Self> {
        let [name, kind, content, time, model, tokens, thoughts, calls] = fields;
        let kind = kind.and_then(Raw::text).unwrap_or_default();
        let parts = content.map(Parts::of).unwrap_or_default();
        let mut message = Self {
            id: name.and_then(Raw::text).filter(|name| !name.is_empty() && name.len() <= ID_MAX)?,
            kind: kind_of(&kind, &parts),
            unknown: None,
            at: time.and_then(Raw::time),
            model: model.and_then(self::name),
            texts: parts.texts,
            thoughts: parts.thoughts,
            calls: Vec::new(),
            tokens: tokens.filter(|tokens| tokens.is_object()).map(normalised),
        };
        if message.kind == Kind::Unknown {
            message.unknown = Some(kind);
        }
        if let Some(thoughts) = thoughts {
            thoughts.each_item(|thought| message.thoughts.extend(Thought::of(thought)));
        }
        if let Some(calls) = calls {
            calls.each_item(|call| message.calls.extend(Call::of(call)));
        }
        Some(message)
    }

    /// Returns what stands for all of it that means something.
    pub(super) fn look(&self) -> Id {
        let mut hasher = blake3::Hasher::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        add(&[self.kind as u8]);
        self.model.iter().for_each(|model| add(model.as_bytes()));
        self.texts.iter().for_each(|text| add(text.as_bytes()));
        for thought in &self.thoughts {
            add(thought.subject.as_bytes());
            add(thought.description.as_bytes());
        }
        for call in &self.calls {
            add(call.id.as_bytes());
            add(call.outcome.map_or("", Outcome::word).as_bytes());
            add(call.output.as_bytes());
        }
        if let Some(Tokens { input, cache_read, cache_write, output, reasoning, .. }) = self.tokens {
            [input, cache_read, cache_write, output, reasoning]
                .iter()
                .for_each(|number| add(&number.to_le_bytes()));
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Id::from_le_bytes(half)
    }

    /// Returns what stands for its text.
    pub(super) fn text(&self) -> Id {
        id(self.texts.join("\n"))
    }

    /// Returns how the session stands where this came last.
    pub(super) fn status(&self) -> Option<Status> {
        match self.kind {
            Kind::Prompt | Kind::Results => Some(Status::Open),
            Kind::Error => Some(Status::Failed),
            Kind::Notice if self.texts.iter().any(|text| text.starts_with("Request cancelled")) => {
                Some(Status::Interrupted)
            }
            Kind::Response => match self.calls.last().map(|call| call.outcome) {
                Some(None) => Some(Status::Open),
                Some(Some(Outcome::Cancelled)) => Some(Status::Interrupted),
                _ => Some(Status::Completed),
            },
            _ => None,
        }
    }
}

fn kind_of(kind: &str, parts: &Parts<'_>) -> Kind {
    match kind {
        "user" if parts.texts.is_empty() && parts.results > 0 && !parts.has_other => Kind::Results,
        "user" if parts.texts.is_empty() => Kind::Prompt,
        "user" if parts.texts.iter().any(|text| words::is_session_context(text)) => Kind::Context,
        "user" if parts.texts.iter().all(|text| words::is_of_program(text)) => Kind::OfProgram,
        "user" => Kind::Prompt,
        "gemini" => Kind::Response,
        "info" | "warning" => Kind::Notice,
        "error" => Kind::Error,
        _ => Kind::Unknown,
    }
}

/// What a content is made of: a text, a part, or a list of either.
#[derive(Default)]
struct Parts<'a> {
    texts: Vec<Cow<'a, str>>,
    thoughts: Vec<Thought<'a>>,
    results: usize,
    has_other: bool,
}

impl<'a> Parts<'a> {
    fn of(content: Raw<'a>) -> Self {
        let mut parts = Self::default();
        match content.is_list() {
            true => content.each_item(|part| parts.add(part)),
            false => parts.add(content),
        }
        parts
    }

    fn add(&mut self, part: Raw<'a>) {
        if let Some(text) = part.text() {
            self.texts.extend(Some(text).filter(|text| !text.is_empty()));
            return;
        }
        let [text, thought, result, call] =
            part.fields(&["text", "thought", "functionResponse", "functionCall"]);
        match text.and_then(Raw::text) {
            Some(text) if text.is_empty() => {}
            Some(text) if thought.is_some_and(Raw::is_true) => {
                self.thoughts.push(Thought { at: None, subject: "".into(), description: text });
            }
            Some(text) => self.texts.push(text),
            None if result.is_some() => self.results += 1,
            None if call.is_some() || !part.is_object() => {}
            None => self.has_other = true,
        }
    }
}

impl<'a> Thought<'a> {
    fn of(raw: Raw<'a>) -> Option<Self> {
        let [subject, description, time] = raw.fields(&["subject", "description", "timestamp"]);
        let text = |field: Option<Raw<'a>>| field.and_then(Raw::text).unwrap_or_default();
        let thought =
            Self { at: time.and_then(Raw::time), subject: text(subject), description: text(description) };
        (!thought.subject.is_empty() || !thought.description.is_empty()).then_some(thought)
    }

    /// Returns it as one text.
    pub(super) fn text(&self) -> String {
        match (&*self.subject, &*self.description) {
            ("", text) | (text, "") => text.to_owned(),
            (subject, description) => format!("{subject}\n{description}"),
        }
    }
}

impl<'a> Call<'a> {
    fn of(raw: Raw<'a>) -> Option<Self> {
        let [id, tool, args, result, status, time, agent] =
            raw.fields(&["id", "name", "args", "result", "status", "timestamp", "agentId"]);
        Some(Self {
            id: id.and_then(name)?,
            at: time.and_then(Raw::time),
            name: tool.and_then(name).unwrap_or_default(),
            input: args.map(Raw::json).unwrap_or_default(),
            outcome: status.and_then(Raw::text).and_then(|status| words::outcome(&status)),
            output: result.map(output).unwrap_or_default(),
            agent: agent.and_then(name),
        })
    }
}

/// Returns what a call returned, as text.
fn output(result: Raw<'_>) -> String {
    let mut texts = Vec::new();
    let mut add = |part| add_output(part, &mut texts);
    match result.is_list() {
        true => result.each_item(add),
        false => add(result),
    }
    texts.join("\n")
}

fn add_output<'a>(part: Raw<'a>, texts: &mut Vec<Cow<'a, str>>) {
    let [text, response] = part.fields(&["text", "functionResponse"]);
    texts.extend(text.or(Some(part)).and_then(Raw::text));
    let Some(response) = response.and_then(|response| response.field("response")) else { return };
    let [output, error] = response.fields(&["output", "error"]);
    let text = output.and_then(Raw::text).or_else(|| error.and_then(Raw::text));
    texts.push(text.unwrap_or(Cow::Borrowed(response.json())));
}

pub(super) fn name(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    raw.text().filter(|text| !text.is_empty() && text.len() <= ID_MAX)
}

/// Cached tokens are among the input, thoughts and what tools put in are beside the rest.
fn normalised(raw: Raw<'_>) -> Tokens {
    let [input, output, cached, thoughts, tool] = raw
        .fields(&["input", "output", "cached", "thoughts", "tool"])
        .map(|field| field.and_then(Raw::count).unwrap_or_default());
    Tokens {
        input: input.saturating_sub(cached) + tool,
        cache_read: cached,
        cache_write: 0,
        cache_write_1h: None,
        output: output + thoughts,
        reasoning: thoughts,
    }
}
