//! The table of events, with their bodies: MessagePack maps whose keys are these fields' names.
//!
//! `updated_at`, which `dated` bodies have, is what the session's `updatedAt` becomes, to the letter. `index` is a place in the
//! session's list of instances or messages, from 0, at the moment of the event. Numbers, names and keys never change.

use serde::{Deserialize, Deserializer, Serialize};

use super::declare::Body;
use super::decode::decode;
use super::kind::Subject;
use crate::model::field::{self, Field, Level};
use crate::{
    Digest, Instance, InstancePatch, List, Message, MessagePatch, Record, Session, SessionPatch, Text,
};

/// Tells a value that is `null` from one that is absent.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

events! {
    /// A session began.
    1 1 SessionCreated in Box, structure, new Session [all] + [Place Home]
    plain {
        /// Its own keys; the lists are empty.
        session: Session,
        /// Where it is in its workspace's list; absent: after all that are there, at its own position.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<f64>,
        /// The name of the legacy file that it is kept in, where that is not the workspace's key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        home: Option<String>,
    } {
        fn updated_at(&self) -> Option<&str> {
            Some(&self.session.updated_at)
        }
    }

    /// The task was reworded.
    2 1 TaskChanged, structure, of Session [task]
    dated {
        task: String,
    } {}

    /// The session's status changed.
    3 1 SessionStatusChanged, structure, of Session [status completed_at]
    dated {
        status: String,
        /// What `completedAt` became; absent: as it was.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        completed_at: Option<Option<String>>,
    } {}

    /// A winner was chosen, or the choice taken back.
    4 1 WinnerSelected, structure, of Session [winner_id]
    dated {
        /// The number of the instance that won.
        winner_id: Option<u32>,
    } {}

    /// Others of the session's own keys changed.
    5 1 SessionDetailsChanged in Box, structure, of Session [all]
    plain { set: SessionPatch, } {
        fn updated_at(&self) -> Option<&str> {
            self.set.updated_at.as_deref()
        }
        fn updated_at_mut(&mut self) -> Option<&mut Option<String>> {
            Some(&mut self.set.updated_at)
        }
    }

    /// The session moved in its workspace's list.
    6 1 SessionMoved, structure, of Session [] + [Place]
    plain { place: f64, } {}

    /// The session was deleted. Its events stay.
    7 1 SessionDeleted, structure, of Session [] + [Deleted]
    plain {} {}

    /// The session is back, as it was when it was deleted.
    8 1 SessionRestored, structure, of Session [] + [Deleted]
    plain {} {}

    /// An agent joined.
    9 1 InstanceAdded in Box, structure, new Instance [all]
    dated {
        /// Its keys; the output is absent.
        instance: Instance,
        /// Its place in the list; absent: at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
    } {
        index!(optional);
    }

    /// An instance's status changed.
    10 1 InstanceStatusChanged, structure, of Instance [status]
    dated {
        index: u32,
        status: String,
    } {
        index!();
    }

    /// An instance wrote more: the suffix, not the whole.
    11 1 OutputAppended, content, of Instance [output]
    dated {
        index: u32,
        text: Text,
    } {
        index!();
        fn long_text(&self) -> Option<&Text> {
            Some(&self.text)
        }
        fn long_text_mut(&mut self) -> Option<&mut Text> {
            Some(&mut self.text)
        }
    }

    /// An instance's output became another one.
    12 1 OutputReplaced, content, of Instance [output]
    dated {
        index: u32,
        text: Option<Text>,
    } {
        index!();
        fn long_text(&self) -> Option<&Text> {
            self.text.as_ref()
        }
        fn long_text_mut(&mut self) -> Option<&mut Text> {
            self.text.as_mut()
        }
    }

    /// Others of an instance's keys changed.
    13 1 InstanceDetailsChanged in Box, structure, of Instance [all]
    dated {
        index: u32,
        set: InstancePatch,
    } {
        index!();
    }

    /// An instance was taken off the list.
    14 1 InstanceRemoved, structure, of Instance []
    dated {
        index: u32,
    } {
        index!();
    }

    /// A chat message was added.
    15 1 MessageAdded, content, new Message [all]
    dated {
        message: Message,
        /// Its place in the list; absent: at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
    } {
        index!(optional);
        fn long_text(&self) -> Option<&Text> {
            Some(&self.message.content)
        }
        fn long_text_mut(&mut self) -> Option<&mut Text> {
            Some(&mut self.message.content)
        }
    }

    /// A chat message was edited.
    16 1 MessageChanged, content, of Message [all]
    dated {
        index: u32,
        #[serde(default, skip_serializing_if = "MessagePatch::is_empty")]
        set: MessagePatch,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<Text>,
    } {
        index!();
        fn long_text(&self) -> Option<&Text> {
            self.content.as_ref()
        }
        fn long_text_mut(&mut self) -> Option<&mut Text> {
            self.content.as_mut()
        }
    }

    /// A chat message was taken off the list.
    17 1 MessageRemoved, structure, of Message []
    dated {
        index: u32,
    } {
        index!();
    }

    /// What is known of a workspace. Every field replaces what was known before.
    18 1 WorkspaceRegistered, structure, of Workspace []
    plain {
        /// Its folder, where that is known.
        path: Option<String>,
        /// The names of its legacy files, without the ending.
        hashes: Vec<String>,
    } {}

    /// The body of an earlier event was taken out of the store.
    19 1 BodyRedacted, structure, of Bodies []
    plain {
        /// That event's position.
        position: u64,
        reason: String,
    } {}

    /// What was said and written in the session before this event was taken out of the store: an archive has it.
    20 1 BodiesPruned in Box, structure, of Bodies []
    dated {
        /// The archive's path when this happened.
        archive: String,
        /// The last position that it holds.
        archive_position: u64,
        /// The hash of the event there, by which the archive is known whatever it is called.
        archive_hash: Digest,
        /// Why, where that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    } {}

    /// What a pruning took out of the session is back.
    21 1 BodiesRestored, structure, of Bodies []
    plain {
        /// The position of the `BodiesPruned` event that this undoes.
        position: u64,
        /// The archive's path.
        archive: String,
    } {}

    /// The session's tags changed.
    22 1 TagsChanged, structure, of Session [] + [Tags]
    plain {
        /// All of them, in order, each once.
        tags: Vec<String>,
    } {}
}
