//! What hashes say of one event, one body, one text: the same for what a receiver keeps and for what comes in at its door.

use retold_core::hash::{Header, body_commit, meta_digest, stream_key};
use retold_core::{BODY_BYTES_MAX, EventHash, LogId, StreamName, TEXT_BYTES_MAX};

use crate::pack::Unpacking;
use crate::receiver::{Body, Hash, ShippedEvent, StreamNames, Text};

/// Says what a stream's name is another than its key says; nothing of a name that is sealed.
pub(crate) fn fault_of_name(names: &StreamNames) -> Option<&'static str> {
    let (workspace, session_id, ordinal) = names.name.as_ref()?;
    let name = StreamName { workspace: workspace.clone(), session_id: session_id.clone(), ordinal: *ordinal };
    (stream_key(&name) != *names.key).then_some("its stream has another name")
}

/// Says where a body is not the one that its event commits to; and how long it is, unpacked.
pub(crate) fn fault_of_body(
    body: &Body,
    committed: &Hash,
    unpacking: &mut Unpacking,
) -> Result<usize, &'static str> {
    match unpacking.unpack(body.codec, &body.bytes, BODY_BYTES_MAX) {
        Ok(plain) if body_commit(&body.salt, plain) == **committed => Ok(plain.len()),
        _ => Err("its body is not the one that it commits to"),
    }
}

/// Returns how long a text is, unpacked; `None` where it is not the one that its hash says, or not as long as it says itself. Memory: no
/// more than that length.
pub(crate) fn sound_length(text: &Text, unpacking: &mut Unpacking) -> Option<usize> {
    let size = usize::try_from(text.size).ok().filter(|size| *size <= TEXT_BYTES_MAX)?;
    let plain = unpacking.unpack(text.codec, &text.bytes, size).ok()?;
    (plain.len() == size && blake3::hash(plain).as_bytes() == &*text.hash).then_some(size)
}

/// The last event of a stream that is known before another one; of revision and position 0 where there is none.
#[derive(Clone, Copy, Debug)]
pub struct Last {
    /// Its place in the stream.
    pub revision: u64,
    /// Its place in the log.
    pub position: u64,
    /// Its hash.
    pub hash: EventHash,
}

impl Last {
    /// Of a stream of which nothing is known.
    pub(crate) const NONE: Self = Self { revision: 0, position: 0, hash: EventHash::ZERO };

    /// Returns the hash that an event goes on from in its stream, after this one; `None` where what is between them was held back, of
    /// as many positions as that is at most. A log numbers the events of a stream in the order of their positions, without a gap.
    pub(crate) fn before(
        self,
        event: &ShippedEvent,
        held_back: u64,
    ) -> Result<Option<EventHash>, &'static str> {
        if event.revision <= self.revision || event.position <= self.position {
            return Err("its revision was there before");
        }
        match event.revision - self.revision - 1 {
            0 => Ok(Some(self.hash)),
            missing if missing <= held_back => Ok(None),
            _ => Err("what was before it in its stream is missing, and was not held back"),
        }
    }
}

/// Says where an event's hash is not that of its header, after those before it in the log and in its stream.
pub(crate) fn fault_of_header(
    log: LogId,
    event: &ShippedEvent,
    stream_key: &Hash,
    previous: EventHash,
    previous_in_stream: EventHash,
) -> Option<&'static str> {
    let digest = event
        .meta_digest
        .map_or_else(|| meta_digest(event.meta.as_ref().map(|meta| meta.as_slice())), |digest| *digest);
    let header = Header {
        log,
        position: event.position,
        stream_key,
        revision: event.revision,
        kind: event.kind,
        schema_version: event.schema_version,
        commit_first: event.commit_first,
        recorded_at: event.recorded_at,
        occurred_at: event.occurred_at,
        meta_digest: &digest,
        body_commit: &event.body_commit,
        previous,
        previous_in_stream,
    };
    (header.hash().as_bytes() != &*event.hash).then_some("its hash is not that of its header")
}
