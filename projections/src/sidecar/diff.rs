//! Two versions of a projection, row by row.

use retold_core::OnProgress;
use std::path::Path;

use rusqlite::Connection;

use super::build::find;
use super::file::BUSY;
use super::maintain::Maintainer;
use super::registry::FileName;
use super::sidecars::Sidecars;
use crate::Error;
use crate::engine::{Difference, Sides, compare};
use crate::error::sqlite;
use crate::private::is_about_place;

const ACT: &str = "compare two projections";

impl Sidecars {
    /// Compares two versions of projections, each brought to the end of the log first: the rows that only one has, and
    /// those that differ, table by table in the order of their keys, at most `limit` of them. Only tables count that
    /// have the same columns on both sides.
    ///
    /// # Errors
    /// [`Error::KeptInline`] for the read models; [`Error::NoVersion`] for a version that has no file; [`Error::NothingInCommon`]; otherwise those of
    /// [`catch_up`](Self::catch_up).
    pub fn diff(
        &self,
        left: (&str, u32),
        right: (&str, u32),
        limit: u32,
        progress: &dyn OnProgress,
    ) -> Result<Vec<Difference>, Error> {
        let left_file = self.bring_up(left, progress)?;
        let right_file = self.bring_up(right, progress)?;
        let store = self.log.path();
        let connection = attach(&left_file.path(store), &right_file.path(store)).map_err(sqlite(ACT))?;
        let compared = compare(&connection, Sides::FILES, limit, &mut |_| Ok(false), &mut || true);
        let compared = compared.map_err(sqlite(ACT))?;
        if compared.tables == 0 {
            let name = |(name, version): (&str, u32)| format!("{name}@{version}");
            return Err(Error::NothingInCommon { left: name(left), right: name(right) });
        }
        Ok(compared.differences)
    }

    /// Brings the file of a version to the end of the log, whatever it is for.
    fn bring_up(&self, (name, version): (&str, u32), progress: &dyn OnProgress) -> Result<FileName, Error> {
        super::inline::refuse(name, "compare versions of")?;
        let entry = find(&self.log, name)?;
        let of_version = |file: &&FileName| file.version == version;
        let files = [entry.current.as_ref(), entry.previous.as_ref()];
        let file = files.into_iter().flatten().find(of_version).cloned();
        let file = file.ok_or_else(|| Error::NoVersion { name: name.to_owned(), version })?;
        match Maintainer::open_as(&self.log, name, &file) {
            Ok(Some(mut maintainer)) => drop(maintainer.catch_up(progress)?),
            Ok(None) => return Err(Error::NoVersion { name: name.to_owned(), version }),
            // Somebody keeps it: it is at most a moment behind.
            Err(Error::AtWork { .. }) => {}
            // It is as it was left.
            Err(error) if is_about_place(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(file)
    }
}

fn attach(left: &Path, right: &Path) -> rusqlite::Result<Connection> {
    let (connection, _) = retold_core::open_read_only(left, BUSY)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    retold_core::attach_read_only(&connection, right, "other")?;
    Ok(connection)
}
