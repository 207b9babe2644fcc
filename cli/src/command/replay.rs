//! `retold replay`: a session at its original pace.

use std::ops::ControlFlow;
use std::time::Duration;

use retold_core::Reader;
use retold_travel::{JoinedEvent, Pace};

use super::Run;
use crate::changes;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::joined::Joined;
use crate::output::cut;
use crate::printable::printable;
use crate::roster::Roll;
use crate::since::Since;
use crate::travel_args;
use crate::words::Teller;

/// Replay a session at its original pace
///
/// A pause is the time between two events, divided by the speed and cut at the limit. Into a pipe there is none. Ctrl-C
/// ends it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold replay 5f0c2a1e                    ten times as fast, no pause over a second
  retold replay 5f0c2a1e --speed 1          as fast as it was
  retold replay 5f0c2a1e r10..r20           a part of it
  retold replay 5f0c2a1e --with-transcripts what its agents' own tools kept, too
  retold replay 5f0c2a1e --idle-limit 0.1   hurry")]
pub(crate) struct Replay {
    /// The session
    session: String,
    /// Only events in this range: A..B
    range: Option<String>,
    #[command(flatten)]
    since: Since,
    /// Also the events of what the session's agents left on disk themselves, in the order in which things happened
    #[arg(long)]
    with_transcripts: bool,
    /// How many times faster than it happened
    #[arg(long, value_name = "N", default_value_t = 10.0, value_parser = positive)]
    speed: f64,
    /// No pause is longer, in seconds
    #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = positive)]
    idle_limit: f64,
}

fn positive(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "a number such as 2 or 0.5 is accepted".to_owned())?;
    match number.is_finite() && number >= 0.0 && (number > 0.0 || text.starts_with('0')) && number < 1e9 {
        true => Ok(number),
        false => Err("a number of 0 or more is accepted".to_owned()),
    }
}

impl Run for Replay {
    const TRAVELS: bool = true;

    fn session(&self) -> Option<String> {
        Some(self.session.clone())
    }

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        if !context.is_table() {
            return Err(Failure::usage("replay: it is for people")
                .hint("`retold log SESSION --patch -o jsonl` gives the same to programs"));
        }
        let log = context.open()?;
        let range = self.range.as_deref().map(travel_args::parse_range).transpose()?;
        let range = self.since.range(context, range)?;
        let (found, mut timeline) = travel_args::begin(context, &log, &self.session)?;
        let (after, _, to) = context.moments(timeline.reader(), &found, range.as_ref())?;
        let is_open = range.as_ref().is_none_or(|range| range.to.is_none());
        let joined = match self.with_transcripts {
            true => Some(Joined::read(context, timeline.reader(), &found, (after, to), is_open)?),
            false => None,
        };
        // Nobody who writes waits for one who watches: events never change, so the store is let go.
        timeline.reader().end()?;
        let pace = Pace { speed: self.speed, idle_max: Duration::from_secs_f64(self.idle_limit) };
        let style = context.style("  ");
        let other = log.reader()?;
        let mut last: Option<i64> = None;
        let (mut others, mut teller) = (log.reader()?, Teller::default());
        let mut waiting = joined.iter().flat_map(|joined| &joined.events).peekable();
        timeline.walk::<Failure>(after, to.happening(), |step| {
            let event = step.event;
            if let Some(joined) = &joined {
                // What happened before it elsewhere.
                while let Some(other) = waiting.next_if(|other| other.position != event.position) {
                    // An event of its own that says nothing here.
                    if other.stream == found.stream {
                        continue;
                    }
                    replay_other(context, (&mut others, &mut teller), joined, *other, (&pace, &mut last))?;
                }
                waiting.next();
            }
            pause(context, &pace, last, event.occurred_at)?;
            let mut text = format!(
                "{}  r{}  {}",
                travel_args::instant(event.occurred_at, &context.zone()),
                event.revision,
                event.kind
            );
            text.extend(event.erasure.map(|gone| format!("  ({gone})")));
            if let Some(columns) = style.columns {
                text = cut(&text, columns);
            }
            text.push('\n');
            let mut roll = Roll::of(step.before);
            for patch in step.patches {
                let path = roll.follow(patch);
                // What every event says again is not worth a line.
                let is_clock = path == "updatedAt" && step.patches.len() > 1;
                if !is_clock {
                    changes::write(&mut text, patch, &path, other.connection(), style)?;
                }
            }
            context.io.out.write_all(text.as_bytes()).map_err(Failure::output)?;
            last = Some(event.occurred_at);
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some(joined) = &joined {
            for other in waiting.filter(|other| other.stream != found.stream) {
                replay_other(context, (&mut others, &mut teller), joined, *other, (&pace, &mut last))?;
            }
        }
        Ok(match last {
            Some(_) => Exit::Done,
            None => travel_args::nothing(context, "nothing happened in that range"),
        })
    }
}

/// Waits as long as it took from one event to the next, where somebody watches.
fn pause(context: &mut Context<'_>, pace: &Pace, last: Option<i64>, next: i64) -> Result<(), Failure> {
    if context.io.out_is_terminal
        && let Some(last) = last
    {
        context.io.out.flush().map_err(Failure::output)?;
        context.io.rest(pace.between(last, next));
    }
    match context.io.is_interrupted() {
        true => Err(Failure::interrupted()),
        false => Ok(()),
    }
}

/// Tells an event of a transcript in a line.
fn replay_other(
    context: &mut Context<'_>,
    (reader, teller): (&mut Reader<'_>, &mut Teller),
    joined: &Joined,
    other: JoinedEvent,
    (pace, last): (&Pace, &mut Option<i64>),
) -> Result<(), Failure> {
    let Some(event) = reader.event_at(other.position)? else { return Ok(()) };
    pause(context, pace, *last, event.occurred_at)?;
    let (said, _) = teller.tell(reader, &event)?;
    let mut text = format!(
        "{}  {}  r{}  {}",
        travel_args::instant(event.occurred_at, &context.zone()),
        joined.by(event.stream).unwrap_or_default(),
        event.revision,
        printable(&said)
    );
    if context.io.out_is_terminal {
        text = cut(&text, context.io.columns);
    }
    text.push('\n');
    *last = Some(event.occurred_at);
    context.io.out.write_all(text.as_bytes()).map_err(Failure::output)
}
