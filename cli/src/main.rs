//! The `retold` program: wires the process to [`retold_cli::run`].

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use retold_cli::Io;

/// An import allocates millions of small strings.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a shell expects of a program that was interrupted.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    let interrupt = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupt);
    // Without a handler Ctrl-C ends the process, which no command minds: what was acknowledged is durable.
    let _unheard = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            #[allow(clippy::exit, reason = "the second Ctrl-C is from someone who will not wait")]
            std::process::exit(INTERRUPTED);
        }
    });
    retold_cli::run(std::env::args_os(), &mut Io::of_process(interrupt))
}
