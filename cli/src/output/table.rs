//! Answers as an aligned table.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Look, Value, render};
use crate::printable::printable;

/// What stands between columns.
const GAP: usize = 2;
/// No text column gets narrower than this on a terminal.
const COLUMN_MIN: usize = 6;
/// A column that is no wider holds names, which are cut last.
const NAME_MAX: usize = 24;
/// What a wider one keeps before names are cut.
const PROSE_MIN: usize = 12;
/// Off a terminal no cell is cut; a longer one pushes the rest of its row aside instead of widening all rows.
const PADDING_MAX: usize = 64;

/// A table, kept until its widths are known.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug)]
struct Column {
    name: String,
    width: usize,
    /// Numbers stand to the right.
    is_number: bool,
    /// Half a number or half an instant would be another one: only text is cut.
    is_stiff: bool,
    is_empty: bool,
}

impl Table {
    pub(super) fn new(names: &[String], look: &Look) -> Self {
        let column = |name: &String| {
            let name = cell(name, look);
            Column { width: name.width(), name, is_number: true, is_stiff: true, is_empty: true }
        };
        Self { columns: names.iter().map(column).collect(), rows: Vec::new() }
    }

    pub(super) fn push(&mut self, row: &[Value], look: &Look) {
        let on_terminal = look.columns.is_some();
        let cells: Vec<String> = row.iter().map(|value| cell(&render::short(value), look)).collect();
        for ((column, value), cell) in self.columns.iter_mut().zip(row).zip(&cells) {
            if !matches!(value, Value::Null) {
                column.is_number &= value.is_number();
                column.is_stiff &= value.is_number() || matches!(value, Value::Instant(_));
                column.is_empty = false;
            }
            let width = cell.width();
            if on_terminal || width <= PADDING_MAX {
                column.width = column.width.max(width);
            }
        }
        self.rows.push(cells);
    }

    pub(super) fn render(mut self, look: &Look) -> String {
        if let Some(columns) = look.columns {
            self.fit(columns);
        }
        let is_cut = look.columns.is_some();
        let mut text = String::new();
        let header = self.line(self.columns.iter().map(|column| column.name.as_str()), is_cut);
        match look.colour {
            true => text.push_str(&format!("\x1b[1m{header}\x1b[0m\n")),
            false => text.push_str(&format!("{header}\n")),
        }
        for row in &self.rows {
            text.push_str(&self.line(row.iter().map(String::as_str), is_cut));
            text.push('\n');
        }
        text
    }

    /// Takes width away from the widest text columns until the table fits: from prose first, then also from names.
    fn fit(&mut self, columns: usize) {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let prose: Vec<usize> =
            all.iter().copied().filter(|&index| self.columns[index].width > NAME_MAX).collect();
        for (which, least) in [(prose, PROSE_MIN), (all, COLUMN_MIN)] {
            while self.width() > columns {
                let may_shrink =
                    |column: &Column| (!column.is_stiff || column.is_empty) && column.width > least;
                let may_shrink = which.iter().copied().filter(|&index| may_shrink(&self.columns[index]));
                match may_shrink.max_by_key(|&index| self.columns[index].width) {
                    Some(widest) => self.columns[widest].width -= 1,
                    None => break,
                }
            }
        }
    }

    fn width(&self) -> usize {
        let gaps = GAP * self.columns.len().saturating_sub(1);
        self.columns.iter().map(|column| column.width).sum::<usize>() + gaps
    }

    fn line<'a>(&self, cells: impl Iterator<Item = &'a str>, is_cut: bool) -> String {
        let mut line = String::new();
        for (index, (column, text)) in self.columns.iter().zip(cells).enumerate() {
            if index > 0 {
                line.push_str(&" ".repeat(GAP));
            }
            let text = if is_cut { cut(text, column.width) } else { text.to_owned() };
            let padding = " ".repeat(column.width.saturating_sub(text.width()));
            if column.is_number && !column.is_empty {
                line.push_str(&padding);
                line.push_str(&text);
            } else {
                line.push_str(&text);
                line.push_str(&padding);
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// Returns a cell's text: one harmless line, and on a terminal no longer than that.
fn cell(text: &str, look: &Look) -> String {
    match look.columns {
        // Whatever is further right can never be seen.
        Some(columns) => printable(head(text, columns.saturating_add(1))).into_owned(),
        None => printable(text).into_owned(),
    }
}

/// Returns the first `characters` of a text: joined emoji may be narrow, but never so narrow.
fn head(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters.saturating_mul(8)).map_or(text, |(end, _)| &text[..end])
}

/// Cuts a text to a width, with `…` at its end.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: Option<usize>, rows: &[[Value; 3]]) -> String {
        let look = Look { columns, colour: false };
        let mut table = Table::new(&["n", "task", "name"].map(str::to_owned), &look);
        rows.iter().for_each(|row| table.push(row, &look));
        table.render(&look)
    }

    fn rows() -> Vec<[Value; 3]> {
        vec![
            [Value::from(7_u64), Value::from("mend the door of the old house by the sea"), Value::from("x")],
            [Value::from(1234_u64), Value::from("扉を直す"), Value::from("猫")],
            [Value::Null, Value::from("one\ntwo"), Value::from("\x1b[2J")],
        ]
    }

    #[test]
    fn a_terminal_gets_what_fits() {
        insta::assert_snapshot!(table(Some(36), &rows()), @r"
           n  task                 name
           7  mend the door of t…  x
        1234  扉を直す             猫
              one\ntwo             \u{1b}[2J
        ");
    }

    #[test]
    fn a_pipe_gets_everything() {
        insta::assert_snapshot!(table(None, &rows()), @r"
           n  task                                       name
           7  mend the door of the old house by the sea  x
        1234  扉を直す                                   猫
              one\ntwo                                   \u{1b}[2J
        ");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for columns in 24..60 {
            for line in table(Some(columns), &rows()).lines() {
                assert!(line.width() <= columns, "{columns}: {line}");
            }
        }
    }

    #[test]
    fn a_wide_character_is_never_halved() {
        assert_eq!(cut("扉を直す", 8), "扉を直す");
        assert_eq!(cut("扉を直す", 7), "扉を直…");
        assert_eq!(cut("扉を直す", 6), "扉を…");
    }
}
