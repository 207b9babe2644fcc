//! An image, made the store that it is a copy of; and what it says of what it lacks.

use std::collections::HashSet;

use retold_core::hash::{FORMAT, body_commit};
use retold_core::raw::{
    BUILT_IN_DICTIONARY, FIRST_DICTIONARY, NO_LOG, Unpacker, dictionary, find_log_id, unpack_body,
};
use retold_core::{Error, Position, time};
use rusqlite::{Connection, OptionalExtension};

use super::image::{Image, Lose};
use super::loss::{Loss, LostRow, RECOVER};
use super::salvage::Findings;
use super::tables::Role;

impl Image {
    /// Makes it the store that it is a copy of, of the rows that verify.
    pub(super) fn become_store(&mut self, found: &Findings, lose: &mut Lose<'_>) -> Result<(), Error> {
        let act = Error::sqlite(RECOVER);
        let tx = self.connection.unchecked_transaction().map_err(&act)?;
        // First all that is not of the log: another row's place may be what it has.
        tx.execute("delete from event where position < 1 or position > ?1", [found.end]).map_err(&act)?;
        for sql in ["delete from event where position = ?1", include_str!("../../sql/recover/choose.sql")] {
            let mut statement = tx.prepare(sql).map_err(&act)?;
            for (position, rank) in &found.chosen {
                match statement.parameter_count() {
                    1 => statement.execute([position]),
                    _ => statement.execute((position, rank)),
                }
                .map_err(&act)?;
            }
        }
        // A stream begins with its first event: one without any was read from where no stream is.
        tx.execute_batch(include_str!("../../sql/recover/delete_empty_streams.sql")).map_err(&act)?;
        // Nothing is said to be gone that is there.
        tx.execute_batch(include_str!("../../sql/recover/delete_erasures_of_nothing.sql")).map_err(&act)?;
        // The first dictionary stays: what others packed is packed again with it.
        tx.execute("delete from repack where dictionary <= ?1", [FIRST_DICTIONARY]).map_err(&act)?;
        for (position, by) in &found.redacted {
            take_out(&tx, *position, *by)?;
            tx.execute("update redaction set by_position = ?2 where position = ?1", (position, by))
                .map_err(&act)?;
        }
        if self.is_scanned {
            let erased = |position: &Position| found.redacted.contains_key(position);
            let texts = found.texts.iter().filter(|(position, _)| !erased(position));
            forget_texts(&tx, &texts.map(|(_, hash)| *hash).collect())?;
        }
        self.drop_unfounded(&tx, lose)?;
        let now = time::to_micros(jiff::Timestamp::now());
        let named = find_log_id(&tx)?;
        tx.execute(
            "insert or ignore into log (only, id, format, created_at) values (1, ?1, ?2, ?3)",
            (NO_LOG, FORMAT, now),
        )
        .map_err(&act)?;
        if named.is_none() || found.identity.differs(&tx)? {
            found.identity.write(&tx, named, now)?;
        }
        tx.execute_batch("delete from sidecar_file").map_err(&act)?;
        for table in ["part", "absent", "withheld"] {
            if tx.table_exists(None, table).map_err(&act)? {
                tx.execute_batch(&format!("delete from {table}")).map_err(&act)?;
            }
        }
        tx.commit().map_err(&act)?;
        self.connection.execute_batch("drop table temp.candidate").map_err(&act)?;
        self.refuse_changes()
    }

    /// Whether the log's tree begins with the first event and ends with the last one that was found. Where another page is in
    /// the place of its first, it is a whole tree, and a part of the log.
    pub(super) fn is_of_one_tree(&self, end: Position) -> Result<bool, Error> {
        let sql = "select coalesce(min(position), 1) = 1 and coalesce(max(position), 0) = ?1 from event";
        self.connection.query_row(sql, [end], |row| row.get(0)).map_err(Error::sqlite(RECOVER))
    }

    /// Tells of the tables of which rows may be missing.
    pub(super) fn tell_missing(&self, lose: &mut Lose<'_>, end: Position) {
        for (table, partial) in self.tables.iter().zip(&self.partial) {
            if *partial && !matches!(table.role(), Role::Log | Role::OfFiles) {
                lose(Loss::Row(LostRow::some_of(&table.name, "a part of it cannot be read")));
            }
        }
        if !self.has_wal_end {
            let why = "the end of the write-ahead log cannot be read: what was written last may be missing";
            lose(Loss::Row(LostRow::some_of("event", why)));
        }
        if !self.has_end && self.last_named() <= end {
            lose(Loss::Row(LostRow::some_of(
                "event",
                "whether there were more behind the last one cannot be told",
            )));
        }
    }

    /// Puts the dictionary that stores begin with in the place of the one that was found, or that one back: where it is damaged
    /// or lost, hashes tell. Returns whether they differ.
    pub(super) fn exchange_dictionary(&self) -> Result<bool, Error> {
        let act = Error::sqlite(RECOVER);
        let found = dictionary(&self.connection, FIRST_DICTIONARY).map_err(&act)?;
        let kept = self.exchanged.borrow_mut().replace(found.clone().unwrap_or_default());
        let other = kept.unwrap_or_else(|| BUILT_IN_DICTIONARY.to_vec());
        let differs = found.as_ref() != Some(&other);
        if differs {
            let sql = "insert into dictionary (id, bytes) values (?1, ?2) on conflict (id) do update set bytes = ?2";
            self.connection.execute(sql, (FIRST_DICTIONARY, other)).map_err(&act)?;
        }
        Ok(differs)
    }

    /// Returns the last position that anything in it names.
    pub(super) fn last_named(&self) -> Position {
        let mut last = 0;
        for table in &self.tables {
            let columns: &[&str] = match (table.name.as_str(), table.role()) {
                ("redaction" | "pruned", _) => &["by_position"],
                ("backup", _) => &["position"],
                (_, Role::OfPositions { positions, .. }) => positions,
                _ => continue,
            };
            for column in columns {
                let sql = format!("select coalesce(max({column}), 0) from {}", table.name);
                let found = self.connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap_or(0);
                last = last.max(found);
            }
        }
        Position::ZERO.plus(last.max(0).unsigned_abs())
    }
}

/// Takes out a body that an event says is taken out, wherever it was found.
fn take_out(connection: &Connection, position: Position, by: Position) -> Result<(), Error> {
    let act = Error::sqlite(RECOVER);
    let found: Option<(u32, Vec<u8>, [u8; 16])> = connection
        .query_row(
            "select codec, body, salt from event where position = ?1 and body is not null and salt is not null",
            [position],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()
        .map_err(&act)?;
    let Some((codec, body, salt)) = found else { return Ok(()) };
    let (mut unpacker, mut buffer) = (Unpacker::default(), Vec::new());
    let plain = unpack_body(connection, &mut unpacker, (position, codec), &body, &mut buffer)?;
    connection
        .execute(
            "insert or ignore into redaction (position, body_commit, by_position) values (?1, ?2, ?3)",
            (position, body_commit(&salt, plain), by),
        )
        .and_then(|_| {
            connection.execute("update event set body = null, salt = null where position = ?1", [position])
        })
        .map(drop)
        .map_err(&act)
}

/// Lets go of texts that no event refers to: they may be those of bodies that were taken out, or none.
fn forget_texts(connection: &Connection, kept: &HashSet<[u8; 32]>) -> Result<(), Error> {
    let act = Error::sqlite(RECOVER);
    let mut statement = connection.prepare("select id, hash from blob").map_err(&act)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let all: Vec<(i64, Vec<u8>)> = statement.query_map([], read).and_then(Iterator::collect).map_err(&act)?;
    for (id, hash) in all {
        if !<[u8; 32]>::try_from(hash).is_ok_and(|hash| kept.contains(&hash)) {
            connection.execute("delete from blob where id = ?1", [id]).map_err(&act)?;
        }
    }
    Ok(())
}
