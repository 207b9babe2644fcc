//! A copy of the damaged store, with every row of it that can be read: sound as a file, whatever it holds.

use std::cell::RefCell;

use retold_core::files::Partial;
use retold_core::raw::FIRST_DICTIONARY;
use retold_core::{Error, EventType, LogId, Position};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::borne_out::is_borne_out;
use super::loss::{Loss, LostRow, RECOVER};
use super::pages::{self, Found, FoundRow, Pages, Trust};
use super::source::Source;
use super::tables::{Role, Table};
use super::{names, schema};

/// Rows of one position that are tried; more than a few of them are somebody's work.
const CANDIDATES_MAX: i64 = 32;
/// How often somebody may say to stop, in rows.
const STEP: u64 = 1024;

/// The copy.
pub(super) struct Image {
    pub(super) connection: Connection,
    pub(super) tables: Vec<Table>,
    /// What keeps its rows from being changed, to be made again.
    triggers: Vec<String>,
    /// Ids of logs that were found anywhere.
    pub(super) ids: Vec<LogId>,
    /// Tables of which a part may be missing, by number.
    pub(super) partial: Vec<bool>,
    /// Whether the last event that was found is the last that there was, as far as the file tells.
    pub(super) has_end: bool,
    /// The last position that the log's index names, where it was found whole and names all before it.
    indexed: Option<u64>,
    /// Whether it is known of every page whose it is.
    are_all_known: bool,
    /// Whether SQLite found nothing wrong with the file. Otherwise the tree of a table may be another than it was, and end before its
    /// end.
    pub(super) is_whole: bool,
    /// Whether newer events may be where SQLite does not read the write-ahead log.
    pub(super) is_wal_damaged: bool,
    /// Whether the write-ahead log can be read to its end.
    pub(super) has_wal_end: bool,
    /// The dictionary that another one has the place of.
    pub(super) exchanged: RefCell<Option<Vec<u8>>>,
    /// Whether every page was looked at.
    pub(super) is_scanned: bool,
}

pub(super) type Lose<'a> = dyn FnMut(Loss) + 'a;
type Go<'a> = dyn FnMut() -> Result<(), Error> + 'a;

impl Image {
    /// Copies what can be read into an empty file. The pages are scanned where SQLite cannot read all of it, or where `scans`.
    pub(super) fn make(
        source: &mut Source,
        into: &Partial,
        scans: bool,
        lose: &mut Lose<'_>,
        go: &mut Go<'_>,
    ) -> Result<Self, Error> {
        let number = schema::number(&source.objects, source.connection.is_some(), source.header)?;
        let mut image = Self::begin(into, number)?;
        image.connection.execute_batch("begin").map_err(Error::sqlite(RECOVER))?;
        let is_whole = source.is_whole();
        image.is_whole = is_whole;
        image.is_wal_damaged = source.pages.as_ref().is_some_and(Pages::is_wal_damaged);
        image.has_wal_end = source.pages.as_ref().is_none_or(|pages| !pages.is_wal_end_damaged());
        for number in 0..image.tables.len() {
            let is_read = match &source.connection {
                Some(connection) => image.copy(connection, number, lose, go)?,
                None => false,
            };
            image.partial[number] = !is_read;
        }
        let is_read = image.partial.iter().all(|partial| !partial);
        image.has_end = is_whole && image.event().is_none_or(|event| !image.partial[event]);
        if (scans || !(is_whole && is_read)) && source.pages.is_some() {
            image.is_scanned = true;
            image.scan(source, go)?;
        }
        image.connection.execute_batch("commit").map_err(Error::sqlite(RECOVER))?;
        image.bring_up_to_date()?;
        image.sort_out()?;
        // One that is not there is the one that stores begin with.
        let lacks: bool = image
            .connection
            .query_row(
                "select not exists (select 1 from dictionary where id = ?1)",
                [FIRST_DICTIONARY],
                |row| row.get(0),
            )
            .map_err(Error::sqlite(RECOVER))?;
        if lacks {
            image.exchange_dictionary()?;
        }
        image.add_kept_texts()?;
        Ok(image)
    }

    /// Makes the tables of a schema, without what refuses changes.
    fn begin(into: &Partial, number: u32) -> Result<Self, Error> {
        let act = Error::sqlite(RECOVER);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(into.path(), flags).map_err(&act)?;
        // Nobody else sees it before it is whole, and then it is on disk.
        connection
            .execute_batch(
                "pragma auto_vacuum = incremental; pragma synchronous = off; pragma foreign_keys = off",
            )
            .map_err(&act)?;
        connection.pragma_update(None, "secure_delete", true).map_err(&act)?;
        retold_migrations::up(&mut connection, number).map_err(damaged)?;
        let triggers = drop_triggers(&connection)?;
        connection.execute_batch(include_str!("../../sql/recover/candidates.sql")).map_err(&act)?;
        names::begin(&connection).map_err(&act)?;
        let tables = Table::all(&connection).map_err(&act)?;
        let partial = vec![true; tables.len()];
        Ok(Self {
            connection,
            tables,
            triggers,
            ids: Vec::new(),
            partial,
            has_end: false,
            indexed: None,
            are_all_known: false,
            is_whole: false,
            is_wal_damaged: false,
            has_wal_end: true,
            exchanged: RefCell::default(),
            is_scanned: false,
        })
    }

    /// Gives it the newest schema, whatever the store's own is.
    fn bring_up_to_date(&mut self) -> Result<(), Error> {
        self.refuse_changes()?;
        retold_migrations::up(&mut self.connection, retold_migrations::latest()).map_err(damaged)?;
        self.triggers = drop_triggers(&self.connection)?;
        let newest = Table::all(&self.connection).map_err(Error::sqlite(RECOVER))?;
        let is_partial = |table: &Table| {
            self.tables.iter().zip(&self.partial).any(|(old, partial)| old.name == table.name && *partial)
        };
        self.partial = newest.iter().map(is_partial).collect();
        self.tables = newest;
        Ok(())
    }

    /// Makes what refuses changes again.
    pub(super) fn refuse_changes(&self) -> Result<(), Error> {
        let act = Error::sqlite(RECOVER);
        self.triggers.iter().try_for_each(|sql| self.connection.execute_batch(sql)).map_err(&act)
    }

    /// Copies a table's rows through SQLite; returns whether all of them could be read.
    fn copy(
        &mut self,
        source: &Connection,
        number: usize,
        lose: &mut Lose<'_>,
        go: &mut Go<'_>,
    ) -> Result<bool, Error> {
        let table = self.tables[number].clone();
        let Ok(mut statement) = source.prepare(&table.select()) else { return Ok(false) };
        let Ok(mut rows) = statement.query([]) else { return Ok(false) };
        let (mut count, mut are_all) = (0_u64, true);
        loop {
            let row = match rows.next().map_err(Error::sqlite(RECOVER)) {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(are_all),
                Err(Error::Damaged { .. }) => return Ok(false),
                Err(error) => return Err(error),
            };
            count += 1;
            if count.is_multiple_of(STEP) {
                go()?;
            }
            let values: rusqlite::Result<Vec<ValueRef<'_>>> =
                (0..table.columns.len()).map(|at| row.get_ref(at)).collect();
            let values = values.map_err(Error::sqlite(RECOVER))?;
            if !self.add(number, &values)? && table.role() != Role::Log {
                are_all = false;
                let row = table.words(values.into_iter());
                lose(Loss::Row(LostRow::new(&table.name, row, "it holds what no release writes")));
            }
        }
    }

    /// Adds what the pages have besides.
    fn scan(&mut self, source: &mut Source, go: &mut Go<'_>) -> Result<(), Error> {
        let Some(pages) = &mut source.pages else { return Ok(()) };
        let tables = self.tables.clone();
        let mut count = 0_u64;
        let scanned = pages::scan(pages, &tables, &source.objects, &mut |found: Found| {
            count += 1;
            if count.is_multiple_of(STEP) {
                go()?;
            }
            match found {
                Found::Row(row) => self.take(&tables, &row),
                Found::Name(name) => names::add(&self.connection, &name),
            }
        })?;
        for (partial, whole) in self.partial.iter_mut().zip(&scanned.whole) {
            *partial &= !whole;
        }
        if let Some(event) = self.event() {
            self.has_end |= scanned.ended[event];
            (self.indexed, self.are_all_known) = (scanned.indexed, scanned.are_all_known);
        }
        Ok(())
    }

    fn take(&mut self, tables: &[Table], found: &FoundRow) -> Result<(), Error> {
        let values: Vec<ValueRef<'_>> = found.values.iter().map(ValueRef::from).collect();
        for number in &found.tables {
            let table = &tables[*number];
            if ["log", "lineage"].contains(&table.name.as_str()) {
                let id = table.columns.iter().position(|column| column.name.ends_with("id"));
                self.ids.extend(id.and_then(|id| match &found.values[id] {
                    Value::Blob(bytes) => bytes.as_slice().try_into().ok().map(LogId::from_bytes),
                    _ => None,
                }));
                if found.trust != Trust::Owned {
                    continue;
                }
            }
            if found.trust == Trust::Guessed && !self.is_row(table, &found.values)? {
                continue;
            }
            match table.name.as_str() {
                // What is not where its table is counts where its hash says so.
                "event" if found.trust != Trust::Owned => self.add_candidate(&values)?,
                "blob" => self.add_text(table, &values)?,
                _ => self.add(*number, &values).map(drop)?,
            }
        }
        Ok(())
    }

    /// Adds a row, unless there is one of its key; returns false where the schema refuses it.
    fn add(&mut self, number: usize, values: &[ValueRef<'_>]) -> Result<bool, Error> {
        let table = &self.tables[number];
        // A row of the log is one where its hash says so.
        if table.role() != Role::Log && !table.fits(values) {
            return Ok(false);
        }
        let bound = || params_from_iter(values.iter().map(|value| ToSqlOutput::Borrowed(*value)));
        let added = self
            .connection
            .prepare_cached(&table.insert())
            .and_then(|mut statement| statement.execute(bound()));
        let is_new = match added {
            Ok(count) => count > 0,
            Err(error) => match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) => false,
                _ => return Err(Error::sqlite(RECOVER)(error)),
            },
        };
        if !is_new && table.name == "event" {
            self.add_candidate(values)?;
        }
        Ok(is_new)
    }

    /// Keeps another row of a position, for where the first one is not right.
    fn add_candidate(&self, values: &[ValueRef<'_>]) -> Result<(), Error> {
        let act = Error::sqlite(RECOVER);
        let bound = || params_from_iter(values.iter().map(|value| ToSqlOutput::Borrowed(*value)));
        let mut same =
            self.connection.prepare_cached(include_str!("../../sql/recover/same_event.sql")).map_err(&act)?;
        if same.exists(bound()).map_err(&act)? {
            return Ok(());
        }
        let count: i64 = self
            .connection
            .prepare_cached("select count(*) from temp.candidate where position = ?1")
            .and_then(|mut statement| {
                statement.query_row([ToSqlOutput::Borrowed(values[0])], |row| row.get(0))
            })
            .map_err(&act)?;
        if count < CANDIDATES_MAX && !matches!(values[0], ValueRef::Null) {
            self.connection
                .prepare_cached(include_str!("../../sql/recover/add_candidate.sql"))
                .and_then(|mut statement| statement.execute(bound()))
                .map_err(&act)?;
        }
        Ok(())
    }

    /// Whether a row that has its table's form alone is one: an entry of an index may have it, too.
    fn is_row(&self, table: &Table, values: &[Value]) -> Result<bool, Error> {
        let Role::OfPositions { positions, .. } = table.role() else { return Ok(true) };
        let names_one = |name: &&str| {
            table
                .column(name)
                .is_some_and(|at| matches!(values[at], Value::Integer(position) if position > 0))
        };
        Ok(positions.iter().all(names_one) && is_borne_out(&self.connection, table, values)?)
    }

    /// Redactions and prunings look alike: the event that each names tells which it is.
    fn sort_out(&self) -> Result<(), Error> {
        let pruned = i64::from(EventType::BodiesPruned.number());
        for (table, is_pruned) in [("redaction", false), ("pruned", true)] {
            let not = if is_pruned { "not" } else { "" };
            let sql = format!(
                "delete from {table} where position in (select position from redaction intersect select position from pruned)
                 and {not} exists (select 1 from event e where e.position = by_position and e.type = {pruned})"
            );
            self.connection.execute_batch(&sql).map_err(Error::sqlite(RECOVER))?;
        }
        Ok(())
    }

    /// Whether the last event that was found is shown to be the last that there was: the log's tree ends with it, and SQLite finds
    /// nothing wrong, or the log's index ends with it as well, or no page is there, or missing, that may be another one of the log.
    pub(super) fn ends_with(&self, end: Position) -> Result<bool, Error> {
        let is_shown = self.is_whole || self.are_all_known || self.indexed == Some(end.get());
        Ok(self.has_end && is_shown && self.is_of_one_tree(end)?)
    }

    fn event(&self) -> Option<usize> {
        self.tables.iter().position(|table| table.name == "event")
    }
}

/// Drops what refuses changes, and returns how it is made again.
fn drop_triggers(connection: &Connection) -> Result<Vec<String>, Error> {
    let act = Error::sqlite(RECOVER);
    let mut statement =
        connection.prepare("select name, sql from sqlite_schema where type = 'trigger'").map_err(&act)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let all: Vec<(String, String)> =
        statement.query_map([], read).and_then(Iterator::collect).map_err(&act)?;
    all.into_iter()
        .map(|(name, sql)| {
            // A name of one of our own migrations.
            connection.execute_batch(&format!("drop trigger {name}")).map_err(&act)?;
            Ok(sql)
        })
        .collect()
}

fn damaged(error: retold_migrations::Error) -> Error {
    match error {
        retold_migrations::Error::Sqlite(source) => Error::sqlite(RECOVER)(source),
        other => Error::Damaged { act: RECOVER, found: other.to_string() },
    }
}
