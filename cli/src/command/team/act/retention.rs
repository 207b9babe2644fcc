//! `retold team retention`: for how long a team keeps what was said.

use std::time::Duration;

use postgres::Client;
use postgres::error::SqlState;
use retold_core::{Progress, Unit};
use retold_team::receiver::Error;
use retold_team::retention::{self, Due, Retention, Retired};

use crate::command::ship::target::failure_of;
use crate::command::team::place::Upkeep;
use crate::command::team::server::{connect, teams};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::store::NO_HEAD;

/// How often a log that somebody ships to is tried.
const TRIES: usize = 5;
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// What is to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    Nothing,
    Months(Option<u16>),
}

impl Set {
    pub(super) fn of(months: Option<u16>, off: bool) -> Self {
        if months.is_some() || off { Self::Months(months) } else { Self::Nothing }
    }
}

pub(super) fn retention(
    upkeep: &Upkeep,
    set: Set,
    dry_run: bool,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let (name, mut client) = connect(&upkeep.database, upkeep.insecure, context)?;
    let told = |error: Error| failure_of("retire what is past its time at", &name, &error);
    let teams = teams(upkeep, &name, &mut client)?;
    let mut policies = retention::policies(&mut client, &teams).map_err(told)?;
    if let Set::Months(months) = set {
        let [policy] = policies.as_mut_slice() else {
            return Err(Failure::usage(format!("cannot tell which team of {name} is meant"))
                .hint("--tenant names it"));
        };
        policy.months = months;
        if !dry_run {
            retention::set(&mut client, policy.tenant, months).map_err(told)?;
        }
    }
    let mut dues = Vec::new();
    for policy in &policies {
        dues.push(match policy.months {
            Some(months) => retention::due(&mut client, policy.tenant, months).map_err(told)?,
            None => Vec::new(),
        });
    }
    if dry_run {
        let would = |dues: &Vec<Due>| Retired {
            content: dues.iter().map(|due| due.content).sum(),
            facts: dues.iter().map(|due| due.facts).sum(),
        };
        let would: Vec<Retired> = dues.iter().map(would).collect();
        answer(&mut client, &policies, &would, context)?;
        return Ok(Exit::Done);
    }
    let watched = context.watch("retire");
    let total: u64 = dues.iter().flatten().map(|due| due.content + due.facts).sum();
    let (mut done, mut retired, mut busy, mut is_over) = (0, Vec::new(), 0_u64, false);
    for (policy, dues) in policies.iter().zip(&dues) {
        let mut sum = Retired::default();
        for due in dues {
            is_over = is_over || !watched.show(Progress::new(Unit::Bodies, done, total));
            if is_over {
                break;
            }
            match tried(context, || retention::retire(&mut client, policy.tenant, due.log)).map_err(told)? {
                Some(one) => {
                    sum.content += one.content;
                    sum.facts += one.facts;
                }
                None => busy += 1,
            }
            done += due.content + due.facts;
        }
        retired.push(sum);
    }
    let dropped = if is_over {
        Some(Vec::new())
    } else {
        tried(context, || retention::drop_empty(&mut client)).map_err(told)?
    };
    drop(watched);
    answer(&mut client, &policies, &retired, context)?;
    match &dropped {
        Some(parts) if parts.is_empty() => {}
        Some(parts) => context.note(&format!("dropped: {}", parts.join(", "))),
        None => {
            context.note("somebody held the bodies for too long to drop the months that are empty now: again")
        }
    }
    if busy > 0 {
        context.note(&format!("{} in use for too long: again", counted(busy, "log")));
    }
    if retired.iter().any(|one| one.content > 0) {
        context.note("lists and searches are made again without it by `retold team work`");
    }
    Ok(match () {
        () if is_over => Exit::Interrupted,
        () if busy > 0 || dropped.is_none() => Exit::Busy,
        () => Exit::Done,
    })
}

/// Does something again where somebody else was in its way; `None` where somebody stays there.
fn tried<T>(context: &Context<'_>, mut act: impl FnMut() -> Result<T, Error>) -> Result<Option<T>, Error> {
    for _ in 0..TRIES {
        match act() {
            // A connection that is lost does not come back by itself.
            Err(Error::Postgres(error)) if error.code().is_some_and(is_in_the_way) => {}
            done => return done.map(Some),
        }
        if !context.io.rest(TRY_AGAIN) {
            break;
        }
    }
    Ok(None)
}

/// A lock that was waited for too long, or two that waited for each other.
fn is_in_the_way(code: &SqlState) -> bool {
    [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
}

fn answer(
    client: &mut Client,
    policies: &[Retention],
    sums: &[Retired],
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let mut firsts = Vec::new();
    for policy in policies {
        firsts.push(match policy.months {
            Some(months) => Some(
                retention::kept_from(client, months)
                    .map_err(|error| failure_of("ask", "the server", &error))?,
            ),
            None => None,
        });
    }
    let mut rows = context.rows(NO_HEAD, ["team", "months", "kept_from", "content", "facts"])?;
    for ((policy, sum), first) in policies.iter().zip(sums).zip(firsts) {
        rows.push([
            policy.team.as_str().into(),
            policy.months.map_or(Value::Null, |months| u64::from(months).into()),
            first.into(),
            sum.content.into(),
            sum.facts.into(),
        ])?;
    }
    rows.finish()
}
