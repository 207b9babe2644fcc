//! Rows of earlier transactions, taken into memory.

use retold_core::{Extra, Instance, Message, Position, Session, StreamId, Text};
use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};

use super::apply::{Builtin, Rows, failed};
use super::staged::{Dirty, Output, StagedSession};

impl Builtin {
    /// Returns a session's rows; `None` where it has none.
    pub(super) fn load(
        &mut self,
        connection: &Connection,
        stream: StreamId,
    ) -> Result<Option<&StagedSession>, retold_core::Error> {
        if !self.staged.contains_key(&stream) {
            let Some(mut staged) = connection
                .prepare_cached(&self.tables.load_session)
                .and_then(|mut statement| statement.query_row([stream], session).optional())
                .map_err(failed)?
            else {
                return Ok(None);
            };
            let mut statement = connection.prepare_cached(&self.tables.load_instances).map_err(failed)?;
            let mut rows = statement.query([stream]).map_err(failed)?;
            while let Some(row) = rows.next().map_err(failed)? {
                let (instance, output) = instance(row).map_err(failed)?;
                staged.session.instances.push(instance);
                staged.outputs.push(output);
            }
            self.staged.insert(stream, staged);
        }
        Ok(self.staged.get(&stream))
    }
}

impl Rows<'_> {
    /// Returns a message that is in its table, with the place and the length of its content.
    pub(super) fn load_message(&self, place: u32) -> Result<(Message, Position, u64), retold_core::Error> {
        self.connection
            .prepare_cached(&self.tables.load_message)
            .and_then(|mut statement| statement.query_row((self.stream, place), message))
            .map_err(failed)
    }
}

fn session(row: &Row<'_>) -> rusqlite::Result<StagedSession> {
    let runtime_mix: Option<String> = row.get(15)?;
    Ok(StagedSession {
        workspace: row.get(0)?,
        ordinal: row.get(2)?,
        home: row.get(3)?,
        place: row.get(4)?,
        session: Session {
            id: row.get(1)?,
            kind: row.get(5)?,
            task: row.get(6)?,
            status: row.get(7)?,
            created_at: row.get(8)?,
            updated_at: row.get(9)?,
            completed_at: row.get(10)?,
            instances: Vec::new(),
            chat_history: Vec::new(),
            model: row.get(11)?,
            timeout_seconds: row.get(12)?,
            preserve_worktrees: row.get(13)?,
            winner_id: row.get(14)?,
            runtime_mix: runtime_mix.as_deref().map(json).transpose()?,
            total_duration: duration(row.get_ref(16)?)?,
            total_files_changed: row.get(17)?,
            total_lines_added: row.get(18)?,
            total_lines_deleted: row.get(19)?,
            extra: extra(row.get(20)?)?,
        },
        outputs: Vec::new(),
        messages: row.get(21)?,
        waiting: Vec::new(),
        position: row.get(22)?,
        revision: row.get(23)?,
        dirty: Dirty::default(),
    })
}

fn instance(row: &Row<'_>) -> rusqlite::Result<(Instance, Output)> {
    let bytes: Option<i64> = row.get(15)?;
    let instance = Instance {
        instance_id: row.get(0)?,
        worktree_path: row.get(1)?,
        branch: row.get(2)?,
        agent_name: row.get(3)?,
        status: row.get(4)?,
        tmux_session_id: row.get(5)?,
        output: None,
        start_time: row.get(6)?,
        end_time: row.get(7)?,
        files_changed: row.get(8)?,
        lines_added: row.get(9)?,
        lines_deleted: row.get(10)?,
        runtime: row.get(11)?,
        model: row.get(12)?,
        runtime_label: row.get(13)?,
        extra: extra(row.get(14)?)?,
    };
    Ok((instance, Output { bytes: bytes.map(i64::cast_unsigned), chunks: row.get(16)? }))
}

fn message(row: &Row<'_>) -> rusqlite::Result<(Message, Position, u64)> {
    let bytes: i64 = row.get(6)?;
    let message = Message {
        id: row.get(0)?,
        role: row.get(1)?,
        content: Text::from(""),
        timestamp: row.get(2)?,
        instance_id: row.get(3)?,
        extra: extra(row.get(4)?)?,
    };
    Ok((message, row.get(5)?, bytes.cast_unsigned()))
}

fn extra(text: Option<String>) -> rusqlite::Result<Extra> {
    text.map_or_else(|| Ok(Extra::default()), |text| json(&text))
}

fn json<'a, T: serde::Deserialize<'a>>(text: &'a str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| FromSqlError::Other(Box::new(error)).into())
}

fn duration(value: ValueRef<'_>) -> rusqlite::Result<Option<u64>> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(seconds) => Ok(u64::try_from(seconds).ok()),
        other => Ok(other.as_str()?.parse().ok()),
    }
}
