//! Text with meaning: what each piece of a line is, how lines are wrapped, and how that looks on a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::printable::printable;

/// What a piece of text is. The colours are the terminal's own sixteen, so that they suit its ground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    /// What is said.
    #[default]
    Plain,
    /// What it is called, headings.
    Strong,
    /// What is emphasised.
    Emphasis,
    /// What is beside the point: times, notes.
    Aside,
    /// A person.
    User,
    /// An agent.
    Agent,
    /// A tool.
    Tool,
    /// A file, a command, code.
    Code,
    /// What is enough of a name.
    Key,
    /// What went well, and what was added.
    Good,
    /// What failed, and what was removed.
    Bad,
    /// What was stopped or refused.
    Warning,
}

impl Tone {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Emphasis => "3",
            Self::Aside => "2",
            Self::User => "1;34",
            Self::Agent => "1;35",
            Self::Tool => "36",
            Self::Code => "36",
            Self::Key => "1;36",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Warning => "33",
        }
    }

    /// Returns a harmless text in its colour.
    pub(crate) fn paint(self, text: &str) -> String {
        match self.code() {
            _ if text.is_empty() => String::new(),
            "" => text.to_owned(),
            code => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// A line, in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line(pub(crate) Vec<(String, Tone)>);

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn of(text: impl Into<String>, tone: Tone) -> Self {
        Self(vec![(text.into(), tone)])
    }

    /// Adds a piece.
    #[must_use]
    pub(crate) fn and(mut self, text: impl Into<String>, tone: Tone) -> Self {
        self.push(text, tone);
        self
    }

    pub(crate) fn push(&mut self, text: impl Into<String>, tone: Tone) {
        let text = text.into();
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some((last, known)) if *known == tone => last.push_str(&text),
            _ => self.0.push((text, tone)),
        }
    }

    /// Returns how many columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(text, _)| text.width()).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes all of it one tone.
    #[must_use]
    pub(crate) fn all(mut self, tone: Tone) -> Self {
        self.0.iter_mut().for_each(|(_, known)| *known = tone);
        self
    }
}

/// Where rows are written to: a text, or a list of them for a screen that colours them itself.
pub(crate) trait Rows {
    /// Takes a row, harmless already.
    fn row(&mut self, pieces: Vec<(String, Tone)>, colour: bool);

    /// Takes an empty row.
    fn gap(&mut self) {
        self.row(Vec::new(), false);
    }
}

impl Rows for String {
    fn row(&mut self, pieces: Vec<(String, Tone)>, colour: bool) {
        let start = self.len();
        for (text, tone) in &pieces {
            match colour {
                true => self.push_str(&tone.paint(text)),
                false => self.push_str(text),
            }
        }
        let end = start + self[start..].trim_end_matches(' ').len();
        self.truncate(end);
        self.push('\n');
    }
}

impl Rows for Vec<Line> {
    fn row(&mut self, mut pieces: Vec<(String, Tone)>, _colour: bool) {
        while let Some((text, _)) = pieces.last_mut() {
            text.truncate(text.trim_end_matches(' ').len());
            if !text.is_empty() {
                break;
            }
            pieces.pop();
        }
        self.push(Line(pieces));
    }
}

/// How lines are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paper {
    /// The terminal's width; `None`: not a terminal, nothing is wrapped.
    pub(crate) columns: Option<usize>,
    pub(crate) colour: bool,
}

impl Paper {
    /// Writes a line, wrapped; all rows after the first begin with `hang`, and all with `indent`.
    pub(crate) fn write(self, out: &mut dyn Rows, line: &Line, indent: &str, hang: &str) {
        let Some(columns) = self.columns else {
            self.row(out, indent, &line.0);
            return;
        };
        let width = columns.saturating_sub(indent.width()).max(8);
        let mut rows = wrap(line, width, width.saturating_sub(hang.width()).max(4)).into_iter();
        self.row(out, indent, &rows.next().unwrap_or_default());
        let hanging = format!("{indent}{hang}");
        rows.for_each(|row| self.row(out, &hanging, &row));
    }

    /// Writes a line that is cut where it does not fit.
    pub(crate) fn write_cut(self, out: &mut dyn Rows, line: &Line, indent: &str) {
        let room = self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(indent.width()));
        if line.width() <= room {
            return self.row(out, indent, &line.0);
        }
        let (mut left, mut pieces) = (room, Vec::new());
        for (text, tone) in &line.0 {
            let text = crate::output::cut(&printable(text), left);
            left = left.saturating_sub(text.width());
            pieces.push((text, *tone));
            if left == 0 {
                break;
            }
        }
        self.row(out, indent, &pieces);
    }

    fn row(self, out: &mut dyn Rows, indent: &str, pieces: &[(String, Tone)]) {
        let mut row = Line::of(indent, Tone::Plain);
        pieces.iter().for_each(|(text, tone)| row.0.push((printable(text).into_owned(), *tone)));
        out.row(row.0, self.colour);
    }
}

/// What must not begin a row: it stays with what is before it.
fn is_closing(character: char) -> bool {
    matches!(
        character,
        '、' | '。'
            | '，'
            | '．'
            | '」'
            | '』'
            | '）'
            | '】'
            | '！'
            | '？'
            | 'ー'
            | '…'
            | ')'
            | ','
            | '.'
    )
}

/// Parts a text where a row may end: after spaces, and between wide characters.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut before) = (Vec::new(), 0, None::<char>);
    for (at, character) in text.char_indices() {
        let is_wide = |character: char| character.width().unwrap_or(0) > 1;
        let may_end = before.is_some_and(|before| {
            let is_after_space = before == ' ' && character != ' ';
            let is_between = (is_wide(before) || is_wide(character)) && before != ' ' && character != ' ';
            let holds = character.width().unwrap_or(0) == 0 || before == '\u{200d}';
            !holds && (is_after_space || (is_between && !is_closing(character)))
        });
        if may_end {
            parts.push(&text[begin..at]);
            begin = at;
        }
        before = Some(character);
    }
    parts.push(&text[begin..]);
    parts
}

/// Wraps a line to rows: the first of `first` columns, the others of `width`.
fn wrap(line: &Line, first: usize, width: usize) -> Vec<Vec<(String, Tone)>> {
    let mut rows = vec![Line::new()];
    let (mut used, mut room) = (0, first);
    for (text, tone) in &line.0 {
        let text = printable(text);
        for part in parts(&text) {
            let needed = part.trim_end_matches(' ').width();
            if used + needed > room && used > 0 {
                rows.push(Line::new());
                (used, room) = (0, width);
            }
            // What is longer than a row is parted anywhere.
            let mut rest = part;
            while rest.trim_end_matches(' ').width() > room.saturating_sub(used) {
                let end = fitting(rest, room.saturating_sub(used));
                push(&mut rows, &rest[..end], *tone);
                rest = &rest[end..];
                rows.push(Line::new());
                (used, room) = (0, width);
            }
            push(&mut rows, rest, *tone);
            used += rest.width();
        }
    }
    rows.into_iter().map(|row| row.0).collect()
}

fn push(rows: &mut [Line], text: &str, tone: Tone) {
    if let Some(row) = rows.last_mut() {
        row.push(text, tone);
    }
}

/// Returns how many bytes of a text fit into a width: at least one character.
fn fitting(text: &str, width: usize) -> usize {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.width().unwrap_or(0);
        if used > width && at > 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, columns: usize) -> Vec<String> {
        let mut out = String::new();
        let paper = Paper { columns: Some(columns), colour: false };
        paper.write(&mut out, &Line::of(text, Tone::Plain), "", "");
        out.lines().map(str::to_owned).collect()
    }

    #[test]
    fn lines_are_wrapped_at_words_and_between_wide_characters() {
        assert_eq!(rows("mend the upper door", 10), ["mend the", "upper door"]);
        assert_eq!(rows("扉を直して、蝶番も直す。", 10), ["扉を直し", "て、蝶番も", "直す。"]);
        assert_eq!(rows("abcdefghijklmnop", 10), ["abcdefghij", "klmnop"]);
        assert_eq!(rows("", 10), [""]);
        assert_eq!(rows("a  b", 10), ["a  b"]);
    }

    #[test]
    fn nothing_steers_the_terminal_and_no_row_is_wider_than_it() {
        for text in ["\x1b[31mred\x1b]0;x\x07", "a\u{202e}b", "修理👩‍🔧修理👩‍🔧修理修理修理修理", "a\tb\r\n"]
        {
            for columns in [8, 9, 20] {
                for row in rows(&text.repeat(3), columns) {
                    assert!(row.width() <= columns, "{row:?} {columns}");
                    assert!(!row.chars().any(crate::printable::steers), "{row:?}");
                }
            }
        }
    }

    #[test]
    fn colour_is_there_where_it_is_wanted() {
        let mut out = String::new();
        let line = Line::of("a", Tone::Bad).and(" b", Tone::Plain);
        Paper { columns: None, colour: true }.write(&mut out, &line, "  ", "");
        assert_eq!(out, "  \x1b[31ma\x1b[0m b\n");
    }
}
