//! The message level of a document.

use super::document::document;
use super::field::Document;
use crate::{Erasure, Text};

document! {
    /// One chat message.
    Message,
    /// A change of a message's keys, its content left aside.
    MessagePatch,
    before {
        /// Not unique: writers number by the clock.
        id: String = "id" Structure,
        role: String = "role" Structure,
    }
    apart {
        content: Text = "content" Content,
    }
    after {
        timestamp: String = "timestamp" Time,
        /// An instance number, which may name an instance that the session does not have.
        instance_id: Option<u32> = "instanceId" Structure,
    }
}

impl Message {
    /// What replaces one whose event has no body any more.
    pub fn erased(erasure: Erasure) -> Self {
        Self { role: erasure.word().to_owned(), ..Self::blank() }
    }
}
