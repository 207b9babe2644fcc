//! Measures two other embeddable event stores on the work that retold measures itself on, and
//! prints one JSON object.

mod cqrs_sqlite;
mod durable;
mod evento_sqlite;
mod versions;
mod work;

use std::io::Write as _;
use std::path::PathBuf;

use serde::Serialize;
use work::{Counts, Figures, measure};

const USAGE: &str = "usage: rivals [--quick] [--dir <folder>]";

/// What the program prints.
#[derive(Serialize)]
struct Report {
    rivals: [Figures; 2],
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (counts, parent) = arguments()?;
    let folder = tempfile::Builder::new().prefix("rivals-").tempdir_in(parent)?;

    // One after the other: side by side they would share the disk that both wait for.
    let rivals = [
        measure::<cqrs_sqlite::CqrsSqlite>(folder.path(), counts).await?,
        measure::<evento_sqlite::EventoSqlite>(folder.path(), counts).await?,
    ];

    writeln!(std::io::stdout(), "{}", serde_json::to_string(&Report { rivals })?)?;
    folder.close()?;
    Ok(())
}

/// Reads how much work to do and below which folder the stores shall live.
fn arguments() -> anyhow::Result<(Counts, PathBuf)> {
    let mut counts = Counts::FULL;
    let mut parent = std::env::temp_dir();
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--quick") => counts = Counts::QUICK,
            Some("--dir") => {
                let folder = arguments.next();
                parent = folder.ok_or_else(|| anyhow::anyhow!("--dir needs a folder\n{USAGE}"))?.into();
            }
            _ => anyhow::bail!("unknown argument: {}\n{USAGE}", argument.display()),
        }
    }
    Ok((counts, parent))
}
