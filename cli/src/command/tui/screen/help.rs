//! The help: the table of keys.

use ratatui::layout::Rect;

use super::Pen;
use crate::command::tui::keys::{KEYS, written};

/// Room for the keys.
const KEYS_WIDTH: usize = 12;

pub(super) fn draw(pen: &mut Pen<'_>, first: u64) {
    let area = *pen.buffer.area();
    let theme = pen.theme;
    pen.clear(area);
    let row = |y| Rect { y, height: 1, ..area };
    pen.write(row(0), " Keys", theme.title(true));
    let rows = area.height.saturating_sub(2);
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    let first = first.min(KEYS.len().saturating_sub(rows.into()));
    for (y, binding) in (1..=rows).zip(&KEYS[first..]) {
        let keys = written(binding);
        pen.write(row(y), &format!(" {keys:<KEYS_WIDTH$} {}", binding.help), theme.plain());
    }
    let shown = (first + usize::from(rows)).min(KEYS.len());
    let foot = format!("{shown} of {} keys  ↓↑ scroll  Esc back", KEYS.len());
    pen.write(row(area.height.saturating_sub(1)), &foot, theme.faint());
}
