//! Codex.
//!
//! A **rollout** is a file of one thread; a thread that was reverted goes on in another rollout. A rollout may open with a copy of
//! what its ancestors said ([`survey`] finds where it ends), or name where in another rollout its history is.

mod events;
mod items;
mod line;
mod outcome;
mod reading;
mod survey;
mod usage;

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::saved;
use super::tool::{Format, Interpreter, Tool};
use crate::database::Listing;
use crate::json::Object;
use crate::spans::Each;
use crate::walk;
use crate::{Form, Places, Rows, Source, SourceRole};

/// How much of a file is read to see what it is.
const LOOK_MAX: u64 = 1 << 24;
/// How many files of a folder are looked at to see what it is.
const FILES_LOOKED_AT: usize = 64;

#[derive(Debug)]
pub(super) struct Codex;

impl Format for Codex {
    fn tool(&self) -> Tool {
        Tool::Codex
    }

    fn discover(&self, places: &Places, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<Source> {
        let root = places.variable("CODEX_HOME").unwrap_or_else(|| places.home().join(".codex"));
        let mut sources = beside(&root, places, failed);
        let mut rollouts: Vec<PathBuf> = ["sessions", "archived_sessions"]
            .into_iter()
            .flat_map(|folder| walk::files(&root.join(folder), failed))
            .filter(|path| rollout_name(path).is_some())
            .collect();
        // Names begin with the time at which the thread began: what is copied comes before the copies.
        rollouts.sort_by(|one, other| (one.file_name(), one).cmp(&(other.file_name(), other)));
        let plain: HashSet<_> = rollouts
            .iter()
            .filter(|path| form(path) == Form::Lines)
            .filter_map(|path| path.file_name().map(ToOwned::to_owned))
            .collect();
        for path in rollouts {
            let is_twin = form(&path) == Form::CompressedLines
                && path.file_stem().is_some_and(|name| plain.contains(name));
            if !is_twin {
                let (name, form) = (places.name(&path), form(&path));
                sources.push(Source { path, name, form, role: SourceRole::Transcript });
            }
        }
        sources
    }

    fn recognise(&self, path: &Path) -> bool {
        if path.is_dir() {
            let files = walk::files(path, &mut |_, _| {});
            return files
                .iter()
                .filter(|path| rollout_name(path).is_some())
                .take(FILES_LOOKED_AT)
                .any(|path| begins_as_rollout(path));
        }
        begins_as_rollout(path)
    }

    fn rows(&self, source: &Source, each: &mut Each<'_>) -> io::Result<()> {
        // What is made of the rollouts may be as large as they are, and is not even copied.
        if !is_list_of_threads(&source.path) {
            return Ok(());
        }
        let rows = Rows::open(&source.path)?;
        let order = rows.order("threads", &["id"])?;
        Listing::new(&rows, each).all("threads", &order)
    }

    fn interpreter(&self, _places: &Places) -> Box<dyn Interpreter> {
        Box::<reading::Reading>::default()
    }

    fn restored(&self, saved: &[u8]) -> Option<Box<dyn Interpreter>> {
        saved::read::<reading::Reading>(saved)
    }
}

/// The index of titles, the prompts that were typed, and the databases that Codex makes of its rollouts. Of those, only the list of
/// threads is read: the rest can be made again.
fn beside(root: &Path, places: &Places, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut add = |path: PathBuf, form: Form| {
        let name = places.name(&path);
        sources.push(Source { path, name, form, role: SourceRole::Companion });
    };
    for name in ["history.jsonl", "session_index.jsonl"] {
        if walk::is_file(&root.join(name), failed) {
            add(root.join(name), Form::Lines);
        }
    }
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut databases: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| is_database(path)).collect();
    // The number in the name is the version of the schema: the newest comes last, and wins.
    databases.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    databases.into_iter().filter(|path| path.is_file()).for_each(|path| add(path, Form::Database));
    sources
}

fn is_list_of_threads(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("state_"))
}

fn is_database(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".sqlite") && (name.starts_with("state_") || name.starts_with("thread_history_"))
}

fn form(path: &Path) -> Form {
    match path.extension().is_some_and(|end| end == "zst") {
        true => Form::CompressedLines,
        false => Form::Lines,
    }
}

/// Returns what a name like `rollout-2026-08-03T09-15-00-<thread>[_<rollout>].jsonl[.zst]` says: thread and rollout.
fn rollout_name(path: &Path) -> Option<(&str, &str)> {
    const TIME: &str = "2026-08-03T09-15-00-";
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(".zst").unwrap_or(name).strip_suffix(".jsonl")?.strip_prefix("rollout-")?;
    let ids = name.get(TIME.len()..)?;
    Some(ids.split_once('_').unwrap_or((ids, ids)))
}

fn begins_as_rollout(path: &Path) -> bool {
    let source =
        Source { path: path.to_owned(), name: String::new(), form: form(path), role: SourceRole::Transcript };
    if !path.is_file() {
        return false;
    }
    let mut line = Vec::new();
    let Ok(contents) = source.open() else { return false };
    if BufReader::new(contents.take(LOOK_MAX)).read_until(b'\n', &mut line).is_err() {
        return false;
    }
    Object::read(&line).is_some_and(|object| match object.text("type") {
        Some(kind) => {
            kind == "session_meta" && object.object("payload").is_some_and(|meta| meta.raw("id").is_some())
        }
        None => {
            object.raw("id").is_some()
                && object.raw("timestamp").is_some()
                && object.keys().any(|key| key == "instructions" || key == "git")
        }
    })
}
