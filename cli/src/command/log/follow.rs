//! `--follow`: what is there, then what comes.

use std::time::Duration;

use retold_core::{Reader, Recorded, StreamName};
use retold_travel::{Events, Filter, Moment};

use super::Log;
use super::rows::{Names, columns, full, said};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, cut, line};
use crate::printable::printable;
use crate::roster::Rosters;
use crate::session;
use crate::travel_args;

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
    let (mut names, mut rosters) = (Names::default(), Rosters::default());
    let mut events = verb.events(&mut reader, filter.clone(), span)?;
    while let Some(page) = events.next(&mut reader)? {
        for event in page {
            let said = said(&mut rosters, &mut reader, &event)?;
            tell(context, names.of(&reader, event.stream)?, &said, event)?;
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
            rosters.forget(event.stream);
            if has_come(&reader, &event, span.0)? && wanted.is_wanted(&mut reader, &event)? {
                let said = said(&mut rosters, &mut reader, &event)?;
                tell(context, names.of(&reader, event.stream)?, &said, event)?;
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
            retold_projections::happened_at(reader, event.stream, event.revision)?
                .is_some_and(|at| at > after)
        }
        _ => true,
    })
}

fn tell(context: &mut Context<'_>, name: &StreamName, said: &str, event: Recorded) -> Result<(), Failure> {
    if !context.is_table() {
        let names: Vec<String> = columns(false, false, false).into_iter().map(str::to_owned).collect();
        return line(&mut *context.io.out, &names, &full(event, name)).map_err(Failure::output);
    }
    let text = format!(
        "{:>8}  {}  {:<8}  {:<22}  {}",
        event.position,
        travel_args::instant(event.occurred_at, &context.zone()),
        printable(&session::short(name)),
        event.kind,
        printable(said)
    );
    let text = if context.io.out_is_terminal { cut(&text, context.io.columns) } else { text };
    context.say(text.trim_end())
}
