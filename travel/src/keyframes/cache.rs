//! Chunks that were read, as long as there is room.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use retold_core::Text;
use rusqlite::{Connection, OptionalExtension};
use serde::de::DeserializeOwned;

use crate::state::MessageRow;
use crate::state::list::Chunk;
use crate::state::pack::{self, ChunkId, Source};

/// Unpacked bytes of chunks that are kept; above, all are let go.
const BYTES_MAX: usize = 128 * 1024 * 1024;
/// No chunk is larger, unpacked.
const CHUNK_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Fast; the chunks are many and short-lived.
const LEVEL: i32 = 1;

#[derive(Default)]
pub(super) struct Cache {
    messages: HashMap<ChunkId, Arc<Chunk<MessageRow>>>,
    pieces: HashMap<ChunkId, Arc<Chunk<Text>>>,
    bytes: usize,
    unpacker: Option<zstd::bulk::Decompressor<'static>>,
}

/// Returns a chunk's bytes as they are stored: their length, then one Zstandard frame.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut packed = length.to_be_bytes().to_vec();
    // What cannot be packed is not found again, and folded again.
    packed.extend(zstd::bulk::compress(bytes, LEVEL).unwrap_or_default());
    packed
}

/// The chunks of a file, through the cache.
pub(super) struct Reading<'a> {
    pub(super) file: &'a Connection,
    pub(super) cache: &'a mut Cache,
    pub(super) known: &'a mut HashSet<ChunkId>,
}

impl Source for Reading<'_> {
    fn messages(&mut self, id: ChunkId) -> Option<Arc<Chunk<MessageRow>>> {
        if let Some(chunk) = self.cache.messages.get(&id) {
            return Some(Arc::clone(chunk));
        }
        let chunk = self.read(id)?;
        self.cache.messages.insert(id, Arc::clone(&chunk));
        Some(chunk)
    }

    fn piece(&mut self, id: ChunkId) -> Option<Arc<Chunk<Text>>> {
        if let Some(chunk) = self.cache.pieces.get(&id) {
            return Some(Arc::clone(chunk));
        }
        let chunk = self.read(id)?;
        self.cache.pieces.insert(id, Arc::clone(&chunk));
        Some(chunk)
    }
}

impl Reading<'_> {
    fn read<T: DeserializeOwned>(&mut self, id: ChunkId) -> Option<Arc<Chunk<T>>> {
        let packed: Vec<u8> = self
            .file
            .prepare_cached(include_str!("../../sql/keyframes/chunk.sql"))
            .and_then(|mut statement| statement.query_row([id.to_bytes()], |row| row.get(0)).optional())
            .ok()??;
        let (length, frame) = packed.split_at_checked(4)?;
        let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
        if length > CHUNK_BYTES_MAX {
            return None;
        }
        let unpacker = match &mut self.cache.unpacker {
            Some(unpacker) => unpacker,
            none => none.insert(zstd::bulk::Decompressor::new().ok()?),
        };
        let bytes = unpacker.decompress(frame, length).ok()?;
        let chunk = pack::chunk(id, &bytes)?;
        if self.cache.bytes + bytes.len() > BYTES_MAX {
            self.cache.messages.clear();
            self.cache.pieces.clear();
            self.cache.bytes = 0;
        }
        self.cache.bytes += bytes.len();
        self.known.insert(id);
        Some(chunk)
    }
}
