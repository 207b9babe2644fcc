//! The message level of a document.

use super::document::document;
use crate::{Extra, Gone, Text};

document! {
    /// One chat message.
    Message,
    /// A change of a message's keys, its content left aside.
    MessagePatch,
    before {
        /// Not unique: writers number by the clock.
        id: String = "id",
        role: String = "role",
    }
    apart {
        content: Text = "content",
    }
    after {
        timestamp: String = "timestamp",
        /// An instance number, which may name an instance that the session does not have.
        instance_id: Option<u32> = "instanceId",
    }
}

impl Message {
    /// What stands in the place of one whose event has no body any more.
    pub fn gone(gone: Gone) -> Self {
        Self {
            id: String::new(),
            role: gone.word().to_owned(),
            content: Text::from(""),
            timestamp: String::new(),
            instance_id: None,
            extra: Extra::default(),
        }
    }
}
