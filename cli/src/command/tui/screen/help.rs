//! The help: the table of keys, and what the mouse does.

use ratatui::layout::Rect;

use super::Pen;
use super::pen::wrapped;
use crate::command::tui::keys::{KEYS, MOUSE, written};

/// Room for the keys.
const KEYS_WIDTH: usize = 16;
/// What a key does, where it is told below it.
const INDENT: &str = "     ";
const ROWS_MAX: usize = 4;
/// From this width on the table is in two columns.
const WIDE: u16 = 150;

/// On a screen that is narrower what a key does is told below it.
const NARROW: u16 = 80;

/// How many rows it has on a screen of this width.
pub(in super::super) fn rows(width: u16) -> usize {
    let count = lines(width).len();
    if width >= WIDE { count.div_ceil(2) } else { count }
}

fn lines(width: u16) -> Vec<String> {
    let keys = KEYS.iter().map(|binding| (written(binding), binding.help));
    let all = keys.chain(MOUSE.iter().map(|(mouse, help)| ((*mouse).to_owned(), *help)));
    let mut lines = Vec::new();
    for (keys, help) in all {
        if width >= NARROW {
            lines.push(format!(" {keys:<KEYS_WIDTH$} {help}"));
            continue;
        }
        lines.push(format!(" {keys}"));
        let room = usize::from(width).saturating_sub(INDENT.len()).max(1);
        lines.extend(wrapped(help, room, ROWS_MAX).iter().map(|row| format!("{INDENT}{row}")));
    }
    lines
}

pub(super) fn draw(pen: &mut Pen<'_>, first: u64) {
    let area = *pen.buffer.area();
    let theme = pen.theme;
    pen.clear(area);
    let row = |y| Rect { y, height: 1, ..area };
    pen.write(row(0), " Keys", theme.title(true));
    let lines = lines(area.width);
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
