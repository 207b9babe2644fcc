//! Long texts, loaded from the store's blobs.

use std::io::Read;

use rusqlite::{Connection, params};

use super::decode::Decoder;
use super::dictionary::learn;
use super::pool::PooledReader;
use super::prepare::TEXT_BYTES_MAX;
use super::read::Reader;
use crate::pack::{RAW, ZSTD};
use crate::{BlobRef, Error, Event, Session, Text};

const LOAD: &str = "load a text";

/// What a decoder keeps of its buffer between two texts: one that was very long does not stay in memory.
const BUFFER_BYTES_MAX: usize = 1 << 20;

impl Reader<'_> {
    /// Loads every long text of a session, and joins what came in pieces.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a blob that is missing or not what its hash says.
    pub fn resolve(&mut self, session: &mut Session) -> Result<(), Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        for instance in &mut session.instances {
            if let Some(output) = &mut instance.output {
                decoder.resolve(connection, output)?;
            }
        }
        session
            .chat_history
            .iter_mut()
            .try_for_each(|message| decoder.resolve(connection, &mut message.content))
    }

    /// Loads the long text of an event, where it has one.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn resolve_event(&mut self, event: &mut Event) -> Result<(), Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        event.long_text_mut().map_or(Ok(()), |text| decoder.resolve(connection, text))
    }
}

impl Reader<'_> {
    /// Returns the beginning of a text, at most `bytes` bytes of it, cut between two characters. No more than that is unpacked of a
    /// text in the store's blobs, so that its hash is not checked: for those who show it, not for those who prove it.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a blob that is missing, or that cannot be unpacked.
    pub fn beginning(&mut self, text: &Text, bytes: usize) -> Result<String, Error> {
        let mut head = String::new();
        self.pooled_mut().beginning(text, bytes, &mut head)?;
        Ok(head)
    }
}

impl PooledReader {
    fn beginning(&mut self, text: &Text, bytes: usize, into: &mut String) -> Result<(), Error> {
        match text {
            _ if into.len() >= bytes => Ok(()),
            Text::Inline(piece) => {
                into.push_str(&piece[..piece.floor_char_boundary(bytes - into.len())]);
                Ok(())
            }
            Text::Joined(pieces) => pieces.iter().try_for_each(|piece| self.beginning(piece, bytes, into)),
            Text::Blob(blob) => {
                let room = bytes - into.len();
                if let Some(head) = blob_beginning(&self.connection, *blob, room)? {
                    into.push_str(&head);
                    return Ok(());
                }
                let mut whole = String::new();
                self.decoder.blob(&self.connection, *blob, &mut whole)?;
                into.push_str(&whole[..whole.floor_char_boundary(room)]);
                Ok(())
            }
        }
    }
}

/// Returns at most `bytes` bytes of a blob's text; `None` where that takes the whole of it.
fn blob_beginning(connection: &Connection, blob: BlobRef, bytes: usize) -> Result<Option<String>, Error> {
    let act = Error::sqlite(LOAD);
    let mut statement = connection.prepare_cached(include_str!("../../sql/blob.sql")).map_err(&act)?;
    let mut rows = statement.query(params![blob.hash]).map_err(&act)?;
    let Some(row) = rows.next().map_err(&act)? else { return Ok(None) };
    let codec: u32 = row.get(0).map_err(&act)?;
    let packed = row.get_ref(2).and_then(|value| Ok(value.as_blob()?)).map_err(&act)?;
    let mut head = Vec::new();
    match codec {
        RAW => head.extend_from_slice(&packed[..packed.len().min(bytes)]),
        ZSTD => {
            let unpacked = zstd::stream::read::Decoder::with_buffer(packed)
                .and_then(|unpacked| unpacked.take(bytes as u64).read_to_end(&mut head));
            if unpacked.is_err() {
                return Ok(None);
            }
        }
        _ => return Ok(None),
    }
    let end = match std::str::from_utf8(&head) {
        Ok(text) => text.len(),
        // Cut within a character.
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return Ok(None),
    };
    head.truncate(end);
    Ok(String::from_utf8(head).ok())
}

impl Reader<'_> {
    /// Loads the text of a blob.
    pub(super) fn text(&mut self, blob: BlobRef) -> Result<String, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        let mut text = String::new();
        decoder.blob(connection, blob, &mut text)?;
        Ok(text)
    }
}

impl Decoder {
    /// Loads one text, and joins what came in pieces.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a blob that is missing or not what its hash says.
    pub fn resolve(&mut self, connection: &Connection, text: &mut Text) -> Result<(), Error> {
        if !matches!(text, Text::Inline(_)) {
            let mut joined = String::with_capacity(usize::try_from(text.len()).unwrap_or(0).min(1 << 20));
            self.collect(connection, text, &mut joined)?;
            *text = Text::from(joined);
        }
        Ok(())
    }

    fn collect(&mut self, connection: &Connection, text: &Text, into: &mut String) -> Result<(), Error> {
        match text {
            Text::Inline(piece) => into.push_str(piece),
            Text::Joined(pieces) => {
                pieces.iter().try_for_each(|piece| self.collect(connection, piece, into))?
            }
            Text::Blob(blob) => self.blob(connection, *blob, into)?,
        }
        Ok(())
    }

    /// Appends the text of a blob. It is unpacked into a buffer that all blobs share, so that each byte is written once to
    /// memory that is in use already, and once to its place.
    fn blob(&mut self, connection: &Connection, blob: BlobRef, into: &mut String) -> Result<(), Error> {
        let act = Error::sqlite(LOAD);
        let hash = blake3::Hash::from_bytes(blob.hash);
        let damaged =
            |what: &str| Error::Damaged { act: LOAD, found: format!("blob {}: {what}", hash.to_hex()) };
        let mut statement = connection.prepare_cached(include_str!("../../sql/blob.sql")).map_err(&act)?;
        let mut rows = statement.query(params![blob.hash]).map_err(&act)?;
        let row = rows.next().map_err(&act)?.ok_or_else(|| damaged("it is missing"))?;
        let codec = row.get(0).map_err(&act)?;
        let bytes = row.get_ref(2).and_then(|value| Ok(value.as_blob()?)).map_err(&act)?;
        learn(connection, &mut self.unpacker, codec)?;
        let plain = self
            .unpacker
            .unpack(codec, bytes, TEXT_BYTES_MAX, &mut self.blob_buffer)
            .map_err(|error| damaged(&error.to_string()))?;
        if blake3::hash(plain) != hash {
            return Err(damaged("its bytes are others than its hash says"));
        }
        into.push_str(simdutf8::basic::from_utf8(plain).map_err(|_| damaged("it is no text"))?);
        if self.blob_buffer.capacity() > BUFFER_BYTES_MAX {
            self.blob_buffer = Vec::new();
        }
        Ok(())
    }
}
