//! The streams that a step touches, with the rows that there are of them.

use std::collections::BTreeMap;

use postgres::{GenericClient, Transaction};
use retold_core::StreamName;
use retold_projections::{FoldedStream, ModelTable};
use rusqlite::types::Value;

use super::cells::{read, selected};
use crate::receiver::Error;

/// A stream, and what is known of it beside its events.
pub(super) struct Touched {
    pub(super) stream: FoldedStream,
    pub(super) log: i32,
    pub(super) key: Vec<u8>,
    /// When it moved last, by its row.
    pub(super) moved: Option<i64>,
    revision: i64,
}

/// Streams by their numbers, in order.
pub(super) struct Streams {
    touched: BTreeMap<i64, Touched>,
}

/// Rows of a table.
pub(super) type Rows = (ModelTable, Vec<Vec<Value>>);

impl Streams {
    /// Reads the streams of these numbers that have a name, and the rows of their sessions and instances: of the others nobody is told
    /// more than how many events there are.
    pub(super) fn read(
        client: &mut Transaction<'_>,
        tenant: i64,
        generation: i32,
        numbers: &[i64],
    ) -> Result<(Self, [Rows; 2]), Error> {
        let (mut found, mut sessions) = (Self { touched: BTreeMap::new() }, Vec::new());
        let named = client.query(
            "select s.stream, s.log, s.stream_key, s.workspace, w.key, s.session_id, s.ordinal
            from retold.stream s join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace
            where s.tenant = $1 and s.stream = any ($2)",
            &[&tenant, &numbers],
        )?;
        for row in named {
            let text = |at: usize| String::from_utf8_lossy(row.get::<_, &[u8]>(at)).into_owned();
            let ordinal = u32::try_from(row.get::<_, i64>(6)).unwrap_or(u32::MAX);
            let name = StreamName { workspace: text(4), session_id: text(5), ordinal };
            let stream = FoldedStream { number: row.get(0), workspace: row.get::<_, i32>(3).into(), name };
            let touched = Touched { stream, log: row.get(1), key: row.get(2), moved: None, revision: 0 };
            found.touched.insert(row.get(0), touched);
        }
        let table = ModelTable::Sessions;
        let sql = format!(
            "select t.stream, t.revision, t.moved_instant, {} from retold.{} t
            where t.tenant = $1 and t.generation = $2 and t.stream = any ($3)",
            selected(table, "t"),
            table.name()
        );
        for row in client.query(&sql, &[&tenant, &generation, &numbers])? {
            if let Some(touched) = found.touched.get_mut(&row.get::<_, i64>(0)) {
                (touched.revision, touched.moved) = (row.get(1), Some(row.get(2)));
                sessions.push(read(table, &row, 3));
            }
        }
        let table = ModelTable::Instances;
        let sql = format!(
            "select {} from retold.{} t where t.tenant = $1 and t.generation = $2 and t.stream = any ($3)",
            selected(table, "t"),
            table.name()
        );
        let rows = client.query(&sql, &[&tenant, &generation, &numbers])?;
        let instances = rows.iter().map(|row| read(table, row, 0)).collect();
        Ok((found, [(ModelTable::Sessions, sessions), (table, instances)]))
    }

    pub(super) fn get(&self, number: i64) -> Option<&Touched> {
        self.touched.get(&number)
    }

    /// Returns the keys of all.
    pub(super) fn keys(&self) -> Vec<&[u8]> {
        self.touched.values().map(|touched| touched.key.as_slice()).collect()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &FoldedStream> {
        self.touched.values().map(|touched| &touched.stream)
    }

    /// Returns the last revision that the rows of a stream have; 0 where it has none.
    pub(super) fn revision(&self, number: i64) -> i64 {
        self.get(number).map_or(0, |touched| touched.revision)
    }

    /// Returns what a stream is made of: streams of the logs that its log goes on from, oldest first, and itself.
    pub(super) fn chain(
        &self,
        client: &mut impl GenericClient,
        tenant: i64,
        number: i64,
    ) -> Result<Vec<Link>, Error> {
        let Some(touched) = self.get(number) else { return Ok(Vec::new()) };
        let mut chain = vec![Link { stream: number, log: touched.log, until: i64::MAX }];
        let mut log = touched.log;
        loop {
            let parent = client.query_opt(
                "select parent, parent_until from retold.log where tenant = $1 and log = $2 and parent is not null",
                &[&tenant, &log],
            )?;
            let Some(parent) = parent else { break };
            let until: i64 = parent.get(1);
            log = parent.get(0);
            let of_parent = client.query_opt(
                "select stream from retold.stream where tenant = $1 and log = $2 and stream_key = $3",
                &[&tenant, &log, &touched.key],
            )?;
            if let Some(of_parent) = of_parent {
                chain.push(Link { stream: of_parent.get(0), log, until });
            }
        }
        chain.reverse();
        Ok(chain)
    }
}

/// A stream that another one begins with, or is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) stream: i64,
    pub(super) log: i32,
    /// The last position of its log that counts.
    pub(super) until: i64,
}
