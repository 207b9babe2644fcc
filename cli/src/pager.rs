//! Long tables, shown through the person's pager.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender, bounded};

use crate::failure::Failure;
use crate::io::Io;

/// Ends at once where all fits, keeps colours, leaves the text on the screen.
const DEFAULT: &str = "less -FRX";
/// How long to wait for the pager before a look at whether somebody pressed Ctrl-C.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Bytes that are kept for a pager that fails. One that has taken more than a pipe holds has read some of it.
const KEPT_MAX: usize = 1024 * 1024;
/// Pieces on their way to the pager.
const PIECES_MAX: usize = 4;

/// A pager, and the height from which it is worth starting.
#[derive(Clone, Debug)]
pub(crate) struct Pager {
    command: OsString,
    /// For a `less` that its person has not set up.
    less: Option<&'static str>,
    lines: usize,
}

impl Pager {
    /// Returns the pager of a person at a terminal: the one that is set for this program, else `PAGER`, else `less`. Set to `cat`
    /// or to nothing, there is none.
    pub(crate) fn of(io: &Io, set: Option<&OsStr>) -> Option<Self> {
        let set = set.map(OsStr::to_owned).or_else(|| (io.environment)("PAGER"));
        let command = set.unwrap_or_else(|| DEFAULT.into());
        let is_one = !command.to_string_lossy().trim().is_empty() && command != "cat";
        let less = io.variable("LESS").is_none().then_some("FRX");
        (io.out_is_terminal && is_one).then_some(Self { command, less, lines: io.lines })
    }

    /// Starts it. The shell reads the command line, as it does for git: quotes and variables are what they are there.
    fn start(&self) -> std::io::Result<Child> {
        let mut command = shell(&self.command);
        command.envs(self.less.map(|options| ("LESS", options))).stdin(Stdio::piped()).spawn()
    }
}

#[cfg(unix)]
fn shell(line: &OsString) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}

#[cfg(not(unix))]
fn shell(line: &OsString) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C").arg(line);
    command
}

/// A text on its way to a person: through the pager from the moment that it is longer than the screen.
///
/// A pager that cannot be started or that fails does not cost the answer: it is written without one.
#[derive(Debug)]
pub(crate) struct Paged {
    pager: Option<Pager>,
    interrupt: Arc<AtomicBool>,
    /// What is written while nobody knows yet whether the screen holds it, or whether the pager takes it.
    kept: String,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// What the pager is to be given; dropped where that is all.
    pieces: Option<Sender<String>>,
    /// Whether all that was written is in `kept`.
    is_all_kept: bool,
}

impl Paged {
    pub(crate) fn new(pager: Option<Pager>, interrupt: Arc<AtomicBool>) -> Self {
        Self { pager, interrupt, kept: String::new(), running: None }
    }

    /// Writes the next part of the text.
    ///
    /// # Errors
    /// Where it cannot be written, nobody reads any more, or somebody asked to stop.
    pub(crate) fn write(&mut self, text: &str, out: &mut dyn Write) -> Result<(), Failure> {
        let Some(pager) = &self.pager else { return out.write_all(text.as_bytes()).map_err(Failure::output) };
        if let Some(running) = &mut self.running {
            if running.is_all_kept {
                self.kept.push_str(text);
                running.is_all_kept = self.kept.len() <= KEPT_MAX;
            }
            return self.pass_on(text.to_owned(), out);
        }
        self.kept.push_str(text);
        if self.kept.lines().count() < pager.lines {
            return Ok(());
        }
        out.flush().map_err(Failure::output)?;
        match pager.start() {
            Ok(child) => {
                let whole = self.kept.clone();
                self.running = Some(Running::of(child));
                self.pass_on(whole, out)
            }
            Err(_) => self.without(out),
        }
    }

    /// Writes the rest, and waits until the person has seen it.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    pub(crate) fn end(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        if self.running.is_none() {
            return self.without(out);
        }
        match self.wait()? {
            Some(status) if status.code().is_some_and(|code| code != 0) => self.after_failure(out),
            _ => Ok(()),
        }
    }

    /// Writes what is kept past the pager, and everything else from now on.
    fn without(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        self.pager = None;
        out.write_all(std::mem::take(&mut self.kept).as_bytes()).map_err(Failure::output)
    }

    /// The pager ended with an error. Where it can have read nothing, the text is written without it.
    fn after_failure(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        let is_all_kept = self.running.take().is_some_and(|running| running.is_all_kept);
        if is_all_kept { self.without(out) } else { Err(Failure::closed()) }
    }

    fn pass_on(&mut self, text: String, out: &mut dyn Write) -> Result<(), Failure> {
        let Some(running) = &mut self.running else { return Ok(()) };
        if !running.is_all_kept {
            self.kept = String::new();
        }
        let mut piece = text;
        loop {
            let Some(pieces) = &running.pieces else { return Ok(()) };
            match pieces.send_timeout(piece, POLL_INTERVAL) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Timeout(back)) => piece = back,
                // It closed its end: its person has seen enough, or it never read.
                Err(SendTimeoutError::Disconnected(_)) => break,
            }
            if self.interrupt.load(Ordering::Relaxed) {
                return Err(self.interrupted());
            }
        }
        match self.wait()? {
            Some(status) if status.code().is_some_and(|code| code != 0) => self.after_failure(out),
            _ => Err(Failure::closed()),
        }
    }

    /// Gives the pager the end of the text, and waits for it.
    fn wait(&mut self) -> Result<Option<ExitStatus>, Failure> {
        let Some(running) = &mut self.running else { return Ok(None) };
        running.pieces = None;
        loop {
            match running.child.try_wait() {
                Ok(None) => {}
                // Ctrl-C is for all that are on the terminal: the pager was only quicker.
                Ok(Some(status)) if was_interrupted(status) => return Err(Failure::interrupted()),
                Ok(status) => return Ok(status),
                Err(error) => return Err(Failure::output(error)),
            }
            if self.interrupt.load(Ordering::Relaxed) {
                return Err(self.interrupted());
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    /// Ends the pager too: it would stay on the terminal with nobody to wait for it.
    fn interrupted(&mut self) -> Failure {
        if let Some(running) = &mut self.running {
            running.pieces = None;
            end(&mut running.child);
        }
        Failure::interrupted()
    }
}

impl Running {
    fn of(mut child: Child) -> Self {
        let (pieces, wanted) = bounded::<String>(PIECES_MAX);
        let input = child.stdin.take();
        // On a thread of its own, for a pager whose person reads takes nothing for as long as they like.
        std::thread::spawn(move || {
            let Some(mut input) = input else { return };
            for piece in wanted {
                if input.write_all(piece.as_bytes()).is_err() {
                    return;
                }
            }
        });
        Self { child, pieces: Some(pieces), is_all_kept: true }
    }
}

/// Whether a process was ended by Ctrl-C, or its shell says so.
fn was_interrupted(status: ExitStatus) -> bool {
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(rustix::process::Signal::INT.as_raw()) {
        return true;
    }
    status.code() == Some(130)
}

/// Asks a process to end, so that it gives the terminal back as it was; where it does not, ends it.
pub(crate) fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _gone = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        for _ in 0..10 {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }
    let _gone = child.kill();
    let _status = child.wait();
}
