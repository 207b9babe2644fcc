//! Every value of every table, whatever the tables are.

use std::collections::HashSet;

use retold_core::raw::{Unpacker, ZSTD, references};
use retold_core::{Error, EventType, Position, TEXT_BYTES_MAX};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::TRACE;
use super::needles::Needles;
use super::searched::{Evidence, Place};

/// What every packed value begins with: <https://datatracker.ietf.org/doc/html/rfc8878#section-3.1.1>.
const FRAME: &[u8] = b"\x28\xb5\x2f\xfd";

/// Searches all tables. The texts outside of events come first, so that an event which refers to one is found with it.
pub(super) fn search(
    connection: &Connection,
    unpacker: &mut Unpacker,
    needles: &mut Needles,
    evidence: &mut Evidence,
    advance: &mut dyn FnMut(u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let act = Error::sqlite(TRACE);
    let mut statement = connection.prepare(include_str!("../../sql/tables.sql")).map_err(&act)?;
    let mut tables: Vec<(String, bool)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .map_err(&act)?;
    tables.sort_by_key(|(table, _)| (table != "blob", table.clone()));
    let codecs = codecs(connection, unpacker).map_err(&act)?;
    let mut search =
        Search { unpacker, codecs, needles, evidence, advance, buffer: Vec::new(), texts: HashSet::new() };
    for (table, has_rowid) in tables {
        search.table(connection, &table, has_rowid)?;
        search.evidence.tables.push(table);
    }
    let referred = search.texts;
    // A text that nothing refers to is a value like any other.
    for _unreferred in referred {
        evidence.add(Place::Value { table: "blob".to_owned(), row: None });
    }
    Ok(())
}

struct Search<'a> {
    unpacker: &'a mut Unpacker,
    codecs: Vec<u32>,
    needles: &'a mut Needles,
    evidence: &'a mut Evidence,
    advance: &'a mut dyn FnMut(u64) -> Result<(), Error>,
    buffer: Vec<u8>,
    /// The hashes of texts outside of events that say it, and that no event was seen to refer to yet.
    texts: HashSet<[u8; 32]>,
}

impl Search<'_> {
    fn table(&mut self, connection: &Connection, table: &str, has_rowid: bool) -> Result<(), Error> {
        let act = Error::sqlite(TRACE);
        // The name is one of the schema's own, quoted as SQL has it.
        let quoted = format!("\"{}\"", table.replace('"', "\"\""));
        let columns = if has_rowid { "rowid, *" } else { "null, *" };
        let mut statement = connection.prepare(&format!("select {columns} from {quoted}")).map_err(&act)?;
        let place =
            |name: &str| statement.column_names().skip(1).position(|column| column == name).map(|at| at + 1);
        let (body, hash, kind) = (place("body"), place("hash"), place("type"));
        let count = statement.column_count();
        let mut referred = HashSet::new();
        let mut rows = statement.query([]).map_err(&act)?;
        while let Some(row) = rows.next().map_err(&act)? {
            self.evidence.rows += 1;
            let (mut holds, mut says, mut bytes) = (false, false, 0);
            for column in 1..count {
                let value = row.get_ref(column).map_err(&act)?;
                bytes += match value {
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len() as u64,
                    _ => 8,
                };
                let is_body = table == "event" && Some(column) == body;
                let found = match value {
                    ValueRef::Text(text) => self.needles.note_live(text),
                    ValueRef::Blob(bytes) => self.packed(bytes, is_body, &mut referred),
                    _ => false,
                };
                match is_body {
                    true => says |= found,
                    false => holds |= found,
                }
            }
            (self.advance)(bytes)?;
            match (table, says, holds) {
                ("blob", _, true) => {
                    let hash: Option<[u8; 32]> = hash.map(|at| row.get(at)).transpose().map_err(&act)?;
                    self.texts.extend(hash);
                }
                ("event", true, _) if is_redactable(row, kind).map_err(&act)? => {
                    let position: Position = row.get(0).map_err(&act)?;
                    self.evidence.add(Place::Event { position });
                }
                (_, false, false) => {}
                _ => {
                    let row = row.get(0).map_err(&act)?;
                    self.evidence.add(Place::Value { table: table.to_owned(), row });
                }
            }
        }
        self.texts.retain(|text| !referred.contains(text));
        Ok(())
    }

    /// Searches a value of bytes as it is, and unpacked. Of an event's body, the texts that it refers to are part.
    fn packed(&mut self, bytes: &[u8], is_body: bool, referred: &mut HashSet<[u8; 32]>) -> bool {
        let mut found = self.needles.note_live(bytes);
        let texts = &self.texts;
        let mut refers = |plain: &[u8]| {
            is_body && {
                let before = referred.len();
                let said: Vec<_> = references(plain).filter(|hash| texts.contains(hash)).collect();
                referred.extend(&said);
                !said.is_empty() || referred.len() > before
            }
        };
        if !bytes.starts_with(FRAME) {
            return found | refers(bytes);
        }
        let mut is_unpacked = false;
        for codec in &self.codecs {
            if let Ok(plain) = self.unpacker.unpack(*codec, bytes, TEXT_BYTES_MAX, &mut self.buffer) {
                is_unpacked = true;
                found |= self.needles.note_live(plain) | refers(plain);
            }
        }
        match is_unpacked {
            true => self.evidence.unpacked += 1,
            false => self.evidence.not_unpacked += 1,
        }
        found
    }
}

/// Whether the body of an event may leave: what says that others are gone stays.
fn is_redactable(row: &Row<'_>, kind: Option<usize>) -> rusqlite::Result<bool> {
    let kind = kind.map(|at| row.get(at)).transpose()?.and_then(EventType::from_number);
    Ok(!kind.is_some_and(EventType::is_of_bodies))
}

/// Every codec that something may be packed with.
fn codecs(connection: &Connection, unpacker: &mut Unpacker) -> rusqlite::Result<Vec<u32>> {
    let mut statement = connection.prepare(include_str!("../../sql/own_dictionaries.sql"))?;
    let rows = statement.query_map([0], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let mut codecs = vec![ZSTD];
    // One that cannot be used unpacks nothing.
    let _unused = unpacker.learn(ZSTD, &[]);
    for row in rows {
        let (number, bytes) = row?;
        if unpacker.learn(number, &bytes).is_ok() {
            codecs.push(number);
        }
    }
    Ok(codecs)
}
