//! A session by what a person calls it: its id, how recently it moved, or words of its title.

use std::io::{BufRead as _, BufReader, Write as _};

use retold_core::{Reader, StreamName, time};
use retold_projections::{
    Error, Found, NamedProject, Order, Projects, SessionFilter, SessionRow, Store, find,
};

use super::{ambiguity, brief};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{ago, cut};
use crate::printable::printable;

/// Sessions whose titles are looked through for words that are spelled another way.
const LOOKED_THROUGH: u32 = 2_000;
/// Sessions that have a word: more are too many to choose from.
const FITTING_MAX: u32 = 500;
/// Sessions that a person is asked to choose from.
const CHOICES_MAX: usize = 9;
/// Rows that are read at once on the way to the nth last session: the first time, and after that, for each page sorts all of them.
const PAGE: u32 = 100;
const PAGE_MORE: u32 = 20_000;
/// The shortest word that may be one letter off.
const WORD_MIN: usize = 4;

/// The session that moved last.
pub(crate) const LAST: &str = "@";

/// Finds a session by what a person calls it: what [`find`] takes; `@` for the one that moved last, `@2` for the one before it; or
/// words of its title. Says which one it is, where that is not its id. Where several fit, a person at a terminal is asked.
///
/// # Errors
/// Where none fits, or several do.
pub(crate) fn resolve(context: &mut Context<'_>, reader: &Reader<'_>, text: &str) -> Result<Found, Failure> {
    if let Some(nth) = nth_last(text) {
        return resolve_last(context, reader, nth, None);
    }
    let missing = match find(reader, text) {
        Ok(found) => return Ok(found),
        Err(error @ Error::NoSession { .. }) => error,
        Err(error) => return Err(error.into()),
    };
    // What cannot be words was meant for an id; the read models may not be there either.
    let mut rows = by_words(reader, text).unwrap_or_default();
    let row = match rows.len() {
        0 => return Err(missing.into()),
        1 => rows.remove(0),
        _ => match choose(context, reader, text, &rows)? {
            Some(chosen) => rows.remove(chosen),
            None => return Err(ambiguity(text, rows.iter().map(|row| listed(context, row)))),
        },
    };
    taken(context, reader, &row)
}

/// Finds the session that moved last, or the nth of those; sub-agents of others are passed over. `here`: only among those.
///
/// # Errors
/// Where there are not so many.
pub(crate) fn resolve_last(
    context: &mut Context<'_>,
    reader: &Reader<'_>,
    nth: usize,
    here: Option<(&mut Projects, &NamedProject)>,
) -> Result<Found, Failure> {
    let mut here = here;
    let mut filter = SessionFilter::new().with_order(Order::Moved).with_limit(PAGE);
    let mut seen = 0;
    loop {
        let page = Store::sessions_seen_by(reader, &filter)?;
        let Some(last) = page.last().map(|row| row.cursor.clone()) else { break };
        for row in &page {
            if !is_subagent(row) && is_here(&mut here, row) {
                seen += 1;
                if seen == nth {
                    return taken(context, reader, row);
                }
            }
        }
        filter = filter.with_after(last).with_limit(PAGE_MORE);
    }
    let place = match here {
        Some((_, NamedProject::Folder(_, project))) => format!(" of {}", printable(&project.folder)),
        Some((_, NamedProject::Name(name))) => format!(" of {}", printable(name)),
        None => String::new(),
    };
    let (reason, hint) = match seen {
        0 => (
            format!("there is no session{place}"),
            "`retold import` takes in what agents left on this machine",
        ),
        seen => {
            (format!("there are {seen} sessions{place}"), "`retold sessions` lists them, the last one first")
        }
    };
    Err(Failure::new(crate::exit::Exit::Nothing, format!("find session @{nth}: {reason}")).hint(hint))
}

fn is_here(here: &mut Option<(&mut Projects, &NamedProject)>, row: &SessionRow) -> bool {
    here.as_mut().is_none_or(|(projects, named)| projects.has(named, row))
}

/// Whether a name may be words of a title, which are content.
pub(crate) fn may_be_words(text: &str) -> bool {
    !text.starts_with('@')
        && (text.contains(char::is_whitespace) || !text.contains(|c: char| c.is_ascii_digit()))
}

/// Whether a session is a part of another one's work.
pub(crate) fn is_subagent(row: &SessionRow) -> bool {
    row.records.relation.as_deref() == Some("subagent")
}

fn nth_last(text: &str) -> Option<usize> {
    match text.strip_prefix('@')? {
        "" => Some(1),
        number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            number.parse().ok().filter(|nth| *nth > 0)
        }
        _ => None,
    }
}

fn name_of(row: &SessionRow) -> StreamName {
    StreamName::session(&row.workspace, &row.id, row.ordinal)
}

/// Says which session it is.
fn taken(context: &mut Context<'_>, reader: &Reader<'_>, row: &SessionRow) -> Result<Found, Failure> {
    let name = name_of(row);
    let stream = reader.stream(&name)?.ok_or_else(|| Error::NoSession { name: super::full(&name) })?;
    let title = described(context, row);
    context.note(&format!("session {}: {title}", brief(reader, &name)));
    Ok(Found { stream, name })
}

/// Returns a session's title, and when it moved last, in one line.
fn described(context: &Context<'_>, row: &SessionRow) -> String {
    let when = time::parse(&row.updated_at).map(|at| ago(at, (context.io.clock)(), &context.zone()));
    let room = context.io.columns.saturating_sub(40).max(20);
    let title = row.task.lines().next().unwrap_or_default().trim();
    let title = if title.is_empty() { "(no title)" } else { title };
    let title = cut(&printable(title), room);
    when.map_or_else(|| title.clone(), |when| format!("{title} ({when})"))
}

/// Returns a session as a candidate among others.
fn listed(context: &Context<'_>, row: &SessionRow) -> String {
    format!("{}  {}", super::full(&name_of(row)), described(context, row))
}

/// Asks the person at the terminal which one is meant; `None` where nobody is there.
fn choose(
    context: &mut Context<'_>,
    reader: &Reader<'_>,
    text: &str,
    rows: &[SessionRow],
) -> Result<Option<usize>, Failure> {
    let is_person = context.io.input_is_terminal && context.io.err_is_terminal && context.io.out_is_terminal;
    if !is_person || context.global.quiet {
        return Ok(None);
    }
    context.note(&format!("{} sessions have {}:", rows.len(), printable(text)));
    let shown = rows.len().min(CHOICES_MAX);
    for (at, row) in rows[..shown].iter().enumerate() {
        let line = format!("  {}  {}  {}", at + 1, brief(reader, &name_of(row)), described(context, row));
        context.note(&line);
    }
    let _unheard = write!(context.io.err, "which one? [1-{shown}, or nothing] ");
    let _unheard = context.io.err.flush();
    let mut answer = String::new();
    if BufReader::new(&mut context.io.input).read_line(&mut answer).is_err() {
        return Ok(None);
    }
    match answer.trim().parse::<usize>() {
        Ok(number) if (1..=shown).contains(&number) => Ok(Some(number - 1)),
        _ => Err(Failure::new(crate::exit::Exit::Nothing, format!("find session {text}: none was chosen"))),
    }
}

/// Returns the sessions that have all the words in their titles, or in the last part of their workspace's path; the last one first.
/// Where none has, those that have words nearly like them.
fn by_words(reader: &Reader<'_>, text: &str) -> Result<Vec<SessionRow>, Error> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(longest) = words.iter().max_by_key(|word| word.len()) else { return Ok(Vec::new()) };
    let last_first = SessionFilter::new().with_order(Order::Moved);
    let fitting = last_first.clone().with_text(*longest).with_limit(FITTING_MAX);
    let mut rows = Store::sessions_seen_by(reader, &fitting)?;
    rows.retain(|row| {
        let title = titles(row);
        words.iter().all(|word| title.contains(word))
    });
    if rows.is_empty() {
        rows = Store::sessions_seen_by(reader, &last_first.with_limit(LOOKED_THROUGH))?;
        rows.retain(|row| {
            let title = titles(row);
            let known: Vec<&str> = title.split(|c: char| !c.is_alphanumeric()).collect();
            words.iter().all(|word| title.contains(word) || known.iter().any(|known| is_near(word, known)))
        });
    }
    // The one that says just this is meant.
    let is_just = |row: &SessionRow| row.task.to_lowercase().trim() == text.trim();
    if rows.iter().filter(|row| is_just(row)).count() == 1 {
        rows.retain(is_just);
    }
    if rows.iter().any(|row| !is_subagent(row)) {
        rows.retain(|row| !is_subagent(row));
    }
    Ok(rows)
}

fn titles(row: &SessionRow) -> String {
    let folder = row.path.as_deref().unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    format!("{} {folder}", row.task).to_lowercase()
}

/// Whether two words differ by one letter that is missing, added, changed, or exchanged with the next.
fn is_near(word: &str, known: &str) -> bool {
    let (word, known): (Vec<char>, Vec<char>) = (word.chars().collect(), known.chars().collect());
    if word.len() < WORD_MIN || word.len().abs_diff(known.len()) > 1 {
        return false;
    }
    let same = word.iter().zip(&known).take_while(|(a, b)| a == b).count();
    let (a, b) = (&word[same..], &known[same..]);
    match word.len().cmp(&known.len()) {
        std::cmp::Ordering::Less => a == &b[1..],
        std::cmp::Ordering::Greater => &a[1..] == b,
        std::cmp::Ordering::Equal if a.is_empty() => true,
        std::cmp::Ordering::Equal => {
            a[1..] == b[1..] || (a.len() > 1 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_may_be_a_letter_off() {
        for near in ["door", "doorr", "dor", "doar", "odor"].map(|word| (word, "door")) {
            assert_eq!(is_near(near.0, near.1), near.0.len() >= WORD_MIN, "{near:?}");
        }
        for (word, known) in [("door", "dxyr"), ("door", "doooor"), ("door", ""), ("abc", "abd")] {
            assert!(!is_near(word, known), "{word} {known}");
        }
    }

    #[test]
    fn what_is_recorded_of_a_command_holds_no_title() {
        for words in ["door", "mend the door 2", "修理"] {
            assert!(may_be_words(words), "{words}");
        }
        for name in ["@", "@2", "5f0c2a1e", "atlas/a1~2", "comp-123"] {
            assert!(!may_be_words(name), "{name}");
        }
    }
}
