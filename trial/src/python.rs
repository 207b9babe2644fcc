//! A Python of the tests' own, with the packages that `tests/requirements.txt` pins.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::needs::did;
use crate::records::target;

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/requirements.txt");

/// Returns a Python that has the packages of `tests/requirements.txt`, made in the target folder on first use; `None` where
/// there is no Python with venv, or PyPI cannot be reached. A test asks `has(Need::Python)` first.
#[must_use]
pub fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(made).as_deref()
}

fn made() -> Option<PathBuf> {
    let folder = target()?.join("python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    fs::create_dir_all(folder.parent()?).ok()?;
    // Two test programs at once make it once.
    let lock = File::create(folder.with_extension("lock")).ok()?;
    lock.lock().ok()?;
    let wanted = fs::read(REQUIREMENTS).ok()?;
    let stamp = folder.join("requirements.txt");
    let works = || did(Command::new(&python).args(["-c", "import blake3, duckdb, schemathesis, zstandard"]));
    if fs::read(&stamp).is_ok_and(|has| has == wanted) && works() {
        return Some(python);
    }
    let is_made = did(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))
        && did(Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--retries",
                "1",
                "--timeout",
                "20",
            ])
            .args(["--require-hashes", "-r", REQUIREMENTS]))
        && works();
    // The stamp last: what was begun and not finished is made again.
    (is_made && fs::write(stamp, wanted).is_ok()).then_some(python)
}
