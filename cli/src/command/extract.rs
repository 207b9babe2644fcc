//! `retold extract`: the events in a page that was exported.

use std::path::PathBuf;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Print the events that an exported HTML page holds
///
/// Reads the data of a page that `retold export --format html` wrote, and prints its events as lines of JSON, as they were recorded.
/// Secrets that were masked stay masked. Nothing of the page is run, and no store is opened.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold extract s.html | jq .kind
  retold extract s.html > s.jsonl")]
pub(crate) struct Extract {
    /// The page
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Run for Extract {
    #[cfg(feature = "web")]
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        use std::io::Write;
        let text = std::fs::read(&self.file).map_err(|error| Failure::file("read", &self.file, &error))?;
        for event in retold_web::extract(&String::from_utf8_lossy(&text))? {
            writeln!(context.io.out, "{event}").map_err(Failure::output)?;
        }
        Ok(Exit::Done)
    }

    #[cfg(not(feature = "web"))]
    fn run(self, _context: &mut Context<'_>) -> Result<Exit, Failure> {
        let file = self.file.display();
        Err(Failure::usage(format!("extract {file}: this program was built without the page"))
            .hint("`cargo install retold-cli` builds it with it"))
    }
}
