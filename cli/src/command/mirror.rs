//! `retold ait42 mirror`: the editor's files, kept as the log has them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store;

/// How soon Ctrl-C ends the waiting, and how soon a file that cannot be written is told.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Keep the AIT42 Editor's files as the log has them
///
/// Writes each workspace's file as the editor would have written it, and again whenever its sessions change, by whichever
/// program, until Ctrl-C. What the editor wrote to a file in the meantime is imported first: no file is overwritten unread.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold ait42 mirror ~/.ait42          until Ctrl-C
  retold ait42 mirror ~/.ait42 --once   bring the files up to date and end
  retold rpc --mirror ~/.ait42          the same beside JSON-RPC")]
pub(crate) struct Mirror {
    /// The folder of the files
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Bring the files up to date once
    #[arg(long)]
    once: bool,
}

impl Run for Mirror {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let path = context.store_path()?;
        store::make_folder(&path)?;
        let clock = Arc::clone(&context.io.clock);
        let options = retold::Options::new().clock(move || clock()).mirror(&self.folder);
        let history = options.open(&path)?;
        let status = history.mirror_status()?;
        for line in status.iter().flat_map(|status| &status.skipped) {
            context.note(line);
        }
        let is_partial = status.is_some_and(|status| !status.skipped.is_empty());
        history.flush_mirror()?;
        context.note(&format!("{} is as the log has it", self.folder.display()));
        if self.once {
            history.close()?;
            return Ok(if is_partial { Exit::Quarantined } else { Exit::Done });
        }
        let mut told = None;
        while !context.io.is_interrupted() {
            std::thread::sleep(POLL_INTERVAL);
            let error = history.mirror_status()?.and_then(|status| status.error);
            if error != told {
                match &error {
                    Some(error) => context.note(&format!("cannot mirror a file: {error}; trying again")),
                    None => context.note("the files are as the log has them again"),
                }
                told = error;
            }
        }
        history.close()?;
        Ok(Exit::Interrupted)
    }
}
