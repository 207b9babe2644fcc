//! How an import of transcripts is done.

use retold_core::OnProgress;
use retold_transcripts::Places;

use super::known::KnownSource;
use super::run::Memory;
use crate::Error;

/// How to import.
pub struct Options<'a> {
    /// Where the person's files are.
    pub places: &'a Places,
    /// Returns what the log has of a tool's files, as of now at least.
    pub known: &'a mut dyn FnMut(&str) -> Result<Vec<KnownSource>, Error>,
    /// Is told the bytes read, with every commit and every file.
    pub progress: &'a dyn OnProgress,
    /// Reads and reports, and writes nothing.
    pub dry_run: bool,
    /// Where this import is one of many of a program that goes on: what it remembers from one to the next. What is read and kept out is
    /// then not said each time.
    pub memory: Option<&'a mut Memory>,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("dry_run", &self.dry_run).finish_non_exhaustive()
    }
}
