//! The rows of the read models, to be compared.

use rusqlite::Connection;
use rusqlite::types::Value;

pub(crate) type Row = Vec<Value>;

/// The tables with the key that they are read in the order of.
pub(crate) const TABLES: [(&str, &str); 5] = [
    ("workspaces", "workspace"),
    ("sessions", "stream"),
    ("instances", "stream, place"),
    ("chat_messages", "stream, place"),
    ("output_chunks", "stream, instance, ordinal"),
];

/// Every row of every read model, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub(crate) tables: Vec<(&'static str, Vec<Row>)>,
}

impl Rows {
    pub(crate) fn read(connection: &Connection) -> Self {
        let tables = TABLES
            .map(|(table, key)| (table, query(connection, &format!("select * from {table} order by {key}"))));
        Self { tables: tables.into() }
    }

    /// Reads those of a store. However they came about, the counters of the sessions are what their rows make of them.
    pub(crate) fn of(store: &retold_projections::Store) -> Self {
        let reader = store.log().reader().unwrap();
        reader.begin().unwrap();
        let connection = reader.connection();
        let generation = query(connection, "select generation from projection where building = 0");
        if let Some([Value::Integer(generation)]) = generation.first().map(Vec::as_slice) {
            let counters = format!(
                "select workspace, status, type, count from session_counts_{generation} order by 1, 2, 3"
            );
            let again =
                "select workspace, status, type, count(*) from sessions group by 1, 2, 3 order by 1, 2, 3";
            assert_eq!(query(connection, &counters), query(connection, again));
        }
        let rows = Self::read(connection);
        reader.end().unwrap();
        rows
    }

    pub(crate) fn table(&self, name: &str) -> &[Row] {
        &self.tables.iter().find(|(table, _)| *table == name).unwrap().1
    }
}

pub(crate) fn query(connection: &Connection, sql: &str) -> Vec<Row> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect());
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}
