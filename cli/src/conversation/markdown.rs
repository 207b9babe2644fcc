//! Markdown as lines for a terminal.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use unicode_width::UnicodeWidthStr;

use crate::styled::{Line, Paper, Rows, Tone};

/// Deeper lists and quotes are not indented further.
const DEPTH_MAX: usize = 8;
/// A table's cell is cut at this width.
const CELL_MAX: usize = 40;

/// Writes a Markdown text below an indent.
pub(crate) fn write(out: &mut dyn Rows, text: &str, indent: &str, paper: Paper) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut writer = Writer {
        out,
        indent,
        paper,
        line: Line::new(),
        tones: Vec::new(),
        lists: Vec::new(),
        quotes: 0,
        mark: None,
        code: None,
        link: None,
        table: None,
        needs_gap: false,
    };
    for event in Parser::new_ext(text, options) {
        writer.take(event);
    }
    writer.end_line();
}

struct Writer<'o> {
    out: &'o mut dyn Rows,
    indent: &'o str,
    paper: Paper,
    line: Line,
    tones: Vec<Tone>,
    /// The number of the next item of each list; none for one that is not numbered.
    lists: Vec<Option<u64>>,
    quotes: usize,
    /// What the next line of an item begins with.
    mark: Option<String>,
    /// The code block that is open.
    code: Option<String>,
    link: Option<String>,
    table: Option<Vec<Vec<Line>>>,
    /// Whether an empty line is before the next block.
    needs_gap: bool,
}

impl Writer<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.text(&text),
            },
            Event::Code(code) => self.push(&format!("`{code}`"), Tone::Code),
            Event::SoftBreak | Event::HardBreak => self.end_line(),
            Event::Html(html) | Event::InlineHtml(html) => self.text(&html),
            Event::Rule => {
                self.gap();
                self.push("───", Tone::Aside);
                self.end_block();
            }
            Event::TaskListMarker(is_done) => self.push(if is_done { "[x] " } else { "[ ] " }, Tone::Plain),
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.gap(),
            Tag::Heading { level, .. } => {
                self.gap();
                self.tones.push(Tone::Strong);
                if !matches!(level, HeadingLevel::H1 | HeadingLevel::H2) {
                    self.push("", Tone::Strong);
                }
            }
            Tag::BlockQuote(_) => {
                self.gap();
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                self.end_line();
                self.gap();
                if let CodeBlockKind::Fenced(language) = kind
                    && !language.is_empty()
                {
                    self.push(&format!("[{language}]"), Tone::Aside);
                    self.end_line();
                }
                self.code = Some(String::new());
            }
            Tag::List(number) => {
                self.end_line();
                if self.lists.is_empty() {
                    self.gap();
                }
                self.lists.push(number);
            }
            Tag::Item => {
                self.end_line();
                self.needs_gap = false;
                self.mark = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                });
            }
            Tag::Emphasis => self.tones.push(Tone::Emphasis),
            Tag::Strong => self.tones.push(Tone::Strong),
            Tag::Strikethrough => self.tones.push(Tone::Aside),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.link = Some(dest_url.into_string())
            }
            Tag::Table(_) => {
                self.gap();
                self.table = Some(Vec::new());
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.push(Vec::new());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_block(),
            TagEnd::Heading(_) => {
                self.tones.pop();
                self.end_block();
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::CodeBlock => {
                for line in self.code.take().unwrap_or_default().lines() {
                    self.line = Line::of(format!("  {}", line.replace('\t', "    ")), Tone::Code);
                    self.end_line();
                }
                self.needs_gap = true;
            }
            TagEnd::List(_) => {
                self.end_line();
                self.lists.pop();
                self.needs_gap = self.lists.is_empty();
            }
            TagEnd::Item => self.end_line(),
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => drop(self.tones.pop()),
            TagEnd::Link | TagEnd::Image => {
                if let Some(url) = self.link.take()
                    && !self.line.0.last().is_some_and(|(text, _)| text.ends_with(&url))
                    && !url.is_empty()
                {
                    self.push(&format!(" ({url})"), Tone::Aside);
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.line);
                if let Some(row) = self.table.as_mut().and_then(|table| table.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.write_table(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let tone = self.tones.last().copied().unwrap_or_default();
        for (nth, line) in text.split('\n').enumerate() {
            if nth > 0 {
                self.end_line();
            }
            self.push(line, tone);
        }
    }

    fn push(&mut self, text: &str, tone: Tone) {
        self.line.push(text.replace('\t', "    "), tone);
    }

    /// Puts an empty line before a block that follows another.
    fn gap(&mut self) {
        self.end_line();
        if std::mem::take(&mut self.needs_gap) {
            self.out.gap();
        }
    }

    fn end_block(&mut self) {
        self.end_line();
        self.needs_gap = true;
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() && self.mark.is_none() {
            return;
        }
        let nesting = "  ".repeat(self.lists.len().saturating_sub(1).min(DEPTH_MAX));
        let quotes = "│ ".repeat(self.quotes.min(DEPTH_MAX));
        let mark = self.mark.take();
        let own = match (&mark, self.lists.is_empty()) {
            (Some(mark), _) => mark.clone(),
            (None, false) => "  ".to_owned(),
            (None, true) => String::new(),
        };
        let hang = " ".repeat(own.width());
        let mut marked = Line::of(own, Tone::Plain);
        line.0.into_iter().for_each(|(text, tone)| marked.push(text, tone));
        self.paper.write(self.out, &marked, &format!("{}{quotes}{nesting}", self.indent), &hang);
    }

    fn write_table(&mut self) {
        let rows = self.table.take().unwrap_or_default();
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| {
            rows.iter().filter_map(|row| row.get(at)).map(Line::width).max().unwrap_or(0).min(CELL_MAX)
        };
        let widths: Vec<usize> = (0..count).map(width).collect();
        for (nth, row) in rows.into_iter().enumerate() {
            let mut line = Line::new();
            for (at, cell) in row.into_iter().enumerate() {
                if at > 0 {
                    line.push("  ", Tone::Plain);
                }
                let padding = " ".repeat(widths[at].saturating_sub(cell.width()));
                let cell = if nth == 0 { cell.all(Tone::Strong) } else { cell };
                cell.0.into_iter().for_each(|(text, tone)| line.push(text, tone));
                line.push(padding, Tone::Plain);
            }
            self.paper.write_cut(self.out, &line, self.indent);
        }
        self.needs_gap = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, columns: Option<usize>) -> String {
        let mut out = String::new();
        write(&mut out, text, "", Paper { columns, colour: false });
        out
    }

    #[test]
    fn markdown_reads_as_text() {
        let text = "# Plan\n\nMend the **upper** hinge with `oil`:\n\n1. open\n2. oil\n   - twice\n\n```rust\nfn main() {\n\tok();\n}\n```\n\n> said\n\n[here](https://a.b)\n\n| a | bb |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n";
        insta::assert_snapshot!(written(text, Some(40)), @r#"
        Plan

        Mend the upper hinge with `oil`:

        1. open
        2. oil
          • twice

        [rust]
          fn main() {
              ok();
          }

        │ said

        here (https://a.b)

        a  bb
        1  2

        • [x] done
        "#);
    }

    #[test]
    fn hostile_markdown_is_text() {
        let deep = "> ".repeat(500) + "x";
        for text in
            ["<script>alert(1)</script>", "\x1b[31mred", "```\nopen", "[a](\x1b]0;x)", "| a |\n|--", &deep]
        {
            let out = written(text, Some(40));
            assert!(!out.replace('\n', "").chars().any(crate::printable::steers), "{out:?}");
        }
        assert_eq!(written("<b>x</b>", None), "<b>x</b>\n");
    }
}
