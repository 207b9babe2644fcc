//! What every command is: arguments, and what happens with them.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Something that the program does: arguments, and what happens with them.
pub(crate) trait Run {
    /// Whether it answers as of `--at`. Where not, `--at` is refused before it runs.
    const TRAVELS: bool = false;
    /// Whether it reads points, so that `--clock` means something. Where not, `--clock` is refused before it runs.
    const READS_POINTS: bool = Self::TRAVELS;
    /// Whether it asks a team's server itself where `--store` names one.
    const ASKS_SERVERS: bool = false;

    /// Whether it asks the server itself this time.
    fn asks_server(&self) -> bool {
        Self::ASKS_SERVERS
    }

    /// The session that it reads, and nothing else of the store; of a team's server, this one is pulled before it runs.
    fn session(&self) -> Option<String> {
        None
    }

    /// Does it.
    ///
    /// # Errors
    /// What the person is told.
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure>;
}

/// Refuses `--clock` where no point is read.
pub(crate) fn refuse_clock(what: &str, context: &Context<'_>) -> Result<(), Failure> {
    match context.global.clock {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!("{what}: --clock means nothing here")).hint(
            "it says which of an event's two times is meant by a time in a point, and no point is read",
        )),
    }
}
