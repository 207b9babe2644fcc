//! The terminal, taken over and given back as it was.

use std::io::{self, Write};
use std::sync::Arc;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};

/// A terminal in raw mode that shows its other screen. However this ends, the terminal is as it was.
pub(super) struct Taken<W: Write> {
    pub(super) out: W,
    is_raw: bool,
}

impl<W: Write> Taken<W> {
    /// Takes the process's terminal, by what is written to `out`.
    pub(super) fn over(out: W) -> io::Result<Self> {
        enable_raw_mode()?;
        Self::begin(out, true)
    }

    fn begin(out: W, is_raw: bool) -> io::Result<Self> {
        // From here on dropping it gives it back, also where the first word does not get out.
        let mut taken = Self { out, is_raw };
        execute!(taken.out, EnterAlternateScreen, Hide, EnableBracketedPaste)?;
        Ok(taken)
    }
}

impl<W: Write> Drop for Taken<W> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _gone = give_back(&mut self.out);
        if self.is_raw {
            let _gone = disable_raw_mode();
        }
    }
}

fn give_back(out: &mut impl Write) -> io::Result<()> {
    execute!(out, DisableBracketedPaste, Show, LeaveAlternateScreen)
}

/// Does something; if it panics, the terminal is given back before the panic is told, for nobody sees what is written to
/// the other screen.
pub(super) fn telling_panics<T>(act: impl FnOnce() -> T) -> T {
    let told: Arc<dyn Fn(&std::panic::PanicHookInfo<'_>) + Send + Sync> = std::panic::take_hook().into();
    let then = Arc::clone(&told);
    let here = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == here {
            let _gone = give_back(&mut io::stdout());
            let _gone = disable_raw_mode();
        }
        then(panic);
    }));
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
    std::panic::set_hook(Box::new(move |panic| told(panic)));
    match outcome {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether what was written leaves the other screen and shows the cursor, in the end.
    fn is_given_back(written: &[u8]) -> bool {
        let mut screen = vt100::Parser::new(24, 80, 0);
        screen.process(written);
        !screen.screen().alternate_screen()
            && !screen.screen().hide_cursor()
            && !screen.screen().bracketed_paste()
    }

    #[test]
    fn the_terminal_is_given_back_whatever_happens() {
        let mut written = Vec::new();
        let taken = Taken::begin(&mut written, false).unwrap();
        drop(taken);
        assert!(is_given_back(&written) && written.windows(8).any(|bytes| bytes == b"\x1b[?1049h"));

        let mut written = Vec::new();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _taken = Taken::begin(&mut written, false).unwrap();
            panic!("in the middle of a frame");
        }));
        assert!(panicked.is_err() && is_given_back(&written));
    }
}
