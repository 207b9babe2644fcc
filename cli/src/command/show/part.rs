//! `show --path`: what is at one place.

use retold_core::{Decoder, Log, Text};
use retold_projections::Found;
use retold_travel::{Error, Path, State, Timeline, Value};
use rusqlite::Connection;
use serde::Serialize;

use crate::changes::loaded;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Format, harmless};
use crate::printable::printable;
use crate::roster::Place;

pub(super) fn show(
    context: &mut Context<'_>,
    log: &Log,
    found: &Found,
    as_of: AsOf,
    text: &str,
) -> Result<Exit, Failure> {
    if let Some(path) = crate::calls::place(text)? {
        return crate::calls::show(context, log, found, as_of, &path);
    }
    let place = Place::parse(text)?;
    let mut timeline = Timeline::of(log, found.stream)?;
    let frame = timeline.at_resolved(&as_of.resolved())?;
    let position = as_of.position;
    let Some(state) = &frame.state else {
        return Err(
            Error::NotThere { stream: found.name.clone(), reason: "not created yet", position }.into()
        );
    };
    let Some(path) = place.path(Some(state)) else {
        let path = text.to_owned();
        return Err(Error::NoSuchPlace { stream: found.name.clone(), path, position }.into());
    };
    let parts = values(state, &path, timeline.reader().connection())?;
    let value = match (&path, &parts[..]) {
        (Path::Rows(_) | Path::Each(..), _) => Part::All(&parts),
        (_, [one]) => Part::One(one),
        _ => {
            let path = text.to_owned();
            return Err(Error::NoSuchPlace { stream: found.name.clone(), path, position }.into());
        }
    };
    match context.global.output {
        Format::Csv => {
            return Err(Failure::usage("show: a document is not a table").hint("-o json gives it whole"));
        }
        Format::Table => {
            let shown = match value {
                // A text is what it is: it goes on to another program as it is, and to a terminal harmless.
                Part::One(Value::Text(Text::Inline(text))) if !context.io.out_is_terminal => {
                    format!("{text}\n")
                }
                Part::One(Value::Text(Text::Inline(text))) => {
                    text.lines().map(|line| format!("{}\n", printable(line))).collect()
                }
                value => {
                    let text = serde_json::to_string_pretty(&value);
                    format!("{}\n", harmless(text.map_err(|error| Failure::output(error.into()))?))
                }
            };
            context.text(&shown)?;
        }
        format => {
            let answer = Answer { as_of, path: path.to_string(), value };
            context.document(&answer, format == Format::Json)?;
        }
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Answer<'a> {
    as_of: AsOf,
    path: String,
    value: Part<'a>,
}

/// One value, or all that a place holds.
#[derive(Serialize)]
#[serde(untagged)]
enum Part<'a> {
    One(&'a Value),
    All(&'a [Value]),
}

/// Returns what is at a place, with its texts; of a list all its elements.
fn values(state: &State, path: &Path, connection: &Connection) -> Result<Vec<Value>, Failure> {
    if *path == Path::Whole {
        let mut session = state.to_session();
        let mut decoder = Decoder::default();
        let outputs = session.instances.iter_mut().filter_map(|instance| instance.output.as_mut());
        let contents = session.chat_history.iter_mut().map(|message| &mut message.content);
        outputs.chain(contents).try_for_each(|text| decoder.resolve(connection, text))?;
        return Ok(vec![Value::Session(Box::new(session))]);
    }
    let places = match path {
        Path::Rows(_) | Path::Each(..) => state.places(path),
        path => vec![path.clone()],
    };
    places.iter().filter_map(|place| state.value(place)).map(|value| loaded(&value, connection)).collect()
}
