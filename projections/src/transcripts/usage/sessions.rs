//! The sessions that used something: what they are called, where they worked, whose agents they are.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use crate::Projects;

/// A session that used something.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) tool: String,
    pub(super) id: String,
    pub(super) title: Option<String>,
    workspace: i64,
    /// The folder that it began in.
    folder: Option<String>,
    is_subagent: bool,
    parent: Option<String>,
    spawned_by: Option<String>,
    pub(super) is_partial: bool,
}

/// The sessions of a store by their streams.
pub(super) struct Sessions<'a> {
    connection: &'a Connection,
    by_stream: HashMap<i64, Known>,
    by_id: HashMap<(i64, String), i64>,
    /// Which projects folders are of; nothing where nobody asks.
    pub(super) projects: Projects,
}

/// A parent of a parent of a session: no chain is longer.
const PARENTS_MAX: usize = 64;

impl<'a> Sessions<'a> {
    /// Reads all of them. O(sessions).
    pub(super) fn read(connection: &'a Connection) -> rusqlite::Result<Self> {
        let mut statement =
            connection.prepare_cached(include_str!("../../../sql/transcripts/usage/sessions.sql"))?;
        let mut rows = statement.query([])?;
        let (mut by_stream, mut by_id) = (HashMap::new(), HashMap::new());
        while let Some(row) = rows.next()? {
            let (stream, workspace): (i64, i64) = (row.get(0)?, row.get(1)?);
            let cwds: Vec<String> = serde_json::from_str(row.get_ref(8)?.as_str()?).unwrap_or_default();
            let known = Known {
                tool: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                id: row.get(3)?,
                title: row.get::<_, Option<String>>(7)?.filter(|title| !title.is_empty()),
                workspace,
                folder: cwds.into_iter().next(),
                is_subagent: row.get_ref(4)?.as_str()? == "subagent",
                parent: row.get(5)?,
                spawned_by: row.get(6)?,
                is_partial: row.get(9)?,
            };
            by_id.entry((workspace, known.id.clone())).or_insert(stream);
            by_stream.insert(stream, known);
        }
        Ok(Self { connection, by_stream, by_id, projects: Projects::default() })
    }

    /// Returns a session; of one that is deleted what the log still calls it.
    pub(super) fn get(&mut self, stream: i64) -> rusqlite::Result<&Known> {
        if !self.by_stream.contains_key(&stream) {
            let sql = include_str!("../../../sql/transcripts/usage/gone_session.sql");
            let known = self
                .connection
                .prepare_cached(sql)?
                .query_row([stream], |row| {
                    Ok(Known { tool: row.get(0)?, id: row.get(1)?, ..Known::default() })
                })
                .optional()?;
            self.by_stream.insert(stream, known.unwrap_or_default());
        }
        Ok(&self.by_stream[&stream])
    }

    fn parent(&self, known: &Known) -> Option<i64> {
        self.by_id.get(&(known.workspace, known.parent.clone()?)).copied()
    }

    /// Returns the session that a person began: the parent of a sub-agent, or its parent.
    pub(super) fn root(&mut self, stream: i64) -> rusqlite::Result<i64> {
        let mut at = stream;
        for _ in 0..PARENTS_MAX {
            let known = self.get(at)?.clone();
            match self.parent(&known).filter(|parent| known.is_subagent && *parent != at) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        Ok(at)
    }

    /// Returns the folder of the project that a session belongs to, or the session that it is an agent of.
    pub(super) fn project(&mut self, stream: i64) -> rusqlite::Result<Option<String>> {
        let root = self.root(stream)?;
        let of_root = self.get(root)?.folder.clone();
        let folder = match of_root {
            Some(folder) => Some(folder),
            None => self.get(stream)?.folder.clone(),
        };
        Ok(folder.map(|folder| self.projects.of(&folder).folder))
    }

    /// Returns the kind of agent that a sub-agent is, as the call that began it says; `None` for a session of its own.
    pub(super) fn agent(&mut self, stream: i64) -> rusqlite::Result<Option<String>> {
        let known = self.get(stream)?.clone();
        if !known.is_subagent {
            return Ok(None);
        }
        let named = match (self.parent(&known), &known.spawned_by) {
            (Some(parent), Some(call)) => self
                .connection
                .prepare_cached(include_str!("../../../sql/transcripts/usage/agent.sql"))?
                .query_row((parent, call), |row| row.get(0))
                .optional()?,
            _ => None,
        };
        Ok(Some(named.unwrap_or_else(|| "unnamed".to_owned())))
    }
}
