//! The help: the table of keys, and what the mouse does.

use ratatui::layout::Rect;

use super::Pen;
use crate::command::tui::keys::{KEYS, MOUSE, written};

/// Room for the keys.
const KEYS_WIDTH: usize = 16;
/// From this width on the table is in two columns.
const WIDE: u16 = 150;

/// How many rows it has on a screen of this width.
pub(in super::super) fn rows(width: u16) -> usize {
    let count = KEYS.len() + MOUSE.len();
    if width >= WIDE { count.div_ceil(2) } else { count }
}

pub(super) fn draw(pen: &mut Pen<'_>, first: u64) {
    let area = *pen.buffer.area();
    let theme = pen.theme;
    pen.clear(area);
    let row = |y| Rect { y, height: 1, ..area };
    pen.write(row(0), " Keys", theme.title(true));
    let keys = KEYS.iter().map(|binding| (written(binding), binding.help));
    let lines: Vec<String> = keys
        .chain(MOUSE.iter().map(|(mouse, help)| ((*mouse).to_owned(), *help)))
        .map(|(keys, help)| format!(" {keys:<KEYS_WIDTH$} {help}"))
        .collect();
    let (height, count) = (usize::from(area.height.saturating_sub(2)), rows(area.width));
    let first = usize::try_from(first).unwrap_or(usize::MAX).min(count.saturating_sub(height));
    let columns = lines.chunks(count.max(1));
    let width = area.width / u16::try_from(columns.len()).unwrap_or(1).max(1);
    for (left, column) in (0..).step_by(width.max(1).into()).zip(columns) {
        for (y, line) in (1..).zip(column.iter().skip(first).take(height)) {
            pen.write(Rect { x: area.x + left, width, ..row(y) }, line, theme.plain());
        }
    }
    let foot = match first + height < count {
        true => format!("rows {} to {} of {count}  ↓↑ scroll  Esc back", first + 1, first + height),
        false if first > 0 => format!("rows {} to {count} of {count}  ↓↑ scroll  Esc back", first + 1),
        false => "Esc back".to_owned(),
    };
    pen.write(row(area.height.saturating_sub(1)), &foot, theme.faint());
}
