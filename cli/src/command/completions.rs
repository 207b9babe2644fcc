//! `retold completions`: what a shell needs to complete arguments.

use clap::CommandFactory;

use super::Run;
use crate::arguments::Arguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Print a shell's completions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold completions bash > ~/.local/share/bash-completion/completions/retold
  retold completions fish > ~/.config/fish/completions/retold.fish")]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl Run for Completions {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "retold", &mut script);
        context.io.out.write_all(&script).map_err(Failure::output)?;
        Ok(Exit::Done)
    }
}
