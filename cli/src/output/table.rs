//! Answers as an aligned table, or where that is wider than the terminal, as a card for each row.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use retold_present::measure::cut;

use super::{Look, Value, render};
use crate::printable::printable;
use crate::session::{self, Called};
use crate::styled::Tone;

/// What is between columns.
const GAP: usize = 2;
/// A terminal that is narrower shows no prose in fewer columns than `PROSE_MIN`.
const NARROW: usize = 60;
/// No text column gets narrower than this on a terminal.
const COLUMN_MIN: usize = 6;
/// A column that is no wider holds names, which are cut last.
const NAME_MAX: usize = 24;
/// What a wider one keeps before names are cut.
const PROSE_MIN: usize = 12;
/// Off a terminal no cell is cut; a longer one pushes the rest of its row aside instead of widening all rows.
const PADDING_MAX: usize = 64;
/// Rows that the widths follow from; of a longer answer the others are written as they come.
const ROWS_MAX: usize = 1_000;
/// Bytes of rows that are kept for that.
const BYTES_MAX: usize = 1024 * 1024;

/// A table, whose first rows are kept until the widths are known: O(1) memory however long the answer is.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    bytes: usize,
    form: Option<Form>,
}

/// How rows are written, once that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Lines,
    Cards,
}

#[derive(Debug)]
struct Column {
    name: String,
    width: usize,
    /// Numbers are to the right.
    is_number: bool,
    /// Half a number or half an instant would be another one: only text is cut.
    is_stiff: bool,
    is_empty: bool,
    /// What has to stay of a cell, whatever is cut.
    focus: usize,
}

/// A harmless line of text, and the part of it that is shown whatever is cut, in bytes.
#[derive(Debug)]
struct Cell {
    text: String,
    focus: Range<usize>,
    tone: Tone,
    /// How many bytes of its beginning tell it apart.
    apart: usize,
}

impl Table {
    pub(super) fn new(names: &[String], look: &Look) -> Self {
        let column = |name: &String| {
            let name = cell(name, look);
            Column { width: name.width(), name, is_number: true, is_stiff: true, is_empty: true, focus: 0 }
        };
        Self { columns: names.iter().map(column).collect(), rows: Vec::new(), bytes: 0, form: None }
    }

    /// Takes a row, and returns the text that is to be written now: nothing as long as widths may change.
    pub(super) fn push(&mut self, row: &[Value], look: &Look) -> Option<String> {
        let cells: Vec<Cell> = row.iter().map(|value| Cell::of(value, look)).collect();
        if let Some(form) = self.form {
            return Some(self.row(&cells, form, look));
        }
        let on_terminal = look.columns.is_some();
        for ((column, value), cell) in self.columns.iter_mut().zip(row).zip(&cells) {
            if !matches!(value, Value::Null) {
                column.is_number &= value.is_number();
                column.is_stiff &= value.is_number() || matches!(value, Value::Instant(_));
                column.is_empty = false;
            }
            let width = cell.text.width();
            if on_terminal || width <= PADDING_MAX {
                column.width = column.width.max(width);
            }
            // With an ellipsis on both sides.
            let focus = cell.text[cell.focus.clone()].width();
            column.focus = column.focus.max(if focus == 0 { 0 } else { width.min(focus + 2) });
        }
        self.bytes += cells.iter().map(|cell| cell.text.len()).sum::<usize>();
        self.rows.push(cells);
        (self.rows.len() >= ROWS_MAX || self.bytes >= BYTES_MAX).then(|| self.begin(look))
    }

    /// Returns what is left to be written.
    pub(super) fn end(mut self, look: &Look) -> String {
        if self.form.is_none() { self.begin(look) } else { String::new() }
    }

    /// Decides on the form, and returns the rows so far in it.
    fn begin(&mut self, look: &Look) -> String {
        let form = match look.columns {
            Some(columns) if !self.fit(columns) => Form::Cards,
            _ => Form::Lines,
        };
        self.form = Some(form);
        let mut text = String::new();
        if form == Form::Lines || self.rows.is_empty() {
            let names: Vec<Cell> =
                self.columns.iter().map(|column| Cell::plain(column.name.clone())).collect();
            let mut header = self.line(&names, look.columns.is_some(), false);
            if let Some(columns) = look.columns {
                header = cut(&header, columns);
            }
            match look.colour {
                true => text.push_str(&format!("\x1b[1m{header}\x1b[0m\n")),
                false => text.push_str(&format!("{header}\n")),
            }
        }
        for row in std::mem::take(&mut self.rows) {
            text.push_str(&self.row(&row, form, look));
        }
        text
    }

    /// Takes width away from the widest text columns until the table fits: from prose first, then also from names.
    /// Returns whether it does.
    fn fit(&mut self, columns: usize) -> bool {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let prose: Vec<usize> =
            all.iter().copied().filter(|&index| self.columns[index].width > NAME_MAX).collect();
        for (which, least) in [(prose.clone(), PROSE_MIN), (all, COLUMN_MIN)] {
            while self.width() > columns {
                let may_shrink = |column: &Column| {
                    (!column.is_stiff || column.is_empty) && column.width > least.max(column.focus)
                };
                let may_shrink = which.iter().copied().filter(|&index| may_shrink(&self.columns[index]));
                match may_shrink.max_by_key(|&index| self.columns[index].width) {
                    Some(widest) => self.columns[widest].width -= 1,
                    None => break,
                }
            }
        }
        // Prose of a few letters says nothing: a narrow terminal gets cards, in which it has most of the room.
        let is_told = |index: &usize| self.columns[*index].width >= PROSE_MIN;
        self.width() <= columns && (columns >= NARROW || prose.iter().all(is_told))
    }

    fn width(&self) -> usize {
        let gaps = GAP * self.columns.len().saturating_sub(1);
        self.columns.iter().map(|column| column.width).sum::<usize>() + gaps
    }

    fn row(&self, cells: &[Cell], form: Form, look: &Look) -> String {
        match (form, look.columns) {
            (Form::Cards, Some(columns)) => self.card(cells, columns, look.colour),
            (_, columns) => self.line(cells, columns.is_some(), look.colour) + "\n",
        }
    }

    fn line(&self, cells: &[Cell], is_cut: bool, colour: bool) -> String {
        let mut line = String::new();
        for (index, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            if index > 0 {
                line.push_str(&" ".repeat(GAP));
            }
            let text = if is_cut { cell.cut(column.width) } else { cell.text.clone() };
            let padding = " ".repeat(column.width.saturating_sub(text.width()));
            let text = if colour { cell.paint(&text) } else { text };
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

    /// A line for each value there is, with its name before it, and an empty line after.
    fn card(&self, cells: &[Cell], columns: usize, colour: bool) -> String {
        let longest = self.columns.iter().map(|column| column.name.width()).max().unwrap_or(0);
        let names = longest.min(columns / 3);
        let values = columns.saturating_sub(names + GAP).max(1);
        let mut text = String::new();
        for (column, cell) in self.columns.iter().zip(cells).filter(|(_, cell)| !cell.text.is_empty()) {
            let name = cut(&column.name, names);
            let padding = " ".repeat(names.saturating_sub(name.width()) + GAP);
            let name = if colour { format!("\x1b[1m{name}\x1b[0m") } else { name };
            let value = cell.cut(values).trim_end().to_owned();
            let value = if colour { cell.paint(&value) } else { value };
            text.push_str(&format!("{name}{padding}{value}\n"));
        }
        text.push('\n');
        text
    }
}

impl Cell {
    fn plain(text: String) -> Self {
        Self { text, focus: 0..0, tone: Tone::Plain, apart: 0 }
    }

    fn of(value: &Value, look: &Look) -> Self {
        if let Value::Toned(text, tone) = value {
            return Self { tone: *tone, ..Self::plain(cell(text, look)) };
        }
        if let Value::Called(called) = value {
            let Called { text, apart } = called.shown(|text| cell(text, look));
            return Self { tone: Tone::Code, apart, ..Self::plain(text) };
        }
        let Value::Marked(pieces) = value else {
            return Self::plain(cell(&render::short(value, look), look));
        };
        let mut found = Self::plain(String::new());
        for (piece, is_find) in pieces {
            let begin = found.text.len();
            found.text.push_str(&printable(piece));
            if *is_find && found.focus.is_empty() {
                found.focus = begin..found.text.len();
            }
        }
        found
    }

    /// Returns what is shown of it in its colours.
    fn paint(&self, shown: &str) -> String {
        let (apart, rest) = session::apart(shown, self.apart);
        format!("{}{}", Tone::Key.paint(apart), self.tone.paint(rest))
    }

    /// Returns what fits into a width: the beginning, or where the focus lies further on, what is around that.
    fn cut(&self, width: usize) -> String {
        let shown = cut(&self.text, width);
        // What says that there is more is as long as what it stands for may be.
        let is_cut = shown != self.text;
        if !is_cut || self.focus.is_empty() || self.text[..self.focus.end].width() < width {
            return shown;
        }
        // As much before the focus as leaves room for it and for what says that there is more on both sides.
        let room = width.saturating_sub(self.text[self.focus.clone()].width() + 2);
        let mut begin = self.focus.start;
        let mut used = 0;
        for (at, character) in self.text[..self.focus.start].char_indices().rev() {
            used += character.width().unwrap_or(0);
            if used > room {
                break;
            }
            begin = at;
        }
        let ellipsis = if begin == 0 { "" } else { "…" };
        cut(&format!("{ellipsis}{}", &self.text[begin..]), width)
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

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn table(columns: Option<usize>, rows: &[[Value; 3]]) -> String {
        let look = Look { columns, colour: false, zone: TimeZone::UTC };
        let mut table = Table::new(&["n", "task", "name"].map(str::to_owned), &look);
        let mut text: String = rows.iter().filter_map(|row| table.push(row, &look)).collect();
        text.push_str(&table.end(&look));
        text
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
        for columns in 6..60 {
            for line in table(Some(columns), &rows()).lines() {
                assert!(line.width() <= columns, "{columns}: {line}");
            }
        }
    }

    #[test]
    fn a_narrow_terminal_gets_a_card_for_each_row() {
        insta::assert_snapshot!(table(Some(18), &rows()), @r"
        n     7
        task  mend the do…
        name  x

        n     1234
        task  扉を直す
        name  猫

        task  one\ntwo
        name  \u{1b}[2J
        ");
    }

    #[test]
    fn a_long_answer_is_written_as_it_comes() {
        let look = Look { columns: Some(40), colour: false, zone: TimeZone::UTC };
        let mut table = Table::new(&["n".to_owned()], &look);
        let written: Vec<usize> = (0..5_000_u64)
            .map(|number| table.push(&[number.into()], &look).map_or(0, |text| text.lines().count()))
            .collect();
        assert_eq!(written[..ROWS_MAX - 1], [0; ROWS_MAX - 1]);
        assert_eq!(written[ROWS_MAX - 1], ROWS_MAX + 1);
        assert!(written[ROWS_MAX..].iter().all(|lines| *lines == 1));
        assert_eq!(table.end(&look), "");
    }

    #[test]
    fn what_was_found_is_shown_at_every_width() {
        let pieces = |before: &str| {
            vec![
                (before.to_owned(), false),
                ("[needle]".to_owned(), true),
                (" and more of it".to_owned(), false),
            ]
        };
        for before in
            ["", "a ", "漢字 かな", "something long that stands before it, in words ", "x\u{1b}[2Jx "]
        {
            for columns in 20..120 {
                let row = [1_u64.into(), Value::Marked(pieces(before)), Value::from("someone")];
                let text = table(Some(columns), &[row]);
                assert!(text.contains("[needle]"), "{columns}: {text}");
                assert!(text.lines().all(|line| line.width() <= columns), "{columns}: {text}");
            }
        }
    }
}
