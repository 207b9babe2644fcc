//! A state as the document that applications know.

use retold_core::{Session, SessionState};

use super::{Agent, State};

impl State {
    /// Returns the whole document. Long texts are not loaded: see [`Reader::resolve`](retold_core::Reader::resolve).
    pub fn to_session(&self) -> Session {
        let mut session = self.session.clone();
        session.instances = self.agents.iter().map(Agent::to_instance).collect();
        session.chat_history = self.messages.iter().map(|said| said.message.clone()).collect();
        session
    }

    /// Returns the state as the log's own fold has it.
    pub fn to_session_state(&self) -> SessionState {
        SessionState { session: self.to_session(), records: self.records.clone() }
    }
}

impl Agent {
    /// Returns the instance with its output, which is not loaded.
    pub fn to_instance(&self) -> retold_core::Instance {
        let mut instance = self.instance.clone();
        instance.output = self.output.as_ref().map(super::Rope::to_text);
        instance
    }
}
