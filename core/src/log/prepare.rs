//! The part of an append that needs no lock: encode, move long texts out, pack, commit to the body.

use std::collections::HashSet;
use std::sync::Arc;

use rand::RngExt;

use super::commit::{Commit, Expected, Meta, NewEvent, Origin, Target};
use super::hook::CommitHook;
use super::key::{CommitDigest, IdempotencyKey};
use crate::event::is_readable;
use crate::pack::{Packed, Packer, ZSTD};
use crate::{BlobRef, Error, Event, Position, Text, hash, time};

/// A longer text moves into the store's blobs.
pub const INLINE_TEXT_BYTES_MAX: usize = 4 * 1024;
/// The largest body, its long text left aside.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The largest text.
pub const TEXT_BYTES_MAX: usize = 512 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) parts: Vec<PreparedPart>,
    pub(super) blobs: Vec<PreparedBlob>,
    /// The blobs that its events refer to and that it does not bring: the store must have them.
    pub(super) refers: Vec<[u8; 32]>,
    pub(super) meta: Option<Vec<u8>>,
    /// What was found out about texts before it came to the writer, for a redaction.
    pub(super) unreferred: Option<Unreferred>,
    /// The bodies that an archive has kept, for a commit that says that they are back.
    pub(super) kept: Vec<KeptBody>,
    pub(super) hook: Option<Arc<dyn CommitHook>>,
}

/// The texts that nothing but the bodies of an erasure referred to, as of a position: who plans an erasure looks them up, and
/// the writer looks at what came since alone. Without, it looks at the whole log.
#[derive(Debug)]
pub struct Unreferred {
    /// The end of the log when they were looked up.
    pub as_of: Position,
    /// Their hashes.
    pub texts: HashSet<[u8; 32]>,
}

/// A body on its way back from an archive.
#[derive(Debug)]
pub struct KeptBody {
    /// Where it goes.
    pub position: Position,
    /// The salt that it was committed to with.
    pub salt: [u8; 16],
    /// The body, packed by the log that it comes back to.
    pub body: Packed,
}

#[derive(Debug)]
pub(super) struct PreparedPart {
    pub(super) target: Target,
    pub(super) expected: Expected,
    pub(super) events: Vec<PreparedEvent>,
}

#[derive(Debug)]
pub(super) struct PreparedEvent {
    pub(super) event: Event,
    pub(super) occurred_at: Option<i64>,
    pub(super) salt: [u8; 16],
    pub(super) body: Packed,
    pub(super) body_commit: [u8; 32],
}

/// A text on its way into the store, outside of events.
#[derive(Debug)]
pub struct PreparedBlob {
    /// The hash of the text.
    pub hash: [u8; 32],
    /// Its bytes.
    pub size: u64,
    /// The text, packed.
    pub packed: Packed,
}

impl PreparedBlob {
    /// Packs a text.
    pub(super) fn new(hash: [u8; 32], text: &str, packer: &mut Packer) -> Self {
        Self { hash, size: text.len() as u64, packed: packer.pack(text.as_bytes()) }
    }
}

impl Prepared {
    /// Prepares a commit; returns it with the key that it was made for.
    pub(super) fn new(commit: Commit, packer: &mut Packer) -> Result<(Self, Option<IdempotencyKey>), Error> {
        let mut blobs = Blobs::default();
        let mut digest = commit.key.is_some().then(CommitDigest::new);
        let parts = commit
            .parts
            .into_iter()
            .map(|part| {
                if let Some(digest) = &mut digest {
                    part.target.digest(digest);
                }
                let digest = &mut digest;
                let events =
                    part.events.into_iter().map(|event| prepare(event, &mut blobs, packer, digest.as_mut()));
                Ok(PreparedPart {
                    target: part.target,
                    expected: part.expected,
                    events: events.collect::<Result<_, _>>()?,
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        if parts.is_empty() || parts.iter().any(|part| part.events.is_empty()) {
            return Err(Error::Malformed {
                reason: "a commit holds at least one event for each stream it names",
            });
        }
        let meta = Meta {
            operation: commit.operation.map(Box::new),
            ..commit.meta.unwrap_or(Meta::of(Origin::Application))
        };
        let meta = Some(rmp_serde::to_vec_named(&meta).expect("a meta is plain data"));
        let Blobs { brought, referred } = blobs;
        let key = commit.key.zip(digest).map(|(text, digest)| digest.key(text)).transpose()?;
        let prepared = Self {
            parts,
            blobs: brought,
            refers: referred,
            meta,
            unreferred: None,
            kept: Vec::new(),
            hook: commit.hook,
        };
        Ok((prepared, key))
    }

    pub(super) fn events(&self) -> usize {
        self.parts.iter().map(|part| part.events.len()).sum()
    }

    /// The dictionaries that its bodies and texts were packed with.
    pub(super) fn codecs(&self) -> impl Iterator<Item = u32> {
        let mut last = ZSTD;
        let own = self.parts.iter().flat_map(|part| &part.events).map(|event| event.body.codec);
        let texts = self.blobs.iter().map(|blob| blob.packed.codec);
        let codecs = own.chain(self.kept.iter().map(|kept| kept.body.codec)).chain(texts);
        // As a rule it is one.
        codecs.filter(move |codec| *codec > ZSTD && std::mem::replace(&mut last, *codec) != *codec)
    }

    pub(super) fn bytes(&self) -> usize {
        let bodies = self.parts.iter().flat_map(|part| &part.events).map(|event| event.body.bytes.len());
        bodies.sum::<usize>() + self.blobs.iter().map(|blob| blob.packed.bytes.len()).sum::<usize>()
    }
}

/// The blobs of a commit's events.
#[derive(Default)]
struct Blobs {
    brought: Vec<PreparedBlob>,
    referred: Vec<[u8; 32]>,
}

fn prepare(
    new: NewEvent,
    blobs: &mut Blobs,
    packer: &mut Packer,
    digest: Option<&mut CommitDigest>,
) -> Result<PreparedEvent, Error> {
    let mut event = new.event;
    if let Some(text) = event.long_text_mut() {
        move_out(text, blobs, packer)?;
    }
    let mut body = Vec::with_capacity(256);
    event
        .write_body(&mut body)
        .map_err(|_| Error::Malformed { reason: "a text of an event was joined and not resolved" })?;
    within("a body", body.len(), BODY_BYTES_MAX)?;
    if !is_readable(&body) {
        return Err(Error::Malformed { reason: "an event has more than two million elements" });
    }
    if let Some(digest) = digest {
        digest.add(event.event_type().name().as_bytes());
        digest.add(&body);
    }
    let salt: [u8; 16] = rand::rng().random();
    let body_commit = hash::body_commit(&salt, &body);
    let body = packer.pack(&body);
    Ok(PreparedEvent { event, occurred_at: new.occurred_at.map(time::to_micros), salt, body, body_commit })
}

fn move_out(text: &mut Text, blobs: &mut Blobs, packer: &mut Packer) -> Result<(), Error> {
    if let Text::Blob(blob) = text {
        blobs.referred.push(blob.hash);
    }
    let Text::Inline(long) = text else { return Ok(()) };
    within("a text", long.len(), TEXT_BYTES_MAX)?;
    if long.len() <= INLINE_TEXT_BYTES_MAX {
        return Ok(());
    }
    let hash = *blake3::hash(long.as_bytes()).as_bytes();
    let size = long.len() as u64;
    if !blobs.brought.iter().any(|blob| blob.hash == hash) {
        blobs.brought.push(PreparedBlob::new(hash, long, packer));
    }
    *text = Text::Blob(BlobRef { hash, bytes: size });
    Ok(())
}

fn within(what: &'static str, bytes: usize, limit: usize) -> Result<(), Error> {
    if bytes <= limit {
        Ok(())
    } else {
        Err(Error::TooLarge { what, bytes: bytes as u64, limit: limit as u64 })
    }
}

/// The most that a dictionary is trained on; more teaches little, and training takes its time by the byte.
const SAMPLE_BYTES_MAX: usize = 2 * 1024 * 1024;

#[cfg(feature = "secrets")]
fn holds_no_secret(text: &str) -> bool {
    retold_secrets::Secrets::published().mask(text).count == 0
}

/// Without the rules nothing is known to hold none, so that nothing is learned from.
#[cfg(not(feature = "secrets"))]
fn holds_no_secret(_: &str) -> bool {
    false
}

/// So much of a long text is learned from: as a rule the rest is like it.
const SAMPLE_TEXT_BYTES: usize = 4 * 1024;
/// So much more of it is looked at: a secret may go on after what is learned from.
const SAMPLE_MARGIN: usize = 1024;

/// Returns the bodies of `events`, and the beginnings of the texts that do not stay in their event, up to [`SAMPLE_BYTES_MAX`]. What
/// looks like a secret is not learned from: a dictionary keeps what it has seen.
pub(super) fn samples<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<Vec<u8>> {
    let is_long = |text: &str| text.len() > INLINE_TEXT_BYTES_MAX;
    let sample = |event: &Event| match event.long_text().and_then(Text::as_str).filter(|text| is_long(text)) {
        Some(text)
            if !holds_no_secret(&text[..text.floor_char_boundary(SAMPLE_TEXT_BYTES + SAMPLE_MARGIN)]) =>
        {
            None
        }
        Some(text) => Some(text.as_bytes()[..text.floor_char_boundary(SAMPLE_TEXT_BYTES)].to_vec()),
        None => {
            let mut body = Vec::new();
            event.write_body(&mut body).ok().map(|()| body)
        }
    };
    let mut room = SAMPLE_BYTES_MAX;
    let has_room = |body: &Vec<u8>| {
        let fits = body.len() <= room;
        room = room.saturating_sub(body.len());
        fits
    };
    // The strings of a body are in it as they are.
    let is_harmless = |body: &Vec<u8>| body.utf8_chunks().all(|chunk| holds_no_secret(chunk.valid()));
    events.into_iter().filter_map(sample).filter(is_harmless).take_while(has_room).collect()
}
