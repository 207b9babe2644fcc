//! A Redis for a test: on a free port, in memory alone, as a user that is not root, stopped with the value.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::process::{as_nobody, comes_up, free_port, signal};

/// A server that keeps nothing on disk.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    password: Option<String>,
    server: Option<Child>,
}

/// Returns the server's program.
pub(crate) fn program() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .chain([Path::new("/usr/bin").to_owned()])
        .map(|folder| folder.join("redis-server"))
        .find(|path| path.is_file())
}

impl Redis {
    /// Returns whether this machine has one, without a note that something was left out.
    #[must_use]
    pub fn is_here() -> bool {
        program().is_some()
    }

    /// Starts one, which whoever asks it needs this password for.
    ///
    /// # Panics
    /// Where that cannot be done.
    #[must_use]
    pub fn start(password: Option<&str>) -> Self {
        let mut redis = Self { port: 0, password: password.map(str::to_owned), server: None };
        for _ in 0..8 {
            redis.port = free_port();
            redis.run();
            if redis.is_up() {
                return redis;
            }
            redis.kill();
        }
        panic!("Redis does not start");
    }

    /// Starts it again where it was, with nothing in it.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_again(&mut self) {
        self.kill();
        self.run();
        assert!(self.is_up(), "Redis starts again on its port");
    }

    fn run(&mut self) {
        let mut command = as_nobody(&program().expect("a test that needs a Redis asks for it first"));
        let port = self.port.to_string();
        command.args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"]);
        if let Some(password) = &self.password {
            command.args(["--requirepass", password]);
        }
        command.current_dir(std::env::temp_dir()).stdin(Stdio::null()).stdout(Stdio::null());
        self.server = Some(command.stderr(Stdio::null()).spawn().expect("the server starts"));
    }

    /// Waits until it listens; returns whether it does.
    fn is_up(&mut self) -> bool {
        let port = self.port;
        comes_up(self.server.as_mut(), || TcpStream::connect(("127.0.0.1", port)).is_ok())
    }

    /// Has it answer nothing until it is [resumed](Self::resume): connections are taken all the same.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn pause(&self) {
        assert!(self.server.as_ref().is_some_and(|server| signal(server, "STOP")), "it runs");
    }

    /// Has it answer again.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn resume(&self) {
        assert!(self.server.as_ref().is_some_and(|server| signal(server, "CONT")), "it runs");
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let _may_have_ended = server.kill();
        let _is_its_own = server.wait();
    }

    /// Returns its address, without a password.
    #[must_use]
    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Returns its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
