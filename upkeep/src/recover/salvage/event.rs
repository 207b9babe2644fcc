//! One row of the log, checked against its hash.

use retold_core::hash::{Header, body_commit, meta_digest, stream_key};
use retold_core::raw::{Stored, commit_of_pruned, erasure, unpack_body};
use retold_core::{Erasure, Event, EventHash, EventType, Meta, Position, StreamName, Text};
use rusqlite::Row;

use super::{Salvage, Saved};
use crate::recover::{Lost, names};

impl Salvage<'_> {
    /// Reads an event, or says why it is lost; and returns the hash that it says it has.
    #[expect(clippy::type_complexity, reason = "it is read in one place")]
    pub(super) fn event(
        &mut self,
        position: Position,
        row: &Row<'_>,
        is_second_look: bool,
    ) -> (Result<(Saved, (i64, u64, EventHash)), Box<Lost>>, Option<EventHash>) {
        let mut one = Lost {
            position,
            last: position,
            why: "its row holds what no release writes",
            stream: None,
            revision: None,
            event: None,
        };
        let Ok(stored) = Stored::read(row) else {
            return (Err(Box::new(one)), row.get(8).ok());
        };
        let (stream, hash) = (stored.stream, stored.hash);
        one.revision = Some(stored.revision);
        one.stream = self.names.get(&stream).cloned();
        let kind = EventType::from_number(stored.kind.into()).unwrap_or(EventType::BodyRedacted);
        let (number, version) = (kind.number().into(), stored.schema_version);
        let connection = self.connection;
        let mut text_hash = None;
        let read = self.decoder.body(connection, position, number, version, stored.codec, stored.body);
        let read = read.and_then(|mut event| {
            if let Some(text) =
                event.as_mut().and_then(Event::long_text_mut).filter(|text| matches!(text, Text::Blob(_)))
            {
                if let Text::Blob(blob) = &*text {
                    text_hash = Some(blob.hash);
                }
                self.decoder.resolve(connection, text)?;
            }
            Ok(event)
        });
        let before = self.before(&stored);
        let previous = self.previous.as_ref().filter(|(at, _)| at + 1 == position.get());
        let previous = previous.map(|(_, hashes)| hashes.clone());
        let verdict = match (&read, previous, before) {
            (Err(_), ..) => Err("its body, or a text of it, cannot be read"),
            (_, None, _) => Err("what stood before it is lost, so that its hash proves nothing"),
            (_, _, None) => Err("it stands behind a hole of its session"),
            (Ok(event), Some(previous), Some(before)) => {
                let names = self.names_of(&stored, event.as_ref(), is_second_look);
                let has_names = !names.is_empty();
                match self.find_name(position, &stored, (&previous, before), names) {
                    Some(name) => Ok(name),
                    None if !has_names => Err("its stream is not known"),
                    None => Err("its hash is another"),
                }
            }
        };
        one.event = read.unwrap_or(None);
        let is_withheld = self.withheld.contains_key(&position);
        if is_withheld {
            one.event = None;
        }
        let name = match verdict {
            Ok(name) => name,
            Err(why) => return (Err(Box::new(Lost { why, ..one })), Some(hash)),
        };
        self.findings.texts.extend(text_hash.map(|hash| (position, hash)));
        let saved = Saved {
            position,
            commit_first: stored.commit_first,
            name,
            occurred_at: stored.occurred_at,
            kind,
            meta: stored.meta.and_then(|meta| Meta::of_bytes(meta, position).ok()),
            event: one.event.ok_or_else(|| match is_withheld {
                true => Erasure::Redacted,
                false => erasure(connection, position).unwrap_or(Erasure::Redacted),
            }),
        };
        (Ok((saved, (stream, stored.revision.get(), hash))), Some(hash))
    }

    /// The hash of the event before it in its stream; `None` after a hole.
    fn before(&self, stored: &Stored<'_>) -> Option<EventHash> {
        match self.ends.get(&stored.stream) {
            None if stored.revision.get() == 1 => Some(EventHash::ZERO),
            Some((revision, hash)) if revision + 1 == stored.revision.get() => Some(*hash),
            _ => None,
        }
    }

    /// The names that an event's stream may have: after its first event, which bore one out, that one.
    fn names_of(&self, stored: &Stored<'_>, event: Option<&Event>, is_second_look: bool) -> Vec<StreamName> {
        let is_first = !self.ends.contains_key(&stored.stream);
        match (is_second_look && is_first, event) {
            (false, _) => self.names.get(&stored.stream).cloned().into_iter().collect(),
            (true, event) => {
                let mut names = names::found(self.connection, stored.stream);
                names.extend(event.into_iter().flat_map(|event| names::told(self.connection, event)));
                names
            }
        }
    }

    /// Finds the name with which the event's hash is that of what it says, under an id that the log may have had.
    fn find_name(
        &mut self,
        position: Position,
        stored: &Stored<'_>,
        (previous, previous_in_stream): (&[EventHash], EventHash),
        names: Vec<StreamName>,
    ) -> Option<StreamName> {
        let commit = self.commit(position, stored)?;
        let named = self.lineage.at(position.get());
        let meta_digest = meta_digest(stored.meta);
        let found = names.into_iter().find_map(|name| {
            let stream_key = stream_key(&name);
            let header = |log, previous| Header {
                log,
                position: position.get(),
                stream_key: &stream_key,
                revision: stored.revision.get(),
                kind: stored.kind,
                schema_version: stored.schema_version,
                commit_first: stored.commit_first.get(),
                recorded_at: stored.recorded_at,
                occurred_at: stored.occurred_at,
                meta_digest: &meta_digest,
                body_commit: &commit,
                previous,
                previous_in_stream,
            };
            let identity = &mut self.findings.identity;
            let mut is_one =
                |previous| identity.find(position, stored.hash, named, |log| header(log, previous).hash());
            previous.iter().any(|previous| is_one(*previous)).then_some(name)
        })?;
        self.names.insert(stored.stream, found.clone());
        Some(found)
    }

    /// Returns what an event's body was committed to.
    fn commit(&mut self, position: Position, stored: &Stored<'_>) -> Option<[u8; 32]> {
        match (stored.body, stored.salt) {
            (Some(body), Some(salt)) => {
                let mut buffer = Vec::new();
                let (unpacker, stored) = (self.decoder.unpacker(), (position, stored.codec));
                let plain = unpack_body(self.connection, unpacker, stored, body, &mut buffer).ok()?;
                Some(body_commit(&salt, plain))
            }
            (None, None) => {
                let sql = include_str!("../../../sql/recover/commit_of_redacted.sql");
                let redacted = self.connection.query_row(sql, [position], |row| row.get(0)).ok();
                redacted.or_else(|| commit_of_pruned(self.connection, position).ok().flatten())
            }
            _ => None,
        }
    }
}
