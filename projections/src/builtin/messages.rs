//! The rows of chat messages. What is added at the end waits in memory, so that many go into one statement.

use retold_core::{Key, Message, Position, StreamId, Value};
use rusqlite::{Connection, params};

use super::apply::{Builtin, Done, Rows};
use super::rows::MessageRow;
use super::staged::StagedSession;

impl Rows<'_> {
    pub(super) fn add_message(
        &self,
        staged: &mut StagedSession,
        index: u32,
        message: &Message,
        position: Position,
    ) -> Done {
        if index < staged.messages {
            self.write_waiting(staged)?;
            self.shift_messages(index, 1)?;
        }
        staged.messages += 1;
        staged.waiting.push(MessageRow::new(index, message, position));
        Ok(())
    }

    pub(super) fn change_message(
        &self,
        staged: &mut StagedSession,
        index: u32,
        key: Key,
        value: Value<'_>,
        position: Position,
    ) -> Done {
        if let Some(waiting) = staged.waiting.iter_mut().rfind(|row| row.place == index) {
            waiting.set(key, value, position);
            return Ok(());
        }
        let mut row = self.load_message(index)?;
        row.set(key, value, position);
        self.run(&self.tables.delete_message, params![self.stream, index])?;
        staged.waiting.push(row);
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
        self.tables.messages.execute(self.connection, &rows)
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
        self.tables.messages.execute(connection, &rows)?;
        for stream in streams {
            if let Some(staged) = self.staged.get_mut(stream) {
                staged.waiting.clear();
            }
        }
        Ok(())
    }
}
