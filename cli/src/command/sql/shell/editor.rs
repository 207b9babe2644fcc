//! The line that a person types: history, and completion of tables, columns and words of SQL.

use std::io::Write;
use std::path::PathBuf;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Helper};

use super::super::saved;
use super::super::tables::Table;
use super::dot;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// Questions that are remembered.
const HISTORY_MAX: usize = 2000;

/// Words that questions are made of.
const WORDS: &[&str] = &[
    "select",
    "from",
    "where",
    "group by",
    "order by",
    "limit",
    "join",
    "left join",
    "using",
    "on",
    "and",
    "or",
    "not",
    "null",
    "like",
    "between",
    "in",
    "is",
    "as",
    "case",
    "when",
    "then",
    "else",
    "end",
    "count(",
    "sum(",
    "avg(",
    "min(",
    "max(",
    "date(",
    "desc",
    "distinct",
    "having",
    "with",
    "values",
    "explain",
    "union all",
];

/// What a person did.
pub(super) enum Typed {
    /// A line.
    Line(String),
    /// Ctrl-C: the question is given up.
    GivenUp,
    /// Ctrl-D.
    End,
}

/// The line editor, with its history.
pub(super) struct Editor {
    lines: rustyline::Editor<Known, FileHistory>,
    history: Option<PathBuf>,
}

impl Editor {
    /// Begins with what was typed in earlier shells.
    ///
    /// # Errors
    /// Where the terminal cannot be used.
    pub(super) fn begin(context: &Context<'_>, tables: Vec<Table>) -> Result<Self, Failure> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .history_ignore_dups(true)
            .and_then(|config| config.max_history_size(HISTORY_MAX))
            .map_err(failed)?
            .build();
        let mut lines = rustyline::Editor::with_config(config).map_err(failed)?;
        lines.set_helper(Some(Known { tables, saved: saved::names(context) }));
        let history = saved::folder(context).ok().map(|folder| folder.join("sql_history"));
        if let Some(history) = &history {
            // There is none yet, or it is no history: then it begins empty.
            let _missing = lines.load_history(history);
        }
        Ok(Self { lines, history })
    }

    /// Reads a line.
    ///
    /// # Errors
    /// Where the terminal cannot be read.
    pub(super) fn line(&mut self, is_first: bool) -> Result<Typed, Failure> {
        match self.lines.readline(if is_first { "retold> " } else { "   ...> " }) {
            Ok(line) => Ok(Typed::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Typed::GivenUp),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(failed(error)),
        }
    }

    /// Remembers a question, also for the next shell.
    pub(super) fn remember(&mut self, question: &str) {
        if question.is_empty() || !matches!(self.lines.add_history_entry(question), Ok(true)) {
            return;
        }
        if let Some(history) = &self.history {
            // A shell without a history is one all the same. The file is its owner's alone.
            let _forgotten = private(history)
                .and_then(|()| self.lines.append_history(history).map_err(std::io::Error::other));
        }
    }
}

/// Makes a file that nobody else can read, where there is none.
fn private(path: &std::path::Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.flush()
}

fn failed(error: ReadlineError) -> Failure {
    match error {
        ReadlineError::Io(error) => Failure::new(Exit::Io, format!("read a line: {}", io_words(&error))),
        error => Failure::new(Exit::Io, format!("read a line: {error}")),
    }
}

/// What completes a word.
pub(super) struct Known {
    tables: Vec<Table>,
    saved: Vec<String>,
}

impl Known {
    /// Returns where the word before the cursor begins, and what it may become.
    fn complete_word(&self, line: &str, cursor: usize) -> (usize, Vec<String>) {
        let before = &line[..cursor];
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '@');
        let begin = before
            .rfind(|letter| !is_part(letter))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let word = &before[begin..];
        let of = |all: &mut dyn Iterator<Item = String>, word: &str| -> Vec<String> {
            let word = word.to_lowercase();
            let mut found: Vec<String> = all.filter(|one| one.to_lowercase().starts_with(&word)).collect();
            found.sort();
            found.dedup();
            found
        };
        let tables = || self.tables.iter().map(|table| table.name.clone());
        let columns = |table: &Table| table.columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if before.trim_start().starts_with('.') {
            let found = match begin == before.len() - before.trim_start().len() {
                true => of(&mut dot::ALL.iter().map(|(name, ..)| (*name).to_owned()), word),
                false => of(&mut tables(), word),
            };
            return (begin, found);
        }
        if let Some(word) = word.strip_prefix('@') {
            return (begin + 1, of(&mut self.saved.iter().cloned(), word));
        }
        if let Some((table, column)) = word.rsplit_once('.') {
            let named = self.tables.iter().filter(|known| known.name.eq_ignore_ascii_case(table));
            return (begin + table.len() + 1, of(&mut named.flat_map(columns), column));
        }
        if word.is_empty() {
            return (begin, of(&mut tables(), word));
        }
        let words = WORDS.iter().map(|word| (*word).to_owned());
        (begin, of(&mut tables().chain(self.tables.iter().flat_map(columns)).chain(words), word))
    }
}

impl Helper for Known {}
impl Highlighter for Known {}
impl Validator for Known {}

impl Hinter for Known {
    type Hint = String;
}

impl Completer for Known {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.complete_word(line, cursor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_columns_commands_and_saved_questions_are_completed() {
        let table = |name: &str, columns: &[&str]| Table {
            name: name.to_owned(),
            columns: columns.iter().map(|name| ((*name).to_owned(), String::new())).collect(),
        };
        let tables = vec![table("sessions", &["id", "status"]), table("events", &["position"])];
        let known = Known { tables, saved: vec!["busy".to_owned()] };
        for (line, begin, found) in [
            ("select * from ses", 14, vec!["sessions"]),
            ("select 扉, STA", 12, vec!["status"]),
            ("select sessions.", 16, vec!["id", "status"]),
            ("select events.p", 14, vec!["position"]),
            ("select nothing.p", 15, vec![]),
            (".sch", 0, vec![".schema"]),
            (".schema ev", 8, vec!["events"]),
            ("@b", 1, vec!["busy"]),
            ("sel", 0, vec!["select"]),
            ("select * from ", 14, vec!["events", "sessions"]),
        ] {
            assert_eq!(
                known.complete_word(line, line.len()),
                (begin, found.iter().map(|one| (*one).to_owned()).collect()),
                "{line}"
            );
        }
    }
}
