//! Python with DuckDB, from PyPI: what an analyst may read our files with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Returns a Python that has DuckDB, which is made in the target folder on first use; `None`, with a word, where there
/// is no Python or PyPI cannot be reached.
pub(crate) fn with_duckdb() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = PYTHON.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
        let python = folder.join("bin/python");
        if works(&python) {
            return Some(python);
        }
        let is_made = done(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))
            && done(Command::new(&python).args(["-m", "pip", "install", "-q", "duckdb"]));
        if !is_made || !works(&python) {
            println!("left out: there is no python3 with venv here, or PyPI cannot be reached");
            return None;
        }
        Some(python)
    });
    made.as_deref()
}

fn works(python: &Path) -> bool {
    done(Command::new(python).args(["-c", "import duckdb"]))
}

fn done(command: &mut Command) -> bool {
    let outcome = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    outcome.is_ok_and(|status| status.success())
}
