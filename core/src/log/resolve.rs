//! Long texts, loaded from the store's blobs.

use rusqlite::{Connection, OptionalExtension, params};

use super::decode::Decoder;
use super::dictionary::learn;
use super::pool::PooledReader;
use super::prepare::TEXT_BYTES_MAX;
use super::read::Reader;
use crate::{BlobRef, Error, Event, Session, Text};

const LOAD: &str = "load a text";

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
    /// Loads the text of a blob.
    pub(super) fn text(&mut self, blob: BlobRef) -> Result<String, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        decoder.blob(connection, blob)
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
            Text::Blob(blob) => into.push_str(&self.blob(connection, *blob)?),
        }
        Ok(())
    }

    fn blob(&mut self, connection: &Connection, blob: BlobRef) -> Result<String, Error> {
        let hash = blake3::Hash::from_bytes(blob.hash);
        let damaged =
            |what: &str| Error::Damaged { act: LOAD, found: format!("blob {}: {what}", hash.to_hex()) };
        let unpacker = &mut self.unpacker;
        let (codec, bytes): (u32, Vec<u8>) = connection
            .prepare_cached(include_str!("../../sql/blob.sql"))
            .and_then(|mut statement| {
                statement.query_row(params![blob.hash], |row| Ok((row.get(0)?, row.get(2)?))).optional()
            })
            .map_err(Error::sqlite(LOAD))?
            .ok_or_else(|| damaged("it is missing"))?;
        learn(connection, unpacker, codec)?;
        let mut buffer = Vec::new();
        let plain = unpacker
            .unpack(codec, &bytes, TEXT_BYTES_MAX, &mut buffer)
            .map_err(|error| damaged(&error.to_string()))?;
        if blake3::hash(plain) != hash {
            return Err(damaged("its bytes are others than its hash says"));
        }
        let plain = if buffer.is_empty() { bytes } else { buffer };
        String::from_utf8(plain).map_err(|_| damaged("it is no text"))
    }
}
