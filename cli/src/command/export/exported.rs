//! What an export wrote.

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{AsOf, Value};

/// A file that was written.
pub(super) struct ExportedFile {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// Says what was written.
pub(super) fn report(
    context: &mut Context<'_>,
    as_of: AsOf,
    written: Vec<ExportedFile>,
) -> Result<(), Failure> {
    let mut rows = context.rows(as_of, ["file", "rows", "bytes"])?;
    for file in written {
        rows.push([file.name.into(), file.rows.into(), Value::Size(file.bytes)])?;
    }
    rows.finish()
}
