//! Copilot CLI: one file of events a session, its agents among them.

mod line;
mod reading;
mod sessions;
mod telling;
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
pub(super) struct Copilot;

impl Format for Copilot {
    fn tool(&self) -> Tool {
        Tool::Copilot
    }

    fn discover(&self, places: &Places, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<Source> {
        let root = places.variable("COPILOT_HOME").unwrap_or_else(|| places.home().join(".copilot"));
        let mut sources = Vec::new();
        let mut add = |entry: Entry, role: SourceRole| {
            let (name, form) = (places.name(&entry.path), Form::of_path(&entry.path));
            sources.push(Source { path: entry.path, name, form, role });
        };
        let mut walk = Walk::new(&root, failed);
        for entry in walk.entries(&root.join("session-state")) {
            if !entry.is_folder {
                let is_transcript = entry.name.ends_with(".jsonl");
                add(entry, if is_transcript { SourceRole::Transcript } else { SourceRole::Companion });
                continue;
            }
            for file in walk.files(&entry.path) {
                let is_here = file.path.parent() == Some(&entry.path);
                match &*file.name {
                    "events.jsonl" if is_here => add(file, SourceRole::Transcript),
                    // Which process has the session open.
                    name if is_here && name.ends_with(".lock") => {}
                    _ => add(file, SourceRole::Companion),
                }
            }
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

    fn is_surveyed(&self, _form: Form) -> bool {
        false
    }
}

/// Whether a record is of this tool, and of no other.
fn is_known(record: &Record<'_>) -> bool {
    let Some(record) = Raw::of(record.json()) else { return false };
    let [kind, data] = record.fields(&["type", "data"]);
    let is_start = kind.and_then(Raw::text).as_deref() == Some("session.start");
    is_start && data.and_then(|data| data.field("sessionId")).and_then(Raw::text).is_some()
}
