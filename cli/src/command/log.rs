//! `retold log`: what happened, event by event.

mod follow;
mod patches;
#[cfg(feature = "team")]
mod remote;
mod rows;

use retold_core::{Clock, EventType, Origin, Position, Reader, StreamId};
use retold_projections::Found;
use retold_travel::{Events, Filter, Moment};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::joined::Joined;
use crate::output::{AsOf, Value};
use crate::session;
use crate::since::Since;
use crate::travel_args;
use crate::words::Teller;
use rows::{Names, full, said, short};

/// Show what happened, event by event
///
/// Between dates events are in the order in which they happened, and what corrects an earlier event is where that happened; with
/// `-o json` the column `corrects` has its revision. Otherwise they are in the order of the log. --patch and --stat say what an event
/// changed of the session as the log had it then.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold log -n 20                    the last twenty events
  retold log 5f0c2a1e --at r7         a session's events up to its seventh
  retold log yesterday..today         what happened yesterday, in that order
  retold log --since 2h-ago           what happened in the last two hours
  retold log 5f0c2a1e --patch         and what each of them changed
  retold log --grep panic --reverse   the newest first that says `panic`
  retold log 5f0c2a1e --with-transcripts  and what its agents' tools kept
  retold log --follow                 and then what comes, from any program
  retold log -o jsonl | jq .          every event with its body, one a line")]
pub(crate) struct Log {
    /// A session: [WORKSPACE/]ID[~ORDINAL], or the beginning of an id; and a range: A..B
    #[arg(value_name = "SESSION|RANGE", num_args = 0..=2)]
    words: Vec<String>,
    #[command(flatten)]
    since: Since,
    /// Only the last N events
    #[arg(short, value_name = "N")]
    number: Option<u64>,
    /// The newest first
    #[arg(long)]
    reverse: bool,
    /// Only events of this type, such as MessageAdded; may be given several times
    #[arg(long = "type", value_name = "TYPE", value_parser = event_type)]
    types: Vec<EventType>,
    /// Only events of this origin: application, import, fork or revert
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    origin: Option<Origin>,
    /// Only events that hold this text, whatever its case
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
    /// Also the events of what the session's agents left on disk themselves, in the order in which things happened
    #[arg(long, conflicts_with_all = ["patch", "stat", "follow"])]
    with_transcripts: bool,
    /// Also what each event changed
    #[arg(long, conflicts_with = "stat")]
    patch: bool,
    /// Also how much each event changed
    #[arg(long)]
    stat: bool,
    /// The names and fields of events, and when the log got each
    #[arg(short, long, conflicts_with = "patch")]
    verbose: bool,
    /// Go on with what comes, until Ctrl-C
    #[arg(short, long, conflicts_with = "reverse")]
    follow: bool,
}

fn event_type(text: &str) -> Result<EventType, String> {
    let known = |kind: &&EventType| kind.name().eq_ignore_ascii_case(text);
    EventType::ALL.iter().find(known).copied().ok_or_else(|| {
        let names: Vec<&str> = EventType::ALL.iter().map(|kind| kind.name()).collect();
        format!("the types are {}", names.join(", "))
    })
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::ALL.iter().find(|origin| origin.name() == text).copied().ok_or_else(|| {
        let names: Vec<&str> = Origin::ALL.iter().map(|origin| origin.name()).collect();
        format!("the origins are {}", names.join(", "))
    })
}

impl Run for Log {
    const TRAVELS: bool = true;

    // Of one session, as far as it is, that is brought; of all of them, and of what comes, the server tells.
    fn asks_server(&self) -> bool {
        cfg!(feature = "team") && self.session().is_none()
    }

    fn session(&self) -> Option<String> {
        let named = travel_args::session_and_range("log", &self.words);
        named.ok().and_then(|(session, _)| session).filter(|_| !self.follow)
    }

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        #[cfg(feature = "team")]
        if let Some(address) = context.server() {
            return self.ask(&address, context);
        }
        let log = context.open()?;
        let mut reader = log.reader()?;
        reader.begin()?;
        let (session, range) = travel_args::session_and_range("log", &self.words)?;
        let range = self.since.range(context, range)?;
        let session = session.map(|text| session::resolve(context, &reader, &text)).transpose()?;
        if self.with_transcripts {
            let Some(session) = &session else {
                return Err(Failure::usage("log: --with-transcripts is of one session")
                    .hint("name it, as in `retold log 5f0c2a1e --with-transcripts`"));
            };
            let is_open = range.as_ref().is_none_or(|range| range.to.is_none());
            let (after, _, to) = context.moments(&reader, session, range.as_ref())?;
            let joined = Joined::read(context, &mut reader, session, (after, to), is_open)?;
            return self.list_joined(context, reader, &joined, (after, to));
        }
        let span = match &session {
            None => context.between(&reader, range.as_ref())?,
            Some(session) => {
                let (after, _, to) = context.moments(&reader, session, range.as_ref())?;
                (after, to)
            }
        };
        let filter = self.filter(session.as_ref());
        if self.follow {
            let is_open = context.global.at.is_none() && range.is_none_or(|range| range.to.is_none());
            if !is_open {
                return Err(Failure::usage("log: --follow goes on, and --at or the range ends")
                    .hint("leave the end away"));
            }
            return follow::run(&self, context, &log, reader, filter, span);
        }
        if self.patch || self.stat {
            return patches::run(&self, context, &log, reader, filter, span);
        }
        self.list(context, reader, session.is_some(), filter, span)
    }
}

impl Log {
    fn filter(&self, session: Option<&Found>) -> Filter {
        Filter {
            stream: session.map(|session| session.stream),
            types: self.types.iter().copied().collect(),
            origin: self.origin,
            text: self.grep.clone(),
        }
    }

    /// Returns the events in the order to show them. With `-n` they are the last ones, whichever comes first.
    fn events(
        &self,
        reader: &mut Reader<'_>,
        filter: Filter,
        (after, to): (Moment, AsOf),
    ) -> Result<Events, Failure> {
        if self.number.is_none() || self.reverse {
            return Ok(Events::between(reader, filter, after, to.happening(), self.reverse, self.number)?);
        }
        // The first of the last ones is looked for from the end.
        let mut newest_first =
            Events::between(reader, filter.clone(), after, to.happening(), true, self.number)?;
        let mut positions = Vec::new();
        let is_by_position = newest_first.is_by_position();
        while let Some(page) = newest_first.next(reader)? {
            if is_by_position && !page.is_empty() {
                positions.clear();
            }
            positions.extend(page.into_iter().map(|event| event.position));
        }
        if !is_by_position {
            positions.reverse();
            return Ok(Events::of(positions, Filter::default(), false, None)
                .with_corrections(newest_first.into_corrections()));
        }
        let before = positions.last().map_or(to.position, |first| Position::ZERO.plus(first.get() - 1));
        Ok(Events::new(reader, filter, before, to.position, false, None)?)
    }

    /// Lists the events of a session and of its transcripts, with whose each is.
    fn list_joined(
        &self,
        context: &mut Context<'_>,
        mut reader: Reader<'_>,
        joined: &Joined,
        (after, to): (Moment, AsOf),
    ) -> Result<Exit, Failure> {
        let mut positions: Vec<Position> = joined.events.iter().map(|event| event.position).collect();
        let filter = self.filter(None);
        if let (Some(number), false) = (self.number, self.reverse) {
            // The last ones are looked for from the end.
            let mut events = Events::of(positions, filter.clone(), true, Some(number));
            positions = Vec::new();
            while let Some(page) = events.next(&mut reader)? {
                positions.extend(page.into_iter().map(|event| event.position));
            }
            positions.reverse();
        }
        let events = Events::of(positions, filter, self.reverse, self.number)
            .with_corrections(joined.corrections.clone());
        self.show(context, reader, events, ((after, to), true), &|stream| {
            joined.by(stream).map(str::to_owned)
        })
    }

    fn list(
        &self,
        context: &mut Context<'_>,
        mut reader: Reader<'_>,
        of_one: bool,
        filter: Filter,
        span: (Moment, AsOf),
    ) -> Result<Exit, Failure> {
        let events = self.events(&mut reader, filter, span)?;
        self.show(context, reader, events, (span, of_one), &|_| None)
    }

    /// Shows events; `by` says whose each is, where they are of several sessions.
    fn show(
        &self,
        context: &mut Context<'_>,
        mut reader: Reader<'_>,
        mut events: Events,
        ((after, to), of_one): ((Moment, AsOf), bool),
        by: &dyn Fn(StreamId) -> Option<String>,
    ) -> Result<Exit, Failure> {
        let is_table = context.is_table();
        let form = rows::Form {
            of_one,
            verbose: self.verbose,
            on_terminal: context.io.out_is_terminal,
            is_joined: self.with_transcripts,
        };
        let mut columns = if is_table { rows::columns(form) } else { rows::full_columns() };
        let is_by_date = [after, to.happening()].iter().any(|moment| moment.clock() == Clock::Occurred);
        let has_corrects = is_by_date && !is_table;
        columns.extend(has_corrects.then_some(rows::CORRECTS));
        columns.extend((form.is_joined && !is_table).then_some(rows::BY));
        let mut rows = context.rows(to, columns)?;
        let (mut names, mut teller) = (Names::default(), Teller::default());
        while let Some(page) = events.next(&mut reader)? {
            for event in page {
                let corrects = events.corrects(&event);
                let how = (self.verbose, corrects);
                let said = is_table.then(|| said(&mut teller, &mut reader, &event, how)).transpose()?;
                let name = names.of(&reader, event.stream)?;
                let by = self.with_transcripts.then(|| by(event.stream));
                rows.push(match said {
                    Some(said) => short(&event, said, (name, by), form),
                    None => {
                        let by = by.map(|by| by.map_or(Value::Null, Value::from));
                        let corrects = has_corrects.then(|| corrects.map_or(Value::Null, Value::from));
                        full(event, name).into_iter().chain(corrects).chain(by).collect()
                    }
                })?;
            }
        }
        let exit = if rows.count() > 0 { Exit::Done } else { Exit::Nothing };
        rows.finish()?;
        Ok(exit)
    }
}
