//! CloudEvents 1.0, one a line: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md>.

use std::collections::HashMap;
use std::path::Path;

use retold_core::{Event, LogId, Position, Progress, Reader, Recorded, StreamId, StreamName, Unit, time};
use retold_travel::{Events, Filter, Range};
use serde::Serialize;

use super::exported::ExportedFile;
use super::file::NewFile;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, harmless};

/// An event of the log in its envelope. Names of attributes are lower-case letters and digits, as the specification
/// asks.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: &'a str,
    #[serde(rename = "type")]
    kind: String,
    /// Absent where it would be empty, which the specification forbids.
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<&'static str>,
    position: i32,
    revision: i32,
    hash: String,
    recordedat: String,
    /// Absent where the body is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Event>,
}

/// Writes the events of a range, or up to `--at`, long texts in their bodies.
pub(super) fn export(
    context: &mut Context<'_>,
    range: Option<&Range>,
    path: Option<&Path>,
    force: bool,
) -> Result<(AsOf, Vec<ExportedFile>), Failure> {
    let log = context.open()?;
    let mut reader = log.reader()?;
    reader.begin()?;
    let (after, as_of) = context.between(&reader, range)?;
    let mut file = path.map(|path| NewFile::begin(path, force)).transpose()?;
    // A bar would be drawn over lines that go to the same terminal.
    let bar = context.watch_beside("export", file.is_none() && context.io.out_is_terminal);
    let out: &mut dyn std::io::Write = match &mut file {
        Some(file) => file,
        None => &mut *context.io.out,
    };
    let mut envelope = Envelope::new(log.id());
    let mut count = 0;
    let mut events = Events::between(&mut reader, Filter::default(), after, as_of.moment, false, None)?;
    while let Some(page) = events.next(&mut reader)? {
        for mut recorded in page {
            if bar.is_interrupted() {
                return Err(Failure::interrupted());
            }
            if let Some(event) = &mut recorded.event {
                reader.resolve_event(event)?;
            }
            let line = envelope.seal(&reader, &recorded)?;
            writeln!(out, "{line}").map_err(Failure::output)?;
            count += 1;
        }
        bar.show(Progress::new(Unit::Events, count, as_of.position.get()));
    }
    bar.end();
    let Some((file, path)) = file.zip(path) else { return Ok((as_of, Vec::new())) };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((as_of, vec![ExportedFile { name, rows: count, bytes: file.keep()? }]))
}

/// What the envelopes of one log have in common.
struct Envelope {
    log: LogId,
    source: String,
    subjects: HashMap<StreamId, String>,
}

impl Envelope {
    fn new(log: LogId) -> Self {
        Self { log, source: format!("retold:{log}"), subjects: HashMap::new() }
    }

    fn seal(&mut self, reader: &Reader<'_>, recorded: &Recorded) -> Result<String, Failure> {
        let subject = match self.subjects.get(&recorded.stream) {
            Some(known) => known.clone(),
            None => {
                let subject = subject(&reader.name(recorded.stream)?);
                self.subjects.insert(recorded.stream, subject.clone());
                subject
            }
        };
        let position = recorded.position;
        let event = CloudEvent {
            specversion: "1.0",
            id: format!("{}-{position}", self.log),
            source: &self.source,
            kind: format!("dev.retold.{}", recorded.kind),
            subject,
            time: rfc_3339(recorded.occurred_at, position)?,
            datacontenttype: recorded.event.is_some().then_some("application/json"),
            position: integer(position.get(), position)?,
            revision: integer(recorded.revision.get(), position)?,
            hash: recorded.hash.to_string(),
            recordedat: rfc_3339(recorded.recorded_at, position)?,
            data: recorded.event.as_ref(),
        };
        let line = serde_json::to_string(&event);
        line.map(harmless)
            .map_err(|error| Failure::new(Exit::Io, format!("export: position {position}: {error}")))
    }
}

/// The session as other commands take it: `WORKSPACE/ID`, with `~ORDINAL` from the second record of an id on.
fn subject(name: &StreamName) -> String {
    let StreamName { workspace, session_id, ordinal } = name;
    match ordinal {
        0 => workspace.clone(),
        1 => format!("{workspace}/{session_id}"),
        ordinal => format!("{workspace}/{session_id}~{ordinal}"),
    }
}

fn rfc_3339(micros: i64, position: Position) -> Result<String, Failure> {
    let instant = time::from_micros(micros).ok_or_else(|| {
        let found = format!("position {position} has the time {micros}, which is none");
        Failure::from(retold_core::Error::Damaged { act: "read the log", found })
    })?;
    Ok(format!("{instant:.6}"))
}

/// An Integer of CloudEvents has 32 bits.
fn integer(number: u64, position: Position) -> Result<i32, Failure> {
    i32::try_from(number).map_err(|_| {
        Failure::usage(format!(
            "export: position {position}: {number} is more than an integer of CloudEvents holds"
        ))
        .hint("jsonl and parquet hold it")
    })
}
