//! What an import remembers of a tool's files, so that the next one reads only those that changed.
//!
//! It is what the interpreter knows, and of each file up to where its records were given to it. A program that goes on has it in memory;
//! beside the store it is [in a file](super::saved) for the next program.

use std::collections::HashMap;

use retold_core::{Log, NewEvent};
use retold_transcripts::{Form, Format, Interpreter, Places, Source, SourceRole};
use serde::{Deserialize, Serialize};

use super::{Run, saved};
use crate::Error;
use crate::transcripts::file::resume;
use crate::transcripts::gathered::Gathered;
use crate::transcripts::session::Tracked;

/// A program that goes on writes what it remembers into the file once it has read so much since, and when it ends.
const SAVED_EACH: u64 = 8 << 20;

/// What a program that goes on remembers of a tool's files between two imports, so that the second reads only what has changed since
/// the first. It grows with the ids that the files hold. Where a file did not just grow, it is forgotten, and all files are read.
#[derive(Default)]
pub struct Memory {
    remembered: Option<Remembered>,
    /// How much was read since it was saved; nothing where it was not saved.
    unsaved: Option<u64>,
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

impl Run<'_, '_> {
    /// Goes on from what is remembered. Returns which of the sources are to be read: those that the log lacks, and those of which the
    /// interpreter does not know what the log has; nothing where all of them are to be read.
    pub(super) fn recall(
        &mut self,
        sources: &[Source],
        stamps: &[Option<String>],
        changed: &[bool],
    ) -> Result<Option<Vec<usize>>, Error> {
        let redactions = saved::redactions(self.log)?;
        let in_memory = self.options.memory.as_deref_mut().and_then(|memory| memory.remembered.take());
        // Who is excluded is found out by all files together.
        if !self.exclusions.is_empty() {
            return Ok(None);
        }
        let saved = || saved::load(self.log, self.format, self.options.places);
        let Some(mut remembered) =
            in_memory.or_else(saved).filter(|remembered| remembered.redactions == redactions)
        else {
            return Ok(None);
        };
        let mut to_read = Vec::new();
        for (at, source) in sources.iter().enumerate() {
            let given = remembered.given.get(&source.name);
            let is_given = given.is_some_and(|given| given.stamp.is_some() && given.stamp == stamps[at]);
            if !changed[at] && is_given {
                continue;
            }
            to_read.push(at);
            let is_of_lines = source.role == SourceRole::Transcript && source.form == Form::Lines;
            let end = given.filter(|_| is_of_lines).map_or(0, |given| given.end);
            if end == 0 {
                remembered.given.remove(&source.name);
                continue;
            }
            // The interpreter was given what the log has, and the file begins with it still.
            let through = given.and_then(|given| given.through);
            let Some(known) = self.known.get(&source.name) else { return Ok(None) };
            if through.is_none() || known.through(end) != through {
                return Ok(None);
            }
            if changed[at] {
                match resume(self.format, source, known) {
                    Ok(resumed) if resumed.0 >= end => self.resumed.insert(source.name.clone(), resumed),
                    Ok(_) => return Ok(None),
                    // It is read once more, and named.
                    Err(_) => None,
                };
            }
        }
        remembered.sessions.values_mut().for_each(Tracked::rest);
        (self.interpreter, self.sessions) = (remembered.interpreter, remembered.sessions);
        (self.resting, self.given) = (remembered.resting, remembered.given);
        Ok(Some(to_read))
    }

    /// Forgets what was recalled.
    pub(super) fn forget(&mut self) {
        self.interpreter = self.format.interpreter(self.options.places);
        self.sessions.clear();
        self.resting.clear();
        self.given.clear();
    }

    /// Remembers what was read of these sources, for the next import.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub(super) fn remember(&mut self, sources: &[Source]) -> Result<(), Error> {
        if self.options.dry_run || !self.exclusions.is_empty() {
            return Ok(());
        }
        let mut given = std::mem::take(&mut self.given);
        let remembered = Remembered {
            interpreter: std::mem::replace(
                &mut self.interpreter,
                self.format.interpreter(self.options.places),
            ),
            sessions: std::mem::take(&mut self.sessions),
            resting: std::mem::take(&mut self.resting),
            given: sources.iter().filter_map(|source| given.remove_entry(&source.name)).collect(),
            redactions: saved::redactions(self.log)?,
        };
        match self.options.memory.as_deref_mut() {
            None => saved::save(self.log, self.format, self.options.places, &remembered),
            Some(memory) => {
                memory.remembered = Some(remembered);
                memory.unsaved = memory.unsaved.map(|unsaved| unsaved + self.bytes);
                if memory.unsaved.is_none_or(|unsaved| unsaved >= SAVED_EACH) {
                    memory.save(self.log, self.format, self.options.places);
                }
            }
        }
        Ok(())
    }
}
