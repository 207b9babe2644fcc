//! What sessions have in common: each session has the number of its **scope**, and a scope has what can be asked of a session.
//! So that of a hundred thousand sessions only some hundred rows are read.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};

use super::pack::{Bytes, count, pack};
use super::{Tables, damaged};

/// Sessions of a block.
pub(crate) const SCOPES: usize = 1_024;

/// What can be asked of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) workspace: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) is_deleted: bool,
    /// A JSON object of lists.
    pub(crate) lists: String,
    /// The worktree that it moved to; empty for none.
    pub(crate) worktree: String,
}

/// Returns the scopes by their number.
pub(crate) fn read_scopes(tables: Tables<'_>, after: u32) -> rusqlite::Result<Vec<(u32, Scope)>> {
    let mut statement = tables.prepare(include_str!("../../../sql/search/scopes.sql"))?;
    let read = |row: &rusqlite::Row<'_>| {
        let (workspace, kind, status) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let (is_deleted, lists, worktree) = (row.get(4)?, row.get(5)?, row.get(6)?);
        Ok((row.get(0)?, Scope { workspace, kind, status, is_deleted, lists, worktree }))
    };
    statement.query_map([after], read)?.collect()
}

/// Returns the scopes of the sessions of a block.
pub(crate) fn unpack_scopes(bytes: &[u8]) -> rusqlite::Result<Vec<u32>> {
    let mut scopes = Vec::with_capacity(SCOPES);
    Bytes(bytes).unpack(SCOPES, &mut scopes).ok_or_else(damaged)?;
    Ok(scopes)
}

/// Gives sessions the scopes that their rows say.
pub(super) fn set_scopes(
    tables: Tables<'_>,
    streams: impl IntoIterator<Item = u32>,
    stamp: i64,
) -> rusqlite::Result<()> {
    let mut blocks: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for stream in streams {
        let number = stream / count(SCOPES);
        let block = match blocks.entry(number) {
            std::collections::btree_map::Entry::Occupied(block) => block.into_mut(),
            std::collections::btree_map::Entry::Vacant(block) => {
                let mut statement = tables.prepare(include_str!("../../../sql/search/scope_block.sql"))?;
                let read = statement.query_row([number], |row| unpack_scopes(row.get_ref(0)?.as_blob()?));
                block.insert(read.optional()?.unwrap_or_else(|| vec![0; SCOPES]))
            }
        };
        tables.prepare(include_str!("../../../sql/search/add_scope.sql"))?.execute([stream])?;
        let mut statement = tables.prepare(include_str!("../../../sql/search/scope_of.sql"))?;
        let scope: u32 = statement.query_row([stream], |row| row.get(0)).optional()?.unwrap_or(0);
        block[stream as usize % SCOPES] = scope;
    }
    for (number, block) in blocks {
        let mut bytes = Vec::new();
        pack(&mut bytes, &block);
        let mut statement = tables.prepare(include_str!("../../../sql/search/set_scope_block.sql"))?;
        statement.execute(params![number, stamp, bytes])?;
    }
    Ok(())
}
