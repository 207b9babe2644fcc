//! Servers that tests start, as a user that is not root.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::needs::{did, is_root};

/// The user and group `nobody` of Debian.
pub(crate) const NOBODY: &str = "65534";
/// A server starts within this, also on a machine that is busy.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// A program as a user that is not root: whoever runs the test, or `nobody`.
pub(crate) fn as_nobody(path: &Path) -> Command {
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--inh-caps=-all", "--"]);
    command.arg(path).env("HOME", "/nonexistent");
    command
}

/// Waits until a server that was started answers; returns whether it does. One that has ended does not.
pub(crate) fn comes_up(mut server: Option<&mut Child>, is_up: impl Fn() -> bool) -> bool {
    let until = Instant::now() + STARTS_WITHIN;
    while Instant::now() < until {
        if server.as_mut().is_none_or(|server| !matches!(server.try_wait(), Ok(None))) {
            return false;
        }
        if is_up() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// Sends a signal to a process by its number; returns whether it was there.
pub(crate) fn signal(process: &Child, signal: &str) -> bool {
    did(Command::new("kill").arg(format!("-{signal}")).arg(process.id().to_string()))
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its number").port()
}
