//! What a program that goes on remembers between two imports of a tool's files.

use std::collections::HashMap;

use retold_transcripts::{Form, Interpreter, Source, SourceRole};

use super::Run;
use crate::transcripts::file::resume;
use crate::transcripts::session::Tracked;

/// What a program that goes on remembers of a tool's files between two imports, so that the second reads only what has changed since
/// the first. It grows with the ids that the files hold. Where a file did not just grow, it is forgotten, and all files are read.
#[derive(Default)]
pub struct Memory(Option<Remembered>);

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Memory").field(&self.0.as_ref().map(|remembered| remembered.given.len())).finish()
    }
}

struct Remembered {
    interpreter: Box<dyn Interpreter>,
    sessions: HashMap<String, Tracked>,
    given: HashMap<String, u64>,
}

impl Run<'_, '_> {
    /// Goes on from what is remembered, where the files that changed just grew; returns whether it does.
    pub(super) fn recall(&mut self, sources: &[Source], changed: &[bool]) -> bool {
        let remembered = self.options.memory.as_deref_mut().and_then(|memory| memory.0.take());
        // Who is excluded is found out by all files together.
        let Some(mut remembered) = remembered.filter(|_| self.exclusions.is_empty()) else { return false };
        for (source, _) in sources.iter().zip(changed).filter(|(_, changed)| **changed) {
            let given = remembered.given.get(&source.name).copied().unwrap_or_default();
            let is_known = source.role == SourceRole::Transcript && source.form == Form::Lines && given > 0;
            let Some(known) = self.known.get(&source.name).filter(|_| is_known) else { return false };
            match resume(self.format, source, known) {
                Ok(resumed) if resumed.0 >= given => self.resumed.insert(source.name.clone(), resumed),
                _ => return false,
            };
        }
        remembered.sessions.values_mut().for_each(Tracked::rest);
        (self.interpreter, self.sessions) = (remembered.interpreter, remembered.sessions);
        self.given = remembered.given;
        true
    }

    /// Remembers what was read, for the next import.
    pub(super) fn remember(&mut self) {
        if let Some(memory) = self.options.memory.as_deref_mut() {
            memory.0 = Some(Remembered {
                interpreter: std::mem::replace(
                    &mut self.interpreter,
                    self.format.interpreter(self.options.places),
                ),
                sessions: std::mem::take(&mut self.sessions),
                given: std::mem::take(&mut self.given),
            });
        }
    }
}
