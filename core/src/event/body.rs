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

/// What every body can be asked.
pub(super) trait Body {
    /// What the session's `updatedAt` becomes, where the body says so.
    fn updated_at(&self) -> Option<&str> {
        None
    }

    /// Where the body keeps it; `None` where it has no room for it.
    fn updated_at_mut(&mut self) -> Option<&mut Option<String>> {
        None
    }

    /// The place of the element that the body is about, in the list of instances or of messages; `None` at the end.
    fn index(&self) -> Option<u32> {
        None
    }

    /// The one text that may be long, and then moves into the store's blobs.
    fn long_text(&self) -> Option<&Text> {
        None
    }

    /// The same, to be replaced.
    fn long_text_mut(&mut self) -> Option<&mut Text> {
        None
    }
}

/// Declares a body: its fields, and behind them what it answers as a [`Body`]. `dated` adds `updated_at`.
macro_rules! body {
    ($(#[$about:meta])* $name:ident { $($fields:tt)* } $($more:tt)*) => {
        body!(@struct $(#[$about])* $name { $($fields)* });
        impl Body for $name { $($more)* }
    };
    ($(#[$about:meta])* dated $name:ident { $($fields:tt)* } $($more:tt)*) => {
        body!(@struct $(#[$about])* $name {
            $($fields)*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            updated_at: Option<String>,
        });
        impl Body for $name {
            fn updated_at(&self) -> Option<&str> {
                self.updated_at.as_deref()
            }
            fn updated_at_mut(&mut self) -> Option<&mut Option<String>> {
                Some(&mut self.updated_at)
            }
            $($more)*
        }
    };
    (@struct $(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "fields that are the document's own are named like it")]
        pub struct $name { $($(#[$field_about])* pub $field: $type,)* }
    };
}

/// The element that a body names by a required `index`.
macro_rules! index {
    () => {
        fn index(&self) -> Option<u32> {
            Some(self.index)
        }
    };
    (optional) => {
        fn index(&self) -> Option<u32> {
            self.index
        }
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
    fn updated_at(&self) -> Option<&str> {
        Some(&self.session.updated_at)
    }
}
body! {
    /// The task was worded anew.
    dated TaskChanged {
        task: String,
    }
}
body! {
    /// The session's status changed.
    dated SessionStatusChanged {
        status: String,
        /// What `completedAt` became; absent: as it was.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        completed_at: Option<Option<String>>,
    }
}
body! {
    /// A winner was chosen, or the choice taken back.
    dated WinnerSelected {
        /// The number of the instance that won.
        winner_id: Option<u32>,
    }
}
body! {
    /// Others of the session's own keys changed.
    SessionDetailsChanged { set: SessionPatch, }
    fn updated_at(&self) -> Option<&str> {
        self.set.updated_at.as_deref()
    }
    fn updated_at_mut(&mut self) -> Option<&mut Option<String>> {
        Some(&mut self.set.updated_at)
    }
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
    dated InstanceAdded {
        /// Its keys; the output is absent.
        instance: Instance,
        /// Its place in the list; absent: at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
    }
    index!(optional);
}
body! {
    /// An instance's status changed.
    dated InstanceStatusChanged {
        index: u32,
        status: String,
    }
    index!();
}
body! {
    /// An instance wrote more: the suffix, not the whole.
    dated OutputAppended {
        index: u32,
        text: Text,
    }
    index!();
    fn long_text(&self) -> Option<&Text> {
        Some(&self.text)
    }
    fn long_text_mut(&mut self) -> Option<&mut Text> {
        Some(&mut self.text)
    }
}
body! {
    /// An instance's output became another one.
    dated OutputReplaced {
        index: u32,
        text: Option<Text>,
    }
    index!();
    fn long_text(&self) -> Option<&Text> {
        self.text.as_ref()
    }
    fn long_text_mut(&mut self) -> Option<&mut Text> {
        self.text.as_mut()
    }
}
body! {
    /// Others of an instance's keys changed.
    dated InstanceDetailsChanged {
        index: u32,
        set: InstancePatch,
    }
    index!();
}
body! {
    /// An instance was taken off the list.
    dated InstanceRemoved {
        index: u32,
    }
    index!();
}
body! {
    /// A chat message was added.
    dated MessageAdded {
        message: Message,
        /// Its place in the list; absent: at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
    }
    index!(optional);
    fn long_text(&self) -> Option<&Text> {
        Some(&self.message.content)
    }
    fn long_text_mut(&mut self) -> Option<&mut Text> {
        Some(&mut self.message.content)
    }
}
body! {
    /// A chat message was edited.
    dated MessageChanged {
        index: u32,
        #[serde(default, skip_serializing_if = "MessagePatch::is_empty")]
        set: MessagePatch,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<Text>,
    }
    index!();
    fn long_text(&self) -> Option<&Text> {
        self.content.as_ref()
    }
    fn long_text_mut(&mut self) -> Option<&mut Text> {
        self.content.as_mut()
    }
}
body! {
    /// A chat message was taken off the list.
    dated MessageRemoved {
        index: u32,
    }
    index!();
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
    dated BodiesPruned {
        /// The archive's path when this happened.
        archive: String,
        /// The last position that it holds.
        archive_position: u64,
        /// The hash of the event there, by which the archive is known whatever it is called.
        archive_hash: Digest,
        /// Why, where that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
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
