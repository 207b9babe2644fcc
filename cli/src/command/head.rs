//! `retold store head`: where the log ends.

#[cfg(feature = "team")]
mod remote;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Print the log's head, to be stored for `verify --expect`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold store head                 the log's id, and its last position and hash
  retold store head -o csv --at 12  the same for the log as it was at position 12
  git commit --trailer \"$(retold store head --git-trailer)\"
                              keep it in a repository: `git log` then holds it")]
pub(crate) struct Head {
    /// One line for a commit's message: Retold-Head, the log's id, position and hash
    #[arg(long)]
    git_trailer: bool,
}

impl Run for Head {
    const TRAVELS: bool = true;
    const ASKS_SERVERS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        #[cfg(feature = "team")]
        if let Some(address) = context.server() {
            return self.ask(&address, context);
        }
        let log = context.open()?;
        let head = context.as_of(&log.reader()?, None)?;
        if self.git_trailer {
            let trailer = format!("Retold-Head: {} {}:{}", log.id(), head.position, head.hash);
            context.say(&trailer)?;
            return Ok(Exit::Done);
        }
        if context.is_table() {
            // As `verify --expect` takes it, and never cut.
            context.say(&format!("log   {}", log.id()))?;
            context.say(&format!("head  {}:{}", head.position, head.hash))?;
            return Ok(Exit::Done);
        }
        let mut rows = context.rows(head, ["log", "position", "hash"])?;
        rows.push([log.id().to_string().into(), head.position.into(), head.hash.into()])?;
        rows.finish()?;
        Ok(Exit::Done)
    }
}
