//! What is beside the log, carried into a log in which events are elsewhere.

use std::collections::HashSet;

use retold_core::raw::hash_of;
use retold_core::{Error, Log, Position};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::borne_out::is_borne_out;
use super::image::Image;
use super::loss::{Loss, Lost, LostRow, RECOVER};
use super::moves::Moves;
use super::tables::{Role, Table};

/// The sessions of which something is lost.
#[derive(Debug, Default)]
pub(super) struct LostSessions {
    /// Their ids and ordinals.
    known: HashSet<(String, i64)>,
    /// Whether something is lost of which it is not known whose it was.
    has_unknown: bool,
}

impl LostSessions {
    pub(super) fn note(&mut self, lost: &Lost) {
        match &lost.stream {
            Some(name) => drop(self.known.insert((name.session_id.clone(), i64::from(name.ordinal)))),
            None => self.has_unknown = true,
        }
    }

    fn has(&self, id: &Value, ordinal: &Value) -> bool {
        match (id, ordinal) {
            (Value::Text(id), Value::Integer(ordinal)) => {
                self.has_unknown || self.known.contains(&(id.clone(), *ordinal))
            }
            _ => true,
        }
    }
}

/// Carries every row over, or tells of it.
pub(super) fn carry(
    image: &Image,
    into: &Log,
    moves: &Moves,
    lost: &LostSessions,
    lose: &mut dyn FnMut(Loss),
) -> Result<(), Error> {
    let act = Error::sqlite(RECOVER);
    let mut target = into.open_writer()?;
    let tx = target.transaction().map_err(&act)?;
    for table in &image.tables {
        let mut insert = match table.role() {
            Role::Log => {
                tell_erased(image, table, lose)?;
                continue;
            }
            Role::OfFiles => continue,
            _ => tx.prepare(&table.insert()).map_err(&act)?,
        };
        let mut statement = image.connection.prepare(&table.select()).map_err(&act)?;
        let mut rows = statement.query([]).map_err(&act)?;
        while let Some(row) = rows.next().map_err(&act)? {
            let mut values: Vec<Value> =
                (0..table.columns.len()).map(|at| row.get(at)).collect::<Result<_, _>>().map_err(&act)?;
            let before = values.clone();
            let why = match adapt(table, &mut values, (&image.connection, &tx), moves, lost)? {
                Err(why) => Some(why),
                Ok(()) => {
                    let added = insert.execute(params_from_iter(values)).unwrap_or(0);
                    (added == 0).then_some("the new store refuses it")
                }
            };
            if let Some(why) = why {
                let row = table.words(before.iter().map(ValueRef::from));
                lose(Loss::Row(LostRow::new(&table.name, row, why)));
            }
        }
    }
    tx.commit().map_err(&act)
}

/// Gives a row the positions that its events have now, or says why that cannot be.
fn adapt(
    table: &Table,
    values: &mut [Value],
    (image, target): (&Connection, &Connection),
    moves: &Moves,
    lost: &LostSessions,
) -> Result<Result<(), &'static str>, Error> {
    match table.role() {
        Role::OfPositions { positions, hash, stream } => {
            let mut found = Vec::new();
            for column in positions.iter().filter_map(|column| table.column(column)) {
                let old = if let Value::Integer(old) = values[column] { old } else { -1 };
                let Some(new) = u64::try_from(old).ok().and_then(|old| moves.find(old)) else {
                    return Ok(Err("the event that it names is not in the new log"));
                };
                found.push((old, new.cast_signed()));
                values[column] = Value::Integer(new.cast_signed());
            }
            // What was between two positions is there only where they are as far apart as they were.
            if let [(first, new_first), (last, new_last)] = found[..]
                && last - first != new_last - new_first
            {
                return Ok(Err("a part of what it names is not in the new log"));
            }
            if let Some(hash) = hash.and_then(|hash| table.column(hash)) {
                let position = Position::new(found[0].1.unsigned_abs()).unwrap_or_default();
                let found = hash_of(target, position)?;
                values[hash] = Value::Blob(found.map(|hash| hash.as_bytes().to_vec()).unwrap_or_default());
            }
            if let Some(stream) = stream.and_then(|stream| table.column(stream))
                && let Value::Integer(old) = values[stream]
            {
                let Some(new) = stream_in(image, target, old)? else {
                    return Ok(Err("the session that it is about is not in the new log"));
                };
                values[stream] = Value::Integer(new);
            }
            if !is_borne_out(target, table, values)? {
                return Ok(Err("what it says of the log is not so"));
            }
        }
        Role::OfTries(columns) => {
            for column in columns.iter().filter_map(|column| table.column(column)) {
                values[column] = Value::Null;
            }
        }
        Role::OfSessions => {
            let value = |name: &str| table.column(name).map_or(&Value::Null, |at| &values[at]);
            if lost.has(value("session_id"), value("ordinal")) {
                return Ok(Err("the next import reads again what may be lost of its session"));
            }
        }
        Role::Log | Role::Kept | Role::OfFiles => {}
    }
    Ok(Ok(()))
}

/// Returns the number that a session's stream has in the new log; `None` where it is not there.
fn stream_in(image: &Connection, target: &Connection, old: i64) -> Result<Option<i64>, Error> {
    let act = Error::sqlite(RECOVER);
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let name: Option<(String, String, i64)> = image
        .query_row(include_str!("../../sql/recover/name_of_stream.sql"), [old], read)
        .optional()
        .map_err(&act)?;
    let Some(name) = name else { return Ok(None) };
    target
        .query_row(include_str!("../../sql/recover/stream_of_name.sql"), name, |row| row.get(0))
        .optional()
        .map_err(&act)
}

/// Tells of what is known of bodies that only an archive has: a new log cannot take them back.
fn tell_erased(image: &Image, table: &Table, lose: &mut dyn FnMut(Loss)) -> Result<(), Error> {
    if table.name != "pruned" {
        return Ok(());
    }
    let act = Error::sqlite(RECOVER);
    let mut statement = image.connection.prepare(&table.select()).map_err(&act)?;
    let mut rows = statement.query([]).map_err(&act)?;
    while let Some(row) = rows.next().map_err(&act)? {
        let values = (0..table.columns.len()).map(|at| row.get_ref(at).unwrap_or(ValueRef::Null));
        let row = table.words(values);
        let why = "the archive has the body still, but the new log cannot take it back";
        lose(Loss::Row(LostRow::new(&table.name, row, why)));
    }
    Ok(())
}
