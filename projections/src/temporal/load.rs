//! What is known of a stream, from its rows.

use retold_core::happening::{Correcting, Happening};
use retold_core::{Position, Records};
use rusqlite::{OptionalExtension, Row, params};

use super::OPEN_POSITION;
use super::rows::Rows;
use super::staged::{Boundary, MessagesChanged, Since, Staged, StagedInstance, StagedSession};
use super::statements::{IN_TOUCH, STATEMENTS};
use crate::builtin::columns;
use crate::builtin::read_records;
use crate::engine::Refusal;

/// What of a session is in the row of its stream.
struct Kept {
    deleted: Option<Position>,
    messages: u32,
    messages_moved: bool,
    instances_moved: bool,
}

impl Rows<'_> {
    /// Returns what is known of the stream; `None` where nothing is.
    pub(super) fn load(&self) -> Result<Option<Staged>, Refusal> {
        let read = |row: &Row<'_>| {
            let last = Boundary::new(row.get(2)?, row.get(10)?);
            let staged = Staged {
                happening: Happening::from_parts(row.get(0)?, row.get(1)?),
                last,
                messages_changed: MessagesChanged::Any,
                created: row.get(5)?,
                is_corrected: row.get(11)?,
                correcting: Correcting { revision: 0, left: row.get(12)? },
                ..Staged::new(row.get(3)?, row.get(4)?)
            };
            let kept = Kept {
                deleted: row.get(6)?,
                messages: row.get(7)?,
                messages_moved: row.get(8)?,
                instances_moved: row.get(9)?,
            };
            Ok((staged, kept))
        };
        let sql = include_str!("../../sql/temporal/read_state.sql");
        let found = self.connection.prepare_cached(sql)?.query_row([self.stream], read).optional()?;
        let Some((mut staged, kept)) = found else { return Ok(None) };
        staged.session = self.load_session(&kept)?;
        Ok(Some(staged))
    }

    fn load_session(&self, kept: &Kept) -> Result<Option<StagedSession>, Refusal> {
        let to = kept.deleted.map_or(OPEN_POSITION, |deleted| deleted.get().cast_signed());
        let read = |row: &Row<'_>| {
            let (session, at) = columns::read_without(row, IN_TOUCH)?;
            let (records, _) = read_records(row, at + 2)?;
            Ok((session, since(row, at)?, records))
        };
        let mut statement = self.connection.prepare_cached(&STATEMENTS.load_session)?;
        let found = statement.query_row(params![self.stream, to], read).optional()?;
        let Some((mut session, since, records)): Option<(retold_core::Session, Since, Records)> = found
        else {
            return Ok(None);
        };
        let sql = "select updated_at from touch where stream = ?1 order by position desc limit 1";
        session.updated_at =
            self.connection.prepare_cached(sql)?.query_row([self.stream], |row| row.get(0))?;
        let mut instances = self
            .connection
            .prepare_cached(&STATEMENTS.load_instances)?
            .query_map(params![self.stream, to], instance)?
            .collect::<Result<Vec<_>, _>>()?;
        for row in &mut instances {
            self.load_output(row)?;
        }
        let ranks = if kept.messages_moved { Some(self.load_ranks(to)?) } else { None };
        Ok(Some(StagedSession {
            deleted: kept.deleted,
            since,
            records,
            session,
            instances,
            instances_moved: kept.instances_moved,
            messages: kept.messages,
            ranks,
        }))
    }

    fn load_output(&self, row: &mut StagedInstance) -> Result<(), Refusal> {
        let Some(output) = row.output else { return Ok(()) };
        let sql = "select ordinal + 1, total from output_piece where stream = ?1 and output = ?2 \
                   order by position desc limit 1";
        let last = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![self.stream, output], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        if let Some((pieces, total)) = last {
            (row.pieces, row.bytes) = (pieces, total.cast_unsigned());
        }
        Ok(())
    }

    /// Takes the ranks of the instances from their table, after they were spread.
    pub(super) fn reload_instance_ranks(&self, session: &mut StagedSession) -> Result<(), Refusal> {
        let sql = "select rank from instance_version where stream = ?1 and to_position = ?2 order by rank";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ranks = statement
            .query_map(params![self.stream, OPEN_POSITION], |row| row.get(0))?
            .collect::<Result<Vec<f64>, _>>()?;
        for (row, rank) in session.instances.iter_mut().zip(ranks) {
            row.rank = rank;
        }
        Ok(())
    }
}

/// Reads since when a row is what it is, from two columns.
fn since(row: &Row<'_>, column: usize) -> rusqlite::Result<Since> {
    Ok(Since { from: Boundary::new(row.get(column)?, row.get(column + 1)?), is_stored: true })
}

fn instance(row: &Row<'_>) -> rusqlite::Result<StagedInstance> {
    let (instance, at) = columns::read(row)?;
    Ok(StagedInstance {
        rank: row.get(at)?,
        since: since(row, at + 1)?,
        instance,
        output: row.get(at + 3)?,
        pieces: 0,
        bytes: 0,
    })
}
