//! Gemini CLI: one file a session, of lines, or in older releases one document.

mod lists;
mod message;
mod reading;
mod roots;
mod sessions;
mod telling;
mod words;

use std::io;
use std::path::{Path, PathBuf};

use super::saved;
use super::tool::{Format, Interpreter, Tool};
use crate::raw::Raw;
use crate::walk::{self, Entry, Walk};
use crate::{Form, Places, Record, Source, SourceRole};

#[derive(Debug)]
pub(super) struct Gemini;

impl Format for Gemini {
    fn tool(&self) -> Tool {
        Tool::Gemini
    }

    fn discover(&self, places: &Places, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<Source> {
        let home = places.variable("GEMINI_CLI_HOME").unwrap_or_else(|| places.home().to_owned());
        let root = home.join(".gemini");
        let mut sources = Vec::new();
        let mut add = |entry: Entry, role: SourceRole| {
            let (name, form) = (places.name(&entry.path), Form::of_path(&entry.path));
            sources.push(Source { path: entry.path, name, form, role });
        };
        let mut walk = Walk::new(&root, failed);
        let list =
            walk.entries(&root).into_iter().find(|entry| entry.name == "projects.json" && !entry.is_folder);
        list.into_iter().for_each(|entry| add(entry, SourceRole::Companion));
        for project in walk.entries(&root.join("tmp")).into_iter().filter(|entry| entry.is_folder) {
            let mut transcripts = Vec::new();
            for entry in walk.entries(&project.path) {
                match (entry.is_folder, &*entry.name) {
                    (true, "chats") => transcripts.append(&mut walk.files(&entry.path)),
                    (true, "tool-outputs" | "tool_output") => {
                        walk.files(&entry.path).into_iter().for_each(|file| add(file, SourceRole::Companion));
                    }
                    (false, name) if is_beside(name) => add(entry, SourceRole::Companion),
                    _ => {}
                }
            }
            // A session before its agents, and its lines before the document that they replace.
            let order = |entry: &Entry| {
                let is_inside = entry.path.parent().is_some_and(|folder| !folder.ends_with("chats"));
                (is_inside, entry.path.with_extension(""), Form::of_path(&entry.path))
            };
            transcripts.sort_by_cached_key(order);
            for file in transcripts {
                let role = if Form::of_path(&file.path) == Form::Opaque {
                    SourceRole::Companion
                } else {
                    SourceRole::Transcript
                };
                add(file, role);
            }
        }
        sources
    }

    fn recognise(&self, path: &Path) -> bool {
        walk::holds(path, &|_, record| is_known(record))
    }

    fn interpreter(&self, places: &Places) -> Box<dyn Interpreter> {
        Box::new(reading::Reading::new(places))
    }

    fn restored(&self, saved: &[u8]) -> Option<Box<dyn Interpreter>> {
        saved::read::<reading::Reading>(saved)
    }

    fn is_surveyed(&self, form: Form) -> bool {
        form == Form::Lines
    }
}

/// Whether a file of a project's folder is kept beside the chats. Programs and their logs lie there too.
fn is_beside(name: &str) -> bool {
    matches!(name, ".project_root" | "logs.json")
        || (name.starts_with("checkpoint") && name.ends_with(".json"))
}

/// Whether a record is of this tool, and of no other: a header, or a whole document.
fn is_known(record: &Record<'_>) -> bool {
    let Some(record) = Raw::of(record.json()) else { return false };
    let texts =
        record.fields(&["sessionId", "projectHash", "startTime"]).map(|field| field.and_then(Raw::text));
    texts.iter().all(Option::is_some)
}
