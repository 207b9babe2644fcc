//! `show` as a conversation.

use retold_core::{Clock, EventType, Limit, Reader, Revision, StreamName, time};
use retold_projections::{Found, JoinedTranscript, joined_transcripts};
use retold_travel::Conversation;
use retold_travel::conversation::{Entry, Extent, Page, Turn, What};

use super::Show;
use crate::context::{Context, is_plain};
use crate::conversation::{Look, OwnTranscript, Rest, WHOLE_MAX, Writer, earlier, head};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::AsOf;
use crate::styled::Paper;
use crate::travel_args;

/// Turns that are read at once on the way through all.
const TURNS_AT_ONCE: usize = 50;
/// Events of a page.
const EVENTS: usize = 2_000;

/// Shows the conversation; `None` where the session is not there.
///
/// # Errors
/// Where it cannot be read or written.
pub(super) fn show(
    context: &mut Context<'_>,
    reader: &mut Reader<'_>,
    found: &Found,
    as_of: AsOf,
    asked: &Show,
) -> Result<Option<Exit>, Failure> {
    let is_all = asked.all;
    let page = match (asked.entry, is_all) {
        (Some(revision), _) => Page::After(Revision::ZERO.plus(revision.get() - 1)),
        (None, true) => Page::After(Revision::ZERO),
        (None, false) => Page::Last,
    };
    let turns = if is_all { TURNS_AT_ONCE } else { asked.number.max(1) };
    let extent = Extent { turns, events: EVENTS, happened: happened(as_of), ..Extent::default() };
    let Some(mut conversation) = Conversation::read(reader, found.stream, as_of.position, page, &extent)?
    else {
        return Ok(None);
    };
    if conversation.records.deleted && context.global.at.is_none() {
        return Ok(None);
    }
    if context.global.at.as_ref().is_some_and(is_plain) {
        let said = context.resolver(reader, Some(found)).moment(as_of.position)?.said;
        context.note(&format!("as of {said}"));
    }
    let look = Look {
        paper: Paper {
            columns: context.io.out_is_terminal.then_some(context.io.columns),
            colour: context.out_colour(),
        },
        zone: context.zone(),
        now: (context.io.clock)(),
        is_full: asked.full || asked.entry.is_some(),
        whole_max: WHOLE_MAX,
        rest: Rest::Command(travel_args::quoted(&crate::session::brief(reader, &found.name))),
    };
    let mut writer = Writer::new(&look);
    let mut paged = context.paged();
    if let Some(revision) = asked.entry {
        return entry(context, reader, &conversation, revision, &mut writer).map(Some);
    }
    let own = own_transcripts(context, reader, found)?;
    let own: Vec<OwnTranscript> = own
        .into_iter()
        .map(|(joined, name)| OwnTranscript {
            place: joined.place,
            run: joined.run,
            name: crate::session::brief(reader, &name),
        })
        .collect();
    let mut top = String::new();
    head(&mut top, &conversation, &own, &look);
    paged.write(&top, &mut *context.io.out)?;
    if !is_all {
        paged.write(&earlier(&conversation, &look), &mut *context.io.out)?;
    }
    loop {
        for turn in &conversation.turns {
            let mut text = String::new();
            writer.turn(&mut text, reader, turn)?;
            paged.write(&text, &mut *context.io.out)?;
        }
        let Some(after) = conversation.after.filter(|_| is_all) else { break };
        if context.io.is_interrupted() {
            return Err(Failure::interrupted());
        }
        match Conversation::read(reader, found.stream, as_of.position, Page::After(after), &extent)? {
            Some(next) => conversation = next,
            None => break,
        }
    }
    paged.end(&mut *context.io.out)?;
    for one in retold_upkeep::pruned_of(reader, found.stream)? {
        super::note_pruned(context, &found.name, &one);
    }
    Ok(Some(Exit::Done))
}

/// Returns the instant of a moment by the clock of happening.
fn happened(as_of: AsOf) -> Option<i64> {
    match as_of.time {
        Some((Clock::Occurred, instant)) => Some(time::to_micros(instant)),
        _ => None,
    }
}

/// Shows what one event brought.
fn entry(
    context: &mut Context<'_>,
    reader: &mut Reader<'_>,
    conversation: &Conversation,
    revision: Revision,
    writer: &mut Writer<'_>,
) -> Result<Exit, Failure> {
    let Some(found) = conversation.entries().find(|entry| entry.revision == revision) else {
        let message = format!("show {}: its event r{revision} says nothing", conversation.name);
        let hint =
            format!("`retold log {} --at r{revision} -n 1` tells what it is", conversation.name.session_id);
        return Err(Failure::new(Exit::Nothing, message).hint(hint));
    };
    let mut turn = Turn::default();
    turn.entries.push(found.clone());
    let mut text = String::new();
    writer.turn(&mut text, reader, &turn)?;
    context.text(&text)?;
    Ok(Exit::Done)
}

/// Returns the calls of tools of a session, with what they returned.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn calls(reader: &mut Reader<'_>, found: &Found, as_of: AsOf) -> Result<Vec<Entry>, Failure> {
    let at = as_of.position;
    let extent =
        Extent { turns: TURNS_AT_ONCE, events: EVENTS, happened: happened(as_of), ..Extent::default() };
    let (mut calls, mut page) = (Vec::new(), Page::After(Revision::ZERO));
    while let Some(conversation) = Conversation::read(reader, found.stream, at, page, &extent)? {
        if conversation.calls == 0 {
            break;
        }
        let entries = conversation.turns.into_iter().flat_map(|turn| turn.entries);
        calls.extend(entries.filter(|entry| matches!(entry.what, What::Call(_) | What::Returned { .. })));
        match conversation.after {
            Some(after) => page = Page::After(after),
            None => break,
        }
    }
    Ok(calls)
}

/// Returns the messages that were rewound or compacted.
///
/// # Errors
/// Where they cannot be read.
pub(super) fn marked(
    reader: &mut Reader<'_>,
    found: &Found,
    as_of: AsOf,
) -> Result<Vec<super::Marked>, Failure> {
    let types = [EventType::ContextCompacted, EventType::HistoryRewound];
    let one = Limit { rows: 1, ..Limit::default() };
    let head = reader.head()?.position;
    // Where nothing ever was, no message is looked at.
    if reader.stream_events_of_types(&types, found.stream, Revision::ZERO, head, one)?.events.is_empty() {
        return Ok(Vec::new());
    }
    let extent = Extent { turns: TURNS_AT_ONCE, events: EVENTS, happened: happened(as_of), head: 0, tail: 0 };
    let (mut marked, mut page) = (Vec::new(), Page::After(Revision::ZERO));
    while let Some(conversation) = Conversation::read(reader, found.stream, as_of.position, page, &extent)? {
        for entry in conversation.entries().filter(|entry| entry.rewound || entry.compacted) {
            if let What::Message { id, .. } | What::Thinking { id, .. } = &entry.what {
                marked.push(super::Marked {
                    id: id.clone(),
                    position: entry.position.get(),
                    rewound: entry.rewound,
                    compacted: entry.compacted,
                });
            }
        }
        match conversation.after {
            Some(after) => page = Page::After(after),
            None => break,
        }
    }
    Ok(marked)
}

/// Returns the sessions that agents' own tools kept of the instances; none of an earlier moment, for they are found by what is
/// known now.
///
/// # Errors
/// Where they cannot be read.
pub(super) fn own_transcripts(
    context: &Context<'_>,
    reader: &Reader<'_>,
    found: &Found,
) -> Result<Vec<(JoinedTranscript, StreamName)>, Failure> {
    if context.global.at.is_some() {
        return Ok(Vec::new());
    }
    let joined = joined_transcripts(reader, Some(found.stream))?.into_iter();
    joined.map(|joined| Ok((joined, reader.name(joined.transcript)?))).collect()
}
