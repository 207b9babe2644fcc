//! `retold check`: the log held against the legacy files.

use std::path::PathBuf;

use retold_core::{Head, StreamName};
use retold_importer::ait42::{Check as Checked, Named, Sources, check};
use serde::Serialize;

use super::Verb;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Format, counted};
use crate::printable::printable;
use crate::session;

/// Hold every session against the files of the AIT42 Editor
///
/// Reads the log and the files, writes nothing. A session is consistent where its document is the same here and there;
/// of the others the differing places are named. Exits with 0 where all is the same, with 1 where it is not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold check --against ~/.ait42          is the log what the files are?
  retold check --against DIR -o json       the same, for a script")]
pub(crate) struct Check {
    /// The files: a `~/.ait42`, its `sessions` folder, or any other folder of theirs
    #[arg(long, required = true, value_name = "DIR")]
    against: Vec<PathBuf>,
}

/// A session of the answer, with what is wrong with it.
#[derive(Clone, Copy)]
struct Found<'a> {
    state: &'static str,
    session: &'a Named,
    keys: &'a [String],
}

impl Verb for Check {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let sources = Sources::find(&self.against, &std::collections::BTreeMap::new())
            .map_err(|error| error.during("check against"))?;
        let bar = context.bytes_progress("check", sources.bytes());
        let checked = check(&log, &sources, |bytes| {
            bar.set_position(bytes);
            !context.io.is_interrupted()
        });
        bar.finish_and_clear();
        let (checked, head) = checked?;
        tell(context, &checked, head)?;
        if !checked.pruned.is_empty() {
            context.note("hint: `retold prune` says which archive has what was pruned here");
        }
        let Checked { inconsistent, only_there, unreadable, out_of_order, .. } = &checked;
        if !(inconsistent.is_empty()
            && only_there.is_empty()
            && unreadable.is_empty()
            && out_of_order.is_empty())
        {
            context.note("hint: `retold import` takes in what only the files have");
        }
        Ok(if checked.is_consistent() { Exit::Done } else { Exit::Nothing })
    }
}

/// Tells what a check found.
///
/// # Errors
/// Where it cannot be written.
pub(super) fn tell(context: &mut Context<'_>, checked: &Checked, head: Head) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer<'a> {
        as_of: AsOf,
        #[serde(flatten)]
        check: &'a Checked,
    }

    for warning in &checked.warnings {
        context.note(&printable(&format!("warning: {warning}")));
    }
    let answer = Answer { as_of: head.into(), check: checked };
    match context.global.output {
        Format::Json => return context.document(&answer, true),
        Format::Jsonl => return context.document(&answer, false),
        Format::Csv => {}
        Format::Table => context.say(&summary(checked))?,
    }
    let found = found(checked);
    if !found.is_empty() || !context.is_table() {
        let is_table = context.is_table();
        let mut rows = context.rows(head, ["session", "file", "state", "differs in"])?;
        for Found { state, session, keys } in &found {
            // Which of its id in the file it is, in the place of the ordinal: the log may have had others.
            let Named { file, id, nth } = session;
            let name = StreamName::session(file, id, *nth);
            let name = match (is_table, nth) {
                (true, _) => session::short(&name),
                (false, 1) => id.clone(),
                (false, nth) => format!("{id}#{nth}"),
            };
            rows.push([name.into(), session.file.as_str().into(), (*state).into(), keys.join(" ").into()])?;
        }
        rows.finish()?;
    }
    for piece in &checked.unreadable {
        let end = piece.offset + piece.length;
        context.note(&printable(&format!(
            "unreadable: {} bytes {}..{end}: {}",
            piece.file, piece.offset, piece.reason
        )));
    }
    for file in &checked.out_of_order {
        context.note(&printable(&format!("out of order: the sessions of {file}.json")));
    }
    Ok(())
}

fn summary(checked: &Checked) -> String {
    let Checked { total, consistent, inconsistent, pruned, only_here, only_there, files, .. } = checked;
    let pruned = match pruned.len() {
        0 => String::new(),
        pruned => format!("{pruned} pruned here, "),
    };
    format!(
        "{} in {}: {consistent} consistent, {} inconsistent, {pruned}{} only here, {} only there",
        counted(*total, "session"),
        counted(*files, "file"),
        inconsistent.len(),
        only_here.len(),
        only_there.len()
    )
}

fn found(checked: &Checked) -> Vec<Found<'_>> {
    let alone = |state| move |session| Found { state, session, keys: &[] };
    let inconsistent = checked.inconsistent.iter();
    inconsistent
        .map(|difference| Found {
            state: "inconsistent",
            session: &difference.session,
            keys: &difference.keys,
        })
        .chain(checked.pruned.iter().map(alone("pruned here")))
        .chain(checked.only_here.iter().map(alone("only here")))
        .chain(checked.only_there.iter().map(alone("only there")))
        .collect()
}
