//! What has no index, and is looked for event by event: messages, and hashes.

use retold_core::{EventHash, EventType, Position, StreamId};
use rusqlite::{OptionalExtension, params};

use super::resolve::no;
use super::{HashPrefix, Point, Resolver};
use crate::Error;
use crate::error::sqlite;

impl Resolver<'_, '_> {
    /// Back: before the message, so that it is not said yet; on: after it.
    pub(super) fn messages(
        &self,
        point: &Point,
        from: Position,
        back: bool,
        number: u64,
        stream: Option<StreamId>,
    ) -> Result<Position, Error> {
        let Some(nth) = number.checked_sub(1) else { return Ok(from) };
        let sql = match (back, stream) {
            (true, None) => include_str!("../../sql/message_before.sql"),
            (false, None) => include_str!("../../sql/message_after.sql"),
            (true, Some(_)) => include_str!("../../sql/message_before_of_stream.sql"),
            (false, Some(_)) => include_str!("../../sql/message_after_of_stream.sql"),
        };
        let act = sqlite("count messages");
        let mut statement = self.reader.connection().prepare_cached(sql).map_err(&act)?;
        let (kind, nth) = (EventType::MessageAdded.number(), nth.cast_signed());
        let found: Option<Position> = match stream {
            None => statement.query_row(params![kind, from, nth], |row| row.get(0)),
            Some(stream) => statement.query_row(params![kind, from, nth, stream], |row| row.get(0)),
        }
        .optional()
        .map_err(&act)?;
        match (found, back) {
            (Some(position), true) => Ok(Position::ZERO.plus(position.get() - 1)),
            (Some(position), false) => Ok(position),
            (None, true) => Err(no(point, format!("fewer than {number} messages lie before"))),
            (None, false) => Err(no(point, format!("fewer than {number} messages follow"))),
        }
    }

    pub(super) fn of_hash(
        &self,
        point: &Point,
        prefix: &HashPrefix,
        stream: Option<StreamId>,
    ) -> Result<Position, Error> {
        let bound = |fill: char| {
            let digits = prefix.as_str().chars().chain(std::iter::repeat(fill)).take(64).collect::<String>();
            let pairs = digits.as_bytes().chunks(2);
            let byte = |pair: &[u8]| {
                std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())
            };
            pairs.map(|pair| byte(pair).unwrap_or_default()).collect::<Vec<u8>>()
        };
        let (from, to) = (bound('0'), bound('f'));
        let act = sqlite("find a hash");
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Position>(0)?, row.get::<_, EventHash>(1)?));
        let connection = self.reader.connection();
        let found: Vec<(Position, EventHash)> = match stream {
            None => connection
                .prepare_cached(include_str!("../../sql/hashes_of_log.sql"))
                .and_then(|mut statement| statement.query_map(params![from, to], read)?.collect()),
            Some(stream) => connection
                .prepare_cached(include_str!("../../sql/hashes_of_stream.sql"))
                .and_then(|mut statement| statement.query_map(params![from, to, stream], read)?.collect()),
        }
        .map_err(&act)?;
        match &found[..] {
            [(position, _)] => Ok(*position),
            [] if stream.is_some() => Err(no(point, "no event of the session has a hash that begins so")),
            [] => Err(no(point, "no event has a hash that begins so")),
            several => {
                let candidates = several.iter().map(|(_, hash)| format!("h:{hash}")).collect();
                Err(Error::Ambiguous { point: point.to_string(), candidates })
            }
        }
    }
}
