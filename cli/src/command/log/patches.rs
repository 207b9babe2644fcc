//! `--patch` and `--stat`: events with what they changed.

use std::collections::HashMap;
use std::fmt::Write;

use retold_core::{Reader, Recorded, Revision, StreamId};
use retold_travel::{Filter, Frame, Moment, Patch, State, Timeline};

use super::Log;
use super::rows::{Names, full};
use crate::changes::{self, Stat};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value, cut};
use crate::printable::printable;
use crate::roster::Roll;
use crate::session;
use crate::travel_args;
use crate::words::Teller;

/// Sessions that are held at once.
const SESSIONS_MAX: usize = 64;

pub(super) fn run(
    verb: &Log,
    context: &mut Context<'_>,
    log: &retold_core::Log,
    mut reader: Reader<'_>,
    filter: Filter,
    span: (Moment, AsOf),
) -> Result<Exit, Failure> {
    let mut events = verb.events(&mut reader, filter, span)?;
    let (mut names, mut teller) = (Names::default(), Teller::default());
    let mut before = Before { log, sessions: HashMap::new() };
    let style = context.style("    ");
    if context.is_table() {
        let mut count = 0_u64;
        let (mut page, mut paged) = (String::new(), context.paged());
        while let Some(some) = events.next(&mut reader)? {
            for event in some {
                let (mut roll, patches) = before.patches(&event)?;
                let said = teller.summary(&mut reader, &event)?;
                let name = session::short(names.of(&reader, event.stream)?);
                let _infallible = writeln!(
                    page,
                    "{}",
                    cut_to(
                        &format!(
                            "{}  {}  {}  r{}  {}  {}",
                            event.position,
                            travel_args::instant(event.occurred_at, &context.zone()),
                            printable(&name),
                            event.revision,
                            event.kind,
                            printable(&said)
                        ),
                        style.columns
                    )
                );
                if verb.stat {
                    let _infallible = writeln!(page, "    {}", Stat::of(&patches).said());
                } else {
                    for patch in &patches {
                        changes::write(&mut page, patch, &roll.follow(patch), reader.connection(), style)?;
                    }
                }
                count += 1;
                if context.io.is_interrupted() {
                    return Err(Failure::interrupted());
                }
                paged.write(&std::mem::take(&mut page), &mut *context.io.out)?;
            }
        }
        paged.end(&mut *context.io.out)?;
        return Ok(if count > 0 { Exit::Done } else { Exit::Nothing });
    }
    let columns = super::rows::full_columns().into_iter().chain(["patches"]);
    let mut rows = context.rows(span.1, columns)?;
    while let Some(some) = events.next(&mut reader)? {
        for event in some {
            let (_, patches) = before.patches(&event)?;
            let shown = match verb.stat {
                true => {
                    let Stat { added, changed, removed } = Stat::of(&patches);
                    Value::json(&serde_json::json!({"added": added, "changed": changed, "removed": removed}))
                }
                false => Value::json(&patches),
            };
            let name = names.of(&reader, event.stream)?;
            rows.push(full(event, name).into_iter().chain([shown]))?;
        }
    }
    let exit = if rows.count() > 0 { Exit::Done } else { Exit::Nothing };
    rows.finish()?;
    Ok(exit)
}

fn cut_to(line: &str, columns: Option<usize>) -> String {
    let line = line.trim_end();
    columns.map_or_else(|| line.to_owned(), |columns| cut(line, columns))
}

/// The sessions as they are before their next events.
struct Before<'log> {
    log: &'log retold_core::Log,
    sessions: HashMap<StreamId, (Timeline<'log>, Frame)>,
}

impl Before<'_> {
    /// Returns what an event did, with the instances that there were before it. In the order of the log each session is folded once; backwards, from keyframe to keyframe.
    fn patches(&mut self, event: &Recorded) -> Result<(Roll, Vec<Patch>), Failure> {
        if self.sessions.len() >= SESSIONS_MAX && !self.sessions.contains_key(&event.stream) {
            self.sessions.clear();
        }
        let (timeline, frame) = match self.sessions.entry(event.stream) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(unknown) => {
                let mut timeline = Timeline::of(self.log, event.stream)?;
                if timeline.name().is_workspace() {
                    return Ok((Roll::default(), Vec::new()));
                }
                let frame = timeline.at_revision(Revision::ZERO)?;
                unknown.insert((timeline, frame))
            }
        };
        let before = Revision::ZERO.plus(event.revision.get() - 1);
        if frame.revision != before {
            *frame = timeline.at_revision(before)?;
        }
        let roll = Roll::of(frame.state.as_ref());
        let damaged = |source| retold_travel::Error::InvalidEvent { position: event.position, source };
        let patches =
            State::patches(frame.state.as_ref(), event.kind, event.clone().what()).map_err(damaged)?;
        State::apply_event(&mut frame.state, event.kind, event.clone().what(), event.position)
            .map_err(damaged)?;
        (frame.revision, frame.position, frame.hash) = (event.revision, event.position, event.hash);
        Ok((roll, patches))
    }
}
