//! The program on a real pseudo-terminal, and what a person would see on it.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use crate::support::Place;

/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The key that goes back. What follows it at once would be another key.
pub(crate) const ESCAPE: &str = "\x1b";

/// A program at a terminal.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

struct Seen {
    screen: vt100::Parser,
    /// All that the program wrote.
    written: Vec<u8>,
    is_over: bool,
    is_hung_up: bool,
}

impl Terminal {
    /// Begins `retold` with these arguments on the store of a place.
    pub(crate) fn begin(
        place: &Place,
        args: &[&str],
        (columns, rows): (u16, u16),
        environment: &[(&str, &str)],
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_retold"));
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("RETOLD_STORE", place.path());
        command.env("TZ", "UTC");
        environment.iter().for_each(|(name, value)| command.env(name, value));
        command.args(args);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Seen {
            screen: vt100::Parser::new(rows, columns, 0),
            written: Vec::new(),
            is_over: false,
            is_hung_up: false,
        };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let writes = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let count = output.read(&mut bytes).unwrap_or(0);
                // A test that failed looks no more.
                let Ok(mut seen) = writes.0.lock() else { break };
                seen.screen.process(&bytes[..count]);
                seen.written.extend_from_slice(&bytes[..count]);
                seen.is_over = count == 0;
                writes.1.notify_all();
                if count == 0 || seen.is_hung_up {
                    break;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Self { master: pair.master, keyboard, child, seen }
    }

    /// Presses keys, one letter each; escape sequences as a terminal sends them.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    pub(crate) fn resize(&self, (columns, rows): (u16, u16)) {
        self.seen.0.lock().unwrap().screen.screen_mut().set_size(rows, columns);
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits until the screen is as `is` says, and returns it.
    pub(crate) fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        loop {
            let shown = seen.screen.screen().contents();
            if is(&shown) {
                return shown;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !seen.is_over, "{what} is not on the screen:\n{shown}");
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until a shell no longer takes what is typed, for it answers: Ctrl-C is a signal from now on.
    pub(crate) fn answers(&self) {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        while seen.screen.screen().bracketed_paste() {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it takes a line:\n{}", seen.screen.screen().contents());
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until all of these texts are on the screen, and returns it.
    pub(crate) fn shows(&self, texts: &[&str]) -> String {
        self.until(&texts.join("\n"), |shown| texts.iter().all(|text| shown.contains(text)))
    }

    /// How many rows the cursor is below a row with this text; it is the last `>` at the beginning of a row.
    pub(crate) fn rows_up_to(&self, text: &str) -> usize {
        let shown = self.shows(&[text, "\n>"]);
        let row = |is: &dyn Fn(&str) -> bool| shown.lines().position(is).unwrap();
        row(&|line| line.starts_with('>')) - row(&|line| line.contains(text))
    }

    /// Closes the terminal under the program, and returns how that ends.
    pub(crate) fn hang_up(self) -> ExitStatus {
        let Self { master, keyboard, mut child, seen } = self;
        seen.0.lock().unwrap().is_hung_up = true;
        drop((master, keyboard));
        let (ended, end) = std::sync::mpsc::channel();
        std::thread::spawn(move || ended.send(child.wait().unwrap()));
        end.recv_timeout(PATIENCE).expect("it ends with its terminal")
    }

    /// Waits for the program to end, and returns how, with what is left on the terminal.
    pub(crate) fn end(mut self) -> Ended {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        while !seen.is_over {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it does not end:\n{}", seen.screen.screen().contents());
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        let screen = seen.screen.screen();
        Ended {
            exit: self.child.wait().unwrap(),
            shown: screen.contents(),
            is_restored: !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None,
            written: seen.written.clone(),
        }
    }
}

/// What a program left behind.
pub(crate) struct Ended {
    pub(crate) exit: ExitStatus,
    pub(crate) shown: String,
    /// Whether the terminal is as it was: its own screen, with a cursor.
    pub(crate) is_restored: bool,
    pub(crate) written: Vec<u8>,
}
