//! How far a long command has come, and how it is stopped: the one place that draws the progress of long work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;
use retold_core::{OnProgress, Progress, Unit};

/// A number of things of which it is not known how many there are.
const COUNT: &str = "{msg} {human_pos} {elapsed}";
const COUNT_BYTES: &str = "{msg} {binary_bytes} {elapsed}";
const BAR: &str = "{msg} {wide_bar} {human_pos}/{human_len} {eta}";
const BAR_BYTES: &str = "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";

/// What a person sees on stderr of long work, where that is a terminal, and the Ctrl-C that stops it. It is gone from the screen
/// once this is dropped.
pub(crate) struct Watched {
    drawn: Drawn,
    interrupt: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Drawn {
    bar: ProgressBar,
    template: Arc<Mutex<&'static str>>,
}

impl Watched {
    /// Begins work that is called `what`; nobody sees it unless `visible`.
    pub(crate) fn new(visible: bool, what: &str, interrupt: Arc<AtomicBool>) -> Self {
        let bar = if visible { ProgressBar::no_length() } else { ProgressBar::hidden() }
            .with_message(what.to_owned());
        let drawn = Drawn { bar, template: Arc::new(Mutex::new("")) };
        Self { drawn, interrupt }
    }

    /// Returns what long work tells its progress; it goes on until the person presses Ctrl-C.
    pub(crate) fn follow(&self) -> impl OnProgress + Clone + Send + use<> {
        let (drawn, interrupt) = (self.drawn.clone(), Arc::clone(&self.interrupt));
        move |progress: Progress| {
            drawn.show(progress);
            !interrupt.load(Ordering::Relaxed)
        }
    }

    /// Shows how far work is that is done here, one thing after the other; returns whether it goes on.
    pub(crate) fn show(&self, progress: Progress) -> bool {
        self.drawn.show(progress);
        !self.is_interrupted()
    }

    /// Returns whether the person has pressed Ctrl-C.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// Takes it from the screen: what is said next is not to stand below it.
    pub(crate) fn end(&self) {
        self.drawn.bar.finish_and_clear();
    }

    /// Draws it again from time to time, for work that says little of itself.
    pub(crate) fn ticking(self, every: Duration) -> Self {
        self.drawn.bar.enable_steady_tick(every);
        self
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.end();
    }
}

impl Drawn {
    fn show(&self, progress: Progress) {
        if self.bar.is_hidden() {
            return;
        }
        let template = match (progress.unit, progress.total) {
            (Unit::Bytes, None) => COUNT_BYTES,
            (_, None) => COUNT,
            (Unit::Bytes, Some(_)) => BAR_BYTES,
            (_, Some(_)) => BAR,
        };
        let mut shown = self.template.lock();
        if *shown != template {
            self.bar.set_style(ProgressStyle::with_template(template).expect("the template is well formed"));
            *shown = template;
        }
        if let Some(total) = progress.total {
            self.bar.set_length(total);
        }
        self.bar.set_position(progress.done);
    }
}
