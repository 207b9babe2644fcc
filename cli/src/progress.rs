//! How far a long command has come.

use indicatif::{ProgressBar, ProgressStyle};

/// Returns a bar on stderr that nobody sees unless `visible`.
pub(crate) fn bar(visible: bool, what: &'static str, total: u64) -> ProgressBar {
    if !visible {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
        .expect("the template is well formed");
    ProgressBar::new(total).with_style(style).with_message(what)
}
