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
    Digest, Instance, InstancePatch, Kept, List, Message, MessagePatch, Record, Session, SessionPatch, Text,
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

    /// The session has another title.
    23 1 TitleChanged, content, of Session [task]
    dated {
        title: String,
    } {}

    /// Where and by what the session is worked on changed. A list replaces what it was; what is absent stays.
    24 1 SessionContextChanged in Box, structure, of Session [] + [Cwds Branches Worktree Models Versions Files Partial Details]
    plain {
        /// The folders that it worked in, in order, each once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cwds: Option<Vec<String>>,
        /// The branches, in order, each once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branches: Option<Vec<String>>,
        /// The worktree that it moved to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        worktree: Option<String>,
        /// The models that responded, in order, each once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        models: Option<Vec<String>>,
        /// The versions of the tool that wrote it, in order, each once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        versions: Option<Vec<String>>,
        /// The files that it was read from, in order, each once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        files: Option<Vec<String>>,
        /// Whether a part of what it used is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partial: Option<bool>,
        /// What only its tool has, and what was not understood: a JSON object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        details: Option<String>,
    } {}

    /// The session comes from another one.
    25 1 SessionLinked, structure, of Session [] + [Relation Parent SpawnedBy]
    plain {
        /// How: `subagent` or `fork`.
        relation: String,
        /// The other session's id.
        parent: String,
        /// The id of the tool call that began it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spawned_by: Option<String>,
    } {}

    /// The status of a session that another program runs was found out.
    26 1 StatusObserved, structure, of Session [status] + [Inferred]
    dated {
        status: String,
        /// Whether it was inferred: the other program did not write it.
        inferred: bool,
    } {}

    /// A tool was called.
    27 1 ToolCalled in Box, content, of Session []
    dated {
        /// The id of the call, which is the caller's.
        call: String,
        /// The id of the message that the call is part of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The tool's name.
        name: String,
        /// What kind of tool it is: `read`, `edit`, `delete`, `move`, `search`, `execute`, `think`, `fetch`, `other`.
        kind: String,
        /// The number of the agent that called, where that is not the session's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance_id: Option<u32>,
        /// Its arguments: JSON, or text.
        input: Text,
    } {
        fn long_text(&self) -> Option<&Text> {
            Some(&self.input)
        }
        fn long_text_mut(&mut self) -> Option<&mut Text> {
            Some(&mut self.input)
        }
        fn each_content(&self, each: &mut dyn FnMut(&str)) {
            each(&self.name);
            self.input.as_str().into_iter().for_each(each);
        }
    }

    /// A tool returned.
    28 1 ToolReturned, content, of Session []
    dated {
        /// The id of the call.
        call: String,
        /// How it ended: `ok`, `error`, `denied` or `cancelled`.
        outcome: String,
        /// What it returned.
        output: Text,
    } {
        fn long_text(&self) -> Option<&Text> {
            Some(&self.output)
        }
        fn long_text_mut(&mut self) -> Option<&mut Text> {
            Some(&mut self.output)
        }
        fn each_content(&self, each: &mut dyn FnMut(&str)) {
            self.output.as_str().into_iter().for_each(each);
        }
    }

    /// Tokens were used. One with the key of an earlier one replaces it.
    29 1 UsageRecorded in Box, structure, of Session []
    plain {
        /// What is counted once: the id of a response, over all sessions of the tool.
        key: String,
        model: String,
        /// Read, and not from a cache.
        input: u64,
        /// Read from a cache.
        cache_read: u64,
        /// Written to a cache.
        cache_write: u64,
        /// The part of `cache_write` that the cache keeps for an hour, where the tool tells it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cache_write_1h: Option<u64>,
        /// Generated, reasoning among it.
        output: u64,
        /// The part of `output` that was reasoning.
        reasoning: u64,
        /// What the tool itself says that it cost, in millionths of its unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost: Option<i64>,
        /// Whether it is known from another session's file: one that has the key in its own file owns it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        hearsay: bool,
    } {}

    /// What was said before was replaced, for the model, by a summary. It stays in the log.
    30 1 ContextCompacted, structure, of Session []
    dated {
        /// The ids of the messages that the model no longer sees; none: all before.
        messages: Vec<String>,
    } {}

    /// A person went back: what was said since is no longer part of the conversation. It stays in the log.
    31 1 HistoryRewound, structure, of Session []
    dated {
        /// The ids of the messages that are no longer part of it.
        messages: Vec<String>,
    } {}

    /// A file of another program is taken in, in the stream of the program's workspace.
    32 1 SourceFound in Box, structure, of Workspace []
    plain {
        /// The source's number among those of this workspace, from 1.
        source: u64,
        /// Its path below the home folder, or whole.
        name: String,
        /// How it is cut into records: `lines`, `compressed lines`, `document`, `database`, `opaque`.
        form: String,
        /// `transcript`, or `beside` one.
        role: String,
    } {}

    /// Bytes of a source: the piece that the event after this one describes.
    33 1 RecordsKept in Box, content, of Workspace []
    plain {
        /// The source's number.
        source: u64,
        /// The bytes; those that the events directly before this one hold as a text are references to it.
        bytes: Kept,
        /// What was masked in them when they were read: where in the piece a secret was and how long, how many of the bytes the mask is
        /// that is kept in its place, and what found it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        masks: Vec<(u64, u64, u64, String)>,
    } {
        fn each_content(&self, each: &mut dyn FnMut(&str)) {
            self.bytes.literals().for_each(|bytes| each(&String::from_utf8_lossy(bytes)));
        }
    }

    /// A piece of a source was read. It stays when the bytes are erased: they are not read again.
    34 1 SourceRead in Box, structure, of Workspace []
    plain {
        /// The source's number.
        source: u64,
        /// Where the piece begins among the source's bytes. What an earlier piece has from there on is no longer part of it.
        offset: u64,
        /// How many bytes it is; where there are any, the event before this one keeps them.
        length: u64,
        /// The spans that begin in it, each as its length and the number of its [`SpanKind`](crate::SpanKind). Of a compressed
        /// source they are those of the decompressed bytes.
        spans: Vec<(u64, u8)>,
        /// BLAKE3 of the source's bytes up to the end of this piece.
        through: Digest,
        /// How large the file was, in bytes.
        file_bytes: u64,
        /// What tells whether the file has changed since.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stamp: Option<String>,
        /// What looked like a secret in it: by what found it, how often.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        secrets: Vec<(String, u64)>,
        /// Whether these were masked.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        masked: bool,
    } {}

    /// Something of other programs does not come in any more, in the stream of the workspace `import`.
    35 1 ImportExcluded in Box, structure, of Workspace []
    plain {
        /// What is excluded: `path` the transcripts in a folder, and the sessions that work in it; `name` the sessions that work in a
        /// folder of that name, wherever it is; `session` one session with its sub-agents; `secrets` what looks like a secret, which is
        /// masked.
        what: String,
        /// Its name; absent where the name itself is not to be kept. A session's is its tool and its id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What `digest` and `marks` are salted with.
        salt: Digest,
        /// The salted hash of the name, by which it is known again.
        digest: Digest,
        /// Of a session, hashes by which it is known again where it is not named: of its files' names, of the ids of its messages and
        /// calls, of what persons said.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<u64>,
        /// Why, where that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    } {}

    /// What was excluded may come in again.
    36 1 ImportIncluded, structure, of Workspace []
    plain {
        /// The hash that the exclusion is known by.
        digest: Digest,
    } {}

    /// What the session's native records were taken to say is corrected: by the events directly after this one, and by those that are
    /// taken back.
    37 1 MappingCorrected in Box, structure, of Session []
    plain {
        /// The revision that is corrected: the correction counts from there by the clock of happening.
        revision: u64,
        /// How many events of the session directly after this one are the correction.
        events: u32,
        /// The positions of its events that no record says any more: calls of tools, results, compactions and rewinds.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        withdrawn: Vec<u64>,
        /// The keys of usage that no record says any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unused: Vec<String>,
    } {}

    /// A folder that sessions work in was looked at, in the stream of their tool's workspace: which repository it is in.
    38 1 FolderSeen in Box, structure, of Workspace []
    plain {
        /// The folder.
        folder: String,
        /// The main worktree of its repository, which its other worktrees share.
        root: String,
        /// Where the repository was cloned from: host and path.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remote: Option<String>,
        /// The commit that the folder was at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commit: Option<String>,
    } {}
}
