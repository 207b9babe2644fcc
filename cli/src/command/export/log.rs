//! `retold export --format log`: a session with its proof, as a store of its own.

use std::path::Path;

use retold_core::Head;
use retold_core::files::in_the_way;
use retold_projections::Store;
use retold_upkeep::take_part;

use super::exported::{ExportedFile, report};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;
use crate::session;

/// Writes a session's events into a store that verifies by itself.
///
/// # Errors
/// Where the session is not there or cannot be read, or the file cannot be written.
pub(super) fn export(
    context: &mut Context<'_>,
    name: Option<&str>,
    path: &Path,
    force: bool,
) -> Result<Exit, Failure> {
    let log = context.open()?;
    let reader = log.reader()?;
    let found = session::resolve(context, &reader, name.unwrap_or(session::LAST))?;
    let as_of = context.as_of(&reader, Some(&found))?;
    drop(reader);
    if let Some(other) = in_the_way(path).filter(|other| !force || *other != path) {
        return Err(super::file::in_the_way(&other));
    }
    let bar = context.watch("export");
    let options = context.options();
    let head = Head { position: as_of.position, hash: as_of.hash };
    let read_models = |path: &Path| {
        Store::open(path, options)?;
        Ok(())
    };
    let taken = take_part::<Failure>(&log, &[found.stream], head, path, force, read_models, bar.follow());
    bar.end();
    let taken = taken?;
    let verified = &taken.verified;
    let absent = verified.part.as_ref().map_or(0, |part| part.absent);
    let name = path.display().to_string();
    report(context, as_of, vec![ExportedFile { name, rows: verified.events, bytes: taken.bytes }])?;
    context.note(&format!(
        "{} of the log are not in it; it verifies against head {}:{}",
        counted(absent, "event"),
        head.position,
        head.hash
    ));
    context.note("nothing in it is masked: what is hashed is what was said");
    Ok(Exit::Done)
}
