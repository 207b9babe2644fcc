//! `retold check`: the log compared with what coding agents left on disk.

use std::collections::BTreeSet;
use std::time::Duration;

use retold_core::{Progress, Unit};
use retold_importer::transcripts::{Comparison, Exclusions, KnownPiece, compare};
use retold_projections::TranscriptSource;
use retold_transcripts::{Form, Places, Source, SourceRole, Tool, format};

use crate::command::import::transcripts::{TRANSCRIPTS, known_piece, places};
use crate::command::projections::ready;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted, cut_path};
use crate::printable::printable;

/// How long the projection may take to be brought up to date.
const WAIT: Duration = Duration::from_secs(60);
/// What the other columns take on a terminal, and the least that a name gets.
const OTHER_COLUMNS: usize = 44;
const NAME_MIN: usize = 16;

/// How a file is here and there.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    same: u64,
    gone: u64,
    different: u64,
    unread: u64,
}

/// Compares every file that history came from with the log.
///
/// # Errors
/// Where the store cannot be read or the answer not be written.
pub(super) fn check(context: &mut Context<'_>, tool: Option<Tool>) -> Result<Exit, Failure> {
    let (store, head) = ready(context, TRANSCRIPTS, WAIT)?;
    let places = places(context)?;
    let mut sources = store.transcript_sources(tool.map(Tool::word))?;
    // Of what is excluded as a whole the log knows neither the name nor a byte.
    let known: BTreeSet<(String, String)> =
        sources.iter().map(|source| (source.tool.clone(), source.name.clone())).collect();
    let exclusions = Exclusions::read(store.log())?;
    sources.retain(|source| !source.is_excluded());
    let bytes_total: u64 = sources.iter().map(|source| source.file_bytes).sum();
    let bar = context.watch("check");
    let mut reader = store.log().reader()?;
    let mut found: Vec<(String, String, &'static str, String)> = Vec::new();
    let (mut counts, mut read) = (Counts::default(), 0);
    for source in &sources {
        if bar.is_interrupted() {
            return Err(Failure::interrupted());
        }
        let mut row = |state, more: String| {
            found.push((source.tool.clone(), source.name.clone(), state, more));
        };
        let Some((tool, there)) = on_disk(source, &places) else {
            counts.unread += 1;
            row("unreadable", "this release does not know its tool or its form".to_owned());
            continue;
        };
        if !there.path.exists() {
            counts.gone += 1;
            row("gone", String::new());
            continue;
        }
        let pieces: Vec<KnownPiece> = source.pieces.iter().map(|piece| known_piece(source, piece)).collect();
        match compare(&mut reader, &pieces, format(tool), &there) {
            Ok(compared) => match difference(&compared) {
                None => {
                    counts.same += 1;
                    if compared.erased > 0 {
                        row("erased", format!("{} bytes cannot be compared", compared.erased));
                    }
                    if compared.masked > 0 {
                        row("masked", format!("{} bytes were masked on import", compared.masked));
                    }
                }
                Some((state, more)) => {
                    counts.different += 1;
                    row(state, more);
                }
            },
            Err(retold_importer::Error::Io { source, .. }) => {
                counts.unread += 1;
                row("unreadable", crate::failure::io_words(&source));
            }
            Err(error) => return Err(error.into()),
        }
        read += source.file_bytes;
        bar.show(Progress::new(Unit::Bytes, read, bytes_total));
    }
    bar.end();
    for (tool, name) in not_taken_in(&known, &places, tool, &exclusions) {
        counts.different += 1;
        found.push((tool.word().to_owned(), name, "not in the log", String::new()));
    }
    let on_terminal = context.is_table() && context.io.out_is_terminal;
    let room = on_terminal.then(|| context.io.columns.saturating_sub(OTHER_COLUMNS).max(NAME_MIN));
    if !found.is_empty() || !context.is_table() {
        let mut rows = context.rows(head, ["tool", "name", "state", "what"])?;
        for (tool, name, state, more) in &found {
            rows.push([
                tool.as_str().into(),
                room.map_or_else(|| name.clone(), |room| cut_path(name, room)).into(),
                Value::from(*state),
                printable(more).as_ref().into(),
            ])?;
        }
        rows.finish()?;
    }
    context.note(&format!(
        "{}: {} as the log has them, {} gone from the disk, {} different, {} not read",
        counted(sources.len() as u64, "file"),
        counts.same,
        counts.gone,
        counts.different,
        counts.unread
    ));
    if counts.different > 0 {
        context
            .note("hint: `retold import` takes in what only the files have; what they had stays in the log");
    }
    Ok(match counts {
        Counts { different: 1.., .. } => Exit::Nothing,
        Counts { unread: 1.., .. } => Exit::Quarantined,
        _ => Exit::Done,
    })
}

/// Returns where a file that the log has would be.
fn on_disk(source: &TranscriptSource, places: &Places) -> Option<(Tool, Source)> {
    let there = Source {
        path: places.home().join(&source.name),
        name: source.name.clone(),
        form: Form::of_word(&source.form)?,
        role: SourceRole::of_word(&source.role)?,
    };
    Some((Tool::of_word(&source.tool)?, there))
}

fn difference(compared: &Comparison) -> Option<(&'static str, String)> {
    match compared {
        Comparison { differs_at: Some(at), .. } => Some(("different", format!("from byte {at} on"))),
        Comparison { more: more @ 1.., .. } => {
            Some(("longer", format!("{more} bytes are not in the log yet")))
        }
        Comparison { fewer: fewer @ 1.., .. } => Some(("shorter", format!("the log has {fewer} bytes more"))),
        _ => None,
    }
}

/// Returns the files of the tools that the log has nothing of, but for those that are excluded.
fn not_taken_in(
    known: &BTreeSet<(String, String)>,
    places: &Places,
    tool: Option<Tool>,
    exclusions: &Exclusions,
) -> BTreeSet<(Tool, String)> {
    let tools = Tool::ALL.iter().copied().filter(|one| tool.is_none_or(|tool| tool == *one));
    let found = tools.flat_map(|tool| {
        let found = format(tool).discover(places, &mut |_, _| {});
        found
            .into_iter()
            .filter(|source| !exclusions.has_path(&source.path))
            .map(move |source| (tool, source.name))
    });
    // A file that is excluded as a whole has another name in the log.
    let has = |tool: Tool, name: String| known.contains(&(tool.word().to_owned(), name));
    found.filter(|(tool, name)| !has(*tool, name.clone()) && !has(*tool, exclusions.name_of(name))).collect()
}
