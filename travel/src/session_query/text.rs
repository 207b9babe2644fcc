//! Long texts, loaded where a question asks for them.

use std::sync::Arc;

use parking_lot::Mutex;
use retold_core::{BlobRef, Decoder, Text};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error};

use super::Outputs;

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_DETERMINISTIC
    .union(FunctionFlags::SQLITE_INNOCUOUS)
    .union(FunctionFlags::SQLITE_UTF8);

/// How a text is kept in a table: itself, or the 40 bytes that name it in the store's blobs.
pub(super) fn value(text: &Text) -> rusqlite::types::Value {
    match text {
        Text::Inline(text) => rusqlite::types::Value::Text(text.to_string()),
        Text::Blob(blob) => {
            let mut bytes = blob.hash.to_vec();
            bytes.extend(blob.bytes.to_be_bytes());
            rusqlite::types::Value::Blob(bytes)
        }
        Text::Joined(_) => rusqlite::types::Value::Null,
    }
}

/// Adds `retold_load(text)`, and `retold_output(place)`, which reads what is shared; both load through `reader`.
pub(super) fn add_functions(
    connection: &Connection,
    reader: Connection,
    outputs: Outputs,
) -> rusqlite::Result<()> {
    let texts = Arc::new(Mutex::new((reader, Decoder::default())));
    let of_outputs = Arc::clone(&texts);
    connection.create_scalar_function("retold_output", 1, FLAGS, move |context: &Context<'_>| {
        let place: Option<i64> = context.get(0)?;
        let Some(place) = place.and_then(|place| usize::try_from(place).ok()) else { return Ok(None) };
        let output = outputs.lock().get(place).cloned().flatten();
        let Some(output) = output else { return Ok(None) };
        output.load(&of_outputs.lock().0).map(Some).map_err(|error| Error::UserFunctionError(error.into()))
    })?;
    connection.create_scalar_function("retold_load", 1, FLAGS, move |context: &Context<'_>| {
        let blob = match context.get_raw(0) {
            ValueRef::Text(text) => return Ok(Some(String::from_utf8_lossy(text).into_owned())),
            ValueRef::Blob(bytes) => read(bytes),
            _ => None,
        };
        let Some(blob) = blob else { return Ok(None) };
        let mut guard = texts.lock();
        let (reader, decoder) = &mut *guard;
        let mut text = Text::Blob(blob);
        decoder.resolve(reader, &mut text).map_err(|error| Error::UserFunctionError(error.into()))?;
        Ok(text.as_str().map(str::to_owned))
    })
}

fn read(bytes: &[u8]) -> Option<BlobRef> {
    let (hash, length) = bytes.split_at_checked(32)?;
    Some(BlobRef { hash: hash.try_into().ok()?, bytes: u64::from_be_bytes(length.try_into().ok()?) })
}
