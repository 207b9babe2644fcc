//! The rows of instances and of the pieces of their outputs.

use retold_core::{Instance, Position};
use rusqlite::params;

use super::apply::{Done, Rows};
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
        self.shift_chunks(i64::try_from(index).unwrap_or(i64::MAX), 1)
    }

    pub(super) fn remove_instance(&self, staged: &mut StagedSession, index: u32) -> Done {
        staged.session.instances.remove(index as usize);
        staged.outputs.remove(index as usize);
        staged.dirty.all_instances = true;
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
        self.insert_chunk(index, ordinal, position, bytes)
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
            self.run(&self.tables.delete_chunks, params![self.stream, index])?;
        }
        bytes.map_or(Ok(()), |bytes| self.insert_chunk(index, 0, position, bytes))
    }

    fn insert_chunk(&self, index: u32, ordinal: u32, position: Position, bytes: u64) -> Done {
        let row = params![self.stream, index, ordinal, position, bytes.cast_signed()];
        self.run(&self.tables.insert_chunk, row)
    }

    fn shift_chunks(&self, from: i64, by: i32) -> Done {
        self.run(&self.tables.shift_chunks_away, params![self.stream, from, by])?;
        self.run(&self.tables.shift_chunks_back, [self.stream])
    }
}
