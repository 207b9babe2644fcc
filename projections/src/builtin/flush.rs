//! What is in memory, written.

use rusqlite::{Connection, params};

use super::apply::{Builtin, Done, Rows, failed};
use super::columns::{Binder, instant};
use super::staged::{Dirty, StagedSession};

impl Builtin {
    /// Writes every row that is not as its table has it, in the order of the tables.
    pub(super) fn write(&mut self, connection: &Connection) -> Done {
        let mut streams = std::mem::take(&mut self.dirty);
        streams.sort_unstable();
        for stream in &streams {
            if let Some(staged) = self.staged.get_mut(stream) {
                Rows { tables: &self.tables, connection, stream: *stream }.flush(staged)?;
            }
        }
        self.flush_messages(connection, &streams)?;
        self.flush_chunks(connection, &streams)
    }
}

impl Rows<'_> {
    fn flush(&self, staged: &mut StagedSession) -> Done {
        let dirty = std::mem::take(&mut staged.dirty);
        if dirty.session {
            self.upsert_session(staged)?;
        } else if dirty.touched {
            self.touch_session(staged)?;
        }
        self.flush_instances(staged, &dirty)
    }

    fn flush_instances(&self, staged: &StagedSession, dirty: &Dirty) -> Done {
        if dirty.all_instances {
            self.run(&self.tables.delete_instances, [self.stream])?;
            (0..staged.outputs.len()).try_for_each(|place| self.upsert_instance(staged, place))
        } else {
            dirty.instances.iter().try_for_each(|place| self.upsert_instance(staged, *place))
        }
    }

    fn touch_session(&self, staged: &StagedSession) -> Done {
        let updated_at = &staged.session.updated_at;
        self.run(
            &self.tables.touch_session,
            params![
                self.stream,
                updated_at,
                instant(updated_at),
                staged.outline().instances,
                staged.messages,
                staged.latest_instance_status(),
                staged.position,
                staged.revision,
            ],
        )
    }

    fn upsert_session(&self, staged: &StagedSession) -> Done {
        self.bind(&self.tables.upsert_session, |row| {
            row.add(self.stream)?;
            row.add(staged.workspace)?;
            row.add(staged.ordinal)?;
            row.add_records(&staged.records)?;
            row.add_document(&staged.session)?;
            row.add(staged.outline().instances)?;
            row.add(staged.messages)?;
            row.add(staged.latest_instance_status())?;
            row.add(staged.position)?;
            row.add(staged.revision)
        })
    }

    fn upsert_instance(&self, staged: &StagedSession, place: usize) -> Done {
        let (instance, output) = (&staged.session.instances[place], &staged.outputs[place]);
        self.bind(&self.tables.upsert_instance, |row| {
            row.add(self.stream)?;
            row.add(place.cast_signed() as i64)?;
            row.add_document(instance)?;
            row.add(output.bytes.map(u64::cast_signed))?;
            row.add(output.chunks)
        })
    }

    fn bind(&self, sql: &str, bind: impl FnOnce(&mut Binder<'_, '_>) -> rusqlite::Result<()>) -> Done {
        let write = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut row = Binder::new(&mut statement);
            bind(&mut row)?;
            row.execute()
        };
        write().map_err(failed)
    }
}
