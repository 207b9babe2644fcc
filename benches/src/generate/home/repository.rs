//! Source files that a session reads and changes.

use super::super::template::Writer;

/// A source file.
pub(super) struct SourceFile {
    pub(super) path: String,
    lines: Vec<String>,
}

/// The files of a project that a session has to do with.
pub(super) struct Repository {
    pub(super) root: String,
    files: Vec<SourceFile>,
}

/// What an edit did.
pub(super) struct Edit {
    pub(super) path: String,
    pub(super) before: String,
    pub(super) old: String,
    pub(super) new: String,
    /// The number of the first line that changed, from 1.
    pub(super) line: usize,
}

impl Repository {
    pub(super) fn new(writer: &mut Writer, root: String) -> Self {
        let files = (0..writer.random.between(24, 40))
            .map(|_| {
                let mut path = format!("{root}/");
                writer.expand(&["$f", "$t"], &mut path);
                let length = writer.random.between(40, 320);
                SourceFile { path, lines: (0..length).map(|_| line(writer)).collect() }
            })
            .collect();
        Self { root, files }
    }

    /// Returns a file; a few of them come up again and again.
    pub(super) fn pick(&self, writer: &mut Writer) -> &SourceFile {
        &self.files[self.number(writer)]
    }

    fn number(&self, writer: &mut Writer) -> usize {
        let among = if writer.random.percent(50) { 6 } else { self.files.len() };
        writer.random.below(among.min(self.files.len()))
    }

    /// Changes some lines of a file.
    pub(super) fn edit(&mut self, writer: &mut Writer) -> Edit {
        let number = self.number(writer);
        let file = &mut self.files[number];
        let before = file.text();
        let count = writer.random.between(1, 6);
        let at = writer.random.below(file.lines.len().saturating_sub(count).max(1));
        let new: Vec<String> = (0..writer.random.between(1, 9)).map(|_| line(writer)).collect();
        let until = (at + count).min(file.lines.len());
        let old: Vec<String> = file.lines.splice(at..until, new.iter().cloned()).collect();
        Edit { path: file.path.clone(), before, old: old.join("\n"), new: new.join("\n"), line: at + 1 }
    }
}

impl SourceFile {
    pub(super) fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }

    /// The lines from `from` on, with their numbers, as Claude Code shows them.
    pub(super) fn numbered(&self, from: usize, count: usize) -> String {
        let mut text = String::new();
        for (at, line) in self.lines.iter().enumerate().skip(from).take(count) {
            text.push_str(&format!("{:>6}\u{2192}{line}\n", at + 1));
        }
        text
    }

    pub(super) fn part(&self, from: usize, count: usize) -> String {
        self.lines.iter().skip(from).take(count).map(|line| format!("{line}\n")).collect()
    }

    pub(super) fn line_count(&self) -> usize {
        self.lines.len()
    }
}

fn line(writer: &mut Writer) -> String {
    let mut line = "    ".repeat(writer.random.below(4));
    writer.expand(LINES, &mut line);
    line
}

const LINES: &[&str] = &[
    "",
    "}",
    "}",
    "});",
    "use crate::$i::{$c, $c};",
    "import { $y, $c } from \"./$n\";",
    "pub fn $i(&self, $i: &$c) -> Result<$c, Error> {",
    "fn $i($n: &mut $c, $n: usize) {",
    "export function $y($n: $c, $n?: string): $c {",
    "const $y = await $y($n, { $n: $2, $n: \"$a\" });",
    "let $n = self.$n.$i($2)?;",
    "let mut $n = $c::new($n, $n);",
    "if $n.is_$a() && $n.len() > $2 {",
    "if ($y.$n === $y.$n || !$y.$a) {",
    "return Err(Error::$c { $n, $n });",
    "return $y.$n.map(($n) => $n.$y);",
    "for $n in $n.$i() {",
    "match $n.$i() {",
    "Some($n) => self.$i($n, $3),",
    "None => return Ok($c::default()),",
    "/// $c of the $n that the $a $n $ds.",
    "// The $n $ds before the $n does: $g it later would leave a $a $n.",
    "assert_eq!($i($n, $2), $c::$c, \"{$n:?} is $a\");",
    "expect($y($n)).toEqual({ $n: $3, $n: \"$n-$2\" });",
    "#[derive(Clone, Debug, PartialEq, Eq)]",
    "pub struct $c {",
    "pub $n: Option<$c>,",
    "$y: $c;",
    "tracing::debug!($n = %$n, \"$g the $n\");",
    "console.warn(`$a $n: $${$y.$n}`);",
    "self.$n.push($c { $n: $n.clone(), $n: $4 });",
];
