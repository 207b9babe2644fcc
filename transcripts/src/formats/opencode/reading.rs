//! What the records of opencode mean.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::response::{Answer, response, say, status};
use super::row::{self, Message, Part, Row, Session};
use super::survey::{Survey, started};
use super::tools;
use crate::formats::saved::{self, Sound};
use crate::formats::tool::Interpreter;
use crate::id::{self, Id};
use crate::json;
use crate::{Fact, Record, Relation, Role, Settled, Source, Status, What};

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Reading {
    survey: Survey,
    sessions: HashMap<String, Told>,
    messages: HashMap<Id, Answer>,
    parts: HashMap<Id, Piece>,
}

/// What was said of a session: hashes of it, so that what is the same is no news.
#[derive(Default, Serialize, Deserialize)]
struct Told {
    sources: HashSet<u64>,
    title: u64,
    folder: u64,
    version: u64,
    link: u64,
    reverted: u64,
    /// What the person went back from, until all of it is said.
    rewind: Option<Vec<String>>,
    /// The message that was created last, and how the session stands after it.
    last: Option<(Option<i64>, Id, Status)>,
    last_parts: usize,
}

/// What was said of a part.
#[derive(Default, Serialize, Deserialize)]
struct Piece {
    /// What its text looked like; zero before it was said.
    text: u64,
    is_first: bool,
    is_called: bool,
    is_returned: bool,
}

impl Interpreter for Reading {
    fn survey(&mut self, source: &Source, record: &Record<'_>) {
        self.survey.take(source, record);
    }

    fn record(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact)) {
        json::with_object(record.json(), |object| {
            row::with_row(source, &object, |row| match row {
                Row::Session(session) => self.session(source, &session, each),
                Row::Message(message) => self.message(source, &message, each),
                Row::Part(part) => self.part(source, &part, each),
                Row::SessionMessage { session, kind } => {
                    if !self.survey.has_messages(&session) {
                        self.begin(source, &session, None, each);
                        say(each, &session, None, What::Unknown(format!("session_message/{kind}")));
                    }
                }
                Row::Listed | Row::Unknown => {}
            });
        });
    }

    fn settled(&self, session: &str) -> Settled {
        let status = self.sessions.get(session).map(|told| {
            let status = told.last.map_or(Status::Open, |(_, _, status)| status);
            (status, true)
        });
        Settled { status, ..Settled::default() }
    }

    fn saved(&self) -> Option<Vec<u8>> {
        saved::write(self)
    }
}

fn look(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    // Zero is what was never told.
    hasher.finish() | 1
}

impl Sound for Reading {
    fn is_sound(&self) -> bool {
        self.survey.is_sound()
    }
}

impl Reading {
    /// Says that a session is there, once a source. Sessions are told by their own record, where there is one.
    fn begin(&mut self, source: &Source, session: &str, at: Option<i64>, each: &mut dyn FnMut(Fact)) -> bool {
        let told = self.sessions.entry(session.to_owned()).or_default();
        let is_new = told.sources.insert(look(&source.path));
        if is_new {
            say(each, session, at, What::Began);
        }
        is_new
    }

    fn session(&mut self, source: &Source, session: &Session<'_>, each: &mut dyn FnMut(Fact)) {
        let id = &*session.id;
        if self.survey.is_left_over(source, id) {
            return;
        }
        self.begin(source, id, session.created, each);
        let Some(told) = self.sessions.get_mut(id) else { return };
        if told.title != look(&session.title) && !session.title.is_empty() {
            told.title = look(&session.title);
            say(each, id, session.updated, What::Titled(session.title.clone().into_owned()));
        }
        if let Some(version) = session.version.as_deref().filter(|version| told.version != look(version)) {
            told.version = look(version);
            say(each, id, session.updated, What::Versioned(version.to_owned()));
        }
        if let Some(folder) = session.folder.as_deref().filter(|folder| told.folder != look(folder)) {
            told.folder = look(folder);
            let cwd = Some(folder.to_owned());
            say(each, id, session.created, What::Moved { cwd, branch: None });
        }
        let forked_from = session.forked_from.as_deref();
        let link = session.parent.as_deref().map(|parent| (Relation::Subagent, parent));
        let link =
            link.or_else(|| forked_from.or(self.survey.copied_from(id)).map(|from| (Relation::Fork, from)));
        if let Some((relation, parent)) = link {
            let spawned_by = self.survey.call(id).filter(|_| relation == Relation::Subagent);
            if told.link != look((relation, parent, spawned_by)) {
                told.link = look((relation, parent, spawned_by));
                let (parent, spawned_by) = (parent.to_owned(), spawned_by.map(str::to_owned));
                if forked_from.is_some() && !self.survey.is_listed(&parent) {
                    let value = Value::String(parent.clone());
                    say(each, id, None, What::Also { name: "copy_of", value });
                }
                say(each, id, session.created, What::Linked { relation, parent, spawned_by });
            }
        }
        let reverted = session.reverted.as_ref();
        if reverted.map_or(0, look) != told.reverted {
            told.reverted = reverted.map_or(0, look);
            told.rewind = reverted.map(|(message, is_after)| self.survey.from(id, message, *is_after));
            self.rewind(id, each);
        }
    }

    /// Says what the person went back from, once all of it was said.
    fn rewind(&mut self, session: &str, each: &mut dyn FnMut(Fact)) {
        let Some(told) = self.sessions.get_mut(session).filter(|told| told.rewind.is_some()) else { return };
        let Some((last, parts)) = self.survey.last(session) else { return };
        if self.messages.contains_key(&id::id(last)) && told.last_parts >= parts {
            let dropped = told.rewind.take().unwrap_or_default();
            if !dropped.is_empty() {
                say(each, session, None, What::Rewound { dropped });
            }
        }
    }

    fn message(&mut self, source: &Source, message: &Message<'_>, each: &mut dyn FnMut(Fact)) {
        let session = &*message.session;
        if self.survey.is_left_over(source, &message.id) {
            return;
        }
        let (id, created, completed) =
            (id::id(&*message.id), message.time("created"), message.time("completed"));
        if !self.survey.is_listed(session) {
            self.begin(source, session, created, each);
        }
        let is_new = !self.messages.contains_key(&id);
        let is_copy = is_new && self.survey.is_copy(message);
        let answer = self.messages.entry(id).or_default();
        answer.is_copy |= is_copy;
        let told = self.sessions.entry(session.to_owned()).or_default();
        if is_new {
            told.last_parts = 0;
        }
        if answer.is_copy {
            return;
        }
        answer.created = created;
        answer.is_completed = completed.is_some();
        answer.is_summary = message.data.is_true("summary");
        let role = message.data.text("role");
        answer.role = match role.as_deref() {
            Some("user") => Some(Role::User),
            Some("assistant") => Some(Role::Assistant),
            _ => None,
        };
        let status = status(message, answer);
        if told.last.is_none_or(|(at, last, _)| last == id || is_new && at <= created) {
            told.last = Some((created, id, status));
        }
        match answer.role {
            Some(Role::Assistant) => response(message, answer, is_new, each),
            Some(_) => {}
            None if is_new => {
                let kind = format!("message/{}", role.unwrap_or_default());
                say(each, session, created, What::Unknown(kind));
            }
            None => {}
        }
        self.rewind(session, each);
    }

    fn part(&mut self, source: &Source, part: &Part<'_>, each: &mut dyn FnMut(Fact)) {
        let session = &*part.session;
        if self.survey.is_left_over(source, &part.message) {
            return;
        }
        let is_lost = !self.messages.contains_key(&id::id(&*part.message));
        if is_lost && !self.survey.is_listed(session) {
            self.begin(source, session, None, each);
        }
        let is_new = !self.parts.contains_key(&id::id(&*part.id));
        if self.messages.get(&id::id(&*part.message)).is_none_or(|answer| !answer.is_copy) {
            self.own_part(part, each);
        }
        self.parts.entry(id::id(&*part.id)).or_default();
        if let Some(told) = self.sessions.get_mut(session) {
            let is_of_last = self.survey.last(session).is_some_and(|(last, _)| last == part.message);
            told.last_parts += usize::from(is_new && is_of_last);
        }
        self.rewind(session, each);
    }

    fn own_part(&mut self, part: &Part<'_>, each: &mut dyn FnMut(Fact)) {
        let (session, data) = (&*part.session, part.data);
        let (id, message) = (id::id(&*part.id), id::id(&*part.message));
        let is_new = !self.parts.contains_key(&id);
        let kind = data.text("type").unwrap_or_default();
        match &*kind {
            "text" | "reasoning" => self.text(part, kind == "reasoning", each),
            "subtask" => {
                let at = self.messages.get(&message).and_then(|answer| answer.created);
                if let (true, Some(text)) = (is_new, data.text("prompt")) {
                    let said = What::Spoke {
                        id: part.message.clone().into_owned(),
                        role: Role::System,
                        text: text.into_owned(),
                        model: None,
                    };
                    say(each, session, at, said);
                }
            }
            "tool" => self.tool(part, each),
            "step-start" | "step-finish" | "snapshot" | "patch" | "file" | "agent" | "compaction"
            | "retry" => {}
            _ if is_new => say(each, session, None, What::Unknown(format!("part/{kind}"))),
            _ => {}
        }
    }

    fn text(&mut self, part: &Part<'_>, is_thought: bool, each: &mut dyn FnMut(Fact)) {
        let data = part.data;
        let Some(text) = data.text("text").filter(|text| !text.is_empty()) else { return };
        let answer = self.messages.entry(id::id(&*part.message)).or_default();
        let piece = self.parts.entry(id::id(&*part.id)).or_default();
        let time = data.object("time");
        let at = time.as_ref().and_then(|time| time.time("start")).or(answer.created);
        let is_put_in = data.is_true("synthetic") || data.is_true("ignored");
        let role = match answer.role {
            Some(Role::Assistant) if is_thought => Role::Thinking,
            Some(role) if !is_put_in && !answer.is_summary => role,
            _ => Role::System,
        };
        let id = part.message.clone().into_owned();
        let text_look = look(&text);
        let is_final = time.is_none_or(|time| time.raw("end").is_some()) || answer.is_completed;
        match piece.text {
            // While it is written, only the first text can be said: a message has one text that may still become another.
            0 if is_final || answer.texts == 0 && !is_thought => {
                piece.text = text_look;
                piece.is_first = answer.texts == 0 && !is_thought;
                answer.texts += u32::from(!is_thought);
                let model = answer.model.clone().filter(|_| matches!(role, Role::Assistant | Role::Thinking));
                say(each, &part.session, at, What::Spoke { id, role, text: text.into_owned(), model });
            }
            before if before != 0 && before != text_look && piece.is_first && answer.texts == 1 => {
                piece.text = text_look;
                say(each, &part.session, at, What::Revised { id, text: text.into_owned() });
            }
            _ => {}
        }
    }

    fn tool(&mut self, part: &Part<'_>, each: &mut dyn FnMut(Fact)) {
        let (session, data) = (&*part.session, part.data);
        let name = data.text("tool").unwrap_or_default();
        let state = data.object("state").unwrap_or_default();
        let time = state.object("time").unwrap_or_default();
        // No call is older than its message.
        let created = self.messages.get(&id::id(&*part.message)).and_then(|answer| answer.created);
        let at = |key| time.time(key).max(created);
        let piece = self.parts.entry(id::id(&*part.id)).or_default();
        let id =
            data.text("callID").filter(|id| !id.is_empty()).unwrap_or_else(|| part.id.clone()).into_owned();
        let is_pending = state.text("status").is_none_or(|status| status == "pending");
        if !piece.is_called && !is_pending {
            piece.is_called = true;
            let called = What::Called {
                id: id.clone(),
                message: Some(part.message.clone().into_owned()),
                name: name.clone().into_owned(),
                kind: tools::tool_kind(&name),
                input: state.raw("input").map(|input| input.get().to_owned()).unwrap_or_default(),
            };
            say(each, session, at("start"), called);
        }
        if let (false, Some(outcome)) = (piece.is_returned, tools::outcome(&name, &state)) {
            piece.is_returned = true;
            let output = state.text("output").or_else(|| state.text("error")).map(Cow::into_owned);
            let returned = What::Returned { id: id.clone(), outcome, output: output.unwrap_or_default() };
            say(each, session, at("end"), returned);
        }
        // Which call started a session may be written after the session itself.
        if let Some(child) = started(data) {
            self.spawned(session, &child, &id, each);
        }
    }

    fn spawned(&mut self, parent: &str, child: &str, call: &str, each: &mut dyn FnMut(Fact)) {
        let Some(told) = self.sessions.get_mut(child) else { return };
        let link = |call| look((Relation::Subagent, parent, call));
        if told.link == link(None) && self.survey.call(child) == Some(call) {
            told.link = link(Some(call));
            let what = What::Linked {
                relation: Relation::Subagent,
                parent: parent.to_owned(),
                spawned_by: Some(call.to_owned()),
            };
            say(each, child, None, what);
        }
    }
}
