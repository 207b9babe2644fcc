//! Why a command did not do what it was asked, as a person reads it.

mod causes;

use std::error::Error;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::Exit;
use crate::printable;

/// An error line, a hint, and what to exit with.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    /// Empty where there is nothing to say.
    message: String,
    detail: Vec<String>,
    hint: Option<String>,
}

/// Returns what the system says of a file, in words, without the number of its error.
pub fn io_words(error: &std::io::Error) -> String {
    let known = match error.kind() {
        _ if error.get_ref().is_some() => None,
        ErrorKind::NotFound => Some("there is no such file or folder"),
        ErrorKind::PermissionDenied => Some("permission denied"),
        ErrorKind::AlreadyExists => Some("it exists already"),
        ErrorKind::IsADirectory => Some("it is a folder"),
        ErrorKind::NotADirectory => Some("a part of its path is not a folder"),
        ErrorKind::StorageFull => Some("the disk is full"),
        ErrorKind::ReadOnlyFilesystem => Some("the file system is read-only"),
        _ => None,
    };
    let text = error.to_string();
    let plain = text.split(" (os error").next().unwrap_or(&text);
    known.map_or_else(|| plain.to_owned(), str::to_owned)
}

fn cause_words(error: &(dyn Error + 'static)) -> String {
    error.downcast_ref::<std::io::Error>().map_or_else(|| error.to_string(), io_words)
}

impl Failure {
    /// Begins a failure: act, object, cause, in one line without a full stop.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), detail: Vec::new(), hint: None }
    }

    /// Begins a failure of the person who typed.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Begins a failure that an error and its sources explain.
    pub fn caused(exit: Exit, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            message = format!("{message}: {}", cause_words(error));
            // Below SQLite's own words there is only the number of its error, with the same words.
            source = if error.is::<rusqlite::Error>() { None } else { error.source() };
        }
        Self::new(exit, message)
    }

    /// Ends without a word: somebody pressed Ctrl-C.
    pub fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "")
    }

    /// Ends without a word: whoever read the answer has seen enough.
    pub fn closed() -> Self {
        Self::new(Exit::Done, "")
    }

    /// What writing an answer came to. A closed pipe is no failure.
    pub fn output(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::closed(),
            _ => Self::new(Exit::Io, format!("write the answer: {}", io_words(&error))),
        }
    }

    /// What using a file that the person named came to: where it is not there, the name is wrong.
    pub fn file(act: &str, path: &Path, error: &std::io::Error) -> Self {
        let exit = if error.kind() == ErrorKind::NotFound { Exit::Usage } else { Exit::Io };
        Self::new(exit, format!("{act} {}: {}", path.display(), io_words(error)))
    }

    /// Adds what the person could do now.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds lines between the error and the hint.
    #[must_use]
    pub fn detail(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.detail.extend(lines);
        self
    }

    /// Returns the error line; empty where there is nothing to say.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the lines between the error and the hint.
    pub fn details(&self) -> &[String] {
        &self.detail
    }

    /// Returns what the person could do now.
    pub fn what_to_do(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns the error line.
    pub fn words(self) -> String {
        self.message
    }

    /// Returns the error with what the person could do now, in one line.
    pub fn line(self) -> String {
        let lines = [self.message].into_iter().chain(self.detail).chain(self.hint);
        lines.collect::<Vec<_>>().join("; ")
    }

    /// Returns whether it is the log that is damaged.
    pub fn is_of_log(&self) -> bool {
        self.hint.as_deref() == Some(causes::HOW_FAR)
    }

    /// Returns what the program exits with.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Writes it for a person.
    pub fn tell(&self, err: &mut dyn Write, colour: bool) -> std::io::Result<()> {
        if self.message.is_empty() {
            return Ok(());
        }
        let [error, hint, plain] =
            if colour { ["\x1b[1;31m", "\x1b[1;36m", "\x1b[0m"] } else { ["", "", ""] };
        writeln!(err, "{error}error:{plain} {}", printable(&self.message))?;
        for line in &self.detail {
            writeln!(err, "  {}", printable(line))?;
        }
        if let Some(text) = &self.hint {
            writeln!(err, "{hint}hint:{plain} {}", printable(text))?;
        }
        err.flush()
    }
}
