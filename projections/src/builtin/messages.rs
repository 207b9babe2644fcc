//! The rows of chat messages. What is added at the end waits in memory, so that many go into one statement.

use retold_core::event::MessageChanged;
use retold_core::{Message, Position, StreamId};
use rusqlite::{Connection, params};

use super::apply::{Builtin, Done, Rows, failed, instant};
use super::sql::MESSAGES_A_STATEMENT;
use super::staged::StagedSession;

/// A message's row, without its stream.
#[derive(Clone, Debug)]
pub(super) struct MessageRow {
    place: u32,
    id: String,
    role: String,
    timestamp: String,
    instance_id: Option<u32>,
    extra: Option<String>,
    content_position: Position,
    content_bytes: u64,
}

impl MessageRow {
    fn new(place: u32, message: &Message, content_position: Position, content_bytes: u64) -> Self {
        Self {
            place,
            id: message.id.clone(),
            role: message.role.clone(),
            timestamp: message.timestamp.clone(),
            instance_id: message.instance_id,
            extra: (!message.extra.is_empty()).then(|| message.extra.to_json()),
            content_position,
            content_bytes,
        }
    }

    fn bind(
        &self,
        statement: &mut rusqlite::Statement<'_>,
        column: &mut usize,
        stream: StreamId,
    ) -> rusqlite::Result<()> {
        let instant = instant(&self.timestamp);
        let bytes = self.content_bytes.cast_signed();
        let values: [&dyn rusqlite::ToSql; 10] = [
            &stream,
            &self.place,
            &self.id,
            &self.role,
            &self.timestamp,
            &instant,
            &self.instance_id,
            &self.extra,
            &self.content_position,
            &bytes,
        ];
        for value in values {
            *column += 1;
            statement.raw_bind_parameter(*column, value)?;
        }
        Ok(())
    }
}

impl Rows<'_> {
    pub(super) fn add_message(
        &self,
        staged: &mut StagedSession,
        index: Option<u32>,
        message: &Message,
        position: Position,
    ) -> Done {
        let index = index.unwrap_or(staged.messages);
        if index < staged.messages {
            self.write_waiting(staged)?;
            self.shift_messages(index, 1)?;
        }
        staged.messages += 1;
        staged.waiting.push(MessageRow::new(index, message, position, message.content.len()));
        Ok(())
    }

    pub(super) fn change_message(
        &self,
        staged: &mut StagedSession,
        body: &MessageChanged,
        position: Position,
    ) -> Done {
        self.write_waiting(staged)?;
        let (mut message, mut at, mut bytes) = self.load_message(body.index)?;
        body.set.apply(&mut message);
        if let Some(content) = &body.content {
            (at, bytes) = (position, content.len());
        }
        self.run(&self.tables.delete_message, params![self.stream, body.index])?;
        staged.waiting.push(MessageRow::new(body.index, &message, at, bytes));
        Ok(())
    }

    pub(super) fn remove_message(&self, staged: &mut StagedSession, index: u32) -> Done {
        self.write_waiting(staged)?;
        staged.messages -= 1;
        self.run(&self.tables.delete_message, params![self.stream, index])?;
        if index == staged.messages {
            return Ok(());
        }
        self.shift_messages(index, -1)
    }

    fn write_waiting(&self, staged: &mut StagedSession) -> Done {
        let waiting = std::mem::take(&mut staged.waiting);
        let rows: Vec<_> = waiting.iter().map(|row| (self.stream, row)).collect();
        insert(self.connection, &self.tables.insert_message, &self.tables.insert_messages, &rows)
    }

    fn shift_messages(&self, from: u32, by: i32) -> Done {
        self.run(&self.tables.shift_messages_away, params![self.stream, from, by])?;
        self.run(&self.tables.shift_messages_back, [self.stream])
    }
}

impl Builtin {
    /// Writes the messages that wait, in the order of their table.
    pub(super) fn flush_messages(&mut self, connection: &Connection, streams: &[StreamId]) -> Done {
        let waiting = streams.iter().filter_map(|stream| Some((*stream, self.staged.get(stream)?)));
        let rows: Vec<_> = waiting
            .flat_map(|(stream, staged)| staged.waiting.iter().map(move |row| (stream, row)))
            .collect();
        insert(connection, &self.tables.insert_message, &self.tables.insert_messages, &rows)?;
        for stream in streams {
            if let Some(staged) = self.staged.get_mut(stream) {
                staged.waiting.clear();
            }
        }
        Ok(())
    }
}

/// Inserts rows, as many a statement as it takes, the rest one by one.
fn insert(connection: &Connection, one: &str, many: &str, rows: &[(StreamId, &MessageRow)]) -> Done {
    let (groups, rest) = rows.as_chunks::<MESSAGES_A_STATEMENT>();
    execute(connection, many, groups.iter().map(<[_; MESSAGES_A_STATEMENT]>::as_slice))
        .and_then(|()| execute(connection, one, rest.chunks(1)))
        .map_err(failed)
}

fn execute<'a>(
    connection: &Connection,
    sql: &str,
    groups: impl ExactSizeIterator<Item = &'a [(StreamId, &'a MessageRow)]>,
) -> rusqlite::Result<()> {
    if groups.len() == 0 {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(sql)?;
    for group in groups {
        let mut column = 0;
        for (stream, row) in group {
            row.bind(&mut statement, &mut column, *stream)?;
        }
        statement.raw_execute()?;
    }
    Ok(())
}
