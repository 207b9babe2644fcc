//! What is in memory, written.

use retold_core::StreamId;
use rusqlite::{Connection, params};

use super::apply::{Builtin, instant};
use super::staged::{Dirty, StagedSession};

type Done = Result<(), retold_core::Error>;

impl Builtin {
    /// Writes every row that is not as its table has it.
    pub(crate) fn flush(&mut self, connection: &Connection) -> Done {
        let mut staged = std::mem::take(&mut self.staged);
        let done = staged
            .iter_mut()
            .try_for_each(|(stream, staged)| self.flush_session(connection, *stream, staged));
        self.staged = staged;
        done
    }

    fn flush_session(&self, connection: &Connection, stream: StreamId, staged: &mut StagedSession) -> Done {
        let dirty = std::mem::take(&mut staged.dirty);
        if dirty.session {
            self.upsert_session(connection, stream, staged)?;
        } else if dirty.touched {
            self.touch_session(connection, stream, staged)?;
        }
        self.flush_instances(connection, stream, staged, &dirty)
    }

    fn flush_instances(
        &self,
        connection: &Connection,
        stream: StreamId,
        staged: &StagedSession,
        dirty: &Dirty,
    ) -> Done {
        if dirty.all_instances {
            self.run(connection, &self.sql.delete_instances, [stream])?;
            (0..staged.outputs.len())
                .try_for_each(|place| self.upsert_instance(connection, stream, staged, place))
        } else {
            dirty
                .instances
                .iter()
                .try_for_each(|place| self.upsert_instance(connection, stream, staged, *place))
        }
    }

    fn touch_session(&self, connection: &Connection, stream: StreamId, staged: &StagedSession) -> Done {
        let updated_at = &staged.session.updated_at;
        self.run(
            connection,
            &self.sql.touch_session,
            params![
                stream,
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

    fn upsert_session(&self, connection: &Connection, stream: StreamId, staged: &StagedSession) -> Done {
        let session = &staged.session;
        let extra = (!session.extra.is_empty()).then(|| session.extra.to_json());
        let runtime_mix =
            session.runtime_mix.as_ref().map(|mix| serde_json::Value::from(mix.clone()).to_string());
        let duration = session.total_duration.map(|seconds| match i64::try_from(seconds) {
            Ok(seconds) => rusqlite::types::Value::Integer(seconds),
            Err(_) => rusqlite::types::Value::Text(seconds.to_string()),
        });
        self.run(
            connection,
            &self.sql.upsert_session,
            params![
                stream,
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

    fn upsert_instance(
        &self,
        connection: &Connection,
        stream: StreamId,
        staged: &StagedSession,
        place: usize,
    ) -> Done {
        let (instance, output) = (&staged.session.instances[place], &staged.outputs[place]);
        let extra = (!instance.extra.is_empty()).then(|| instance.extra.to_json());
        self.run(
            connection,
            &self.sql.upsert_instance,
            params![
                stream,
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
