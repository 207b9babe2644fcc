//! An import that goes on from what earlier ones remember.

use retold_transcripts::{Form, Source, SourceRole};

use super::memory::{Remembered, SAVED_EACH};
use super::{Run, saved};
use crate::Error;
use crate::transcripts::file::resume;
use crate::transcripts::session::Tracked;

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
