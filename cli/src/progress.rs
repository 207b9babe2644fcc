//! How far a long command has come.

use indicatif::{ProgressBar, ProgressStyle};

/// Returns a bar on stderr that counts things; nobody sees it unless `visible`.
pub(crate) fn bar(visible: bool, what: &'static str, total: u64) -> ProgressBar {
    styled(visible, what, total, "{msg} {wide_bar} {human_pos}/{human_len} {eta}")
}

/// Returns a bar on stderr that counts bytes; nobody sees it unless `visible`.
pub(crate) fn bytes_bar(visible: bool, what: &'static str, total: u64) -> ProgressBar {
    styled(
        visible,
        what,
        total,
        "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}",
    )
}

/// Returns a count on stderr of things whose number is not known before; nobody sees it unless `visible`.
pub(crate) fn count(visible: bool, what: &'static str) -> ProgressBar {
    styled(visible, what, 0, "{msg} {human_pos} {elapsed}")
}

fn styled(visible: bool, what: &'static str, total: u64, template: &str) -> ProgressBar {
    if !visible {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    ProgressBar::new(total).with_style(style).with_message(what)
}
