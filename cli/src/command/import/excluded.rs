//! `retold import --exclude` and `--include`: what is not to come in.

use std::path::{Path, PathBuf};

use retold_core::Log;
use retold_importer::transcripts::{Exclusion, ExclusionKind, Exclusions, NewExclusion, exclude, include};

use super::transcripts::places;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::printable::printable;

/// The prefix of the hash of an exclusion whose name is not kept.
const HASH: char = '#';
/// Digits of it that are shown.
const DIGITS: usize = 12;

/// Returns what a word names: a path, as it is typed and as the file system has it, or a folder of that name.
pub(crate) fn named(context: &Context<'_>, word: &str) -> Result<Vec<(ExclusionKind, String)>, Failure> {
    if word.trim().is_empty() {
        return Err(Failure::usage("exclude: the name is empty").hint("name a folder, or its path"));
    }
    let is_path = word.contains(['/', std::path::MAIN_SEPARATOR]) || word == "~" || word.starts_with('.');
    if !is_path {
        return Ok(vec![(ExclusionKind::Name, word.to_owned())]);
    }
    let home = places(context).map(|places| places.home().to_owned());
    let path = match word.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => home?.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(word),
    };
    let whole =
        std::path::absolute(&path).map_err(|error| Failure::usage(format!("exclude {word}: {error}")))?;
    let mut paths = vec![plain(&whole)];
    paths.extend(std::fs::canonicalize(&whole));
    paths.dedup();
    if paths.iter().any(|path| path.parent().is_none()) {
        return Err(Failure::usage(format!("exclude {word}: that is everything"))
            .hint("name a folder; an import that is not run takes nothing in"));
    }
    Ok(paths.into_iter().map(|path| (ExclusionKind::Path, path.to_string_lossy().into_owned())).collect())
}

/// A path without `.` and `..`, as it is typed.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// Remembers what is not to come in, and forgets what may.
///
/// # Errors
/// Where the store cannot be written, or something that may come in again was not excluded.
pub(super) fn change(
    context: &mut Context<'_>,
    log: &Log,
    out: &[String],
    back: &[String],
) -> Result<(), Failure> {
    let mut wanted = Vec::new();
    for word in out {
        for (kind, name) in named(context, word)? {
            wanted.push(NewExclusion { kind, name, is_named: true, marks: Vec::new(), reason: None });
        }
    }
    for word in back {
        if !take_back(context, log, word)? {
            return Err(Failure::usage(format!("include {word}: it is not excluded"))
                .hint("`retold import --exclude` lists what is"));
        }
        context.note(&printable(&format!("included again: {word}; what was forgotten does not come back")));
    }
    if !wanted.is_empty() {
        let new = exclude(log, &wanted)?;
        let said =
            if new == 0 { "excluded already" } else { "excluded from this import and every later one" };
        context.note(&printable(&format!("{said}: {}", out.join(", "))));
    }
    Ok(())
}

fn take_back(context: &Context<'_>, log: &Log, word: &str) -> Result<bool, Failure> {
    let exclusions = Exclusions::read(log)?;
    let listed = |one: &&Exclusion| {
        one.name.as_deref() == Some(word)
            || word
                .strip_prefix(HASH)
                .is_some_and(|digits| digits.len() >= DIGITS && one.digest.to_string().starts_with(digits))
    };
    if let Some(one) = exclusions.all().iter().chain(exclusions.secrets()).find(listed) {
        return Ok(include(log, one.digest)?);
    }
    let mut is_back = false;
    for (kind, name) in named(context, word)? {
        if let Some(one) = exclusions.find(kind, &name) {
            is_back |= include(log, one.digest)?;
        }
    }
    Ok(is_back)
}

/// Lists what is excluded.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn list(context: &mut Context<'_>, log: &Log) -> Result<Exit, Failure> {
    let exclusions = Exclusions::read(log)?;
    let head = log.reader()?.head()?;
    let mut rows = context.rows(head, ["kind", "name", "since", "reason"])?;
    for one in exclusions.all().iter().chain(exclusions.secrets()) {
        let name = one.name.clone().unwrap_or_else(|| format!("{HASH}{:.DIGITS$}", one.digest.to_string()));
        rows.push([
            one.kind.word().into(),
            name.into(),
            Value::Instant(one.since),
            one.reason.clone().into(),
        ])?;
    }
    rows.finish()?;
    if exclusions.is_empty() && exclusions.secrets().is_none() {
        context.note("nothing is excluded");
        return Ok(Exit::Nothing);
    }
    if exclusions.secrets().is_some() {
        context.note("secrets are masked");
    }
    context.note(&format!("{} excluded", counted(exclusions.all().len() as u64, "thing")));
    Ok(Exit::Done)
}
