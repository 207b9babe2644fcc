//! The tables that questions can rely on: the read models, the events, and those of projections that were added.

use retold_projections::{Kind, Store};

use crate::context::Context;
use crate::failure::Failure;

/// The tables of the store itself.
const OWN: [&str; 5] = ["sessions", "instances", "chat_messages", "workspaces", "events"];
/// The one that comes along and is documented as those that people declare.
const METRICS: &str = "metrics";

/// A table, and its columns with their types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<(String, String)>,
}

/// Returns the tables that queries can rely on, with their columns.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn tables(context: &Context<'_>, store: &Store) -> Result<Vec<Table>, Failure> {
    let status = store.sidecars().status(super::super::projections::list::now(context))?;
    let is_told = |kind: Kind, name: &str| kind == Kind::Declared || name == METRICS;
    let added: Vec<String> = status
        .into_iter()
        .filter(|status| is_told(status.kind, &status.name))
        .map(|status| status.name)
        .collect();
    let connection = store.sql_for(&added.join(" "))?;
    let act = retold_core::Error::sqlite("list the tables");
    let mut listed: Vec<(String, String)> = OWN.map(|name| (String::new(), name.to_owned())).to_vec();
    let mut found = connection
        .prepare("select schema, name from pragma_table_list where type in ('table', 'view') order by schema, name")
        .map_err(&act)?;
    let all = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(&act)?;
    for one in all {
        let (schema, name): (String, String) = one.map_err(&act)?;
        let is_internal = name.starts_with("retold_") || name.starts_with("sqlite_");
        if added.contains(&schema) && !is_internal {
            listed.push((schema, name));
        }
    }
    let mut columns = connection
        .prepare("select name, type from pragma_table_xinfo(?1, nullif(?2, '')) where hidden <> 1")
        .map_err(&act)?;
    let mut tables = Vec::with_capacity(listed.len());
    for (schema, name) in listed {
        let of_table =
            columns.query_map([&name, &schema], |row| Ok((row.get(0)?, row.get(1)?))).map_err(&act)?;
        let of_table: Vec<(String, String)> = of_table.collect::<Result<_, _>>().map_err(&act)?;
        tables.push(Table { name, columns: of_table });
    }
    Ok(tables)
}
