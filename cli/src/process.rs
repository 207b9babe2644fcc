//! The program as a process: its arguments, its streams, and the signals that end it.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::Io;

/// What a shell expects of a program that was interrupted.
const INTERRUPTED: i32 = 130;
/// How long a command may take to end by itself. What it then still waits for, a pipe, a lock, input, may never come.
const GRACE: Duration = Duration::from_secs(1);

/// Runs the command line of this process, which SIGINT and SIGTERM end with 130; or answers a shell that
/// asks what may be typed. Call it once.
pub fn process() -> ExitCode {
    if let Some(answered) = crate::completion::answer(crate::declaration) {
        return answered;
    }
    let interrupt = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupt);
    let presses = Arc::new(AtomicU64::new(0));
    // Without a handler Ctrl-C ends the process, which no command minds: what was acknowledged is durable.
    let _unheard = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            end();
        }
        let press = presses.fetch_add(1, Ordering::SeqCst) + 1;
        let (flag, presses) = (Arc::clone(&flag), Arc::clone(&presses));
        std::thread::spawn(move || {
            std::thread::sleep(GRACE);
            // A shell takes the flag back once the question has ended, and goes on.
            if flag.load(Ordering::SeqCst) && presses.load(Ordering::SeqCst) == press {
                end();
            }
        });
    });
    crate::run(std::env::args_os(), &mut Io::of_process(interrupt))
}

/// Ends the process at once. That is as safe as a loss of power: what was acknowledged is in the store, and what was begun
/// beside it has no name yet.
fn end() {
    #[allow(clippy::exit, reason = "the main thread waits for something, and nobody waits for it")]
    std::process::exit(INTERRUPTED);
}
