//! Long tables, shown through the person's pager.

use std::ffi::OsString;
use std::io::{ErrorKind, Result, Write};
use std::process::{Command, Stdio};

use crate::io::Io;

/// Ends at once where all fits, keeps colours, leaves the text on the screen.
const DEFAULT: &str = "less -FRX";

/// A pager, and the height from which it is worth starting.
#[derive(Debug)]
pub(crate) struct Pager {
    command: OsString,
    /// For a `less` that its person has not set up.
    less: Option<&'static str>,
    lines: usize,
}

impl Pager {
    /// Returns the pager of a person at a terminal: `RETOLD_PAGER`, else `PAGER`, else `less`. Set to `cat` or to
    /// nothing, there is none.
    pub(crate) fn of(io: &Io) -> Option<Self> {
        let set = (io.environment)("RETOLD_PAGER").or_else(|| (io.environment)("PAGER"));
        let command = set.unwrap_or_else(|| DEFAULT.into());
        let is_one = !command.is_empty() && command != "cat";
        let less = io.variable("LESS").is_none().then_some("FRX");
        (io.out_is_terminal && is_one).then_some(Self { command, less, lines: io.lines })
    }

    /// Returns whether a text is longer than the screen.
    pub(crate) fn is_wanted_for(&self, text: &str) -> bool {
        text.lines().count() >= self.lines
    }

    /// Shows a text through the pager; straight where the pager cannot be started.
    pub(crate) fn show(&self, text: &str, out: &mut dyn Write) -> Result<()> {
        out.flush()?;
        let command = self.command.to_string_lossy();
        let mut words = command.split_whitespace();
        let child = Command::new(words.next().unwrap_or_default())
            .args(words)
            .envs(self.less.map(|options| ("LESS", options)))
            .stdin(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else { return out.write_all(text.as_bytes()) };
        let mut input = child.stdin.take().expect("it was asked for");
        let written = input.write_all(text.as_bytes());
        drop(input);
        child.wait()?;
        match written {
            // Whoever leaves the pager early has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }
}
