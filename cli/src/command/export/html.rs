//! `retold export --format html`: a session as a page that opens without a server.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::LeftOut;
use super::file::NewFile;
use crate::command::usage::Priced;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;
use crate::session;

/// Writes a session's page to a file, or to standard output.
///
/// # Errors
/// Where it cannot be read or written.
pub(super) fn export(
    context: &mut Context<'_>,
    name: Option<&str>,
    path: Option<&Path>,
    (is_masked, force): (bool, bool),
    without: &[LeftOut],
) -> Result<Exit, Failure> {
    let store = context.open_store()?;
    let reader = store.log().reader()?;
    let found = session::resolve(context, &reader, name.unwrap_or(session::LAST))?;
    let at = match context.global.at {
        Some(_) => Some(context.as_of(&reader, Some(&found))?.position.to_string()),
        None => None,
    };
    drop(reader);
    let prices = Priced::of(context);
    let export = retold_web::Export {
        prices: Arc::new(move || prices.read()),
        session: session::full(&found.name),
        at,
        clock: context.clock(),
        now: Arc::clone(&context.io.clock),
        zone: context.zone(),
        unmasked: !is_masked,
        without: retold_web::Without {
            outputs: without.contains(&LeftOut::Outputs),
            results: without.contains(&LeftOut::Results),
            thoughts: without.contains(&LeftOut::Thoughts),
        },
    };
    let written = match path {
        Some(path) => {
            let mut file = NewFile::begin(path, force)?;
            let written = export.write(store, &mut file)?;
            file.keep()?;
            written
        }
        None => {
            let written = export.write(store, &mut *context.io.out)?;
            context.io.out.flush().map_err(Failure::output)?;
            written
        }
    };
    if written.masked > 0 {
        let secrets = counted(written.masked, "secret");
        context.note(&format!("{secrets} masked: --unmasked writes them"));
    }
    if written.left_out > 0 {
        let events = counted(written.left_out, "event");
        context.note(&format!("{events} without what was said: that was left out"));
    }
    Ok(Exit::Done)
}
