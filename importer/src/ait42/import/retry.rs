//! A quarantined piece, read once more.

use std::collections::BTreeMap;
use std::path::PathBuf;

use retold_core::Log;

use super::super::report::Report;
use super::super::sources::{Source, Sources};
use super::Options;
use super::open::Open;
use super::run::Run;
use crate::Error;
use crate::quarantine;

/// Reads the quarantined records `ids` once more, or `mended` in the place of the one it names, and imports what is
/// readable now. Records that were imported are marked as resolved; their raw bytes stay.
///
/// # Errors
/// [`Error::NoQuarantined`] for a number that does not exist; otherwise where the log refuses.
pub fn retry(log: &Log, ids: &[i64], mended: &BTreeMap<i64, Vec<u8>>) -> Result<Report, Error> {
    let log = &log.within("quarantine retry");
    let mut run = Run::new(Some(log), Options::default(), &Sources::default());
    for &id in ids {
        let record = quarantine::get(log, id)?;
        let raw = match mended.get(&id) {
            Some(bytes) => bytes.clone(),
            None => quarantine::raw(log, id)?,
        };
        let source = Source {
            path: PathBuf::from(&record.file),
            workspace: record.workspace.clone(),
            home: record.home.clone(),
            folder: None,
            set_aside: false,
            bytes: raw.len() as u64,
            is_followed: false,
        };
        let name = format!("{}#quarantine-{id}", record.file);
        let mut open = Open::text(&source, name, &raw);
        let unresolved = run.report.quarantined.len();
        run.pieces(&mut open, raw.as_slice())?;
        let read = !open.entries.is_empty();
        run.end_file(&mut open)?;
        if read && run.report.quarantined.len() == unresolved {
            quarantine::resolve(log, id)?;
        }
    }
    run.finish()
}
