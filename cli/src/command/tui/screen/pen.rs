//! The one way onto the screen: a text is made harmless and cut before it is laid out.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Theme;
use crate::output::cut;
use crate::printable::printable;

pub(super) struct Pen<'b> {
    pub(super) buffer: &'b mut Buffer,
    pub(super) theme: Theme,
}

impl Pen<'_> {
    /// Writes a text into the first row of an area, all of which it takes.
    pub(super) fn write(&mut self, area: Rect, text: &str, style: Style) {
        let Rect { x, y, width, height } = area.intersection(*self.buffer.area());
        if width == 0 || height == 0 {
            return;
        }
        let width = usize::from(width);
        let text = cut(&printable(beginning(text, width)), width);
        let gap = " ".repeat(width.saturating_sub(text.width()));
        self.buffer.set_stringn(x, y, format!("{text}{gap}"), width, style);
    }

    /// Writes pieces one after the other into the first row of an area, all of which they take; the rest of it in a style.
    pub(super) fn write_pieces(&mut self, area: Rect, pieces: &[(&str, Style)], rest: Style) {
        let mut left = area;
        for (text, style) in pieces {
            let text = printable(beginning(text, left.width.into()));
            let width = u16::try_from(text.width()).unwrap_or(u16::MAX).min(left.width);
            self.write(Rect { width, ..left }, &text, *style);
            left = Rect { x: left.x + width, width: left.width - width, ..left };
        }
        self.write(left, "", rest);
    }

    /// Draws a line between two panes.
    pub(super) fn edge(&mut self, x: u16, height: u16) {
        for y in 0..height {
            let style = self.theme.faint();
            self.write(Rect { x, y, width: 1, height: 1 }, "│", style);
        }
    }

    /// Clears an area for what lies over the panes.
    pub(super) fn clear(&mut self, area: Rect) {
        for place in area.intersection(*self.buffer.area()).positions() {
            self.buffer[place].reset();
        }
    }
}

/// So much of a text that its rest is not seen, whatever it holds: joined emoji may be narrow, but never so narrow.
fn beginning(text: &str, width: usize) -> &str {
    text.char_indices().nth(width.saturating_mul(8)).map_or(text, |(end, _)| &text[..end])
}

/// Returns a text's end that is no wider.
pub(super) fn end_of(text: &str, width: usize) -> String {
    let text = printable(text);
    let mut start = text.len();
    let mut used = 0;
    for (at, letter) in text.char_indices().rev() {
        used += letter.width().unwrap_or(0);
        if used > width {
            break;
        }
        start = at;
    }
    text[start..].to_owned()
}

/// Returns a text in rows of a width, at most a number of them; the last one is cut where there would be more.
pub(super) fn wrapped(text: &str, width: usize, rows_max: usize) -> Vec<String> {
    let text = printable(beginning(text, width * rows_max)).into_owned();
    let mut rows = vec![String::new()];
    let mut used = 0;
    for letter in text.chars() {
        let wide = letter.width().unwrap_or(0);
        if used + wide > width && rows.len() < rows_max {
            rows.push(String::new());
            used = 0;
        }
        if let Some(row) = rows.last_mut() {
            row.push(letter);
        }
        used += wide;
    }
    rows
}
