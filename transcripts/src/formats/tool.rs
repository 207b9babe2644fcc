//! What a tool is, and what is to be known of each.

use std::io;

use crate::spans::{self, Each};
use crate::{Fact, Form, Places, Record, Settled, Source};

/// A tool whose transcripts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Claude Code.
    Claude,
    /// Codex CLI.
    Codex,
    /// Gemini CLI.
    Gemini,
    /// Copilot CLI.
    Copilot,
    /// opencode.
    Opencode,
    /// Vibe Kanban.
    VibeKanban,
}

impl Tool {
    /// Returns all of them.
    pub const ALL: &'static [Self] =
        &[Self::Claude, Self::Codex, Self::Gemini, Self::Copilot, Self::Opencode, Self::VibeKanban];

    /// Returns the word for it, as it is typed and as the log has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Gemini => "gemini",
            Self::Copilot => "copilot",
            Self::Opencode => "opencode",
            Self::VibeKanban => "vibe-kanban",
        }
    }

    /// Returns the tool that is called so.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|tool| tool.word() == word)
    }

    /// Returns the tool's own name, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Claude => "Claude Code",
            Self::Codex => "Codex",
            Self::Gemini => "Gemini CLI",
            Self::Copilot => "Copilot CLI",
            Self::Opencode => "opencode",
            Self::VibeKanban => "Vibe Kanban",
        }
    }
}

/// What is known of a tool's files.
pub trait Format: Send + Sync {
    /// Which tool it is.
    fn tool(&self) -> Tool;

    /// Finds the tool's sources, in the order in which they are to be read: a session's before those of its copies. A folder that
    /// is not there holds nothing.
    ///
    /// # Errors
    /// What cannot be looked at goes to `failed`, and the rest goes on.
    fn discover(&self, places: &Places, failed: &mut dyn FnMut(std::path::PathBuf, io::Error))
    -> Vec<Source>;

    /// Returns the name of what one file or folder that somebody names holds, where it is of this tool: by content, not by name.
    fn recognise(&self, path: &std::path::Path) -> bool;

    /// Cuts a source into spans.
    ///
    /// # Errors
    /// What reading gives, or `each`.
    fn read(&self, source: &Source, each: &mut Each<'_>) -> io::Result<()> {
        match source.form {
            Form::Database => self.rows(source, each),
            Form::Opaque => Ok(()),
            Form::Lines | Form::CompressedLines | Form::Document => {
                self.cut(source.form, &mut source.open()?, each)
            }
        }
    }

    /// Cuts what a source of this form holds, decompressed, into spans. Of a database that are the lines that its rows were given as.
    ///
    /// # Errors
    /// What reading gives, or `each`.
    fn cut(&self, form: Form, contents: &mut dyn io::Read, each: &mut Each<'_>) -> io::Result<()> {
        match form {
            Form::Lines | Form::CompressedLines => spans::lines(contents, 0, each),
            Form::Document => spans::document(contents, each),
            Form::Database => spans::rows(contents, each),
            Form::Opaque => Ok(()),
        }
    }

    /// Cuts what comes after `offset` of a file of lines, where a line begins.
    ///
    /// # Errors
    /// What reading gives, or `each`.
    fn cut_from(&self, offset: u64, contents: &mut dyn io::Read, each: &mut Each<'_>) -> io::Result<()> {
        spans::lines(contents, offset, each)
    }

    /// Hands over the rows of a database, each a record.
    ///
    /// # Errors
    /// What reading gives, or `each`.
    fn rows(&self, source: &Source, each: &mut Each<'_>) -> io::Result<()> {
        let _ = (source, each);
        Ok(())
    }

    /// Returns how many records of a transcript a record counts for where sources are listed: none for a row of a database that is
    /// only listed beside them, several for a row that holds a whole log.
    fn counted(&self, source: &Source, record: &Record<'_>) -> u64 {
        let _ = (source, record);
        1
    }

    /// Returns what says what the tool's records mean.
    fn interpreter(&self, places: &Places) -> Box<dyn Interpreter>;

    /// Returns an interpreter that knows what the one knew which [gave these bytes](Interpreter::saved), in a program of the same
    /// release; nothing where they are none. They may hold anything.
    fn restored(&self, saved: &[u8]) -> Option<Box<dyn Interpreter>> {
        let _ = saved;
        None
    }

    /// Whether an interpreter learns anything from a first look at the records of a transcript of this form: otherwise none is taken.
    fn is_surveyed(&self, form: Form) -> bool {
        let _ = form;
        true
    }
}

/// Says what records mean. It is given all records of all sources of a tool, source by source, each in its order; when sources
/// grow, it may be given what came since, of any source. It keeps what it needs to know, which is little of each record: ids, and
/// never texts.
pub trait Interpreter: Send {
    /// Takes a first look at a record: what must be known before any record is interpreted (who owns an id that several files
    /// have). Every record is surveyed before any is interpreted, in the same order. Cheap, or nothing.
    fn survey(&mut self, source: &Source, record: &Record<'_>) {
        let _ = (source, record);
    }

    /// Says what a record means: hands over facts, in order.
    fn record(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact));

    /// Says what a file beside the transcripts means, given whole: of a database, the lines that [`Format::read`] gives. Files beside
    /// are given before transcripts.
    fn beside(&mut self, source: &Source, contents: &[u8], each: &mut dyn FnMut(Fact)) {
        let _ = (source, contents, each);
    }

    /// Returns what follows of a session from all that was given so far.
    fn settled(&self, session: &str) -> Settled;

    /// Whether what was surveyed last changes what records mean that were read before: then only all of them together say what is so.
    fn is_outdated(&self) -> bool {
        false
    }

    /// Returns all that it knows, to [go on from](Format::restored); nothing where it cannot.
    fn saved(&self) -> Option<Vec<u8>> {
        None
    }
}
