//! A PostgreSQL for a test: a cluster of its own in a temporary folder, as a user that is not root, stopped with the value.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::needs::{did, is_root};
use crate::process::{NOBODY, as_nobody, comes_up, free_port, signal};

/// Where Debian puts each major version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// What is lost with the machine is no matter in a test; a server that is killed loses nothing that it answered.
const FOR_A_TEST: &[&str] = &["fsync=off", "shared_buffers=32MB", "max_connections=60"];
/// What is committed is on the disk.
const FOR_A_BENCH: &[&str] = &[
    "fsync=on",
    "shared_buffers=256MB",
    "max_connections=120",
    "max_wal_size=4GB",
    "checkpoint_timeout=30min",
];

/// A cluster. Its superuser is `postgres`, who is trusted.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    settings: &'static [&'static str],
    port: u16,
    server: Option<Child>,
}

/// Returns the folder of the server's programs: the newest version that there is, or `RETOLD_POSTGRES`.
pub(crate) fn programs() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        if let Some(given) = std::env::var_os("RETOLD_POSTGRES") {
            return Some(PathBuf::from(given));
        }
        let versions = std::fs::read_dir(VERSIONS).ok()?;
        let version = |entry: &std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
        let newest =
            versions.filter_map(Result::ok).filter(|entry| version(entry).is_some()).max_by_key(version)?;
        Some(newest.path().join("bin"))
    };
    let found = FOUND.get_or_init(find).as_deref();
    found.filter(|programs| programs.join("initdb").exists() && programs.join("postgres").exists())
}

/// A program of the server, as a user that it runs as.
fn program(name: &str) -> Command {
    as_nobody(&programs().expect("a test that needs a PostgreSQL asks for it first").join(name))
}

impl Postgres {
    /// Returns whether this machine has one, without a note that something was left out.
    #[must_use]
    pub fn is_here() -> bool {
        programs().is_some()
    }

    /// Makes a cluster and starts it.
    ///
    /// # Panics
    /// Where that cannot be done.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(FOR_A_TEST)
    }

    /// Makes a cluster whose commits are durable, as one that people use, and starts it.
    ///
    /// # Panics
    /// Where that cannot be done.
    #[must_use]
    pub fn durable() -> Self {
        Self::start_with(FOR_A_BENCH)
    }

    fn start_with(settings: &'static [&'static str]) -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // The path of a socket is short.
        let folder = std::env::temp_dir().join(format!("retold-pg-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for a cluster");
        if is_root() {
            let owner = format!("{NOBODY}:{NOBODY}");
            assert!(did(Command::new("chown").arg(owner).arg(&folder)), "the folder is given away");
        }
        let cluster = Self { folder, settings, port: 0, server: None };
        let made = program("initdb")
            .args(["--no-sync", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(cluster.data())
            .current_dir(&cluster.folder)
            .stdin(Stdio::null())
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut cluster = cluster;
        cluster.run();
        cluster
    }

    /// Starts the server of a cluster that was stopped.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn run(&mut self) {
        for _ in 0..8 {
            self.port = free_port();
            let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log"));
            let log = log.expect("a file for what the server says");
            let mut command = program("postgres");
            command
                .arg("-D")
                .arg(self.data())
                .arg("-k")
                .arg(&self.folder)
                .args(["-p", &self.port.to_string()]);
            for setting in ["listen_addresses=127.0.0.1", "timezone=UTC"].iter().chain(self.settings) {
                command.args(["-c", setting]);
            }
            let errors = log.try_clone().expect("a second handle");
            let server =
                command.current_dir(&self.folder).stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
            self.server = Some(server.expect("the server starts"));
            if self.is_up() {
                return;
            }
            self.stop();
        }
        let said = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("PostgreSQL does not start: {said}");
    }

    /// Waits until it answers; returns whether it does.
    fn is_up(&mut self) -> bool {
        let (folder, port) = (&self.folder, self.port);
        comes_up(self.server.as_mut(), || {
            let mut ask = program("pg_isready");
            did(ask.arg("-q").arg("-h").arg(folder).args(["-p", &port.to_string(), "-U", "postgres"]))
        })
    }

    /// Stops the server at once, as a crash does.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        if !signal(&server, "QUIT") {
            let _may_have_ended = server.kill();
        }
        let _is_its_own = server.wait();
    }

    /// Returns the number of the server's process; 0 where it is stopped.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.server.as_ref().map_or(0, Child::id)
    }

    /// Returns the port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the address of a database, for a user, through the socket.
    #[must_use]
    pub fn address(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@/{database}?host={}&port={}", self.folder.display(), self.port)
    }

    /// Returns the folder of everything that the server keeps.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Copies all that the server keeps, while it is stopped, or puts back what was copied.
    ///
    /// # Panics
    /// Where that cannot be done.
    pub fn copy(from: &Path, to: &Path) {
        if to.exists() {
            std::fs::remove_dir_all(to).expect("the old one goes");
        }
        assert!(did(Command::new("cp").arg("-a").arg(from).arg(to)), "{} is copied", from.display());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
        let _may_be_looked_at = std::fs::remove_dir_all(&self.folder);
    }
}
