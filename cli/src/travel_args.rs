//! What the commands that travel have in common.

use jiff::tz::TimeZone;
use retold_core::{Log, StreamName, time};
use retold_projections::Found;
use retold_travel::{Author, Range, Timeline};

use crate::context::Context;
use crate::failure::Failure;
use crate::session;

/// Finds a session and begins its timeline, at one moment of the store.
///
/// # Errors
/// Where no session has the name, or several have.
pub(crate) fn begin<'log>(
    context: &mut Context<'_>,
    log: &'log Log,
    name: &str,
) -> Result<(Found, Timeline<'log>), Failure> {
    let found = session::resolve(context, &log.reader()?, name)?;
    let mut timeline = Timeline::of(log, found.stream)?;
    timeline.reader().begin()?;
    Ok((found, timeline))
}

/// Parts `[SESSION] [RANGE]`, in either order: a range has two dots.
///
/// # Errors
/// Where there are two of a kind.
pub(crate) fn session_and_range(
    command: &str,
    words: &[String],
) -> Result<(Option<String>, Option<Range>), Failure> {
    let (mut session, mut range) = (None, None);
    for word in words {
        let is_range = word.contains("..");
        let twice = if is_range { range.is_some() } else { session.is_some() };
        if twice {
            let what = if is_range { "range" } else { "session" };
            return Err(Failure::usage(format!("{command}: {word} is a second {what}"))
                .hint("a range is A..B, anything else is a session"));
        }
        match is_range {
            true => range = Some(parse_range(word)?),
            false => session = Some(word.clone()),
        }
    }
    Ok((session, range))
}

/// Reads a range.
///
/// # Errors
/// Where it is none.
pub(crate) fn parse_range(text: &str) -> Result<Range, Failure> {
    text.parse().map_err(|error| Failure::usage(format!("range {text}: {error}")))
}

/// Returns where an event is from, for a table.
pub(crate) fn origin(author: &Author) -> String {
    let Some(meta) = &author.meta else {
        return author.origin().map_or_else(|| "unknown".to_owned(), |origin| origin.to_string());
    };
    match (&meta.source, &meta.from) {
        (_, Some(from)) => format!("{} of {}", meta.origin, from.position),
        _ => meta.origin.to_string(),
    }
}

/// Returns a session's name as a shell takes it for one word.
pub(crate) fn word(name: &StreamName) -> String {
    quoted(&session::full(name))
}

/// Returns a text as a shell takes it for one word.
pub(crate) fn quoted(text: &str) -> String {
    let is_plain =
        |letter: char| letter.is_alphanumeric() || matches!(letter, '/' | '_' | '.' | '-' | ':' | '@');
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// Says in a line what an instant is, by the clock of a zone.
pub(crate) fn instant(micros: i64, zone: &TimeZone) -> String {
    time::from_micros(micros).map_or_else(|| micros.to_string(), |at| time::shown(at, zone))
}

/// Ends a command that found nothing, with a word to the person.
pub(crate) fn nothing(context: &mut Context<'_>, line: &str) -> retold_present::Exit {
    context.note(line);
    retold_present::Exit::Nothing
}
