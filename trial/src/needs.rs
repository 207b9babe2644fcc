//! What a test may need that a machine need not have.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

pub use crate::python::python;
use crate::records;

/// What a machine need not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Python with the packages of `tests/requirements.txt`.
    Python,
    /// A C compiler on Linux, where a library can be put before the system's.
    Compiler,
    /// Root on Linux, who mounts a file system in memory.
    Mount,
    /// Root on Linux with loop devices, `mkfs.ext4` and a C compiler: a file system that can be shut down.
    Power,
    /// A user for whom permissions mean something: whoever runs the tests, or `nobody` where that is root.
    OrdinaryUser,
    /// Two users: root, and `nobody` by `setpriv`.
    SecondUser,
    /// What Linux tells of processes: the bytes they read, their locks.
    Proc,
    /// A file system that takes names which are no Unicode.
    ByteNames,
    /// What tells whether systemd takes a unit.
    Systemd,
    /// A PostgreSQL that a test can start, as a user that is not root.
    Postgres,
    /// A Redis that a test can start.
    Redis,
}

/// Everything, for whoever asks for all of it.
const ALL: [Need; 11] = [
    Need::Python,
    Need::Compiler,
    Need::Mount,
    Need::Power,
    Need::OrdinaryUser,
    Need::SecondUser,
    Need::Proc,
    Need::ByteNames,
    Need::Systemd,
    Need::Postgres,
    Need::Redis,
];

impl Need {
    /// Its name in `RETOLD_REQUIRE`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Compiler => "cc",
            Self::Mount => "mount",
            Self::Power => "power",
            Self::OrdinaryUser => "ordinary-user",
            Self::SecondUser => "second-user",
            Self::Proc => "proc",
            Self::ByteNames => "byte-names",
            Self::Systemd => "systemd",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
        }
    }

    /// What has to be there.
    fn wants(self) -> &'static str {
        match self {
            Self::Python => "python3 with venv, and the packages of tests/requirements.txt from PyPI",
            Self::Compiler => "Linux and a C compiler `cc`",
            Self::Mount => "root on Linux, who may mount a tmpfs",
            Self::Power => "root on Linux, loop devices, `mkfs.ext4` and a C compiler `cc`",
            Self::OrdinaryUser => "a user other than root, or `setpriv`",
            Self::SecondUser => "root, and `setpriv`",
            Self::Proc => "/proc/self/io and /proc/locks of Linux",
            Self::ByteNames => "a file system that takes names which are no Unicode",
            Self::Systemd => "`systemd-analyze`, of the Debian package systemd",
            Self::Postgres => {
                "`initdb` and `postgres`, of the Debian package postgresql, and a user other than root"
            }
            Self::Redis => "`redis-server`, of the Debian package redis-server, and a user other than root",
        }
    }

    fn is_there(self) -> bool {
        static KNOWN: [OnceLock<bool>; ALL.len()] = [const { OnceLock::new() }; ALL.len()];
        *KNOWN[self as usize].get_or_init(|| match self {
            Self::Python => python().is_some(),
            Self::Compiler => cfg!(target_os = "linux") && has_compiler(),
            Self::Mount => {
                cfg!(target_os = "linux") && mounts(&["-t", "tmpfs", "-o", "size=64k", "tmpfs"], None)
            }
            Self::Power => cfg!(target_os = "linux") && has_compiler() && mounts_a_disk(),
            Self::OrdinaryUser => !is_root() || has_nobody(),
            Self::SecondUser => is_root() && has_nobody(),
            Self::Proc => ["/proc/self/io", "/proc/locks"].iter().all(|file| std::fs::read(file).is_ok()),
            Self::ByteNames => takes_bytes(),
            Self::Systemd => did(Command::new("systemd-analyze").arg("--version")),
            Self::Postgres => crate::postgres::programs().is_some() && (!is_root() || has_nobody()),
            Self::Redis => crate::redis::program().is_some() && (!is_root() || has_nobody()),
        })
    }
}

/// Whether the test that asks can run here. Where it cannot, that is written down for the summary, and the test returns.
///
/// # Panics
/// Where it cannot, and `RETOLD_REQUIRE` is `all` or a list that names the need; where the list names what there is not.
#[must_use = "a test that cannot run returns"]
pub fn has(need: Need) -> bool {
    let test = std::thread::current().name().unwrap_or("a thread of a test").to_owned();
    let is_required = is_required(need, &std::env::var("RETOLD_REQUIRE").unwrap_or_default());
    let is_there = need.is_there();
    records::note(need.name(), &test, need.wants(), is_there);
    assert!(
        is_there || !is_required,
        "RETOLD_REQUIRE asks for {}, which needs {}",
        need.name(),
        need.wants()
    );
    is_there
}

/// Whether a list, or `all`, names a need.
fn is_required(need: Need, required: &str) -> bool {
    let names: Vec<&str> = required.split([',', ' ']).filter(|name| !name.is_empty()).collect();
    for name in &names {
        let is_known = *name == "all" || ALL.iter().any(|need| need.name() == *name);
        assert!(is_known, "RETOLD_REQUIRE={name}: there is all, {}", ALL.map(Need::name).join(", "));
    }
    names.contains(&"all") || names.contains(&need.name())
}

/// Runs a command that says nothing, and returns whether it succeeded.
pub(crate) fn did(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Whether the tests run as root, as far as the system tells.
#[must_use]
pub fn is_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").is_ok_and(|of_this_process| of_this_process.uid() == 0)
    }
    #[cfg(not(unix))]
    false
}

fn has_nobody() -> bool {
    did(Command::new("setpriv").args([
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
        "--",
        "true",
    ]))
}

fn has_compiler() -> bool {
    let Some(folder) = Folder::new("compiler") else { return false };
    let source = folder.0.join("nothing.c");
    std::fs::write(&source, "int nothing;\n").is_ok()
        && did(Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(folder.0.join("nothing.so"))
            .arg(source))
}

fn mounts_a_disk() -> bool {
    let Some(folder) = Folder::new("image") else { return false };
    let image = folder.0.join("image");
    std::fs::File::create(&image).is_ok_and(|file| file.set_len(64 << 20).is_ok())
        && did(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))
        && mounts(&["-o", "loop"], Some(image.as_os_str()))
}

fn mounts(options: &[&str], what: Option<&OsStr>) -> bool {
    let Some(folder) = Folder::new("mount") else { return false };
    let is_mounted = did(Command::new("mount").args(options).args(what).arg(&folder.0));
    is_mounted && did(Command::new("umount").arg(&folder.0))
}

fn takes_bytes() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = OsStr::from_bytes(b"caf\xe9");
        Folder::new("names").is_some_and(|folder| std::fs::write(folder.0.join(name), "").is_ok())
    }
    #[cfg(not(unix))]
    false
}

/// A folder for a look at what the machine can do, which goes with it.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Option<Self> {
        let path = std::env::temp_dir().join(format!("retold-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).ok()?;
        Some(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _stays = std::fs::remove_dir_all::<&Path>(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_requires_what_it_names_and_all_requires_everything() {
        for need in ALL {
            assert_eq!(ALL[need as usize], need, "the table is in the order of the needs");
            assert!(is_required(need, "all") && !is_required(need, ""));
            assert!(is_required(need, need.name()));
            assert_eq!(is_required(need, "python,mount"), matches!(need, Need::Python | Need::Mount));
        }
    }

    #[test]
    #[should_panic(expected = "RETOLD_REQUIRE=pyhton: there is all, python, cc")]
    fn a_requirement_that_nobody_knows_is_refused() {
        let _panics = is_required(Need::Mount, "pyhton");
    }
}
