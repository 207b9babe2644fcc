//! What people and agents said in events that are about to go.

use std::collections::BTreeSet;

use retold_core::{Error, Log, Position};

use super::Residue;

/// Adds the content of the events at these positions to what is looked for: the fields that declare it, and the values of
/// unknown keys. The words that many events share (a status, the name of an agent) tell nothing and are left aside. One
/// text in memory at a time.
///
/// # Errors
/// Where the store cannot be read.
pub fn add_contents(log: &Log, residue: &mut Residue, positions: &BTreeSet<Position>) -> Result<(), Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    for position in positions {
        let Some(mut event) = reader.event_at(*position)?.and_then(|found| found.event) else { continue };
        reader.resolve_event(&mut event)?;
        event.each_content(|text| residue.add(text));
    }
    Ok(())
}
