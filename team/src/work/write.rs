//! Writes the rows that were folded.

use std::collections::{HashMap, HashSet};

use postgres::Transaction;
use retold_core::Recorded;
use retold_projections::ModelTable;
use rusqlite::types::Value;

use super::cells::{Place, without_nul, write};
use super::events::moved;
use super::streams::Streams;
use super::{Parts, TABLES, folded, texts};
use crate::receiver::Error;

impl Parts<'_> {
    /// Writes the folders of workspaces. `cleared`: those that have none where no event says one.
    pub(super) fn write_workspaces(
        &mut self,
        transaction: &mut Transaction<'_>,
        cleared: &HashSet<i64>,
    ) -> Result<(), Error> {
        for row in self.fold.rows(ModelTable::Workspaces).map_err(folded)? {
            let path = match row.as_slice() {
                [_, _, Value::Text(path), _] => Some(without_nul(path.clone())),
                [Value::Integer(workspace), ..] if cleared.contains(workspace) => None,
                _ => continue,
            };
            let [Value::Integer(workspace), ..] = row.as_slice() else { continue };
            transaction.execute(
                "update retold.workspace set path = $3
                where tenant = $1 and workspace = $2::bigint and path is distinct from $3",
                &[&self.tenant, workspace, &path],
            )?;
        }
        Ok(())
    }

    /// Takes away the rows of sessions that another log goes on with, whole: what is said of them there counts, also that they were deleted.
    pub(super) fn leave_to_newer_logs(
        &self,
        transaction: &mut Transaction<'_>,
        generation: i32,
        streams: &Streams,
    ) -> Result<(), Error> {
        let left: Vec<i64> = transaction
            .query(include_str!("../../sql/left_to_newer_logs.sql"), &[&self.tenant, &streams.keys()])?
            .iter()
            .map(|row| row.get(0))
            .collect();
        texts::delete(transaction, (self.tenant, generation), &left)?;
        self.delete(transaction, generation, &left)
    }

    /// Takes away all rows of some streams.
    pub(super) fn delete(
        &self,
        transaction: &mut Transaction<'_>,
        generation: i32,
        streams: &[i64],
    ) -> Result<(), Error> {
        for table in TABLES.iter().filter(|_| !streams.is_empty()) {
            let sql = format!(
                "delete from retold.{} where tenant = $1 and generation = $2 and stream = any ($3)",
                table.name()
            );
            transaction.execute(&sql, &[&self.tenant, &generation, &streams])?;
        }
        Ok(())
    }

    pub(super) fn write_rows(
        &mut self,
        transaction: &mut Transaction<'_>,
        generation: i32,
        streams: &Streams,
        last: &HashMap<i64, Recorded>,
    ) -> Result<(), Error> {
        for table in TABLES {
            let at = |name: &str| table.columns().iter().position(|(column, _)| *column == name);
            let (stream, updated) = (at("stream"), at("updated_instant"));
            let number = |row: &[Value], at: Option<usize>| match at.and_then(|at| row.get(at)) {
                Some(Value::Integer(number)) => Some(*number),
                _ => None,
            };
            let mut rows = Vec::new();
            for row in self.fold.rows(table).map_err(folded)? {
                let Some(stream) = number(&row, stream) else { continue };
                let Some(of) = streams.get(stream) else { continue };
                let said = number(&row, updated);
                let of_session = (table == ModelTable::Sessions).then(|| {
                    let at = last.get(&stream).map(|last| moved(last, said));
                    (of.key.clone(), at.or(of.moved).unwrap_or(0))
                });
                let workspace = of.stream.workspace;
                rows.push((Place { log: of.log, workspace, of_session }, row));
            }
            write(transaction, (self.tenant, generation), table, rows)?;
        }
        Ok(())
    }
}
