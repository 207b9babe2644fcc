//! What is in memory, written.

use rusqlite::{Connection, params};

use super::apply::{Builtin, Done, Rows, instant};
use super::staged::{Dirty, StagedSession};

impl Builtin {
    /// Writes every row that is not as its table has it, in the order of the tables.
    pub(crate) fn flush(&mut self, connection: &Connection) -> Done {
        let mut streams = std::mem::take(&mut self.dirty);
        streams.sort_unstable();
        for stream in &streams {
            if let Some(staged) = self.staged.get_mut(stream) {
                Rows { tables: &self.tables, connection, stream: *stream }.flush(staged)?;
            }
        }
        self.flush_messages(connection, &streams)
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
                staged.shape().instances,
                staged.messages,
                staged.latest_instance_status(),
                staged.position,
                staged.revision,
            ],
        )
    }

    fn upsert_session(&self, staged: &StagedSession) -> Done {
        let session = &staged.session;
        let extra = (!session.extra.is_empty()).then(|| session.extra.to_json());
        let runtime_mix =
            session.runtime_mix.as_ref().map(|mix| serde_json::Value::from(mix.clone()).to_string());
        let duration = session.total_duration.map(|seconds| match i64::try_from(seconds) {
            Ok(seconds) => rusqlite::types::Value::Integer(seconds),
            Err(_) => rusqlite::types::Value::Text(seconds.to_string()),
        });
        self.run(
            &self.tables.upsert_session,
            params![
                self.stream,
                staged.workspace,
                session.id,
                staged.ordinal,
                staged.home,
                staged.place,
                session.kind,
                session.task,
                session.status,
                session.created_at,
                session.updated_at,
                session.completed_at,
                instant(&session.created_at),
                instant(&session.updated_at),
                session.completed_at.as_deref().and_then(instant),
                session.model,
                session.timeout_seconds,
                session.preserve_worktrees,
                session.winner_id,
                runtime_mix,
                duration,
                session.total_files_changed,
                session.total_lines_added,
                session.total_lines_deleted,
                extra,
                staged.shape().instances,
                staged.messages,
                staged.latest_instance_status(),
                staged.position,
                staged.revision,
            ],
        )
    }

    fn upsert_instance(&self, staged: &StagedSession, place: usize) -> Done {
        let (instance, output) = (&staged.session.instances[place], &staged.outputs[place]);
        let extra = (!instance.extra.is_empty()).then(|| instance.extra.to_json());
        self.run(
            &self.tables.upsert_instance,
            params![
                self.stream,
                place.cast_signed() as i64,
                instance.instance_id,
                instance.worktree_path,
                instance.branch,
                instance.agent_name,
                instance.status,
                instance.tmux_session_id,
                instance.start_time,
                instance.end_time,
                instance.start_time.as_deref().and_then(instant),
                instance.end_time.as_deref().and_then(instant),
                instance.files_changed,
                instance.lines_added,
                instance.lines_deleted,
                instance.runtime,
                instance.model,
                instance.runtime_label,
                extra,
                output.bytes.map(u64::cast_signed),
                output.chunks,
            ],
        )
    }
}
