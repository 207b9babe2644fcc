//! The texts outside of events: each is what its hash says, or none.

use retold_core::Error;
use retold_core::raw::{Unpacker, is_sound_by_hash};
use rusqlite::params_from_iter;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::image::Image;
use super::loss::RECOVER;
use super::tables::Table;

impl Image {
    /// Adds a text that is what its hash says, also in the place of one that is not. It is found by its hash alone. One that is
    /// not, as far as can be told now, is kept for when the dictionaries are there.
    pub(super) fn add_text(&self, table: &Table, values: &[ValueRef<'_>]) -> Result<(), Error> {
        let act = Error::sqlite(RECOVER);
        if self.put_text(table, values)? {
            return Ok(());
        }
        let bound = params_from_iter(values.iter().skip(1).map(|value| ToSqlOutput::Borrowed(*value)));
        self.connection
            .prepare_cached(include_str!("../../sql/recover/add_text_candidate.sql"))
            .and_then(|mut statement| statement.execute(bound))
            .map(drop)
            .map_err(&act)
    }

    /// Adds the texts that were kept and are what their hashes say by now.
    pub(super) fn add_kept_texts(&self) -> Result<(), Error> {
        let act = Error::sqlite(RECOVER);
        let Some(table) = self.tables.iter().find(|table| table.name == "blob") else { return Ok(()) };
        let sql = "select null, hash, codec, size, bytes from temp.text_candidate";
        let mut statement = self.connection.prepare(sql).map_err(&act)?;
        let mut rows = statement.query([]).map_err(&act)?;
        while let Some(row) = rows.next().map_err(&act)? {
            let values: Vec<ValueRef<'_>> =
                (0..5).map(|at| row.get_ref(at)).collect::<Result<_, _>>().map_err(&act)?;
            self.put_text(table, &values)?;
        }
        Ok(())
    }

    /// Puts a text where it is what its hash says; returns whether that text is there.
    fn put_text(&self, table: &Table, values: &[ValueRef<'_>]) -> Result<bool, Error> {
        let act = Error::sqlite(RECOVER);
        // What is no text is done with.
        let [_, ValueRef::Blob(hash), ..] = values else { return Ok(true) };
        let Ok(hash) = <[u8; 32]>::try_from(*hash) else { return Ok(true) };
        let is_sound = |unpacker: &mut Unpacker| is_sound_by_hash(&self.connection, unpacker, &hash);
        let mut unpacker = Unpacker::default();
        if is_sound(&mut unpacker) {
            return Ok(true);
        }
        self.connection.execute_batch("savepoint text").map_err(&act)?;
        self.connection.execute("delete from blob where hash = ?1", [hash]).map_err(&act)?;
        let number = std::iter::once(ToSqlOutput::Owned(Value::Null));
        let others = values.iter().skip(1).map(|value| ToSqlOutput::Borrowed(*value));
        let added = self.connection.execute(&table.insert(), params_from_iter(number.chain(others)));
        let is_put = added.is_ok() && is_sound(&mut unpacker);
        let end = if is_put { "release text" } else { "rollback to text; release text" };
        self.connection.execute_batch(end).map_err(&act)?;
        Ok(is_put)
    }
}
