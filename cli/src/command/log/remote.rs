//! The events of a team's logs, as they were shipped, and as they come.

use std::collections::VecDeque;
use std::time::Duration;

use retold_core::{Recorded, time};
use retold_projections::may_name;
use retold_team::read::{self, Arrived, ReadUpTo, TeamLog};
use retold_team::receiver::Error;

use super::Log;
use super::rows::{Form, columns, full, full_columns, short};
use crate::command::ship::target::{failure_of, server_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Format, Value, line};
use crate::roster::ROSTER_TYPES;
use crate::since::instants;
use crate::styled::Tone;
use crate::travel_args;
use crate::words::Teller;

/// How long it waits before it looks again whether something came.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The same after the server could not be reached.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// Which events are told.
struct Wanted {
    session: Option<String>,
    after: Option<i64>,
    to: Option<i64>,
}

impl Wanted {
    fn has(&self, arrived: &Arrived) -> bool {
        let at = arrived.event.occurred_at;
        self.after.is_none_or(|after| at > after)
            && self.to.is_none_or(|to| at <= to)
            && self.session.as_ref().is_none_or(|wanted| may_name(wanted, &arrived.name))
    }
}

/// What tells events of a server.
struct Telling {
    log: TeamLog,
    teller: Teller,
    at: ReadUpTo,
    /// What was read and is not told yet: to tell it, the server may be asked again.
    waiting: VecDeque<Arrived>,
}

impl Log {
    /// Tells what a team's server has, and, where it follows, what comes.
    ///
    /// # Errors
    /// For options that only a store answers; otherwise where the server fails.
    pub(super) fn ask(self, address: &str, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let wanted = self.wanted(context)?;
        let (name, server) = server_of("read the log", address, false, context)?;
        let told = |error: &Error| failure_of("read the log of", &name, error);
        let log = TeamLog::new().map_err(|error| told(&error))?;
        let mut telling =
            Telling { log, teller: Teller::default(), at: ReadUpTo::default(), waiting: VecDeque::new() };
        let mut client = server.connect().map_err(|error| told(&error))?;
        if !self.follow {
            return self.list_team(&mut client, &mut telling, &wanted, context, &told);
        }
        let last = read::last_shipment(&mut client).map_err(|error| told(&error))?;
        if let Some(number) = self.number {
            telling.waiting = self
                .last_of(&mut client, &mut telling, &wanted, (last, number), context)
                .map_err(|error| told(&error))?;
            telling.at = ReadUpTo::end_of(last);
        }
        loop {
            match self.follow_on(&mut client, &mut telling, &wanted, context) {
                Ok(()) => return Err(Failure::interrupted()),
                Err(Stop::Failure(failure)) => return Err(failure),
                // What passes by itself is waited for.
                Err(Stop::Server(error)) if error.may_pass() => {
                    context.note(&format!("{}; trying again", told(&error).words()));
                    loop {
                        if !context.io.rest(TRY_AGAIN) {
                            return Err(Failure::interrupted());
                        }
                        match server.connect() {
                            Ok(again) => break client = again,
                            Err(error) if error.may_pass() => {}
                            Err(error) => return Err(told(&error)),
                        }
                    }
                }
                Err(Stop::Server(error)) => return Err(told(&error)),
            }
        }
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Wanted, Failure> {
        let refused = [
            ("--patch", self.patch),
            ("--stat", self.stat),
            ("--grep", self.grep.is_some()),
            ("--origin", self.origin.is_some()),
            ("--with-transcripts", self.with_transcripts),
            ("--at", context.global.at.is_some()),
        ];
        if let Some((option, _)) = refused.iter().find(|(_, is_given)| *is_given) {
            return Err(Failure::usage(format!("log: a team's server does not answer {option}"))
                .hint("of one session it does: `retold log SESSION`, which is brought for it"));
        }
        if self.follow && !matches!(context.global.output, Format::Table | Format::Jsonl) {
            return Err(
                Failure::usage("log: --follow writes a table or jsonl").hint("-o jsonl is for programs")
            );
        }
        let (session, range) = travel_args::session_and_range("log", &self.words)?;
        let range = self.since.range(context, range)?;
        let [after, to] = instants("log", range.as_ref(), context)?.map(|at| at.map(time::to_micros));
        if self.follow && to.is_some() {
            return Err(Failure::usage("log: --follow goes on, and --at or the range ends")
                .hint("leave the end away"));
        }
        Ok(Wanted { session, after, to })
    }

    /// Tells what there is, and what comes, until somebody says to stop.
    fn follow_on(
        &self,
        client: &mut postgres::Client,
        telling: &mut Telling,
        wanted: &Wanted,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        self.tell_waiting(client, telling, context)?;
        while !context.io.is_interrupted() {
            let last = read::last_shipment(client)?;
            while !telling.at.has(last) && !context.io.is_interrupted() {
                let events = telling.log.next(client, &mut telling.at, last, &self.types)?;
                telling.waiting.extend(events.into_iter().filter(|arrived| wanted.has(arrived)));
                self.tell_waiting(client, telling, context)?;
            }
            context.io.out.flush().map_err(|error| Stop::Failure(Failure::output(error)))?;
            context.io.rest(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Tells what waits. What the server is asked for fails before anything of an event is told.
    fn tell_waiting(
        &self,
        client: &mut postgres::Client,
        telling: &mut Telling,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        let is_table = context.is_table();
        while let Some(arrived) = telling.waiting.pop_front() {
            if is_table && ROSTER_TYPES.contains(&arrived.event.kind) {
                telling.teller.forget(arrived.event.stream);
            }
            let said = is_table.then(|| self.said_of(client, telling, &arrived)).transpose();
            let told = match said {
                Err(error) => {
                    telling.waiting.push_front(arrived);
                    return Err(error.into());
                }
                Ok(Some(said)) => {
                    super::follow::tell(context, &arrived.name, said, arrived.event, self.verbose)
                }
                Ok(None) => {
                    let names: Vec<String> = of_team(full_columns()).into_iter().map(str::to_owned).collect();
                    line(&mut *context.io.out, &names, &full_row(arrived)).map_err(Failure::output)
                }
            };
            told.map_err(Stop::Failure)?;
        }
        Ok(())
    }

    /// Returns what an event says, in one line.
    fn said_of(
        &self,
        client: &mut impl postgres::GenericClient,
        Telling { log, teller, .. }: &mut Telling,
        arrived: &Arrived,
    ) -> Result<(String, Tone), Error> {
        let event: &Recorded = &arrived.event;
        if teller.asks_for(event) {
            let known = log.of_types(client, arrived, &ROSTER_TYPES)?;
            teller.learn(event.stream, &known);
        }
        Ok(match self.verbose {
            true => (teller.summary_of_known(event), Tone::Plain),
            false => teller.tell_of_known(event),
        })
    }

    /// Returns the last events up to a shipment, in order: looked for from the end.
    fn last_of(
        &self,
        client: &mut impl postgres::GenericClient,
        telling: &mut Telling,
        wanted: &Wanted,
        (last, number): (u64, u64),
        context: &Context<'_>,
    ) -> Result<VecDeque<Arrived>, Error> {
        let (mut until, mut step) = (last, 1);
        let mut found: VecDeque<Arrived> = VecDeque::new();
        while until > 0 && (found.len() as u64) < number && !context.io.is_interrupted() {
            let first = until.saturating_sub(step);
            let mut at = ReadUpTo::end_of(first);
            let mut part: VecDeque<Arrived> = VecDeque::new();
            while !at.has(until) {
                let events = telling.log.next(client, &mut at, until, &self.types)?;
                part.extend(events.into_iter().filter(|arrived| wanted.has(arrived)));
                while part.len() as u64 > number {
                    part.pop_front();
                }
            }
            part.append(&mut found);
            found = part;
            while found.len() as u64 > number {
                found.pop_front();
            }
            (until, step) = (first, (step * 2).min(STEP_MAX));
        }
        Ok(found)
    }

    /// Lists what there is, all of one moment.
    fn list_team(
        &self,
        client: &mut postgres::Client,
        telling: &mut Telling,
        wanted: &Wanted,
        context: &mut Context<'_>,
        told: &dyn Fn(&Error) -> Failure,
    ) -> Result<Exit, Failure> {
        let failed = |error: Error| told(&error);
        let mut transaction = read::begin(client).map_err(failed)?;
        let last = read::last_shipment(&mut transaction).map_err(failed)?;
        let mut waiting = None;
        if self.number.is_some() || self.reverse {
            let number = self.number.unwrap_or(u64::MAX);
            let mut events =
                self.last_of(&mut transaction, telling, wanted, (last, number), context).map_err(failed)?;
            if self.reverse {
                events.make_contiguous().reverse();
            }
            waiting = Some(events);
        }
        let interrupt = std::sync::Arc::clone(&context.io.interrupt);
        let (is_table, form) = (
            context.is_table(),
            Form {
                of_one: false,
                verbose: self.verbose,
                on_terminal: context.io.out_is_terminal,
                is_joined: false,
            },
        );
        let names = of_team(if is_table { columns(form) } else { full_columns() });
        let mut rows = context.rows(AsOf::shipment(last), names)?;
        loop {
            if interrupt.load(std::sync::atomic::Ordering::Relaxed) {
                return Err(Failure::interrupted());
            }
            let page: Vec<Arrived> = match &mut waiting {
                Some(events) => std::mem::take(events).into(),
                None if telling.at.has(last) => Vec::new(),
                None => telling
                    .log
                    .next(&mut transaction, &mut telling.at, last, &self.types)
                    .map_err(failed)?
                    .into_iter()
                    .filter(|arrived| wanted.has(arrived))
                    .collect(),
            };
            let is_over = waiting.is_some() || telling.at.has(last);
            for arrived in page {
                rows.push(match is_table {
                    true => {
                        let said = self.said_of(&mut transaction, telling, &arrived).map_err(failed)?;
                        let row = short(&arrived.event, said, (&arrived.name, None), form);
                        of_shipment(&arrived, true).into_iter().chain(row).collect()
                    }
                    false => full_row(arrived),
                })?;
            }
            if is_over {
                break;
            }
        }
        let exit = if rows.count() > 0 { Exit::Done } else { Exit::Nothing };
        rows.finish()?;
        Ok(exit)
    }
}

/// Shipments that are looked through at once on the way back.
const STEP_MAX: u64 = 16;

/// Before the columns of an event: the shipment that brought it, and its log.
fn of_team(columns: Vec<&'static str>) -> Vec<&'static str> {
    ["shipment", "log"].into_iter().chain(columns).collect()
}

/// Characters of a log's id that tell it from others on a line.
const ID_SHORT: usize = 8;

fn of_shipment(arrived: &Arrived, is_short: bool) -> Vec<Value> {
    let id = if is_short { arrived.log.get(..ID_SHORT) } else { None };
    vec![arrived.shipment.into(), id.unwrap_or(&arrived.log).into()]
}

fn full_row(arrived: Arrived) -> Vec<Value> {
    let mut row = of_shipment(&arrived, false);
    row.extend(full(arrived.event, &arrived.name));
    row
}

/// What ends the telling: the server, which may come back, or something else.
enum Stop {
    Server(Error),
    Failure(Failure),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}
