//! Lists of messages of Gemini CLI: documents, and what takes the place of a conversation.

use std::collections::HashSet;

use super::message::{Kind, Message};
use super::reading::{Reading, is_path};
use super::sessions::Known;
use super::telling::said;
use crate::id::id;
use crate::raw::Raw;
use crate::{Fact, Role, What};

impl Reading {
    /// Reads a document: all of a session, as it was when it was written last.
    pub(super) fn document(&mut self, session: u32, raw: Raw<'_>, each: &mut dyn FnMut(Fact)) {
        let Some(list) = raw.field("messages") else { return };
        let mut messages = Vec::new();
        list.each_item(|message| messages.extend(Message::of(message)));
        let this = &mut self.sessions[session as usize];
        let same =
            this.live.iter().zip(&messages).take_while(|(live, message)| ***live == *message.id).count();
        let dropped = this.truncate(same);
        // What is gone from the end was rewound; what is only further on is there again.
        let listed: HashSet<&str> = messages.iter().map(|message| &*message.id).collect();
        let dropped: Vec<String> = dropped.into_iter().filter(|id| !listed.contains(&**id)).collect();
        if !dropped.is_empty() {
            self.teller(session, None, each).tell(What::Rewound { dropped });
        }
        for message in &messages {
            self.message(session, message, each);
        }
    }

    /// Reads what is set.
    pub(super) fn set(&mut self, session: u32, set: Raw<'_>, each: &mut dyn FnMut(Fact)) {
        let [summary, messages, directories] = set.fields(&["summary", "messages", "directories"]);
        self.title(session, summary, each);
        let mut listed = Vec::new();
        directories.into_iter().for_each(|list| list.each_item(|path| listed.extend(path.text())));
        for path in listed.iter().filter(|path| is_path(path)) {
            self.roots.known(path);
        }
        if let Some(messages) = messages.filter(|messages| messages.is_list()) {
            self.replace(session, messages, each);
        }
    }

    /// Reads a list that takes the place of the conversation. It is a compaction where something is gone for which something comes
    /// that was not known: what the program itself tells the model is neither.
    fn replace(&mut self, session: u32, list: Raw<'_>, each: &mut dyn FnMut(Fact)) {
        let mut messages = Vec::new();
        list.each_item(|message| messages.extend(Message::of(message)));
        let before = std::mem::take(&mut self.sessions[session as usize].live);
        for message in &before {
            if let Some(known) = self.sessions[session as usize].messages.get_mut(&id(&**message)) {
                known.is_live = false;
            }
        }
        let mut comes = false;
        for message in &messages {
            let is_known = self.sessions[session as usize].messages.contains_key(&id(message.id.as_bytes()));
            if is_known {
                self.spent(session, message, each);
            } else {
                comes |= matches!(message.kind, Kind::Prompt | Kind::Response | Kind::OfProgram);
                self.listed(session, message, each);
            }
            self.sessions[session as usize].enliven(&message.id);
        }
        let this = &self.sessions[session as usize];
        let gone = before.iter().filter(|message| {
            let known = this.messages.get(&id(&***message));
            known.is_some_and(|known| !known.is_live && known.is_conversation)
        });
        let dropped: Vec<String> = gone.map(|message| message.to_string()).collect();
        if comes && !dropped.is_empty() {
            self.teller(session, messages.iter().find_map(|message| message.at), each)
                .tell(What::Compacted { dropped });
        }
    }

    /// Reads a message that first comes in a list: a summary, or a copy. It is none of its own, and its text is told if it is new.
    fn listed(&mut self, session: u32, message: &Message<'_>, each: &mut dyn FnMut(Fact)) {
        let mut teller = self.teller(session, message.at, each);
        let this = &mut self.sessions[session as usize];
        for text in &message.texts {
            if this.texts.insert(id(text.as_bytes())) {
                teller.tell(said(&message.id, Role::System, text, None));
            }
        }
        this.messages.insert(
            id(message.id.as_bytes()),
            Known {
                look: message.look(),
                text: message.text(),
                is_said: true,
                thoughts: usize::MAX,
                is_conversation: matches!(message.kind, Kind::Prompt | Kind::Response),
                is_of_list: true,
                is_live: false,
                status: None,
            },
        );
    }
}
