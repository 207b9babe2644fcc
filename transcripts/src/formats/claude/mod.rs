//! Claude Code: one file of lines a session, and one for each of its agents.

mod chain;
mod line;
mod messages;
mod reading;
mod sessions;
mod usage;
mod words;

use std::io;
use std::path::{Path, PathBuf};

use super::saved;
use super::tool::{Format, Interpreter, Tool};
use crate::raw::Raw;
use crate::walk::{self, Entry, Walk};
use crate::{Form, Places, Record, Source, SourceRole};

#[derive(Debug)]
pub(super) struct Claude;

impl Format for Claude {
    fn tool(&self) -> Tool {
        Tool::Claude
    }

    fn discover(&self, places: &Places, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<Source> {
        let root = places.variable("CLAUDE_CONFIG_DIR").unwrap_or_else(|| places.home().join(".claude"));
        let mut sources = Vec::new();
        let mut add = |entry: Entry, role: SourceRole| {
            let (name, form) = (places.name(&entry.path), Form::of_path(&entry.path));
            sources.push(Source { path: entry.path, name, form, role });
        };
        let mut walk = Walk::new(&root, failed);
        let history =
            walk.entries(&root).into_iter().find(|entry| entry.name == "history.jsonl" && !entry.is_folder);
        history.into_iter().for_each(|entry| add(entry, SourceRole::Companion));
        for project in walk.entries(&root.join("projects")).into_iter().filter(|entry| entry.is_folder) {
            let (folders, files): (Vec<Entry>, Vec<Entry>) =
                walk.entries(&project.path).into_iter().partition(|entry| entry.is_folder);
            let mut transcripts = Vec::new();
            for file in files {
                match file.name.strip_suffix(".jsonl").map(str::to_owned) {
                    Some(stem) => transcripts.push((is_agent(&file.name), stem, false, file)),
                    None => add(file, SourceRole::Companion),
                }
            }
            for folder in folders {
                for file in walk.files(&folder.path) {
                    let is_agent = is_agent(&file.name) && file.name.ends_with(".jsonl");
                    match is_agent && file.path.components().any(|part| part.as_os_str() == "subagents") {
                        true => transcripts.push((false, folder.name.clone(), true, file)),
                        false => add(file, SourceRole::Companion),
                    }
                }
            }
            // A session before its agents, and those that lie flat beside the sessions last.
            transcripts.sort_unstable();
            transcripts.into_iter().for_each(|(_, _, _, file)| add(file, SourceRole::Transcript));
        }
        sources
    }

    fn recognise(&self, path: &Path) -> bool {
        walk::holds(path, &|_, record| is_known(record))
    }

    fn interpreter(&self, _places: &Places) -> Box<dyn Interpreter> {
        Box::<reading::Reading>::default()
    }

    fn restored(&self, saved: &[u8]) -> Option<Box<dyn Interpreter>> {
        saved::read::<reading::Reading>(saved)
    }
}

/// Whether a file is named as those of agents are.
fn is_agent(name: &str) -> bool {
    name.starts_with("agent-")
}

/// Whether a record is of this tool, and of no other.
fn is_known(record: &Record<'_>) -> bool {
    let Some(record) = Raw::of(record.json()) else { return false };
    let texts = record.fields(&["type", "uuid", "sessionId", "leafUuid", "summary"]);
    let [kind, uuid, session, leaf, summary] = texts.map(|field| field.and_then(Raw::text));
    match kind.as_deref() {
        Some(kind) if words::is_chain(kind) => uuid.is_some() && session.is_some(),
        Some("summary") => leaf.is_some() && summary.is_some(),
        _ => false,
    }
}
