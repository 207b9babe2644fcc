//! `--follow`: what is there, then what comes.

use std::time::Duration;

use retold_core::{Reader, Recorded, StreamName};
use retold_projections::Happenings;
use retold_travel::{Events, Filter, Moment};

use super::Log;
use super::rows::{Names, full, full_columns, said};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, line};
use crate::printable::printable;
use crate::session;
use crate::styled::{Line, Paper, Tone};
use crate::travel_args;
use crate::words::Teller;

/// How long to wait before a look at whether somebody pressed Ctrl-C.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

pub(super) fn run(
    verb: &Log,
    context: &mut Context<'_>,
    log: &retold_core::Log,
    mut reader: Reader<'_>,
    filter: Filter,
    span: (Moment, AsOf),
) -> Result<Exit, Failure> {
    if !matches!(context.global.output, crate::output::Format::Table | crate::output::Format::Jsonl) {
        return Err(Failure::usage("log: --follow writes a table or jsonl").hint("-o jsonl is for programs"));
    }
    if verb.patch || verb.stat {
        return Err(Failure::usage("log: --follow tells events as they come, without what they changed")
            .hint("`retold log RANGE --patch` does afterwards"));
    }
    let (mut names, mut teller) = (Names::default(), Teller::default());
    let mut events = verb.events(&mut reader, filter.clone(), span)?;
    while let Some(page) = events.next(&mut reader)? {
        for event in page {
            let how = (verb.verbose, events.corrects(&event));
            let said = said(&mut teller, &mut reader, &event, how)?;
            tell(context, names.of(&reader, event.stream)?, said, event, verb.verbose)?;
        }
    }
    context.io.out.flush().map_err(Failure::output)?;
    // From here on the store is seen as it is.
    reader.end()?;
    let mut wanted = Events::of(Vec::new(), filter, false, None);
    let mut subscription = log.subscribe(span.1.position);
    while !context.io.is_interrupted() {
        let events = subscription.next(POLL_INTERVAL)?;
        reader.refresh()?;
        for event in events {
            teller.forget(event.stream);
            if has_come(&reader, &event, span.0)? && wanted.is_wanted(&mut reader, &event)? {
                let said = said(&mut teller, &mut reader, &event, (verb.verbose, None))?;
                tell(context, names.of(&reader, event.stream)?, said, event, verb.verbose)?;
            }
        }
        context.io.out.flush().map_err(Failure::output)?;
    }
    Err(Failure::interrupted())
}

/// Whether an event that comes lies in the range: what is imported may have happened before it begins.
fn has_come(reader: &Reader<'_>, event: &Recorded, after: Moment) -> Result<bool, Failure> {
    Ok(match after {
        Moment::Occurred(after) if event.occurred_at <= after => {
            Happenings::of(reader).happened_at(event.stream, event.revision)?.is_some_and(|at| at > after)
        }
        _ => true,
    })
}

pub(super) fn tell(
    context: &mut Context<'_>,
    name: &StreamName,
    (said, tone): (String, Tone),
    event: Recorded,
    verbose: bool,
) -> Result<(), Failure> {
    if !context.is_table() {
        let names: Vec<String> = full_columns().into_iter().map(str::to_owned).collect();
        return line(&mut *context.io.out, &names, &full(event, name)).map_err(Failure::output);
    }
    let kind = if verbose { format!("{:<22}  ", event.kind) } else { String::new() };
    let line = Line::of(
        format!(
            "{:>8}  {}  {:<8}  {kind}",
            event.position,
            travel_args::instant(event.occurred_at, &context.zone()),
            printable(&session::short(name)),
        ),
        Tone::Plain,
    );
    let paper = Paper {
        columns: context.io.out_is_terminal.then_some(context.io.columns),
        colour: context.out_colour(),
    };
    let mut text = String::new();
    paper.write_cut(&mut text, &line.and(said, tone), "");
    context.say(text.trim_end())
}
