//! Lines of any length as rows of a pane's width.

use retold_travel::Patch;
use unicode_width::UnicodeWidthChar;

use crate::command::tui::model::{Line, Sign};
use crate::printable::printable;

/// Rows that are laid out; behind them the command that gives all is named. There is room for both ends of a long text.
const ROWS_MAX: usize = 32_000;

/// Lines on their way to a width. Each is made harmless, then cut into rows.
pub(super) struct Rows {
    columns: usize,
    rows: Vec<Line>,
}

impl Rows {
    pub(super) fn new(columns: u16) -> Self {
        Self { columns: usize::from(columns).max(8), rows: Vec::new() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn push(&mut self, line: &str, sign: Sign, patch: Option<&Patch>) {
        let text = printable(line);
        let (mut row, mut width) = (String::new(), 0);
        let line = |text| Line { text, sign, path: patch.map(|patch| patch.path.clone()), to: None };
        for letter in text.chars() {
            let wide = letter.width().unwrap_or(0);
            if width + wide > self.columns {
                if self.is_full() {
                    return;
                }
                self.rows.push(line(std::mem::take(&mut row)));
                width = 0;
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
