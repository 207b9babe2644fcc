//! `retold check`: the log compared with the files that history came from.

mod transcripts;

use std::path::PathBuf;

use retold_core::{Head, StreamName};
use retold_importer::ait42::{Check as Checked, Named, Quarantined, Skipped, Sources, check};
use retold_transcripts::Tool;
use serde::Serialize;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Format, counted};
use crate::printable::printable;
use crate::roster::path_at;
use crate::session;

/// Compare the log with the files that history came from
///
/// Reads the log and the files, writes nothing. Every byte that coding agents left is compared with what the log keeps of
/// it; named are files that differ, that grew since, that are not in the log, and that their tool has deleted.
///
/// With --against, every session is compared with the AIT42 Editor's files: it is consistent where its document is the
/// same here and there; of the others the differing places are named. What is a session file says `retold help import`.
///
/// Exits with 0 where all is the same (what is gone from the disk is whole in the log), with 1 where it is not, and with
/// 6 where all that was compared is the same, and something was not: files that cannot be read, pieces that are only in
/// the quarantine.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold check                             is the log what the agents' files are?
  retold check --tool claude               those of Claude Code alone
  retold check --against ~/.ait42          is it what the editor's files are?
  retold check --against DIR -o json       the same, for a script")]
pub(crate) struct Check {
    /// The editor's files: a `~/.ait42`, its `sessions` folder, or any other folder of theirs
    #[arg(long, value_name = "DIR")]
    against: Vec<PathBuf>,
    /// Only files of this tool
    #[arg(long, value_parser = super::sources::tool, conflicts_with = "against")]
    tool: Option<Tool>,
}

/// A session of the answer, with what is wrong with it.
#[derive(Clone, Copy)]
struct Found<'a> {
    state: &'static str,
    session: &'a Named,
    keys: &'a [String],
    /// The numbers of its instances.
    instances: &'a [u32],
}

impl Run for Check {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        if self.against.is_empty() {
            return transcripts::check(context, self.tool);
        }
        let log = context.open()?;
        let sources = Sources::find(&self.against, &std::collections::BTreeMap::new())
            .map_err(|error| error.during("check against"))?;
        let bar = context.watch("check");
        let checked = check(&log, &sources, bar.follow());
        bar.end();
        let (checked, head) = checked?;
        tell(context, &checked, head)?;
        if !checked.pruned.is_empty() {
            context.note("hint: `retold store prune` says which archive has what was pruned here");
        }
        let Checked { inconsistent, only_there, unreadable, out_of_order, .. } = &checked;
        if !(inconsistent.is_empty()
            && only_there.is_empty()
            && unreadable.is_empty()
            && out_of_order.is_empty())
        {
            context.note("hint: `retold import` takes in what only the files have");
        }
        Ok(match (checked.is_consistent(), checked.is_partial()) {
            (false, _) => Exit::Nothing,
            (true, true) => Exit::Quarantined,
            (true, false) => Exit::Done,
        })
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
        for Found { state, session, keys, instances } in &found {
            // Which of its id in the file it is, in the place of the ordinal: the log may have had others.
            let Named { file, id, nth } = session;
            let name = StreamName::session(file, id, *nth);
            let name = match (is_table, nth) {
                (true, _) => session::short(&name),
                (false, 1) => id.clone(),
                (false, nth) => format!("{id}#{nth}"),
            };
            let keys = match is_table {
                true => keys.iter().map(|key| path_at(instances, key)).collect::<Vec<_>>().join(" "),
                false => keys.join(" "),
            };
            rows.push([name.into(), session.file.as_str().into(), (*state).into(), keys.into()])?;
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
    partial(context, &checked.quarantined, &checked.skipped);
    for file in &checked.out_of_order {
        context.note(&printable(&format!("out of order: the sessions of {file}.json")));
    }
    Ok(())
}

/// Names what could not be compared.
pub(super) fn partial(context: &mut Context<'_>, quarantined: &[Quarantined], skipped: &[Skipped]) {
    for piece in quarantined {
        let end = piece.offset + piece.length;
        context.note(&printable(&format!(
            "only in the quarantine: {} bytes {}..{end}: {}",
            piece.file, piece.offset, piece.reason
        )));
    }
    super::import::report::skipped(context, skipped);
    if !quarantined.is_empty() {
        context.note("hint: `retold store quarantine list` shows what is only there; mended, it is imported");
    }
}

fn summary(checked: &Checked) -> String {
    let Checked { total, consistent, inconsistent, pruned, only_here, only_there, files, .. } = checked;
    let pruned = match pruned.len() {
        0 => String::new(),
        pruned => format!("{pruned} pruned here, "),
    };
    let partial: String =
        [(checked.quarantined.len(), "only in the quarantine"), (checked.skipped.len(), "skipped")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!(", {count} {what}"))
            .collect();
    format!(
        "{} in {}: {consistent} consistent, {} inconsistent, {pruned}{} only here, {} only there{partial}",
        counted(*total, "session"),
        counted(*files, "file"),
        inconsistent.len(),
        only_here.len(),
        only_there.len()
    )
}

fn found(checked: &Checked) -> Vec<Found<'_>> {
    let alone = |state| move |session| Found { state, session, keys: &[], instances: &[] };
    let inconsistent = checked.inconsistent.iter();
    inconsistent
        .map(|difference| Found {
            state: "inconsistent",
            session: &difference.session,
            keys: &difference.keys,
            instances: &difference.instances,
        })
        .chain(checked.pruned.iter().map(alone("pruned here")))
        .chain(checked.only_here.iter().map(alone("only here")))
        .chain(checked.only_there.iter().map(alone("only there")))
        .collect()
}
