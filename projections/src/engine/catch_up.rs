//! Taking in what is in the log already.

use std::collections::HashMap;

use retold_core::{Decoder, Error, Head, Limit, Page, Position, Recorded, StreamId, StreamName};
use rusqlite::{Connection, OptionalExtension, params};

use crate::builtin::{Arrived, Builtin, NAME};

/// The names of streams, as far as they were asked for.
#[derive(Default)]
pub(crate) struct Names(HashMap<StreamId, (i64, StreamName)>);

const NAMES_MAX: usize = 100_000;

impl Names {
    pub(crate) fn get(
        &mut self,
        connection: &Connection,
        stream: StreamId,
    ) -> Result<&(i64, StreamName), Error> {
        if self.0.len() > NAMES_MAX {
            self.0.clear();
        }
        if !self.0.contains_key(&stream) {
            let found = connection
                .prepare_cached(include_str!("../../sql/stream_name.sql"))
                .and_then(|mut statement| {
                    let read = |row: &rusqlite::Row<'_>| {
                        Ok((
                            row.get(0)?,
                            StreamName {
                                workspace: row.get(1)?,
                                session_id: row.get(2)?,
                                ordinal: row.get(3)?,
                            },
                        ))
                    };
                    statement.query_row([stream], read).optional()
                })
                .map_err(Error::sqlite("read a stream's name"))?;
            let found = found.ok_or_else(|| Error::Damaged {
                act: "read a stream's name",
                found: format!("no stream {}", stream.get()),
            })?;
            self.0.insert(stream, found);
        }
        Ok(self.0.get(&stream).expect("it was just put there"))
    }
}

/// Brings `builtin` from `from` to `to`, all in the transaction that `connection` is in.
pub(crate) fn catch_up(
    connection: &Connection,
    builtin: &mut Builtin,
    from: Position,
    to: Position,
) -> Result<(), Error> {
    let (mut decoder, mut names) = (Decoder::default(), Names::default());
    let mut after = from;
    while after < to {
        let page: Page = decoder.events_after(connection, after, Limit::default())?;
        let Some(last) = page.events.last() else { break };
        after = last.position;
        for event in page.events.iter().filter(|event| event.position <= to) {
            take_in(connection, builtin, &mut names, event)?;
        }
        builtin.flush(connection)?;
        builtin.trim();
    }
    Ok(())
}

/// Takes in one event. One that does not fit is recorded and left out: the log has it all the same.
pub(crate) fn take_in(
    connection: &Connection,
    builtin: &mut Builtin,
    names: &mut Names,
    event: &Recorded,
) -> Result<(), Error> {
    let (workspace, name) = names.get(connection, event.stream)?;
    if name.is_workspace() {
        return builtin.workspace(connection, *workspace, &name.workspace, event.event.as_ref());
    }
    match builtin.session_checked(connection, event.stream, *workspace, name, Arrived::from(event))? {
        Ok(()) => Ok(()),
        Err(misfit) => connection
            .prepare_cached(include_str!("../../sql/insert_skip.sql"))
            .and_then(|mut statement| statement.execute(params![NAME, event.position, misfit.to_string()]))
            .map(drop)
            .map_err(Error::sqlite("record an event that does not fit")),
    }
}

/// Returns the head that a page leads to.
pub(crate) fn head_of(event: &Recorded) -> Head {
    Head { position: event.position, hash: event.hash }
}
