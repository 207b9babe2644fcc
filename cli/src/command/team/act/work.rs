//! `retold team work`: the rows that a team's lists are of.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use retold_core::{Progress, Unit};
use retold_team::receiver::Error;
use retold_team::schema;
use retold_team::work::{Step, Worker};

use crate::command::ship::target::failure_of;
use crate::command::team::server::{connect, failed};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;

/// How long it waits before it looks again whether something came.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// The same after the server could not be reached.
const TRY_AGAIN: Duration = Duration::from_secs(2);

pub(super) fn work(
    address: &str,
    insecure: bool,
    tenant: Option<&str>,
    (follow, mut rebuild): (bool, bool),
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let interrupt = Arc::clone(&context.io.interrupt);
    let is_over = || interrupt.load(Ordering::Relaxed);
    loop {
        let round = round(address, insecure, tenant, (follow, &mut rebuild), context);
        match round {
            Ok(()) if is_over() => return Ok(if follow { Exit::Done } else { Exit::Interrupted }),
            Ok(()) => return Ok(Exit::Done),
            // What passes by itself is waited for by whoever follows.
            Err(failure) if follow && failure.exit() == Exit::Busy && !is_over() => {
                context.note(&format!("{}; trying again", failure.words()));
                context.io.rest(TRY_AGAIN);
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Works until all is taken in, or, where it follows, until somebody says to stop.
fn round(
    address: &str,
    insecure: bool,
    tenant: Option<&str>,
    (follow, rebuild): (bool, &mut bool),
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let (name, mut client) = connect(address, insecure, context)?;
    let found =
        schema::find_tenant(&mut client, tenant).map_err(|error| failed("find a team at", &name, &error))?;
    let tenant = found.ok_or_else(|| {
        Failure::usage(format!("cannot tell which team of {name} is meant")).hint("--tenant names it")
    })?;
    let told = |error: &Error| failure_of("keep the lists of", &name, error);
    let mut worker = Worker::new(client, tenant).map_err(|error| told(&error))?;
    if *rebuild {
        worker.rebuild().map_err(|error| told(&error))?;
        // What has begun goes on by itself.
        *rebuild = false;
    }
    let watched = context.watch("take in");
    let (mut events, mut again) = (0, 0);
    loop {
        let Step { ingest: (listed, shipped), more, held, .. } = {
            let step = worker.step().map_err(|error| told(&error))?;
            events += step.events;
            again += step.again;
            step
        };
        if !watched.show(Progress::new(Unit::Steps, listed, shipped)) || (!more && !held && !follow) {
            break;
        }
        if more {
            continue;
        }
        context.io.rest(LOOK_AGAIN);
    }
    drop(watched);
    context.note(&format!("{} taken in, {} made again", counted(events, "event"), counted(again, "session")));
    Ok(())
}
