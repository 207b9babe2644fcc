//! A user for whom permissions mean something: root reads and writes everywhere.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use retold_trial::needs::is_root;

/// The user and the group `nobody`, as Debian numbers them.
const NOBODY: &str = "65534";

/// Returns a command that runs `program` as an ordinary user: as `nobody`, by `setpriv`, where the tests run as root.
/// A test asks `needs!(OrdinaryUser)` first.
///
/// # Panics
/// Where the tests run as root and the program cannot be put where `nobody` can read it.
#[must_use]
pub fn as_ordinary_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--inh-caps=-all", "--"]);
    command.arg(within_reach(program)).env("HOME", "/nonexistent");
    command
}

/// Makes a folder, and what is in it, `nobody`'s, where the tests run as root.
///
/// # Panics
/// Where that cannot be done.
pub fn give_to_ordinary_user(path: &Path) {
    if is_root() {
        let owner = format!("{NOBODY}:{NOBODY}");
        let done = Command::new("chown").args(["-R", &owner]).arg(path).status().expect("chown");
        assert!(done.success(), "{} cannot be given away", path.display());
    }
}

/// The build's folder may be root's alone: a copy of the program that everybody may run, one for each test process.
fn within_reach(program: &Path) -> PathBuf {
    static COPY: OnceLock<(PathBuf, tempfile::TempDir)> = OnceLock::new();
    let (of, folder) = COPY.get_or_init(|| {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("a mode");
        std::fs::copy(program, folder.path().join("program")).expect("a copy of the program");
        (program.to_owned(), folder)
    });
    assert_eq!(of, program, "one program is run as an ordinary user");
    folder.path().join("program")
}
