//! The redaction itself, and the proof that nothing is left.

use std::collections::BTreeMap;
use std::path::Path;

use retold_core::Log;
use retold_importer::quarantine;
use retold_projections::Store;
use retold_upkeep::{Evidence, Redaction, Residue};

use super::select::Selected;
use super::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store;

/// Takes what was selected out of the store, cleans up, and looks for what may be left.
pub(super) fn redact(
    context: &mut Context<'_>,
    store: &Store,
    selected: &Selected,
    reason: &str,
) -> Result<Exit, Failure> {
    let log = store.log();
    let positions = selected.positions();
    let mut residue = Residue::of(log, &positions)?;
    let mut archives: BTreeMap<String, u64> = BTreeMap::new();
    for one in retold_upkeep::pruned_among(log, &positions)? {
        *archives.entry(one.archive).or_default() += one.bodies;
    }
    let found: Vec<&String> = selected.found.iter().filter_map(|found| found.text.as_ref()).collect();
    if found.is_empty() && selected.texts.is_empty() {
        // Events were named, and not a text: all that was said in them is what is to be gone.
        retold_upkeep::add_contents(log, &mut residue, &positions)?;
    }
    found.into_iter().chain(&selected.texts).for_each(|text| residue.add(text));
    let redaction = match positions.is_empty() {
        true => Redaction { bodies: 0, pruned: 0, blobs: 0, appended: None },
        false => retold_upkeep::redact(log, &positions, reason)?,
    };
    let ids: Vec<i64> = selected.quarantined.iter().map(|record| record.id).collect();
    quarantine::redact(log, &ids, reason)?;
    let dictionaries = forget_dictionaries(context, log, &residue)?;
    let projections = store.sidecars().names()?.len() as u64;
    clean_up(context, log)?;
    let swept = sweep(log);
    let evidence = prove(context, log, &residue)?;
    tell::tell(
        context,
        log,
        &Done {
            redaction,
            quarantined: ids.len() as u64,
            dictionaries,
            evidence,
            archives,
            swept,
            projections,
            reason: reason.to_owned(),
        },
    )
}

/// Goes on with a redaction that was interrupted, where there is one; otherwise nothing is changed.
pub(super) fn go_on(context: &mut Context<'_>, store: &Store) -> Result<(), Failure> {
    let log = store.log();
    for number in retold_upkeep::unfinished_dictionaries(log)? {
        retold_upkeep::forget_dictionary(log, number, context.watch("pack again").follow())?;
    }
    if store.sidecars().remove_stale()? {
        clean(context, log)?;
    }
    Ok(())
}

/// Removes what is derived from the log and is beside it, gives free pages back and empties the WAL.
fn clean_up(context: &mut Context<'_>, log: &Log) -> Result<(), Failure> {
    for number in retold_upkeep::unfinished_dictionaries(log)? {
        retold_upkeep::forget_dictionary(log, number, context.watch("pack again").follow())?;
    }
    retold_core::remove_sidecars(log.path())
        .map_err(|error| Failure::from(error).hint("run the same redaction again, it goes on from here"))?;
    clean(context, log)
}

/// Removes what killed processes left beside the store and in the folders of its copies: it may hold what is to go.
fn sweep(log: &Log) -> u64 {
    let beside = log.path().parent().filter(|folder| !folder.as_os_str().is_empty());
    let folders = [
        beside.unwrap_or(Path::new(".")).to_owned(),
        store::backups_of(log.path()),
        store::archives_of(log.path()),
    ];
    // What cannot be removed is read with the store's files.
    folders
        .iter()
        .filter_map(|folder| retold_core::files::sweep(folder).ok())
        .map(|swept| swept.len() as u64)
        .sum()
}

/// What was done, and what is left.
pub(super) struct Done {
    pub(super) redaction: Redaction,
    pub(super) quarantined: u64,
    pub(super) dictionaries: u64,
    pub(super) evidence: Evidence,
    /// The archives that have what was pruned.
    pub(super) archives: BTreeMap<String, u64>,
    /// Files of processes that live no more.
    pub(super) swept: u64,
    /// Projections whose rows went with their files.
    pub(super) projections: u64,
    pub(super) reason: String,
}

/// A dictionary that was trained on the store's own texts may hold parts of what is to go.
fn forget_dictionaries(context: &mut Context<'_>, log: &Log, residue: &Residue) -> Result<u64, Failure> {
    let dictionaries = retold_upkeep::dictionaries_with(log, residue)?;
    let bar = context.watch("pack again");
    for number in &dictionaries {
        retold_upkeep::forget_dictionary(log, *number, bar.follow())?;
    }
    bar.end();
    Ok(dictionaries.len() as u64)
}

fn clean(context: &mut Context<'_>, log: &Log) -> Result<(), Failure> {
    let bar = context.watch("clean");
    let cleaned = retold_upkeep::compact(log, bar.follow());
    bar.end();
    match cleaned {
        Err(error @ retold_core::Error::Busy { .. }) => Err(Failure::from(error).hint(
            "the bodies are gone from the store, and their bytes may still stand in its WAL: `retold store compact` \
             empties it once no other process reads an old state",
        )),
        cleaned => Ok(cleaned.map(drop)?),
    }
}

/// Looks for what is left. What rows left behind in their pages goes with a file that is rewritten.
fn prove(context: &mut Context<'_>, log: &Log, residue: &Residue) -> Result<Evidence, Failure> {
    let look = |context: &mut Context<'_>| {
        let bar = context.watch("prove");
        let evidence = retold_upkeep::find_residue(log, residue, bar.follow());
        bar.end();
        evidence
    };
    let evidence = look(context)?;
    if !evidence.is_in_files() {
        return Ok(evidence);
    }
    retold_upkeep::vacuum(log)?;
    Ok(look(context)?)
}
