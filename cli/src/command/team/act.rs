//! What `retold team` does.

mod doctor;
mod purge;
mod retention;
mod work;

use postgres::Client;
use retold_team::read;
use retold_team::receiver::Level;
use retold_team::schema::{self, AddError, Permitted};
use retold_team::verify::verify;

use super::place::Place;
use super::server::{connect, failed, tenant};
use super::{Act, Add, Shown, Sight};
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::store::NO_HEAD;

pub(super) fn run(act: Act, context: &mut Context<'_>) -> Result<Exit, Failure> {
    match act {
        Act::Init { database, tenant, dry_run, insecure } => {
            let (name, mut client) = connect(&database, insecure, context)?;
            if !bring_up(&name, &mut client, dry_run, context)? {
                return Ok(Exit::Done);
            }
            let number =
                schema::make_tenant(&mut client, &tenant).map_err(|error| failed("set up", &name, &error))?;
            context.note(&format!("{name} is ready for {tenant}, tenant {number}"));
        }
        Act::Migrate { database, dry_run, insecure } => {
            let (name, mut client) = connect(&database, insecure, context)?;
            if bring_up(&name, &mut client, dry_run, context)? {
                context.note(&format!("{name} has the schema of this release"));
            }
        }
        Act::Work { database, follow, rebuild, tenant, insecure } => {
            return work::work(&database, insecure, tenant.as_deref(), (follow, rebuild), context);
        }
        Act::Status { database, insecure } => return status(&database, insecure, context),
        Act::Redact { purge: _required, upkeep, dry_run } => return purge::purge(&upkeep, dry_run, context),
        Act::Retention { upkeep, months, off, dry_run } => {
            let set = retention::Set::of(months, off);
            return retention::retention(&upkeep, set, dry_run, context);
        }
        Act::Doctor { upkeep } => return doctor::doctor(&upkeep, context),
        Act::Allow { sight, level, place } => {
            let level = match level {
                Shown::Facts => Level::Facts,
                Shown::All => Level::All,
            };
            permit(&sight, Some(level), &place, context)?;
        }
        Act::Deny { sight, place } => permit(&sight, None, &place, context)?,
        Act::Verify { target, insecure } => return verify_all(&target, insecure, context),
        Act::Add(Add::Person { name, role, place }) => add_person(&name, role.as_deref(), &place, context)?,
        Act::Add(Add::Server { role, database, insecure }) => {
            let (at, mut client) = connect(&database, insecure, context)?;
            let is_new = schema::add_server(&mut client, &role)
                .map_err(|error| failed("add a server at", &at, &error))?;
            context.note(&format!("`retold serve` may use {at} as {role}"));
            if is_new {
                context.note(&without_password(&role));
            }
        }
        Act::Token(token) => return super::token::run(token, context),
    }
    Ok(Exit::Done)
}

/// Brings the schema up; returns whether it did, and did not only print.
fn bring_up(
    name: &str,
    client: &mut Client,
    dry_run: bool,
    context: &mut Context<'_>,
) -> Result<bool, Failure> {
    let act = |error: schema::Error| failed("migrate", name, &error);
    if dry_run {
        let from = schema::current(client).map_err(act)?;
        context.text(&schema::script(from))?;
        return Ok(false);
    }
    schema::up(client, (context.io.clock)()).map_err(act)?;
    Ok(true)
}

fn permit(
    sight: &Sight,
    level: Option<Level>,
    place: &Place,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let (at, mut client, tenant) = tenant(place, context)?;
    let what = match &sight.workspace {
        Some(workspace) => schema::Sight::Workspace(workspace),
        None => schema::Sight::Everything,
    };
    let done = schema::permit(&mut client, tenant, &sight.person, what, level)
        .map_err(|error| failed("say what may be read at", &at, &error))?;
    match done {
        Permitted::Done => Ok(()),
        Permitted::NoPerson => {
            Err(Failure::usage(format!("cannot find {}: there is no such person", sight.person))
                .hint("`retold team add person NAME --database ADDRESS` adds one"))
        }
        Permitted::NoWorkspace => Err(Failure::usage(format!(
            "cannot find the workspace {}: none was shipped with this key or folder",
            sight.workspace.as_deref().unwrap_or_default()
        ))
        .hint("names are shipped from the level facts on; folders are known once `retold team work` ran")),
    }
}

fn status(address: &str, insecure: bool, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let (name, mut client) = connect(address, insecure, context)?;
    let logs = read::status(&mut client).map_err(|error| failure_of("ask", &name, &error))?;
    let columns = [
        "log",
        "person",
        "device",
        "events",
        "level",
        "whole",
        "state",
        "shipped_at",
        "clock_ahead",
        "shipments",
        "listed",
        "stale",
    ];
    let mut rows = context.rows(NO_HEAD, columns)?;
    for log in &logs {
        let state = ["live", "superseded", "diverged", "retired"];
        let state = usize::try_from(log.state).ok().and_then(|at| state.get(at)).copied();
        let skew = log.skew.filter(|skew| skew.abs() > SKEW_TOLD);
        rows.push([
            log.log.as_str().into(),
            log.person.as_str().into(),
            log.device.as_str().into(),
            log.head.into(),
            Level::from_number(log.level).map(Level::name).into(),
            log.whole.into(),
            state.into(),
            log.seen_at.map_or(Value::Null, Value::Instant),
            skew.map(|skew| format!("{skew:.0} s")).into(),
            log.listed.of.into(),
            log.listed.shipment.into(),
            log.listed.stale.into(),
        ])?;
    }
    rows.finish()?;
    Ok(if logs.is_empty() { Exit::Nothing } else { Exit::Done })
}

/// Seconds that a clock may be off before it is told.
const SKEW_TOLD: f64 = 60.0;

fn add_person(
    name: &str,
    role: Option<&str>,
    place: &Place,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let (at, mut client, tenant) = tenant(place, context)?;
    let role = role.unwrap_or(name);
    let is_new = schema::add_person(&mut client, tenant, name, role).map_err(|error| match error {
        AddError::Taken(person) => {
            Failure::usage(format!("cannot add {name}: the role {role} is that of {person}"))
                .hint("--role names another")
        }
        AddError::Schema(error) => failed("add a person at", &at, &error),
        other => Failure::caused(Exit::Io, &other),
    })?;
    context.note(&format!("{name} may ship to {at} as {role}"));
    if is_new {
        context.note(&without_password(role));
    }
    Ok(())
}

fn without_password(role: &str) -> String {
    format!("the role has no password yet: `\\password {role}` in psql sets one")
}

/// Recomputes what a target has of the logs that whoever asks may read whole.
pub(in crate::command) fn verify_all(
    target: &str,
    insecure: bool,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let target = Target::read(target, insecure, context)?;
    let name = target.name();
    let failure = |error| failure_of("verify", &name, &error);
    let mut keeper = target.connect().map_err(failure)?;
    let bar = context.watch("verify");
    let logs = verify(&mut keeper, bar.follow()).map_err(failure)?;
    bar.end();
    if context.io.is_interrupted() {
        return Ok(Exit::Interrupted);
    }
    if logs.is_empty() {
        context.note(&format!("{name} has no log that you may read whole"));
        return Ok(Exit::Nothing);
    }
    let mut damaged = 0;
    for log in &logs {
        context.say(&format!(
            "log {}  {}, {} held back, {} {}: {}",
            log.log,
            counted(log.events, "event"),
            log.absent,
            log.bodies,
            if log.bodies == 1 { "body" } else { "bodies" },
            if log.faults.is_empty() { "sound" } else { "damaged" }
        ))?;
        for (position, what) in &log.faults {
            damaged += 1;
            context.say(&format!("  position {position}: {what}"))?;
        }
    }
    if damaged > 0 {
        return Err(Failure::new(Exit::Damaged, format!("{name} is damaged"))
            .hint("the logs it came from are whole: ship them again to a new target"));
    }
    Ok(Exit::Done)
}
