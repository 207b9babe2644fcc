//! `retold export --format native`: the files that history came from, byte for byte.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use retold_core::files::{Partial, Privacy};
use retold_core::{Progress, Unit};
use retold_importer::transcripts::{KnownPiece, write_native};
use retold_projections::TranscriptSource;
use retold_transcripts::Form;

use crate::command::import::transcripts::{TRANSCRIPTS, known_piece};
use crate::command::projections::ready;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::output::{Value, counted, cut_path};
use crate::printable::printable;

/// What the columns beside a file's name take on a terminal.
const OTHER_COLUMNS: usize = 32;
/// How long the projection may take to be brought up to date.
const WAIT: Duration = Duration::from_secs(60);

/// Writes every file into the folder, under the name that it had.
///
/// # Errors
/// Where the store cannot be read or the folder not be written.
pub(super) fn export(context: &mut Context<'_>, folder: &Path, force: bool) -> Result<Exit, Failure> {
    let (store, head) = ready(context, TRANSCRIPTS, WAIT)?;
    let sources: Vec<(PathBuf, TranscriptSource)> = store
        .transcript_sources(None)?
        .into_iter()
        .filter(|source| !source.is_excluded())
        .map(|source| (folder.join(below(&source)), source))
        .collect();
    // Nothing is written where something would be written over.
    if let Some((place, _)) = sources.iter().find(|(place, _)| !force && place.exists()) {
        return Err(Failure::new(
            Exit::Refused,
            format!("export {}: a file is there already", place.display()),
        )
        .hint("choose an empty folder, or replace files with --force"));
    }
    let bytes_total: u64 = sources.iter().map(|(_, source)| source.bytes).sum();
    let bar = context.watch("export");
    let mut reader = store.log().reader()?;
    let (mut files, mut bytes, mut is_whole) = (Vec::new(), 0, true);
    for (place, source) in &sources {
        if bar.is_interrupted() {
            return Err(Failure::interrupted());
        }
        let failed = |error: std::io::Error| {
            Failure::new(Exit::Io, format!("export {}: {}", place.display(), io_words(&error)))
        };
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let pieces: Vec<KnownPiece> = source.pieces.iter().map(|piece| known_piece(source, piece)).collect();
        let mut file = Partial::file_for(place, Privacy::Owner).map_err(failed)?;
        let written = write_native(&mut reader, &pieces, file.file(), place)?;
        file.replace().map_err(failed)?;
        for gap in &written.gaps {
            context.note(&printable(&format!(
                "{}: a part is missing, the body at position {gap} is erased",
                source.name
            )));
        }
        if written.masked > 0 {
            let masked = counted(written.masked, "secret");
            context.note(&printable(&format!("{}: {masked} masked when it was read", source.name)));
        }
        if !written.is_whole && written.gaps.is_empty() && written.masked == 0 {
            context.note(&printable(&format!("{}: the bytes are not those that were read", source.name)));
        }
        is_whole &= written.is_whole;
        bytes += written.bytes;
        bar.show(Progress::new(Unit::Bytes, bytes, bytes_total));
        files.push((
            source,
            place.strip_prefix(folder).unwrap_or(place).to_string_lossy().into_owned(),
            written,
        ));
    }
    bar.end();
    let on_terminal = context.is_table() && context.io.out_is_terminal;
    let room = on_terminal.then(|| context.io.columns.saturating_sub(OTHER_COLUMNS));
    let mut rows = context.rows(head, ["tool", "file", "bytes", "whole"])?;
    for (source, name, written) in &files {
        rows.push([
            source.tool.as_str().into(),
            room.map_or_else(|| name.clone(), |room| cut_path(name, room)).into(),
            Value::Size(written.bytes),
            written.is_whole.into(),
        ])?;
    }
    rows.finish()?;
    context.note(&format!("{} written below {}", counted(files.len() as u64, "file"), folder.display()));
    Ok(if is_whole { Exit::Done } else { Exit::Quarantined })
}

/// Returns where a file goes, below a folder whatever its name holds. The rows of a database are lines.
fn below(source: &TranscriptSource) -> PathBuf {
    let plain = |part: Component<'_>| match part {
        Component::Normal(part) => Some(part.to_owned()),
        Component::ParentDir => Some("__".into()),
        _ => None,
    };
    let ending = if source.form == Form::Database.word() { ".jsonl" } else { "" };
    Path::new(&format!("{}{ending}", source.name)).components().filter_map(plain).collect()
}
