//! What somebody does who can write the file and knows the format: events edited and hashed anew.

use std::collections::HashMap;

use retold_core::{StreamName, hash};
use rusqlite::{Connection, Row, params};

/// A store in the hands of somebody who knows how hashes are made. The triggers are gone.
#[derive(Debug)]
pub struct Forger {
    /// The store.
    pub connection: Connection,
}

struct Forged {
    position: i64,
    stream: i64,
    body_commit: [u8; 32],
    meta: Option<Vec<u8>>,
    numbers: [i64; 6],
}

impl Forger {
    /// Gets at a store.
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Runs statements.
    ///
    /// # Panics
    /// Where SQLite refuses.
    pub fn run(&self, sql: &str) {
        self.connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Puts another body in the place of an event's, as it is, and leaves everything else.
    pub fn edit(&self, position: i64, body: &[u8]) {
        let sql = "update event set body = ?2, codec = 0 where position = ?1";
        self.connection.execute(sql, params![position, body]).expect("an event can be edited");
    }

    /// Hashes the events from `first` to `last` anew, so that each fits the one before it.
    pub fn rehash(&self, first: i64, last: i64) {
        let names = self.stream_keys();
        let (mut previous, mut ends) = ([0; 32], HashMap::new());
        for event in self.events() {
            if (first..=last).contains(&event.position) {
                let hash = self.hash(&event, &names, previous, ends.get(&event.stream).copied());
                self.connection
                    .execute("update event set hash = ?2 where position = ?1", (event.position, hash))
                    .expect("a hash can be written");
            }
            previous = self.hash_at(event.position);
            ends.insert(event.stream, previous);
        }
    }

    /// Returns the hash that stands at a position.
    pub fn hash_at(&self, position: i64) -> [u8; 32] {
        self.connection
            .query_row("select hash from event where position = ?1", [position], |row| row.get(0))
            .expect("the event is there")
    }

    fn hash(
        &self,
        event: &Forged,
        names: &HashMap<i64, [u8; 32]>,
        previous: [u8; 32],
        before: Option<[u8; 32]>,
    ) -> [u8; 32] {
        let log: [u8; 16] =
            self.connection.query_row("select id from log", [], |row| row.get(0)).expect("a log has an id");
        let [revision, kind, schema_version, commit_first, recorded_at, occurred_at] = event.numbers;
        // Format 1, as docs/FORMAT.md has it.
        let mut header = Vec::with_capacity(220);
        header.extend(log);
        header.extend(event.position.to_be_bytes());
        header.extend(names[&event.stream]);
        header.extend(revision.to_be_bytes());
        header.extend(u16::try_from(kind).expect("a type").to_be_bytes());
        header.extend(u16::try_from(schema_version).expect("a version").to_be_bytes());
        header.extend(commit_first.to_be_bytes());
        header.extend(recorded_at.to_be_bytes());
        header.extend(occurred_at.to_be_bytes());
        header.extend(hash::meta_digest(event.meta.as_deref()));
        header.extend(event.body_commit);
        header.extend(previous);
        header.extend(before.unwrap_or_default());
        *blake3::Hasher::new_derive_key("retold v1 event").update(&header).finalize().as_bytes()
    }

    fn stream_keys(&self) -> HashMap<i64, [u8; 32]> {
        let sql = "select s.id, w.key, s.session_id, s.ordinal from stream s join workspace w on w.id = s.workspace";
        let mut statement = self.connection.prepare(sql).expect("the names can be read");
        let key = |row: &Row<'_>| {
            let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
            Ok((row.get(0)?, hash::stream_key(&name)))
        };
        statement.query_map([], key).expect("names").collect::<Result<_, _>>().expect("names")
    }

    fn events(&self) -> Vec<Forged> {
        let sql = "select e.position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at,
                meta, codec, salt, body, body_commit
            from event e left join redaction r on r.position = e.position order by e.position";
        let mut statement = self.connection.prepare(sql).expect("the events can be read");
        let rows = statement.query_map([], |row| self.event(row)).expect("events");
        rows.collect::<Result<_, _>>().expect("events")
    }

    fn event(&self, row: &Row<'_>) -> rusqlite::Result<Forged> {
        let body_commit = match (row.get::<_, Option<[u8; 16]>>(10)?, row.get::<_, Option<Vec<u8>>>(11)?) {
            (Some(salt), Some(body)) => hash::body_commit(&salt, &self.unpack(row.get(9)?, body)),
            _ => row.get(12)?,
        };
        let mut numbers = [0; 6];
        for (number, column) in numbers.iter_mut().zip(2..) {
            *number = row.get(column)?;
        }
        Ok(Forged { position: row.get(0)?, stream: row.get(1)?, body_commit, meta: row.get(8)?, numbers })
    }

    /// Unpacks a body; where its codec makes no sense, nobody can hash it.
    pub fn unpack(&self, codec: u32, body: Vec<u8>) -> Vec<u8> {
        if codec == 0 {
            return body;
        }
        let dictionary: Vec<u8> = self
            .connection
            .query_row("select bytes from dictionary where id = ?1", [codec], |row| row.get(0))
            .unwrap_or_default();
        let mut decompressor =
            zstd::bulk::Decompressor::with_dictionary(&dictionary).expect("a dictionary of the store");
        decompressor.decompress(&body, 1 << 26).expect("a body of the store")
    }
}
