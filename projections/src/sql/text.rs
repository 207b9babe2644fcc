//! What an event brought, as functions of SQL.

use std::sync::Arc;

use parking_lot::Mutex;
use retold_core::{Decoder, Error, Event, Limit, Position, Text, time};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, ffi};

/// Harmless on any argument: they read the log and nothing else, so views may use them although the schema is not trusted
/// (<https://sqlite.org/c3ref/c_deterministic.html>). An event never changes; only its body may leave.
const FLAGS: FunctionFlags = FunctionFlags::SQLITE_DETERMINISTIC
    .union(FunctionFlags::SQLITE_INNOCUOUS)
    .union(FunctionFlags::SQLITE_UTF8);

/// One event, whatever its size.
const ONE: Limit = Limit { rows: 1, bytes: 0 };

/// Adds the functions, which read through `reader`: a function may not use the connection it is called on.
///
/// - `retold_text(position)`: the text that an event brought; null where there is no such event or where it brings no
///   text, empty where its body was redacted.
/// - `retold_body(position)`: its body as JSON, in the form of today, texts in full; null where it was redacted.
/// - `retold_instant(micros)`: microseconds since 1970 as RFC 3339.
pub(super) fn add_functions(connection: &Connection, reader: Connection) -> rusqlite::Result<()> {
    let log = Arc::new(Mutex::new((reader, Decoder::default())));
    let of_text = Arc::clone(&log);
    connection.create_scalar_function("retold_text", 1, FLAGS, move |context: &Context<'_>| {
        answer(context, &of_text, text)
    })?;
    connection.create_scalar_function("retold_body", 1, FLAGS, move |context: &Context<'_>| {
        answer(context, &log, body)
    })?;
    connection.create_scalar_function("retold_instant", 1, FLAGS, |context: &Context<'_>| {
        let micros: Option<i64> = context.get(0)?;
        Ok(micros.and_then(time::from_micros).map(|instant| instant.to_string()))
    })
}

/// Adds `retold_as_of()`: the position that all answers stand for.
pub(super) fn add_as_of(connection: &Connection, position: i64) -> rusqlite::Result<()> {
    connection.create_scalar_function("retold_as_of", 0, FLAGS, move |_: &Context<'_>| Ok(position))
}

/// The log, for functions that SQLite may call from any thread.
type Shared = Mutex<(Connection, Decoder)>;

fn answer(
    context: &Context<'_>,
    log: &Shared,
    of: fn(&Connection, &mut Decoder, Position) -> Result<Option<String>, Error>,
) -> rusqlite::Result<Option<String>> {
    let position: Option<i64> = context.get(0)?;
    let before = position.and_then(|position| u64::try_from(position).ok()?.checked_sub(1));
    let Some(before) = before.and_then(Position::new) else { return Ok(None) };
    let (reader, decoder) = &mut *log.lock();
    of(reader, decoder, before).map_err(refusal)
}

/// Damage keeps its code, for whoever asked to tell it from a question that was wrong.
fn refusal(error: Error) -> rusqlite::Error {
    match error {
        Error::Damaged { .. } | Error::Body { .. } => {
            rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None)
        }
        error => rusqlite::Error::UserFunctionError(error.into()),
    }
}

/// Returns the event behind `before`, with its long text in one piece; `None` where there is none, inside where its
/// body is gone.
fn event(
    reader: &Connection,
    decoder: &mut Decoder,
    before: Position,
) -> Result<Option<Option<Event>>, Error> {
    let page = decoder.events_after(reader, before, ONE)?;
    let Some(recorded) = page.events.into_iter().next().filter(|event| event.position == before.plus(1))
    else {
        return Ok(None);
    };
    let Some(mut event) = recorded.event else { return Ok(Some(None)) };
    if let Some(text) = event.long_text_mut() {
        decoder.resolve(reader, text)?;
    }
    Ok(Some(Some(event)))
}

fn text(reader: &Connection, decoder: &mut Decoder, before: Position) -> Result<Option<String>, Error> {
    Ok(match event(reader, decoder, before)? {
        None => None,
        Some(None) => Some(String::new()),
        Some(Some(mut event)) => event.long_text_mut().map(|text| match text {
            Text::Inline(text) => std::mem::take(Arc::make_mut(text)),
            Text::Blob(_) | Text::Joined(_) => unreachable!("a text that was loaded is in one piece"),
        }),
    })
}

fn body(reader: &Connection, decoder: &mut Decoder, before: Position) -> Result<Option<String>, Error> {
    let Some(Some(event)) = event(reader, decoder, before)? else { return Ok(None) };
    let text = serde_json::to_string(&event).expect("what a log holds has a form in JSON");
    Ok(Some(text))
}
