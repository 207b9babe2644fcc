//! The rows of instances and of the pieces of their outputs.

use retold_core::{Instance, Position, StreamId};
use rusqlite::{Connection, params};

use super::apply::{Builtin, Done, Rows};
use super::rows::ChunkRow;
use super::staged::{Output, StagedSession};

impl Rows<'_> {
    pub(super) fn add_instance(&self, staged: &mut StagedSession, index: u32, instance: Instance) -> Done {
        let (index, length) = (index as usize, staged.session.instances.len());
        staged.session.instances.insert(index, instance);
        staged.outputs.insert(index, Output::default());
        if index == length {
            staged.dirty.instances.push(index);
            return Ok(());
        }
        staged.dirty.all_instances = true;
        self.write_waiting_chunks(staged)?;
        self.shift_chunks(i64::try_from(index).unwrap_or(i64::MAX), 1)
    }

    pub(super) fn remove_instance(&self, staged: &mut StagedSession, index: u32) -> Done {
        staged.session.instances.remove(index as usize);
        staged.outputs.remove(index as usize);
        staged.dirty.all_instances = true;
        self.write_waiting_chunks(staged)?;
        self.run(&self.tables.delete_chunks, params![self.stream, index])?;
        self.shift_chunks(index.into(), -1)
    }

    pub(super) fn append_output(
        &self,
        staged: &mut StagedSession,
        index: u32,
        position: Position,
        bytes: u64,
    ) -> Done {
        let (_, output) = staged.instance_mut(index);
        let ordinal = output.chunks;
        *output = Output { bytes: Some(output.bytes.unwrap_or(0) + bytes), chunks: ordinal + 1 };
        staged.waiting_chunks.push(ChunkRow { instance: index, ordinal, position, bytes });
        Ok(())
    }

    /// `bytes`: `None` where the output becomes null.
    pub(super) fn replace_output(
        &self,
        staged: &mut StagedSession,
        index: u32,
        position: Position,
        bytes: Option<u64>,
    ) -> Done {
        let (_, output) = staged.instance_mut(index);
        let had = std::mem::replace(output, Output { bytes, chunks: u32::from(bytes.is_some()) });
        if had.chunks > 0 {
            staged.waiting_chunks.retain(|chunk| chunk.instance != index);
            self.run(&self.tables.delete_chunks, params![self.stream, index])?;
        }
        let chunk = bytes.map(|bytes| ChunkRow { instance: index, ordinal: 0, position, bytes });
        staged.waiting_chunks.extend(chunk);
        Ok(())
    }

    fn write_waiting_chunks(&self, staged: &mut StagedSession) -> Done {
        let waiting = std::mem::take(&mut staged.waiting_chunks);
        let rows: Vec<_> = waiting.iter().map(|row| (self.stream, row)).collect();
        self.tables.chunks.execute(self.connection, &rows)
    }

    fn shift_chunks(&self, from: i64, by: i32) -> Done {
        self.run(&self.tables.shift_chunks_away, params![self.stream, from, by])?;
        self.run(&self.tables.shift_chunks_back, [self.stream])
    }
}

impl Builtin {
    /// Writes the pieces that wait, in the order of their table.
    pub(super) fn flush_chunks(&mut self, connection: &Connection, streams: &[StreamId]) -> Done {
        for stream in streams {
            if let Some(staged) = self.staged.get_mut(stream) {
                staged.waiting_chunks.sort_unstable_by_key(|chunk| (chunk.instance, chunk.ordinal));
            }
        }
        let waiting = streams.iter().filter_map(|stream| Some((*stream, self.staged.get(stream)?)));
        let rows: Vec<_> = waiting
            .flat_map(|(stream, staged)| staged.waiting_chunks.iter().map(move |row| (stream, row)))
            .collect();
        self.tables.chunks.execute(connection, &rows)?;
        for stream in streams {
            if let Some(staged) = self.staged.get_mut(stream) {
                staged.waiting_chunks.clear();
            }
        }
        Ok(())
    }
}
