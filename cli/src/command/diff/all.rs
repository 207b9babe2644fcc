//! `diff --all`: every session of the store that changed between two moments.

use std::collections::HashMap;

use retold_core::{Log, Progress, Reader, StreamId, Unit};
use retold_travel::{Moment, Point, Timeline, diff};

use super::Diff;
use retold_projections::Happenings;

use crate::changes::Stat;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::AsOf;
use crate::session;
use crate::travel_args;

pub(super) fn run(verb: Diff, context: &mut Context<'_>, log: &Log) -> Result<Exit, Failure> {
    if verb.third.is_some() {
        return Err(Failure::usage("diff --all: there are three points").hint("name two: `diff --all A B`"));
    }
    let reader = log.reader()?;
    reader.begin()?;
    let parse =
        |text: &str| text.parse::<Point>().map_err(|error| Failure::usage(format!("point {text}: {error}")));
    let a = parse(verb.first.as_deref().unwrap_or_default())?;
    let from = context.resolver(&reader, None).resolve_moment_or_before(&a)?;
    context.note_point(&a, &from.said);
    let to = match &verb.second {
        None => context.as_of_all(&reader)?,
        Some(text) => {
            let b = parse(text)?;
            let to = context.resolver(&reader, None).resolve_moment_or_before(&b)?;
            context.note_point(&b, &to.said);
            AsOf::from(&to)
        }
    };
    let from = AsOf::from(&from);
    let streams = changed(&reader, from.moment, to.moment)?;
    let total = streams.len() as u64;
    let bar = context.watch("diff");
    let is_table = context.is_table();
    let columns: &[&str] = match is_table {
        true => &["session", "what", "events", "places", "task"],
        false => {
            &["workspace", "session_id", "ordinal", "what", "events", "added", "changed", "removed", "task"]
        }
    };
    let mut rows = context.rows(to, columns.iter().copied())?;
    for (done, (stream, events)) in (1..).zip(streams) {
        bar.show(Progress::new(Unit::Streams, done, total));
        let mut timeline = Timeline::of(log, stream)?;
        let name = timeline.name().clone();
        if name.is_workspace() {
            continue;
        }
        let (old, new) =
            (timeline.at_resolved(&from.resolved())?.state, timeline.at_resolved(&to.resolved())?.state);
        let patches = diff(old.as_ref(), new.as_ref(), reader.connection())?;
        if patches.is_empty() {
            continue;
        }
        let is = |state: &Option<retold_travel::State>| state.as_ref().map(|state| state.records.deleted);
        let what = match (is(&old), is(&new)) {
            (None, _) => "created",
            (_, None) => "not created yet",
            (Some(false), Some(true)) => "deleted",
            (Some(true), Some(false)) => "restored",
            _ => "changed",
        };
        let stat = Stat::of(&patches);
        let task = new.or(old).map_or_else(String::new, |state| state.session.task);
        match is_table {
            true => rows.push([
                session::short(&name).into(),
                what.into(),
                events.into(),
                stat.said().into(),
                task.into(),
            ])?,
            false => rows.push([
                name.workspace.into(),
                name.session_id.into(),
                name.ordinal.into(),
                what.into(),
                events.into(),
                stat.added.into(),
                stat.changed.into(),
                stat.removed.into(),
                task.into(),
            ])?,
        }
    }
    bar.end();
    let none = rows.count() == 0;
    rows.finish()?;
    Ok(if none { travel_args::nothing(context, "no session differs") } else { Exit::Done })
}

/// Returns the streams with an event that counts at one of two moments and not at the other, and how many they have, by
/// the first of them.
fn changed(reader: &Reader<'_>, from: Moment, to: Moment) -> Result<Vec<(StreamId, u64)>, Failure> {
    if let (Moment::Recorded(from), Moment::Recorded(to)) = (from, to) {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
        let streams = reader
            .connection()
            .prepare(include_str!("../../../sql/streams_of_range.sql"))
            .and_then(|mut statement| {
                statement.query_map((from.min(to), from.max(to)), read)?.collect::<Result<Vec<_>, _>>()
            });
        return Ok(streams.map_err(retold_core::Error::sqlite("read the log"))?);
    }
    let happenings = Happenings::of(reader);
    let forward = happenings.happened_between(from, to)?;
    let back = happenings.happened_between(to, from)?;
    let (mut streams, mut places) = (Vec::new(), HashMap::new());
    for happened in forward.into_iter().chain(back) {
        let place = *places.entry(happened.stream).or_insert_with(|| {
            streams.push((happened.stream, 0));
            streams.len() - 1
        });
        streams[place].1 += 1;
    }
    Ok(streams)
}
