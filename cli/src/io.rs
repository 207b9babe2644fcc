//! All that the program sees of the process it runs in.

use std::ffi::OsString;
use std::io::{BufWriter, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ColorChoice;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How soon Ctrl-C ends a wait.
const LOOK_UP: Duration = Duration::from_millis(50);

/// Looks up a variable by its name.
pub type Environment = Box<dyn Fn(&str) -> Option<OsString>>;

/// Tells the present.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The process around the program: its streams, its terminal, its environment, its clock.
pub struct Io {
    /// Standard input.
    pub input: Box<dyn Read + Send>,
    /// Where data goes.
    pub out: Box<dyn Write + Send>,
    /// Where everything else goes.
    pub err: Box<dyn Write>,
    /// Whether `input` is a terminal.
    pub input_is_terminal: bool,
    /// Whether `out` is a terminal.
    pub out_is_terminal: bool,
    /// Whether `err` is a terminal.
    pub err_is_terminal: bool,
    /// The terminal's width.
    pub columns: usize,
    /// The terminal's height.
    pub lines: usize,
    /// The environment's variables.
    pub environment: Environment,
    /// Where this platform keeps a program's files.
    pub data_folder: Option<PathBuf>,
    /// Where this platform keeps a program's settings.
    pub config_folder: Option<PathBuf>,
    /// Where the program takes the present from.
    pub clock: Clock,
    /// The person's time zone, for `today 17:30` and for what tables show; the unknown one where `TZ` names none.
    pub time_zone: TimeZone,
    /// Whether somebody has asked the program to stop.
    pub interrupt: Arc<AtomicBool>,
}

/// The width to write for where nobody says.
const COLUMNS: usize = 80;
/// The height to page at where nobody says.
const LINES: usize = 24;

impl Io {
    /// Returns the process as it is.
    pub fn of_process(interrupt: Arc<AtomicBool>) -> Self {
        let size = terminal_size::terminal_size();
        Self {
            input: Box::new(std::io::stdin()),
            out: Box::new(BufWriter::new(std::io::stdout())),
            err: Box::new(std::io::stderr()),
            input_is_terminal: std::io::stdin().is_terminal(),
            out_is_terminal: std::io::stdout().is_terminal(),
            err_is_terminal: std::io::stderr().is_terminal(),
            columns: size.map_or(COLUMNS, |(width, _)| width.0.into()),
            lines: size.map_or(LINES, |(_, height)| height.0.into()),
            environment: Box::new(|name| std::env::var_os(name)),
            data_folder: dirs::data_dir(),
            config_folder: dirs::config_dir(),
            clock: Arc::new(Timestamp::now),
            time_zone: zone(),
            interrupt,
        }
    }

    /// Returns an environment variable that is set to something.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// Waits so long, or until somebody says to stop; returns whether nobody did.
    pub(crate) fn rest(&self, time: Duration) -> bool {
        let begun = Instant::now();
        loop {
            let left = time.saturating_sub(begun.elapsed());
            if left.is_zero() || self.is_interrupted() {
                return !self.is_interrupted();
            }
            std::thread::sleep(left.min(LOOK_UP));
        }
    }

    /// Returns whether colour is wanted on a stream by default: <https://no-color.org>, <https://bixense.com/clicolors>, then
    /// what is set.
    pub(crate) fn wants_colour(&self, is_terminal: bool, set: ColorChoice) -> bool {
        let is = |name: &str, value: &str| self.variable(name).is_some_and(|found| found == value);
        if self.variable("NO_COLOR").is_some() {
            return false;
        }
        if self.variable("CLICOLOR_FORCE").is_some() && !is("CLICOLOR_FORCE", "0") {
            return true;
        }
        match set {
            ColorChoice::Always => return true,
            ColorChoice::Never => return false,
            ColorChoice::Auto => {}
        }
        is_terminal && !is("TERM", "dumb") && !is("CLICOLOR", "0")
    }
}

/// Returns the person's zone: `TZ`, else the system's. A `TZ` that names none is the unknown zone, which is said where
/// times are; a system without a zone is in UTC.
fn zone() -> TimeZone {
    let is_set = std::env::var_os("TZ").is_some_and(|name| !name.is_empty());
    if let Some(zone) = (!is_set).then(zone_of_system).flatten() {
        return zone;
    }
    let otherwise = |_| if is_set { TimeZone::unknown() } else { TimeZone::UTC };
    TimeZone::try_system().unwrap_or_else(otherwise)
}

/// The link that names the system's zone, and what comes before the name in what it points to.
const LOCALTIME: &str = "/etc/localtime";
const ZONES: &str = "/zoneinfo/";

/// Returns the zone that the system's link names, from the one file that has it. To look it up by its name, the database of zones is
/// listed first, folder by folder: most of the time that a program takes to begin.
fn zone_of_system() -> Option<TimeZone> {
    let target = std::fs::read_link(LOCALTIME).ok()?;
    let (_, name) = target.to_str()?.split_once(ZONES)?;
    TimeZone::tzif(name, &std::fs::read(LOCALTIME).ok()?).ok()
}

impl std::fmt::Debug for Io {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Io")
            .field("input_is_terminal", &self.input_is_terminal)
            .field("out_is_terminal", &self.out_is_terminal)
            .field("err_is_terminal", &self.err_is_terminal)
            .field("columns", &self.columns)
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}
