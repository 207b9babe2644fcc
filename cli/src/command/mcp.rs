//! `retold mcp`: what agents may ask of the log.

#[cfg(feature = "mcp")]
mod answer;
#[cfg(feature = "mcp")]
mod ask;
#[cfg(feature = "mcp")]
mod server;
#[cfg(feature = "mcp")]
mod tools;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Serve the history to agents over the Model Context Protocol
///
/// Speaks MCP on stdin and stdout until its client closes them. The tools read, and nothing else: search_sessions,
/// list_sessions, read_session, what_happened, usage. An answer has a bounded size and says how to get the next page;
/// what looks like a key or a token is masked; texts of transcripts are marked as data, not instructions.
/// docs/AGENTS.md has the configuration for Claude Code, Codex and Gemini CLI.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  claude mcp add retold -- retold mcp     in Claude Code
  codex mcp add retold -- retold mcp      in Codex
  gemini mcp add retold retold mcp        in Gemini CLI")]
pub(crate) struct Mcp {}

impl Run for Mcp {
    #[cfg(feature = "mcp")]
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        server::serve(context)
    }

    #[cfg(not(feature = "mcp"))]
    fn run(self, _: &mut Context<'_>) -> Result<Exit, Failure> {
        Err(Failure::usage("mcp: this retold was built without it")
            .hint("build it with the feature `mcp`, which is on by default"))
    }
}
