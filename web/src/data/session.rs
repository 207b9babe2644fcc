//! A session as it was at a moment.

use retold_core::happening::Moment;
use retold_core::{List, Position, Reader, Revision};
use retold_present::long_text::ends;
use retold_travel::{Authors, State};
use serde_json::{Value, json};

use super::{name_of, shape};
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Opened, Site};

/// Instances that are given with the session.
const INSTANCES_MAX: u32 = 1000;
/// Messages of a page, where nothing else is asked for.
const MESSAGES: u64 = 200;
/// Characters of an answer's texts, after which a page of messages ends.
const PAGE_BYTES: usize = 2 * 1024 * 1024;

pub(crate) fn head(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let frame = opened.timeline.at_resolved(&opened.as_of.resolved())?;
    let happened = happened(&mut opened)?;
    let answer = begin(&mut opened)?;
    Ok(answer.with("state", frame.state.as_ref().map_or(Value::Null, whole)).with("happened", happened))
}

/// Returns the time by which things had happened, in microseconds since 1970, and how many events correct later what had; null for
/// a moment by position, and where nothing was corrected: then the state is that after its event.
fn happened(opened: &mut Opened<'_>) -> Result<Value, Problem> {
    let Moment::Occurred(at) = opened.as_of.happening() else { return Ok(Value::Null) };
    let (stream, revision) = (opened.found.stream, opened.revision);
    let corrections = opened.timeline.reader().corrected_later(stream, revision, at)?.len();
    Ok(match corrections {
        0 => Value::Null,
        _ => json!({ "at": at, "corrections": corrections }),
    })
}

/// Begins an answer about a session: which one, and which of its moments.
pub(crate) fn begin(opened: &mut Opened<'_>) -> Result<Answer, Problem> {
    let position = opened.position_of(opened.revision)?;
    let (as_of, revision, last) = (opened.as_of, opened.revision, opened.last);
    let path = folder(opened.timeline.reader(), &opened.found.name.workspace)?;
    let reader = opened.timeline.reader();
    let occurred_at = Authors::default().get(reader, position)?.occurred_at;
    Ok(Answer::of(&as_of, reader)?
        .with("session", name_of(&opened.found.name))
        .with("folder", path)
        .with("revision", revision.get())
        .with("revisions", last.get())
        .with("position", position.get())
        .with("occurred_at", occurred_at))
}

/// Returns the folder of a workspace, where it is known.
fn folder(reader: &Reader<'_>, workspace: &str) -> Result<Option<String>, Problem> {
    use rusqlite::OptionalExtension;
    let found = reader
        .connection()
        .prepare_cached(include_str!("../../sql/folder.sql"))
        .and_then(|mut statement| statement.query_row([workspace], |row| row.get(0)).optional());
    Ok(found.map_err(retold_core::Error::sqlite("find a workspace"))?.flatten())
}

/// Returns a state as the page holds it: messages are counted, and read where they are shown.
pub(super) fn whole(state: &State) -> Value {
    let instances = state.rows(List::Instances);
    let shown = (0..instances.min(INSTANCES_MAX)).map(|at| shape::element(state, List::Instances, at));
    json!({
        "own": shape::own(state),
        "instances": shown.collect::<Vec<Value>>(),
        "instance_count": instances,
        "message_count": state.rows(List::Messages),
    })
}

pub(crate) fn messages(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let frame = opened.timeline.at_resolved(&opened.as_of.resolved())?;
    let answer = begin(&mut opened)?;
    let Some(state) = frame.state else { return Ok(answer.with("total", 0).with_rows(Vec::new())) };
    let from = usize::try_from(asked.query.number("from").unwrap_or(0)).unwrap_or(usize::MAX);
    let number = usize::try_from(asked.query.number("n").unwrap_or(MESSAGES)).unwrap_or(usize::MAX);
    let reader = opened.timeline.reader();
    let (mut rows, mut bytes, mut authors) = (Vec::new(), 0, Authors::default());
    for (index, row) in state.messages.iter_from(from).take(number).enumerate() {
        let [head, tail] = ends(&row.message.content, reader.connection())?;
        bytes += head.len() + tail.len();
        let mut revision =
            |position: Position| Ok::<Revision, Problem>(authors.get(reader, position)?.revision);
        let (added, changed) = (revision(row.provenance.added)?, revision(row.provenance.last())?);
        rows.push(json!({
            "index": from + index,
            "role": row.message.role,
            "instance": row.message.instance_id,
            "timestamp": row.message.timestamp,
            "text": head,
            "tail": tail,
            "bytes": row.message.content.len(),
            "added": added.get(),
            "changed": changed.get(),
        }));
        if bytes > PAGE_BYTES {
            break;
        }
    }
    Ok(answer.with("total", state.messages.len()).with_rows(rows))
}
