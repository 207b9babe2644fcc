//! What an import remembers of a tool's files, so that the next one reads only those that changed.
//!
//! It is what the interpreter knows, and of each file up to where its records were given to it. A program that goes on has it in memory;
//! beside the store it is [in a file](super::saved) for the next program.

use std::collections::HashMap;

use retold_core::{Log, NewEvent};
use retold_transcripts::{Format, Interpreter, Places};
use serde::{Deserialize, Serialize};

use super::saved;
use crate::transcripts::gathered::Gathered;
use crate::transcripts::session::Tracked;

/// A program that goes on writes what it remembers into the file once it has read so much since, and when it ends.
pub(super) const SAVED_EACH: u64 = 8 << 20;

/// What a program that goes on remembers of a tool's files between two imports, so that the second reads only what has changed since
/// the first. It grows with the ids that the files hold. Where a file did not just grow, it is forgotten, and all files are read.
#[derive(Default)]
pub struct Memory {
    pub(super) remembered: Option<Remembered>,
    /// How much was read since it was saved; nothing where it was not saved.
    pub(super) unsaved: Option<u64>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files = self.remembered.as_ref().map(|remembered| remembered.given.len());
        f.debug_struct("Memory").field("files", &files).field("unsaved", &self.unsaved).finish()
    }
}

impl Memory {
    /// Writes what is remembered beside the store, for the next program that imports the tool's files. Where that cannot be, the next one
    /// reads all of them.
    pub fn save(&mut self, log: &Log, format: &dyn Format, places: &Places) {
        if let Some(remembered) = self.remembered.as_ref().filter(|_| self.unsaved != Some(0)) {
            saved::save(log, format, places, remembered);
            self.unsaved = Some(0);
        }
    }
}

/// What is remembered.
pub(super) struct Remembered {
    pub(super) interpreter: Box<dyn Interpreter>,
    /// The sessions that are in memory.
    pub(super) sessions: HashMap<String, Tracked>,
    /// Those that are not.
    pub(super) resting: HashMap<String, Resting>,
    pub(super) given: HashMap<String, Given>,
    /// How often something of the log was redacted by then.
    pub(super) redactions: u64,
}

/// Up to where a file was given to the interpreter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Given {
    /// Of a file of lines, all before; all others are given whole.
    pub(super) end: u64,
    /// The hash of that.
    pub(super) through: Option<[u8; 32]>,
    /// What told whether it changed since. Nothing where it was not read to its end.
    pub(super) stamp: Option<String>,
}

/// A session of which facts were told by an earlier import.
#[derive(Debug, Default)]
pub(super) struct Resting {
    pub(super) gathered: Gathered,
    /// The events that wait for its first message.
    pub(super) waiting: Vec<NewEvent>,
    /// What followed of it when it was said last.
    pub(super) settled: u64,
}
