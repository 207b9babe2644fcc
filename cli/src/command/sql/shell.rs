//! `retold sql` without a question: one after the other, from a person, a pipe or a file.

mod dot;
mod editor;

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use retold_projections::{Store, is_blank_sql, statement_end};

use super::{Timeout, ask, saved, tables};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use dot::Dot;
use editor::{Editor, Typed};

/// A question that is longer is refused.
const BYTES_MAX: u64 = 16 << 20;

/// What a shell remembers between two questions.
#[derive(Debug, Default)]
struct State {
    /// The last question, for `.save`.
    last: Option<String>,
}

/// Answers questions until there are no more.
///
/// # Errors
/// Where the store cannot be opened; from a pipe or a file, the first that a question comes to.
pub(super) fn run(
    context: &mut Context<'_>,
    file: Option<PathBuf>,
    timeout: Option<Timeout>,
) -> Result<Exit, Failure> {
    let store = context.open_store()?;
    if let Some(path) = file {
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
        return all(context, &store, &text, timeout);
    }
    if context.io.input_is_terminal && context.io.out_is_terminal {
        return person(context, &store, timeout);
    }
    let mut text = String::new();
    let read = (&mut context.io.input).take(BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| {
        Failure::new(Exit::Io, format!("read the questions from standard input: {}", io_words(&error)))
    })?;
    if text.len() as u64 > BYTES_MAX {
        return Err(Failure::usage("read the questions from standard input: they are longer than 16 MiB"));
    }
    all(context, &store, &text, timeout)
}

/// Answers one question, or does what `.tables` and its like say.
pub(super) fn answer(
    context: &mut Context<'_>,
    store: &Store,
    query: &str,
    timeout: Option<Timeout>,
) -> Result<Exit, Failure> {
    one(context, store, query, timeout, &mut State::default()).map(|_| Exit::Done)
}

/// Answers every question of a text, and ends at the first that fails.
fn all(
    context: &mut Context<'_>,
    store: &Store,
    text: &str,
    timeout: Option<Timeout>,
) -> Result<Exit, Failure> {
    let (mut rest, mut state) = (text, State::default());
    while let Some(part) = next(&mut rest) {
        if one(context, store, part, timeout, &mut state)?.is_break() {
            break;
        }
    }
    Ok(Exit::Done)
}

/// Takes the next question off a text: a line that begins with a dot or `@`, or a statement up to its semicolon.
fn next<'t>(rest: &mut &'t str) -> Option<&'t str> {
    loop {
        *rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let end = match is_line(rest) {
            true => rest.find('\n').unwrap_or(rest.len()),
            false => statement_end(rest).unwrap_or(rest.len()),
        };
        let (part, after) = rest.split_at(end);
        *rest = after;
        if is_line(part) || !is_blank_sql(part) {
            return Some(part);
        }
    }
}

/// Whether a text is a question by its line, without a semicolon.
fn is_line(text: &str) -> bool {
    text.starts_with(['.', '@'])
}

fn one(
    context: &mut Context<'_>,
    store: &Store,
    part: &str,
    timeout: Option<Timeout>,
    state: &mut State,
) -> Result<std::ops::ControlFlow<()>, Failure> {
    let part = part.trim();
    if part.starts_with('.') {
        return Dot::read(part)?.run(context, store, state);
    }
    let loaded = match part.strip_prefix('@') {
        Some(name) => Some(saved::load(context, name.trim_end_matches(';').trim_end())?),
        None => None,
    };
    let query = loaded.as_deref().unwrap_or(part);
    ask(context, store, query, timeout)?;
    state.last = Some(query.to_owned());
    Ok(std::ops::ControlFlow::Continue(()))
}

/// Answers a person's questions: what goes wrong is told, and the shell goes on.
fn person(context: &mut Context<'_>, store: &Store, timeout: Option<Timeout>) -> Result<Exit, Failure> {
    context.note("questions end with `;`, `.help` tells what else there is, Ctrl-D ends");
    let known = tables::tables(context, store)?;
    let mut editor = Editor::begin(context, known)?;
    let (mut text, mut state) = (String::new(), State::default());
    loop {
        match editor.line(text.is_empty())? {
            Typed::End => break,
            Typed::GivenUp => {
                text.clear();
                continue;
            }
            Typed::Line(line) => {
                text.push_str(&line);
                text.push('\n');
            }
        }
        let is_whole = is_line(text.trim_start()) || statement_end(&text).is_some() || text.trim().is_empty();
        if !is_whole {
            continue;
        }
        let typed = std::mem::take(&mut text);
        editor.remember(typed.trim());
        let mut rest = typed.as_str();
        while let Some(part) = next(&mut rest) {
            let done = one(context, store, part, timeout, &mut state);
            context.io.out.flush().map_err(Failure::output)?;
            // Ctrl-C was for the question.
            let was_interrupted = context.io.interrupt.swap(false, Ordering::SeqCst);
            match done {
                Ok(flow) if flow.is_break() => return Ok(Exit::Done),
                Ok(_) => {}
                Err(_) if was_interrupted => {
                    context.note("interrupted");
                    break;
                }
                Err(failure) => {
                    context.tell(&failure);
                    break;
                }
            }
        }
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_question_by_question() {
        let text = "-- about\nselect 1; select ';'\n;;\n.mode csv\n@busy\nselect 2 -- the last";
        let (mut rest, mut parts) = (text, Vec::new());
        while let Some(part) = next(&mut rest) {
            parts.push(part);
        }
        assert_eq!(
            parts,
            ["-- about\nselect 1;", "select ';'\n;", ".mode csv", "@busy", "select 2 -- the last"]
        );
    }
}
