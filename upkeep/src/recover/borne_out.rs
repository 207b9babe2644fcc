//! What rows beside the log say of events: it counts where the log bears it out.

use retold_core::raw::hash_of;
use retold_core::{Error, Position};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::image::{Image, Lose};
use super::loss::{Loss, LostRow, RECOVER};
use super::tables::{Role, Table};

const NOT_SO: &str = "what it says of the log is not so";

/// Whether the log has what a row names, and as the row says. A row that names nothing of it says nothing wrong.
pub(super) fn is_borne_out(log: &Connection, table: &Table, values: &[Value]) -> Result<bool, Error> {
    let Role::OfPositions { positions, hash, .. } = table.role() else { return Ok(true) };
    let value = |name: &str| table.column(name).map(|at| &values[at]);
    if let ["first", "last"] = positions {
        return log
            .prepare_cached(include_str!("../../sql/recover/is_commit.sql"))
            .and_then(|mut is_commit| is_commit.exists([value("first"), value("last")]))
            .map_err(Error::sqlite(RECOVER));
    }
    for column in positions {
        let Some(Value::Integer(position)) = value(column) else { return Ok(false) };
        let Some(position) = u64::try_from(*position).ok().and_then(Position::new) else { return Ok(false) };
        let Some(found) = hash_of(log, position)? else { return Ok(false) };
        if hash.is_some_and(|hash| value(hash) != Some(&Value::Blob(found.as_bytes().to_vec()))) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Image {
    /// Lets go of rows beside the log that it does not bear out, now that it is known what it holds.
    pub(super) fn drop_unfounded(&self, log: &Connection, lose: &mut Lose<'_>) -> Result<(), Error> {
        let act = Error::sqlite(RECOVER);
        for table in self.tables.iter().filter(|table| matches!(table.role(), Role::OfPositions { .. })) {
            let mut unfounded = Vec::new();
            let mut statement = log.prepare(&table.select()).map_err(&act)?;
            let mut rows = statement.query([]).map_err(&act)?;
            while let Some(row) = rows.next().map_err(&act)? {
                let values: Vec<Value> =
                    (0..table.columns.len()).map(|at| row.get(at)).collect::<Result<_, _>>().map_err(&act)?;
                if !is_borne_out(log, table, &values)? {
                    unfounded.push(values);
                }
            }
            for values in unfounded {
                let key = table.key().into_iter().map(|at| &values[at]);
                log.execute(&table.delete(), params_from_iter(key)).map_err(&act)?;
                let row = table.words(values.iter().map(ValueRef::from));
                lose(Loss::Row(LostRow::new(&table.name, row, NOT_SO)));
            }
        }
        Ok(())
    }
}
