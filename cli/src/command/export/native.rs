//! `retold export --format native`: the files that history came from, byte for byte.

use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use retold_core::files::{Partial, Privacy};
use retold_importer::transcripts::{PieceAt, write_native};
use retold_transcripts::Form;

use crate::command::import::transcripts::{TRANSCRIPTS, known_piece};
use crate::command::projections::ready;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::output::{Value, counted};
use crate::printable::printable;

/// How long the projection may take to be brought up to date.
const WAIT: Duration = Duration::from_secs(60);

/// Writes every file into the folder, under the name that it had.
///
/// # Errors
/// Where the store cannot be read or the folder not be written.
pub(super) fn export(context: &mut Context<'_>, folder: &Path, force: bool) -> Result<Exit, Failure> {
    let (store, head) = ready(context, TRANSCRIPTS, WAIT)?;
    let sources = store.transcript_sources(None)?;
    let total = sources.iter().map(|source| source.bytes).sum();
    let bar = context.bytes_progress("export", total);
    let mut reader = store.log().reader()?;
    let (mut files, mut bytes, mut is_whole) = (Vec::new(), 0, true);
    for source in &sources {
        if context.io.is_interrupted() {
            bar.finish_and_clear();
            return Err(Failure::interrupted());
        }
        // The rows of a database are lines.
        let name = if source.form == Form::Database.word() {
            format!("{}.jsonl", source.name)
        } else {
            source.name.clone()
        };
        let place = folder.join(below(&name));
        let failed = |error: &std::io::Error| {
            Failure::new(Exit::Io, format!("export {}: {}", place.display(), io_words(error)))
        };
        if place.exists() && !force {
            return Err(Failure::new(
                Exit::Refused,
                format!("export {}: a file is there already", place.display()),
            )
            .hint("choose an empty folder, or replace files with --force"));
        }
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).map_err(|error| failed(&error))?;
        }
        let pieces: Vec<PieceAt> = source
            .pieces
            .iter()
            .map(|piece| PieceAt { piece: known_piece(source, piece), position: piece.position })
            .collect();
        let mut file = Partial::file_for(&place, Privacy::Owner).map_err(|error| failed(&error))?;
        let written = write_native(&mut reader, &pieces, file.file())?.map_err(|error| failed(&error))?;
        file.file().flush().map_err(|error| failed(&error))?;
        file.replace().map_err(|error| failed(&error))?;
        for gap in &written.gaps {
            context.note(&printable(&format!(
                "{}: a part is missing, the body at position {gap} is erased",
                source.name
            )));
        }
        if !written.is_whole && written.gaps.is_empty() {
            context.note(&printable(&format!("{}: the bytes are not those that were read", source.name)));
        }
        is_whole &= written.is_whole;
        bytes += written.bytes;
        bar.set_position(bytes);
        files.push((source.tool.clone(), name, written));
    }
    bar.finish_and_clear();
    let mut rows = context.rows(head, ["tool", "file", "bytes", "whole"])?;
    for (tool, name, written) in &files {
        rows.push([
            tool.as_str().into(),
            name.as_str().into(),
            Value::Size(written.bytes),
            written.is_whole.into(),
        ])?;
    }
    rows.finish()?;
    context.note(&format!("{} written below {}", counted(files.len() as u64, "file"), folder.display()));
    Ok(if is_whole { Exit::Done } else { Exit::Quarantined })
}

/// A name as a path that stays below a folder, whatever it holds.
fn below(name: &str) -> PathBuf {
    let plain = |part: Component<'_>| match part {
        Component::Normal(part) => Some(part.to_owned()),
        Component::ParentDir => Some("..".replace('.', "_").into()),
        _ => None,
    };
    Path::new(name).components().filter_map(plain).collect()
}
