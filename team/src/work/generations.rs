//! Generations of the rows: the one that is read, and the one that is built beside it.

use postgres::Transaction;
use retold_projections::ModelTable;

use super::{NAME, Parts, TABLES, VERSION, texts};
use crate::receiver::Error;

/// A generation of the rows, and up to where it has shipments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Generation {
    pub(super) number: i32,
    pub(super) ingest: i64,
}

impl Parts<'_> {
    /// Returns the generation that is read, and the one that is built, where there is one; begins the first, and the next where this
    /// release has other rows.
    pub(super) fn generations(&self, transaction: &mut Transaction<'_>) -> Result<Vec<Generation>, Error> {
        let sql = "select g.generation, c.version, c.ingest, c.state from retold.models g
            join retold.checkpoint c on c.tenant = g.tenant and c.name = $2 and c.version >= g.generation
            where g.tenant = $1 order by c.version";
        let rows = transaction.query(sql, &[&self.tenant, &NAME])?;
        let mut all: Vec<Generation> =
            rows.iter().map(|row| Generation { number: row.get(1), ingest: row.get(2) }).collect();
        let code = rows.last().map(|row| i32::from(row.get::<_, i16>(3)));
        match code {
            None => {
                self.begin(transaction, 1)?;
                let sql = "insert into retold.models (tenant, generation) values ($1, 1)";
                transaction.execute(sql, &[&self.tenant])?;
                all.push(Generation { number: 1, ingest: 0 });
            }
            Some(code) if code > VERSION => {
                return Err(Error::Target(format!(
                    "a newer release keeps the rows: version {code}, and this one knows {VERSION}"
                )));
            }
            Some(code) if code < VERSION && all.len() == 1 => {
                let number = all[0].number + 1;
                self.begin(transaction, number)?;
                all.push(Generation { number, ingest: 0 });
            }
            Some(_) => {}
        }
        Ok(all)
    }

    /// Begins a generation. Its state is the version of the code that fills it.
    pub(super) fn begin(&self, transaction: &mut Transaction<'_>, number: i32) -> Result<(), Error> {
        let state = i16::try_from(VERSION).unwrap_or(i16::MAX);
        transaction.execute(
            "insert into retold.checkpoint (tenant, name, version, ingest, chain, state) values ($1, $2, $3, 0, '', $4)",
            &[&self.tenant, &NAME, &number, &state],
        )?;
        Ok(())
    }

    /// Puts a generation in the place of the one that is read, whose rows go.
    pub(super) fn flip(&self, transaction: &mut Transaction<'_>, old: i32, new: i32) -> Result<(), Error> {
        transaction
            .execute("update retold.models set generation = $2 where tenant = $1", &[&self.tenant, &new])?;
        transaction.execute(
            "delete from retold.checkpoint where tenant = $1 and name = $2 and version = $3",
            &[&self.tenant, &NAME, &old],
        )?;
        for table in TABLES.map(ModelTable::name).into_iter().chain(texts::TABLES) {
            let sql = format!("delete from retold.{table} where tenant = $1 and generation = $2");
            transaction.execute(&sql, &[&self.tenant, &old])?;
        }
        Ok(())
    }
}
