//! What was said and done in a conversation of Claude Code.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::chain::Claim;
use super::line::{Line, long_name, name};
use super::reading::Reading;
use super::usage::Told;
use super::words::{self, INTERRUPTED, SYNTHETIC};
use crate::fact::Teller;
use crate::id::{Id, id, id_within};
use crate::raw::Raw;
use crate::{Fact, Outcome, Role, What};

/// What came last in a session, of what its status follows from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Last {
    #[default]
    Nothing,
    /// A prompt, or what a tool returned: the agent is next.
    User,
    Response,
    ApiError,
    Interruption,
}

/// The messages of a conversation, as far as they are part of it still.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Tree {
    messages: Vec<Box<str>>,
    /// The last prompt under each parent: where it is, and its id.
    prompts: HashMap<Id, (usize, Id)>,
}

impl Tree {
    /// Adds a response.
    fn respond(&mut self, message: &str) {
        self.messages.push(message.into());
    }

    /// Adds a prompt. Where its parent has one already, somebody went back: returns what is no longer part of the conversation.
    fn prompt(&mut self, message: &str, parent: Option<&str>) -> Option<Vec<String>> {
        let number = id(message.as_bytes());
        let mut dropped = None;
        if let Some(parent) = parent {
            let new = |at: usize| (at, number);
            let parent = id(parent.as_bytes());
            if let Some((at, earlier)) = self.prompts.get(&parent).copied() {
                // Where that prompt is not there any more, what followed on it is neither.
                let is_there = self.messages.get(at).is_some_and(|message| id(message.as_bytes()) == earlier);
                let from = if is_there { at } else { self.messages.len() };
                dropped = Some(self.messages.drain(from..).map(String::from).collect());
            }
            self.prompts.insert(parent, new(self.messages.len()));
        }
        self.messages.push(message.into());
        dropped
    }
}

impl Reading {
    /// Reads a message, and what is like one.
    pub(super) fn message(
        &mut self,
        session: u32,
        number: Id,
        uuid: &str,
        claim: Claim,
        line: &Line<'_>,
        each: &mut dyn FnMut(Fact),
    ) {
        let side_chain = (claim == Claim::SideChain).then(|| self.side_chain(number, uuid, line));
        let is_side = side_chain.is_some();
        let mut teller = self.sessions.agent_teller(session, line.at, side_chain, each);
        match &*line.kind {
            "user" => self.user(session, uuid, is_side, line, &mut teller),
            "assistant" => self.assistant(session, uuid, is_side, line, &mut teller),
            "system" if is(line.subtype, "compact_boundary") => {
                teller.tell(What::Compacted { dropped: Vec::new() })
            }
            "system" => {
                let text = line.content.and_then(Raw::text).filter(|text| !text.is_empty());
                text.into_iter().for_each(|text| say(&mut teller, uuid, Role::System, &text, None));
            }
            "attachment" => attachment(uuid, line, &mut teller),
            "progress" => self.progress(session, line, each),
            _ => {}
        }
        if let Some(agent) = line.twin.and_then(agent_of_twin) {
            let call = line.message.and_then(|message| message.field("content")).and_then(first_result);
            if let Some(call) = call {
                self.sessions.spawns(session, &agent, &call, each);
            }
        }
    }

    /// Returns the name of the side chain that a record is of: its agent's, or the id of its first record.
    fn side_chain(&mut self, number: Id, uuid: &str, line: &Line<'_>) -> String {
        let parent = line.parent.as_ref().and_then(|parent| self.side_chains.get(&id(parent.as_bytes())));
        let chain = match (&line.agent, parent) {
            (Some(agent), _) => self.agents.number(agent),
            (None, Some(chain)) => *chain,
            (None, None) => self.agents.number(uuid),
        };
        self.side_chains.insert(number, chain);
        self.agents.text(chain).to_owned()
    }

    fn user(&mut self, session: u32, uuid: &str, is_side: bool, line: &Line<'_>, teller: &mut Teller<'_>) {
        let Some(content) = line.message.and_then(|message| message.field("content")) else { return };
        let (mut texts, mut has_other, mut results) = (Vec::new(), false, 0);
        if let Some(text) = content.text() {
            texts.push(text);
        }
        content.each_item(|block| {
            let [kind, text, call, result, is_error] =
                block.fields(&["type", "text", "tool_use_id", "content", "is_error"]);
            match kind.and_then(Raw::text).as_deref() {
                Some("text") => texts.extend(text.and_then(Raw::text)),
                Some("tool_result") => {
                    results += 1;
                    let Some(call) = call.and_then(name) else { return };
                    let output = result.map(output).unwrap_or_default();
                    let outcome = outcome(is_error.is_some_and(Raw::is_true), line, &output);
                    if !is_side {
                        self.sessions.get(session).open_calls.remove(&id(call.as_bytes()));
                    }
                    teller.tell(What::Returned { id: call.into_owned(), outcome, output });
                }
                _ => has_other = true,
            }
        });
        texts.retain(|text| !text.is_empty());
        let is_prompt = results == 0 && is_prompt(line, &texts, has_other, self.sessions.is_agent(session));
        if !is_side {
            let this = self.sessions.get(session);
            if is_prompt {
                this.open_calls.clear();
                if let Some(dropped) = this.tree.prompt(uuid, line.parent.as_deref()) {
                    teller.tell(What::Rewound { dropped });
                }
            }
            if texts.iter().any(|text| text.starts_with(INTERRUPTED)) {
                this.last = Last::Interruption;
            } else if is_prompt || results > 0 {
                this.last = Last::User;
            }
        }
        // Where a person wrote something, the program may have put something of its own beside it.
        let all_are_of_program = texts.iter().all(|text| words::is_of_program(text));
        if is_prompt && texts.is_empty() {
            say(teller, uuid, Role::User, "", None);
        }
        for text in &texts {
            let is_users = is_prompt && (all_are_of_program || !words::is_of_program(text));
            say(teller, uuid, if is_users { Role::User } else { Role::System }, text, None);
        }
    }

    fn assistant(
        &mut self,
        session: u32,
        uuid: &str,
        is_side: bool,
        line: &Line<'_>,
        teller: &mut Teller<'_>,
    ) {
        let Some(message) = line.message else { return };
        let [key, model, content, usage] = message.fields(&["id", "model", "content", "usage"]);
        let (key, model) = (key.and_then(name), model.and_then(name));
        let is_local = line.is_api_error || model.as_deref() == Some(SYNTHETIC);
        if is_local {
            let tell = |text: Cow<'_, str>| say(teller, uuid, Role::System, &text, None);
            content.into_iter().flat_map(texts).for_each(tell);
            if line.is_api_error && !is_side {
                self.sessions.get(session).last = Last::ApiError;
            }
            return;
        }
        let key = key.unwrap_or(Cow::Borrowed(uuid));
        let is_first = self.responses.insert(id_within(session, key.as_bytes()));
        let mut told = None;
        {
            let this = self.sessions.get(session);
            if !is_side {
                this.last = Last::Response;
                if is_first {
                    this.tree.respond(&key);
                }
            }
            let mut block = |block: Raw<'_>| {
                let before = told.unwrap_or(!is_first);
                let call = self::block(block, &key, model.as_deref(), before, teller);
                told = Some(true);
                match call {
                    Some(Call::Open(call)) if !is_side => drop(this.open_calls.insert(call)),
                    Some(Call::Closed(call)) => drop(this.open_calls.remove(&call)),
                    _ => {}
                }
            };
            match content {
                Some(content) if content.is_list() => content.each_item(&mut block),
                Some(content) => {
                    if let Some(text) = content.text().filter(|text| !text.is_empty()) {
                        say(teller, &key, Role::Assistant, &text, model.as_deref());
                        told = Some(true);
                    }
                }
                None => {}
            }
        }
        if is_first && told.is_none() {
            teller.tell(What::Responded {
                id: key.clone().into_owned(),
                model: model.as_deref().map(str::to_owned),
            });
        }
        if let Some(usage) = usage {
            let model = model.as_deref().unwrap_or("unknown");
            let told = Told { key: &key, model, usage, cost: line.cost, is_hearsay: false };
            self.usage.told(told).into_iter().for_each(|what| teller.tell(what));
        }
    }

    /// Reads what the file of a session says of its agents' responses while they work.
    fn progress(&mut self, session: u32, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let Some(data) = line.data else { return };
        let [kind, agent, outer] = data.fields(&["type", "agentId", "message"]);
        if !is(kind, "agent_progress") {
            return;
        }
        let agent = agent.and_then(name);
        if let Some((agent, call)) = agent.as_ref().zip(line.parent_call.as_ref()) {
            self.sessions.spawns(session, agent, call, each);
        }
        let Some(message) = outer.and_then(|outer| outer.field("message")) else { return };
        let [key, model, usage] = message.fields(&["id", "model", "usage"]);
        let (Some(key), Some(usage)) = (key.and_then(name), usage) else { return };
        let model = model.and_then(name);
        let model = model.as_deref().filter(|model| *model != SYNTHETIC);
        let told = Told { key: &key, model: model.unwrap_or("unknown"), usage, cost: None, is_hearsay: true };
        if let Some(what) = self.usage.told(told) {
            let agent = agent.map(Cow::into_owned);
            self.sessions.agent_teller(session, line.at, agent, each).tell(what);
        }
    }
}

/// A call that a block makes, or answers.
enum Call {
    Open(Id),
    Closed(Id),
}

/// Reads a block of a response. `is_told`: whether a response was told of before, or a block of this line.
fn block(
    block: Raw<'_>,
    key: &str,
    model: Option<&str>,
    is_told: bool,
    teller: &mut Teller<'_>,
) -> Option<Call> {
    let [kind, text, thinking, call, tool, input, answers, content] =
        block.fields(&["type", "text", "thinking", "id", "name", "input", "tool_use_id", "content"]);
    let kind = kind.and_then(Raw::text).unwrap_or_default();
    let text = text.and_then(Raw::text).filter(|text| !text.is_empty());
    if let Some(text) = text.filter(|_| kind == "text") {
        say(teller, key, Role::Assistant, &text, model);
        return None;
    }
    if !is_told {
        teller.tell(What::Responded { id: key.to_owned(), model: model.map(str::to_owned) });
    }
    if kind == "thinking" {
        let thinking = thinking.and_then(Raw::text).filter(|text| !text.is_empty());
        thinking.into_iter().for_each(|text| say(teller, key, Role::Thinking, &text, model));
    } else if kind.ends_with("tool_use") {
        let call = call.and_then(name)?;
        let number = id(call.as_bytes());
        let name = tool.and_then(long_name).unwrap_or_default().into_owned();
        teller.tell(What::Called {
            id: call.into_owned(),
            message: Some(key.to_owned()),
            kind: words::tool_kind(&name),
            name,
            input: input.map(Raw::json).unwrap_or_default().to_owned(),
        });
        return Some(Call::Open(number));
    } else if kind.ends_with("tool_result") {
        // The provider's own tools answer inside the response.
        let call = answers.and_then(name)?;
        let is_error = content.is_some_and(|content| content.field("error_code").is_some());
        let outcome = if is_error { Outcome::Error } else { Outcome::Ok };
        let output = content.map(output).unwrap_or_default();
        let number = id(call.as_bytes());
        teller.tell(What::Returned { id: call.into_owned(), outcome, output });
        return Some(Call::Closed(number));
    }
    None
}

fn is(field: Option<Raw<'_>>, word: &str) -> bool {
    field.and_then(Raw::text).as_deref() == Some(word)
}

fn say(teller: &mut Teller<'_>, id: &str, role: Role, text: &str, model: Option<&str>) {
    let model = model.map(str::to_owned);
    teller.tell(What::Spoke { id: id.to_owned(), role, text: text.to_owned(), model });
}

/// Whether a record of a user is a prompt of a person; in an agent's file, of whoever began it.
fn is_prompt(line: &Line<'_>, texts: &[Cow<'_, str>], has_other: bool, is_agent: bool) -> bool {
    if line.is_meta || line.is_summary || (texts.is_empty() && !has_other) {
        return false;
    }
    match &line.origin {
        Some(origin) if origin == "human" => true,
        Some(_) if !is_agent => false,
        _ => texts.is_empty() || texts.iter().any(|text| !words::is_of_program(text)),
    }
}

/// Reads what is attached: of these only what a person wrote while the agent worked.
fn attachment(uuid: &str, line: &Line<'_>, teller: &mut Teller<'_>) {
    let Some(attachment) = line.attachment else { return };
    let [kind, prompt] = attachment.fields(&["type", "prompt"]);
    if is(kind, "queued_command") {
        prompt.into_iter().flat_map(texts).for_each(|text| say(teller, uuid, Role::System, &text, None));
    }
}

/// Returns the texts of a content: it is one, or has blocks that are.
fn texts(content: Raw<'_>) -> Vec<Cow<'_, str>> {
    let mut texts: Vec<Cow<'_, str>> = content.text().into_iter().collect();
    content.each_item(|block| {
        let [kind, text] = block.fields(&["type", "text"]);
        if is(kind, "text") {
            texts.extend(text.and_then(Raw::text));
        }
    });
    texts.retain(|text| !text.is_empty());
    texts
}

/// Returns what a tool returned, as text.
fn output(content: Raw<'_>) -> String {
    match texts(content) {
        texts if !texts.is_empty() => texts.join("\n"),
        _ if content.is_object() => content.json().to_owned(),
        _ => String::new(),
    }
}

fn outcome(is_error: bool, line: &Line<'_>, output: &str) -> Outcome {
    let twin = line.twin.map(Raw::json).unwrap_or_default();
    if line.is_denied || (is_error && words::is_denial(twin, output)) {
        Outcome::Denied
    } else if is_error {
        Outcome::Error
    } else if line
        .twin
        .is_some_and(|twin| is_short(twin) && twin.field("interrupted").is_some_and(Raw::is_true))
    {
        Outcome::Cancelled
    } else {
        Outcome::Ok
    }
}

/// Whether the structure of a result may say what it is worth to look for: that of a large one is its text once more.
fn is_short(twin: Raw<'_>) -> bool {
    twin.json().len() <= 1 << 16
        || memchr::memmem::find(twin.json().as_bytes(), b"\"interrupted\":true").is_some()
}

/// Returns the agent that a result comes from.
fn agent_of_twin(twin: Raw<'_>) -> Option<Cow<'_, str>> {
    let may_be = twin.is_object() && memchr::memmem::find(twin.json().as_bytes(), b"\"agentId\"").is_some();
    may_be.then(|| twin.field("agentId")).flatten().and_then(name)
}

/// Returns the call that a user's record answers first.
fn first_result(content: Raw<'_>) -> Option<Cow<'_, str>> {
    let mut call = None;
    content.each_item(|block| {
        if call.is_none() {
            call = block.field("tool_use_id").and_then(name);
        }
    });
    call
}
