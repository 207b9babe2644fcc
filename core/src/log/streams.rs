//! Which streams a commit goes to, and whether they are where its caller thinks.

use rusqlite::OptionalExtension;

use super::batch::WriteBatch;
use super::commit::{Expected, Target};
use super::heads::{LogTail, StreamHead};
use super::prepare::{Prepared, PreparedPart};
use crate::field::session;
use crate::hash::stream_key;
use crate::patch::{Key, Outline, Path, Record, meaning};
use crate::{Error, EventHash, EventType, Position, Revision, StreamId, StreamName};

const APPEND: &str = "append";

/// One part of a commit, with the stream that it goes to.
pub(super) struct Planned {
    pub(super) name: StreamName,
    pub(super) head: StreamHead,
    pub(super) is_new: bool,
    pub(super) new_workspace: bool,
}

impl WriteBatch<'_> {
    /// Whether every text that the commit refers to is in the store, or comes with it.
    pub(super) fn has_blobs(&self, commit: &Prepared) -> Result<bool, Error> {
        for hash in &commit.refers {
            let brought = commit.blobs.iter().any(|blob| blob.hash == *hash);
            let there = brought
                || self
                    .cached(include_str!("../../sql/has_blob.sql"))?
                    .exists([hash])
                    .map_err(Error::sqlite(APPEND))?;
            if !there {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Finds each part's stream and compares it with what the caller expected, without writing.
    pub(super) fn plan(
        &mut self,
        parts: &[PreparedPart],
        as_of: Option<Position>,
        tail: &mut LogTail,
    ) -> Result<Result<Vec<Planned>, Error>, Error> {
        let mut planned: Vec<Planned> = Vec::with_capacity(parts.len());
        for part in parts {
            let name = match &part.target {
                Target::Stream(name) => name.clone(),
                Target::NewSession { workspace, session_id } => {
                    let last = self.last_ordinal(workspace, session_id)?;
                    let Some(next) = last.checked_add(1) else {
                        return Ok(Err(Error::Malformed { reason: "every ordinal of the session is taken" }));
                    };
                    StreamName::session(workspace, session_id, next)
                }
            };
            if planned.iter().any(|other| other.name == name) {
                return Ok(Err(Error::Malformed { reason: "a commit names each stream once" }));
            }
            let found = match self.streams.get(&name) {
                Some(head) => Some(*head),
                None => self.writer.heads.stream(&self.writer.own.connection, &name)?,
            };
            let revision = found.map_or(Revision::ZERO, |head| head.revision);
            let is_expected = match part.expected {
                Expected::Any => true,
                Expected::At(expected) => expected == revision,
            };
            let asks = matches!(part.target, Target::Stream(_)).then_some(as_of).flatten();
            let is_as_planned = asks.is_none_or(|as_of| self.writer.heads.is_same_record(&name, as_of));
            if !(is_expected && is_as_planned) {
                let expected = part.expected.to_string();
                return Ok(Err(Error::Conflict { stream: name, expected, found: revision }));
            }
            planned.push(match found {
                Some(head) => Planned { name, head, is_new: false, new_workspace: false },
                None => self.plan_new(name, &planned, tail)?,
            });
        }
        Ok(Ok(planned))
    }

    fn plan_new(&self, name: StreamName, planned: &[Planned], tail: &mut LogTail) -> Result<Planned, Error> {
        let beside = planned.iter().find(|other| other.name.workspace == name.workspace);
        let known = match beside {
            Some(other) => Some(other.head.workspace),
            None => self.workspace(&name.workspace)?,
        };
        let workspace = known.unwrap_or_else(|| {
            tail.last_workspace += 1;
            tail.last_workspace
        });
        tail.last_stream += 1;
        let head = StreamHead {
            stream: StreamId(tail.last_stream),
            workspace,
            key: stream_key(&name),
            revision: Revision::ZERO,
            hash: EventHash::ZERO,
        };
        Ok(Planned { name, head, is_new: true, new_workspace: known.is_none() })
    }

    fn workspace(&self, key: &str) -> Result<Option<i64>, Error> {
        if let Some(id) = self.workspaces.get(key) {
            return Ok(Some(*id));
        }
        self.cached(include_str!("../../sql/workspace_by_key.sql"))?
            .query_row([key], |row| row.get(0))
            .optional()
            .map_err(Error::sqlite(APPEND))
    }

    fn last_ordinal(&self, workspace: &str, session_id: &str) -> Result<u32, Error> {
        self.cached(include_str!("../../sql/last_ordinal.sql"))?
            .query_row((workspace, session_id), |row| row.get(0))
            .map_err(Error::sqlite(APPEND))
    }
}

/// The conflict of a commit whose rows beside the log are not what they were.
pub(super) fn superseded(planned: &[Planned]) -> Error {
    let Planned { name, head, .. } = planned.first().expect("a commit names a stream");
    let expected = "the records that it was decided on".to_owned();
    Error::Conflict { stream: name.clone(), expected, found: head.revision }
}

/// Whether events change which record of its id a stream is: the first, a later one, or none. Within it: whether that goes for
/// ids besides the stream's own.
pub(super) fn changes_record(part: &PreparedPart) -> Option<bool> {
    let changes = part.events.iter().filter_map(|prepared| {
        let event = &prepared.event;
        // A redaction may take out any of these.
        let mut changes = (event.event_type() == EventType::BodyRedacted).then_some(false);
        meaning(Outline::default(), event, |patch| match patch.path {
            Path::Whole | Path::Own(Key::Record(Record::Deleted | Record::Place)) => changes = Some(false),
            Path::Own(Key::Known(session::id)) => changes = Some(true),
            _ => {}
        });
        changes
    });
    changes.reduce(|one, other| one || other)
}
