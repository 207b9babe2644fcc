//! Projections with files of their own, attached to a connection for queries.

use std::path::PathBuf;

use rusqlite::Connection;

use crate::error::sqlite;
use crate::sidecar::{SidecarFile, registry};
use crate::{Error, Store};

/// Files that SQLite attaches at once (<https://sqlite.org/limits.html>), with one to spare.
pub(super) const ATTACHED_MAX: usize = 9;

/// A projection that can be attached.
pub(super) struct Candidate {
    pub(super) name: String,
    path: PathBuf,
    tables: Vec<String>,
}

/// Attaches the projections of a store under their names, to be read only. Where there are more than SQLite takes, those
/// that `query` mentions.
///
/// A projection whose file is not there, or is no such file, is left out: a query that needs it finds no such table.
pub(super) fn attach(connection: &Connection, store: &Store, query: &str) -> Result<Vec<String>, Error> {
    let mut candidates = candidates(store)?;
    if candidates.len() > ATTACHED_MAX {
        let query = query.to_lowercase();
        candidates.retain(|candidate| candidate.is_mentioned_in(&query));
        candidates.truncate(ATTACHED_MAX);
    }
    let mut attached = Vec::with_capacity(candidates.len());
    for Candidate { name, path, .. } in candidates {
        match retold_core::attach_read_only(connection, &path, &name) {
            Ok(()) => attached.push(name),
            // It was removed since it was looked at.
            Err(_) if !path.exists() => {}
            Err(error) => return Err(sqlite("open a projection for queries")(error)),
        }
    }
    Ok(attached)
}

/// Returns the projections whose files are there.
pub(super) fn candidates(store: &Store) -> Result<Vec<Candidate>, Error> {
    let mut candidates = Vec::new();
    let log = &store.log;
    let mut own = store.private.projections();
    for entry in registry::list(log.reader()?.connection())? {
        let own = own.remove(&entry.name);
        let Some(path) = own.or(entry.current.map(|file| file.path(log.path()))) else { continue };
        if let Ok(tables) = tables(&path) {
            candidates.push(Candidate { name: entry.name, path, tables });
        }
    }
    for (name, path) in own {
        let tables = tables(&path)?;
        candidates.push(Candidate { name, path, tables });
    }
    Ok(candidates)
}

impl Candidate {
    pub(super) fn is_mentioned_in(&self, query: &str) -> bool {
        std::iter::once(&self.name).chain(&self.tables).any(|name| query.contains(&name.to_lowercase()))
    }
}

fn tables(path: &std::path::Path) -> Result<Vec<String>, Error> {
    let Some(file) = SidecarFile::open_beside(path)? else {
        let path = path.to_owned();
        let source = std::io::ErrorKind::NotFound.into();
        return Err(retold_core::Error::Io { act: "open a projection for queries", path, source }.into());
    };
    file.connection
        .prepare("select name from sqlite_schema where type in ('table', 'view')")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .map_err(sqlite("open a projection for queries"))
}
