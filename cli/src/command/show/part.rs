//! `show --path`: what stands at one place.

use retold_core::{Head, Log};
use retold_projections::Found;
use retold_travel::{Error, List, Path, State, Timeline, Value};
use rusqlite::Connection;
use serde_json::json;

use crate::changes::loaded;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::journey;
use crate::output::{Format, harmless};

pub(super) fn show(
    context: &mut Context<'_>,
    log: &Log,
    found: &Found,
    as_of: Head,
    text: &str,
) -> Result<Exit, Failure> {
    let path = journey::parse_path(text)?;
    let mut timeline = Timeline::of(log, found.stream)?;
    let frame = timeline.at(as_of.position)?;
    let position = as_of.position.get();
    let Some(state) = &frame.state else {
        return Err(
            Error::NotThere { stream: found.name.clone(), reason: "not created yet", position }.into()
        );
    };
    let value = value(state, &path, timeline.reader().connection())?.ok_or_else(|| Error::NoSuchPlace {
        stream: found.name.clone(),
        path: text.to_owned(),
        position,
    })?;
    match context.global.output {
        Format::Csv => {
            return Err(Failure::usage("show: a document is no table").hint("-o json gives it whole"));
        }
        Format::Table => {
            let shown = match &value {
                // A text is what it is: it goes on to another program as it stands, and to a terminal harmless.
                serde_json::Value::String(text) if !context.io.out_is_terminal => format!("{text}\n"),
                serde_json::Value::String(text) => {
                    text.lines().map(|line| format!("{}\n", crate::printable::printable(line))).collect()
                }
                value => format!("{}\n", harmless(pretty(value)?)),
            };
            context.text(&shown)?;
        }
        format => {
            let as_of = json!({"position": position, "hash": as_of.hash.to_string()});
            let answer = json!({"as_of": as_of, "path": path.to_string(), "value": value});
            context.document(&answer, format == Format::Json)?;
        }
    }
    Ok(Exit::Done)
}

fn pretty(value: &serde_json::Value) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| Failure::output(error.into()))
}

/// Returns what stands at a place, with its texts; a list is all its elements.
fn value(state: &State, path: &Path, connection: &Connection) -> Result<Option<serde_json::Value>, Failure> {
    let one = |path: &Path| -> Result<Option<serde_json::Value>, Failure> {
        let Some(value) = state.value(path) else { return Ok(None) };
        let value = match (path, value) {
            (Path::Whole, Value::Session(session)) => {
                let mut session = session;
                let mut decoder = retold_core::Decoder::default();
                for instance in &mut session.instances {
                    if let Some(output) = &mut instance.output {
                        decoder.resolve(connection, output)?;
                    }
                }
                for message in &mut session.chat_history {
                    decoder.resolve(connection, &mut message.content)?;
                }
                Value::Session(session)
            }
            (_, value) => loaded(&value, connection)?,
        };
        let value = serde_json::to_value(&value).map_err(|error| Failure::output(error.into()))?;
        Ok(Some(value))
    };
    match path {
        Path::Rows(List::Instances | List::Messages) | Path::Each(..) => {
            let values: Result<Vec<_>, _> = state.places(path).iter().map(one).collect();
            Ok(Some(values?.into_iter().flatten().collect()))
        }
        path => one(path),
    }
}
