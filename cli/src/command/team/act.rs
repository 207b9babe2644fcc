//! What `retold team` does.

use postgres::Client;
use retold_team::schema::{self, AddError};
use retold_team::verify::{Verified, verify};

use super::{Act, Add, Place};
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;

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

fn connect(address: &str, insecure: bool, context: &Context<'_>) -> Result<(String, Client), Failure> {
    let target = Target::read(address, insecure, context)?;
    let name = target.name();
    let Target::Postgres(server) = target else {
        return Err(Failure::usage(format!(
            "cannot set up {name}: a team's server is postgres://HOST/DATABASE"
        ))
        .hint("a directory needs no setting up: `retold ship DIRECTORY`"));
    };
    let client = server.connect().map_err(|error| failure_of("connect to", &name, &error))?;
    Ok((name, client))
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

pub(super) fn failed(act: &str, name: &str, error: &schema::Error) -> Failure {
    let exit = match error {
        schema::Error::Postgres(_) => Exit::Io,
        _ => Exit::NotAStore,
    };
    let failure = Failure::caused(exit, error);
    Failure::new(exit, format!("cannot {act} {name}: {}", failure.message()))
}

pub(super) fn tenant(place: &Place, context: &Context<'_>) -> Result<(String, Client, i64), Failure> {
    let (name, mut client) = connect(&place.database, place.insecure, context)?;
    let found = schema::find_tenant(&mut client, place.tenant.as_deref())
        .map_err(|error| failed("find a team at", &name, &error))?;
    let tenant = found.ok_or_else(|| {
        Failure::usage(format!("cannot tell which team of {name} is meant"))
            .hint("--tenant names it; `retold team init ADDRESS --tenant NAME` makes one")
    })?;
    Ok((name, client, tenant))
}

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

fn verify_all(target: &str, insecure: bool, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let target = Target::read(target, insecure, context)?;
    let name = target.name();
    let failure = |error| failure_of("verify", &name, &error);
    let mut keeper = target.connect().map_err(failure)?;
    let interrupt = std::sync::Arc::clone(&context.io.interrupt);
    let goes_on = |_: &Verified| !interrupt.load(std::sync::atomic::Ordering::Relaxed);
    let logs = verify(&mut keeper, goes_on).map_err(failure)?;
    if context.io.is_interrupted() {
        return Ok(Exit::Interrupted);
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
