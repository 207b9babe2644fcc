//! The bodies of events: MessagePack maps whose keys are these fields' names.
//!
//! `updated_at`, where present, is what the session's `updatedAt` becomes, to the letter. `index` is a place in the
//! session's list of instances or messages, from 0, at the moment of the event.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Digest, Instance, InstancePatch, Message, MessagePatch, Session, SessionPatch, Text};

/// Tells a value that is `null` from one that is absent.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

macro_rules! body {
    ($(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "fields that are the document's own are named like it")]
        pub struct $name { $($(#[$field_about])* pub $field: $type,)* }
    };
}

body! {
    /// A session began.
    SessionCreated {
        /// Its own keys; the lists are empty.
        session: Session,
        /// Where it stands in its workspace's list; absent: behind all that stand there, at its own position.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<f64>,
        /// The name of the legacy file that it is kept in, where that is not the workspace's key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        home: Option<String>,
    }
}
body! {
    /// The task was worded anew.
    TaskChanged {
        task: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// The session's status changed.
    SessionStatusChanged {
        status: String,
        /// What `completedAt` became; absent: as it was.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        completed_at: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// A winner was chosen, or the choice taken back.
    WinnerSelected {
        /// The number of the instance that won.
        winner_id: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// Others of the session's own keys changed.
    SessionDetailsChanged { set: SessionPatch, }
}
body! {
    /// The session moved in its workspace's list.
    SessionMoved { place: f64, }
}
body! {
    /// The session was deleted. Its events stay.
    SessionDeleted {}
}
body! {
    /// The session is back, as it was when it was deleted.
    SessionRestored {}
}
body! {
    /// An agent joined.
    InstanceAdded {
        /// Its keys; the output is absent.
        instance: Instance,
        /// Its place in the list; absent: at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// An instance's status changed.
    InstanceStatusChanged {
        index: u32,
        status: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// An instance wrote more: the suffix, not the whole.
    OutputAppended {
        index: u32,
        text: Text,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// An instance's output became another one.
    OutputReplaced {
        index: u32,
        text: Option<Text>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// Others of an instance's keys changed.
    InstanceDetailsChanged {
        index: u32,
        set: InstancePatch,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// An instance was taken off the list.
    InstanceRemoved {
        index: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// A chat message was added.
    MessageAdded {
        message: Message,
        /// Its place in the list; absent: at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// A chat message was edited.
    MessageChanged {
        index: u32,
        #[serde(default, skip_serializing_if = "MessagePatch::is_empty")]
        set: MessagePatch,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<Text>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// A chat message was taken off the list.
    MessageRemoved {
        index: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// What is known of a workspace, or known anew. Every field replaces what was known before.
    WorkspaceRegistered {
        /// Its folder, where that is known.
        path: Option<String>,
        /// The names of its legacy files, without the ending.
        hashes: Vec<String>,
    }
}
body! {
    /// The body of an earlier event was taken out of the store.
    BodyRedacted {
        /// That event's position.
        position: u64,
        reason: String,
    }
}
body! {
    /// What was said and written in the session before this event was taken out of the store: an archive has it.
    BodiesPruned {
        /// The archive's path when this happened.
        archive: String,
        /// The last position that it holds.
        archive_position: u64,
        /// The hash of the event there, by which the archive is known whatever it is called.
        archive_hash: Digest,
        /// Why, where that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What the session's `updatedAt` was: the bodies that said so are gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
}
body! {
    /// What a pruning took out of the session is back.
    BodiesRestored {
        /// The position of the `BodiesPruned` event that this undoes.
        position: u64,
        /// The archive's path.
        archive: String,
    }
}
