//! `retold help`: what the commands' own help has no room for.

use clap::error::ErrorKind;
use retold_travel::POINTS;

use super::{Run, groups};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Show help on a command or a topic
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Topics:
  commands  every command, by what it is for
  options   options of every command, exit codes, environment
  points    how a moment and a range are written

Examples:
  retold help points
  retold help bisect run")]
pub(crate) struct Help {
    /// A topic, or a command
    #[arg(value_name = "TOPIC|COMMAND")]
    words: Vec<String>,
}

impl Run for Help {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        if words == ["points"] {
            context.text(&plain(POINTS, context.io.columns.min(100)))?;
            return Ok(Exit::Done);
        }
        if words == ["commands"] {
            context.text(&groups::all(&(context.program.declaration)()))?;
            return Ok(Exit::Done);
        }
        if words == ["options"] {
            context.text(&groups::options(context.io.columns))?;
            return Ok(Exit::Done);
        }
        let args = ["retold"].into_iter().chain(words.iter().copied()).chain(["--help"]);
        let command = (context.program.declaration)().term_width(context.io.columns);
        let first_screen = groups::one_screen(&command);
        let asked = command.override_help(first_screen).try_get_matches_from(args);
        match asked {
            Err(help) if help.kind() == ErrorKind::DisplayHelp => {
                context.text(&help.render().to_string())?;
                Ok(Exit::Done)
            }
            _ => Err(Failure::usage(format!("help {}: there is no such topic or command", words.join(" ")))
                .hint("`retold help commands` lists the commands; topics are commands, options and points")),
        }
    }
}

/// Returns a page of the documentation for a terminal: no marks of its markup, tables in columns, lines that fit.
fn plain(markdown: &str, columns: usize) -> String {
    let mut text = String::new();
    let mut paragraph = String::new();
    let mut table: Vec<Vec<String>> = Vec::new();
    for line in markdown.lines().chain([""]) {
        if let Some(cells) = line.strip_prefix("| ") {
            let cells = cells.trim_end_matches('|').split(" | ");
            table.push(cells.map(|cell| cell.trim().replace('`', "")).collect());
            continue;
        }
        if line.starts_with("|--") {
            continue;
        }
        write_table(&mut text, std::mem::take(&mut table), columns);
        let is_apart = line.is_empty() || line.starts_with("    ") || line.starts_with('#');
        if !is_apart {
            paragraph.push_str(line);
            paragraph.push(' ');
            continue;
        }
        wrap(&mut text, &std::mem::take(&mut paragraph).replace('`', ""), "", columns);
        match line.strip_prefix("# ") {
            Some(title) => text.push_str(&format!("{}\n", title.to_uppercase())),
            None => text.push_str(&format!("{line}\n")),
        }
    }
    format!("{}\n", text.trim_end())
}

/// The first column as wide as it is, or half of what there is; the second wrapped beside it.
fn write_table(text: &mut String, rows: Vec<Vec<String>>, columns: usize) {
    const GAP: usize = 2;
    let widest =
        rows.iter().filter_map(|row| row.first()).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let width = widest.min(columns / 3);
    for (nth, row) in rows.iter().enumerate() {
        let (first, second) = (row.first().map_or("", String::as_str), row.get(1).map_or("", String::as_str));
        let first = if nth == 0 { first.to_uppercase() } else { first.to_owned() };
        let mut left = String::new();
        wrap(&mut left, &first, "", width.max(12));
        let mut right = String::new();
        wrap(&mut right, second, "", columns.saturating_sub(width + GAP + 2).max(20));
        let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
        for line in 0..left.len().max(right.len()) {
            let (left, right) = (left.get(line).unwrap_or(&""), right.get(line).unwrap_or(&""));
            text.push_str(format!("  {left:width$}  {right}").trim_end());
            text.push('\n');
        }
    }
}

pub(super) fn wrap(text: &mut String, words: &str, indent: &str, columns: usize) {
    let mut line = String::new();
    for word in words.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() + 1 > columns {
            text.push_str(&format!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        text.push_str(&format!("{indent}{line}\n"));
    }
}
