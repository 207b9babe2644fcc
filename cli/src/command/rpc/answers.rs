//! Answers, written on a thread of their own: a program that does not read them keeps nobody from ending this one.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};

use crate::failure::Failure;

/// How often it is looked whether somebody asked the program to stop.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How long the last answer may take to be read once somebody did.
const GRACE: Duration = Duration::from_millis(500);

/// Where answers go. One is written while the next one is made: no more are in memory.
pub(super) struct Answers {
    parts: Sender<String>,
    ended: Receiver<std::io::Result<()>>,
    interrupt: Arc<AtomicBool>,
}

impl Answers {
    /// Begins to write to `out`, which is flushed after each line.
    pub(super) fn to(mut out: Box<dyn Write + Send>, interrupt: Arc<AtomicBool>) -> Self {
        let (parts, received) = bounded::<String>(0);
        let (end, ended) = bounded(1);
        std::thread::spawn(move || {
            let written = received.iter().try_for_each(|part| {
                out.write_all(part.as_bytes())?;
                if part.ends_with('\n') { out.flush() } else { Ok(()) }
            });
            // Nobody waits any more where it was interrupted.
            let _unheard = end.send(written.and_then(|()| out.flush()));
        });
        Self { parts, ended, interrupt }
    }

    /// Ends where somebody asked to stop.
    ///
    /// # Errors
    /// That somebody did.
    pub(super) fn check_wanted(&self) -> Result<(), Failure> {
        if self.interrupt.load(Ordering::Relaxed) { Err(Failure::interrupted()) } else { Ok(()) }
    }

    /// Hands over a part of a line, or its end.
    ///
    /// # Errors
    /// What writing an earlier one came to; where somebody asked to stop while nobody read.
    pub(super) fn write(&self, mut part: String) -> Result<(), Failure> {
        loop {
            match self.parts.send_timeout(part, POLL_INTERVAL) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Timeout(_)) if self.interrupt.load(Ordering::Relaxed) => {
                    return Err(Failure::interrupted());
                }
                Err(SendTimeoutError::Timeout(unsent)) => part = unsent,
                Err(SendTimeoutError::Disconnected(_)) => {
                    let cause = self.ended.recv().ok().and_then(Result::err);
                    return Err(Failure::output(cause.unwrap_or(std::io::ErrorKind::BrokenPipe.into())));
                }
            }
        }
    }

    /// Waits until everything is written, or somebody asks to stop and nobody reads.
    ///
    /// # Errors
    /// What writing it came to.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { parts, ended, interrupt } = self;
        drop(parts);
        let mut asked = None;
        loop {
            match ended.recv_timeout(POLL_INTERVAL) {
                Ok(written) => return written.map_err(Failure::output),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) if interrupt.load(Ordering::Relaxed) => {
                    if asked.get_or_insert_with(Instant::now).elapsed() >= GRACE {
                        return Err(Failure::interrupted());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}
