//! What a message of Gemini CLI tells, when it is written for the first time, and when it is written again.

use super::message::{Call, Kind, Message};
use super::reading::Reading;
use super::sessions::Known;
use super::words;
use crate::fact::Teller;
use crate::id::id;
use crate::{Fact, Role, What};

impl Reading {
    /// Reads a message that is written, for the first time or again.
    pub(super) fn message(&mut self, session: u32, message: &Message<'_>, each: &mut dyn FnMut(Fact)) {
        let number = id(message.id.as_bytes());
        let look = message.look();
        let this = &mut self.sessions[session as usize];
        let (is_new, thoughts) = match this.messages.get_mut(&number) {
            Some(known) if known.look == look => {
                this.enliven(&message.id);
                return;
            }
            Some(known) => {
                known.look = look;
                known.status = message.status();
                this.revised += 1;
                let before = known.thoughts;
                known.thoughts = before.max(message.thoughts.len());
                (false, before)
            }
            None => {
                this.messages.insert(
                    number,
                    Known {
                        look,
                        text: message.text(),
                        is_said: !message.texts.is_empty(),
                        thoughts: message.thoughts.len(),
                        is_conversation: matches!(message.kind, Kind::Prompt | Kind::Response),
                        is_of_list: false,
                        is_live: false,
                        status: message.status(),
                    },
                );
                (true, 0)
            }
        };
        this.enliven(&message.id);
        this.last = message.status().or(this.last);
        let mut teller = self.teller(session, message.at, each);
        let model = message.model.as_deref();
        for thought in message.thoughts.iter().skip(thoughts) {
            teller.tell_at(
                thought.at.or(message.at),
                said(&message.id, Role::Thinking, &thought.text(), model),
            );
        }
        self.texts(session, message, is_new, &mut teller);
        self.spent(session, message, each);
    }

    /// Tells the texts of a message, or that they are others.
    fn texts(&mut self, session: u32, message: &Message<'_>, is_new: bool, teller: &mut Teller<'_>) {
        let this = &mut self.sessions[session as usize];
        let Some(known) = this.messages.get_mut(&id(message.id.as_bytes())) else { return };
        let text = message.text();
        let is_changed = std::mem::replace(&mut known.text, text) != text;
        let is_said = known.is_said;
        known.is_said |= !message.texts.is_empty();
        if !is_new && is_said {
            if is_changed && !known.is_of_list {
                let (id, text) = (message.id.clone().into_owned(), message.texts.join("\n"));
                teller.tell(What::Revised { id, text });
            }
            return;
        }
        let role = match message.kind {
            Kind::Prompt => Role::User,
            Kind::Response => Role::Assistant,
            Kind::Results => return,
            Kind::Context | Kind::OfProgram | Kind::Notice | Kind::Error | Kind::Unknown => Role::System,
        };
        for text in &message.texts {
            this.texts.insert(id(text.as_bytes()));
            let role = if role == Role::User && words::is_of_program(text) { Role::System } else { role };
            teller.tell(said(&message.id, role, text, message.model.as_deref()));
        }
        if is_new && message.texts.is_empty() {
            match message.kind {
                Kind::Response => {
                    let model = message.model.as_deref().map(str::to_owned);
                    teller.tell(What::Responded { id: message.id.clone().into_owned(), model });
                }
                Kind::Prompt => teller.tell(said(&message.id, role, "", None)),
                _ => {}
            }
        }
        if let Some(kind) = message.unknown.as_ref().filter(|_| is_new) {
            teller.tell(What::Unknown(kind.chars().take(128).collect()));
        }
    }

    /// Tells what tools a message calls, what came of it, and what was used.
    pub(super) fn spent(&mut self, session: u32, message: &Message<'_>, each: &mut dyn FnMut(Fact)) {
        for call in &message.calls {
            self.call(session, message, call, each);
        }
        let Some(tokens) = message.tokens else { return };
        let new = (session, id(format!("{tokens:?}")));
        let counted = self.used.entry(id(message.id.as_bytes())).or_insert((session, 0));
        if counted.0 == session && *counted != new {
            *counted = new;
            self.teller(session, message.at, each).tell(What::Used {
                key: message.id.clone().into_owned(),
                is_hearsay: false,
                model: message.model.as_deref().unwrap_or("unknown").to_owned(),
                tokens,
                cost: None,
            });
        }
    }

    fn call(&mut self, session: u32, message: &Message<'_>, call: &Call<'_>, each: &mut dyn FnMut(Fact)) {
        if let Some(agent) = &call.agent {
            let agent = self.session(agent);
            self.spawned.entry(agent).or_insert_with(|| (&*call.id).into());
            self.spawned_by(agent, false, each);
        }
        let mut teller = self.teller(session, call.at.or(message.at), each);
        let this = &mut self.sessions[session as usize];
        let known = this.calls.entry(id(call.id.as_bytes())).or_insert_with(|| {
            teller.tell(What::Called {
                id: call.id.clone().into_owned(),
                message: Some(message.id.clone().into_owned()),
                name: call.name.clone().into_owned(),
                kind: words::tool_kind(&call.name),
                input: call.input.to_owned(),
            });
            None
        });
        let Some(outcome) = call.outcome else { return };
        let output = call.output.clone();
        let new = Some(id(format!("{}{output}", outcome.word())));
        if std::mem::replace(known, new) != new {
            teller.tell(What::Returned { id: call.id.clone().into_owned(), outcome, output });
        }
    }
}

pub(super) fn said(id: &str, role: Role, text: &str, model: Option<&str>) -> What {
    What::Spoke { id: id.to_owned(), role, text: text.to_owned(), model: model.map(str::to_owned) }
}
