//! The terminal, taken over and given back as it was.

use std::backtrace::Backtrace;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Arc;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use parking_lot::Mutex;

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
        execute!(taken.out, EnterAlternateScreen, Hide, EnableBracketedPaste, EnableMouseCapture)?;
        Ok(taken)
    }
}

impl<W: Write> Drop for Taken<W> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _gone =
            execute!(self.out, DisableMouseCapture, DisableBracketedPaste, Show, LeaveAlternateScreen);
        if self.is_raw {
            let _gone = disable_raw_mode();
        }
    }
}

/// Does something that takes the terminal. A panic is told when the terminal was given back: nobody sees what is written
/// to the other screen.
pub(super) fn telling_panics<T>(act: impl FnOnce() -> T, tell: impl FnOnce(&str)) -> T {
    let words = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&words);
    let before: Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> = panic::take_hook().into();
    let (others, here) = (Arc::clone(&before), std::thread::current().id());
    panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() != here {
            return others(panic);
        }
        *kept.lock() = format!("{panic}\n{}", Backtrace::capture());
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(act));
    panic::set_hook(Box::new(move |panic| before(panic)));
    outcome.unwrap_or_else(|panic| {
        tell(&words.lock());
        panic::resume_unwind(panic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether what was written goes to the other screen, and leaves it with a cursor.
    fn is_given_back(written: &[u8]) -> bool {
        let mut terminal = vt100::Parser::new(24, 80, 0);
        terminal.process(written);
        let screen = terminal.screen();
        let is_restored = !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None;
        is_restored && written.windows(8).any(|bytes| bytes == b"\x1b[?1049h")
    }

    #[test]
    fn the_terminal_is_given_back_at_the_end() {
        let mut written = Vec::new();
        drop(Taken::begin(&mut written, false).unwrap());
        assert!(is_given_back(&written));
    }

    #[test]
    fn a_panic_is_told_when_the_terminal_was_given_back() {
        let written = Mutex::new(Vec::new());
        let mut told = String::new();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
            telling_panics(
                || {
                    let mut bytes = written.lock();
                    let taken = Taken::begin(&mut *bytes, false).unwrap();
                    taken.out.write_all(b"half a fra").unwrap();
                    panic!("in the middle of a frame");
                },
                |words| {
                    // The guard was dropped, so the bytes are there to look at.
                    assert!(is_given_back(&written.lock()));
                    told = words.to_owned();
                },
            )
        }));
        assert!(outcome.is_err() && told.contains("in the middle of a frame"), "{told}");
    }

    #[test]
    fn a_terminal_that_takes_nothing_is_an_error() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(Taken::begin(Gone, false).is_err());
    }
}
