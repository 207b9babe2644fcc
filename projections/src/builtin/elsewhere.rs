//! The rows of sessions whose log is elsewhere: rows as they were and events come in, rows as they are go out.
//!
//! What a store does in an append's transaction, for whoever keeps the rows in another database. It is the same code.

use std::sync::LazyLock;

use retold_core::{
    Erasure, Key, List, Op, Outline, Patch, Path, Record, Recorded, StreamId, StreamName, field, meaning,
    meaning_of_erased,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use super::apply::{Arrived, Builtin, Done, Stream, failed};
use super::sql::{Generation, TABLES, declared_columns};
use crate::query::list_unindexed;
use crate::{Error, SessionFilter, SessionRow};

/// A table of the read models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelTable {
    /// What is known of workspaces.
    Workspaces,
    /// A row a session that is not deleted.
    Sessions,
    /// A row an instance.
    Instances,
    /// A row a message, without its text: that is in the event at `content_position`.
    Messages,
    /// A row a piece of an output, without its text: that is in the event at `position`.
    Chunks,
}

impl ModelTable {
    /// All of them, in the order in which they are made.
    pub const ALL: [Self; 5] =
        [Self::Workspaces, Self::Sessions, Self::Instances, Self::Messages, Self::Chunks];

    fn declaration(self) -> (&'static str, &'static str) {
        TABLES[self as usize]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.declaration().0
    }

    /// Returns its columns in order: the name, and the type as SQLite has it (`integer`, `real`, `text`, or `any` for a number that
    /// is a text above 2^63 - 1).
    pub fn columns(self) -> &'static [(&'static str, &'static str)] {
        static COLUMNS: LazyLock<[Vec<(&str, &str)>; 5]> =
            LazyLock::new(|| TABLES.map(|(_, declaration)| declared_columns(declaration).collect()));
        &COLUMNS[self as usize]
    }
}

/// A stream whose rows are folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldedStream {
    /// Its number, wherever its rows are kept.
    pub number: i64,
    /// The number of its workspace there.
    pub workspace: i64,
    /// Its name.
    pub name: StreamName,
}

/// The rows of some sessions, in memory.
///
/// ```
/// use retold_projections::{ModelTable, SessionFold};
///
/// let mut fold = SessionFold::new()?;
/// assert!(fold.rows(ModelTable::Sessions)?.is_empty());
/// # Ok::<(), retold_projections::Error>(())
/// ```
pub struct SessionFold {
    connection: Connection,
    builtin: Builtin,
}

impl std::fmt::Debug for SessionFold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionFold").finish_non_exhaustive()
    }
}

impl SessionFold {
    /// Makes one without rows.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn new() -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(":memory:", flags)?;
            connection.set_prepared_statement_cache_capacity(64);
            Generation::Live.create_tables(&connection)?;
            connection.execute_batch("begin")?;
            Ok(connection)
        };
        Ok(Self { connection: open().map_err(failed)?, builtin: Builtin::without_log() })
    }

    /// Puts in rows as they were when [`rows`](Self::rows) gave them, or as another database has them: to go on from, or to list. O(rows).
    ///
    /// # Errors
    /// Where a row does not have the table's columns, or is there already.
    pub fn put(
        &mut self,
        table: ModelTable,
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<(), Error> {
        let columns = table.columns().len();
        let sql = format!("insert into {} values ({})", table.name(), vec!["?"; columns].join(", "));
        let put = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare_cached(&sql)?;
            rows.into_iter().try_for_each(|row| statement.execute(params_from_iter(row)).map(drop))
        };
        put().map_err(failed)?;
        Ok(())
    }

    /// Applies events that come next in their stream, whose row is there unless these are its first. Returns `false` where that takes
    /// more than they and the rows of the session and its instances say: then all of the stream's events have to be
    /// [folded](Self::fold) again. An event that is not valid changes nothing, as in a store. O(events).
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn extend(&mut self, stream: &FoldedStream, events: &[Recorded]) -> Result<bool, Error> {
        let of = stream.stream();
        for recorded in events {
            let mut arrived = Arrived::from(recorded);
            if arrived.kind.is_of_bodies() {
                // The bodies are gone already, or are back.
                arrived.event = None;
            }
            if self.builtin.check(&self.connection, of, arrived)?.is_err() {
                continue;
            }
            if !of.name.is_workspace() && !self.comes_after(of, arrived)? {
                return Ok(false);
            }
            self.builtin.apply_patches(&self.connection, of, arrived)?;
        }
        Ok(true)
    }

    /// Whether all that an event does is to set what a session and its instances have, or to add at an end.
    fn comes_after(&mut self, of: Stream<'_>, arrived: Arrived<'_>) -> Result<bool, Error> {
        let outline = self.builtin.outline_of(&self.connection, of.id)?;
        let mut comes_after = true;
        let each = |patch: Patch<'_>| comes_after &= adds_or_sets(outline, &patch);
        match (arrived.event, arrived.erasure) {
            (Some(event), _) => meaning(outline, event, each),
            (None, gone) => meaning_of_erased(outline, arrived.kind, gone.unwrap_or(Erasure::Redacted), each),
        }
        Ok(comes_after)
    }

    /// Makes a stream's rows again from all of its events, which `next` returns a page at a time. O(events); a page is in memory.
    ///
    /// # Errors
    /// What `next` returns; otherwise where there is no memory.
    pub fn fold<E: From<Error>>(
        &mut self,
        stream: &FoldedStream,
        mut next: impl FnMut() -> Result<Vec<Recorded>, E>,
    ) -> Result<(), E> {
        let of = stream.stream();
        let inner = |done: Done| done.map_err(Error::from);
        inner(self.builtin.delete(&self.connection, of.id))?;
        let mut deleted = false;
        loop {
            let page = next()?;
            if page.is_empty() {
                break;
            }
            for recorded in &page {
                inner(self.builtin.again_at_hand(
                    &self.connection,
                    of,
                    Arrived::from(recorded),
                    &mut deleted,
                ))?;
            }
        }
        if deleted {
            inner(self.builtin.delete(&self.connection, of.id))?;
        }
        Ok(())
    }

    /// Returns the rows of a table, in the order of its columns. O(rows).
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn rows(&mut self, table: ModelTable) -> Result<Vec<Vec<Value>>, Error> {
        self.builtin.write(&self.connection)?;
        let columns = table.columns().len();
        let read = || -> rusqlite::Result<Vec<Vec<Value>>> {
            let mut statement = self.connection.prepare_cached(&format!("select * from {}", table.name()))?;
            let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect())?;
            rows.collect()
        };
        Ok(read().map_err(failed)?)
    }

    /// Lists the sessions whose rows are there, as [`Store::sessions`](crate::Store::sessions) does; by when they were updated instead of
    /// by when they moved. O(rows).
    ///
    /// # Errors
    /// Those of [`Store::sessions`](crate::Store::sessions).
    pub fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>, Error> {
        list_unindexed(&self.connection, filter)
    }

    /// Forgets all rows.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn clear(&mut self) -> Result<(), Error> {
        crate::engine::Projection::forget(&mut self.builtin);
        for table in ModelTable::ALL {
            self.connection.execute(&format!("delete from {}", table.name()), []).map_err(failed)?;
        }
        Ok(())
    }
}

impl FoldedStream {
    fn stream(&self) -> Stream<'_> {
        Stream { id: StreamId::of_number(self.number), workspace: self.workspace, name: &self.name }
    }
}

/// Whether a patch needs no row of a message or of a piece of an output that is there.
fn adds_or_sets(outline: Outline, patch: &Patch<'_>) -> bool {
    match (&patch.path, &patch.op) {
        // A session that is deleted or restored loses its rows, or gets them back.
        (Path::Own(Key::Record(Record::Deleted)), _) => false,
        (Path::Whole, Op::Insert(_)) | (Path::Own(_), _) => true,
        (Path::Row(List::Instances, at), Op::Insert(_)) => *at == outline.instances,
        (Path::Row(List::Messages, at), Op::Insert(_)) => *at == outline.messages,
        (Path::Field(List::Instances, _, Key::Known(field::instance::output)), op) => {
            matches!(op, Op::Extend(_))
        }
        (Path::Field(List::Instances, ..), Op::Set(_)) => true,
        _ => false,
    }
}

impl Builtin {
    /// For rows whose log is elsewhere.
    fn without_log() -> Self {
        Self { has_log: false, ..Self::new(Generation::Live) }
    }

    /// Returns what there is of a session whose rows are at hand.
    fn outline_of(
        &mut self,
        connection: &Connection,
        stream: StreamId,
    ) -> Result<Outline, retold_core::Error> {
        Ok(self
            .load(connection, stream)?
            .map_or_else(Outline::default, super::staged::StagedSession::outline))
    }
}
