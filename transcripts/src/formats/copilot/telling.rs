//! What was said and done in a session of Copilot CLI.

use super::line::{Line, name};
use super::reading::{Event, Reading};
use super::sessions::Last;
use super::words;
use crate::id::{id, id_within};
use crate::raw::Raw;
use crate::{Fact, Outcome, Role, What};

impl Reading {
    /// Reads a message of a person; in an agent's session, of the agent that began it; or of the program.
    pub(super) fn user(&mut self, event: Event, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let Event { main, session, .. } = event;
        let [content, source] = line.data.fields(&["content", "source"]);
        let source = source.and_then(Raw::text).filter(|source| !source.is_empty());
        let is_prompt = match source {
            None => true,
            Some(source) => session != main && source.starts_with("agent-"),
        };
        let message = self.message(event, line);
        if is_prompt {
            self.works(session);
            self.sessions.get(session).messages.push((event.number, (&*message).into()));
        }
        let role = if is_prompt { Role::User } else { Role::System };
        let text = content.and_then(Raw::text).unwrap_or_default();
        if is_prompt || !text.is_empty() {
            self.sessions.teller(session, line.at, each).tell(said(message, role, &text, None));
        }
    }

    /// Reads a response.
    pub(super) fn assistant(&mut self, event: Event, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let Event { main, session, .. } = event;
        let [message, model, content, thought, requests, output] = line.data.fields(&[
            "messageId",
            "model",
            "content",
            "reasoningText",
            "toolRequests",
            "outputTokens",
        ]);
        let message = message.and_then(name).map_or_else(|| self.message(event, line), Into::into);
        let model = model.and_then(name);
        self.works(session);
        let key = id_within(session, message.as_bytes());
        let is_first = !self.sessions.get(main).outputs.contains_key(&key);
        if is_first {
            self.sessions.get(session).messages.push((event.number, (&*message).into()));
        }
        if let Some(thought) = thought.and_then(Raw::text) {
            self.thought(event, &message, &thought, model.as_deref(), line, each);
        }
        let text = content.and_then(Raw::text).filter(|text| !text.is_empty());
        let mut teller = self.sessions.teller(session, line.at, each);
        match text {
            Some(text) => teller.tell(said(message.clone(), Role::Assistant, &text, model.as_deref())),
            None if is_first => {
                let model = model.as_deref().map(str::to_owned);
                teller.tell(What::Responded { id: message.clone(), model });
            }
            None => {}
        }
        if let Some(requests) = requests {
            requests.each_item(|request| {
                if let Some(call) = request.field("toolCallId").and_then(name) {
                    self.requests.insert(id_within(session, call.as_bytes()), (&*message).into());
                }
            });
        }
        // What agents use is counted with their session's.
        let output = output.and_then(Raw::count).unwrap_or_default();
        let this = self.sessions.get(main);
        let counted = this.outputs.entry(key).or_default();
        let more = output.saturating_sub(*counted);
        *counted += more;
        let model = model.as_deref().or(this.model.as_deref()).unwrap_or("unknown").to_owned();
        if let Some(used) = this.usage.generated(&model, more) {
            self.used(main, used, line, each);
        }
    }

    /// Reads a thought that stands alone.
    pub(super) fn reasoning(&mut self, event: Event, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let [message, text] = line.data.fields(&["reasoningId", "content"]);
        let message = message.and_then(name).map_or_else(|| self.message(event, line), Into::into);
        if let Some(text) = text.and_then(Raw::text) {
            self.thought(event, &message, &text, None, line, each);
        }
    }

    /// Says a thought, which may be told twice: alone, and with its response.
    fn thought(
        &mut self,
        event: Event,
        message: &str,
        text: &str,
        model: Option<&str>,
        line: &Line<'_>,
        each: &mut dyn FnMut(Fact),
    ) {
        let new = Some(id(text));
        let old = std::mem::replace(&mut self.sessions.get(event.session).thought, new);
        if !text.is_empty() && old != new {
            let what = said(message.to_owned(), Role::Thinking, text, model);
            self.sessions.teller(event.session, line.at, each).tell(what);
        }
    }

    /// Reads a call.
    pub(super) fn called(&mut self, event: Event, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let Event { main, session, .. } = event;
        self.works(session);
        let [call, tool, arguments] = line.data.fields(&["toolCallId", "toolName", "arguments"]);
        let Some(call) = call.and_then(name) else { return };
        self.callers.insert(id_within(main, call.as_bytes()), session);
        let message = self.requests.remove(&id_within(session, call.as_bytes())).map(String::from);
        let name = tool.and_then(name).unwrap_or_default().into_owned();
        self.sessions.teller(session, line.at, each).tell(What::Called {
            id: call.into_owned(),
            message,
            kind: words::tool_kind(&name),
            name,
            input: arguments.map(Raw::json).unwrap_or_default().to_owned(),
        });
    }

    /// Reads what came of a call.
    pub(super) fn returned(&mut self, event: Event, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        self.works(event.session);
        let [call, success, result, error] = line.data.fields(&["toolCallId", "success", "result", "error"]);
        let Some(call) = call.and_then(name) else { return };
        let [message, code] = error.map(|error| error.fields(&["message", "code"])).unwrap_or_default();
        let outcome = match success {
            Some(success) if success.is_true() => Outcome::Ok,
            _ => words::failure(code.and_then(Raw::text).as_deref()),
        };
        let of_result = result.and_then(|result| {
            let [content, detailed] = result.fields(&["content", "detailedContent"]);
            content.and_then(Raw::text).or_else(|| detailed.and_then(Raw::text)).or_else(|| result.text())
        });
        let of_error = || message.or(error).and_then(Raw::text);
        let output = of_result.or_else(of_error).unwrap_or_default().into_owned();
        self.sessions.teller(event.session, line.at, each).tell(What::Returned {
            id: call.into_owned(),
            outcome,
            output,
        });
    }

    /// Reads what the program says.
    pub(super) fn notice(&mut self, event: Event, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        if line.kind == "session.error" {
            self.sessions.get(event.session).last = Last::Error;
        }
        let [content, message] = line.texts(&["content", "message"]);
        if let Some(text) = content.or(message) {
            let what = said(self.message(event, line), Role::System, &text, None);
            self.sessions.teller(event.session, line.at, each).tell(what);
        }
    }

    /// Reads that a conversation was compacted.
    pub(super) fn compacted(&mut self, event: Event, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let [success, summary] = line.data.fields(&["success", "summaryContent"]);
        if success.is_some_and(|success| !success.is_true()) {
            return;
        }
        let message = self.message(event, line);
        let mut teller = self.sessions.teller(event.session, line.at, each);
        teller.tell(What::Compacted { dropped: Vec::new() });
        if let Some(text) = summary.and_then(Raw::text).filter(|text| !text.is_empty()) {
            teller.tell(said(message, Role::System, &text, None));
        }
    }

    /// Reads that somebody went back: the event that is named and all after it are gone.
    pub(super) fn rewound(&mut self, event: Event, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let from = line.data.field("upToEventId").and_then(name);
        let main = self.sessions.get(event.main);
        let from =
            from.and_then(|from| main.events.get(&id(from.as_bytes()))).copied().unwrap_or(event.number);
        let messages = &mut self.sessions.get(event.session).messages;
        let at = messages.partition_point(|(number, _)| *number < from);
        let dropped = messages.drain(at..).map(|(_, message)| message.into()).collect();
        self.sessions.teller(event.session, line.at, each).tell(What::Rewound { dropped });
    }

    /// Returns the id of a message that has none of its own: its event's.
    fn message(&self, event: Event, line: &Line<'_>) -> String {
        line.id.as_ref().map_or_else(|| format!("event {}", event.number), |id| id.clone().into_owned())
    }
}

fn said(id: String, role: Role, text: &str, model: Option<&str>) -> What {
    What::Spoke { id, role, text: text.to_owned(), model: model.map(str::to_owned) }
}
