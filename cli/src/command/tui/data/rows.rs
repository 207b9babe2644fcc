//! Lines of any length as rows of a pane's width.

use retold_travel::Patch;
use unicode_width::UnicodeWidthChar;

use crate::command::tui::model::{Line, Sign};
use crate::printable::printable;

/// Rows of a text that are laid out: there is room for both of its ends.
const OF_TEXT_MAX: usize = 32_000;
/// Rows of a difference or of a body; after them the command that gives all is named.
const OF_DOCUMENT_MAX: usize = 4_000;
/// The indent of the rest of a line, where lines begin with what they are of.
const HANGING: usize = 4;

/// Lines on their way to a width. Each is made harmless, then cut into rows.
pub(super) struct Rows {
    columns: usize,
    hanging: usize,
    max: usize,
    rows: Vec<Line>,
}

impl Rows {
    /// For a text, as it is.
    pub(super) fn of_text(columns: u16) -> Self {
        Self { columns: usize::from(columns).max(8), hanging: 0, max: OF_TEXT_MAX, rows: Vec::new() }
    }

    /// For lines of which each says something of its own.
    pub(super) fn of_document(columns: u16) -> Self {
        Self { hanging: HANGING, max: OF_DOCUMENT_MAX, ..Self::of_text(columns) }
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= self.max
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn push(&mut self, line: &str, sign: Sign, patch: Option<&Patch>) {
        let text = printable(line);
        let (mut row, mut width) = (String::new(), 0);
        let line = |text| Line { text, sign, path: patch.map(|patch| patch.path.clone()), ..Line::default() };
        for letter in text.chars() {
            let wide = letter.width().unwrap_or(0);
            if width + wide > self.columns {
                if self.is_full() {
                    return;
                }
                self.rows.push(line(std::mem::take(&mut row)));
                row = " ".repeat(self.hanging);
                width = self.hanging;
            }
            row.push(letter);
            width += wide;
        }
        if !self.is_full() {
            self.rows.push(line(row));
        }
    }

    pub(super) fn done(mut self) -> Vec<Line> {
        if self.is_full() {
            self.rows.push(remark("… c copies the command that shows all"));
        }
        self.rows
    }
}

pub(super) fn remark(text: &str) -> Line {
    Line { text: text.to_owned(), sign: Sign::Remark, ..Line::default() }
}
